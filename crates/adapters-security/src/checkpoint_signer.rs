//! Signatures of audit checkpoints: Ed25519 (RFC 8032), with a key from the configuration or the
//! store.

mod public_keys;
#[cfg(test)]
mod tests;

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use domain::model::{KeyId, SigningKey};
use domain::ports::{BoxError, CheckpointSigner, CheckpointVerifier, SignatureVerdict};
use ring::signature::Ed25519KeyPair;
use rustls_pki_types::pem::SectionKind;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::key_error::KeyError;
use crate::public_key::PublicKey;

pub use public_keys::PublicKeys;

/// Signs with one key, and trusts that key and its predecessors.
pub struct AuditSigner {
    id: KeyId,
    pair: Ed25519KeyPair,
    trusted: PublicKeys,
}

impl AuditSigner {
    /// Signs with the private key in `pem`, which no store has. Trusts exactly its public half and
    /// the public keys in `pem`, such as that of its predecessor.
    ///
    /// # Errors
    /// [`KeyError::NoPrivateKey`], [`KeyError::ManyPrivateKeys`] and [`KeyError::NotEd25519`].
    pub fn from_pem(pem: &SecretString) -> Result<Self, KeyError> {
        let (mut pairs, mut others) = (Vec::new(), PublicKeys::default());
        for (kind, der) in public_keys::sections(pem.expose_secret(), KeyError::NoPrivateKey)? {
            match kind {
                // OpenSSL writes no public half, which `from_pkcs8` requires.
                SectionKind::PrivateKey => {
                    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
                    pairs.push(pair.map_err(|_| KeyError::NotEd25519)?);
                }
                SectionKind::PublicKey => {
                    others.add(PublicKey::of_spki(&der).ok_or(KeyError::NotEd25519)?);
                }
                _ => return Err(KeyError::NotEd25519),
            }
        }
        let pair = pairs.pop().ok_or(KeyError::NoPrivateKey)?;
        if !pairs.is_empty() {
            return Err(KeyError::ManyPrivateKeys);
        }
        Self::new(pair, others)
    }

    /// Signs with `key` of a store; the keys in `all` are trusted.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_store(key: &SigningKey, all: &[SigningKey]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8).map_err(|_| KeyError::Malformed)?;
        let mut trusted = PublicKeys::default();
        for key in all {
            trusted.add(PublicKey::of_pkcs8(&key.pkcs8)?);
        }
        Self::new(pair, trusted)
    }

    /// The signing key is the first of the trusted keys.
    fn new(pair: Ed25519KeyPair, others: PublicKeys) -> Result<Self, KeyError> {
        let own = PublicKey::of(&pair)?;
        let mut trusted = PublicKeys::default();
        trusted.add(own);
        trusted.extend(others);
        Ok(Self { id: own.id(), pair, trusted })
    }
}

impl CheckpointVerifier for AuditSigner {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        self.trusted.verify(key, message, signature)
    }
}

impl CheckpointSigner for AuditSigner {
    fn key_id(&self) -> KeyId {
        self.id.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<String, BoxError> {
        Ok(BASE64URL_NOPAD.encode(self.pair.sign(message).as_ref()))
    }

    fn jwks(&self) -> Value {
        self.trusted.jwks()
    }
}

/// Without the private key.
impl fmt::Debug for AuditSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditSigner").field("id", &self.id).finish_non_exhaustive()
    }
}
