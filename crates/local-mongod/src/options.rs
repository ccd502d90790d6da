//! Options of a deployment.

use std::time::Duration;

use anyhow::Result;

use crate::deployment::Deployment;
use crate::launcher::Launcher;

/// Name of every replica set; they differ in their ports.
pub(crate) const REPLICA_SET: &str = "tenantry";

/// Cache size in GB. A quarter is enough for everything except documents of 16 MiB: one command
/// with two of them is refused when the cache is full (TransactionTooLargeForCache).
const CACHE: &str = "0.5";

/// Files of dropped collections are closed at the next checkpoint. With MongoDB's default of 5
/// minutes, a run of all tests would exceed the maximum number of open files, and mongod aborts.
const FORGET_DROPPED: &str = "minSnapshotHistoryWindowInSeconds=0";

/// Options of a deployment: one standalone server, or the members of a replica set.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) members: usize,
    pub(crate) is_replica_set: bool,
    pub(crate) election_timeout: Duration,
    pub(crate) heartbeat_interval: Duration,
    test_commands: bool,
    arguments: Vec<String>,
}

impl Options {
    /// One server without replication.
    #[must_use]
    pub fn standalone() -> Self {
        Self { is_replica_set: false, ..Self::replica_set(1) }
    }

    /// A replica set with an odd number of equal members.
    #[must_use]
    pub fn replica_set(members: usize) -> Self {
        Self {
            members,
            is_replica_set: true,
            election_timeout: Duration::from_secs(2),
            heartbeat_interval: Duration::from_millis(500),
            test_commands: true,
            arguments: Vec::new(),
        }
    }

    /// Time without a primary after which members elect another; 2 s by default (MongoDB's own
    /// default is 10 s).
    #[must_use]
    pub fn election_timeout(self, election_timeout: Duration) -> Self {
        Self { election_timeout, ..self }
    }

    /// Interval of heartbeats between members; 500 ms by default (MongoDB's own default is 2 s).
    #[must_use]
    pub fn heartbeat_interval(self, heartbeat_interval: Duration) -> Self {
        Self { heartbeat_interval, ..self }
    }

    /// Whether `failCommand` and similar commands are enabled; true by default.
    #[must_use]
    pub fn test_commands(self, test_commands: bool) -> Self {
        Self { test_commands, ..self }
    }

    /// Adds an argument for each mongod.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts the deployment, and waits until it accepts writes and every member is up to date.
    ///
    /// # Errors
    ///
    /// When there is no mongod, the error says how to get one; when it does not start, it contains
    /// the end of its log.
    pub async fn start(self) -> Result<Deployment> {
        Deployment::start(&Launcher::find().await?, &self).await
    }

    /// The arguments of a member, except for its data directory.
    pub(crate) fn arguments(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let mut arguments: Vec<String> =
            ["--bind_ip", "127.0.0.1", "--port", &port, "--nounixsocket"].map(Into::into).into();
        arguments.extend(["--wiredTigerCacheSizeGB", CACHE].map(Into::into));
        arguments.extend(["--setParameter", FORGET_DROPPED].map(Into::into));
        if self.is_replica_set {
            arguments.extend(["--replSet", REPLICA_SET].map(Into::into));
        }
        if self.test_commands {
            arguments.extend(["--setParameter", "enableTestCommands=1"].map(Into::into));
        }
        arguments.extend_from_slice(&self.arguments);
        arguments
    }
}
