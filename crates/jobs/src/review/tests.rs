//! Reviews of changes in real repositories.

use super::*;

/// A repository with one commit, and what to run git with there.
async fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "init", &["--quiet", "--initial-branch=main"]).await;
    commit_file(folder.path(), "a.py", "x = 1\n", "first").await;
    folder
}

async fn run(folder: &Path, verb: &'static str, arguments: &[&str]) {
    git(folder, verb, arguments).await.unwrap();
}

async fn commit_file(folder: &Path, name: &str, text: &str, message: &str) {
    std::fs::write(folder.join(name), text).unwrap();
    run(folder, "add", &["."]).await;
    for (key, value) in [
        ("user.name", "Ada"),
        ("user.email", "ada@firm.example"),
        ("commit.gpgsign", "false"),
    ] {
        run(folder, "config", &[key, value]).await;
    }
    run(folder, "commit", &["--quiet", "-m", message]).await;
}

#[tokio::test]
async fn a_range_is_reviewed_from_a_real_repository() {
    let folder = repository().await;
    let message = "second\n\nCo-Authored-By: Claude <noreply@anthropic.com>";
    commit_file(folder.path(), "a.py", "x = 1\ny = eval(answer)\n", message).await;
    let reviewed = range(folder.path(), "HEAD~1..HEAD").await.unwrap();
    let rules: Vec<_> = reviewed
        .review
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(
        rules,
        ["change-adds-dangerous-call", "ai-change-unreviewed"]
    );
    assert_eq!(
        (
            reviewed.commits,
            reviewed.review.ai_commits,
            reviewed.review.reviewed
        ),
        (1, 1, false)
    );
    assert_eq!(reviewed.verdict(Severity::High), Verdict::Fail);
    let draft = reviewed.draft(Severity::High, Timestamp::UNIX_EPOCH);
    assert_eq!(ChangeReview::from_body(&draft.body).unwrap().findings, 2);
}

#[tokio::test]
async fn what_is_no_range_is_refused_before_git_sees_it() {
    let folder = repository().await;
    for text in [
        "HEAD",
        "--output=x..HEAD",
        "a...b",
        "a b..c",
        "..HEAD",
        "a;b..c",
    ] {
        assert!(
            matches!(range(folder.path(), text).await, Err(ReviewError::Range(_))),
            "{text}"
        );
    }
    assert!(matches!(
        range(folder.path(), "nothing..HEAD").await,
        Err(ReviewError::Git("rev-parse", _))
    ));
}
