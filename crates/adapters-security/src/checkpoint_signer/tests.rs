//! Tests with keys in the formats of common tools, and their signatures.

use data_encoding::BASE64URL_NOPAD;
use domain::model::Timestamp;
use serde_json::json;

use super::*;
use crate::signing_key::generate_signing_key;

/// RFC 8410, section 10.3: the format of OpenSSL, without the public half.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
/// RFC 8410, section 10.1: its public half.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
/// `openssl genpkey -algorithm ed25519 | openssl pkey -pubout`
const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAE6mQ4LGcqKfo+83LmiVBZNcHju9lZWz2jvpHrJ1GJjQ=
-----END PUBLIC KEY-----
";
/// `openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 | openssl pkey -pubout`
const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCPDGN6ELhpfVrGlt4pki58yyq
0+JhicMX09zWXu7rihajfeU0z37h8ZUPeSvU8oT81/XHo3VXLqqnA4ruFwoTVuq9
kHMKAfWMl8aTfHFhE/crqr9zD2ADh2U5LYWEreZpvi72jxvx+SwyzRqTYtGG+XEF
rxNP07xLtN/Lgf2SjQIDAQAB
-----END PUBLIC KEY-----
";
/// `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`
const EC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY9kDTMn/XdIt3kfP
/DJWonVunO/MV0igihyS3CBsbW+hRANCAATZqUQo8a+rrC3dU5oo3x0mqaRynaLx
C4OWSNga2pYSNDzyKN270NpmvxQ0PE5x42m3ygzVacBgF2+ez+0l8Bky
-----END PRIVATE KEY-----
";
/// `openssl genpkey -algorithm x25519`, and its public half: another algorithm on a related curve.
const X25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEICBRyYfbEm//P4ECNgAgTzwOqHuPW2nYuDOcF/hGA/F7
-----END PRIVATE KEY-----
";
const X25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VuAyEAAW41nFwQVJ3wPMdsUfOpE9psfDL7JYpeWTpKJbn3Hxk=
-----END PUBLIC KEY-----
";
/// `openssl pkey -aes256`
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhviq2waWbckQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFYEvzwh2WOfI8+l8s1vt+oEQDpa
DIcRWoTcSu3VxDrJg6IVQlyOPhnEz2XNqI0twrQkNgYs+3FCOHyaQ9mJxGHpoG14
jK7R8SusCsBPauQo6mI=
-----END ENCRYPTED PRIVATE KEY-----
";

fn signer(pem: &str) -> Result<AuditSigner, KeyError> {
    AuditSigner::from_pem(&SecretString::from(pem))
}

fn stored() -> SigningKey {
    generate_signing_key(Timestamp::new(chrono::DateTime::UNIX_EPOCH)).unwrap()
}

/// The verdict of `keys` on a signature of `signer`.
fn verdict(signer: &AuditSigner, keys: &impl CheckpointVerifier) -> SignatureVerdict {
    keys.verify(&signer.key_id(), b"head", &signer.sign(b"head").unwrap())
}

#[test]
fn a_signature_verifies_for_its_own_message_and_key_only() {
    let (ours, key) = (signer(PRIVATE).unwrap(), stored());
    let other = AuditSigner::from_store(&key, std::slice::from_ref(&key)).unwrap();
    for (one, another) in [(&ours, &other), (&other, &ours)] {
        let signature = one.sign(b"head").unwrap();
        let verify = |key: &AuditSigner, message: &[u8], signature: &str| {
            one.verify(&key.key_id(), message, signature)
        };
        assert_eq!(verify(one, b"head", &signature), SignatureVerdict::Valid);
        assert_eq!(verify(one, b"heed", &signature), SignatureVerdict::Invalid);
        assert_eq!(verify(one, b"", &signature), SignatureVerdict::Invalid);
        assert_eq!(verify(another, b"head", &signature), SignatureVerdict::UnknownKey);
        let foreign = another.sign(b"head").unwrap();
        assert_eq!(verify(one, b"head", &foreign), SignatureVerdict::Invalid);
    }
}

