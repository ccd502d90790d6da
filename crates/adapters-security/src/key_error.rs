//! What is wrong with keys.

use thiserror::Error;

/// Why there is no key to sign with, or to verify with. None of them quotes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The operating system gave no random bytes.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// A secret of less than 32 bytes, the output of SHA-256 (RFC 7518, 3.2).
    #[error("the secret must have at least 32 bytes")]
    ShortSecret,
    /// Not an Ed25519 key with its public half (PKCS #8 version 2, RFC 5958).
    #[error("the signing key is not a valid Ed25519 key")]
    Malformed,
    /// Tokens are signed with a secret.
    #[error("tokens are signed with a secret, and with no other key")]
    Fixed,
    /// A text that has no private key in it, or one that is encrypted.
    #[error(
        "must be a private key in PEM (PKCS #8, not encrypted), as `openssl genpkey -algorithm ed25519` writes it"
    )]
    NoPrivateKey,
    /// A text with several private keys in it: nobody could tell which one signs.
    #[error("must have one private key; only public ones may come with it")]
    ManyPrivateKeys,
    /// A text that has no public key in it.
    #[error(
        "must be a public key in PEM, as `openssl pkey -pubout` writes it, or a JWK or a set of them"
    )]
    NoPublicKey,
    /// A text with a private key in it, where a public one has to be.
    #[error("must be a public key: this one is private and must stay secret")]
    Private,
    /// A key of another kind, such as RSA.
    #[error("must be an Ed25519 key")]
    NotEd25519,
}
