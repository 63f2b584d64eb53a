//! Reads enough of shell to know what a script runs: quotes, variables, `eval`, `exec`, here-documents.
//!
//! It does not execute: what depends on the world (command substitution, conditions, globs) makes a
//! word unknown, and every branch of a condition counts as run.

use std::collections::BTreeMap;

/// A word of a command after expansion.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct ShellWord {
    /// The text, as far as it is known.
    pub(super) text: String,
    /// Whether nothing in it depends on what is not written here.
    pub(super) known: bool,
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
    let mut scanner = Scanner {
        rest: text.chars().collect::<Vec<_>>(),
        position: 0,
        here_documents: Vec::new(),
    };
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
            Token::End => command(std::mem::take(&mut words), environment, script, nesting),
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
            "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "{" | "}" | "fi"
            | "done" | "exec" | "nohup" | "time" | "command" | "sudo" | "env" | "export" | "--"
            | "tini" | "dumb-init" => {
                words.remove(0);
            }
            "eval" => {
                let unknown = words.iter().any(|word| !word.known);
                let text: Vec<String> = words.drain(..).skip(1).map(|word| word.text).collect();
                script.evaluates_variables |= unknown || text.iter().any(|word| word.contains('$'));
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
    let program = words.first()?.rsplit('/').next()?;
    if !matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh" | "busybox") {
        return None;
    }
    let option = words
        .iter()
        .skip(1)
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))?;
    Some(option + 2)
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let mut bytes = name.bytes();
    let valid = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some((name, value))
}

enum Token {
    /// Words: an unquoted variable may expand to several, or to none.
    Words(Vec<ShellWord>),
    /// The end of a command.
    End,
}

struct Scanner {
    rest: Vec<char>,
    position: usize,
    here_documents: Vec<String>,
}

