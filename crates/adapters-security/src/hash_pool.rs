//! Thread pool for slow work of async callers: a fixed number of threads, and a queue that is
//! bounded in length and waiting time. Logins come first, and requesters take turns.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bulkhead::{FairQueue, Priority, QueueLimits};
use domain::ports::{HashJob, HashPurpose, HasherError, Requester};
use tokio::sync::oneshot;

use crate::priority::give_way;

/// A pool whose threads each own an `S`, which their jobs use one after the other. The threads end
/// when the pool is dropped and its queue is empty.
pub(crate) struct HashPool<S> {
    queue: Arc<Queue<S>>,
    max_wait: Duration,
}

/// Limits of the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolLimits {
    /// Maximum number of waiting jobs of one purpose.
    pub(crate) waiting: usize,
    /// Maximum number of waiting logins of one client.
    pub(crate) logins_per_client: usize,
    /// Maximum number of waiting changes of one requester.
    pub(crate) changes_per_requester: usize,
    /// Maximum wait; after that, a job is not started any more.
    pub(crate) max_wait: Duration,
}

struct Queue<S> {
    state: Mutex<State<S>>,
    changed: Condvar,
}

struct State<S> {
    jobs: FairQueue<Requester, Box<dyn Job<S>>>,
    is_closed: bool,
}

/// Work with a waiting caller.
trait Job<S>: Send {
    /// Whether its caller was dropped.
    fn is_abandoned(&self) -> bool;
    /// Does the work, unless it has waited too long, and sends the result.
    fn run(self: Box<Self>, scratch: &mut S);
    /// Sends a refusal: another requester had fewer jobs in a full queue.
    fn refuse(self: Box<Self>);
}

struct WaitingJob<T, F> {
    work: F,
    begin_by: Option<Instant>,
    result_sender: oneshot::Sender<Result<T, HasherError>>,
}

impl<S, T: Send, F: FnOnce(&mut S) -> T + Send> Job<S> for WaitingJob<T, F> {
    fn is_abandoned(&self) -> bool {
        self.result_sender.is_closed()
    }

    fn run(self: Box<Self>, scratch: &mut S) {
        let in_time = self.begin_by.is_none_or(|end| Instant::now() < end);
        let done = if in_time { Ok((self.work)(scratch)) } else { Err(HasherError::Busy) };
        // Fails when the caller was dropped while the job ran.
        let _ = self.result_sender.send(done);
    }

    fn refuse(self: Box<Self>) {
        let _ = self.result_sender.send(Err(HasherError::Busy));
    }
}

impl<S: Default + 'static> HashPool<S> {
    /// Starts `threads` threads; jobs wait for one of them within `limits`.
    pub(crate) fn start(threads: NonZeroUsize, limits: PoolLimits) -> io::Result<Self> {
        let pool = Self { queue: Arc::new(Queue::new(limits)), max_wait: limits.max_wait };
        for _ in 0..threads.get() {
            let queue = Arc::clone(&pool.queue);
            thread::Builder::new().name("hash".to_owned()).spawn(move || work(&queue))?;
        }
        Ok(pool)
    }

    /// Runs `work` on a thread of the pool and returns its result. Skips it if the caller was
    /// dropped first.
    ///
    /// # Errors
    /// [`HasherError::Busy`], at once when the queue, or the share of the requester, is full, or
    /// when the job has waited too long; [`HasherError::Failed`] when `work` panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: HashJob,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, HasherError> {
        let receiver = self.submit(job, self.max_wait, work)?;
        let result = receiver.await;
        result.map_err(|_| HasherError::Failed("a job of the password hasher panicked".into()))?
    }

    fn submit<T: Send + 'static>(
        &self,
        job: HashJob,
        max_wait: Duration,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, HasherError>>, HasherError> {
        let (result_sender, receiver) = oneshot::channel();
        let begin_by = Instant::now().checked_add(max_wait);
        self.queue.push(job, Box::new(WaitingJob { work, begin_by, result_sender }))?;
        Ok(receiver)
    }
}

impl<S> Drop for HashPool<S> {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.changed.notify_all();
    }
}

impl<S> Queue<S> {
    fn new(limits: PoolLimits) -> Self {
        let total = limits.waiting;
        let logins = QueueLimits { total, per_key: limits.logins_per_client };
        let changes = QueueLimits { total, per_key: limits.changes_per_requester };
        let state = State { jobs: FairQueue::with_limits(logins, changes), is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn push(&self, job: HashJob, work: Box<dyn Job<S>>) -> Result<(), HasherError> {
        let priority = match job.purpose {
            HashPurpose::Login => Priority::Urgent,
            HashPurpose::Change => Priority::Normal,
        };
        let jobs = &mut self.lock().jobs;
        // Abandoned jobs must not count against the limits.
        jobs.retain(|job| !job.is_abandoned());
        let evicted = jobs.push(job.requester, priority, work).map_err(|_| HasherError::Busy)?;
        if let Some(evicted) = evicted {
            evicted.refuse();
        }
        self.changed.notify_one();
        Ok(())
    }

    /// The next job with a waiting caller; none when the pool is dropped and the queue is empty.
    fn pop(&self) -> Option<Box<dyn Job<S>>> {
        let mut state = self.lock();
        loop {
            match state.jobs.pop() {
                Some((_, job)) if job.is_abandoned() => {}
                Some((_, job)) => return Some(job),
                None if state.is_closed => return None,
                None => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work<S: Default>(queue: &Queue<S>) {
    give_way();
    let mut scratch = S::default();
    while let Some(job) = queue.pop() {
        // A job that panics drops its sender, which notifies its caller. The next job overwrites
        // what it leaves in the scratch.
        let _ = catch_unwind(AssertUnwindSafe(|| job.run(&mut scratch)));
    }
}

#[cfg(test)]
mod tests;
