//! Bulkheads: one tenant's load must not exhaust what all tenants share (the bulkhead pattern).
//!
//! [`Bulkhead`] is a semaphore with a limit per key beside the limit of the whole; [`FairQueue`] is
//! the queue behind it, which takes keys in turn and serves urgent work first. Neither knows what it
//! protects: a key is an organization, a client network, or anything else that must not exhaust it.

mod fair_queue;
mod semaphore;

pub use fair_queue::{FairQueue, Priority, QueueLimits};
pub use semaphore::{Bulkhead, Limits, Permit, Saturated};
