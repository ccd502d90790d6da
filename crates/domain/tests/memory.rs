//! Memory use of documents and computations on them, counted by the allocator.

#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use domain::model::{
    Document, DocumentId, DocumentLimit, DocumentPatch, DocumentTree, InvalidAt, MAX_POINTER,
    NewDocument, PositionTooLarge, Sort,
};
use serde_json::{Map, Value, json};

const MIB: usize = 1024 * 1024;

/// The system allocator, which counts the bytes held by each thread.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe to write")]
// SAFETY: every call is forwarded to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.set(HELD.get().wrapping_add(layout.size()));
        if HELD.get().cast_signed() > PEAK.get().cast_signed() {
            PEAK.set(HELD.get());
        }
        // SAFETY: the caller keeps the contract of the method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.set(HELD.get().wrapping_sub(layout.size()));
        // SAFETY: the caller keeps the contract of the method.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The result of `work`, the bytes that it holds, and the peak.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let result = work();
    (result, more(HELD.get(), before), more(PEAK.get(), before))
}

/// The growth up to `now`. A thread may free what another allocated, so that the result can be
/// negative.
fn more(now: usize, before: usize) -> usize {
    usize::try_from(now.wrapping_sub(before).cast_signed()).unwrap_or(0)
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value}") };
    members
}

fn document(value: Value) -> Document {
    Document::parse(members(value), || DocumentId::parse("made").unwrap()).unwrap()
}

/// The shapes whose trees are largest, each of about 1 MiB of text.
fn shapes() -> [Value; 4] {
    [
        json!({ "a": vec![0; MIB / 2] }),
        json!({ "a": vec![[0]; MIB / 4] }),
        json!({ "a": vec![json!({"": 0}); MIB / 7] }),
        json!({ "a": vec![json!({}); MIB / 3] }),
    ]
}

#[test]
fn a_document_holds_its_text_but_no_tree() {
    for shape in shapes() {
        let shape = members(shape);
        let (document, held, _) = measured(|| NewDocument::parse(shape).unwrap());
        let document = document.with_id(|| DocumentId::parse("made").unwrap()).unwrap();
        assert!(held < 2 * MIB, "{held} bytes before it has an id");
        let text = document.json().to_owned();
        let (read, held, peak) = measured(|| Document::from_json(text.as_bytes()).unwrap());
        assert!(held < text.len() + 1024 && peak < text.len() + 4096, "{held}, {peak}");
        let (_, held, peak) = measured(|| read.tag());
        assert!(held < 1024 && peak < 4096, "{held}, {peak} to hash it");
    }
}

/// What an import holds of a batch while its client is idle.
#[test]
fn documents_with_many_small_values_hold_only_their_text() {
    let line = json!({ "a": vec![0; 500] });
    let (documents, held, _) = measured(|| {
        let documents = (0..900).map(|_| document(line.clone()));
        documents.collect::<Vec<_>>()
    });
    let text: usize = documents.iter().map(|document| document.json().len()).sum();
    assert!(held < 2 * text, "{held} bytes for {text} bytes of text");
}

/// The paths of a sort all match the same value.
#[test]
fn oversized_sort_values_are_not_copied() {
    let sort = Sort::parse("a,a.b,a.b.c,a.b.c.d,a.b.c.d.e,a.b.c.d.e.f,a.b.c.d.e.f.g,h").unwrap();
    let inner = json!({"b": {"c": {"d": {"e": {"f": {"g": vec!["x".repeat(100); 10_000]}}}}}});
    let list = json!({ "a": vec![json!({"b": {"c": 0}}); 10_000] });
    for value in [json!({ "a": inner }), list] {
        let tree: DocumentTree = document(value).tree();
        let (position, _, peak) = measured(|| sort.position(&tree));
        assert_eq!(position.unwrap_err(), PositionTooLarge);
        assert!(peak < MIB / 2, "{peak} bytes");
    }
}

#[test]
fn a_merge_takes_no_more_memory_than_the_merged_trees() {
    let nulls: Map<String, Value> =
        (0..100_000).map(|number| (number.to_string(), Value::Null)).collect();
    let zeros: Map<String, Value> = nulls.keys().map(|name| (name.clone(), json!(0))).collect();
    let present = document(Value::Object(zeros));
    let patch = DocumentPatch::new(&nulls);
    let (_, _, tree) = measured(|| present.tree());
    let (merged, held, peak) =
        measured(|| present.merged(&patch, DocumentLimit::default()).unwrap());
    assert_eq!(merged.json(), r#"{"_id":"made"}"#);
    assert!(held < 1024 && peak < 3 * tree, "{held} and {peak} bytes, {tree} for one tree");
}

/// A key for each level, as long as a body can be: the pointer to the invalid value at the end has
/// all of them.
#[test]
fn the_pointer_to_a_refused_value_is_bounded() {
    let (refusal, held, peak): (InvalidAt, _, _) = {
        let key = "k".repeat(10_000);
        let deep = (0..100).fold(json!({"$": 0}), |inner, _| json!({ key.clone(): inner }));
        let deep = members(deep);
        measured(|| NewDocument::parse(deep).unwrap_err())
    };
    assert!(refusal.pointer.len() <= MAX_POINTER);
    assert!(held <= 4 * MAX_POINTER && peak < 64 * 1024, "{held}, {peak}");
}
