//! Judges the guard on the shared training texts: recall by attack source and false positives by
//! benign source at one global threshold. Nothing is fitted here, so every source is judged alike.

use std::collections::BTreeMap;

use anyhow::Context as _;
use seawall_guard::{Action, Channel, Guard, GuardPolicy, Segment};

use crate::shell::{Repository, read_outside, say, variable};

/// One judged text.
struct Judged {
    source: String,
    kind: Kind,
    score: f32,
    blocked: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Attack,
    Benign,
    Hard,
}

/// False positives that the threshold of the table allows, over all benign texts.
const FALSE_POSITIVES: f64 = 0.01;

/// Prints the tables: all texts as a user's, then indirect ones as documents.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    let folder = variable("SEAWALL_TEST_DATA").map_or_else(
        || repository.root().join("../shared/data"),
        std::path::PathBuf::from,
    );
    let path = folder.join("prompts/train.jsonl");
    let text = read_outside(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let guard = Guard::compile(GuardPolicy::default())?;
    for (title, documents) in [("all as user", false), ("indirect as document", true)] {
        let judged: Vec<Judged> = text
            .lines()
            .map(|line| judge(&guard, line, documents))
            .collect::<anyhow::Result<_>>()?;
        say(&table(title, &judged));
    }
    Ok(true)
}

fn judge(guard: &Guard, line: &str, documents: bool) -> anyhow::Result<Judged> {
    let value: serde_json::Value = serde_json::from_str(line)?;
    let field = |name: &str| {
        value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or("")
    };
    let source = field("source");
    let carried = ["bipia", "latent"].iter().any(|name| source.contains(name));
    let channel = match documents && (field("kind") == "indirect_injection" || carried) {
        true => Channel::Document,
        false => Channel::User,
    };
    let inspection = guard.inspect(&[Segment {
        channel,
        path: "/text",
        text: field("text"),
    }]);
    Ok(Judged {
        source: source.to_owned(),
        kind: match (field("label"), field("kind")) {
            ("attack", _) => Kind::Attack,
            (_, "benign_hard") => Kind::Hard,
            _ => Kind::Benign,
        },
        score: inspection.score,
        blocked: inspection.verdict == Action::Block,
    })
}

fn table(title: &str, judged: &[Judged]) -> String {
    let threshold = threshold(judged);
    let mut sources: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for one in judged {
        sources.entry(&one.source).or_default().push(one);
    }
    let mut out = format!(
        "{title}; score above {threshold:.4} is 1 % of benign texts\n  {:<34} {:>6}  {:>8}  {:>8}\n",
        "source", "texts", "above", "blocked"
    );
    let (mut sum, mut attacks) = (0.0, 0_u32);
    for (source, texts) in sources {
        let share = |test: &dyn Fn(&&&Judged) -> bool| {
            100.0 * texts.iter().filter(test).count() as f64 / texts.len() as f64
        };
        let above = share(&|one| one.score > threshold);
        let kind = texts.first().map_or(Kind::Benign, |one| one.kind);
        let word = match kind {
            Kind::Attack => "attack",
            Kind::Benign => "benign",
            Kind::Hard => "benign, hard",
        };
        if kind == Kind::Attack {
            sum += above;
            attacks += 1;
        }
        out.push_str(&format!(
            "  {source:<34} {:>6}  {above:>6.2} %  {:>6.2} %  {word}\n",
            texts.len(),
            share(&|one| one.blocked)
        ));
    }
    out.push_str(&format!(
        "  mean recall over {attacks} attack sources {:.1} %",
        sum / f64::from(attacks.max(1))
    ));
    out
}

/// The least score that no more than the allowed share of benign texts is above.
fn threshold(judged: &[Judged]) -> f32 {
    let mut benign: Vec<f32> = judged
        .iter()
        .filter(|one| one.kind != Kind::Attack)
        .map(|one| one.score)
        .collect();
    benign.sort_by(|left, right| right.total_cmp(left));
    let allowed = (benign.len() as f64 * FALSE_POSITIVES) as usize;
    benign.get(allowed).copied().unwrap_or(1.0)
}
