//! Settings about trusted proxies and CORS.

use reqwest::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderName, ORIGIN, STRICT_TRANSPORT_SECURITY, VARY,
};

use crate::support::Server;

const HTTPS: (&str, &str) = ("X-Forwarded-Proto", "https");

async fn answered(server: &Server, name: impl AsRef<str>, value: &str) -> HeaderMap {
    let name = HeaderName::try_from(name.as_ref()).unwrap();
    let request = server.client().get(server.url("/health/live")).header(name, value);
    request.send().await.unwrap().headers().clone()
}

#[tokio::test]
async fn only_trusted_proxies_report_tls() {
    for (trusted, says) in [("127.0.0.0/8, ::1", true), ("10.0.0.0/8", false), ("", false)] {
        let server = Server::start_with(&[("TRUSTED_PROXIES", trusted)]);
        let headers = answered(&server, HTTPS.0, HTTPS.1).await;
        assert_eq!(headers.contains_key(STRICT_TRANSPORT_SECURITY), says, "{trusted}");
    }
}

#[tokio::test]
async fn only_listed_origins_may_read_responses() {
    let ours = "https://app.example.com";
    let server = Server::start_with(&[("CORS_ORIGINS", ours)]);
    let headers = answered(&server, ORIGIN, ours).await;
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], ours);
    assert_eq!(headers[VARY], "Origin");
    let headers = answered(&server, ORIGIN, "https://evil.example").await;
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));

    let headers = answered(&Server::start(), ORIGIN, ours).await;
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
}
