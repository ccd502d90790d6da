//! Lists.

use serde_json::{Value, json};

use crate::support::{OPERATOR, Server, get, organization, post, text};

/// Follows `next` from the first page of `path` to the last, and returns the items.
async fn all(server: &Server, path: &str, token: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = server.send(get(&next).token(token)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        items.extend(page.json()["items"].as_array().unwrap().clone());
        let link = page.header("link");
        if page.json()["next"] == Value::Null {
            assert_eq!(link, "");
            return items;
        }
        assert!(link.contains(&format!("after={}", text(&page.json()["next"]))), "{link}");
        let (url, relation) = link.split_once('>').unwrap();
        assert_eq!(relation, "; rel=\"next\"");
        next = url.trim_start_matches('<').to_owned();
    }
}

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["name"])).collect()
}

#[actix_web::test]
async fn the_operator_pages_through_all_organizations() {
    let server = Server::new().await;
    for name in ["Acme", "Globex", "Acme North", "日本 Acme"] {
        let email = format!("owner-{}@example.com", name.len());
        let created = post("/v1/organizations").json(&organization(name, &email));
        assert_eq!(server.send(created).await.status, 201);
    }
    let pages = |query: &'static str| {
        let (server, path) = (&server, format!("/v1/organizations{query}"));
        async move { names(&all(server, &path, OPERATOR).await) }
    };
    let every = ["Acme", "Globex", "Acme North", "日本 Acme"];
    assert_eq!(pages("").await, every);
    assert_eq!(pages("?limit=1").await, every);
    assert_eq!(pages("?limit=3").await, every);
    assert_eq!(pages("?q=ACME&limit=1").await, ["Acme", "Acme North", "日本 Acme"]);
    assert_eq!(pages("?limit=1&q=%E6%97%A5%E6%9C%AC").await, ["日本 Acme"]);
    assert_eq!(pages("?status=suspended").await, Vec::<String>::new());
}

#[actix_web::test]
async fn organizations_are_filtered_by_status() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "bob@example.com").await;
    server.send(post(&format!("{}/suspend", ada.path)).token(OPERATOR)).await;
    let found = all(&server, "/v1/organizations?status=suspended", OPERATOR).await;
    assert_eq!(names(&found), ["Acme"]);
}

#[actix_web::test]
async fn only_the_operator_lists_organizations() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let response = server.send(get("/v1/organizations").token(&ada.token)).await;
    assert_eq!(response.problem(403), "forbidden");
}

#[actix_web::test]
async fn documents_are_listed_in_order_of_id() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    for id in ["b", "a/b?&=", "é", "a"] {
        let insert = post(&path).token(&ada.token).json(&json!({"_id": id, "n": 1}));
        assert_eq!(server.send(insert).await.status, 201);
    }
    for limit in [1, 2, 3, 100] {
        let items = all(&server, &format!("{path}?limit={limit}"), &ada.token).await;
        let ids: Vec<_> = items.iter().map(|item| text(&item["_id"])).collect();
        assert_eq!(ids, ["a", "a/b?&=", "b", "é"]);
    }
}

#[actix_web::test]
async fn a_page_has_twenty_items_or_the_requested_limit() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    for _ in 0..21 {
        let insert = post(&path).token(&ada.token).json(&json!({}));
        assert_eq!(server.send(insert).await.status, 201);
    }
    for (query, size, more) in [("", 20, true), ("?limit=3", 3, true), ("?limit=21", 21, false)] {
        let page = server.send(get(&format!("{path}{query}")).token(&ada.token)).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), size, "{query}");
        assert_eq!(page["next"].is_string(), more, "{query}");
    }
}

#[actix_web::test]
async fn parameters_are_validated_and_all_errors_reported() {
    let server = Server::new().await;
    let list = |query: &str| get(&format!("/v1/organizations?{query}")).token(OPERATOR);
    for (query, place, code) in [
        ("limit=0", "?limit", "invalid_format"),
        ("limit=101", "?limit", "invalid_format"),
        ("limit=-1", "?limit", "invalid_format"),
        ("limit=ten", "?limit", "invalid_format"),
        ("limit=", "?limit", "invalid_format"),
        ("limit=99999999999999999999", "?limit", "invalid_format"),
        ("after=", "?after", "invalid_format"),
        ("after=%20", "?after", "invalid_format"),
        ("after=id-00000001", "?after", "invalid_format"),
        ("status=", "?status", "invalid_format"),
        ("status=gone", "?status", "invalid_format"),
        ("q=", "?q", "empty"),
        ("q=%00", "?q", "invalid_character"),
        ("q=---", "?q", "invalid_format"),
        ("page=2", "?page", "unknown_parameter"),
        ("limit=1&limit=1", "?limit", "duplicate"),
    ] {
        let response = server.send(list(query)).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{query}");
        assert_eq!(response.errors(), [(place.to_owned(), code.to_owned())], "{query}");
    }
    let response = server.send(list("limit=0&status=gone&page=2")).await;
    assert_eq!(response.errors().len(), 3);
}
