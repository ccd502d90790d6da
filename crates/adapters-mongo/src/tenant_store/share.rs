//! How much of the connections one tenant may use at once.
//!
//! Lists and imports keep a connection, and the server, busy for up to seconds; each takes a place of its
//! organization. Accesses to single documents take none: they are over in milliseconds, and rate limits
//! bound them. A command whose caller hangs up ends with its connection (MongoDB manual, "killOp"), so the
//! place may be free again at that moment.

use std::sync::Arc;
use std::time::Duration;

use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::{OrganizationId, Tenant};
use domain::ports::StoreError;

use crate::store::MongoStore;

/// One organization uses at most this part of the connections of a pool, and all together half of them.
const PARTS: usize = 8;
/// How long a list or an import waits for its place.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How many of one organization wait, and how many of all.
const WAITING_PER_ORGANIZATION: usize = 256;
const WAITING: usize = 4096;

/// The places of all organizations on the connections of one pool.
pub(crate) type Shares = Arc<Bulkhead<OrganizationId>>;

/// The places on a pool of `connections`.
pub(crate) fn shares(connections: usize) -> Shares {
    shares_with(connections, LONGEST_WAIT)
}

/// The same, for which a list or an import waits as long as `longest_wait`.
pub(crate) fn shares_with(connections: usize, longest_wait: Duration) -> Shares {
    Bulkhead::new(Limits {
        total: connections.div_ceil(2),
        per_key: connections / PARTS,
        waiting_per_key: WAITING_PER_ORGANIZATION,
        waiting: WAITING,
        longest_wait,
    })
}

impl MongoStore {
    /// A place for a list or an import of `tenant`.
    ///
    /// # Errors
    /// [`StoreError::Saturated`] when too many wait, or this one has waited too long.
    pub(super) async fn place_for(
        &self,
        tenant: &Tenant,
    ) -> Result<Permit<OrganizationId>, StoreError> {
        self.shares.acquire(tenant.organization(), 1).await.map_err(|_| StoreError::Saturated)
    }
}
