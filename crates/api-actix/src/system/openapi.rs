//! `GET /openapi.json`.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::get;
use actix_web::web::Data;

use super::asset::Asset;
use crate::api_description::ApiDescription;
use crate::compat::Dialects;
use crate::problem::{Code, Problem};

/// Get the OpenAPI document
///
/// Returns the OpenAPI 3.1 document that `/docs` and `/redoc` render, and from which clients can be
/// generated.
#[utoipa::path(
    tag = "System",
    operation_id = "get_openapi",
    responses((status = OK, description = "OpenAPI document", body = serde_json::Value)),
    security(()),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(description: Data<ApiDescription>) -> Result<Asset, Problem> {
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(document) = documents.get(&description.dialects()) {
        return Ok(document.clone());
    }
    let text = serde_json::to_vec(&description.document());
    let text = text.map_err(|error| Problem::new(Code::Internal).caused_by(error.to_string()))?;
    let document = Asset::new("application/json", text);
    Ok(documents.entry(description.dialects()).or_insert(document).clone())
}

/// Document of each combination of dialects, built on first use.
static DOCUMENTS: LazyLock<Mutex<HashMap<Dialects, Asset>>> = LazyLock::new(Mutex::default);
