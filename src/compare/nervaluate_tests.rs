//! The numbers are those of nervaluate itself, which `tests/outside/nervaluate_numbers.py` had count.

use super::{Comparison, Labelled, Scheme, Score};
use crate::text::TextRange;
use serde_json::Value;
use std::collections::BTreeMap;

const SCHEMES: [(Scheme, &str); 4] =
    [(Scheme::Strict, "strict"), (Scheme::Exact, "exact"), (Scheme::Partial, "partial"), (Scheme::Type, "ent_type")];

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/outside/nervaluate_numbers.json")).expect("JSON")
}

fn side(spans: &Value) -> Vec<Labelled> {
    let number = |value: &Value| usize::try_from(value.as_u64().expect("an offset")).expect("a small one");
    let span = |span: &Value| Labelled {
        range: TextRange::from_usize(number(&span[0]), number(&span[1])),
        label: span[2].as_str().expect("a label").into(),
    };
    spans.as_array().expect("spans").iter().map(span).collect()
}

fn compared(case: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    for document in case["documents"].as_array().expect("documents") {
        comparison.add(&side(&document[0]), &side(&document[1]));
    }
    comparison
}

fn check(scores: &BTreeMap<Scheme, Score>, expected: &Value, case: &Value) {
    for (scheme, name) in SCHEMES {
        let (score, expected) = (&scores[&scheme], expected[name].as_array().expect("numbers"));
        let counts = [score.correct, score.incorrect, score.partial, score.missed, score.spurious];
        assert_eq!(serde_json::json!(counts).as_array().expect("numbers"), &expected[..5], "{name} {case}");
        for (found, expected) in [score.precision(), score.recall(), score.f1()].iter().zip(&expected[5..]) {
            let expected = expected.as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-9, "{name} {found} {expected} {case}");
        }
    }
}

#[test]
fn counts_are_those_of_nervaluate() {
    let fixture = fixture();
    let cases = fixture["flat"].as_array().expect("cases");
    assert!(cases.len() > 20);
    for case in cases {
        let comparison = compared(case);
        check(&comparison.overall, &case["overall"], case);
        let labels = case["labels"].as_object().expect("labels");
        assert_eq!(
            comparison.labels.keys().map(|label| &**label).collect::<Vec<_>>(),
            labels.keys().collect::<Vec<_>>()
        );
        for (label, expected) in labels {
            check(&comparison.labels[label.as_str()], expected, case);
        }
    }
}

#[test]
fn spans_that_overlap_never_fare_worse_than_with_nervaluate() {
    let fixture = fixture();
    let mut better = 0;
    for case in fixture["nested"].as_array().expect("cases") {
        let comparison = compared(case);
        for (scheme, name) in [(Scheme::Strict, "strict"), (Scheme::Exact, "exact")] {
            let (found, theirs) =
                (comparison.micro(scheme).correct, case["overall"][name][0].as_u64().expect("a number"));
            assert!(found as u64 >= theirs, "{name} {found} {theirs} {case}");
            better += usize::from(found as u64 > theirs);
        }
    }
    assert!(better > 0, "no document shows why pairs that are equal come first");
}
