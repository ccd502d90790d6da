//! Random secrets that are handed out, and what is kept of them.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits: nobody guesses them, so that a fast hash of them is enough to keep.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes the bytes of a random source that is fit for secrets.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret that follows this one when `salt` is thrown in: whoever lacks either can't tell it.
    #[must_use]
    pub fn next(&self, salt: &Salt) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tenantry: next secret");
        hash.update(self.0);
        hash.update(salt.0);
        Self(hash.finalize().into())
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest(Sha256::digest(self.0).into())
    }

    /// The secret as text that can stand in a URL.
    #[must_use]
    pub fn expose(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// The secret of a text; none for any other text.
    pub(super) fn read(text: &str) -> Option<Self> {
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

/// In constant time.
impl PartialEq for SecretDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// 256 random bits that are no secret by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Both are stored as text.
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
    fn the_next_secret_hangs_on_the_secret_and_on_the_salt() {
        let (a, b) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let (s, t) = (Salt::new([3; 32]), Salt::new([4; 32]));
        assert_eq!(a.next(&s).digest(), a.next(&s).digest());
        for other in [a.next(&t), b.next(&s), a.clone()] {
            assert_ne!(a.next(&s).digest(), other.digest());
        }
    }

    #[test]
    fn a_secret_is_read_as_it_was_exposed_and_is_never_printed() {
        let secret = Secret::new([7; 32]);
        assert_eq!(Secret::read(&secret.expose()).unwrap().digest(), secret.digest());
        for text in ["", "short", &secret.expose()[1..], "!".repeat(43).as_str()] {
            assert!(Secret::read(text).is_none(), "{text}");
        }
        assert!(!format!("{secret:?}").contains('7'));
    }
}
