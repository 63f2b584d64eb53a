//! An HDF5 file takes data from other files.
//!
//! ## What it detects
//!
//! External links, datasets whose values lie in external files, datasets that are put together out of
//! others (virtual datasets), and links in a way that an application defines.
//!
//! ## Why it matters
//!
//! The library opens the files that they name with the rights of the server. A model that arrives as one
//! file can so read what lies beside it, or anywhere else, and hand it out as weights.
//!
//! ## What it misses
//!
//! Links in dense storage, which are reported as not analysed.
//!
//! ## Example
//!
//! ```python
//! file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
//! ```
//!
//! ## Remediation
//!
//! Do not load the file; have it written again with all of its data inside.
//!
//! ## References
//!
//! - CVE-2026-1669
//! - HDF5 File Format Specification, sections IV.A.2.g, IV.A.2.h and IV.A.2.i
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::hdf5::{Layout, Object, Target};
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "hdf5-outside-file",
    title: "An HDF5 file takes data from other files",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Do not load the file; have it written again with all of its data inside.";

/// Reports what an object takes from elsewhere.
pub(crate) fn check(path: &str, object: &Object, sink: &mut Sink<'_>) {
    for (name, target) in &object.links {
        let name = printable(name);
        let what = match target {
            Target::Hard(_) | Target::Soft(_) => continue,
            Target::External { file } => format!("leads to the file \"{}\"", printable(file)),
            Target::Other(kind) => format!("is of kind {kind}, which an application defines"),
        };
        let message = format!(
            "the link \"{name}\" of the group \"/{}\" {what}",
            printable(path)
        );
        sink.finding(&META, Notice::whole(message, FIX));
    }
    let Some(dataset) = &object.dataset else {
        return;
    };
    let what = match &dataset.layout {
        _ if dataset.external => "lie in other files",
        Layout::Virtual => "are put together out of other datasets",
        Layout::Row { .. } | Layout::Chunks { .. } => return,
    };
    let message = format!("the values of the dataset \"/{}\" {what}", printable(path));
    sink.finding(&META, Notice::whole(message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{hdf5, ids};

    #[test]
    fn an_external_link_is_told_and_a_soft_one_is_not() {
        let external = b"\x01\x08\x40\x01x\x0c\0\0a.h5\0/other\0".as_slice();
        assert_eq!(ids("m.h5", &hdf5(&[(6, external)])), ["hdf5-outside-file"]);
        let soft = b"\x01\x08\x01\x01x\x06\0/other".as_slice();
        assert_eq!(ids("m.h5", &hdf5(&[(6, soft)])), Vec::<&str>::new());
    }

    #[test]
    fn values_that_lie_elsewhere_are_told() {
        let number = b"\x10\x08\0\0\x04\0\0\0\0\0\x20\0".as_slice();
        let shape = b"\x02\x01\0\x01\x01\0\0\0\0\0\0\0".as_slice();
        let mut row = b"\x03\x01".to_vec();
        row.extend([0xff; 8]);
        row.extend(4_u64.to_le_bytes());
        let dataset = [(3, number), (1, shape), (8, row.as_slice())];
        assert_eq!(ids("m.h5", &hdf5(&dataset)), Vec::<&str>::new());
        let external = [dataset.as_slice(), &[(7, b"\x01\0\0\0".as_slice())]].concat();
        assert_eq!(ids("m.h5", &hdf5(&external)), ["hdf5-outside-file"]);
        let mut joined = b"\x04\x03".to_vec();
        joined.extend([0; 12]);
        let joined = [(3, number), (1, shape), (8, joined.as_slice())];
        assert_eq!(ids("m.h5", &hdf5(&joined)), ["hdf5-outside-file"]);
    }
}
