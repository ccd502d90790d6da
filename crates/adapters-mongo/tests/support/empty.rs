//! A database as good as new: to make another takes far longer.

use bson::{Document, doc};
use mongodb::Database;

/// Removes all that a store put into `database`, and leaves its layout.
pub(crate) async fn empty(database: &Database) {
    for name in database.list_collection_names().await.unwrap() {
        let collection = database.collection::<Document>(&name);
        if name.starts_with("org_") {
            collection.drop().await.unwrap();
        } else if name != "meta" {
            collection.delete_many(doc! {}).await.unwrap();
        }
    }
}
