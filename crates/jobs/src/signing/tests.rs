//! Models on disk, signed and checked, and bundles of the reference tool.

use seawall_crypto::SigningKey;

use super::*;

const MODEL: &[(&str, &str)] = &[
    (".git/config", "not signed"),
    ("config.json", "{}"),
    ("empty", ""),
    ("sub/a.bin", "weights"),
    ("sub-x.txt", "sorts before sub/"),
];

/// A model, a key pair and a signature beside it.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (name, content) in MODEL {
            bench.put(&format!("model/{name}"), content);
        }
        let key = SigningKey::p256(&[7; 32]).unwrap();
        bench.put("key.pem", key.to_pem().expose());
        bench.put("key.pub", &key.verifying_key().to_pem());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, content.as_bytes()).unwrap();
    }

    fn sign(&self, out: &str) -> Result<Signed, SigningError> {
        let with = SignWith {
            key: self.path("key.pem"),
            ..SignWith::default()
        };
        sign(&self.path("model"), &with, &self.path(out))
    }

    fn verify(&self, signature: &str) -> Result<Checked, SigningError> {
        let model = self.path("model");
        let with = VerifyWith::Key(self.path("key.pub"));
        verify(&model, &self.path(signature), &with)
    }

    fn differences(&self) -> Vec<String> {
        let checked = self.verify("model.sig").unwrap();
        assert!(!checked.holds());
        let differences = &checked.comparison.differences;
        differences.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_signed_model_verifies_and_names_what_is_not_covered() {
    let bench = Bench::new();
    let signed = bench.sign("model.sig").unwrap();
    assert_eq!((signed.files, signed.model.as_str()), (4, "model"));
    assert_eq!(signed.unsigned, [".git/config"]);
    let checked = bench.verify("model.sig").unwrap();
    assert!(checked.holds());
    assert_eq!(checked.statement.manifest().root(), signed.root);
    assert_eq!(checked.comparison.unsigned, [".git/config"]);
}

#[test]
fn a_signature_may_lie_within_the_model() {
    let bench = Bench::new();
    bench.sign("model/model.sig").unwrap();
    bench.sign("model/model.sig").unwrap();
    let checked = bench.verify("model/model.sig").unwrap();
    assert!(checked.holds());
    assert_eq!(checked.comparison.unsigned, [".git/config"]);
}

#[test]
fn every_change_is_named() {
    let bench = Bench::new();
    bench.sign("model.sig").unwrap();
    bench.put("model/config.json", "{} ");
    bench.put("model/sub/new", "");
    fs::remove_file(bench.path("model/empty")).unwrap();
    let differences = bench.differences();
    assert_eq!(differences.len(), 3);
    assert_eq!(differences[0], "\"empty\" was signed and is missing");
    assert!(differences[1].starts_with("\"config.json\" was changed: signed sha256:"));
    assert_eq!(differences[2], "\"sub/new\" was added after signing");
}

#[cfg(unix)]
#[test]
fn links_are_refused_when_signing_and_found_when_checking() {
    let bench = Bench::new();
    bench.sign("model.sig").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", bench.path("model/link")).unwrap();
    let checked = bench.verify("model.sig").unwrap();
    assert!(!checked.holds());
    assert_eq!(checked.irregular, ["link"]);
    let refused = bench.sign("model.sig").unwrap_err().to_string();
    assert!(refused.contains("cannot be signed: link"), "{refused}");
}

#[test]
fn nothing_to_sign_and_the_wrong_key_are_refused() {
    let bench = Bench::new();
    let with = |key: &str| SignWith {
        key: bench.path(key),
        ..SignWith::default()
    };
    let error = sign(
        &bench.path("model/.git"),
        &with("key.pub"),
        &bench.path("out"),
    );
    assert!(matches!(error, Err(SigningError::Key { .. })));
    fs::create_dir(bench.path("nothing")).unwrap();
    let error = sign(&bench.path("nothing"), &with("key.pem"), &bench.path("out"));
    assert!(matches!(
        error,
        Err(SigningError::Manifest(ManifestError::Empty))
    ));
    bench.sign("model.sig").unwrap();
    let other = SigningKey::p256(&[8; 32]).unwrap();
    bench.put("key.pub", &other.verifying_key().to_pem());
    let error = bench.verify("model.sig").unwrap_err();
    assert!(error.is_verdict());
    assert!(matches!(
        error,
        SigningError::Bundle(BundleError::OtherKey { .. })
    ));
}

/// Bundles that the reference tool made, over the model that it signed.
fn sample(signature: &str, key: &str) -> Option<Result<Checked, SigningError>> {
    let Some(data) = seawall_testkit::shared_data() else {
        seawall_testkit::skip(
            "shared-data",
            "the model signing samples are missing: set SEAWALL_TEST_DATA",
        );
        return None;
    };
    let oms = data.join("oms");
    Some(verify(
        &oms.join("model"),
        &oms.join(signature),
        &VerifyWith::Key(oms.join(key)),
    ))
}

#[test]
fn bundles_of_the_reference_tool_verify() {
    for curve in ["p256", "p384"] {
        let signature = format!("bundle-key-{curve}.sig");
        let Some(checked) = sample(&signature, &format!("key-{curve}.pub.pem")) else {
            return;
        };
        let checked = checked.unwrap();
        assert!(checked.holds(), "{:?}", checked.comparison.differences);
        assert_eq!(checked.comparison.matching, 9);
        let unsigned = [".gitattributes", ".github/ci.yml"];
        assert_eq!(checked.comparison.unsigned, unsigned);
    }
}

#[test]
fn bundles_of_other_kinds_are_refused_with_their_kind() {
    for (signature, key, kind) in [
        ("bundle-cert-int.sig", "key-p256.pub.pem", "certificate"),
        ("bundle-key-p256.sig", "key-p384.pub.pem", "another key"),
    ] {
        let Some(refused) = sample(signature, key) else {
            return;
        };
        let SigningError::Bundle(error) = refused.unwrap_err() else {
            panic!("{signature}");
        };
        assert!(error.to_string().contains(kind), "{error}");
    }
}

#[test]
fn a_tampered_copy_of_the_reference_model_is_refused() {
    let Some(data) = seawall_testkit::shared_data() else {
        seawall_testkit::skip(
            "shared-data",
            "the model signing samples are missing: set SEAWALL_TEST_DATA",
        );
        return;
    };
    let oms = data.join("oms");
    let copy = tempfile::tempdir().unwrap();
    let tree = model_tree::list(&oms.join("model"), &Limits::default()).unwrap();
    for file in &tree.files {
        let path = copy.path().join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, &read(&file.path, 1 << 20).unwrap()).unwrap();
    }
    let check = || {
        let signature = oms.join("bundle-key-p256.sig");
        let with = VerifyWith::Key(oms.join("key-p256.pub.pem"));
        verify(copy.path(), &signature, &with).unwrap()
    };
    assert!(check().holds());
    for file in &tree.files {
        let path = copy.path().join(&file.name);
        let sound = read(&path, 1 << 20).unwrap();
        write(&path, &[sound.as_slice(), b"!"].concat()).unwrap();
        let ignored = file.name.starts_with(".git");
        assert_eq!(check().holds(), ignored, "{}", file.name);
        write(&path, &sound).unwrap();
    }
    assert!(check().holds());
}

