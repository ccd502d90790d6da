//! [`NodeRegistry`]: one document per process, with the time of its last heartbeat by the server's
//! clock.

use async_trait::async_trait;
use bson::doc;
use domain::model::{NodeId, Nodes};
use domain::ports::{HEARTBEAT_TIMEOUT, NodeRegistry, StoreError};

use crate::call::{WORK, again};
use crate::records::millis;
use crate::schema::SEEN;
use crate::store::MongoStore;

#[async_trait]
impl NodeRegistry for MongoStore {
    async fn beat(&self, node: &NodeId) -> Result<Nodes, StoreError> {
        let link = self.link()?;
        let (nodes, own) = (&link.collections.nodes, doc! { "_id": node.as_str() });
        let seen = doc! { "$currentDate": { SEEN: true } };
        again(|| nodes.update_one(own.clone(), seen.clone()).upsert(true)).await?;
        let since = doc! { "$subtract": ["$$NOW", millis(HEARTBEAT_TIMEOUT)?] };
        let living = doc! { "$expr": { "$gte": [format!("${SEEN}"), since] } };
        let count = again(|| nodes.count_documents(living.clone()).max_time(WORK)).await?;
        Ok(Nodes::counted(count))
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        let link = self.link()?;
        let own = doc! { "_id": node.as_str() };
        again(|| link.collections.nodes.delete_one(own.clone())).await?;
        Ok(())
    }
}
