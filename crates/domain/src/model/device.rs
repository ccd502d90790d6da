//! What a client says of itself.

use serde::{Deserialize, Serialize};

use super::ClientAddress;

/// Where a login came from: shown to the admin, who knows its own devices; nothing is decided on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The address that it came from.
    pub address: ClientAddress,
    /// What its program calls itself (`User-Agent`, RFC 9110).
    pub user_agent: Option<UserAgent>,
}

/// What a program calls itself: the first 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserAgent(String);

impl UserAgent {
    const MAX: usize = 200;

    /// Takes what can be shown of `text`; none when nothing can.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let shown: String =
            text.trim().chars().filter(|c| !c.is_control()).take(Self::MAX).collect();
        (!shown.is_empty()).then_some(Self(shown))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_characters_are_kept_and_none_that_control_a_terminal() {
        assert_eq!(UserAgent::of(" curl/8\u{1b}[0m ").unwrap().as_str(), "curl/8[0m");
        assert_eq!(UserAgent::of(&"é".repeat(500)).unwrap().as_str(), "é".repeat(200));
        assert_eq!(UserAgent::of(" \t"), None);
    }
}
