//! [`LegacyDatabase`]: a database that one of the services wrote whose clients Tenantry serves.
//!
//! Where it is the database of the store, too, the other service's collections that have names of the store's own are
//! moved aside: `organizations` becomes `legacy_organizations`, and is read from there. It is the last to be moved, and
//! while it is there, no store is made in the database ([`crate::open`]); so whoever finds a store finds all of them
//! moved.

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
use crate::fault::Fault;
use crate::open::{self, MongoConfig, OpenError};
use crate::schema::{META, ORGANIZATIONS, OWN};
use cursor::Batches;

/// How long a call may take. Somebody waits for the whole of it, who would only have to begin again.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Which service wrote the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyLayout {
    /// Admins in `admins`, each with its organization.
    Org,
    /// Admins in the collections of their organizations, beside the documents.
    Enterprise,
}

/// A database of another service.
#[derive(Debug)]
pub struct LegacyMongo {
    database: Database,
    layout: LegacyLayout,
    store: Target,
}

/// Where the store is.
#[derive(Debug)]
enum Target {
    /// In the same database.
    Here,
    /// In this one.
    There(Database),
    /// In none.
    Elsewhere,
}

impl LegacyMongo {
    /// The database that `from` says; `store` is where the store is, if that is a database, too.
    ///
    /// # Errors
    /// Each in one line: an unusable connection string, a server that can't be reached within 10 seconds, a database
    /// without anything of another service.
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
                    // What it may do counts there.
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

    /// Whether there is a store in the database.
    async fn has_store(&self) -> Result<bool, Fault> {
        let meta = self.database.collection::<Document>(META);
        let format = doc! { "_id": "format", "number": { "$type": "number" } };
        Ok(within(PATIENCE, meta.find_one(format)).await?.is_some())
    }

    /// The name that the other service's collection `name` has by now.
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
            Target::Elsewhere => {
                Err(StoreError::unavailable("a store that keeps JSON can't be copied to"))
            }
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

/// Whether both are the same database, by whichever address: no two collections have the same uuid.
async fn are_one(one: &Database, other: &Database) -> Result<bool, Fault> {
    if one.name() != other.name() {
        return Ok(false);
    }
    let uuids = async |database| {
        let there = specifications(database).await?.into_values();
        let bytes = there.filter_map(|it| it.info.uuid.map(|uuid| uuid.bytes));
        Ok::<BTreeSet<_>, Fault>(bytes.collect())
    };
    Ok(!uuids(one).await?.is_disjoint(&uuids(other).await?))
}

/// The collections that hold documents, by name.
async fn specifications(
    database: &Database,
) -> Result<BTreeMap<String, CollectionSpecification>, Fault> {
    let list = async { database.list_collections().await?.try_collect::<Vec<_>>().await };
    let found = within(PATIENCE, list).await?.into_iter();
    let plain = found.filter(|it| it.collection_type == CollectionType::Collection);
    Ok(plain.map(|it| (it.name.clone(), it)).collect())
}

/// What a collection of the other service is called that is out of the way.
fn aside(name: &str) -> String {
    format!("legacy_{name}")
}

/// Finds the documents of a collection, and none of its admins.
fn but_admins(from: &LegacyCollection) -> Document {
    match from.admins.is_empty() {
        true => Document::new(),
        false => doc! { "$nor": [only_admins(from)] },
    }
}

/// Finds the admins among the documents of a collection. What has the id of an admin and no hash of a password is a
/// document about it: an id can be text there, and an `ObjectId` here.
fn only_admins(from: &LegacyCollection) -> Document {
    doc! { "_id": { "$in": keys(&from.admins) }, "$or": read::hashes() }
}

/// The ids that are shown as `texts`.
fn keys(texts: &[String]) -> Vec<Bson> {
    let ids = texts.iter().filter_map(|text| ObjectId::parse_str(text).ok()).map(Bson::from);
    ids.chain(texts.iter().map(Bson::from)).collect()
}
