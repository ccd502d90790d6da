//! Tokens that must not be accepted, each one change away from a valid one.

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
fn only_access_tokens_are_accepted() {
    let typed = |typ: Value| Forgery::hs256().header("typ", typ).token();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(hs256_at(NOW).verify(&typed(json!(typ))), Ok(claims()), "{typ}");
    }
    let others =
        ["JWT", "jwt", "", "id_token", "id+jwt", "refresh", "logout+jwt", "at+jwtx", "at+jwt "];
    let media =
        ["application/", "application/jwt", "text/at+jwt", "application/application/at+jwt"];
    for typ in others.iter().chain(&media).chain(&["ééééééé"]) {
        assert_invalid(&hs256_at(NOW), &typed(json!(typ)), typ);
    }
    assert_invalid(&hs256_at(NOW), &typed(json!(null)), "no type");
    for critical in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
        let forgery = Forgery::hs256().header("crit", critical.clone());
        assert_invalid(&hs256_at(NOW), &forgery.token(), &format!("crit is {critical}"));
    }
}

#[test]
fn every_claim_is_required() {
    let names: Vec<_> = Forgery::claims().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), 14);
    for name in names {
        assert_invalid(&hs256_at(NOW), &Forgery::hs256().without(&name).token(), &name);
        for value in [json!(null), json!(""), json!({}), json!(["tenantry"]), json!(true)] {
            let forgery = Forgery::hs256().claim(&name, value.clone());
            assert_invalid(&hs256_at(NOW), &forgery.token(), &format!("{name} is {value}"));
        }
    }
}

#[test]
fn claims_with_wrong_values_are_refused() {
    for (name, value) in [
        ("iss", json!("another")),
        ("iss", json!("Tenantry")),
        ("aud", json!("another")),
        ("aud", json!(["another", "tenantry"])),
        ("client_id", json!("another")),
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

/// Parsers differ in which duplicate they use (RFC 8725, 2.4).
#[test]
fn duplicate_members_are_refused() {
    let forgery = Forgery::hs256();
    let (header, claims) = (forgery.header.to_string(), forgery.claims.to_string());
    let twice = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
    for member in [r#""typ":"at+jwt""#, r#""alg":"HS256""#, r#""alg":"none""#] {
        let token = forgery.token_of(twice(&header, member), &claims);
        assert_invalid(&hs256_at(NOW), &token, member);
    }
    for member in [
        format!(r#""exp":{}"#, NOW + 1_000_000),
        format!(r#""iat":{NOW}"#),
        r#""iss":"tenantry""#.to_owned(),
        r#""aud":"tenantry""#.to_owned(),
        r#""role":"owner""#.to_owned(),
        r#""organization_id":"o2""#.to_owned(),
    ] {
        let token = forgery.token_of(&header, twice(&claims, &member));
        assert_invalid(&hs256_at(NOW), &token, &member);
    }
    assert_eq!(hs256_at(NOW).verify(&forgery.token_of(&header, &claims)), Ok(super::claims()));
}

#[test]
fn invalid_or_deeply_nested_json_is_refused() {
    let forgery = Forgery::hs256();
    let (header, claims) = (forgery.header.to_string(), forgery.claims.to_string());
    let deep = format!("{}1{}", "[".repeat(1500), "]".repeat(1500));
    for (header, claims) in [
        (header.replacen('{', &format!(r#"{{"a":{deep},"#), 1), claims.clone()),
        (header.clone(), format!("{claims}x")),
        (format!("{header}{header}"), claims.clone()),
        (format!("[{header}]"), claims.clone()),
        ("null".to_owned(), claims.clone()),
        (header.clone(), "\u{feff}".to_owned() + &claims),
    ] {
        assert_invalid(&hs256_at(NOW), &forgery.token_of(&header, &claims), &header);
    }
}

#[test]
fn invalid_utf_8_is_refused() {
    let forgery = Forgery::hs256();
    let mut claims = forgery.claims.to_string().into_bytes();
    let umlaut = claims.iter().position(|&byte| byte == 0xC3).unwrap();
    claims[umlaut] = 0xFF;
    let token = forgery.token_of(forgery.header.to_string(), claims);
    assert_invalid(&hs256_at(NOW), &token, "a byte that is no text");
}

#[test]
fn invalid_or_excessive_times_are_refused() {
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
fn only_formerly_valid_tokens_count_as_expired() {
    let ended = || Forgery::hs256().claim("exp", json!(NOW - 3600));
    assert_eq!(hs256_at(NOW).verify(&ended().token()), Err(TokenError::Expired));
    let from_another = ended().claim("iss", json!("another"));
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
fn truncated_tokens_are_refused() {
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
fn an_oversized_signed_token_is_refused() {
    let padded = |bytes: usize| Forgery::hs256().claim("pad", json!("x".repeat(bytes))).token();
    let fits = (5000..6000).rev().find(|&bytes| padded(bytes).len() <= MAX_TOKEN).unwrap();
    assert_eq!(hs256_at(NOW).verify(&padded(fits)), Ok(claims()));
    assert_invalid(&hs256_at(NOW), &padded(fits + 1), "over 8 KiB");
    assert_invalid(&hs256_at(NOW), &"a".repeat(64 * 1024 * 1024), "64 MiB");
}
