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

/// One requester uses at most one in this many of the connections of a pool, all requesters half.
const REQUESTER_DIVISOR: usize = 8;
/// Maximum wait of a list or an import batch for a permit.
const MAX_WAIT: Duration = Duration::from_secs(3);
/// Maximum number of waiting calls, of one requester and of all.
const MAX_WAITING_PER_REQUESTER: usize = 256;
const MAX_WAITING: usize = 4096;

/// The permits of all requesters for the connections of one pool.
pub(crate) type ConnectionBulkhead = Arc<Bulkhead<Requester>>;

/// The permits for a pool of `connections`.
pub(crate) fn connection_bulkhead(connections: usize) -> ConnectionBulkhead {
    connection_bulkhead_with(connections, MAX_WAIT)
}

/// [`connection_bulkhead`] with another maximum wait.
pub(crate) fn connection_bulkhead_with(
    connections: usize,
    max_wait: Duration,
) -> ConnectionBulkhead {
    Bulkhead::new(Limits {
        total: connections.div_ceil(2),
        per_key: connections / REQUESTER_DIVISOR,
        waiting_per_key: MAX_WAITING_PER_REQUESTER,
        waiting: MAX_WAITING,
        max_wait,
    })
}
