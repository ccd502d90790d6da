//! Changes to an admin's record, each in one write.

use std::slice;

use crate::model::{Admin, AdminId, AuditEvent, Version};
use crate::ports::{AdminRepo, WriteError};
use crate::service::Error;

/// Maximum attempts when other writes change the same record.
const ATTEMPTS: usize = 32;

/// Result of a transition of the current record.
pub(in crate::service) enum Next<T> {
    /// Write this record with this event, then return the value.
    Write(Box<Admin>, Box<AuditEvent>, T),
    /// Write nothing and return the value.
    Leave(T),
}

impl<T> Next<T> {
    pub(in crate::service) fn write(next: Admin, event: AuditEvent, value: T) -> Self {
        Self::Write(Box::new(next), Box::new(event), value)
    }
}

/// Applies `transition` to the record of `id`, again after each concurrent write. `transition` gets
/// none when there is no record.
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
            Next::Leave(value) => return Ok(value),
            Next::Write(next, event, value) => {
                match write(admins, &next, expected, slice::from_ref(&*event)).await {
                    Ok(()) => return Ok(value),
                    Err(WriteError::Stale) => {}
                    Err(WriteError::Taken) => return Err(Error::EmailTaken),
                    Err(WriteError::Store(cause)) => return Err(cause.into()),
                }
            }
        }
    }
    Err(Error::Contended)
}

/// Writes `next` over the version `expected`. After a failure that may hide a success, reads the
/// stored record to decide.
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
