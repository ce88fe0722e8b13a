//! Rows: which columns are found, what is read of them, what is written.

use crate::{
    format::{Format, Imported, TagScheme, WriteOptions, golden, hf_jsonl::HfJsonl, round},
    model::{AnnotationId, DocumentLabel, Fragments, Status},
    text::TextRange,
};
use serde_json::Value;

fn read(content: &str) -> Vec<Imported> {
    round::read(&HfJsonl, "a.jsonl", content.as_bytes())
}

fn parse(content: &[u8]) -> Value {
    serde_json::from_slice(content).expect("JSON")
}

#[test]
fn rows_are_read() {
    let check = |line: &str, text: &str, spans: &[&str], labels: &[&str], warnings: usize| {
        let articles = read(line);
        let article = &articles[0];
        assert_eq!(article.text, text);
        assert_eq!(round::shown(article), spans, "{line}");
        let found: Vec<_> = article.document_labels.iter().map(|label| &*label.label).collect();
        assert_eq!(found, labels, "{line}");
        assert_eq!(article.warnings.len(), warnings, "{:?}", article.warnings);
    };
    let tokens = r#""tokens":["Anna","Kolb","in","Köln"]"#;
    let tagged = |tags: &str| format!("{{{tokens},\"ner_tags\":{tags}}}");
    let joined = "Anna Kolb in Köln";
    let both = &["PER Anna Kolb", "LOC Köln"];
    check(&tagged(r#"["B-PER","I-PER","O","B-LOC"]"#), joined, both, &[], 0);
    check(&tagged(r#"["I-PER","I-PER","O","I-LOC"]"#), joined, both, &[], 0);
    check(&tagged(r#"["B-PER","L-PER","O","U-LOC"]"#), joined, both, &[], 0);
    check(&tagged(r#"["PER","PER","","LOC"]"#), joined, both, &[], 0);
    check(&tagged("[3,3,0,-100]"), joined, &["3 Anna Kolb"], &[], 1);
    // Another length is not that of the tokens.
    check(&tagged(r#"["B-PER"]"#), joined, &[], &[], 0);
    check(
        r#"{"text":"(Anna) kam","tokens":["(","Anna",")","kam"],"tags":["O","B-PER","O","O"],"label":"x"}"#,
        "(Anna) kam",
        &["PER Anna"],
        &["x"],
        0,
    );
    check(
        r#"{"text":"Anna kam","tokens":["Berta","kam"],"tags":["B-PER","O"],"labels":["x","x","y"]}"#,
        "Anna kam",
        &[],
        &["x", "y"],
        1,
    );
    check(
        r#"{"text":"😀 Köln","entities":[{"start":2,"end":6,"type":"LOC","word":"Köln"}]}"#,
        "😀 Köln",
        &["LOC Köln"],
        &[],
        0,
    );
    check(
        r#"{"text":"😀 Köln","entities":[{"start":3,"end":7,"type":"LOC","word":"Köln"}]}"#,
        "😀 Köln",
        &["LOC Köln"],
        &[],
        1,
    );
    check(
        r#"{"sentence":"In Köln","spans":{"start":[3,0],"end":[7,2],"label":["LOC","X"]}}"#,
        "In Köln",
        &["LOC Köln", "X In"],
        &[],
        0,
    );
    // Entities are surer than tags, and what only tags have is told.
    check(
        r#"{"text":"In Köln","entities":[{"start":3,"end":7,"entity":"LOC"},{"start":3,"end":99,"label":"X"},{"start":1,"end":2,"label":null}],"tokens":["In","Köln"],"ner_tags":["B-Y","B-LOC"]}"#,
        "In Köln",
        &["LOC Köln", "X "],
        &[],
        3,
    );
}

#[test]
fn other_columns_are_metadata() {
    let articles =
        read(r#"{"id":7,"text":"a","entities":[],"title":"T","date":"12.03.2025","n":1.5,"list":[1],"none":null}"#);
    let article = &articles[0];
    assert_eq!((&*article.wanted_id, &*article.metadata.title, &*article.metadata.date), ("7", "T", "2025-03-12"));
    assert_eq!(article.metadata.other, [("n".to_owned(), "1.5".to_owned())].into());
}

#[test]
fn numbers_are_named_by_the_file_beside() {
    let info = r#"{"default":{"features":{"tokens":{"feature":{"dtype":"string","_type":"Value"},"_type":"Sequence"},
        "ner_tags":{"feature":{"names":["O","B-PER","I-PER"],"_type":"ClassLabel"},"_type":"Sequence"},
        "label":{"names":["Sport","Politik"],"_type":"ClassLabel"}}}}"#;
    let sibling = |name: &str| (name == "dataset_infos.json").then(|| info.as_bytes().to_vec());
    let line = r#"{"tokens":["Anna","Kolb","in"],"ner_tags":[1,2,0],"label":1}"#;
    let input = crate::format::Input::new("a.jsonl", line.as_bytes(), &sibling);
    let mut articles = Vec::new();
    HfJsonl.read(&input, &golden::read_options(), &mut |article| articles.push(article)).expect("it can be read");
    assert_eq!(round::shown(&articles[0]), ["PER Anna Kolb"]);
    assert_eq!(&*articles[0].document_labels[0].label, "Politik");
    assert_eq!(articles[0].beside, ["dataset_infos.json"]);
    let schema = articles[0].schema.as_ref().expect("classes");
    assert_eq!((schema.labels.len(), schema.document_labels.len()), (1, 2));
}

#[test]
fn unedited_rows_come_back_byte_by_byte() {
    for content in [
        "{\"tokens\":[\"a\"],\"ner_tags\":[ 3 ]}\r\n\n{\"tokens\":[],\"ner_tags\":[]}",
        "\u{FEFF}{\"text\":\"a b\",\"entities\":[{\"start\":0,\"end\":1,\"label\":\"X\",\"score\":0.50}],\"x\":{\"y\":[null]}}\nnone\n",
    ] {
        let (written, losses) = round::round(&HfJsonl, "a.jsonl", content.as_bytes(), |_| ());
        assert_eq!(String::from_utf8_lossy(&written), content);
        assert_eq!(losses, []);
    }
}

#[test]
fn only_what_was_edited_changes() {
    let check = |before: &str, edit: &dyn Fn(&mut Imported), expected: &str, lost: &[&str]| {
        let (written, losses) = round::round(&HfJsonl, "a.jsonl", before.as_bytes(), |all| edit(&mut all[0]));
        assert_eq!(parse(&written), parse(expected.as_bytes()));
        let losses: Vec<_> = losses
            .iter()
            .filter(|loss| !loss.what.starts_with("who made") && !loss.what.starts_with("metadata"))
            .collect();
        let said: Vec<_> = losses.iter().map(|loss| format!("{}: {}", loss.what, loss.why)).collect();
        assert_eq!(said.len(), lost.len(), "{said:?}");
        said.iter().zip(lost).for_each(|(said, lost)| assert!(said.contains(lost), "{said}"));
    };
    let add = |start: usize, end: usize, label: &'static str| {
        move |article: &mut Imported| {
            let mut span = article.spans[0].clone();
            (span.id, span.label) = (AnnotationId(50), label.into());
            span.fragments = Fragments::one(TextRange::from_usize(start, end));
            article.spans.push(span);
        }
    };
    let row = |tags: &str| format!(r#"{{"id":9,"x":[1],"tokens":["Anna","Kolb","in","Köln"],"ner_tags":{tags}}}"#);
    let names = r#"["B-PER","I-PER","O","O"]"#;
    check(&row(names), &add(13, 18, "LOC"), &row(r#"["B-PER","I-PER","O","B-LOC"]"#), &[]);
    check(&row(names), &add(5, 9, "LOC"), &row(names), &["a longer or earlier span"]);
    check(&row(names), &add(13, 14, "LOC"), &row(names), &["inside a token"]);
    check(&row(r#"["S-A","O","O","O"]"#), &add(5, 18, "B"), &row(r#"["S-A","B-B","I-B","E-B"]"#), &[]);
    check(&row("[4,0,0,0]"), &add(10, 12, "7"), &row("[4,0,7,0]"), &[]);
    check(&row("[4,0,0,0]"), &add(10, 12, "LOC"), &row("[4,0,0,0]"), &["have none for its label"]);
    check(&row("[4,0,0,0]"), &add(5, 9, "4"), &row("[4,4,0,0]"), &["its edge"]);
    let label = |label: &str, id: u32| DocumentLabel {
        id: AnnotationId(id),
        label: label.into(),
        note: String::new(),
        provenance: read(&row(names))[0].spans[0].provenance.clone(),
        status: Status::Accepted,
    };
    check(
        r#"{"text":"Anna kam","label":"x","spans":{"start":[0],"end":[4],"type":["PER"],"score":[0.5]}}"#,
        &|article| {
            add(5, 8, "V")(article);
            article.document_labels.push(label("y", 60));
        },
        r#"{"text":"Anna kam","label":"x","spans":{"start":[0,5],"end":[4,8],"type":["PER","V"],"score":[0.5,null]}}"#,
        &["one label for each row"],
    );
    check(
        r#"{"text":"Anna","entities":[{"start":0,"end":4,"label":"PER","text":"Anna","score":1}],"tokens":["Anna"],"tags":["B-PER"]}"#,
        &|article| {
            article.text.insert_str(0, "Hans ");
            article.spans[0].fragments = Fragments::one(TextRange::from_usize(0, 9));
        },
        r#"{"text":"Hans Anna","entities":[{"start":0,"end":9,"label":"PER","text":"Hans Anna"}],"tokens":["Hans","Anna"],"tags":["B-PER","I-PER"]}"#,
        &[],
    );
}

#[test]
fn columns_and_schemes_can_be_chosen() {
    let write = |columns: &str, tag_scheme: TagScheme| {
        let other = [("columns".to_owned(), columns.to_owned())].into();
        let (output, losses) = golden::golden().write(&HfJsonl, &WriteOptions { tag_scheme, other });
        let spans = losses.iter().filter(|loss| loss.what.starts_with("span ")).count();
        (parse(&output.files[0].1), spans)
    };
    let (row, lost) = write("tokens", TagScheme::Iobes);
    assert!(row.get("text").is_none() && row.get("entities").is_none());
    let tags: Vec<_> = row["ner_tags"].as_array().expect("tags").iter().map(plain).collect();
    assert!(tags.contains(&"S-Täter Gruppe") || tags.contains(&"B-EVENT"), "{tags:?}");
    assert_eq!(lost, 11);
    let (row, lost) = write("text", TagScheme::Iob2);
    assert!(row.get("tokens").is_none() && row.get("ner_tags").is_none());
    assert_eq!(row["entities"].as_array().map(Vec::len), Some(15));
    assert_eq!(lost, 1);
    let (row, lost) = write("both", TagScheme::Iob2);
    assert_eq!(row["tokens"].as_array().map(Vec::len), row["ner_tags"].as_array().map(Vec::len));
    assert_eq!(lost, 1);
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn broken_rows_are_told() {
    for line in [r#"{"tokens":"a"}"#, r#"{"text":7,"entities":[]}"#, r#"{"tokens":[1,2],"ner_tags":[0,0]}"#, "[1]", "{"]
    {
        assert!(read(line).is_empty(), "{line}");
    }
    for line in [
        r#"{"text":"a","entities":[{"start":-1,"end":18446744073709551615,"label":"X"}]}"#,
        r#"{"text":"a","entities":{"start":[0,0,0],"end":[1],"label":["X"]}}"#,
        r#"{"tokens":["",""," "],"ner_tags":["B-X","B-","O"]}"#,
        r#"{"tokens":["a"],"ner_tags":[9223372036854775807]}"#,
    ] {
        let articles = read(line);
        assert!(articles[0].spans.iter().all(|span| span.fragments.fit(&articles[0].text)), "{line}");
    }
}
