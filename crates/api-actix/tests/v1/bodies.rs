//! Malformed request bodies.

use serde_json::json;

use crate::support::{PASSWORD, Response, Server, call, organization, patch, post};

async fn create(server: &Server, body: impl Into<Vec<u8>>) -> Response {
    let call = post("/v1/organizations").header("Content-Type", "application/json");
    server.send(call.body(body.into())).await
}

#[actix_web::test]
async fn malformed_json_is_refused_with_its_pointer() {
    let server = Server::new().await;
    for (body, place) in [
        (&b""[..], ""),
        (b"{", ""),
        (b"hello", ""),
        (b"{\"name\": \"Acme\"} x", ""),
        (b"{\"name\": \"Acme\",}", ""),
        (b"{\"name\": 'Acme'}", "/name"),
        (b"{\"name\": NaN}", "/name"),
        (b"{\"name\": \"Acme\0\"}", "/name"),
        (b"{\"name\": \"\\ud800\"}", "/name"),
        (b"{\"name\": \"\\udc00\\ud800\"}", "/name"),
        (b"{\"name\": \"\xff\"}", "/name"),
        (b"{\"name\": \"\xed\xa0\x80\"}", "/name"),
        (b"{\"owner\": {\"a/b~\": [1, tru]}}", "/owner/a~1b~0/1"),
        (b"\xef\xbb\xbf{}", ""),
    ] {
        let response = create(&server, body).await;
        assert_eq!(response.problem(400), "malformed_json", "{}", body.escape_ascii());
        assert_eq!(response.errors(), [(place.to_owned(), "syntax".to_owned())]);
    }
}

#[actix_web::test]
async fn duplicate_members_are_refused() {
    let server = Server::new().await;
    let body = r#"{"name": "A", "name": "B", "owner": {"email": "a", "em\u0061il": "b"}}"#;
    let response = create(&server, body).await;
    assert_eq!(response.problem(400), "malformed_json");
    let twice = |pointer: &str| (pointer.to_owned(), "duplicate".to_owned());
    assert_eq!(response.errors(), [twice("/name"), twice("/owner/email")]);
}

#[actix_web::test]
async fn nesting_is_limited() {
    let server = Server::new().await;
    for depth in [200, 100_000] {
        let response = create(&server, "[".repeat(depth)).await;
        assert_eq!(response.problem(400), "malformed_json");
    }
    let ada = server.member("Acme", "ada@example.com").await;
    let deep = (0..101).fold(json!(1), |inner, _| json!({ "a": inner }));
    let insert = post(&format!("{}/documents", ada.path)).token(&ada.token).json(&deep);
    let response = server.send(insert).await;
    assert_eq!(response.problem(400), "validation_failed");
    assert_eq!(response.errors()[0].1, "too_deep");
}

#[actix_web::test]
async fn only_objects_are_accepted_as_bodies() {
    let server = Server::new().await;
    for body in ["null", "[]", "\"name\"", "1", "true"] {
        let response = create(&server, body).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors(), [(String::new(), "type".to_owned())]);
    }
}

#[actix_web::test]
async fn the_content_type_is_required() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for sent in [None, Some("text/plain"), Some("application/xml"), Some("application/jsonp")] {
        let body = organization("Globex", "bob@example.com").to_string();
        let call_with = |method, path: &str| {
            let call = call(method, path).token(&ada.token).body(body.clone());
            if let Some(value) = sent { call.header("Content-Type", value) } else { call }
        };
        let response = server.send(call_with("POST", "/v1/organizations")).await;
        assert_eq!(response.problem(415), "unsupported_media_type", "{sent:?}");
        assert_eq!(response.header("accept"), "application/json");
        let response = server.send(call_with("PATCH", &ada.path)).await;
        assert_eq!(response.problem(415), "unsupported_media_type");
        assert_eq!(
            response.header("accept-patch"),
            "application/merge-patch+json, application/json"
        );
    }
    let patch = call("PATCH", &ada.path).token(&ada.token);
    let response = server.send(patch.json(&json!({"description": "x"}))).await;
    assert_eq!(response.status, 200, "plain JSON is a merge patch too");
}

