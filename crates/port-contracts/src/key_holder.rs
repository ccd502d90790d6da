//! Contract of [`KeyHolder`].

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::model::{AccessClaims, KeyId, KeyRing, SessionId, SigningKey, TokenId};
use domain::ports::{Clock, KeyHolder, TokenError, TokenIssuer};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::fakes::SettableClock;
use crate::fixtures::{active, admin, at};

/// A holder without a ring, and an issuer that uses it.
pub struct HolderUnderTest {
    /// The holder.
    pub holder: Arc<dyn KeyHolder>,
    /// The issuer that signs with its keys.
    pub issuer: Arc<dyn TokenIssuer>,
    /// The clock of both.
    pub clock: Arc<SettableClock>,
}

type Subject = Arc<HolderUnderTest>;

suite! { $ key_holder(Subject):
    generate_creates_distinct_keys,
    hold_signs_with_the_current_key,
    hold_accepts_and_publishes_only_the_keys_of_the_ring,
    hold_refuses_malformed_keys_and_keeps_the_former_ring,
    an_empty_holder_signs_and_accepts_nothing,
}

/// Long enough for any key to become the signing key.
const AHEAD: Duration = Duration::from_secs(3600);

async fn generate_creates_distinct_keys(subject: Subject) {
    let (one, two) = (subject.key(), subject.key());
    assert_ne!(one.id, two.id);
    assert_ne!(one.pkcs8, two.pkcs8);
    assert_eq!(one.created_at, at(0));
}

async fn hold_signs_with_the_current_key(subject: Subject) {
    let (old, new) = (subject.key(), subject.key());
    subject.hold(&[&old, &new]);
    let before = subject.token();
    assert_eq!(signer(&before), old.id.as_str());
    // No call is needed: time alone changes the signing key.
    subject.clock.advance(AHEAD);
    let after = subject.token();
    assert_eq!(signer(&after), new.id.as_str());
    for token in [&before, &after] {
        assert!(subject.issuer.verify(token).is_ok(), "{}", signer(token));
    }
    subject.hold(&[&old]);
    assert_eq!(signer(&subject.token()), old.id.as_str());
}

async fn hold_accepts_and_publishes_only_the_keys_of_the_ring(subject: Subject) {
    let keys = [subject.key(), subject.key(), subject.key()];
    let tokens = keys.each_ref().map(|key| {
        subject.hold(&[key]);
        subject.token()
    });
    for held in [&[0, 1, 2][..], &[2], &[0, 1], &[1, 2]] {
        let ring: Vec<_> = held.iter().map(|&index| &keys[index]).collect();
        subject.hold(&ring);
        let ids: Vec<_> = ring.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(subject.published(), ids);
        for (index, token) in tokens.iter().enumerate() {
            let verified = subject.issuer.verify(token).map(drop);
            let expected = if held.contains(&index) { Ok(()) } else { Err(TokenError::Invalid) };
            assert_eq!(verified, expected, "{index} of {held:?}");
        }
    }
}

async fn hold_refuses_malformed_keys_and_keeps_the_former_ring(subject: Subject) {
    let key = subject.key();
    subject.hold(&[&key]);
    let token = subject.token();
    let id = KeyId::parse("broken").unwrap();
    let broken = SigningKey { id, pkcs8: vec![1, 2, 3], created_at: at(0) };
    for keys in [vec![broken.clone()], vec![key.clone(), broken]] {
        subject.holder.hold(&KeyRing::new(keys).unwrap()).unwrap_err();
        assert_eq!(subject.published(), [key.id.as_str()]);
        assert!(subject.issuer.verify(&token).is_ok());
        assert_eq!(signer(&subject.token()), key.id.as_str());
    }
}

async fn an_empty_holder_signs_and_accepts_nothing(subject: Subject) {
    subject.issuer.issue(&subject.claims()).unwrap_err();
    assert!(subject.published().is_empty());
    assert_eq!(subject.issuer.verify("a.b.c"), Err(TokenError::Invalid));
}

impl HolderUnderTest {
    fn key(&self) -> SigningKey {
        self.holder.generate(self.clock.now()).unwrap()
    }

    fn hold(&self, keys: &[&SigningKey]) {
        let ring = KeyRing::new(keys.iter().copied().cloned().collect()).unwrap();
        self.holder.hold(&ring).unwrap();
    }

    fn claims(&self) -> AccessClaims {
        let ids = (TokenId::parse("token").unwrap(), SessionId::parse("session").unwrap());
        let (ada, acme) = (admin("ada", "acme", "ada@example.com"), active("acme", "Acme"));
        AccessClaims::new(ids, &ada, &acme, self.clock.now(), 2 * AHEAD)
    }

    fn token(&self) -> String {
        self.issuer.issue(&self.claims()).unwrap().0.expose_secret().to_owned()
    }

    /// The ids of the published keys.
    fn published(&self) -> Vec<String> {
        let jwks = self.issuer.jwks();
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }
}

/// The id of the key that signed a token.
fn signer(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
