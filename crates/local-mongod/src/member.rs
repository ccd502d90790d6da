//! One mongod with its port and directory, running or not.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use bson::{Document, doc};
use mongodb::Client;
use mongodb::options::{ClientOptions, ServerAddress};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::launcher::Launcher;
use crate::poll::Poll;
use crate::process::Process;

/// Time limit for a member to report its state. A frozen one never responds.
const TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) struct Member {
    launcher: Launcher,
    directory: PathBuf,
    address: SocketAddrV4,
    arguments: Vec<String>,
    process: Option<Process>,
}

impl Member {
    /// Creates the directory of a member that does not run yet.
    pub(crate) fn new(
        launcher: Launcher,
        directory: PathBuf,
        port: u16,
        arguments: Vec<String>,
    ) -> Result<Self> {
        fs::create_dir(&directory)?;
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        Ok(Self { launcher, directory, address, arguments, process: None })
    }

    /// Starts it on its existing data, and does not wait.
    pub(crate) fn spawn(&mut self) -> Result<()> {
        let process = Process::spawn(&self.launcher, &self.directory, &self.arguments)?;
        self.process = Some(process);
        Ok(())
    }

    /// Waits until it accepts connections.
    pub(crate) async fn listens(&mut self) -> Result<()> {
        let process = self.process.as_mut().context(NOT_RUNNING)?;
        let poll = Poll::until("mongod listens");
        while TcpStream::connect(self.address).await.is_err() {
            process.runs()?;
            poll.pause().await?;
        }
        Ok(())
    }

    /// Fails when it was started and has ended by itself, with the end of its log.
    pub(crate) fn runs(&mut self) -> Result<()> {
        self.process.as_mut().map_or(Ok(()), Process::runs)
    }

    /// Waits until it is a primary, a secondary that is up to date, or a standalone server.
    pub(crate) async fn serves(&self) -> Result<()> {
        let poll = Poll::until("mongod serves");
        loop {
            let hello = self.hello().await.unwrap_or_default();
            if is(&hello, "isWritablePrimary") || is(&hello, "secondary") {
                return Ok(());
            }
            poll.pause().await?;
        }
    }

    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    pub(crate) fn process(&self) -> Result<&Process> {
        self.process.as_ref().context(NOT_RUNNING)
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Its reply to `hello`; none when it does not run or does not respond.
    pub(crate) async fn hello(&self) -> Option<Document> {
        self.process.as_ref()?;
        timeout(TIMEOUT, self.command(doc! { "hello": 1 })).await.ok()?.ok()
    }

    /// Runs a command on this member, whatever its role in the set.
    pub(crate) async fn command(&self, command: Document) -> Result<Document> {
        let address = ServerAddress::Tcp {
            host: self.address.ip().to_string(),
            port: Some(self.address.port()),
        };
        let options = ClientOptions::builder().hosts(vec![address]).direct_connection(true).build();
        Ok(Client::with_options(options)?.database("admin").run_command(command).await?)
    }
}

const NOT_RUNNING: &str = "this mongod does not run";

/// Whether `hello` reports this state.
pub(crate) fn is(hello: &Document, state: &str) -> bool {
    hello.get_bool(state).unwrap_or(false)
}
