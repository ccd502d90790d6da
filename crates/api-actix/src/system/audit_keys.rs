//! `GET /.well-known/audit-keys.json`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use domain::service::Services;

/// Get the keys that verify audit trails
///
/// A JWK set (RFC 7517). The signatures under audit trails are made with the key whose `kid` is in
/// their `key_id`, and with no key that signs tokens. Whoever wants to verify a trail without trust
/// in the server takes a copy of this early, and keeps it elsewhere.
#[utoipa::path(
    tag = "System",
    operation_id = "get_audit_keys",
    responses((
        status = OK,
        description = "The public keys",
        body = serde_json::Value,
        content_type = "application/jwk-set+json",
        headers(("Cache-Control" = String, description = "How long the keys may be kept")),
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
