//! Contract of [`TokenIssuer`].

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::model::{AccessClaims, Admin, Audience, SessionId, Timestamp, TokenId};
use domain::ports::{Clock, TokenError, TokenIssuer};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::fixtures::{active, admin};

/// An issuer, and the means to forge its tokens.
pub struct IssuerUnderTest {
    /// The issuer.
    pub issuer: Box<dyn TokenIssuer>,
    /// The clock that it uses.
    pub clock: Arc<dyn Clock>,
    /// Signs any message with its key and algorithm.
    pub sign: Box<Sign>,
}

/// A function from a message to its signature.
pub type Sign = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

type Subject = Arc<IssuerUnderTest>;

suite! { $ token_issuer(Subject):
    verify_returns_the_claims_that_were_issued,
    verify_refuses_malformed_tokens,
    verify_refuses_another_algorithm,
    verify_refuses_another_key,
    verify_refuses_another_issuer,
    verify_refuses_another_audience,
    verify_refuses_tokens_for_another_audience,
    issue_for_changes_only_the_audience,
    verify_refuses_another_type,
    verify_refuses_a_token_without_expiry,
    verify_refuses_an_expired_token,
    verify_refuses_a_token_before_its_nbf,
}

type Members = Map<String, Value>;

async fn verify_returns_the_claims_that_were_issued(subject: Subject) {
    let claims = subject.claims(0, 600);
    assert_eq!(subject.issuer.verify(&subject.token(&claims)), Ok(claims));
}

async fn verify_refuses_malformed_tokens(subject: Subject) {
    for text in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30", "\0", "é.é.é"] {
        assert_eq!(subject.issuer.verify(text), Err(TokenError::Invalid), "{text:?}");
    }
    let token = subject.token(&subject.claims(0, 600));
    for text in [format!("{token}="), format!(" {token}"), format!("{token}.e30")] {
        assert_eq!(subject.issuer.verify(&text), Err(TokenError::Invalid), "{text:?}");
    }
}

async fn verify_refuses_another_algorithm(subject: Subject) {
    let token = subject.token(&subject.claims(0, 600));
    let (own, _) = subject.parts(&token);
    for algorithm in ["none", "None", "HS256", "HS512", "RS256", "ES256", "PS256", "EdDSA"] {
        if own["alg"] == algorithm {
            continue;
        }
        let forged = subject.forge(|header, _| set(header, "alg", json!(algorithm)));
        assert_eq!(subject.issuer.verify(&forged), Err(TokenError::Invalid), "{algorithm}");
        let unsigned = &forged[..=forged.rfind('.').unwrap()];
        assert_eq!(subject.issuer.verify(unsigned), Err(TokenError::Invalid), "{algorithm}");
    }
    subject.refuses(|header, _| unset(header, "alg"));
}

/// A signature by another key, or of other content.
async fn verify_refuses_another_key(subject: Subject) {
    let token = subject.token(&subject.claims(0, 600));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    bytes[0] ^= 1;
    let altered = format!("{signed}.{}", BASE64URL_NOPAD.encode(&bytes));
    assert_eq!(subject.issuer.verify(&altered), Err(TokenError::Invalid));
    let forged = subject.forge(|_, claims| set(claims, "role", json!("viewer")));
    let (other, _) = forged.rsplit_once('.').unwrap();
    let swapped = format!("{other}.{signature}");
    assert_eq!(subject.issuer.verify(&swapped), Err(TokenError::Invalid));
}

async fn verify_refuses_another_issuer(subject: Subject) {
    subject.refuses(|_, claims| set(claims, "iss", json!("https://elsewhere.example")));
    subject.refuses(|_, claims| unset(claims, "iss"));
}

async fn verify_refuses_another_audience(subject: Subject) {
    subject.refuses(|_, claims| set(claims, "aud", json!("elsewhere")));
    subject.refuses(|_, claims| unset(claims, "aud"));
}

async fn verify_refuses_tokens_for_another_audience(subject: Subject) {
    let claims = subject.claims(0, 600);
    for audience in ["billing", "https://billing.example/api", "Tenantry", "tenantry/"] {
        let token = subject.token_for(&claims, audience);
        assert_eq!(subject.issuer.verify(&token), Err(TokenError::Invalid), "{audience}");
    }
    assert_eq!(subject.issuer.verify(&subject.token(&claims)), Ok(claims));
}

