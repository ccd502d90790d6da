//! Parsing of objects, member by member.

use actix_web::HttpRequest;
use domain::model::InvalidAt;
use serde_json::{Map, Value};

use super::{InvalidInput, MAX_BODY};
use crate::problem::{ErrorLocation, FieldError, FieldErrors};

/// Type that is parsed from the members of an object: a request or a part of it.
pub(crate) trait FromFields: Sized {
    /// Accepted media types.
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    /// Maximum size of the body of `request`, in bytes.
    fn limit(_request: &HttpRequest) -> usize {
        MAX_BODY
    }

    /// Takes the known members. Take all of them before the first `?`, so that all errors are
    /// reported at once. Each remaining member is an error.
    fn from_fields(fields: &mut FieldReader) -> Option<Self>;
}

/// Remaining members of an object, and the errors of those already taken.
pub(crate) struct FieldReader {
    members: Map<String, Value>,
    root: Root,
    errors: FieldErrors,
}

/// Origin of the members.
#[derive(Debug, Clone)]
pub(crate) enum Root {
    /// The body, or the object at this JSON Pointer in it.
    Body(String),
    /// The query.
    Query,
}

impl FieldReader {
    /// Parses a `T`; unknown members are errors.
    pub(crate) fn read<T: FromFields>(
        members: Map<String, Value>,
        root: Root,
    ) -> Result<T, FieldErrors> {
        let mut fields = Self { members, root, errors: FieldErrors::default() };
        let read = T::from_fields(&mut fields);
        let unknown = std::mem::take(&mut fields.members);
        for name in unknown.keys() {
            if fields.errors.is_full() {
                break;
            }
            let (code, detail) = fields.root.unknown();
            fields.refuse::<T>(name, code, detail);
        }
        read.filter(|_| fields.errors.is_empty()).ok_or(fields.errors)
    }

    /// Takes the required member `name`.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, InvalidInput>,
    ) -> Option<T> {
        match self.optional(name, read)? {
            None => self.refuse(name, "required", "is required"),
            found => found,
        }
    }

    /// Takes the optional member `name`, which must not be null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, InvalidInput>,
    ) -> Option<Option<T>> {
        match self.nullable(name, read)? {
            Some(None) => self.refuse(name, "null", "must not be null"),
            Some(found) => Some(found),
            None => Some(None),
        }
    }

    /// Takes the optional member `name`, which may be null.
    pub(crate) fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, InvalidInput>,
    ) -> Option<Option<Option<T>>> {
        match self.members.shift_remove(name) {
            None => Some(None),
            Some(Value::Null) => Some(Some(None)),
            Some(value) => match read(value) {
                Ok(read) => Some(Some(Some(read))),
                Err(InvalidInput::Type(detail)) => self.refuse(name, "type", detail),
                Err(InvalidInput::Invalid(refusal)) => {
                    let detail = self.root.detail(&refusal);
                    self.refuse_at(name, &refusal.pointer, refusal.invalid.code(), detail)
                }
            },
        }
    }

    /// Takes the required nested object `name`.
    pub(crate) fn nested<T: FromFields>(&mut self, name: &str) -> Option<T> {
        let members = self.required(name, super::object(Ok))?;
        self.below(name, members)
    }

    /// Takes the optional nested object `name`, which may be null.
    pub(crate) fn nullable_nested<T: FromFields>(
        &mut self,
        name: &str,
    ) -> Option<Option<Option<T>>> {
        match self.nullable(name, super::object(Ok))? {
            Some(Some(members)) => self.below(name, members).map(|read| Some(Some(read))),
            Some(None) => Some(Some(None)),
            None => Some(None),
        }
    }

    fn below<T: FromFields>(&mut self, name: &str, members: Map<String, Value>) -> Option<T> {
        match Self::read(members, Root::Body(self.root.pointer(name))) {
            Ok(read) => Some(read),
            Err(errors) => {
                self.errors.extend(errors);
                None
            }
        }
    }

    /// Parses all remaining members with `read`.
    pub(crate) fn all<T>(
        &mut self,
        read: impl FnOnce(Map<String, Value>) -> Result<T, InvalidAt>,
    ) -> Option<T> {
        let read = read(self.rest());
        read.map_err(|refusal| self.errors.push(FieldError::from(refusal))).ok()
    }

    /// Takes all remaining members.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.members)
    }

    fn refuse<T>(&mut self, name: &str, code: &'static str, detail: &'static str) -> Option<T> {
        self.refuse_at(name, "", code, detail.to_owned())
    }

    /// Adds an error for the value at `pointer` in the member `name`.
    fn refuse_at<T>(
        &mut self,
        name: &str,
        pointer: &str,
        code: &'static str,
        detail: String,
    ) -> Option<T> {
        let pointer = match self.root {
            Root::Body(_) => self.root.pointer(name) + pointer,
            Root::Query => String::new(),
        };
        let location = match self.root {
            Root::Body(_) => ErrorLocation::Pointer(&pointer),
            Root::Query => ErrorLocation::Parameter(name),
        };
        self.errors.push(FieldError::new(location, code, detail));
        None
    }
}

impl Root {
    /// Error detail; includes the pointer where the error location cannot.
    fn detail(&self, refusal: &InvalidAt) -> String {
        match self {
            Self::Query if !refusal.pointer.is_empty() => refusal.to_string(),
            _ => refusal.invalid.to_string(),
        }
    }

    fn pointer(&self, name: &str) -> String {
        let above = if let Self::Body(above) = self { above } else { "" };
        format!("{above}/{}", super::json::escaped(name))
    }

    fn unknown(&self) -> (&'static str, &'static str) {
        match self {
            Self::Body(_) => ("unknown_field", "is not a field of this request"),
            Self::Query => ("unknown_parameter", "is not a parameter of this request"),
        }
    }
}
