//! Value types and aggregates.

mod actor;
mod admin;
mod audit;
mod document;
mod ids;
mod limits;
mod organization;
mod query;
mod request;
mod session;
mod text;
mod time;
mod version;

pub use actor::Actor;
pub use admin::{
    Admin, AdminChange, AdoptedAdmin, Email, EmailKey, NewAdmin, NewPassword, Password,
    PasswordHash, Refreshed, Role,
};
pub use audit::{
    Action, ActorKind, AuditActor, AuditContext, AuditEvent, AuditTarget, ChainHead, Changes,
    Checkpoint, EncodedEvent, EventFilter, EventHash, LoggedEvent, Seq, StoredEvent, TargetKind,
    Trail, TrailLine,
};
pub use document::{
    Batch, Document, DocumentLimit, DocumentPatch, DocumentTag, DocumentTree, Excess, ImportCounts,
    ImportMode, Imported, NewDocument, StorageQuota, StorageQuotaChange, Usage,
};
pub use ids::{AdminId, DocumentId, EventId, KeyId, NodeId, OrganizationId, SessionId, TokenId};
pub use limits::{
    Account, AttemptKey, Attempts, Failures, Nodes, QuotaWindow, RateLimit, RateQuota,
};
pub use organization::{
    AdoptedOrganization, Claim, CollectionName, CollectionUuid, Deletion, DocumentIds, Legacy,
    LegacyAdmin, LegacyCollection, LegacyDeletion, LegacyDocument, LegacyOrganization,
    LimitsChange, Naming, NewOrganization, NextName, Organization, OrganizationChange,
    PendingAdminChange, Phase, Placement, PlacementKind, Refusal, Status, Tenant,
};
pub use query::{
    Budget, Condition, DocumentQuery, Exhausted, FieldPath, Filter, Page, PageSize, Position,
    PositionTooLarge, Projection, Sort, SortKey, ValueSet, compare,
};
pub use request::{
    ClientAddress, Fingerprint, IdempotencyKey, Precondition, RequestId, RequestInfo, Reservation,
    StoredResponse,
};
pub use session::{
    AccessClaims, AccessToken, Audience, Device, KeyRing, KeyState, NewSession, RefreshToken, Salt,
    Secret, SecretDigest, Session, SigningKey, UserAgent,
};
pub use text::{
    AdminName, Description, Invalid, InvalidAt, MAX_POINTER, Metadata, MetadataPatch,
    OrganizationName, Slug, bounded_pointer,
};
pub use time::Timestamp;
pub use version::Version;
