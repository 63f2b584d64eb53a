//! A network policy lets pods reach the metadata service of the cloud.
//!
//! ## What it detects
//!
//! An egress block that contains 169.254.169.254 without an exception for it.
//!
//! ## Why it matters
//!
//! The metadata service gives the credentials of the node to whoever asks, and a server that
//! fetches addresses for its users asks for them.
//!
//! ## What it misses
//!
//! Metadata services at other addresses, and clouds that want a header which forged requests
//! cannot send.
//!
//! ## Example
//!
//! ```yaml
//! egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]
//! ```
//!
//! ## Remediation
//!
//! Add `169.254.169.254/32` to `except`.
//!
//! ## References
//!
//! - AIK-NB-005
//! - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "metadata-endpoint-reachable",
    title: "A network policy lets pods reach the metadata service of the cloud",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9033", "MS-M9018", "AML.T0055"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("NetworkPolicy", "spec")]),
    anchors: &[],
    holds: "!has(spec.egress) || spec.egress.all(rule, !has(rule.to) || rule.to.all(peer, \
            !has(peer.ipBlock) || !isCIDR(peer.ipBlock.cidr) || cidr(peer.ipBlock.cidr).ip().family() != 4 || !cidr(peer.ipBlock.cidr).containsIP('169.254.169.254') || \
            (has(peer.ipBlock.except) && peer.ipBlock.except.exists(hole, isCIDR(hole) && cidr(hole).ip().family() == 4 && cidr(hole).containsIP('169.254.169.254')))))",
    what: "lets pods reach the metadata service of the cloud",
    place: &["cidr"],
    fix: "Add `169.254.169.254/32` to `except`.",
    covers: Covers::All,
};
