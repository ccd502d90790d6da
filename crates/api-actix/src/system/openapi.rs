//! `GET /openapi.json`.

use std::sync::LazyLock;

use actix_web::get;

use super::asset::Asset;
use crate::openapi;
use crate::problem::{Code, Problem};

/// Get the description of this API
///
/// The OpenAPI 3.1 document from which `/docs` and `/redoc` are made, and from which a client can be
/// generated.
#[utoipa::path(
    tag = "System",
    operation_id = "get_openapi",
    responses((status = OK, description = "The OpenAPI document", body = serde_json::Value)),
    security(()),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi() -> Result<Asset, Problem> {
    DOCUMENT
        .as_ref()
        .cloned()
        .map_err(|error| Problem::new(Code::Internal).caused_by(error.to_string()))
}

static DOCUMENT: LazyLock<Result<Asset, serde_json::Error>> =
    LazyLock::new(|| Ok(Asset::new("application/json", serde_json::to_vec(&openapi())?)));
