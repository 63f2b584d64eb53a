//! The containers: zip archives of PyTorch and numpy, the older stream of PyTorch, plain pickles.

use std::collections::BTreeMap;

use super::pickled::{self, Storages};
use super::tensor::Place;
use super::{Conversion, Refusal, UNPACKED_MAX, hdf5, numpy};
use crate::inflate::{self, Ended};
use crate::pickle::{self, Context, End, Heap, Stored, Value};
use crate::source::{ReadAt, read_up_to};
use crate::torch;
use crate::zip::{self, Archive, Content, Member, Unreadable};

/// Entries of lists and dictionaries that are kept.
const ENTRIES_MAX: usize = 4 << 20;
/// The dictionary of a checkpoint; its numbers lie elsewhere.
const PICKLE_MAX: usize = 256 << 20;

impl From<Unreadable> for Refusal {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Broken(what) => Self::new(what),
            Unreadable::Read(error) => error.into(),
        }
    }
}

/// A zip of PyTorch, or one of numpy arrays.
pub(super) fn zip(source: &dyn ReadAt, into: &mut Conversion) -> Result<(), Refusal> {
    let archive = zip::read(source, &seawall_base::Limits::default())?;
    match torch::root(&archive) {
        Some(root) => torch_zip(source, &archive, &root, into),
        None if archive
            .members
            .iter()
            .any(|member| member.name == KERAS_WEIGHTS) =>
        {
            keras(source, &archive, into)
        }
        None => arrays(source, &archive, into),
    }
}

/// Where a `.keras` archive keeps its numbers, and its layers.
const KERAS_WEIGHTS: &str = "model.weights.h5";
const KERAS_TEXTS: &[&str] = &["config.json", "metadata.json"];

/// The weights become tensors, the layers metadata; assets have no place in safetensors.
fn keras(source: &dyn ReadAt, archive: &Archive, into: &mut Conversion) -> Result<(), Refusal> {
    for member in archive.members.iter().filter(|member| !member.is_folder()) {
        if member.name == KERAS_WEIGHTS {
            keras_weights(member, source, into)?;
        } else if KERAS_TEXTS.contains(&member.name.as_str()) {
            let text = String::from_utf8(content(member, source)?)
                .map_err(|_| Refusal::new("a configuration of the archive is not text"))?;
            into.metadata.insert(member.name.clone(), text);
        } else {
            let why = format!("the archive holds \"{}\" beside its weights", member.name);
            return Err(Refusal::new(why));
        }
    }
    Ok(())
}

fn torch_zip(
    source: &dyn ReadAt,
    archive: &Archive,
    root: &str,
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let members: BTreeMap<&str, &Member> = archive
        .members
        .iter()
        .filter_map(|member| Some((member.name.strip_prefix(root)?, member)))
        .collect();
    if members.keys().any(|name| name.starts_with("code/")) {
        return Err(Refusal::new(
            "the file is TorchScript, whose code safetensors cannot hold",
        ));
    }
    if let Some(order) = members.get("byteorder") {
        let bytes = content(order, source)?;
        if bytes != b"little" {
            return Err(Refusal::new(
                "the numbers are in the byte order of big machines",
            ));
        }
    }
    let main = members
        .get("data.pkl")
        .ok_or_else(|| Refusal::new("the archive has no data.pkl"))?;
    let bytes = content(main, source)?;
    let (heap, value) = keep(&bytes, 0, Context::Torch)?;
    let mut places = BTreeMap::new();
    for (name, member) in &members {
        if let Some(key) = name.strip_prefix("data/") {
            let offset = member.data_offset.filter(|_| member.method == 0);
            let offset = offset.ok_or_else(|| Refusal::new("a storage is compressed"))?;
            let place = Place {
                held: None,
                offset,
                size: member.size,
            };
            places.insert(key.to_owned(), place);
        }
    }
    into.format("pt");
    let stored = main.method == 0;
    let origin = main
        .data_offset
        .filter(|_| stored)
        .map(|start| (None, start));
    pickled::convert(&heap, &bytes, value, &Storages { places, origin }, into)
}

fn keras_weights(
    member: &Member,
    source: &dyn ReadAt,
    into: &mut Conversion,
) -> Result<(), Refusal> {
    match member.content(source)? {
        Content::Stored(part) => hdf5::file(&part, (None, member.data_offset.unwrap_or(0)), into),
        Content::Unpacked(bytes) => {
            // What the file unpacks itself comes behind it.
            let index = into.held.len();
            into.held.push(Vec::new());
            hdf5::file(&bytes, (Some(index), 0), into)?;
            into.held.push(bytes);
            into.held.swap_remove(index);
            Ok(())
        }
        Content::Head(_) => Err(Refusal::new("the weights unpack to more than the limit")),
    }
}

