//! Shares of the limits on several nodes.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{NodeId, Nodes};
use domain::ports::{NodeRegistry, Ports, StoreError};
use mockall::{Sequence, mock};
use port_contracts::fakes::SettableClock;

use super::{limits, rate_limit_headers, refused};
use crate::store::ports;
use crate::support::{Server, get};

mock! {
    Registry {}

    #[async_trait]
    impl NodeRegistry for Registry {
        async fn heartbeat(&self, node: &NodeId) -> Result<Nodes, StoreError>;
        async fn deregister(&self, node: &NodeId) -> Result<(), StoreError>;
    }
}

/// A server whose registry returns these numbers of nodes in turn; `None` is a failure.
async fn server_with_nodes(responses: &[Option<u64>], anonymous: u64) -> Server {
    let (mut registry, mut sequence) = (MockRegistry::new(), Sequence::new());
    for &response in responses {
        let nodes = move || match response {
            Some(nodes) => Ok(Nodes::counted(nodes)),
            None => Err(StoreError::unavailable("injected")),
        };
        registry.expect_heartbeat().times(1).in_sequence(&mut sequence).returning(move |_| nodes());
    }
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { nodes: Arc::new(registry), ..ports(&clock).await };
    Server::limited_over(ports, clock, limits(0, anonymous, 0)).await
}

#[actix_web::test]
async fn a_node_allows_its_share_of_the_limit() {
    let server = server_with_nodes(&[Some(3)], 10).await;
    server.services.limits.heartbeat().await.unwrap();
    for left in (0..5).rev() {
        let response = server.send(get("/v1/me")).await;
        assert_eq!(response.problem(401), "unauthenticated");
        let left = format!(r#""anonymous";r={left};t=60"#);
        assert_eq!(rate_limit_headers(&response), (r#""anonymous";q=10;w=60"#, &left[..]));
    }
    refused(&server.send(get("/v1/me")).await);
}

#[actix_web::test]
async fn a_share_follows_the_number_of_nodes_and_survives_failures() {
    let server = server_with_nodes(&[Some(2), None, Some(1)], 100).await;
    let left = async || server.send(get("/v1/me")).await.header("ratelimit").to_owned();
    assert_eq!(left().await, r#""anonymous";r=99;t=60"#, "alone, as far as it knows");
    server.services.limits.heartbeat().await.unwrap();
    assert_eq!(left().await, r#""anonymous";r=73;t=60"#);
    server.services.limits.heartbeat().await.unwrap_err();
    assert_eq!(left().await, r#""anonymous";r=72;t=60"#);
    server.services.limits.heartbeat().await.unwrap();
    assert_eq!(left().await, r#""anonymous";r=96;t=60"#);
}
