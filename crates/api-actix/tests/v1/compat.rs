//! The legacy dialects, as their clients use them: every row of the tables in
//! docs/reference-apis.md.

mod enterprise;
mod health;
mod known_defects;
mod org;
mod org_envelope;

use api_actix::{AppOptions, Dialects, OrgDialect};
use serde_json::{Value, json};

use crate::support::{Call, Response, Server, call, get, post, text};

/// A password that meets the rules of the reference services.
pub(crate) const CHOSEN: &str = "Correct horse 5";

/// An organization created through `/org`, and its first admin.
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) admin_id: String,
    pub(crate) token: String,
}

impl Server {
    /// With the dialect `org-envelope`.
    pub(crate) async fn enveloped() -> Self {
        let dialects = Dialects { org: Some(OrgDialect::Envelope), enterprise: false };
        Self::with(AppOptions { dialects, ..AppOptions::default() }).await
    }

    /// Creates an organization and logs its admin in, through either dialect of `/org`.
    pub(crate) async fn tenant(&self, name: &str, email: &str) -> Tenant {
        let created = self.send(post("/org/create").json(&sign_up(name, email))).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let token = self.token(email, CHOSEN).await.unwrap();
        let me = self.send(get("/v1/me").token(&token)).await.json();
        let id = text(&me["organization"]["id"]);
        Tenant { id, admin_id: text(&me["admin"]["id"]), token }
    }

    /// The token of a login at `/admin/login`, in either dialect.
    pub(crate) async fn token(&self, email: &str, password: &str) -> Result<String, Response> {
        let response = self.send(login("/admin/login", email, password)).await;
        if response.status != 200 {
            return Err(response);
        }
        let body = response.json();
        Ok(text(body.get("data").unwrap_or(&body).get("access_token").unwrap()))
    }
}

impl Response {
    /// Expects a success in an envelope with exactly this message, and returns its data.
    pub(crate) fn data<'m>(&self, status: u16, message: impl Into<Option<&'m str>>) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        let mut expected = json!({"success": true, "data": body["data"]});
        if let Some(message) = message.into() {
            expected["message"] = json!(message);
        }
        assert_eq!(body, expected);
        body["data"].clone()
    }

    /// Expects an error in the format of a reference API, and returns its detail.
    pub(crate) fn detail(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        let challenge = if status == 401 { "Bearer" } else { "" };
        assert_eq!(self.header("www-authenticate"), challenge);
        let body = self.json();
        assert_eq!(keys(&body), ["detail"], "{body}");
        text(&body["detail"])
    }

    /// Expects a validation error of FastAPI, and returns its items.
    pub(crate) fn items(&self) -> Vec<Value> {
        assert_eq!(self.status.as_u16(), 422, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(keys(&body), ["detail"], "{body}");
        body["detail"].as_array().unwrap().clone()
    }

    /// The kinds and locations of [`Response::items`].
    pub(crate) fn wrong(&self) -> Vec<(String, String)> {
        let errors = self.items().into_iter().map(|item| {
            assert!(item["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{item}");
            let loc = item["loc"].as_array().unwrap().iter().map(text);
            (text(&item["type"]), loc.collect::<Vec<_>>().join("."))
        });
        errors.collect()
    }
}

/// Expected errors in the format of [`Response::wrong`].
pub(crate) fn wrong(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(kind, place)| ((*kind).to_owned(), (*place).to_owned())).collect()
}

/// The member names in alphabetical order.
pub(crate) fn keys(object: &Value) -> Vec<String> {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

/// A body that creates an organization.
pub(crate) fn sign_up(name: &str, email: &str) -> Value {
    json!({"organization_name": name, "email": email, "password": CHOSEN})
}

pub(crate) fn login(path: &str, email: &str, password: &str) -> Call {
    post(path).json(&json!({"email": email, "password": password}))
}

pub(crate) fn put(path: &str, body: &Value) -> Call {
    call("PUT", path).json(body)
}

/// A timestamp of version 1 in the format of the dialects of `/org`, which has no time zone.
pub(crate) fn naive(time: &Value) -> String {
    let time = text(time);
    time.strip_suffix('Z').unwrap_or_else(|| panic!("{time} is not UTC")).to_owned()
}
