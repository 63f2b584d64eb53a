//! Files that h5py and Keras wrote (`testdata/hdf5.py`), read here.

use std::collections::BTreeMap;

use seawall_base::Limits;

use super::*;
use crate::scan::scan;

const OLD: &[u8] = include_bytes!("../../testdata/hdf5/old.h5");
const NEW: &[u8] = include_bytes!("../../testdata/hdf5/new.h5");
const DENSE: &[u8] = include_bytes!("../../testdata/hdf5/dense.h5");
const KERAS: &[u8] = include_bytes!("../../testdata/hdf5/keras.h5");

/// Attributes of text and datasets, by path.
#[derive(Default)]
struct Seen {
    texts: BTreeMap<String, Vec<String>>,
    datasets: BTreeMap<String, Result<Vec<u8>, Fault>>,
    soft: Vec<String>,
}

fn read(bytes: &[u8]) -> Result<Seen, Fault> {
    let bytes = bytes.to_vec();
    let file = Hdf5::open(&bytes)?;
    let mut seen = Seen::default();
    file.walk(&mut |path, object| {
        for attribute in &object.attributes {
            if let Text::Of(texts) = &attribute.text {
                let texts = texts
                    .iter()
                    .map(|text| String::from_utf8_lossy(text).into_owned());
                let name = format!("{path}@{}", attribute.name);
                seen.texts.insert(name, texts.collect());
            }
        }
        if let Some(dataset) = &object.dataset {
            let values = file.values(dataset, 1 << 20);
            seen.datasets.insert(path.to_owned(), values);
        }
        let soft = object.links.iter();
        let soft = soft.filter(|(_, target)| matches!(target, Target::Soft(_)));
        seen.soft.extend(soft.map(|(name, _)| name.clone()));
        Ok(())
    })?;
    Ok(seen)
}

fn rows<const N: usize>(item: impl Fn(u8) -> [u8; N]) -> Vec<u8> {
    (0..35).flat_map(item).collect()
}

/// IEEE 754 half precision of a small whole number.
fn half(number: u8) -> u16 {
    match number {
        0 => 0,
        _ => {
            let exponent = number.ilog2() as u16;
            let mantissa = (u16::from(number) << (10 - exponent)) & 0x3ff;
            (exponent + 15) << 10 | mantissa
        }
    }
}

fn check(bytes: &[u8]) {
    let seen = read(bytes).unwrap();
    assert_eq!(seen.texts["@words"], ["one", "two"]);
    assert_eq!(seen.texts["@bytes"], ["fixed"]);
    assert_eq!(seen.texts["a/b@note"], ["grüße"]);
    assert!(!seen.texts.contains_key("@number"));
    assert_eq!(seen.soft, ["again"]);
    let values = |name: &str| seen.datasets[name].clone().unwrap();
    let floats = rows(|number| f32::from(number).to_le_bytes());
    assert_eq!(values("plain"), floats);
    assert_eq!(values("a/b/never"), 1.5_f64.to_le_bytes().repeat(6));
    assert_eq!(values("a/b/flags"), [1, 0, 1]);
    assert_eq!(values("a/b/scalar"), 7_i64.to_le_bytes());
    assert_eq!(values("a/b/one"), rows(|number| half(number).to_le_bytes()));
}

#[test]
fn the_older_structures_are_read() {
    check(OLD);
    let seen = read(OLD).unwrap();
    let values = |name: &str| seen.datasets[name].clone().unwrap();
    assert_eq!(
        values("a/b/packed"),
        rows(|number| f32::from(number).to_le_bytes())
    );
    assert_eq!(
        values("a/b/chunked"),
        rows(|number| i16::from(number).to_be_bytes())
    );
}

#[test]
fn the_newer_structures_are_read_and_what_is_not_is_named() {
    check(NEW);
    let seen = read(NEW).unwrap();
    for name in ["a/b/packed", "a/b/chunked"] {
        assert!(
            matches!(seen.datasets[name], Err(Fault::Unread(_))),
            "{name}"
        );
    }
}

#[test]
fn dense_storage_leaves_the_verdict_open() {
    let report = scan("m.h5", &DENSE.to_vec(), &Limits::default());
    let told: Vec<_> = report.problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "the HDF5 file holds what is not read: attributes in dense storage",
            "the HDF5 file holds what is not read: links in dense storage",
        ]
    );
}

#[test]
fn a_model_of_keras_passes() {
    for bytes in [KERAS, OLD, NEW] {
        let report = scan("m.h5", &bytes.to_vec(), &Limits::default());
        assert_eq!((report.findings, report.problems), (Vec::new(), Vec::new()));
    }
    let seen = read(KERAS).unwrap();
    assert!(seen.texts["@model_config"][0].contains("Sequential"));
    assert!(seen.datasets.len() >= 4);
}

#[test]
fn no_file_that_is_cut_passes() {
    for (bytes, step) in [(KERAS, 61), (OLD, 61), (NEW, 1)] {
        for end in (0..bytes.len()).step_by(step) {
            let report = scan("m.h5", &bytes[..end].to_vec(), &Limits::default());
            assert!(!report.problems.is_empty(), "{end} of {}", bytes.len());
        }
    }
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(which in 0_usize..3, changes in proptest::collection::vec((proptest::prelude::any::<usize>(), proptest::prelude::any::<u8>()), 1..12)) {
        let mut bytes = [KERAS, OLD, NEW][which].to_vec();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        drop(read(&bytes));
    }
}
