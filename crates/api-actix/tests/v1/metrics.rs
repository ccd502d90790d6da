//! Prometheus metrics.

use domain::service::CollectionUsage;

use crate::support::{OPERATOR, Response, Server, call, get, post};

const REQUESTS: &str = "tenantry_http_requests_total";
const DURATIONS: &str = "tenantry_http_request_duration_seconds";

async fn scrape(server: &Server) -> Response {
    let response = server.send(get("/metrics")).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response
}

/// The samples of `name` in their order, without the name.
fn samples(response: &Response, name: &str) -> Vec<String> {
    let text = response.text();
    let samples = text.lines().filter_map(|line| line.strip_prefix(name));
    samples.filter(|rest| rest.starts_with(['{', ' '])).map(str::to_owned).collect()
}

#[actix_web::test]
async fn metrics_have_the_format_of_prometheus_and_are_not_cached() {
    let response = scrape(&Server::new().await).await;
    assert_eq!(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("x-content-type-options"), "nosniff");
    assert!(response.header("content-security-policy").starts_with("default-src 'none'"));
    let version = format!("{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert_eq!(samples(&response, "tenantry_build_info"), [version]);
    for line in response.text().lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[actix_web::test]
async fn the_start_time_is_reported() {
    let server = Server::new().await;
    let started = format!(" {}", server.services.now().unix_seconds());
    server.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(samples(&scrape(&server).await, "process_start_time_seconds"), [started]);
}

#[actix_web::test]
async fn requests_are_counted_by_route_template() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for method in ["GET", "GET", "HEAD", "PUT"] {
        server.send(call(method, &ada.path).token(&ada.token)).await;
    }
    server.send(get(&ada.path)).await;
    server.send(get("/docs")).await;

    let response = scrape(&server).await;
    let expected = [
        r#"{method="GET",route="/docs",status="200"} 1"#,
        r#"{method="GET",route="/v1/me",status="200"} 1"#,
        r#"{method="GET",route="/v1/organizations/{organization_id}",status="200"} 2"#,
        r#"{method="GET",route="/v1/organizations/{organization_id}",status="401"} 1"#,
        r#"{method="HEAD",route="/v1/organizations/{organization_id}",status="200"} 1"#,
        r#"{method="POST",route="/v1/auth/login",status="200"} 1"#,
        r#"{method="POST",route="/v1/organizations",status="201"} 1"#,
        r#"{method="PUT",route="/v1/organizations/{organization_id}",status="405"} 1"#,
    ];
    assert_eq!(samples(&response, REQUESTS), expected);
    let of = r#"{method="GET",route="/v1/organizations/{organization_id}""#;
    let counts = samples(&response, &format!("{DURATIONS}_count"));
    assert!(counts.contains(&format!("{of}}} 3")), "{counts:?}");
    let buckets = samples(&response, &format!("{DURATIONS}_bucket"));
    let mut slowest = buckets.iter().filter(|bucket| bucket.starts_with(of));
    assert_eq!(slowest.next_back(), Some(&format!("{of},le=\"+Inf\"}} 3")));
    assert!(buckets.iter().any(|bucket| bucket.starts_with(&format!("{of},le=\"0.001\"}}"))));

    let again = scrape(&server).await;
    let scrapes = r#"{method="GET",route="/metrics",status="200"} 1"#.to_owned();
    assert!(samples(&again, REQUESTS).contains(&scrapes), "a scrape is a request");
}

/// Each series stays in memory, so a client that can create series can fill it.
#[actix_web::test]
async fn unknown_paths_and_methods_add_no_series() {
    let server = Server::new().await;
    for number in 0..100 {
        for path in [
            format!("/{number}"),
            format!("/v1/{number}"),
            format!("/v1/organizations/{number}"),
            format!("/v1/organizations/{number}/documents/%22%0A{number}?{number}={number}"),
            format!("/v1/organizations/{number}/nothing"),
            format!("/problems/{number}"),
            format!("/v1//organizations/..%2f{number}"),
        ] {
            server.send(get(&path).token(OPERATOR)).await;
        }
        server.send(call(&format!("BREW{number}"), "/v1/me")).await;
        server.send(call(&format!("BREW{number}"), &format!("/{number}"))).await;
    }
    let response = scrape(&server).await;
    let expected = [
        r#"{method="GET",route="/problems/{code}",status="404"} 100"#,
        r#"{method="GET",route="/v1/organizations/{organization_id}",status="404"} 100"#,
        r#"{method="GET",route="/v1/organizations/{organization_id}/documents/{document_id}",status="403"} 100"#,
        r#"{method="GET",route="other",status="404"} 400"#,
        r#"{method="other",route="/v1/me",status="405"} 100"#,
        r#"{method="other",route="other",status="404"} 100"#,
    ];
    assert_eq!(samples(&response, REQUESTS), expected);
    assert_eq!(samples(&response, &format!("{DURATIONS}_count")).len(), expected.len());
}

#[actix_web::test]
async fn capacity_is_reported_once_it_is_known() {
    let server = Server::new().await;
    let name = "tenantry_tenant_collections";
    assert!(!scrape(&server).await.text().contains(name), "capacity is unknown yet");
    for used in [8, 7] {
        server.metrics.set_tenant_collections(CollectionUsage { used, max: 10 });
        let response = scrape(&server).await;
        assert_eq!(samples(&response, name), [format!(" {used}")]);
        assert_eq!(samples(&response, &format!("{name}_max")), [" 10"]);
    }
}

#[actix_web::test]
async fn metrics_are_read_only() {
    let server = Server::new().await;
    let response = server.send(post("/metrics")).await;
    assert_eq!(response.problem(405), "method_not_allowed");
    assert_eq!(response.header("allow"), "GET, HEAD");
    assert_eq!(server.send(call("HEAD", "/metrics")).await.status, 200);
}

#[actix_web::test]
async fn servers_have_separate_counters() {
    let (busy, idle) = (Server::new().await, Server::new().await);
    busy.send(get("/health/live")).await;
    assert_eq!(samples(&scrape(&busy).await, REQUESTS).len(), 1);
    assert_eq!(samples(&scrape(&idle).await, REQUESTS), Vec::<String>::new());
}
