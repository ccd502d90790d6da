//! Rules for names, addresses and passwords.

use serde_json::json;

use super::create::create;
use crate::compat::{CHOSEN, put, sign_up, wrong};
use crate::support::{Server, get};

#[actix_web::test]
async fn names_are_normalized() {
    let server = Server::new().await;
    for (n, (given, name)) in [
        ("Acme Inc", "acme_inc"),
        ("  Globex  ", "globex"),
        ("Two  Spaces", "two__spaces"),
        ("__Under_Score", "under_score"),
        (" _ Lead", "lead"),
        ("R2D2", "r2d2"),
        ("  z", "z"),
        (&"B".repeat(50), &"b".repeat(50)),
    ]
    .into_iter()
    .enumerate()
    {
        let response = create(&server, &sign_up(given, &format!("ada{n}@example.com"))).await;
        assert_eq!(response.status, 201, "{given}: {}", response.text());
        assert_eq!(response.json()["organization"]["organization_name"], name);
        let path = format!("/org/get?organization_name={}", given.replace(' ', "%20"));
        let found = server.send(get(&path)).await;
        assert_eq!(found.status, 200, "{given}: {}", found.text());
        assert_eq!(found.json()["organization_name"], name);
    }
}

#[actix_web::test]
async fn invalid_names_are_refused_in_every_operation() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for (name, kind) in [
        ("", "string_too_short"),
        ("ab", "string_too_short"),
        (&"a".repeat(51), "string_too_long"),
        ("   ", "value_error"),
        ("___", "value_error"),
        ("acme-inc", "value_error"),
        ("acme.inc", "value_error"),
        ("acme\tinc", "value_error"),
        ("日本語", "value_error"),
        ("Ünïcode", "value_error"),
        ("a$where", "value_error"),
    ] {
        let in_body = wrong(&[(kind, "body.organization_name")]);
        let response = create(&server, &sign_up(name, "bob@example.com")).await;
        assert_eq!(response.wrong(), in_body, "{name}");
        let rename = put("/org/update", &json!({"organization_name": name}));
        assert_eq!(server.send(rename.token(&ada.token)).await.wrong(), in_body, "{name}");
        let sent: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let response = server.send(get(&format!("/org/get?organization_name={sent}"))).await;
        assert_eq!(response.wrong(), wrong(&[(kind, "query.organization_name")]), "{name}");
        assert_eq!(response.items()[0]["input"], name, "a name is no secret");
    }
}

#[actix_web::test]
async fn a_password_requires_upper_case_lower_case_and_a_digit() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for (password, kind) in [
        (String::new(), "string_too_short"),
        ("Short 1".to_owned(), "string_too_short"),
        (format!("Aa1{}", "x".repeat(98)), "string_too_long"),
        ("no capital 1".to_owned(), "value_error"),
        ("NO SMALL ONE 1".to_owned(), "value_error"),
        ("No digit at all".to_owned(), "value_error"),
        // A common password, and passwords that contain the owner's data.
        ("Password1".to_owned(), "value_error"),
    ] {
        let expected = wrong(&[(kind, "body.password")]);
        let mut body = sign_up("Globex", "bob@example.com");
        body["password"] = json!(password);
        let response = create(&server, &body).await;
        assert_eq!(response.wrong(), expected, "{password}");
        assert_eq!(response.items()[0].get("input"), None);
        let change = put("/org/update", &json!({"password": password})).token(&ada.token);
        assert_eq!(server.send(change).await.wrong(), expected, "{password}");
    }
    let longest = format!("Aa1{}", "x".repeat(97));
    let change = put("/org/update", &json!({"password": longest})).token(&ada.token);
    assert_eq!(server.send(change).await.status, 200);
    server.token("ada@example.com", &longest).await.unwrap();
    assert!(server.token("ada@example.com", CHOSEN).await.is_err());
}

#[actix_web::test]
async fn a_password_equal_to_the_organization_name_is_refused() {
    let server = Server::new().await;
    let mut body = sign_up("Acme Labs 5", "ada@example.com");
    body["password"] = json!("Acme Labs 5");
    let response = create(&server, &body).await;
    assert_eq!(response.wrong(), wrong(&[("value_error", "body.password")]));
    assert_eq!(response.items()[0].get("input"), None);
    let ada = server.tenant("Acme Labs 5", "ada@example.com").await;
    let change = put("/org/update", &json!({"password": "Acme Labs 5"})).token(&ada.token);
    let response = server.send(change).await;
    assert_eq!(response.wrong(), wrong(&[("value_error", "body.password")]));
}
