//! Opening the store: its options, what the server can do, and the layout of the database.

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

use crate::call::{SELECTION, WORK, bounded, within};
use crate::fault::Fault;
use crate::schema::{self, META, ORGANIZATIONS};

/// How long each step of opening may take: an index of an old and large collection is not made in a moment.
pub(crate) const START: Duration = Duration::from_secs(60);
/// How long a server that can't be reached is waited for, and how long between two attempts.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
/// Connections to each server at most, unless the connection string says (`maxPoolSize`).
const POOL: u32 = 64;
/// How long a connection may take to be made, unless the connection string says (`connectTimeoutMS`). The
/// driver's monitor takes a server that does not answer for gone after this time.
const CONNECT: Duration = Duration::from_secs(2);
/// How often the driver looks at each server, unless the connection string says (`heartbeatFrequencyMS`).
const HEARTBEAT: Duration = Duration::from_secs(2);
/// The layout of [`schema`]. A change that an older version could not live with has the next number. Before 2, nothing
/// waited with records, and nothing stayed of admins; before 3, documents were not counted; before 4, no other name
/// followed the change of an admin.
const FORMAT: i64 = 4;
/// `maxWireVersion` of MongoDB 6.0, the first to check `collectionUUID`.
const CHECKS_UUIDS: i32 = 17;

/// Where the database is.
#[derive(Debug, Clone)]
pub struct MongoConfig {
    /// The connection string (MongoDB manual, "Connection Strings"). What it says of read and write
    /// concern and of read preference does not count: the promises of the store need their own.
    pub url: SecretString,
    /// The name of the database.
    pub database: String,
}

/// Why a store can't be opened, in one line.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The connection string is not one.
    #[error("can't read the connection string: {0}")]
    Url(String),
    /// The server can't be reached, or refuses.
    #[error("can't use the database: {0}")]
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// The database was made by something else.
    #[error("the database {0} has a collection `organizations` that Tenantry did not make")]
    NotAStore(String),
    /// There is nothing of another service in the database.
    #[error(
        "the database {0} has no data of another service: no `organizations` collection except Tenantry's own"
    )]
    NothingToAdopt(String),
    /// What a collection is to be called when it is moved out of the way is the name of another one.
    #[error("the collections `{0}` and `legacy_{0}` both exist: rename or drop one of them")]
    InTheWay(&'static str),
    /// The database is of a later version.
    #[error(
        "the database {database} was written by a newer version of Tenantry: its format is {found}, and \
         this version reads {FORMAT}"
    )]
    NewerFormat {
        /// The name of the database.
        database: String,
        /// The number of its format.
        found: i64,
    },
    /// An index has the name or the keys of one of ours, and is another.
    #[error(
        "the index `{index}` of `{collection}` can't be created: a different index has its name or keys"
    )]
    IndexConflict {
        /// The collection.
        collection: &'static str,
        /// The name of the index.
        index: String,
    },
    /// What is to be unique is not.
    #[error("the unique index `{index}` of `{collection}` can't be created: there are duplicates")]
    Duplicates {
        /// The collection.
        collection: &'static str,
        /// The name of the index.
        index: String,
    },
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TimeLimit(cause) | Fault::Interrupted(cause) | Fault::Unavailable(cause) => {
                Self::Unavailable(cause)
            }
            other => Self::Unavailable(other.into()),
        }
    }
}

/// What the server can do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Abilities {
    /// Whether a write may be sent twice and is carried out once: not so on a standalone server.
    pub(crate) retries_writes: bool,
    /// Whether a command may say which collection it means, beside its name.
    pub(crate) checks_uuids: bool,
}

impl Abilities {
    /// For looking at what a write was refused for: the server names a duplicate that a majority does not
    /// have yet, and that a plain look would not see. Only members of a replica set can say that they have
    /// waited; a server that stands alone need not.
    pub(crate) fn latest(self) -> ReadConcern {
        if self.retries_writes { ReadConcern::linearizable() } else { ReadConcern::majority() }
    }
}

/// Makes everything that belongs into `database`.
pub(crate) async fn prepare(database: &Database) -> Result<Abilities, OpenError> {
    let abilities = reach(database).await?;
    check_format(database).await?;
    schema::prepare(database).await?;
    write_format(database).await?;
    Ok(abilities)
}

