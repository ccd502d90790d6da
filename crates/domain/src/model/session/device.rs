//! Client devices of sessions.

use serde::{Deserialize, Serialize};

use crate::model::ClientAddress;

/// The device of a login, as shown to the admin, who can recognize it; no decision depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// IP address of the client.
    pub address: ClientAddress,
    /// The client's `User-Agent` (RFC 9110).
    pub user_agent: Option<UserAgent>,
}

/// A `User-Agent`: the first 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserAgent(String);

impl UserAgent {
    const MAX: usize = 200;

    /// Keeps the printable characters of `text`; none when there are none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let shown: String =
            text.trim().chars().filter(|c| !c.is_control()).take(Self::MAX).collect();
        (!shown.is_empty()).then_some(Self(shown))
    }

    /// The user agent as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_name_is_truncated_and_has_no_control_characters() {
        assert_eq!(UserAgent::of(" curl/8\u{1b}[0m ").unwrap().as_str(), "curl/8[0m");
        assert_eq!(UserAgent::of(&"é".repeat(500)).unwrap().as_str(), "é".repeat(200));
        assert_eq!(UserAgent::of(" \t"), None);
    }
}
