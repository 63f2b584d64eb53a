//! A diff gives no line that it does not hold, a log no commit that it does not hold; both together
//! are reviewed without a panic. What stands before the first NUL is the log.

use seawall_oversight::change::{Change, read_diff, read_log, review};

pub(super) fn body(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (log, diff) = text.split_once('\0').unwrap_or(("", &text));
    let (commits, mut problems) = read_log(log);
    let (files, more) = read_diff(diff);
    problems.extend(more);
    for commit in &commits {
        assert!(log.contains(&commit.message) && log.contains(&commit.id));
        for (name, value) in commit.trailers() {
            assert!(commit.message.contains(value) && !name.contains('\n'));
        }
        if let Some(reviewer) = commit.human_reviewer() {
            assert!(reviewer.email != commit.author.email);
        }
    }
    let lines = files
        .iter()
        .map(|file| file.added.len() + file.removed.len());
    assert!(lines.sum::<usize>() <= diff.lines().count());
    for line in files.iter().flat_map(|file| &file.added) {
        assert!(diff.contains(&line.text));
    }
    let change = Change { commits, files };
    let first = review(&change, problems.clone());
    let again = review(&change, problems);
    assert_eq!(first.findings, again.findings);
}
