//! Records of Prodigy and spaCy: what is read, what is written, what stays when something was edited.

use super::SpacyJsonl;
use crate::{
    format::{Before, Format, Imported, Input, Recognition, golden, registry, round},
    model::*,
    text::TextRange,
};
use serde_json::Value;

fn read(content: &[u8]) -> Vec<Imported> {
    let input = Input::alone("a.jsonl".to_owned(), content);
    assert!(SpacyJsonl.recognize(&input) >= Recognition::Likely);
    let mut articles = Vec::new();
    SpacyJsonl.read(&input, &golden::read_options(), &mut |article| articles.push(article)).expect("it can be read");
    articles
}

#[test]
fn records_are_read() {
    let check = |line: &str, spans: &[&str], relations: &[&str], warnings: usize| {
        let articles = read(line.as_bytes());
        let article = &articles[0];
        let found: Vec<_> = article
            .spans
            .iter()
            .map(|span| format!("{} {} {}", span.label, span.fragments.surface(&article.text), span.status.as_str()))
            .collect();
        assert_eq!(found, spans);
        let name =
            |id| article.spans.iter().find(|span| span.id == id).map(|span| span.fragments.surface(&article.text));
        let found: Vec<_> = article
            .relations
            .iter()
            .map(|relation| {
                let ends: Vec<_> = relation
                    .arguments
                    .iter()
                    .map(|argument| format!("{}={}", argument.role, name(argument.target).unwrap_or_default()))
                    .collect();
                format!("{} {}", relation.label, ends.join(" "))
            })
            .collect();
        assert_eq!(found, relations);
        assert_eq!(article.warnings.len(), warnings, "{:?}", article.warnings);
    };
    check(
        r#"{"text":"Anna in Köln","tokens":[{"text":"Anna","start":0,"end":4,"id":0},{"text":"in","start":5,"end":7,"id":1},{"text":"Köln","start":8,"end":12,"id":2}],"spans":[{"start":0,"end":4,"label":"PER","token_start":0,"token_end":0},{"start":8,"end":12,"label":"LOC","token_start":2,"token_end":2}],"relations":[{"head":0,"child":2,"label":"at"},{"head":1,"child":2,"label":"x"}],"answer":"accept"}"#,
        &["PER Anna accepted", "LOC Köln accepted"],
        &["at head=Anna child=Köln"],
        2,
    );
    check(
        r#"{"text":"😀 Köln","tokens":[{"text":"Köln","start":3,"end":7}],"spans":[{"start":3,"end":7,"label":"LOC"}],"answer":"reject"}"#,
        &["LOC Köln rejected"],
        &[],
        1,
    );
    check(r#"{"text":"a b","spans":[{"start":1,"end":9,"label":"X"}]}"#, &["X  suggested"], &[], 1);
}

#[test]
fn tokens_and_relations_are_written() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&SpacyJsonl, &Default::default());
    let record: Value = serde_json::from_slice(&output.files[0].1).expect("JSON");
    let chars: Vec<char> = golden::TEXT.chars().collect();
    let slice = |item: &Value| -> String {
        let number = |name: &str| item[name].as_u64().expect("a number") as usize;
        chars[number("start")..number("end")].iter().collect()
    };
    let tokens = record["tokens"].as_array().expect("tokens");
    for token in tokens {
        assert_eq!(slice(token), token["text"].as_str().expect("text"));
    }
    let spans = record["spans"].as_array().expect("spans");
    assert_eq!(spans.len(), 15);
    let putin = spans.iter().find(|span| span["id"] == 10).expect("it is there");
    assert_eq!(slice(putin), "Wladimir Putin");
    assert_eq!(putin["token_end"].as_u64(), putin["token_start"].as_u64().map(|first| first + 1));
    let relations = record["relations"].as_array().expect("relations");
    assert_eq!(relations.len(), 3);
    assert_eq!(relations[0]["head"], putin["token_end"]);
    assert!(losses.iter().any(|loss| loss.what == "relation visit"));
    let articles = golden::read_back(&SpacyJsonl, &output.files);
    assert_eq!(articles[0].warnings, []);
    assert_eq!(articles[0].wanted_id, golden.id.as_str());
}

