//! Trusted public keys.

use data_encoding::BASE64URL_NOPAD;
use domain::model::KeyId;
use domain::ports::{CheckpointVerifier, SignatureVerdict};
use rustls_pki_types::pem::{PemObject, SectionKind};
use serde_json::{Value, json};

use crate::key_error::KeyError;
use crate::public_key::PublicKey;

/// Public Ed25519 keys, each identified by its thumbprint (RFC 7638), whatever other name a file
/// gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(Vec<(KeyId, PublicKey)>);

impl PublicKeys {
    /// Parses the keys in a text: PEM (RFC 8410), a JWK or a JWK set (RFC 7517).
    ///
    /// # Errors
    /// [`KeyError::NoPublicKey`], [`KeyError::Private`] and [`KeyError::NotEd25519`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Self::default();
        if text.trim_start().starts_with('{') {
            let json: Value = serde_json::from_str(text).map_err(|_| KeyError::NoPublicKey)?;
            let set = json["keys"].as_array();
            for jwk in set.map_or(std::slice::from_ref(&json), Vec::as_slice) {
                keys.add(of_jwk(jwk)?);
            }
        } else {
            for (kind, der) in sections(text, KeyError::NoPublicKey)? {
                keys.add(of_section(kind, &der)?);
            }
        }
        if keys.0.is_empty() { Err(KeyError::NoPublicKey) } else { Ok(keys) }
    }

    /// Adds those of `others` that are missing here.
    pub fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|(_, key)| self.add(key));
    }

    /// As a JWK set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys: Vec<_> = self.0.iter().map(|(id, key)| key.jwk(id)).collect();
        json!({ "keys": keys })
    }

    /// In PEM, one after the other.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.iter().map(|(_, key)| key.pem()).collect()
    }

    pub(super) fn add(&mut self, key: PublicKey) {
        if self.0.iter().all(|(_, known)| *known != key) {
            self.0.push((key.id(), key));
        }
    }
}

impl CheckpointVerifier for PublicKeys {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        let Some((_, key)) = self.0.iter().find(|(id, _)| id == key) else {
            return SignatureVerdict::UnknownKey;
        };
        match BASE64URL_NOPAD.decode(signature.as_bytes()) {
            Ok(signature) if key.verifies(message, &signature) => SignatureVerdict::Valid,
            _ => SignatureVerdict::Invalid,
        }
    }
}

/// The blocks of known kinds in a PEM text (RFC 7468); `refusal` is the error for an unreadable
/// one.
pub(super) fn sections(
    text: &str,
    refusal: KeyError,
) -> Result<Vec<(SectionKind, Vec<u8>)>, KeyError> {
    let sections: Result<_, _> = PemObject::pem_slice_iter(text.as_bytes()).collect();
    // The parser's error may quote the key.
    sections.map_err(|_| refusal)
}

fn of_section(kind: SectionKind, der: &[u8]) -> Result<PublicKey, KeyError> {
    match kind {
        SectionKind::PublicKey => PublicKey::of_spki(der).ok_or(KeyError::NotEd25519),
        SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey => {
            Err(KeyError::Private)
        }
        _ => Err(KeyError::NoPublicKey),
    }
}

fn of_jwk(jwk: &Value) -> Result<PublicKey, KeyError> {
    if jwk["kty"].is_null() {
        Err(KeyError::NoPublicKey)
    } else if jwk["d"].is_null() {
        PublicKey::of_jwk(jwk).ok_or(KeyError::NotEd25519)
    } else {
        Err(KeyError::Private)
    }
}
