//! Access to parts of an OpenAPI document.

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::{PathItem, Ref, RefOr, Response};

/// Operations of a path.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [get, post, put, patch, delete].into_iter().flatten()
}

pub(crate) fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// Whether the operation has a parameter with this name, including header parameters.
pub(super) fn takes(operation: &Operation, name: &str) -> bool {
    parameters(operation).any(|parameter| parameter.name.eq_ignore_ascii_case(name))
}

/// Documents that `response` may have the header `name`.
pub(crate) fn add_header(response: &mut Response, name: &str) {
    let shared = Ref::new(format!("#/components/headers/{name}"));
    response.headers.insert(name.to_owned(), RefOr::Ref(shared));
}
