//! `GET /openapi.json`.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::get;
use actix_web::web::Data;

use super::asset::Asset;
use crate::api_description::ApiDescription;
use crate::compat::Dialects;
use crate::problem::{Code, Problem};

/// Get the description of this API
///
/// The OpenAPI 3.1 document from which `/docs` and `/redoc` are made, and from which a client can
/// be generated.
#[utoipa::path(
    tag = "System",
    operation_id = "get_openapi",
    responses((status = OK, description = "The OpenAPI document", body = serde_json::Value)),
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

/// The document of each choice of dialects, made when it is first asked for.
static DOCUMENTS: LazyLock<Mutex<HashMap<Dialects, Asset>>> = LazyLock::new(Mutex::default);
