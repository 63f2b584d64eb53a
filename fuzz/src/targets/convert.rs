//! What is converted passes the scan, and nothing is converted that the scan does not pass.

use seawall_artifact::{plan_conversion, scan};
use seawall_base::Limits;

/// Output that is looked at; fill values may stand for a great many bytes.
const OUTPUT_MAX: usize = 4 << 20;

pub(super) fn body(bytes: &[u8]) {
    let source = bytes.to_vec();
    let limits = Limits::default();
    let Ok(conversion) = plan_conversion("model", &source, &limits) else {
        return;
    };
    let mut out = Vec::new();
    let outcome = conversion.write(&source, &mut |part| {
        out.extend_from_slice(part);
        match out.len() > OUTPUT_MAX {
            true => Err(std::io::Error::other("enough")),
            false => Ok(()),
        }
    });
    if outcome.is_ok() {
        let report = scan("m.safetensors", &out, &limits);
        assert!(
            report.findings.is_empty() && report.problems.is_empty(),
            "{:?}",
            report.findings
        );
    }
}
