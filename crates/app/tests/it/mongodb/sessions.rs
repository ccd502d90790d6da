//! Time until a change at one server applies at another, and the cost of knowing.

use std::time::{Duration, Instant};

use local_mongod::{Deployment, Options};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

use super::{OPERATOR, server_on};
use crate::api::{Api, PASSWORD};

/// After this time no node accepts an ended session.
const WITHIN: Duration = Duration::from_secs(1);

/// Two servers, an organization with its owner, and another admin of it.
struct Setup {
    first: Api,
    second: Api,
    organization: String,
    owner: String,
    admin: String,
}

impl Setup {
    async fn new(first: Api, second: Api, name: &str) -> Self {
        let email = format!("{name}@example.com");
        let organization = first.create(name, &email).await.unwrap().text("id");
        let owner = first.login(&email).await.unwrap().text("access_token");
        let admins = format!("/v1/organizations/{organization}/admins");
        let new = json!({ "email": email_of(name), "password": PASSWORD, "role": "admin" });
        let created = first.send(first.post(&admins, &owner).json(&new)).await.unwrap();
        assert_eq!(created.status, 201, "{}", created.body);
        let admin = format!("{admins}/{}", created.text("id"));
        Self { first, second, organization, owner, admin }
    }

    /// Makes a change at the first server.
    async fn change(&self, method: Method, path: &str, token: &str, body: &Value) {
        let request = self.first.request(method, path, token).json(body);
        let response = self.first.send(request).await.unwrap();
        assert!([200, 204].contains(&response.status), "{path}: {}", response.body);
    }
}

/// The address of the other admin.
fn email_of(name: &str) -> String {
    format!("other.{name}@example.com")
}

#[derive(Clone, Copy, Debug)]
enum Change {
    LogOut,
    Deactivate,
    Demote,
    Remove,
    NewPassword,
    Suspend,
    Delete,
}

/// Sends requests to the second server all the time. Only requests that began more than a second
/// after the acknowledgement count, so that a slow machine fails no test.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_at_one_server_ends_at_the_other_within_a_second() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (first, second) = (server_on(&set), server_on(&set));
    for change in [
        Change::LogOut,
        Change::Deactivate,
        Change::Demote,
        Change::Remove,
        Change::NewPassword,
        Change::Suspend,
        Change::Delete,
    ] {
        let name = format!("{change:?}");
        let setup = Setup::new(Api::new(&first), Api::new(&second), &name).await;
        let took = took(&setup, &name, change).await;
        println!("{change:?} held at the other server after {took:.0?}");
        assert!(took < WITHIN, "{change:?}: still in force after {took:?}");
    }
}

/// The time from the acknowledgement to the start of the last accepted request.
async fn took(setup: &Setup, name: &str, change: Change) -> Duration {
    let token = setup.second.login(&email_of(name)).await.unwrap().text("access_token");
    let elsewhere = setup.second.login(&email_of(name)).await.unwrap().text("access_token");
    assert!(is_allowed(setup, change, &token).await);
    make(setup, change, (&token, &elsewhere)).await;
    let acknowledged = Instant::now();
    let mut last = Duration::ZERO;
    loop {
        let began = acknowledged.elapsed();
        if is_allowed(setup, change, &token).await {
            last = began;
        } else if began > WITHIN {
            return last;
        }
        assert!(began < 10 * WITHIN, "{change:?} never holds");
    }
}

async fn make(setup: &Setup, change: Change, (token, elsewhere): (&str, &str)) {
    let organization = format!("/v1/organizations/{}", setup.organization);
    let nothing = json!({});
    let (patch, post, delete) = (Method::PATCH, Method::POST, Method::DELETE);
    match change {
        Change::LogOut => setup.change(post, "/v1/auth/logout", token, &nothing).await,
        Change::Deactivate => {
            setup.change(patch, &setup.admin, &setup.owner, &json!({ "is_active": false })).await;
        }
        Change::Demote => {
            setup.change(patch, &setup.admin, &setup.owner, &json!({ "role": "viewer" })).await;
        }
        Change::Remove => setup.change(delete, &setup.admin, &setup.owner, &nothing).await,
        Change::NewPassword => {
            let new = "staple and a second horse";
            let body = json!({ "current_password": PASSWORD, "new_password": new });
            setup.change(post, "/v1/auth/password", elsewhere, &body).await;
        }
        Change::Suspend => {
            setup.change(post, &format!("{organization}/suspend"), OPERATOR, &nothing).await;
        }
        Change::Delete => setup.change(delete, &organization, &setup.owner, &nothing).await,
    }
}

/// Whether the second server still allows what the change should end.
async fn is_allowed(setup: &Setup, change: Change, token: &str) -> bool {
    let api = &setup.second;
    let request = match change {
        // Changes nothing, but requires the permission to change.
        Change::Demote => {
            let path = format!("/v1/organizations/{}", setup.organization);
            api.request(Method::PATCH, &path, token).json(&json!({}))
        }
        _ => api.get("/v1/me", token),
    };
    let response = api.send(request).await.unwrap();
    assert!([200, 401, 403, 404].contains(&response.status), "{}", response.body);
    response.status == 200
}

/// Measured by the number of reads of the database.
#[tokio::test(flavor = "multi_thread")]
async fn repeated_requests_are_served_from_the_record_cache() {
    const REQUESTS: i64 = 1000;
    let set = Options::replica_set(1).start().await.unwrap();
    let server = server_on(&set);
    let api = Api::new(&server);
    api.create("Acme", "ada@example.com").await.unwrap();
    let token = api.login("ada@example.com").await.unwrap().text("access_token");
    let before = reads(&set).await;
    for _ in 0..REQUESTS {
        assert_eq!(api.send(api.get("/v1/me", &token)).await.unwrap().status, 200);
    }
    let asked = reads(&set).await - before;
    // Without a cache there are two reads per request.
    assert!(asked < REQUESTS / 2, "{asked} reads for {REQUESTS} requests");
}

async fn reads(set: &Deployment) -> i64 {
    let client = Client::with_uri_str(set.url()).await.unwrap();
    let status: Document =
        client.database("admin").run_command(doc! { "serverStatus": 1 }).await.unwrap();
    let counters = status.get_document("opcounters").unwrap();
    counters
        .get("query")
        .and_then(|count| count.as_i64().or(count.as_i32().map(i64::from)))
        .unwrap()
}
