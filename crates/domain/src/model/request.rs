//! Properties of requests.

mod client_address;
mod idempotency;
mod origin;
mod precondition;

pub use client_address::ClientAddress;
pub use idempotency::{Fingerprint, IdempotencyKey, Reservation, StoredAnswer};
pub use origin::{Origin, RequestId};
pub use precondition::Precondition;
