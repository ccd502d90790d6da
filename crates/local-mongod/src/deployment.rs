//! A running server or replica set.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::{env, io, iter};

use anyhow::{Result, ensure};
use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::future::join_all;
use rustix::fs::statvfs;
use tempfile::TempDir;

use crate::launcher::Launcher;
use crate::member::{Member, is};
use crate::options::{Options, REPLICA_SET};
use crate::poll::Poll;

/// A standalone server or a replica set on free ports of 127.0.0.1. When this is dropped, or when
/// this process ends in any other way, all members are killed and their data are removed. Members
/// are numbered from 0.
pub struct Deployment {
    members: Vec<Member>,
    url: String,
    /// Dropped after the members that use it.
    _directory: TempDir,
}

impl Deployment {
    pub(crate) async fn start(launcher: &Launcher, options: &Options) -> Result<Self> {
        let directory = data_directory(options)?;
        let members: Result<Vec<_>> = free_ports(options.members)?
            .into_iter()
            .map(|port| {
                let directory = directory.path().join(port.to_string());
                Member::new(launcher.clone(), directory, port, options.arguments(port))
            })
            .collect();
        let members = members?;
        let url = url(&members, options);
        let mut deployment = Self { members, url, _directory: directory };
        deployment.start_members().await?;
        if options.is_replica_set {
            deployment.initiate(options).await?;
        }
        for member in &deployment.members {
            member.serves().await?;
        }
        deployment.primary().await?;
        Ok(deployment)
    }

    /// The connection string, with the addresses of all members.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Checks that all members that were started, and not killed, still run.
    ///
    /// # Errors
    ///
    /// When one has ended, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.members.iter_mut().try_for_each(Member::runs)
    }

    /// The primary. Waits for an election, if there is none.
    ///
    /// # Errors
    ///
    /// When there is none for a minute.
    pub async fn primary(&self) -> Result<usize> {
        let poll = Poll::until("there is a primary");
        loop {
            let answers = join_all(self.members.iter().map(Member::hello)).await;
            let primaries = answers.iter().enumerate().filter_map(|(index, hello)| {
                let hello = hello.as_ref()?;
                is(hello, "isWritablePrimary").then(|| (election(hello), index))
            });
            if let Some((_, index)) = primaries.max() {
                return Ok(index);
            }
            poll.pause().await?;
        }
    }

    /// Kills a member with SIGKILL and waits until it is gone. Its data stay.
    pub fn kill(&mut self, member: usize) {
        self.members[member].kill();
    }

    /// Starts a member on its previous port and data, killing it first if it runs, and waits until
    /// it is a primary, or a secondary that is up to date.
    ///
    /// # Errors
    ///
    /// When it ends at once, with the end of its log, or is not ready within a minute.
    pub async fn restart(&mut self, member: usize) -> Result<()> {
        let member = &mut self.members[member];
        member.kill();
        member.spawn()?;
        member.listens().await?;
        member.serves().await
    }

    /// Stops a member with SIGSTOP: its connections stay open, without responses.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn freeze(&self, member: usize) -> Result<()> {
        self.members[member].process()?.signal("STOP")
    }

    /// Continues a frozen member with SIGCONT.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn thaw(&self, member: usize) -> Result<()> {
        self.members[member].process()?.signal("CONT")
    }

    /// The process id of a member.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn pid(&self, member: usize) -> Result<u32> {
        self.members[member].process()?.pid()
    }

    async fn start_members(&mut self) -> Result<()> {
        for member in &mut self.members {
            member.spawn()?;
        }
        for member in &mut self.members {
            member.listens().await?;
        }
        Ok(())
    }

    async fn initiate(&self, options: &Options) -> Result<()> {
        let hosts = self.members.iter().zip(0..);
        let members: Vec<_> =
            hosts.map(|(member, id)| doc! { "_id": id, "host": member.address() }).collect();
        let settings = doc! {
            "electionTimeoutMillis": i64::try_from(options.election_timeout.as_millis())?,
            "heartbeatIntervalMillis": i64::try_from(options.heartbeat_interval.as_millis())?,
        };
        let config = doc! { "_id": REPLICA_SET, "members": members, "settings": settings };
        self.members[0].command(doc! { "replSetInitiate": config }).await?;
        Ok(())
    }
}

/// A directory for the data: in memory for a single member, if there is room and `TMPDIR` names no
/// other place, because most tests wait for its syncs.
fn data_directory(options: &Options) -> io::Result<TempDir> {
    const MEMORY: &str = "/dev/shm";
    /// The tests fill a tenth of it.
    const ROOM: u64 = 8 << 30;
    let free = || statvfs(MEMORY).map_or(0, |it| it.f_bavail.saturating_mul(it.f_frsize));
    let in_memory = options.members == 1 && env::var_os("TMPDIR").is_none() && free() >= ROOM;
    let parent = if in_memory { MEMORY.into() } else { env::temp_dir() };
    TempDir::with_prefix_in("tenantry-mongod-", parent)
}

fn url(members: &[Member], options: &Options) -> String {
    let addresses: Vec<_> = members.iter().map(Member::address).collect();
    let addresses = addresses.join(",");
    if options.is_replica_set {
        format!("mongodb://{addresses}/?replicaSet={REPLICA_SET}")
    } else {
        format!("mongodb://{addresses}/")
    }
}

/// The election id, greater for the later of two elections: a primary that was frozen does not know
/// yet that it was replaced.
fn election(hello: &Document) -> Option<ObjectId> {
    hello.get_object_id("electionId").ok()
}

/// Free loopback ports, all different.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    /// Below the ephemeral ports of the system, from 32,768 on: an outgoing connection could take
    /// the port of a member that is down.
    const PORTS: Range<u16> = 20_000..32_000;
    const ATTEMPTS: usize = 1_000;
    let attempts =
        iter::repeat_with(|| TcpListener::bind((Ipv4Addr::LOCALHOST, fastrand::u16(PORTS))));
    let listeners: Vec<_> = attempts.take(ATTEMPTS).flatten().take(count).collect();
    ensure!(listeners.len() == count, "no free ports on 127.0.0.1");
    listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
