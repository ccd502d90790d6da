//! Audited actions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Invalid;

/// Defines the closed list of actions, each with its name and description.
macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// An audited action.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name of the action.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// The description of the action, one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

actions! {
    /// An organization was created, with its first owner.
    OrganizationCreated = "organization.created",
    /// `tenantry adopt` imported an organization of another service, with its admins and documents.
    OrganizationAdopted = "organization.adopted",
    /// Name, description, metadata, limit or quota of an organization were changed.
    OrganizationUpdated = "organization.updated",
    /// An organization was suspended.
    OrganizationSuspended = "organization.suspended",
    /// A suspended organization was activated again.
    OrganizationActivated = "organization.activated",
    /// An organization was deleted, with its documents and admins.
    OrganizationDeleted = "organization.deleted",
    /// `tenantry doctor --repair` repaired data of an organization.
    OrganizationRepaired = "organization.repaired",
    /// An admin was added.
    AdminCreated = "admin.created",
    /// E-mail address, name, role or `is_active` of an admin were changed.
    AdminUpdated = "admin.updated",
    /// An admin was removed.
    AdminDeleted = "admin.deleted",
    /// An admin changed its password; its other sessions ended.
    PasswordChanged = "admin.password_changed",
    /// A password change was refused: the current password was wrong.
    PasswordChangeFailed = "admin.password_change_failed",
    /// An admin logged in; the target is the new session.
    LoginSucceeded = "login.succeeded",
    /// A login failed: wrong password or unknown e-mail address; of the latter, at most 60 an hour
    /// are recorded.
    LoginFailed = "login.failed",
    /// A login was refused: the admin is deactivated or its organization suspended.
    LoginRefused = "login.refused",
    /// A refresh token was exchanged for new tokens.
    SessionRefreshed = "session.refreshed",
    /// A refresh token was reused, which shows that it was stolen; the session ended.
    SessionStolen = "session.stolen",
    /// A session was ended by its admin; without a target, all of them.
    SessionEnded = "session.ended",
    /// An access token for another service was issued to an admin; `audience` names the service.
    TokenIssued = "token.issued",
    /// A document was added (only with `AUDIT_DOCUMENTS`).
    DocumentInserted = "document.inserted",
    /// A document was replaced, or added by `PUT` (only with `AUDIT_DOCUMENTS`).
    DocumentReplaced = "document.replaced",
    /// Members of a document were changed (only with `AUDIT_DOCUMENTS`).
    DocumentUpdated = "document.updated",
    /// A document was removed (only with `AUDIT_DOCUMENTS`).
    DocumentDeleted = "document.deleted",
    /// Documents were imported; one event for each batch of lines.
    DocumentsImported = "documents.imported",
    /// An export of documents began.
    DocumentsExported = "documents.exported",
    /// A signing key for tokens was created.
    KeyCreated = "key.created",
    /// A signing key for tokens was removed.
    KeyRemoved = "key.removed",
    /// An invalid operator token was refused; at most 60 an hour are recorded.
    OperatorTokenRefused = "operator.token_refused",
}

impl Action {
    /// Parses the name of an action.
    ///
    /// # Errors
    /// [`Invalid`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.iter().find(|action| action.as_str() == text);
        known.copied().ok_or(Invalid::Format("must be one of the actions in the documentation"))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Action {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Action> for &'static str {
    fn from(action: Action) -> Self {
        action.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_unique_text_and_a_description() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Ok(*action));
            assert!(action.meaning().ends_with('.') && !action.meaning().starts_with(' '));
        }
        assert!(Action::parse("organization.exploded").is_err());
    }
}
