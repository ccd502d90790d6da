//! Reference APIs that an installation mounts.

use std::str::FromStr;

use thiserror::Error;

/// Mounted reference APIs (`COMPAT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialects {
    /// Dialect at `/org` and `/admin`.
    pub org: Option<OrgDialect>,
    /// Whether the dialect `enterprise` at `/organizations` and `/auth` is mounted.
    pub enterprise: bool,
}

/// Dialects that share the paths `/org` and `/admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrgDialect {
    /// Flat response bodies.
    Plain,
    /// Response bodies in an envelope.
    Envelope,
}

/// Reason why a text is not a valid list of dialects.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidDialects {
    /// Unknown name.
    #[error("must be a list of org, org-envelope and enterprise, or none")]
    Unknown,
    /// Two dialects with the same paths.
    #[error("must not have both org and org-envelope, which have the same paths")]
    Both,
    /// `none` together with a dialect.
    #[error("must not have none beside others")]
    NoneAndOthers,
}

impl Dialects {
    /// No dialect: version 1 only.
    pub const NONE: Self = Self { org: None, enterprise: false };

    /// Whether any dialect is mounted.
    pub(crate) fn any(self) -> bool {
        self != Self::NONE
    }
}

/// Dialects that are mounted by default.
impl Default for Dialects {
    fn default() -> Self {
        Self { org: Some(OrgDialect::Plain), enterprise: true }
    }
}

impl FromStr for Dialects {
    type Err = InvalidDialects;

    /// Parses comma-separated names, case-insensitively.
    fn from_str(text: &str) -> Result<Self, InvalidDialects> {
        let words: Vec<String> =
            text.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
        let has = |known: &str| words.iter().any(|word| word == known);
        if words.iter().any(|word| !WORDS.contains(&word.as_str())) {
            return Err(InvalidDialects::Unknown);
        }
        let org = match (has("org"), has("org-envelope")) {
            (true, true) => return Err(InvalidDialects::Both),
            (true, false) => Some(OrgDialect::Plain),
            (false, true) => Some(OrgDialect::Envelope),
            (false, false) => None,
        };
        let dialects = Self { org, enterprise: has("enterprise") };
        if has("none") && dialects.any() {
            return Err(InvalidDialects::NoneAndOthers);
        }
        Ok(dialects)
    }
}

const WORDS: [&str; 4] = ["org", "org-envelope", "enterprise", "none"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_parsed_in_any_case_and_order() {
        let envelope = Dialects { org: Some(OrgDialect::Envelope), enterprise: true };
        for (text, dialects) in [
            ("org,enterprise", Dialects::default()),
            (" Enterprise , ORG", Dialects::default()),
            ("org-envelope,enterprise", envelope),
            ("org", Dialects { enterprise: false, ..Dialects::default() }),
            ("enterprise", Dialects { org: None, ..Dialects::default() }),
            ("none", Dialects::NONE),
        ] {
            assert_eq!(text.parse(), Ok(dialects), "{text}");
        }
    }

    #[test]
    fn conflicting_dialects_are_refused() {
        for (text, refusal) in [
            ("org,org-envelope", InvalidDialects::Both),
            ("none,org", InvalidDialects::NoneAndOthers),
            ("", InvalidDialects::Unknown),
            ("org,,enterprise", InvalidDialects::Unknown),
            ("r0", InvalidDialects::Unknown),
        ] {
            assert_eq!(text.parse::<Dialects>(), Err(refusal), "{text}");
        }
    }
}
