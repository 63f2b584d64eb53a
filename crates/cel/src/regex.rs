//! Regular expressions with the syntax and meaning of RE2 on an engine in linear time.
//!
//! RE2 and the engine agree on most of the syntax. What differs is rewritten: `\d`, `\w`, `\s` and
//! `\b` know ASCII only, `\Q…\E` quotes, `&&`, `--` and `~~` mean themselves inside a class, a bracket
//! inside a class is an ordinary character, and a repetition counts to 1000 at most.

use regex_automata::meta;
use regex_automata::util::syntax;

use crate::error::EvalError;

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    engine: meta::Regex,
}

/// Repetitions beyond this are refused, as RE2 does.
const REPEAT_MAX: u32 = 1_000;

impl Regex {
    /// Compiles `pattern` into at most `bytes_max` bytes.
    pub(crate) fn new(pattern: &str, bytes_max: usize) -> Result<Self, EvalError> {
        let illegal = |why: &str| EvalError::invalid(format!("invalid regular expression: {why}"));
        let translated = translate(pattern).map_err(|why| illegal(&why))?;
        let config = meta::Config::new()
            .nfa_size_limit(Some(bytes_max))
            .onepass_size_limit(Some(bytes_max / 4))
            .hybrid_cache_capacity(1 << 20)
            .dfa(false);
        let engine = meta::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().nest_limit(200))
            .build(&translated);
        let engine = engine.map_err(|error| {
            let why = error.syntax_error().map(ToString::to_string);
            let why = why.unwrap_or_else(|| "the expression is too large".to_owned());
            illegal(&why.replace('\n', " "))
        })?;
        Ok(Self { engine })
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.engine.is_match(text)
    }

    /// The first match.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.engine.find(text)?;
        text.get(found.range())
    }

    /// The matches that do not overlap; no empty match stands right after another match.
    pub(crate) fn find_all<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let matches = self.engine.find_iter(text);
        matches.filter_map(move |found| text.get(found.range()))
    }

    /// Groups that capture.
    pub(crate) fn groups(&self) -> usize {
        self.engine.captures_len().saturating_sub(1)
    }

    /// For each match, the ranges of the whole and of its groups.
    pub(crate) fn captures(&self, text: &str) -> Vec<Vec<Option<std::ops::Range<usize>>>> {
        let ranges = |found: regex_automata::util::captures::Captures| {
            found
                .iter()
                .map(|span| span.map(|span| span.range()))
                .collect()
        };
        self.engine.captures_iter(text).map(ranges).collect()
    }
}

/// The pattern in the engine's syntax.
fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
    };
    translator.run()?;
    Ok(translator.out)
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
}

