//! [`NodeRegistry`]: one document per process, with the time of its last heartbeat by the server's
//! clock.

use async_trait::async_trait;
use bson::doc;
use domain::model::{NodeId, Nodes};
use domain::ports::{HEARTBEAT_TIMEOUT, NodeRegistry, StoreError};

use crate::call::{MAX_TIME, retry_once};
use crate::records::millis;
use crate::schema::LAST_HEARTBEAT;
use crate::store::MongoStore;

#[async_trait]
impl NodeRegistry for MongoStore {
    async fn heartbeat(&self, node: &NodeId) -> Result<Nodes, StoreError> {
        let collections = self.fixed_collections()?;
        let (nodes, by_id) = (&collections.nodes, doc! { "_id": node.as_str() });
        let seen = doc! { "$currentDate": { LAST_HEARTBEAT: true } };
        retry_once(|| nodes.update_one(by_id.clone(), seen.clone()).upsert(true)).await?;
        let since = doc! { "$subtract": ["$$NOW", millis(HEARTBEAT_TIMEOUT)?] };
        let alive = doc! { "$expr": { "$gte": [format!("${LAST_HEARTBEAT}"), since] } };
        let count = retry_once(|| nodes.count_documents(alive.clone()).max_time(MAX_TIME)).await?;
        Ok(Nodes::counted(count))
    }

    async fn deregister(&self, node: &NodeId) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let by_id = doc! { "_id": node.as_str() };
        retry_once(|| collections.nodes.delete_one(by_id.clone())).await?;
        Ok(())
    }
}