#[actix_web::test]
async fn json_must_be_utf_8() {
    let server = Server::new().await;
    let create = |parameters: &str, name: &str| {
        let call = post("/v1/organizations")
            .header("Content-Type", &format!("Application/JSON{parameters}"))
            .body(organization(name, &format!("{name}@example.com")).to_string());
        server.send(call)
    };
    for (number, parameters) in [
        "; charset=utf-8",
        ";charset=UTF-8",
        "; CharSet=\"utf-8\"",
        " ; charset=\"Utf-8\" ",
        "; profile=\"x\"; charset=utf-8",
        "; profile=x",
        ";",
    ]
    .iter()
    .enumerate()
    {
        let response = create(parameters, &format!("a{number}")).await;
        assert_eq!(response.status, 201, "{parameters}: {}", response.text());
    }
    for parameters in [
        "; charset=iso-8859-1",
        ";CHARSET=\"UTF-16\"",
        "; charset=",
        "; charset=utf8",
        "; profile=x; charset=latin1",
        "; charset=utf-8; charset=utf-16",
    ] {
        let response = create(parameters, "b").await;
        assert_eq!(response.problem(415), "unsupported_media_type", "{parameters}");
        assert_eq!(response.header("accept"), "application/json");
    }
}

#[actix_web::test]
async fn content_encodings_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let change = |coding: &str| {
        let call = patch(&ada.path, &json!({"description": "x"})).token(&ada.token);
        server.send(call.header("Content-Encoding", coding))
    };
    for coding in ["gzip", "identity, br", "GZIP", "x"] {
        let response = change(coding).await;
        assert_eq!(response.problem(415), "unsupported_media_type", "{coding}");
        assert_eq!(response.header("accept-encoding"), "identity");
        assert_eq!(response.header("accept-patch"), "");
    }
    for coding in ["identity", "Identity", ""] {
        assert_eq!(change(coding).await.status, 200, "{coding}");
    }
    let twice = patch(&ada.path, &json!({})).token(&ada.token);
    let twice = twice.header("Content-Encoding", "identity").header("Content-Encoding", "gzip");
    assert_eq!(server.send(twice).await.problem(415), "unsupported_media_type");
}

#[actix_web::test]
async fn bodies_over_256_kib_are_refused() {
    let server = Server::new().await;
    let padded = |size: usize| {
        let body = organization("Acme", "ada@example.com").to_string();
        body.clone() + &" ".repeat(size - body.len())
    };
    let response = create(&server, padded(256 * 1024 + 1)).await;
    assert_eq!(response.problem(413), "payload_too_large");
    assert_eq!(create(&server, padded(256 * 1024)).await.status, 201);
}

#[actix_web::test]
async fn all_errors_are_reported_at_once_without_values() {
    let server = Server::new().await;
    let body = json!({
        "name": 7,
        "description": "secret-description\u{1}",
        "owner": {"email": "secret-email", "password": "secret", "role": "secret-role"},
        "plan": "secret-plan",
    });
    let response = create(&server, body.to_string()).await;
    assert_eq!(response.problem(400), "validation_failed");
    let expected = [
        ("/name", "type"),
        ("/description", "invalid_character"),
        ("/owner/email", "invalid_format"),
        ("/owner/password", "too_short"),
        ("/owner/role", "unknown_field"),
        ("/plan", "unknown_field"),
    ];
    let expected = expected.map(|(place, code)| (place.to_owned(), code.to_owned()));
    assert_eq!(response.errors(), expected);
    assert!(!response.text().contains("secret"), "{}", response.text());
    assert!(!response.text().contains(PASSWORD));
}

#[actix_web::test]
async fn at_most_100_errors_are_reported() {
    let server = Server::new().await;
    let members = (0..5000).map(|n| format!("\"field-{n}\": 1")).collect::<Vec<_>>().join(",");
    let response = create(&server, format!("{{{members}}}")).await;
    assert_eq!(response.problem(400), "validation_failed");
    assert_eq!(response.errors().len(), 100);
}

#[actix_web::test]
async fn errors_below_a_long_name_have_a_small_response() {
    let server = Server::new().await;
    let name = "k".repeat(128 * 1024);
    for (element, brackets, code) in [
        (r#""": 0"#, ('{', '}'), "duplicate"),
        ("1.2345678901234567890", ('[', ']'), "out_of_range"),
    ] {
        let elements = vec![element; 128 * 1024 / (element.len() + 1) - 100].join(",");
        let body = format!(r#"{{"a": 1, "{name}": {}{elements}{}}}"#, brackets.0, brackets.1);
        let response = create(&server, body).await;
        assert_eq!(response.status, 400);
        assert_eq!(response.errors(), vec![(String::new(), code.to_owned()); 100]);
        assert!(response.text().len() < 64 * 1024, "{}", response.text().len());
    }
}
