//! Which adapter stands behind which port: the one file that names them.

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use adapters_security::{
    HasherConfig, JwtIssuer, PasswordScheme as AdapterScheme, PooledHasher, SystemClock, UuidIds,
    generate_signing_key,
};
use anyhow::Result;
use domain::ports::{Clock, Ports, SigningKeyRepo, TokenIssuer};
use domain::service::{Services, Settings};

use crate::config::{Config, PasswordScheme, Store};

/// The use cases over the adapters that `config` asks for.
///
/// # Errors
/// When an adapter can't start: one line that says why.
pub(crate) async fn services(config: &Config) -> Result<Services> {
    let store = Arc::new(match &config.store {
        Store::Embedded(directory) => EmbeddedStore::open(directory)?,
        Store::Memory => EmbeddedStore::in_memory()?,
    });
    let clock = Arc::new(SystemClock);
    let ports = Ports {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        idempotency: store.clone(),
        probe: store.clone(),
        hasher: Arc::new(PooledHasher::new(&hashing(config))?),
        tokens: tokens(config, &*store, clock.clone()).await?,
        clock,
        ids: Arc::new(UuidIds),
    };
    let settings = Settings {
        signup: config.signup,
        naming: config.naming,
        access_token_lifetime: config.access_token_lifetime,
        operator: config.operator.clone(),
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
