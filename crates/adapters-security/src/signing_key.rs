//! Generation of Ed25519 signing keys for tokens and audit trails.

use domain::model::{SigningKey, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use crate::key_error::KeyError;
use crate::public_key::PublicKey;

/// Generates an Ed25519 key; its id is its thumbprint (RFC 7638).
///
/// # Errors
/// [`KeyError::NoRandomness`].
pub fn generate_signing_key(now: Timestamp) -> Result<SigningKey, KeyError> {
    let document =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::NoRandomness)?;
    let pkcs8 = document.as_ref().to_vec();
    let id = PublicKey::of_pkcs8(&pkcs8)?.id();
    Ok(SigningKey { id, pkcs8, created_at: now })
}
