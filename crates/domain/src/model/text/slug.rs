//! Slugs: unique keys of organization names.

use std::fmt;

use caseless::default_case_fold_str;
use serde::{Deserialize, Serialize};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use crate::model::ids::text_value;
use crate::model::{Invalid, OrganizationName};

pub(in crate::model) const MAX: usize = 300;

/// The normalized form of a name: compatibility-normalized and case folded, with every run of
/// non-word characters replaced by one `_`. "Tesla Inc", "tesla-inc" and "ＴＥＳＬＡ  INC" have the same
/// slug.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The slug of `name`; never empty, because a name has a letter or a digit.
    #[must_use]
    pub fn of(name: &OrganizationName) -> Self {
        Self(key(name.as_str()))
    }

    /// Parses a stored slug. It is not recomputed, so that a later version of Unicode can't change
    /// the slug of an organization.
    ///
    /// # Errors
    /// Empty text.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() { Err(Invalid::Empty) } else { Ok(Self(text)) }
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(Slug);

/// The normalized form of any text; empty when the text has no letter or digit.
pub(crate) fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut in_word = false;
    for c in fold(text).chars() {
        let part = c.is_alphanumeric() || (in_word && is_mark(c));
        if part {
            if !in_word && !key.is_empty() {
                key.push('_');
            }
            key.push(c);
        }
        in_word = part;
    }
    key
}

/// The compatibility caseless form of Unicode's definition D146, composed at the end. Invisible
/// characters are removed first: they would keep their neighbours from composing.
pub(in crate::model) fn fold(text: &str) -> String {
    let visible: String = text.chars().filter(|&c| !is_ignorable(c)).nfd().collect();
    let folded: String = default_case_fold_str(&visible).nfkd().collect();
    default_case_fold_str(&folded).nfkc().collect()
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(get_general_category(c), NonspacingMark | SpacingMark | EnclosingMark)
}

/// Characters without a visible shape: format characters, variation selectors and fillers (the
/// property `Default_Ignorable_Code_Point` of Unicode).
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
        || get_general_category(c) == GeneralCategory::Format
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn confusable_names_have_one_slug() {
        for name in [
            "Tesla Inc",
            "tesla-inc",
            "TESLA  INC",
            " Tesla, Inc. ",
            "ＴＥＳＬＡ ＩＮＣ",
            "Tes\u{200D}la Inc",
        ] {
            assert_eq!(key(name), "tesla_inc", "{name}");
        }
        assert_eq!(key("Straße"), key("STRASSE"));
        assert_eq!(key("Cafe\u{301}"), key("CAFÉ"));
    }

    #[test]
    fn names_in_different_scripts_have_different_slugs() {
        for name in ["日本", "中国", "क्षेत्र", "บริษัท", "კომპანია", "شركة"]
        {
            assert!(!key(name).contains('_'), "{name}: {}", key(name));
        }
        assert_ne!(key("日本"), key("中国"));
    }

    #[test]
    fn a_name_without_letters_or_digits_has_no_slug() {
        for name in ["", "!!!", "🎉", "\u{3164}", "_", "\u{308}"] {
            assert_eq!(key(name), "", "{name:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn slugs_are_idempotent(text in "\\PC{0,40}") {
            let once = key(&text);
            prop_assert_eq!(key(&once), once);
        }

        #[test]
        fn slugs_ignore_case_and_punctuation(words in prop::collection::vec("[a-zA-Z0-9]{1,8}", 1..5)) {
            prop_assert_eq!(key(&words.join(" ")), key(&words.join(" - ").to_uppercase()));
        }

        #[test]
        fn slugs_are_bounded(text in any::<String>()) {
            if let Ok(name) = OrganizationName::parse(&text) {
                let slug = Slug::of(&name);
                prop_assert!(!slug.as_str().is_empty());
                prop_assert!(slug.as_str().chars().count() <= MAX);
                prop_assert!(!slug.as_str().starts_with('_') && !slug.as_str().ends_with('_'));
            }
        }
    }
}
