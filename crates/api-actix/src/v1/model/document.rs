//! Representation of a document.

use domain::model::Document;
use serde::Serialize;
use utoipa::ToSchema;

/// JSON object with an `_id`, as stored by its organization.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(
    as = Document,
    value_type = Map<String, Value>,
    example = json!({"_id": "invoice-1", "total": 12.5, "lines": [{"item": "bolt", "count": 3}]}),
)]
pub(crate) struct DocumentBody<'a>(pub(crate) &'a Document);
