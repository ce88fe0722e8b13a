//! Tests of [`super::search`].

use super::search::*;
use crate::{
    model::{AnnotatorName, Article, ArticleId, ArticleMetadata, EntityId, Status, generate},
    text::Case,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn plain_query(pattern: &str) -> Query {
    Query::new(pattern, Mode::Plain, Case::Ignore, SpanFilter::default()).expect("a good query")
}

#[test]
fn patterns_find_places() {
    let check = |pattern: &str, mode, case, text: &str, expected: &[&str]| {
        let query = Query::new(pattern, mode, case, SpanFilter::default()).expect("a good query");
        let found: Vec<_> = query.places(text).filter_map(|range| range.slice(text)).collect();
        assert_eq!(found, expected, "{pattern:?} in {text:?}");
    };
    let (plain, regex) = (Mode::Plain, Mode::Regex);
    check("kursk", plain, Case::Ignore, "Kursk KURSK kursk", &["Kursk", "KURSK", "kursk"]);
    check("kursk", plain, Case::Match, "Kursk KURSK kursk", &["kursk"]);
    check("ÜBER", plain, Case::Ignore, "über u\u{308}ber Ueber", &["über", "u\u{308}ber"]);
    check("Straße", plain, Case::Ignore, "Straße STRASSE STRAẞE", &["Straße", "STRAẞE"]);
    check("a.b (c)", plain, Case::Ignore, "axb c a.b (c)", &["a.b (c)"]);
    check("Wladimir  Putin", plain, Case::Ignore, "Wladimir\r\nPutin", &["Wladimir\r\nPutin"]);
    check("👩‍👩‍👧", plain, Case::Ignore, "x👩‍👩‍👧👩", &["👩‍👩‍👧"]);
    check("שלום", plain, Case::Ignore, "אמר שלום", &["שלום"]);
    check(r"\b\d+ Drohnen", regex, Case::Ignore, "159 Drohnen und 12 drohnen", &["159 Drohnen", "12 drohnen"]);
    check(r"^\w+$", regex, Case::Ignore, "eins\r\nzwei drei\r\nvier", &["eins", "vier"]);
    check("x*", regex, Case::Ignore, "axxb", &["xx"]);
}

#[test]
fn bad_patterns_are_explained() {
    let check = |pattern: &str, expected: &str| {
        let error = Query::new(pattern, Mode::Regex, Case::Ignore, SpanFilter::default()).expect_err("a bad pattern");
        assert_eq!(error.to_string(), expected);
    };
    check("", "nothing to search for: type some words or choose a label");
    check("für (Putin", r#"the regular expression is wrong at character 5, "(": unclosed group"#);
    check("*", "the regular expression is wrong at character 1: repetition operator missing expression");
    check(r"\p{Unfug}", r#"the regular expression is wrong at character 1, "\\p{Unfug}": Unicode property not found"#);
    let large = Query::new(r"(\w{500}){500}", Mode::Regex, Case::Ignore, SpanFilter::default()).expect_err("too large");
    assert!(large.to_string().starts_with("the regular expression can not be used: "), "{large}");
    // As plain words everything is a good pattern.
    assert_eq!(plain_query("für (Putin*").places("für (putin*").count(), 1);
}

#[test]
fn hits_stand_in_one_line_of_context() {
    let check = |text: &str, pattern: &str, expected: (&str, &str, &str)| {
        let article = Article::new(ArticleId::new("a"), ArticleMetadata::default(), text);
        let hits = plain_query(pattern).hits(&article, None);
        let hit = hits.first().expect("a hit");
        assert_eq!((&*hit.before, &*hit.hit, &*hit.after), expected);
    };
    check("Kursk", "Kursk", ("", "Kursk", ""));
    check("in\r\n\r\nKursk\twar", "Kursk", ("in ", "Kursk", " war"));
    // Context is counted and cut in graphemes: marks and emoji stay whole.
    let marks = "e\u{301}".repeat(90);
    let families = "👩‍👩‍👧".repeat(90);
    let text = [&*marks, "Kursk", &*families].concat();
    check(&text, "Kursk", (&"e\u{301}".repeat(60), "Kursk", &"👩‍👩‍👧".repeat(60)));
    let long = "a".repeat(300);
    check(&long, &long, ("", &["a".repeat(200).as_str(), "…"].concat(), ""));
}

#[test]
fn filters_ask_for_spans() {
    let article = generate::article(5, 8_000, 150, 0);
    let set = article.sets.values().next().expect("a set");
    let hits = |pattern: &str, filter: &SpanFilter| {
        let query = Query::new(pattern, Mode::Plain, Case::Match, filter.clone()).expect("a good query");
        assert!(query.needs_annotations());
        query.hits(&article, None)
    };
    let labelled = |label: &str| SpanFilter { labels: vec![label.into()], ..SpanFilter::default() };
    // Without a pattern: every span with the label, in order.
    let listed: Vec<_> = hits("", &labelled("LOC")).into_iter().flat_map(|hit| hit.spans).map(|(_, id)| id).collect();
    let expected = set.spans_in_order().filter(|span| &*span.label == "LOC").map(|span| span.id);
    assert_eq!(listed, expected.collect::<Vec<_>>());
    assert!(listed.len() > 10);
    // With one: only where a span with the label is.
    let all = plain_query("Krasnopol").hits(&article, None);
    let on_label = hits("Krasnopol", &labelled("LOC"));
    let expected = all.iter().filter(|hit| set.spans_overlapping(hit.range).any(|span| &*span.label == "LOC"));
    assert_eq!(
        on_label.iter().map(|hit| hit.range).collect::<Vec<_>>(),
        expected.map(|hit| hit.range).collect::<Vec<_>>()
    );
    assert!(!on_label.is_empty());
    let suggested = SpanFilter { statuses: vec![Status::Suggested], ..SpanFilter::default() };
    assert_eq!(hits("", &suggested).len(), 15);
    let entity = SpanFilter { entity: Some(EntityId::new("krasnopol")), ..SpanFilter::default() };
    assert!(!hits("", &entity).is_empty() && hits("", &entity).iter().all(|hit| hit.hit == "Krasnopol"));
    // Spans of somebody else do not count.
    let query = Query::new("", Mode::Plain, Case::Match, suggested).expect("a good query");
    assert!(query.hits(&article, Some(&AnnotatorName::new("anna"))).is_empty());
}

#[test]
fn many_texts_are_searched_in_order_up_to_a_limit() {
    let names: Vec<ArticleId> = (0..1_500).map(|number| ArticleId::new(&format!("a{number}"))).collect();
    let texts: Vec<(&ArticleId, &str)> = names.iter().map(|id| (id, "Kursk und Kursk")).collect();
    let (cancel, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let control = Control { cancel: &cancel, done: &done, limit: usize::MAX };
    let query = plain_query("kursk");
    let found = search_texts(&query, &texts, control);
    assert!(found.complete && done.load(Ordering::Relaxed) == 1_500);
    let order: Vec<_> = found.hits.iter().map(|hit| (hit.article.as_str(), hit.range.start().0)).collect();
    let expected = names.iter().flat_map(|id| [(id.as_str(), 0), (id.as_str(), 10)]);
    assert_eq!(order, expected.collect::<Vec<_>>());

    let limited = search_texts(&query, &texts, Control { limit: 7, ..control });
    assert_eq!((limited.hits.as_slice(), limited.complete), (&found.hits[..7], false));

    cancel.store(true, Ordering::Relaxed);
    let stopped = search_texts(&query, &texts, control);
    assert_eq!((stopped.hits.len(), stopped.complete), (0, false));

    cancel.store(false, Ordering::Relaxed);
    let project = generate::project(2, 20, 1_200);
    let articles: Vec<&Article> = project.articles.values().collect();
    let filter = SpanFilter { labels: vec!["PER".into()], ..SpanFilter::default() };
    let query = Query::new("", Mode::Plain, Case::Match, filter).expect("a good query");
    let found = search_articles(&query, &articles, None, control);
    assert_eq!(found.hits, articles.iter().flat_map(|article| query.hits(article, None)).collect::<Vec<_>>());
}
