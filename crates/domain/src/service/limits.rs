//! Rate limits of organizations and of clients without a token. The counters are local to a
//! process; with several processes, each admits a share of the limit.

mod daily;
mod status;
mod windows;

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::Error;
use crate::model::{
    ClientAddress, NodeId, Nodes, Organization, OrganizationId, QuotaWindow, RateLimit, RateQuota,
};
use crate::ports::{Clock, NodeRegistry, Ports, StoreError};
use crate::service::Caller;

pub use daily::DailyLimit;
pub use status::{Policy, RateLimitStatus};

use daily::Daily;
use windows::{Counted, FixedWindows};

/// Limits of an installation on requests, and on the data that they create. Nothing is limited by
/// default.
#[derive(Debug, Clone, Copy, Default)]
pub struct RateLimits {
    /// Requests of one organization, unless its record has its own limit (`RATE_LIMIT_PER_ORG`).
    pub organization: RateLimit,
    /// Requests of one address without an accepted token (`RATE_LIMIT_ANONYMOUS`).
    pub anonymous: RateLimit,
    /// Window of these two limits (`RATE_LIMIT_WINDOW_SECONDS`); without it, neither applies.
    pub window: Option<QuotaWindow>,
    /// Organizations created from one address per minute (`RATE_LIMIT_SIGNUP`).
    pub sign_up: RateLimit,
    /// Organizations created in the installation per hour; the admins of one organization may
    /// create a tenth of them (`SIGNUP_LIMIT_PER_HOUR`).
    pub sign_up_per_hour: RateLimit,
    /// Changes to an organization and its admins per day; a tenth of them may be renames
    /// (`CHANGES_PER_ORG_PER_DAY`).
    pub changes_per_day: RateLimit,
    /// KiB of responses stored for `Idempotency-Key`s per day; half of them for organizations, a
    /// tenth for one, and half for sign-ups without a token (`IDEMPOTENCY_KIB_PER_DAY`).
    pub kept_kib_per_day: RateLimit,
    /// Admins of one organization; 0 means no limit (`MAX_ADMINS_PER_ORG`).
    pub admins: u64,
}

/// Counts requests. Clones share the counts.
#[derive(Clone)]
pub struct Limits(Arc<Shared>);

struct Shared {
    rules: RateLimits,
    clock: Arc<dyn Clock>,
    registry: Arc<dyn NodeRegistry>,
    node: NodeId,
    /// The last known number of processes.
    nodes: AtomicU32,
    organizations: FixedWindows<OrganizationId>,
    addresses: FixedWindows<ClientAddress>,
    sign_ups: FixedWindows<ClientAddress>,
    refused_operators: FixedWindows<Option<ClientAddress>>,
    unknown_logins: FixedWindows<()>,
    /// By the organization of the caller; `None` counts the installation.
    hourly_sign_ups: FixedWindows<Option<OrganizationId>>,
    daily: Daily,
}

/// Refused operator tokens of one client network, enough for typing mistakes. Tokens over the limit
/// are neither logged nor recorded.
const REFUSED_OPERATORS: (u32, Duration) = (5, Duration::from_secs(60));
/// Refused operator tokens that the audit trail of the installation records, of all clients, so
/// that many clients can't fill it; and as many failed logins at addresses that no admin has.
const RECORDED_REFUSALS: (u32, Duration) = (60, Duration::from_secs(60 * 60));

impl Limits {
    pub(super) fn new(ports: &Ports, rules: RateLimits) -> Self {
        Self(Arc::new(Shared {
            rules,
            node: ports.ids.node(),
            clock: ports.clock.clone(),
            registry: ports.nodes.clone(),
            nodes: AtomicU32::new(Nodes::ONE.get()),
            organizations: FixedWindows::default(),
            addresses: FixedWindows::default(),
            sign_ups: FixedWindows::default(),
            refused_operators: FixedWindows::default(),
            unknown_logins: FixedWindows::default(),
            hourly_sign_ups: FixedWindows::default(),
            daily: Daily::default(),
        }))
    }

    /// Counts a request of an organization. None when there is no limit.
    #[must_use]
    pub fn count_organization(&self, organization: &Organization) -> Option<RateLimitStatus> {
        let rules = self.0.rules;
        let limit = organization.rate_limit().unwrap_or(rules.organization);
        let quota = RateQuota::new(limit, rules.window?)?;
        let key = organization.id();
        Some(self.count(&self.0.organizations, key, Policy::Organization, quota))
    }

    /// Counts a request without an accepted token. None when there is no limit.
    #[must_use]
    pub fn count_anonymous(&self, client: ClientAddress) -> Option<RateLimitStatus> {
        let quota = RateQuota::new(self.0.rules.anonymous, self.0.rules.window?)?;
        Some(self.count(&self.0.addresses, &client.network(), Policy::Anonymous, quota))
    }

