//! Validation of names, e-mail addresses and passwords in the two dialects at `/org`.

use domain::model::{Email, OrganizationName, Password};

use crate::compat::form::{FieldProblem, length};

/// Organization name in the form of this dialect.
pub(in crate::compat) struct Name(pub(in crate::compat) OrganizationName);

impl Name {
    /// Normalizes a name of 3 to 50 characters: trims it, converts it to lower case and replaces
    /// each space by `_`. Leading underscores are removed.
    pub(in crate::compat) fn parse(text: String) -> Result<Self, FieldProblem> {
        length(&text, 3, 50)?;
        let text = text.trim().to_lowercase().replace(' ', "_");
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !text.chars().all(known) {
            return Err(FieldProblem::value(
                "must be letters from a to z, digits, spaces and underscores",
            ));
        }
        let text = text.trim_start_matches('_');
        if text.is_empty() {
            return Err(FieldProblem::value("must contain a letter or a digit"));
        }
        Ok(Self(OrganizationName::parse(text)?))
    }
}

/// Parses an e-mail address and converts it to lower case.
pub(in crate::compat) fn email(text: String) -> Result<Email, FieldProblem> {
    Email::parse(text.to_lowercase())
        .map_err(|invalid| FieldProblem::value(format!("not a valid email address: it {invalid}")))
}

/// Validates a new password: 8 to 100 characters with at least one uppercase letter, one lowercase
/// letter and one digit.
pub(in crate::compat) fn new_password(text: String) -> Result<Password, FieldProblem> {
    length(&text, 8, 100)?;
    for (is_there, what) in [
        (text.chars().any(char::is_uppercase), "one uppercase letter"),
        (text.chars().any(char::is_lowercase), "one lowercase letter"),
        (text.chars().any(char::is_numeric), "one digit"),
    ] {
        if !is_there {
            return Err(FieldProblem::value(format!("must contain at least {what}")));
        }
    }
    Ok(Password::choose(text)?)
}
