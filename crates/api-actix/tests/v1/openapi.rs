//! Every operation of the OpenAPI document, compared with the server.

use api_actix::{Dialects, OrgDialect};
use serde_json::{Value, json};

use crate::support::{Call, Member, OPERATOR, PASSWORD, Response, Server, call, text};

/// An operation of the OpenAPI document.
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    described: Value,
}

/// The operations of an installation with default settings.
pub(crate) fn operations() -> Vec<Operation> {
    let operations = operations_with(Dialects::default());
    assert!(operations.iter().filter(|operation| operation.is_ours()).count() >= 13);
    operations
}

/// The operations of an installation with these dialects.
pub(crate) fn operations_with(dialects: Dialects) -> Vec<Operation> {
    let document = json!(api_actix::openapi(dialects));
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.clone());
            operations.push(Operation { method, path, described: described.clone() });
        }
    }
    operations
}

impl Operation {
    /// Whether it belongs to version 1.
    pub(crate) fn is_ours(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    /// Whether it belongs to a dialect, except for health.
    pub(crate) fn is_of_dialect(&self) -> bool {
        let tags = self.described["tags"].to_string();
        tags.contains("Reference API")
    }

    /// Its operation id.
    pub(crate) fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }

    /// Whether it has a request body.
    pub(crate) fn has_body(&self) -> bool {
        self.described.get("requestBody").is_some()
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A valid request about the organization of `member`.
    fn request(&self, member: &Member) -> Call {
        let path = self
            .path
            .replace("{organization_id}", &member.id)
            .replace("{admin_id}", &member.admin_id)
            .replace("{document_id}", "x")
            .replace("{session_id}", "x");
        let body = match self.described["operationId"].as_str() {
            Some("create_admin") => {
                json!({"email": "new@example.com", "password": PASSWORD, "role": "viewer"})
            }
            _ => json!({}),
        };
        call(&self.method, &path).json(&body)
    }

    /// Expects that the OpenAPI document has this response.
    pub(crate) fn assert_described(&self, response: &Response) {
        let status = response.status.as_u16().to_string();
        let responses = self.described["responses"].as_object().unwrap();
        assert!(responses.contains_key(&status), "{} answers {status}", self.name());
        if response.status.is_client_error() && self.is_ours() {
            let code = text(&response.json()["code"]);
            let described = &responses[&status]["content"]["application/problem+json"];
            assert!(described["examples"].get(&code).is_some(), "{} says {code}", self.name());
        }
        for name in [
            "ETag",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "WWW-Authenticate",
            "X-Request-Id",
        ] {
            let described = responses[&status]["headers"].get(name).is_some();
            let sent = !response.header(name).is_empty();
            assert!(described || !sent, "{} answers {status} with {name}", self.name());
        }
    }
}

#[actix_web::test]
async fn every_response_to_an_empty_request_is_documented() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let mut operations = operations();
    operations.retain(|operation| operation.is_ours() || operation.is_of_dialect());
    operations.sort_by_key(|operation| operation.method == "DELETE");
    for operation in &operations {
        // An operation may have ended the session, or the organization.
        let token = server.try_login("ada@example.com").await.unwrap_or_default();
        for token in [&token[..], OPERATOR] {
            let response = server.send(operation.request(&ada).token(token)).await;
            assert!(!response.status.is_server_error(), "{}", operation.name());
            operation.assert_described(&response);
        }
    }
}

