//! Passwords and their hashes. Neither is ever printed.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Invalid;

/// A password in clear, for as long as a request lasts.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    const MIN: usize = 8;
    const MAX: usize = 128;

    /// A password that somebody chooses: 8 to 128 characters of any kind (OWASP ASVS 5.0, 6.2).
    ///
    /// # Errors
    /// [`Invalid::TooShort`] and [`Invalid::TooLong`].
    pub fn choose(text: String) -> Result<Self, Invalid> {
        let length = text.chars().count();
        let password = Self::attempt(text);
        if length < Self::MIN {
            Err(Invalid::TooShort { min: Self::MIN })
        } else if length > Self::MAX {
            Err(Invalid::TooLong { max: Self::MAX })
        } else {
            Ok(password)
        }
    }

    /// A password that somebody tries. Rules for new passwords do not apply: it is right or wrong.
    #[must_use]
    pub fn attempt(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The password in clear, to be hashed and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What is stored instead of a password: a PHC string or a bcrypt string.
#[derive(Debug, Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// A hash as a hasher made it.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The hash as text, for a hasher or a store.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for PasswordHash {}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
