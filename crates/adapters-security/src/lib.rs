//! The security ports: [`PooledHasher`] hashes passwords, [`JwtIssuer`] signs tokens, [`SystemClock`]
//! tells the time and [`UuidIds`] makes ids.

mod clock;
mod hash_pool;
mod id_generator;
mod password_hasher;
mod priority;
mod ring_provider;
mod signing_key;
mod token_issuer;

pub use clock::SystemClock;
pub use id_generator::UuidIds;
pub use password_hasher::{HasherConfig, PasswordScheme, PooledHasher};
pub use signing_key::{KeyError, generate_signing_key};
pub use token_issuer::JwtIssuer;
