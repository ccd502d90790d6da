//! Wiring: the only file that names the adapters behind the ports.

mod adopting;
mod stored_keys;

use std::sync::Arc;

use adapters_embedded::{EmbeddedStore, check_external_file};
use adapters_mongo::{MongoConfig, MongoStore};
use adapters_security::{
    AnchorDeadline, AnchorFile, HasherConfig, JwtIssuer, PasswordScheme as AdapterScheme,
    PooledHasher, SharedWorkPool, SystemClock, UuidIds,
};
use anyhow::{Context, Result, bail};
use domain::model::PageSize;
use domain::ports::{
    AdminRepo, AnchorLog, AttemptRepo, AuditLog, CheckpointRepo, Clock, IdempotencyRepo,
    NamespaceLedger, NodeRegistry, OrganizationRepo, Ports, SigningKeyRepo, StoreProbe,
    TenantStore, TokenIssuer,
};
use domain::service::{KeyPorts, KeyRules, Scope, Services, Settings, SigningKeys};

pub(crate) use adapters_mongo::LegacyLayout;
pub(crate) use adapters_security::{PublicKeys, read_anchors};
pub(crate) use adopting::{legacy, open_or_create, open_read_only};
pub(crate) use stored_keys::audit_signer;

use crate::config::{Config, PasswordScheme, Store};

/// Installation: use cases wired to the configured adapters.
pub(crate) struct Installation {
    pub(crate) services: Services,
    /// Signing keys in the store; none if tokens are signed with a secret.
    pub(crate) keys: Option<SigningKeys>,
    /// Scope of recovery at start; on a store shared by several processes, others may be active.
    pub(crate) recover_at_start: Scope,
}

/// Builds the use cases over the adapters that `config` selects.
///
/// # Errors
/// Fails if an adapter can't start, with one line that states the reason.
pub(crate) async fn installation(config: &Config) -> Result<Installation> {
    let ((services, keys), recover_at_start) = match &config.store {
        Store::Embedded(directory) => {
            (services_over(EmbeddedStore::open(directory)?, config).await?, Scope::All)
        }
        Store::Memory => (services_over(EmbeddedStore::in_memory()?, config).await?, Scope::All),
        Store::Mongodb { url, database } => {
            let mongo = MongoConfig { url: url.clone(), database: database.clone() };
            let store = MongoStore::open(&mongo).await.context("MONGODB_URL")?;
            (services_over(store, config).await?, Scope::Abandoned)
        }
    };
    Ok(Installation { services, keys, recover_at_start })
}

/// Fails if the store does not exist yet, because opening it would create an empty one.
///
/// # Errors
/// Returns one line that names the location.
pub(crate) fn must_exist(config: &Config) -> Result<()> {
    match &config.store {
        Store::Embedded(directory) if !EmbeddedStore::is_in(directory) => {
            bail!("there is no store in {} (DATA_DIR)", directory.display())
        }
        Store::Memory => bail!("there is no store: STORE is memory"),
        Store::Embedded(_) | Store::Mongodb { .. } => Ok(()),
    }
}

async fn services_over<S>(store: S, config: &Config) -> Result<(Services, Option<SigningKeys>)>
where
    S: OrganizationRepo
        + AdminRepo
        + NamespaceLedger
        + TenantStore
        + IdempotencyRepo
        + AttemptRepo
        + AuditLog
        + CheckpointRepo
        + NodeRegistry
        + SigningKeyRepo
        + StoreProbe
        + 'static,
{
    let store = Arc::new(store);
    let clock = Arc::new(SystemClock);
    // Before the first audit events of this process.
    let anchors = anchors(config)?;
    warn_without_anchors(anchors.as_ref(), &*store).await?;
    let (tokens, keys) = tokens(config, store.clone(), clock.clone()).await?;
    let checkpoint_signer = stored_keys::checkpoint_signer(config, &*store, &*clock).await?;
    let page_sealer = stored_keys::page_sealer(&*store, &*clock).await?;
    let ports = Ports {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        idempotency: store.clone(),
        attempts: store.clone(),
        audit: store.clone(),
        signed_heads: store.clone(),
        nodes: store.clone(),
        probe: store.clone(),
        hasher: Arc::new(PooledHasher::new(&hasher_config(config))?),
        tokens,
        checkpoint_signer,
        anchors: anchors.map(with_deadline),
        page_sealer,
        clock,
        ids: Arc::new(UuidIds),
        work: Arc::new(SharedWorkPool::new()),
    };
    let settings = Settings {
        signup: config.signup,
        naming: config.naming,
        placement: config.placement,
        token_lifetimes: config.token_lifetimes,
        step_up: config.step_up,
        token_audiences: config.token_audiences.clone(),
        operator: config.operator.clone(),
        limits: config.limits,
        document_limit: config.document_limit,
        audit: config.audit,
    };
    Ok((Services::new(ports, settings), keys))
}

/// Opens the configured anchor file and reads the checkpoints of earlier runs.
fn anchors(config: &Config) -> Result<Option<AnchorFile>> {
    let Some(path) = &config.audit_anchor_file else { return Ok(None) };
    let file = AnchorFile::open(path);
    let file =
        file.with_context(|| format!("can't open {} (AUDIT_ANCHOR_FILE)", path.display()))?;
    check_external_file(path).context("AUDIT_ANCHOR_FILE")?;
    Ok(Some(file))
}

/// A disk that hangs must not hang signing.
fn with_deadline(file: AnchorFile) -> Arc<dyn AnchorLog> {
    Arc::new(AnchorDeadline::new(Arc::new(file), AnchorDeadline::DEFAULT))
}

/// Warns of an anchor file that lacks the checkpoints of a store with audit trails.
async fn warn_without_anchors(anchors: Option<&AnchorFile>, audit: &dyn AuditLog) -> Result<()> {
    if anchors.is_some_and(AnchorFile::is_empty)
        && !audit.heads(None, PageSize::up_to(1)).await?.items.is_empty()
    {
        tracing::warn!(
            "AUDIT_ANCHOR_FILE has no checkpoint, but the store has audit trails: nothing to \
             compare them with"
        );
    }
    Ok(())
}

fn hasher_config(config: &Config) -> HasherConfig {
    let scheme = match config.password_scheme {
        PasswordScheme::Argon2id => AdapterScheme::Argon2id,
        PasswordScheme::Bcrypt => AdapterScheme::Bcrypt,
    };
    HasherConfig { scheme, ..HasherConfig::default() }
}

/// Builds the token signer: with the configured secret, else with the signing keys in the store.
async fn tokens<S: SigningKeyRepo + AuditLog + 'static>(
    config: &Config,
    store: Arc<S>,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn TokenIssuer>, Option<SigningKeys>)> {
    if let Some(secret) = &config.secret_key {
        return Ok((Arc::new(JwtIssuer::with_secret(secret, clock)?), None));
    }
    let issuer = Arc::new(JwtIssuer::with_keys(clock.clone()));
    let rules = KeyRules {
        rotate_every: config.signing_key_rotation,
        access_token_lifetime: config.token_lifetimes.access,
    };
    let ports = KeyPorts {
        repo: store.clone(),
        holder: issuer.clone(),
        audit: store,
        clock,
        ids: Arc::new(UuidIds),
    };
    let keys = SigningKeys::new(ports, rules);
    keys.load().await.context("can't load the signing keys")?;
    Ok((issuer, Some(keys)))
}
