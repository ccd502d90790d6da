//! The HTTP interface: version 1 of the API, the reference APIs, their description, and the pages
//! of the system.
//!
//! A request goes through [`app()`] from the outside in: where it comes from, its measuring,
//! request id and span, headers for all answers, errors into problem details (RFC 9457), who is
//! asking, limits, and the operation. There is one file per operation below `v1`, with what it
//! takes, what it answers, its documentation and its handler.

mod answer;
mod api_description;
mod app;
mod auth;
mod client_address;
mod compat;
mod connections;
mod cors;
mod head;
mod idempotency;
mod idle;
mod in_flight;
mod input;
mod limits;
mod metrics;
mod offload;
mod openapi;
mod options;
mod origin;
mod problem;
mod readiness;
mod request_id;
mod routing;
mod server;
mod streams;
mod system;
mod unread;
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

/// What fuzz targets call, and nobody else.
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::client_address::{Said, Way, way};

    /// The value of a body.
    ///
    /// # Errors
    /// The size of the errors in the answer, in bytes, if the body is refused.
    pub fn json(bytes: &[u8]) -> Result<serde_json::Value, usize> {
        crate::input::parse(bytes).map_err(|problem| problem.errors_size())
    }
}