/// What the connection string says, and what the promises of the store need.
pub(crate) async fn options(url: &SecretString) -> Result<ClientOptions, OpenError> {
    let url = url.expose_secret();
    let parsed = ConnectionString::parse(url).map_err(|_| OpenError::Url(complaint(url)))?;
    let mut options = ClientOptions::parse(parsed).await.map_err(unusable)?;
    let all =
        WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(WORK).build();
    options.write_concern = Some(all);
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.retry_reads = Some(true);
    options.retry_writes = Some(true);
    options.server_selection_timeout = Some(SELECTION);
    options.app_name.get_or_insert_with(|| "tenantry".to_owned());
    options.max_pool_size.get_or_insert(POOL);
    options.connect_timeout.get_or_insert(CONNECT);
    options.heartbeat_freq.get_or_insert(HEARTBEAT);
    Ok(options)
}

/// Maximum number of connections of a pool.
pub(crate) fn pool_size(options: &ClientOptions) -> usize {
    // 0 stands for no limit.
    let size = options.max_pool_size.filter(|size| *size > 0).unwrap_or(POOL);
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// What is wrong with the connection string `url`. The driver would quote a password that has reserved
/// characters in it, so it is asked about the rest alone.
fn complaint(url: &str) -> String {
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

pub(crate) fn unusable(error: Error) -> OpenError {
    match error.kind.as_ref() {
        ErrorKind::InvalidArgument { message, .. } => OpenError::Url(message.clone()),
        _ => OpenError::Unavailable(error.into()),
    }
}

/// What the server can do, if the database is a store of this version or an earlier one; nothing is made or changed.
pub(crate) async fn peek(database: &Database) -> Result<Option<Abilities>, OpenError> {
    let abilities = reach(database).await?;
    match format(database).await? {
        Format::Known => Ok(Some(abilities)),
        Format::None => Ok(None),
        Format::Newer(found) => Err(newer(database, found)),
        Format::Foreign => Err(OpenError::NotAStore(database.name().to_owned())),
    }
}

/// Waits for the server: it may be starting too, or electing a primary.
pub(crate) async fn reach(database: &Database) -> Result<Abilities, OpenError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match abilities(database).await {
            Err(Fault::Interrupted(_) | Fault::Unavailable(_)) if Instant::now() < deadline => {
                sleep(PAUSE).await;
            }
            result => return Ok(result?),
        }
    }
}

async fn abilities(database: &Database) -> Result<Abilities, Fault> {
    let hello = bounded(database.run_command(doc! { "hello": 1 })).await?;
    let replicated = hello.contains_key("setName");
    let sharded = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
    let wire = hello.get_i32("maxWireVersion").unwrap_or_default();
    Ok(Abilities { retries_writes: replicated || sharded, checks_uuids: wire >= CHECKS_UUIDS })
}

/// What a database says of its layout.
enum Format {
    /// That of this version or an earlier one.
    Known,
    /// That of a later version.
    Newer(i64),
    /// Nothing, and somebody else's organizations are there.
    Foreign,
    /// Nothing.
    None,
}

async fn format(database: &Database) -> Result<Format, OpenError> {
    let meta = database.collection::<Document>(META);
    let organizations = database.collection::<Document>(ORGANIZATIONS);
    // First: if another process makes the database just now, it writes the format before anything else.
    let in_use = within(START, organizations.find_one(doc! {})).await?.is_some();
    let found = within(START, meta.find_one(doc! { "_id": "format" })).await?;
    Ok(match found.map(|found| found.get_i64("number").unwrap_or(i64::MAX)) {
        Some(..=FORMAT) => Format::Known,
        Some(found) => Format::Newer(found),
        None if in_use => Format::Foreign,
        None => Format::None,
    })
}

/// Refuses what is not ours, and writes down what is. Two processes may do so at once.
async fn check_format(database: &Database) -> Result<(), OpenError> {
    match format(database).await? {
        Format::Known => Ok(()),
        Format::Newer(found) => Err(newer(database, found)),
        Format::Foreign => Err(OpenError::NotAStore(database.name().to_owned())),
        Format::None => {
            let meta = database.collection::<Document>(META);
            let (key, set) = (doc! { "_id": "format" }, doc! { "$set": { "number": FORMAT } });
            within(START, meta.update_one(key, set).upsert(true)).await.map(drop).or_else(duplicate)
        }
    }
}

fn newer(database: &Database, found: i64) -> OpenError {
    OpenError::NewerFormat { database: database.name().to_owned(), found }
}

/// Writes down that what is there is of this version now.
async fn write_format(database: &Database) -> Result<(), OpenError> {
    let older = doc! { "_id": "format", "number": { "$lt": FORMAT } };
    let meta = database.collection::<Document>(META);
    let set = doc! { "$set": { "number": FORMAT } };
    Ok(within(START, meta.update_one(older, set)).await.map(drop)?)
}

/// Somebody else was faster.
fn duplicate(fault: Fault) -> Result<(), OpenError> {
    match fault {
        Fault::Duplicate => Ok(()),
        other => Err(other.into()),
    }
}
