//! What signs audit trails.

use std::sync::Arc;

use adapters_security::{AuditSigner, KeyError, generate_signing_key};
use anyhow::{Context, Result};
use domain::ports::{Clock, HeadSigner, KeyPurpose, SigningKeyRepo};
use secrecy::SecretString;

use crate::config::Config;

/// What signs with the private key in `pem`.
///
/// # Errors
/// When there is no such key in it.
pub(crate) fn audit_signer(pem: &SecretString) -> Result<AuditSigner, KeyError> {
    AuditSigner::from_pem(pem)
}

/// Audit trails are signed with the key that is configured, else with the newest one of the store, where the first
/// process to start keeps one.
pub(super) async fn head_signer(
    config: &Config,
    repo: &dyn SigningKeyRepo,
    clock: &dyn Clock,
) -> Result<Arc<dyn HeadSigner>> {
    if let Some(pem) = &config.audit_key {
        return Ok(Arc::new(audit_signer(pem).context("AUDIT_KEY")?));
    }
    stored(repo, clock).await.context("can't load the key that signs audit trails")
}

async fn stored(repo: &dyn SigningKeyRepo, clock: &dyn Clock) -> Result<Arc<dyn HeadSigner>> {
    let mut keys = repo.list(KeyPurpose::Audit).await?;
    if keys.is_empty() {
        let candidate = generate_signing_key(clock.now())?;
        keys.push(repo.append(KeyPurpose::Audit, candidate, None).await?);
    }
    let newest = keys.last().context("there is none")?;
    Ok(Arc::new(AuditSigner::from_store(newest, &keys)?))
}
