//! Models of every format: what is carried over, what is said to be left out, and that what comes out
//! reads.

use proptest::prelude::*;

use super::*;
use crate::model::{Need, System};

fn run(format: Format, text: &str) -> (System, Imported) {
    let imported = import(format, "model", text.as_bytes());
    let imported = imported.unwrap_or_else(|problems| panic!("{problems:?}"));
    let (system, problems) = crate::read("seawall.yaml", imported.yaml.as_bytes());
    let text = &imported.yaml;
    let system = system.unwrap_or_else(|| panic!("{problems:?}\n{text}"));
    (system, imported)
}

fn says(imported: &Imported, kind: RemarkKind, part: &str) -> bool {
    let mut remarks = imported.remarks.iter();
    remarks.any(|remark| remark.kind == kind && remark.message.contains(part))
}

const OTM: &str = r#"
otmVersion: 0.2.0
project: {name: Shop, id: shop, ownerContact: a@b.example, tags: [x]}
trustZones:
  - {id: z1, name: Internet, risk: {trustRating: 10}}
  - {id: z2, name: Private, risk: {trustRating: 100}}
assets:
  - {id: cc, name: Card data, risk: {confidentiality: 100, integrity: 50, availability: 10, comment: c}}
components:
  - {id: web, name: Web client, type: web-client, parent: {trustZone: z1}}
  - {id: svc, name: Service, type: web-service, parent: {trustZone: z2}, assets: {processed: [cc]}}
  - id: db
    name: Store
    type: rds
    parent: {component: svc}
    assets: {stored: [cc, gone]}
    threats: [{threat: t1, state: exposed, mitigations: [{mitigation: m1, state: implemented}, {mitigation: m2, state: required}]}]
dataflows:
  - {id: f1, name: Order, source: web, destination: svc, bidirectional: true, assets: [cc]}
  - {id: f2, name: Insert, source: svc, destination: db}
  - {id: f3, name: Nowhere, source: svc, destination: gone}
threats: [{id: t1, name: SQL injection, risk: {likelihood: 50, impact: 100}}]
mitigations:
  - {id: m1, name: Input validation, riskReduction: 50}
  - {id: m2, name: Firewall, riskReduction: 50}
"#;

#[test]
fn otm_keeps_zones_assets_components_flows_and_what_is_implemented() {
    let (system, imported) = run(Format::Otm, OTM);
    assert_eq!(system.name, "shop");
    assert_eq!(system.owner.as_deref(), Some("a@b.example"));
    assert_eq!((system.boundaries.len(), system.components.len()), (2, 3));
    assert_eq!(
        system.flows.len(),
        3,
        "one way, its way back, and the insert"
    );
    assert_eq!(system.assets[0].kind, "personal-data");
    assert_eq!(
        system.assets[0].needs,
        [Need::High, Need::Medium, Need::Low]
    );
    let store = system.component("store").unwrap();
    assert_eq!(store.kind, "database");
    assert_eq!(
        store.boundary.as_deref(),
        Some("private"),
        "the zone of its parent"
    );
    assert_eq!(system.component("service").unwrap().exposed, ["internet"]);
    assert_eq!(system.controls.len(), 1);
    assert_eq!(system.controls[0].stands_at, ["store"]);
    for part in [
        "the threat `SQL injection`",
        "`riskReduction`",
        "the asset `gone`, which the file lacks",
        "the component `gone`, which the file lacks",
        "in the state `required`",
        "components inside components",
        "`tags` of the project",
        "`comment` of the risk of an asset",
    ] {
        assert!(
            says(&imported, RemarkKind::Lost, part),
            "{part}: {:?}",
            imported.remarks
        );
    }
    assert!(says(
        &imported,
        RemarkKind::Assumed,
        "placeholder of 10,000"
    ));
    assert!(system.losses.iter().all(|loss| loss.estimate.assumed));
    assert!(system.actors.iter().all(|actor| actor.estimate.assumed));
}

#[test]
fn what_goes_out_as_otm_comes_back_the_same() {
    let (system, _) = run(Format::Otm, OTM);
    let text = crate::export::otm(&system).to_string();
    let (again, _) = run(Format::Otm, &text);
    let ids = |system: &System| {
        let components = system.components.iter();
        let parts = components.map(|item| (item.name.clone(), item.kind.clone(), item.holds.len()));
        (
            parts.collect::<Vec<_>>(),
            system.flows.len(),
            system.boundaries.len(),
        )
    };
    assert_eq!(ids(&system), ids(&again));
    let names = |system: &System| -> Vec<Need> {
        system.assets.iter().flat_map(|asset| asset.needs).collect()
    };
    assert_eq!(names(&system), names(&again));
}

