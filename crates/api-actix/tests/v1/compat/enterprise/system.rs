//! What is not about organizations: `GET /` and `GET /health`.

use std::sync::Arc;

use api_actix::{AppOptions, Dialects};
use async_trait::async_trait;
use domain::ports::{Ports, StoreError, StoreProbe};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{Server, get};

#[actix_web::test]
async fn the_root_leads_to_the_documentation() {
    let server = Server::new().await;
    let answer = server.send(get("/")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "/docs"));
}

#[actix_web::test]
async fn a_server_that_works_is_healthy() {
    let server = Server::new().await;
    let answer = server.send(get("/health")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        answer.json(),
        json!({
            "success": true,
            "status": "healthy",
            "service": "Tenantry",
            "version": version,
            "environment": "production",
        })
    );
}

struct Down;

#[async_trait]
impl StoreProbe for Down {
    async fn ready(&self) -> Result<(), StoreError> {
        Err(StoreError::unavailable("the disk is gone"))
    }
}

#[actix_web::test]
async fn a_server_whose_store_is_down_is_not() {
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { probe: Arc::new(Down), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let answer = server.send(get("/health")).await;
    assert_eq!(answer.detail(503), "The store does not answer");
    assert_eq!(answer.header("retry-after"), "2");
}

#[actix_web::test]
async fn without_reference_apis_there_is_no_such_path() {
    let dialects = Dialects::NONE;
    let server = Server::with(AppOptions { dialects, ..AppOptions::default() }).await;
    assert_eq!(server.send(get("/health")).await.problem(404), "route_not_found");
    assert_eq!(server.send(get("/health/ready")).await.status, 200);
}
