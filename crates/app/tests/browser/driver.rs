//! Headless Chromium, driven through chromedriver.

use std::env;
use std::fs;
use std::ops::AsyncFnOnce;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel,
};

use crate::support::{Server, lines};

/// Timeout of a page.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

/// Opens a page of `server` for `test`. Fails also when the browser logs an error or sends a
/// request to any other host.
pub(crate) async fn visit(
    server: &Server,
    path: &str,
    test: impl AsyncFnOnce(&WebDriver) -> WebDriverResult<()>,
) {
    let chromedriver = Chromedriver::start();
    let profile = TempDir::new().unwrap();
    let driver = WebDriver::builder(&chromedriver.url, capabilities(profile.path()).unwrap())
        .client(reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap())
        .poller(Arc::new(ElementPollerWithTimeout::new(TIMEOUT, POLL)))
        .connect()
        .await
        .unwrap();
    let visit = driver.run_and_quit(async |driver| {
        driver.goto(server.url(path)).await?;
        test(&driver).await?;
        assert_quiet(&driver).await?;
        assert_local(&driver, &server.url("/")).await
    });
    visit.await.unwrap();
}

/// Saves a screenshot of the page in `target/screenshots`, for people to look at.
pub(crate) async fn screenshot(page: &WebDriver, name: &str) -> WebDriverResult<()> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    fs::create_dir_all(&directory)?;
    page.screenshot(&directory.join(name).with_extension("png")).await
}

fn capabilities(profile: &Path) -> WebDriverResult<ChromeCapabilities> {
    const FLAGS: [&str; 10] = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,1100",
    ];
    let mut capabilities = DesiredCapabilities::chrome();
    for flag in FLAGS {
        capabilities.add_arg(flag)?;
    }
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    if let Ok(chromium) = env::var("CHROMIUM") {
        capabilities.set_binary(&chromium)?;
    }
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}

/// The console has script errors, violations of the Content-Security-Policy, and missing resources.
async fn assert_quiet(page: &WebDriver) -> WebDriverResult<()> {
    let complaints = page.browser_log().await?;
    assert!(complaints.is_empty(), "{complaints:#?}");
    Ok(())
}

async fn assert_local(page: &WebDriver, server: &str) -> WebDriverResult<()> {
    let events = page.get_log("performance").await?;
    let requested: Vec<_> = events.iter().filter_map(|event| requested(&event.message)).collect();
    assert!(requested.iter().any(|url| url.starts_with(server)), "the log is empty: {events:?}");
    let foreign: Vec<_> =
        requested.iter().filter(|url| is_remote(url) && !url.starts_with(server)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    Ok(())
}

/// Without `data:`, `blob:` and internal pages of the browser.
fn is_remote(url: &str) -> bool {
    ["http:", "https:", "ws:", "wss:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The URL, when `event` of the DevTools protocol is a request.
fn requested(event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(event).unwrap();
    let message = &event["message"];
    (message["method"] == "Network.requestWillBeSent")
        .then(|| message["params"]["request"]["url"].as_str().unwrap().to_owned())
}

/// A chromedriver process on a free port. It is killed on drop.
struct Chromedriver {
    process: Child,
    url: String,
}

impl Chromedriver {
    fn start() -> Self {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process =
            Command::new(program).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let lines = lines(process.stdout.take().unwrap());
        let mut driver = Self { process, url: String::new() };
        driver.url = loop {
            let line = lines.recv_timeout(TIMEOUT).expect("chromedriver says where it listens");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
            }
        };
        driver
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
