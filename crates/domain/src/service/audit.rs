//! Use cases of audit trails: reading, verification, checkpoints and retention.

mod memory;
mod reader;
mod retention;
mod sign;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use super::port_set::port_set;
use super::{Caller, Error, OperatorContext, RequiredRole, Resource};
use crate::model::{
    Checkpoint, EventFilter, OrganizationId, Page, PageSize, Role, Seq, StoredEvent, Trail,
};
use crate::ports::{AnchorLog, Ports, StoreError};

use memory::CheckpointMemory;
use sign::Signing;

pub use reader::TrailReader;
pub use verify::{Break, BreakKind, Ending, TrailVerifier, Verification};

/// Minimum time between checkpoints that exports store and anchor.
const EXPORTS_APART: Duration = Duration::from_secs(60);
/// Maximum verifications of one request, when retention removes events meanwhile.
const VERIFICATIONS: usize = 3;

/// Which events are recorded, and how long they are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditRules {
    /// Whether writes of single documents are recorded (`AUDIT_DOCUMENTS`).
    pub documents: bool,
    /// Minimum time for which events are kept; for ever if not set (`AUDIT_RETENTION_DAYS`).
    pub retention: Option<Duration>,
}

port_set! { AuditPorts {
    audit: AuditLog,
    clock: Clock,
    checkpoint_signer: CheckpointSigner,
    organizations: OrganizationRepo,
    signed_heads: CheckpointRepo,
} }

/// Use cases of audit trails.
#[derive(Clone)]
pub struct Audit {
    ports: AuditPorts,
    anchors: Option<Arc<dyn AnchorLog>>,
    retention: Option<Duration>,
    memory: Arc<CheckpointMemory>,
}

/// A trail that its caller may read.
#[derive(Debug, Clone)]
pub struct TrailContext {
    trail: Trail,
}

impl Audit {
    pub(super) fn new(ports: &Ports, retention: Option<Duration>) -> Self {
        let anchors = ports.anchors.clone();
        let restored = anchors.as_ref().map(|anchors| anchors.restored()).unwrap_or_default();
        let memory = Arc::new(CheckpointMemory::restored(&restored));
        Self { ports: ports.into(), anchors, retention, memory }
    }

    /// The trail of an organization, for reading events: for its owners and admins, and for the
    /// operator, also after the organization is deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`], both for an unknown id and for another organization than the admin's;
    /// [`Error::Forbidden`] for viewers; [`Error::Store`].
    pub async fn events_of(
        &self,
        caller: &Caller,
        id: &OrganizationId,
    ) -> Result<TrailContext, Error> {
        if let Caller::Admin(admin) = caller {
            admin.authorize_read(id)?;
            if admin.admin().role() == Role::Viewer {
                return Err(Error::Forbidden(RequiredRole::Writer));
            }
        }
        self.trail_of(caller, id).await
    }

    /// The whole trail of an organization, for an export or a verification: for its owners and the
    /// operator.
    ///
    /// # Errors
    /// As [`Self::events_of`]; [`Error::Forbidden`] for all except owners and the operator.
    pub async fn whole_trail_of(
        &self,
        caller: &Caller,
        id: &OrganizationId,
    ) -> Result<TrailContext, Error> {
        if let Caller::Admin(admin) = caller {
            admin.authorize_owner(id)?;
        }
        self.trail_of(caller, id).await
    }

    /// The trail of the installation.
    #[must_use]
    pub fn of_installation(&self, _operator: &OperatorContext) -> TrailContext {
        TrailContext { trail: Trail::Installation }
    }

    /// Any trail, for commands on the machine itself, which have the permissions of the process. No
    /// code that serves requests may call this.
    #[must_use]
    pub fn any_trail(&self, trail: Trail) -> TrailContext {
        TrailContext { trail }
    }

