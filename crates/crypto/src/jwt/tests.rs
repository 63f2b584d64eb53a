//! Tokens of another implementation, and every way in which a token may lie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::jwt::JwksError;
use crate::{SigningKey, VerifyingKey};

const KEYS: &str = include_str!("../../testdata/jwt/keys.json");
const TOKENS: &str = include_str!("../../testdata/jwt/tokens.json");
/// Ten minutes into the life of the tokens.
const NOW: i64 = 1_700_000_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn expected() -> Expectation {
    Expectation {
        issuer: "https://issuer.example".to_owned(),
        audiences: vec!["seawall".to_owned()],
        algorithms: JwtAlgorithm::ALL.to_vec(),
        leeway_s: 30,
        lifetime_max_s: None,
    }
}

fn foreign(name: &str) -> String {
    let tokens: Value = serde_json::from_str(TOKENS).unwrap();
    tokens[name].as_str().unwrap().to_owned()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A key of ours with its set, and tokens that it signs.
struct Issuer {
    key: SigningKey,
    keys: Jwks,
}

impl Issuer {
    fn new() -> Self {
        let key = SigningKey::ed25519(&[7; 32]);
        let VerifyingKey::Ed25519(public) = key.verifying_key() else {
            panic!("an Ed25519 key");
        };
        let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]});
        let keys = Jwks::parse(set.to_string().as_bytes()).unwrap();
        Self { key, keys }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn verify(&self, claims: &Value) -> Result<Claims, JwtError> {
        let token = self.token(&json!({"alg": "EdDSA", "kid": "k"}), claims);
        verify(&token, &self.keys, &expected(), at(NOW))
    }

    fn verify_header(&self, header: &Value) -> Result<Claims, JwtError> {
        let token = self.token(header, &sound());
        verify(&token, &self.keys, &expected(), at(NOW))
    }
}

fn sound() -> Value {
    json!({"iss": "https://issuer.example", "aud": "seawall", "sub": "s", "iat": NOW, "exp": NOW + 60})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = sound();
    claims[name] = value;
    claims
}

