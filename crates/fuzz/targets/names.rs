//! Names in any script: what is accepted stays what it is, and has a key and a collection within bounds.

#![no_main]

use domain::model::{AdminName, CollectionName, Description, Email, OrganizationName, Slug};
use libfuzzer_sys::fuzz_target;
use unicode_general_category::{GeneralCategory, get_general_category};

fuzz_target!(|text: &str| {
    if let Ok(name) = OrganizationName::parse(text) {
        assert_eq!(OrganizationName::parse(name.as_str()).as_ref(), Ok(&name));
        let slug = Slug::of(&name);
        check_slug(&slug);
        check_collection(&slug);
    }
    if let Ok(name) = AdminName::parse(text) {
        assert_eq!(AdminName::parse(name.as_str()).as_ref(), Ok(&name));
    }
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
    }
    if let Ok(description) = Description::parse(text) {
        assert_eq!(description.as_str(), text);
    }
});

/// Words of letters, digits and marks, with one `_` between them; a name of its own is its own key.
fn check_slug(slug: &Slug) {
    let text = slug.as_str();
    for word in text.split('_') {
        assert!(word.starts_with(char::is_alphanumeric), "{text:?}");
        assert!(word.chars().all(|c| c.is_alphanumeric() || is_mark(c)), "{text:?}");
    }
    assert!(text.chars().count() <= 300, "{text:?}");
    // Shorter names may have keys that are too long for a name.
    if let Ok(name) = OrganizationName::parse(text) {
        assert_eq!(&Slug::of(&name), slug);
    }
}

fn check_collection(slug: &Slug) {
    let collection = CollectionName::for_slug(slug);
    let stem = collection.as_str().strip_prefix("org_").unwrap_or_default();
    assert!((1..=48).contains(&stem.len()), "{collection}");
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    assert!(stem.bytes().all(plain), "{collection}");
    assert_eq!(CollectionName::parse(collection.as_str()).as_ref(), Ok(&collection));
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(get_general_category(c), NonspacingMark | SpacingMark | EnclosingMark)
}