/// The content of a small member.
fn content(member: &Member, source: &dyn ReadAt) -> Result<Vec<u8>, Refusal> {
    match member.content(source)? {
        Content::Stored(part) if part.size() <= PICKLE_MAX as u64 => {
            Ok(read_up_to(&part, 0, PICKLE_MAX)?)
        }
        Content::Unpacked(bytes) => Ok(bytes),
        Content::Stored(_) | Content::Head(_) => Err(Refusal::new(
            "a member of the archive is larger than the limit",
        )),
    }
}

/// Members `name.npy`.
fn arrays(source: &dyn ReadAt, archive: &Archive, into: &mut Conversion) -> Result<(), Refusal> {
    into.format("np");
    for member in &archive.members {
        let Some(name) = member.name.strip_suffix(".npy") else {
            return Err(Refusal::new(
                "the archive holds other members than numpy arrays",
            ));
        };
        match member.content(source)? {
            Content::Stored(part) => {
                let start = member.data_offset.unwrap_or(0);
                numpy::at(name, &part, (None, start), into)?;
            }
            Content::Unpacked(bytes) => held(name, bytes, into)?,
            Content::Head(_) => {
                let part = member.packed_part(source);
                let whole = inflate::unpack(&part, 0, false, UNPACKED_MAX)?;
                if whole.end != Ended::Complete || member.method != 8 {
                    return Err(Refusal::new(
                        "a member of the archive unpacks to more than the limit",
                    ));
                }
                held(name, whole.bytes, into)?;
            }
        }
    }
    Ok(())
}

fn held(name: &str, bytes: Vec<u8>, into: &mut Conversion) -> Result<(), Refusal> {
    let index = into.held.len();
    numpy::file(name, &bytes, Some(index), into)?;
    into.held.push(bytes);
    Ok(())
}

/// A pickle: of PyTorch as it was before zip, or with arrays of numpy inside. `held` says where the
/// source will be found when it is not the file itself.
pub(super) fn pickle(
    source: &dyn ReadAt,
    into: &mut Conversion,
    held: Option<usize>,
) -> Result<(), Refusal> {
    let (heap, value) = keep(source, 0, Context::Torch)?;
    if value.0 == Value::TorchMagic {
        return legacy(source, value.1, held, into);
    }
    into.format("np");
    let storages = Storages {
        places: BTreeMap::new(),
        origin: Some((held, 0)),
    };
    pickled::convert(&heap, source, value, &storages, into)
}

/// Four more pickles (version, machine, checkpoint, keys), then the storages: a count and numbers.
fn legacy(
    source: &dyn ReadAt,
    start: u64,
    held: Option<usize>,
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let mut position = start;
    for _ in 0..2 {
        position = keep(source, position, Context::Torch)?.1.1;
    }
    let (heap, value) = keep(source, position, Context::Torch)?;
    let (keys, listed) = keep(source, value.1, Context::Torch)?;
    let mut position = listed.1;
    let mut places = BTreeMap::new();
    let Value::List(listed) = listed.0 else {
        return Err(Refusal::new("the keys of the storages are no list"));
    };
    for key in keys.items(listed) {
        let Some(key) = pickled::text(source, *key) else {
            return Err(Refusal::new("the key of a storage is no text"));
        };
        let bytes = heap_storage(&heap, &key)
            .ok_or_else(|| Refusal::new("a storage is used by nothing"))?;
        let place = Place {
            held,
            offset: position.saturating_add(8),
            size: bytes,
        };
        position = place.offset.saturating_add(bytes);
        places.insert(key, place);
    }
    if position > source.size() {
        return Err(Refusal::new("the storages are cut short"));
    }
    into.format("pt");
    let origin = Some((held, 0));
    pickled::convert(&heap, source, value, &Storages { places, origin }, into)
}

fn heap_storage(heap: &Heap, key: &str) -> Option<u64> {
    let all = (0..).map_while(|id| heap.stored(id));
    all.filter(|stored: &&Stored| stored.key == key)
        .map(|stored| stored.bytes)
        .max()
}

/// What a pickle holds, and where it ends.
#[derive(Clone, Copy)]
pub(super) struct Ending(pub(super) Value, pub(super) u64);

fn keep(source: &dyn ReadAt, start: u64, context: Context) -> Result<(Heap, Ending), Refusal> {
    let (outcome, heap) = pickle::keep(source, start, context, ENTRIES_MAX);
    if heap.is_overfull() {
        return Err(Refusal::new("the pickle holds more values than the limit"));
    }
    match outcome.end {
        End::Stop(value) => Ok((heap, Ending(value, outcome.position))),
        _ => Err(Refusal::new("the pickle does not come to its end")),
    }
}
