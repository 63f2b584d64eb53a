//! The entry: says what a source is, reads it, and lets the rules speak.

use seawall_base::{Limits, Location};

use crate::inflate::{self, Ended, HELD_MAX};
use crate::packed::{self, Packing};
use crate::pickle::{self, Context, End, Facts, Nested, Stream};
use crate::report::{Report, Sink};
use crate::rules::{self, could_not_analyse, pickle_trailing_bytes};
use crate::sniff::{Kind, has_zip_end, sniff};
use crate::source::{Part, ReadAt, read_up_to};
use crate::zip::{self, Archive, Content, Member, Unreadable};
use crate::{
    dataset, gguf, graph, keras, notebook, npy, onnx, pmml, safetensors, tar, template, tflite,
    torch, torchscript,
};

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
        Kind::Bzip2 => unpacked(Packing::Bzip2, source, sink, depth),
        Kind::Lz4 => unpacked(Packing::Lz4, source, sink, depth),
        Kind::Lzma => unpacked(Packing::Lzma, source, sink, depth),
        Kind::Xz => unpacked(Packing::Xz, source, sink, depth),
        Kind::Zstd => unpacked(Packing::Zstd, source, sink, depth),
        Kind::Tar => tar::read(source, sink, depth),
        Kind::Gguf => gguf::read(source, sink),
        Kind::Onnx => onnx::read(source, sink),
        Kind::TensorFlowLite => lite_file(source, sink, depth),
        Kind::Pmml => pmml::read(source, sink),
        Kind::Notebook => notebook::read(source, sink),
        Kind::Template => template_file(source, sink),
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
    for nested in &facts.nested {
        match *nested {
            Nested::Bytes(offset, size) => {
                let part = Part::new(source, offset, size);
                member(&format!("bytes-{offset}.pickle"), &part, sink, depth);
            }
            Nested::Latin1(offset, size) => match latin1(source, offset, size) {
                Some(bytes) => member(&format!("text-{offset}.pickle"), &bytes, sink, depth),
                None => sink.broken(
                    Some(Location::at_byte(offset)),
                    "a pickle inside of the pickle is not text that stands for bytes, or too large",
                ),
            },
        }
    }
}

/// The bytes for which a text of characters up to U+00FF stands.
fn latin1(source: &dyn ReadAt, offset: u64, size: u64) -> Option<Vec<u8>> {
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= HELD_MAX)?;
    let text = String::from_utf8(read_up_to(source, offset, size).ok()?).ok()?;
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}

/// A model, and the archive with its labels that may stand behind it.
fn lite_file(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    tflite::read(source, sink);
    if !has_zip_end(source) {
        return;
    }
    match zip::read(source, sink.limits()) {
        Ok(mut archive) => {
            archive.forgive_prefix();
            archive_members(source, &archive, sink, depth);
        }
        Err(error) => unreadable(&error, sink),
    }
}

fn template_file(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    if source.size() > TEMPLATE_MAX as u64 {
        return sink.broken(None, "the chat template is larger than the limit");
    }
    match read_up_to(source, 0, TEMPLATE_MAX).map(String::from_utf8) {
        Ok(Ok(text)) => template::check(template::DEFAULT, &text, sink),
        Ok(Err(_)) => sink.broken(None, "the chat template is not text"),
        Err(error) => sink.read_failed(&error),
    }
}

const TEMPLATE_MAX: usize = 1 << 20;

fn zip_file(source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    match zip::read(source, sink.limits()) {
        Ok(archive) => archive_members(source, &archive, sink, depth),
        Err(error) => unreadable(&error, sink),
    }
}

fn archive_members(source: &dyn ReadAt, archive: &Archive, sink: &mut Sink<'_>, depth: Depth) {
    rules::check_archive(archive, sink);
    if archive.cut {
        sink.broken(None, "the archive has more members than the limit");
    }
    let root = torch::root(archive);
    let roles = |entry: &Member| root.as_deref().map(|root| torch::role(root, entry));
    let scripted = archive
        .members
        .iter()
        .any(|entry| roles(entry) == Some(torch::Role::Code));
    let torch_context = match scripted {
        true => Context::TorchScript,
        false => Context::Torch,
    };
    for entry in &archive.members {
        if entry.is_folder() {
            continue;
        }
        let reading = match roles(entry) {
            Some(torch::Role::Inert) => continue,
            Some(torch::Role::Code) => Reading::Code,
            Some(torch::Role::Pickle) => Reading::Pickle(torch_context),
            Some(torch::Role::Foreign) | None => Reading::Sniffed,
        };
        zip_member(source, entry, sink, depth, reading);
    }
}

/// How a member of a zip archive is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reading {
    /// As a file of its own.
    Sniffed,
    /// As a pickle of PyTorch.
    Pickle(Context),
    /// As the source of TorchScript.
    Code,
}

fn zip_member(
    source: &dyn ReadAt,
    entry: &Member,
    sink: &mut Sink<'_>,
    depth: Depth,
    reading: Reading,
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
            if reading != Reading::Sniffed || sniff(&entry.name, head).is_model() {
                let message = format!("the member unpacks to more than {HELD_MAX} bytes");
                sink.member(&entry.name).broken(None, message);
            }
            return;
        }
    };
    match reading {
        Reading::Pickle(context) => {
            let stream = pickle::read_stream(bytes, sink.limits(), context);
            report_stream(bytes, &stream, &mut sink.member(&entry.name), depth);
        }
        Reading::Code => torchscript::read(&entry.name, bytes, sink),
        Reading::Sniffed => member(&entry.name, bytes, sink, depth),
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
    let inflated = match inflate::unpack(source, offset, zlib, held_max(depth)) {
        Ok(inflated) => inflated,
        Err(error) => return sink.read_failed(&error),
    };
    match inflated.end {
        Ended::Complete => {}
        Ended::Cut => sink.broken(None, "it unpacks to more than the limit"),
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
    let name = name_inside(sink.path());
    member(&name, &inflated.bytes, sink, depth);
}

/// Unpacks a file of another packing and reads what is inside.
fn unpacked(packing: Packing, source: &dyn ReadAt, sink: &mut Sink<'_>, depth: Depth) {
    let inflated = match packed::unpack(packing, source, held_max(depth)) {
        Ok(inflated) => inflated,
        Err(error) => return sink.read_failed(&error),
    };
    match inflated.end {
        Ended::Complete if inflated.consumed < source.size() => sink.broken(
            Some(Location::at_byte(inflated.consumed)),
            "more follows behind the compressed stream",
        ),
        Ended::Complete => {}
        Ended::Cut => sink.broken(None, "it unpacks to more than the limit"),
        Ended::Broken => sink.broken(
            None,
            "the compressed stream is broken, cut short or wants too much memory",
        ),
    }
    let name = name_inside(sink.path());
    member(&name, &inflated.bytes, sink, depth);
}

/// What may be held unpacked at this depth: containers inside of containers share the memory.
const fn held_max(depth: Depth) -> usize {
    HELD_MAX >> if depth.0 < 6 { depth.0 } else { 6 }
}

/// What a name promises holds for what is inside: `model.pkl.gz`, `model.joblib`.
fn name_inside(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, "bz2" | "gz" | "lz4" | "lzma" | "xz" | "z" | "zst")) => stem.to_owned(),
        Some((stem, "tgz")) => format!("{stem}.tar"),
        _ => name.to_owned(),
    }
}

/// Only for tests of other modules.
#[cfg(test)]
pub(crate) fn scan_bytes(path: &str, bytes: &[u8]) -> Report {
    scan(path, &bytes.to_vec(), &Limits::default())
}
