//! A database per test, on the shared server.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::future::try_join_all;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tokio::runtime;
use tokio::sync::OnceCell;

use crate::shared::shared_url;

/// Prefix of the names of all test databases. The rest is an `ObjectId`: the second of its
/// creation, and a random part.
const PREFIX: &str = "tenantry_test_";
/// Age at which a test database counts as left behind: no test takes that long.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(60 * 60);
/// Time for which an unreachable server is retried.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A database that no other test uses at the same time. It is dropped together with this value,
/// also when the test panics.
pub struct TestDatabase {
    url: String,
    database: Database,
    is_reusable: bool,
}

/// Reusable databases by the URL of their server. They are dropped when no test uses one.
static REUSABLE: Mutex<BTreeMap<String, Reusable>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Reusable {
    in_use: usize,
    free: Vec<String>,
}

impl TestDatabase {
    /// A name for a new database on the server of [`shared_url`]. The first call in a process drops
    /// the databases that killed tests left behind.
    ///
    /// # Errors
    ///
    /// Those of [`shared_url`], and when the server does not respond.
    pub async fn fresh() -> Result<Self> {
        static SWEPT: OnceCell<()> = OnceCell::const_new();
        let url = shared_url()?;
        SWEPT.get_or_try_init(async || sweep(&connect(&url).await?).await).await?;
        Self::on(url).await
    }

    /// A name for a new database on another server.
    ///
    /// # Errors
    ///
    /// When `url` is not the address of a server.
    pub async fn on(url: String) -> Result<Self> {
        let name = format!("{PREFIX}{}", ObjectId::new());
        Ok(Self { database: connect(&url).await?.database(&name), url, is_reusable: false })
    }

    /// A database with the layout of the store, and nothing else, that an earlier test of this
    /// process used: its creation takes longer than most tests. A new one, if all are in use.
    ///
    /// # Errors
    ///
    /// Those of [`TestDatabase::fresh`].
    pub async fn reused() -> Result<Self> {
        Self::reused_on(shared_url()?).await
    }

    /// [`TestDatabase::reused`] on another server.
    ///
    /// # Errors
    ///
    /// When `url` is not the address of a server, or it does not respond.
    pub async fn reused_on(url: String) -> Result<Self> {
        let free = with_reusable(&url, |reusable| {
            reusable.in_use += 1;
            reusable.free.pop()
        });
        let is_new = free.is_none();
        let name = free.unwrap_or_else(|| format!("{PREFIX}{}", ObjectId::new()));
        let database = connect(&url).await?.database(&name);
        let database = Self { database, url, is_reusable: true };
        if !is_new {
            empty(database.database()).await?;
        }
        Ok(database)
    }

    /// The connection string of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// The database, over a connection of its own.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }
}

/// Removes all that a store wrote to `database`, except for its layout.
///
/// # Errors
///
/// Those of the server.
pub async fn empty(database: &Database) -> Result<()> {
    let remove = async |name: String| {
        let collection = database.collection::<Document>(&name);
        match name.starts_with("org_") {
            true => collection.drop().await,
            false => collection.delete_many(doc! {}).await.map(drop),
        }
    };
    let names = database.list_collection_names().await?;
    try_join_all(names.into_iter().filter(|name| name != "meta").map(remove)).await?;
    Ok(())
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.name().to_owned();
        let unused = match self.is_reusable {
            false => vec![name],
            true => with_reusable(&self.url, |reusable| {
                reusable.in_use -= 1;
                reusable.free.push(name);
                if reusable.in_use == 0 { take(&mut reusable.free) } else { Vec::new() }
            }),
        };
        if !unused.is_empty() {
            drop_databases(self.url.clone(), unused);
        }
    }
}

fn with_reusable<T>(url: &str, change: impl FnOnce(&mut Reusable) -> T) -> T {
    let mut all = REUSABLE.lock().unwrap_or_else(PoisonError::into_inner);
    change(all.entry(url.to_owned()).or_default())
}

/// On a separate thread and connection: the runtime of the test waits for this, or no longer
/// exists. What fails here is left to a later sweep.
fn drop_databases(url: String, names: Vec<String>) {
    let drop = move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let client = connect(&url).await?;
            for name in names {
                client.database(&name).drop().await?;
            }
            Ok(())
        })
    };
    let _: thread::Result<Result<()>> = thread::spawn(drop).join();
}

async fn connect(url: &str) -> Result<Client> {
    let mut options = ClientOptions::parse(url).await?;
    options.server_selection_timeout = Some(TIMEOUT);
    Ok(Client::with_options(options)?)
}

/// Drops the test databases that are too old to be in use.
async fn sweep(client: &Client) -> Result<()> {
    let names =
        client.list_database_names().await.context("the MongoDB of the tests does not answer")?;
    for name in names.iter().filter(|name| is_left_over(name)) {
        client.database(name).drop().await?;
    }
    Ok(())
}

fn is_left_over(name: &str) -> bool {
    let made = name.strip_prefix(PREFIX).and_then(|id| ObjectId::parse_str(id).ok());
    made.is_some_and(|made| {
        let age = ObjectId::new().timestamp().saturating_duration_since(made.timestamp());
        age > LEFT_OVER_AFTER
    })
}
