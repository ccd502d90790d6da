//! Signatures that are easy to forge.

use data_encoding::BASE64URL_NOPAD;
use domain::model::KeyId;
use domain::ports::{BoxError, CheckpointSigner, CheckpointVerifier, SignatureVerdict};

/// Signs with the message itself, under the key id `fake`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeSigner;

impl CheckpointVerifier for FakeSigner {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        if *key != self.key_id() {
            SignatureVerdict::UnknownKey
        } else if self.sign(message).is_ok_and(|right| right == signature) {
            SignatureVerdict::Valid
        } else {
            SignatureVerdict::Invalid
        }
    }
}

impl CheckpointSigner for FakeSigner {
    fn key_id(&self) -> KeyId {
        KeyId::parse("fake").unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<String, BoxError> {
        Ok(BASE64URL_NOPAD.encode(message))
    }

    fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [] })
    }
}
