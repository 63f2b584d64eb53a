//! The entry: says what a source is, reads it, and lets the rules speak.

use seawall_base::{Limits, Location};

use crate::inflate::{self, Ended, HELD_MAX};
use crate::pickle::{self, Context, End, Facts, Stream};
use crate::report::{Report, Sink};
use crate::rules::{self, could_not_analyse, pickle_trailing_bytes};
use crate::sniff::{Kind, sniff};
use crate::source::{Part, ReadAt};
use crate::zip::{self, Content, Member, Unreadable};
use crate::{dataset, graph, keras, npy, safetensors, tar, torch};

/// How many containers lie around what is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depth(pub(crate) u32);

/// Scans a model file. `path` is shown in findings; its last part helps to tell formats apart.
///
/// What is not a model ([`Kind::is_model`]) comes back without findings: the caller decides what
/// other reader it belongs to.
#[must_use]
pub fn scan(path: &str, source: &dyn ReadAt, limits: &Limits) -> Report {
    let kind = sniff(path, source);
    let mut report = Report::new(kind);
    if source.size() > limits.bytes_max {
        let mut sink = Sink::new(path, &mut report, *limits);
        sink.broken(None, "the file is larger than the limit");
        return report;
    }
    let mut sink = Sink::new(path, &mut report, *limits);
    read(kind, source, &mut sink, Depth(0));
    report
}

/// Streams the records of a dataset through the dataset rules.
#[must_use]
pub fn scan_dataset(path: &str, source: &dyn ReadAt, limits: &Limits) -> Report {
    let kind = sniff(path, source);
    let mut report = Report::new(kind);
    let mut sink = Sink::new(path, &mut report, *limits);
    dataset::scan(kind, path, source, &mut sink);
    report
}

/// Reads a subject of a known kind.
pub(crate) fn read(kind: Kind, source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    if kind.is_model() {
        rules::extension_mismatch::check(kind, sink);
    }
    match kind {
        Kind::Pickle => pickle_file(source, sink, depth),
        Kind::Zip => zip_file(source, sink, depth),
        Kind::Safetensors => safetensors::read(source, sink),
        Kind::NumpyArray => npy::read(source, sink, depth),
        Kind::TensorFlowGraph => graph::read(source, sink),
        Kind::Hdf5 => keras::hdf5(source, sink),
        Kind::ModelConfig => keras::config_file(source, sink),
        Kind::Gzip => gzip(source, sink, depth),
        Kind::Zlib => packed(source, 0, true, sink, depth),
        Kind::Tar => tar::read(source, sink, depth),
        Kind::Unread => sink.broken(None, could_not_analyse::UNREAD),
        Kind::BrokenModel => sink.broken(None, could_not_analyse::UNRECOGNISED),
        _ => {}
    }
}

/// Reads a member of a container: sniffed like a file of its own.
pub(crate) fn member(name: &str, source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let depth = Depth(depth.0 + 1);
    let mut sink = sink.member(name);
    if depth.0 > sink.limits().depth_max {
        sink.broken(None, "containers nest deeper than the limit");
        return;
    }
    let kind = sniff(name, source);
    read(kind, source, &mut sink, depth);
}

fn pickle_file(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let stream = pickle::read_stream(source, sink.limits(), Context::Plain);
    if stream.magic {
        torch::legacy(source, sink, depth);
        return;
    }
    report_stream(source, &stream, sink, depth);
}

/// Lets the pickle rules speak about a stream, then about how it ended.
pub(crate) fn report_stream(
    source: &dyn ReadAt,
    stream: &Stream,
    sink: &mut Sink<'_>,
    depth: Depth,
) {
    pickle_facts(source, &stream.facts, sink, depth);
    let after_first = stream.pickles > 1;
    match &stream.end {
        End::Stop(_) if stream.position < source.size() => {
            let count = source.size() - stream.position;
            let message = format!("{count} bytes follow behind the end of the pickle");
            pickle_trailing_bytes::report(sink, stream.position, &message, false);
        }
        End::Stop(_) => {}
        // What follows a whole pickle need not be one.
        End::Broken(_) | End::Truncated if after_first && stream.facts.imports == 0 => {
            let message = "bytes that are no pickle follow behind the end of the pickle";
            pickle_trailing_bytes::report(sink, stream.position, message, false);
        }
        end => report_end(end, stream.position, sink),
    }
}

/// Says why a pickle did not come to its end.
pub(crate) fn report_end(end: &End, position: u64, sink: &mut Sink<'_>) {
    let place = Some(Location::at_byte(position));
    match end {
        End::Stop(_) | End::Array(_) => {}
        End::Truncated => sink.broken(place, "the pickle ends in the middle"),
        End::Broken(what) => sink.broken(place, format!("the pickle cannot be run: {what}")),
        End::Limit(what) => {
            sink.broken(place, format!("the pickle was not read to its end: {what}"))
        }
        End::Read(error) => sink.read_failed(error),
    }
}

