//! Signer and verifier of audit checkpoints.

use super::BoxError;
use crate::model::KeyId;

/// Result of verifying a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// The signature is valid.
    Valid,
    /// The signature is invalid: another key made it, or it covers another message.
    Invalid,
    /// The key is not one of the trusted keys.
    UnknownKey,
}

/// Verifies signatures with the trusted public keys.
pub trait CheckpointVerifier: Send + Sync {
    /// MUST verify that `signature` (base64url without padding) covers `message` and was made with
    /// the private key of `key`.
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict;
}

/// Signs audit checkpoints with the private key of the installation.
pub trait CheckpointSigner: CheckpointVerifier {
    /// The id of the signing key.
    fn key_id(&self) -> KeyId;

    /// MUST sign `message` so that [`CheckpointVerifier::verify`] accepts the signature. The
    /// signature is base64url without padding.
    ///
    /// # Errors
    /// A cryptographic failure, which the caller can't act on.
    fn sign(&self, message: &[u8]) -> Result<String, BoxError>;

    /// MUST return the trusted public keys as a JWK set (RFC 7517).
    fn jwks(&self) -> serde_json::Value;
}
