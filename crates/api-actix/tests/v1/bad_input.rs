//! Validation of every field of every route.

use serde_json::{Value, json};

use crate::support::{Member, PASSWORD, Server, call, organization};

/// A field, how to reach it, and the expected errors.
struct Field {
    method: &'static str,
    path: String,
    /// A JSON Pointer.
    place: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Name { required: bool, nullable: bool },
    Email,
    NewPassword,
    Password,
    Description,
    Object { required: bool },
}

fn fields(ada: &Member) -> Vec<Field> {
    let field = |method, path: &str, place, kind| Field { method, path: path.into(), place, kind };
    let (create, login) = ("/v1/organizations", "/v1/auth/login");
    let name = |required, nullable| Kind::Name { required, nullable };
    vec![
        field("POST", create, "/name", name(true, false)),
        field("POST", create, "/description", Kind::Description),
        field("POST", create, "/metadata", Kind::Object { required: false }),
        field("POST", create, "/owner", Kind::Object { required: true }),
        field("POST", create, "/owner/email", Kind::Email),
        field("POST", create, "/owner/name", name(false, true)),
        field("POST", create, "/owner/password", Kind::NewPassword),
        field("PATCH", &ada.path, "/name", name(false, false)),
        field("PATCH", &ada.path, "/description", Kind::Description),
        field("PATCH", &ada.path, "/metadata", Kind::Object { required: false }),
        field("POST", login, "/email", Kind::Email),
        field("POST", login, "/password", Kind::Password),
    ]
}

impl Kind {
    /// Whether the field is required, and whether it may be null.
    fn presence(self) -> (bool, bool) {
        match self {
            Self::Name { required, nullable } => (required, nullable),
            Self::Email | Self::NewPassword | Self::Password => (true, false),
            Self::Description => (false, true),
            Self::Object { required } => (required, !required),
        }
    }

    fn wrong_types(self) -> Vec<Value> {
        let all = [json!(0), json!(1.5), json!(true), json!("text"), json!([]), json!({})];
        let right = |value: &Value| match self {
            Self::Object { .. } => value.is_object(),
            _ => value.is_string(),
        };
        all.into_iter().filter(|value| !right(value)).collect()
    }

    /// Values of the right type, and the code of their refusal.
    fn refused(self) -> Vec<(Value, &'static str)> {
        let text = |value: &str, code| (json!(value), code);
        match self {
            Self::Name { .. } => vec![
                text("", "empty"),
                text(" \t\n", "empty"),
                (json!("x".repeat(101)), "too_long"),
                text("Ac\u{7}me", "invalid_character"),
                text("Ac\u{0}me", "invalid_character"),
                text("Ac\u{202e}me", "invalid_character"),
                text("Ac\u{2028}me", "invalid_character"),
            ],
            Self::Email => vec![
                text("", "empty"),
                text("ada", "invalid_format"),
                text("ada@example", "invalid_format"),
                text("a\u{0}da@example.com", "invalid_character"),
                text("ada@example.com\r\nBcc: x@example.com", "invalid_character"),
                (json!(format!("{}@example.com", "a".repeat(250))), "too_long"),
            ],
            Self::NewPassword => vec![
                text("", "too_short"),
                text("1234567", "too_short"),
                (json!("x".repeat(129)), "too_long"),
                text("password", "common_password"),
                text("Qwerty123", "common_password"),
                text(" Bob@Example.com", "guessable_password"),
            ],
            Self::Password => vec![],
            Self::Description => vec![
                (json!("x".repeat(501)), "too_long"),
                text("\u{0}", "invalid_character"),
                text("\u{1b}[2J", "invalid_character"),
                text("\u{2066}", "invalid_character"),
            ],
            Self::Object { .. } => vec![],
        }
    }
}

/// A request in which the field has `value`, or is missing, and all other fields are valid.
fn request(field: &Field, value: Option<Value>) -> Value {
    let mut body = match field.path.as_str() {
        "/v1/organizations" => organization("Globex", "bob@example.com"),
        "/v1/auth/login" => json!({"email": "ada@example.com", "password": PASSWORD}),
        _ => json!({}),
    };
    let (above, name) = field.place.rsplit_once('/').unwrap();
    let members = body.pointer_mut(above).unwrap().as_object_mut().unwrap();
    members.remove(name);
    members.extend(value.map(|value| (name.to_owned(), value)));
    body
}

