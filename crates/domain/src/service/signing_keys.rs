//! The keys that sign tokens: made, taken into use, and removed when nothing that they signed is left.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::model::{KeyId, KeyRing, SigningKey};
use crate::ports::{Clock, KeyHolder, SigningKeyRepo};

/// When keys come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRules {
    /// For how long a key is the newest one; without it, others are made only when somebody asks.
    pub rotate_every: Option<Duration>,
    /// How long an access token is good for.
    pub access_token_lifetime: Duration,
}

/// Looks after the signing keys of an installation, together with any number of others that do the same.
#[derive(Clone)]
pub struct SigningKeys {
    repo: Arc<dyn SigningKeyRepo>,
    holder: Arc<dyn KeyHolder>,
    clock: Arc<dyn Clock>,
    rules: KeyRules,
}

impl SigningKeys {
    /// For the keys in `repo`, which `holder` signs with.
    #[must_use]
    pub fn new(
        repo: Arc<dyn SigningKeyRepo>,
        holder: Arc<dyn KeyHolder>,
        clock: Arc<dyn Clock>,
        rules: KeyRules,
    ) -> Self {
        Self { repo, holder, clock, rules }
    }

    /// Reads the keys, and has them held. The first one is made when there is none.
    ///
    /// # Errors
    /// When the store fails, or has something that is no key; what was held is held still.
    pub async fn load(&self) -> Result<KeyRing, Error> {
        let ring = match KeyRing::new(self.repo.list().await?) {
            Some(ring) => ring,
            None => self.first().await?,
        };
        self.holder.hold(&ring).map_err(Error::Internal)?;
        Ok(ring)
    }

    /// [`Self::load`], makes the next key when it is time, and removes those that are retired: to be done
    /// every few seconds.
    ///
    /// # Errors
    /// As [`Self::load`]; what is left undone is for the next time.
    pub async fn keep_up(&self) -> Result<(), Error> {
        let ring = self.load().await?;
        let now = self.clock.now();
        let due = self.rules.rotate_every.is_some_and(|period| ring.is_due(period, now));
        if due {
            self.make(Some(&ring.newest().id)).await?;
        }
        let lifetime = self.rules.access_token_lifetime;
        let retired: Vec<_> = ring.retired(lifetime, now).collect();
        for key in &retired {
            self.remove(key).await?;
        }
        if due || !retired.is_empty() {
            self.load().await?;
        }
        Ok(())
    }

    /// Makes the next key, unless there is one that does not sign yet, and tells all keys.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn rotate(&self) -> Result<KeyRing, Error> {
        let ring = self.load().await?;
        if ring.next(self.clock.now()).is_some() {
            return Ok(ring);
        }
        self.make(Some(&ring.newest().id)).await?;
        self.load().await
    }

    /// Makes a key that signs at once, because all others are removed: what they signed is refused by every
    /// node as soon as it has heard of it. Tells all keys, and those that were removed. If it fails, it may be
    /// repeated.
    ///
    /// # Errors
    /// As [`Self::load`]; keys may be left then that were to be removed.
    pub async fn revoke(&self) -> Result<(KeyRing, Vec<KeyId>), Error> {
        let ring = self.load().await?;
        let next = self.make(Some(&ring.newest().id)).await?;
        let keys = self.repo.list().await?;
        // Where it is gone already, somebody has revoked it, and all before it.
        let older = keys.iter().position(|key| key.id == next.id).unwrap_or(0);
        let older: Vec<_> = keys.into_iter().take(older).map(|key| key.id).collect();
        for key in &older {
            self.remove(key).await?;
        }
        Ok((self.load().await?, older))
    }

    async fn first(&self) -> Result<KeyRing, Error> {
        self.make(None).await?;
        let ring = KeyRing::new(self.repo.list().await?);
        ring.ok_or_else(|| Error::Internal("the first signing key is gone".into()))
    }

    /// The key after `after`, made here or elsewhere.
    async fn make(&self, after: Option<&KeyId>) -> Result<SigningKey, Error> {
        let candidate = self.holder.generate(self.clock.now()).map_err(Error::Internal)?;
        let ours = candidate.id.clone();
        let next = self.repo.append(candidate, after).await?;
        if next.id == ours {
            tracing::info!(key = %next.id, "a signing key is made");
        }
        Ok(next)
    }

    async fn remove(&self, key: &KeyId) -> Result<(), Error> {
        self.repo.remove(key).await?;
        tracing::info!(%key, "a signing key is removed");
        Ok(())
    }
}
