//! The two containers of PyTorch: the zip of today and the stream of pickles of before.

use crate::pickle::{self, Context, End, Facts};
use crate::report::Sink;
use crate::scan::{Depth, pickle_facts, report_end};
use crate::source::{ReadAt, read_up_to};
use crate::zip::{Archive, Member};

/// What a member of a PyTorch zip is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The pickle that is loaded, with storages as persistent ids.
    Pickle,
    /// Raw numbers, or a few words about the file.
    Inert,
    /// Source code that `torch.jit.load` compiles and runs.
    Code,
    /// Nothing that PyTorch writes.
    Foreign,
}

/// The folder of a PyTorch zip; `None` where it is none.
pub(crate) fn root(archive: &Archive) -> Option<String> {
    archive.members.iter().find_map(|member| {
        let root = member.name.strip_suffix("data.pkl")?;
        (root.is_empty() || root.ends_with('/')).then(|| root.to_owned())
    })
}

/// What `member` is for in the PyTorch zip with this `root`.
pub(crate) fn role(root: &str, member: &Member) -> Role {
    let Some(name) = member.name.strip_prefix(root) else {
        return Role::Foreign;
    };
    let numbered = |folder: &str| {
        name.strip_prefix(folder)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match name {
        "data.pkl" | "constants.pkl" | "attributes.pkl" | "traced_inputs.pkl" => Role::Pickle,
        "version"
        | "byteorder"
        | "producer"
        | ".data/serialization_id"
        | ".data/version"
        | ".format_version"
        | ".storage_alignment"
        | "archive_version"
        | "model_author" => Role::Inert,
        _ if ["data/", "constants/", "tensors/", "traced_inputs/"]
            .into_iter()
            .any(numbered) =>
        {
            Role::Inert
        }
        _ if name.starts_with("code/") && name.ends_with(".debug_pkl") => Role::Pickle,
        _ if name.starts_with("code/") => Role::Code,
        _ => Role::Foreign,
    }
}

/// Reads the legacy stream: five pickles, then the storages as raw bytes.
pub(crate) fn legacy(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let mut facts = Facts::default();
    let mut steps_left = sink.limits().steps_max;
    let mut position = 0;
    let mut fault = None;
    for _ in 0..5 {
        let outcome = pickle::read(
            source,
            position,
            &mut steps_left,
            Context::Torch,
            &mut facts,
        );
        position = outcome.position;
        if !matches!(outcome.end, End::Stop(_)) {
            fault = Some(outcome.end);
            break;
        }
    }
    let expected: u64 = facts
        .storages
        .values()
        .map(|bytes| bytes.saturating_add(8))
        .sum();
    let count = facts.storages.len();
    pickle_facts(source, &facts, sink, depth);
    if let Some(end) = fault {
        report_end(&end, position, sink);
        return;
    }
    let rest = source.size().saturating_sub(position);
    if rest < expected {
        sink.broken(
            Some(seawall_base::Location::at_byte(position)),
            format!("the {count} storages of the checkpoint are cut short"),
        );
    } else if rest > expected {
        let extra = position.saturating_add(expected);
        let message = format!("{} bytes follow behind the last storage", rest - expected);
        let head = read_up_to(source, extra, 2).unwrap_or_default();
        crate::rules::pickle_trailing_bytes::report(
            sink,
            extra,
            &message,
            head.first() == Some(&0x80),
        );
    }
}
