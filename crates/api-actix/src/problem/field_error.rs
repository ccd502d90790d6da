//! What is wrong with one value of a request.

use std::borrow::Cow;
use std::fmt;

use domain::model::{InvalidAt, MAX_POINTER, bounded_pointer};
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with one value of the request. It never carries the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where the value is in the body: a JSON Pointer (RFC 6901); for one of more than 1024 bytes,
    /// that of an enclosing value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/owner/email")]
    pointer: Option<String>,
    /// The name of the query parameter, when the value is not in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The reason, for programs.
    #[schema(value_type = String, example = "invalid_format")]
    code: &'static str,
    /// The reason in words.
    #[schema(value_type = String, example = "must be an e-mail address, such as ada@example.com")]
    detail: Cow<'static, str>,
}

/// Where a value of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In the body, at this JSON Pointer.
    Pointer(&'a str),
    /// In the query, under this name.
    Parameter(&'a str),
}

/// The first [`FieldErrors::MAX`] field errors of a request. There is no other list of errors, so
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

    /// The errors, in the order in which they were found.
    pub(crate) fn as_slice(&self) -> &[FieldError] {
        &self.0
    }

    /// The first of them.
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
    /// `detail` is for people, `code` for programs. No more than 1024 bytes of the place are kept.
    pub(crate) fn new(
        place: Place<'_>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let detail = detail.into();
        match place {
            Place::Pointer(pointer) => {
                let kept = bounded_pointer(pointer);
                let detail = if kept.len() < pointer.len() {
                    format!("contains a value that {detail}; its pointer is too long").into()
                } else {
                    detail
                };
                Self { pointer: Some(kept.to_owned()), parameter: None, code, detail }
            }
            Place::Parameter(name) => {
                let kept = &name[..name.floor_char_boundary(MAX_POINTER)];
                Self { pointer: None, parameter: Some(kept.to_owned()), code, detail }
            }
        }
    }

    /// Where in the body it is, what is wrong for programs, and what is wrong for people.
    pub(crate) fn into_parts(self) -> (String, &'static str, Cow<'static, str>) {
        (self.pointer.unwrap_or_default(), self.code, self.detail)
    }
}

impl From<InvalidAt> for FieldError {
    fn from(refusal: InvalidAt) -> Self {
        let detail = refusal.invalid.to_string();
        Self::new(Place::Pointer(&refusal.pointer), refusal.invalid.code(), detail)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_deref().or(self.parameter.as_deref()) {
            Some("") | None => write!(f, "the body {}", self.detail),
            Some(place) => write!(f, "`{place}` {}", self.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(place: Place<'_>) -> FieldError {
        FieldError::new(place, "type", "must be a string")
    }

    #[test]
    fn errors_stay_small_whatever_they_are_about() {
        let long = format!("/a/{}", "é".repeat(100_000));
        let (pointer, _, detail) = error(Place::Pointer(&long)).into_parts();
        assert_eq!(pointer, "/a");
        assert_eq!(detail, "contains a value that must be a string; its pointer is too long");
        let parameter = error(Place::Parameter(&long)).parameter.unwrap();
        assert_eq!(parameter.len(), MAX_POINTER - 1, "whole characters");
    }

    #[test]
    fn no_more_than_the_first_hundred_errors_are_kept() {
        let mut errors = FieldErrors::default();
        for number in 0..1000 {
            errors.push(error(Place::Pointer(&format!("/{number}"))));
        }
        let mut both = errors.clone();
        both.extend(errors.clone());
        assert_eq!(both, errors);
        assert_eq!(errors.as_slice().len(), FieldErrors::MAX);
        assert_eq!(errors.into_first(), Some(error(Place::Pointer("/0"))));
    }
}
