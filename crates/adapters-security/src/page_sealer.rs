//! [`PageSealer`] with HMAC-SHA256.

use domain::model::SigningKey;
use domain::ports::PageSealer;
use ring::hmac;

/// Authenticates page tokens with a key of the store.
pub struct HmacSealer(hmac::Key);

impl HmacSealer {
    /// Uses all bytes of `key` as the HMAC key; it must not be used for anything else.
    #[must_use]
    pub fn new(key: &SigningKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key.pkcs8))
    }
}

impl PageSealer for HmacSealer {
    fn seal(&self, message: &[u8]) -> [u8; 32] {
        let mut seal = [0; 32];
        seal.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        seal
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use domain::model::KeyId;
    use port_contracts::fixtures::at;

    use super::*;

    /// RFC 4231, section 4.3.
    #[test]
    fn a_seal_is_an_hmac_sha256() {
        let id = KeyId::parse("key").unwrap();
        let key = SigningKey { id, pkcs8: b"Jefe".to_vec(), created_at: at(0) };
        let seal = HmacSealer::new(&key).seal(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(HEXLOWER.encode(&seal), expected);
    }
}
