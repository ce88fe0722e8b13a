//! Records of all kinds, edits of what was read, and real files.

use super::*;
use crate::{
    format::{MemoryOutput, WriteOptions, golden, registry},
    model::{AnnotationId, AnnotationSet, ArticleId, ArticleText, EntityRegistry, Progress, Schema, Span},
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

fn read(content: &str) -> Vec<Imported> {
    let input = Input::alone("a.jsonl", content.as_bytes());
    let mut articles = Vec::new();
    let result = Doccano.read(&input, &golden::read_options(), &mut |article| articles.push(article));
    assert_eq!(result.is_err(), articles.is_empty(), "{result:?}");
    articles
}

fn spans(article: &Imported) -> Vec<String> {
    let one = |span: &Span| format!("{} {}", span.label, span.fragments.surface(&article.text));
    article.spans.iter().map(one).collect()
}

#[test]
fn records_are_read() {
    let check = |line: &str, expected: &[&str], labels: &[&str], warnings: &[&str]| {
        let article = &read(line)[0];
        assert_eq!(spans(article), expected, "{line}");
        let found: Vec<_> = article.document_labels.iter().map(|label| &*label.label).collect();
        assert_eq!(found, labels, "{line}");
        let found: Vec<_> = article.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), warnings.len(), "{found:?}");
        for (found, part) in found.iter().zip(warnings) {
            assert!(found.contains(part), "{found}");
        }
    };
    check(r#"{"text":"In Köln","label":[[3,7,"LOC"]]}"#, &["LOC Köln"], &[], &[]);
    check(r#"{"text":"In Köln","labels":[[3,7,"LOC"],[0,99,"X"]]}"#, &["LOC Köln", "X "], &[], &["place it by hand"]);
    check(r#"{"text":"In Köln","label":["news","war","news"]}"#, &[], &["news", "war"], &[]);
    check(r#"{"text":"In Köln","label":"news","cats":{"war":1,"peace":0.2}}"#, &[], &["news", "war"], &[]);
    check(r#"{"text":"a","annotations":[{"label":15,"user":1}],"annotation_approver":null}"#, &[], &["15"], &[]);
    check(r#"{"text":"a b","annotations":[{"label":1,"start_offset":2,"end_offset":3,"user":1}]}"#, &["1 b"], &[], &[]);
    // UTF-16 units, unless that can not be.
    check(
        r#"{"text":"😀 Köln","entities":[{"id":1,"label":"LOC","start_offset":3,"end_offset":7}]}"#,
        &["LOC Köln"],
        &[],
        &[],
    );
    check(
        r#"{"text":"😀 Köln","label":[[0,1,"E"],[2,6,"LOC"]]}"#,
        &["E 😀", "LOC Köln"],
        &[],
        &["read as code points"],
    );
    check(
        r#"{"text":"😀 Köln","entities":[{"id":1,"label":"LOC","start_offset":2,"end_offset":6,"text":"Köln"}]}"#,
        &["LOC Köln"],
        &[],
        &["read as code points"],
    );
    check(
        "{\"text\":\"👨\u{200D}👩\u{200D}👧 Köln\",\"entities\":[{\"label\":\"F\",\"start_offset\":0,\"end_offset\":1,\"text\":\"👨\u{200D}👩\u{200D}👧\"},{\"label\":\"LOC\",\"start_offset\":2,\"end_offset\":6,\"text\":\"Köln\"}]}",
        &["F 👨\u{200D}👩\u{200D}👧", "LOC Köln"],
        &[],
        &["read as grapheme clusters"],
    );
    check(
        r#"{"text":"a b","entities":[null,5,{"x":1},[1],[0,"x","L"]],"relations":[5,{"from_id":1,"to_id":2,"type":"r"}]}"#,
        &[],
        &["5"],
        &["neither", "neither", "neither", "neither", "no object", "does not link"],
    );
}

#[test]
fn offsets_in_records_are_never_trusted() {
    for number in ["-1", "1e9", "18446744073709551615", "4294967296", "0.5", "null"] {
        for line in [
            format!(r#"{{"text":"a","label":[[{number},1,"X"]]}}"#),
            format!(
                r#"{{"text":"a","entities":[{{"id":{number},"label":"X","start_offset":0,"end_offset":{number}}}]}}"#
            ),
        ] {
            let articles = read(&line);
            assert!(articles[0].spans.iter().all(|span| span.fragments.fit("a")), "{line}");
        }
    }
}

/// Reads a file, edits its articles and writes them again.
fn round(content: &str, options: &[(&str, &str)], edit: impl Fn(&mut Imported)) -> (String, Vec<Loss>) {
    let kept: BTreeMap<String, Arc<[u8]>> = [("kept".to_owned(), content.as_bytes().into())].into();
    let mut articles = read(content);
    let mut prepared = Vec::new();
    for article in &mut articles {
        edit(article);
        golden::keep(article, "doccano", "kept", BTreeMap::new());
        let (spans, relations) = (article.spans.clone(), article.relations.clone());
        let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, article.document_labels.clone()).0;
        prepared.push((ArticleId::new(&article.wanted_id), ArticleText::new(article.text.as_str()), set));
    }
    let mut exported = articles.iter().zip(&prepared).map(|(article, (id, text, set))| Exported {
        id,
        metadata: &article.metadata,
        text,
        annotations: set,
        everything: set,
        kept: article.metadata.origin.kept.last(),
    });
    let other = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = WriteOptions { other, ..WriteOptions::default() };
    let (schema, entities) = (Schema::default(), EntityRegistry::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &kept };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    Doccano.write(&mut exported, &context, &mut output, &mut losses).expect("it can be written");
    (String::from_utf8(output.files.remove(0).1).expect("text"), losses)
}

const RELATIONS: &str = r#"{"id": 5, "text": "Anna in Köln", "Comments": ["gut"], "entities": [{"id": 0, "label": "PER", "start_offset": 0, "end_offset": 4}, {"id": 9, "label": "LOC", "start_offset": 8, "end_offset": 12, "x": 1}], "relations": [{"id": 0, "from_id": 0, "to_id": 9, "type": "in"}], "quelle": "dpa"}"#;

#[test]
fn unedited_files_come_back_as_they_were() {
    for content in [
        RELATIONS.to_owned(),
        format!(
            "\u{FEFF}{RELATIONS}\r\n\r\nnonsense\n{{\"label\":[]}}\n{{\"text\":\"a\",\"label\":[[0,9,\"X\"]]}}\n\n{{"
        ),
        format!("[{RELATIONS},\n{RELATIONS}]"),
    ] {
        let (written, losses) = round(&content, &[], |_| ());
        assert_eq!(losses, []);
        if content.starts_with('[') {
            assert_eq!(read(&written).len(), 2, "a list becomes lines");
        } else {
            assert_eq!(written, content);
        }
    }
    assert_eq!(read(RELATIONS)[0].metadata.other.get("quelle").map(String::as_str), Some("dpa"));
}

#[test]
fn edits_change_only_what_was_edited() {
    let edit = |article: &mut Imported| {
        article.spans[0].label = "Person".into();
        let mut fresh = article.spans[1].clone();
        fresh.id = AnnotationId(40);
        fresh.label = "Stadt".into();
        article.spans.push(fresh);
    };
    let (written, losses) = round(RELATIONS, &[], edit);
    assert!(written.is_ascii());
    let record: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!((&record["id"], &record["Comments"], &record["quelle"]), (&json!(5), &json!(["gut"]), &json!("dpa")));
    assert_eq!(record["entities"][1]["x"], 1);
    let ids: Vec<_> =
        record["entities"].as_array().expect("a list").iter().map(|entity| entity["id"].as_u64()).collect();
    assert_eq!(ids, [Some(0), Some(9), Some(40)]);
    assert_eq!(record["relations"], json!([{"id": 0, "from_id": 0, "to_id": 9, "type": "in"}]));
    assert!(losses.iter().all(|loss| loss.annotation.is_none()), "{losses:?}");
    let again = read(&written);
    assert_eq!(spans(&again[0]).len(), 3);
    assert_eq!(again[0].relations.len(), 1);
}

#[test]
fn other_tasks_and_units_are_written() {
    let content = r#"{"text":"😀 e\u0301 Köln","entities":[{"id":1,"label":"LOC","start_offset":6,"end_offset":10,"note":"n"},{"id":2,"label":"E","start_offset":3,"end_offset":4}],"cats":["news"]}"#;
    let check = |options: &[(&str, &str)], expected: &str, lost: usize| {
        let (written, losses) = round(content, options, |_| ());
        let record: Value = serde_json::from_str(&written).expect("JSON");
        assert_eq!(record["label"].to_string(), expected);
        assert_eq!(losses.iter().filter(|loss| loss.annotation.is_some()).count(), lost, "{losses:?}");
    };
    check(&[("task", "sequence")], r#"[[6,10,"LOC"],[3,4,"E"]]"#, 2);
    check(&[("task", "sequence"), ("unit", "code_point")], r#"[[5,9,"LOC"],[2,3,"E"]]"#, 2);
    // A span can not end inside of what the unit counts as one.
    check(&[("task", "sequence"), ("unit", "grapheme")], r#"[[4,8,"LOC"]]"#, 3);
    check(&[("task", "classification")], r#"["news"]"#, 2);
    let options = WriteOptions { other: [("task".to_owned(), "x".to_owned())].into(), ..WriteOptions::default() };
    assert!(write::Dialect::chosen(&options).is_err());
}

#[test]
fn files_of_others_are_not_taken_for_it() {
    let check = |content: &str, expected: Recognition| {
        let input = Input::alone("a.jsonl", content.as_bytes());
        assert_eq!(Doccano.recognize(&input), expected, "{content}");
    };
    check(r#"{"text":"a","entities":[{"start_offset":0,"end_offset":1,"label":"X"}]}"#, Recognition::Certain);
    check(r#"{"text":"a","label":[[0,1,"X"]]}"#, Recognition::Likely);
    check(r#"{"text":"a","label":["X"]}"#, Recognition::Likely);
    check(r#"{"text":"a","label":"X"}"#, Recognition::Possible);
    check(r#"{"text":"a","spans":[]}"#, Recognition::No);
    check(r#"{"text":"a","label":"X","answer":"accept"}"#, Recognition::No);
    check(r#"{"text":"a"}"#, Recognition::No);
    check("text", Recognition::No);
}

#[test]
fn the_golden_article_is_ascii() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&Doccano, &WriteOptions::default());
    assert!(output.files[0].1.is_ascii());
    let record: Value = serde_json::from_slice(&output.files[0].1).expect("JSON");
    let units: Vec<u16> = golden::TEXT.encode_utf16().collect();
    for entity in record["entities"].as_array().expect("a list") {
        let number = |name: &str| entity[name].as_u64().expect("a number") as usize;
        let words = String::from_utf16(&units[number("start_offset")..number("end_offset")]).expect("text");
        assert_eq!(words, entity["text"].as_str().expect("text"));
    }
    let lost: Vec<_> = losses.iter().filter_map(|loss| loss.annotation).map(|id| id.0).collect();
    assert!([17, 19, 31, 32, 35, 36].iter().all(|id| lost.contains(id)), "{lost:?}");
    assert_eq!(golden::read_back(&Doccano, &output.files)[0].warnings, []);
}

#[test]
fn real_records_come_back() {
    let Some(folder) = golden::shared("corpora/doccano") else { return };
    let mut same = 0;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jsonl") {
                let content = std::fs::read_to_string(&path).expect("a file");
                let input = Input::alone("a.jsonl", content.as_bytes());
                assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("doccano"));
                assert_eq!(round(&content, &[], |_| ()).0, content, "{}", path.display());
                same += 1;
            }
        }
    }
    assert_eq!(same, 7);
}
