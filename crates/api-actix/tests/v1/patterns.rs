//! The patterns of the OpenAPI document match what the server accepts.

use api_actix::Dialects;
use serde_json::{Map, Value, json};

use crate::support::{Server, call};

#[actix_web::test]
async fn idempotency_keys_match_their_pattern() {
    let document = json!(api_actix::openapi(Dialects::default()));
    let parameters = &document["paths"]["/v1/organizations"]["post"]["parameters"];
    assert_eq!(parameters[0]["name"], "Idempotency-Key");
    assert_eq!(parameters[0]["schema"]["pattern"], "^[!-~]+$");

    let server = Server::new().await;
    for byte in b' '..=b'~' {
        let key = format!("a{}z", char::from(byte));
        let request = call("POST", "/v1/organizations").json(&json!({}));
        let response = server.send(request.header("Idempotency-Key", &key)).await;
        // An accepted value leads to the next error.
        let fits = (b'!'..=b'~').contains(&byte);
        let code = if fits { "validation_failed" } else { "invalid_idempotency_key" };
        assert_eq!(response.json()["code"], code, "{key}");
    }
}

#[actix_web::test]
async fn document_keys_match_their_pattern() {
    let document = json!(api_actix::openapi(Dialects::default()));
    let names = &document["components"]["schemas"]["NewDocument"]["propertyNames"];
    assert_eq!(names["pattern"], r"^([^$.\x00][^.\x00]*)?$");

    let server = Server::new().await;
    let ada = server.member("Tesla", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    for (key, status) in
        [("", 201), ("a$", 201), ("日本", 201), ("$a", 400), (".", 400), ("a.b", 400), ("a\0", 400)]
    {
        let body = Value::Object(Map::from_iter([(key.to_owned(), json!(1))]));
        let response = server.send(call("POST", &path).token(&ada.token).json(&body)).await;
        assert_eq!(response.status, status, "{key:?}: {}", response.text());
    }
}
