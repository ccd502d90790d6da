//! Web origins.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use actix_web::http::Uri;
use actix_web::http::header::HeaderValue;

/// Origin in the form that browsers send: `https://app.example.com`, with a port unless it is the
/// default port of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Reason why a text is not a valid origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidOrigin {
    /// The text contains a wildcard.
    Wildcard,
    /// The text is not an origin.
    Malformed,
}

impl Origin {
    /// Value of the header `Origin`.
    pub(crate) fn value(&self) -> &HeaderValue {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Parses `scheme://host[:port]` without anything after it, and normalizes it to the form that
    /// browsers send.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text.contains('*') {
            return Err(InvalidOrigin::Wildcard);
        }
        let text = text.to_ascii_lowercase();
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin::Malformed)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(InvalidOrigin::Malformed);
        };
        let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
        if host.is_empty() || text != format!("{scheme}://{host}{port}") {
            return Err(InvalidOrigin::Malformed);
        }
        let usual = matches!((scheme, &*port), ("http", ":80") | ("https", ":443"));
        let origin = format!("{scheme}://{host}{}", if usual { "" } else { &port });
        HeaderValue::from_str(&origin).map(Self).map_err(|_| InvalidOrigin::Malformed)
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wildcard => "must list each origin: wildcard origins are not allowed",
            Self::Malformed => {
                "must be origins such as https://app.example.com or http://localhost:3000, without a path"
            }
        })
    }
}

impl Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_as_browsers_send_them_are_accepted() {
        for (text, sent) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTPS://App.Example.com", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80", "http://app.example.com"),
            ("http://app.example.com:443", "http://app.example.com:443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("tauri://localhost", "tauri://localhost"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().value(), sent, "{text}");
        }
    }

    #[test]
    fn urls_that_are_not_exactly_an_origin_are_refused() {
        for text in [
            "",
            "null",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://app.example.com?query",
            "https://app.example.com#part",
            "https://user@app.example.com",
            "https://app.example.com:",
            "https://app.example.com:x",
            "https://app.example.com:0443",
            "https://bücher.example",
            "https://a b",
            "//app.example.com",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin::Malformed), "{text}");
        }
        for text in ["*", "https://*", "https://*.example.com"] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin::Wildcard), "{text}");
        }
    }
}
