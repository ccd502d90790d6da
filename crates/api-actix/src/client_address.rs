//! Where a request came from.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};
use domain::model::{ClientAddress, Device, UserAgent};

use crate::problem::Problem;

/// What the client of a request says of itself.
pub(crate) struct Origin(pub(crate) Device);

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        ready(Ok(Self(Device { address: of(request), user_agent: sent.and_then(UserAgent::of) })))
    }
}

/// The address of the client of `request`. Only requests of tests come from nowhere.
pub(crate) fn of(request: &HttpRequest) -> ClientAddress {
    let peer = request.peer_addr().map(|peer| peer.ip());
    ClientAddress::new(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}
