//! Commits as `git log` prints them, and what their trailers say about who wrote and who reviewed.

use seawall_base::Problem;

/// The `--format` that [`read_log`] reads: fields end in a unit separator, commits in a record separator.
pub const LOG_FORMAT: &str = "%H%x1f%an%x1f%ae%x1f%B%x1e";
/// Longest message that is read.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Somebody named in a commit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address, in lower case.
    pub email: String,
}

/// A commit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its author, as the commit claims.
    pub author: Person,
    /// The whole message.
    pub message: String,
}

/// Who wrote a commit, as far as it says.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Authorship {
    /// No sign of an AI.
    Human,
    /// A trailer or the author names an AI.
    Ai,
}

/// Trailers that name who helped to write.
const AUTHOR_TRAILERS: &[&str] = &[
    "co-authored-by",
    "generated-by",
    "assisted-by",
    "co-developed-by",
    "ai-assisted-by",
    "generated-with",
];
/// Trailers that an AI alone uses.
const AI_TRAILERS: &[&str] = &["generated-by", "ai-assisted-by", "generated-with"];
/// Words of names and addresses that belong to models and their tools.
const AI_NAMES: &[&str] = &[
    "claude",
    "anthropic",
    "copilot",
    "gpt",
    "openai",
    "codex",
    "gemini",
    "cursor",
    "aider",
    "devin",
    "llama",
    "mistral",
    "deepseek",
    "qwen",
    "windsurf",
    "cody",
    "jules",
    "amazonq",
];

/// Reads the output of `git log` in [`LOG_FORMAT`].
#[must_use]
pub fn read_log(text: &str) -> (Vec<Commit>, Vec<Problem>) {
    let mut commits = Vec::new();
    let mut problems = Vec::new();
    for record in text
        .split('\u{1e}')
        .map(str::trim_start)
        .filter(|record| !record.is_empty())
    {
        let mut fields = record.splitn(4, '\u{1f}');
        let mut field = || fields.next().map(str::to_owned);
        let parsed = (field(), field(), field(), field());
        match parsed {
            (Some(id), Some(name), Some(email), Some(message))
                if message.len() <= MESSAGE_BYTES_MAX =>
            {
                commits.push(Commit {
                    id,
                    author: Person {
                        name,
                        email: email.to_lowercase(),
                    },
                    message,
                });
            }
            _ => problems.push(Problem {
                path: "git log".to_owned(),
                location: None,
                message: "a commit could not be read".to_owned(),
            }),
        }
    }
    (commits, problems)
}

impl Commit {
    /// The trailers: names in lower case, in their order. Only the last paragraph holds trailers.
    pub fn trailers(&self) -> impl Iterator<Item = (String, &str)> {
        let last = self
            .message
            .trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap_or_default();
        last.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_name = !name.is_empty()
                && name
                    .chars()
                    .all(|mark| mark.is_ascii_alphanumeric() || mark == '-');
            is_name.then(|| (name.to_lowercase(), value.trim()))
        })
    }

    /// Who wrote it. Author fields can be forged; this finds what is declared, not what is hidden.
    #[must_use]
    pub fn authorship(&self) -> Authorship {
        let declared = self.trailers().any(|(name, value)| {
            AI_TRAILERS.contains(&name.as_str())
                || (AUTHOR_TRAILERS.contains(&name.as_str()) && names_ai(value))
        });
        let author = names_ai(&self.author.name) || names_ai(&self.author.email);
        if declared || author {
            Authorship::Ai
        } else {
            Authorship::Human
        }
    }

    /// A person who reviewed it and neither wrote it nor helped to.
    #[must_use]
    pub fn human_reviewer(&self) -> Option<Person> {
        let writers: Vec<Person> = self
            .trailers()
            .filter(|(name, _)| AUTHOR_TRAILERS.contains(&name.as_str()))
            .map(|(_, value)| person(value))
            .chain([self.author.clone()])
            .collect();
        self.trailers()
            .filter(|(name, _)| name == "reviewed-by")
            .map(|(_, value)| person(value))
            .find(|reviewer| {
                let wrote = writers.iter().any(|writer| same(writer, reviewer));
                !wrote
                    && !names_ai(&reviewer.name)
                    && !names_ai(&reviewer.email)
                    && !is_bot(reviewer)
                    && !reviewer.email.is_empty()
            })
    }

    /// The first letters of the id, as people write it.
    #[must_use]
    pub fn short(&self) -> String {
        self.id.chars().take(12).collect()
    }
}

fn person(value: &str) -> Person {
    let (name, email) = value.split_once('<').unwrap_or((value, ""));
    Person {
        name: name.trim().to_owned(),
        email: email.trim_end_matches('>').trim().to_lowercase(),
    }
}

fn same(one: &Person, other: &Person) -> bool {
    one.email == other.email || (!one.name.is_empty() && one.name.eq_ignore_ascii_case(&other.name))
}

fn is_bot(person: &Person) -> bool {
    person.name.ends_with("[bot]")
        || person.email.contains("[bot]")
        || person.email.starts_with("noreply@")
        || person
            .name
            .to_lowercase()
            .split(|mark: char| !mark.is_alphanumeric())
            .any(|word| word == "bot")
}

/// A word of the text is the name of a model or its tool; versions may follow ("gpt-5").
fn names_ai(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower
        .split(|mark: char| !mark.is_alphabetic())
        .any(|word| AI_NAMES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(message: &str) -> Commit {
        let text = format!("abc\u{1f}Ada Kern\u{1f}Ada@firm.example\u{1f}{message}\u{1e}\n");
        read_log(&text).0.remove(0)
    }

    #[test]
    fn ai_authorship_is_read_from_trailers_of_the_last_paragraph() {
        assert_eq!(
            commit("fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>").authorship(),
            Authorship::Ai
        );
        assert_eq!(
            commit("fix\n\nAssisted-by: gpt-5").authorship(),
            Authorship::Ai
        );
        assert_eq!(
            commit("fix\n\nGenerated-By: tool").authorship(),
            Authorship::Ai
        );
        assert_eq!(
            commit("fix\n\nCo-Authored-By: Bo <bo@firm.example>").authorship(),
            Authorship::Human
        );
        assert_eq!(
            commit("talk about Generated-By: x here\n\nSee: docs").authorship(),
            Authorship::Human
        );
        assert_eq!(
            commit("Claudette wrote this").authorship(),
            Authorship::Human
        );
    }

    #[test]
    fn a_reviewer_is_another_person() {
        let reviewed = |by: &str| {
            commit(&format!(
                "fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>\nReviewed-by: {by}"
            ))
            .human_reviewer()
            .is_some()
        };
        assert!(reviewed("Bo Lind <bo@firm.example>"));
        for by in [
            "Ada Kern <other@mail.example>",
            "A. K. <ada@firm.example>",
            "Claude <x@y.example>",
            "merge[bot] <m@firm.example>",
            "Review Bot <r@firm.example>",
            "Nobody",
        ] {
            assert!(!reviewed(by), "{by}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_log_is_read_without_panic(text in "[\\PC\\n\u{1e}\u{1f}]{0,120}") {
            for commit in read_log(&text).0 {
                proptest::prop_assert!(commit.authorship() <= Authorship::Ai);
                proptest::prop_assert!(commit.human_reviewer() != Some(commit.author.clone()));
            }
        }
    }
}
