//! Equivalence of the stores: the same random requests with the same faults, on the embedded store,
//! on a real MongoDB and on a small model of what clients may observe. Every result is compared,
//! and the contents of the stores afterwards.
//!
//! `PROPTEST_CASES=5000 cargo test -p adapters-mongo --test equivalence` runs more cases. Of a
//! failure, the shortest failing sequence of requests is printed.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

mod contents;
mod installation;
mod known;
mod model;
#[path = "../support/one_database.rs"]
mod one_database;
mod operations;
mod play;
mod requests;
mod strategies;

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use domain::model::Naming;
use domain::service::{PlacementPolicy, PlacementRules};
use one_database::OneDatabase;
use operations::{
    Case, DocumentsRequest, Fault, Operation, OwnersRequest, PASSWORD, Session, Step,
    TenancySettings,
};
use play::play;
use port_contracts::crash::FreshStore;
use port_contracts::faults::When;
use proptest::test_runner::{Config, TestCaseResult, TestRunner, contextualize_config};
use strategies::cases;
use tokio::runtime::Runtime;

/// About a minute's work.
const CASES: u32 = 120;

#[test]
fn both_stores_agree_with_the_model() {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(contextualize_config(config));
    let arena = Arena::new();
    if let Err(failure) = runner.run(&cases(), |case| arena.play(case)) {
        panic!("{failure}");
    }
}

/// An existing document with the same id must not change the refusal.
#[test]
fn a_late_insert_is_refused_before_its_id_is_compared() {
    let session = |is_old| Session { owner: 0, is_old };
    let insert =
        |is_old| Operation::Documents(session(is_old), DocumentsRequest::Insert { id: "1", n: 0 });
    let undisturbed = |operation| Step { operation, fault: None };
    let begun = Fault { call: 4, when: When::Before, is_crash: false };
    let case = Case {
        settings: TenancySettings {
            naming: Naming::Slug,
            placement: PlacementRules { policy: PlacementPolicy::Shared, max_collections: 100 },
        },
        steps: vec![
            undisturbed(Operation::Create { name: "Acme", address: "ada@example.com" }),
            undisturbed(Operation::Login { address: "ada@example.com", password: PASSWORD }),
            undisturbed(insert(false)),
            Step { operation: Operation::Owner(0, OwnersRequest::Delete), fault: Some(begun) },
            undisturbed(insert(true)),
        ],
    };
    Arena::new().play(case).unwrap();
}

/// Runs cases one after the other.
struct Arena {
    runtime: Runtime,
    mongo: OneDatabase,
}

impl Arena {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let mongo = runtime.block_on(OneDatabase::new());
        Self { runtime, mongo }
    }

    fn play(&self, case: Case) -> TestCaseResult {
        self.runtime.block_on(async {
            let embedded = Arc::new(EmbeddedStore::in_memory().unwrap());
            play(case, [embedded, self.mongo.make().await]).await
        })
    }
}
