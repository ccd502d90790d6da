//! The keys of an issuer, ready for use.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::model::{KeyRing, SigningKey, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::Value;

use super::TYPE;
use crate::key_error::KeyError;
use crate::public_key::PublicKey;

/// A key and the header of its tokens.
pub(super) struct Key {
    pub(super) header: Header,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

impl Key {
    /// Builds the key of a shared secret.
    pub(super) fn of_secret(secret: &[u8]) -> Self {
        Self {
            header: header(Algorithm::HS256),
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
        }
    }

    /// Builds the key of an Ed25519 key pair with this public half.
    fn of_pair(key: &SigningKey, public_key: &PublicKey) -> Self {
        let mut header = header(Algorithm::EdDSA);
        header.kid = Some(key.id.to_string());
        Self {
            header,
            encoding: EncodingKey::from_ed_der(&key.pkcs8),
            decoding: DecodingKey::from_ed_der(public_key.bytes()),
        }
    }
}

fn header(algorithm: Algorithm) -> Header {
    let mut header = Header::new(algorithm);
    header.typ = Some(TYPE.to_owned());
    header
}

/// The keys with which an issuer signs and verifies.
pub(super) struct Keys(KeySource);

enum KeySource {
    Secret(Arc<Key>),
    /// Read by every request, and replaced when keys change.
    Ring(RwLock<Option<Arc<LoadedRing>>>),
}

/// The keys of a ring, by their ids.
struct LoadedRing {
    ring: KeyRing,
    keys: HashMap<String, Arc<Key>>,
    jwks: Vec<Value>,
}

impl Keys {
    pub(super) fn secret(key: Key) -> Self {
        Self(KeySource::Secret(Arc::new(key)))
    }

    /// No key, until a ring is set.
    pub(super) fn none() -> Self {
        Self(KeySource::Ring(RwLock::new(None)))
    }

    /// Uses exactly the keys of `ring` from now on.
    pub(super) fn hold(&self, ring: &KeyRing) -> Result<(), KeyError> {
        let KeySource::Ring(slot) = &self.0 else { return Err(KeyError::Fixed) };
        let loaded = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        if loaded.is_none_or(|loaded| loaded.ring != *ring) {
            let loaded = Some(Arc::new(LoadedRing::of(ring)?));
            *slot.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        }
        Ok(())
    }

    /// The key that signs at `now`.
    pub(super) fn signing(&self, now: Timestamp) -> Option<Arc<Key>> {
        match &self.0 {
            KeySource::Secret(key) => Some(Arc::clone(key)),
            KeySource::Ring(_) => {
                let loaded = self.loaded()?;
                loaded.keys.get(loaded.ring.signing(now).id.as_str()).cloned()
            }
        }
    }

    /// The key that a header names; a secret has no name.
    pub(super) fn named(&self, kid: Option<&str>) -> Option<Arc<Key>> {
        match &self.0 {
            KeySource::Secret(key) => Some(Arc::clone(key)),
            KeySource::Ring(_) => self.loaded()?.keys.get(kid?).cloned(),
        }
    }

    /// The public halves as JWK (RFC 7517, RFC 8037), oldest first.
    pub(super) fn published(&self) -> Vec<Value> {
        self.loaded().map_or_else(Vec::new, |loaded| loaded.jwks.clone())
    }

    fn loaded(&self) -> Option<Arc<LoadedRing>> {
        match &self.0 {
            KeySource::Secret(_) => None,
            KeySource::Ring(loaded) => {
                loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
            }
        }
    }
}

impl LoadedRing {
    fn of(ring: &KeyRing) -> Result<Self, KeyError> {
        let (mut keys, mut jwks) = (HashMap::new(), Vec::new());
        for key in ring.keys() {
            let public_key = PublicKey::of_pkcs8(&key.pkcs8)?;
            keys.insert(key.id.to_string(), Arc::new(Key::of_pair(key, &public_key)));
            jwks.push(public_key.jwk(&key.id));
        }
        Ok(Self { ring: ring.clone(), keys, jwks })
    }
}
