//! The real binary, in a directory of its own.
//!
//! ```ignore
//! let mut server = Server::start();
//! let answer = server.client().get(server.url("/health/ready")).send().await?;
//! server.kill9();
//! server.restart();
//! ```

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take for something that takes milliseconds, before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);
const STDERR: &str = "stderr.log";

/// The binary, about to run in `directory`, with no settings but those of the test.
pub(crate) fn tenantry(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.env_clear().current_dir(directory);
    command
}

/// A running server on a free port. It is killed when it is dropped, and its data removed.
pub(crate) struct Server {
    directory: TempDir,
    settings: Vec<(String, String)>,
    client: reqwest::Client,
    process: Process,
}

impl Server {
    /// Starts a server with an empty store and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// [`Server::start`], with settings as the environment has them.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings: Vec<_> = settings.iter().map(own).collect();
        let process = Process::start(directory.path(), &settings);
        // A proxy that the environment names has no business between the tests and the server.
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { directory, settings, client, process }
    }

    /// Starts the server again on the same data, after killing it if it runs. The port is another one.
    pub(crate) fn restart(&mut self) {
        self.kill9();
        self.process = Process::start(self.directory.path(), &self.settings);
    }

    /// The address of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.process.url)
    }

    /// A client that keeps its connections.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The directory the server runs in; its data are in `data`.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The id of the process, for those who look at it from outside.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Ends the server as a crash does: at once, with SIGKILL.
    pub(crate) fn kill9(&mut self) {
        self.process.kill();
    }

    /// Asks the server to stop, with SIGTERM, and goes on.
    pub(crate) fn ask_to_stop(&self) {
        self.process.terminate();
    }

    /// Waits until the server accepts no connections any more.
    pub(crate) fn refuses_connections(&self) {
        let address = self.process.url.trim_start_matches("http://");
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_ok() {
            assert!(Instant::now() < deadline, "the server still accepts connections");
            thread::yield_now();
        }
    }

    /// Waits until the server has stopped.
    pub(crate) fn stopped(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Stops the server in an orderly way.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.stopped()
    }

    /// What the server wrote to its standard error stream since it was started last.
    pub(crate) fn stderr(&self) -> String {
        stderr(self.directory.path())
    }
}

struct Process {
    child: Child,
    lines: Receiver<String>,
    url: String,
}

impl Process {
    fn start(directory: &Path, settings: &[(String, String)]) -> Self {
        let mut child = tenantry(directory)
            .envs([("BIND", "127.0.0.1:0"), ("LOG_FORMAT", "text"), ("LOG_LEVEL", "warn")])
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(directory.join(STDERR)).unwrap())
            .spawn()
            .unwrap();
        let lines = lines(child.stdout.take().unwrap());
        let mut process = Self { child, lines, url: String::new() };
        process.url = process.announced().unwrap_or_else(|| {
            panic!("the server did not start: {}", stderr(directory));
        });
        process
    }

    /// The address that the server prints once it listens; none when it ends before.
    fn announced(&self) -> Option<String> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(url) = line.strip_prefix("API ") {
                        return Some(url.trim().to_owned());
                    }
                }
                Err(_) => return None,
            }
        }
    }

    #[expect(unsafe_code, reason = "std sends no signal but SIGKILL")]
    fn terminate(&self) {
        let pid = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: kill takes no pointers, and the child has not been waited for: the pid is its own.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The output ends when the process does.
    fn wait(&mut self) -> ExitStatus {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
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

/// Reads on a thread of its own, so that waiting for a line can have an end.
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
