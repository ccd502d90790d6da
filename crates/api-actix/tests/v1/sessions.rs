//! Refresh and end of sessions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Server, delete, get, post, text};

const NEW_PASSWORD: &str = "staple and a second horse";

/// Both tokens of a login or a refresh.
fn tokens(response: &Response) -> (String, String) {
    assert_eq!(response.status, 200, "{}", response.text());
    let tokens = response.json();
    (text(&tokens["access_token"]), text(&tokens["refresh_token"]))
}

async fn refresh(server: &Server, token: &str) -> Response {
    server.send(post("/v1/auth/refresh").json(&json!({ "refresh_token": token }))).await
}

async fn is_accepted(server: &Server, token: &str) -> bool {
    let response = server.send(get("/v1/me").token(token)).await;
    assert!([200, 401].contains(&response.status.as_u16()), "{}", response.text());
    response.status == 200
}

/// The sessions listed for this token.
async fn sessions(server: &Server, token: &str) -> Vec<Value> {
    let response = server.send(get("/v1/auth/sessions").token(token)).await;
    response.json()["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_refresh_returns_tokens_like_a_login() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let login = server.tokens("ada@example.com").await;
    assert_eq!(login.json()["refresh_expires_in"], 30 * 24 * 3600);
    server.clock.advance(Duration::from_secs(1800));
    let refreshed = refresh(&server, &tokens(&login).1).await;
    assert_eq!(refreshed.header("cache-control"), "no-store");
    let members =
        |response: &Response| response.json().as_object().unwrap().keys().cloned().collect();
    let (before, after): (Vec<_>, Vec<_>) = (members(&login), members(&refreshed));
    assert_eq!(before, after);
    assert_eq!(refreshed.json()["refresh_expires_in"], 30 * 24 * 3600 - 1800);
    server.clock.advance(Duration::from_secs(1900));
    assert!(!is_accepted(&server, &tokens(&login).0).await, "the first token has expired");
    assert!(is_accepted(&server, &tokens(&refreshed).0).await);
}

/// The first response may be lost.
#[actix_web::test]
async fn a_repeated_refresh_gets_the_same_response_for_ten_seconds() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let (_, token) = tokens(&server.tokens("ada@example.com").await);
    let first = refresh(&server, &token).await;
    server.clock.advance(Duration::from_millis(9_999));
    let again = refresh(&server, &token).await;
    assert_eq!(tokens(&again), tokens(&first));
    assert!(refresh(&server, &tokens(&again).1).await.status.is_success());
}

#[actix_web::test]
async fn concurrent_refreshes_get_the_same_response() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let (_, token) = tokens(&server.tokens("ada@example.com").await);
    let all = (0..16).map(|_| refresh(&server, &token));
    let responses = futures_util::future::join_all(all).await;
    for response in &responses {
        assert_eq!(tokens(response), tokens(&responses[0]));
    }
}

/// RFC 9700, section 4.14.2.
#[actix_web::test]
async fn refresh_token_reuse_ends_the_session() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let other = tokens(&server.tokens("ada@example.com").await);
    let (_, stolen) = tokens(&server.tokens("ada@example.com").await);
    let thief = tokens(&refresh(&server, &stolen).await);
    assert!(is_accepted(&server, &thief.0).await);
    server.clock.advance(Duration::from_secs(10));
    let owner = refresh(&server, &stolen).await;
    assert_eq!(owner.problem(401), "token_invalid");
    assert!(!is_accepted(&server, &thief.0).await);
    assert_eq!(refresh(&server, &thief.1).await.problem(401), "token_invalid");
    assert!(is_accepted(&server, &other.0).await, "another session goes on");
}

#[actix_web::test]
async fn invalid_refresh_tokens_are_refused_and_end_no_session() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let (access, token) = tokens(&server.tokens("ada@example.com").await);
    let parts: Vec<&str> = token.split('.').collect();
    let other = "A".repeat(43);
    for forged in [
        String::new(),
        access.clone(),
        token[..token.len() - 1].to_owned(),
        format!("{}.{}.{other}.{}", parts[0], parts[1], parts[3]),
        format!("{}.{}.{other}.{other}", parts[0], parts[1]),
        format!("{}.x.{}.{}", parts[0], parts[2], parts[3]),
        format!("x.{}.{}.{}", parts[1], parts[2], parts[3]),
        format!("{token}.{other}"),
        "x".repeat(100_000),
    ] {
        let response = refresh(&server, &forged).await;
        assert_eq!(response.problem(401), "token_invalid", "{forged}");
        assert!(forged.is_empty() || !response.text().contains(&forged));
    }
    assert!(is_accepted(&server, &access).await);
    assert!(refresh(&server, &token).await.status.is_success());
    let missing = server.send(post("/v1/auth/refresh").json(&json!({}))).await;
    assert_eq!(missing.problem(400), "validation_failed");
}

