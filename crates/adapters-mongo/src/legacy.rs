//! [`LegacyDatabase`]: the database of a service whose clients Tenantry supports.
//!
//! If the store uses the same database, the legacy collections whose names the store needs are
//! renamed: `organizations` becomes `legacy_organizations`, and is read under that name. It is
//! renamed last, and while it exists, no store is created in the database ([`crate::open`]); so the
//! existence of a store implies that all collections are renamed.

mod bring;
mod cursor;
mod fields;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use bson::{Bson, Document, doc, oid::ObjectId};
use domain::model::{CollectionName, Legacy, LegacyCollection, Placement};
use domain::ports::{LegacyDatabase, LegacyDocuments, StoreError, Way};
use futures_util::TryStreamExt;
use mongodb::results::{CollectionSpecification, CollectionType};
use mongodb::{Client, Database};

use crate::call::within;
use crate::mongo_error::MongoError;
use crate::open::{self, MongoConfig, OpenError};
use crate::schema::{META, ORGANIZATIONS, OWN};
use cursor::Batches;

/// Time limit of a call. Migrations are not interactive, and a timeout would only force a restart
/// from the beginning.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

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
    store: Target,
}

/// Location of the store.
#[derive(Debug)]
enum Target {
    /// In the same database.
    Here,
    /// In another MongoDB database.
    There(Database),
    /// Not in MongoDB.
    Elsewhere,
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
            None => Target::Elsewhere,
            Some(config) => {
                let there = connect(config).await?;
                if are_one(&database, &there).await? {
                    // The store's connection, because its user has the permissions that are needed
                    // there.
                    database = there;
                    Target::Here
                } else {
                    Target::There(there)
                }
            }
        };
        let legacy = Self { database, layout, store };
        legacy.must_hold_something().await?;
        Ok(legacy)
    }

    async fn must_hold_something(&self) -> Result<(), OpenError> {
        let (there, is_store) = (specifications(&self.database).await?, self.has_store().await?);
        let aside = aside(ORGANIZATIONS);
        let has_moved = matches!(self.store, Target::Here) && there.contains_key(&aside);
        if !has_moved && (is_store || !there.contains_key(ORGANIZATIONS)) {
            return Err(OpenError::NothingToAdopt(self.database.name().to_owned()));
        }
        let both =
            |name: &&&str| there.contains_key(**name) && there.contains_key(&self::aside(name));
        match OWN.iter().find(both) {
            Some(name) if matches!(self.store, Target::Here) && !is_store => {
                Err(OpenError::InTheWay(name))
            }
            _ => Ok(()),
        }
    }

    /// Whether the database contains a store.
    async fn has_store(&self) -> Result<bool, MongoError> {
        let meta = self.database.collection::<Document>(META);
        let format = doc! { "_id": "format", "number": { "$type": "number" } };
        Ok(within(PATIENCE, meta.find_one(format)).await?.is_some())
    }

    /// The current name of the legacy collection `name`.
    fn own<'a>(&self, name: &'a str, there: &BTreeSet<String>) -> std::borrow::Cow<'a, str> {
        let aside = aside(name);
        match self.store {
            Target::Here if there.contains(&aside) => aside.into(),
            _ => name.into(),
        }
    }
}

#[async_trait]
impl LegacyDatabase for LegacyMongo {
    fn name(&self) -> &str {
        self.database.name()
    }

    fn way(&self) -> Way {
        match self.store {
            Target::Here => Way::Stay,
            Target::There(_) => Way::Copy,
            Target::Elsewhere => Way::Import,
        }
    }

    async fn read(&self) -> Result<Legacy, StoreError> {
        self.read_all().await
    }

    async fn count(&self, from: &LegacyCollection) -> Result<u64, StoreError> {
        let documents = self.database.collection::<Document>(&from.name);
        Ok(within(PATIENCE, documents.count_documents(but_admins(from))).await?)
    }

    async fn documents(
        &self,
        from: &LegacyCollection,
    ) -> Result<Box<dyn LegacyDocuments>, StoreError> {
        Ok(Box::new(Batches::of(&self.database, from).await?))
    }

    async fn set_aside(&self) -> Result<(), StoreError> {
        if !matches!(self.store, Target::Here) || self.has_store().await? {
            return Ok(());
        }
        let there = specifications(&self.database).await?;
        for name in OWN.iter().filter(|name| there.contains_key(**name)) {
            self.rename(name, &aside(name)).await?;
        }
        Ok(())
    }

    async fn bring(
        &self,
        from: &LegacyCollection,
        to: &CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        match &self.store {
            Target::Here => self.settle(from, to).await,
            Target::There(store) => self.copy(from, (store, to), copied).await,
            Target::Elsewhere => Err(StoreError::unavailable(
                "documents can't be copied to the embedded store; import them",
            )),
        }
    }
}

async fn connect(config: &MongoConfig) -> Result<Database, OpenError> {
    let options = open::options(&config.url).await?;
    let client = Client::with_options(options).map_err(open::unusable)?;
    let database = client.database(&config.database);
    open::reach(&database).await?;
    Ok(database)
}

/// Whether both are the same database, under any address: no two collections have the same uuid.
async fn are_one(one: &Database, other: &Database) -> Result<bool, MongoError> {
    if one.name() != other.name() {
        return Ok(false);
    }
    let uuids = async |database| {
        let there = specifications(database).await?.into_values();
        let bytes = there.filter_map(|it| it.info.uuid.map(|uuid| uuid.bytes));
        Ok::<BTreeSet<_>, MongoError>(bytes.collect())
    };
    Ok(!uuids(one).await?.is_disjoint(&uuids(other).await?))
}

/// The collections that hold documents, by name.
async fn specifications(
    database: &Database,
) -> Result<BTreeMap<String, CollectionSpecification>, MongoError> {
    let list = async { database.list_collections().await?.try_collect::<Vec<_>>().await };
    let found = within(PATIENCE, list).await?.into_iter();
    let plain = found.filter(|it| it.collection_type == CollectionType::Collection);
    Ok(plain.map(|it| (it.name.clone(), it)).collect())
}

/// The new name of a legacy collection that was set aside.
fn aside(name: &str) -> String {
    format!("legacy_{name}")
}

/// Filter that matches the documents of a collection without its admins.
fn but_admins(from: &LegacyCollection) -> Document {
    match from.admins.is_empty() {
        true => Document::new(),
        false => doc! { "$nor": [only_admins(from)] },
    }
}

/// Filter that matches the admins among the documents of a collection. An entry with the id of an
/// admin and no password hash is a document about it: the id can be text there, and an `ObjectId`
/// here.
fn only_admins(from: &LegacyCollection) -> Document {
    doc! { "_id": { "$in": keys(&from.admins) }, "$or": read::hashes() }
}

/// The ids whose text form is in `texts`.
fn keys(texts: &[String]) -> Vec<Bson> {
    let ids = texts.iter().filter_map(|text| ObjectId::parse_str(text).ok()).map(Bson::from);
    ids.chain(texts.iter().map(Bson::from)).collect()
}
