//! Documents of other programs, under `ObjectId`s.

mod changes;
mod imports;
mod lists;

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document as Fields, doc};
use domain::model::{Document, DocumentQuery, Tenant};
use domain::ports::TenantStore;
use local_mongod::TestDatabase;
use mongodb::Collection;
use port_contracts::fixtures::{mixed, page_of, tenant, tenant_at};

use super::new_store;
use crate::MongoStore;

const OID: &str = "507f1f77bcf86cd799439011";
const OTHER: &str = "507f191e810c19729de860ea";

/// An organization whose collection another program filled.
struct Adopted {
    store: MongoStore,
    /// May have ids of both kinds.
    tenant: Tenant,
    /// The same collection, treated as if all ids were text.
    texts: Tenant,
    /// Its documents, as the other program sees them.
    collection: Collection<Fields>,
    _database: TestDatabase,
}

impl Adopted {
    async fn with(documents: &[Fields]) -> Self {
        let (store, database) = new_store().await;
        let tenant = tenant("a", "org_a");
        let placement = store.create(&tenant).await.unwrap();
        let texts = tenant_at(tenant.organization(), placement);
        let collection = database.database().collection("org_a");
        collection.insert_many(documents).await.unwrap();
        Self { store, tenant: mixed(&texts), texts, collection, _database: database }
    }

    /// The ids as the API shows them, and the number of counted documents.
    async fn ids(&self, tenant: &Tenant) -> (Vec<String>, u64) {
        let all = DocumentQuery::default();
        let page = self.store.list(tenant, &all, page_of(100)).await.unwrap();
        assert!(!page.more);
        let ids = page.items.iter().map(Document::id).map(ToString::to_string).collect();
        (ids, self.store.usage(tenant).await.unwrap().documents)
    }

    async fn stored(&self, id: impl Into<Bson>) -> Option<Fields> {
        self.collection.find_one(doc! { "_id": id.into() }).await.unwrap()
    }
}

fn oid(hex: &str) -> ObjectId {
    ObjectId::parse_str(hex).unwrap()
}

/// Documents whose ids can't be shown.
fn hidden() -> Vec<Fields> {
    let uuid = Binary { subtype: BinarySubtype::Uuid, bytes: vec![7; 16] };
    let ids = [Bson::Int32(7), uuid.into(), doc! { "a": 1 }.into(), Bson::Boolean(true)];
    ids.into_iter().map(|id| doc! { "_id": id, "n": 1 }).collect()
}

#[tokio::test]
async fn documents_with_other_id_types_are_hidden() {
    let mut documents = hidden();
    documents.extend([doc! { "_id": oid(OID) }, doc! { "_id": "x" }]);
    let adopted = Adopted::with(&documents).await;
    assert_eq!(adopted.ids(&adopted.tenant).await, (vec![OID.into(), "x".into()], 2));
}

#[tokio::test]
async fn object_ids_are_hidden_in_collections_with_text_ids() {
    let adopted = Adopted::with(&[doc! { "_id": oid(OID) }, doc! { "_id": "x" }]).await;
    assert_eq!(adopted.ids(&adopted.texts).await, (vec!["x".into()], 1));
}