#[test]
fn threagile_links_become_flows_and_received_data_a_flow_back() {
    let text = r"
threagile_version: 1.0.0
title: Model
date: 2020-03-31
author: {name: John}
data_assets:
  Customer Contracts: &base {id: contracts, usage: business, confidentiality: confidential, integrity: critical, availability: operational}
  Summaries: {<<: *base, id: summaries, confidentiality: internal}
technical_assets:
  Customer Browser:
    id: browser
    type: external-entity
    used_as_client_by_human: true
    technology: browser
    internet: true
    communication_links:
      Login:
        target: server
        protocol: https
        authentication: credentials
        ip_filtered: true
        data_assets_sent: [contracts]
        data_assets_received: [contracts]
  Backend: {id: server, type: process, technology: web-service-rest, size: service, data_assets_processed: [contracts]}
  Customer Database: {id: db, type: datastore, technology: database, encryption: none, data_assets_stored: [contracts]}
trust_boundaries:
  Web DMZ: {id: dmz, type: network-cloud-provider, technical_assets_inside: [server], trust_boundaries_nested: [lan]}
  LAN: {id: lan, type: network-on-prem, technical_assets_inside: [db]}
shared_runtimes:
  Cloud: {id: cloud, technical_assets_running: [server, db]}
risk_tracking:
  unencrypted-asset@db: {status: accepted}
";
    let (system, imported) = run(Format::Threagile, text);
    assert_eq!(
        (
            system.components.len(),
            system.flows.len(),
            system.boundaries.len()
        ),
        (3, 2, 2)
    );
    assert_eq!(system.assets[0].needs, [Need::High, Need::High, Need::Low]);
    assert_eq!(
        system.assets[1].needs,
        [Need::Low, Need::High, Need::Low],
        "own keys win"
    );
    let kinds: Vec<&str> = system
        .components
        .iter()
        .map(|item| item.kind.as_str())
        .collect();
    assert_eq!(kinds, ["person", "api", "database"]);
    assert_eq!(system.component("backend").unwrap().exposed, ["internet"]);
    assert_eq!(
        system.component("backend").unwrap().boundary.as_deref(),
        Some("web-dmz")
    );
    assert_eq!(system.controls.len(), 2);
    let login = system.flow("login").unwrap();
    assert!(
        login.carries.contains(&"personal-data".to_owned()),
        "{login:?}"
    );
    for part in [
        "`risk_tracking`",
        "`shared_runtimes`",
        "`protocol` of a communication link",
        "`trust_boundaries_nested`",
    ] {
        assert!(says(&imported, RemarkKind::Lost, part), "{part}");
    }
    assert!(
        !says(&imported, RemarkKind::Lost, "`encryption`"),
        "none says nothing"
    );
}

