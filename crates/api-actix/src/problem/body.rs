//! Body of problem details.

use actix_web::{HttpMessage, HttpRequest};
use domain::model::RequestId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Ref;

use super::{Code, FieldError, Problem};

/// Maximum length of `instance`, in bytes.
const MAX_INSTANCE: usize = 1024;

/// Problem details of a failed request (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Path on this server of a page about this kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/name_taken")]
    kind: String,
    /// Short summary of the kind of problem.
    #[schema(example = "The name is taken")]
    title: &'static str,
    /// HTTP status code.
    #[schema(example = 409)]
    status: u16,
    /// Explanation of this occurrence.
    detail: &'a str,
    /// Path of the request, truncated to 1 KiB.
    #[schema(example = "/v1/organizations")]
    instance: &'a str,
    /// Stable machine-readable code of the kind of problem.
    #[schema(example = "name_taken")]
    code: &'static str,
    /// Id of the request in the server's log.
    request_id: String,
    /// Invalid values of the request; absent for other problems.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// Report of an aborted import, in the format of a completed one; absent for other problems.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = import_report, required = false)]
    import: Option<&'a Value>,
}

fn import_report() -> Ref {
    Ref::from_schema_name("ImportReport")
}

impl<'a> ProblemBody<'a> {
    /// Renders `problem` for `request`.
    pub(super) fn new(problem: &'a Problem, request: &'a HttpRequest) -> Self {
        let path = request.path();
        let request_id = request.extensions().get::<RequestId>().map(RequestId::to_string);
        Self {
            detail: &problem.detail,
            instance: &path[..path.floor_char_boundary(MAX_INSTANCE)],
            request_id: request_id.unwrap_or_default(),
            errors: problem.errors.as_slice(),
            import: problem.import.as_deref(),
            ..Self::example(problem.code)
        }
    }

    /// Example for the OpenAPI document.
    pub(crate) fn example(code: Code) -> Self {
        Self {
            kind: format!("/problems/{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: code.explanation(),
            instance: "/v1/...",
            code: code.as_str(),
            request_id: "4b1d5f7c00000001".to_owned(),
            errors: &[],
            import: None,
        }
    }
}
