//! Value types and aggregates.

mod actor;
mod admin;
mod attempts;
mod audience;
mod audit;
mod budget;
mod client_address;
mod collection;
mod device;
mod document;
mod email;
mod filter;
mod idempotency;
mod ids;
mod invalid;
mod key_ring;
mod legacy;
mod merge_patch;
mod metadata;
mod names;
mod nesting;
mod organization;
mod origin;
mod page;
mod password;
mod phase;
mod placement;
mod pointer;
mod precondition;
mod projection;
mod quota;
mod refresh_token;
mod secret;
mod session;
mod signing_key;
mod slug;
mod sort;
mod storage;
mod time;
mod token;
mod value_order;
mod version;

pub use actor::Actor;
pub use admin::{Admin, AdminChange, AdoptedAdmin, NewAdmin, NewPassword, Refreshed, Role};
pub use attempts::{Account, AttemptKey, Attempts, Failures};
pub use audience::Audience;
pub use audit::{
    Act, Action, AuditActor, AuditEvent, AuditTarget, By, Changes, Draft, EventFilter, EventHash,
    Head, LoggedEvent, Seq, SignedHead, TargetKind, Trail, TrailLine,
};
pub use budget::{Budget, Exhausted};
pub use client_address::ClientAddress;
pub use collection::{Claim, CollectionName};
pub use device::{Device, UserAgent};
pub use document::{
    Batch, Document, DocumentLimit, DocumentPatch, DocumentTag, DocumentTree, ImportCounts,
    ImportMode, Imported, NewDocument,
};
pub use email::{Email, EmailKey};
pub use filter::{Condition, FieldPath, Filter, ValueSet};
pub use idempotency::{Fingerprint, IdempotencyKey, Reservation, StoredAnswer};
pub use ids::{AdminId, DocumentId, EventId, KeyId, NodeId, OrganizationId, SessionId, TokenId};
pub use invalid::{Invalid, InvalidAt};
pub use key_ring::{KeyRing, KeyState};
pub use legacy::{
    Legacy, LegacyAdmin, LegacyCollection, LegacyDeletion, LegacyDocument, LegacyOrganization,
};
pub use metadata::{Metadata, MetadataPatch};
pub use names::{AdminName, Description, OrganizationName};
pub use organization::{
    AdoptedOrganization, Deletion, LimitsChange, Naming, NewOrganization, Organization,
    OrganizationChange, Refusal,
};
pub use origin::{Origin, RequestId};
pub use page::{Page, PageSize};
pub use password::{Password, PasswordHash};
pub use phase::{NextName, Phase, Relief, Status};
pub use placement::{CollectionUuid, DocumentIds, Placement, PlacementKind, Tenant};
pub use pointer::{MAX_POINTER, bounded_pointer};
pub use precondition::Precondition;
pub use projection::Projection;
pub use quota::{Nodes, Quota, QuotaWindow, RateLimit};
pub use refresh_token::RefreshToken;
pub use secret::{Salt, Secret, SecretDigest};
pub use session::{NewSession, Session};
pub use signing_key::SigningKey;
pub use slug::Slug;
pub use sort::{DocumentQuery, Position, PositionTooLarge, Sort, SortKey};
pub use storage::{Excess, StorageQuota, StorageQuotaChange, Usage};
pub use time::Timestamp;
pub use token::{AccessClaims, AccessToken};
pub use value_order::compare;
pub use version::Version;
