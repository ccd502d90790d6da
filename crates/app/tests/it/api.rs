//! A client of the API.

#[path = "api/interface.rs"]
mod interface;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::Server;

pub(crate) use interface::Interface;

/// The password of every admin that tests create.
pub(crate) const PASSWORD: &str = "Correct horse battery 5";

/// A setting with which a server trusts this machine as a proxy.
pub(crate) const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1");

/// A client of one server, until the server is restarted.
#[derive(Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    base: String,
    /// The client address it forwards, as a proxy does.
    forwarded_for: Option<String>,
    interface: Interface,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The JSON of the body; null when there is none.
    pub(crate) body: Value,
}

/// A response, or `None` because the connection broke.
pub(crate) type Result<T = Response> = std::result::Result<T, reqwest::Error>;

impl Api {
    pub(crate) fn new(server: &Server) -> Self {
        let (client, base) = (server.client().clone(), server.url(""));
        Self { client, base, forwarded_for: None, interface: Interface::V1 }
    }

    /// A client with another address, for a server that trusts this machine as a [`PROXY`].
    pub(crate) fn speaking_for(self, address: impl ToString) -> Self {
        Self { forwarded_for: Some(address.to_string()), ..self }
    }

    /// The same client, which creates, renames and deletes organizations and logs in through
    /// `interface`. Its responses are converted to those of version 1, except for the statuses.
    pub(crate) fn through(self, interface: Interface) -> Self {
        Self { interface, ..self }
    }

    pub(crate) async fn create(&self, name: &str, email: &str) -> Result {
        let (path, body) = self.interface.creation(name, email);
        let response = self.send(self.post(path, "").json(&body)).await?;
        Ok(self.interface.organization_in(response))
    }

    pub(crate) async fn login(&self, email: &str) -> Result {
        let body = json!({ "email": email, "password": PASSWORD });
        let response = self.send(self.post(self.interface.login(), "").json(&body)).await?;
        Ok(self.interface.login_in(response))
    }

    pub(crate) async fn organization(&self, token: &str, id: &str) -> Result {
        self.send(self.get(&format!("/v1/organizations/{id}"), token)).await
    }

    pub(crate) async fn rename(&self, token: &str, id: &str, name: &str) -> Result {
        let (method, path, body) = self.interface.renaming(id, name);
        let request = self.request(method, &path, token);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        Ok(self.interface.organization_in(self.send(request).await?))
    }

    pub(crate) async fn delete(&self, token: &str, id: &str) -> Result {
        self.send(self.request(Method::DELETE, &self.interface.deletion(id), token)).await
    }

    pub(crate) async fn insert(&self, token: &str, id: &str, document: &Value) -> Result {
        let path = format!("/v1/organizations/{id}/documents");
        self.send(self.post(&path, token).json(document)).await
    }

    pub(crate) async fn remove(&self, token: &str, id: &str, document: &str) -> Result {
        let path = format!("/v1/organizations/{id}/documents/{document}");
        self.send(self.request(Method::DELETE, &path, token)).await
    }

    /// All items of a list, page by page; `path` has a query string already.
    pub(crate) async fn all(&self, token: &str, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let response = self.send(self.get(&format!("{path}{after}"), token)).await?;
            assert_eq!(response.status, 200, "{path}: {}", response.body);
            items.extend(response.body["items"].as_array().unwrap().iter().cloned());
            match response.body["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(items),
            }
        }
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> RequestBuilder {
        self.request(Method::GET, path, token)
    }

    pub(crate) fn post(&self, path: &str, token: &str) -> RequestBuilder {
        self.request(Method::POST, path, token)
    }

    /// A request to be completed; without a token when `token` is empty.
    pub(crate) fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(address) = &self.forwarded_for {
            request = request.header("X-Forwarded-For", address);
        }
        if token.is_empty() {
            return request;
        }
        request.header(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Result {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Response { status, headers, body })
    }
}

impl Response {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The text of a member of the body.
    pub(crate) fn text(&self, member: &str) -> String {
        self.body[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {}", self.body))
            .to_owned()
    }
}
