//! What counting a request came to.

use std::time::Duration;

use super::windows::Counted;
use crate::model::Quota;
use crate::service::Error;

/// What a request was counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Its organization.
    Organization,
    /// The address it came from, because it had no accepted token or was a login.
    Anonymous,
    /// The address it came from, because it was to make an organization.
    SignUp,
    /// The organization of its caller, because it was to create another one.
    SignUpOrganization,
    /// The installation, because it was to create an organization.
    SignUpInstallation,
}

/// Where a client stands after a request of its was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    policy: Policy,
    quota: Quota,
    counted: Counted,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 5] = [
        Self::Organization,
        Self::Anonymous,
        Self::SignUp,
        Self::SignUpOrganization,
        Self::SignUpInstallation,
    ];

    /// Its name, for clients and for figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Anonymous => "anonymous",
            Self::SignUp => "signup",
            Self::SignUpOrganization => "signup_organization",
            Self::SignUpInstallation => "signup_installation",
        }
    }
}

impl Standing {
    pub(super) fn new(policy: Policy, quota: Quota, counted: Counted) -> Self {
        Self { policy, quota, counted }
    }

    /// What the request was counted for.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// What is allowed in all.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// How many more requests this process lets through in the present window.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.counted.remaining
    }

    /// How long the present window still lasts.
    #[must_use]
    pub fn resets_in(&self) -> Duration {
        self.counted.resets_in
    }

    /// Whether the request is over the limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.counted.within
    }

    /// Whether the request is let through.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when it is not.
    pub fn admit(&self) -> Result<(), Error> {
        if self.counted.within {
            Ok(())
        } else {
            Err(Error::RateLimited { retry_after: self.counted.resets_in })
        }
    }
}