#[test]
fn real_annotations_are_read() {
    let Some(folder) = golden::shared("corpora/prodigy/explosion__projects/tutorials") else { return };
    let (mut spans, mut stated) = (0, 0);
    for name in ["ner_drugs/assets/drugs_eval.jsonl", "ner_fashion_brands/assets/fashion_brands_eval.jsonl"] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let record: Value = serde_json::from_str(line).expect("JSON");
            stated += record["spans"].as_array().map_or(0, Vec::len);
        }
        let articles = read(&bytes);
        assert!(articles.iter().all(|article| article.warnings.is_empty()));
        spans += articles.iter().map(|article| article.spans.len()).sum::<usize>();
    }
    assert_eq!(spans, stated);
    assert!(spans > 500, "{spans}");
}

/// Reads a file and writes it again, with `edit` of its articles in between.
fn round(content: &[u8], edit: impl Fn(&mut Imported)) -> Vec<u8> {
    round::round(&SpacyJsonl, "a.jsonl", content, |articles| articles.iter_mut().for_each(edit)).0
}

#[test]
fn unedited_files_come_back_byte_by_byte() {
    for content in [
        &b"{\"text\":\"a b\",\"_task_hash\":-7,\"answer\":\"reject\", \"x\" : [1.0]}\n"[..],
        b"\xEF\xBB\xBF{\"text\":\"a\",\"spans\":[{\"start\":0,\"end\":1,\"label\":\"X\"}]}\r\n\r\nno JSON\n{\"text\":\"b\"}\n{}\n",
        b"{\"text\":\"a\",\"spans\":[{\"start\":0,\"end\":9,\"label\":\"X\"}]}\n{\"text\":\"b\"}",
    ] {
        assert_eq!(String::from_utf8_lossy(&round(content, |_| ())), String::from_utf8_lossy(content));
    }
}

#[test]
fn what_is_not_modelled_stays_when_the_rest_is_edited() {
    let check = |before: &str, edit: &dyn Fn(&mut Imported), expected: &str| {
        let written = round(before.as_bytes(), edit);
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
        assert_eq!(parse(&written), parse(expected.as_bytes()), "{}", String::from_utf8_lossy(&written));
    };
    let tokens = r#""tokens":[{"text":"Anna","start":0,"end":4,"id":0,"disabled":true},{"text":"in","start":5,"end":7,"id":1},{"text":"Köln","start":8,"end":12,"id":2}]"#;
    let anna = r#"{"start":0,"end":4,"label":"PER","token_start":0,"token_end":0,"source":"model","score":0.5}"#;
    let before = format!(
        r#"{{"text":"Anna in Köln","_input_hash":1,"_task_hash":2,"x":{{"y":null}},{tokens},"spans":[{anna},{{"start":8,"end":12,"label":"LOC","token_start":2,"token_end":2,"input_hash":9}}],"relations":[{{"head":0,"child":2,"label":"at","color":"red"}},{{"head":1,"child":0,"label":"dep"}}],"answer":"accept"}}"#
    );
    // Another label, and a span more: all else stays, also the relation between words that Glosse can not hold.
    check(
        &before,
        &|article| {
            article.spans[1].label = "GPE".into();
            let mut more = article.spans[0].clone();
            more.id = AnnotationId(99);
            more.label = "X".into();
            more.fragments = Fragments::one(TextRange::from_usize(5, 13));
            article.spans.push(more);
        },
        &before.replace("\"LOC\"", "\"GPE\"").replace(
            r#",{"start":8"#,
            r#",{"start":5,"end":12,"label":"X","token_start":1,"token_end":2,"id":99},{"start":8"#,
        ),
    );
    // A span is gone, and with it its relation.
    check(
        &before,
        &|article| {
            article.spans.remove(1);
            article.relations.clear();
        },
        &format!(
            r#"{{"text":"Anna in Köln","_input_hash":1,"_task_hash":2,"x":{{"y":null}},{tokens},"spans":[{anna}],"relations":[{{"head":1,"child":0,"label":"dep"}}],"answer":"accept"}}"#
        ),
    );
    // Hashes and tokens belong to the text.
    check(
        r#"{"text":"Ann","_input_hash":1,"_task_hash":2,"meta":{"a":1},"tokens":[{"text":"Ann","start":0,"end":3,"id":0}],"spans":[{"start":0,"end":3,"text":"Ann","label":"PER"}]}"#,
        &|article| {
            article.text.push('a');
            article.spans[0].fragments = Fragments::one(TextRange::from_usize(0, 4));
        },
        r#"{"text":"Anna","meta":{"a":1},"tokens":[{"text":"Anna","start":0,"end":4,"id":0,"ws":false}],"spans":[{"start":0,"end":4,"label":"PER","token_start":0,"token_end":0,"id":1}]}"#,
    );
    // A choice changes; ids of options keep their kind.
    check(
        r#"{"text":"a","options":[{"id":1,"text":"eins"},{"id":2,"text":"zwei"}],"accept":[1,2],"config":{},"answer":"accept"}"#,
        &|article| {
            assert_eq!(article.schema.as_ref().expect("options").document_labels[0].description, "eins");
            article.document_labels.remove(1);
        },
        r#"{"text":"a","options":[{"id":1,"text":"eins"},{"id":2,"text":"zwei"}],"accept":[1],"config":{},"answer":"accept"}"#,
    );
    check(
        r#"{"text":"a","spans":[{"start":0,"end":1,"label":"X"}],"cats":{"A":1.0,"B":0.25},"answer":"reject"}"#,
        &|article| {
            article.document_labels[0].label = "B".into();
            article.spans[0].status = Status::Accepted;
        },
        r#"{"text":"a","spans":[{"start":0,"end":1,"label":"X"}],"cats":{"A":0.0,"B":1.0},"answer":"accept"}"#,
    );
}

