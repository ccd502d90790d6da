//! Conditional requests (RFC 9110, section 13).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, Header};
use actix_web::{FromRequest, HttpRequest};
use domain::model::{DocumentTag, Precondition, Version};

use crate::problem::Problem;

/// What tells the states of a resource apart, as an entity tag.
pub(crate) trait EntityTag: Sized {
    /// The tag that was given out as `text`; none when it never was.
    fn read(text: &str) -> Option<Self>;

    /// The tag to give out.
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

/// `If-Match`: the states in which the change may be made. Weak tags match none, and what can't be
/// read is no tag at all.
pub(crate) struct IfMatch<T>(pub(crate) Precondition<T>);

impl<T: EntityTag> FromRequest for IfMatch<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(precondition(request))))
    }
}

/// Whether `If-None-Match` names `tag`: the client has what it asks for.
pub(crate) fn is_known(request: &HttpRequest, tag: &header::EntityTag) -> bool {
    match header::IfNoneMatch::parse(request) {
        Ok(header::IfNoneMatch::Any) => true,
        Ok(header::IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// `*` asks for any state, and what is changed here has one.
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
