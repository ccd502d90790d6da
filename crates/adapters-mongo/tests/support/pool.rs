//! Databases that go from test to test: to make one takes far longer than most tests.

use std::sync::{Mutex, PoisonError};

use local_mongod::TestDatabase;
use mongodb::Client;

use crate::empty::empty;

/// Databases on one server. They are dropped when nobody has one.
pub(crate) struct Pool(Mutex<Databases>);

struct Databases {
    lent: usize,
    free: Vec<TestDatabase>,
}

/// A database, until this is dropped.
pub(crate) struct Lent {
    pool: &'static Pool,
    database: Option<TestDatabase>,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Databases { lent: 0, free: Vec::new() }))
    }

    /// A database as good as new; `make` makes another when none is free.
    pub(crate) async fn lend(&'static self, make: impl AsyncFnOnce() -> TestDatabase) -> Lent {
        let free = self.with(|databases| {
            databases.lent += 1;
            databases.free.pop()
        });
        let database = match free {
            None => make().await,
            Some(used) => {
                // Over a connection of its own: that of before ended with the test that made it.
                let client = Client::with_uri_str(used.url()).await.unwrap();
                empty(&client.database(used.name())).await;
                used
            }
        };
        Lent { pool: self, database: Some(database) }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Databases) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lent {
    pub(crate) fn database(&self) -> &TestDatabase {
        self.database.as_ref().unwrap()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unused = self.pool.with(|databases| {
            databases.lent -= 1;
            databases.free.extend(self.database.take());
            if databases.lent == 0 { std::mem::take(&mut databases.free) } else { Vec::new() }
        });
        drop(unused);
    }
}
