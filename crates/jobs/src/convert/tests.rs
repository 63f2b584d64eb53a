//! Conversions of files on disk, compared with the real frameworks where they are installed.

use std::path::Path;
use std::process::Command;

use super::*;

/// Writes models of every kind into a folder, each with the arrays that its framework reads from it.
const WRITE: &str = include_str!("write.py");

/// A Python with PyTorch, numpy, joblib and safetensors: `$SEAWALL_FRAMEWORKS`, or the one on the path.
fn python() -> Option<String> {
    let python = std::env::var("SEAWALL_FRAMEWORKS").unwrap_or_else(|_| "python3".to_owned());
    let imports = "import torch, numpy, joblib, safetensors";
    let found = Command::new(&python).args(["-c", imports]).output().ok()?;
    found.status.success().then_some(python)
}

#[test]
fn tensors_are_equal_bit_by_bit_to_what_the_frameworks_read() {
    let Some(python) = python() else {
        return seawall_testkit::skip(
            "frameworks",
            "no Python with PyTorch, numpy, joblib and safetensors; set SEAWALL_FRAMEWORKS",
        );
    };
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("write.py");
    fs::write(&script, WRITE).unwrap();
    run(&python, &script, "write", folder.path());
    let mut converted = 0;
    for entry in fs::read_dir(folder.path().join("models")).unwrap() {
        let model = entry.unwrap().path();
        let name = model.file_name().unwrap().to_string_lossy().into_owned();
        let out = folder.path().join("out").join(&name);
        fs::create_dir_all(out.parent().unwrap()).unwrap();
        let out = if model.is_dir() {
            out
        } else {
            out.with_extension(format!("{}.safetensors", name.replace('.', "_")))
        };
        convert(&model, Some(&out), &Limits::default()).unwrap_or_else(|error| {
            panic!("{name}: {error}: {:?}", std::error::Error::source(&error))
        });
        converted += 1;
    }
    assert!(converted >= 20, "only {converted} models were written");
    run(&python, &script, "compare", folder.path());
}

fn run(python: &str, script: &Path, action: &str, folder: &Path) {
    let outcome = Command::new(python)
        .arg(script)
        .arg(action)
        .arg(folder)
        .env("CUDA_VISIBLE_DEVICES", "")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(outcome.status.success(), "{action}: {told}");
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("m.pkl");
    fs::write(&model, b"cos\nsystem\n(S'x'\ntR.").unwrap();
    let error = convert(&model, None, &Limits::default()).unwrap_err();
    assert!(error.is_refusal());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::write(folder.path().join("m.safetensors"), b"there").unwrap();
    let error = convert(&model, None, &Limits::default()).unwrap_err();
    assert!(matches!(error, ConvertError::Exists(_)));
}

#[test]
fn shards_outside_of_the_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("pytorch_model.bin.index.json");
    for shard in ["../x.bin", "/x.bin", ".x.bin", "x.pt"] {
        let text = json!({ "weight_map": { "w": shard } }).to_string();
        fs::write(&index, text).unwrap();
        let error = convert(folder.path(), None, &Limits::default()).unwrap_err();
        assert!(matches!(error, ConvertError::Index { .. }), "{shard}");
    }
}
