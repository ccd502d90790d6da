//! Forged tokens, built without the code under test.

use data_encoding::BASE64URL_NOPAD;
use domain::model::SigningKey;
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use super::{NOW, SECRET};

/// Signer of a forged token.
pub(super) enum Signer<'a> {
    Hs256(&'a [u8]),
    Ed25519(&'a SigningKey),
    Nothing,
}

/// A builder of forged tokens; initially, the issuer of its signer accepts the token.
pub(super) struct Forgery<'a> {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) signer: Signer<'a>,
}

impl<'a> Forgery<'a> {
    pub(super) fn hs256() -> Self {
        Self {
            header: json!({ "typ": "at+jwt", "alg": "HS256" }),
            claims: Self::claims(),
            signer: Signer::Hs256(SECRET.as_bytes()),
        }
    }

    pub(super) fn ed25519(key: &'a SigningKey) -> Self {
        Self {
            header: json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": key.id }),
            claims: Self::claims(),
            signer: Signer::Ed25519(key),
        }
    }

    /// The claims of [`super::claims`] in token format.
    pub(super) fn claims() -> Value {
        json!({
            "iss": "tenantry",
            "aud": "tenantry",
            "client_id": "tenantry",
            "sub": "a1",
            "sid": "s1",
            "jti": "t1",
            "iat": NOW,
            "exp": NOW + 3600,
            "role": "owner",
            "admin_id": "a1",
            "organization_id": "o1",
            "org_name": "Käse & \"Söhne\" 日本",
            "email": "ada@example.com",
            "type": "admin",
        })
    }

    /// Sets a member of the header.
    pub(super) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    /// Removes a member of the header.
    pub(super) fn headless(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().shift_remove(name).unwrap();
        self
    }

    /// Sets a claim.
    pub(super) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    /// Removes a claim.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().shift_remove(name).unwrap();
        self
    }

    /// Sets the signer.
    pub(super) fn signed_by(mut self, signer: Signer<'a>) -> Self {
        self.signer = signer;
        self
    }

    pub(super) fn token(&self) -> String {
        self.token_of(self.header.to_string(), self.claims.to_string())
    }

    /// A token of these bytes, which need not be JSON.
    pub(super) fn token_of(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let (header, claims) = (header.as_ref(), claims.as_ref());
        let message =
            format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
        let signature = match &self.signer {
            Signer::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Signer::Ed25519(key) => {
                let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8).unwrap();
                pair.sign(message.as_bytes()).as_ref().to_vec()
            }
            Signer::Nothing => Vec::new(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}
