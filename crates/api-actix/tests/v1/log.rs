//! Log lines of requests, and what they must not contain.

use std::io;
use std::sync::{Arc, Mutex};

use domain::ports::{HasherError, Ports};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;

use crate::store::ports;
use crate::support::{MockHasher, PASSWORD, Server, get, organization, post};

/// The log of this thread, one JSON object per line, until this is dropped.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn a_request_is_one_line_with_id_and_status_and_without_secrets() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (log, guard) = Log::start();
    server.send(get("/v1/me?email=ada%40example.com").token(&ada.token)).await;
    server.send(post("/v1/organizations").json(&organization("Globex", "bob@example.com"))).await;
    let credentials = json!({"email": "ada@example.com", "password": "wrong-password"});
    let login = post("/v1/auth/login").json(&credentials).header("X-Request-Id", "chosen");
    server.send(login).await;
    drop(guard);

    let lines = log.lines();
    assert_eq!(lines.len(), 3, "{}", log.text());
    let span = &lines[2]["span"];
    assert_eq!(span["request_id"], "chosen");
    assert_eq!((&span["method"], &span["path"]), (&json!("POST"), &json!("/v1/auth/login")));
    assert_eq!(span["status"], 401);
    assert!(span["latency_us"].is_u64(), "{span}");
    assert_eq!(span["client"], "192.0.2.7");
    assert_eq!(lines[0]["span"]["caller"], ada.admin_id);
    assert!(span.get("caller").is_none(), "{span}");
    for secret in ["example.com", PASSWORD, "wrong-password", &ada.token] {
        assert!(!log.text().contains(secret), "{secret}: {}", log.text());
    }
}

#[actix_web::test]
async fn a_failure_is_logged_once_with_its_cause() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let server = Server::over(ports.clone(), clock, Signup::Open).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let down = server.under(&ports, &Plan::crash(1, When::Before)).await;
    let (log, guard) = Log::start();
    let response = down.send(get("/v1/me").token(&ada.token)).await;
    drop(guard);

    assert_eq!(response.problem(503), "store_unavailable");
    let lines = log.lines();
    let failures: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(failures.len(), 1, "{}", log.text());
    assert_eq!(failures[0]["span"]["request_id"], response.header("x-request-id"));
    assert!(failures[0].to_string().contains("injected by the test"), "{}", failures[0]);
}

#[actix_web::test]
async fn a_refusal_under_load_is_a_warning() {
    let clock = Arc::new(SettableClock::default());
    let mut busy = MockHasher::new();
    busy.expect_verify().returning(|_, _, _| Err(HasherError::Busy));
    let ports = Ports { hasher: Arc::new(busy), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let (log, guard) = Log::start();
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    let response = server.send(post("/v1/auth/login").json(&credentials)).await;
    drop(guard);

    assert_eq!(response.problem(503), "overloaded");
    assert_eq!(response.header("retry-after"), "2");
    let lines = log.lines();
    let levels: Vec<_> = lines.iter().map(|line| &line["level"]).collect();
    assert_eq!(levels, ["WARN", "INFO"], "{}", log.text());
    assert_eq!(lines[0]["fields"]["code"], "overloaded");
}

#[actix_web::test]
async fn an_untrusted_proxy_is_warned_about_once() {
    let server = Server::new().await;
    let (log, guard) = Log::start();
    for peer in ["192.0.2.7", "10.0.0.1", "10.0.0.2", "127.0.0.1"] {
        let request = get("/health/live").from(peer).header("X-Forwarded-For", "192.0.2.9");
        server.send(request).await;
    }
    server.send(get("/health/live").from("10.0.0.3")).await;
    drop(guard);
    let warnings: Vec<_> = log.lines().into_iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1, "{}", log.text());
    assert_eq!(warnings[0]["fields"]["peer"], "10.0.0.1");
}
