//! A real MongoDB for tests, benchmarks and contributors, on loopback only: starts one or three
//! servers ([`Options`]), kills and freezes them ([`Deployment`]), and shares one between tests
//! ([`TestDatabase`]).
//!
//! The `mongod` is the one that `MONGOD` names or that is on PATH; else one in Docker; else one
//! from a package of PyPI.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use local_mongod::Options;
//!
//! let mut set = Options::replica_set(3).start().await?;
//! let primary = set.primary().await?;
//! set.kill(primary);
//! assert_ne!(set.primary().await?, primary);
//! set.restart(primary).await?;
//! # Ok(())
//! # }
//! ```

mod deployment;
mod launcher;
mod member;
mod options;
mod poll;
mod process;
mod shared;
mod test_database;

pub use deployment::Deployment;
pub use options::Options;
pub use shared::{TEST_URL, shared_url};
pub use test_database::{TestDatabase, empty};
