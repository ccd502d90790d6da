//! Defects of R2, tested through its dialect.

use std::collections::BTreeSet;

use api_actix::AppOptions;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{exported, fill};
use crate::compat::Tenant;
use crate::compat::enterprise::body;
use crate::limits::limits;
use crate::support::{
    Call, OPERATOR, Response, Server, call, delete, get, organization, patch, post, text,
};

async fn rename(server: &Server, tenant: &Tenant, name: &str) -> Response {
    let put = call("PUT", &tenant.path()).json(&json!({"name": name}));
    server.send(put.token(&tenant.token)).await
}

/// R2 merged the two organizations, and deleting one deleted both.
#[actix_web::test]
async fn defect_1_a_rename_to_a_taken_name_merges_nothing() {
    let server = Server::new().await;
    let victim = server.founded_organization("Victim Inc", "victim@example.com").await;
    let ada = server.founded_organization("Acme Inc", "ada@example.com").await;
    let (theirs, own) = (fill(&server, &victim, 1000).await, fill(&server, &ada, 100).await);
    let before = server.send(get(&victim.path())).await.json();
    for name in ["Victim Inc", "VICTIM INC", "victim_inc", "victim-inc", " Victim  Inc "] {
        let detail = format!("Organization with name '{}' already exists", name.trim());
        assert_eq!(rename(&server, &ada, name).await.detail(409), detail);
        let there = patch(&format!("/v1{}", ada.path()), &json!({"name": name}));
        assert_eq!(server.send(there.token(&ada.token)).await.problem(409), "name_taken");
    }
    assert_eq!(exported(&server, &victim).await, theirs);
    assert_eq!(exported(&server, &ada).await, own);
    assert_eq!(server.send(delete(&ada.path()).token(&ada.token)).await.status, 200);
    assert_eq!(exported(&server, &victim).await, theirs);
    assert_eq!(server.send(get(&victim.path())).await.json(), before);
}

/// A former name comes without the documents that were stored under it.
#[actix_web::test]
async fn defect_1_a_rename_to_a_former_name_of_another_merges_nothing() {
    let server = Server::new().await;
    let victim = server.founded_organization("Victim Inc", "victim@example.com").await;
    let ada = server.founded_organization("Acme Inc", "ada@example.com").await;
    let (theirs, own) = (fill(&server, &victim, 100).await, fill(&server, &ada, 100).await);
    for (name, next) in [("Victim Labs", "Victim Inc"), ("Victim Works", "Victim Labs")] {
        assert_eq!(rename(&server, &victim, name).await.status, 200);
        let response = if name == "Victim Labs" {
            rename(&server, &ada, next).await
        } else {
            let there = patch(&format!("/v1{}", ada.path()), &json!({"name": next}));
            server.send(there.token(&ada.token)).await
        };
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(exported(&server, &victim).await, theirs);
        assert_eq!(exported(&server, &ada).await, own);
    }
    assert_eq!(server.send(delete(&victim.path()).token(&victim.token)).await.status, 200);
    assert_eq!(exported(&server, &ada).await, own);
}

/// The successful request, and the responses to the others.
fn one_of(responses: &[Response]) -> (Value, Vec<&Response>) {
    let (created, refused): (Vec<_>, Vec<_>) = responses.iter().partition(|one| one.status == 201);
    assert_eq!(created.len(), 1, "{:?}", responses.iter().map(Response::text).collect::<Vec<_>>());
    (created[0].json(), refused)
}

