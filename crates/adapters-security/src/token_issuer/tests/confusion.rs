//! Key confusion attacks: tokens signed with a public key, a foreign key, a key in the token
//! itself, or another one of ours.

use super::forge::Signer;
use super::*;
use crate::public_key::PublicKey;

fn assert_invalid(issuer: &JwtIssuer, token: &str, what: &str) {
    assert_eq!(issuer.verify(token), Err(TokenError::Invalid), "{what}");
}

fn holding(keys: &[&SigningKey]) -> JwtIssuer {
    let issuer = JwtIssuer::with_keys(Arc::new(FixedClock(NOW)));
    let ring = KeyRing::new(keys.iter().copied().cloned().collect()).unwrap();
    issuer.hold(&ring).unwrap();
    issuer
}

/// The published forms of a key: bytes, base64url, JWK, JWK set, and the DER and PEM of RFC 8410.
fn published_forms(key: &SigningKey) -> Vec<Vec<u8>> {
    const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let bytes = PublicKey::of_pkcs8(&key.pkcs8).unwrap().bytes().to_vec();
    let der = [&SPKI[..], &bytes].concat();
    let encoded = data_encoding::BASE64.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----");
    let jwks = ed25519(key).jwks();
    vec![
        BASE64URL_NOPAD.encode(&bytes).into(),
        data_encoding::BASE64.encode(&bytes).into(),
        data_encoding::HEXLOWER.encode(&bytes).into(),
        jwks.to_string().into(),
        jwks["keys"][0].to_string().into(),
        jwks["keys"][0]["kid"].as_str().unwrap().into(),
        format!("{pem}\n").into(),
        pem.into(),
        encoded.into(),
        der,
        bytes,
        Vec::new(),
    ]
}

#[test]
fn a_public_key_is_not_accepted_as_an_hmac_secret() {
    let key = key();
    for secret in published_forms(&key) {
        let forged = || Forgery::ed25519(&key).signed_by(Signer::Hs256(&secret));
        assert_invalid(&ed25519(&key), &forged().token(), "it says EdDSA");
        for algorithm in ["HS256", "HS384", "HS512"] {
            let named = || forged().header("alg", json!(algorithm));
            assert_invalid(&ed25519(&key), &named().token(), algorithm);
            assert_invalid(&ed25519(&key), &named().headless("kid").token(), algorithm);
        }
    }
}

#[test]
fn signatures_of_another_key_are_refused() {
    let (ours, theirs) = (key(), key());
    let forgery = || Forgery::ed25519(&ours).signed_by(Signer::Ed25519(&theirs));
    assert_invalid(&ed25519(&ours), &forgery().token(), "with the id of our key");
    let named = forgery().header("kid", json!(theirs.id));
    assert_invalid(&ed25519(&ours), &named.token(), "with its own id");
    let other = Forgery::hs256().signed_by(Signer::Hs256(b"another secret of 32 bytes......"));
    assert_invalid(&hs256_at(NOW), &other.token(), "another secret");
}

#[test]
fn keys_in_token_headers_are_ignored() {
    let (ours, theirs) = (key(), key());
    let jwk = &ed25519(&theirs).jwks()["keys"][0];
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!("https://example.com/jwks.json")),
        ("jku", json!("http://127.0.0.1/.well-known/jwks.json")),
        ("x5u", json!("https://example.com/cert.pem")),
        ("x5c", json!([jwk["x"]])),
        ("x5t", json!("x")),
    ] {
        for kid in [&ours.id, &theirs.id] {
            let forgery = Forgery::ed25519(&ours).signed_by(Signer::Ed25519(&theirs));
            let forgery = forgery.header("kid", json!(kid)).header(name, value.clone());
            assert_invalid(&ed25519(&ours), &forgery.token(), name);
            let without = forgery.headless("kid");
            assert_invalid(&ed25519(&ours), &without.token(), name);
        }
    }
}

#[test]
fn a_signature_requires_its_key_id() {
    let key = key();
    let id = key.id.as_str();
    for kid in [
        json!("another"),
        json!(""),
        json!(null),
        json!(1),
        json!([id]),
        json!({ "kid": id }),
        json!("../../keys/1"),
        json!("/dev/null"),
        json!(format!("./{id}")),
        json!(format!("../keys/{id}")),
        json!(format!("{id}\0")),
        json!(format!(" {id}")),
        json!(format!("{id}' OR '1'='1")),
        json!(id.to_lowercase()),
        json!(&id[1..]),
        json!(id.repeat(100)),
    ] {
        let forgery = Forgery::ed25519(&key).header("kid", kid.clone());
        assert_invalid(&ed25519(&key), &forgery.token(), &kid.to_string());
    }
    let nameless = Forgery::ed25519(&key).headless("kid");
    assert_invalid(&ed25519(&key), &nameless.token(), "no id");
    let forgery = Forgery::ed25519(&key);
    let twice = forgery.header.to_string().replacen('{', &format!(r#"{{"kid":"{id}","#), 1);
    let token = forgery.token_of(&twice, forgery.claims.to_string());
    assert_invalid(&ed25519(&key), &token, "its id twice");
}

#[test]
fn each_key_verifies_only_under_its_own_id() {
    let (old, new) = (key(), key());
    let issuer = holding(&[&old, &new]);
    for (signer, named, expected) in [
        (&old, &old, Ok(claims())),
        (&new, &new, Ok(claims())),
        (&old, &new, Err(TokenError::Invalid)),
        (&new, &old, Err(TokenError::Invalid)),
    ] {
        let forgery = Forgery::ed25519(named).signed_by(Signer::Ed25519(signer));
        assert_eq!(issuer.verify(&forgery.token()), expected);
    }
}

/// Of the two numbers in a signature, the second has only one valid form (RFC 8032, 5.1.7).
#[test]
fn non_canonical_signatures_are_refused() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = key();
    let token = Forgery::ed25519(&key).token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    let second = format!("{message}.{}", BASE64URL_NOPAD.encode(&signature));
    assert_ne!(second, token);
    assert_invalid(&ed25519(&key), &second, "the order of the group added");
    assert_eq!(ed25519(&key).verify(&token), Ok(claims()));
}
