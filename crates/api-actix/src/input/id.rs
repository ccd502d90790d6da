//! Ids in paths. A malformed id is replaced by a fresh one, which identifies nothing either.
//! Unknown and malformed ids therefore take the same code path and get the same response.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use domain::model::Invalid;
use domain::service::Services;

use crate::problem::{Code, Problem};

/// Extractor for the id in the path.
pub(crate) struct Id<T>(pub(crate) T);

/// Extractor for both ids in the path.
pub(crate) struct Ids<A, B>(pub(crate) A, pub(crate) B);

/// Id in the path of a resource that the request may create; a malformed one is not replaced.
pub(crate) struct Wanted<T>(pub(crate) Result<T, Invalid>);

impl<T: TryFrom<String, Error = Invalid>> From<String> for Wanted<T> {
    fn from(text: String) -> Self {
        Self(T::try_from(text))
    }
}

impl<T: TryFrom<String>> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(segment(request, 0).map(Self))
    }
}

impl<A: TryFrom<String>, B: TryFrom<String>> FromRequest for Ids<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ids = segment(request, 0).and_then(|first| Ok(Self(first, segment(request, 1)?)));
        ready(ids)
    }
}

fn segment<T: TryFrom<String>>(request: &HttpRequest, index: usize) -> Result<T, Problem> {
    let segments: Vec<String> = request.match_info().load().unwrap_or_default();
    let sent = segments.into_iter().nth(index).and_then(|text| T::try_from(text).ok());
    sent.or_else(|| fresh(request)).ok_or_else(|| Problem::new(Code::RouteNotFound))
}

fn fresh<T: TryFrom<String>>(request: &HttpRequest) -> Option<T> {
    let services = request.app_data::<web::Data<Services>>()?;
    T::try_from(services.document_id().into()).ok()
}
