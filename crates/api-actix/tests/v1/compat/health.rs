//! `GET /health`, which all dialects have.

use std::sync::Arc;

use api_actix::{AppOptions, Dialects};
use async_trait::async_trait;
use domain::ports::{Ports, StoreError, StoreProbe};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use super::keys;
use crate::store::ports;
use crate::support::{Server, get};

#[actix_web::test]
async fn health_is_ok_while_the_store_is_available() {
    for server in [Server::new().await, Server::enveloped().await] {
        let response = server.send(get("/health")).await;
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        assert_eq!(keys(&body), ["environment", "service", "status", "success", "version"]);
        assert_eq!((&body["success"], &body["status"]), (&json!(true), &json!("healthy")));
    }
}

/// A store that does not answer.
struct Down;

#[async_trait]
impl StoreProbe for Down {
    async fn ready(&self) -> Result<(), StoreError> {
        Err(StoreError::unavailable("down"))
    }
}

#[actix_web::test]
async fn health_fails_while_the_store_is_unavailable() {
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { probe: Arc::new(Down), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let response = server.send(get("/health")).await;
    response.detail(503);
    assert_eq!(response.header("retry-after"), "2");
}

#[actix_web::test]
async fn health_is_not_found_without_dialects() {
    let options = AppOptions { dialects: Dialects::NONE, ..AppOptions::default() };
    let server = Server::with(options).await;
    for path in ["/health", "/org/get", "/admin/me", "/organizations/", "/auth/login"] {
        assert_eq!(server.send(get(path)).await.problem(404), "route_not_found", "{path}");
    }
}
