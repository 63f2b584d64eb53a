//! Subjects for the tests of the rules, built in memory, and short ways to look at a report.

use seawall_base::Limits;

pub(crate) use seawall_testkit::model_file::{Zip, field, safetensors, tar};

use crate::report::Report;
use crate::scan::{scan, scan_dataset};

fn report(name: &str, bytes: &[u8]) -> Report {
    scan(name, &bytes.to_vec(), &Limits::default())
}

/// The rules that speak about `bytes`, in order.
pub(crate) fn ids(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    report(name, bytes)
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

/// What they say.
pub(crate) fn messages(name: &str, bytes: &[u8]) -> Vec<String> {
    report(name, bytes)
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

/// How many problems there are.
pub(crate) fn problems(name: &str, bytes: &[u8]) -> usize {
    report(name, bytes).problems.len()
}

/// The rules that speak about a dataset.
pub(crate) fn dataset_ids(name: &str, text: &str) -> Vec<&'static str> {
    let report = scan_dataset(name, &text.as_bytes().to_vec(), &Limits::default());
    report.findings.iter().map(|finding| finding.rule).collect()
}

/// An ONNX model with this content of its graph.
pub(crate) fn onnx(graph: &[u8]) -> Vec<u8> {
    let opset = field(8, b"\x10\x11");
    [b"\x08\x08".to_vec(), field(7, graph), opset].concat()
}

/// A GGUF file with these strings and these rows of 32-bit floats (name, items, offset).
pub(crate) fn gguf(pairs: &[(&str, &str)], tensors: &[(&str, u64, u64)], size: usize) -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend((pairs.len() as u64).to_le_bytes());
    for (key, value) in pairs {
        text(&mut bytes, key);
        bytes.extend(8_u32.to_le_bytes());
        text(&mut bytes, value);
    }
    for (name, items, offset) in tensors {
        text(&mut bytes, name);
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(items.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
    }
    let start = bytes.len().next_multiple_of(32);
    bytes.resize(start + size, 0);
    bytes
}

/// A TensorFlow Lite model with one custom operator and one empty subgraph.
pub(crate) fn tflite(operator: &str) -> Vec<u8> {
    let words = |values: &[u32]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let shorts = |values: &[u16]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let mut bytes = [words(&[24]), b"TFL3".to_vec()].concat();
    // The fields of the model at 8, the model at 24, its vectors behind it.
    bytes.extend(shorts(&[10, 12, 0, 4, 8, 0, 0, 0]));
    bytes.extend(words(&[16, 8, 12]));
    // Operator codes at 36: one, at 60. Subgraphs at 44: one, at 76.
    bytes.extend(words(&[1, 20, 1, 28]));
    // The fields of the code at 52, the code at 60, its name at 68.
    bytes.extend(shorts(&[8, 8, 0, 4]));
    bytes.extend(words(&[8, 16]));
    // The fields of the subgraph at 68, the subgraph at 76.
    bytes.extend(shorts(&[4, 4, 0, 0]));
    bytes.extend(words(&[8, operator.len() as u32]));
    bytes.extend(operator.as_bytes());
    bytes.push(0);
    bytes
}

/// An HDF5 file whose root has these messages (kind, data).
pub(crate) fn hdf5(messages: &[(u8, &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (kind, data) in messages {
        block.push(*kind);
        block.extend((data.len() as u16).to_le_bytes());
        block.push(0);
        block.extend(*data);
    }
    // The superblock of the second version is 48 bytes, the root follows.
    let mut bytes = b"\x89HDF\r\n\x1a\n\x02\x08\x08\0".to_vec();
    let end = (48 + 10 + block.len() + 4) as u64;
    for address in [0, u64::MAX, end, 48] {
        bytes.extend(address.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(b"OHDR\x02\x02");
    bytes.extend((block.len() as u32).to_le_bytes());
    bytes.extend(block);
    bytes.extend([0; 4]);
    bytes
}

/// An HDF5 file with an attribute of text at its root.
pub(crate) fn hdf5_text(name: &str, text: &str) -> Vec<u8> {
    let mut data = vec![3, 0];
    data.extend((name.len() as u16 + 1).to_le_bytes());
    data.extend([8, 0, 4, 0, 0]);
    data.extend(name.as_bytes());
    data.push(0);
    data.extend([0x13, 0, 0, 0]);
    data.extend((text.len() as u32).to_le_bytes());
    data.extend([2, 0, 0, 0]);
    data.extend(text.as_bytes());
    hdf5(&[(12, &data)])
}

/// The same with the configuration of a Keras model.
pub(crate) fn keras_hdf5(config: &str) -> Vec<u8> {
    hdf5_text("model_config", config)
}
