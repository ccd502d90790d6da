//! Error responses of the dialects' operations in the OpenAPI document.

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema};

use super::enterprise::{self, LimitDetail, RateLimitBody};
use super::form::ValidationItem;
use crate::openapi::edit::{add_header, operations, parameters};
use crate::problem::Code;

/// Error response.
#[derive(Serialize, ToSchema)]
#[schema(as = Detail)]
struct TextError {
    /// Human-readable reason.
    #[schema(example = "Invalid credentials")]
    detail: String,
}

/// Validation errors.
#[derive(Serialize, ToSchema)]
#[schema(as = HttpValidationError)]
struct ValidationErrors {
    /// List of validation errors.
    detail: Vec<ValidationItem>,
}

/// Completes the error responses of every operation of a dialect. An operation documents only its
/// own errors, as responses with a text and without a body.
pub(crate) fn complete(document: &mut OpenApi) {
    let mut schemas = Vec::new();
    for (path, item) in &mut document.paths.paths {
        if !super::has(path) {
            continue;
        }
        schemas.extend([
            schema::<TextError>(),
            schema::<ValidationErrors>(),
            schema::<ValidationItem>(),
        ]);
        let is_enterprise = enterprise::PATHS.iter().any(|begin| path.starts_with(begin));
        let limited = if is_enterprise {
            schemas.extend([schema::<RateLimitBody>(), schema::<LimitDetail>()]);
            RateLimitBody::name()
        } else {
            TextError::name()
        };
        let limited = super::is_limited(path).then_some(limited);
        operations(item).for_each(|operation| describe(operation, limited.as_deref()));
    }
    document.components.get_or_insert_default().schemas.extend(schemas);
}

fn schema<T: ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}

/// Rate-limited operations respond to excess requests with the schema `limited`.
fn describe(operation: &mut Operation, limited: Option<&str>) {
    let too_many = limited.map(|_| (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited.title()));
    for (status, text) in too_many.into_iter().chain(expected(operation)) {
        let responses = &mut operation.responses.responses;
        let there = responses.entry(status.as_str().to_owned());
        there.or_insert_with(|| RefOr::T(ResponseBuilder::new().description(text).build()));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.parse::<StatusCode>() {
            Ok(status) if status.is_client_error() || status.is_server_error() => {
                fill(response, status, limited);
            }
            _ => {}
        }
    }
}

/// Errors that follow from the parameters and the body of the operation.
fn expected(operation: &Operation) -> Vec<(StatusCode, &'static str)> {
    let mut expected = vec![
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        (StatusCode::SERVICE_UNAVAILABLE, Code::StoreUnavailable.title()),
    ];
    if operation.security.iter().flatten().any(|scheme| *scheme != SecurityRequirement::default()) {
        expected.push((StatusCode::UNAUTHORIZED, "Not authenticated"));
    }
    if operation.request_body.is_some() {
        expected
            .push((StatusCode::BAD_REQUEST, "The body ended early, or its encoding is broken."));
        expected.push((StatusCode::REQUEST_TIMEOUT, Code::RequestTimeout.title()));
        expected.push((StatusCode::PAYLOAD_TOO_LARGE, "The body may have up to 256 KiB."));
    }
    let has_query = parameters(operation).any(|p| p.parameter_in == ParameterIn::Query);
    if operation.request_body.is_some() || has_query {
        expected.push((StatusCode::UNPROCESSABLE_ENTITY, "Values can't be used"));
    }
    expected
}

/// Adds the body and the headers to an error response.
fn fill(response: &mut Response, status: StatusCode, limited: Option<&str>) {
    let (name, example) = match (status, limited) {
        (StatusCode::UNPROCESSABLE_ENTITY, _) => (ValidationErrors::name(), None),
        (StatusCode::TOO_MANY_REQUESTS, Some(limited)) => (limited.into(), None),
        _ => (TextError::name(), Some(json!({ "detail": response.description }))),
    };
    let schema = Ref::from_schema_name(name);
    let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
    response.content.insert("application/json".to_owned(), RefOr::T(content));
    match status {
        StatusCode::UNAUTHORIZED => add_header(response, "WWW-Authenticate"),
        // For 409: when concurrent modifications exhausted the retries.
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            add_header(response, "Retry-After");
        }
        _ => {}
    }
}
