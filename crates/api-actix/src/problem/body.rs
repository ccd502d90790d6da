//! Problem details as they are sent.

use actix_web::{HttpMessage, HttpRequest};
use domain::model::RequestId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Ref;

use super::{Code, FieldError, Problem};

/// Bytes of the path of a request that a problem repeats.
const MAX_INSTANCE: usize = 1024;

/// Why the request was not carried out (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// The path, on this server, of a page about this kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/name_taken")]
    kind: String,
    /// The kind of problem in a few words.
    #[schema(example = "The name is taken")]
    title: &'static str,
    /// The HTTP status code.
    #[schema(example = 409)]
    status: u16,
    /// What is the matter with this request.
    detail: &'a str,
    /// The path of the request, up to 1 KiB of it.
    #[schema(example = "/v1/organizations")]
    instance: &'a str,
    /// The kind of problem for programs; it never changes.
    #[schema(example = "name_taken")]
    code: &'static str,
    /// What the request is called in the log of the server.
    request_id: String,
    /// Each value that can't be used, when that is what is the matter.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// Of an import that had to stop: what was done of it, as in an answer to one that did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = import_report, required = false)]
    import: Option<&'a Value>,
}

fn import_report() -> Ref {
    Ref::from_schema_name("ImportReport")
}

impl<'a> ProblemBody<'a> {
    /// The problem that `request` met.
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

    /// The problem as the description of the interface shows it.
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
