//! Tokens that must not be accepted, each one change away from one that is.

use super::forge::Signer;
use super::*;

fn assert_invalid(issuer: &JwtIssuer, token: &str, what: &str) {
    assert_eq!(issuer.verify(token), Err(TokenError::Invalid), "{what}");
}

#[test]
fn the_unchanged_forgery_is_accepted() {
    let key = key();
    assert_eq!(hs256_at(NOW).verify(&Forgery::hs256().token()), Ok(claims()));
    assert_eq!(ed25519(&key).verify(&Forgery::ed25519(&key).token()), Ok(claims()));
}

#[test]
fn the_token_does_not_choose_the_algorithm() {
    let key = key();
    let (hs256, ed25519) = (hs256_at(NOW), ed25519(&key));
    for algorithm in ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "hs256"] {
        let named = |forgery: Forgery<'_>| forgery.header("alg", json!(algorithm)).token();
        assert_invalid(&hs256, &named(Forgery::hs256()), algorithm);
        assert_invalid(&hs256, &named(Forgery::hs256().signed_by(Signer::Nothing)), algorithm);
        assert_invalid(&ed25519, &named(Forgery::ed25519(&key)), algorithm);
        assert_invalid(
            &ed25519,
            &named(Forgery::ed25519(&key).signed_by(Signer::Nothing)),
            algorithm,
        );
    }
    assert_invalid(&hs256, &Forgery::hs256().signed_by(Signer::Nothing).token(), "not signed");
    assert_invalid(&hs256, &Forgery::ed25519(&key).token(), "EdDSA for the HS256 issuer");
    assert_invalid(&ed25519, &Forgery::hs256().token(), "HS256 for the EdDSA issuer");
}

#[test]
fn a_public_key_is_no_secret() {
    let key = key();
    let public_key = public_key(&key.pkcs8).unwrap();
    let text = BASE64URL_NOPAD.encode(&public_key);
    for secret in [&public_key[..], text.as_bytes(), b""] {
        let forgery = Forgery::ed25519(&key).signed_by(Signer::Hs256(secret));
        assert_invalid(&ed25519(&key), &forgery.token(), "it says EdDSA");
        assert_invalid(&ed25519(&key), &forgery.header("alg", json!("HS256")).token(), "HS256");
    }
}

#[test]
fn another_key_signs_for_nobody() {
    let (ours, theirs) = (key(), key());
    let forgery = || Forgery::ed25519(&ours).signed_by(Signer::Ed25519(&theirs));
    assert_invalid(&ed25519(&ours), &forgery().token(), "with the id of our key");
    let named = forgery().header("kid", json!(theirs.id));
    assert_invalid(&ed25519(&ours), &named.token(), "with its own id");
    let other = Forgery::hs256().signed_by(Signer::Hs256(b"another secret of 32 bytes......"));
    assert_invalid(&hs256_at(NOW), &other.token(), "another secret");
}

#[test]
fn a_token_brings_no_key_along() {
    let (ours, theirs) = (key(), key());
    let jwk = &ed25519(&theirs).jwks()["keys"][0];
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jku", json!("https://example.com/jwks.json")),
        ("x5u", json!("https://example.com/cert.pem")),
        ("x5c", json!([jwk["x"]])),
    ] {
        let forgery = Forgery::ed25519(&ours).signed_by(Signer::Ed25519(&theirs));
        assert_invalid(&ed25519(&ours), &forgery.header(name, value).token(), name);
    }
}

#[test]
fn a_signature_of_our_key_needs_its_id() {
    let key = key();
    for kid in [json!("another"), json!(""), json!(null), json!(1), json!("../../keys/1")] {
        let forgery = Forgery::ed25519(&key).header("kid", kid.clone());
        assert_invalid(&ed25519(&key), &forgery.token(), &kid.to_string());
    }
}

#[test]
fn only_access_tokens_are_accepted() {
    let typed = |typ: Value| Forgery::hs256().header("typ", typ).token();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(hs256_at(NOW).verify(&typed(json!(typ))), Ok(claims()), "{typ}");
    }
    let others =
        ["JWT", "jwt", "", "at+jwtx", "application/", "application/jwt", "text/at+jwt", "ééééééé"];
    for typ in others {
        assert_invalid(&hs256_at(NOW), &typed(json!(typ)), typ);
    }
    assert_invalid(&hs256_at(NOW), &typed(json!(null)), "no type");
    let critical = Forgery::hs256().header("crit", json!(["exp"]));
    assert_invalid(&hs256_at(NOW), &critical.token(), "an extension that must be understood");
}

