//! Models of other tools become `seawall.yaml`, with a list of what could not be carried over.
//!
//! A reader takes what its format says of components, flows, boundaries, assets and controls, or of
//! attack steps. Whatever it does not take is listed: nothing is left behind in silence. What the
//! format does not know (money, frequency) becomes a placeholder that is marked as `assumed`.

mod attack_flow;
mod calm;
mod draft;
mod guess;

mod otm;
mod part;
mod pytm;
mod remark;
#[cfg(test)]
mod tests;
mod threagile;
mod tree;
mod write;

use seawall_base::Problem;
use seawall_config::yaml::{self, Node, YamlLimits};

use self::draft::Draft;
pub use self::remark::{Remark, RemarkKind};

/// A format of another tool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Open Threat Model, as JSON or YAML.
    Otm,
    /// The model of Threagile, as YAML.
    Threagile,
    /// The JSON of pytm: what it reads, and what it writes.
    Pytm,
    /// A bundle of MITRE Attack Flow.
    AttackFlow,
    /// An attack tree in Graphviz DOT.
    Dot,
    /// An architecture in the Common Architecture Language Model of FINOS.
    Calm,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The text of `seawall.yaml`.
    pub yaml: String,
    /// How many of what were carried over.
    pub counts: Vec<(&'static str, usize)>,
    /// What was not, what was guessed, and what was assumed.
    pub remarks: Vec<Remark>,
}

/// People and their tools write these: more is refused.
const LIMITS: YamlLimits = YamlLimits {
    bytes_max: 16 << 20,
    depth_max: 64,
    nodes_max: 1_000_000,
    documents_max: 1,
};

/// Reads a model of another tool.
///
/// # Errors
/// What makes it no model of that tool, with its place.
pub fn import(format: Format, path: &str, bytes: &[u8]) -> Result<Imported, Vec<Problem>> {
    let mut draft = Draft::default();
    if format == Format::Dot {
        tree::read(path, bytes, &mut draft)?;
    } else {
        let root = document(path, bytes)?;
        let read = match format {
            Format::Otm => otm::read,
            Format::Threagile => threagile::read,
            Format::Pytm => pytm::read,
            Format::AttackFlow => attack_flow::read,
            Format::Dot | Format::Calm => calm::read,
        };
        read(&root, &mut draft).map_err(|(place, message)| {
            vec![Problem {
                path: path.to_owned(),
                location: Some(place.location()),
                message,
            }]
        })?;
    }
    Ok(draft.finish())
}

/// Why a tree is no model, and where.
type Refusal<'a> = (&'a Node, String);

fn document(path: &str, bytes: &[u8]) -> Result<Node, Vec<Problem>> {
    let mut parsed = yaml::parse(bytes, &LIMITS);
    let problems = parsed.problems(path);
    if !problems.is_empty() {
        return Err(problems);
    }
    match (parsed.documents.pop(), parsed.documents.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(vec![Problem {
            path: path.to_owned(),
            location: None,
            message: "the file must hold exactly one document".to_owned(),
        }]),
    }
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [
        Self::Otm,
        Self::Threagile,
        Self::Pytm,
        Self::AttackFlow,
        Self::Dot,
        Self::Calm,
    ];

    /// The word on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otm => "otm",
            Self::Threagile => "threagile",
            Self::Pytm => "pytm",
            Self::AttackFlow => "attack-flow",
            Self::Dot => "dot",
            Self::Calm => "calm",
        }
    }
}
