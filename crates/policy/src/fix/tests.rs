//! Mended texts are as they were but for what was wrong, and every refusal is one.

use proptest::prelude::*;

use super::*;
use crate::rules::tests::cases_of;

fn mended(text: &str) -> Repair {
    let limits = Limits::default();
    let reading = read("m.yaml", text.as_bytes(), &limits);
    mend(&reading.objects, &limits)
}

fn after(text: &str, rule: &str) -> String {
    let repair = mended(text);
    let own = repair
        .mended
        .first()
        .unwrap_or_else(|| panic!("{rule}: {repair:#?}"));
    assert!(
        own.fixed.iter().any(|finding| finding.rule == rule),
        "{repair:#?}"
    );
    own.after.clone()
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p} # mine\nspec:\n  automountServiceAccountToken: false\n  containers:\n  # the server\n  - name: c # first\n    image: x\n";

#[test]
fn a_switch_is_turned_and_the_comments_stay() {
    let text = format!(
        "{POD}    securityContext:\n      privileged: true # for now\n      allowPrivilegeEscalation: false\n"
    );
    let expected = text.replace("privileged: true", "privileged: false");
    assert_eq!(after(&text, "privileged-container"), expected);
}

#[test]
fn a_missing_field_is_added_where_its_neighbours_are() {
    let rule = "privilege-escalation-allowed";
    let expected = POD.replace(
        "# first\n",
        "# first\n    securityContext: {allowPrivilegeEscalation: false}\n",
    );
    assert_eq!(after(POD, rule), expected);
    let block = format!("{POD}    securityContext:\n      runAsUser: 1\n");
    let expected = block.replace(
        "      runAsUser",
        "      allowPrivilegeEscalation: false\n      runAsUser",
    );
    assert_eq!(after(&block, rule), expected);
    let flow = format!("{POD}    securityContext: {{}}\n");
    let expected = flow.replace("{}", "{allowPrivilegeEscalation: false}");
    assert_eq!(after(&flow, rule), expected);
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"containers\": [{\"name\": \"c\"}]}}\n";
    let text = after(json, rule);
    assert!(
        serde_json::from_str::<serde_json::Value>(&text).is_ok(),
        "{text}"
    );
}

#[test]
fn an_argument_goes_with_its_line() {
    let rule = "trust-remote-code";
    let text = format!(
        "{POD}    securityContext: {{allowPrivilegeEscalation: false}}\n    args:\n    - --model=/m\n    # needed once\n    - --trust-remote-code # why\n    - --port=1\n"
    );
    assert_eq!(
        after(&text, rule),
        text.replace("    - --trust-remote-code # why\n", "")
    );
    let flow = format!(
        "{POD}    securityContext: {{allowPrivilegeEscalation: false}}\n    args: [--model=/m, --trust-remote-code]\n"
    );
    assert_eq!(
        after(&flow, rule),
        flow.replace(", --trust-remote-code", "")
    );
}

#[test]
fn a_variable_goes_as_a_whole() {
    let rule = "vllm-dev-mode";
    let text = format!(
        "{POD}    securityContext: {{allowPrivilegeEscalation: false}}\n    env:\n    - name: VLLM_SERVER_DEV_MODE\n      value: \"1\"\n    - name: A\n      value: b # kept\n"
    );
    let expected = text.replace("    - name: VLLM_SERVER_DEV_MODE\n      value: \"1\"\n", "");
    assert_eq!(after(&text, rule), expected);
    let single = format!(
        "{POD}    securityContext: {{allowPrivilegeEscalation: false}}\n    env:\n    - name: VLLM_SERVER_DEV_MODE\n      value: \"1\"\n"
    );
    let expected = single.replace(
        "    env:\n    - name: VLLM_SERVER_DEV_MODE\n      value: \"1\"\n",
        "",
    );
    assert_eq!(after(&single, rule), expected);
}

#[test]
fn what_needs_a_decision_is_refused() {
    for (text, word) in [
        (format!("{POD}    command: [sh, -c, 'vllm serve /m --trust-remote-code']\n"), "script"),
        (format!("{POD}    args: [--trust-remote-code, maybe]\n"), "value"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [&c {name: c, securityContext: {privileged: true}}]}\n".to_owned(),
            "anchors",
        ),
    ] {
        let repair = mended(&text);
        let all: Vec<_> = repair.refused.iter().map(|(_, why)| *why).collect();
        assert!(all.iter().any(|why| why.contains(word)), "{text}: {all:?}");
    }
}

#[test]
fn every_mended_fixture_keeps_the_promise() {
    let limits = Limits::default();
    let mut count = 0;
    for rule in RULES.iter().filter(|rule| rule.remedy.is_some()) {
        for case in cases_of(rule.meta.id).iter().filter(|case| case.bad) {
            let reading = read("m.yaml", case.text.as_bytes(), &limits);
            let before = check(&reading.objects, &limits).0;
            for own in mend(&reading.objects, &limits).mended {
                count += 1;
                let again = read("m.yaml", own.after.as_bytes(), &limits);
                let left = check(&again.objects, &limits).0;
                // One edit may end more than one finding.
                assert!(
                    left.len() + own.fixed.len() <= before.len(),
                    "{}",
                    own.after
                );
                assert_eq!(again.objects.len(), reading.objects.len());
            }
        }
    }
    assert!(count > 100, "{count} fixtures were mended");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"((args|env|name|value|securityContext|privileged): ?|--trust-remote-code|true|[a-z{}\[\]:'"&*#,. -]{1,4}|\n( {0,6}- ?)?){0,40}"#) {
        let text = format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    {text}");
        let _repair = mended(&text);
    }
}
