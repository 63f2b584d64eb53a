//! `seawall.yaml` to [`System`], with every problem at its place.
//!
//! Two passes: each section is decoded on its own, then references between sections are resolved,
//! so that one wrong id does not hide the next mistake.

mod attacks;
mod defence;
mod imported;
mod parts;
mod scenarios;
mod shared;

use seawall_base::{Digest, Problem};
use seawall_config::{Fields, Reader, yaml};

use self::shared::Ids;
use crate::model::{Appetite, System};

/// Reads a system. There is one exactly when there is no problem.
#[must_use]
pub fn read(path: &str, bytes: &[u8]) -> (Option<System>, Vec<Problem>) {
    let parsed = yaml::parse(bytes, &yaml::YamlLimits::default());
    let mut problems = parsed.problems(path);
    let reader = Reader::new(path);
    let [document] = parsed.documents.as_slice() else {
        if problems.is_empty() {
            reader.problem_at(None, "the file must hold exactly one YAML document");
        }
        problems.extend(reader.into_problems());
        return (None, problems);
    };
    let system = reader
        .fields(document, "the system")
        .and_then(|fields| system(&reader, fields, path, Digest::of(bytes)));
    problems.extend(reader.into_problems());
    problems.sort();
    problems.dedup();
    (system.filter(|_| problems.is_empty()), problems)
}

fn system(reader: &Reader, mut fields: Fields<'_>, path: &str, digest: Digest) -> Option<System> {
    let ids = Ids::default();
    let schema = fields.required("schema");
    let schema =
        schema.and_then(|node| reader.one_of(node, "`schema`", &[("seawall.system/v1", ())]));
    let name = fields
        .required("name")
        .and_then(|node| ids.word(reader, node, "`name`"));
    let description = fields.text("description").unwrap_or_default();
    let currency = fields.required_text("currency");
    let demonstration = fields.boolean("demonstration").unwrap_or(false);
    let owner = fields.text("owner");
    let appetite = fields
        .optional("appetite")
        .and_then(|node| appetite(reader, node));
    let boundaries = parts::boundaries(reader, &ids, fields.items("boundaries"));
    let assets = parts::assets(reader, &ids, required(reader, &mut fields, "assets"));
    let components = parts::components(reader, &ids, required(reader, &mut fields, "components"));
    let flows = parts::flows(reader, &ids, fields.items("flows"));
    let actors = defence::actors(reader, &ids, required(reader, &mut fields, "actors"));
    let controls = defence::controls(reader, &ids, fields.items("controls"));
    let losses = defence::losses(reader, &ids, required(reader, &mut fields, "losses"));
    let attacks = attacks::attacks(reader, &ids, fields.items("attacks"));
    let imported_trials = imported::trials(reader, fields.items("imported-trials"));
    let scenarios = scenarios::scenarios(reader, &ids, fields.items("scenarios"));
    let dependence = shared::positive(reader, fields.optional("dependence"), "`dependence`");
    fields.finish();
    ids.resolve(reader);
    schema?;
    Some(System {
        name: name?,
        description,
        currency: currency?,
        demonstration,
        owner,
        appetite,
        assets,
        components,
        flows,
        boundaries,
        actors,
        controls,
        losses,
        attacks,
        imported_trials,
        scenarios,
        dependence,
        odds: Vec::new(),
        path: path.to_owned(),
        digest,
    })
}

/// The items of a list that may be neither missing nor empty.
fn required<'a>(reader: &Reader, fields: &mut Fields<'a>, key: &'static str) -> &'a [yaml::Node] {
    let Some(node) = fields.required(key) else {
        return &[];
    };
    let items = reader.items(node, &format!("`{key}`"));
    if items.is_empty() {
        reader.problem(node, format!("`{key}` must not be empty"));
    }
    items
}

