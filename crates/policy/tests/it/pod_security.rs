//! Holds the Pod Security Standards to the fixtures of the reference implementation.
#![expect(clippy::disallowed_methods, reason = "the test reads the fixtures")]

use seawall_base::Limits;
use seawall_policy::pod_security::{Level, Version, evaluate};
use serde_json::Value;

/// What the name of a fixture says about the reason it is made for.
const REASONS: &[(&str, &[&str])] = &[
    (
        "allowprivilegeescalation",
        &["allowPrivilegeEscalation != false"],
    ),
    (
        "apparmorprofile",
        &["forbidden AppArmor profile", "forbidden AppArmor profiles"],
    ),
    (
        "capabilities_baseline",
        &["non-default capabilities", "unrestricted capabilities"],
    ),
    ("capabilities_restricted", &["unrestricted capabilities"]),
    ("hostnamespaces", &["host namespaces"]),
    (
        "hostpathvolumes",
        &["hostPath volumes", "restricted volume types"],
    ),
    ("hostports", &["hostPort"]),
    ("hostprobesandhostlifecycle", &["probe or lifecycle host"]),
    ("privileged", &["privileged"]),
    ("procmount", &["procMount"]),
    ("procmount_restricted", &["procMount"]),
    ("restrictedvolumes", &["restricted volume types"]),
    ("runasnonroot", &["runAsNonRoot != true"]),
    ("runasuser", &["runAsUser=0"]),
    ("seccompprofile_baseline", &["seccompProfile"]),
    ("seccompprofile_restricted", &["seccompProfile"]),
    ("selinuxoptions", &["seLinuxOptions"]),
    ("sysctls", &["forbidden sysctls"]),
    // Such a pod must share the network of its host to be valid at all.
    ("windowshostprocess", &["host namespaces", "hostProcess"]),
];

#[test]
fn the_fixtures_of_the_reference_have_its_verdicts_for_its_reasons() {
    let Some(data) = seawall_testkit::shared_data() else {
        seawall_testkit::skip("shared-data", "the Pod Security fixtures are not here");
        return;
    };
    let lines = std::fs::read_to_string(data.join("pss/fixtures.jsonl")).unwrap();
    let mut seen = 0;
    for line in lines.lines() {
        let fixture: Value = serde_json::from_str(line).unwrap();
        check(&fixture);
        seen += 1;
    }
    assert!(seen > 1000, "only {seen} fixtures");
}

fn check(fixture: &Value) {
    let text = |key: &str| fixture[key].as_str().unwrap();
    let level = Level::parse(text("level")).unwrap();
    let version = Version::parse(text("version")).unwrap();
    let manifest = text("manifest").as_bytes();
    let reading = seawall_policy::read("pod.yaml", manifest, &Limits::default());
    assert_eq!(reading.objects.len(), 1, "{fixture}");
    let violations = evaluate(&reading.objects[0], level, version);
    let reasons: Vec<_> = violations.iter().map(|found| found.reason).collect();
    assert_eq!(
        reasons.is_empty(),
        text("expect") == "pass",
        "{reasons:?} {fixture}"
    );
    if !reasons.is_empty() {
        let family = text("name").trim_end_matches(|letter: char| letter.is_ascii_digit());
        let known = REASONS.iter().find(|(name, _)| *name == family);
        let (_, expected) = known.unwrap_or_else(|| panic!("{family} is not known"));
        // Some violations bring others: a privileged container can always gain privileges.
        assert!(
            reasons.iter().any(|reason| expected.contains(reason)),
            "{reasons:?} {fixture}"
        );
    }
}