/// Judges the reference tool's bundle of a certificate by its root.
fn by_certificate(
    identities: &[&str],
    now: &str,
    compat: bool,
) -> Option<Result<Checked, SigningError>> {
    let data = seawall_testkit::shared_data()?;
    let oms = data.join("oms");
    let with = VerifyWith::Authorities {
        roots: vec![oms.join("ca-root.pem")],
        identities: identities.iter().map(ToString::to_string).collect(),
        crls: Vec::new(),
        time_roots: Vec::new(),
        now: now.parse().unwrap(),
        compat,
    };
    Some(verify(
        &oms.join("model"),
        &oms.join("bundle-cert-int.sig"),
        &with,
    ))
}

fn why(outcome: Result<Checked, SigningError>) -> String {
    let error = outcome.unwrap_err();
    assert!(error.is_verdict());
    let mut told = String::new();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

#[test]
fn a_chain_of_the_reference_tool_is_judged_by_authority_name_and_time() {
    const IN_TIME: &str = "2026-12-01T00:00:00Z";
    const LATE: &str = "2028-01-01T00:00:00Z";
    let own = ["ml@toy.example"];
    let Some(checked) = by_certificate(&own, IN_TIME, false) else {
        return seawall_testkit::skip(
            "shared-data",
            "the model signing samples are missing: set SEAWALL_TEST_DATA",
        );
    };
    let checked = checked.unwrap();
    assert!(checked.holds());
    let Signer::Certificate { subject, names, .. } = &checked.signer else {
        panic!("{:?}", checked.signer);
    };
    assert_eq!(subject, "CN=model-signer, O=Toy");
    assert_eq!(
        names,
        &["spiffe://toy.example/ns/ml/sa/trainer", "ml@toy.example"]
    );
    let other = why(by_certificate(&["x@toy.example"], IN_TIME, false).unwrap());
    assert!(other.contains("none of those that are allowed"), "{other}");
    let late = why(by_certificate(&own, LATE, false).unwrap());
    assert!(late.contains("expired at 2027-11-23"), "{late}");
    // The reference tool does not look at the clock.
    assert!(by_certificate(&own, LATE, true).unwrap().unwrap().holds());
}

/// A Python with `model_signing` 1.1.1: `$SEAWALL_MODEL_SIGNING`, or the one on the path.
#[expect(
    clippy::disallowed_methods,
    reason = "the developer names the reference tool"
)]
fn reference() -> Option<String> {
    let python = std::env::var("SEAWALL_MODEL_SIGNING").unwrap_or_else(|_| "python3".to_owned());
    let found = run(&python, &["-c", "import OpenSSL, model_signing"]).ok()?;
    found.status.success().then_some(python)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test drives the reference tool"
)]
fn run(program: &str, arguments: &[&str]) -> std::io::Result<std::process::Output> {
    std::process::Command::new(program).args(arguments).output()
}

