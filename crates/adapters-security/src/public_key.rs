//! Public halves of Ed25519 keys, and their encodings.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::model::KeyId;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::key_error::KeyError;

/// The bytes before the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410, 4); DER permits no
/// other encoding.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The public half of an Ed25519 key; in base64url, `x` of its JWK (RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PublicKey([u8; 32]);

impl PublicKey {
    /// The public half of `pair`.
    pub(crate) fn of(pair: &Ed25519KeyPair) -> Result<Self, KeyError> {
        Self::new(pair.public_key().as_ref())
    }

    /// The public half of a stored key with both halves (PKCS #8 version 2, RFC 5958).
    pub(crate) fn of_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        Self::of(&Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?)
    }

    /// Parses a SubjectPublicKeyInfo in DER; none for another kind of key.
    pub(crate) fn of_spki(der: &[u8]) -> Option<Self> {
        Self::new(der.strip_prefix(&SPKI)?).ok()
    }

    /// Parses a JWK; none for another kind of key.
    pub(crate) fn of_jwk(jwk: &Value) -> Option<Self> {
        if jwk["kty"] != "OKP" || jwk["crv"] != "Ed25519" {
            return None;
        }
        Self::new(&BASE64URL_NOPAD.decode(jwk["x"].as_str()?.as_bytes()).ok()?).ok()
    }

    fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self).map_err(|_| KeyError::Malformed)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its id: the thumbprint of its JWK (RFC 7638).
    pub(crate) fn id(&self) -> KeyId {
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        KeyId::parse(BASE64URL_NOPAD.encode(digest(&SHA256, jwk.as_bytes()).as_ref()))
            .unwrap_or_else(|refusal| unreachable!("a thumbprint is a valid id: {refusal}"))
    }

    /// Its JWK (RFC 7517, RFC 8037), with the key id `id`.
    pub(crate) fn jwk(&self, id: &KeyId) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": id,
            "x": self.x(),
        })
    }

    /// In the format of `openssl pkey -pubout`.
    pub(crate) fn pem(&self) -> String {
        let spki = BASE64.encode(&[&SPKI[..], &self.0].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n")
    }

    /// Verifies that `signature` covers `message` and was made with the private half.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }

    fn x(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_id_is_the_thumbprint_of_rfc_8037() {
        // RFC 8037, appendices A.2 and A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let key = PublicKey::of_jwk(&json!({"kty": "OKP", "crv": "Ed25519", "x": x})).unwrap();
        assert_eq!(key.id().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn keys_survive_a_round_trip_through_jwk_and_pem() {
        let key = PublicKey([7; 32]);
        assert_eq!(PublicKey::of_jwk(&key.jwk(&key.id())), Some(key));
        let pem = key.pem();
        let body = pem.lines().nth(1).unwrap();
        assert_eq!(PublicKey::of_spki(&BASE64.decode(body.as_bytes()).unwrap()), Some(key));
    }
}
