//! Contract of [`NodeRegistry`] on any store.

use std::sync::Arc;

use domain::model::{NodeId, Nodes};
use domain::ports::NodeRegistry;

type Registry = Arc<dyn NodeRegistry>;

suite! { $ node_registry(Registry):
    a_node_is_counted_once_however_often_it_calls,
    a_node_is_counted_after_it_left,
    nothing_happens_when_one_leaves_that_is_not_there,
}

async fn a_node_is_counted_once_however_often_it_calls(registry: Registry) {
    for _ in 0..3 {
        assert_eq!(registry.beat(&node(1)).await.unwrap(), Nodes::ONE);
    }
}

async fn a_node_is_counted_after_it_left(registry: Registry) {
    for _ in 0..2 {
        assert_eq!(registry.beat(&node(1)).await.unwrap(), Nodes::ONE);
        registry.leave(&node(1)).await.unwrap();
    }
}

async fn nothing_happens_when_one_leaves_that_is_not_there(registry: Registry) {
    assert_eq!(registry.beat(&node(1)).await.unwrap(), Nodes::ONE);
    registry.leave(&node(2)).await.unwrap();
    registry.leave(&node(2)).await.unwrap();
    assert_eq!(registry.beat(&node(1)).await.unwrap(), Nodes::ONE);
}

/// A separate process.
pub(crate) fn node(n: usize) -> NodeId {
    NodeId::parse(format!("node-{n}")).unwrap()
}
