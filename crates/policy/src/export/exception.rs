//! Exceptions: who may break which rule with which objects, why, and until when.

use seawall_config::yaml::{Node, YamlLimits, parse};

use crate::rules::RULES;

/// One exception of a file of exceptions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Ids of the rules that it is from.
    pub rules: Vec<String>,
    /// The namespace that it holds in.
    pub namespace: String,
    /// The kind of the objects.
    pub kind: String,
    /// The names of the objects.
    pub names: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is there.
    pub reason: String,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub expires: String,
}

/// Reads the objects of kind `GuardrailException` of a text.
///
/// # Errors
/// Names what is missing or too wide: an exception names its rules, one namespace, one kind and its
/// objects, and has an owner, a reason and an expiry after `today` (`YYYY-MM-DD`).
pub fn exceptions(text: &str, today: &str) -> Result<Vec<Exception>, String> {
    let parsed = parse(text.as_bytes(), &YamlLimits::default());
    if let Some(flaw) = parsed.flaws.first() {
        return Err(format!("line {}: {}", flaw.at.line, flaw.message));
    }
    let objects = parsed.documents.iter();
    let own = objects.filter(|own| own.text_at(&["kind"]) == Some("GuardrailException"));
    own.map(|own| exception(own, today)).collect()
}

fn exception(node: &Node, today: &str) -> Result<Exception, String> {
    let line = node.span.line;
    let text = |path: &[&str]| {
        let found = node.text_at(path).filter(|text| !text.trim().is_empty());
        let found = found.ok_or_else(|| format!("line {line}: `{}` is missing", path.join(".")));
        found.map(str::to_owned)
    };
    let list = |key: &str| {
        let items = node.at(&["spec", key]).map(Node::items).unwrap_or_default();
        let items: Vec<String> = items
            .iter()
            .filter_map(Node::text)
            .map(str::to_owned)
            .collect();
        if items.is_empty() || items.iter().any(|item| item.contains('*')) {
            return Err(format!(
                "line {line}: `spec.{key}` must be a list of names without `*`"
            ));
        }
        Ok(items)
    };
    let found = Exception {
        name: text(&["metadata", "name"])?,
        rules: list("rules")?,
        namespace: text(&["metadata", "namespace"])?,
        kind: text(&["spec", "kind"])?,
        names: list("names")?,
        owner: text(&["spec", "owner"])?,
        reason: text(&["spec", "reason"])?,
        expires: text(&["spec", "expires"])?,
    };
    let known = |id: &String| RULES.iter().any(|rule| rule.meta.id == id);
    if let Some(unknown) = found.rules.iter().find(|id| !known(id)) {
        return Err(format!("line {line}: there is no rule `{unknown}`"));
    }
    let dated = found.expires.len() == 10
        && found
            .expires
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !dated {
        return Err(format!(
            "line {line}: `spec.expires` must be a day such as 2027-01-31"
        ));
    }
    if *found.expires < *today {
        return Err(format!(
            "line {line}: the exception `{}` ended on {}",
            found.name, found.expires
        ));
    }
    Ok(found)
}

impl Exception {
    /// Whether an object is excepted, as an expression over it.
    pub(super) fn condition(&self, root: &str) -> String {
        let names: Vec<String> = self.names.iter().map(|name| quoted(name)).collect();
        format!(
            "({root}.kind == {} && has({root}.metadata.namespace) && {root}.metadata.namespace == {} && has({root}.metadata.name) && {root}.metadata.name in [{}])",
            quoted(&self.kind),
            quoted(&self.namespace),
            names.join(", ")
        )
    }
}

/// A text of the language; whatever could end it is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(spec: &str) -> String {
        format!(
            "apiVersion: seawall.dev/v1alpha1\nkind: GuardrailException\nmetadata: {{name: e, namespace: ml}}\nspec: {{{spec}}}\n"
        )
    }

    const WHOLE: &str = "rules: [host-namespaces], kind: DaemonSet, names: [nccl], owner: ada, reason: RDMA, expires: 2027-01-31";

    #[test]
    fn an_exception_is_narrow_owned_and_ends() {
        let found = exceptions(&text(WHOLE), "2026-11-24").unwrap();
        assert_eq!(found[0].rules, ["host-namespaces"]);
        assert!(
            exceptions(&text(WHOLE), "2027-02-01")
                .unwrap_err()
                .contains("ended")
        );
        for (part, word) in [
            ("names: [nccl], ", "names"),
            ("owner: ada, ", "owner"),
            ("kind: DaemonSet, ", "kind"),
            (", expires: 2027-01-31", "expires"),
        ] {
            let error = exceptions(&text(&WHOLE.replace(part, "")), "2026-11-24").unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(exceptions(&text(&WHOLE.replace("[nccl]", "['*']")), "2026-11-24").is_err());
        assert!(
            exceptions(
                &text(&WHOLE.replace("host-namespaces", "nope")),
                "2026-11-24"
            )
            .is_err()
        );
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a' || true || '\\"), "'a\\' || true || \\'\\\\'");
    }
}
