//! Failures of the store: responses have constant texts.

use std::sync::Arc;

use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When, faulty};

use crate::store::ports;
use crate::support::{Server, get, organization, patch, post};
use serde_json::json;

#[actix_web::test]
async fn an_unavailable_store_is_reported_as_503() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let healthy = Server::over(ports.clone(), clock.clone(), Signup::Open).await;
    let ada = healthy.member("Acme", "ada@example.com").await;
    let down = healthy.under(&ports, &Plan::crash(1, When::Before)).await;
    for call in [
        get("/v1/me").token(&ada.token),
        post("/v1/organizations").json(&organization("Globex", "bob@example.com")),
        post("/v1/auth/login").json(&json!({"email": "ada@example.com", "password": "x"})),
    ] {
        let response = down.send(call).await;
        assert_eq!(response.problem(503), "store_unavailable");
        assert_eq!(response.header("retry-after"), "2");
        assert!(!response.text().contains("injected"), "the cause is for the log");
    }
}

/// Whichever call of the store fails, the response is 202, a success, or a problem to retry, and
/// never an internal error.
#[actix_web::test]
async fn failures_of_the_store_are_never_internal_errors() {
    for nth in 1..40 {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        let healthy = Server::over(ports.clone(), clock.clone(), Signup::Open).await;
        let ada = healthy.member("Acme", "ada@example.com").await;
        let plan = Plan::crash(nth, When::After);
        let failing = Server::over(faulty(&ports, &plan), clock.clone(), Signup::Open).await;
        for call in [
            post("/v1/organizations").json(&organization("Globex", "bob@example.com")),
            patch(&ada.path, &json!({"name": "Initech"})).token(&ada.token),
        ] {
            let response = failing.send(call).await;
            assert!(
                matches!(response.status.as_u16(), 200 | 201 | 202 | 503),
                "call {nth}: {}",
                response.text()
            );
        }
    }
}
