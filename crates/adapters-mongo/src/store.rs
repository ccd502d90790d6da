//! The store: a database handle with the state that its ports share.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use bulkhead::Permit;
use domain::model::OrganizationId;
use domain::ports::{Requester, StoreError};
use mongodb::event::EventHandler;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tokio::runtime::{Handle, Id};

use crate::audit_log::AuditState;
use crate::command::SessionPool;
use crate::elections::Elections;
use crate::mongo_error::MongoError;
use crate::open::{self, MongoConfig, OpenError, ServerFeatures};
use crate::schema::Collections;
use crate::tenant_store::{ConnectionBulkhead, UsageState, connection_bulkhead};

/// All store ports on one MongoDB database. Any number of processes may have it open; clones are
/// handles of the same store.
#[derive(Clone)]
pub struct MongoStore {
    pub(crate) features: ServerFeatures,
    pub(crate) audit_state: Arc<AuditState>,
    pub(crate) usage_state: Arc<UsageState>,
    pub(crate) bulkhead: ConnectionBulkhead,
    pools: Arc<ConnectionPools>,
}

/// One database connection pool for each runtime. The runtime that opened a connection drives it:
/// from another runtime, every response would wake two threads, and a lookup would cost twice as
/// much.
struct ConnectionPools {
    options: ClientOptions,
    database: String,
    by_runtime: RwLock<HashMap<Id, Arc<Connection>>>,
}

/// A connection to the database.
pub(crate) struct Connection {
    pub(crate) database: Database,
    pub(crate) collections: Arc<Collections>,
    pub(crate) sessions: SessionPool,
    pub(crate) elections: Arc<Elections>,
}

impl MongoStore {
    /// Connects, and creates missing collections and indexes in the database.
    ///
    /// # Errors
    /// Each in one line: an unusable connection string, a server that can't be reached within 10
    /// seconds, a database of another program or of a later version, an index that can't be
    /// created.
    pub async fn open(config: &MongoConfig) -> Result<Self, OpenError> {
        let (options, connection) = Self::connect(config).await?;
        let features = open::prepare(&connection.database).await?;
        Ok(Self::assemble(config, options, connection, features))
    }

    /// Connects for reading only; none when there is no store. This creates and changes nothing,
    /// and the caller must not change anything through the returned handle.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn peek(config: &MongoConfig) -> Result<Option<Self>, OpenError> {
        let (options, connection) = Self::connect(config).await?;
        let features = open::peek(&connection.database).await?;
        Ok(features.map(|features| Self::assemble(config, options, connection, features)))
    }

    async fn connect(config: &MongoConfig) -> Result<(ClientOptions, Connection), OpenError> {
        let options = open::options(&config.url).await?;
        let connection =
            Connection::new(&options, &config.database).map_err(open::connect_error)?;
        Ok((options, connection))
    }

    fn assemble(
        config: &MongoConfig,
        options: ClientOptions,
        connection: Connection,
        features: ServerFeatures,
    ) -> Self {
        let pools = HashMap::from([(Handle::current().id(), Arc::new(connection))]);
        let (database, by_runtime) = (config.database.clone(), RwLock::new(pools));
        let bulkhead = connection_bulkhead(open::pool_size(&options));
        let pools = Arc::new(ConnectionPools { options, database, by_runtime });
        Self { features, audit_state: Arc::default(), usage_state: Arc::default(), bulkhead, pools }
    }

    /// The same store with cold caches, as a new process has it, over the same connections. For
    /// tests that empty a database instead of creating another.
    #[doc(hidden)]
    #[must_use]
    pub fn with_cold_caches(&self) -> Self {
        Self { audit_state: Arc::default(), usage_state: Arc::default(), ..self.clone() }
    }

    /// The connection of the current runtime.
    pub(crate) fn connection(&self) -> Result<Arc<Connection>, MongoError> {
        let runtime =
            Handle::try_current().map_err(|none| MongoError::Unavailable(none.into()))?.id();
        let known = self.pools.by_runtime.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = known.get(&runtime) {
            return Ok(Arc::clone(connection));
        }
        drop(known);
        let connection = Arc::new(Connection::new(&self.pools.options, &self.pools.database)?);
        let mut known = self.pools.by_runtime.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(runtime).or_insert(connection)))
    }

    /// The collections with fixed names, over the connection of the current runtime.
    pub(crate) fn fixed_collections(&self) -> Result<Arc<Collections>, MongoError> {
        Ok(Arc::clone(&self.connection()?.collections))
    }

    /// Acquires a permit for a list or an import batch on behalf of `requester`.
    ///
    /// # Errors
    /// [`StoreError::Saturated`] when the queue is full or the maximum wait is over.
    pub(crate) async fn permit(
        &self,
        requester: &Requester,
    ) -> Result<Permit<Requester>, StoreError> {
        self.bulkhead.acquire(requester, 1).await.map_err(|_| StoreError::Saturated)
    }

    /// [`Self::permit`] for an admin of `organization`.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn permit_of(
        &self,
        organization: &OrganizationId,
    ) -> Result<Permit<Requester>, StoreError> {
        self.permit(&Requester::Organization(organization.clone())).await
    }
}

impl Connection {
    /// Uses a client of its own, which connects on first use.
    fn new(options: &ClientOptions, name: &str) -> mongodb::error::Result<Self> {
        let elections = Arc::new(Elections::default());
        let observer = Arc::clone(&elections);
        let mut options = options.clone();
        options.cmap_event_handler =
            Some(EventHandler::callback(move |event| observer.observe(&event)));
        let database = Client::with_options(options)?.database(name);
        let collections = Arc::new(Collections::of(&database));
        Ok(Self { database, collections, sessions: SessionPool::default(), elections })
    }
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("database", &self.pools.database).finish_non_exhaustive()
    }
}
