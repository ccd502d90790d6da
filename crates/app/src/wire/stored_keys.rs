//! Keys in the store other than those of tokens: they sign audit trails and seal page tokens.

use std::sync::Arc;

use adapters_security::{AuditSigner, HmacSealer, KeyError, generate_signing_key};
use anyhow::{Context, Result};
use domain::model::SigningKey;
use domain::ports::{CheckpointSigner, Clock, KeyPurpose, PageSealer, SigningKeyRepo};
use secrecy::SecretString;

use crate::config::Config;

/// Creates a signer from the private key in `pem`.
///
/// # Errors
/// Fails if `pem` contains no such key.
pub(crate) fn audit_signer(pem: &SecretString) -> Result<AuditSigner, KeyError> {
    AuditSigner::from_pem(pem)
}

/// Builds the checkpoint signer: with the configured key, else with the newest one in the store,
/// which the first process creates at its start.
pub(super) async fn checkpoint_signer(
    config: &Config,
    repo: &dyn SigningKeyRepo,
    clock: &dyn Clock,
) -> Result<Arc<dyn CheckpointSigner>> {
    if let Some(pem) = &config.audit_key {
        return Ok(Arc::new(audit_signer(pem).context("AUDIT_KEY")?));
    }
    stored(repo, clock).await.context("can't load the key that signs audit trails")
}

async fn stored(repo: &dyn SigningKeyRepo, clock: &dyn Clock) -> Result<Arc<dyn CheckpointSigner>> {
    let keys = load_or_create(repo, KeyPurpose::Audit, clock).await?;
    let newest = keys.last().context("there is none")?;
    Ok(Arc::new(AuditSigner::from_store(newest, &keys)?))
}

/// Loads the keys of the store for `purpose`; creates one if there is none.
pub(super) async fn load_or_create(
    repo: &dyn SigningKeyRepo,
    purpose: KeyPurpose,
    clock: &dyn Clock,
) -> Result<Vec<SigningKey>> {
    let mut keys = repo.list(purpose).await?;
    if keys.is_empty() {
        let candidate = generate_signing_key(clock.now())?;
        keys.push(repo.append(purpose, candidate, None).await?);
    }
    Ok(keys)
}

/// Builds the sealer of page tokens, with the oldest such key in the store.
pub(super) async fn page_sealer(
    repo: &dyn SigningKeyRepo,
    clock: &dyn Clock,
) -> Result<Arc<dyn PageSealer>> {
    let keys = load_or_create(repo, KeyPurpose::Pages, clock).await;
    let keys = keys.context("can't load the key that seals tokens of pages")?;
    Ok(Arc::new(HmacSealer::new(keys.first().context("there is none")?)))
}
