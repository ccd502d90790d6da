//! [`NodeRegistry`]: only one process can have the store open.

use async_trait::async_trait;
use domain::model::{NodeId, Nodes};
use domain::ports::{NodeRegistry, StoreError};

use crate::store::EmbeddedStore;

#[async_trait]
impl NodeRegistry for EmbeddedStore {
    async fn heartbeat(&self, _node: &NodeId) -> Result<Nodes, StoreError> {
        Ok(Nodes::ONE)
    }

    async fn deregister(&self, _node: &NodeId) -> Result<(), StoreError> {
        Ok(())
    }
}