#[test]
fn pytm_reads_what_it_loads_and_what_it_writes() {
    let loaded = r#"{"name": "my tm", "isOrdered": true,
      "boundaries": [{"name": "Internet"}, {"name": "Server/DB"}],
      "elements": [
        {"__class__": "Actor", "name": "User", "inBoundary": "Internet"},
        {"__class__": "Server", "name": "Web Server"},
        {"__class__": "Datastore", "name": "SQL Database", "inBoundary": "Server/DB"}],
      "flows": [
        {"name": "Request", "source": "User", "sink": "Web Server", "note": "b"},
        {"name": "Insert", "source": "Web Server", "sink": "SQL Database"},
        {"name": "Response", "source": "Web Server", "sink": "User"}]}"#;
    let (system, imported) = run(Format::Pytm, loaded);
    assert_eq!((system.components.len(), system.flows.len()), (3, 3));
    assert_eq!(
        system.component("web-server").unwrap().exposed,
        ["internet"]
    );
    assert!(says(&imported, RemarkKind::Lost, "`note` of a dataflow"));
    let written = r#"{"name": "tm",
      "actors": [{"__class__": "Actor", "name": "User", "controls": {"isHardened": false}, "isAdmin": false}],
      "assets": [{"__class__": "LLM", "name": "Bot", "OS": "", "port": -1,
         "controls": {"hasAccessControl": true, "usesMFA": true, "tracksExecutionFlow": true},
         "findings": [{"threat_id": "X"}], "data": ["Chat log"]}],
      "data": [{"name": "Chat log", "classification": "Classification.SECRET", "isPII": true}],
      "boundaries": [], "findings": [],
      "flows": [{"name": "Ask", "source": "User", "sink": "Bot", "data": ["Chat log"], "protocol": "HTTPS"}]}"#;
    let (system, imported) = run(Format::Pytm, written);
    let bot = system.component("bot").unwrap();
    assert_eq!((bot.kind.as_str(), bot.holds.len()), ("model-server", 1));
    assert_eq!(system.assets[0].kind, "personal-data");
    assert_eq!(system.controls.len(), 2, "two of its controls have a kind");
    assert_eq!(
        system.flow("ask").unwrap().carries,
        ["personal-data", "prompts"]
    );
    assert!(says(&imported, RemarkKind::Lost, "`tracksExecutionFlow`"));
    assert!(says(
        &imported,
        RemarkKind::Lost,
        "`protocol` of a dataflow"
    ));
}

#[test]
fn calm_containers_are_boundaries_and_connections_are_flows() {
    let text = r#"{"$schema": "https://calm.finos.org/release/1.1/meta/calm.json", "title": "Signup",
      "nodes": [
        {"unique-id": "u", "node-type": "actor", "name": "Visitor", "description": "d"},
        {"unique-id": "c", "node-type": "system", "name": "Kubernetes cluster", "description": "d"},
        {"unique-id": "w", "node-type": "service", "name": "Attendees API", "description": "d",
          "controls": {"micro-segmentation": {"description": "x", "requirements": []}}, "interfaces": [{"unique-id": "i"}]},
        {"unique-id": "d", "node-type": "database", "name": "Attendees", "description": "d"},
        {"unique-id": "a", "node-type": "data-asset", "name": "Customer records", "description": "d"}],
      "relationships": [
        {"unique-id": "r1", "relationship-type": {"interacts": {"actor": "u", "nodes": ["w"]}}},
        {"unique-id": "r2", "protocol": "JDBC", "relationship-type": {"connects": {"source": {"node": "w"}, "destination": {"node": "d", "interfaces": ["i"]}}}},
        {"unique-id": "r3", "relationship-type": {"deployed-in": {"container": "c", "nodes": ["w", "d"]}}},
        {"unique-id": "r4", "relationship-type": {"composed-of": {"container": "d", "nodes": ["a"]}}}],
      "flows": [{"unique-id": "f", "name": "Sign up", "transitions": []}]}"#;
    let (system, imported) = run(Format::Calm, text);
    assert_eq!((system.components.len(), system.flows.len()), (3, 2));
    let service = system.component("attendees-api").unwrap();
    assert_eq!(service.boundary.as_deref(), Some("kubernetes-cluster"));
    assert_eq!(
        system.component("attendees").unwrap().holds,
        ["customer-records"]
    );
    assert_eq!(system.controls[0].kind, "network-policy");
    for part in [
        "`protocol` of a relationship",
        "`interfaces` of a node",
        "`flows` of the architecture",
    ] {
        assert!(says(&imported, RemarkKind::Lost, part), "{part}");
    }
}

