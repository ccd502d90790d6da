//! Issuer and verifier of access tokens.

use thiserror::Error;

use super::BoxError;
use crate::model::{AccessClaims, AccessToken, Audience};

/// Reasons for which a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token was not issued by this installation: malformed, forged, with another algorithm or
    /// for another purpose.
    #[error("the token is not valid")]
    Invalid,
}

/// Issues and verifies access tokens (RFC 9068). The algorithm is fixed when the issuer is
/// constructed.
pub trait TokenIssuer: Send + Sync {
    /// Signs `claims`.
    ///
    /// # Errors
    /// A cryptographic failure, which the caller can't act on.
    fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, BoxError>;

    /// Signs `claims` for another service. The token has the same format as one of
    /// [`TokenIssuer::issue`], except for the audience. It MUST have that audience alone, and
    /// [`TokenIssuer::verify`] MUST refuse it.
    ///
    /// # Errors
    /// As [`TokenIssuer::issue`].
    fn issue_for(
        &self,
        claims: &AccessClaims,
        audience: &Audience,
    ) -> Result<AccessToken, BoxError>;

    /// Verifies a token of this installation and returns its claims.
    ///
    /// # Errors
    /// MUST refuse a token of another algorithm, key, issuer, audience or type, a token without an
    /// expiry, and one that has expired or is not valid yet (with [`AccessClaims::LEEWAY`]).
    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError>;

    /// Returns the public keys as a JWK set (RFC 7517); empty when the key is a shared secret.
    fn jwks(&self) -> serde_json::Value;
}
