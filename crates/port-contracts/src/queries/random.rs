//! Random documents and queries, similar enough to match.

use domain::model::{Document, Filter, Sort};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::fixtures::{document, object};

/// A generator with the same sequence in every run.
pub(super) struct Random(TestRunner);

impl Random {
    pub(super) fn new() -> Self {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    pub(super) fn documents(&mut self, count: usize) -> Vec<Document> {
        let made = (0..count).map(|n| {
            let fields = self.one(&members(value(3)));
            document(&format!("d{n:03}"), Value::Object(fields))
        });
        made.collect()
    }

    pub(super) fn filter(&mut self) -> Filter {
        Filter::parse(object(self.one(&filter(3)))).unwrap()
    }

    pub(super) fn sort(&mut self) -> Sort {
        let paths = proptest::collection::vec((path(), any::<bool>()), 1..=3);
        loop {
            let keys = self.one(&paths).into_iter();
            let text: Vec<String> =
                keys.map(|(path, up)| if up { path } else { format!("-{path}") }).collect();
            // A sort order that repeats a path is invalid.
            if let Ok(sort) = Sort::parse(&text.join(",")) {
                return sort;
            }
        }
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.number(0, 99) < percent
    }

    pub(super) fn number(&mut self, from: usize, to: usize) -> usize {
        self.one(&(from..=to))
    }

    fn one<S: Strategy>(&mut self, strategy: &S) -> S::Value {
        strategy.new_tree(&mut self.0).unwrap().current()
    }
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("0"), Just("1"), Just("00")]
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(name(), 1..=3).prop_map(|names| names.join("."))
}

fn scalar() -> BoxedStrategy<Value> {
    let numbers = prop_oneof![
        (-2..3_i64).prop_map(Value::from),
        prop_oneof![Just(0.5), Just(1.0), Just(-0.0), Just(1e300), Just(-1e300)]
            .prop_map(Value::from),
        prop_oneof![Just(i64::MAX), Just(i64::MIN), Just((1 << 53) + 1), Just(1 << 31)]
            .prop_map(Value::from),
        prop_oneof![Just(u64::MAX), Just(1 << 63)].prop_map(Value::from),
        prop_oneof![Just(9_007_199_254_740_992.0), Just(9_223_372_036_854_775_808.0)]
            .prop_map(Value::from),
    ];
    let texts =
        prop_oneof![Just(""), Just("a"), Just("b"), Just("aa"), Just("a\0"), Just("é"), Just("1")];
    prop_oneof![
        2 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        6 => numbers,
        4 => texts.prop_map(Value::from),
    ]
    .boxed()
}

fn value(depth: usize) -> BoxedStrategy<Value> {
    if depth == 0 {
        return scalar();
    }
    let inner = value(depth - 1);
    prop_oneof![
        3 => scalar(),
        2 => proptest::collection::vec(inner.clone(), 0..=3).prop_map(Value::Array),
        2 => members(inner).prop_map(Value::Object),
    ]
    .boxed()
}

fn members(value: BoxedStrategy<Value>) -> BoxedStrategy<Map<String, Value>> {
    let member = (name().prop_map(ToOwned::to_owned), value);
    proptest::collection::vec(member, 0..=4).prop_map(Map::from_iter).boxed()
}

fn condition() -> impl Strategy<Value = Value> {
    let operators = prop_oneof![
        Just("$eq"),
        Just("$ne"),
        Just("$gt"),
        Just("$gte"),
        Just("$lt"),
        Just("$lte"),
    ];
    let list = proptest::collection::vec(value(1), 0..=3);
    prop_oneof![
        3 => value(2),
        6 => (operators, value(2)).prop_map(|(operator, value)| json!({ operator: value })),
        1 => list.clone().prop_map(|values| json!({ "$in": values })),
        1 => list.prop_map(|values| json!({ "$nin": values })),
        1 => any::<bool>().prop_map(|exists| json!({ "$exists": exists })),
        1 => (value(0), value(0)).prop_map(|(from, to)| json!({ "$gte": from, "$lt": to })),
    ]
}

fn filter(depth: usize) -> BoxedStrategy<Value> {
    let field = (path(), condition()).prop_map(|(path, condition)| json!({ path: condition }));
    if depth == 0 {
        return field.boxed();
    }
    let several = proptest::collection::vec(filter(depth - 1), 1..=3);
    prop_oneof![
        4 => field,
        1 => several.clone().prop_map(|filters| json!({ "$and": filters })),
        1 => several.prop_map(|filters| json!({ "$or": filters })),
    ]
    .boxed()
}
