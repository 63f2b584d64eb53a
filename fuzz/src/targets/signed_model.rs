//! No bundle opens to a statement that was not signed; a statement that reads writes itself.

use std::sync::LazyLock;

use seawall_base::Digest;
use seawall_crypto::SigningKey;
use seawall_sign::{Bundle, File, Manifest, Statement, Trust, sign};

static KEY: LazyLock<Option<SigningKey>> = LazyLock::new(|| SigningKey::p256(&[8; 32]));

fn made() -> Vec<Statement> {
    let file = |name: &str| File {
        name: name.to_owned(),
        digest: Digest::of(name.as_bytes()),
    };
    let lists = [
        vec![file("model.safetensors")],
        vec![file("a/b.json"), file("config.json")],
    ];
    let manifests = lists.into_iter().flat_map(Manifest::sorted);
    manifests
        .map(|manifest| Statement::new("model".to_owned(), manifest, vec![".git".to_owned()]))
        .collect()
}

/// Signed bundles.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let sign = |statement| sign(&statement, KEY.as_ref()?).ok();
    made().into_iter().filter_map(sign).collect()
}

/// The payloads without a signature.
pub(super) fn statements() -> Vec<Vec<u8>> {
    made().iter().map(Statement::encode).collect()
}

pub(super) fn body(bytes: &[u8]) {
    if let (Ok(bundle), Some(key)) = (Bundle::parse(bytes), KEY.as_ref())
        && let Ok(opened) = bundle.open(&Trust::Key(&key.verifying_key()))
    {
        let statement = opened.statement;
        assert!(made().contains(&statement), "forged: {statement:?}");
    }
}

pub(super) fn statement(bytes: &[u8]) {
    let Ok(statement) = Statement::decode(bytes) else {
        return;
    };
    for file in statement.manifest().files() {
        let leaves = file
            .name
            .split('/')
            .any(|part| matches!(part, "" | "." | ".."));
        assert!(
            !leaves && !file.name.contains(['\0', '\\']),
            "{:?}",
            file.name
        );
    }
    let again = Statement::decode(&statement.encode());
    assert_eq!(
        again.ok().map(|again| again.encode()),
        Some(statement.encode())
    );
}
