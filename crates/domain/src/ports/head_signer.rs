//! Whoever signs audit trails.

use super::BoxError;
use crate::model::KeyId;

/// What a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// Made with the key.
    Right,
    /// Not made with the key, or of something else.
    Wrong,
    /// The key is not one of those that are trusted.
    UnknownKey,
}

/// Knows the public keys whose signatures are trusted.
pub trait HeadVerifier: Send + Sync {
    /// MUST tell whether `signature` (base64url without padding) was made under `message` with the private key of
    /// `key`.
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict;
}

/// Has the private key of the installation for its audit trails.
pub trait HeadSigner: HeadVerifier {
    /// The key that signs.
    fn key_id(&self) -> KeyId;

    /// MUST sign `message` so that [`HeadVerifier::verify`] says it is right; base64url without padding.
    ///
    /// # Errors
    /// A failure of the cryptography, which the caller can't act on.
    fn sign(&self, message: &[u8]) -> Result<String, BoxError>;

    /// MUST tell the public keys that are trusted, as a JWK set (RFC 7517).
    fn jwks(&self) -> serde_json::Value;
}
