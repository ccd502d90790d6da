//! Options of the HTTP application.

use std::sync::Arc;

use crate::client_address::TrustedProxies;
use crate::compat::Dialects;
use crate::cors::Origin;
use crate::in_flight::InFlight;
use crate::streams::Streams;

/// Routes of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routes {
    /// All routes.
    All,
    /// All routes except `/metrics`, which has its own listener.
    AllButMetrics,
    /// Only `/metrics`.
    Metrics,
}

/// Options for all routes. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// Allowed CORS origins.
    pub origins: Arc<[Origin]>,
    /// IP addresses or CIDR ranges of trusted reverse proxies.
    pub proxies: Arc<TrustedProxies>,
    /// Mounted reference APIs.
    pub dialects: Dialects,
    /// Limits and permits of imports and exports.
    pub streams: Streams,
    /// Memory limit for requests and responses in flight.
    pub in_flight: InFlight,
}
