//! Access tokens as JWT (RFC 9068).

mod claims;
mod keys;
#[cfg(test)]
mod tests;
mod verified;

use std::fmt;
use std::sync::Arc;

use domain::model::{AccessClaims, AccessToken, Audience, KeyRing, SigningKey, Timestamp};
use domain::ports::{BoxError, Clock, KeyHolder, TokenError, TokenIssuer};
use jsonwebtoken::{Algorithm, Header, Validation, decode_header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use crate::key_error::KeyError;
use crate::ring_provider;
use crate::signing_key::generate_signing_key;
use claims::{Claims, Tenantry};
use keys::{Key, Keys};
use verified::{VerifiedToken, VerifiedTokens};

/// The type of an access token (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";

/// Maximum size of a token in bytes; a larger one is refused unread. The longest issued token has
/// half of it.
const MAX_TOKEN: usize = 8 * 1024;

/// Minimum size of a secret in bytes: the output of SHA-256 (RFC 7518, 3.2).
const MIN_SECRET: usize = 32;

/// Issues and verifies access tokens, with a shared secret or with Ed25519 keys; this choice fixes
/// the algorithm.
pub struct JwtIssuer {
    clock: Arc<dyn Clock>,
    keys: Keys,
    validation: Validation,
    verified: VerifiedTokens,
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
        Ok(Self::new(Algorithm::HS256, Keys::secret(Key::of_secret(secret)), clock))
    }

    /// Signs with the Ed25519 keys of the ring that it holds (`EdDSA`), whose public halves are
    /// published. Until it holds one, it signs and accepts nothing.
    #[must_use]
    pub fn with_keys(clock: Arc<dyn Clock>) -> Self {
        Self::new(Algorithm::EdDSA, Keys::none(), clock)
    }

    /// As [`Self::with_keys`], holding one key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn with_key(key: &SigningKey, clock: Arc<dyn Clock>) -> Result<Self, KeyError> {
        let issuer = Self::with_keys(clock);
        if let Some(ring) = KeyRing::new(vec![key.clone()]) {
            issuer.keys.hold(&ring)?;
        }
        Ok(issuer)
    }

    fn new(algorithm: Algorithm, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        ring_provider::install();
        // Disabled, because `Claims` checks both: the time by our clock, the audience by its type.
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { clock, keys, validation, verified: VerifiedTokens::new() }
    }

    fn sign(&self, claims: &Claims<impl Serialize>) -> Result<AccessToken, BoxError> {
        let key = self.keys.signing(self.clock.now()).ok_or("there is no key to sign with")?;
        let token = jsonwebtoken::encode(&key.header, claims, &key.encoding)?;
        Ok(AccessToken(SecretString::from(token)))
    }

    /// The content of a token with a valid signature of one of our keys, whether it is current or
    /// not.
    fn read(&self, token: &str) -> Result<VerifiedToken, TokenError> {
        // The header only selects one of our own keys and the token type; it is trusted once the
        // signature is verified.
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let key = self.keys.named(header.kid.as_deref()).ok_or(TokenError::Invalid)?;
        if !is_ours(&header) {
            return Err(TokenError::Invalid);
        }
        let decoded = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(|_| TokenError::Invalid)?;
        Ok(VerifiedToken { key: header.kid, claims: decoded.claims })
    }
}

impl TokenIssuer for JwtIssuer {
    fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, BoxError> {
        self.sign(&Claims::new(claims, Tenantry::Tenantry))
    }

    fn issue_for(
        &self,
        claims: &AccessClaims,
        audience: &Audience,
    ) -> Result<AccessToken, BoxError> {
        self.sign(&Claims::new(claims, audience.as_str()))
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let known = self.verified.get(token, || self.read(token))?;
        // The key may have been revoked since.
        self.keys.named(known.key.as_deref()).ok_or(TokenError::Invalid)?;
        known.claims.accept(self.clock.now())
    }

    fn jwks(&self) -> Value {
        json!({ "keys": self.keys.published() })
    }
}

impl KeyHolder for JwtIssuer {
    fn generate(&self, now: Timestamp) -> Result<SigningKey, BoxError> {
        Ok(generate_signing_key(now)?)
    }

    fn hold(&self, ring: &KeyRing) -> Result<(), BoxError> {
        Ok(self.keys.hold(ring)?)
    }
}

impl fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms = &self.validation.algorithms;
        f.debug_struct("JwtIssuer").field("algorithms", algorithms).finish_non_exhaustive()
    }
}

/// Whether a header is that of an access token, without critical extensions (RFC 7515, 4.1.11).
fn is_ours(header: &Header) -> bool {
    header.typ.as_deref().is_some_and(is_access_token) && header.crit.is_none()
}

/// Media types are case-insensitive, and may omit `application/` (RFC 7515, 4.1.9; RFC 9068, 4).
fn is_access_token(typ: &str) -> bool {
    const PREFIX: &str = "application/";
    let name = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    name.eq_ignore_ascii_case(TYPE)
}
