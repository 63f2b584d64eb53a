//! Hardened deployment patterns: typed parameters in, manifests out.