async fn issue_for_changes_only_the_audience(subject: Subject) {
    let claims = subject.claims(0, 600);
    let (own_header, mut own) = subject.parts(&subject.token(&claims));
    let (header, other) = subject.parts(&subject.token_for(&claims, "billing"));
    assert_eq!(header, own_header);
    assert_eq!(own.insert("aud".to_owned(), json!("billing")), Some(json!("tenantry")));
    assert_eq!(other, own);
}

async fn verify_refuses_another_type(subject: Subject) {
    for other in ["JWT", "id+jwt", "rt+jwt", ""] {
        subject.refuses(|header, _| set(header, "typ", json!(other)));
    }
    subject.refuses(|header, _| unset(header, "typ"));
    subject.refuses(|_, claims| set(claims, "type", json!("refresh")));
}

async fn verify_refuses_a_token_without_expiry(subject: Subject) {
    subject.refuses(|_, claims| unset(claims, "exp"));
    subject.refuses(|_, claims| set(claims, "exp", Value::Null));
}

async fn verify_refuses_an_expired_token(subject: Subject) {
    let within_the_leeway = subject.claims(-600, 570);
    let token = subject.token(&within_the_leeway);
    assert_eq!(subject.issuer.verify(&token), Ok(within_the_leeway));
    for ended in [61, 3600] {
        let token = subject.token(&subject.claims(-7200, 7200 - ended));
        assert_eq!(subject.issuer.verify(&token), Err(TokenError::Expired), "{ended} s ago");
    }
}

async fn verify_refuses_a_token_before_its_nbf(subject: Subject) {
    let now = subject.clock.now().unix_seconds();
    subject.refuses(|_, claims| set(claims, "nbf", json!(now + 120)));
    let token = subject.token(&subject.claims(120, 600));
    assert_eq!(subject.issuer.verify(&token), Err(TokenError::Invalid), "issued in the future");
}

impl IssuerUnderTest {
    /// Claims that are valid from `start` seconds after now, for `lifetime` seconds.
    fn claims(&self, start: i64, lifetime: u64) -> AccessClaims {
        let organization = active("acme", "Acme");
        let admin: Admin = admin("ada", "acme", "ada@example.com");
        let ids = (TokenId::parse("token").unwrap(), SessionId::parse("session").unwrap());
        let start: DateTime<Utc> =
            DateTime::from_timestamp(self.clock.now().unix_seconds() + start, 0).unwrap();
        let lifetime = Duration::from_secs(lifetime);
        AccessClaims::new(ids, &admin, &organization, Timestamp::new(start), lifetime)
    }

    fn token(&self, claims: &AccessClaims) -> String {
        self.issuer.issue(claims).unwrap().0.expose_secret().to_owned()
    }

    fn token_for(&self, claims: &AccessClaims, audience: &str) -> String {
        let audience = Audience::parse(audience).unwrap();
        self.issuer.issue_for(claims, &audience).unwrap().0.expose_secret().to_owned()
    }

    /// The header and the claims of a token (RFC 7515, 3.1).
    fn parts(&self, token: &str) -> (Members, Members) {
        let part = |i| {
            let text: &str = token.split('.').nth(i).unwrap();
            serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()).unwrap()
        };
        (part(0), part(1))
    }

    /// A valid token, changed before it is signed.
    fn forge(&self, change: impl Fn(&mut Members, &mut Members)) -> String {
        let (mut header, mut claims) = self.parts(&self.token(&self.claims(0, 600)));
        change(&mut header, &mut claims);
        let encode = |part: &Members| BASE64URL_NOPAD.encode(&serde_json::to_vec(part).unwrap());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = BASE64URL_NOPAD.encode(&(self.sign)(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The change alone must make the token invalid.
    fn refuses(&self, change: impl Fn(&mut Members, &mut Members)) {
        let unchanged = self.issuer.verify(&self.forge(|_, _| {}));
        assert!(unchanged.is_ok(), "{unchanged:?}");
        let forged = self.forge(change);
        let parts = self.parts(&forged);
        assert_eq!(self.issuer.verify(&forged), Err(TokenError::Invalid), "{parts:?}");
    }
}

fn set(members: &mut Members, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}

fn unset(members: &mut Members, name: &str) {
    assert!(members.remove(name).is_some(), "there is no {name}");
}
