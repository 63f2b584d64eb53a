//! HDF5, as Keras writes its weights: every dataset of numbers becomes a tensor named by its path, and
//! every attribute of text a line of metadata.

use std::collections::BTreeSet;

use serde_json::Value;

use super::numpy::{self, Described};
use super::tensor::Place;
use super::{Conversion, Refusal, UNPACKED_MAX};
use crate::hdf5::{Attribute, Dataset, Fault, Hdf5, Layout, Object, Target, Text};
use crate::source::ReadAt;

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Broken(what) => Self::new(format!("the HDF5 file is broken: {what}")),
            Fault::Unread(what) => Self::new(format!("the HDF5 file holds {what}")),
            Fault::Read(error) => error.into(),
        }
    }
}

/// Adds the datasets of a file, whose bytes are held or begin at an offset of the whole.
pub(super) fn file(
    source: &dyn ReadAt,
    origin: (Option<usize>, u64),
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let file = Hdf5::open(source)?;
    let mut led = BTreeSet::new();
    let mut refusal = None;
    file.walk(&mut |path, object| {
        let added = only_name(path, object, &mut led)
            .and_then(|()| attributes(path, object, into))
            .and_then(|()| match &object.dataset {
                Some(dataset) => add(&file, origin, (path, dataset), into),
                None => Ok(()),
            });
        if let Err(why) = added {
            refusal.get_or_insert(why);
            return Err(Fault::Unread("what safetensors cannot hold"));
        }
        Ok(())
    })
    .map_err(|fault| refusal.take().unwrap_or_else(|| fault.into()))?;
    into.format("keras");
    Ok(())
}

/// A second name of a dataset would be lost.
fn only_name(path: &str, object: &Object, led: &mut BTreeSet<u64>) -> Result<(), Refusal> {
    for (name, target) in &object.links {
        let again = match target {
            Target::Hard(address) => !led.insert(*address),
            Target::Soft(_) | Target::External { .. } | Target::Other(_) => true,
        };
        if again {
            let why = format!("\"{path}/{name}\" is a second name of something else");
            return Err(Refusal::new(why));
        }
    }
    match object.unread.first() {
        Some(what) => Err(Refusal::new(format!("\"{path}\" has {what}"))),
        None => Ok(()),
    }
}

/// Those of the root under their own names, others behind the path of their object.
fn attributes(path: &str, object: &Object, into: &mut Conversion) -> Result<(), Refusal> {
    for Attribute { name, text } in &object.attributes {
        let Text::Of(texts) = text else {
            let why = format!("the attribute \"{name}\" of \"/{path}\" is not text");
            return Err(Refusal::new(why));
        };
        let texts: Result<Vec<String>, _> = texts
            .iter()
            .map(|text| String::from_utf8(text.clone()))
            .collect();
        let Ok(texts) = texts else {
            let why = format!("the attribute \"{name}\" of \"/{path}\" is not UTF-8");
            return Err(Refusal::new(why));
        };
        let key = match path.is_empty() {
            true => name.clone(),
            false => format!("{path}@{name}"),
        };
        let value = match <[String; 1]>::try_from(texts) {
            Ok([text]) => text,
            Err(texts) => Value::from(texts).to_string(),
        };
        into.metadata.insert(key, value);
    }
    Ok(())
}

fn add(
    file: &Hdf5<'_>,
    (held, start): (Option<usize>, u64),
    (path, dataset): (&str, &Dataset),
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let Some(shape) = dataset.shape.clone() else {
        return Ok(());
    };
    let Some(number) = dataset.number else {
        let why = format!("the dataset \"/{path}\" holds no numbers that safetensors knows");
        return Err(Refusal::new(why));
    };
    let place = match &dataset.layout {
        Layout::Row {
            address: Some(address),
            size,
        } => {
            let offset = file.place(*address);
            let left = file.source().size().saturating_sub(offset);
            Place {
                held,
                offset: start.saturating_add(offset),
                size: left.min(*size),
            }
        }
        _ => {
            let used: usize = into.held.iter().map(Vec::len).sum();
            let values = file.values(dataset, UNPACKED_MAX.saturating_sub(used) as u64)?;
            let size = values.len() as u64;
            into.held.push(values);
            Place {
                held: Some(into.held.len() - 1),
                offset: 0,
                size,
            }
        }
    };
    let order = if number.swapped { '>' } else { '<' };
    numpy::add(
        Described {
            name: path,
            code: &format!("{order}{}", number.code),
            shape,
            fortran: false,
            place,
        },
        into,
    )
}
