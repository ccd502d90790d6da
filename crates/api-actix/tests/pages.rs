//! Health, public keys, the OpenAPI document, and the HTML pages.

#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use std::future::pending;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
    LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use adapters_embedded::EmbeddedStore;
use adapters_security::{
    HasherConfig, JwtIssuer, PooledHasher, SystemClock, UuidIds, generate_signing_key,
};
use api_actix::{AppOptions, Metrics, Routes};
use async_trait::async_trait;
use domain::model::Naming;
use domain::ports::{CheckpointSigner, Clock, Ports, StoreError, StoreProbe};
use domain::service::{AuditRules, PlacementRules, RateLimits, Services, Settings, Signup};
use port_contracts::fakes::{FakeSealer, FakeSigner, InlineWork};
use port_contracts::fixtures::{LIFETIMES, STEP_UP};
use serde_json::{Value, json};

#[actix_web::test]
async fn health_reports_liveness_and_readiness() {
    for path in ["/health/live", "/health/ready"] {
        let page = get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header(CONTENT_TYPE), "application/json");
        assert_eq!(page.header(CACHE_CONTROL), "no-store");
        assert_eq!(page.json(), json!({"status": "ok"}));
    }
}

#[actix_web::test]
async fn a_failing_or_hanging_store_is_not_ready_but_the_process_is_alive() {
    for probe in [Arc::new(Down) as Arc<dyn StoreProbe>, Arc::new(Hung)] {
        let services = Services::new(Ports { probe, ..ports() }, settings());
        let ready = get_from(services.clone(), "/health/ready", &[]).await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.header(CONTENT_TYPE), "application/problem+json");
        assert_eq!(ready.json()["code"], "store_unavailable");
        assert!(!ready.body.contains("the disk is gone"), "the cause is for the log");

        assert_eq!(get_from(services, "/health/live", &[]).await.status, StatusCode::OK);
    }
}

#[actix_web::test]
async fn token_verification_keys_are_published() {
    let page = get("/.well-known/jwks.json").await;
    assert_eq!(page.header(CONTENT_TYPE), "application/jwk-set+json");
    assert_eq!(page.header(CACHE_CONTROL), "public, max-age=300");
    let key = &page.json()["keys"][0];
    assert_eq!(key["crv"], "Ed25519");
    assert_eq!(key.get("d"), None, "the private part");
}

#[actix_web::test]
async fn audit_verification_keys_are_published_and_differ_from_token_keys() {
    let page = get("/.well-known/audit-keys.json").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header(CONTENT_TYPE), "application/jwk-set+json");
    assert_eq!(page.header(CACHE_CONTROL), "public, max-age=300");
    assert_eq!(page.json(), FakeSigner.jwks());
    assert_ne!(page.json(), get("/.well-known/jwks.json").await.json());
}

#[actix_web::test]
async fn the_document_is_openapi_3_1_and_has_every_system_operation() {
    let page = get("/openapi.json").await;
    assert_eq!(page.header(CONTENT_TYPE), "application/json");
    let document = page.json();
    assert_eq!(document["openapi"], "3.1.0");
    for path in [
        "/health/live",
        "/health/ready",
        "/.well-known/jwks.json",
        "/.well-known/audit-keys.json",
        "/openapi.json",
        "/metrics",
    ] {
        let operation = &document["paths"][path]["get"];
        assert_eq!(operation["tags"], json!(["System"]), "{path}");
        assert_eq!(operation["security"], json!([{}]), "{path} needs no token");
    }
}