#[test]
fn every_claim_is_needed() {
    let names: Vec<_> = Forgery::claims().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 13);
    for name in names {
        assert_invalid(&hs256_at(NOW), &Forgery::hs256().without(&name).token(), &name);
        for value in [json!(null), json!(""), json!({}), json!(["tenantry"]), json!(true)] {
            let forgery = Forgery::hs256().claim(&name, value.clone());
            assert_invalid(&hs256_at(NOW), &forgery.token(), &format!("{name} is {value}"));
        }
    }
}

#[test]
fn claims_of_another_meaning_are_refused() {
    for (name, value) in [
        ("iss", json!("somebody")),
        ("iss", json!("Tenantry")),
        ("aud", json!("somebody")),
        ("aud", json!(["somebody", "tenantry"])),
        ("type", json!("refresh")),
        ("role", json!("operator")),
        ("sub", json!("a2")),
        ("admin_id", json!("a2")),
        ("organization_id", json!("o/1")),
        ("org_name", json!("x".repeat(101))),
        ("email", json!("ada")),
    ] {
        let forgery = Forgery::hs256().claim(name, value.clone());
        assert_invalid(&hs256_at(NOW), &forgery.token(), &format!("{name} is {value}"));
    }
}

#[test]
fn times_that_are_none_or_too_late_are_refused() {
    for (name, value) in [
        ("iat", json!(NOW + 61)),
        ("nbf", json!(NOW + 61)),
        ("iat", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(1e300)),
        ("exp", json!(NOW.to_string())),
        ("nbf", json!(i64::MAX)),
        ("nbf", json!("tomorrow")),
    ] {
        let forgery = Forgery::hs256().claim(name, value.clone());
        assert_invalid(&hs256_at(NOW), &forgery.token(), &format!("{name} is {value}"));
    }
    let begun = Forgery::hs256().claim("nbf", json!(NOW + 60));
    assert_eq!(hs256_at(NOW).verify(&begun.token()), Ok(claims()));
}

#[test]
fn only_what_was_valid_once_has_expired() {
    let ended = || Forgery::hs256().claim("exp", json!(NOW - 3600));
    assert_eq!(hs256_at(NOW).verify(&ended().token()), Err(TokenError::Expired));
    let from_another = ended().claim("iss", json!("somebody"));
    assert_invalid(&hs256_at(NOW), &from_another.token(), "never valid");
    assert_invalid(&hs256_at(NOW), &ended().signed_by(Signer::Nothing).token(), "never signed");
}

#[test]
fn every_bit_of_a_signature_counts() {
    let key = key();
    for issuer in [hs256_at(NOW), ed25519(&key)] {
        let token = issue(&issuer);
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        for bit in 0..signature.len() * 8 {
            let mut flipped = signature.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let token = format!("{message}.{}", BASE64URL_NOPAD.encode(&flipped));
            assert_invalid(&issuer, &token, &format!("bit {bit}"));
        }
    }
}

/// No other text is the same token: neither bits after the last byte, nor padding, nor white space.
#[test]
fn every_character_of_a_token_counts() {
    let key = key();
    for issuer in [hs256_at(NOW), ed25519(&key)] {
        let token = issue(&issuer);
        for (index, old) in token.char_indices() {
            for new in ['A', 'B', 'z', '_', '.', '=', ' ', '\0'] {
                if new != old {
                    let mut changed = token.clone();
                    changed.replace_range(index..=index, &new.to_string());
                    assert_invalid(&issuer, &changed, &format!("{new:?} at {index}"));
                }
            }
        }
        for changed in [format!("{token}="), format!(" {token}"), format!("{token}\n")] {
            assert_invalid(&issuer, &changed, &changed);
        }
    }
}

#[test]
fn a_part_of_a_token_is_none() {
    for issuer in [hs256_at(NOW), ed25519(&key())] {
        let token = issue(&issuer);
        for length in 0..token.len() {
            assert_invalid(&issuer, &token[..length], &format!("{length} characters"));
        }
        assert_invalid(&issuer, &format!("{token}.{token}"), "six parts");
        assert_invalid(&issuer, "..", "three empty parts");
        assert_invalid(&issuer, "é.日.本", "no base64");
    }
}

#[test]
fn an_oversized_token_is_refused_though_it_is_signed() {
    let padded = |bytes: usize| Forgery::hs256().claim("pad", json!("x".repeat(bytes))).token();
    let fits = (5000..6000).rev().find(|&bytes| padded(bytes).len() <= MAX_TOKEN).unwrap();
    assert_eq!(hs256_at(NOW).verify(&padded(fits)), Ok(claims()));
    assert_invalid(&hs256_at(NOW), &padded(fits + 1), "over 8 KiB");
    assert_invalid(&hs256_at(NOW), &"a".repeat(64 * 1024 * 1024), "64 MiB");
}
