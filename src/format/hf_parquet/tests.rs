//! Parquet files of `datasets`: what is read, what stays, what is refused.

use super::{
    HfParquet,
    file::{File, features},
    leaves::{Leaf, put_row},
    rows::is_usual,
};
use crate::{
    format::{Format, Imported, Input, WriteOptions, golden, json_lines::Object, registry, round},
    model::{AnnotationId, Fragments},
    text::TextRange,
};
use parquet::{
    file::writer::SerializedFileWriter,
    schema::{parser::parse_message_type, types::SchemaDescriptor},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

const TAGS: &[u8] = include_bytes!("../../../fuzz/seeds/parquet/tags.parquet");
const DIVIDED: &[u8] = include_bytes!("../../../fuzz/seeds/parquet/divided.parquet");
const ENTITIES: &[u8] = include_bytes!("../../../fuzz/seeds/parquet/entities.parquet");
const GZIP: &[u8] = include_bytes!("../../../fuzz/seeds/parquet/gzip.parquet");
const ZSTD: &[u8] = include_bytes!("../../../fuzz/seeds/parquet/zstd.parquet");

fn read(content: &[u8]) -> Vec<Imported> {
    round::read(&HfParquet, "a.parquet", content)
}

fn rows(content: &[u8]) -> Vec<Object> {
    let mut rows = Vec::new();
    File::open(content).expect("a file").rows(&mut |some| rows.extend(some)).expect("it can be read");
    rows
}

fn names(content: &[u8], column: &str) -> Vec<String> {
    File::open(content).expect("a file").features().classes[column].clone()
}

#[test]
fn files_of_datasets_are_read() {
    let check = |content: &[u8], expected: &[(&str, &[&str], &[&str])], warnings: usize| {
        let input = Input::alone("a.bin", content);
        assert_eq!(registry::recognize(&input).map(|format| format.info().name), Some("parquet"));
        let articles = read(content);
        let found: Vec<_> = articles
            .iter()
            .map(|article| {
                let labels = article.document_labels.iter().map(|label| label.label.to_string());
                (article.text.as_str(), round::shown(article), labels.collect::<Vec<_>>())
            })
            .collect();
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let expected: Vec<_> =
            expected.iter().map(|(text, spans, labels)| (*text, owned(spans), owned(labels))).collect();
        assert_eq!(found, expected);
        assert_eq!(articles.iter().map(|article| article.warnings.len()).sum::<usize>(), warnings);
    };
    check(
        TAGS,
        &[("Anna Kolb in Köln", &["PER Anna Kolb", "LOC Köln"], &[]), ("\u{1F600} Bonn", &["LOC Bonn"], &[])],
        0,
    );
    check(DIVIDED, &[("Anna in Köln", &["PER Anna", "LOC Köln"], &["Politik"]), ("nichts", &[], &[])], 0);
    check(ENTITIES, &[("\u{1F600} Köln", &["LOC Köln"], &["Sport", "Politik"]), ("Bonn", &[], &[])], 0);
    check(GZIP, &[("Anna", &["PER Anna"], &[]), ("in Bonn", &["LOC Bonn"], &[])], 1);
    let first = &read(TAGS)[0];
    assert_eq!((&*first.wanted_id, &*first.metadata.url), ("a", "https://example.org/a"));
    let labels: Vec<_> = first.schema.as_ref().expect("classes").labels.iter().map(|label| &*label.name).collect();
    assert_eq!(labels, ["PER", "LOC"]);
}

/// A file with one column, in row groups of 150.
fn file_of(column: &str, values: &[Value]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message schema {{ {column} }}")).expect("a schema"));
    let descriptor = SchemaDescriptor::new(schema.clone());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.clone(), Default::default()).expect("a writer");
    for values in values.chunks(150) {
        let mut leaves: Vec<Leaf> = descriptor.columns().iter().map(|column| Leaf::new(column)).collect();
        values.iter().for_each(|value| put_row(&schema.get_fields()[0], Some(value), &mut leaves));
        let mut group = writer.next_row_group().expect("a row group");
        for leaf in &leaves {
            let mut column = group.next_column().expect("a column").expect("one more");
            leaf.write(&mut column).expect("it is written");
            column.close().expect("it is closed");
        }
        group.close().expect("it is closed");
    }
    writer.into_inner().expect("a file")
}

