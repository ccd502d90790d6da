//! Audiences of access tokens.

use std::str::FromStr;

use crate::model::Invalid;

/// The audience of an access token (`aud`): the name of the service that accepts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(String);

impl Audience {
    /// The audience of tokens for this service itself.
    pub const OWN: &str = "tenantry";
    /// Maximum number of characters.
    const MAX: usize = 128;

    /// Parses 1 to 128 visible ASCII characters: a name or a URI.
    ///
    /// # Errors
    /// [`Invalid`] for any other text.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(Invalid::Character(c));
        }
        if text.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        Ok(Self(text))
    }

    /// The audience as it appears in a token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parses the audience of another service; refuses [`Audience::OWN`].
impl FromStr for Audience {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match Self::parse(text)? {
            own if own.0 == Self::OWN => {
                Err(Invalid::Format("must not be tenantry, the audience of this service"))
            }
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_a_name_or_a_uri() {
        for text in ["billing", "https://billing.example/api?v=1", &"x".repeat(128)] {
            assert_eq!(Audience::parse(text).unwrap().as_str(), text);
            assert!(text.parse::<Audience>().is_ok());
        }
        assert_eq!(Audience::parse(""), Err(Invalid::Empty));
        assert_eq!(Audience::parse("a b"), Err(Invalid::Character(' ')));
        assert_eq!(Audience::parse("é"), Err(Invalid::Character('é')));
        assert_eq!(Audience::parse("x".repeat(129)), Err(Invalid::TooLong { max: 128 }));
    }

    #[test]
    fn from_str_refuses_the_audience_of_this_service() {
        assert!(Audience::OWN.parse::<Audience>().is_err());
    }
}
