//! Tests of the review over articles that are made here.

use super::*;
use crate::{
    model::{Fragments, Provenance},
    text::TextRange,
};

const TEXT: &str = "Kursk liegt im Südwesten. Vor Kursk steht Meier. „Kursk hält“, sagte Meier.";

/// Words, which of their occurrences, label, source, score, status.
type Row<'a> = (&'a str, usize, &'a str, &'a str, f32, Status);

fn set(rows: &[Row<'_>]) -> AnnotationSet {
    let spans = (1..).zip(rows).map(|(id, (words, nth, label, source, score, status))| {
        let (start, _) = TEXT.match_indices(words).nth(*nth).expect("words of the text");
        let source = Source::Extractor { name: (*source).into(), version: "1".into() };
        let time = jiff::Timestamp::UNIX_EPOCH;
        Span {
            id: AnnotationId(id),
            label: (*label).into(),
            fragments: Fragments::one(TextRange::from_usize(start, start + words.len())),
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: Provenance { source, time, score: Some(*score), reason: None },
            status: *status,
            corrected_from: None,
        }
    });
    AnnotationSet::from_parts(1, Default::default(), spans.collect(), Vec::new(), Vec::new()).0
}

/// A review with one article for each of these lists.
fn review(articles: &[&[Row<'_>]]) -> Review {
    let mut review = Review::default();
    for (rows, name) in articles.iter().zip(["a", "b", "c"]) {
        let id = ArticleId::new(name);
        review.insert(id.clone(), ArticleReview::new(&id, name, TEXT, &set(rows)));
    }
    review
}

const SUGGESTED: Status = Status::Suggested;

#[test]
fn each_order_puts_first_what_it_promises() {
    let review = review(&[
        &[("Kursk", 0, "LOC", "x", 0.9, SUGGESTED), ("Meier", 0, "PER", "x", 0.7, SUGGESTED)],
        &[
            ("Kursk", 1, "ORG", "x", 0.6, SUGGESTED),
            ("Vor Kursk", 0, "LOC", "y", 0.8, Status::Rejected),
            ("Meier", 1, "LOC", "x", 0.8, SUGGESTED),
            ("Meier", 1, "PER", "y", 0.95, SUGGESTED),
        ],
    ]);
    let check = |order, expected: &[&str]| {
        let names: Vec<String> = review
            .in_order(order)
            .iter()
            .map(|it| format!("{}{} {}", it.hit.article.as_str(), it.id, it.form))
            .collect();
        assert_eq!(names, expected, "{order:?}");
    };
    check(Order::Article, &["a1 Kursk", "a2 Meier", "b1 Kursk", "b3 Meier", "b4 Meier"]);
    check(Order::Doubt, &["b1 Kursk", "a2 Meier", "b3 Meier", "a1 Kursk", "b4 Meier"]);
    check(Order::Label, &["a1 Kursk", "b3 Meier", "b1 Kursk", "a2 Meier", "b4 Meier"]);
    check(Order::Disagreement, &["b3 Meier", "b4 Meier", "b1 Kursk", "a2 Meier", "a1 Kursk"]);
    let random = review.in_order(Order::Random);
    assert_eq!(random.len(), review.len());
    assert_eq!(random, review.in_order(Order::Random));
}

#[test]
fn certainty_is_the_logarithm_of_the_probability() {
    let review = review(&[&[("Kursk", 0, "LOC", "x", 0.25, SUGGESTED), ("Meier", 0, "PER", "x", 0.0, SUGGESTED)]]);
    let all = review.in_order(Order::Article);
    assert!((all[0].certainty() - 0.25_f32.ln()).abs() < 1e-6);
    assert!(all[1].certainty().is_finite() && all[1].certainty() < -10.0);
    let unknown = Suggestion { score: None, ..(*all[0]).clone() };
    assert!((unknown.certainty() - 0.5_f32.ln()).abs() < 1e-6);
}

#[test]
fn what_was_decided_before_is_a_rival() {
    let accepted = Status::Accepted;
    let mut review = review(&[
        &[("Kursk", 0, "LOC", "x", 1.0, accepted), ("Kursk", 1, "LOC", "x", 1.0, accepted)],
        &[("Kursk", 0, "ORG", "y", 0.9, SUGGESTED), ("Meier", 0, "PER", "y", 0.9, SUGGESTED)],
        &[("Meier", 0, "PER", "y", 0.9, Status::Rejected), ("Vor Kursk", 0, "LOC", "y", 0.9, SUGGESTED)],
    ]);
    let all = review.in_order(Order::Article);
    let rival = |review: &Review, at: usize| review.rival(&all[at]).map(|rival| rival.says);
    assert_eq!(rival(&review, 0), Some(Says::Accepted { label: "LOC".into(), times: 2 }));
    assert_eq!(rival(&review, 1), Some(Says::Rejected { times: 1 }));
    assert_eq!(rival(&review, 2), None);
    assert_eq!(review.decisions("Kursk", "LOC"), Counts { accepted: 2, rejected: 0 });
    // An article that goes takes what was decided in it along.
    review.remove(&ArticleId::new("a"));
    assert_eq!(rival(&review, 0), None);
    assert_eq!(review.decisions("Kursk", "LOC"), Counts::default());
    assert_eq!(review.len(), 3);
}

#[test]
fn nested_names_are_no_rivals() {
    let quotation = ("„Kursk hält“", 0, "QUOTE", "x", 0.9, SUGGESTED);
    let nested = review(&[&[quotation, ("Kursk", 2, "LOC", "y", 0.9, SUGGESTED)]]);
    assert!(nested.in_order(Order::Article).iter().all(|it| nested.rival(it).is_none()));
    // Other edges with the same label are.
    let edges = review(&[&[("Vor Kursk", 0, "LOC", "x", 0.7, SUGGESTED), ("Kursk", 1, "LOC", "y", 0.9, SUGGESTED)]]);
    assert!(edges.in_order(Order::Article).iter().all(|it| edges.rival(it).is_some()));
    // One source says what it says.
    let one = review(&[&[("Kursk", 1, "ORG", "y", 0.7, SUGGESTED), ("Kursk", 1, "LOC", "y", 0.9, SUGGESTED)]]);
    assert!(one.in_order(Order::Article).iter().all(|it| one.rival(it).is_none()));
}

#[test]
fn groups_hold_the_same_words_with_the_same_label_and_begin_with_doubt() {
    let review = review(&[
        &[("Kursk", 0, "LOC", "x", 0.9, SUGGESTED), ("Meier", 0, "PER", "x", 0.6, SUGGESTED)],
        &[("Kursk", 1, "LOC", "x", 0.8, SUGGESTED), ("Kursk", 2, "ORG", "x", 0.5, SUGGESTED)],
    ]);
    let groups: Vec<String> = review
        .groups()
        .iter()
        .map(|group| format!("{} {} {}", group.form, group.label, group.suggestions.len()))
        .collect();
    assert_eq!(groups, ["Kursk ORG 1", "Meier PER 1", "Kursk LOC 2"]);
}
