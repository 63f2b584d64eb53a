//! Reads enough of shell to know what a script runs: quotes, variables, `eval`, `exec`, here-documents.
//!
//! It does not execute: what depends on the world (command substitution, conditions, globs) makes a
//! word unknown, and every branch of a condition counts as run.

mod scan;

use std::collections::BTreeMap;

use self::scan::{Scanner, Token};

/// A word of a command after expansion.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct ShellWord {
    /// The text, as far as it is known.
    pub(super) text: String,
    /// Whether nothing in it depends on what is not written here.
    pub(super) known: bool,
    /// Whether a variable or a command stands in it.
    pub(super) expanded: bool,
}

/// What a script does, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// The commands with their words.
    pub(super) commands: Vec<Vec<ShellWord>>,
    /// Whether `eval` runs text that contains a variable: data becomes code there.
    pub(super) evaluates_variables: bool,
    /// Variables that the script sets for what it runs.
    pub(super) assigned: BTreeMap<String, String>,
}

const WORDS_MAX: usize = 10_000;
const NESTING_MAX: usize = 4;

/// Reads a script with the variables of its environment.
pub(super) fn read(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Script {
    let mut script = Script::default();
    run(text, environment, &mut script, 0);
    script
}

fn run(
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
    script: &mut Script,
    nesting: usize,
) {
    let mut scanner = Scanner::new(text);
    let mut words: Vec<ShellWord> = Vec::new();
    let mut total = 0;
    while let Some(token) = scanner.token(&|name| {
        script
            .assigned
            .get(name)
            .cloned()
            .or_else(|| environment(name))
    }) {
        total += 1;
        if total > WORDS_MAX {
            return;
        }
        match token {
            Token::Words(more) => words.extend(more),
            Token::End => {
                let reads =
                    words.len() == 1 && words.first().is_some_and(|word| is_shell(&word.text));
                command(std::mem::take(&mut words), environment, script, nesting);
                // A shell that is given nothing to run runs what it reads.
                for body in scanner
                    .take_bodies()
                    .iter()
                    .filter(|_| reads && nesting < NESTING_MAX)
                {
                    run(body, environment, script, nesting + 1);
                }
            }
        }
    }
    command(words, environment, script, nesting);
}

/// Notes one simple command, after what only wraps it has been taken off.
fn command(
    mut words: Vec<ShellWord>,
    environment: &dyn Fn(&str) -> Option<String>,
    script: &mut Script,
    nesting: usize,
) {
    loop {
        let Some(first) = words.first().map(|word| word.text.clone()) else {
            return;
        };
        match first.as_str() {
            "if"
            | "then"
            | "else"
            | "elif"
            | "while"
            | "until"
            | "do"
            | "!"
            | "{"
            | "}"
            | "fi"
            | "done"
            | "exec"
            | "nohup"
            | "time"
            | "command"
            | "sudo"
            | "env"
            | "export"
            | "--"
            | "tini"
            | "dumb-init"
            | "ddtrace-run"
            | "opentelemetry-instrument"
            | "catchsegv" => {
                words.remove(0);
            }
            "timeout" | "nice" | "numactl" | "stdbuf" | "setsid" | "chrt" | "taskset" => {
                words.remove(0);
                let is_option = |word: &ShellWord| {
                    word.text
                        .starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                };
                while words.first().is_some_and(is_option) {
                    words.remove(0);
                }
            }
            "eval" => {
                let expanded = words.iter().any(|word| word.expanded);
                let text: Vec<String> = words.drain(..).skip(1).map(|word| word.text).collect();
                script.evaluates_variables |=
                    expanded || text.iter().any(|word| word.contains('$'));
                if nesting < NESTING_MAX {
                    run(&text.join(" "), environment, script, nesting + 1);
                }
                return;
            }
            _ => match assignment(&first) {
                Some((name, value)) => {
                    script.assigned.insert(name.to_owned(), value.to_owned());
                    words.remove(0);
                }
                None => break,
            },
        }
    }
    if nesting < NESTING_MAX
        && let Some(inner) = inline_script(&words)
    {
        run(&inner, environment, script, nesting + 1);
        return;
    }
    script.commands.push(words);
}

/// The text that `sh -c TEXT` runs.
fn inline_script(words: &[ShellWord]) -> Option<String> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let position = shell_script_position(&texts)?;
    texts.get(position).map(|text| (*text).to_owned())
}

/// Where in a command line the script of a shell stands, if the program is a shell with `-c`.
pub(super) fn shell_script_position(words: &[&str]) -> Option<usize> {
    if !words.first().is_some_and(|word| is_shell(word)) {
        return None;
    }
    let option = words
        .iter()
        .skip(1)
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))?;
    Some(option + 2)
}

fn is_shell(word: &str) -> bool {
    let program = word.rsplit('/').next().unwrap_or_default();
    matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh" | "busybox")
}

pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let mut bytes = name.bytes();
    let valid = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commands(text: &str) -> Vec<String> {
        let environment = |name: &str| match name {
            "EXTRA" => Some("--trust-remote-code --x 1".to_owned()),
            "PORT" => Some("8000".to_owned()),
            _ => None,
        };
        read(text, &environment)
            .commands
            .iter()
            .map(|words| words.iter().map(shown).collect::<Vec<_>>().join("|"))
            .collect()
    }

    fn shown(word: &ShellWord) -> String {
        format!("{}{}", if word.known { "" } else { "?" }, word.text)
    }

    #[test]
    fn quotes_variables_and_separators_are_read() {
        assert_eq!(
            commands("exec vllm serve 'a b' --port \"$PORT\""),
            ["vllm|serve|a b|--port|8000"]
        );
        assert_eq!(commands("a $EXTRA"), ["a|--trust-remote-code|--x|1"]);
        assert_eq!(commands("a ${NOPE:-b} ${NOPE} \"${NOPE}c\""), ["a|b|?|?c"]);
        assert_eq!(
            commands("a $(date) && b; c | d # e"),
            ["a|?", "b", "c", "d"]
        );
        assert_eq!(commands("a \\\n  --b\nX=1; c --d=$X"), ["a|--b", "c|--d=1"]);
        assert_eq!(commands("cat <<EOF > /f\nvllm serve\nEOF\nb"), ["cat", "b"]);
        assert_eq!(commands("if [ -f x ]; then a; fi"), ["[|-f|x|]", "a"]);
    }

    #[test]
    fn eval_and_nested_shells_are_followed() {
        let script = read("eval \"exec vllm serve ${MORE} \\$EXTRA\"", &|_| None);
        assert!(script.evaluates_variables);
        assert!(read("eval \"a ${B}\"", &|_| Some("b".to_owned())).evaluates_variables);
        assert!(!read("eval 'a b'", &|_| None).evaluates_variables);
        assert_eq!(
            commands("eval \"exec vllm serve ${EXTRA}\""),
            ["vllm|serve|--trust-remote-code|--x|1"]
        );
        assert_eq!(commands("bash -lc 'a -b'"), ["a|-b"]);
        assert_eq!(commands("bash <<EOF\na -b\nEOF\nc"), ["bash", "a|-b", "c"]);
        assert_eq!(commands("timeout -k 5 10m a -b"), ["a|-b"]);
    }

    proptest! {
        #[test]
        fn no_script_makes_it_panic(text in r#"[ a-c$(){}'"`\\;&|<>#\n=:-]{0,80}"#) {
            let _script = read(&text, &|_| Some("x y".to_owned()));
        }
    }
}