fn appetite(reader: &Reader, node: &yaml::Node) -> Option<Appetite> {
    let mut fields = reader.fields(node, "the appetite")?;
    let loss = shared::positive(reader, fields.required("loss"), "`loss`");
    let probability = fields.required("probability");
    let probability = shared::share(reader, probability, "`probability`");
    fields.finish();
    Some(Appetite {
        loss: loss?,
        probability: probability?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_config::render_problems;

    use super::*;
    use crate::model::{Effect, Need, Severity};

    const SOUND: &str = "\
schema: seawall.system/v1
name: desk
currency: EUR
appetite: {loss: 1000000, probability: 0.05}
boundaries:
  - {id: inner, name: Inner network}
assets:
  - {id: files, name: Files, kind: personal-data, value: 100, needs: {confidentiality: high}}
components:
  - id: bot
    kind: agent
    boundary: inner
    exposed: [internet]
    holds: [files]
    workload: Deployment/desk/bot
  - {id: store, kind: vector-store}
flows:
  - {id: lookup, from: store, to: bot, carries: [documents]}
actors:
  - {id: anyone, position: outsider, campaigns: [1, 12], tries: 20}
controls:
  - {id: wall, kind: context-inspection, stands-at: [lookup], efficacy: [0.5, 0.9], cost: 10}
losses:
  - {id: leak, asset: files, effect: confidentiality, range: [1000, 50000]}
  - {id: stop, asset: files, effect: availability, least: 1, likely: 2, most: 6}
";

    #[test]
    fn a_sound_file_reads() {
        let (system, problems) = read("seawall.yaml", SOUND.as_bytes());
        assert_eq!(render_problems(&problems), "");
        let system = system.unwrap();
        assert_eq!(system.assets[0].needs, [Need::High, Need::None, Need::None]);
        assert_eq!(
            system.components[0].workload.as_ref().unwrap().namespace,
            "desk"
        );
        assert_eq!(system.name_of("inner"), "Inner network");
        assert_eq!(system.name_of("bot"), "bot");
        assert_eq!(system.losses[0].effect, Effect::Confidentiality);
        assert!(matches!(system.losses[1].severity, Severity::Pert(_)));
        assert_eq!(system.actors[0].tries, Some(20));
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let broken = SOUND
            .replace("currency: EUR", "currancy: EUR")
            .replace("kind: agent", "kind: agnet")
            .replace("to: bot", "to: bott")
            .replace("[1, 12]", "[12, 1]")
            .replace("[0.5, 0.9]", "[0.5, 1.9]")
            .replace("id: stop, asset: files", "id: leak, asset: fils")
            .replace("least: 1, likely: 2", "least: 1, likely: 9")
            .replace("carries: [documents]", "carries: [docs]")
            .replace("probability: 0.05", "probability: 5");
        let (system, problems) = read("seawall.yaml", broken.as_bytes());
        assert!(system.is_none());
        let text = render_problems(&problems);
        for part in [
            "unknown key `currancy` in the system; did you mean `currency`?",
            "`currency` is missing in the system",
            "did you mean `agent`?",
            "no component `bott`; did you mean `bot`?",
            "the range 12 to 1 must ascend",
            "the range 0.5 to 1.9 must ascend",
            "`leak` is declared twice",
            "no asset `fils`; did you mean `files`?",
            "must ascend within least <= likely <= most",
            "`carries`",
            "`probability` must lie between 0 and 1",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(
            text.lines()
                .all(|line| line.starts_with("error: seawall.yaml:")),
            "{text}"
        );
    }

    #[test]
    fn an_empty_file_and_two_documents_are_problems() {
        for text in ["", "---\na: 1\n---\nb: 2\n", "[]", "a: &x [*x]"] {
            let (system, problems) = read("seawall.yaml", text.as_bytes());
            assert!(system.is_none() && !problems.is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(cut in 0_usize..900, insert in "[\\[\\]{}:,a-z0-9 \n-]{0,12}") {
            let mut text = SOUND.to_owned();
            let at = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.insert_str(at, &insert);
            let (system, problems) = read("seawall.yaml", text.as_bytes());
            prop_assert_eq!(system.is_some(), problems.is_empty());
        }
    }
}
