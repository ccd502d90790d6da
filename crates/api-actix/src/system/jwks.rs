//! `GET /.well-known/jwks.json`.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use domain::service::Services;

/// Get the public keys of access tokens
///
/// Returns a JWK set (RFC 7517). Other services verify a token with the key whose `kid` is in the
/// token's header. Keys are rotated: a new key is published 10 minutes before it signs tokens, an
/// old key until all tokens it signed have expired. The set is empty if tokens are signed with a
/// symmetric secret (`SECRET_KEY`).
#[utoipa::path(
    tag = "System",
    operation_id = "get_jwks",
    responses((
        status = OK,
        description = "Public keys",
        body = serde_json::Value,
        content_type = "application/jwk-set+json",
        headers(("Cache-Control" = String, description = "How long the keys may be cached")),
        example = json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "CEBBo6PBbUI",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]}),
    )),
    security(()),
)]
#[get("/.well-known/jwks.json")]
pub(super) async fn get_jwks(services: Data<Services>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(services.jwks().to_string())
}
