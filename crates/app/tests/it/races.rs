//! Concurrent conflicting requests, on either store.

mod creates;
mod deletes;
mod owners;
mod renames;
mod suspensions;
mod writer;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::api::{Api, Response, Result};
use crate::support::Server;
use writer::Writer;

const OPERATOR: &str = "operator-token-of-the-race-tests-0123456789";

/// A server with an operator.
fn server() -> Server {
    Server::start_with(&[("OPERATOR_TOKEN", OPERATOR)])
}

/// The responses to `count` concurrent requests.
async fn at_once<F>(count: usize, request: impl Fn(usize) -> F) -> Vec<Response>
where
    F: Future<Output = Result> + Send + 'static,
{
    let requests: JoinSet<_> = (0..count).map(request).collect();
    requests.join_all().await.into_iter().map(Result::unwrap).collect()
}

/// An organization and its owner.
#[derive(Clone)]
struct Member {
    api: Api,
    id: String,
    token: String,
}

impl Member {
    async fn new(api: &Api, name: &str) -> Self {
        let email = format!("{}@example.com", name.replace([' ', '_'], "."));
        let created = api.create(name, &email).await.unwrap();
        assert_eq!(created.status, 201, "{}", created.body);
        let token = api.login(&email).await.unwrap().text("access_token");
        Self { api: api.clone(), id: created.text("id"), token }
    }

    async fn rename(self, name: String) -> Result {
        self.api.rename(&self.token, &self.id, &name).await
    }

    async fn delete(self) -> Result {
        self.api.delete(&self.token, &self.id).await
    }

    async fn insert(&self, document: &str) -> Response {
        self.api.insert(&self.token, &self.id, &json!({ "_id": document })).await.unwrap()
    }

    async fn organization(&self) -> Response {
        self.api.organization(&self.token, &self.id).await.unwrap()
    }

    /// The ids of all documents.
    async fn documents(&self) -> BTreeSet<String> {
        let path = format!("/v1/organizations/{}/documents?limit=100", self.id);
        let documents = self.api.all(&self.token, &path).await.unwrap();
        documents.iter().map(|document| text(&document["_id"])).collect()
    }
}

/// Lets `writer` write until it is `over`.
async fn written(mut writer: Writer, over: Arc<AtomicBool>) -> Writer {
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        writer.write(number).await;
    }
    writer
}

/// Stops the server and examines its store.
fn assert_clean_shutdown(mut server: Server) {
    assert!(server.terminate().success());
    server.nothing_is_wrong();
}

/// The number of responses with this status.
fn count(responses: &[Response], status: u16) -> usize {
    responses.iter().filter(|response| response.status == status).count()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
