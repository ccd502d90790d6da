//! Tests of the pool with jobs that report when they run.

use std::cell::RefCell;
use std::sync::Barrier;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use domain::model::{ClientAddress, OrganizationId};

use super::*;

/// Timeout after which something that should happen at once counts as never happening.
const NEVER: Duration = Duration::from_secs(10);

type PendingResult<T> = oneshot::Receiver<Result<T, HasherError>>;

fn pool(threads: usize, waiting: usize) -> HashPool<u32> {
    let limits = limits(waiting, NEVER);
    HashPool::start(NonZeroUsize::new(threads).unwrap(), limits).unwrap()
}

fn submit<T: Send + 'static>(
    pool: &HashPool<u32>,
    job: impl FnOnce(&mut u32) -> T + Send + 'static,
) -> PendingResult<T> {
    pool.submit(login(1), NEVER, job).unwrap()
}

/// A login from one of many clients.
fn login(client: u8) -> HashJob {
    HashJob::login(ClientAddress::new([192, 0, 2, client].into()))
}

fn change(organization: &str) -> HashJob {
    HashJob::change(&OrganizationId::parse(organization).unwrap())
}

/// One requester may have as many waiting jobs as all together.
fn limits(waiting: usize, max_wait: Duration) -> PoolLimits {
    let (logins_per_client, changes_per_requester) = (waiting, waiting);
    PoolLimits { waiting, logins_per_client, changes_per_requester, max_wait }
}

/// Keeps the one thread of `pool` busy until the returned sender is dropped.
fn occupy(pool: &HashPool<u32>) -> (Sender<()>, PendingResult<()>) {
    let (started, start) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let job = move |_: &mut u32| {
        started.send(()).unwrap();
        assert!(released.recv().is_err());
    };
    let answer = submit(pool, job);
    start.recv_timeout(NEVER).unwrap();
    (release, answer)
}

async fn done<T>(answer: PendingResult<T>) -> T {
    answer.await.unwrap().unwrap()
}

#[tokio::test]
async fn a_full_queue_refuses_immediately() {
    let pool = pool(1, 2);
    let (release, occupied) = occupy(&pool);
    let first = submit(&pool, |_| 1);
    let second = submit(&pool, |_| 2);
    assert!(matches!(pool.run(login(1), |_| 3).await, Err(HasherError::Busy)));
    drop(release);
    done(occupied).await;
    assert_eq!((done(first).await, done(second).await), (1, 2));
    assert_eq!(pool.run(login(1), |_| 4).await.unwrap(), 4);
}

#[tokio::test]
async fn a_job_past_its_queue_timeout_is_refused_and_not_started() {
    let pool = pool(1, 3);
    let (release, occupied) = occupy(&pool);
    let (begun, jobs_begun) = mpsc::channel();
    let patient_begun = begun.clone();
    let impatient =
        pool.submit(login(1), Duration::ZERO, move |_| begun.send("impatient").unwrap());
    let patient = submit(&pool, move |_| patient_begun.send("patient").unwrap());
    drop(release);
    done(occupied).await;
    assert!(matches!(impatient.unwrap().await.unwrap(), Err(HasherError::Busy)));
    done(patient).await;
    assert_eq!(jobs_begun.iter().collect::<Vec<_>>(), ["patient"]);
}

#[tokio::test]
async fn the_queue_timeout_applies_to_every_job() {
    let limits = limits(1, Duration::ZERO);
    let pool = HashPool::<u32>::start(NonZeroUsize::MIN, limits).unwrap();
    assert!(matches!(pool.run(login(1), |_| 1).await, Err(HasherError::Busy)));
}

#[tokio::test]
async fn a_job_of_a_dropped_caller_is_skipped() {
    let pool = pool(1, 2);
    let (release, _occupied) = occupy(&pool);
    let (done, jobs_done) = mpsc::channel();
    let also_done = done.clone();
    drop(submit(&pool, move |_| done.send("abandoned").unwrap()));
    let wanted = submit(&pool, move |_| also_done.send("wanted").unwrap());
    drop(release);
    wanted.await.unwrap().unwrap();
    assert_eq!(jobs_done.iter().collect::<Vec<_>>(), ["wanted"]);
}

#[tokio::test]
async fn a_panic_fails_its_own_job_only() {
    let pool = pool(1, 1);
    let answer = pool.run(login(1), |_| -> u32 { panic!("on purpose") }).await;
    assert!(matches!(answer, Err(HasherError::Failed(_))));
    assert_eq!(pool.run(login(1), |_| 1).await.unwrap(), 1);
}

