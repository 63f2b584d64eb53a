//! The limits that every reader of untrusted bytes counts against.

use crate::json::JsonLimits;

/// What one analysis may cost at most. Reaching a limit is reported, never passed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes read from one subject.
    pub bytes_max: u64,
    /// Bytes that decompression may produce from one subject.
    pub expanded_bytes_max: u64,
    /// Decompressed bytes per compressed byte.
    pub ratio_max: u64,
    /// Containers inside containers.
    pub depth_max: u32,
    /// Members of one archive, files of one folder tree, documents of one stream.
    pub entries_max: u64,
    /// Steps of an interpreter over one subject (opcodes, nodes, events).
    pub steps_max: u64,
    /// Findings kept for one subject.
    pub findings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 64 << 30,
            expanded_bytes_max: 4 << 30,
            ratio_max: 1_000,
            depth_max: 8,
            entries_max: 1_000_000,
            steps_max: 200_000_000,
            findings_max: 1_000,
        }
    }
}

impl Limits {
    /// The limits for one JSON text under these limits.
    #[must_use]
    pub fn json(&self) -> JsonLimits {
        let default = JsonLimits::default();
        JsonLimits {
            bytes_max: usize::try_from(self.bytes_max)
                .unwrap_or(usize::MAX)
                .min(default.bytes_max),
            ..default
        }
    }
}
