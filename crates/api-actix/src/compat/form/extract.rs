//! Extractors for bodies and queries as in FastAPI.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value, json};

use super::{FieldProblem, FormReader, FromForm, ValidationItem};
use crate::compat::dialect_error::DialectError;
use crate::input::{MAX_BODY, bytes, parse_but_numbers};
use crate::offload;

/// Parsed and validated body of a request.
pub(in crate::compat) struct Form<T>(pub(in crate::compat) T);

/// Parsed and validated query of a request.
pub(in crate::compat) struct Parameters<T>(pub(in crate::compat) T);

impl<T: FromForm + Send + 'static> FromRequest for Form<T> {
    type Error = DialectError;
    type Future = LocalBoxFuture<'static, Result<Self, DialectError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = bytes(&request, payload, MAX_BODY).await?;
            let (is_json, length) = (is_json(&request), body.len());
            let read = move || FormReader::read(members(is_json, &body)?, BODY);
            let read = offload::run(&request, length, read).await?;
            read.map(Self).map_err(|wrong| DialectError::invalid(&wrong))
        })
    }
}

impl<T: FromForm> FromRequest for Parameters<T> {
    type Error = DialectError;
    type Future = Ready<Result<Self, DialectError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = FormReader::read(parameters(request), "query");
        ready(read.map(Self).map_err(|wrong| DialectError::invalid(&wrong)))
    }
}

const BODY: &str = "body";

/// Parses a body into the members of its JSON object.
fn members(is_json: bool, body: &[u8]) -> Result<Map<String, Value>, Vec<ValidationItem>> {
    if body.is_empty() {
        return Err(vec![ValidationItem::missing(&[BODY])]);
    }
    if is_json {
        match parse_but_numbers(body) {
            Ok(Value::Object(members)) => return Ok(members),
            Ok(_) => {}
            Err(problem) => {
                let (_, _, error) = problem.into_first_error().into_parts();
                let ctx = Some(json!({ "error": error }));
                let wrong = FieldProblem::new("json_invalid", "JSON decode error", ctx);
                return Err(vec![ValidationItem::new(&[BODY], wrong, Some(json!({})))]);
            }
        }
    }
    let wrong = FieldProblem::value("the body should be an object, sent as JSON");
    Err(vec![ValidationItem::new(&[BODY], wrong, None)])
}

/// Whether the body has a JSON content type or none.
fn is_json(request: &HttpRequest) -> bool {
    let kind = request.content_type().to_ascii_lowercase();
    let named = request.headers().contains_key(CONTENT_TYPE);
    let of_application = kind.strip_prefix("application/");
    !named || of_application.is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// Parses the query; of repeated parameters the last one wins.
fn parameters(request: &HttpRequest) -> Map<String, Value> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let pairs = pairs.map(web::Query::into_inner).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}