#[test]
fn tokens_of_another_implementation_verify_and_do_not_when_touched() {
    let keys = Jwks::parse(KEYS.as_bytes()).unwrap();
    for name in ["RS256", "RS512", "PS256", "ES256", "ES384"] {
        let token = foreign(name);
        let claims = verify(&token, &keys, &expected(), at(NOW)).unwrap();
        assert_eq!(claims.subject, "system:serviceaccount:claims:assistant");
        assert_eq!(claims.id.as_deref(), Some("t-1"));
        let position = token.find('.').unwrap() + 9;
        let mut touched = token.clone().into_bytes();
        touched[position] = if touched[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let touched = String::from_utf8(touched).unwrap();
        let refused = verify(&touched, &keys, &expected(), at(NOW)).unwrap_err();
        assert_eq!(refused, JwtError::Signature, "{name}");
    }
}

#[test]
fn an_algorithm_meets_only_keys_of_its_type() {
    let keys = Jwks::parse(KEYS.as_bytes()).unwrap();
    let parts: Vec<String> = foreign("RS256").split('.').map(str::to_owned).collect();
    for (name, reason) in [
        ("ES256", JwtError::UnknownKey),
        ("none", JwtError::Algorithm),
        ("HS256", JwtError::Algorithm),
        ("rs256", JwtError::Algorithm),
        ("RS512", JwtError::Signature),
    ] {
        let header = encode(&json!({"alg": name, "kid": "RS256"}));
        let forged = format!("{header}.{}.{}", parts[1], parts[2]);
        assert_eq!(
            verify(&forged, &keys, &expected(), at(NOW)),
            Err(reason),
            "{name}"
        );
    }
    let mut narrow = expected();
    narrow.algorithms = vec![JwtAlgorithm::Es256];
    let refused = verify(&foreign("RS256"), &keys, &narrow, at(NOW));
    assert_eq!(refused, Err(JwtError::Algorithm));
}

#[test]
fn claims_are_held_to_what_is_expected() {
    let issuer = Issuer::new();
    assert_eq!(issuer.verify(&sound()).unwrap().expires, NOW + 60);
    for (claims, reason) in [
        (
            with("iss", json!("https://issuer.example/")),
            JwtError::Issuer,
        ),
        (
            with("iss", json!(["https://issuer.example"])),
            JwtError::Issuer,
        ),
        (with("aud", json!("other")), JwtError::Audience),
        (with("aud", json!([])), JwtError::Audience),
        (with("aud", Value::Null), JwtError::Audience),
        (with("sub", json!("")), JwtError::Subject),
        (with("sub", json!("x".repeat(257))), JwtError::Subject),
        (with("exp", json!(NOW - 31)), JwtError::Expired),
        (with("exp", json!("never")), JwtError::Malformed),
        (with("nbf", json!(NOW + 31)), JwtError::NotYet),
        (with("iat", json!(NOW + 31)), JwtError::NotYet),
    ] {
        assert_eq!(issuer.verify(&claims), Err(reason), "{claims}");
    }
    let mut endless = sound();
    endless.as_object_mut().unwrap().remove("exp");
    assert_eq!(issuer.verify(&endless), Err(JwtError::Expired));
    // Clocks may differ by the leeway.
    assert!(issuer.verify(&with("exp", json!(NOW - 29))).is_ok());
    assert!(
        issuer
            .verify(&with("nbf", json!(NOW as f64 + 29.5)))
            .is_ok()
    );
}

#[test]
fn a_token_may_not_live_longer_than_its_issuer_may_make_it() {
    let issuer = Issuer::new();
    let token = issuer.token(&json!({"alg": "EdDSA"}), &with("exp", json!(NOW + 3_601)));
    let mut short = expected();
    short.lifetime_max_s = Some(3_600);
    let refused = verify(&token, &issuer.keys, &short, at(NOW));
    assert_eq!(refused, Err(JwtError::TooLong));
}

#[test]
fn headers_choose_nothing_but_the_key_of_the_issuer() {
    let issuer = Issuer::new();
    assert!(issuer.verify_header(&json!({"alg": "EdDSA"})).is_ok());
    let own = json!({"alg": "EdDSA", "jwk": {"kty": "OKP"}, "jku": "https://attacker.example"});
    assert!(issuer.verify_header(&own).is_ok(), "passed over, not used");
    for (header, reason) in [
        (
            json!({"alg": "EdDSA", "kid": "other"}),
            JwtError::UnknownKey,
        ),
        (json!({"alg": "EdDSA", "kid": 7}), JwtError::Malformed),
        (
            json!({"alg": "EdDSA", "crit": ["b64"], "b64": false}),
            JwtError::Critical,
        ),
        (json!({"kid": "k"}), JwtError::Algorithm),
        (json!(["EdDSA"]), JwtError::Malformed),
    ] {
        assert_eq!(issuer.verify_header(&header), Err(reason), "{header}");
    }
}

#[test]
fn what_is_not_three_parts_is_malformed() {
    let issuer = Issuer::new();
    let token = issuer.token(&json!({"alg": "EdDSA"}), &sound());
    let padded = format!("{token}=");
    let four = format!("{token}.x");
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","alg":"EdDSA"}"#);
    let twice = format!("{twice}.{}", token.split_once('.').unwrap().1);
    let long = "x".repeat(17 << 10);
    for broken in ["", "a.b", "..", padded.as_str(), &four, &twice, &long] {
        let refused = verify(broken, &issuer.keys, &expected(), at(NOW));
        assert_eq!(refused, Err(JwtError::Malformed));
    }
}

#[test]
fn key_sets_keep_only_what_verifies() {
    let good: Value = serde_json::from_str(KEYS).unwrap();
    let rsa = &good["keys"][0];
    let small = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    let mut private = rsa.clone();
    private["d"] = json!("AQAB");
    let mut encryption = rsa.clone();
    encryption["use"] = json!("enc");
    let mut bound = rsa.clone();
    bound["alg"] = json!("RSA-OAEP");
    for key in [
        small,
        private,
        encryption,
        bound,
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!(3),
    ] {
        let set = json!({ "keys": [key] });
        let refused = Jwks::parse(set.to_string().as_bytes()).unwrap_err();
        assert_eq!(refused, JwksError::NoneUsable, "{set}");
        let mixed = json!({ "keys": [key, rsa] });
        assert_eq!(
            Jwks::parse(mixed.to_string().as_bytes())
                .unwrap()
                .passed_over(),
            1
        );
    }
    assert_eq!(Jwks::parse(b"{}").unwrap_err(), JwksError::NoKeys);
    let many = json!({ "keys": vec![rsa; 33] });
    let refused = Jwks::parse(many.to_string().as_bytes()).unwrap_err();
    assert_eq!(refused, JwksError::TooMany(32));
}

proptest! {
    #[test]
    fn arbitrary_tokens_never_panic_and_never_verify(token in "[A-Za-z0-9_.-]{0,120}") {
        let keys = Jwks::parse(KEYS.as_bytes()).unwrap();
        prop_assert!(verify(&token, &keys, &expected(), at(NOW)).is_err());
    }

    #[test]
    fn arbitrary_key_sets_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        drop(Jwks::parse(&bytes));
    }
}
