//! HTTP interface: version 1 of the API, the reference APIs, their OpenAPI document, and system
//! endpoints and pages.
//!
//! A request passes the middleware of [`app()`] in this order: client address, metrics, request id
//! and tracing span, common response headers, error rendering as problem details (RFC 9457),
//! authentication, limits, and the operation. Each operation has its own file below `v1`, with its
//! request and response types, its documentation and its handler.

mod api_description;
mod app;
mod auth;
mod client_address;
mod compat;
mod connections;
mod cors;
mod flow_control;
mod head;
mod idempotency;
mod idle;
mod in_flight;
mod input;
mod limits;
mod metrics;
mod not_found;
mod offload;
mod openapi;
mod options;
mod problem;
mod readiness;
mod request_id;
mod request_info;
mod response;
mod server;
mod streams;
mod system;
mod v1;

pub use app::app;
pub use client_address::{InvalidNetwork, Network, TrustedProxies};
pub use compat::{Dialects, InvalidDialects, OrgDialect};
pub use cors::{InvalidOrigin, Origin};
pub use in_flight::InFlight;
pub use metrics::Metrics;
pub use openapi::openapi;
pub use options::{AppOptions, Routes};
pub use server::{Listeners, ServerOptions, Timeouts, serve};
pub use streams::{LeastRate, StreamOptions, Streams};

/// Entry points for fuzz targets only.
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::client_address::{ClientRoute, ForwardingHeaders, resolve};

    /// Parses a JSON body.
    ///
    /// # Errors
    /// Size of the errors in the response, in bytes, if the body is rejected.
    pub fn json(bytes: &[u8]) -> Result<serde_json::Value, usize> {
        crate::input::parse(bytes).map_err(|problem| problem.errors_size())
    }
}
