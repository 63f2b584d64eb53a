//! What the cluster's own guardrail objects say: trust roots, verdicts about artifacts, policies,
//! exceptions. Decisions look here and nowhere else: no registry is asked on the way.
//!
//! Verdicts and exceptions count only as far as a signature by a trusted key carries them. Their
//! plain fields are for people; nothing is read from them.

mod exception;
mod guardrail;
mod signed;
mod trust;
mod verdict;

use std::collections::BTreeMap;

use seawall_base::Timestamp;
use serde_json::Value;

pub use self::exception::{Exception, ExceptionDraft};
pub use self::guardrail::{Demand, Guardrail, Unverified};
pub use self::signed::{EXCEPTION_TYPE, VERDICT_TYPE, envelope};
pub use self::trust::{Purpose, TrustRoot};
pub use self::verdict::{ArtifactVerdict, Standing, VerdictDraft};

/// The API group of the guardrail objects.
pub const GROUP: &str = "guardrails.seawall.dev";
/// Its only version so far.
pub const VERSION: &str = "v1alpha1";
/// Its kinds, with their resources and whether they live in namespaces.
pub const KINDS: &[(&str, &str, bool)] = &[
    ("ArtifactVerdict", "artifactverdicts", false),
    ("GuardrailException", "guardrailexceptions", true),
    ("GuardrailPolicy", "guardrailpolicies", false),
    ("TrustRoot", "trustroots", false),
];

/// More objects of one kind than this are not kept: what lies beyond counts as absent.
const OBJECTS_MAX: usize = 100_000;

/// Names an object: kind, namespace, name.
type Key = (String, String, String);

/// All that is known from guardrail objects.
#[derive(Debug, Default)]
pub struct Facts {
    objects: BTreeMap<Key, Value>,
    roots: BTreeMap<String, TrustRoot>,
    verdicts: BTreeMap<String, Vec<(String, ArtifactVerdict)>>,
    exceptions: BTreeMap<(String, String), Exception>,
    guardrails: BTreeMap<String, Guardrail>,
    /// What is wrong with objects that do not count, by object.
    problems: BTreeMap<Key, String>,
    /// Kinds that were read in full at least once.
    complete: Vec<String>,
    needed: bool,
}

impl Facts {
    /// Facts of a cluster whose objects are still to be read: nothing can be decided before.
    #[must_use]
    pub fn awaited() -> Self {
        Self {
            needed: true,
            ..Self::default()
        }
    }

    /// Whether everything was read that decisions depend on.
    #[must_use]
    pub fn ready(&self) -> bool {
        !self.needed
            || KINDS
                .iter()
                .all(|(kind, ..)| self.complete.iter().any(|had| had == kind))
    }

    /// Takes an object over, as it is now.
    pub fn put(&mut self, object: &Value) {
        let key = key(object);
        if !self.objects.contains_key(&key) && self.objects.len() >= OBJECTS_MAX {
            self.problems
                .insert(key, "there are too many objects".to_owned());
            return;
        }
        // A policy that cannot be read does not undo the one that could: the last good one stays.
        if key.0 != "GuardrailPolicy" {
            self.forget(&key);
        }
        self.problems.remove(&key);
        self.objects.insert(key.clone(), object.clone());
        self.read(&key);
    }

    /// The object is gone.
    pub fn take(&mut self, object: &Value) {
        let key = key(object);
        self.forget(&key);
        self.objects.remove(&key);
    }

    /// `objects` are all there are of `kind`.
    pub fn replace(&mut self, kind: &str, objects: &[Value]) {
        let gone: Vec<Key> = self
            .objects
            .keys()
            .filter(|(known, ..)| known == kind)
            .cloned()
            .collect();
        for key in gone {
            self.forget(&key);
            self.objects.remove(&key);
        }
        for object in objects {
            self.put(object);
        }
        if !self.complete.iter().any(|had| had == kind) {
            self.complete.push(kind.to_owned());
        }
    }

    /// Objects that do not count, with the reason, in order.
    pub fn problems(&self) -> impl Iterator<Item = (&Key, &str)> {
        self.problems.iter().map(|(key, why)| (key, why.as_str()))
    }

