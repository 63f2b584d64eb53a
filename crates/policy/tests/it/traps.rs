//! The ways in which a policy over Kubernetes objects is known to be passed by, one test each.

use std::collections::BTreeSet;

use seawall_base::Limits;

fn rules(text: &str) -> BTreeSet<&'static str> {
    let limits = Limits::default();
    let reading = seawall_policy::read("m.yaml", text.as_bytes(), &limits);
    let (findings, _) = seawall_policy::check(&reading.objects, &limits);
    let all = reading.findings.iter().chain(&findings);
    all.map(|finding| finding.rule).collect()
}

fn is_privileged(text: &str) -> bool {
    rules(text).contains("privileged-container")
}

const PRIVILEGED: &str = "{name: c, securityContext: {privileged: true}}";

#[test]
fn large_and_deep_objects_are_read_or_named() {
    let padding = "x".repeat(3 << 20);
    let large = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{a: {padding}}}}}\nspec: {{containers: [{PRIVILEGED}]}}\n"
    );
    assert!(is_privileged(&large));
    let deep = format!(
        "apiVersion: v1\nkind: Pod\nspec: {}{}\n",
        "[".repeat(200),
        "]".repeat(200)
    );
    assert!(rules(&deep).contains("could-not-analyse"));
}

#[test]
fn every_served_version_of_a_kind_is_judged() {
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let text = format!(
            "apiVersion: kubeflow.org/{version}\nkind: Notebook\nmetadata: {{name: n}}\nspec: {{template: {{spec: {{containers: [{PRIVILEGED}]}}}}}}\n"
        );
        assert!(is_privileged(&text), "{version}");
    }
}

#[test]
fn every_list_of_containers_is_judged() {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a}}], {list}: [{PRIVILEGED}]}}\n"
        );
        let text = text.replace("containers: [{name: a}], containers", "containers");
        assert!(is_privileged(&text), "{list}");
    }
    let sidecar = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {initContainers: [{name: s, restartPolicy: Always, securityContext: {privileged: true}}], containers: [{name: a}]}\n";
    assert!(is_privileged(sidecar));
}

#[test]
fn controllers_are_judged_before_their_pods_exist() {
    for (kind, spec) in [
        ("Deployment", "template: {spec: "),
        ("CronJob", "jobTemplate: {spec: {template: {spec: "),
        ("StatefulSet", "template: {spec: "),
    ] {
        let close = "}".repeat(spec.matches('{').count());
        let text = format!(
            "apiVersion: x/v1\nkind: {kind}\nmetadata: {{name: d}}\nspec: {{{spec}{{containers: [{PRIVILEGED}]}}{close}}}\n"
        );
        assert!(is_privileged(&text), "{kind}");
    }
}

#[test]
fn a_generated_name_is_a_name() {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{generateName: p-}}\nspec: {{containers: [{PRIVILEGED}]}}\n"
    );
    let reading = seawall_policy::read("m.yaml", text.as_bytes(), &Limits::default());
    assert_eq!(reading.objects[0].name, "p-");
}

#[test]
fn an_unknown_kind_with_a_pod_spec_is_judged() {
    let text = format!(
        "apiVersion: tenants.example.com/v1\nkind: Brain\nmetadata: {{name: b}}\nspec: {{lobes: [{{runner: {{podSpec: {{containers: [{PRIVILEGED}]}}}}}}]}}\n"
    );
    assert!(is_privileged(&text));
}

#[test]
fn an_absent_or_empty_list_is_not_a_reason_to_fail_or_to_pass_another() {
    for containers in ["", "containers: [], ", "containers: null, "] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{containers}hostPID: true, initContainers: [{PRIVILEGED}]}}\n"
        );
        let found = rules(&text);
        assert!(found.contains("privileged-container"), "{containers}");
        assert!(found.contains("host-namespaces"), "{containers}");
    }
}

#[test]
fn a_field_of_a_wrong_type_is_not_passed_over() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, securityContext: {privileged: \"true\"}}]}\n";
    assert!(is_privileged(text));
}

#[test]
fn a_tag_that_says_nothing_is_no_version() {
    for image in [
        "nvcr.io/nvidia/tritonserver:latest",
        "nvcr.io/nvidia/tritonserver@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "registry.redhat.io/rhoai/vllm-cuda:3.2",
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: \"{image}\"}}]}}\n"
        );
        assert!(!rules(&text).contains("vulnerable-model-server"), "{image}");
    }
}

#[test]
fn managed_fields_and_status_are_not_what_the_user_asked_for() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  managedFields: [{fieldsV1: {f:spec: {containers: [{securityContext: {privileged: true}}]}}}]\nspec: {containers: [{name: c}]}\nstatus: {template: {spec: {containers: [{name: c, securityContext: {privileged: true}}]}}}\n";
    assert!(!is_privileged(text));
}

#[test]
fn a_list_and_a_review_are_what_they_hold() {
    let pod = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{PRIVILEGED}]}}}}"
    );
    assert!(is_privileged(&format!(
        "apiVersion: v1\nkind: List\nitems: [{pod}]\n"
    )));
    assert!(is_privileged(&format!(
        "apiVersion: v1\nkind: PodList\nitems: [{pod}]\n"
    )));
    assert!(is_privileged(&format!(
        "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {{uid: a, object: {pod}}}\n"
    )));
}

#[test]
fn the_output_of_helm_and_kustomize_is_read() {
    let text = format!(
        "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{a: b}}\n---\n# Source: chart/templates/empty.yaml\n---\n\n---\n# Source: chart/templates/b.yaml\napiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{PRIVILEGED}]}}\n...\n"
    );
    let reading = seawall_policy::read("m.yaml", text.as_bytes(), &Limits::default());
    assert_eq!(reading.objects.len(), 2);
    assert!(reading.problems.is_empty());
    assert!(is_privileged(&text));
}

#[test]
fn a_template_that_was_not_rendered_is_not_clean() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\nspec: {{- toYaml .Values.spec }}\n";
    assert!(rules(text).contains("could-not-analyse"));
}

#[test]
fn keys_written_twice_are_named_and_the_last_one_counts() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    securityContext: {privileged: false, \"priv\\u0069leged\": true}\n";
    let found = rules(text);
    assert!(found.contains("duplicate-key"));
    assert!(found.contains("privileged-container"));
}

#[test]
fn anchors_and_merges_are_followed_and_bombs_are_named() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes: [{name: v, x: &own {privileged: true}}]\n  containers:\n  - name: c\n    securityContext: {<<: *own}\n";
    assert!(is_privileged(text));
    let mut bomb = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n",
    );
    for level in 1..9 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            before.trim_end_matches(", ")
        ));
    }
    assert!(rules(&bomb).contains("could-not-analyse"));
}

#[test]
fn words_of_yaml_1_1_mean_what_they_mean_to_the_api_server() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, securityContext: {privileged: yes}}]}\n";
    let found = rules(text);
    assert!(found.contains("privileged-container"));
    assert!(found.contains("yaml-word-ambiguous"));
}
