//! Tests of issuing and accepting tokens.

mod attacks;
mod confusion;
mod forge;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::DateTime;
use data_encoding::BASE64URL_NOPAD;
use domain::model::{AdminId, Email, OrganizationId, OrganizationName, Role, SessionId, TokenId};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::*;
use forge::Forgery;

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

struct FixedClock(i64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        at(self.0)
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::Relaxed))
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(DateTime::from_timestamp(seconds, 0).unwrap())
}

fn key() -> SigningKey {
    generate_signing_key(at(NOW)).unwrap()
}

/// An issuer with [`SECRET`] whose clock shows `now`.
fn hs256_at(now: i64) -> JwtIssuer {
    JwtIssuer::with_secret(&SecretString::from(SECRET), Arc::new(FixedClock(now))).unwrap()
}

fn ed25519(key: &SigningKey) -> JwtIssuer {
    JwtIssuer::with_key(key, Arc::new(FixedClock(NOW))).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims {
        id: TokenId::parse("t1").unwrap(),
        session: SessionId::parse("s1").unwrap(),
        admin: AdminId::parse("a1").unwrap(),
        organization: OrganizationId::parse("o1").unwrap(),
        organization_name: OrganizationName::parse("Käse & \"Söhne\" 日本").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        role: Role::Owner,
        issued_at: at(NOW),
        expires_at: at(NOW) + Duration::from_secs(3600),
    }
}

fn issue(issuer: &JwtIssuer) -> String {
    issuer.issue(&claims()).unwrap().0.expose_secret().to_owned()
}

/// The header or the claims of a token.
fn part(token: &str, index: usize) -> Value {
    let encoded = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap()).unwrap()
}

#[test]
fn an_issued_token_is_accepted_with_its_claims() {
    for issuer in [hs256_at(NOW), ed25519(&key())] {
        assert_eq!(issuer.verify(&issue(&issuer)), Ok(claims()), "{issuer:?}");
    }
}

#[test]
fn the_longest_claims_fit_into_a_token() {
    let id = "i".repeat(64);
    let mut longest = claims();
    longest.id = TokenId::parse(id.clone()).unwrap();
    longest.session = SessionId::parse(id.clone()).unwrap();
    longest.admin = AdminId::parse(id.clone()).unwrap();
    longest.organization = OrganizationId::parse(id).unwrap();
    longest.organization_name = OrganizationName::parse("𠀀".repeat(100)).unwrap();
    longest.email = Email::parse(format!("{}@{}.com", "ü".repeat(32), "é".repeat(28))).unwrap();
    for issuer in [hs256_at(NOW), ed25519(&key())] {
        let token = issuer.issue(&longest).unwrap().0;
        assert!(token.expose_secret().len() < MAX_TOKEN / 2);
        assert_eq!(issuer.verify(token.expose_secret()).as_ref(), Ok(&longest));
    }
}

#[test]
fn a_token_has_the_claims_that_clients_read() {
    let key = key();
    let token = issue(&hs256_at(NOW));
    assert_eq!(part(&token, 0), json!({ "typ": "at+jwt", "alg": "HS256" }));
    assert_eq!(part(&token, 1), Forgery::claims());
    let token = issue(&ed25519(&key));
    assert_eq!(part(&token, 0), json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": key.id }));
    assert_eq!(part(&token, 1), Forgery::claims());
}

#[test]
fn a_published_key_verifies_the_tokens_of_its_issuer() {
    let key = key();
    let issuer = ed25519(&key);
    let jwks = issuer.jwks();
    let x = jwks["keys"][0]["x"].as_str().unwrap();
    let expected = json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": x,
    }] });
    assert_eq!(jwks, expected);

    let token = issue(&issuer);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let public_key = BASE64URL_NOPAD.decode(x.as_bytes()).unwrap();
    UnparsedPublicKey::new(&ED25519, public_key).verify(message.as_bytes(), &signature).unwrap();
}

#[test]
fn a_shared_secret_is_not_published() {
    assert_eq!(hs256_at(NOW).jwks(), json!({ "keys": [] }));
}

#[test]
fn another_issuer_with_the_same_key_accepts_the_token() {
    let key = key();
    assert_eq!(ed25519(&key).verify(&issue(&ed25519(&key))), Ok(claims()));
    assert_eq!(hs256_at(NOW).verify(&issue(&hs256_at(NOW))), Ok(claims()));
}

#[test]
fn a_token_expires_after_exp_and_a_minute_of_leeway() {
    let token = issue(&hs256_at(NOW));
    let end = NOW + 3600;
    assert_eq!(hs256_at(end).verify(&token), Ok(claims()));
    assert_eq!(hs256_at(end + 59).verify(&token), Ok(claims()));
    assert_eq!(hs256_at(end + 60).verify(&token), Err(TokenError::Expired));
    assert_eq!(hs256_at(end + 1_000_000).verify(&token), Err(TokenError::Expired));
}

#[test]
fn a_token_is_valid_a_minute_before_nbf() {
    let token = issue(&hs256_at(NOW));
    assert_eq!(hs256_at(NOW - 60).verify(&token), Ok(claims()));
    assert_eq!(hs256_at(NOW - 61).verify(&token), Err(TokenError::Invalid));
}

/// The signature is not verified again; everything else is.
#[test]
fn an_already_verified_token_ends_with_its_expiry_and_its_key() {
    let now = Arc::new(MovableClock(AtomicI64::new(NOW)));
    let old = key();
    let issuer = JwtIssuer::with_key(&old, now.clone()).unwrap();
    let token = issue(&issuer);
    assert_eq!(issuer.verify(&token), Ok(claims()));
    assert_eq!(issuer.verify(&token), Ok(claims()));
    let altered = format!("{}A", &token[..token.len() - 1]);
    assert!(altered == token || issuer.verify(&altered) == Err(TokenError::Invalid));
    now.0.store(NOW + 3600 + 60, Ordering::Relaxed);
    assert_eq!(issuer.verify(&token), Err(TokenError::Expired));
    now.0.store(NOW, Ordering::Relaxed);
    assert_eq!(issuer.verify(&token), Ok(claims()));
    issuer.hold(&KeyRing::new(vec![key()]).unwrap()).unwrap();
    assert_eq!(issuer.verify(&token), Err(TokenError::Invalid), "its key is revoked");
}

#[test]
fn malformed_keys_are_refused() {
    let clock = || Arc::new(FixedClock(NOW));
    let short = SecretString::from(&SECRET[1..]);
    assert!(matches!(JwtIssuer::with_secret(&short, clock()), Err(KeyError::ShortSecret)));
    let cut = SigningKey { pkcs8: key().pkcs8[1..].to_vec(), ..key() };
    assert!(matches!(JwtIssuer::with_key(&cut, clock()), Err(KeyError::Malformed)));
}

#[test]
fn a_shared_secret_accepts_no_key_ring() {
    let ring = KeyRing::new(vec![key()]).unwrap();
    let issuer = hs256_at(NOW);
    issuer.hold(&ring).unwrap_err();
    assert_eq!(issuer.verify(&issue(&issuer)), Ok(claims()));
    assert_eq!(issuer.jwks(), json!({ "keys": [] }));
}

#[test]
fn debug_output_contains_no_secrets() {
    assert!(!format!("{:?}", hs256_at(NOW)).contains(SECRET));
}
