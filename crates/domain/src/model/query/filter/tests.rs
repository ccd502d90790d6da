use std::cell::Cell;

use serde_json::json;

use super::*;
use crate::model::{Budget, Document, DocumentId, DocumentTree, Exhausted, Invalid, InvalidAt};

fn parse(value: Value) -> Result<Filter, InvalidAt> {
    let Value::Object(members) = value else { panic!() };
    Filter::parse(members)
}

fn parsed(document: Value) -> DocumentTree {
    let Value::Object(fields) = document else { panic!() };
    Document::parse(fields, || DocumentId::parse("made").unwrap()).unwrap().tree()
}

fn matches(document: &Value, filter: Value) -> bool {
    parse(filter).unwrap().matches(&parsed(document.clone()))
}

#[test]
fn filters_match_like_mongodb() {
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
fn unsupported_operators_are_refused_with_their_pointer() {
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
    let both = |count: usize| json!({"a": {"$in": vec![1; 900]}, "b": {"$nin": vec![1; count]}});
    assert!(parse(both(100)).is_ok());
    assert_eq!(parse(both(101)).unwrap_err().pointer, "/b/$nin");
}

/// How often a filter checks its budget while it evaluates `document`.
fn questions(document: Value, filter: Value) -> usize {
    let asked = Cell::new(0);
    let may_go_on = || {
        asked.set(asked.get() + 1);
        true
    };
    let document = parsed(document);
    parse(filter).unwrap().matches_within(&document, &Budget::new(&may_go_on)).unwrap();
    asked.get()
}

/// The work of a filter grows with the document, not with the number of values of `$in`.
#[test]
fn in_takes_one_step_per_item() {
    let array = || json!({"a": (0..200_000).collect::<Vec<_>>()});
    let within = |count: usize| json!({"a": {"$in": vec![-1; count]}});
    let interval = Budget::INTERVAL + 1;
    let each: Vec<_> = [1, 1000].map(|count| questions(array(), within(count))).into();
    assert_eq!(each, [200_001 / interval; 2]);
    let different = json!({"a": {"$nin": (1..=1000).map(|n| -n).collect::<Vec<_>>()}});
    assert_eq!(questions(array(), different), 200_001 / interval);
}

/// A path of numbers branches at every array: a number names members of the objects in it as well
/// as items.
#[test]
fn a_filter_ends_with_its_budget_within_one_document() {
    let nested = (0..45).fold(json!([1]), |inner, _| json!([{"0": inner}]));
    // Longer than the limit for clients.
    let path = FieldPath::parse(format!("a{}", ".0".repeat(90))).unwrap();
    let any = |filter: Value| parse(filter).unwrap();
    for (document, filter) in [
        (json!({"a": nested}), Filter::Field(path, Condition::Equal(json!(7)))),
        (json!({"a": vec![1; 10_000]}), any(json!({"$or": [{"a": 2}, {"a": {"$gt": 3}}]}))),
        (json!({"a": vec![json!({"b": 1}); 10_000]}), any(json!({"a.c": {"$exists": true}}))),
    ] {
        let asked = Cell::new(0);
        let may_go_on = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let budget = Budget::new(&may_go_on);
        let found = filter.matches_within(&parsed(document), &budget);
        assert_eq!((found, asked.get()), (Err(Exhausted), 3), "{filter:?}");
    }
}
