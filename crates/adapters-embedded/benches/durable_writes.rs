//! How many inserts per second are durable, by the number of concurrent writers, beside redb alone with
//! one write per commit. Only the ratios of one run mean something: the rest is the disk.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use adapters_embedded::EmbeddedStore;
use domain::model::Tenant;
use domain::ports::TenantStore;
use port_contracts::fixtures::{document, tenant};
use redb::{Database, TableDefinition};
use serde_json::json;
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const TIME: Duration = Duration::from_secs(3);
const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("bare");

#[tokio::main]
async fn main() -> Outcome<()> {
    // Under the target directory, because `/tmp` may be in memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bare = bare(&directory.path().join("bare.redb"))?;
    println!("redb, one write per commit: {bare:>8.0} inserts/s");
    let store = EmbeddedStore::open(&directory.path().join("store"))?;
    for writers in [1, 16, 64] {
        let name = format!("{writers}-writers");
        let tenant = tenant(&name, &format!("org_{name}"));
        store.create(&tenant).await?;
        let rate = grouped(&store, &tenant, writers).await?;
        println!(
            "{writers:>2} concurrent writers:      {rate:>8.0} inserts/s, {:.2} x",
            rate / bare
        );
    }
    Ok(())
}

/// Inserts per second, each in a commit of its own.
fn bare(file: &Path) -> Outcome<f64> {
    let database = Database::create(file)?;
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < TIME {
        let (id, json) = (format!("{count:08}"), serde_json::to_vec(&members(0, count))?);
        let tx = database.begin_write()?;
        tx.open_table(TABLE)?.insert(id.as_str(), json.as_slice())?;
        tx.commit()?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// Inserts per second of that many writers, each of which waits for its answer before the next one.
async fn grouped(store: &EmbeddedStore, tenant: &Tenant, writers: u32) -> Outcome<f64> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..writers {
        let (store, tenant) = (store.clone(), tenant.clone());
        tasks.spawn(async move {
            let mut count = 0_u32;
            while start.elapsed() < TIME {
                let new = document(&format!("{writer}-{count:08}"), members(writer, count));
                store.insert(&tenant, &new, None).await?;
                count += 1;
            }
            Outcome::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(done) = tasks.join_next().await {
        count += done??;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

fn members(writer: u32, count: u32) -> serde_json::Value {
    json!({ "writer": writer, "count": count, "text": "x".repeat(200) })
}