#[test]
fn parts_of_a_file_know_where_they_stand() {
    let content = b"{\"text\":\"a\",\"spans\":[]}\nnonsense\n{\"text\":\"b\"}\n";
    let mut input = Input::alone("a.jsonl", content);
    input.before = Before { bytes: 1000, lines: 20 };
    let mut articles = Vec::new();
    SpacyJsonl.read(&input, &golden::read_options(), &mut |article| articles.push(article)).expect("it can be read");
    let parts: Vec<_> = articles.iter().filter_map(|article| article.kept).collect();
    let part = |start, end| FilePart::Bytes { head: 0, start, end };
    assert_eq!(parts, [part(1000, 1024), part(1024, 1046)]);
    assert_eq!(articles[0].warnings[0].line, Some(22));
    assert_eq!(articles[1].wanted_id, "a-23");
}

#[test]
fn broken_records_are_told() {
    let read = |content: &str| {
        let mut articles = Vec::new();
        let input = Input::alone("a.jsonl", content.as_bytes());
        let result = SpacyJsonl.read(&input, &golden::read_options(), &mut |article| articles.push(article));
        (result.map_err(|error| error.to_string()), articles)
    };
    for content in ["", "\n", "[]", "{\"text\":7}", "{\"text\":\"a\"", "null"] {
        assert!(read(content).0.is_err(), "{content}");
    }
    for content in [
        r#"{"text":"a","spans":7,"tokens":{},"relations":[1],"accept":{},"meta":3,"options":[{}]}"#,
        r#"{"text":"a","spans":[null,{"start":-1,"end":1,"label":"X"},{"label":""},{"start":1e99,"end":0,"label":"Y"}]}"#,
        r#"{"text":"a","spans":[{"start":18446744073709551615,"end":18446744073709551615,"label":"X"}]}"#,
    ] {
        let (result, articles) = read(content);
        assert_eq!(result, Ok(()));
        assert!(articles[0].spans.iter().all(|span| span.fragments.fit("a")));
    }
}

