//! Spans lie inside the text, nodes stay within the limits, and JSON reads as strict JSON does.

use seawall_base::json::{self, JsonLimits};
use seawall_config::yaml::{Entry, Node, Plain, Value, YamlLimits, parse, parse_json};
use serde_json::Value as Json;

const LIMITS: YamlLimits = YamlLimits {
    bytes_max: 1 << 20,
    depth_max: 40,
    nodes_max: 5_000,
    documents_max: 50,
};

/// More than the limits of the tree, so that the tree alone refuses.
const LARGE: JsonLimits = JsonLimits {
    bytes_max: 1 << 20,
    depth_max: 60,
    nodes_max: 10_000,
};

pub(super) fn body(bytes: &[u8]) {
    let parsed = parse(bytes, &LIMITS);
    assert!(parsed.documents.len() <= LIMITS.documents_max);
    let mut nodes = 0;
    for document in &parsed.documents {
        walk(document, bytes, 1, &mut nodes);
    }
    assert!(nodes <= LIMITS.nodes_max, "{nodes} nodes");
    for flaw in &parsed.flaws {
        assert!(flaw.at.byte <= bytes.len() as u64, "{flaw:?}");
    }
    if let (Ok(tree), Ok(value)) = (parse_json(bytes, &LIMITS), json::parse(bytes, &LARGE)) {
        assert!(tree.documents.iter().all(|node| same(node, &value)));
        assert!(tree.flaws.is_empty(), "{:?}", tree.flaws);
    }
}

/// Whether two readers of JSON saw the same.
fn same(node: &Node, value: &Json) -> bool {
    match (&node.value, value) {
        (Value::Scalar(scalar), Json::String(text)) => scalar.text == *text,
        (Value::Scalar(scalar), Json::Number(number)) => scalar.number() == number.as_f64(),
        (Value::Scalar(scalar), Json::Bool(flag)) => scalar.plain() == Plain::Bool(*flag),
        (Value::Scalar(scalar), Json::Null) => scalar.is_null(),
        (Value::Sequence(items), Json::Array(values)) => {
            items.len() == values.len()
                && items
                    .iter()
                    .zip(values)
                    .all(|(item, value)| same(item, value))
        }
        (Value::Mapping(entries), Json::Object(fields)) => {
            let equal = |entry: &Entry| {
                let field = fields.get(&entry.key);
                field.is_some_and(|field| same(&entry.value, field))
            };
            entries.len() == fields.len() && entries.iter().all(equal)
        }
        _ => false,
    }
}

fn walk(node: &Node, bytes: &[u8], depth: usize, nodes: &mut usize) {
    *nodes += 1;
    assert!(depth <= LIMITS.depth_max + 1, "deeper than the limit");
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    assert!(start <= end && end <= bytes.len(), "{:?}", node.span);
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    assert!(
        text.is_char_boundary(start) && text.is_char_boundary(end),
        "{:?}",
        node.span
    );
    match &node.value {
        Value::Scalar(scalar) => drop((scalar.plain(), scalar.trap())),
        Value::Sequence(items) => {
            for item in items {
                walk(item, bytes, depth + 1, nodes);
            }
        }
        Value::Mapping(entries) => {
            for entry in entries {
                assert!(entry.key_span.end as usize <= bytes.len());
                walk(&entry.value, bytes, depth + 1, nodes);
            }
        }
    }
}
