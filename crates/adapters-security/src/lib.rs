//! The security ports: [`PooledHasher`] hashes passwords, [`JwtIssuer`] signs tokens,
//! [`AuditSigner`] signs audit checkpoints, [`AnchorFile`] keeps checkpoints outside the store,
//! [`AnchorDeadline`] bounds the time of an append to it, [`SystemClock`] provides the time and
//! [`UuidIds`] generates ids.

mod anchor_deadline;
mod anchor_file;
mod checkpoint_signer;
mod clock;
mod hash_pool;
mod id_generator;
mod key_error;
mod page_sealer;
mod password_hasher;
mod priority;
mod public_key;
mod ring_provider;
mod signing_key;
mod token_issuer;
mod work_pool;

pub use anchor_deadline::AnchorDeadline;
pub use anchor_file::{AnchorFile, AnchorsRead, read_anchors};
pub use checkpoint_signer::{AuditSigner, PublicKeys};
pub use clock::SystemClock;
pub use id_generator::UuidIds;
pub use key_error::KeyError;
pub use page_sealer::HmacSealer;
pub use password_hasher::{HasherConfig, PasswordScheme, PooledHasher};
pub use signing_key::generate_signing_key;
pub use token_issuer::JwtIssuer;
pub use work_pool::SharedWorkPool;
