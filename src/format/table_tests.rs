//! Tables as scrapers write them, and broken ones.

use super::{
    super::decode::tests::{input, options},
    *,
};
use crate::model::LineEnding;
use proptest::prelude::*;

fn read_with(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Vec<Imported>, String> {
    let mut articles = Vec::new();
    TableInput
        .read(&input(name, bytes), options, &mut |article| articles.push(article))
        .map(|()| articles)
        .map_err(|error| error.to_string())
}

fn read(name: &str, text: &str) -> Result<Vec<Imported>, String> {
    read_with(name, text.as_bytes(), &options())
}

/// Ids and texts of the articles, and all warnings.
fn check(name: &str, text: &str, expected: &[(&str, &str)], warnings: &[&str]) {
    let articles = read(name, text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let found: Vec<_> = articles.iter().map(|article| (&*article.wanted_id, &*article.text)).collect();
    assert_eq!(found, expected, "{text:?}");
    let found: Vec<_> = articles.iter().flat_map(|article| &article.warnings).map(ToString::to_string).collect();
    assert_eq!(found, warnings, "{text:?}");
}

#[test]
fn the_text_column_is_found() {
    check("a.csv", "id,text\n1,Eins\n2,\"Zwei, drei\nvier\"\n", &[("1", "Eins"), ("2", "Zwei, drei\nvier")], &[]);
    check("a.csv", "Titel;Inhalt\r\nKopf;Eins\r\n", &[("Kopf", "Eins")], &[]);
    check("a.tsv", "Body\tx\nEins\t1\n", &[("a-1", "Eins")], &[]);
    check(
        "a.jsonl",
        "{\"text\": \"Eins\"}\n\n{\"id\": 7, \"text\": \"Zwei\"}\n",
        &[("a-1", "Eins"), ("7", "Zwei")],
        &[],
    );
    check("a.json", "[{\"content\": \"Eins\", \"id\": \"x\"}, \"Zwei\"]", &[("x", "Eins"), ("a-2", "Zwei")], &[]);
    check("a.json", "{\"data\": [{\"text\": \"Eins\"}]}", &[("a-1", "Eins")], &[]);
    check("a.json", "{\"text\": \"Eins\", \"data\": [1]}", &[("a-1", "Eins")], &[]);
    check("a.csv", "\u{FEFF}text\nEins\n", &[("a-1", "Eins")], &[]);
}

#[test]
fn columns_become_metadata() {
    let articles = read("a.csv", "ID,Headline,Quelle,URL,Datum,Lang,Text,Rubrik,Rubrik\n9,Kopf,Blatt,https://e.org,12.03.2025,de-AT,Eins,Ausland,x\n")
        .expect("a table");
    let metadata = &articles[0].metadata;
    assert_eq!(
        [&*metadata.title, &*metadata.source, &*metadata.url, &*metadata.date, &*metadata.language],
        ["Kopf", "Blatt", "https://e.org", "2025-03-12", "de-AT"]
    );
    let other: Vec<_> = metadata.other.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(other, [("Rubrik", "Ausland"), ("Rubrik (again)", "x")]);
    let articles = read("a.jsonl", "{\"text\": \"Eins\", \"tags\": [\"a\"], \"n\": null, \"k\": 1.5}").expect("lines");
    let other: Vec<_> = articles[0].metadata.other.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(other, [("k", "1.5"), ("tags", "[\"a\"]")]);
    assert_eq!((&*articles[0].metadata.title, &*articles[0].metadata.language), ("a-1", "de"));
}

#[test]
fn the_text_column_can_be_chosen() {
    let options = ReadOptions { text_column: Some("Lead".to_owned()), normalize_line_endings: true, ..options() };
    let articles = read_with("a.csv", b"lead,text\n\"Eins\r\nzwei\",Zwei\n", &options).expect("a table");
    assert_eq!((&*articles[0].text, &*articles[0].metadata.other["text"]), ("Eins\nzwei", "Zwei"));
    let origin = &articles[0].metadata.origin;
    assert_eq!((origin.line_ending, origin.normalized), (LineEnding::CrLf, true));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    check(
        "a.jsonl",
        "nein\n{\"text\": \"Eins\"}\n{\"text\": \"\"}\n{\"x\": \"Zwei\"}\n[1]\n{\"text\": 3}\n{\"text\": [\"a\"]}\n",
        &[("a-1", "Eins")],
        &[
            "a.jsonl:1: line left out: it is no JSON: expected ident at line 1 column 2",
            "a.jsonl:3: row 2 left out: it has no text",
            "a.jsonl:4: row left out: no column is named text, body, content or the like; choose the one with the text among: x",
            "a.jsonl:5: record 4 left out: expected an object, found an array",
            "a.jsonl:6: record 5 left out: its text is a number, not a text",
            "a.jsonl:7: record 6 left out: its text is an array, not a text",
        ],
    );
    check(
        "a.csv",
        "text,b\nEins,1,2\n",
        &[("a-1", "Eins")],
        &["a.csv:2: a row has 3 cells, the header 2; check its quotes"],
    );
    for (name, text, expected) in [
        ("a.csv", "", "a.csv:1: no column"),
        ("a.csv", "a,b\n1,2\n", "a.csv:1: no column is named text"),
        ("a.csv", "text\n", "a.csv: there is no article"),
        (
            "a.csv",
            "article,title,source,url,date,language,other,file,text\na,b,,,,,,,c\n",
            "a.csv: this table belongs to",
        ),
        ("a.json", "7", "a.json: expected an array of articles, found a number"),
        ("a.json", "{\"text\": ", "a.json:1: this is no JSON"),
        ("a.jsonl", "nein", "a.jsonl:1: line left out"),
        ("a.json", &"[".repeat(100_000), "a.json:1: this is no JSON: recursion limit"),
    ] {
        let error = read(name, text).expect_err(name);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn files_are_recognized() {
    let check = |name: &str, text: &str, expected: Recognition| {
        assert_eq!(TableInput.recognize(&input(name, text.as_bytes())), expected, "{name} {text}");
    };
    check("a.csv", "id,text\n", Recognition::Likely);
    check("a.csv", "id,x\n", Recognition::Possible);
    check("a.jsonl", "{\"text\": \"a\"}", Recognition::Likely);
    check("a.jsonl", "{\"text\": \"a\", \"spans\": []}", Recognition::Possible);
    check("a.txt", "id,text\n", Recognition::No);
}

proptest! {
    #[test]
    fn never_panics(text in "(text|[a-z]{1,2}|[,;\t\"\n\r{}\\[\\]:]|ä|\\PC){0,40}", ending in "csv|tsv|json|jsonl") {
        let _ = read(&format!("a.{ending}"), &text);
        let _ = read(&format!("a.{ending}"), &format!("text,a\n{text}"));
        let _ = read(&format!("a.{ending}"), &format!("[{{\"text\": \"{text}\"}}]"));
    }
}
