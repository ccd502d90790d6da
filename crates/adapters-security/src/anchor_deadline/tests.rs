use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use port_contracts::anchor_log::checkpoint;

use super::*;

/// A log on a disk that hangs until it is released.
struct Hanging {
    begun: AtomicUsize,
    appended: Mutex<Vec<u64>>,
    release: Semaphore,
}

#[async_trait]
impl AnchorLog for Hanging {
    fn restored(&self) -> Vec<Checkpoint> {
        Vec::new()
    }

    async fn append(&self, checkpoint: &Checkpoint) -> Result<(), BoxError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.release.acquire().await?.forget();
        self.appended.lock().unwrap().push(checkpoint.seq.get());
        Ok(())
    }
}

fn hanging(deadline: Duration) -> (Arc<Hanging>, AnchorDeadline) {
    let (begun, appended, release) = (AtomicUsize::new(0), Mutex::default(), Semaphore::new(0));
    let log = Arc::new(Hanging { begun, appended, release });
    (Arc::clone(&log), AnchorDeadline::new(log, deadline))
}

#[tokio::test]
async fn a_hanging_append_times_out_and_stays_the_only_one_in_flight() {
    let (log, bounded) = hanging(Duration::from_millis(10));
    for seq in 1..=100 {
        bounded.append(&checkpoint("acme", seq)).await.unwrap_err();
    }
    assert_eq!(log.begun.load(Ordering::SeqCst), 1);
    log.release.add_permits(2);
    // It ends, and appends succeed again.
    drop(bounded.in_flight.acquire().await.unwrap());
    bounded.append(&checkpoint("acme", 101)).await.unwrap();
    assert_eq!(*log.appended.lock().unwrap(), [1, 101]);
}

#[tokio::test]
async fn concurrent_appends_are_serialized() {
    let (log, bounded) = hanging(Duration::from_secs(600));
    log.release.add_permits(2);
    let (one, two) = (checkpoint("acme", 1), checkpoint("beta", 2));
    let (one, two) = tokio::join!(bounded.append(&one), bounded.append(&two));
    one.unwrap();
    two.unwrap();
    assert_eq!(*log.appended.lock().unwrap(), [1, 2]);
}

/// A client that hangs up ends the export that waits for the append, not the append.
#[tokio::test]
async fn an_append_completes_after_its_caller_is_dropped() {
    let (log, bounded) = hanging(Duration::from_secs(600));
    let one = checkpoint("acme", 1);
    assert!(timeout(Duration::from_millis(10), bounded.append(&one)).await.is_err());
    log.release.add_permits(1);
    drop(bounded.in_flight.acquire().await.unwrap());
    assert_eq!(*log.appended.lock().unwrap(), [1]);
}
