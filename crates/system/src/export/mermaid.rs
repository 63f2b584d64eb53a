//! A flowchart in Mermaid: components in their boundaries, flows with what they carry.

use crate::model::{Component, System};

/// The data-flow diagram as Mermaid text. Names are quoted and cannot leave their quotes.
#[must_use]
pub fn mermaid(system: &System) -> String {
    let mut text = String::from("flowchart LR\n");
    for boundary in &system.boundaries {
        text.push_str(&format!(
            "  subgraph b_{}[\"{}\"]\n",
            word(&boundary.id),
            quoted(&boundary.name)
        ));
        let own = |item: &&Component| item.boundary.as_ref() == Some(&boundary.id);
        for component in system.components.iter().filter(own) {
            text.push_str(&format!("    {}\n", node(component)));
        }
        text.push_str("  end\n");
    }
    for component in system
        .components
        .iter()
        .filter(|item| item.boundary.is_none())
    {
        text.push_str(&format!("  {}\n", node(component)));
    }
    for flow in &system.flows {
        let carries = flow.carries.join(", ");
        let (from, to) = (word(&flow.from), word(&flow.to));
        text.push_str(&format!("  c_{from} -->|\"{carries}\"| c_{to}\n"));
    }
    text
}

fn node(component: &Component) -> String {
    let (open, close) = match component.kind.as_str() {
        "database" | "object-store" | "vector-store" | "model-registry" => ("[(", ")]"),
        "person" | "external-content" | "external-service" => ("([", "])"),
        "agent" | "model-server" | "predictive-server" => ("{{", "}}"),
        _ => ("[", "]"),
    };
    format!(
        "c_{}{open}\"{}\"{close}",
        word(&component.id),
        quoted(&component.name)
    )
}

/// Ids of Mermaid have no hyphens; a prefix keeps them from being keywords such as `end`.
fn word(id: &str) -> String {
    id.replace('-', "_")
}

fn quoted(name: &str) -> String {
    let name = seawall_base::printable(name, 120);
    name.replace('&', "&amp;")
        .replace('"', "#quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
