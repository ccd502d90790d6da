//! Options of the HTTP application.

use std::sync::Arc;

use crate::client_address::TrustedProxies;
use crate::compat::Dialects;
use crate::cors::Origin;
use crate::in_flight::InFlight;
use crate::streams::Streams;

/// The routes of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routes {
    /// Everything.
    All,
    /// Everything but `/metrics`, which has a listener of its own.
    AllButMetrics,
    /// `/metrics` alone.
    Metrics,
}

/// Options for all routes. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// Allowed CORS origins.
    pub origins: Arc<[Origin]>,
    /// IP addresses or CIDR ranges of trusted reverse proxies.
    pub proxies: Arc<TrustedProxies>,
    /// The reference APIs that are mounted.
    pub dialects: Dialects,
    /// Limits and permits of imports and exports.
    pub streams: Streams,
    /// The bytes of requests and responses in memory.
    pub in_flight: InFlight,
}
