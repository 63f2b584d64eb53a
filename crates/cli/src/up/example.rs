//! The demonstration system, carried in the binary and laid out in the state folder so that a user
//! can read what is priced and price it again.

use std::path::PathBuf;

use seawall_store::{State, StoreError};

/// The files of the example that a price depends on, by path below its folder.
const FILES: &[(&str, &str)] = &[
    (
        "seawall.yaml",
        include_str!("../../../../examples/claims-assistant/seawall.yaml"),
    ),
    (
        "k8s/00-namespaces.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/00-namespaces.yaml"),
    ),
    (
        "k8s/claims-agent.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/claims-agent.yaml"),
    ),
    (
        "k8s/fraud-scorer.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/fraud-scorer.yaml"),
    ),
    (
        "k8s/gateway.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/gateway.yaml"),
    ),
    (
        "k8s/network-policies.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/network-policies.yaml"),
    ),
    (
        "k8s/notebook.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/notebook.yaml"),
    ),
    (
        "k8s/rbac.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/rbac.yaml"),
    ),
    (
        "k8s/training-embeddings.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/training-embeddings.yaml"),
    ),
    (
        "k8s/training-pytorch.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/training-pytorch.yaml"),
    ),
    (
        "k8s/training-tensorflow.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/training-tensorflow.yaml"),
    ),
    (
        "k8s/vector-db.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/vector-db.yaml"),
    ),
    (
        "k8s/vllm.yaml",
        include_str!("../../../../examples/claims-assistant/k8s/vllm.yaml"),
    ),
];

/// Writes the example into the state folder, and says where.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn lay_out(state: &State) -> Result<PathBuf, StoreError> {
    for (name, text) in FILES {
        state.write(&format!("{FOLDER}/{name}"), text.as_bytes())?;
    }
    Ok(state.dir().join(FOLDER))
}

/// Below the state folder.
const FOLDER: &str = "demonstration";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_manifest_of_the_example_is_carried() {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/claims-assistant/k8s");
        let mut manifests: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("k8s/{}", entry.unwrap().file_name().display()))
            .collect();
        manifests.push("seawall.yaml".to_owned());
        manifests.sort();
        let mut carried: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        carried.sort();
        assert_eq!(carried, manifests);
    }
}
