//! Password hashing with Argon2id or bcrypt (OWASP Password Storage Cheat Sheet).

mod argon2id;
mod bcrypt;
mod schemes;
#[cfg(test)]
mod tests;
mod timing;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict};
use tokio::time::sleep;

use crate::hash_pool::{HashPool, PoolLimits};
use argon2id::Memory;
use schemes::{Schemes, Verification};
use timing::TimingEqualizer;

/// Scheme of new hashes. Hashes of the other scheme are still verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordScheme {
    /// Argon2id, OWASP's first choice.
    Argon2id,
    /// bcrypt. Passwords that it can't use in full (over 72 bytes, or with a NUL) get Argon2id.
    Bcrypt,
}

/// Cost of hashes, concurrency and queue limits. The default is for production.
#[derive(Debug, Clone)]
pub struct HasherConfig {
    /// Scheme of new hashes.
    pub scheme: PasswordScheme,
    /// Memory of Argon2id in KiB, for each thread.
    pub argon2_memory_kib: u32,
    /// Passes of Argon2id over its memory.
    pub argon2_passes: u32,
    /// Cost of bcrypt, the binary logarithm of its rounds: 4 to 16.
    pub bcrypt_cost: u32,
    /// Number of threads, so of concurrent hashes.
    pub threads: NonZeroUsize,
    /// Maximum number of waiting logins, and of waiting changes, per thread: this bounds the
    /// memory.
    pub queue_per_thread: usize,
    /// Maximum number of waiting logins of one client, per thread: many people may share an
    /// address.
    pub logins_per_client: usize,
    /// Maximum number of waiting sign-ups of one client, or changes of one organization.
    pub changes_per_requester: usize,
    /// Maximum wait for a thread. After that a job is refused, so the total time of a request is at
    /// most this and the time of the hash, whatever its cost.
    pub max_wait: Duration,
}

impl Default for HasherConfig {
    fn default() -> Self {
        Self {
            scheme: PasswordScheme::Argon2id,
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            bcrypt_cost: 12,
            threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            queue_per_thread: 1024,
            logins_per_client: 256,
            changes_per_requester: 64,
            max_wait: Duration::from_secs(5),
        }
    }
}

/// Hashes passwords on a dedicated thread pool, which ends when it is dropped. Verifications need a
/// runtime with a timer.
pub struct PooledHasher {
    schemes: Arc<Schemes>,
    pool: HashPool<Memory>,
    timing: TimingEqualizer,
}

impl PooledHasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`HasherError::Failed`] when a cost is out of range, or a thread can't be started.
    pub fn new(config: &HasherConfig) -> Result<Self, HasherError> {
        let schemes = Schemes::new(config).map_err(HasherError::Failed)?;
        let threads = config.threads.get();
        let limits = PoolLimits {
            waiting: threads.saturating_mul(config.queue_per_thread),
            logins_per_client: threads.saturating_mul(config.logins_per_client),
            changes_per_requester: config.changes_per_requester,
            max_wait: config.max_wait,
        };
        let pool = HashPool::start(config.threads, limits)
            .map_err(|cause| HasherError::Failed(cause.into()))?;
        Ok(Self { schemes: Arc::new(schemes), pool, timing: TimingEqualizer::default() })
    }
}

#[async_trait]
impl PasswordHasher for PooledHasher {
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError> {
        let schemes = Arc::clone(&self.schemes);
        let hash = self.pool.run(job, move |memory| schemes.hash(&password, memory)).await?;
        hash.map_err(HasherError::Failed)
    }

    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError> {
        let schemes = Arc::clone(&self.schemes);
        let work = move |memory: &mut Memory| schemes.verify(&password, hash.as_ref(), memory);
        let Verification { verdict, cost, elapsed } =
            self.pool.run(job, work).await?.map_err(HasherError::Failed)?;
        let rest = self.timing.record(cost, elapsed);
        if verdict == PasswordVerdict::Mismatch && !rest.is_zero() {
            sleep(rest).await;
        }
        Ok(verdict)
    }
}

impl fmt::Debug for PooledHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledHasher").finish_non_exhaustive()
    }
}