    /// What all the policies for `namespace` ask together: the strictest of each; none where no
    /// policy names the namespace.
    #[must_use]
    pub fn guardrail(&self, namespace: &str) -> Option<Guardrail> {
        let mut matching = self.guardrails.values().filter(|one| one.names(namespace));
        let first = matching.next()?.clone();
        Some(matching.fold(first, Guardrail::strictest))
    }

    /// What is known about the artifact that `subject` names.
    #[must_use]
    pub fn standing(&self, subject: &str, now: Timestamp) -> Standing {
        let known = self.verdicts.get(subject).into_iter().flatten();
        known
            .map(|(_, verdict)| verdict.standing(now))
            // One that says fail outweighs any number that say pass.
            .max()
            .unwrap_or(Standing::Unknown)
    }

    /// The exception that covers a finding of `rule` about the object, if one does by itself.
    #[must_use]
    pub fn exception(
        &self,
        rule: &str,
        (namespace, kind, name): (&str, &str, &str),
        now: Timestamp,
    ) -> Option<&Exception> {
        let mut known = self.exceptions.values();
        known.find(|exception| {
            exception.namespace == namespace && exception.covers(rule, (kind, name), now)
        })
    }

    fn forget(&mut self, key: &Key) {
        let (kind, namespace, name) = key;
        self.problems.remove(key);
        match kind.as_str() {
            "TrustRoot" if self.roots.remove(name).is_some() => self.reread(),
            "ArtifactVerdict" => {
                for verdicts in self.verdicts.values_mut() {
                    verdicts.retain(|(from, _)| from != name);
                }
                self.verdicts.retain(|_, verdicts| !verdicts.is_empty());
            }
            "GuardrailException" => {
                self.exceptions.remove(&(namespace.clone(), name.clone()));
            }
            "GuardrailPolicy" => {
                self.guardrails.remove(name);
            }
            _ => {}
        }
    }

    /// Everything that is signed depends on the keys.
    fn reread(&mut self) {
        self.verdicts.clear();
        self.exceptions.clear();
        let signed: Vec<Key> = self
            .objects
            .keys()
            .filter(|(kind, ..)| kind == "ArtifactVerdict" || kind == "GuardrailException")
            .cloned()
            .collect();
        for key in signed {
            self.problems.remove(&key);
            self.read(&key);
        }
    }

    fn read(&mut self, key: &Key) {
        let Some(object) = self.objects.get(key) else {
            return;
        };
        let spec = object.get("spec").cloned().unwrap_or(Value::Null);
        if let Err(why) = self.read_spec(key, spec) {
            self.problems.insert(key.clone(), why);
        }
    }

    fn read_spec(&mut self, key: &Key, spec: Value) -> Result<(), String> {
        let (kind, namespace, name) = key;
        match kind.as_str() {
            "TrustRoot" => {
                self.roots.insert(name.clone(), TrustRoot::read(spec)?);
                self.reread();
            }
            "ArtifactVerdict" => {
                let payload = signed::open(spec, VERDICT_TYPE, self.keys(Purpose::Verdict))?;
                let verdict = ArtifactVerdict::read(&payload)?;
                let known = self.verdicts.entry(verdict.subject.clone()).or_default();
                known.push((name.clone(), verdict));
            }
            "GuardrailException" => {
                let payload = signed::open(spec, EXCEPTION_TYPE, self.keys(Purpose::Exception))?;
                let exception = Exception::read(&payload, name)?;
                if exception.namespace != *namespace {
                    return Err("it was signed for another namespace".to_owned());
                }
                let place = (namespace.clone(), name.clone());
                self.exceptions.insert(place, exception);
            }
            "GuardrailPolicy" => {
                self.guardrails.insert(name.clone(), Guardrail::read(spec)?);
            }
            _ => return Err("its kind is not known".to_owned()),
        }
        Ok(())
    }

    fn keys(&self, purpose: Purpose) -> impl Iterator<Item = &seawall_crypto::VerifyingKey> {
        let roots = self.roots.values();
        roots.flat_map(move |root| root.keys(purpose))
    }
}

fn key(object: &Value) -> Key {
    let text = |pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    (
        text("/kind"),
        text("/metadata/namespace"),
        text("/metadata/name"),
    )
}

#[cfg(test)]
mod tests;
