//! Rate-limit policies, and the status of a client after a request was counted.

use std::time::Duration;

use super::windows::Counted;
use crate::model::RateQuota;
use crate::service::Error;

/// Policy under which a request was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Requests of an organization.
    Organization,
    /// Requests of a client network without an accepted token, and logins.
    Anonymous,
    /// Sign-ups of a client network.
    SignUp,
    /// Sign-ups by the admins of one organization.
    SignUpOrganization,
    /// All sign-ups in the installation.
    SignUpInstallation,
}

/// Rate-limit status of a client after a request was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitStatus {
    policy: Policy,
    quota: RateQuota,
    counted: Counted,
}

impl Policy {
    /// All policies.
    pub const ALL: [Self; 5] = [
        Self::Organization,
        Self::Anonymous,
        Self::SignUp,
        Self::SignUpOrganization,
        Self::SignUpInstallation,
    ];

    /// Name of the policy, for clients and metrics.
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

impl RateLimitStatus {
    pub(super) fn new(policy: Policy, quota: RateQuota, counted: Counted) -> Self {
        Self { policy, quota, counted }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// The quota of the policy.
    #[must_use]
    pub fn quota(&self) -> RateQuota {
        self.quota
    }

    /// Number of further requests that this process admits in the current window.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.counted.remaining
    }

    /// Time until the current window ends.
    #[must_use]
    pub fn resets_in(&self) -> Duration {
        self.counted.resets_in
    }

    /// Whether the request exceeds the limit.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.counted.within
    }

    /// Admits or refuses the request.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the limit is exceeded.
    pub fn admit(&self) -> Result<(), Error> {
        if self.counted.within {
            Ok(())
        } else {
            Err(Error::RateLimited { retry_after: self.counted.resets_in })
        }
    }
}