#[actix_web::test]
async fn if_none_match_returns_304_for_documents_and_assets() {
    for path in ["/openapi.json", "/docs", "/assets/redoc-2.5.4.js"] {
        let first = get(path).await;
        let tag = first.header(ETAG).to_owned();
        let again = get_from(services(), path, &[(IF_NONE_MATCH, &tag)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.body, "");
        assert_eq!(again.header(ETAG), tag);

        let other = get_from(services(), path, &[(IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

#[actix_web::test]
async fn the_root_redirects_to_the_docs() {
    for (path, to) in [("/", "/docs"), ("/docs/", "/docs"), ("/redoc/", "/redoc")] {
        let page = get(path).await;
        assert_eq!(page.status, StatusCode::TEMPORARY_REDIRECT, "{path}");
        assert_eq!(page.header(LOCATION), to);
    }
}

#[actix_web::test]
async fn pages_load_only_own_assets_and_run_no_inline_script() {
    for path in ["/docs", "/redoc", "/problems", "/problems/name_taken"] {
        let page = get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header(CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header(CACHE_CONTROL), "no-cache", "{path}");
        assert!(!page.body.contains("http://") && !page.body.contains("https://"), "{path}");

        let policy = page.header(CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; "), "{path}: {policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");

        let loaded = page.body.split("src=\"").skip(1).chain(page.body.split("<link ").skip(1));
        for tag in loaded {
            let asset = tag.split('"').find(|part| part.starts_with('/')).unwrap();
            assert_eq!(get(asset).await.status, StatusCode::OK, "{path} loads {asset}");
        }
    }
}

#[actix_web::test]
async fn assets_have_their_content_type() {
    let assets = [
        ("docs.css", "text/css; charset=utf-8", "no-cache"),
        ("docs.js", "text/javascript; charset=utf-8", "no-cache"),
        ("icon.svg", "image/svg+xml", "no-cache"),
        ("problems.css", "text/css; charset=utf-8", "no-cache"),
        ("redoc.css", "text/css; charset=utf-8", "no-cache"),
        ("redoc.js", "text/javascript; charset=utf-8", "no-cache"),
        ("redoc.standalone.js.LICENSE.txt", "text/plain; charset=utf-8", "no-cache"),
        ("swagger-ui.css", "text/css; charset=utf-8", "no-cache"),
        ("swagger-ui-bundle.js", "text/javascript; charset=utf-8", "no-cache"),
        ("redoc-2.5.4.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
    ];
    for (name, content_type, cache) in assets {
        let asset = get(&format!("/assets/{name}")).await;
        assert_eq!(asset.status, StatusCode::OK, "{name}");
        assert_eq!(asset.header(CONTENT_TYPE), content_type, "{name}");
        assert_eq!(asset.header(CACHE_CONTROL), cache, "{name}");
        assert!(!asset.body.is_empty() && !asset.body.contains("cdn.redoc.ly"), "{name}");
    }
    let docs = get("/assets/docs.js").await.body;
    assert!(!docs.contains("persistAuthorization"), "a token does not outlive its page");
    assert_eq!(get("/assets/nothing.js").await.json()["code"], "route_not_found");
}

#[actix_web::test]
async fn every_problem_of_the_openapi_document_has_a_page() {
    let index = get("/problems").await.body;
    let codes: Vec<&str> = index
        .split("href=\"/problems/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(codes.len() > 20 && codes.contains(&"name_taken"), "{codes:?}");
    for code in codes {
        let page = get(&format!("/problems/{code}")).await;
        assert_eq!(page.status, StatusCode::OK, "{code}");
        assert!(page.body.contains(&format!("<code>{code}</code>")), "{code}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{code}");
    }
    let unknown = get("/problems/no_such_problem").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.header(CONTENT_TYPE), "application/problem+json");
}

#[actix_web::test]
async fn every_response_has_security_headers() {
    for path in ["/", "/docs", "/health/live", "/v1/organizations", "/nowhere", "/problems/nothing"]
    {
        let page = get(path).await;
        assert_eq!(page.header(X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(page.header(REFERRER_POLICY), "no-referrer", "{path}");
        assert!(page.header(CONTENT_SECURITY_POLICY).contains("default-src 'none'"), "{path}");
        assert_ne!(page.header(CACHE_CONTROL), "", "{path}");
    }
    let api = get("/v1/organizations").await;
    assert_eq!(api.header(CACHE_CONTROL), "no-store");
    assert_eq!(api.header(CONTENT_SECURITY_POLICY), "default-src 'none'; frame-ancestors 'none'");
}

/// A response, read to its end.
struct Page {
    status: StatusCode,
    headers: actix_web::http::header::HeaderMap,
    body: String,
}

impl Page {
    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(&name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn get(path: &str) -> Page {
    get_from(services(), path, &[]).await
}

async fn get_from(services: Services, path: &str, headers: &[(HeaderName, &str)]) -> Page {
    let metrics = Metrics::new(services.now()).unwrap();
    let app =
        api_actix::app(Routes::All, Data::new(services), Data::new(metrics), AppOptions::default());
    let app = init_service(app).await;
    let request = headers.iter().fold(TestRequest::get().uri(path), |request, header| {
        request.insert_header(header.clone())
    });
    let response = call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
    Page { status, headers, body }
}

fn services() -> Services {
    Services::new(ports(), settings())
}

fn settings() -> Settings {
    Settings {
        document_limit: domain::model::DocumentLimit::default(),
        signup: Signup::Open,
        naming: Naming::Slug,
        placement: PlacementRules::default(),
        token_lifetimes: LIFETIMES,
        step_up: Some(STEP_UP),
        token_audiences: Vec::new(),
        operator: None,
        limits: RateLimits::default(),
        audit: AuditRules::default(),
    }
}

fn ports() -> Ports {
    let store = Arc::new(EmbeddedStore::in_memory().unwrap());
    let clock = Arc::new(SystemClock);
    let key = generate_signing_key(clock.now()).unwrap();
    Ports {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        idempotency: store.clone(),
        attempts: store.clone(),
        audit: store.clone(),
        signed_heads: store.clone(),
        nodes: store.clone(),
        probe: store,
        hasher: Arc::new(PooledHasher::new(&HasherConfig::default()).unwrap()),
        checkpoint_signer: Arc::new(FakeSigner),
        anchors: None,
        page_sealer: Arc::new(FakeSealer),
        tokens: Arc::new(JwtIssuer::with_key(&key, clock.clone()).unwrap()),
        clock,
        ids: Arc::new(UuidIds),
        work: Arc::new(InlineWork),
    }
}

/// The probe of an unavailable store.
struct Down;

#[async_trait]
impl StoreProbe for Down {
    async fn ready(&self) -> Result<(), StoreError> {
        Err(StoreError::unavailable("the disk is gone"))
    }
}

/// The probe of a store that does not answer.
struct Hung;

#[async_trait]
impl StoreProbe for Hung {
    async fn ready(&self) -> Result<(), StoreError> {
        pending().await
    }
}