type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.position += 1;
        Some(letter)
    }

    fn token(&mut self, variables: &Variables<'_>) -> Option<Token> {
        loop {
            match self.peek()? {
                ' ' | '\t' | '\r' => self.position += 1,
                '\n' => {
                    self.position += 1;
                    self.skip_here_documents();
                    return Some(Token::End);
                }
                ';' | '&' | '|' | '(' | ')' => {
                    self.position += 1;
                    return Some(Token::End);
                }
                '#' => {
                    while self.peek().is_some_and(|letter| letter != '\n') {
                        self.position += 1;
                    }
                }
                '<' | '>' => self.redirection(variables),
                _ => return Some(Token::Words(self.word(variables))),
            }
        }
    }

    /// Redirections are not arguments; a here-document's body is not commands.
    fn redirection(&mut self, variables: &Variables<'_>) {
        let mut signs = 0;
        let first = self.peek();
        while matches!(self.peek(), Some('<' | '>' | '&' | '-')) {
            signs += 1;
            self.position += 1;
        }
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.position += 1;
        }
        let target = self.word(variables);
        if first == Some('<') && signs >= 2 {
            self.here_documents
                .extend(target.into_iter().next().map(|word| word.text));
        }
    }

    fn skip_here_documents(&mut self) {
        for end in std::mem::take(&mut self.here_documents) {
            loop {
                let mut line = String::new();
                while let Some(letter) = self.next() {
                    if letter == '\n' {
                        break;
                    }
                    line.push(letter);
                }
                if line.trim() == end || self.peek().is_none() {
                    break;
                }
            }
        }
    }

    fn word(&mut self, variables: &Variables<'_>) -> Vec<ShellWord> {
        let mut words = Vec::new();
        let mut current = ShellWord {
            text: String::new(),
            known: true,
        };
        let mut started = false;
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    started = true;
                    self.position += 1;
                    while let Some(inner) = self.next().filter(|inner| *inner != '\'') {
                        current.text.push(inner);
                    }
                }
                '"' => {
                    started = true;
                    self.position += 1;
                    self.double_quoted(&mut current, variables);
                }
                '\\' => {
                    self.position += 1;
                    // A backslash at the end of a line joins it with the next.
                    if let Some(inner) = self.next().filter(|inner| *inner != '\n') {
                        started = true;
                        current.text.push(inner);
                    }
                }
                '$' | '`' => {
                    let (value, known) = self.expansion(variables);
                    current.known &= known;
                    let mut parts = value
                        .split([' ', '\t', '\n'])
                        .filter(|part| !part.is_empty());
                    let separated = value.contains([' ', '\t', '\n']);
                    if let Some(first) = parts.next() {
                        started = true;
                        current.text.push_str(first);
                    }
                    started |= !known;
                    if separated {
                        for part in parts {
                            let whole = std::mem::replace(
                                &mut current,
                                ShellWord {
                                    text: part.to_owned(),
                                    known,
                                },
                            );
                            words.push(whole);
                        }
                    }
                }
                _ => {
                    started = true;
                    self.position += 1;
                    current.text.push(letter);
                }
            }
        }
        if started {
            words.push(current);
        }
        words
    }

    fn double_quoted(&mut self, word: &mut ShellWord, variables: &Variables<'_>) {
        while let Some(letter) = self.peek() {
            match letter {
                '"' => {
                    self.position += 1;
                    return;
                }
                '\\' => {
                    self.position += 1;
                    match self.next() {
                        Some('\n') | None => {}
                        Some(inner @ ('"' | '\\' | '$' | '`')) => word.text.push(inner),
                        Some(inner) => {
                            word.text.push('\\');
                            word.text.push(inner);
                        }
                    }
                }
                '$' | '`' => {
                    let (value, known) = self.expansion(variables);
                    word.text.push_str(&value);
                    word.known &= known;
                }
                _ => {
                    self.position += 1;
                    word.text.push(letter);
                }
            }
        }
    }

    /// Expands what begins with `$` or a backquote; the flag tells whether the value is known.
    fn expansion(&mut self, variables: &Variables<'_>) -> (String, bool) {
        let sign = self.next();
        if sign == Some('`') {
            while self.next().is_some_and(|letter| letter != '`') {}
            return (String::new(), false);
        }
        match self.peek() {
            Some('{') => {
                self.position += 1;
                let body = self.until_closed('{', '}');
                braced(&body, variables)
            }
            Some('(') => {
                self.position += 1;
                self.until_closed('(', ')');
                (String::new(), false)
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let mut name = String::new();
                while let Some(letter) = self
                    .peek()
                    .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                {
                    name.push(letter);
                    self.position += 1;
                }
                let value = variables(&name);
                let known = value.is_some();
                (value.unwrap_or_default(), known)
            }
            Some(letter) if "@*#?$!-0123456789".contains(letter) => {
                self.position += 1;
                (String::new(), false)
            }
            _ => ("$".to_owned(), true),
        }
    }

    fn until_closed(&mut self, open: char, close: char) -> String {
        let mut body = String::new();
        let mut depth = 1_usize;
        while let Some(letter) = self.next() {
            if letter == open {
                depth += 1;
            } else if letter == close {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            body.push(letter);
        }
        body
    }
}

/// `${NAME}`, `${NAME:-default}` and `${NAME-default}`; other forms are not evaluated.
fn braced(body: &str, variables: &Variables<'_>) -> (String, bool) {
    let end = body
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let value = variables(name).filter(|value| !value.is_empty() || !rest.starts_with(':'));
    if let Some(value) = value {
        return (value, rest.is_empty() || rest.starts_with([':', '-']));
    }
    match rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')) {
        // The default stands when the variable is not set; whether it is set outside is not known,
        // but what the manifest says is what will run unless the image says otherwise.
        Some(default) => (default.trim_matches(['"', '\'']).to_owned(), true),
        None => (String::new(), false),
    }
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
            .map(|words| {
                let texts: Vec<_> = words
                    .iter()
                    .map(|word| {
                        if word.known {
                            word.text.clone()
                        } else {
                            format!("?{}", word.text)
                        }
                    })
                    .collect();
                texts.join("|")
            })
            .collect()
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
        assert_eq!(
            commands("eval \"exec vllm serve ${EXTRA}\""),
            ["vllm|serve|--trust-remote-code|--x|1"]
        );
        assert_eq!(commands("bash -lc 'a -b'"), ["a|-b"]);
    }

    proptest! {
        #[test]
        fn no_script_makes_it_panic(text in r#"[ a-c$(){}'"`\\;&|<>#\n=:-]{0,80}"#) {
            let _script = read(&text, &|_| Some("x y".to_owned()));
        }
    }
}
