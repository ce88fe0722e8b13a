//! Quotations that have one place, several or none.

use super::*;
use crate::{
    format::{Before, golden},
    model::Span,
};

fn read_with(content: &str, text: Option<&str>) -> Vec<Imported> {
    let sibling = |name: &str| text.filter(|_| name == "a.txt").map(|text| text.as_bytes().to_vec());
    let input = Input::new("a.jsonl", content.as_bytes(), &sibling);
    let mut articles = Vec::new();
    let result = QuotedJson.read(&input, &golden::read_options(), &mut |article| articles.push(article));
    assert_eq!(result.is_err(), articles.is_empty(), "{result:?}");
    articles
}

fn read(content: &str) -> Vec<Imported> {
    read_with(content, None)
}

fn spans(article: &Imported) -> Vec<String> {
    let one = |span: &Span| {
        let start = span.fragments.start().to_usize();
        format!("{} {} {start}", span.label, span.fragments.surface(&article.text))
    };
    article.spans.iter().map(one).collect()
}

#[test]
fn words_are_placed_only_without_doubt() {
    let check = |text: &str, quotes: &[&str], expected: &[&str], warnings: usize| {
        let items: Vec<_> = quotes
            .iter()
            .map(|quote| serde_json::json!({"extraction_class": "X", "extraction_text": quote, "char_interval": null}))
            .collect();
        let record = serde_json::json!({"text": text, "document_id": "d", "extractions": items});
        let articles = read(&record.to_string());
        assert_eq!(spans(&articles[0]), expected, "{quotes:?}");
        assert_eq!(articles[0].warnings.len(), warnings, "{:?}", articles[0].warnings);
        assert_eq!(articles[0].wanted_id, "d");
    };
    check("Putin in Kursk", &["Kursk", "Putin"], &["X Kursk 9", "X Putin 0"], 0);
    check("Putin in Kursk", &["Kiew"], &["X  0"], 1);
    check("a b a", &["a"], &["X  0"], 1);
    // Two of two are still a guess without others that show the order.
    check("a b a", &["a", "a"], &["X  0", "X  0"], 2);
    let text = "eins a zwei b drei a vier b fünf";
    check(
        text,
        &["eins", "zwei", "b", "drei", "vier"],
        &["X eins 0", "X zwei 7", "X b 12", "X drei 14", "X vier 21"],
        0,
    );
    check(text, &["eins", "a", "zwei", "drei"], &["X eins 0", "X a 5", "X zwei 7", "X drei 14"], 0);
    // Behind the last there is one place.
    check(text, &["eins", "zwei", "drei", "b"], &["X eins 0", "X zwei 7", "X drei 14", "X b 26"], 0);
    // Between the neighbours are two.
    check(text, &["eins", "a", "vier", "fünf"], &["X eins 0", "X  5", "X vier 21", "X fünf 28"], 1);
    check(text, &["eins", "a", "a", "vier", "fünf"], &["X eins 0", "X a 5", "X a 19", "X vier 21", "X fünf 28"], 0);
    // Not in the order of the text.
    check(text, &["zwei", "eins", "drei", "a", "vier"], &["X zwei 7", "X eins 0", "X drei 14", "X  5", "X vier 21"], 1);
    check("„Ja“ – so", &["\"Ja\" - so"], &["X „Ja“ – so 0"], 0);
}

