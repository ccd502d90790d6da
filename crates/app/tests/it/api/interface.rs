//! The APIs for managing organizations, with their paths and formats.

use data_encoding::BASE64URL_NOPAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{PASSWORD, Response};

/// Version 1, or a dialect that is mounted by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    V1,
    Org,
    Enterprise,
}

impl Interface {
    pub(crate) const ALL: [Self; 3] = [Self::V1, Self::Org, Self::Enterprise];

    pub(super) fn creation(self, name: &str, email: &str) -> (&'static str, Value) {
        match self {
            Self::V1 => {
                let owner = json!({ "email": email, "password": PASSWORD });
                ("/v1/organizations", json!({ "name": name, "owner": owner }))
            }
            Self::Org => (
                "/org/create",
                json!({ "organization_name": name, "email": email, "password": PASSWORD }),
            ),
            Self::Enterprise => (
                "/organizations/",
                json!({
                    "name": name,
                    "admin_email": email,
                    "admin_password": PASSWORD,
                    "admin_name": "Ada",
                }),
            ),
        }
    }

    pub(super) fn login(self) -> &'static str {
        match self {
            Self::V1 => "/v1/auth/login",
            Self::Org => "/admin/login",
            Self::Enterprise => "/auth/login",
        }
    }

    pub(super) fn renaming(self, id: &str, name: &str) -> (Method, String, Value) {
        match self {
            Self::V1 => (Method::PATCH, format!("/v1/organizations/{id}"), json!({ "name": name })),
            Self::Org => {
                (Method::PUT, "/org/update".to_owned(), json!({ "organization_name": name }))
            }
            Self::Enterprise => {
                (Method::PUT, format!("/organizations/{id}"), json!({ "name": name }))
            }
        }
    }

    pub(super) fn deletion(self, id: &str) -> String {
        match self {
            Self::V1 => format!("/v1/organizations/{id}"),
            Self::Org => "/org/delete".to_owned(),
            Self::Enterprise => format!("/organizations/{id}"),
        }
    }

    /// The organization in a response, with the member names of version 1; an error unchanged.
    pub(super) fn organization_in(self, mut response: Response) -> Response {
        if !matches!(response.status, 200 | 201) {
            return response;
        }
        match self {
            Self::V1 => {}
            Self::Org => {
                response.body = response.body["organization"].take();
                response.body["name"] = response.body["organization_name"].take();
            }
            Self::Enterprise => response.body = response.body["data"].take(),
        }
        response
    }

    /// The token in a response, and the id of its organization.
    pub(super) fn login_in(self, mut response: Response) -> Response {
        if response.status != 200 {
            return response;
        }
        match self {
            Self::V1 => {}
            Self::Org => {
                let id = claims(&response.text("access_token"))["organization_id"].take();
                response.body["organization"] = json!({ "id": id });
            }
            Self::Enterprise => {
                response.body = response.body["data"].take();
                let id = response.body["organization_id"].take();
                response.body["organization"] = json!({ "id": id });
            }
        }
        response
    }
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}
