//! Changes to an admin's record, one write each.

use std::slice;

use crate::model::{Admin, AdminId, AuditEvent, Version};
use crate::ports::{AdminRepo, WriteError};
use crate::service::Error;

/// How often a change is tried while others change the same record.
const ATTEMPTS: usize = 32;

/// What a change makes of the present record.
pub(in crate::service) enum Next<T> {
    /// This is to be written, with the event that it is; and the caller is told then.
    Write(Box<Admin>, Box<AuditEvent>, T),
    /// There is nothing to write.
    Leave(T),
}

impl<T> Next<T> {
    pub(in crate::service) fn write(next: Admin, event: AuditEvent, told: T) -> Self {
        Self::Write(Box::new(next), Box::new(event), told)
    }
}

/// Changes the record of `id`: `transition` makes the next value of the present one, again whenever
/// somebody else was faster. It is told when there is no record.
pub(in crate::service) async fn change<T>(
    admins: &dyn AdminRepo,
    id: &AdminId,
    transition: impl Fn(Option<Admin>) -> Result<Next<T>, Error> + Send,
) -> Result<T, Error>
where
    T: Send,
{
    for _ in 0..ATTEMPTS {
        let present = admins.get(id).await?;
        let expected = present.as_ref().map_or(Version::FIRST, Admin::version);
        match transition(present)? {
            Next::Leave(told) => return Ok(told),
            Next::Write(next, event, told) => {
                match write(admins, &next, expected, slice::from_ref(&*event)).await {
                    Ok(()) => return Ok(told),
                    Err(WriteError::Stale) => {}
                    Err(WriteError::Taken) => return Err(Error::EmailTaken),
                    Err(WriteError::Store(cause)) => return Err(cause.into()),
                }
            }
        }
    }
    Err(Error::Contended)
}

/// Writes `next` over the version `expected`. A failure that may hide a success is looked into: what is
/// stored tells.
pub(in crate::service) async fn write(
    admins: &dyn AdminRepo,
    next: &Admin,
    expected: Version,
    events: &[AuditEvent],
) -> Result<(), WriteError> {
    let result = admins.replace(next, expected, events).await;
    match result {
        Err(WriteError::Stale | WriteError::Store(_)) => match admins.get(next.id()).await {
            Ok(Some(stored)) if stored == *next => Ok(()),
            _ => result,
        },
        known => known,
    }
}