/// An authority, one below it and a signer of mail address `ml@example.org`, as PEM files.
fn certify(bench: &Bench) {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    };
    let params = |name: &str, is_ca: bool| {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(2045, 1, 1);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = match is_ca {
            true => vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            false => vec![KeyUsagePurpose::DigitalSignature],
        };
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    };
    let root_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let root_params = params("Root", true);
    let root = root_params.self_signed(&root_key).unwrap();
    let root_issuer = Issuer::new(root_params, root_key);
    let between_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let between_params = params("Between", true);
    let between = between_params
        .signed_by(&between_key, &root_issuer)
        .unwrap();
    let leaf_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut leaf_params = params("Signer", false);
    leaf_params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::CodeSigning];
    let mail = "ml@example.org".try_into().unwrap();
    leaf_params.subject_alt_names = vec![rcgen::SanType::Rfc822Name(mail)];
    let leaf = leaf_params
        .signed_by(&leaf_key, &Issuer::new(between_params, between_key))
        .unwrap();
    bench.put("root.pem", &root.pem());
    bench.put("between.pem", &between.pem());
    bench.put("leaf.pem", &leaf.pem());
    bench.put("chain.pem", &format!("{}{}", leaf.pem(), between.pem()));
    bench.put("leaf.key", &leaf_key.serialize_pem());
}

fn by_root(bench: &Bench, identity: &str) -> VerifyWith {
    VerifyWith::Authorities {
        roots: vec![bench.path("root.pem")],
        identities: vec![identity.to_owned()],
        crls: Vec::new(),
        time_roots: Vec::new(),
        now: "2026-11-24T00:00:00Z".parse().unwrap(),
        compat: false,
    }
}