#[test]
fn rows_that_are_put_together_in_one_go_are_those_of_the_library() {
    let check = |content: &[u8], is_quick: bool, name: &str| {
        let file = File::open(content).expect("a file");
        assert_eq!(is_usual(&file.schema()), is_quick, "{name}");
        let (mut one_by_one, mut in_one_go) = (Vec::new(), Vec::new());
        let library = file.one_by_one(0, &mut u64::MAX.clone(), &mut |some| one_by_one.extend(some));
        let batches = file.rows(&mut |some| in_one_go.extend(some));
        assert_eq!(batches, library, "{name}");
        assert_eq!(in_one_go, one_by_one, "{name}");
        in_one_go
    };
    for content in [TAGS, DIVIDED, ENTITIES, GZIP] {
        check(content, true, "a seed");
    }
    // Values for each column, repeated so that they cross batches and row groups.
    let list = "optional group c (LIST) { repeated group list { optional";
    let quick = [
        ("required int32 c;", json!([1, 2, -3])),
        ("optional int32 c (DATE);", json!([1, null, 20_000])),
        ("optional int64 c (TIMESTAMP_MILLIS);", json!([1_000_000, null])),
        ("optional double c;", json!([0.5, null, -2.25])),
        ("optional boolean c;", json!([true, null, false])),
        ("optional binary c (UTF8);", json!(["a", null, "", "\u{1F600}"])),
        ("optional binary c;", json!(["a", null])),
        (&format!("{list} int64 element; }} }}"), json!([[1, null, 3], [], null, [null], [4]])),
        (
            &format!("{list} group element (LIST) {{ repeated group list {{ required int32 element; }} }} }} }}"),
            json!([[[1], [], [2, 3]], [], null, [null, [4]], [[], []]]),
        ),
        (
            &format!("{list} group element {{ required int32 start; optional binary label (UTF8); }} }} }}"),
            json!([[{"start": 1, "label": "A"}, {"start": 2}], [], null, [null, {"start": 3, "label": ""}]]),
        ),
        (
            "optional group c { optional group c (LIST) { repeated group list { optional int32 element; } } \
             optional group d { optional int64 e; } }",
            json!([{"c": [1, 2], "d": {"e": 1}}, {"c": null, "d": {}}, null, {"c": []}, {}]),
        ),
    ];
    for (column, values) in &quick {
        let values: Vec<Value> = values.as_array().expect("a list").iter().cycle().take(701).cloned().collect();
        let rows = check(&file_of(column, &values), true, column);
        assert_eq!(rows.len(), 701, "{column}");
    }
    // These are left to the library.
    for column in [
        "repeated int32 c;",
        "optional group c (MAP) { repeated group key_value { required binary key (UTF8); optional int32 value; } }",
        "optional group c (LIST) { repeated int32 element; }",
        "optional group c (LIST) { repeated group array { optional int32 element; } }",
    ] {
        check(&file_of(column, &[json!(null), json!(null)]), false, column);
    }
    // Files of other writers, and damaged ones.
    for path in golden::shared("corpora/hf-parquet").map(|folder| files_in(&folder)).unwrap_or_default() {
        let content = std::fs::read(&path).expect("a file");
        let Ok(file) = File::open(&content) else { continue };
        check(&content, is_usual(&file.schema()), &path.display().to_string());
    }
    let whole = file_of("optional binary c (UTF8);", &vec![json!("Quellfurt am Fluss"); 400]);
    for at in (4..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        if let Ok(file) = File::open(&damaged) {
            check(&damaged, is_usual(&file.schema()), &format!("damaged at {at}"));
        }
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

#[test]
fn unedited_files_come_back_byte_by_byte() {
    for content in [TAGS, DIVIDED, ENTITIES] {
        let (written, losses) = round::round(&HfParquet, "a.parquet", content, |_| ());
        assert!(written == content);
        assert_eq!(losses, []);
    }
}

#[test]
fn only_what_was_edited_changes() {
    let check = |content: &[u8], edit: &dyn Fn(&mut Vec<Imported>), expected: &dyn Fn(&mut Vec<Object>)| -> Vec<u8> {
        let (written, _) = round::round(&HfParquet, "a.parquet", content, edit);
        let mut wanted = rows(content);
        expected(&mut wanted);
        assert_eq!(rows(&written), wanted);
        let (old, new) = (File::open(content).expect("a file"), File::open(&written).expect("a file"));
        assert_eq!(old.schema(), new.schema());
        // Values that JSON does not have are compared as they are stored.
        let bytes = |file: &File| {
            let leaves = file.leaves().expect("columns");
            let others = leaves.into_iter().filter(|leaf| !["ner_tags", "entities"].contains(&&*leaf.column));
            others.map(|leaf| format!("{leaf:?}")).collect::<Vec<_>>()
        };
        let first = &rows(content)[0];
        assert!(wanted.len() != 2 || wanted[0].get("id") != first.get("id") || bytes(&old) == bytes(&new));
        written
    };
    let add = |start: usize, end: usize, label: &'static str| {
        move |articles: &mut Vec<Imported>| {
            let mut span = articles[0].spans[0].clone();
            (span.id, span.label) = (AnnotationId(50), label.into());
            span.fragments = Fragments::one(TextRange::from_usize(start, end));
            articles[0].spans.push(span);
        }
    };
    // A new label is added to the names, so that the numbers of before stay.
    let written =
        check(TAGS, &add(10, 12, "IN"), &|rows| drop(rows[0].insert("ner_tags".to_owned(), json!([1, 2, 5, 3]))));
    assert_eq!(names(&written, "ner_tags"), ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-IN"]);
    let metadata = File::open(&written).expect("a file").metadata();
    // Arrow's own copy would have the names of before.
    assert!(metadata.iter().all(|member| member.key != "ARROW:schema"));
    let features = features(&metadata).expect("features");
    assert_eq!(features["meta"]["list"]["feature"]["_type"], "Sequence");
    let divided = json!({"start": [0, 5, 8], "end": [4, 7, 12], "type": [0, 1, 1], "score": [0.5, null, 0.25]});
    check(DIVIDED, &add(5, 7, "LOC"), &|rows| drop(rows[0].insert("entities".to_owned(), divided.clone())));
    let entities = json!([
        {"start": 0, "end": 1, "label": "X"},
        {"start": 2, "end": 6, "label": "LOC"},
    ]);
    check(ENTITIES, &add(0, 4, "X"), &|rows| drop(rows[0].insert("entities".to_owned(), entities.clone())));
    // Some articles only, in another order.
    check(TAGS, &|articles| articles.reverse(), &|rows| rows.reverse());
    check(TAGS, &|articles| drop(articles.remove(0)), &|rows| drop(rows.remove(0)));
}

#[test]
fn the_golden_article_has_its_columns() {
    let golden = golden::golden();
    let (output, losses) = golden.write(&HfParquet, &WriteOptions::default());
    assert_eq!(losses.iter().filter(|loss| loss.what.starts_with("span ")).count(), 1);
    let content = &output.files[0].1;
    let tags = names(content, "ner_tags");
    assert_eq!(tags[..5], ["O", "B-PER", "I-PER", "B-TITLE", "I-TITLE"]);
    let row = &rows(content)[0];
    let columns: Vec<_> = row.keys().collect();
    assert_eq!(columns, ["id", "text", "tokens", "ner_tags", "entities", "labels"]);
    assert_eq!(row["labels"], json!(["visit report", "war"]));
    assert_eq!(row["entities"][0], json!({"start": 16, "end": 21, "label": "LOC", "text": "Kursk"}));
    let text = serde_json::to_string(&features(&File::open(content).expect("a file").metadata())).expect("JSON");
    assert!(text.contains("\"Sequence\"") && !text.contains("\"List\""), "{text}");
    let other = [("columns".to_owned(), "tokens".to_owned())].into();
    let (output, _) = golden.write(&HfParquet, &WriteOptions { other, ..WriteOptions::default() });
    assert_eq!(rows(&output.files[0].1)[0].keys().collect::<Vec<_>>(), ["id", "tokens", "ner_tags", "labels"]);
}

#[test]
fn damaged_files_are_refused() {
    let check = |content: &[u8], reason: &str| {
        let input = Input::alone("a.parquet", content);
        let error = HfParquet.read(&input, &golden::read_options(), &mut |_| ()).expect_err("it can not be read");
        assert!(error.to_string().contains(reason), "{error}");
    };
    check(b"", "PAR1");
    check(b"PAR1", "");
    check(b"PAR1\xff\xff\xff\xffPAR1", "");
    check(&TAGS[..TAGS.len() - 9], "PAR1");
    check(ZSTD, "write the file with the compression snappy or gzip");
    // Each byte of the description of the columns in turn.
    for place in (TAGS.len().saturating_sub(1200)..TAGS.len()).step_by(3) {
        for byte in [0x00, 0x7f, 0xff] {
            let mut damaged = TAGS.to_vec();
            damaged[place] = byte;
            let _ = HfParquet.read(&Input::alone("a", &damaged), &golden::read_options(), &mut |article| {
                assert!(article.spans.iter().all(|span| span.fragments.fit(&article.text)));
            });
        }
    }
}

#[test]
fn real_files_come_back_byte_by_byte() {
    let Some(folder) = golden::shared("corpora/hf-parquet") else { return };
    for (name, count) in [("test", 34), ("train", 152), ("validation", 32)] {
        let path = folder.join(format!("pffaundez__NER-Entity-Mapper/data/{name}-00000-of-00001.parquet"));
        let Ok(content) = std::fs::read(path) else { continue };
        assert_eq!(read(&content).len(), count, "{name}");
        assert!(round::round(&HfParquet, "a.parquet", &content, |_| ()).0 == content, "{name}");
        // Another number for one span; nothing else changes.
        let (written, _) =
            round::round(&HfParquet, "a.parquet", &content, |articles| articles[0].spans[0].label = "1".into());
        let (mut before, mut after) = (rows(&content), rows(&written));
        let tags = |row: &mut Object| row.remove("ner_tags").unwrap_or_default();
        let (old, new) = (tags(&mut before[0]), tags(&mut after[0]));
        let differ = |(old, new): &(&Value, &Value)| old != new;
        let (old, new) = (old.as_array().expect("tags"), new.as_array().expect("tags"));
        assert_eq!(old.len(), new.len());
        assert!(old.iter().zip(new).filter(differ).all(|(_, new)| *new == 1));
        assert_eq!(before, after, "{name}");
    }
}
