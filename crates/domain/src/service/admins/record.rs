//! Changes to an admin's record, one write each.

use crate::model::{Admin, AdminId, Version};
use crate::ports::{Ports, WriteError};
use crate::service::Error;

/// How often a change is tried while others change the same record.
const ATTEMPTS: usize = 32;

/// What a change makes of the present record.
pub(in crate::service) enum Next<T> {
    /// This is to be written, with what the caller is told then.
    Write(Box<Admin>, T),
    /// There is nothing to write.
    Leave(T),
}

/// Changes the record of `id`: `transition` makes the next value of the present one, again whenever
/// somebody else was faster. It is told when there is no record.
pub(in crate::service) async fn change<T>(
    ports: &Ports,
    id: &AdminId,
    transition: impl Fn(Option<Admin>) -> Result<Next<T>, Error> + Send,
) -> Result<T, Error>
where
    T: Send,
{
    for _ in 0..ATTEMPTS {
        let present = ports.admins.get(id).await?;
        let expected = present.as_ref().map_or(Version::FIRST, Admin::version);
        match transition(present)? {
            Next::Leave(told) => return Ok(told),
            Next::Write(next, told) => match write(ports, &next, expected).await {
                Ok(()) => return Ok(told),
                Err(WriteError::Stale) => {}
                Err(WriteError::Taken) => return Err(Error::EmailTaken),
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            },
        }
    }
    Err(Error::Contended)
}

/// Writes `next` over the version `expected`. A failure that may hide a success is looked into: what is
/// stored tells.
pub(in crate::service) async fn write(
    ports: &Ports,
    next: &Admin,
    expected: Version,
) -> Result<(), WriteError> {
    let result = ports.admins.replace(next, expected).await;
    match result {
        Err(WriteError::Stale | WriteError::Store(_)) => match ports.admins.get(next.id()).await {
            Ok(Some(stored)) if stored == *next => Ok(()),
            _ => result,
        },
        known => known,
    }
}

/// Removes the record of `id` when its version is `expected`. A failure that may hide a success is looked
/// into.
pub(in crate::service) async fn remove(
    ports: &Ports,
    id: &AdminId,
    expected: Version,
) -> Result<(), WriteError> {
    match ports.admins.remove(id, expected).await {
        Err(WriteError::Store(cause)) => match ports.admins.get(id).await {
            Ok(None) => Ok(()),
            _ => Err(WriteError::Store(cause)),
        },
        known => known,
    }
}
