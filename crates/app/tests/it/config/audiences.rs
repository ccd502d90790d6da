//! Configured audiences of other services.

use super::{Place, SECRET, assert_problems, shown};

#[test]
fn audiences_are_a_list_of_service_names() {
    let place = Place::new();
    let list = "billing, https://crm.example.com";
    let output = place.check().env("TOKEN_AUDIENCES", list).output().unwrap();
    assert_eq!(shown(&output, "TOKEN_AUDIENCES"), [list, "environment"]);
    for (bad, problem) in [
        ("billing, tenantry", "must not be tenantry, the audience of this service"),
        ("bill ing", "must not contain the character U+0020"),
    ] {
        let output = place.check().env("TOKEN_AUDIENCES", bad).output().unwrap();
        assert_problems(&output, &[&format!("TOKEN_AUDIENCES (environment): {problem}")]);
    }
}

#[test]
fn audiences_conflict_with_a_shared_secret() {
    let place = Place::new();
    let mut both = place.check();
    both.env("TOKEN_AUDIENCES", "billing").env("SECRET_KEY", SECRET);
    assert_problems(&both.output().unwrap(), &["TOKEN_AUDIENCES: is not possible with SECRET_KEY"]);
    let none = place.check().env("TOKEN_AUDIENCES", "").env("SECRET_KEY", SECRET).output().unwrap();
    assert_eq!(none.status.code(), Some(0));
}
