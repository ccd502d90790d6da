use serde_json::json;

use super::*;
use crate::model::{Document, DocumentId, Invalid, InvalidAt};

fn parse(value: Value) -> Result<Filter, InvalidAt> {
    let Value::Object(members) = value else { panic!() };
    Filter::parse(members)
}

fn matches(document: &Value, filter: Value) -> bool {
    let made = || DocumentId::parse("made").unwrap();
    let document = Document::parse(document.as_object().unwrap().clone(), made).unwrap();
    parse(filter).unwrap().matches(&document)
}

#[test]
fn values_are_found_as_mongodb_finds_them() {
    let document = json!({
        "_id": "x", "n": 5, "f": 2.5, "s": "text", "t": true, "z": null, "o": {"a": 1, "b": {"c": 2}},
        "l": [1, 2, "three"], "e": [], "ll": [[1, 2], [3]], "os": [{"a": 1}, {"a": 2, "b": [7]}, 9],
    });
    for (filter, expected) in [
        (json!({}), true),
        (json!({"_id": "x"}), true),
        (json!({"_id": {"$gt": "w"}, "_id.a": null}), true),
        (json!({"n": 5}), true),
        (json!({"n": 5.0}), true),
        (json!({"n": "5"}), false),
        (json!({"n": {"$gt": 4, "$lt": 5}}), false),
        (json!({"n": {"$gte": 5, "$lte": 5.0}}), true),
        (json!({"s": {"$gt": 4}}), false),
        (json!({"s": {"$lt": 4}}), false),
        (json!({"t": {"$gt": false}}), true),
        (json!({"z": null, "missing": null, "o.x": null}), true),
        (json!({"n": {"$ne": null}, "z": {"$ne": null}}), false),
        (json!({"missing": {"$gte": null}}), true),
        (json!({"missing": {"$gt": null}}), false),
        (json!({"missing": {"$lt": 5}}), false),
        (json!({"o": {"a": 1, "b": {"c": 2}}}), true),
        (json!({"o": {"b": {"c": 2}, "a": 1}}), false),
        (json!({"o.b.c": 2}), true),
        (json!({"l": 2, "l.1": 2}), true),
        (json!({"l.7": null}), false),
        (json!({"l": [1, 2, "three"]}), true),
        (json!({"l": [1, 2]}), false),
        (json!({"l": {"$ne": 2}}), false),
        (json!({"l": {"$gt": 1, "$lt": 2}}), true),
        (json!({"e": null}), false),
        (json!({"e": []}), true),
        (json!({"ll": [3]}), true),
        (json!({"ll": 3}), false),
        (json!({"ll.0": 1}), false),
        (json!({"os.a": 2}), true),
        (json!({"os.b": 7}), true),
        (json!({"os.b": null}), true),
        (json!({"os.1.a": 2}), true),
        (json!({"n": {"$in": [1, 5]}, "missing": {"$in": [null]}}), true),
        (json!({"n": {"$nin": [1, 5]}}), false),
        (json!({"n": {"$in": []}}), false),
        (json!({"n": {"$nin": []}}), true),
        (json!({"z": {"$exists": true}, "missing": {"$exists": false}}), true),
        (json!({"e.0": {"$exists": false}, "l.0": {"$exists": true}}), true),
        (json!({"$or": [{"n": 1}, {"$and": [{"n": 5}, {"s": "text"}]}]}), true),
        (json!({"$or": [{"n": 1}, {"s": "x"}]}), false),
        (json!({"o": {}}), false),
    ] {
        assert_eq!(matches(&document, filter.clone()), expected, "{filter}");
    }
}

#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    let deep = |levels| (1..levels).fold(json!({"a": 1}), |inner, _| json!({"$and": [inner]}));
    let many = |count: usize| json!({"$or": vec![json!({"a": 1}); count]});
    for (filter, pointer) in [
        (json!({"$where": "true"}), "/$where"),
        (json!({"$nor": [{"a": 1}]}), "/$nor"),
        (json!({"a": {"$regex": "x"}}), "/a/$regex"),
        (json!({"a": {"$gt": 1, "b": 2}}), "/a/b"),
        (json!({"a": {"b": {"$gt": 1}}}), "/a/b/$gt"),
        (json!({"a": {"$not": {"$gt": 1}}}), "/a/$not"),
        (json!({"a": {"$in": 1}}), "/a/$in"),
        (json!({"a": {"$in": [{"$gt": 1}]}}), "/a/$in/0/$gt"),
        (json!({"a": {"$exists": 1}}), "/a/$exists"),
        (json!({"a": {"$eq": {"$gt": 1}}}), "/a/$eq/$gt"),
        (json!({"a..b": 1}), "/a..b"),
        (json!({"a.$b": 1}), "/a.$b"),
        (json!({"": 1}), "/"),
        (json!({"$and": []}), "/$and"),
        (json!({"$and": {"a": 1}}), "/$and"),
        (json!({"$or": [{"a": 1}, 2]}), "/$or/1"),
    ] {
        assert_eq!(parse(filter.clone()).unwrap_err().pointer, pointer, "{filter}");
    }
    assert!(parse(deep(8)).is_ok());
    assert_eq!(parse(deep(9)).unwrap_err().invalid, Invalid::TooDeep { max: 8 });
    assert!(parse(many(64)).is_ok());
    assert_eq!(parse(many(65)).unwrap_err().pointer, "/$or/64/a");
}
