//! A database per test, on the shared server.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use bson::oid::ObjectId;
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
const PATIENCE: Duration = Duration::from_secs(5);

/// A database that no other test uses. It is dropped together with this value, also when the test
/// panics.
pub struct TestDatabase {
    url: String,
    database: Database,
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
        Ok(Self { database: connect(&url).await?.database(&name), url })
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

impl Drop for TestDatabase {
    /// On a separate thread and connection: the runtime of the test waits for this, or no longer
    /// exists. What fails here is left to a later sweep.
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name().to_owned());
        let drop = move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async { Ok(connect(&url).await?.database(&name).drop().await?) })
        };
        let _: thread::Result<Result<()>> = thread::spawn(drop).join();
    }
}

async fn connect(url: &str) -> Result<Client> {
    let mut options = ClientOptions::parse(url).await?;
    options.server_selection_timeout = Some(PATIENCE);
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