async fn refusal(
    server: &Server,
    ada: &Member,
    field: &Field,
    value: Option<Value>,
) -> Vec<(String, String)> {
    let body = request(field, value);
    let call = call(field.method, &field.path).json(&body);
    let call = if field.method == "PATCH" { call.token(&ada.token) } else { call };
    let response = server.send(call).await;
    assert_eq!(response.problem(400), "validation_failed", "{body}");
    response.errors()
}

#[actix_web::test]
async fn every_field_is_validated() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let mut checked = 0;
    for field in fields(&ada) {
        let (required, nullable) = field.kind.presence();
        let mut cases = Vec::new();
        cases.extend(required.then_some((None, "required")));
        cases.extend((!nullable).then_some((Some(Value::Null), "null")));
        cases.extend(field.kind.wrong_types().into_iter().map(|value| (Some(value), "type")));
        cases.extend(field.kind.refused().into_iter().map(|(value, code)| (Some(value), code)));
        for (value, code) in cases {
            let label = format!("{} {} {} {value:?}", field.method, field.path, field.place);
            let errors = refusal(&server, &ada, &field, value).await;
            assert_eq!(errors, [(field.place.to_owned(), code.to_owned())], "{label}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

#[actix_web::test]
async fn invalid_metadata_is_refused_with_its_pointer() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let deep = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
    for (value, place, code) in [
        (deep, "/metadata".to_owned() + &"/a".repeat(8), "too_deep"),
        (json!({"text": "x".repeat(16 * 1024)}), "/metadata".to_owned(), "too_large"),
        (json!({"a": {"\u{0}": 1}}), "/metadata/a/\u{0}".to_owned(), "invalid_key"),
    ] {
        for field in fields(&ada).iter().filter(|field| field.place == "/metadata") {
            let errors = refusal(&server, &ada, field, Some(value.clone())).await;
            assert_eq!(errors, [(place.clone(), code.to_owned())]);
        }
    }
}

#[actix_web::test]
async fn invalid_documents_are_refused_with_their_pointer() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (body, place, code) in [
        (json!({"_id": null}), "/_id", "invalid_format"),
        (json!({"_id": 7}), "/_id", "invalid_format"),
        (json!({"_id": ""}), "/_id", "empty"),
        (json!({"_id": "x".repeat(129)}), "/_id", "too_long"),
        (json!({"a": [{"$set": 1}]}), "/a/0/$set", "invalid_key"),
        (json!({"a.b": 1}), "/a.b", "invalid_key"),
        (json!({"a\u{0}": 1}), "/a\u{0}", "invalid_key"),
    ] {
        let call = call("POST", &format!("{}/documents", ada.path)).token(&ada.token).json(&body);
        let response = server.send(call).await;
        assert_eq!(response.problem(400), "validation_failed", "{body}");
        assert_eq!(response.errors(), [(place.to_owned(), code.to_owned())], "{body}");
    }
}

#[actix_web::test]
async fn homoglyphs_are_different_names_and_addresses() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    server.member("Асme", "аda@example.com").await;
}

#[actix_web::test]
async fn malformed_ids_are_not_found() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let long = "x".repeat(200);
    let ids = [
        "unknown",
        "%00",
        "%20",
        "..%2F..",
        "%FF",
        "%ED%A0%80",
        "%E2%80%AE",
        "a%27%22",
        "%24ne",
        &long,
        &bob.id,
    ];
    for (below, method) in [
        ("", "GET"),
        ("", "PATCH"),
        ("", "DELETE"),
        ("/admins", "GET"),
        ("/admins/x", "GET"),
        ("/documents", "GET"),
        ("/documents", "POST"),
        ("/documents/x", "GET"),
        ("/documents/x", "PUT"),
        ("/documents/x", "PATCH"),
        ("/documents/x", "DELETE"),
    ] {
        let mut bodies = Vec::new();
        for id in &ids {
            let path = format!("/v1/organizations/{id}{below}");
            let call = call(method, &path).token(&ada.token).json(&json!({}));
            let response = server.send(call.header("X-Request-Id", "same")).await;
            assert_eq!(response.problem(404), "organization_not_found", "{method} {path}");
            bodies.push((response.text().replace(id, "..."), response.headers.len()));
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    }
    for (below, code) in [("admins", "admin_not_found"), ("documents", "document_not_found")] {
        for id in &ids {
            let path = format!("{}/{below}/{id}", ada.path);
            let response = server.send(call("GET", &path).token(&ada.token)).await;
            assert_eq!(response.problem(404), code, "{path}");
        }
    }
}
