//! Contract of [`WorkPool`]: all computations run, and those of one requester do not block others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use domain::ports::{Requester, WorkPool};

use crate::fixtures::organization_id;
use crate::suite::at_once;

type Pool = Arc<dyn WorkPool>;

suite! { $ work_pool(Pool):
    run_returns_after_the_work_is_done,
    a_panic_does_not_break_the_pool,
    work_of_one_requester_does_not_block_another,
}

fn of(organization: &str) -> Requester {
    Requester::Organization(organization_id(organization))
}

async fn run_returns_after_the_work_is_done(pool: Pool) {
    let done = Arc::new(AtomicUsize::new(0));
    let results = at_once(50, |index| {
        let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
        async move {
            let work = Box::new(move || {
                done.fetch_add(1, Ordering::SeqCst);
            });
            pool.run(&of(&format!("requester-{}", index % 3)), work).await
        }
    });
    assert!(results.await.iter().all(Result::is_ok));
    assert_eq!(done.load(Ordering::SeqCst), 50);
}

async fn a_panic_does_not_break_the_pool(pool: Pool) {
    for _ in 0..100 {
        let _ = pool.run(&of("acme"), Box::new(|| panic!("this is expected"))).await;
    }
    pool.run(&of("acme"), Box::new(|| {})).await.unwrap();
}

/// Work that never ends by itself: the test hangs if another requester has to wait for it.
async fn work_of_one_requester_does_not_block_another(pool: Pool) {
    let (end, ended) = channel::<()>();
    let ended = Arc::new(Mutex::new(ended));
    let stuck: Vec<_> = (0..64)
        .map(|_| {
            let (pool, ended) = (Arc::clone(&pool), Arc::clone(&ended));
            tokio::spawn(async move {
                let work = Box::new(move || {
                    let _ = ended.lock().unwrap().recv();
                });
                pool.run(&of("acme"), work).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    for _ in 0..8 {
        pool.run(&of("globex"), Box::new(|| {})).await.unwrap();
    }
    drop(end);
    for one in stuck {
        one.await.unwrap().unwrap();
    }
}
