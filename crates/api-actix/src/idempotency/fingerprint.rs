//! Fingerprint of a request, without its secrets.

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use data_encoding::BASE64URL_NOPAD;
use domain::model::Fingerprint;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::input;
use crate::offload;
use crate::problem::Problem;

/// Hashes the method, the path and the body of `request`, and restores its body. The member of the
/// body at `secret` (a JSON Pointer) is excluded, so that not even its hash is stored. Returns none
/// if the body is not JSON, because the operation will reject it. The body may have at most `limit`
/// bytes.
pub(super) async fn of(
    request: &mut ServiceRequest,
    secret: Option<&'static str>,
    limit: usize,
) -> Result<Option<Fingerprint>, Problem> {
    let payload = request.take_payload();
    let body = input::bytes(request.request(), payload, limit).await?;
    request.set_payload(Payload::from(body.clone()));
    let target = format!("{}\0{}\0", request.method(), request.path());
    let length = body.len();
    offload::run(request.request(), length, move || hash(&target, &body, secret)).await
}

fn hash(target: &str, body: &[u8], secret: Option<&str>) -> Option<Fingerprint> {
    let mut asked = match body {
        [] => Value::Null,
        body => serde_json::from_slice(body).ok()?,
    };
    if let Some(secret) = secret.and_then(|pointer| asked.pointer_mut(pointer)) {
        secret.take();
    }
    let mut hash = Sha256::new();
    hash.update(target);
    hash.update(asked.to_string());
    Some(Fingerprint(BASE64URL_NOPAD.encode(&hash.finalize())))
}
