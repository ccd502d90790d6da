//! `GET /organizations/`.

use serde_json::{Value, json};

use super::is_organization;
use crate::compat::wrong;
use crate::support::{OPERATOR, Server, call, delete, get, post, text};

/// The names, and the other members of the response.
async fn listed(server: &Server, query: &str) -> (Vec<String>, Value) {
    let response = server.send(get(&format!("/organizations/{query}"))).await;
    let mut data = response.data(200, None);
    let organizations = data.as_object_mut().unwrap().remove("organizations").unwrap();
    let organizations = organizations.as_array().unwrap();
    organizations.iter().for_each(is_organization);
    (organizations.iter().map(|shown| text(&shown["name"])).collect(), data)
}

#[actix_web::test]
async fn the_list_of_organizations_is_public() {
    let server = Server::new().await;
    assert_eq!(listed(&server, "").await.1, json!({"count": 0, "skip": 0, "limit": 100}));
    let mut members = Vec::new();
    for (n, name) in ["Acme", "Globex", "Initech", "Umbrella"].iter().enumerate() {
        members.push(server.founded_organization(name, &format!("ada{n}@example.com")).await);
    }
    assert_eq!(server.send(delete(&members[1].path()).token(&members[1].token)).await.status, 200);
    let path = format!("/v1/organizations/{}/suspend", members[3].id);
    assert_eq!(server.send(post(&path).token(OPERATOR)).await.status, 200);

    let all = json!({"count": 3, "skip": 0, "limit": 100});
    let names = ["Acme", "Initech", "Umbrella"].map(str::to_owned);
    assert_eq!(listed(&server, "").await, (names.to_vec(), all));
    for (query, shown, rest) in [
        ("?skip=1", &names[1..], json!({"count": 2, "skip": 1, "limit": 100})),
        ("?skip=1&limit=1", &names[1..2], json!({"count": 1, "skip": 1, "limit": 1})),
        ("?limit=1000", &names[..], json!({"count": 3, "skip": 0, "limit": 1000})),
        ("?skip=3", &[], json!({"count": 0, "skip": 3, "limit": 100})),
        ("?limit=7&limit=2", &names[..2], json!({"count": 2, "skip": 0, "limit": 2})),
        (
            "?skip=9007199254740991",
            &[],
            json!({"count": 0, "skip": 9_007_199_254_740_991_u64, "limit": 100}),
        ),
    ] {
        assert_eq!(listed(&server, query).await, (shown.to_vec(), rest), "{query}");
    }
    let plain = server.send(get("/organizations?limit=1")).await.data(200, None);
    let first = server.send(get("/organizations/?limit=1")).await.data(200, None);
    assert_eq!(plain, first, "the slash makes no difference");
    assert_eq!(first["organizations"][0]["admin_id"], json!(members[0].admin_id));
}

#[actix_web::test]
async fn tokens_are_ignored() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let deleted = server.founded_organization("Globex", "bob@example.com").await;
    server.send(delete(&deleted.path()).token(&deleted.token)).await;
    for token in ["garbage", &ada.token, &deleted.token, OPERATOR] {
        let response = server.send(get("/organizations/").token(token)).await;
        assert_eq!(response.data(200, None)["count"], 1);
    }
    assert_eq!(server.send(call("HEAD", "/organizations/")).await.status, 200);
}

#[actix_web::test]
async fn invalid_numbers_are_reported() {
    let server = Server::new().await;
    for (query, kind, name, rule, ctx) in [
        ("skip=-1", "greater_than_equal", "skip", "greater than or equal to 0", json!({"ge": 0})),
        ("limit=0", "greater_than_equal", "limit", "greater than or equal to 1", json!({"ge": 1})),
        ("limit=-5", "greater_than_equal", "limit", "greater than or equal to 1", json!({"ge": 1})),
        (
            "limit=1001",
            "less_than_equal",
            "limit",
            "less than or equal to 1000",
            json!({"le": 1000}),
        ),
        (
            "skip=99999999999999999999",
            "less_than_equal",
            "skip",
            "less than or equal to 9007199254740991",
            json!({"le": 9_007_199_254_740_991_u64}),
        ),
        (
            "limit=ten",
            "int_parsing",
            "limit",
            "a valid integer, unable to parse string",
            Value::Null,
        ),
        ("limit=", "int_parsing", "limit", "a valid integer, unable to parse string", Value::Null),
        ("skip=1.5", "int_parsing", "skip", "a valid integer, unable to parse string", Value::Null),
    ] {
        for path in ["/organizations", "/organizations/"] {
            let response = server.send(get(&format!("{path}?{query}"))).await;
            assert_eq!(response.wrong(), wrong(&[(kind, &format!("query.{name}"))]), "{query}");
            let item = &response.json()["detail"][0];
            assert!(text(&item["msg"]).starts_with(&format!("Input should be {rule}")), "{item}");
            assert_eq!(item.get("ctx").cloned().unwrap_or_default(), ctx, "{query}");
            assert_eq!(item["input"], query.split('=').next_back().unwrap(), "{query}");
        }
    }
    assert_eq!(server.send(get("/organizations/?skip=x&limit=0")).await.wrong().len(), 2);
}
