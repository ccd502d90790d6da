//! Wiring of the adoption: the configured store and the database of the legacy service.

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use adapters_mongo::{LegacyMongo, MongoConfig, MongoStore, OpenError};
use adapters_security::{SystemClock, UuidIds};
use anyhow::{Context, Result, bail};
use domain::ports::{
    AdminRepo, AuditLog, LegacyDatabase, NamespaceLedger, OrganizationRepo, TenantStore,
    TransferMode,
};
use domain::service::AdoptionPorts;

use crate::commands::AdoptRequest;
use crate::config::{Config, Store};

/// Opens the database of the legacy service.
///
/// # Errors
/// Fails if the database can't be reached or contains no data of such a service, or if the
/// configured store is in memory.
pub(crate) async fn legacy(
    config: &Config,
    request: &AdoptRequest,
) -> Result<Arc<dyn LegacyDatabase>> {
    if matches!(config.store, Store::Memory) {
        bail!("the imported data would be lost: STORE is memory");
    }
    let store = mongodb(&config.store);
    let from = MongoConfig { url: request.from.clone(), database: request.database.clone() };
    Ok(Arc::new(LegacyMongo::open(&from, request.layout, store.as_ref()).await?))
}

/// Opens the store for reading only. A store that does not exist yet is not created; an empty one
/// takes its place.
///
/// # Errors
/// Fails if the store can't be opened.
pub(crate) async fn open_read_only(config: &Config, mode: TransferMode) -> Result<AdoptionPorts> {
    let empty = || Ok(ports(EmbeddedStore::in_memory()?));
    let Some(mongo) = mongodb(&config.store) else {
        return match &config.store {
            Store::Embedded(directory) if EmbeddedStore::is_in(directory) => {
                open_or_create(config).await
            }
            _ => empty(),
        };
    };
    match MongoStore::peek(&mongo).await {
        Ok(Some(store)) => Ok(ports(store)),
        Ok(None) => empty(),
        // The database belongs to the legacy service.
        Err(OpenError::NotAStore(_)) if mode == TransferMode::Stay => empty(),
        Err(error) => Err(error).context("MONGODB_URL"),
    }
}

/// Opens the store, and creates it if it does not exist yet.
///
/// # Errors
/// Fails if the store can't be opened.
pub(crate) async fn open_or_create(config: &Config) -> Result<AdoptionPorts> {
    match (&config.store, mongodb(&config.store)) {
        (_, Some(mongo)) => Ok(ports(MongoStore::open(&mongo).await.context("MONGODB_URL")?)),
        (Store::Embedded(directory), None) => Ok(ports(EmbeddedStore::open(directory)?)),
        _ => Ok(ports(EmbeddedStore::in_memory()?)),
    }
}

/// MongoDB configuration of the store, if it is in MongoDB.
fn mongodb(store: &Store) -> Option<MongoConfig> {
    match store {
        Store::Mongodb { url, database } => {
            Some(MongoConfig { url: url.clone(), database: database.clone() })
        }
        Store::Embedded(_) | Store::Memory => None,
    }
}

fn ports<S>(store: S) -> AdoptionPorts
where
    S: OrganizationRepo + AdminRepo + NamespaceLedger + TenantStore + AuditLog + 'static,
{
    let store = Arc::new(store);
    AdoptionPorts {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        audit: store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(UuidIds),
    }
}