#[test]
fn stated_places_count_if_they_are_proven() {
    let check = |item: &str, expected: &[&str], warnings: usize| {
        let articles = read(&format!(r#"{{"text":"😀 Köln und Köln","entities":[{item}]}}"#));
        assert_eq!(spans(&articles[0]), expected, "{item}");
        assert_eq!(articles[0].warnings.len(), warnings, "{:?}", articles[0].warnings);
    };
    check(r#"{"text":"Köln","label":"LOC","start":11,"end":15}"#, &["LOC Köln 15"], 0);
    check(r#"{"text":"Köln","label":"LOC","start":12,"end":16}"#, &["LOC Köln 15"], 1);
    check(r#"{"text":"Köln","type":"LOC","start":0,"end":3}"#, &["LOC  5"], 1);
    check(r#"{"quote":"Köln","label":"LOC","occurrence":2}"#, &["LOC Köln 15"], 0);
    check(r#"{"quote":"Köln","label":"LOC","occurrence":3}"#, &["LOC  0"], 1);
    check(r#"{"quote":"","label":"LOC"}"#, &[], 1);
    check(r#"{"quote":"und","label":""}"#, &[], 1);
    check(r#"{"quote":"und","label":"X","start":18446744073709551615,"end":0}"#, &["X und 11"], 0);
}

#[test]
fn relations_name_spans_by_words() {
    let articles = read(
        r#"{"text":"Anna in Köln, Bonn und Bonn","entities":[{"id":"e1","text":"Anna","type":"PER"},{"text":"Köln","type":"LOC"},
        {"text":"Bonn","type":"LOC","occurrence":1},{"text":"Bonn","type":"LOC","occurrence":2}],
        "relations":[{"head":"e1","tail":"Köln","type":"in"},{"subject":{"text":"Anna"},"object":"Bonn","predicate":"in"},{"head":"x"}]}"#
            .replace('\n', " ")
            .as_str(),
    );
    let article = &articles[0];
    assert_eq!(article.relations.len(), 1);
    let targets: Vec<_> = article.relations[0].targets().collect();
    assert_eq!(targets, [article.spans[0].id, article.spans[1].id]);
    assert_eq!(article.warnings.len(), 2, "{:?}", article.warnings);
}

#[test]
fn texts_may_stand_beside_the_file() {
    let content =
        r#"[{"output":{"entities":[{"text":"Köln","type":"LOC"}]}},{"entities":[{"text":"Köln","type":"LOC"}]}]"#;
    let articles = read_with(content, Some("In Köln"));
    assert_eq!(articles.len(), 1);
    assert_eq!(spans(&articles[0]), ["LOC Köln 3"]);
    assert_eq!(articles[0].warnings.len(), 1, "the second has no text");
    assert!(read(content).is_empty());
    // A later part of a file.
    let sibling = |_: &str| Some(b"In K\xC3\xB6ln".to_vec());
    let whole = Input::new("a.jsonl", content.as_bytes(), &sibling);
    let part = Input { before: Before { bytes: 10, lines: 1 }, ..whole };
    assert!(QuotedJson.read(&part, &golden::read_options(), &mut |article| panic!("{article:?}")).is_err());
}

#[test]
fn it_is_recognized_by_quotations_without_places() {
    let check = |content: &str, expected: Recognition| {
        let input = Input::alone("a.jsonl", content.as_bytes());
        assert_eq!(QuotedJson.recognize(&input), expected, "{content}");
    };
    check(r#"{"extractions":[{"extraction_class":"a","extraction_text":"b"}],"text":"b"}"#, Recognition::Certain);
    check(r#"{"text":"b","entities":[{"text":"b","label":"X"}]}"#, Recognition::Likely);
    check(r#"{"text":"b","entities":[{"text":"b","label":"X","start":0,"end":1}]}"#, Recognition::No);
    check(r#"{"text":"b","entities":[]}"#, Recognition::No);
    check(r#"{"entities":[{"text":"b","label":"X"}]}"#, Recognition::No);
    check(r#"{"text":"b"}"#, Recognition::No);
    check("nonsense", Recognition::No);
}

#[test]
fn nothing_makes_it_panic() {
    for content in [
        "",
        "{",
        "[]",
        "{\"text\":5}",
        "{\"text\":\"a\",\"entities\":5}",
        "{\"text\":\"a\",\"entities\":[5,null]}",
        "{\"text\":\"\",\"entities\":[{\"text\":\"a\",\"label\":\"X\"}],\"relations\":[{\"head\":[],\"tail\":{},\"type\":\"t\"}]}",
    ] {
        for article in read(content) {
            assert!(article.spans.iter().all(|span| span.fragments.fit(&article.text)));
        }
    }
}