#[test]
fn malformed_signatures_do_not_verify() {
    let ours = signer(PRIVATE).unwrap();
    let right = ours.sign(b"head").unwrap();
    let padded = format!("{right}==");
    let standard = right.replace('-', "+").replace('_', "/");
    let cut = &right[..right.len() - 4];
    let longer = format!("{right}AAAA");
    for wrong in ["", "?", cut, &longer, &padded, &"A".repeat(86)] {
        let verdict = ours.verify(&ours.key_id(), b"head", wrong);
        assert_eq!(verdict, SignatureVerdict::Invalid, "{wrong}");
    }
    let other_alphabet = ours.verify(&ours.key_id(), b"head", &standard);
    assert!(standard == right || other_alphabet == SignatureVerdict::Invalid);
}

#[test]
fn openssl_pem_keys_are_read_with_surrounding_text_and_crlf() {
    let ours = signer(PRIVATE).unwrap();
    let keys = PublicKeys::parse(PUBLIC).unwrap();
    assert_eq!(verdict(&ours, &keys), SignatureVerdict::Valid);
    assert_eq!(keys.pem(), PUBLIC);
    let crlf = PRIVATE.replace('\n', "\r\n");
    for text in [&format!("made in May\n{PRIVATE}\nkeep it\n"), &crlf, PRIVATE.trim_end()] {
        assert_eq!(signer(text).unwrap().key_id(), ours.key_id());
    }
    for text in [&format!("# ours\r\n{}", PUBLIC.replace('\n', "\r\n")), PUBLIC.trim_end()] {
        assert_eq!(PublicKeys::parse(text), Ok(keys.clone()));
    }
}

#[test]
fn a_configured_key_trusts_only_the_public_keys_beside_it() {
    let other = stored();
    let other = AuditSigner::from_store(&other, std::slice::from_ref(&other)).unwrap();
    assert_eq!(verdict(&other, &signer(PRIVATE).unwrap()), SignatureVerdict::UnknownKey);
    let former = PublicKeys::parse(&other.jwks().to_string()).unwrap().pem();
    for text in [format!("{PRIVATE}{former}"), format!("{former}{PRIVATE}{PUBLIC}")] {
        let ours = signer(&text).unwrap();
        assert_eq!(verdict(&other, &ours), SignatureVerdict::Valid);
        assert_eq!(verdict(&ours, &ours), SignatureVerdict::Valid);
        let kids: Vec<_> = ours.jwks()["keys"].as_array().unwrap().clone();
        assert_eq!((kids.len(), &kids[0]["kid"]), (2, &json!(ours.key_id())));
    }
}

#[test]
fn a_stored_key_trusts_all_stored_keys() {
    let keys = [stored(), stored()];
    let signers = keys.each_ref().map(|key| AuditSigner::from_store(key, &keys).unwrap());
    for (key, signer) in keys.iter().zip(&signers) {
        assert_eq!(signer.key_id(), key.id);
        assert!(signers.iter().all(|other| verdict(signer, other) == SignatureVerdict::Valid));
    }
    let cut = SigningKey { pkcs8: keys[0].pkcs8[1..].to_vec(), ..keys[0].clone() };
    assert_eq!(AuditSigner::from_store(&cut, &keys).unwrap_err(), KeyError::Malformed);
    let beside = AuditSigner::from_store(&keys[1], std::slice::from_ref(&cut));
    assert_eq!(beside.unwrap_err(), KeyError::Malformed);
}

#[test]
fn public_keys_are_read_from_pem_and_jwks() {
    let (ours, other) = (PublicKeys::parse(PUBLIC), PublicKeys::parse(OTHER_PUBLIC));
    let (ours, other) = (ours.unwrap(), other.unwrap());
    let both = PublicKeys::parse(&format!("{PUBLIC}{OTHER_PUBLIC}{PUBLIC}")).unwrap();
    assert_eq!(both.jwks()["keys"].as_array().unwrap().len(), 2);
    assert_eq!(PublicKeys::parse(&both.jwks().to_string()), Ok(both.clone()));
    assert_eq!(PublicKeys::parse(&other.jwks()["keys"][0].to_string()), Ok(other.clone()));
    let mut collected = ours.clone();
    collected.extend(other);
    collected.extend(ours);
    assert_eq!(collected, both);
}

