//! Errors of single values of a request.

use std::borrow::Cow;
use std::fmt;

use domain::model::{InvalidAt, MAX_POINTER, bounded_pointer};
use serde::Serialize;
use utoipa::ToSchema;

/// Error of one value of the request. It never contains the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON Pointer (RFC 6901) to the value in the body. If it exceeds 1024 bytes, it points to an
    /// enclosing value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/owner/email")]
    pointer: Option<String>,
    /// Name of the query parameter, if the value is not in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Machine-readable reason.
    #[schema(value_type = String, example = "invalid_format")]
    code: &'static str,
    /// Human-readable reason.
    #[schema(value_type = String, example = "must be an e-mail address, such as ada@example.com")]
    detail: Cow<'static, str>,
}

/// Location of a value in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorLocation<'a> {
    /// JSON Pointer in the body.
    Pointer(&'a str),
    /// Name of a query parameter.
    Parameter(&'a str),
}

/// First [`FieldErrors::MAX`] field errors of a request. All lists of errors have this type, so
/// that none can grow with the request.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Maximum number of errors. A client with this many does not need the rest.
    pub(crate) const MAX: usize = 100;

    /// Adds `error`, unless the list is full.
    pub(crate) fn push(&mut self, error: FieldError) {
        if !self.is_full() {
            self.0.push(error);
        }
    }

    /// Adds as many of `errors` as fit.
    pub(crate) fn extend(&mut self, errors: Self) {
        errors.0.into_iter().for_each(|error| self.push(error));
    }

    /// Whether the list is full, so that reading on adds no error.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= Self::MAX
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Errors in the order in which they were found.
    pub(crate) fn as_slice(&self) -> &[FieldError] {
        &self.0
    }

    /// First error.
    pub(crate) fn into_first(self) -> Option<FieldError> {
        self.0.into_iter().next()
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

impl FieldError {
    /// Creates an error with a human-readable `detail` and a machine-readable `code`. At most 1024
    /// bytes of the location are kept.
    pub(crate) fn new(
        location: ErrorLocation<'_>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let detail = detail.into();
        match location {
            ErrorLocation::Pointer(pointer) => {
                let kept = bounded_pointer(pointer);
                let detail = if kept.len() < pointer.len() {
                    format!("contains a value that {detail}; its pointer is too long").into()
                } else {
                    detail
                };
                Self { pointer: Some(kept.to_owned()), parameter: None, code, detail }
            }
            ErrorLocation::Parameter(name) => {
                let kept = &name[..name.floor_char_boundary(MAX_POINTER)];
                Self { pointer: None, parameter: Some(kept.to_owned()), code, detail }
            }
        }
    }

    /// Returns pointer, code and detail.
    pub(crate) fn into_parts(self) -> (String, &'static str, Cow<'static, str>) {
        (self.pointer.unwrap_or_default(), self.code, self.detail)
    }
}

impl From<InvalidAt> for FieldError {
    fn from(refusal: InvalidAt) -> Self {
        let detail = refusal.invalid.to_string();
        Self::new(ErrorLocation::Pointer(&refusal.pointer), refusal.invalid.code(), detail)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_deref().or(self.parameter.as_deref()) {
            Some("") | None => write!(f, "the body {}", self.detail),
            Some(location) => write!(f, "`{location}` {}", self.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(location: ErrorLocation<'_>) -> FieldError {
        FieldError::new(location, "type", "must be a string")
    }

    #[test]
    fn field_errors_are_bounded_in_size() {
        let long = format!("/a/{}", "é".repeat(100_000));
        let (pointer, _, detail) = error(ErrorLocation::Pointer(&long)).into_parts();
        assert_eq!(pointer, "/a");
        assert_eq!(detail, "contains a value that must be a string; its pointer is too long");
        let parameter = error(ErrorLocation::Parameter(&long)).parameter.unwrap();
        assert_eq!(parameter.len(), MAX_POINTER - 1, "whole characters");
    }

    #[test]
    fn only_the_first_hundred_errors_are_kept() {
        let mut errors = FieldErrors::default();
        for number in 0..1000 {
            errors.push(error(ErrorLocation::Pointer(&format!("/{number}"))));
        }
        let mut both = errors.clone();
        both.extend(errors.clone());
        assert_eq!(both, errors);
        assert_eq!(errors.as_slice().len(), FieldErrors::MAX);
        assert_eq!(errors.into_first(), Some(error(ErrorLocation::Pointer("/0"))));
    }
}
