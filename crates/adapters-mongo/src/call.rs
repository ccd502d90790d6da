//! Time limits of calls.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Cursor;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::mongo_error::MongoError;

/// Time limit of the driver's server selection (`serverSelectionTimeoutMS`).
pub(crate) const SERVER_SELECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Time limit of the server for a command (`maxTimeMS`), and for a majority (`wtimeout`).
pub(crate) const MAX_TIME: Duration = Duration::from_secs(2);
/// Total time limit of a call, a retry included. A frozen server does not respond at all, so the
/// limit can't be left to the server. A request makes up to three calls after the first failure (it
/// checks whether a write took effect, and releases its idempotency key), and has to end within 10
/// s.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// Runs `action` within the time limit of a call.
pub(crate) async fn with_timeout<T>(
    action: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, MongoError> {
    within(CALL_TIMEOUT, action).await
}

/// The results of `query`, within the time limit of a call.
pub(crate) async fn collect<T: DeserializeOwned>(
    query: impl IntoFuture<Output = mongodb::error::Result<Cursor<T>>>,
) -> Result<Vec<T>, MongoError> {
    with_timeout(async { query.await?.try_collect().await }).await
}

/// Runs `action`, which is safe to repeat, and repeats it once after an interruption.
pub(crate) async fn retry_once<T, A>(action: impl Fn() -> A) -> Result<T, MongoError>
where
    A: IntoFuture<Output = mongodb::error::Result<T>>,
{
    match with_timeout(action()).await {
        Err(MongoError::Interrupted(_)) => with_timeout(action()).await,
        result => result,
    }
}

/// Runs `action` within a given time limit.
pub(crate) async fn within<T>(
    bound: Duration,
    action: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, MongoError> {
    match timeout(bound, action.into_future()).await {
        Ok(result) => result.map_err(MongoError::from),
        Err(elapsed) => Err(MongoError::Unavailable(elapsed.into())),
    }
}
