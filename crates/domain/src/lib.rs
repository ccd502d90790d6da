//! The core of Tenantry: the domain model, its use cases, and the ports that adapters implement. No
//! I/O, no HTTP, no storage format.
//!
//! - [`model`]: value types that are valid once parsed, and the aggregates with their transitions.
//! - [`ports`]: the traits that adapters implement; every MUST in them is a contract test.
//! - [`service`]: the use cases, and the lifecycle that finishes multi-step work after any crash.

pub mod model;
pub mod ports;
pub mod service;
