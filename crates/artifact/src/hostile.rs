//! Properties that every reader keeps on hostile bytes: no panic, and no pass for what is cut.

use proptest::prelude::*;
use seawall_base::{Limits, Severity};

use crate::rules::testing::{Zip, field, gguf, onnx, safetensors, tar, tflite};
use crate::scan::{scan, scan_dataset};

/// Names that lead to each reader when the content decides nothing.
const NAMES: &[&str] = &[
    "m.pkl",
    "m.pt",
    "m.safetensors",
    "m.npy",
    "m.keras",
    "m.h5",
    "saved_model.pb",
    "config.json",
    "m.gz",
    "d.jsonl",
    "d.csv",
    "x",
    "m.zip",
    "m.tar",
];

/// A protocol 4 pickle in a frame, as `pickle.dumps` writes it: an ordered dictionary of strings.
fn framed() -> Vec<u8> {
    let body = b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(K\x02K\x03eu.";
    let mut bytes = b"\x80\x04\x95".to_vec();
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// One whole, clean sample per format.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let torch = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n\
        ((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89\
        h\x00)RtRs.";
    let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let node = [field(1, b"x"), field(2, b"MatMul")].concat();
    let graph = [b"\x08\x01".to_vec(), field(2, &field(2, &field(1, &node)))].concat();
    let keras = br#"{"module":"keras.layers","class_name":"Dense","config":{}}"#;
    vec![
        ("framed.pkl", framed()),
        (
            "text.pkl",
            b"(dp0\nS'a'\np1\nI1\nsS'b'\np2\n(lp3\nI2\nas.".to_vec(),
        ),
        (
            "zip.pt",
            Zip::default()
                .stored("m/data.pkl", torch)
                .stored("m/data/0", &[0; 16])
                .build(),
        ),
        (
            "m.keras",
            Zip::default()
                .deflated("config.json", keras)
                .stored("metadata.json", b"{}")
                .build(),
        ),
        ("m.safetensors", safetensors(header, 8)),
        ("saved_model.pb", graph),
        ("m.tar", tar("a.pkl", b'0', &framed())),
        ("legacy.pt", legacy()),
        ("numbers.npy", npy("<f4", &[0; 24])),
        ("m.gz", gzip(&framed())),
        (
            "m.z",
            miniz_oxide::deflate::compress_to_vec_zlib(&framed(), 6),
        ),
        (
            "arrays.npz",
            Zip::default()
                .deflated("a.npy", &npy("<f4", &[0; 24]))
                .build(),
        ),
        ("m.gguf", gguf(&[("general.name", "x")], &[("w", 8, 0)], 32)),
        ("m.onnx", onnx(&field(1, &field(4, b"Relu")))),
        ("m.tflite", tflite("Mfcc")),
        (
            "m.pmml",
            b"<?xml version=\"1.0\"?><PMML version=\"4.4\"><Header/></PMML>".to_vec(),
        ),
        (
            "chat_template.jinja",
            b"{% for m in messages %}{{ m.content }}{% endfor %}".to_vec(),
        ),
        (
            "config.json",
            br#"{"model_type":"bert","hidden_size":8}"#.to_vec(),
        ),
    ]
}

/// A checkpoint as PyTorch wrote it before it used zip: five pickles, then the storages.
fn legacy() -> Vec<u8> {
    let storages = [4_u64.to_le_bytes().as_slice(), &[0; 16]].concat();
    let tensor = b"\x80\x02}q\x00X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n\
        ((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89\
        ccollections\nOrderedDict\n)RtRs.";
    [
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".as_slice(),
        b"\x80\x02M\xe9\x03.",
        b"\x80\x02}q\x00.",
        tensor,
        b"\x80\x02]q\x00X\x01\x00\x00\x000q\x01a.",
        &storages,
    ]
    .concat()
}

/// An array of six elements.
fn npy(descriptor: &str, content: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descriptor}', 'fortran_order': False, 'shape': (2, 3), }}\n");
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(content);
    bytes
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    bytes.extend(miniz_oxide::deflate::compress_to_vec(content, 6));
    bytes.extend(crate::inflate::crc32(content).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes
}

#[test]
fn whole_samples_are_clean() {
    for (name, bytes) in samples() {
        let report = scan(name, &bytes, &Limits::default());
        assert_eq!(
            (report.findings, report.problems),
            (vec![], vec![]),
            "{name}"
        );
    }
}

#[test]
fn no_cut_of_a_sample_passes() {
    let mut passes = Vec::new();
    for (name, bytes) in samples() {
        // A tar archive ends with blocks of zeros that readers need not see.
        let last = if name.ends_with(".tar") {
            1024
        } else {
            bytes.len()
        };
        // What is left of these has neither a name nor a beginning that promises a model.
        let first = match name {
            "m.z" => 2,
            // The beginning of a template is a template.
            "chat_template.jinja" => bytes.len(),
            "config.json" => 1,
            _ => 0,
        };
        for size in first..last {
            let report = scan(name, &bytes[..size].to_vec(), &Limits::default());
            let told = !report.problems.is_empty()
                || report
                    .findings
                    .iter()
                    .any(|finding| finding.severity >= Severity::High);
            if !told {
                passes.push(format!(
                    "{name} cut to {size} of {} bytes as {:?}",
                    bytes.len(),
                    report.kind
                ));
            }
        }
    }
    assert!(passes.is_empty(), "{}", passes.join("\n"));
}

#[test]
fn limits_end_what_would_not() {
    let mut limits = Limits::default();
    limits.steps_max = 1000;
    let endless = [b"\x80\x02".to_vec(), b"N0".repeat(10_000), b"N.".to_vec()].concat();
    let report = scan("m.pkl", &endless, &limits);
    assert_eq!(report.findings[0].rule, "could-not-analyse");
    limits.depth_max = 3;
    let mut nested = framed();
    for _ in 0..6 {
        nested = Zip::default().stored("inner.zip", &nested).build();
    }
    let report = scan("m.zip", &nested, &limits);
    assert_eq!(report.findings[0].rule, "could-not-analyse");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), name in 0..NAMES.len()) {
        drop(scan(NAMES[name], &bytes, &Limits::default()));
        drop(scan_dataset(NAMES[name], &bytes, &Limits::default()));
    }

    #[test]
    fn random_opcodes_never_panic(
        opcodes in proptest::collection::vec(
            proptest::sample::select(b"(.012FGIJKLMNPQRSTUVXabcdeghijlopqrstu)]}\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8c\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\n\x00\x01\x02'".to_vec()), 0..120)
    ) {
        drop(scan("m.pkl", &opcodes, &Limits::default()));
    }

    #[test]
    fn changed_samples_never_panic(sample in 0..18_usize, changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let (name, mut bytes) = samples().swap_remove(sample);
        for (place, value) in changes {
            let place = usize::from(place) % bytes.len();
            bytes[place] = value;
        }
        drop(scan(name, &bytes, &Limits::default()));
    }

    #[test]
    fn a_payload_is_found_behind_any_harmless_prefix(
        prefix in proptest::collection::vec(proptest::sample::select(vec![&b"N0"[..], b"K\x010", b"(1", b")0", b"]0", b"}0", b"\x8c\x01a0", b"I1\n0", b"N\x940"]), 0..40)
    ) {
        let mut bytes = b"\x80\x04".to_vec();
        bytes.extend(prefix.concat());
        bytes.extend_from_slice(b"cos\nsystem\nX\x02\x00\x00\x00id\x85R.");
        let report = scan("m.pkl", &bytes, &Limits::default());
        prop_assert!(report.findings.iter().any(|finding| finding.rule == "pickle-dangerous-import"));
    }
}
