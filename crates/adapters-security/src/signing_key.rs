//! Ed25519 keys that sign tokens.

use data_encoding::BASE64URL_NOPAD;
use domain::model::{Invalid, KeyId, SigningKey, Timestamp};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use thiserror::Error;

/// Why there is no key to sign with.
#[derive(Debug, Error)]
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
}

/// A fresh Ed25519 key; its id is its thumbprint (RFC 7638).
///
/// # Errors
/// [`KeyError::NoRandomness`].
pub fn generate_signing_key(now: Timestamp) -> Result<SigningKey, KeyError> {
    let document =
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::NoRandomness)?;
    let pkcs8 = document.as_ref().to_vec();
    let id = thumbprint(&public_key(&pkcs8)?).map_err(|_| KeyError::Malformed)?;
    Ok(SigningKey { id, pkcs8, created_at: now })
}

/// The public half of a key: `x` of its JWK (RFC 8037) once it is base64url.
pub(crate) fn public_key(pkcs8: &[u8]) -> Result<Vec<u8>, KeyError> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?;
    Ok(pair.public_key().as_ref().to_vec())
}

fn thumbprint(public_key: &[u8]) -> Result<KeyId, Invalid> {
    let x = BASE64URL_NOPAD.encode(public_key);
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    KeyId::parse(BASE64URL_NOPAD.encode(digest(&SHA256, jwk.as_bytes()).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // RFC 8037, appendices A.2 and A.3.
        let key = BASE64URL_NOPAD.decode(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let id = thumbprint(&key).unwrap();
        assert_eq!(id.as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
