use std::time::{Duration, Instant};

use bson::{Document, doc};
use domain::ports::OrganizationRepo;
use local_mongod::TestDatabase;
use mongodb::IndexModel;
use mongodb::options::IndexOptions;
use port_contracts::fixtures::active;
use tokio::task::JoinSet;

use super::{config, new_store, open};
use crate::{MongoConfig, MongoStore};

#[tokio::test]
async fn reopening_keeps_existing_data() {
    let (store, database) = new_store().await;
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    let again = open(&database).await.unwrap();
    let stored = OrganizationRepo::get(&again, organization.id()).await.unwrap();
    assert_eq!(stored, Some(organization));
}

#[tokio::test]
async fn a_new_database_can_be_opened_concurrently() {
    let database = TestDatabase::fresh().await.unwrap();
    let mut opening = JoinSet::new();
    for _ in 0..8 {
        let config = config(&database);
        opening.spawn(async move { MongoStore::open(&config).await.map(drop) });
    }
    for opened in opening.join_all().await {
        opened.unwrap();
    }
}

#[tokio::test]
async fn a_conflicting_index_is_named_in_the_error() {
    let other_keys = ("organizations", index("names", doc! { "slug": 1 }));
    let other_name = ("idempotency", index("mine", doc! { "until": 1 }));
    for ((collection, in_the_way), expected) in [(other_keys, "names"), (other_name, "until")] {
        let database = TestDatabase::fresh().await.unwrap();
        let records = database.database().collection::<Document>(collection);
        records.create_index(in_the_way).await.unwrap();
        let error = open(&database).await.unwrap_err().to_string();
        let named = format!("the index `{expected}` of `{collection}` can't be created");
        assert!(error.starts_with(&named), "{error}");
    }
}

#[tokio::test]
async fn duplicates_are_an_error_that_names_the_unique_index() {
    let database = TestDatabase::fresh().await.unwrap();
    let admins = database.database().collection::<Document>("admins");
    let same = [doc! { "email_key": "ada@example.com" }, doc! { "email_key": "ada@example.com" }];
    admins.insert_many(same).await.unwrap();
    let error = open(&database).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the unique index `email` of `admins` can't be created: there are duplicates"
    );
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let (_, database) = new_store().await;
    let meta = database.database().collection::<Document>("meta");
    let newer = doc! { "$set": { "number": 5_i64 } };
    meta.update_one(doc! { "_id": "format" }, newer).await.unwrap();
    let error = open(&database).await.unwrap_err().to_string();
    assert!(error.contains("a newer version of Tenantry: its format is 5"), "{error}");
}

#[tokio::test]
async fn an_older_format_is_upgraded() {
    let (store, database) = new_store().await;
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    let meta = database.database().collection::<Document>("meta");
    let older = doc! { "$set": { "number": 1_i64 } };
    meta.update_one(doc! { "_id": "format" }, older).await.unwrap();
    let again = open(&database).await.unwrap();
    let stored = OrganizationRepo::get(&again, organization.id()).await.unwrap();
    assert_eq!(stored, Some(organization));
    let format = meta.find_one(doc! { "_id": "format" }).await.unwrap().unwrap();
    assert_eq!(format.get_i64("number").unwrap(), 4, "older versions leave it alone now");
}

#[tokio::test]
async fn a_foreign_database_is_refused_and_unchanged() {
    let database = TestDatabase::fresh().await.unwrap();
    let organizations = database.database().collection::<Document>("organizations");
    organizations.insert_one(doc! { "name": "Acme" }).await.unwrap();
    let error = open(&database).await.unwrap_err().to_string();
    assert!(
        error.ends_with("has a collection `organizations` that Tenantry did not make"),
        "{error}"
    );
    let collections = database.database().list_collection_names().await.unwrap();
    assert_eq!(collections, ["organizations"], "nothing was made");
}

#[tokio::test]
async fn connection_string_errors_show_no_secrets() {
    for (url, expected) in [
        ("hunter2", "no scheme"),
        ("http://ada:hunter2@localhost", "scheme: http"),
        ("mongodb://ada:hunter2@", "the hostname cannot be empty"),
        ("mongodb://ada:hunter2@localhost:x", "the port must be an integer"),
        ("mongodb://ada:hunter2@localhost/?maxPoolSize=0", "maxPoolSize=0"),
        ("mongodb://ada:hunter2@a,b/?directConnection=true", "directConnection"),
        ("mongodb://ada:x/hunter2@localhost", "percent-encoded"),
        ("mongodb://ada:hunter2?x@localhost", "percent-encoded"),
        ("mongodb://ada:x@hunter2@localhost", "percent-encoded"),
        ("mongodb://ada:%hunter2@localhost", "percent-encoded"),
    ] {
        let config = MongoConfig { url: url.into(), database: "tenantry".to_owned() };
        let error = MongoStore::open(&config).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("can't read the connection string: "), "{url}: {text}");
        assert!(text.contains(expected), "{url}: {text}");
        assert!(!format!("{text} {error:?} {config:?}").contains("hunter2"), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn authentication_errors_show_no_password() {
    let database = TestDatabase::fresh().await.unwrap();
    let url = database.url().replace("mongodb://", "mongodb://ada:hunter2@");
    let config = MongoConfig { url: url.into(), ..config(&database) };
    let error = MongoStore::open(&config).await.unwrap_err();
    assert!(error.to_string().contains("Authentication failed"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_within_the_time_limit() {
    let begun = Instant::now();
    let url = "mongodb://127.0.0.1:1/".into();
    let error = MongoStore::open(&MongoConfig { url, database: "tenantry".to_owned() }).await;
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("can't use the database: "), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

fn index(name: &str, keys: Document) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).build();
    IndexModel::builder().keys(keys).options(options).build()
}
