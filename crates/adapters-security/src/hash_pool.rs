//! Threads that do slow work for async callers: a fixed number, with a queue that is bounded in length and
//! in time.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use domain::ports::HasherError;
use tokio::sync::oneshot;

use crate::priority::give_way;

/// Threads that each own an `S`, which their jobs use one after the other. They end when the pool is
/// dropped.
pub(crate) struct HashPool<S> {
    queue: SyncSender<Job<S>>,
    limits: Limits,
}

/// How many jobs wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many jobs wait for a thread at most.
    pub(crate) waiting: usize,
    /// A job that has waited as long is not begun any more.
    pub(crate) longest_wait: Duration,
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

impl<S: Default + 'static> HashPool<S> {
    /// Starts `threads` threads; jobs wait for one of them within `limits`.
    pub(crate) fn start(threads: NonZeroUsize, limits: Limits) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(limits.waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name("hash".to_owned()).spawn(move || work(&jobs))?;
        }
        Ok(Self { queue, limits })
    }

    /// What `job` returns, once a thread has done it. It is skipped when nobody waits for it by then.
    ///
    /// # Errors
    /// [`HasherError::Busy`], at once when the queue is full, or when `job` has waited too long;
    /// [`HasherError::Failed`] when `job` panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, HasherError> {
        let answer = self.submit(self.limits.longest_wait, job)?;
        let done = answer.await;
        done.map_err(|_| HasherError::Failed("a job of the password hasher panicked".into()))?
    }

    fn submit<T: Send + 'static>(
        &self,
        longest_wait: Duration,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, HasherError>>, HasherError> {
        let (sender, answer) = oneshot::channel();
        let asked = Instant::now();
        let job = move |scratch: &mut S| {
            if !sender.is_closed() {
                let in_time = asked.elapsed() < longest_wait;
                let done = if in_time { Ok(job(scratch)) } else { Err(HasherError::Busy) };
                // The caller may have gone while the job ran: then nobody wants the result.
                let _ = sender.send(done);
            }
        };
        match self.queue.try_send(Box::new(job)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(HasherError::Busy),
            Err(TrySendError::Disconnected(_)) => {
                Err(HasherError::Failed("the threads of the password hasher have ended".into()))
            }
        }
    }
}

fn work<S: Default>(jobs: &Mutex<Receiver<Job<S>>>) {
    give_way();
    let mut scratch = S::default();
    while let Some(job) = next(jobs) {
        // A job that panics drops its sender, which tells its caller. What it leaves in the scratch
        // is overwritten by the next one.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut scratch)));
    }
}

/// The lock is held while waiting for a job, never while doing it.
fn next<S>(jobs: &Mutex<Receiver<Job<S>>>) -> Option<Job<S>> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Barrier;
    use std::sync::mpsc::{self, Sender};
    use std::time::Duration;

    use super::*;

    /// Time after which something that should happen at once is taken for never happening.
    const NEVER: Duration = Duration::from_secs(10);

    type Answer<T> = oneshot::Receiver<Result<T, HasherError>>;

    fn pool(threads: usize, waiting: usize) -> HashPool<u32> {
        let limits = Limits { waiting, longest_wait: NEVER };
        HashPool::start(NonZeroUsize::new(threads).unwrap(), limits).unwrap()
    }

    fn submit<T: Send + 'static>(
        pool: &HashPool<u32>,
        job: impl FnOnce(&mut u32) -> T + Send + 'static,
    ) -> Answer<T> {
        pool.submit(NEVER, job).unwrap()
    }

    /// Keeps the one thread of `pool` busy until the returned sender is dropped.
    fn occupy(pool: &HashPool<u32>) -> (Sender<()>, Answer<()>) {
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

    async fn done<T>(answer: Answer<T>) -> T {
        answer.await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let pool = pool(1, 2);
        let (release, occupied) = occupy(&pool);
        let first = submit(&pool, |_| 1);
        let second = submit(&pool, |_| 2);
        assert!(matches!(pool.run(|_| 3).await, Err(HasherError::Busy)));
        drop(release);
        done(occupied).await;
        assert_eq!((done(first).await, done(second).await), (1, 2));
        assert_eq!(pool.run(|_| 4).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_job_that_has_waited_too_long_is_refused_and_not_begun() {
        let pool = pool(1, 3);
        let (release, occupied) = occupy(&pool);
        let (begun, jobs_begun) = mpsc::channel();
        let patient_begun = begun.clone();
        let impatient = pool.submit(Duration::ZERO, move |_| begun.send("impatient").unwrap());
        let patient = submit(&pool, move |_| patient_begun.send("patient").unwrap());
        drop(release);
        done(occupied).await;
        assert!(matches!(impatient.unwrap().await.unwrap(), Err(HasherError::Busy)));
        done(patient).await;
        assert_eq!(jobs_begun.iter().collect::<Vec<_>>(), ["patient"]);
    }

    #[tokio::test]
    async fn every_job_may_wait_as_long_as_the_pool_says() {
        let limits = Limits { waiting: 1, longest_wait: Duration::ZERO };
        let pool = HashPool::<u32>::start(NonZeroUsize::MIN, limits).unwrap();
        assert!(matches!(pool.run(|_| 1).await, Err(HasherError::Busy)));
    }

    #[tokio::test]
    async fn a_job_whose_caller_has_gone_is_skipped() {
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
        let answer = pool.run(|_| -> u32 { panic!("on purpose") }).await;
        assert!(matches!(answer, Err(HasherError::Failed(_))));
        assert_eq!(pool.run(|_| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_thread_keeps_its_scratch() {
        let pool = pool(1, 1);
        let count = |scratch: &mut u32| {
            *scratch += 1;
            *scratch
        };
        assert_eq!(pool.run(count).await.unwrap(), 1);
        assert_eq!(pool.run(count).await.unwrap(), 2);
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
}