#[tokio::test]
async fn worker_threads_reuse_their_scratch_memory() {
    let pool = pool(1, 1);
    let count = |scratch: &mut u32| {
        *scratch += 1;
        *scratch
    };
    assert_eq!(pool.run(login(1), count).await.unwrap(), 1);
    assert_eq!(pool.run(login(1), count).await.unwrap(), 2);
}

#[tokio::test]
async fn jobs_run_on_all_threads_and_the_threads_end_with_the_pool() {
    thread_local! {
        static ALIVE: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
    }
    let pool = pool(3, 3);
    let (alive, ended) = mpsc::channel::<()>();
    let together = Arc::new(Barrier::new(3));
    let one = |_| {
        let (alive, together) = (alive.clone(), Arc::clone(&together));
        let job = move |_: &mut u32| {
            ALIVE.set(Some(alive));
            together.wait();
        };
        submit(&pool, job)
    };
    let answers: Vec<_> = (0..3).map(one).collect();
    for answer in answers {
        done(answer).await;
    }
    drop(alive);
    assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty), "three threads are alive");
    drop(pool);
    let closed = ended.recv_timeout(NEVER);
    assert_eq!(closed, Err(mpsc::RecvTimeoutError::Disconnected), "all three have ended");
}

/// A pool whose one thread is busy, and a list of the jobs that it starts after that.
struct Blocked {
    pool: HashPool<u32>,
    release: Sender<()>,
    begun: (Sender<&'static str>, mpsc::Receiver<&'static str>),
}

impl Blocked {
    fn new(limits: PoolLimits) -> Self {
        let pool = HashPool::start(NonZeroUsize::MIN, limits).unwrap();
        let release = occupy(&pool).0;
        Self { pool, release, begun: mpsc::channel() }
    }

    fn submit(&self, job: HashJob, name: &'static str) -> Result<PendingResult<()>, HasherError> {
        let begun = self.begun.0.clone();
        self.pool.submit(job, NEVER, move |_| begun.send(name).unwrap())
    }

    /// The jobs in the order in which they were started.
    async fn order(self, waiting: Vec<PendingResult<()>>) -> Vec<&'static str> {
        drop(self.release);
        for answer in waiting {
            done(answer).await;
        }
        drop(self.begun.0);
        self.begun.1.iter().collect()
    }
}

#[tokio::test]
async fn logins_precede_changes_and_requesters_are_served_round_robin() {
    let blocked = Blocked::new(limits(10, NEVER));
    let submitted = [
        (change("acme"), "acme 1"),
        (change("acme"), "acme 2"),
        (change("acme"), "acme 3"),
        (change("globex"), "globex"),
        (login(1), "login 1"),
        (login(1), "login 2"),
        (login(2), "another login"),
    ];
    let waiting = submitted.map(|(job, name)| blocked.submit(job, name).unwrap());
    assert_eq!(
        blocked.order(waiting.into()).await,
        ["login 1", "another login", "login 2", "acme 1", "globex", "acme 2", "acme 3"]
    );
}

/// 600 admins that one organization creates at once, as an attacker did.
#[tokio::test]
async fn a_burst_of_one_organization_fills_only_its_own_share() {
    let limits = PoolLimits { changes_per_requester: 32, ..limits(1024, NEVER) };
    let blocked = Blocked::new(limits);
    let burst = (0..600).map(|_| blocked.submit(change("acme"), "acme"));
    let mut waiting: Vec<_> = burst.filter_map(Result::ok).collect();
    assert_eq!(waiting.len(), 32);
    waiting.push(blocked.submit(login(1), "login").unwrap());
    waiting.push(blocked.submit(change("globex"), "globex").unwrap());
    let order = blocked.order(waiting).await;
    assert_eq!(order[..3], ["login", "acme", "globex"]);
    assert_eq!(order.len(), 34);
}

#[tokio::test]
async fn a_login_flood_of_one_client_fills_only_its_own_share() {
    let limits = PoolLimits { logins_per_client: 8, ..limits(1024, NEVER) };
    let blocked = Blocked::new(limits);
    let flood = (0..600).map(|_| blocked.submit(login(1), "flood"));
    let mut waiting: Vec<_> = flood.filter_map(Result::ok).collect();
    assert_eq!(waiting.len(), 8);
    waiting.push(blocked.submit(login(2), "login").unwrap());
    assert_eq!(blocked.order(waiting).await[..2], ["flood", "login"]);
}

#[tokio::test]
async fn jobs_of_dropped_callers_free_their_queue_slots() {
    let blocked = Blocked::new(limits(2, NEVER));
    drop([(); 2].map(|()| blocked.submit(login(1), "abandoned").unwrap()));
    let wanted = blocked.submit(login(1), "wanted").unwrap();
    assert_eq!(blocked.order(vec![wanted]).await, ["wanted"]);
}
