//! The lockout proof: with every webhook that fails closed gone, can the cluster still start, and
//! can its people still repair it?
//!
//! Each request that a cold start or a repair needs is matched against each webhook as the API server
//! matches it: rules, namespace selector, object selector, match conditions. What cannot be evaluated
//! counts as matching. A webhook that fails open cannot lock anybody out.

mod essential;
mod matching;

use std::collections::BTreeSet;

use serde_json::Value;

pub use self::essential::{Essential, essentials};

/// A request that would be refused while a webhook does not answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Locked {
    /// The configuration and the webhook in it.
    pub webhook: String,
    /// What could not be done.
    pub what: String,
}

/// How a webhook is set up in a way that makes outages likely.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fragile {
    /// The configuration and the webhook in it.
    pub webhook: String,
    /// What about it.
    pub why: String,
}

/// What the proof found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Proof {
    /// Requests that would be refused: each is a lockout.
    pub locked: Vec<Locked>,
    /// What makes outages likely without being one.
    pub fragile: Vec<Fragile>,
    /// Webhooks that were looked at.
    pub webhooks: usize,
    /// Requests that each was matched against.
    pub requests: usize,
}

/// The API server waits so long for one request altogether.
const REQUEST_SECONDS: u64 = 30;
/// A webhook that is asked for everything should answer within this.
const TIMEOUT_SECONDS: u64 = 10;

/// The namespaces in which the webhooks themselves are served.
#[must_use]
pub fn serving_namespaces(configurations: &[Value]) -> BTreeSet<String> {
    let configurations = configurations.iter();
    let webhooks = configurations.filter_map(|one| one.get("webhooks")?.as_array());
    let namespaces = webhooks.flatten().filter_map(|webhook| {
        let namespace = webhook.pointer("/clientConfig/service/namespace")?;
        namespace.as_str().map(str::to_owned)
    });
    namespaces.collect()
}

/// Looks at webhook configurations, mutating and validating, for what `essentials` need.
#[must_use]
pub fn prove(configurations: &[Value], essentials: &[Essential]) -> Proof {
    let mut proof = Proof {
        requests: essentials.len(),
        ..Proof::default()
    };
    let mut serial = 0;
    for configuration in configurations {
        let text = |pointer: &str| configuration.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").unwrap_or("?");
        let mutating = text("/kind") == Some("MutatingWebhookConfiguration");
        let webhooks = configuration.get("webhooks").and_then(Value::as_array);
        for webhook in webhooks.into_iter().flatten() {
            proof.webhooks += 1;
            let own = webhook.get("name").and_then(Value::as_str).unwrap_or("?");
            let title = format!("{name}/{own}");
            // The defaults of admissionregistration.k8s.io/v1.
            let seconds = webhook
                .get("timeoutSeconds")
                .and_then(Value::as_u64)
                .unwrap_or(10);
            let closed = webhook.get("failurePolicy").and_then(Value::as_str) != Some("Ignore");
            if mutating {
                serial += seconds;
            }
            if closed && seconds > TIMEOUT_SECONDS {
                let why = format!("it may take {seconds} s for each request it is asked about");
                proof.fragile.push(Fragile {
                    webhook: title.clone(),
                    why,
                });
            }
            if !closed {
                continue;
            }
            let caught = essentials
                .iter()
                .filter(|essential| matching::matches(webhook, essential));
            proof.locked.extend(caught.map(|essential| Locked {
                webhook: title.clone(),
                what: essential.what.clone(),
            }));
        }
    }
    if serial > REQUEST_SECONDS {
        let why = format!(
            "mutating webhooks run one after the other and may take {serial} s together; the API \
             server gives up after {REQUEST_SECONDS} s"
        );
        proof.fragile.push(Fragile {
            webhook: "all mutating webhooks".to_owned(),
            why,
        });
    }
    proof
}

#[cfg(test)]
mod tests;
