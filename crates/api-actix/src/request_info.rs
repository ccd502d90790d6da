//! Extractors for the origin of a request, for audit events and sessions.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use domain::model::{RequestId, RequestInfo, UserAgent};

use crate::problem::Problem;
use crate::{client_address, request_id};

/// Id and client address of the request.
pub(crate) struct RequestInfoParam(pub(crate) RequestInfo);

/// `User-Agent` of the request.
pub(crate) struct ClientAgent(pub(crate) Option<UserAgent>);

impl FromRequest for RequestInfoParam {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(of(request))))
    }
}

impl FromRequest for ClientAgent {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        ready(Ok(Self(sent.and_then(UserAgent::of))))
    }
}

/// Client address and id of `request`; only requests of tests have no id.
pub(crate) fn of(request: &HttpRequest) -> RequestInfo {
    let named = request.extensions().get::<RequestId>().cloned();
    let request_id = named.unwrap_or_else(request_id::fresh);
    RequestInfo { address: client_address::of(request), request_id }
}
