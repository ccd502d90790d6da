//! Random secrets for clients, and the digests that are stored.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits. They can't be guessed, so that a fast hash is enough for the stored digest.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Wraps the output of a cryptographically secure random source.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Derives the next secret with `salt`: it can't be computed without both.
    #[must_use]
    pub fn next(&self, salt: &Salt) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tenantry: next secret");
        hash.update(self.0);
        hash.update(salt.0);
        Self(hash.finalize().into())
    }

    /// The digest to store.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest(Sha256::digest(self.0).into())
    }

    /// The secret as URL-safe text.
    #[must_use]
    pub fn expose(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Parses a secret; none for any other text.
    pub(in crate::model) fn read(text: &str) -> Option<Self> {
        bytes(text).map(Self)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The hash of a [`Secret`].
#[derive(Debug, Clone, Eq)]
pub struct SecretDigest([u8; 32]);

/// Compares in constant time.
impl PartialEq for SecretDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// 256 random bits that need not stay secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Wraps random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Implements serialization of digests and salts as text.
macro_rules! stored_as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                bytes(&text).map(Self).ok_or_else(|| de::Error::custom("not 256 bits"))
            }
        }
    };
}

stored_as_text!(SecretDigest);
stored_as_text!(Salt);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_secret_depends_on_the_secret_and_the_salt() {
        let (a, b) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let (s, t) = (Salt::new([3; 32]), Salt::new([4; 32]));
        assert_eq!(a.next(&s).digest(), a.next(&s).digest());
        for other in [a.next(&t), b.next(&s), a.clone()] {
            assert_ne!(a.next(&s).digest(), other.digest());
        }
    }

    #[test]
    fn a_secret_survives_a_round_trip_and_is_never_printed() {
        let secret = Secret::new([7; 32]);
        assert_eq!(Secret::read(&secret.expose()).unwrap().digest(), secret.digest());
        for text in ["", "short", &secret.expose()[1..], "!".repeat(43).as_str()] {
            assert!(Secret::read(text).is_none(), "{text}");
        }
        assert!(!format!("{secret:?}").contains('7'));
    }
}
