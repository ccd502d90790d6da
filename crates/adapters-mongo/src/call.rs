//! How long a call may take.

use std::future::IntoFuture;
use std::time::Duration;

use tokio::time::timeout;

use crate::fault::Fault;

/// How long the driver looks for a server that can do what is asked (`serverSelectionTimeoutMS`).
pub(crate) const SELECTION: Duration = Duration::from_secs(2);
/// How long the server may work on a command (`maxTimeMS`), and wait for a majority (`wtimeout`).
pub(crate) const WORK: Duration = Duration::from_secs(2);
/// How long a call may take in all, a second attempt included. A server that is stopped answers nothing
/// at all, so this can't be left to it. A request makes up to three calls after the first that fails
/// (it looks whether a write took effect, and takes back its idempotency key), and has to end in 10 s.
pub(crate) const CALL: Duration = Duration::from_secs(3);

/// The result of `action`, in time.
pub(crate) async fn bounded<T>(
    action: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, Fault> {
    within(CALL, action).await
}

/// The result of `action`, which may be done twice, and is when it is interrupted.
pub(crate) async fn again<T, A>(action: impl Fn() -> A) -> Result<T, Fault>
where
    A: IntoFuture<Output = mongodb::error::Result<T>>,
{
    match bounded(action()).await {
        Err(Fault::Interrupted(_)) => bounded(action()).await,
        result => result,
    }
}

/// The result of `action`, within a time of its own.
pub(crate) async fn within<T>(
    bound: Duration,
    action: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, Fault> {
    match timeout(bound, action.into_future()).await {
        Ok(result) => result.map_err(Fault::from),
        Err(elapsed) => Err(Fault::Unavailable(elapsed.into())),
    }
}