    /// Returns a page of events, including all that were acknowledged before.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        context: &TrailContext,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, Error> {
        let trail = &context.trail;
        self.ports.audit.flush_outbox(Some(trail)).await?;
        let start = self.ports.signed_heads.start(trail).await?;
        let first = start.map_or(Seq::START, |start| start.seq);
        Ok(self.ports.audit.list(trail, filter, after.max(first), size).await?)
    }

    /// Reads a trail from its start up to its current end, with a signature of the end. That is a
    /// stored checkpoint, at most one a minute; between them, only the export contains the
    /// signature. A trail that does not contain its last checkpoint is read without a signature of
    /// its end.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Internal`].
    pub async fn export(&self, context: &TrailContext) -> Result<TrailReader, Error> {
        let trail = &context.trail;
        self.ports.audit.flush_outbox(Some(trail)).await?;
        let signing = self.sign(trail, EXPORTS_APART).await?;
        let end = match &signing {
            Signing::Signed => self.signed(trail).await?,
            Signing::Unstored(end) => end.seq,
            Signing::Refused => self.end(trail).await?,
        };
        let start = self.ports.signed_heads.start(trail).await?;
        let reader = TrailReader::new(&self.ports, trail.clone(), start, end);
        Ok(reader.signed(signing))
    }

    /// Verifies a trail in its current state.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn verify(&self, context: &TrailContext) -> Result<Verification, Error> {
        let trail = &context.trail;
        let mut attempt = 1;
        loop {
            let start = readable(self.ports.signed_heads.start(trail).await)?.flatten();
            let found = self.verify_after(trail, start.clone()).await;
            let is_intact = found.as_ref().is_ok_and(|found| found.first_break.is_none());
            // Retention may have removed lines that were not read yet.
            if is_intact
                || attempt == VERIFICATIONS
                || readable(self.ports.signed_heads.start(trail).await)?.flatten() == start
            {
                return found;
            }
            attempt += 1;
        }
    }

    async fn verify_after(
        &self,
        trail: &Trail,
        start: Option<Checkpoint>,
    ) -> Result<Verification, Error> {
        // In this order: later reads contain what earlier ones returned; events appended meanwhile
        // are ignored.
        let (known, exported) = (self.memory.last(trail), self.memory.exported(trail));
        let settled = readable(self.ports.audit.flush_outbox(Some(trail)).await)?;
        let end = readable(self.end(trail).await)?;
        let mut is_readable = settled.is_some() && end.is_some();
        let last = end.unwrap_or(Seq::MAX);
        let mut reader = TrailReader::new(&self.ports, trail.clone(), start, last);
        let signer = self.ports.checkpoint_signer.clone();
        let mut verifier = TrailVerifier::new(&*signer, Some(trail.clone()))
            .anchored(known.map(|known| known.point()))
            .containing(exported);
        loop {
            match readable(reader.next().await)? {
                Some(Some(lines)) => lines.iter().for_each(|line| verifier.check(line)),
                Some(None) => break,
                None => {
                    is_readable = false;
                    break;
                }
            }
        }
        if !is_readable {
            verifier.unreadable();
        }
        Ok(verifier.finish(end.map_or(Ending::Open, Ending::At)))
    }

    /// The position of the last event or checkpoint.
    async fn end(&self, trail: &Trail) -> Result<Seq, StoreError> {
        let signed = self.signed(trail).await?;
        Ok(self.ports.audit.head(trail).await?.map_or(signed, |head| head.seq.max(signed)))
    }

    /// The position of the last checkpoint.
    async fn signed(&self, trail: &Trail) -> Result<Seq, StoreError> {
        let latest = self.ports.signed_heads.latest(trail).await?;
        Ok(latest.map_or(Seq::START, |latest| latest.seq))
    }

    async fn trail_of(&self, caller: &Caller, id: &OrganizationId) -> Result<TrailContext, Error> {
        let context = TrailContext { trail: Trail::Organization(id.clone()) };
        match caller {
            // Authorization read its record before.
            Caller::Admin(_) => Ok(context),
            Caller::Operator(_) => match self.ports.organizations.get(id).await? {
                Some(_) => Ok(context),
                None => Err(Error::NotFound(Resource::Organization)),
            },
        }
    }
}

/// None for an unreadable record: a verification reports it as a break.
fn readable<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
