//! Access tokens.

use thiserror::Error;

use super::BoxError;
use crate::model::{AccessClaims, AccessToken, Audience};

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// It is not one of ours: malformed, forged, of another algorithm or for another purpose.
    #[error("the token is not valid")]
    Invalid,
}

/// Issues and verifies access tokens (RFC 9068). The algorithm is fixed when the issuer is made.
pub trait TokenIssuer: Send + Sync {
    /// Signs `claims`.
    ///
    /// # Errors
    /// A failure of the cryptography, which the caller can't act on.
    fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, BoxError>;

    /// Signs `claims` for another service, which reads them as those of [`TokenIssuer::issue`] but for the audience.
    /// The token MUST have that audience alone, and [`TokenIssuer::verify`] MUST refuse it.
    ///
    /// # Errors
    /// As [`TokenIssuer::issue`].
    fn issue_for(
        &self,
        claims: &AccessClaims,
        audience: &Audience,
    ) -> Result<AccessToken, BoxError>;

    /// The claims of a token of ours.
    ///
    /// # Errors
    /// MUST refuse a token of another algorithm, key, issuer, audience or type, one without an end, and
    /// one that ended (with [`AccessClaims::LEEWAY`]) or begins later.
    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError>;

    /// The public keys, as a JWK set (RFC 7517); empty when the key is a shared secret.
    fn jwks(&self) -> serde_json::Value;
}
