//! Bulkheads: the load of one tenant must not exhaust resources that all tenants share (the
//! bulkhead pattern).
//!
//! [`Bulkhead`] is a semaphore with a limit per key in addition to the total limit; [`FairQueue`]
//! is the queue behind it, which serves keys in turn and urgent work first. Neither knows the
//! resource that it protects: a key is an organization, a client network, or any other party that
//! must not exhaust the resource.

mod fair_queue;
mod semaphore;

pub use fair_queue::{FairQueue, Priority, QueueLimits};
pub use semaphore::{Bulkhead, Limits, Permit, Saturated};