    /// Counts a request of `caller` at the address `client` to create an organization: for the
    /// address, then for the organization of the caller, then for the installation. Counting stops
    /// at the first limit that refuses, so that refused requests do not use up the limits of
    /// others. The operator is not limited.
    ///
    /// The limit of the installation is returned only when it refuses: its remainder would reveal
    /// how many others sign up.
    #[must_use]
    pub fn count_sign_up(
        &self,
        client: ClientAddress,
        caller: Option<&Caller>,
    ) -> Vec<RateLimitStatus> {
        let (limits, rules) = (&*self.0, self.0.rules);
        let organization = match caller {
            Some(Caller::Operator(_)) => return Vec::new(),
            Some(Caller::Admin(context)) => Some(context.organization().id().clone()),
            None => None,
        };
        let mut statuses = Vec::new();
        if let Some(quota) = RateQuota::new(rules.sign_up, QuotaWindow::MINUTE) {
            let policy = Policy::SignUp;
            statuses.push(self.count(&limits.sign_ups, &client.network(), policy, quota));
        }
        let of_organization = organization.is_some().then(|| rules.sign_up_per_hour.tenth());
        for (key, policy, limit) in [
            (organization, Policy::SignUpOrganization, of_organization.unwrap_or_default()),
            (None, Policy::SignUpInstallation, rules.sign_up_per_hour),
        ] {
            if statuses.iter().any(RateLimitStatus::is_over) {
                break;
            }
            let Some(quota) = RateQuota::new(limit, QuotaWindow::HOUR) else { continue };
            statuses.push(self.count(&limits.hourly_sign_ups, &key, policy, quota));
        }
        statuses.retain(|status| status.policy() != Policy::SignUpInstallation || status.is_over());
        statuses
    }

    /// Undoes what [`Limits::count_sign_up`] counted for the organization of `caller` and for the
    /// installation, when no organization was created: taken names must not use up the limits of
    /// others. The address stays counted.
    pub fn uncount_sign_up(&self, organization: Option<&OrganizationId>) {
        let windows = &self.0.hourly_sign_ups;
        windows.uncount(&None);
        if organization.is_some() {
            windows.uncount(&organization.cloned());
        }
    }

    /// Counts an operator token of `client` that is about to be refused. Returns whether the audit
    /// trail records it.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when the client has sent too many.
    pub(super) fn count_refused_operator(&self, client: ClientAddress) -> Result<bool, Error> {
        let ((limit, window), now) = (REFUSED_OPERATORS, self.0.clock.uptime());
        let network = Some(client.network());
        let of_client = self.0.refused_operators.count(&network, 1, limit, window, now);
        if !of_client.within {
            return Err(Error::TooManyAttempts { retry_after: of_client.resets_in });
        }
        Ok(self.is_recorded(&self.0.refused_operators, &None))
    }

    /// Counts a failed login at an address that no admin has. Returns whether the audit trail
    /// records it.
    pub(super) fn count_unknown_login(&self) -> bool {
        self.is_recorded(&self.0.unknown_logins, &())
    }

    fn is_recorded<K: Hash + Eq + Clone>(&self, windows: &FixedWindows<K>, key: &K) -> bool {
        let ((limit, window), now) = (RECORDED_REFUSALS, self.0.clock.uptime());
        windows.count(key, 1, limit, window, now).within
    }

    /// Sends a heartbeat of this process, and updates the number of processes. Intended to run
    /// every second; after a failure, the last number stays in effect.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn heartbeat(&self) -> Result<(), StoreError> {
        let nodes = self.0.registry.heartbeat(&self.0.node).await?;
        self.0.nodes.store(nodes.get(), Ordering::Relaxed);
        Ok(())
    }

    /// Deregisters this process.
    ///
    /// # Errors
    /// When the store fails: the others detect the end by the missing heartbeat.
    pub async fn deregister(&self) -> Result<(), StoreError> {
        self.0.registry.deregister(&self.0.node).await
    }

    fn count<K>(
        &self,
        windows: &FixedWindows<K>,
        key: &K,
        policy: Policy,
        quota: RateQuota,
    ) -> RateLimitStatus
    where
        K: Hash + Eq + Clone,
    {
        RateLimitStatus::new(policy, quota, self.add(windows, key, 1, quota))
    }

    fn add<K>(&self, windows: &FixedWindows<K>, key: &K, amount: u32, quota: RateQuota) -> Counted
    where
        K: Hash + Eq + Clone,
    {
        let nodes = Nodes::counted(self.0.nodes.load(Ordering::Relaxed).into());
        let (share, now) = (quota.share(nodes), self.0.clock.uptime());
        windows.count(key, amount, share, quota.window().length(), now)
    }
}
