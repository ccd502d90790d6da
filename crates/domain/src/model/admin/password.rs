//! Passwords and their hashes. Neither is ever printed.

mod common;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::text::slug::{fold, key};
use crate::model::{Email, Invalid, OrganizationName, Slug};

/// A password in clear text, which lives as long as its request.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    const MIN: usize = 8;
    const MAX: usize = 128;

    /// Validates a new password: 8 to 128 characters of any kind, and none of the 10,000 most
    /// common passwords (OWASP ASVS 5.0, 6.2). The owner is not known here: see
    /// [`Password::must_not_be_guessable`].
    ///
    /// # Errors
    /// [`Invalid::TooShort`], [`Invalid::TooLong`] and [`Invalid::Common`].
    pub fn choose(text: String) -> Result<Self, Invalid> {
        let length = text.chars().count();
        let password = Self::attempt(text);
        if length < Self::MIN {
            Err(Invalid::TooShort { min: Self::MIN })
        } else if length > Self::MAX {
            Err(Invalid::TooLong { max: Self::MAX })
        } else if common::is_common(password.expose()) {
            Err(Invalid::Common)
        } else {
            Ok(password)
        }
    }

    /// A password to verify. The rules for new passwords do not apply.
    #[must_use]
    pub fn attempt(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Refuses the first guesses of an attacker for the account `email` of `organization`: the
    /// address, its local part, and the name of the organization, in any spelling.
    ///
    /// # Errors
    /// [`Invalid::Guessable`].
    pub fn must_not_be_guessable(
        &self,
        email: &Email,
        organization: &OrganizationName,
    ) -> Result<(), Invalid> {
        let password = self.expose().trim();
        let address = email.key();
        let local_part = address.as_str().rsplit_once('@').map(|(local_part, _)| local_part);
        let folded = fold(password);
        let is_address = folded == address.as_str() || Some(folded.as_str()) == local_part;
        let is_name = key(password) == Slug::of(organization).as_str();
        if is_address || is_name { Err(Invalid::Guessable) } else { Ok(()) }
    }

    /// The password in clear text, for hashing only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A stored password hash: a PHC string or a bcrypt string.
#[derive(Debug, Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// Wraps the output of a hasher.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<Password, Invalid> {
        Password::choose(text.to_owned())
    }

    #[test]
    fn passwords_of_8_to_128_characters_are_accepted() {
        for text in ["7 signs".to_owned(), "пароль7".to_owned(), String::new()] {
            assert_eq!(chosen(&text).err(), Some(Invalid::TooShort { min: 8 }), "{text}");
        }
        let longest = "\u{1F511}".repeat(128);
        let too_long = chosen(&format!("{longest}!"));
        assert_eq!(too_long.err(), Some(Invalid::TooLong { max: 128 }));
        for text in ["8 signs!", " \0\t\n\u{7}\u{202E}  ", "парольчик", &longest] {
            assert!(chosen(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn common_passwords_are_refused_as_new_but_accepted_at_login() {
        for text in ["password", "PASSWORD", "Password1", "12345678", "QwertyUIOP", "iloveyou"] {
            assert_eq!(chosen(text).err(), Some(Invalid::Common), "{text}");
            assert_eq!(Password::attempt(text.to_owned()).expose(), text);
        }
        for text in ["password password", "iloveyou, Ada", " password"] {
            assert!(chosen(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn guessable_passwords_are_refused() {
        let email = Email::parse("Ada.Lovelace@Example.com").unwrap();
        let organization = OrganizationName::parse("Straße & Söhne").unwrap();
        let checked =
            |text: &str| chosen(text).unwrap().must_not_be_guessable(&email, &organization);
        for text in [
            "ada.lovelace@example.com",
            "ADA.LOVELACE@EXAMPLE.COM",
            "ada.lovelace",
            "  Ada.Lovelace\t",
            "Straße & Söhne",
            "STRASSE & SÖHNE",
            "strasse_söhne",
            "strasse-so\u{308}hne ",
        ] {
            assert_eq!(checked(text), Err(Invalid::Guessable), "{text:?}");
        }
        for text in [
            "ada.lovelace@example.org",
            "ada.lovelace1",
            "adalovelace",
            "@example.com",
            "example.com",
            "Straße & Söhne!1",
            "!!!!!!!!",
        ] {
            assert_eq!(checked(text), Ok(()), "{text:?}");
        }
    }
}
