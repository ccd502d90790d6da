//! Filters, sorts and projections of documents.

use serde_json::{Value, json};

use crate::support::{Member, Response, Server, get, post, text};

/// An organization with orders of four customers.
async fn orders(server: &Server) -> (Member, String) {
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    for document in [
        json!({"_id": "1", "total": 120.5, "paid": false, "customer": {"name": "Ada", "tier": 1}, "tags": ["new"]}),
        json!({"_id": "2", "total": 80, "paid": true, "customer": {"name": "Bob", "tier": 2}, "tags": []}),
        json!({"_id": "3", "total": 120.5, "paid": true, "customer": {"name": "Cy"}, "tags": ["new", "big"]}),
        json!({"_id": "4", "paid": null, "customer": "Dan"}),
    ] {
        let created = server.send(post(&path).token(&ada.token).json(&document)).await;
        assert_eq!(created.status, 201, "{}", created.text());
    }
    (ada, path)
}

/// `text`, percent-encoded for a query string.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn ids(page: &Response) -> Vec<String> {
    page.json()["items"].as_array().unwrap().iter().map(|item| text(&item["_id"])).collect()
}

#[actix_web::test]
async fn documents_are_filtered() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    for (filter, expected) in [
        (json!({}), &["1", "2", "3", "4"][..]),
        (json!({"paid": true}), &["2", "3"]),
        (json!({"total": {"$gte": 100, "$lt": 200}}), &["1", "3"]),
        (json!({"customer.tier": {"$exists": false}}), &["3", "4"]),
        (json!({"tags": "new", "paid": {"$ne": true}}), &["1"]),
        (json!({"$or": [{"_id": "4"}, {"customer.name": {"$in": ["Bob"]}}]}), &["2", "4"]),
        (json!({"total": null}), &["4"]),
        (json!({"_id": {"$gt": "2"}}), &["3", "4"]),
    ] {
        let query = format!("{path}?filter={}", encoded(&filter.to_string()));
        let page = server.send(get(&query).token(&ada.token)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(ids(&page), expected, "{filter}");
    }
}

#[actix_web::test]
async fn documents_are_sorted_across_pages() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    for (sort, expected) in [
        ("-total", &["1", "3", "2", "4"][..]),
        ("total", &["4", "2", "1", "3"]),
        ("total,-_id", &["4", "2", "3", "1"]),
        ("-customer.tier,total", &["2", "1", "4", "3"]),
        ("-_id", &["4", "3", "2", "1"]),
    ] {
        let (mut found, mut next) = (Vec::new(), format!("{path}?sort={sort}&limit=1"));
        loop {
            let page = server.send(get(&next).token(&ada.token)).await;
            assert_eq!(page.status, 200, "{}", page.text());
            found.extend(ids(&page));
            let Value::String(cursor) = &page.json()["next"] else { break };
            let link = format!("<{path}?after={cursor}&sort={sort}&limit=1>; rel=\"next\"");
            assert_eq!(page.header("link"), link);
            next = format!("{path}?after={cursor}&sort={sort}&limit=1");
        }
        assert_eq!(found, expected, "{sort}");
    }
}

#[actix_web::test]
async fn projections_return_only_the_requested_fields() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    let page = server
        .send(
            get(&format!("{path}?fields=total,customer.name&sort=-total&limit=2"))
                .token(&ada.token),
        )
        .await;
    assert_eq!(
        page.json()["items"],
        json!([
            {"_id": "1", "total": 120.5, "customer": {"name": "Ada"}},
            {"_id": "3", "total": 120.5, "customer": {"name": "Cy"}},
        ])
    );
    assert!(page.json()["next"].is_string(), "the order goes on although it is not shown");
}

#[actix_web::test]
async fn a_cursor_is_valid_only_for_its_own_list() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    let bob = server.member("Globex", "bob@example.com").await;
    let first = server.send(get(&format!("{path}?sort=-total&limit=1")).token(&ada.token)).await;
    let cursor = text(&first.json()["next"]);
    let last = if cursor.ends_with('Q') { "g" } else { "Q" };
    let tampered = format!("{}{last}", &cursor[..cursor.len() - 1]);
    let others = format!("{}/documents", bob.path);
    for (path, token, query) in [
        (&path, &ada.token, format!("sort=-total&after={tampered}")),
        (&path, &ada.token, format!("sort=total&after={cursor}")),
        (&path, &ada.token, format!("sort=-total,paid&after={cursor}")),
        (&path, &ada.token, "sort=-total&after=MQ".to_owned()),
        (&path, &ada.token, "sort=-total&after=!".to_owned()),
        (&others, &bob.token, format!("sort=-total&after={cursor}")),
    ] {
        let response = server.send(get(&format!("{path}?{query}")).token(token)).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{query}");
        assert_eq!(
            response.errors(),
            [("?after".to_owned(), "invalid_format".to_owned())],
            "{query}"
        );
    }
}

#[actix_web::test]
async fn unsupported_queries_are_refused_with_their_pointer() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(16 * 1024));
    for (filter, part) in [
        (r#"{"$where": "true"}"#, "/$where"),
        (r#"{"a": {"$regex": "x"}}"#, "/a/$regex"),
        (r#"{"a": [{"b": {"$gt": 1}}]}"#, "/a/0/b/$gt"),
        (r#"{"a": 1, "a": 2}"#, "must be JSON"),
        (r#"{"a": 123456789012345678901}"#, "must be JSON"),
        (r#"{"a": "#, "must be JSON"),
        ("[]", "must be a JSON object"),
        (large.as_str(), "16384 bytes"),
    ] {
        let query = format!("{path}?filter={}", encoded(filter));
        let response = server.send(get(&query).token(&ada.token)).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{filter}");
        let error = &response.json()["errors"][0];
        assert_eq!(error["parameter"], "filter");
        assert!(text(&error["detail"]).contains(part), "{error}");
    }
    for query in ["sort=", "sort=a,a", "sort=a..b", "fields=", "fields=$a", "filter=", "order=a"] {
        let response = server.send(get(&format!("{path}?{query}")).token(&ada.token)).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{query}");
    }
}

/// Its position would not fit into a cursor.
#[actix_web::test]
async fn sorting_by_an_oversized_value_is_refused_on_every_page() {
    let server = Server::new().await;
    let (ada, path) = orders(&server).await;
    let long = json!({"_id": "0", "customer": {"name": "x".repeat(5000)}});
    server.send(post(&path).token(&ada.token).json(&long)).await;
    let ask = |query: &str| {
        let query = format!("{path}?sort=-customer.name&{query}");
        server.send(get(&query).token(&ada.token))
    };
    for limit in ["limit=1", "limit=5", "limit=100"] {
        let response = ask(limit).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors(), [("/sort".to_owned(), "invalid_format".to_owned())]);
    }
    let without = ask("limit=100&filter=%7B%22_id%22%3A%7B%22%24ne%22%3A%220%22%7D%7D").await;
    assert_eq!(without.status, 200, "{}", without.text());
}
