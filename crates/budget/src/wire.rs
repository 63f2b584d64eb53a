//! The form in which stores keep accounts: JSON with a schema, read back exactly or not at all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Lease};

const SCHEMA: &str = "seawall.account/v1";

/// A stored account has another form than it was written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a stored account has another form than it was written in")]
pub struct AccountFormError;

#[derive(Deserialize, Serialize)]
struct Wire {
    schema: String,
    now: i64,
    slot: i64,
    carried: i64,
    spent: Vec<(i64, u64)>,
    leases: BTreeMap<String, WireLease>,
    alerted: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    foreseen: Option<i64>,
    overrun: u64,
    lost: u64,
}

#[derive(Deserialize, Serialize)]
struct WireLease {
    slot: i64,
    class: String,
    revision: u64,
    granted: u64,
    settled: u64,
    over: u64,
    returned: u64,
    ends: i64,
    lapsed: bool,
}

impl Account {
    /// The account as text.
    #[must_use]
    pub fn encode(&self) -> String {
        let lease = |lease: &Lease| WireLease {
            slot: lease.slot,
            class: lease.class.clone(),
            revision: lease.revision,
            granted: lease.granted,
            settled: lease.settled,
            over: lease.over,
            returned: lease.returned,
            ends: lease.ends_ms,
            lapsed: lease.lapsed,
        };
        let wire = Wire {
            schema: SCHEMA.to_owned(),
            now: self.now_ms,
            slot: self.slot,
            carried: self.carried,
            spent: self
                .spent
                .iter()
                .map(|(slot, spent)| (*slot, *spent))
                .collect(),
            leases: self
                .leases
                .iter()
                .map(|(id, held)| (id.clone(), lease(held)))
                .collect(),
            alerted: self.alerted,
            foreseen: self.foreseen,
            overrun: self.overrun,
            lost: self.lost,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads an account back. One that cannot be read is refused, never begun anew: that would forget
    /// what was spent.
    ///
    /// # Errors
    /// When the text is not such an account.
    pub fn decode(text: &str) -> Result<Self, AccountFormError> {
        let wire: Wire = serde_json::from_str(text).map_err(|_| AccountFormError)?;
        if wire.schema != SCHEMA {
            return Err(AccountFormError);
        }
        let lease = |lease: WireLease| Lease {
            slot: lease.slot,
            class: lease.class,
            revision: lease.revision,
            granted: lease.granted,
            settled: lease.settled,
            over: lease.over,
            returned: lease.returned,
            ends_ms: lease.ends,
            lapsed: lease.lapsed,
        };
        Ok(Self {
            now_ms: wire.now,
            slot: wire.slot,
            carried: wire.carried,
            spent: wire.spent.into_iter().collect(),
            leases: wire
                .leases
                .into_iter()
                .map(|(id, held)| (id, lease(held)))
                .collect(),
            alerted: wire.alerted,
            foreseen: wire.foreseen,
            overrun: wire.overrun,
            lost: wire.lost,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::{Order, Report, Terms};
    use crate::window::Window;

    proptest! {
        #[test]
        fn an_account_reads_back(steps in proptest::collection::vec((0u8..3, 0u64..50, 0i64..5_000), 0..30)) {
            let terms = Terms {
                limit: 500, window: Window::Rolling(60_000), carry_max: 0, alerts: vec![50],
                shares: BTreeMap::new(), ttl_ms: 10_000, revision: 1,
            };
            let (mut account, mut now_ms) = (Account::default(), 0);
            for (lease, amount, wait) in steps {
                now_ms += wait;
                let lease = lease.to_string();
                let order = if amount % 2 == 0 {
                    Order::Lease { lease, class: String::new(), want: amount, need: amount }
                } else {
                    Order::Report(Report { lease, settled: amount, over: amount / 9, returned: amount / 3 })
                };
                account.apply(&terms, &order, now_ms);
                prop_assert_eq!(Account::decode(&account.encode()), Ok(account.clone()));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            prop_assert!(Account::decode(&text).is_err());
        }
    }
}
