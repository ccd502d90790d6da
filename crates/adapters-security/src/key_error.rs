//! Errors of keys.

use thiserror::Error;

/// Reasons for which a key can't be used. None of the messages quotes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The operating system provided no random bytes.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// A secret of less than 32 bytes, the output of SHA-256 (RFC 7518, 3.2).
    #[error("the secret must have at least 32 bytes")]
    ShortSecret,
    /// Not an Ed25519 key with its public half (PKCS #8 version 2, RFC 5958).
    #[error("the signing key is not a valid Ed25519 key")]
    Malformed,
    /// Tokens are signed with a shared secret, so there are no other keys.
    #[error("tokens are signed with a secret, and with no other key")]
    Fixed,
    /// The text contains no private key, or an encrypted one.
    #[error(
        "must be a private key in PEM (PKCS #8, not encrypted), as `openssl genpkey -algorithm ed25519` writes it"
    )]
    NoPrivateKey,
    /// The text contains several private keys: it is ambiguous which one signs.
    #[error("must have one private key; only public ones may come with it")]
    ManyPrivateKeys,
    /// The text contains no public key.
    #[error(
        "must be a public key in PEM, as `openssl pkey -pubout` writes it, or a JWK or a set of them"
    )]
    NoPublicKey,
    /// The text contains a private key instead of a public one.
    #[error("must be a public key: this one is private and must stay secret")]
    Private,
    /// A key of another kind, such as RSA.
    #[error("must be an Ed25519 key")]
    NotEd25519,
}
