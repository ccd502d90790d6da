//! Opening the store: connection options, features of the server, and layout of the database.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::Database;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadConcern, ReadPreference,
    SelectionCriteria, WriteConcern,
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::time::sleep;

use crate::call::{MAX_TIME, SERVER_SELECTION_TIMEOUT, with_timeout, within};
use crate::mongo_error::MongoError;
use crate::schema::{self, META, ORGANIZATIONS};

/// Time limit of each step of opening: building an index on an old and large collection takes time.
pub(crate) const SETUP_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for which an unreachable server is retried, and the pause between two attempts.
const REACH_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// Default of `maxPoolSize`: maximum number of connections to each server.
const DEFAULT_POOL_SIZE: u32 = 64;
/// Default of `connectTimeoutMS`: time limit of a connection attempt. The driver's monitor
/// considers a server dead that does not respond within this time.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Default of `heartbeatFrequencyMS`: interval of the driver's server checks.
const DEFAULT_HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);
/// Version of the layout in [`schema`]. A change that older versions can't handle gets the next
/// number. Before 2, records had no outbox and removed admins no tombstone; before 3, documents
/// were not counted; before 4, no rename followed the change of an admin.
const FORMAT_VERSION: i64 = 4;
/// `maxWireVersion` of MongoDB 6.0, the first to check `collectionUUID`.
const WIRE_VERSION_6_0: i32 = 17;

/// Configuration of the database.
#[derive(Debug, Clone)]
pub struct MongoConfig {
    /// The connection string (MongoDB manual, "Connection Strings"). Its read concern, write
    /// concern and read preference are ignored: the guarantees of the store need their own.
    pub url: SecretString,
    /// The name of the database.
    pub database: String,
}

/// Reasons for which a store can't be opened; displayed as one line.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The connection string is malformed.
    #[error("can't read the connection string: {0}")]
    Url(String),
    /// The server can't be reached, or refuses the connection.
    #[error("can't use the database: {0}")]
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// Another program created the database.
    #[error("the database {0} has a collection `organizations` that Tenantry did not make")]
    NotAStore(String),
    /// The database has no data of another service.
    #[error(
        "the database {0} has no data of another service: no `organizations` collection except Tenantry's own"
    )]
    NothingToAdopt(String),
    /// The name to which a collection would be set aside is taken.
    #[error("the collections `{0}` and `legacy_{0}` both exist: rename or drop one of them")]
    NameTaken(&'static str),
    /// A later version wrote the database.
    #[error(
        "the database {database} was written by a newer version of Tenantry: its format is {found}, and \
         this version reads {FORMAT_VERSION}"
    )]
    NewerFormat {
        /// The name of the database.
        database: String,
        /// The number of its format.
        found: i64,
    },
    /// An existing index has the name or the keys of a required one, and differs from it.
    #[error(
        "the index `{index}` of `{collection}` can't be created: a different index has its name or keys"
    )]
    IndexConflict {
        /// The collection.
        collection: &'static str,
        /// The name of the index.
        index: String,
    },
    /// Values that must be unique are not.
    #[error("the unique index `{index}` of `{collection}` can't be created: there are duplicates")]
    Duplicates {
        /// The collection.
        collection: &'static str,
        /// The name of the index.
        index: String,
    },
}

impl From<MongoError> for OpenError {
    fn from(error: MongoError) -> Self {
        match error {
            MongoError::TimeLimit(cause)
            | MongoError::Interrupted(cause)
            | MongoError::Unavailable(cause) => Self::Unavailable(cause),
            other => Self::Unavailable(other.into()),
        }
    }
}

/// Features of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerFeatures {
    /// Whether a write that is sent twice is executed once: not so on a standalone server.
    pub(crate) retries_writes: bool,
    /// Whether a command may identify its collection by uuid, in addition to its name.
    pub(crate) checks_uuids: bool,
}

impl ServerFeatures {
    /// Read concern for reading the document for which a write was refused: the server reports a
    /// duplicate that a majority does not have yet, and a majority read would not show it. Only
    /// members of a replica set support a read that waits for it; a standalone server does not need
    /// it.
    pub(crate) fn latest_concern(self) -> ReadConcern {
        if self.retries_writes { ReadConcern::linearizable() } else { ReadConcern::majority() }
    }
}

/// Creates everything that belongs to a store in `database`.
pub(crate) async fn prepare(database: &Database) -> Result<ServerFeatures, OpenError> {
    let features = wait_for_server(database).await?;
    check_format(database).await?;
    schema::prepare(database).await?;
    write_format(database).await?;
    Ok(features)
}

/// The options of the connection string, with those that the guarantees of the store need.
pub(crate) async fn options(url: &SecretString) -> Result<ClientOptions, OpenError> {
    let url = url.expose_secret();
    let parsed = ConnectionString::parse(url).map_err(|_| OpenError::Url(url_problem(url)))?;
    let mut options = ClientOptions::parse(parsed).await.map_err(connect_error)?;
    let all = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .w_timeout(MAX_TIME)
        .build();
    options.write_concern = Some(all);
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.retry_reads = Some(true);
    options.retry_writes = Some(true);
    options.server_selection_timeout = Some(SERVER_SELECTION_TIMEOUT);
    options.app_name.get_or_insert_with(|| "tenantry".to_owned());
    options.max_pool_size.get_or_insert(DEFAULT_POOL_SIZE);
    options.connect_timeout.get_or_insert(DEFAULT_CONNECT_TIMEOUT);
    options.heartbeat_freq.get_or_insert(DEFAULT_HEARTBEAT_INTERVAL);
    Ok(options)
}

