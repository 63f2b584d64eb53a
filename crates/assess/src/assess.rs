//! From checks and answers to rows: claimed, evidenced, expired, and two scores.

use seawall_base::Timestamp;
use seawall_catalog::{Entry as Practice, catalogues};
use seawall_evidence::Entry;
use seawall_system::System;

use crate::answers::Answers;
use crate::check::{Check, Found, checks};

/// The whole assessment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Assessment {
    /// The system's name.
    pub system: String,
    /// When the age of evidence was judged.
    pub at: Timestamp,
    /// When the answers were given, where a signed file was.
    pub answered: Option<Timestamp>,
    /// One for each framework.
    pub frameworks: Vec<Framework>,
}

/// The assessment against one framework.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Framework {
    /// Id of the catalogue.
    pub id: String,
    /// Its title and edition.
    pub title: String,
    /// Whether its practices have levels.
    pub has_levels: bool,
    /// One for each practice.
    pub rows: Vec<Row>,
}

/// One practice.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The level that the answers file claims, and why.
    pub claimed: Option<(u8, String)>,
    /// The score of what evidence carries.
    pub score: Score,
    /// Checks that hold.
    pub evidenced: Vec<Met>,
    /// Checks that held once.
    pub expired: Vec<Met>,
    /// Checks that nothing carries.
    pub missing: Vec<String>,
}

/// Both ways in which AIMA counts; they disagree, and neither is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// The highest level that is met with all levels below it.
    pub level: u8,
    /// Whether part of the next level is met.
    pub plus: bool,
    /// The average of what is met over three levels, 0 to 3.
    pub mean: f64,
}

/// A check and what carries it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Met {
    /// Level of the check.
    pub level: u8,
    /// What is the case.
    pub title: String,
    /// A ledger index, or a file and line.
    pub proof: String,
}

/// Frameworks with the kind of entry that is assessed, and whether it has levels.
const FRAMEWORKS: &[(&str, &str, bool)] = &[
    ("owasp-aima", "practice", true),
    ("finos-air", "mitigation", false),
];

/// Assesses a system from what its ledger and its declaration show, and what people claim.
#[must_use]
pub fn assess(
    system: &System,
    entries: &[(u64, Entry)],
    answers: Option<&Answers>,
    at: Timestamp,
) -> Assessment {
    let frameworks = FRAMEWORKS.iter().filter_map(|(id, kind, has_levels)| {
        let catalogue = catalogues().iter().find(|catalogue| catalogue.id == *id)?;
        let look = |check: &Check| check.look(system, entries, at);
        Some(Framework {
            id: catalogue.id.clone(),
            title: format!("{} ({})", catalogue.title, catalogue.version),
            has_levels: *has_levels,
            rows: catalogue
                .of_kind(kind)
                .map(|practice| row(practice, answers, *has_levels, look))
                .collect(),
        })
    });
    Assessment {
        system: system.name.clone(),
        at,
        answered: answers.map(|answers| answers.at),
        frameworks: frameworks.collect(),
    }
}