#[actix_web::test]
async fn the_openapi_examples_work() {
    let document = json!(api_actix::openapi(Dialects::default()));
    let server = Server::new().await;
    let schemas = &document["components"]["schemas"];
    let create = example(schemas, "CreateOrganization");
    let created = server.send(call("POST", "/v1/organizations").json(&create)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let login = example(schemas, "Credentials");
    let response = server.send(call("POST", "/v1/auth/login").json(&login)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let token = text(&response.json()["access_token"]);
    let path = created.header("location");
    let update = example(schemas, "UpdateOrganization");
    let response = server.send(call("PATCH", path).token(&token).json(&update)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let insert = example(schemas, "NewDocument");
    let documents = format!("{path}/documents");
    let response = server.send(call("POST", &documents).token(&token).json(&insert)).await;
    assert_eq!(response.status, 201, "{}", response.text());
}

#[test]
fn every_operation_is_fully_documented() {
    let document = json!(api_actix::openapi(Dialects::default()));
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = Vec::new();
    for operation in operations() {
        let name = operation.name();
        let described = &operation.described;
        for member in ["operationId", "summary"] {
            assert!(described[member].is_string(), "{name} has no {member}");
        }
        assert_eq!(described["tags"].as_array().map(Vec::len), Some(1), "{name}");
        ids.push(text(&described["operationId"]));
        let parameters = described["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            if parameter["in"] == "path" {
                let template = format!("{{{}}}", text(&parameter["name"]));
                assert!(operation.path.contains(&template), "{name}: {parameter}");
            }
        }
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, operation.path.matches('{').count(), "{name}");
        for response in described["responses"].as_object().unwrap().values() {
            assert!(response["description"].is_string(), "{name}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
}

#[test]
fn dialects_describe_their_clients_where_mounted() {
    let envelope = Dialects { org: Some(OrgDialect::Envelope), enterprise: false };
    for dialects in [Dialects::default(), envelope, Dialects::NONE] {
        let document = json!(api_actix::openapi(dialects));
        let tags = document["tags"].as_array().unwrap().iter();
        let mut named: Vec<_> = tags.map(|tag| tag["name"].clone()).collect();
        for tag in document["tags"].as_array().unwrap() {
            let is_reference = text(&tag["name"]).starts_with("Reference API: ");
            let says = text(&tag["description"]).contains("; COMPAT=");
            assert_eq!(says, is_reference, "{tag}");
        }
        let operations = operations_with(dialects).into_iter();
        let mut used: Vec<_> =
            operations.map(|operation| operation.described["tags"][0].clone()).collect();
        for tags in [&mut named, &mut used] {
            tags.sort_by_key(Value::to_string);
            tags.dedup();
        }
        assert_eq!(named, used);
    }
}

#[test]
fn every_sent_header_is_documented() {
    let document = json!(api_actix::openapi(Dialects::default()));
    let shared = document["components"]["headers"].as_object().unwrap();
    for operation in operations() {
        let parameters = operation.described["parameters"].to_string();
        for (status, response) in operation.described["responses"].as_object().unwrap() {
            let codes = &response["content"]["application/problem+json"]["examples"];
            let says = |code: &str| codes.get(code).is_some();
            let decided = status.starts_with('2') || status == "409";
            let busy = says("contended") || says("idempotency_key_in_use");
            let busy = busy || (operation.is_of_dialect() && status == "409");
            let waits = ["429", "503"].contains(&&status[..]) || busy;
            let limited = operation.is_ours() || operation.is_of_dialect();
            let keyed = parameters.contains("Idempotency-Key");
            for (name, expected) in [
                ("X-Request-Id", true),
                ("WWW-Authenticate", status == "401"),
                ("RateLimit", limited),
                ("RateLimit-Policy", limited),
                ("Retry-After", waits),
                ("Link", status == "200" && parameters.contains("\"after\"")),
                ("Idempotent-Replayed", keyed && decided),
            ] {
                let described = response["headers"].get(name);
                let place = format!("{} {status} {name}", operation.name());
                assert_eq!(described.is_some(), expected, "{place}");
                assert!(shared[name]["description"].is_string(), "{name}");
                let reference = json!({"$ref": format!("#/components/headers/{name}")});
                assert!(described.is_none_or(|header| *header == reference), "{place}");
            }
        }
    }
}

#[test]
fn a_cursor_is_documented_as_not_empty() {
    let lists = operations().into_iter().filter_map(|operation| {
        let parameters = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        parameters.into_iter().find(|parameter| parameter["name"] == "after")
    });
    let lengths: Vec<_> = lists.map(|after| after["schema"]["minLength"].clone()).collect();
    assert_eq!(lengths, vec![json!(1); 6]);
}

/// The body that Swagger UI builds from the examples of the members.
fn example(schemas: &Value, name: &str) -> Value {
    let schema = &schemas[name];
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    let members = schema["properties"].as_object().unwrap().iter().map(|(member, property)| {
        let referred = property["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let value = match referred {
            Some(referred) => example(schemas, referred),
            None => property["example"].clone(),
        };
        (member.clone(), value)
    });
    Value::Object(members.collect())
}
