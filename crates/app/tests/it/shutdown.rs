//! Shutdown of a server, and its data after a restart.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::support::{Server, tenantry};
use serde_json::{Value, json};

#[test]
fn requests_in_progress_complete_before_shutdown() {
    let mut server = Server::start();
    let body = organization().to_string();
    let mut request = Request::begin(&server, "/v1/organizations", &body);
    server.ask_to_stop();
    server.refuses_connections();
    request.finish(&body);
    assert!(request.response().starts_with("HTTP/1.1 201 "));
    assert!(server.stopped().success());
}

#[test]
fn a_second_signal_ends_the_server_immediately() {
    let mut server = Server::start();
    let request = Request::begin(&server, "/v1/organizations", "{}");
    server.ask_to_stop();
    server.refuses_connections();
    assert_eq!(server.terminate().code(), Some(1));
    assert_eq!(request.response(), "");
}

#[test]
fn idle_connections_do_not_delay_shutdown() {
    let mut server = Server::start();
    let mut connection = connect(&server);
    write!(connection, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    connection.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert!(server.terminate().success());
}

#[tokio::test]
async fn acknowledged_writes_survive_a_crash_and_a_shutdown() {
    let mut server = Server::start();
    let created = create(&server).await;
    let token = login(&server).await;

    server.restart();
    assert_eq!(read(&server, &created, &token).await, created);

    assert!(server.terminate().success());
    server.restart();
    assert_eq!(read(&server, &created, &token).await, created);
}

#[test]
fn a_second_process_on_the_same_data_is_refused_with_one_line() {
    let server = Server::start_with(&[("STORE", "embedded")]);
    let second = tenantry(server.directory()).env("BIND", "127.0.0.1:0").output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(second.stdout, b"");
    let line = String::from_utf8(second.stderr).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains("data/tenantry.redb is in use by another process"), "{line}");
}

#[test]
fn an_address_in_use_is_reported_before_any_file_is_created() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let free = "127.0.0.1:0";
    for (setting, bind, metrics_bind) in
        [("(BIND)", &*address, free), ("(METRICS_BIND)", free, &*address)]
    {
        let directory = tempfile::TempDir::new().unwrap();
        let settings = [("BIND", bind), ("METRICS_BIND", metrics_bind)];
        let output = tenantry(directory.path()).envs(settings).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            line.contains(&format!("{address} {setting}")) && line.contains("in use"),
            "{line}"
        );
        assert!(!directory.path().join("data").exists());
    }
}

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "a long enough password";

fn organization() -> Value {
    json!({ "name": "Tesla Inc", "owner": { "email": EMAIL, "password": PASSWORD } })
}

async fn create(server: &Server) -> Value {
    let request = server.client().post(server.url("/v1/organizations")).json(&organization());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

async fn login(server: &Server) -> String {
    let credentials = json!({ "email": EMAIL, "password": PASSWORD });
    let request = server.client().post(server.url("/v1/auth/login")).json(&credentials);
    let response: Value = request.send().await.unwrap().json().await.unwrap();
    response["access_token"].as_str().unwrap().to_owned()
}

async fn read(server: &Server, organization: &Value, token: &str) -> Value {
    let path = format!("/v1/organizations/{}", organization["id"].as_str().unwrap());
    let request = server.client().get(server.url(&path)).bearer_auth(token);
    request.send().await.unwrap().json().await.unwrap()
}

/// A request whose body is sent later.
struct Request(TcpStream);

impl Request {
    /// Sends the head, and waits until the server begins to read the body.
    fn begin(server: &Server, path: &str, body: &str) -> Self {
        let mut connection = connect(server);
        write!(
            connection,
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .unwrap();
        let mut interim = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        connection.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self(connection)
    }

    fn finish(&mut self, body: &str) {
        self.0.write_all(body.as_bytes()).unwrap();
    }

    /// The rest of the response; empty when the server has closed the connection.
    fn response(mut self) -> String {
        let mut response = String::new();
        let _ = self.0.read_to_string(&mut response);
        response
    }
}

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url("").trim_start_matches("http://")).unwrap()
}