#[test]
fn a_model_is_signed_by_certificate_and_every_tampering_is_refused() {
    let bench = Bench::new();
    certify(&bench);
    let with = SignWith {
        key: bench.path("leaf.key"),
        certificates: vec![bench.path("chain.pem")],
        query: Some(bench.path("query.tsq")),
        ..SignWith::default()
    };
    let (model, bundle) = (bench.path("model"), bench.path("model.sig"));
    sign(&model, &with, &bundle).unwrap();
    assert!(
        read(&bench.path("query.tsq"), 1000)
            .unwrap()
            .starts_with(&[0x30])
    );
    let check = || verify(&model, &bundle, &by_root(&bench, "ml@example.org"));
    assert!(check().unwrap().holds());
    let other = verify(&model, &bundle, &by_root(&bench, "other@example.org"));
    assert!(other.unwrap_err().is_verdict());
    // Another key than that of the certificate cannot sign with it.
    let foreign = SignWith {
        key: bench.path("key.pem"),
        ..with
    };
    let refused = sign(&model, &foreign, &bench.path("out.sig"));
    assert!(matches!(refused, Err(SigningError::Unsigned(_))));
    // Every byte of the bundle counts, but for the spelling of its JSON.
    let sound = read(&bundle, 1 << 20).unwrap();
    let mut held = 0;
    for at in (0..sound.len()).step_by(31) {
        let mut changed = sound.clone();
        changed[at] ^= 0x02;
        write(&bundle, &changed).unwrap();
        held += usize::from(check().is_ok_and(|checked| checked.holds()));
    }
    assert_eq!(held, 0, "changed bundles were believed");
}

#[test]
fn the_reference_tool_and_this_one_verify_each_others_signatures() {
    let Some(python) = reference() else {
        return seawall_testkit::skip(
            "model-signing",
            "no Python with model-signing 1.1.1 and pyOpenSSL; set SEAWALL_MODEL_SIGNING",
        );
    };
    let bench = Bench::new();
    certify(&bench);
    let text = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let tool = |arguments: &[&str]| {
        let program = ["-m", "model_signing"];
        let ran = run(&python, &[&program, arguments].concat()).unwrap();
        (
            ran.status.success(),
            String::from_utf8_lossy(&ran.stderr).into_owned(),
        )
    };
    let curves = [
        SigningKey::p256(&[7; 32]).unwrap(),
        SigningKey::p384(&[7; 48]).unwrap(),
        SigningKey::p521(&[7; 66]).unwrap(),
    ];
    let (model, signature) = (text("model"), text("model.sig"));
    for key in curves {
        bench.put("key.pem", key.to_pem().expose());
        bench.put("key.pub", &key.verifying_key().to_pem());
        bench.sign("model.sig").unwrap();
        let public = text("key.pub");
        let verify_key = [
            "verify",
            "key",
            &model,
            "--signature",
            &signature,
            "--public_key",
            &public,
        ];
        let (accepts, told) = tool(&verify_key);
        assert!(accepts, "{}: {told}", key.verifying_key().algorithm());
        bench.put("model/config.json", "changed");
        assert!(!tool(&verify_key).0);
        bench.put("model/config.json", "{}");
        let private = text("key.pem");
        let (signs, told) = tool(&[
            "sign",
            "key",
            &model,
            "--signature",
            &signature,
            "--private_key",
            &private,
        ]);
        assert!(signs, "{told}");
        assert!(bench.verify("model.sig").unwrap().holds());
    }
    let with = SignWith {
        key: bench.path("leaf.key"),
        certificates: vec![bench.path("chain.pem")],
        ..SignWith::default()
    };
    sign(&bench.path("model"), &with, &bench.path("model.sig")).unwrap();
    let root = text("root.pem");
    let verify_chain = [
        "verify",
        "certificate",
        &model,
        "--signature",
        &signature,
        "--certificate_chain",
        &root,
    ];
    let (accepts, told) = tool(&verify_chain);
    assert!(accepts, "{told}");
    let (key, leaf, between) = (text("leaf.key"), text("leaf.pem"), text("between.pem"));
    let sign_chain = [
        "sign",
        "certificate",
        &model,
        "--signature",
        &signature,
        "--private_key",
        &key,
        "--signing_certificate",
        &leaf,
        "--certificate_chain",
        &between,
    ];
    let (signs, told) = tool(&sign_chain);
    assert!(signs, "{told}");
    let checked = verify(
        &bench.path("model"),
        &bench.path("model.sig"),
        &by_root(&bench, "ml@example.org"),
    );
    assert!(checked.unwrap().holds());
}
