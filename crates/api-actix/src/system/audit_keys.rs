//! `GET /.well-known/audit-keys.json`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use domain::service::Services;

/// Get the public keys of audit trails
///
/// Returns a JWK set (RFC 7517). `key_id` of a signed checkpoint is the `kid` of its key. Keys that
/// sign access tokens never sign audit trails. To verify a trail without trusting the server, save
/// a copy of this set early and store it elsewhere.
#[utoipa::path(
    tag = "System",
    operation_id = "get_audit_keys",
    responses((
        status = OK,
        description = "Public keys",
        body = serde_json::Value,
        content_type = "application/jwk-set+json",
        headers(("Cache-Control" = String, description = "How long the keys may be cached")),
        example = json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]}),
    )),
    security(()),
)]
#[get("/.well-known/audit-keys.json")]
pub(super) async fn get_audit_keys(services: Data<Services>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(services.audit_keys().to_string())
}
