//! Client address of a request, as reported by trusted proxies.

mod forwarded;
mod networks;
mod node;
mod resolve;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{FORWARDED, HeaderName, X_FORWARDED_FOR, X_FORWARDED_PROTO};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use domain::model::ClientAddress;

pub use networks::{InvalidNetwork, Network, TrustedProxies};
pub use resolve::{ClientRoute, ForwardingHeaders, resolve};

/// Client address of `request`; unspecified only in tests.
pub(crate) fn of(request: &HttpRequest) -> ClientAddress {
    let found = request.extensions().get::<ClientRoute>().map(|route| route.client);
    ClientAddress::new(found.unwrap_or_else(|| peer(request)))
}

/// Marks a connection over TLS, in its data.
pub(crate) struct Encrypted;

/// Whether the client of `request` used TLS: to this server or to a trusted proxy.
pub(crate) fn over_tls(request: &HttpRequest) -> bool {
    request.conn_data::<Encrypted>().is_some()
        || request.extensions().get::<ClientRoute>().is_some_and(|route| route.https)
}

/// Middleware that resolves the client address, once per request.
pub(crate) async fn find<B: MessageBody>(
    proxies: Arc<TrustedProxies>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let peer = peer(request.request());
    if proxies.trust(peer) {
        let values = |name: HeaderName| -> Vec<&[u8]> {
            request.headers().get_all(name).map(|value| value.as_bytes()).collect()
        };
        let (forwarded, x_forwarded_for) = (values(FORWARDED), values(X_FORWARDED_FOR));
        let headers = ForwardingHeaders {
            forwarded: &forwarded,
            x_forwarded_for: &x_forwarded_for,
            x_forwarded_proto: &values(X_FORWARDED_PROTO),
        };
        let route = resolve(peer, &headers, &proxies);
        request.extensions_mut().insert(route);
    } else {
        let mut sent = [FORWARDED, X_FORWARDED_FOR].into_iter();
        if let Some(header) = sent.find(|name| request.headers().contains_key(name)) {
            proxies.warn_of_untrusted(peer, &header);
        }
    }
    next.call(request).await
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_and_read_body, init_service};
    use actix_web::{App, web};

    use super::*;
    use crate::request_info::RequestInfoParam;

    /// Client address that handlers see of a request from `peer` with the header `forwarded`.
    async fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let networks = trusted.iter().map(|text| text.parse::<Network>().unwrap());
        let proxies: Arc<TrustedProxies> = Arc::new(networks.collect());
        let handler =
            |request_info: RequestInfoParam| async move { request_info.0.address.to_string() };
        let app = App::new()
            .default_service(web::to(handler))
            .wrap(from_fn(move |request, next| find(proxies.clone(), request, next)));
        let request = TestRequest::default()
            .peer_addr(peer.parse().unwrap())
            .insert_header((X_FORWARDED_FOR, forwarded))
            .to_request();
        let body = call_and_read_body(&init_service(app).await, request).await;
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn only_trusted_proxies_name_the_client() {
        let proxies = ["10.0.0.0/8", "127.0.0.1"];
        assert_eq!(seen("10.0.0.1:80", "192.0.2.7", &proxies).await, "192.0.2.7");
        assert_eq!(seen("[::ffff:127.0.0.1]:80", "192.0.2.7", &proxies).await, "192.0.2.7");
        assert_eq!(seen("192.0.2.9:80", "192.0.2.7", &proxies).await, "192.0.2.9");
        assert_eq!(seen("10.0.0.1:80", "192.0.2.7", &[]).await, "10.0.0.1");
    }
}
