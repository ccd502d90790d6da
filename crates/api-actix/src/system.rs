//! Endpoints of the installation rather than of a tenant: health, metrics, public keys, the OpenAPI
//! document, and HTML pages.

mod asset;
mod assets;
mod audit_keys;
mod docs;
pub(crate) mod headers;
mod health;
mod jwks;
mod metrics;
mod openapi;
mod problems;
mod redoc;

use std::future::ready;

use actix_web::Route;
use actix_web::web::{self, Redirect};
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations, which are part of the OpenAPI document.
pub(crate) fn operations(config: &mut ServiceConfig<'_>) {
    config
        .service(health::live::get_health_live)
        .service(health::ready::get_health_ready)
        .service(jwks::get_jwks)
        .service(audit_keys::get_audit_keys)
        .service(openapi::get_openapi);
}

/// Registers `/metrics`, which may have its own listener.
pub(crate) fn metrics(config: &mut ServiceConfig<'_>) {
    config.service(metrics::get_metrics);
}

/// Registers the pages, which are not part of the OpenAPI document.
pub(crate) fn pages(config: &mut web::ServiceConfig) {
    config
        .route("/", to("/docs"))
        .route("/docs/", to("/docs"))
        .route("/redoc/", to("/redoc"))
        .route("/docs", web::get().to(docs::get))
        .route("/redoc", web::get().to(redoc::get))
        .route("/problems", web::get().to(problems::list))
        .route("/problems/{code}", web::get().to(problems::get))
        .route("/assets/{name}", web::get().to(assets::get));
}

/// Redirects to the page at `path`.
fn to(path: &'static str) -> Route {
    web::get().to(move || ready(Redirect::to(path)))
}
