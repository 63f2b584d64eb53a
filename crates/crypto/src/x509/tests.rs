//! Chains that the tests make, and stamps that OpenSSL made.

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use seawall_base::Timestamp;

use super::timestamp::{self, TimestampError};
use super::*;

const REPLY: &[u8] = include_bytes!("../../testdata/timestamp/reply.tsr");
const REPLY_RSA: &[u8] = include_bytes!("../../testdata/timestamp/reply-rsa.tsr");
const TIME_ROOT: &str = include_str!("../../testdata/timestamp/ca.pem");

const LEAF_SERIAL: u64 = 77;

/// A root, an authority below it and a signer, each with what a test changes of it.
struct Hierarchy {
    root: Certificate,
    between: Certificate,
    leaf: Certificate,
    between_key: KeyPair,
    between_params: CertificateParams,
}

type Change = fn(&mut CertificateParams);

fn params(name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params
}

fn authority(name: &str, below: u8) -> CertificateParams {
    let mut params = params(name, (2020, 2040));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn hierarchy(change_between: Change, change_leaf: Change) -> Hierarchy {
    let root_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let root_params = authority("Root", 1);
    let root = root_params.self_signed(&root_key).unwrap();
    let root_issuer = Issuer::new(root_params, root_key);
    let between_key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut between_params = authority("Between", 0);
    change_between(&mut between_params);
    let between = between_params
        .signed_by(&between_key, &root_issuer)
        .unwrap();
    let leaf_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut leaf_params = params("Signer", (2025, 2027));
    leaf_params.serial_number = Some(SerialNumber::from(LEAF_SERIAL));
    leaf_params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf_params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    let uri = "spiffe://example.org/trainer".try_into().unwrap();
    leaf_params.subject_alt_names = vec![SanType::URI(uri)];
    change_leaf(&mut leaf_params);
    let issuer = Issuer::from_params(&between_params, &between_key);
    let leaf = leaf_params.signed_by(&leaf_key, &issuer).unwrap();
    let read = |made: &rcgen::Certificate| Certificate::from_der(made.der()).unwrap();
    Hierarchy {
        root: read(&root),
        between: read(&between),
        leaf: read(&leaf),
        between_key,
        between_params,
    }
}

fn at(text: &str) -> Timestamp {
    format!("{text}T00:00:00Z").parse().unwrap()
}

impl Hierarchy {
    fn judge(&self, when: &str, usage: Usage, crls: &[Crl]) -> Result<Chain, String> {
        let policy = Policy {
            at: at(when),
            usage,
            crls,
            roots_only: true,
        };
        let between = std::slice::from_ref(&self.between);
        verify(
            &self.leaf,
            between,
            std::slice::from_ref(&self.root),
            &policy,
        )
        .map_err(|error| {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
            format!("{error}{}", why.unwrap_or_default())
        })
    }

    /// A list of the authority between, due at the end of 2026, that revokes these numbers.
    fn list(&self, revoked: &[u64]) -> Vec<Crl> {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2026, 12, 31),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|number| RevokedCertParams {
                    serial_number: SerialNumber::from(*number),
                    revocation_time: date_time_ymd(2026, 2, 3),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer = Issuer::from_params(&self.between_params, &self.between_key);
        Crl::read(list.signed_by(&issuer).unwrap().der()).unwrap()
    }
}

fn refusal(change_between: Change, change_leaf: Change, when: &str) -> String {
    let made = hierarchy(change_between, change_leaf);
    made.judge(when, Usage::CodeSigning, &[]).unwrap_err()
}

const SAME: Change = |_| {};

#[test]
fn a_sound_chain_over_three_algorithms_holds() {
    let made = hierarchy(SAME, SAME);
    let chain = made.judge("2026-06-01", Usage::CodeSigning, &[]).unwrap();
    assert_eq!(chain.certificates.len(), 3);
    assert_eq!(made.leaf.subject(), "CN=Signer");
    assert_eq!(made.leaf.serial(), "4d");
    let wanted = ["x".to_owned(), "spiffe://example.org/trainer".to_owned()];
    assert_eq!(
        chain.identity(&wanted),
        Some("spiffe://example.org/trainer")
    );
    assert_eq!(chain.identity(&wanted[..1]), None);
}

#[test]
fn validity_is_judged_at_the_instant_of_the_policy_with_its_end() {
    let made = hierarchy(SAME, SAME);
    let judge = |when| made.judge(when, Usage::CodeSigning, &[]);
    assert!(judge("2027-01-01").is_ok());
    assert!(
        judge("2027-01-02")
            .unwrap_err()
            .contains("expired at 2027-01-01")
    );
    assert!(
        judge("2024-12-31")
            .unwrap_err()
            .contains("is valid from 2025-01-01")
    );
    let early: Change = |between| between.not_after = date_time_ymd(2026, 1, 1);
    let told = refusal(early, SAME, "2026-06-01");
    assert!(told.contains("\"CN=Between\" expired"), "{told}");
}

#[test]
fn what_a_certificate_may_not_do_is_told() {
    let told = |between, leaf| refusal(between, leaf, "2026-06-01");
    let usage: Change = |leaf| leaf.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert!(told(SAME, usage).contains("digitalSignature"));
    let server: Change = |leaf| {
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert!(told(SAME, server).contains("codeSigning"));
    let no_authority: Change = |between| between.is_ca = IsCa::ExplicitNoCa;
    assert!(told(no_authority, SAME).contains("no authority"));
    let signs: Change = |between| between.key_usages = vec![KeyUsagePurpose::CrlSign];
    assert!(told(signs, SAME).contains("keyCertSign"));
    let limited: Change = |between| {
        between.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert!(told(limited, SAME).contains("limited to other purposes"));
    let critical: Change = |leaf| {
        let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        unknown.set_criticality(true);
        leaf.custom_extensions = vec![unknown];
    };
    assert!(told(SAME, critical).contains("not supported"));
}

#[test]
fn a_certificate_of_a_server_passes_for_the_reference_tool_only() {
    let server: Change = |leaf| {
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    let made = hierarchy(SAME, server);
    assert!(
        made.judge("2026-06-01", Usage::CodeSigningLoose, &[])
            .is_ok()
    );
    assert!(made.judge("2026-06-01", Usage::CodeSigning, &[]).is_err());
}

#[test]
fn others_authorities_and_signatures_are_refused() {
    let (one, other) = (hierarchy(SAME, SAME), hierarchy(SAME, SAME));
    let policy = Policy {
        at: at("2026-06-01"),
        usage: Usage::CodeSigning,
        crls: &[],
        roots_only: true,
    };
    let judge = |between: &Certificate, root: &Certificate| {
        let (between, root) = (std::slice::from_ref(between), std::slice::from_ref(root));
        verify(&one.leaf, between, root, &policy)
    };
    assert_eq!(
        judge(&other.between, &one.root),
        Err(ChainError::Signature("CN=Signer".to_owned()))
    );
    assert_eq!(
        judge(&one.between, &other.root),
        Err(ChainError::Signature("CN=Between".to_owned()))
    );
    let none = verify(&one.leaf, &[], std::slice::from_ref(&one.root), &policy);
    assert!(matches!(none, Err(ChainError::NoIssuer { .. })));
    // An authority in between is no root; where roots are not asked for, it may be trusted itself.
    assert!(judge(&one.root, &one.between).is_err());
    let policy = Policy {
        roots_only: false,
        ..policy
    };
    assert!(verify(&one.leaf, &[], std::slice::from_ref(&one.between), &policy).is_ok());
}

#[test]
fn revocation_lists_are_of_the_issuer_fresh_and_believed() {
    let made = hierarchy(SAME, SAME);
    let judge = |crls: &[Crl], when| {
        let policy = Policy {
            at: at(when),
            usage: Usage::CodeSigning,
            crls,
            roots_only: false,
        };
        verify(
            &made.leaf,
            &[],
            std::slice::from_ref(&made.between),
            &policy,
        )
        .map(drop)
        .map_err(|error| std::error::Error::source(&error).unwrap().to_string())
    };
    assert_eq!(judge(&made.list(&[5]), "2026-06-01"), Ok(()));
    let revoked = judge(&made.list(&[5, LEAF_SERIAL]), "2026-01-02").unwrap_err();
    assert_eq!(
        revoked,
        "its serial number 4d was revoked at 2026-02-03T00:00:00Z"
    );
    let stale = judge(&made.list(&[]), "2027-01-01").unwrap_err();
    assert!(stale.contains("had to be renewed"), "{stale}");
    let other = hierarchy(SAME, SAME);
    let forged = judge(&other.list(&[]), "2026-06-01").unwrap_err();
    assert!(forged.contains("is not signed by it"), "{forged}");
    let renamed: Change = |between| between.distinguished_name.push(DnType::CommonName, "Else");
    let missing = judge(&hierarchy(renamed, SAME).list(&[]), "2026-06-01").unwrap_err();
    assert!(
        missing.contains("no revocation list of \"CN=Between\""),
        "{missing}"
    );
}

#[test]
fn stamps_of_openssl_say_when_a_message_was_there() {
    let roots = Certificate::from_pem(TIME_ROOT).unwrap();
    let message = b"signature bytes";
    for reply in [REPLY, REPLY_RSA] {
        let when = timestamp::check(reply, message, &[], &roots).unwrap();
        assert!(when > at("2026-11-01") && when < at("2026-12-31"), "{when}");
        let other = timestamp::check(reply, b"another message", &[], &roots);
        assert_eq!(other, Err(TimestampError::OtherMessage));
        let stranger = hierarchy(SAME, SAME).root;
        let untrusted = timestamp::check(reply, message, &[], &[stranger]);
        assert!(matches!(untrusted, Err(TimestampError::Chain(_))));
    }
}

#[test]
fn no_changed_byte_of_a_stamp_is_believed() {
    let roots = Certificate::from_pem(TIME_ROOT).unwrap();
    let message = b"signature bytes";
    let when = timestamp::check(REPLY, message, &[], &roots).unwrap();
    let digest = seawall_base::Digest::of(message);
    let imprint = REPLY
        .windows(32)
        .position(|window| window == digest.as_bytes());
    let imprint = imprint.unwrap();
    for index in (0..REPLY.len()).step_by(3) {
        let mut changed = REPLY.to_vec();
        changed[index] ^= 0x01;
        // What is left is a certificate that the stamp brings and nobody needs.
        match timestamp::check(&changed, message, &[], &roots) {
            Ok(told) => assert_eq!(told, when),
            Err(_) => continue,
        }
        assert!(!(imprint..imprint + 60).contains(&index), "{index}");
    }
    for end in 0..REPLY.len() {
        assert!(timestamp::check(&REPLY[..end], b"signature bytes", &[], &roots).is_err());
    }
}

#[test]
fn a_request_is_what_openssl_reads() {
    // `openssl ts -query -data message -sha256 -cert` without a nonce.
    let query = timestamp::query(b"signature bytes");
    assert_eq!(query.len(), 2 + 3 + 2 + 13 + 34 + 3);
    assert_eq!(&query[..5], [0x30, query.len() as u8 - 2, 2, 1, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn reading_never_panics(at in any::<usize>(), byte in any::<u8>()) {
        let der = Certificate::from_pem(TIME_ROOT).unwrap()[0].der().to_vec();
        for sample in [der, REPLY.to_vec()] {
            let mut bytes = sample;
            let at = at % bytes.len();
            bytes[at] = byte;
            drop(Certificate::from_der(&bytes).map(|read| (read.names(), read.subject())));
            drop(Crl::read(&bytes));
            drop(timestamp::check(&bytes, b"", &[], &[]));
        }
    }
}
