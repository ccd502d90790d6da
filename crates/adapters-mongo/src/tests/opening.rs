use std::time::{Duration, Instant};

use bson::{Document, doc};
use domain::ports::OrganizationRepo;
use local_mongod::TestDatabase;
use mongodb::IndexModel;
use mongodb::options::IndexOptions;
use port_contracts::fixtures::active;
use tokio::task::JoinSet;

use super::{config, fresh, open};
use crate::{MongoConfig, MongoStore};

#[tokio::test]
async fn what_is_there_stays_when_it_is_opened_again() {
    let (store, database) = fresh().await;
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    let again = open(&database).await.unwrap();
    let stored = OrganizationRepo::get(&again, organization.id()).await.unwrap();
    assert_eq!(stored, Some(organization));
}

#[tokio::test]
async fn many_may_open_a_new_database_at_once() {
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
async fn an_index_that_is_in_the_way_is_an_error_that_names_it() {
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
async fn duplicates_that_are_in_the_way_are_an_error_that_names_the_index() {
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
async fn a_database_of_a_newer_version_is_left_alone() {
    let (_, database) = fresh().await;
    let meta = database.database().collection::<Document>("meta");
    let newer = doc! { "$set": { "number": 5_i64 } };
    meta.update_one(doc! { "_id": "format" }, newer).await.unwrap();
    let error = open(&database).await.unwrap_err().to_string();
    assert!(error.contains("a newer version of Tenantry: its format is 5"), "{error}");
}

#[tokio::test]
async fn a_database_of_an_older_version_is_taken_over() {
    let (store, database) = fresh().await;
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
async fn a_database_of_something_else_is_left_alone() {
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
async fn an_unusable_connection_string_is_explained_and_no_secret_of_it_shown() {
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
async fn a_refused_login_does_not_show_the_password() {
    let database = TestDatabase::fresh().await.unwrap();
    let url = database.url().replace("mongodb://", "mongodb://ada:hunter2@");
    let config = MongoConfig { url: url.into(), ..config(&database) };
    let error = MongoStore::open(&config).await.unwrap_err();
    assert!(error.to_string().contains("Authentication failed"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_soon() {
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
