//! Validation of names and e-mail addresses in this dialect.

use domain::model::{Email, OrganizationName};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::compat::form::{FieldProblem, length};

/// Parses a name: 1 to 100 letters of any script with their combining marks, digits, `_`, `-` and
/// spaces.
pub(super) fn name(text: String) -> Result<OrganizationName, FieldProblem> {
    length(&text, 1, 100)?;
    if !text.chars().all(|c| matches!(c, '_' | '-' | ' ') || is_of_words(c)) {
        return Err(FieldProblem::value(
            "must be letters, digits, spaces, underscores and hyphens",
        ));
    }
    Ok(OrganizationName::parse(text)?)
}

fn is_of_words(c: char) -> bool {
    use GeneralCategory as Of;
    matches!(
        get_general_category(c),
        Of::UppercaseLetter
            | Of::LowercaseLetter
            | Of::TitlecaseLetter
            | Of::ModifierLetter
            | Of::OtherLetter
            | Of::NonspacingMark
            | Of::SpacingMark
            | Of::EnclosingMark
            | Of::DecimalNumber
    )
}

/// Parses an e-mail address and keeps its case.
pub(super) fn email(text: String) -> Result<Email, FieldProblem> {
    Email::parse(text)
        .map_err(|invalid| FieldProblem::value(format!("not a valid email address: it {invalid}")))
}
