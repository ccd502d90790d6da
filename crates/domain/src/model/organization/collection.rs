//! Physical names of tenants' collections.

use std::fmt;

use deunicode::deunicode_with_tofu;
use serde::{Deserialize, Serialize};

use crate::model::ids::{MAX_ID_LENGTH, text_value};
use crate::model::{Invalid, OrganizationId, Slug, Version};

const PREFIX: &str = "org_";
const MAX_STEM: usize = 48;
/// Marks a reserved name whose id has no hyphen.
const RESERVED: &str = "-";
/// Maximum length: prefix, reserved name, and `_` with the number of a later claim.
const MAX: usize = PREFIX.len() + RESERVED.len() + MAX_ID_LENGTH + 21;

/// The name of a tenant's collection: `org_` and ASCII letters, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionName(String);

impl CollectionName {
    /// The preferred name for `slug`: transliterated, at most 48 characters after the prefix. The
    /// ledger decides which name the organization gets.
    #[must_use]
    pub fn for_slug(slug: &Slug) -> Self {
        let stem = ascii_stem(slug.as_str());
        Self(format!("{PREFIX}{stem}"))
    }

    /// The name that never changes: `org_` and the id of the organization.
    #[must_use]
    pub fn for_id(id: &OrganizationId) -> Self {
        Self(format!("{PREFIX}{id}"))
    }

    /// The name that no other organization can occupy: `org_` and the id. It contains a hyphen,
    /// which a name derived from a slug never does; an id without a hyphen gets one (`org_-<id>`).
    #[must_use]
    pub fn reserved_for(id: &OrganizationId) -> Self {
        let mark = if id.as_str().contains('-') { "" } else { RESERVED };
        Self(format!("{PREFIX}{mark}{id}"))
    }

    /// The `n`-th name of this name's family: the name itself, then `_2`, `_3` and so on.
    #[must_use]
    pub fn numbered(&self, n: u64) -> Self {
        if n <= 1 { self.clone() } else { Self(format!("{}_{n}", self.0)) }
    }

    /// Parses a stored name.
    ///
    /// # Errors
    /// [`Invalid`] for a text that this type never produces.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if text.len() > MAX {
            Err(Invalid::TooLong { max: MAX })
        } else if text.len() > PREFIX.len() && text.starts_with(PREFIX) && text.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err(Invalid::Format("must be `org_` and ASCII letters, digits, `_` or `-`"))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(CollectionName);

/// A claim to a physical name: the organization, and the version at which the work began. A
/// repeated claim gets the same name, also after a crash; a later rename is another claim and gets
/// a name never used before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The organization that will own the name for ever.
    pub organization: OrganizationId,
    /// The organization's version when the work that needs the name began.
    pub begun: Version,
}

impl Claim {
    /// Maximum number of names to try in a family before the next family is used.
    pub const ATTEMPTS: u64 = 8;

    /// The name families to try, in this order: that of `wanted`, whose names other organizations
    /// may occupy, and the reserved one.
    #[must_use]
    pub fn families(&self, wanted: &CollectionName) -> [CollectionName; 2] {
        [wanted.clone(), CollectionName::reserved_for(&self.organization)]
    }
}

fn ascii_stem(slug: &str) -> String {
    let mut stem = String::with_capacity(slug.len());
    for c in deunicode_with_tofu(slug, "_").chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            stem.push(c);
        } else if !stem.is_empty() && !stem.ends_with('_') {
            stem.push('_');
        }
    }
    stem.truncate(MAX_STEM);
    stem.truncate(stem.trim_end_matches('_').len());
    if stem.is_empty() { code_points(slug) } else { stem }
}

/// Stem for a script that can't be transliterated: the code points of its first characters.
fn code_points(slug: &str) -> String {
    slug.chars().take(6).map(|c| format!("u{:x}", u32::from(c))).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::OrganizationName;

    fn collection(name: &str) -> String {
        CollectionName::for_slug(&Slug::of(&OrganizationName::parse(name).unwrap())).into()
    }

    #[test]
    fn collection_names_are_transliterated() {
        assert_eq!(collection("Tesla Inc"), "org_tesla_inc");
        assert_eq!(collection("Société Générale"), "org_societe_generale");
        assert_eq!(collection("Газпром"), "org_gazprom");
        assert_eq!(collection("日本"), "org_ri_ben");
        assert_eq!(collection("\u{12000}"), "org_u12000", "cuneiform has no transliteration");
    }

    #[test]
    fn no_organization_name_maps_to_a_reserved_name() {
        for (id, reserved) in [
            ("0199d1f0-5b6a-7c3e-8f00-000000000001", "org_0199d1f0-5b6a-7c3e-8f00-000000000001"),
            ("65a000000000000000000001", "org_-65a000000000000000000001"),
        ] {
            let name = CollectionName::reserved_for(&OrganizationId::parse(id).unwrap());
            assert_eq!(name.as_str(), reserved);
            for text in [id, reserved, &format!("-{id}"), &format!("{reserved} 2")] {
                let occupied = collection(text);
                assert!(!occupied.contains('-'), "{text}: {occupied}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn every_name_maps_to_a_valid_collection(text in any::<String>(), n in 1u64..) {
            if let Ok(name) = OrganizationName::parse(&text) {
                let collection = CollectionName::for_slug(&Slug::of(&name));
                prop_assert!(collection.as_str().len() <= PREFIX.len() + MAX_STEM);
                prop_assert_eq!(CollectionName::parse(collection.as_str()), Ok(collection.clone()));
                let later = collection.numbered(n);
                prop_assert_eq!(CollectionName::parse(later.as_str()), Ok(later.clone()));
                let stem = &collection.as_str()[PREFIX.len()..];
                prop_assert_eq!(ascii_stem(stem), stem, "stable");
                prop_assert!(!stem.contains('-'), "reserved names have one");
            }
        }

        #[test]
        fn every_reserved_name_is_valid(id in "[a-zA-Z0-9_-]{1,64}", n in 1u64..) {
            let reserved = CollectionName::reserved_for(&OrganizationId::parse(id).unwrap());
            prop_assert!(reserved.as_str().contains('-'));
            let later = reserved.numbered(n);
            prop_assert_eq!(CollectionName::parse(later.as_str()), Ok(later.clone()));
        }
    }
}
