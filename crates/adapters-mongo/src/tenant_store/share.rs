//! Limits the MongoDB connections that one requester uses at once (bulkhead).
//!
//! Lists of documents, audit events and organizations, and import batches, keep a connection and
//! the server busy for up to seconds; each acquires a permit of its organization, or of the network
//! of an unauthenticated client. Reads and writes of single documents acquire none: they take
//! milliseconds, and rate limits bound them. When a client disconnects, the server ends its command
//! with the connection (MongoDB manual, "killOp"), so the permit can be released at once.

use std::sync::Arc;
use std::time::Duration;

use bulkhead::{Bulkhead, Limits};
use domain::ports::Requester;

/// One requester uses at most one in `PARTS` of the connections of a pool, all requesters half.
const PARTS: usize = 8;
/// Maximum wait of a list or an import batch for a permit.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Maximum number of waiting calls, of one requester and of all.
const WAITING_PER_REQUESTER: usize = 256;
const WAITING: usize = 4096;

/// The permits of all requesters for the connections of one pool.
pub(crate) type Shares = Arc<Bulkhead<Requester>>;

/// The permits for a pool of `connections`.
pub(crate) fn shares(connections: usize) -> Shares {
    shares_with(connections, LONGEST_WAIT)
}

/// [`shares`] with another maximum wait.
pub(crate) fn shares_with(connections: usize, longest_wait: Duration) -> Shares {
    Bulkhead::new(Limits {
        total: connections.div_ceil(2),
        per_key: connections / PARTS,
        waiting_per_key: WAITING_PER_REQUESTER,
        waiting: WAITING,
        longest_wait,
    })
}
