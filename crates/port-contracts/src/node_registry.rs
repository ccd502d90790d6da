//! Contract of [`NodeRegistry`] on any store.

use std::sync::Arc;

use domain::model::{NodeId, Nodes};
use domain::ports::NodeRegistry;

type Registry = Arc<dyn NodeRegistry>;

suite! { $ node_registry(Registry):
    repeated_heartbeats_count_a_node_once,
    a_deregistered_node_can_return,
    deregistering_an_unknown_node_succeeds,
}

async fn repeated_heartbeats_count_a_node_once(registry: Registry) {
    for _ in 0..3 {
        assert_eq!(registry.heartbeat(&node(1)).await.unwrap(), Nodes::ONE);
    }
}

async fn a_deregistered_node_can_return(registry: Registry) {
    for _ in 0..2 {
        assert_eq!(registry.heartbeat(&node(1)).await.unwrap(), Nodes::ONE);
        registry.deregister(&node(1)).await.unwrap();
    }
}

async fn deregistering_an_unknown_node_succeeds(registry: Registry) {
    assert_eq!(registry.heartbeat(&node(1)).await.unwrap(), Nodes::ONE);
    registry.deregister(&node(2)).await.unwrap();
    registry.deregister(&node(2)).await.unwrap();
    assert_eq!(registry.heartbeat(&node(1)).await.unwrap(), Nodes::ONE);
}

/// A separate process.
pub(crate) fn node(n: usize) -> NodeId {
    NodeId::parse(format!("node-{n}")).unwrap()
}
