//! Properties of requests.

mod client_address;
mod idempotency;
mod precondition;
mod request_info;

pub use client_address::ClientAddress;
pub use idempotency::{Fingerprint, IdempotencyKey, Reservation, StoredResponse};
pub use precondition::Precondition;
pub use request_info::{RequestId, RequestInfo};
