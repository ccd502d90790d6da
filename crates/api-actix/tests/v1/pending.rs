//! Work that completes after the response: status 202.

use std::sync::Arc;

use domain::service::{Scope, Signup};
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When};
use serde_json::json;

use crate::store::ports;
use crate::support::post;
use crate::support::{Call, Member, OPERATOR, Response, Server, delete, get, organization, patch};

/// Sends `call` to servers whose store fails after more and more calls, until the status is 202;
/// then lets recovery finish the work.
pub(crate) async fn accepted(call: impl Fn(&Member) -> Call) -> (Server, Member, Response) {
    for nth in 1.. {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        let server = Server::over(ports.clone(), clock, Signup::Open).await;
        let ada = server.member("Acme", "ada@example.com").await;
        let failing = server.under(&ports, &Plan::crash(nth, When::Before)).await;
        let response = failing.send(call(&ada)).await;
        assert!(matches!(response.status.as_u16(), 202 | 503), "{nth}: {}", response.text());
        if response.status == 202 {
            server.services.lifecycle.recover(Scope::All).await.unwrap();
            return (server, ada, response);
        }
    }
    unreachable!("the plan has no end")
}

#[actix_web::test]
async fn an_accepted_organization_is_provisioned_later() {
    let body = organization("Globex", "bob@example.com");
    let (server, _, response) = accepted(|_| post("/v1/organizations").json(&body)).await;
    let pending = response.json();
    assert_eq!(pending["status"], "provisioning");
    assert_eq!(pending["collection_name"], json!(null));
    let settled = server.send(get(response.header("location")).token(OPERATOR)).await.json();
    assert_eq!(settled["status"], "active");
    assert_eq!(settled["collection_name"], "org_globex");
    server.login("bob@example.com").await;
}

#[actix_web::test]
async fn an_accepted_rename_completes_later() {
    let rename = json!({"name": "Globex"});
    let (server, ada, response) = accepted(|ada| patch(&ada.path, &rename).token(&ada.token)).await;
    assert_eq!(response.json()["status"], "renaming");
    assert_eq!(response.json()["name"], "Acme", "all old until it is all new");
    let settled = server.send(get(&ada.path).token(&ada.token)).await.json();
    assert_eq!((&settled["status"], &settled["name"]), (&json!("active"), &json!("Globex")));
}

#[actix_web::test]
async fn an_accepted_deletion_completes_later() {
    let (server, ada, response) = accepted(|ada| delete(&ada.path).token(&ada.token)).await;
    assert_eq!(response.json()["status"], "deleting");
    let settled = server.send(get(&ada.path).token(OPERATOR)).await.json();
    assert_eq!(settled["status"], "deleted");
}
