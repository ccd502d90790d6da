//! The address of `/metrics`, with and without `METRICS_BIND`.

use crate::support::Server;

const OWN: [(&str, &str); 1] = [("METRICS_BIND", "127.0.0.1:0")];

async fn status(server: &Server, url: &str) -> u16 {
    server.client().get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn metrics_are_on_the_main_address_by_default() {
    let server = Server::start();
    assert_eq!(server.metrics_url(), server.url("/metrics"));
    let response = server.client().get(server.metrics_url()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().contains("\ntenantry_build_info{version="));
}

#[tokio::test]
async fn a_metrics_address_serves_only_metrics() {
    let server = Server::start_with(&OWN);
    let own = server.metrics_url().trim_end_matches("/metrics");
    assert_eq!(status(&server, &server.url("/metrics")).await, 404);
    assert_eq!(server.client().post(server.url("/metrics")).send().await.unwrap().status(), 404);
    assert_eq!(status(&server, &server.url("/v1/me")).await, 401);
    for path in ["/", "/v1/me", "/health/live", "/docs", "/openapi.json"] {
        let response = server.client().get(format!("{own}{path}")).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
    }
    let refused = server.client().post(server.metrics_url()).send().await.unwrap();
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET, HEAD");

    let figures = server.client().get(server.metrics_url()).send().await.unwrap();
    assert_eq!(figures.headers()["cache-control"], "no-store");
    let figures = figures.text().await.unwrap();
    let counted = r#"tenantry_http_requests_total{method="GET",route="/v1/me",status="401"} 1"#;
    assert!(figures.contains(counted), "both count together: {figures}");
}

#[tokio::test]
async fn both_listeners_end_with_the_server() {
    let mut server = Server::start_with(&OWN);
    assert_eq!(status(&server, server.metrics_url()).await, 200);
    let figures = server.metrics_url().to_owned();
    assert!(server.terminate().success());
    assert!(server.client().get(figures).send().await.is_err());
}
