//! Where a request came from.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::model::ClientAddress;

use crate::problem::Problem;

/// The address of the client of a request.
pub(crate) struct Client(pub(crate) ClientAddress);

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(of(request))))
    }
}

/// The address of the client of `request`. Only requests of tests come from nowhere.
pub(crate) fn of(request: &HttpRequest) -> ClientAddress {
    let peer = request.peer_addr().map(|peer| peer.ip());
    ClientAddress::new(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}
