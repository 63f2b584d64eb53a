//! Finds objects by kind, namespace and name, so that references can be followed.

use std::collections::BTreeMap;

use crate::object::Object;

/// An index over a set of objects.
#[derive(Debug, Default)]
pub(crate) struct Lookup<'a> {
    by_kind: BTreeMap<&'a str, Vec<&'a Object>>,
    by_name: BTreeMap<(&'a str, &'a str, &'a str), &'a Object>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(objects: &'a [Object]) -> Self {
        let mut lookup = Self::default();
        for object in objects {
            lookup
                .by_kind
                .entry(object.kind.as_str())
                .or_default()
                .push(object);
            let key = (
                object.kind.as_str(),
                object.namespace_key(),
                object.name.as_str(),
            );
            lookup.by_name.insert(key, object);
        }
        lookup
    }

    /// Every object of a kind.
    pub(crate) fn kind(&self, kind: &str) -> &[&'a Object] {
        self.by_kind
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The value of a key of a configuration map, if the map is in the set.
    pub(crate) fn config_value(&self, namespace: &str, name: &str, key: &str) -> Option<&'a str> {
        self.config_map(namespace, name)?
            .node
            .text_at(&["data", key])
    }

    /// A configuration map, if it is in the set.
    pub(crate) fn config_map(&self, namespace: &str, name: &str) -> Option<&'a Object> {
        self.named("ConfigMap", namespace, name)
    }

    /// An object by kind, namespace and name, if it is in the set.
    pub(crate) fn named(&self, kind: &str, namespace: &str, name: &str) -> Option<&'a Object> {
        self.by_name.get(&(kind, namespace, name)).copied()
    }
}
