//! [`LegacyDatabase`]: the database of a service whose clients Tenantry supports.
//!
//! If the store uses the same database, the legacy collections whose names the store needs are
//! renamed: `organizations` becomes `legacy_organizations`, and is read under that name. It is
//! renamed last, and while it exists, no store is created in the database ([`crate::open`]); so the
//! existence of a store implies that all collections are renamed.

mod cursor;
mod fields;
mod read;
mod transfer;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use bson::{Bson, Document, doc, oid::ObjectId};
use domain::model::{CollectionName, Legacy, LegacyCollection, Placement};
use domain::ports::{LegacyDatabase, LegacyDocuments, StoreError, TransferMode};
use futures_util::TryStreamExt;
use mongodb::results::{CollectionSpecification, CollectionType};
use mongodb::{Client, Database};

use crate::call::within;
use crate::mongo_error::MongoError;
use crate::open::{self, MongoConfig, OpenError};
use crate::schema::{ALL_COLLECTIONS, META, ORGANIZATIONS};
use cursor::Batches;

/// Time limit of a call. Migrations are not interactive, and a timeout would only force a restart
/// from the beginning.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The service that wrote the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyLayout {
    /// Admins are in `admins`, each with its organization.
    Org,
    /// Admins are in the collections of their organizations, beside the documents.
    Enterprise,
}

/// Database of another service.
#[derive(Debug)]
pub struct LegacyMongo {
    database: Database,
    layout: LegacyLayout,
    store: StoreLocation,
}

/// Location of the store.
#[derive(Debug)]
enum StoreLocation {
    /// In the same database.
    SameDatabase,
    /// In another MongoDB database.
    OtherDatabase(Database),
    /// Not in MongoDB.
    NotMongo,
}

impl LegacyMongo {
    /// Opens the legacy database of `from`; `store` is the database of the store, if that is on
    /// MongoDB, too.
    ///
    /// # Errors
    /// Each in one line: an unusable connection string, a server that can't be reached within 10
    /// seconds, a database without data of another service.
    pub async fn open(
        from: &MongoConfig,
        layout: LegacyLayout,
        store: Option<&MongoConfig>,
    ) -> Result<Self, OpenError> {
        let mut database = connect(from).await?;
        let store = match store {
            None => StoreLocation::NotMongo,
            Some(config) => {
                let other = connect(config).await?;
                if is_same_database(&database, &other).await? {
                    // The store's connection, because its user has the permissions that are needed
                    // there.
                    database = other;
                    StoreLocation::SameDatabase
                } else {
                    StoreLocation::OtherDatabase(other)
                }
            }
        };
        let legacy = Self { database, layout, store };
        legacy.check_contents().await?;
        Ok(legacy)
    }

    async fn check_contents(&self) -> Result<(), OpenError> {
        let (existing, is_store) = (specifications(&self.database).await?, self.has_store().await?);
        let set_aside = set_aside_name(ORGANIZATIONS);
        let has_moved =
            matches!(self.store, StoreLocation::SameDatabase) && existing.contains_key(&set_aside);
        if !has_moved && (is_store || !existing.contains_key(ORGANIZATIONS)) {
            return Err(OpenError::NothingToAdopt(self.database.name().to_owned()));
        }
        let both = |name: &&&str| {
            existing.contains_key(**name) && existing.contains_key(&set_aside_name(name))
        };
        match ALL_COLLECTIONS.iter().find(both) {
            Some(name) if matches!(self.store, StoreLocation::SameDatabase) && !is_store => {
                Err(OpenError::NameTaken(name))
            }
            _ => Ok(()),
        }
    }

    /// Whether the database contains a store.
    async fn has_store(&self) -> Result<bool, MongoError> {
        let meta = self.database.collection::<Document>(META);
        let format = doc! { "_id": "format", "number": { "$type": "number" } };
        Ok(within(MIGRATION_TIMEOUT, meta.find_one(format)).await?.is_some())
    }

    /// The current name of the legacy collection `name`.
    fn current_name<'a>(
        &self,
        name: &'a str,
        existing: &BTreeSet<String>,
    ) -> std::borrow::Cow<'a, str> {
        let set_aside = set_aside_name(name);
        match self.store {
            StoreLocation::SameDatabase if existing.contains(&set_aside) => set_aside.into(),
            _ => name.into(),
        }
    }
}

