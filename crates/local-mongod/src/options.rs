//! What to start.

use std::time::Duration;

use anyhow::Result;

use crate::deployment::Deployment;
use crate::launcher::Launcher;

/// What every replica set is called; they are told apart by their ports.
pub(crate) const REPLICA_SET: &str = "tenantry";

/// In GB. A quarter is enough for all but documents of 16 MiB: one command with two of them is refused when the cache
/// is full otherwise (TransactionTooLargeForCache).
const CACHE: &str = "0.5";

/// Files of dropped collections are closed at the next checkpoint. Kept for 5 minutes, as MongoDB would, those of
/// a run of all tests are more than a process may have open, and mongod aborts.
const FORGET_DROPPED: &str = "minSnapshotHistoryWindowInSeconds=0";

/// What to start: one standalone server, or the members of a replica set.
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

    /// A replica set whose members, an odd number, are all alike.
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

    /// How long members miss a primary before they elect another; 2 s if not said, MongoDB's own default is 10 s.
    #[must_use]
    pub fn election_timeout(self, election_timeout: Duration) -> Self {
        Self { election_timeout, ..self }
    }

    /// How often members ask after each other; 500 ms if not said, MongoDB's own default is 2 s.
    #[must_use]
    pub fn heartbeat_interval(self, heartbeat_interval: Duration) -> Self {
        Self { heartbeat_interval, ..self }
    }

    /// Whether `failCommand` and the like may be used; yes if not said.
    #[must_use]
    pub fn test_commands(self, test_commands: bool) -> Self {
        Self { test_commands, ..self }
    }

    /// One more argument for each mongod.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts it, and waits until it takes writes and every member is up to date.
    ///
    /// # Errors
    ///
    /// When there is no mongod, the error says how to get one; when it does not start, what it said last.
    pub async fn start(self) -> Result<Deployment> {
        Deployment::start(&Launcher::find().await?, &self).await
    }

    /// The arguments of a member, but for the place of its data.
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
