//! The table of permissions: one row for each operation of the OpenAPI document.

use Who::{
    Admin, Anonymous, Deactivated, Deleted, Forged, Garbage, Operator, Owner, Stranger, Suspended,
    Viewer,
};

/// The kind of caller that sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// Without a token.
    Anonymous,
    /// With a malformed token.
    Garbage,
    /// With a token that has the owner's claims and the signature of another key.
    Forged,
    /// A deactivated admin of the organization.
    Deactivated,
    /// The owner of an organization that was suspended.
    Suspended,
    /// The owner of an organization that was deleted.
    Deleted,
    /// The owner of another organization.
    Stranger,
    /// An admin of the organization with this role.
    Viewer,
    /// An admin of the organization with this role.
    Admin,
    /// An admin of the organization with this role.
    Owner,
    /// The operator of the installation.
    Operator,
}

/// An operation, and its responses by caller.
pub(super) struct Row {
    /// The operation id.
    pub(super) id: &'static str,
    /// The authorized callers.
    pub(super) may: &'static [Who],
    /// The status for authorized callers.
    pub(super) status: u16,
    /// Callers with a specific refusal.
    refusals: Refusals,
}

/// A refused caller, the status, and the problem code or the detail of a dialect.
type Refusals = &'static [(Who, u16, &'static str)];

/// The expected response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Success(u16),
    Refusal(u16, &'static str),
}

impl Who {
    pub(super) const ALL: &[Self] = &[
        Anonymous,
        Garbage,
        Forged,
        Deactivated,
        Suspended,
        Deleted,
        Stranger,
        Viewer,
        Admin,
        Owner,
        Operator,
    ];
}

const WHATEVER_IS_SENT: &[Who] = Who::ALL;
/// Callers without a token and with a valid one.
const ANYONE: &[Who] = &[Anonymous, Stranger, Viewer, Admin, Owner, Operator];
/// Callers that know a valid password or have a valid refresh token; access tokens are ignored.
/// Where the caller has none, the owner's is sent.
const WITH_PASSWORD: &[Who] =
    &[Anonymous, Garbage, Forged, Stranger, Viewer, Admin, Owner, Operator];
/// Admins of any organization, about themselves.
const ADMINS: &[Who] = &[Stranger, Viewer, Admin, Owner];
const READERS: &[Who] = &[Viewer, Admin, Owner];
const READERS_OR_OPERATOR: &[Who] = &[Viewer, Admin, Owner, Operator];
const WRITERS: &[Who] = &[Admin, Owner];
const WRITERS_OR_OPERATOR: &[Who] = &[Admin, Owner, Operator];
const OWNERS: &[Who] = &[Owner];
const OWNERS_OR_OPERATOR: &[Who] = &[Owner, Operator];
const OPERATORS: &[Who] = &[Operator];

/// Callers whose password is correct but useless by now.
const WITH_FORMER_PASSWORD: Refusals = &[
    (Deactivated, 403, "admin_deactivated"),
    (Suspended, 403, "organization_suspended"),
    (Deleted, 401, "invalid_credentials"),
];
/// The details of the dialects, which name the organization.
const NOT_TO_UPDATE: Refusals = &[
    (Stranger, 403, "Not authorized to update this organization"),
    (Viewer, 403, "Not authorized to update this organization"),
    (Operator, 403, "Not authorized to update this organization"),
];
const NOT_TO_DELETE: Refusals = &[
    (Stranger, 403, "Not authorized to delete this organization"),
    (Viewer, 403, "Not authorized to delete this organization"),
    (Admin, 403, "Not authorized to delete this organization"),
    (Operator, 403, "Not authorized to delete this organization"),
];