/// Maximum number of connections of a pool.
pub(crate) fn pool_size(options: &ClientOptions) -> usize {
    // 0 means no limit.
    let size = options.max_pool_size.filter(|size| *size > 0).unwrap_or(DEFAULT_POOL_SIZE);
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// The problem with the connection string `url`. The driver would quote a password that contains
/// reserved characters, so it gets the string without the password.
fn url_problem(url: &str) -> String {
    let rest = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    };
    match ConnectionString::parse(rest) {
        Ok(_) => {
            "reserved characters in user name and password have to be percent-encoded".to_owned()
        }
        Err(error) => error.kind.to_string(),
    }
}

pub(crate) fn connect_error(error: Error) -> OpenError {
    match error.kind.as_ref() {
        ErrorKind::InvalidArgument { message, .. } => OpenError::Url(message.clone()),
        _ => OpenError::Unavailable(error.into()),
    }
}

/// The features of the server, if the database is a store of this version or an earlier one.
/// Creates and changes nothing.
pub(crate) async fn peek(database: &Database) -> Result<Option<ServerFeatures>, OpenError> {
    let features = wait_for_server(database).await?;
    match format(database).await? {
        Format::Known => Ok(Some(features)),
        Format::None => Ok(None),
        Format::Newer(found) => Err(newer_format(database, found)),
        Format::Foreign => Err(OpenError::NotAStore(database.name().to_owned())),
    }
}

/// Waits for the server, which may be starting or electing a primary.
pub(crate) async fn wait_for_server(database: &Database) -> Result<ServerFeatures, OpenError> {
    let deadline = Instant::now() + REACH_TIMEOUT;
    loop {
        match server_features(database).await {
            Err(MongoError::Interrupted(_) | MongoError::Unavailable(_))
                if Instant::now() < deadline =>
            {
                sleep(RETRY_PAUSE).await;
            }
            result => return Ok(result?),
        }
    }
}

async fn server_features(database: &Database) -> Result<ServerFeatures, MongoError> {
    let hello = with_timeout(database.run_command(doc! { "hello": 1 })).await?;
    let replicated = hello.contains_key("setName");
    let sharded = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    let wire = hello.get_i32("maxWireVersion").unwrap_or_default();
    Ok(ServerFeatures {
        retries_writes: replicated || sharded,
        checks_uuids: wire >= WIRE_VERSION_6_0,
    })
}

/// Format version of a database.
enum Format {
    /// This version or an earlier one.
    Known,
    /// A later version.
    Newer(i64),
    /// No format, and organizations of another program.
    Foreign,
    /// No format.
    None,
}

async fn format(database: &Database) -> Result<Format, OpenError> {
    let meta = database.collection::<Document>(META);
    let organizations = database.collection::<Document>(ORGANIZATIONS);
    // Read first: another process that creates the database writes the format before anything else.
    let in_use = within(SETUP_TIMEOUT, organizations.find_one(doc! {})).await?.is_some();
    let found = within(SETUP_TIMEOUT, meta.find_one(doc! { "_id": "format" })).await?;
    Ok(match found.map(|found| found.get_i64("number").unwrap_or(i64::MAX)) {
        Some(..=FORMAT_VERSION) => Format::Known,
        Some(found) => Format::Newer(found),
        None if in_use => Format::Foreign,
        None => Format::None,
    })
}

/// Refuses the database of another program, and writes the format otherwise. Two processes may do
/// so concurrently.
async fn check_format(database: &Database) -> Result<(), OpenError> {
    match format(database).await? {
        Format::Known => Ok(()),
        Format::Newer(found) => Err(newer_format(database, found)),
        Format::Foreign => Err(OpenError::NotAStore(database.name().to_owned())),
        Format::None => {
            let meta = database.collection::<Document>(META);
            let (key, set) =
                (doc! { "_id": "format" }, doc! { "$set": { "number": FORMAT_VERSION } });
            within(SETUP_TIMEOUT, meta.update_one(key, set).upsert(true))
                .await
                .map(drop)
                .or_else(ignore_duplicate)
        }
    }
}

fn newer_format(database: &Database, found: i64) -> OpenError {
    OpenError::NewerFormat { database: database.name().to_owned(), found }
}

/// Writes the format of this version.
async fn write_format(database: &Database) -> Result<(), OpenError> {
    let older = doc! { "_id": "format", "number": { "$lt": FORMAT_VERSION } };
    let meta = database.collection::<Document>(META);
    let set = doc! { "$set": { "number": FORMAT_VERSION } };
    Ok(within(SETUP_TIMEOUT, meta.update_one(older, set)).await.map(drop)?)
}

/// A concurrent process won.
fn ignore_duplicate(error: MongoError) -> Result<(), OpenError> {
    match error {
        MongoError::Duplicate => Ok(()),
        other => Err(other.into()),
    }
}
