//! `seawall sign` and `seawall verify` on a small model.

use std::fs;

use seawall_crypto::SigningKey;
use serde_json::Value;

use crate::support::seawall;

const SIGN: &[&str] = &[
    "sign",
    "model",
    "--key",
    "key.pem",
    "--signature",
    "model.sig",
];
const VERIFY: &[&str] = &[
    "verify",
    "model",
    "--signature",
    "model.sig",
    "--key",
    "key.pub",
];

fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("model/.git")).unwrap();
    let key = SigningKey::p256(&[7; 32]).unwrap();
    let (private, public) = (key.to_pem(), key.verifying_key().to_pem());
    let files = [
        ("model/weights.bin", "weights"),
        ("model/.git/config", "not signed"),
        ("key.pem", private.expose().as_str()),
        ("key.pub", public.as_str()),
    ];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[test]
fn a_signed_model_verifies_until_it_is_changed() {
    let folder = model();
    let ran = seawall(folder.path(), SIGN);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = seawall(folder.path(), VERIFY);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("The model is what was signed"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("does not cover: .git/config"),
        "{}",
        ran.out
    );

    fs::write(folder.path().join("model/weights.bin"), "other").unwrap();
    let json = [VERIFY, &["--format", "json"]].concat();
    let ran = seawall(folder.path(), &json);
    assert_eq!(ran.code, 1);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["schema"], "seawall.verify/v1");
    let problem = answer["problems"][0].as_str().unwrap();
    assert!(problem.contains("\"weights.bin\" was changed"), "{problem}");
}

#[test]
fn a_broken_signature_fails_and_a_missing_file_cannot_be_tried() {
    let folder = model();
    assert_eq!(seawall(folder.path(), VERIFY).code, 2);
    fs::write(folder.path().join("model.sig"), "{}").unwrap();
    let ran = seawall(folder.path(), VERIFY);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("is not a model signature"), "{}", ran.out);
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let ran = seawall(folder.path(), SIGN);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("key.pem cannot be used"), "{}", ran.err);
}
