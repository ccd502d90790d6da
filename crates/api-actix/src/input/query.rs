//! Query parameters.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use data_encoding::BASE64URL_NOPAD;
use domain::model::{Invalid, PageSize};
use serde_json::{Map, Value};

use super::fields::Root;
use super::{FieldReader, FromFields, text};
use crate::problem::{Code, ErrorLocation, FieldError, FieldErrors, Problem};

/// Parsed and validated query of a request.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: FromFields> FromRequest for Parameters<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = parameters(request).and_then(|members| FieldReader::read(members, Root::Query));
        ready(read.map(Self).map_err(|errors| Problem::invalid(Code::InvalidParameter, errors)))
    }
}

/// Pagination parameters of a list.
pub(crate) struct PageQuery<Id> {
    /// Cursor: the last item of the previous page.
    pub(crate) after: Option<Id>,
    /// Maximum number of items.
    pub(crate) size: PageSize,
}

impl<Id: TryFrom<String>> FromFields for PageQuery<Id> {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let after = fields.optional("after", text(cursor));
        let size = fields.optional("limit", text(size));
        Some(Self { after: after?, size: size?.unwrap_or_default() })
    }
}

fn cursor<Id: TryFrom<String>>(text: String) -> Result<Id, Invalid> {
    let id = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let id = id.and_then(|bytes| String::from_utf8(bytes).ok());
    id.and_then(|id| Id::try_from(id).ok()).ok_or(Invalid::Format("must be a cursor from `next`"))
}

fn size(text: String) -> Result<PageSize, Invalid> {
    PageSize::new(text.parse().unwrap_or_default())
}

fn parameters(request: &HttpRequest) -> Result<Map<String, Value>, FieldErrors> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let mut members = Map::new();
    let mut twice = FieldErrors::default();
    for (name, value) in pairs.map(web::Query::into_inner).unwrap_or_default() {
        if members.contains_key(&name) {
            let location = ErrorLocation::Parameter(&name);
            twice.push(FieldError::new(location, "duplicate", "is there more than once"));
        } else {
            members.insert(name, Value::String(value));
        }
    }
    if twice.is_empty() { Ok(members) } else { Err(twice) }
}
