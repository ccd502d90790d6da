//! Databases as the reference services write them.

use local_mongod::TestDatabase;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::{Collection, IndexModel};

/// Hash of the password of all admins in tests ([`crate::api::PASSWORD`]).
pub(crate) const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuopRLxSnonl43nH.ubiRrqNdSTVdk5PW";
/// When everything was created and changed, and all admins logged in.
pub(crate) const MADE: (i64, &str) = (1_735_786_800_000, "2025-01-02T03:00:00.000Z");
pub(crate) const CHANGED: (i64, &str) = (1_738_551_600_500, "2025-02-03T03:00:00.500Z");
pub(crate) const LOGIN: (i64, &str) = (1_741_057_200_000, "2025-03-04T03:00:00.000Z");

/// A database of a reference service.
pub(crate) struct Old {
    pub(crate) database: TestDatabase,
}

/// The `n`-th id of its kind.
pub(crate) fn id(kind: u8, n: u32) -> ObjectId {
    ObjectId::parse_str(hex(kind, n)).unwrap()
}

/// The same as text.
pub(crate) fn hex(kind: u8, n: u32) -> String {
    format!("65{kind:02}0000000000000000{n:04}")
}

/// Kinds of ids.
pub(crate) const ORGANIZATION: u8 = 1;
pub(crate) const ADMIN: u8 = 2;
pub(crate) const DOCUMENT: u8 = 3;

pub(crate) fn date((millis, _): (i64, &str)) -> DateTime {
    DateTime::from_millis(millis)
}

impl Old {
    /// An empty database.
    pub(crate) async fn fresh() -> Self {
        Self { database: TestDatabase::fresh().await.unwrap() }
    }

    /// Two organizations, the first with two admins.
    pub(crate) async fn org() -> Self {
        let old = Self::fresh().await;
        old.org_organization(1, "acme").await;
        old.org_organization(2, "tesla_inc").await;
        let more = doc! {
            "_id": id(ADMIN, 9), "email": "reader@example.com", "password": HASH.replace("2b", "2y"),
            "organization_id": hex(ORGANIZATION, 1), "role": "viewer",
        };
        old.collection("admins").insert_one(more).await.unwrap();
        old
    }

    /// An organization with its founder and three documents.
    pub(crate) async fn org_organization(&self, n: u32, name: &str) {
        let collection = format!("org_{name}");
        let organization = doc! {
            "_id": id(ORGANIZATION, n), "organization_name": name, "collection_name": &collection,
            "admin_id": id(ADMIN, n), "admin_email": email(n),
            "created_at": date(MADE), "updated_at": date(CHANGED),
        };
        self.collection("organizations").insert_one(organization).await.unwrap();
        let admin = doc! {
            "_id": id(ADMIN, n), "email": email(n), "password_hash": HASH, "role": "admin",
            "organization_id": id(ORGANIZATION, n), "is_active": true,
            "last_login": date(LOGIN), "created_at": date(MADE),
        };
        self.collection("admins").insert_one(admin).await.unwrap();
        self.documents(&collection).await;
    }

    /// Two organizations, the first with two admins, and a deleted one.
    pub(crate) async fn enterprise() -> Self {
        let old = Self::fresh().await;
        old.enterprise_organization(1, "Acme Corp", "org_acme_corp").await;
        old.enterprise_organization(2, "Zeta", "org_zeta").await;
        let more = doc! {
            "_id": "reader-1", "email": "reader@example.com", "full_name": "Rita Reader",
            "password_hash": HASH, "role": "viewer",
        };
        old.collection("org_acme_corp").insert_one(more).await.unwrap();
        let gone = doc! {
            "_id": id(ORGANIZATION, 3), "name": "Zeta", "admin_id": hex(ADMIN, 3),
            "created_at": date(MADE), "updated_at": date(CHANGED),
            "is_deleted": true, "deleted_at": date(CHANGED), "deleted_by": hex(ADMIN, 3),
        };
        old.collection("organizations").insert_one(gone).await.unwrap();
        old
    }

    /// An organization with its founder and three documents in one collection.
    pub(crate) async fn enterprise_organization(&self, n: u32, name: &str, collection: &str) {
        let organization = doc! {
            "_id": id(ORGANIZATION, n), "name": name, "description": "What it is for",
            "collection_name": collection, "admin_id": hex(ADMIN, n),
            "created_at": date(MADE), "updated_at": date(CHANGED), "is_deleted": false,
        };
        self.collection("organizations").insert_one(organization).await.unwrap();
        let admin = doc! {
            "_id": id(ADMIN, n), "email": email(n), "hashed_password": HASH, "name": "Ada",
            "role": "admin", "created_at": date(MADE), "last_login": date(LOGIN),
        };
        self.collection(collection).insert_one(admin).await.unwrap();
        self.documents(collection).await;
    }

    async fn documents(&self, name: &str) {
        let documents = self.collection(name);
        let index = IndexModel::builder().keys(doc! { "n": 1 }).build();
        documents.create_index(index).await.unwrap();
        let [a, b, c] = [
            doc! { "_id": id(DOCUMENT, 1), "n": 1, "at": date(MADE), "of": name },
            doc! { "_id": id(DOCUMENT, 2), "n": 2_i64, "nested": { "list": [1.5, "x"] } },
            // A customer of the organization who is not an admin.
            doc! { "_id": "third", "n": 3, "email": "somebody@example.com", "password": HASH, "role": "user" },
        ];
        documents.insert_many([a, b, c]).await.unwrap();
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.database().collection(name)
    }
}

/// The address of the founder of the `n`-th organization.
pub(crate) fn email(n: u32) -> String {
    format!("Founder{n}@Example.com")
}
