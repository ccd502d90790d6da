//! Error responses of each operation. Problems common to a kind of operation are added here; an
//! operation documents only its specific ones, as codes in the description of a response: `(status
//! = 409, description = "name_taken, email_taken")`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::json;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::edit::{self, add_header};
use super::headers;
use crate::idempotency;
use crate::problem::{self, Code, MEDIA_TYPE, ProblemBody};
use crate::response::LINES;

/// Adds the error responses of every operation, except those whose path `is_compat`.
pub(super) fn complete(
    document: &mut OpenApi,
    is_compat: fn(&str) -> bool,
    is_limited: fn(&str) -> bool,
) {
    let ours = document.paths.paths.iter_mut().filter(|(path, _)| !is_compat(path));
    for (path, item) in ours {
        let always = is_limited(path).then_some(Code::RateLimited);
        edit::operations(item).for_each(|operation| describe(operation, always));
    }
    let components = document.components.get_or_insert_default();
    for &code in Code::ALL {
        let example = ExampleBuilder::new()
            .summary(code.title())
            .value(Some(json!(ProblemBody::example(code))))
            .build();
        components.examples.insert(code.as_str().to_owned(), RefOr::T(example));
    }
}

fn describe(operation: &mut Operation, always: Option<Code>) {
    let mut codes = expected(operation);
    codes.extend(always);
    codes.extend(own(operation));
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for &code in Code::ALL.iter().filter(|code| codes.contains(code)) {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    for (status, codes) in by_status {
        operation.responses.responses.insert(status.to_string(), RefOr::T(response(&codes)));
    }
}

/// Problems named in the documentation of the operation.
fn own(operation: &Operation) -> Vec<Code> {
    let named = operation.responses.responses.values().flat_map(|response| match response {
        RefOr::T(response) => response.description.split(", ").collect(),
        RefOr::Ref(_) => Vec::new(),
    });
    let code = |text| Code::ALL.iter().copied().find(|code| code.as_str() == text);
    named.filter_map(code).collect()
}

/// Problems that follow from the parameters and the body of the operation.
fn expected(operation: &Operation) -> Vec<Code> {
    let mut codes = vec![Code::Internal];
    let takes = |name: &str| edit::takes(operation, name);
    if operation.security.iter().flatten().any(|scheme| *scheme != SecurityRequirement::default()) {
        codes.extend([Code::Unauthenticated, Code::TokenInvalid, Code::TokenExpired]);
        codes.extend([Code::OrganizationSuspended, Code::StoreUnavailable]);
    }
    if takes("organization_id") {
        codes.push(Code::OrganizationNotFound);
    }
    let body = operation.request_body.as_ref();
    // NDJSON lines are rejected individually.
    let is_lines = matches!(body, Some(RefOr::T(body)) if body.content.contains_key(LINES));
    if body.is_some() {
        codes.push(Code::UnsupportedMediaType);
    }
    if body.is_some() && !is_lines {
        codes.extend([Code::MalformedJson, Code::ValidationFailed]);
    }
    if body.is_some() || takes(idempotency::HEADER.as_str()) {
        codes.extend([Code::BadRequest, Code::RequestTimeout, Code::Overloaded]);
        codes.extend((!is_lines).then_some(Code::PayloadTooLarge));
    }
    if edit::parameters(operation).any(|p| p.parameter_in == ParameterIn::Query) {
        codes.push(Code::InvalidParameter);
    }
    if takes(idempotency::HEADER.as_str()) {
        codes.extend([Code::InvalidIdempotencyKey, Code::IdempotencyKeyInUse]);
        codes.extend([Code::IdempotencyKeyReused, Code::DailyLimit]);
    }
    if takes("If-Match") {
        codes.extend([Code::PreconditionFailed, Code::Contended]);
    }
    codes
}

/// Error response with these problems, which all have the same status.
fn response(codes: &[Code]) -> Response {
    let titles = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title()));
    let examples = codes.iter().map(|code| {
        let shared = format!("#/components/examples/{}", code.as_str());
        (code.as_str(), RefOr::<Example>::Ref(Ref::new(shared)))
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let description = titles.collect::<Vec<_>>().join("\n\n");
    let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content);
    let mut response = response.build();
    for (name, _) in codes.iter().copied().flat_map(problem::headers) {
        add_header(&mut response, name);
    }
    if codes.iter().any(|code| code.status() == StatusCode::TOO_MANY_REQUESTS) {
        add_header(&mut response, headers::RETRY_AFTER);
    }
    response
}