pub(super) const TABLE: &[Row] = &[
    row("get_audit_keys", WHATEVER_IS_SENT, 200),
    row("get_jwks", WHATEVER_IS_SENT, 200),
    row("get_health_live", WHATEVER_IS_SENT, 200),
    row("get_health_ready", WHATEVER_IS_SENT, 200),
    row("get_metrics", WHATEVER_IS_SENT, 200),
    row("get_openapi", WHATEVER_IS_SENT, 200),
    row("list_installation_events", OPERATORS, 200),
    row("export_installation_events", OPERATORS, 200),
    row("verify_installation_events", OPERATORS, 200),
    row("login", WITH_PASSWORD, 200).but(WITH_FORMER_PASSWORD),
    row("refresh", WITH_PASSWORD, 200).but(&[
        (Deactivated, 401, "token_invalid"),
        (Suspended, 403, "organization_suspended"),
        (Deleted, 401, "token_invalid"),
    ]),
    row("logout", ADMINS, 204),
    row("change_password", ADMINS, 204),
    row("issue_token", ADMINS, 200),
    row("list_sessions", ADMINS, 200),
    row("end_sessions", ADMINS, 204),
    row("end_session", READERS, 204).but(&[(Stranger, 404, "session_not_found")]),
    row("get_me", ADMINS, 200),
    row("list_organizations", OPERATORS, 200),
    row("create_organization", ANYONE, 201),
    row("get_organization", READERS_OR_OPERATOR, 200),
    row("update_organization", WRITERS_OR_OPERATOR, 200),
    row("delete_organization", OWNERS_OR_OPERATOR, 204),
    row("suspend_organization", OPERATORS, 200),
    row("activate_organization", OPERATORS, 200),
    row("list_admins", READERS, 200),
    row("create_admin", OWNERS, 201),
    row("get_admin", READERS, 200),
    row("update_admin", OWNERS, 200),
    row("delete_admin", OWNERS, 204),
    row("list_audit_events", WRITERS_OR_OPERATOR, 200),
    row("export_audit_events", OWNERS_OR_OPERATOR, 200),
    row("verify_audit_events", OWNERS_OR_OPERATOR, 200),
    row("list_documents", READERS, 200),
    row("insert_document", WRITERS, 201),
    row("get_document", READERS, 200),
    row("put_document", WRITERS, 200),
    row("update_document", WRITERS, 200),
    row("delete_document", WRITERS, 204),
    row("import_documents", WRITERS, 200),
    row("export_documents", WRITERS, 200),
    row("get_usage", READERS_OR_OPERATOR, 200),
    row("get_health", WHATEVER_IS_SENT, 200),
    row("org_create", WHATEVER_IS_SENT, 201),
    row("org_get", WHATEVER_IS_SENT, 200),
    row("org_login", WITH_PASSWORD, 200).but(WITH_FORMER_PASSWORD),
    row("org_admin_login", WITH_PASSWORD, 200).but(WITH_FORMER_PASSWORD),
    row("org_admin_me", ADMINS, 200),
    row("org_update", WRITERS, 200).but(NOT_TO_UPDATE),
    row("org_delete", OWNERS, 200).but(NOT_TO_DELETE),
    row("org_envelope_create", WHATEVER_IS_SENT, 201),
    row("org_envelope_get", WHATEVER_IS_SENT, 200),
    row("org_envelope_admin_login", WITH_PASSWORD, 200).but(WITH_FORMER_PASSWORD),
    row("org_envelope_admin_me", ADMINS, 200),
    row("org_envelope_update", WRITERS, 200).but(NOT_TO_UPDATE),
    row("org_envelope_delete", OWNERS, 200).but(NOT_TO_DELETE),
    row("enterprise_create", WHATEVER_IS_SENT, 201),
    row("enterprise_list", WHATEVER_IS_SENT, 200),
    row("enterprise_get", WHATEVER_IS_SENT, 200),
    row("enterprise_login", WITH_PASSWORD, 200).but(WITH_FORMER_PASSWORD),
    row("enterprise_update", WRITERS, 200).but(NOT_TO_UPDATE),
    row("enterprise_delete", OWNERS_OR_OPERATOR, 200).but(NOT_TO_DELETE),
];

const fn row(id: &'static str, may: &'static [Who], status: u16) -> Row {
    Row { id, may, status, refusals: &[] }
}

impl Row {
    const fn but(self, refusals: Refusals) -> Self {
        Self { refusals, ..self }
    }

    /// The expected response of a request by `who` to `path`.
    pub(super) fn expects(&self, who: Who, path: &str) -> Expected {
        if self.may.contains(&who) {
            return Expected::Success(self.status);
        }
        let own = self.refusals.iter().find(|(refused, ..)| *refused == who);
        let (status, code) = own.map_or_else(
            || self.refusal(who, is_in_organization(path)),
            |&(_, status, code)| (status, code),
        );
        Expected::Refusal(status, code)
    }

    fn refusal(&self, who: Who, is_in_organization: bool) -> (u16, &'static str) {
        match who {
            Anonymous => (401, "unauthenticated"),
            Garbage | Forged | Deactivated => (401, "token_invalid"),
            Suspended => (403, "organization_suspended"),
            Deleted if is_in_organization => (404, "organization_not_found"),
            Deleted => (401, "token_invalid"),
            Stranger if self.may != OPERATORS => (404, "organization_not_found"),
            Stranger | Viewer | Admin | Owner | Operator => (403, "forbidden"),
        }
    }
}

/// Whether a request for `path` is about one organization.
fn is_in_organization(path: &str) -> bool {
    path.contains("{organization_id}") || path.starts_with("/org/")
}
