//! The keys that sign tokens: made, taken into use, and removed when nothing that they signed is left.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::model::{
    Act, Action, AuditActor, AuditTarget, Changes, KeyId, KeyRing, SigningKey, Trail,
};
use crate::ports::{AuditLog, Clock, IdGenerator, KeyHolder, KeyPurpose, SigningKeyRepo};

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
    ports: Arc<KeyPorts>,
    rules: KeyRules,
}

/// Where keys come from and go to, and who is told.
#[expect(missing_docs, reason = "every field is named after its port")]
pub struct KeyPorts {
    pub repo: Arc<dyn SigningKeyRepo>,
    pub holder: Arc<dyn KeyHolder>,
    pub audit: Arc<dyn AuditLog>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdGenerator>,
}

impl SigningKeys {
    /// For the keys in the repository, which the holder signs with.
    #[must_use]
    pub fn new(ports: KeyPorts, rules: KeyRules) -> Self {
        Self { ports: Arc::new(ports), rules }
    }

    /// Reads the keys, and has them held. The first one is made when there is none.
    ///
    /// # Errors
    /// When the store fails, or has something that is no key; what was held is held still.
    pub async fn load(&self) -> Result<KeyRing, Error> {
        let ring = match KeyRing::new(self.ports.repo.list(KeyPurpose::Tokens).await?) {
            Some(ring) => ring,
            None => self.first().await?,
        };
        self.ports.holder.hold(&ring).map_err(Error::Internal)?;
        Ok(ring)
    }

    /// [`Self::load`], makes the next key when it is time, and removes those that are retired: to be done
    /// every few seconds.
    ///
    /// # Errors
    /// As [`Self::load`]; what is left undone is for the next time.
    pub async fn keep_up(&self) -> Result<(), Error> {
        let ring = self.load().await?;
        let now = self.ports.clock.now();
        let due = self.rules.rotate_every.is_some_and(|period| ring.is_due(period, now));
        if due {
            self.make(Some(&ring.newest().id), AuditActor::system()).await?;
        }
        let lifetime = self.rules.access_token_lifetime;
        let retired: Vec<_> = ring.retired(lifetime, now).collect();
        for key in &retired {
            self.remove(key, AuditActor::system()).await?;
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
        if ring.next(self.ports.clock.now()).is_some() {
            return Ok(ring);
        }
        self.make(Some(&ring.newest().id), AuditActor::operator()).await?;
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
        let next = self.make(Some(&ring.newest().id), AuditActor::operator()).await?;
        let keys = self.ports.repo.list(KeyPurpose::Tokens).await?;
        // Where it is gone already, somebody has revoked it, and all before it.
        let older = keys.iter().position(|key| key.id == next.id).unwrap_or(0);
        let older: Vec<_> = keys.into_iter().take(older).map(|key| key.id).collect();
        for key in &older {
            self.remove(key, AuditActor::operator()).await?;
        }
        Ok((self.load().await?, older))
    }

    async fn first(&self) -> Result<KeyRing, Error> {
        self.make(None, AuditActor::system()).await?;
        let ring = KeyRing::new(self.ports.repo.list(KeyPurpose::Tokens).await?);
        ring.ok_or_else(|| Error::Internal("the first signing key is gone".into()))
    }

    /// The key after `after`, made here or elsewhere.
    async fn make(&self, after: Option<&KeyId>, actor: AuditActor) -> Result<SigningKey, Error> {
        let candidate =
            self.ports.holder.generate(self.ports.clock.now()).map_err(Error::Internal)?;
        let ours = candidate.id.clone();
        let next = self.ports.repo.append(KeyPurpose::Tokens, candidate, after).await?;
        if next.id == ours {
            tracing::info!(key = %next.id, "a signing key is made");
            self.tell(Action::KeyCreated, &ours, actor).await?;
        }
        Ok(next)
    }

    async fn remove(&self, key: &KeyId, actor: AuditActor) -> Result<(), Error> {
        self.ports.repo.remove(KeyPurpose::Tokens, key).await?;
        tracing::info!(%key, "a signing key is removed");
        self.tell(Action::KeyRemoved, key, actor).await
    }

    /// Right after it is done: keys have no record that could hold an event until it is in the log.
    async fn tell(&self, action: Action, key: &KeyId, actor: AuditActor) -> Result<(), Error> {
        let KeyPorts { ids, clock, audit, .. } = &*self.ports;
        let act = Act { id: ids.event(), at: clock.now(), actor, origin: None };
        let event = act.event(Trail::Installation, action, AuditTarget::key(key), Changes::none());
        Ok(audit.append(&[event]).await?)
    }
}
