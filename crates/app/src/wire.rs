//! Which adapter stands behind which port: the one file that names them.

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use adapters_mongo::{MongoConfig, MongoStore};
use adapters_security::{
    HasherConfig, JwtIssuer, PasswordScheme as AdapterScheme, PooledHasher, SystemClock, UuidIds,
    generate_signing_key,
};
use anyhow::{Context, Result, bail};
use domain::ports::{
    AdminRepo, Clock, IdempotencyRepo, NamespaceLedger, NodeRegistry, OrganizationRepo, Ports,
    SigningKeyRepo, StoreProbe, TenantStore, TokenIssuer,
};
use domain::service::{Scope, Services, Settings};

use crate::config::{Config, PasswordScheme, Store};

/// An installation: its use cases, and what its store means for them.
pub(crate) struct Installation {
    pub(crate) services: Services,
    /// What may be recovered at start: a store of many processes may have others at work.
    pub(crate) recover_at_start: Scope,
}

/// The use cases over the adapters that `config` asks for.
///
/// # Errors
/// When an adapter can't start: one line that says why.
pub(crate) async fn installation(config: &Config) -> Result<Installation> {
    let (services, recover_at_start) = match &config.store {
        Store::Embedded(directory) => {
            (over(EmbeddedStore::open(directory)?, config).await?, Scope::All)
        }
        Store::Memory => (over(EmbeddedStore::in_memory()?, config).await?, Scope::All),
        Store::Mongodb { url, database } => {
            let mongo = MongoConfig { url: url.clone(), database: database.clone() };
            let store = MongoStore::open(&mongo).await.context("MONGODB_URL")?;
            (over(store, config).await?, Scope::Abandoned)
        }
    };
    Ok(Installation { services, recover_at_start })
}

/// Refuses a store that is not there yet: opening it would make an empty one.
///
/// # Errors
/// One line that says where there is none.
pub(crate) fn must_exist(config: &Config) -> Result<()> {
    match &config.store {
        Store::Embedded(directory) if !EmbeddedStore::is_in(directory) => {
            bail!("there is no store in {} (DATA_DIR)", directory.display())
        }
        Store::Memory => bail!("there is no store: STORE is memory"),
        Store::Embedded(_) | Store::Mongodb { .. } => Ok(()),
    }
}

async fn over<S>(store: S, config: &Config) -> Result<Services>
where
    S: OrganizationRepo
        + AdminRepo
        + NamespaceLedger
        + TenantStore
        + IdempotencyRepo
        + NodeRegistry
        + SigningKeyRepo
        + StoreProbe
        + 'static,
{
    let store = Arc::new(store);
    let clock = Arc::new(SystemClock);
    let ports = Ports {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        idempotency: store.clone(),
        nodes: store.clone(),
        probe: store.clone(),
        hasher: Arc::new(PooledHasher::new(&hashing(config))?),
        tokens: tokens(config, &*store, clock.clone()).await?,
        clock,
        ids: Arc::new(UuidIds),
    };
    let settings = Settings {
        signup: config.signup,
        naming: config.naming,
        placement: config.placement,
        access_token_lifetime: config.access_token_lifetime,
        operator: config.operator.clone(),
        limits: config.limits,
    };
    Ok(Services::new(ports, settings))
}

fn hashing(config: &Config) -> HasherConfig {
    let scheme = match config.password_scheme {
        PasswordScheme::Argon2id => AdapterScheme::Argon2id,
        PasswordScheme::Bcrypt => AdapterScheme::Bcrypt,
    };
    HasherConfig { scheme, ..HasherConfig::default() }
}

/// Tokens are signed with the key that is configured, else with one that the store keeps.
async fn tokens(
    config: &Config,
    keys: &dyn SigningKeyRepo,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn TokenIssuer>> {
    let issuer = match &config.secret_key {
        Some(secret) => JwtIssuer::with_secret(secret, clock)?,
        None => {
            let key = keys.first(generate_signing_key(clock.now())?).await?;
            JwtIssuer::with_key(&key, clock)?
        }
    };
    Ok(Arc::new(issuer))
}
