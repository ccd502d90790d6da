//! Tokens: an issuer accepts the one token that it issued, and of those that its key signed elsewhere only
//! what says all that it must; a refresh token is read as it was sent.
//!
//! An input of one line is a token. One of two lines is the header and the claims of a token, which is
//! signed here, so that what lies behind the signature is reached.

#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use adapters_security::JwtIssuer;
use chrono::DateTime;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::model::{
    AccessClaims, AdminId, Email, KeyId, OrganizationId, OrganizationName, RefreshToken, Role,
    SessionId, SigningKey, Timestamp, TokenId,
};
use domain::ports::{Clock, TokenIssuer};
use libfuzzer_sys::fuzz_target;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

const NOW: i64 = 1_800_000_000;
const LEEWAY: i64 = 60;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The key of RFC 8037, appendix A.1, as PKCS #8.
const KEY: &str = "3053020101300506032b6570042204209d61b19deffd5a60ba844af492ec2cc4\
                   4449c5697b326919703bac031cae7f60a123032100d75a980182b10ab7d54bfed3\
                   c964073a0ee172f3daa62325af021a68f707511a";

static ISSUERS: LazyLock<[Issuer; 2]> = LazyLock::new(|| [hs256(), ed25519()]);

fuzz_target!(|text: &str| {
    for issuer in ISSUERS.iter() {
        match text.split_once('\n') {
            None => issuer.check_token(text),
            Some((header, claims)) => issuer.check_claims(header, claims),
        }
    }
    if let Some(token) = RefreshToken::read(text) {
        assert_eq!(token.expose(), text);
    }
});

/// Signs a message.
type Sign = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// An issuer, the token it issued, and its key.
struct Issuer {
    issuer: JwtIssuer,
    token: SecretString,
    algorithm: &'static str,
    sign: Box<Sign>,
}

impl Issuer {
    fn new(
        issuer: JwtIssuer,
        algorithm: &'static str,
        sign: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let token = issuer.issue(&claims()).unwrap().0;
        Self { issuer, token, algorithm, sign: Box::new(sign) }
    }

    fn check_token(&self, text: &str) {
        let issued = text == self.token.expose_secret();
        assert_eq!(self.issuer.verify(text).is_ok(), issued, "{}", self.algorithm);
    }

    fn check_claims(&self, header: &str, claims: &str) {
        let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = BASE64URL_NOPAD.encode(&(self.sign)(message.as_bytes()));
        let Ok(accepted) = self.issuer.verify(&format!("{message}.{signature}")) else { return };

        let header: Value = serde_json::from_str(header).unwrap();
        assert_eq!(header["alg"], self.algorithm);
        let typ = header["typ"].as_str().unwrap_or_default().to_ascii_lowercase();
        assert!(typ == "at+jwt" || typ == "application/at+jwt", "{typ}");
        assert!(header.get("crit").is_none_or(Value::is_null), "{header}");

        let claims: Value = serde_json::from_str(claims).unwrap();
        for (name, value) in [("iss", "tenantry"), ("aud", "tenantry"), ("type", "admin")] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert_eq!(claims["sub"], accepted.admin.as_str());
        assert_eq!(claims["sub"], claims["admin_id"]);
        assert!(accepted.issued_at.unix_seconds() <= NOW + LEEWAY, "{accepted:?}");
        assert!(accepted.expires_at.unix_seconds() + LEEWAY > NOW, "{accepted:?}");
    }
}

fn hs256() -> Issuer {
    let issuer = JwtIssuer::with_secret(&SecretString::from(SECRET), Arc::new(FixedClock)).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    Issuer::new(issuer, "HS256", move |message| hmac::sign(&key, message).as_ref().to_vec())
}

fn ed25519() -> Issuer {
    let pkcs8 = HEXLOWER.decode(KEY.as_bytes()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap();
    let id = KeyId::parse("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k").unwrap();
    let key = SigningKey { id, pkcs8, created_at: at(NOW) };
    let issuer = JwtIssuer::with_key(&key, Arc::new(FixedClock)).unwrap();
    Issuer::new(issuer, "EdDSA", move |message| pair.sign(message).as_ref().to_vec())
}

fn claims() -> AccessClaims {
    AccessClaims {
        id: TokenId::parse("t1").unwrap(),
        session: SessionId::parse("s1").unwrap(),
        admin: AdminId::parse("a1").unwrap(),
        organization: OrganizationId::parse("o1").unwrap(),
        organization_name: OrganizationName::parse("Tesla Inc").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        role: Role::Owner,
        issued_at: at(NOW),
        expires_at: at(NOW) + Duration::from_secs(3600),
    }
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        at(NOW)
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(DateTime::from_timestamp(seconds, 0).unwrap())
}
