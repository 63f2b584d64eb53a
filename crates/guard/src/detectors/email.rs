//! E-mail addresses.
//!
//! # What it detects
//! A local part, an at sign and a domain with a top level of letters.
//! # Why it matters
//! An address is personal data and the first thing a phisher needs.
//! # What it misses
//! Addresses written as words (`name at example dot org`).
//! # Example
//! `jane.doe@example.org`
//! # Remediation
//! Mask it, or replace it by a stable pseudonym.
//! # References
//! RFC 5321 section 4.1.2.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "email",
    title: "E-mail address",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &["@"],
    actions: private_actions,
    check,
};

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let bytes = scene.text().as_bytes();
    for anchor in scene.anchors {
        let before = bytes.get(..anchor.start).unwrap_or_default();
        let after = bytes.get(anchor.end..).unwrap_or_default();
        let local = before
            .iter()
            .rev()
            .take(LOCAL_MAX)
            .take_while(|byte| is_local(**byte))
            .count();
        let mut domain = after
            .iter()
            .take(DOMAIN_MAX)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            .count();
        while domain > 0
            && after
                .get(domain - 1)
                .is_some_and(|byte| !byte.is_ascii_alphanumeric())
        {
            domain -= 1;
        }
        let name = after.get(..domain).unwrap_or_default();
        let top = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        let has_dot = top.len() < name.len();
        if local > 0
            && has_dot
            && top.len() >= 2
            && top.iter().all(u8::is_ascii_alphabetic)
            && !is_package(name, top)
        {
            out.push(Hit::new(
                anchor.start - local..anchor.end + domain,
                0.9,
                "[email]",
            ));
        }
    }
}

const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 255;

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// `name@2x.png` and `git@host.git` name files.
fn is_package(name: &[u8], top: &[u8]) -> bool {
    matches!(
        top,
        b"png" | b"jpg" | b"svg" | b"js" | b"git" | b"py" | b"ts"
    ) && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        assert_eq!(
            matched("email", Channel::User, "mail jane.doe+x@mail.example.org."),
            ["jane.doe+x@mail.example.org"]
        );
        for text in [
            "@dataclass",
            "a@b",
            "icon@2x.png",
            "user@localhost",
            "foo@1.2.3",
        ] {
            assert!(matched("email", Channel::User, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn invisible_and_full_width_addresses_are_seen_where_they_stand() {
        let text = "to ja\u{200b}ne＠example.org now";
        assert_eq!(
            matched("email", Channel::User, text),
            ["ja\u{200b}ne＠example.org"]
        );
    }
}
