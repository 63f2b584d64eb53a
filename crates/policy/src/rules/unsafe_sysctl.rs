//! A pod sets kernel parameters that are not safe to share.
//!
//! ## What it detects
//!
//! Entries of `securityContext.sysctls` outside of the ones that Kubernetes calls safe.
//!
//! ## Why it matters
//!
//! Some parameters reach beyond the pod: they take memory of the node or change how its
//! neighbours are served.
//!
//! ## What it misses
//!
//! Parameters that a privileged container sets by itself.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: "1"}, {name: kernel.msgmax, value: "65536"}]}
//! ```
//!
//! ## Remediation
//!
//! Remove the parameter, or set it for a pool of nodes that runs nothing else.
//!
//! ## References
//!
//! - Pod Security Standards, baseline
//! - <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "unsafe-sysctl",
    title: "A pod sets kernel parameters that are not safe to share",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "MS-TA9040"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Pod,
    anchors: &["sysctls"],
    holds: "!has(pod.securityContext) || !has(pod.securityContext.sysctls) || \
            pod.securityContext.sysctls.all(s, s.name in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'])",
    what: "sets kernel parameters that are not safe to share",
    place: &["sysctls"],
    fix: "Remove the parameter, or set it for a pool of nodes that runs nothing else.",
    covers: Covers::All,
};