#[test]
fn a_jwk_has_use_and_key_id() {
    let ours = signer(PRIVATE).unwrap();
    let x = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE";
    let expected = json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": ours.key_id(), "x": x,
    }] });
    assert_eq!(ours.jwks(), expected);
    // The name in the file does not matter.
    let named = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "mine", "x": x }).to_string();
    assert_eq!(verdict(&ours, &PublicKeys::parse(&named).unwrap()), SignatureVerdict::Valid);
}

#[test]
fn private_keys_other_than_unencrypted_ed25519_are_refused() {
    let cut = PRIVATE.replace("VhC", "");
    let unended = &PRIVATE[..PRIVATE.len() / 2];
    let bad = PRIVATE.replace("MC4C", "M*4C");
    for (text, error) in [
        ("", KeyError::NoPrivateKey),
        ("garbage", KeyError::NoPrivateKey),
        (unended, KeyError::NoPrivateKey),
        (&bad, KeyError::NoPrivateKey),
        (ENCRYPTED, KeyError::NoPrivateKey),
        (PUBLIC, KeyError::NoPrivateKey),
        (&cut, KeyError::NoPrivateKey),
        (EC_PRIVATE, KeyError::NotEd25519),
        (X25519_PRIVATE, KeyError::NotEd25519),
        (&format!("{PRIVATE}{RSA_PUBLIC}"), KeyError::NotEd25519),
        (&format!("{PRIVATE}{PRIVATE}"), KeyError::ManyPrivateKeys),
    ] {
        assert_eq!(signer(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn public_keys_other_than_ed25519_are_refused() {
    let jwk = |kty: &str, crv: &str, x: &str| {
        json!({ "keys": [{ "kty": kty, "crv": crv, "x": x }] }).to_string()
    };
    let x = BASE64URL_NOPAD.encode(&[7; 32]);
    let private = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": x }).to_string();
    for (text, error) in [
        ("", KeyError::NoPublicKey),
        ("garbage", KeyError::NoPublicKey),
        (&PUBLIC[..PUBLIC.len() / 2], KeyError::NoPublicKey),
        ("{", KeyError::NoPublicKey),
        ("{}", KeyError::NoPublicKey),
        (r#"{"keys":[]}"#, KeyError::NoPublicKey),
        (r#"{"keys":[7]}"#, KeyError::NoPublicKey),
        (RSA_PUBLIC, KeyError::NotEd25519),
        (X25519_PUBLIC, KeyError::NotEd25519),
        (&format!("{PUBLIC}{RSA_PUBLIC}"), KeyError::NotEd25519),
        (&jwk("RSA", "Ed25519", &x), KeyError::NotEd25519),
        (&jwk("OKP", "X25519", &x), KeyError::NotEd25519),
        (&jwk("OKP", "Ed25519", &x[1..]), KeyError::NotEd25519),
        (&jwk("OKP", "Ed25519", ""), KeyError::NotEd25519),
        (PRIVATE, KeyError::Private),
        (&format!("{PUBLIC}{PRIVATE}"), KeyError::Private),
        (EC_PRIVATE, KeyError::Private),
        (&private, KeyError::Private),
    ] {
        assert_eq!(PublicKeys::parse(text), Err(error), "{text}");
    }
}

#[test]
fn errors_are_one_line_and_contain_no_secrets() {
    let error = signer(EC_PRIVATE).unwrap_err().to_string();
    assert_eq!(error, "must be an Ed25519 key");
    for error in [KeyError::NoPrivateKey, KeyError::NoPublicKey, KeyError::Private] {
        assert_eq!(error.to_string().lines().count(), 1);
    }
    assert!(!format!("{:?}", signer(PRIVATE).unwrap()).contains("pair"));
}
