//! Origin of a request.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ids::text_value;
use crate::model::{ClientAddress, Invalid};

/// Client address and id of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestInfo {
    /// IP address of the client, as determined through the trusted proxies.
    pub address: ClientAddress,
    /// Id of the request.
    pub request_id: RequestId,
}

/// Id of a request (`X-Request-Id`): 1 to 128 ASCII letters, digits, `.`, `_` and `-`, so that it
/// can break neither a log line nor a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(String);

impl RequestId {
    const MAX: usize = 128;

    /// Parses an id chosen by a client.
    ///
    /// # Errors
    /// [`Invalid::Empty`], [`Invalid::TooLong`] and [`Invalid::Character`].
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() {
            Err(Invalid::Empty)
        } else if text.len() > Self::MAX {
            Err(Invalid::TooLong { max: Self::MAX })
        } else if let Some(c) = text.chars().find(|c| !known(*c)) {
            Err(Invalid::Character(c))
        } else {
            Ok(Self(text))
        }
    }

    /// Builds the id of a server's request number `count`: 16 hex digits, in which `process`
    /// distinguishes servers.
    #[must_use]
    pub fn numbered(process: u32, count: u32) -> Self {
        Self(format!("{process:08x}{count:08x}"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(RequestId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_name_cannot_break_a_log_line_or_a_header() {
        for sane in ["a", "req_1.2-3", &"x".repeat(128)] {
            assert_eq!(RequestId::parse(sane).unwrap().as_str(), sane);
        }
        for other in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert!(RequestId::parse(other).is_err(), "{other}");
        }
        let made = RequestId::numbered(0xab, 1);
        assert_eq!(RequestId::parse("000000ab00000001"), Ok(made));
    }
}
