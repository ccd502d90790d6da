//! Strict parsing of requests into typed values. All errors are reported at once, each with its
//! location.

mod body;
mod conditions;
mod fields;
mod id;
mod json;
mod lines;
mod media_type;
mod numbers;
mod query;
mod read;

pub(crate) use body::{Body, MAX_BODY, bytes, document_limit};
pub(crate) use conditions::{EntityTag, IfMatch, is_known};
pub(crate) use fields::{FieldReader, FromFields};
pub(crate) use id::{Id, Ids, Wanted};
pub(crate) use json::{parse, parse_but_numbers};
pub(crate) use lines::{Line, Lines};
pub(crate) use query::{PageQuery, Parameters};
pub(crate) use read::{InvalidInput, boolean, number, object, role, text, time};