fn row(
    practice: &Practice,
    answers: Option<&Answers>,
    has_levels: bool,
    look: impl Fn(&Check) -> Found,
) -> Row {
    let (mut evidenced, mut expired, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    // For each level: checks, and those that hold.
    let mut levels = [(0_u32, 0_u32); 3];
    for check in checks()
        .iter()
        .filter(|check| check.practice == practice.id)
    {
        let found = look(check);
        if let Some((all, held)) = levels.get_mut(usize::from(check.level.saturating_sub(1))) {
            *all += 1;
            *held += u32::from(matches!(found, Found::Holds(_)));
        }
        let met = |proof| Met {
            level: check.level,
            title: check.title.clone(),
            proof,
        };
        match found {
            Found::Holds(proof) => evidenced.push(met(proof)),
            Found::Expired(proof) => expired.push(met(proof)),
            Found::Nothing => missing.push(check.title.clone()),
        }
    }
    let claimed = answers.and_then(|answers| {
        let mut claims = answers.answers.iter();
        let claim = claims.find(|answer| answer.practice == practice.id)?;
        Some((claim.level, claim.statement.clone()))
    });
    Row {
        id: practice.id.clone(),
        name: practice.label(),
        claimed,
        score: score(levels, has_levels),
        evidenced,
        expired,
        missing,
    }
}

/// A level without any check cannot be evidenced, so the staged score ends below it.
fn score(levels: [(u32, u32); 3], has_levels: bool) -> Score {
    let shares = levels.map(|(all, held)| match all {
        0 => 0.0,
        all => f64::from(held) / f64::from(all),
    });
    let mut level = 0;
    for share in shares {
        if share < 1.0 {
            break;
        }
        level += 1;
    }
    let next = shares.get(usize::from(level)).copied().unwrap_or(0.0);
    let later = shares
        .iter()
        .skip(usize::from(level))
        .any(|share| *share > 0.0);
    Score {
        level,
        plus: has_levels && (next > 0.0 || later),
        mean: shares.iter().sum(),
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::{Principal, PrincipalKind};
    use seawall_evidence::Kind;

    use super::*;

    const SYSTEM: &str = "\
schema: seawall.system/v1
name: desk
currency: EUR
owner: someone
assets: [{id: files, kind: personal-data, needs: {integrity: low}}]
components: [{id: bot, kind: agent}]
actors: [{id: anyone, position: outsider, campaigns: [1, 2]}]
controls:
  - {id: wall, kind: prompt-inspection, stands-at: [bot]}
  - {id: air, kind: spend-limit}
losses: [{id: leak, asset: files, effect: confidentiality, range: [1, 2]}]
";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn entries(kind: &Kind, count: u64) -> Vec<(u64, Entry)> {
        (0..count)
            .map(|index| {
                let entry = Entry {
                    kind: kind.clone(),
                    at: at("2026-11-01T00:00:00Z"),
                    source: "s".to_owned(),
                    sequence: index,
                    principal: Principal::new(PrincipalKind::Seawall, "t"),
                    subject: "x".to_owned(),
                    body: serde_json::Value::Null,
                };
                (index, entry)
            })
            .collect()
    }

    fn find<'a>(assessment: &'a Assessment, id: &str) -> &'a Row {
        let mut rows = assessment
            .frameworks
            .iter()
            .flat_map(|framework| &framework.rows);
        rows.find(|row| row.id == id).unwrap()
    }

    #[test]
    fn scores_rest_on_entries_and_lines_and_expire() {
        let (system, problems) = seawall_system::read("seawall.yaml", SYSTEM.as_bytes());
        let system = system.unwrap_or_else(|| panic!("{problems:?}"));
        let trials = entries(&Kind::Trial, 120);
        let now = assess(&system, &trials, None, at("2026-11-23T00:00:00Z"));
        assert_eq!(now.frameworks.len(), 2);
        let testing = find(&now, "VER-1");
        assert_eq!((testing.score.level, testing.score.plus), (1, false));
        assert_eq!(
            testing.evidenced[0].proof,
            "ledger 119 (120 entries in 90 days)"
        );
        let filter = find(&now, "AIR-PREV-003");
        assert_eq!(filter.evidenced[0].proof, "seawall.yaml:9");
        assert!(
            find(&now, "AIR-DET-009").evidenced.is_empty(),
            "it stands nowhere"
        );
        assert_eq!(find(&now, "GOV-3").score, Score::default());

        let later = assess(&system, &trials, None, at("2027-11-23T00:00:00Z"));
        let testing = find(&later, "VER-1");
        assert_eq!(testing.score, Score::default());
        assert!(!testing.expired.is_empty());
        for row in now.frameworks.iter().flat_map(|framework| &framework.rows) {
            assert!(
                row.score.mean == 0.0 || !row.evidenced.is_empty(),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn the_two_rules_disagree_where_a_level_is_skipped() {
        let skipped = score([(2, 1), (1, 1), (1, 0)], true);
        assert_eq!((skipped.level, skipped.plus), (0, true));
        assert!((skipped.mean - 1.5).abs() < 1e-12);
        assert_eq!(
            score([(1, 1), (1, 1), (1, 1)], true),
            Score {
                level: 3,
                plus: false,
                mean: 3.0
            }
        );
    }
}
