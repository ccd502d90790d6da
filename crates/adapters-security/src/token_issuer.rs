//! Access tokens as JWT (RFC 9068).

mod claims;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::model::{AccessClaims, AccessToken, SigningKey};
use domain::ports::{BoxError, Clock, TokenError, TokenIssuer};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::ring_provider;
use crate::signing_key::{KeyError, public_key};
use claims::Claims;

/// The type of an access token (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";

/// Bytes of a token, over which it is refused unread: the longest that is issued has half of it.
const MAX_TOKEN: usize = 8 * 1024;

/// Bytes of a secret, at least: the output of SHA-256 (RFC 7518, 3.2).
const MIN_SECRET: usize = 32;

/// Issues and verifies access tokens with one key, whose kind decides the algorithm.
pub struct JwtIssuer {
    clock: Arc<dyn Clock>,
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    jwks: Value,
}

impl JwtIssuer {
    /// Signs with a shared secret (HS256).
    ///
    /// # Errors
    /// [`KeyError::ShortSecret`].
    pub fn with_secret(secret: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < MIN_SECRET {
            return Err(KeyError::ShortSecret);
        }
        let keys = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        Ok(Self::new(Algorithm::HS256, keys, clock))
    }

    /// Signs with an Ed25519 key (`EdDSA`), whose public half is published.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn with_key(key: &SigningKey, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        let public_key = public_key(&key.pkcs8)?;
        let keys = (EncodingKey::from_ed_der(&key.pkcs8), DecodingKey::from_ed_der(&public_key));
        let mut issuer = Self::new(Algorithm::EdDSA, keys, clock);
        issuer.header.kid = Some(key.id.to_string());
        issuer.jwks = json!({ "keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": key.id,
            "x": BASE64URL_NOPAD.encode(&public_key),
        }] });
        Ok(issuer)
    }

    fn new(
        algorithm: Algorithm,
        (encoding, decoding): (EncodingKey, DecodingKey),
        clock: Arc<dyn Clock>,
    ) -> Self {
        ring_provider::install();
        let mut header = Header::new(algorithm);
        header.typ = Some(TYPE.to_owned());
        // Off, because `Claims` checks both: the time by our clock, the audience by its type.
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { clock, header, encoding, decoding, validation, jwks: json!({ "keys": [] }) }
    }

    /// Whether a header, whose algorithm and signature are right already, is one of ours.
    fn accepts(&self, header: &Header) -> bool {
        let typed = header.typ.as_deref().is_some_and(is_access_token);
        // An extension that must be understood is not understood here (RFC 7515, 4.1.11).
        let plain = header.crit.is_none();
        let keyed = self.header.kid.is_none() || self.header.kid == header.kid;
        typed && plain && keyed
    }
}

impl TokenIssuer for JwtIssuer {
    fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, BoxError> {
        let token = jsonwebtoken::encode(&self.header, &Claims::from(claims), &self.encoding)?;
        Ok(AccessToken(SecretString::from(token)))
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| TokenError::Invalid)?;
        if !self.accepts(&token.header) {
            return Err(TokenError::Invalid);
        }
        token.claims.accept(self.clock.now())
    }

    fn jwks(&self) -> Value {
        self.jwks.clone()
    }
}

impl fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtIssuer").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The name of a media type goes without regard to case, and with or without `application/` (RFC 7515,
/// 4.1.9; RFC 9068, 4).
fn is_access_token(typ: &str) -> bool {
    const PREFIX: &str = "application/";
    let name = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    name.eq_ignore_ascii_case(TYPE)
}
