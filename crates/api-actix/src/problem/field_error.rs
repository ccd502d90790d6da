//! What is wrong with one value of a request.

use std::borrow::Cow;
use std::fmt;

use domain::model::InvalidAt;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with one value of the request. It never carries the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where the value is in the body: a JSON Pointer (RFC 6901).
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the body, at this JSON Pointer.
    Pointer(String),
    /// In the query, under this name.
    Parameter(String),
}

impl FieldError {
    /// `detail` is for people, `code` for programs.
    pub(crate) fn new(
        place: Place,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (pointer, parameter) = match place {
            Place::Pointer(pointer) => (Some(pointer), None),
            Place::Parameter(name) => (None, Some(name)),
        };
        Self { pointer, parameter, code, detail: detail.into() }
    }

    /// Where in the body it is, what is wrong for programs, and what is wrong for people.
    pub(crate) fn into_parts(self) -> (String, &'static str, Cow<'static, str>) {
        (self.pointer.unwrap_or_default(), self.code, self.detail)
    }
}

impl From<InvalidAt> for FieldError {
    fn from(refusal: InvalidAt) -> Self {
        let detail = refusal.invalid.to_string();
        Self::new(Place::Pointer(refusal.pointer), refusal.invalid.code(), detail)
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
