//! Filters: whatever is read as one can be asked of any document, has one answer, and is as deep and as long as it may
//! be. The input is a list of a filter and a document.

#![no_main]

use api_actix::fuzzing::json;
use domain::model::{Document, DocumentId, Filter};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Array(parts)) = json(bytes) else { return };
    let Ok([Value::Object(filter), Value::Object(fields)]) = <[Value; 2]>::try_from(parts) else {
        return;
    };
    let Ok(id) = DocumentId::parse("made") else { return };
    let Ok(document) = Document::parse(fields, || id) else { return };
    let Ok(filter) = Filter::parse(filter) else { return };
    let document = document.tree();
    let passes = filter.matches(&document);
    let both = vec![filter.clone(), filter.clone()];
    assert_eq!(Filter::And(both.clone()).matches(&document), passes);
    assert_eq!(Filter::Or(both).matches(&document), passes);
    assert!(conditions(&filter) <= Filter::MAX_CONDITIONS);
});

fn conditions(filter: &Filter) -> usize {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().map(conditions).sum(),
        Filter::Field(..) => 1,
    }
}
