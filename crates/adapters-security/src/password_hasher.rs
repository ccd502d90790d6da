//! Password hashes, by Argon2id or bcrypt (OWASP Password Storage Cheat Sheet).

mod argon2id;
mod bcrypt;
mod schemes;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HasherError, PasswordHasher, Verdict};

use crate::hash_pool::HashPool;
use argon2id::Memory;
use schemes::Schemes;

/// What new hashes are made with. Hashes of the other scheme are verified all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordScheme {
    /// Argon2id, OWASP's first choice.
    Argon2id,
    /// bcrypt. Passwords that it can't take whole (over 72 bytes, or with a NUL) get Argon2id.
    Bcrypt,
}

/// How much work hashes are, and how much of it is done at a time. The default is for production.
#[derive(Debug, Clone)]
pub struct HasherConfig {
    /// What new hashes are made with.
    pub scheme: PasswordScheme,
    /// Memory of Argon2id in KiB. Each thread has as much.
    pub argon2_memory_kib: u32,
    /// Passes of Argon2id over its memory.
    pub argon2_passes: u32,
    /// Cost of bcrypt, the binary logarithm of its rounds: 4 to 16.
    pub bcrypt_cost: u32,
    /// How many hashes are worked on at a time.
    pub threads: NonZeroUsize,
    /// How many more wait, for each thread.
    pub queue_per_thread: usize,
}

impl Default for HasherConfig {
    fn default() -> Self {
        Self {
            scheme: PasswordScheme::Argon2id,
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            bcrypt_cost: 12,
            threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            queue_per_thread: 64,
        }
    }
}

/// Hashes passwords on threads of its own, which end when it is dropped.
pub struct PooledHasher {
    schemes: Arc<Schemes>,
    pool: HashPool<Memory>,
}

impl PooledHasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`HasherError::Failed`] when a cost is out of range, or a thread can't be started.
    pub fn new(config: &HasherConfig) -> Result<Self, HasherError> {
        let schemes = Schemes::new(config).map_err(HasherError::Failed)?;
        let waiting = config.threads.get().saturating_mul(config.queue_per_thread);
        let pool = HashPool::start(config.threads, waiting)
            .map_err(|cause| HasherError::Failed(cause.into()))?;
        Ok(Self { schemes: Arc::new(schemes), pool })
    }
}

#[async_trait]
impl PasswordHasher for PooledHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        let schemes = Arc::clone(&self.schemes);
        let hash = self.pool.run(move |memory| schemes.hash(&password, memory)).await?;
        hash.map_err(HasherError::Failed)
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, HasherError> {
        let schemes = Arc::clone(&self.schemes);
        let job = move |memory: &mut Memory| schemes.verify(&password, hash.as_ref(), memory);
        self.pool.run(job).await?.map_err(HasherError::Failed)
    }
}

impl fmt::Debug for PooledHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledHasher").finish_non_exhaustive()
    }
}
