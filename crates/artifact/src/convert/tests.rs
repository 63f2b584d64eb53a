//! Conversions of files that the tests build; `jobs` compares with the real frameworks.

use proptest::prelude::*;

use super::*;
use crate::rules::testing::{Zip, ids};

/// A checkpoint with a tensor of four floats, a column view of it, and a number.
fn checkpoint() -> Vec<u8> {
    let tensor = |name: &str, shape: &str| {
        format!(
            "X\\x{:02x}\\0\\0\\0{name}ctorch._utils\n_rebuild_tensor_v2\n((X\\x07\\0\\0\\0storagectorch\nFloatStorage\n\
             X\\x01\\0\\0\\00X\\x03\\0\\0\\0cpuK\\x04tQ{shape}\\x89ccollections\nOrderedDict\n)RtR",
            name.len()
        )
    };
    let text = [
        "\\x80\\x02}(".to_owned(),
        tensor("w", "K\\0K\\x02K\\x02\\x86K\\x02K\\x01\\x86"),
        tensor("turned", "K\\0K\\x02K\\x02\\x86K\\x01K\\x02\\x86"),
        "X\\x05\\0\\0\\0epochK\\x07u.".to_owned(),
    ]
    .concat();
    let pickle = unescape(&text);
    let numbers: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    Zip::default()
        .stored("m/data.pkl", &pickle)
        .stored("m/data/0", &numbers)
        .build()
}

/// `\\x02` and `\\0` as bytes, so that the pickle above can be read.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next() {
                Some(b'x') => {
                    let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
                    bytes.push(digit() << 4 | digit());
                }
                _ => bytes.push(0),
            },
            other => bytes.push(other),
        }
    }
    bytes
}

fn converted(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let source = bytes.to_vec();
    let conversion = plan(name, &source, &Limits::default())?;
    let mut out = Vec::new();
    conversion
        .write(&source, &mut |part| {
            out.extend_from_slice(part);
            Ok(())
        })
        .unwrap();
    Ok(out)
}

#[test]
fn tensors_views_and_values_come_through() {
    let out = converted("m.pt", &checkpoint()).unwrap();
    assert_eq!(ids("m.safetensors", &out), Vec::<&str>::new());
    let size = u64::from_le_bytes(out[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&out[8..8 + size]).unwrap();
    assert_eq!(header["w"]["shape"], serde_json::json!([2, 2]));
    assert_eq!(header["__metadata__"]["format"], "pt");
    assert_eq!(header["__metadata__"]["seawall.values"], r#"{"epoch":7}"#);
    let numbers: Vec<f32> = out[8 + size..]
        .chunks(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(numbers, [1.0, 3.0, 2.0, 4.0, 1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn arrays_of_numpy_come_through() {
    let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }\n";
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend((header.len() as u16).to_le_bytes());
    array.extend(header.as_bytes());
    array.extend([0, 1, 0, 2, 0, 3, 0, 4]);
    for (name, bytes) in [
        ("a.npy", array.clone()),
        ("a.npz", Zip::default().stored("a.npy", &array).build()),
        ("b.npz", Zip::default().deflated("a.npy", &array).build()),
    ] {
        let out = converted(name, &bytes).unwrap();
        assert_eq!(out[out.len() - 8..], [1, 0, 3, 0, 2, 0, 4, 0], "{name}");
        assert_eq!(ids("m.safetensors", &out), Vec::<&str>::new());
    }
}

#[test]
fn what_cannot_be_held_is_refused_with_the_reason() {
    let refused = |name: &str, bytes: &[u8]| converted(name, bytes).unwrap_err().to_string();
    let evil = b"cos\nsystem\n(S'x'\ntR.";
    assert!(refused("m.pkl", evil).contains("the scan fails"));
    assert!(refused("m.pkl", b"\x80\x02}.").contains("no tensors"));
    assert!(refused("m.pkl", b"\x80\x02}X\x01\0\0\0aC\x01xs.").contains("\"a\" holds bytes"));
    assert!(refused("m.safetensors", b"\x02\0\0\0\0\0\0\0{}").contains("already"));
    assert!(refused("m.gguf", &crate::rules::testing::gguf(&[], &[], 0)).contains("no converter"));
    let mut cut = checkpoint();
    cut.truncate(cut.len() - 5);
    assert!(refused("m.pt", &cut).contains("the scan"));
}

proptest! {
    #[test]
    fn changed_checkpoints_never_panic(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let mut bytes = checkpoint();
        for (place, value) in changes {
            let place = usize::from(place) % bytes.len();
            bytes[place] = value;
        }
        drop(converted("m.pt", &bytes));
    }
}
