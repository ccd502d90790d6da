//! Conditional requests (RFC 9110, section 13).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, Header};
use actix_web::{FromRequest, HttpRequest};
use domain::model::{DocumentTag, Precondition, Version};

use crate::problem::Problem;

/// Entity tag that identifies the state of a resource.
pub(crate) trait EntityTag: Sized {
    /// Parses a tag; none if this server cannot have issued it.
    fn read(text: &str) -> Option<Self>;

    /// Renders the tag for a response.
    fn tag(&self) -> header::EntityTag;
}

impl EntityTag for Version {
    fn read(text: &str) -> Option<Self> {
        let version = Self::new(text.parse().ok()?);
        (version.to_string() == text).then_some(version)
    }

    fn tag(&self) -> header::EntityTag {
        header::EntityTag::new_strong(self.to_string())
    }
}

impl EntityTag for DocumentTag {
    fn read(text: &str) -> Option<Self> {
        Some(Self::new(text.to_owned()))
    }

    fn tag(&self) -> header::EntityTag {
        header::EntityTag::new_strong(self.as_str().to_owned())
    }
}

/// `If-Match`: states of the resource in which the change is permitted. Weak tags match no state,
/// and malformed tags are ignored.
pub(crate) struct IfMatch<T>(pub(crate) Precondition<T>);

impl<T: EntityTag> FromRequest for IfMatch<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(precondition(request))))
    }
}

/// Whether `If-None-Match` contains `tag`, so that the client already has this state.
pub(crate) fn is_known(request: &HttpRequest, tag: &header::EntityTag) -> bool {
    match header::IfNoneMatch::parse(request) {
        Ok(header::IfNoneMatch::Any) => true,
        Ok(header::IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Parses `If-Match`. `*` matches any state; the resource to change always has one.
fn precondition<T: EntityTag>(request: &HttpRequest) -> Precondition<T> {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Precondition::None;
    }
    match header::IfMatch::parse(request) {
        Ok(header::IfMatch::Any) => Precondition::None,
        Ok(header::IfMatch::Items(tags)) => {
            let strong = tags.iter().filter(|tag| !tag.weak);
            Precondition::AnyOf(strong.filter_map(|tag| T::read(tag.tag())).collect())
        }
        Err(_) => Precondition::AnyOf(Vec::new()),
    }
}