#[test]
fn an_attack_flow_keeps_its_operators_and_its_techniques() {
    let text = r#"{"type": "bundle", "id": "bundle--1", "objects": [
      {"type": "attack-flow", "id": "attack-flow--1", "name": "Breach", "scope": "incident", "start_refs": ["attack-action--1"]},
      {"type": "attack-action", "id": "attack-action--1", "name": "Phish", "technique_id": "T1566", "effect_refs": ["attack-operator--1"]},
      {"type": "attack-action", "id": "attack-action--2", "name": "Guess", "effect_refs": ["attack-operator--1", "attack-action--9"]},
      {"type": "attack-operator", "id": "attack-operator--1", "operator": "AND", "effect_refs": ["attack-condition--1"]},
      {"type": "attack-condition", "id": "attack-condition--1", "description": "Signed in", "on_true_refs": ["attack-action--3"], "on_false_refs": ["attack-action--1"]},
      {"type": "attack-action", "id": "attack-action--3", "name": "Copy", "asset_refs": ["attack-asset--1"], "confidence": 50},
      {"type": "attack-asset", "id": "attack-asset--1", "name": "Customer list"},
      {"type": "tool", "id": "tool--1"}]}"#;
    let (system, imported) = run(Format::AttackFlow, text);
    let step = |id: &str| system.attacks.iter().find(|step| step.id == id).unwrap();
    assert_eq!(system.attacks.len(), 5);
    assert!(step("and").all);
    assert_eq!(step("and").needs, ["guess", "phish"]);
    assert_eq!(step("phish").maps, ["T1566"]);
    assert_eq!(step("phish").from, ["outsider"]);
    assert_eq!(step("copy").causes.as_ref().unwrap().0, "customer-list");
    for part in [
        "`on_false_refs`",
        "`confidence` of a step",
        "objects of the type `tool`",
        "the attack `attack-action--9`",
    ] {
        assert!(
            says(&imported, RemarkKind::Lost, part),
            "{part}: {:?}",
            imported.remarks
        );
    }
}

#[test]
fn a_drawn_tree_keeps_gates_shared_nodes_and_controls_on_edges() {
    let text = "digraph { root [label=\"Steal it\" color=green]; l [color=blue]; r [color=blue]; \
                root -> {l r}; l -> {a s}; r -> b [label=\"Rate limit\"]; r -> s; s [probability=0.2]; x }";
    let (system, imported) = run(Format::Dot, text);
    let step = |id: &str| system.attacks.iter().find(|step| step.id == id).unwrap();
    assert_eq!(
        system.attacks.len(),
        7,
        "six nodes and one edge with a control"
    );
    assert!(!step("steal-it").all && step("l").all);
    assert_eq!(step("r").needs, ["s", "r-past-rate-limit"]);
    assert_eq!(step("r-past-rate-limit").controls, ["rate-limit"]);
    assert_eq!(step("s").success.map(|range| range.low), Some(0.2));
    assert!(
        step("a").success.is_none(),
        "the drawing gives it no chance"
    );
    assert!(says(&imported, RemarkKind::Lost, "the node `x`"));
}

#[test]
fn another_file_is_refused_with_its_place() {
    for (format, text, part) in [
        (Format::Otm, "project: {}", "`otmVersion` is missing"),
        (Format::Threagile, "{}", "`technical_assets` is missing"),
        (Format::Pytm, "[]", "no model of pytm"),
        (
            Format::Calm,
            "{\"relationships\": []}",
            "`nodes` is missing",
        ),
        (Format::AttackFlow, "{\"objects\": []}", "no Attack Flow"),
        (Format::Dot, "nothing", "begins with"),
        (Format::Otm, "a: [", ""),
        (Format::Otm, "a: &x [*x]", ""),
    ] {
        let problems = import(format, "m", text.as_bytes()).unwrap_err();
        assert!(problems[0].message.contains(part), "{text}: {problems:?}");
        assert!(problems[0].location.is_some(), "{text}");
    }
}

#[test]
fn names_that_act_cannot_leave_their_quotes() {
    let text = OTM
        .replace("Name: ", "")
        .replace("Web client", "x\\\", kind: person} # \\u202e");
    let text = text
        .replace("name: x\\\"", "name: \"x\\\"")
        .replace("\\u202e,", "\\u202e\",");
    let (system, _) = run(Format::Otm, &text);
    assert_eq!(system.components[0].kind, "web-app");
    assert!(system.components[0].name.contains("\", kind: person} #"));
}

proptest! {
    #[test]
    fn importing_never_panics_and_what_comes_out_reads(
        cut in 0_usize..2_000,
        insert in "[\\[\\]{}:,a-z0-9 \"\n-]{0,16}",
    ) {
        let mut text = OTM.to_owned();
        let at = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, &insert);
        for format in Format::ALL {
            if let Ok(imported) = import(format, "m", text.as_bytes()) {
                let (system, problems) = crate::read("seawall.yaml", imported.yaml.as_bytes());
                // A model without any component is no system; everything else reads.
                let empty = problems.iter().all(|one| one.message.contains("`components`"));
                prop_assert!(system.is_some() || empty, "{:?}\n{}", problems, imported.yaml);
            }
        }
    }
}