#[actix_web::test]
async fn tokens_are_refused_after_the_end_of_their_session() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let (kept, _) = tokens(&server.tokens("ada@example.com").await);
    let (ended, token) = tokens(&server.tokens("ada@example.com").await);
    let logout = server.send(post("/v1/auth/logout").token(&ended)).await;
    assert_eq!((logout.status.as_u16(), logout.text().as_str()), (204, ""));
    let replayed = server.send(get("/v1/me").token(&ended)).await;
    assert_eq!(replayed.problem(401), "token_invalid");
    assert_eq!(refresh(&server, &token).await.problem(401), "token_invalid");
    assert!(is_accepted(&server, &kept).await);
}

#[actix_web::test]
async fn sessions_are_listed_and_ended_individually_or_together() {
    let server = Server::new().await;
    let bob = server.member("Globex", "bob@example.com").await;
    let ada = server.member("Acme", "ada@example.com").await;
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let phone = post("/v1/auth/login").header("User-Agent", "Phone/1.0\t").json(&login);
    let (phone, _) = tokens(&server.send(phone).await);
    let listed = sessions(&server, &phone).await;
    let shown: Vec<_> = listed.iter().map(|it| (&it["is_current"], &it["user_agent"])).collect();
    assert_eq!(shown, [(&json!(false), &Value::Null), (&json!(true), &json!("Phone/1.0"))]);
    assert_eq!(listed[1]["ip"], "192.0.2.7");
    assert_eq!(listed[1]["expires_at"], "2026-01-31T00:00:00.000Z");

    let first = get("/v1/auth/sessions?limit=1").token(&phone);
    let page = server.send(first).await.json();
    let next = format!("/v1/auth/sessions?after={}", text(&page["next"]));
    let rest = server.send(get(&next).token(&phone)).await.json();
    assert_eq!((&page["items"][0], &rest["items"][0]), (&listed[0], &listed[1]));

    let id = text(&listed[0]["id"]);
    let path = format!("/v1/auth/sessions/{id}");
    let foreign = server.send(delete(&path).token(&bob.token)).await;
    assert_eq!(foreign.problem(404), "session_not_found");
    assert_eq!(server.send(delete(&path).token(&phone)).await.status, 204);
    assert!(!is_accepted(&server, &ada.token).await);
    assert_eq!(server.send(delete(&path).token(&phone)).await.problem(404), "session_not_found");

    let (again, _) = tokens(&server.tokens("ada@example.com").await);
    assert_eq!(server.send(delete("/v1/auth/sessions").token(&again)).await.status, 204);
    for token in [again, phone] {
        assert!(!is_accepted(&server, &token).await);
    }
    assert!(is_accepted(&server, &bob.token).await);
}

#[actix_web::test]
async fn a_password_change_ends_the_other_sessions() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (here, refresh_token) = tokens(&server.tokens("ada@example.com").await);
    let change = |token: &str, current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        server.send(post("/v1/auth/password").token(token).json(&body))
    };
    let wrong = change(&here, "not the password", NEW_PASSWORD).await;
    assert_eq!(wrong.problem(400), "validation_failed");
    assert_eq!(wrong.errors(), [("/current_password".to_owned(), "wrong".to_owned())]);
    let short = change(&here, PASSWORD, "short").await;
    assert_eq!(short.errors(), [("/new_password".to_owned(), "too_short".to_owned())]);
    assert!(is_accepted(&server, &ada.token).await, "nothing was changed");

    assert_eq!(change(&here, PASSWORD, NEW_PASSWORD).await.status, 204);
    assert!(is_accepted(&server, &here).await);
    assert!(refresh(&server, &refresh_token).await.status.is_success());
    assert!(!is_accepted(&server, &ada.token).await);
    assert_eq!(server.tokens("ada@example.com").await.problem(401), "invalid_credentials");
    let login = json!({ "email": "ada@example.com", "password": NEW_PASSWORD });
    assert_eq!(server.send(post("/v1/auth/login").json(&login)).await.status, 200);
}

/// However often it is refreshed.
#[actix_web::test]
async fn a_session_expires() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let (_, mut token) = tokens(&server.tokens("ada@example.com").await);
    for _ in 0..29 {
        server.clock.advance(Duration::from_secs(24 * 3600));
        token = tokens(&refresh(&server, &token).await).1;
    }
    server.clock.advance(Duration::from_secs(24 * 3600 - 60));
    let last = refresh(&server, &token).await;
    assert_eq!(last.json()["expires_in"], 60, "no token outlives its session");
    server.clock.advance(Duration::from_secs(60));
    let ended = refresh(&server, &tokens(&last).1).await;
    assert_eq!(ended.problem(401), "token_invalid");
}

#[actix_web::test]
async fn a_suspended_organization_neither_refreshes_nor_loses_its_sessions() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (_, token) = tokens(&server.tokens("ada@example.com").await);
    let switch = |to: &str| {
        let path = format!("{}/{to}", ada.path);
        server.send(post(&path).token(crate::support::OPERATOR))
    };
    assert_eq!(switch("suspend").await.status, 200);
    assert_eq!(refresh(&server, &token).await.problem(403), "organization_suspended");
    assert_eq!(switch("activate").await.status, 200);
    assert!(refresh(&server, &token).await.status.is_success());
    assert_eq!(server.send(delete(&ada.path).token(&ada.token)).await.status, 204);
    assert_eq!(refresh(&server, &token).await.problem(401), "token_invalid");
}