impl Translator<'_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(character)
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(character) = self.next() {
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '{' => self.repetition()?,
                '(' if self.rest.starts_with('?') => self.group()?,
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    /// Flags and names of groups: RE2 has the flags i, m, s and U only, and no look-around.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let rest = self.rest.get(1..).unwrap_or("");
        if rest.starts_with("P<") || rest.starts_with('<') {
            let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let name = rest
                .split_once('<')
                .and_then(|(_, rest)| rest.split_once('>'));
            return match name {
                Some((name, _)) if !name.is_empty() && is_name(name) => Ok(()),
                _ => Err("invalid named capture".to_owned()),
            };
        }
        let flags = rest.find([':', ')']).and_then(|end| rest.get(..end));
        match flags {
            Some(flags) if flags.chars().all(|flag| "imsU-".contains(flag)) => Ok(()),
            _ => Err("invalid or unsupported Perl syntax".to_owned()),
        }
    }

    /// `{n}`, `{n,}` and `{n,m}` repeat; any other brace is an ordinary character.
    fn repetition(&mut self) -> Result<(), String> {
        let inner = self.rest.split_once('}').map(|(inner, _)| inner);
        let (low, high) = inner.map_or(("", ""), |inner| {
            inner.split_once(',').unwrap_or((inner, ""))
        });
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(low) || !(high.is_empty() || is_number(high)) {
            self.out.push_str("\\{");
            return Ok(());
        }
        let too_many = |digits: &str| {
            !digits.is_empty()
                && digits
                    .parse::<u32>()
                    .map_or(true, |count| count > REPEAT_MAX)
        };
        if too_many(low) || too_many(high) {
            return Err("invalid repeat count".to_owned());
        }
        self.out.push('{');
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let character = self
            .next()
            .ok_or("trailing backslash at end of expression")?;
        let plain = match (character, in_class) {
            ('d', false) => "[0-9]",
            ('d', true) => "0-9",
            ('D', false) => "[^0-9]",
            ('D', true) => "[^0-9]",
            ('w', false) => "[0-9A-Za-z_]",
            ('w', true) => "0-9A-Za-z_",
            ('W', _) => "[^0-9A-Za-z_]",
            ('s', false) => "[\\t\\n\\x0C\\r ]",
            ('s', true) => "\\t\\n\\x0C\\r\\x20",
            ('S', _) => "[^\\t\\n\\x0C\\r ]",
            ('b', false) => "(?-u:\\b)",
            ('B', false) => "(?-u:\\B)",
            ('A', false) => "\\A",
            ('z', false) => "\\z",
            ('a', _) => "\\x07",
            ('f', _) => "\\x0C",
            ('n', _) => "\\n",
            ('r', _) => "\\r",
            ('t', _) => "\\t",
            ('v', _) => "\\x0B",
            ('Q', false) => {
                self.quoted();
                return Ok(());
            }
            ('p' | 'P', _) => return self.property(character),
            ('x', _) => return self.hexadecimal(),
            ('0'..='7', _) => return self.octal(character),
            (other, _) if other.is_ascii() && !other.is_ascii_alphanumeric() => {
                self.literal(other);
                return Ok(());
            }
            _ => return Err(format!("invalid escape sequence: \\{character}")),
        };
        self.out.push_str(plain);
        Ok(())
    }

    fn literal(&mut self, character: char) {
        self.out
            .push_str(&format!("\\x{{{:X}}}", u32::from(character)));
    }

    fn quoted(&mut self) {
        let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        let quoted = quoted.to_owned();
        self.rest = rest;
        for character in quoted.chars() {
            self.literal(character);
        }
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}`.
    fn property(&mut self, kind: char) -> Result<(), String> {
        let invalid = || "invalid character class range".to_owned();
        let (name, rest) = match self.rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}').ok_or_else(invalid)?,
            None => {
                let length = self.rest.chars().next().ok_or_else(invalid)?.len_utf8();
                self.rest.split_at_checked(length).ok_or_else(invalid)?
            }
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (true, name),
            None => (false, name),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(invalid());
        }
        let kind = if negated == (kind == 'p') { 'P' } else { 'p' };
        self.out.push_str(&format!("\\{kind}{{{name}}}"));
        self.rest = rest;
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<(), String> {
        let invalid = || "invalid escape sequence: \\x".to_owned();
        let (digits, rest) = match self.rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}').ok_or_else(invalid)?,
            None => self.rest.split_at_checked(2).ok_or_else(invalid)?,
        };
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| valid);
        let character = code.and_then(char::from_u32).ok_or_else(invalid)?;
        self.rest = rest;
        self.literal(character);
        Ok(())
    }

    /// Octal digits; one alone other than 0 would refer back to a group, which RE2 cannot.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let mut digits = String::from(first);
        while digits.len() < 3 && self.rest.starts_with(|c: char| ('0'..='7').contains(&c)) {
            digits.extend(self.next());
        }
        let code = u32::from_str_radix(&digits, 8)
            .ok()
            .and_then(char::from_u32);
        match code {
            Some(character) if first == '0' || digits.len() > 1 => {
                self.literal(character);
                Ok(())
            }
            _ => Err(format!("invalid escape sequence: \\{first}")),
        }
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.next();
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let character = self.next().ok_or("missing closing ]")?;
            match character {
                ']' if !first => break,
                '[' if self.rest.starts_with(':') => self.named_class()?,
                '\\' => self.escape(true)?,
                '-' => self.out.push('-'),
                other if other.is_ascii_punctuation() => self.literal(other),
                ' ' => self.literal(' '),
                other => self.out.push(other),
            }
            self.escape_doubled_dash(character);
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// `--` in a class would be a difference of sets.
    fn escape_doubled_dash(&mut self, character: char) {
        if character == '-' && self.out.ends_with("--") {
            self.out.pop();
            self.literal('-');
        }
    }

    /// `[:alpha:]`.
    fn named_class(&mut self) -> Result<(), String> {
        let inner = self.rest.get(1..).unwrap_or("");
        let Some((name, rest)) = inner.split_once(":]") else {
            self.literal('[');
            return Ok(());
        };
        if !name
            .trim_start_matches('^')
            .chars()
            .all(|c| c.is_ascii_lowercase())
        {
            return Err("invalid character class range".to_owned());
        }
        self.out.push_str(&format!("[:{name}:]"));
        self.rest = rest;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Regex::new(pattern, 1 << 20).unwrap().is_match(text)
    }

    #[test]
    fn classes_know_ascii_only() {
        assert!(matches(r"^\d+$", "123"));
        assert!(!matches(r"^\d+$", "١٢٣"));
        assert!(!matches(r"^\w$", "é"));
        assert!(matches(r"^[\w-]+$", "a-b_9"));
        assert!(matches(r"^\S+$", "é"));
        assert!(!matches(r"\s", "\u{b}"));
        assert!(matches(r"^[^\s]+$", "\u{b}"));
    }

    #[test]
    fn characters_in_a_class_mean_themselves() {
        assert!(matches("^[a&&b]+$", "a&b"));
        assert!(matches("^[a[b]+$", "[a[b"));
        assert!(matches("^[a~~b]+$", "~"));
        assert!(matches("^[]a]+$", "]a"));
        assert!(matches("^[+--]+$", "+,-"));
        assert!(matches("^[a-z0-9-]+$", "a-9"));
    }

    #[test]
    fn braces_that_do_not_repeat_are_characters() {
        assert!(matches("^a{b}$", "a{b}"));
        assert!(matches("^a{,2}$", "a{,2}"));
        assert!(matches("^a{2}$", "aa"));
    }

    #[test]
    fn quoting_and_escapes() {
        assert!(matches(r"^\Qa.b\E.$", "a.bc"));
        assert!(matches(r"^\x41\x{42}\103$", "ABC"));
        assert!(matches(r"^\_\-$", "_-"));
        assert!(matches(r"^\pL\p{Greek}\P{Greek}\p{^Greek}$", "aβcd"));
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            "(", "a**b(", r"\1", r"(?=a)", r"(?<!a)b", "a{1001}", r"\u0041", "[a", r"\8", "(?x)a",
            "(?P<n", r"\Z",
        ] {
            assert!(Regex::new(pattern, 1 << 20).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_large_expression_is_refused() {
        assert!(Regex::new("((a{100}){100}){100}", 1 << 20).is_err());
    }
}
