//! Lifecycle of signing keys: creation, rotation, and removal once none of their tokens is valid.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Action, AuditActor, AuditContext, AuditTarget, Changes, KeyId, KeyRing, SigningKey, Trail,
};
use crate::ports::{AuditLog, Clock, IdGenerator, KeyHolder, KeyPurpose, SigningKeyRepo};
use crate::service::Error;

/// Rotation rules of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRules {
    /// Rotation period; without it, keys are rotated only on request.
    pub rotate_every: Option<Duration>,
    /// Lifetime of an access token.
    pub access_token_lifetime: Duration,
}

/// Manages the signing keys of an installation, concurrently with any number of other nodes.
#[derive(Clone)]
pub struct SigningKeys {
    ports: Arc<KeyPorts>,
    rules: KeyRules,
}

/// Ports that key management uses.
#[expect(missing_docs, reason = "every field is named after its port")]
pub struct KeyPorts {
    pub repo: Arc<dyn SigningKeyRepo>,
    pub holder: Arc<dyn KeyHolder>,
    pub audit: Arc<dyn AuditLog>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdGenerator>,
}

impl SigningKeys {
    /// Creates the use case. Call [`Self::load`] before the holder has to sign.
    #[must_use]
    pub fn new(ports: KeyPorts, rules: KeyRules) -> Self {
        Self { ports: Arc::new(ports), rules }
    }

    /// Reads the keys and passes them to the holder. Creates the first key when there is none.
    ///
    /// # Errors
    /// When the store fails or contains an invalid key; the holder keeps its previous keys.
    pub async fn load(&self) -> Result<KeyRing, Error> {
        let ring = match KeyRing::new(self.ports.repo.list(KeyPurpose::Tokens).await?) {
            Some(ring) => ring,
            None => self.create_first().await?,
        };
        self.ports.holder.hold(&ring).map_err(Error::Internal)?;
        Ok(ring)
    }

    /// Calls [`Self::load`], creates the next key when a rotation is due, and removes retired keys.
    /// Intended to run every few seconds.
    ///
    /// # Errors
    /// As [`Self::load`]; the next call completes what is left undone.
    pub async fn maintain(&self) -> Result<(), Error> {
        let ring = self.load().await?;
        let now = self.ports.clock.now();
        let due = self.rules.rotate_every.is_some_and(|period| ring.is_due(period, now));
        if due {
            self.create_key(Some(&ring.newest().id), AuditActor::system()).await?;
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

    /// Creates the next key, unless there is one that does not sign yet, and returns all keys.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn rotate(&self) -> Result<KeyRing, Error> {
        let ring = self.load().await?;
        if ring.next(self.ports.clock.now()).is_some() {
            return Ok(ring);
        }
        self.create_key(Some(&ring.newest().id), AuditActor::operator()).await?;
        self.load().await
    }

    /// Creates a key and removes all older ones, so that the new key signs at once. Each node
    /// refuses tokens of removed keys as soon as it reads the change. Returns all keys, and the ids
    /// of the removed ones.
    ///
    /// # Errors
    /// As [`Self::load`]; some older keys may be left, and another call removes them.
    pub async fn revoke(&self) -> Result<(KeyRing, Vec<KeyId>), Error> {
        let ring = self.load().await?;
        let next = self.create_key(Some(&ring.newest().id), AuditActor::operator()).await?;
        let keys = self.ports.repo.list(KeyPurpose::Tokens).await?;
        // If `next` is gone already, a concurrent call has removed it and all keys before it.
        let older = keys.iter().position(|key| key.id == next.id).unwrap_or(0);
        let older: Vec<_> = keys.into_iter().take(older).map(|key| key.id).collect();
        for key in &older {
            self.remove(key, AuditActor::operator()).await?;
        }
        Ok((self.load().await?, older))
    }

    async fn create_first(&self) -> Result<KeyRing, Error> {
        self.create_key(None, AuditActor::system()).await?;
        let ring = KeyRing::new(self.ports.repo.list(KeyPurpose::Tokens).await?);
        ring.ok_or_else(|| Error::Internal("the first signing key is gone".into()))
    }

    /// Creates the key after `after`, or returns the one that another node created.
    async fn create_key(
        &self,
        after: Option<&KeyId>,
        actor: AuditActor,
    ) -> Result<SigningKey, Error> {
        let candidate =
            self.ports.holder.generate(self.ports.clock.now()).map_err(Error::Internal)?;
        let ours = candidate.id.clone();
        let next = self.ports.repo.append(KeyPurpose::Tokens, candidate, after).await?;
        if next.id == ours {
            tracing::info!(key = %next.id, "signing key created");
            self.record_event(Action::KeyCreated, &ours, actor).await?;
        }
        Ok(next)
    }

    async fn remove(&self, key: &KeyId, actor: AuditActor) -> Result<(), Error> {
        self.ports.repo.remove(KeyPurpose::Tokens, key).await?;
        tracing::info!(%key, "signing key removed");
        self.record_event(Action::KeyRemoved, key, actor).await
    }

    /// Appends the event to the log directly after the change, not in the same write: a removed key
    /// has no record that could hold the event.
    async fn record_event(
        &self,
        action: Action,
        key: &KeyId,
        actor: AuditActor,
    ) -> Result<(), Error> {
        let KeyPorts { ids, clock, audit, .. } = &*self.ports;
        let act = AuditContext { id: ids.event(), at: clock.now(), actor, request_info: None };
        let event = act.event(Trail::Installation, action, AuditTarget::key(key), Changes::none());
        Ok(audit.append(&[event]).await?)
    }
}
