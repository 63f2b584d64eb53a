//! Whether a caller asks the same thing again and again with small changes, as one does who maps out a
//! model or looks for its boundary.
//!
//! Two queries resemble one another when they differ in no more than one value in ten, and in one value
//! at least: a query that is the same is a retry, and tells nobody anything new.

use std::collections::{BTreeMap, VecDeque};

use seawall_llm::predict::Tensor;

/// Queries of one caller that are remembered.
const QUERIES_MAX: usize = 256;
/// Callers that are remembered; the one that is alphabetically first goes where there are more.
const CALLERS_MAX: usize = 1_024;
/// Values of one query that are remembered.
const VALUES_MAX: usize = 1_024;
/// Values that say something of a query; with fewer, everything resembles everything.
const VALUES_MIN: usize = 3;

/// What callers asked lately.
#[derive(Debug, Default)]
pub(super) struct Similar {
    callers: BTreeMap<String, VecDeque<Vec<u32>>>,
}

impl Similar {
    /// Remembers a query, and says how many of the caller's last ones it resembles.
    pub(super) fn count(&mut self, caller: &str, tensors: &[Tensor<'_>]) -> usize {
        let values = tensors.iter().flat_map(Tensor::numbers);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a change below the precision of 32 bits is no other value"
        )]
        let values = values.map(|value| (value as f32).to_bits());
        let query: Vec<u32> = values.take(VALUES_MAX).collect();
        if query.len() < VALUES_MIN {
            return 0;
        }
        if !self.callers.contains_key(caller) && self.callers.len() >= CALLERS_MAX {
            self.callers.pop_first();
        }
        let queries = self.callers.entry(caller.to_owned()).or_default();
        let count = queries
            .iter()
            .filter(|other| resembles(other, &query))
            .count();
        if queries.len() >= QUERIES_MAX {
            queries.pop_front();
        }
        queries.push_back(query);
        count
    }
}

fn resembles(one: &[u32], other: &[u32]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let differ = one.iter().zip(other).filter(|(left, right)| left != right);
    (1..=(one.len() / 10).max(1)).contains(&differ.count())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ask(similar: &mut Similar, caller: &str, data: &Value) -> usize {
        let tensor = Tensor {
            name: "",
            datatype: None,
            shape: Vec::new(),
            data,
        };
        similar.count(caller, &[tensor])
    }

    #[test]
    fn a_sweep_resembles_itself_and_honest_queries_and_retries_do_not() {
        let mut similar = Similar::default();
        for step in 0..50 {
            let seen = ask(&mut similar, "thief", &json!([step, 7, 8, 9]));
            assert_eq!(seen, step);
        }
        for step in 0..50 {
            assert_eq!(
                ask(
                    &mut similar,
                    "honest",
                    &json!([step, step * 7, step * 3, 9])
                ),
                0
            );
            assert_eq!(ask(&mut similar, "retry", &json!([1, 2, 3, 4])), 0);
        }
        assert_eq!(
            ask(&mut similar, "other", &json!([1, 7, 8, 9])),
            0,
            "by caller"
        );
    }
}
