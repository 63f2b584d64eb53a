//! Records hold text that people cannot see.
//!
//! ## What it detects
//!
//! Unicode tag characters and runs of variation selectors (which can spell whole sentences),
//! bidirectional overrides, and zero-width characters between Latin letters.
//!
//! ## Why it matters
//!
//! A reviewer sees a harmless record; a model reads the hidden one. It is the standard way to smuggle
//! instructions and triggers past human review.
//!
//! ## What it misses
//!
//! Text in the colour of its background, and look-alike letters.
//!
//! ## Example
//!
//! ```text
//! "approved" followed by U+E0069 U+E0067 U+E006E …
//! ```
//!
//! ## Remediation
//!
//! Remove the characters, look at what they spell, and screen the source of the records.
//!
//! ## References
//!
//! - Unicode Technical Report 36
//! - MITRE ATLAS AML.T0020, OWASP LLM01:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{Record, Screen, Tally};
use crate::report::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-invisible-text",
    title: "Records hold text that people cannot see",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0020", "LLM04:2025", "LLM01:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Remove the characters, look at what they spell, and screen the source.";

#[derive(Default)]
struct State {
    hidden: Option<Tally>,
    overrides: Option<Tally>,
    zero_width: Option<Tally>,
}

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        for field in record.fields.iter().filter(|field| !field.text.is_ascii()) {
            let seen = look(&field.text);
            if seen.hidden {
                Tally::add(&mut self.hidden, record, field);
            }
            if seen.overrides {
                Tally::add(&mut self.overrides, record, field);
            }
            if seen.zero_width {
                Tally::add(&mut self.zero_width, record, field);
            }
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        let all = [
            (
                &self.hidden,
                "characters that spell invisible text stand",
                Severity::High,
            ),
            (
                &self.overrides,
                "characters that reverse the direction of text stand",
                Severity::High,
            ),
            (
                &self.zero_width,
                "zero-width characters stand between letters",
                Severity::Medium,
            ),
        ];
        for (tally, what, severity) in all {
            if let Some(tally) = tally {
                sink.finding(&META, tally.notice(what, FIX).severity(severity));
            }
        }
    }
}

#[derive(Default)]
struct Seen {
    hidden: bool,
    overrides: bool,
    zero_width: bool,
}

fn look(text: &str) -> Seen {
    let mut seen = Seen::default();
    let mut selectors = 0;
    let mut in_flag = false;
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let selector = matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        selectors = if selector { selectors + 1 } else { 0 };
        match character {
            // The flags of England, Scotland and Wales are the one honest use of tags.
            '\u{1f3f4}' => in_flag = true,
            '\u{e0000}'..='\u{e007f}' => seen.hidden |= !in_flag,
            '\u{202d}' | '\u{202e}' => seen.overrides = true,
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {
                let after = characters.peek().copied().unwrap_or(' ');
                seen.zero_width |= before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
            }
            _ => in_flag = false,
        }
        seen.hidden |= selectors > 2;
        before = character;
    }
    seen
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    #[test]
    fn hidden_characters_are_told() {
        for text in [
            "ok\u{e0069}\u{e0067}",
            "a\u{202e}b",
            "pay\u{200b}load",
            "x\u{e0101}\u{e0102}\u{e0103}",
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(
                dataset_ids("d.jsonl", &line),
                ["dataset-invisible-text"],
                "{text:?}"
            );
        }
    }

    #[test]
    fn scripts_emoji_and_flags_pass() {
        for text in [
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}",
            "\u{2764}\u{fe0f} Zürich",
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(
                dataset_ids("d.jsonl", &line),
                Vec::<&str>::new(),
                "{text:?}"
            );
        }
    }
}
