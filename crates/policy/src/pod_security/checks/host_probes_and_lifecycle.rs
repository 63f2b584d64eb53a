//! Probes and lifecycle hooks must not name a host: the kubelet would send the request from the
//! node.
//!
//! Baseline, since 1.34: `httpGet.host` and `tcpSocket.host` are absent or empty.

use seawall_config::yaml::Node;

use super::super::pod::{Container, Malformed, Pod, because_of, object, shown, text};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "hostProbesAndHostLifecycle",
    level: Level::Baseline,
    revisions: &[Revision { since: 34, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let mut hosts = Vec::new();
    let bad = pod.containers_where(|container| {
        let before = hosts.len();
        for handler in handlers(container)? {
            hosts_of(handler, &mut hosts)?;
        }
        Ok(hosts.len() > before)
    })?;
    let wish = format!(
        "must not name a host in probes or lifecycle hooks: {}",
        hosts.join(", ")
    );
    because_of("probe or lifecycle host", &bad, &wish)
}

fn handlers<'a>(container: &Container<'a>) -> Result<Vec<&'a Node>, Malformed> {
    let mut handlers = Vec::new();
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        handlers.extend(object(container.node, key)?);
    }
    if let Some(lifecycle) = object(container.node, "lifecycle")? {
        for key in ["postStart", "preStop"] {
            handlers.extend(object(lifecycle, key)?);
        }
    }
    Ok(handlers)
}

fn hosts_of(handler: &Node, hosts: &mut Vec<String>) -> Result<(), Malformed> {
    for key in ["httpGet", "tcpSocket"] {
        let action = object(handler, key)?;
        let host = action.map(|action| text(action, "host")).transpose()?;
        hosts.extend(host.flatten().filter(|host| !host.is_empty()).map(shown));
    }
    Ok(())
}
