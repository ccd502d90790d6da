//! Work that completes after the response: the body is the same, with status 202.

use std::sync::Arc;

use domain::service::{Scope, Signup};
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When};
use serde_json::{Value, json};

use crate::compat::{CHOSEN, Tenant, keys, put, sign_up};
use crate::store::ports;
use crate::support::{Call, Server, delete, get, post};

/// Sends `call` to servers whose store fails after more and more calls, until the status is 202;
/// then lets recovery finish the work.
async fn accepted(call: impl Fn(&Tenant) -> Call) -> (Server, Value) {
    for nth in 1.. {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        let server = Server::over(ports.clone(), clock, Signup::Open).await;
        let ada = server.tenant("Acme Inc", "ada@example.com").await;
        let failing = server.under(&ports, &Plan::crash(nth, When::Before)).await;
        let response = failing.send(call(&ada)).await;
        assert!(matches!(response.status.as_u16(), 202 | 503), "{nth}: {}", response.text());
        if response.status == 202 {
            server.services.lifecycle.recover(Scope::All).await.unwrap();
            return (server, response.json());
        }
    }
    unreachable!("the plan has no end")
}

#[actix_web::test]
async fn an_accepted_organization_is_provisioned_later() {
    let body = sign_up("Globex", "bob@example.com");
    let (server, pending) = accepted(|_| post("/org/create").json(&body)).await;
    assert_eq!(keys(&pending), ["admin_id", "message", "organization"]);
    assert_eq!(pending["message"], "Organization created successfully");
    assert_eq!(pending["organization"]["collection_name"], json!(null));
    assert_eq!(pending["organization"]["admin_email"], "bob@example.com");
    let token = server.token("bob@example.com", CHOSEN).await.unwrap();
    let me = server.send(get("/admin/me").token(&token)).await.json();
    assert_eq!(me["id"], pending["admin_id"]);
    assert_eq!(me["organization_id"], pending["organization"]["id"]);
}

#[actix_web::test]
async fn an_accepted_rename_completes_later() {
    let rename = json!({"organization_name": "Acme Labs"});
    let (server, pending) = accepted(|ada| put("/org/update", &rename).token(&ada.token)).await;
    assert_eq!(keys(&pending), ["message", "organization"]);
    let found = server.send(get("/org/get?organization_name=acme_labs")).await.json();
    assert_eq!(found["id"], pending["organization"]["id"]);
    assert_eq!(found["organization_name"], "acme_labs");
}

#[actix_web::test]
async fn an_accepted_deletion_completes_later() {
    let (server, pending) = accepted(|ada| delete("/org/delete").token(&ada.token)).await;
    let message = "Organization 'acme_inc' deleted successfully";
    assert_eq!(pending, json!({"message": message}));
    server.tenant("Acme Inc", "ada@example.com").await;
}
