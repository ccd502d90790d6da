//! The binary, in a directory of its own. Environment variables choose the store of servers, unless
//! a test does: `TENANTRY_TEST_STORE` is `embedded` (the default) or `mongodb`.
//!
//! ```ignore
//! let mut server = Server::start();
//! let response = server.client().get(server.url("/health/ready")).send().await?;
//! server.kill9();
//! server.restart();
//! ```

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use local_mongod::TestDatabase;
use tempfile::TempDir;
use tokio::runtime;

/// Timeout of a server for what takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long clients keep idle connections: shorter than the server, or a request may meet the end
/// of its connection.
const IDLE: Duration = Duration::from_secs(2);
const STDERR: &str = "stderr.log";

/// All clients of a test have one address, and send many requests.
const UNLIMITED: [(&str, &str); 5] = [
    ("RATE_LIMIT_PER_ORG", "0"),
    ("RATE_LIMIT_ANONYMOUS", "0"),
    ("RATE_LIMIT_SIGNUP", "0"),
    ("CHANGES_PER_ORG_PER_DAY", "0"),
    ("SIGNUP_LIMIT_PER_HOUR", "0"),
];

/// The binary, about to run in `directory`, with no settings but those of the test.
pub(crate) fn tenantry(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.env_clear().current_dir(directory);
    command
}

/// Whether servers run on MongoDB by default.
pub(crate) fn on_mongodb() -> bool {
    match env::var("TENANTRY_TEST_STORE").as_deref() {
        Err(_) | Ok("embedded") => false,
        Ok("mongodb") => true,
        Ok(other) => panic!("TENANTRY_TEST_STORE is {other}"),
    }
}

/// A running server on a free port. On drop it is killed, and its data removed.
pub(crate) struct Server {
    directory: TempDir,
    settings: Vec<(String, String)>,
    client: reqwest::Client,
    process: Process,
    /// Dropped after the process that uses it.
    database: Option<TestDatabase>,
}

impl Server {
    /// Starts a server with an empty store and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// [`Server::start`] with these settings as environment variables.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        let chosen = settings.iter().any(|(name, _)| ["STORE", "MONGODB_URL"].contains(name));
        let database = (!chosen && on_mongodb()).then(fresh_database);
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut settings: Vec<_> = settings.iter().map(own).collect();
        if let Some(database) = &database {
            let place = [("MONGODB_URL", database.url()), ("DATABASE_NAME", database.name())];
            settings.extend(place.iter().map(own));
        }
        let process = Process::start(directory.path(), &settings);
        // Without a proxy for the loopback interface.
        let client = reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE).build().unwrap();
        Self { directory, settings, client, process, database }
    }

    /// Starts the server again on the same data and another port, after killing it if it runs.
    pub(crate) fn restart(&mut self) {
        self.kill9();
        self.process = Process::start(self.directory.path(), &self.settings);
    }

    /// Sets `name` for the next start.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Removes `name` from the settings of the next start.
    pub(crate) fn unset(&mut self, name: &str) {
        self.settings.retain(|(set, _)| set != name);
    }

    /// The URL of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.process.url)
    }

    /// The URL of the metrics, as the server prints it.
    pub(crate) fn metrics_url(&self) -> &str {
        &self.process.metrics
    }

    /// A client with persistent connections.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The working directory of the server; its data are in `data`.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Another command, with the settings of the server.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let settings = self.settings.iter().map(|(name, value)| (name, value));
        tenantry(self.directory()).envs(settings).args(arguments).output().unwrap()
    }

    /// Examines the store; an embedded one once the server has stopped.
    pub(crate) fn nothing_is_wrong(&self) {
        let report = self.run(&["doctor"]);
        let findings = String::from_utf8_lossy(&report.stdout);
        assert_eq!(findings, "nothing is wrong\n", "{}", String::from_utf8_lossy(&report.stderr));
    }

    /// The database of the server, if it runs on MongoDB by default.
    pub(crate) fn database(&self) -> Option<&TestDatabase> {
        self.database.as_ref()
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Kills the server with SIGKILL, like a crash.
    pub(crate) fn kill9(&mut self) {
        self.process.kill();
    }

    /// Sends SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        self.process.signal(libc::SIGTERM);
    }

    /// Sends SIGHUP, so that the server reloads its files.
    pub(crate) fn ask_to_reload(&self) {
        self.process.signal(libc::SIGHUP);
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        let (_, address) = self.process.url.split_once("://").unwrap();
        address.parse().unwrap()
    }

    /// Waits until the server accepts no connections any more.
    pub(crate) fn refuses_connections(&self) {
        let address = self.process.url.trim_start_matches("http://");
        let deadline = Instant::now() + TIMEOUT;
        while TcpStream::connect(address).is_ok() {
            assert!(Instant::now() < deadline, "the server still accepts connections");
            thread::yield_now();
        }
    }

    /// Waits until the server has stopped.
    pub(crate) fn stopped(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Stops the server with SIGTERM.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.stopped()
    }

    /// The standard error stream of the server since its last start.
    pub(crate) fn stderr(&self) -> String {
        stderr(self.directory.path())
    }
}

struct Process {
    child: Child,
    lines: Receiver<String>,
    url: String,
    metrics: String,
}

impl Process {
    fn start(directory: &Path, settings: &[(String, String)]) -> Self {
        let mut child = tenantry(directory)
            .envs([("BIND", "127.0.0.1:0"), ("LOG_FORMAT", "text"), ("LOG_LEVEL", "warn")])
            .envs(UNLIMITED)
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(directory.join(STDERR)).unwrap())
            .spawn()
            .unwrap();
        let lines = lines(child.stdout.take().unwrap());
        let mut process = Self { child, lines, url: String::new(), metrics: String::new() };
        process.url = process.announced("API ", directory);
        process.metrics = process.announced("Metrics ", directory);
        process
    }

    /// The address that the server prints after `label`, once it listens.
    fn announced(&self, label: &str, directory: &Path) -> String {
        loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(line) => {
                    if let Some(url) = line.strip_prefix(label) {
                        return url.trim().to_owned();
                    }
                }
                Err(_) => panic!("the server did not start: {}", stderr(directory)),
            }
        }
    }

    #[expect(unsafe_code, reason = "std sends no signal but SIGKILL")]
    fn signal(&self, number: libc::c_int) {
        let pid = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: kill takes no pointers, and the child has not been waited for: the pid is its own.
        assert_eq!(unsafe { libc::kill(pid, number) }, 0);
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The output ends with the process.
    fn wait(&mut self) -> ExitStatus {
        loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("the server does not stop"),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Created on a separate thread: a test may have a runtime, which must not be blocked, or none.
fn fresh_database() -> TestDatabase {
    let fresh = || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(TestDatabase::reused()).unwrap()
    };
    thread::spawn(fresh).join().unwrap()
}

/// The peak memory of the server, as the system reports it.
pub(crate) fn peak_mib(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}

/// Reads on a separate thread, so that waiting for a line can time out.
pub(crate) fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn stderr(directory: &Path) -> String {
    fs::read_to_string(directory.join(STDERR)).unwrap()
}
