//! A dedicated server that fails on demand, for all of its clients.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use adapters_mongo::{MongoConfig, MongoStore};
use async_trait::async_trait;
use bson::{Document, doc};
use domain::ports::StoreProbe;
use local_mongod::{Deployment, Options};
use mongodb::{Client, Database};
use port_contracts::crash::{FreshStore, ServerFaults};
use port_contracts::fakes::Store;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The application name of the store at the server.
const NAME: &str = "troubled";
/// The commands that a store may send.
const READS: [&str; 3] = ["find", "aggregate", "listCollections"];
const WRITES: [&str; 6] = ["insert", "update", "delete", "create", "drop", "renameCollection"];
/// Longer than the timeout of any call.
const TOO_LONG: Duration = Duration::from_secs(4);
const TIMEOUT: Duration = Duration::from_secs(30);

/// A failure of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// Answers with this error.
    Refuses(i32),
    /// Closes the connection.
    HangsUp,
    /// Executes a write that can be recognized when it is repeated, and then closes the connection.
    HangsUpAfter,
    /// Executes the command, and answers that the write concern is unknown because of this error.
    Unsure(i32),
    /// Executes the command long after the client gave up.
    Late,
}

/// A failure with its number of repetitions and the command, or any command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InjectedFailure {
    pub(crate) failure: Failure,
    pub(crate) command: &'static str,
    pub(crate) times: i32,
}

/// A server that ends with this value, and a store on it.
pub(crate) struct FaultyServer {
    pub(crate) store: MongoStore,
    _server: Deployment,
    /// With a separate connection.
    database: Database,
    failures: Vec<(Failure, i32)>,
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    counts: Vec<i64>,
    faults: Vec<InjectedFailure>,
}

impl FaultyServer {
    /// A server that may fail with `failures`, repeated up to the given number of times.
    pub(crate) async fn start(options: Options, failures: &[(Failure, i32)]) -> Self {
        let server = options.start().await.unwrap();
        let database = "tenantry".to_owned();
        let url = server.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        let named = format!("{url}{separator}appName={NAME}").into();
        let store = MongoStore::open(&MongoConfig { url: named, database: database.clone() }).await;
        let database = Client::with_uri_str(url).await.unwrap().database(&database);
        let (failures, recorded) = (failures.to_vec(), Mutex::default());
        Self { store: store.unwrap(), _server: server, database, failures, recorded }
    }

    /// Fails in this way from now on.
    pub(crate) async fn fail(&self, fault: InjectedFailure) {
        let mut data = doc! { "failCommands": [fault.command], "appName": NAME };
        let mut point = "failCommand";
        match fault.failure {
            Failure::Refuses(code) => data.extend(doc! { "errorCode": code }),
            Failure::HangsUp => data.extend(doc! { "closeConnection": true }),
            Failure::HangsUpAfter => (point, data) = ("onPrimaryTransactionalWrite", doc! {}),
            Failure::Unsure(code) => {
                let error = doc! { "code": code, "errmsg": "of the test" };
                data.extend(doc! { "writeConcernError": error });
            }
            Failure::Late => {
                let time = i64::try_from(TOO_LONG.as_millis()).unwrap();
                data.extend(doc! { "blockConnection": true, "blockTimeMS": time });
            }
        }
        let mode = doc! { "times": fault.times };
        self.admin(doc! { "configureFailPoint": point, "mode": mode, "data": data }).await;
    }

    /// Stops failing, and waits until no command is in progress, a majority has all writes, and the
    /// store knows that the server is back.
    pub(crate) async fn recover(&self) {
        for point in ["failCommand", "onPrimaryTransactionalWrite"] {
            self.admin(doc! { "configureFailPoint": point, "mode": "off" }).await;
        }
        let back = async { while self.is_at_work().await || self.store.ready().await.is_err() {} };
        timeout(TIMEOUT, back).await.unwrap();
        let last = doc! {
            "update": "last",
            "updates": [{ "q": {}, "u": { "$inc": { "n": 1 } }, "upsert": true }],
            "writeConcern": { "w": "majority", "j": true },
        };
        self.database.client().database("heal").run_command(last).await.unwrap();
    }

    async fn is_at_work(&self) -> bool {
        let under_way = doc! {
            "appName": NAME,
            "active": true,
            "command.hello": { "$exists": false },
            "command.isMaster": { "$exists": false },
        };
        let pipeline = [doc! { "$currentOp": {} }, doc! { "$match": under_way }];
        let admin = self.database.client().database("admin");
        let mut found = admin.aggregate(pipeline).await.unwrap();
        found.advance().await.unwrap()
    }

    /// The number of executions of each of [`commands`].
    async fn counts(&self) -> Vec<i64> {
        let status = self.admin(doc! { "serverStatus": 1 }).await;
        let counts = status.get_document("metrics").unwrap().get_document("commands").unwrap();
        let count = |command| counts.get_document(command).unwrap().get_i64("total").unwrap();
        commands().map(count).collect()
    }

    async fn admin(&self, command: Document) -> Document {
        self.database.client().database("admin").run_command(command).await.unwrap()
    }
}

#[async_trait]
impl FreshStore for FaultyServer {
    async fn make(&self) -> Arc<dyn Store> {
        local_mongod::empty(&self.database).await.unwrap();
        Arc::new(self.store.with_cold_caches())
    }

    fn is_slow(&self) -> bool {
        true
    }

    fn server_faults(&self) -> Option<&dyn ServerFaults> {
        Some(self)
    }
}

#[async_trait]
impl ServerFaults for FaultyServer {
    async fn start_recording(&self) {
        self.recorded.lock().await.counts = self.counts().await;
    }

    async fn faults(&self) -> Vec<String> {
        let mut recorded = self.recorded.lock().await;
        let counts = recorded.counts.iter().zip(self.counts().await);
        let mut faults = Vec::new();
        for (command, (before, now)) in commands().zip(counts) {
            let concerns =
                |(failure, _): &&(Failure, i32)| now > *before && failure.concerns(command);
            for &(failure, most) in self.failures.iter().filter(concerns) {
                faults.extend((1..=most).map(|times| InjectedFailure { failure, command, times }));
            }
        }
        recorded.faults = faults;
        recorded.faults.iter().map(ToString::to_string).collect()
    }

    async fn begin(&self, fault: usize) {
        let fault = self.recorded.lock().await.faults[fault];
        self.fail(fault).await;
    }

    async fn end(&self) {
        self.recover().await;
    }
}

fn commands() -> impl Iterator<Item = &'static str> {
    READS.into_iter().chain(WRITES)
}

impl Failure {
    /// Whether a command can fail in this way.
    fn concerns(self, command: &str) -> bool {
        match self {
            Self::Refuses(_) | Self::HangsUp | Self::Late => true,
            Self::Unsure(_) => WRITES.contains(&command),
            Self::HangsUpAfter => ["insert", "update", "delete"].contains(&command),
        }
    }
}

impl fmt::Display for InjectedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}, {} times", self.command, self.failure, self.times)
    }
}
