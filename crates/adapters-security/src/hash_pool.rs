//! Threads that do slow work for async callers: a fixed number, with a bounded queue.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use domain::ports::HasherError;
use tokio::sync::oneshot;

/// Threads that each own an `S`, which their jobs use one after the other. They end when the pool is
/// dropped.
pub(crate) struct HashPool<S> {
    queue: SyncSender<Job<S>>,
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

impl<S: Default + 'static> HashPool<S> {
    /// Starts `threads` threads; up to `waiting` jobs wait for one of them.
    pub(crate) fn start(threads: NonZeroUsize, waiting: usize) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name("hash".to_owned()).spawn(move || work(&jobs))?;
        }
        Ok(Self { queue })
    }

    /// What `job` returns, once a thread has done it. It is skipped when nobody waits for it by then.
    ///
    /// # Errors
    /// [`HasherError::Busy`], at once, when the queue is full; [`HasherError::Failed`] when `job` panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, HasherError> {
        let answer = self.submit(job)?;
        answer
            .await
            .map_err(|_| HasherError::Failed("a job of the password hasher panicked".into()))
    }

    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<T>, HasherError> {
        let (sender, answer) = oneshot::channel();
        let job = move |scratch: &mut S| {
            if !sender.is_closed() {
                // The caller may have gone while the job ran: then nobody wants the result.
                let _ = sender.send(job(scratch));
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

    fn pool(threads: usize, waiting: usize) -> HashPool<u32> {
        HashPool::start(NonZeroUsize::new(threads).unwrap(), waiting).unwrap()
    }

    /// Keeps the one thread of `pool` busy until the returned sender is dropped.
    fn occupy(pool: &HashPool<u32>) -> (Sender<()>, oneshot::Receiver<()>) {
        let (started, start) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let job = move |_: &mut u32| {
            started.send(()).unwrap();
            assert!(released.recv().is_err());
        };
        let answer = pool.submit(job).unwrap();
        start.recv_timeout(NEVER).unwrap();
        (release, answer)
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let pool = pool(1, 2);
        let (release, occupied) = occupy(&pool);
        let first = pool.submit(|_| 1).unwrap();
        let second = pool.submit(|_| 2).unwrap();
        assert!(matches!(pool.run(|_| 3).await, Err(HasherError::Busy)));
        drop(release);
        occupied.await.unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 2));
        assert_eq!(pool.run(|_| 4).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_job_whose_caller_has_gone_is_skipped() {
        let pool = pool(1, 2);
        let (release, _occupied) = occupy(&pool);
        let (done, jobs_done) = mpsc::channel();
        let also_done = done.clone();
        drop(pool.submit(move |_| done.send("abandoned").unwrap()).unwrap());
        let wanted = pool.submit(move |_| also_done.send("wanted").unwrap()).unwrap();
        drop(release);
        wanted.await.unwrap();
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
        let submit = |_| {
            let (alive, together) = (alive.clone(), Arc::clone(&together));
            let job = move |_: &mut u32| {
                ALIVE.set(Some(alive));
                together.wait();
            };
            pool.submit(job).unwrap()
        };
        let answers: Vec<_> = (0..3).map(submit).collect();
        for answer in answers {
            answer.await.unwrap();
        }
        drop(alive);
        assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty), "three threads are alive");
        drop(pool);
        let closed = ended.recv_timeout(NEVER);
        assert_eq!(closed, Err(mpsc::RecvTimeoutError::Disconnected), "all three have ended");
    }
}
