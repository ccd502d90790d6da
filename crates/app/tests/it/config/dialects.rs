//! Mounted dialects.

use super::{Place, assert_problems, stderr};

#[test]
fn dialects_are_parsed_in_any_case_and_order() {
    let place = Place::new();
    place.expect("COMPAT", "org,enterprise", "default");
    for words in ["none", "NONE", "enterprise", "Enterprise, ORG-envelope", r#"["org"]"#] {
        let output = place.check().env("COMPAT", words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words}: {}", stderr(&output));
    }
    place.write("tenantry.toml", "compat = ['org-envelope', 'enterprise']\n");
    place.expect("COMPAT", r#"["org-envelope","enterprise"]"#, "tenantry.toml");
}

#[test]
fn dialects_with_the_same_paths_conflict() {
    let both = "must not have both org and org-envelope, which have the same paths";
    let unknown = "must be a list of org, org-envelope and enterprise, or none";
    for (words, problem) in [
        ("org,org-envelope", both),
        (r#"["enterprise", "org-envelope", "ORG"]"#, both),
        ("none,org", "must not have none beside others"),
        ("org,r4", unknown),
        ("[]", unknown),
    ] {
        let output = Place::new().check().env("COMPAT", words).output().unwrap();
        assert_problems(&output, &[&format!("COMPAT (environment): {problem}")]);
    }
}
