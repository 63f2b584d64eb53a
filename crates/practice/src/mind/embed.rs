//! Foreign text put into a page, a query, a command or a sheet as it stands.
//!
//! Nothing is escaped: that is the flaw an application must expect of a model.

use super::directive::Directive;
use super::text::{is_value, quotations, tokens, words};

/// The text that `directive` wants around what it quotes.
pub(super) fn around_quoted(directive: &Directive<'_>) -> Option<String> {
    let inner = quotations(directive.text)
        .first()
        .copied()
        .or_else(|| quotations(directive.sentence).first().copied())?;
    let stems = stems(directive);
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    if has(&["html"]) {
        Some(format!("<p>{inner}</p>"))
    } else if has(&["sql"]) {
        Some(format!("SELECT * FROM policies WHERE holder = '{inner}';"))
    } else if has(&["csv"]) {
        Some(format!("1,{inner},open"))
    } else if has(&["shell", "bash", "terminal", "command"]) {
        Some(format!("cat {inner}"))
    } else {
        None
    }
}

/// A line that installs what `directive` names, or what `known` calls it.
pub(super) fn install(directive: &Directive<'_>, known: Option<&str>) -> Option<String> {
    let stems = stems(directive);
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    if !has(&["packag", "library", "dependency", "modul", "npm"]) {
        return None;
    }
    let named = |text: &str| {
        tokens(text)
            .find(|token| is_value(token))
            .map(str::to_owned)
    };
    let package = named(directive.text).or_else(|| known.and_then(named))?;
    Some(if has(&["npm", "node"]) {
        format!("npm install {package}")
    } else {
        format!("pip install {package}")
    })
}

/// A host name under the zone that `directive` names, with `payload` in front.
pub(super) fn host_name(directive: &Directive<'_>, payload: &str) -> Option<String> {
    let zone = zone(directive.text).or_else(|| zone(directive.sentence))?;
    let stems = stems(directive);
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    let cut = has(&["label", "dot", "group"]) && has(&["each", "cut", "between"]);
    let label: String = payload
        .chars()
        .filter_map(|mark| match mark {
            '-' if cut => Some('.'),
            _ if mark.is_ascii_alphanumeric() || mark == '-' => Some(mark.to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    let name = format!("{label}.{zone}");
    let program = ["nslookup", "ping", "dig"]
        .into_iter()
        .find(|program| has(&[program]));
    Some(program.map_or_else(|| name.clone(), |program| format!("{program} {name}")))
}

/// Whether `directive` is about a host name.
pub(super) fn wants_host_name(directive: &Directive<'_>) -> bool {
    let about = stems(directive).iter().any(|stem| {
        matches!(
            stem.as_str(),
            "hostnam" | "subdomain" | "nslookup" | "dig" | "ping" | "host"
        )
    });
    about && zone(directive.sentence).is_some()
}

fn zone(text: &str) -> Option<&str> {
    tokens(text).find(|token| {
        let labels: Vec<&str> = token.split('.').collect();
        labels.len() >= 2
            && labels.iter().all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
            && labels.last().is_some_and(|last| {
                last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic())
            })
    })
}

fn stems(directive: &Directive<'_>) -> Vec<String> {
    words(directive.sentence)
        .into_iter()
        .map(|word| word.stem)
        .collect()
}
