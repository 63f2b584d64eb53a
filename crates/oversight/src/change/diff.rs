//! A unified diff as `git diff` prints it, read to the files, and the lines added and removed.

use seawall_base::{Location, Problem};

/// A line that a change adds or removes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Its number, from 1: in the new file when added, in the old one when removed.
    pub number: u32,
    /// Its text.
    pub text: String,
}

/// What a change does to one file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FileChange {
    /// Its path after the change, before it when the file goes away.
    pub path: String,
    /// Lines that come.
    pub added: Vec<Line>,
    /// Lines that go.
    pub removed: Vec<Line>,
    /// Whether it is new.
    pub is_new: bool,
    /// Whether it goes away.
    pub is_deleted: bool,
    /// Whether git shows no text for it.
    pub is_binary: bool,
    /// Whether it becomes executable.
    pub becomes_executable: bool,
}

/// Lines that one diff may have.
const LINES_MAX: usize = 2_000_000;

impl FileChange {
    /// The name without folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What stands after the last dot of the name; empty without a dot.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// The place of an added line.
    #[must_use]
    pub const fn at(line: &Line) -> Option<Location> {
        Some(Location {
            line: line.number,
            column: 1,
            byte: 0,
        })
    }
}

/// Reads the output of `git diff --no-color --no-ext-diff`.
#[must_use]
pub fn read_diff(text: &str) -> (Vec<FileChange>, Vec<Problem>) {
    let mut reader = Reader::default();
    for (position, line) in text.lines().enumerate() {
        if position >= LINES_MAX {
            reader.problem("the diff is longer than can be reviewed; the rest was not looked at");
            break;
        }
        reader.line(line);
    }
    if reader.old_left > 0 || reader.new_left > 0 {
        reader.problem("the diff ends within a hunk");
    }
    (reader.files, reader.problems)
}

#[derive(Default)]
struct Reader {
    files: Vec<FileChange>,
    problems: Vec<Problem>,
    old_line: u32,
    new_line: u32,
    old_left: u32,
    new_left: u32,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if self.old_left > 0 || self.new_left > 0 {
            self.content(line);
        } else {
            self.header(line);
        }
    }

    fn header(&mut self, line: &str) {
        if let Some(paths) = line.strip_prefix("diff --git ") {
            self.files.push(FileChange {
                path: new_path(paths),
                ..FileChange::default()
            });
            return;
        }
        if let Some(hunk) = line.strip_prefix("@@ -") {
            if self.hunk(hunk).is_none() {
                self.problem("a hunk's head could not be read");
            }
            return;
        }
        let Some(file) = self.files.last_mut() else {
            return;
        };
        if let Some(path) = line
            .strip_prefix("+++ ")
            .filter(|path| *path != "/dev/null")
        {
            file.path = unquoted(path.strip_prefix("b/").unwrap_or(path));
        } else if let Some(path) = line.strip_prefix("rename to ") {
            file.path = unquoted(path);
        } else if let Some(mode) = line.strip_prefix("new file mode ") {
            file.is_new = true;
            file.becomes_executable = mode == "100755";
        } else if line == "new mode 100755" {
            file.becomes_executable = true;
        } else if line.starts_with("deleted file mode ") {
            file.is_deleted = true;
        } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
            file.is_binary = true;
        }
    }

    /// "12,5 +12,9 @@": the lines that follow.
    fn hunk(&mut self, head: &str) -> Option<()> {
        let (old, rest) = head.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let range = |text: &str| -> Option<(u32, u32)> {
            let (start, count) = text.split_once(',').unwrap_or((text, "1"));
            Some((start.parse().ok()?, count.parse().ok()?))
        };
        (self.old_line, self.old_left) = range(old)?;
        (self.new_line, self.new_left) = range(new)?;
        Some(())
    }

    fn content(&mut self, line: &str) {
        let (sign, text) = match line.chars().next() {
            Some(sign @ ('+' | '-' | ' ' | '\\')) => (sign, line.get(1..).unwrap_or_default()),
            // An empty context line loses its space in some mailers.
            None => (' ', ""),
            Some(_) => {
                self.problem("a line of a hunk has no sign");
                (self.old_left, self.new_left) = (0, 0);
                return;
            }
        };
        let file = self.files.last_mut();
        match sign {
            '+' => {
                if let Some(file) = file {
                    file.added.push(Line {
                        number: self.new_line,
                        text: text.to_owned(),
                    });
                }
                self.new_line = self.new_line.saturating_add(1);
                self.new_left = self.new_left.saturating_sub(1);
            }
            '-' => {
                if let Some(file) = file {
                    file.removed.push(Line {
                        number: self.old_line,
                        text: text.to_owned(),
                    });
                }
                self.old_line = self.old_line.saturating_add(1);
                self.old_left = self.old_left.saturating_sub(1);
            }
            ' ' => {
                self.new_line = self.new_line.saturating_add(1);
                self.old_line = self.old_line.saturating_add(1);
                self.new_left = self.new_left.saturating_sub(1);
                self.old_left = self.old_left.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn problem(&mut self, message: &str) {
        let path = self
            .files
            .last()
            .map_or_else(|| "git diff".to_owned(), |file| file.path.clone());
        self.problems.push(Problem {
            path,
            location: None,
            message: message.to_owned(),
        });
    }
}

/// The new path of `a/x b/y`.
fn new_path(paths: &str) -> String {
    let path = paths.split_once(" b/").map_or(paths, |(_, path)| path);
    unquoted(path)
}

/// git quotes names with unusual bytes; the quotes go, the escapes stay visible.
fn unquoted(path: &str) -> String {
    let path = path.trim_end_matches('\t');
    path.strip_prefix('"')
        .and_then(|path| path.strip_suffix('"'))
        .unwrap_or(path)
        .trim_start_matches("b/")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_and_signs_inside_hunks_are_text() {
        let text = "diff --git a/x.py b/x.py\nnew file mode 100755\n--- /dev/null\n+++ b/x.py\n@@ -0,0 +1,2 @@\n+++ b/not-a-header\n+two\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -4,2 +4,1 @@ fn\n-gone\n same\n";
        let (files, problems) = read_diff(text);
        assert!(problems.is_empty(), "{problems:?}");
        let [new, old] = files.as_slice() else {
            panic!("{files:?}")
        };
        assert_eq!(
            (new.path.as_str(), new.is_new, new.becomes_executable),
            ("x.py", true, true)
        );
        assert_eq!(
            new.added.last(),
            Some(&Line {
                number: 2,
                text: "two".into()
            })
        );
        assert_eq!(
            new.added.first().map(|line| line.text.as_str()),
            Some("++ b/not-a-header")
        );
        assert_eq!(
            old.removed,
            [Line {
                number: 4,
                text: "gone".into()
            }]
        );
    }

    #[test]
    fn a_diff_that_breaks_off_says_so() {
        let (_, problems) = read_diff("diff --git a/x b/x\n@@ -1,3 +1,3 @@\n+a\n");
        assert_eq!(problems.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_diff_is_read_without_panic(text in "(diff --git a/x b/x\n|@@ -1,2 \\+1,2 @@\n|[ +\\-@].{0,8}\n){0,20}") {
            proptest::prop_assert!(read_diff(&text).0.len() <= text.len());
        }
    }
}
