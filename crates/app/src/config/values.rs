//! Parsers for setting values. Errors state what a value must be; the caller adds the setting, and
//! the value unless it is secret.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

/// Minimum length of a secret in bytes: the output size of SHA-256 (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// Maximum length of a database name in bytes.
const MAX_DATABASE_NAME: usize = 63;

/// Error text: what a value must be.
pub(crate) type InvalidValue = String;

/// Parses one of `words`, case-insensitively.
pub(crate) fn word<T: Copy>(words: &[(&str, T)]) -> impl Fn(&str) -> Result<T, InvalidValue> {
    move |text| {
        let word = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        word.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("must be one of {}", words.join(", "))
        })
    }
}

/// Parses an integer within `limits`.
pub(crate) fn number<T>(limits: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, InvalidValue>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| {
        let number = text.parse().ok().filter(|number| limits.contains(number));
        number.ok_or_else(|| {
            format!("must be a whole number from {} to {}", limits.start(), limits.end())
        })
    }
}

/// Parses an IP address and port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, InvalidValue> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8000".to_owned())
}

/// Parses the path of a file or directory.
pub(crate) fn path(text: &str) -> Result<PathBuf, InvalidValue> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(PathBuf::from(text)) }
}

/// Parses a JSON list or comma-separated values.
pub(crate) fn list<T, C>(text: &str) -> Result<C, InvalidValue>
where
    T: FromStr<Err: Display>,
    C: FromIterator<T>,
{
    let read = |item: &str| item.parse::<T>().map_err(|error| error.to_string());
    if text.trim_start().starts_with('[') {
        let items: Vec<String> =
            serde_json::from_str(text).map_err(|_| "must be a JSON list of strings".to_owned())?;
        return items.iter().map(|item| read(item)).collect();
    }
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(read).collect()
}

/// Parses a connection string; checks only the scheme, because the driver validates the rest.
pub(crate) fn mongodb_url(text: &str) -> Result<SecretString, InvalidValue> {
    if text.starts_with("mongodb://") || text.starts_with("mongodb+srv://") {
        Ok(SecretString::from(text))
    } else {
        Err("must begin with mongodb:// or mongodb+srv://".to_owned())
    }
}

/// Parses a database name that MongoDB accepts on every platform (MongoDB manual, "Naming
/// Restrictions").
pub(crate) fn database_name(text: &str) -> Result<String, InvalidValue> {
    let own = ["admin", "local", "config"].iter().any(|own| own.eq_ignore_ascii_case(text));
    let bad = |c: char| c.is_control() || r#"/\. "$*<>:|?"#.contains(c);
    if own {
        Err("must not be a database that MongoDB reserves".to_owned())
    } else if text.is_empty() || text.len() > MAX_DATABASE_NAME || text.contains(bad) {
        Err(format!(
            "must be 1 to {MAX_DATABASE_NAME} bytes long, without spaces, control characters and any of /\\.\"$*<>:|?"
        ))
    } else {
        Ok(text.to_owned())
    }
}

/// Parses a secret that is long enough to resist guessing.
pub(crate) fn secret(text: &str) -> Result<SecretString, InvalidValue> {
    if text.len() < MIN_SECRET {
        Err(format!("must have at least {MIN_SECRET} bytes"))
    } else {
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parsed_in_any_case() {
        let read = word(&[("open", 1), ("operator", 2)]);
        assert_eq!(read("OPERATOR"), Ok(2));
        assert_eq!(read("Open"), Ok(1));
        assert_eq!(read("").unwrap_err(), "must be one of open, operator");
    }

    #[test]
    fn numbers_outside_of_their_limits_are_refused() {
        let read = number(1..=60_u32);
        assert_eq!(read("60"), Ok(60));
        for text in ["0", "61", "-1", "1.5", "", "x", "99999999999999999999"] {
            assert_eq!(read(text).unwrap_err(), "must be a whole number from 1 to 60");
        }
    }

    #[test]
    fn an_address_requires_a_port() {
        assert!(address("[::1]:0").is_ok());
        assert!(address("127.0.0.1").is_err());
        assert!(address("127.0.0.1:65536").is_err());
    }

    #[test]
    fn lists_are_comma_separated_or_json() {
        let read = |text: &str| list::<u8, Vec<u8>>(text);
        for text in ["1,2", " 1 , 2, ", r#"["1", "2"]"#, r#" ["1","2"] "#] {
            assert_eq!(read(text), Ok(vec![1, 2]), "{text}");
        }
        for text in ["", " ", ",", "[]"] {
            assert_eq!(read(text), Ok(vec![]), "{text}");
        }
        for text in ["[1, 2]", "[\"1\"", r#"{"a": "1"}"#, "1;2", "1 2", "1,256"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_connection_string_requires_a_mongodb_scheme() {
        assert!(mongodb_url("mongodb://127.0.0.1").is_ok());
        assert!(mongodb_url("mongodb+srv://cluster.example.com").is_ok());
        assert!(mongodb_url("postgres://127.0.0.1").is_err());
    }

    #[test]
    fn database_names_are_portable() {
        for good in ["org_management", "é", &"x".repeat(63)] {
            assert!(database_name(good).is_ok(), "{good}");
        }
        for bad in ["", "a.b", "a b", "a$", "a/b", "a\\b", "a\0", "Admin", &"é".repeat(32)] {
            assert!(database_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_requires_32_bytes() {
        assert!(secret(&"é".repeat(16)).is_ok());
        assert!(secret(&"x".repeat(31)).is_err());
    }
}
