//! Levels, versions, wrong types and where annotations count.

use proptest::prelude::*;
use seawall_base::Limits;

use super::*;

fn reasons(manifest: &str, level: Level, version: &str) -> Vec<&'static str> {
    let version = Version::parse(version).unwrap();
    let reading = crate::read("pod.yaml", manifest.as_bytes(), &Limits::default());
    let violations = reading.objects.iter();
    violations
        .flat_map(|object| evaluate(object, level, version))
        .map(|violation| violation.reason)
        .collect()
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {spec}\n")
}

/// A pod that every version of the restricted level allows, with room for more.
fn hardened(more_of_pod: &str, more_of_container: &str) -> String {
    pod(&format!(
        "{{securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}, \
         containers: [{{name: c, image: i, securityContext: {{allowPrivilegeEscalation: false, \
         capabilities: {{drop: [ALL]}}{more_of_container}}}}}]{more_of_pod}}}"
    ))
}

#[test]
fn a_hardened_pod_is_allowed_in_every_version() {
    for minor in 0..=NEWEST_MINOR {
        let found = reasons(&hardened("", ""), Level::Restricted, &format!("v1.{minor}"));
        assert!(found.is_empty(), "v1.{minor}: {found:?}");
    }
}

#[test]
fn reasons_come_baseline_first_and_in_the_order_of_the_reference() {
    let bare = pod("{hostPID: true, containers: [{name: c, securityContext: {privileged: true}}]}");
    assert_eq!(
        reasons(&bare, Level::Restricted, "latest"),
        [
            "host namespaces",
            "privileged",
            "allowPrivilegeEscalation != false",
            "unrestricted capabilities",
            "runAsNonRoot != true",
            "seccompProfile",
        ]
    );
    assert_eq!(
        reasons(&bare, Level::Baseline, "latest"),
        ["host namespaces", "privileged"]
    );
    assert!(reasons(&bare, Level::Privileged, "latest").is_empty());
}

#[test]
fn a_user_namespace_relaxes_since_its_version_only() {
    let pod = hardened(", hostUsers: false", ", runAsUser: 0, procMount: Unmasked");
    assert_eq!(
        reasons(&pod, Level::Restricted, "v1.34"),
        ["procMount", "runAsUser=0"]
    );
    assert_eq!(reasons(&pod, Level::Restricted, "v1.35"), ["procMount"]);
    assert!(reasons(&pod, Level::Baseline, "v1.35").is_empty());
}

#[test]
fn versions_that_do_not_exist_yet_are_judged_as_the_newest() {
    assert_eq!(Version::parse("v1.99"), Some(Version::LATEST));
    assert_eq!(Version::parse("latest"), Some(Version::LATEST));
    for wrong in ["", "1.30", "v1", "v1.", "v1.x", "v1.030", "v2.1", "v1.+3"] {
        assert_eq!(Version::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_field_of_the_wrong_type_is_never_a_pass() {
    for spec in [
        "{containers: {a: b}}",
        "{containers: [text]}",
        "{hostPID: \"true\", containers: []}",
        "{hostUsers: 1, containers: [{name: c}]}",
        "{containers: [{name: c, securityContext: {privileged: \"false\"}}]}",
        "{containers: [{name: c, ports: [{hostPort: \"80\"}]}]}",
        "{containers: [{name: c, securityContext: []}]}",
        "{volumes: [{name: v, emptyDir: /}], containers: []}",
        "[]",
    ] {
        let found = reasons(&pod(spec), Level::Restricted, "latest");
        assert!(found.contains(&MALFORMED), "{spec}: {found:?}");
    }
}

#[test]
fn null_is_absent() {
    let pod = pod("{hostPID: null, volumes: null, initContainers: ~, \
        containers: [{name: c, securityContext: {privileged: null}}]}");
    assert!(reasons(&pod, Level::Baseline, "latest").is_empty());
}

#[test]
fn annotations_count_where_they_describe_the_pod() {
    let template = |outer: &str, inner: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{outer}}}\n\
             spec: {{template: {{{inner}spec: {{containers: [{{name: c}}]}}}}}}\n"
        )
    };
    let bad = "annotations: {container.apparmor.security.beta.kubernetes.io/c: unconfined}";
    let outer = template(&format!(", {bad}"), "");
    assert!(reasons(&outer, Level::Baseline, "latest").is_empty());
    let inner = template("", &format!("metadata: {{{bad}}}, "));
    assert_eq!(
        reasons(&inner, Level::Baseline, "latest"),
        ["forbidden AppArmor profile"]
    );
}

#[test]
fn every_list_of_containers_counts() {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        let pod = pod(&format!(
            "{{{list}: [{{name: c, securityContext: {{privileged: true}}}}]}}"
        ));
        assert_eq!(reasons(&pod, Level::Baseline, "latest"), ["privileged"]);
    }
}

#[test]
fn pods_of_custom_kinds_are_judged() {
    let service = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: s}\n\
        spec: {predictor: {model: {name: m, image: i, securityContext: {privileged: true}}}}\n";
    assert_eq!(reasons(service, Level::Baseline, "latest"), ["privileged"]);
}

#[test]
fn checks_are_listed_once_and_their_overrides_exist() {
    let ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
    for check in CHECKS {
        assert!(check.overrides.iter().all(|id| ids.contains(id)));
        let since: Vec<_> = check
            .revisions
            .iter()
            .map(|revision| revision.since)
            .collect();
        assert!(!since.is_empty() && since.is_sorted() && since.iter().all(|v| *v <= NEWEST_MINOR));
    }
}

proptest! {
    #[test]
    fn restricted_forbids_whatever_baseline_forbids(
        spec in "[ a-zA-Z:{},\\[\\]\"0-9-]{0,80}",
        minor in 0..=NEWEST_MINOR,
    ) {
        let version = format!("v1.{minor}");
        let baseline = reasons(&pod(&spec), Level::Baseline, &version);
        let restricted = reasons(&pod(&spec), Level::Restricted, &version);
        prop_assert!(baseline.is_empty() || !restricted.is_empty());
    }
}
