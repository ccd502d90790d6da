//! Parsing of request bodies and queries as in FastAPI: unknown members and parameters are ignored,
//! and all errors are reported at once in the format of FastAPI and Pydantic, with status 422.
//! Errors never contain secret values.

mod extract;
mod number;

use domain::model::Invalid;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub(super) use extract::{Form, Parameters};
pub(super) use number::integer;

/// Maximum length of a value that an error repeats.
const MAX_ECHO: usize = 200;

/// Validation error in the format of Pydantic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidationError)]
pub(super) struct ValidationItem {
    /// Machine-readable error type.
    #[serde(rename = "type")]
    #[schema(example = "string_too_short")]
    kind: &'static str,
    /// Location of the value: `body` or `query`, and the name of the field.
    #[schema(example = json!(["body", "organization_name"]))]
    loc: Vec<String>,
    /// Human-readable message.
    #[schema(example = "String should have at least 3 characters")]
    msg: String,
    /// Rejected value, unless it is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    input: Option<Value>,
    /// Constraint that the value violates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    ctx: Option<Value>,
}

/// Reason why a value is rejected.
pub(super) struct FieldProblem {
    kind: &'static str,
    msg: String,
    ctx: Option<Value>,
}

impl FieldProblem {
    /// Value that violates `rule`.
    pub(super) fn value(rule: impl std::fmt::Display) -> Self {
        let ctx = Some(json!({ "error": {} }));
        Self { kind: "value_error", msg: format!("Value error, {rule}"), ctx }
    }

    /// Error of the type `kind`.
    pub(super) fn new(kind: &'static str, msg: impl Into<String>, ctx: Option<Value>) -> Self {
        Self { kind, msg: msg.into(), ctx }
    }
}

impl From<Invalid> for FieldProblem {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::TooShort { min } => Self::new(
                "string_too_short",
                format!("String should have at least {min} character{}", plural(min)),
                Some(json!({ "min_length": min })),
            ),
            Invalid::Empty => Self::from(Invalid::TooShort { min: 1 }),
            Invalid::TooLong { max } => Self::new(
                "string_too_long",
                format!("String should have at most {max} character{}", plural(max)),
                Some(json!({ "max_length": max })),
            ),
            other => Self::value(other),
        }
    }
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// Checks that `text` has `min` to `max` characters, without trimming.
pub(super) fn length(text: &str, min: usize, max: usize) -> Result<(), FieldProblem> {
    match text.chars().count() {
        length if length < min => Err(Invalid::TooShort { min }.into()),
        length if length > max => Err(Invalid::TooLong { max }.into()),
        _ => Ok(()),
    }
}

/// Type that is parsed from the members of an object or from query parameters.
pub(super) trait FromForm: Sized {
    /// Takes the known members. Take all of them before the first `?`, so that all errors are
    /// reported at once.
    fn from_form(fields: &mut FormReader) -> Option<Self>;
}

/// Whether errors may repeat a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sensitivity {
    Open,
    Secret,
}

/// Remaining members, and the errors of those already taken.
pub(super) struct FormReader {
    members: Map<String, Value>,
    place: &'static str,
    items: Vec<ValidationItem>,
    /// Secret values that no error may repeat, wherever they occur.
    secrets: Vec<String>,
}

impl FormReader {
    /// Parses a `T` from the members of `place` (`body` or `query`).
    fn read<T: FromForm>(
        members: Map<String, Value>,
        place: &'static str,
    ) -> Result<T, Vec<ValidationItem>> {
        let mut fields = Self { members, place, items: Vec::new(), secrets: Vec::new() };
        let read = T::from_form(&mut fields);
        let Self { mut items, secrets, .. } = fields;
        items.iter_mut().for_each(|item| item.withhold(&secrets));
        read.filter(|_| items.is_empty()).ok_or(items)
    }

    /// Takes the required string `name`.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<T> {
        self.present(name, Sensitivity::Open, read)
    }

    /// [`Self::required`] for a secret: errors never repeat the value.
    pub(super) fn required_secret<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<T> {
        self.present(name, Sensitivity::Secret, read)
    }

    /// Takes the string `name`; none if it is omitted or null.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<Option<T>> {
        self.nullable(name, read).map(Option::flatten)
    }

    /// [`Self::optional`] for a secret: errors never repeat the value.
    pub(super) fn optional_secret<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<Option<T>> {
        match self.members.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => self.parse_taken(name, value, Sensitivity::Secret, read).map(Some),
        }
    }

    /// Takes the string `name`, and distinguishes omitted from null.
    pub(super) fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<Option<Option<T>>> {
        match self.members.remove(name) {
            None => Some(None),
            Some(Value::Null) => Some(Some(None)),
            Some(value) => {
                self.parse_taken(name, value, Sensitivity::Open, read).map(|read| Some(Some(read)))
            }
        }
    }

    fn present<T>(
        &mut self,
        name: &str,
        kind: Sensitivity,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<T> {
        match self.members.remove(name) {
            None => {
                self.items.push(ValidationItem::missing(&[self.place, name]));
                None
            }
            Some(value) => self.parse_taken(name, value, kind, read),
        }
    }

    fn parse_taken<T>(
        &mut self,
        name: &str,
        value: Value,
        kind: Sensitivity,
        read: impl FnOnce(String) -> Result<T, FieldProblem>,
    ) -> Option<T> {
        // Arrays and objects may contain secrets that were sent in the wrong place.
        let is_single = !value.is_array() && !value.is_object();
        let echo = (kind == Sensitivity::Open && is_single).then(|| value.clone());
        if kind == Sensitivity::Secret {
            self.secrets.extend(Some(searchable(&value)).filter(|secret| !secret.is_empty()));
        }
        let read = match value {
            Value::String(text) => read(text),
            _ => Err(FieldProblem::new("string_type", "Input should be a valid string", None)),
        };
        let item = |problem| ValidationItem::new(&[self.place, name], problem, echo);
        read.map_err(|problem| self.items.push(item(problem))).ok()
    }
}

impl ValidationItem {
    pub(super) fn new(loc: &[&str], problem: FieldProblem, input: Option<Value>) -> Self {
        let loc = loc.iter().map(|part| (*part).to_owned()).collect();
        let input = input.filter(|input| input.to_string().len() <= MAX_ECHO);
        Self { kind: problem.kind, loc, msg: problem.msg, input, ctx: problem.ctx }
    }

    /// Removes the repeated value if it contains one of `secrets`.
    fn withhold(&mut self, secrets: &[String]) {
        let holds_one =
            |input: &Value| secrets.iter().any(|secret| searchable(input).contains(secret));
        self.input = self.input.take().filter(|input| !holds_one(input));
    }

    fn missing(loc: &[&str]) -> Self {
        Self::new(loc, FieldProblem::new("missing", "Field required", None), None)
    }
}

/// Renders a value as text that can be searched for secrets.
fn searchable(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).trim().to_lowercase()
}
