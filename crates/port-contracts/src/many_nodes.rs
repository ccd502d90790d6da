//! Additional contract of [`NodeRegistry`] on a store that many processes may use.

use std::sync::Arc;

use domain::model::Nodes;
use domain::ports::NodeRegistry;

use crate::node_registry::node;
use crate::suite::at_once;

type Registry = Arc<dyn NodeRegistry>;

suite! { $ many_nodes(Registry):
    nodes_with_a_heartbeat_are_counted,
    a_deregistered_node_is_not_counted,
    concurrent_heartbeats_are_all_counted,
}

async fn nodes_with_a_heartbeat_are_counted(registry: Registry) {
    for n in 1..=3 {
        assert_eq!(heartbeat(&registry, n).await, n);
    }
    assert_eq!(heartbeat(&registry, 1).await, 3);
}

async fn a_deregistered_node_is_not_counted(registry: Registry) {
    heartbeat(&registry, 1).await;
    assert_eq!(heartbeat(&registry, 2).await, 2);
    registry.deregister(&node(1)).await.unwrap();
    assert_eq!(heartbeat(&registry, 2).await, 1);
    assert_eq!(heartbeat(&registry, 1).await, 2, "it is back");
}

async fn concurrent_heartbeats_are_all_counted(registry: Registry) {
    let counts = at_once(16, |n| {
        let registry = Arc::clone(&registry);
        async move { heartbeat(&registry, n).await }
    })
    .await;
    assert_eq!(counts.iter().max(), Some(&16), "the last one sees all: {counts:?}");
    assert_eq!(heartbeat(&registry, 0).await, 16);
}

async fn heartbeat(registry: &Registry, n: usize) -> usize {
    let nodes: Nodes = registry.heartbeat(&node(n)).await.unwrap();
    nodes.get().try_into().unwrap()
}