/// R2 created 50 organizations on one collection.
#[actix_web::test]
async fn defect_7_concurrent_creates_of_one_name_create_one_organization() {
    let server = Server::new().await;
    let spelling = |n: usize| ["Acme Inc", "ACME INC", "acme-inc", "acme_inc"][n % 4];
    let create = |n: usize| {
        let body = body(spelling(n), &format!("ada{n}@example.com"));
        server.send(post("/organizations/").json(&body))
    };
    let responses = join_all((0..50).map(create)).await;
    let (created, refused) = one_of(&responses);
    for response in refused {
        let detail = response.detail(409);
        assert!(detail.starts_with("Organization with name '"), "{detail}");
    }
    let all = server.send(get("/organizations/")).await.json();
    assert_eq!(all["data"]["organizations"], json!([created["data"]]));

    let create = |n: usize| {
        let body = organization("Globex", &format!("bob{n}@example.com"));
        server.send(post("/v1/organizations").json(&body))
    };
    let responses = join_all((0..50).map(create)).await;
    for response in one_of(&responses).1 {
        assert_eq!(response.problem(409), "name_taken");
    }
    let all = server.send(get("/v1/organizations").token(OPERATOR)).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn defect_7_concurrent_creates_with_one_address_create_one_organization() {
    let server = Server::new().await;
    let create = |n: usize| {
        let body = body(&format!("Acme {n}"), "ada@example.com");
        server.send(post("/organizations/").json(&body))
    };
    let responses = join_all((0..50).map(create)).await;
    for response in one_of(&responses).1 {
        assert_eq!(response.detail(409), "Admin with email 'ada@example.com' already exists");
    }
    assert_eq!(server.send(get("/organizations/")).await.json()["data"]["count"], 1);
}

/// R2 advertised a limit and did not enforce it.
#[actix_web::test]
async fn defect_14_an_organization_is_limited_to_100_requests_a_minute() {
    let server = Server::limited(limits(100, 0, 0)).await;
    let ada = server.founded_organization("Acme Inc", "ada@example.com").await;
    let bob = server.founded_organization("Globex", "bob@example.com").await;
    let path = format!("/v1{}", ada.path());
    for left in (0..100).rev() {
        let call = if left % 2 == 0 { get(&ada.path()) } else { get(&path) };
        let response = server.send(call.token(&ada.token)).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("ratelimit"), format!("\"organization\";r={left};t=60"));
    }
    let refused = server.send(get(&ada.path()).token(&ada.token)).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["detail"]["retry_after"], 60);
    let refused = server.send(get(&path).token(&ada.token)).await;
    assert_eq!(refused.problem(429), "rate_limited");
    let other = server.send(get(&ada.path()).token(&bob.token)).await;
    assert_eq!(
        other.status, 200,
        "the limit is that of the caller, not of the requested organization"
    );
    server.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(server.send(get(&ada.path()).token(&ada.token)).await.status, 200);
}

/// R2 echoed any origin, and allowed credentials.
#[actix_web::test]
async fn defect_14_unlisted_origins_are_not_repeated() {
    let origins = ["https://app.example.com"].map(|text| text.parse().unwrap());
    let listed =
        Server::with(AppOptions { origins: origins.into(), ..AppOptions::default() }).await;
    let from = |call: Call, origin: &str| call.header("Origin", origin);
    for server in [&listed, &Server::new().await] {
        for path in ["/organizations", "/organizations/", "/organizations/x", "/auth/login"] {
            let ask = call("OPTIONS", path).header("Access-Control-Request-Method", "PUT");
            for call in [get(path), ask] {
                let response = server.send(from(call, "https://evil.example")).await;
                let mut names = response.headers.keys().map(|name| name.as_str());
                assert!(!names.any(|name| name.starts_with("access-control-")), "{path}");
            }
        }
    }
    let ours = listed.send(from(get("/organizations/"), "https://app.example.com")).await;
    assert_eq!(ours.header("access-control-allow-origin"), "https://app.example.com");
}

/// They are ordinary names, each with its own documents.
#[actix_web::test]
async fn defect_15_names_in_other_scripts_have_their_own_documents() {
    let server = Server::new().await;
    let (mut tenants, mut collections) = (Vec::new(), BTreeSet::new());
    for (n, name) in ["日本", "中国", "Ελλάδα", "Россия", "ישראל", "भारत"].into_iter().enumerate()
    {
        let tenant = server.founded_organization(name, &format!("ada{n}@example.com")).await;
        let shown = server.send(get(&tenant.path())).await.json();
        assert_eq!(shown["data"]["name"], name, "it is kept as it was written");
        collections.insert(text(&shown["data"]["collection_name"]));
        let documents = fill(&server, &tenant, 10).await;
        tenants.push((tenant, documents));
    }
    // With the shared placement, they share one collection.
    assert!([1, tenants.len()].contains(&collections.len()), "{collections:?}");
    assert!(!collections.contains("org_"), "{collections:?}");
    let (first, _) = tenants.remove(0);
    assert_eq!(server.send(delete(&first.path()).token(&first.token)).await.status, 200);
    for (tenant, documents) in &tenants {
        assert_eq!(exported(&server, tenant).await, *documents);
    }
}