#[test]
fn real_files_come_back_byte_by_byte() {
    let Some(folder) = golden::shared("corpora/prodigy/explosion__projects/tutorials") else { return };
    for (name, records) in [
        ("ner_drugs/assets/drugs_eval.jsonl", 500),
        ("ner_drugs/assets/drugs_training.jsonl", 1477),
        ("ner_fashion_brands/assets/fashion_brands_eval.jsonl", 500),
        ("ner_fashion_brands/assets/fashion_brands_training.jsonl", 1235),
    ] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let input = Input::alone("a.jsonl", &bytes);
        assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("spacy-jsonl"), "{name}");
        assert_eq!(read(&bytes).len(), records, "{name}");
        assert!(round(&bytes, |_| ()) == bytes, "{name}");
        // When everything is edited, only that changes.
        if records > 500 {
            continue;
        }
        let edited = round(&bytes, |article| article.spans.iter_mut().for_each(|span| span.note = "x".to_owned()));
        for (before, after) in bytes.split(|byte| *byte == b'\n').zip(edited.split(|byte| *byte == b'\n')) {
            let parse = |line| serde_json::from_slice::<Value>(line).unwrap_or_default();
            let (mut before, mut after) = (parse(before), parse(after));
            for span in after.get_mut("spans").and_then(Value::as_array_mut).into_iter().flatten() {
                assert_eq!(span.as_object_mut().expect("an object").remove("note"), Some("x".into()));
            }
            for record in [&mut before, &mut after] {
                record.as_object_mut().map(|record| record.remove("answer"));
            }
            assert_eq!(before, after);
        }
    }
}

#[test]
fn training_data_of_earlier_versions_is_read() {
    let check = |content: &str, expected: &[(&str, &[&str], &[&str])]| {
        let input = Input::alone("a.json", content.as_bytes());
        assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("spacy-jsonl"), "{content}");
        let articles = round::read(&SpacyJsonl, "a.json", content.as_bytes());
        let found: Vec<_> = articles.iter().map(|article| (article.text.as_str(), round::shown(article))).collect();
        let wanted: Vec<_> = expected
            .iter()
            .map(|(text, spans, _)| (*text, spans.iter().map(|span| (*span).to_owned()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, wanted);
        for (article, (_, _, labels)) in articles.iter().zip(expected) {
            let found: Vec<_> = article.document_labels.iter().map(|label| &*label.label).collect();
            assert_eq!(found, *labels);
            assert!(article.kept.is_none(), "lines are written, not this");
        }
    };
    check(
        r#"[["\ud83d\ude00 Bonn ruft", {"entities": [[2, 6, "LOC"]], "cats": {"news": 1.0, "sport": 0.0}}], ["x", {}]]"#,
        &[("\u{1F600} Bonn ruft", &["LOC Bonn"], &["news"]), ("x", &[], &[])],
    );
    let token = |orth: &str, ner: &str| format!(r#"{{"orth": "{orth}", "ner": "{ner}"}}"#);
    let tokens = |tokens: &[(&str, &str)]| {
        let all: Vec<_> = tokens.iter().map(|(orth, ner)| token(orth, ner)).collect();
        format!(r#"{{"tokens": [{}]}}"#, all.join(","))
    };
    let first = tokens(&[("Ä", "-"), ("Köln", "B-LOC"), ("Nord", "L-LOC")]);
    let second = tokens(&[("Bonn", "U-LOC"), (".", "O")]);
    check(
        &format!(
            r#"[{{"id": 0, "paragraphs": [{{"sentences": [{first}]}}, {{"raw": "Bonn.", "sentences": [{second}]}}]}}]"#
        ),
        &[("Ä Köln Nord\nBonn.", &["LOC Köln Nord", "LOC Bonn"], &[])],
    );
}

#[test]
fn real_training_data_is_read() {
    let Some(folder) = golden::shared("corpora") else { return };
    for (name, spans) in [
        (
            "spacy/explosion__projects/pipelines/ner_demo/assets/train.json",
            vec!["PERSON Shaka Khan", "LOC London", "LOC Berlin"],
        ),
        ("spacy/explosion__projects/pipelines/ner_demo/assets/dev.json", vec!["LOC Berlin", "PERSON Shaka Khan"]),
    ] {
        let Ok(content) = std::fs::read(folder.join(name)) else { continue };
        let articles = round::read(&SpacyJsonl, "a.json", &content);
        assert_eq!(articles.iter().flat_map(round::shown).collect::<Vec<_>>(), spans);
    }
    let name = "conll-bio/explosion__spaCy/extra/example_data/ner_example_data/ner-token-per-line.json";
    let Ok(content) = std::fs::read(folder.join(name)) else { return };
    let articles = round::read(&SpacyJsonl, "a.json", &content);
    assert_eq!(round::shown(&articles[0])[0], "PERSON Sebastian Thrun");
}
