//! Counters of password attempts, for brute-force protection.

use std::fmt;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{AdminId, ClientAddress, EmailKey, Timestamp};

/// The account whose password is tried.
#[derive(Debug, Clone, Copy)]
pub enum Account<'a> {
    /// The account with this e-mail address; it may not exist.
    Email(&'a EmailKey),
    /// This admin, who is logged in and re-authenticates.
    Admin(&'a AdminId),
}

impl fmt::Display for Account<'_> {
    /// No e-mail address contains a space outside quotes, so the texts of the two kinds never
    /// collide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(key) => f.write_str(key.as_str()),
            Self::Admin(id) => write!(f, "admin {id}"),
        }
    }
}

/// Key of an attempt counter: a kind, and a SHA-256 of account and client, so that stores do not
/// contain the addresses and e-mails of strangers. Clients are distinguished by
/// [`ClientAddress::network`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey(String);

impl AttemptKey {
    /// Attempts of one client at one account.
    #[must_use]
    pub fn pair(account: Account<'_>, client: ClientAddress) -> Self {
        Self::new("pair", &format!("{account} {}", client.network()))
    }

    /// Attempts of one client at all accounts.
    #[must_use]
    pub fn address(client: ClientAddress) -> Self {
        Self::new("address", &client.network().to_string())
    }

    /// Attempts of all clients at one account.
    #[must_use]
    pub fn account(account: Account<'_>) -> Self {
        Self::new("account", &account.to_string())
    }

    /// A key of no client and no account, for writes whose only purpose is their duration.
    #[must_use]
    pub fn padding() -> Self {
        Self::new("padding", "")
    }

    fn new(kind: &str, text: &str) -> Self {
        Self(format!("{kind}:{}", HEXLOWER.encode(&Sha256::digest(text))))
    }

    /// The key as text: the kind, a colon, and 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// State of the attempts under a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Failures since the last success, if any.
    pub failures: Option<Failures>,
    /// The time until which the last success is remembered.
    pub known_until: Option<Timestamp>,
}

/// Failed attempts. They expire together, one window after the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Number of failures.
    pub count: u64,
    /// Time of the first failure.
    pub first: Timestamp,
    /// Time of the last failure.
    pub last: Timestamp,
}

impl Attempts {
    /// The state after another failure; failures expire `window` after the first of them.
    #[must_use]
    pub fn failed(&self, at: Timestamp, window: Duration) -> Self {
        let failures = match self.failures {
            Some(Failures { count, first, last }) if first + window > at => {
                Failures { count: count + 1, first, last: last.max(at) }
            }
            _ => Failures { count: 1, first: at, last: at },
        };
        Self { failures: Some(failures), known_until: self.known_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Email;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::new(text.parse().unwrap())
    }

    fn key(email: &str) -> EmailKey {
        Email::parse(email).unwrap().key()
    }

    #[test]
    fn keys_differ_by_kind_account_and_network() {
        let (ada, bob, id) =
            (key("ada@example.com"), key("bob@example.com"), AdminId::parse("ada").unwrap());
        let (here, there) = (address("192.0.2.1"), address("2001:db8::1"));
        let mut keys = vec![AttemptKey::address(here), AttemptKey::address(there)];
        for account in [Account::Email(&ada), Account::Email(&bob), Account::Admin(&id)] {
            keys.push(AttemptKey::account(account));
            keys.extend([here, there].map(|client| AttemptKey::pair(account, client)));
        }
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn keys_do_not_depend_on_the_spelling_of_addresses() {
        let (lower, upper) = (key("ada@example.com"), key("Ada@Example.com"));
        let (one, other) = (address("2001:db8::1"), address("2001:db8::ffff"));
        assert_eq!(
            AttemptKey::pair(Account::Email(&lower), one),
            AttemptKey::pair(Account::Email(&upper), other)
        );
    }

    /// `printf %s ada@example.com | sha256sum`, as the operator documentation describes.
    #[test]
    fn the_account_key_is_a_sha256_of_the_email_address() {
        let ada = key("Ada@example.com");
        assert_eq!(
            AttemptKey::account(Account::Email(&ada)).as_str(),
            "account:b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"
        );
    }
}
