//! A change as a patch that `git apply` and `patch` take.

use std::fmt::Write as _;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The unified difference of two texts under one path; empty where they are the same.
#[must_use]
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let changes = changes(&old, &new);
    if changes.is_empty() {
        return String::new();
    }
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let mut count = 1;
        while let [.., last] = rest.get(..count).unwrap_or_default()
            && let Some(next) = rest.get(count)
            && next.old.0 <= last.old.1 + 2 * CONTEXT
        {
            count += 1;
        }
        let (group, others) = rest.split_at(count);
        let last = group.last().unwrap_or(first);
        hunk(&mut out, &old, &new, group, (first, last));
        rest = others;
    }
    out
}

/// A run of lines that differ: where it begins and ends in both texts.
#[derive(Clone, Copy, Debug)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// The runs of lines that differ, in order. After a difference the texts meet again at the nearest
/// line that both have.
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut found = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if left < old.len() && old.get(left) == new.get(right) {
            left += 1;
            right += 1;
            continue;
        }
        let (more_left, more_right) = meeting(old, new, left, right);
        found.push(Change {
            old: (left, left + more_left),
            new: (right, right + more_right),
        });
        left += more_left;
        right += more_right;
    }
    found
}

fn meeting(old: &[&str], new: &[&str], left: usize, right: usize) -> (usize, usize) {
    const FAR: usize = 200;
    for distance in 1..FAR {
        for skipped in 0..=distance {
            let pair = (left + skipped, right + distance - skipped);
            let same = old
                .get(pair.0)
                .is_some_and(|line| new.get(pair.1) == Some(line));
            let ends = pair.0 == old.len() && pair.1 == new.len();
            if same || ends {
                return (skipped, distance - skipped);
            }
        }
    }
    (old.len() - left, new.len() - right)
}

fn hunk(out: &mut String, old: &[&str], new: &[&str], group: &[Change], ends: (&Change, &Change)) {
    let (first, last) = ends;
    let start = first.old.0.saturating_sub(CONTEXT);
    let stop = (last.old.1 + CONTEXT).min(old.len());
    let new_start = first.new.0 - (first.old.0 - start);
    let new_stop = last.new.1 + (stop - last.old.1);
    // Writing to a text cannot fail.
    let _written = writeln!(
        out,
        "@@ -{},{} +{},{} @@",
        start + usize::from(stop > start),
        stop - start,
        new_start + usize::from(new_stop > new_start),
        new_stop - new_start
    );
    let mut at = start;
    for change in group {
        lines(out, ' ', old, (at, change.old.0));
        lines(out, '-', old, change.old);
        lines(out, '+', new, change.new);
        at = change.old.1;
    }
    lines(out, ' ', old, (at, stop));
}

fn lines(out: &mut String, sign: char, text: &[&str], range: (usize, usize)) {
    for line in text.get(range.0..range.1).unwrap_or_default() {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_context_and_counts() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        let after = before.replace("b\n", "").replace("k\n", "K\nkk\n");
        assert_eq!(
            unified("m.yaml", before, &after),
            "--- a/m.yaml\n+++ b/m.yaml\n@@ -1,5 +1,4 @@\n a\n-b\n c\n d\n e\n@@ -8,5 +7,6 @@\n h\n i\n j\n-k\n+K\n+kk\n l\n"
        );
        assert_eq!(unified("m", before, before), "");
        assert!(
            unified("m", "a", "b")
                .ends_with("-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n")
        );
    }
}
