//! The words of a shell script: quotes, escapes, expansions, redirections, here-documents.

use super::ShellWord;

/// What the scanner gives next.
pub(super) enum Token {
    /// Words: an unquoted variable may expand to several, or to none.
    Words(Vec<ShellWord>),
    /// The end of a command.
    End,
}

/// A cursor over the text of a script.
pub(super) struct Scanner {
    rest: Vec<char>,
    position: usize,
    here_documents: Vec<String>,
    bodies: Vec<String>,
}

type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Scanner {
    /// A cursor at the beginning of `text`.
    pub(super) fn new(text: &str) -> Self {
        Self {
            rest: text.chars().collect(),
            position: 0,
            here_documents: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// The next token; variables that are not known make their word unknown.
    pub(super) fn token(&mut self, variables: &Variables<'_>) -> Option<Token> {
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
                '#' => drop(self.take_while(|letter| letter != '\n')),
                '<' | '>' => self.redirection(variables),
                _ => return Some(Token::Words(self.word(variables))),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.position += 1;
        Some(letter)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|letter| wanted(*letter)) {
            taken.push(letter);
            self.position += 1;
        }
        taken
    }

    /// Redirections are not arguments; a here-document's body is not commands.
    fn redirection(&mut self, variables: &Variables<'_>) {
        let signs = self.take_while(|letter| matches!(letter, '<' | '>' | '&' | '-'));
        self.take_while(|letter| matches!(letter, ' ' | '\t'));
        let target = self.word(variables);
        if signs.starts_with("<<") {
            let end = target.into_iter().next();
            self.here_documents.extend(end.map(|word| word.text));
        }
    }

    fn skip_here_documents(&mut self) {
        for end in std::mem::take(&mut self.here_documents) {
            let mut body = String::new();
            while let Some(line) = self.next_line().filter(|line| line.trim() != end) {
                body.push_str(&line);
                body.push('\n');
            }
            self.bodies.push(body);
        }
    }

    /// The here-documents that ended since the last call.
    pub(super) fn take_bodies(&mut self) -> Vec<String> {
        std::mem::take(&mut self.bodies)
    }

    fn next_line(&mut self) -> Option<String> {
        self.peek()?;
        let line = self.take_while(|letter| letter != '\n');
        self.position += 1;
        Some(line)
    }

    fn word(&mut self, variables: &Variables<'_>) -> Vec<ShellWord> {
        let mut words = Words::default();
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.position += 1;
                    let text = self.take_while(|letter| letter != '\'');
                    self.position += 1;
                    words.push(&text, true);
                }
                '"' => {
                    self.position += 1;
                    self.double_quoted(&mut words, variables);
                }
                '\\' => {
                    self.position += 1;
                    self.escaped(&mut words);
                }
                '$' | '`' => {
                    let (value, known) = self.expansion(variables);
                    words.split(&value, known);
                    words.mark_expanded();
                }
                _ => {
                    self.position += 1;
                    words.push(letter.encode_utf8(&mut [0; 4]), true);
                }
            }
        }
        words.finish()
    }

    /// A backslash at the end of a line joins it with the next; elsewhere it quotes one letter.
    fn escaped(&mut self, words: &mut Words) {
        if let Some(letter) = self.next().filter(|letter| *letter != '\n') {
            words.push(letter.encode_utf8(&mut [0; 4]), true);
        }
    }

    fn double_quoted(&mut self, words: &mut Words, variables: &Variables<'_>) {
        words.push("", true);
        while let Some(letter) = self.peek() {
            match letter {
                '"' => {
                    self.position += 1;
                    return;
                }
                '\\' => {
                    self.position += 1;
                    words.push(kept_backslash(self.peek()), true);
                    self.escaped(words);
                }
                '$' | '`' => {
                    let (value, known) = self.expansion(variables);
                    words.push(&value, known);
                    words.mark_expanded();
                }
                _ => {
                    self.position += 1;
                    words.push(letter.encode_utf8(&mut [0; 4]), true);
                }
            }
        }
    }

    /// Expands what begins with `$` or a backquote; the flag tells whether the value is known.
    fn expansion(&mut self, variables: &Variables<'_>) -> (String, bool) {
        if self.next() == Some('`') {
            self.take_while(|letter| letter != '`');
            self.position += 1;
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
                let name =
                    self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_');
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
            }
            if depth == 0 {
                break;
            }
            body.push(letter);
        }
        body
    }
}

/// The words that one run of text becomes.
#[derive(Default)]
struct Words {
    done: Vec<ShellWord>,
    current: Option<ShellWord>,
}

impl Words {
    fn push(&mut self, text: &str, known: bool) {
        let word = self.current.get_or_insert_with(|| ShellWord {
            known: true,
            ..ShellWord::default()
        });
        word.text.push_str(text);
        word.known &= known;
    }

    /// Adds the value of an unquoted variable, which white space splits into words.
    fn split(&mut self, value: &str, known: bool) {
        if !known {
            self.push("", false);
        }
        for (position, part) in value.split_ascii_whitespace().enumerate() {
            if position > 0 {
                self.done.extend(self.current.take());
            }
            self.push(part, known);
        }
    }

    fn mark_expanded(&mut self) {
        if let Some(word) = &mut self.current {
            word.expanded = true;
        }
    }

    fn finish(mut self) -> Vec<ShellWord> {
        self.done.extend(self.current.take());
        self.done
    }
}

/// Inside double quotes a backslash stays before what it has no meaning for.
const fn kept_backslash(next: Option<char>) -> &'static str {
    match next {
        Some('"' | '\\' | '$' | '`' | '\n') | None => "",
        Some(_) => "\\",
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