/// Lets the pickle rules speak about facts, and reads the pickles inside of the pickle.
pub(crate) fn pickle_facts(source: &dyn ReadAt, facts: &Facts, sink: &mut Sink<'_>, depth: Depth) {
    rules::check_pickle(facts, sink);
    if facts.overflow {
        sink.broken(None, "the pickle has more oddities than are kept");
    }
    for (offset, size) in &facts.nested {
        let part = Part::new(source, *offset, *size);
        member(&format!("bytes-{offset}.pickle"), &part, sink, depth);
    }
}

fn zip_file(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let archive = match zip::read(source, sink.limits()) {
        Ok(archive) => archive,
        Err(error) => return unreadable(&error, sink),
    };
    rules::check_archive(&archive, sink);
    if archive.cut {
        sink.broken(None, "the archive has more members than the limit");
    }
    let root = torch::root(&archive);
    let mut holds_code = false;
    for entry in &archive.members {
        if entry.is_folder() {
            continue;
        }
        match root.as_deref().map(|root| torch::role(root, entry)) {
            Some(torch::Role::Inert) => {}
            Some(torch::Role::Code) => holds_code = true,
            Some(torch::Role::Pickle) => zip_member(source, entry, sink, depth, Context::Torch),
            Some(torch::Role::Foreign) | None => {
                zip_member(source, entry, sink, depth, Context::Plain);
            }
        }
    }
    if holds_code {
        sink.broken(
            None,
            "the archive holds TorchScript code, which has no reader yet",
        );
    }
}

fn zip_member(
    source: &dyn ReadAt,
    entry: &Member,
    sink: &mut Sink<'_>,
    depth: Depth,
    context: Context,
) {
    let content = match entry.content(source) {
        Ok(content) => content,
        Err(error) => return unreadable(&error, &mut sink.member(&entry.name)),
    };
    match entry.checksum_holds(&content) {
        Ok(true) => {}
        Ok(false) => rules::archive_ambiguous::bad_checksum(entry, sink),
        Err(error) => return sink.read_failed(&error),
    }
    let bytes: &dyn ReadAt = match &content {
        Content::Stored(part) => part,
        Content::Unpacked(bytes) => bytes,
        Content::Head(head) => {
            // Weights and text may be large; what could run code must be read whole.
            if sniff(&entry.name, head).is_model() {
                let message = format!("the member unpacks to more than {HELD_MAX} bytes");
                sink.member(&entry.name).broken(None, message);
            }
            return;
        }
    };
    if context == Context::Torch {
        let stream = pickle::read_stream(bytes, sink.limits(), Context::Torch);
        report_stream(bytes, &stream, &mut sink.member(&entry.name), depth);
    } else {
        member(&entry.name, bytes, sink, depth);
    }
}

fn unreadable(error: &Unreadable, sink: &mut Sink<'_>) {
    match error {
        Unreadable::Broken(what) => sink.broken(None, *what),
        Unreadable::Read(error) => sink.read_failed(error),
    }
}

fn gzip(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    match inflate::gzip_body(source) {
        Some(offset) => packed(source, offset, false, sink, depth),
        None => sink.broken(None, "the header of the gzip stream is broken"),
    }
}

/// Unpacks a compressed file and reads what is inside.
fn packed(source: &dyn ReadAt, offset: u64, zlib: bool, sink: &mut Sink<'_>, depth: Depth) {
    let inflated = match inflate::unpack(source, offset, zlib, HELD_MAX) {
        Ok(inflated) => inflated,
        Err(error) => return sink.read_failed(&error),
    };
    match inflated.end {
        Ended::Complete => {}
        Ended::Cut => sink.broken(None, format!("it unpacks to more than {HELD_MAX} bytes")),
        Ended::Broken => sink.broken(None, "the compressed stream is broken or cut short"),
    }
    let body = offset + inflated.consumed;
    let used = body + if zlib { 0 } else { inflate::GZIP_TRAILER };
    if inflated.end == Ended::Complete && !zlib {
        match inflate::gzip_agrees(source, body, &inflated.bytes) {
            Ok(true) => {}
            Ok(false) => sink.broken(
                Some(Location::at_byte(body)),
                "the size or the checksum behind the gzip stream is not that of its content",
            ),
            Err(error) => return sink.read_failed(&error),
        }
    }
    if inflated.end == Ended::Complete && used < source.size() {
        sink.broken(
            Some(Location::at_byte(used)),
            "more follows behind the compressed stream",
        );
    }
    // What a name promises holds for what is inside: `model.pkl.gz`, `model.joblib`.
    let name = sink
        .path()
        .trim_end_matches(".gz")
        .trim_end_matches(".z")
        .to_owned();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    member(&name, &inflated.bytes, sink, depth);
}

/// Only for tests of other modules.
#[cfg(test)]
pub(crate) fn scan_bytes(path: &str, bytes: &[u8]) -> Report {
    scan(path, &bytes.to_vec(), &Limits::default())
}