#[async_trait]
impl LegacyDatabase for LegacyMongo {
    fn name(&self) -> &str {
        self.database.name()
    }

    fn transfer_mode(&self) -> TransferMode {
        match self.store {
            StoreLocation::SameDatabase => TransferMode::Stay,
            StoreLocation::OtherDatabase(_) => TransferMode::Copy,
            StoreLocation::NotMongo => TransferMode::Import,
        }
    }

    async fn read(&self) -> Result<Legacy, StoreError> {
        self.read_all().await
    }

    async fn count(&self, from: &LegacyCollection) -> Result<u64, StoreError> {
        let documents = self.database.collection::<Document>(&from.name);
        Ok(within(MIGRATION_TIMEOUT, documents.count_documents(without_admins(from))).await?)
    }

    async fn documents(
        &self,
        from: &LegacyCollection,
    ) -> Result<Box<dyn LegacyDocuments>, StoreError> {
        Ok(Box::new(Batches::of(&self.database, from).await?))
    }

    async fn set_aside(&self) -> Result<(), StoreError> {
        if !matches!(self.store, StoreLocation::SameDatabase) || self.has_store().await? {
            return Ok(());
        }
        let existing = specifications(&self.database).await?;
        for name in ALL_COLLECTIONS.iter().filter(|name| existing.contains_key(**name)) {
            self.rename(name, &set_aside_name(name)).await?;
        }
        Ok(())
    }

    async fn transfer(
        &self,
        from: &LegacyCollection,
        to: &CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        match &self.store {
            StoreLocation::SameDatabase => self.rename_in_place(from, to).await,
            StoreLocation::OtherDatabase(store) => self.copy(from, (store, to), copied).await,
            StoreLocation::NotMongo => Err(StoreError::unavailable(
                "documents can't be copied to the embedded store; import them",
            )),
        }
    }
}

async fn connect(config: &MongoConfig) -> Result<Database, OpenError> {
    let options = open::options(&config.url).await?;
    let client = Client::with_options(options).map_err(open::connect_error)?;
    let database = client.database(&config.database);
    open::wait_for_server(&database).await?;
    Ok(database)
}

/// Whether both are the same database, under any address: no two collections have the same uuid.
async fn is_same_database(one: &Database, other: &Database) -> Result<bool, MongoError> {
    if one.name() != other.name() {
        return Ok(false);
    }
    let uuids = async |database| {
        let existing = specifications(database).await?.into_values();
        let bytes = existing.filter_map(|it| it.info.uuid.map(|uuid| uuid.bytes));
        Ok::<BTreeSet<_>, MongoError>(bytes.collect())
    };
    Ok(!uuids(one).await?.is_disjoint(&uuids(other).await?))
}

/// The collections that hold documents, by name.
async fn specifications(
    database: &Database,
) -> Result<BTreeMap<String, CollectionSpecification>, MongoError> {
    let list = async { database.list_collections().await?.try_collect::<Vec<_>>().await };
    let found = within(MIGRATION_TIMEOUT, list).await?.into_iter();
    let plain = found.filter(|it| it.collection_type == CollectionType::Collection);
    Ok(plain.map(|it| (it.name.clone(), it)).collect())
}

/// The new name of a legacy collection that was set aside.
fn set_aside_name(name: &str) -> String {
    format!("legacy_{name}")
}

/// Filter that matches the documents of a collection without its admins.
fn without_admins(from: &LegacyCollection) -> Document {
    match from.admins.is_empty() {
        true => Document::new(),
        false => doc! { "$nor": [admins_filter(from)] },
    }
}

/// Filter that matches the admins among the documents of a collection. An entry with the id of an
/// admin and no password hash is a document about it: the id can be text there, and an `ObjectId`
/// here.
fn admins_filter(from: &LegacyCollection) -> Document {
    doc! { "_id": { "$in": keys(&from.admins) }, "$or": read::hash_filters() }
}

/// The ids whose text form is in `texts`.
fn keys(texts: &[String]) -> Vec<Bson> {
    let ids = texts.iter().filter_map(|text| ObjectId::parse_str(text).ok()).map(Bson::from);
    ids.chain(texts.iter().map(Bson::from)).collect()
}
