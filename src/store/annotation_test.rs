//! What is written is what is read: annotation files, project files, and how long it takes.

use super::{
    StoreError,
    anchor::anchor,
    annotation_read::read_set,
    annotation_write::write_set,
    project_file::{read_entities, read_metadata, read_project, write_entities, write_metadata, write_project},
    record::{DocumentLabelRecord, RelationRecord, SpanRecord, Times},
    testing,
};
use crate::{
    model::{
        AnnotationId, AnnotationSet, Argument, ArticleMetadata, ArticleText, Fragments, Progress, Provenance, Relation,
        Span, Status,
    },
    text::TextRange,
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::path::Path;

fn read(content: &str, annotator: &str, text: &ArticleText) -> (AnnotationSet, Vec<String>) {
    let path = Path::new("annotations/anna/eins.ron");
    let file = read_set(content, path, &annotator.into()).unwrap_or_else(|error| panic!("{error}\n{content}"));
    let anchored = anchor(file, content, path, text);
    (anchored.set, anchored.notices.iter().map(ToString::to_string).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn projects_come_back(project in testing::project()) {
        let path = Path::new("project.ron");
        let content = write_project(&project.settings, &project.schema);
        let (settings, schema) = read_project(&content, path).unwrap_or_else(|error| panic!("{error}\n{content}"));
        prop_assert_eq!(&settings, &*project.settings);
        prop_assert_eq!(&schema, &*project.schema);
        let content = write_entities(&project.entities);
        let entities = read_entities(&content, path).unwrap_or_else(|error| panic!("{error}\n{content}"));
        prop_assert_eq!(&entities, &project.entities);
        for article in project.articles.values() {
            let content = write_metadata(&article.metadata);
            let metadata = read_metadata(&content, path).unwrap_or_else(|error| panic!("{error}\n{content}"));
            prop_assert_eq!(&metadata, &*article.metadata);
            let text = article.text.as_deref().expect("loaded");
            for (annotator, set) in &article.sets {
                let content = write_set(set, annotator.as_str(), &article.id, text);
                let (found, notices) = read(&content, annotator.as_str(), text);
                prop_assert_eq!(notices, Vec::<String>::new());
                prop_assert_eq!(&found, set);
                let lines = 15 + set.spans().len() + set.relations().len() + set.document_labels().len();
                prop_assert_eq!(content.lines().count(), lines, "one record a line");
                // Any RON reader understands the records, and so does the journal.
                let records = content.lines().filter_map(|line| line.strip_prefix('(')?.strip_suffix("),"));
                let records: Vec<_> = records.map(|inner| format!("({inner})")).collect();
                let name = annotator.as_str().into();
                for ((span, line), options) in set.spans().zip(&records).zip(std::iter::repeat(
                    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME),
                )) {
                    let record: SpanRecord = options.from_str(line).expect("legal RON");
                    prop_assert_eq!(&record.into_model(&name).expect("a span"), span);
                    let json = serde_json::to_string(&SpanRecord::new(span, annotator.as_str(), &mut Times::default())).expect("JSON");
                    let record: SpanRecord = serde_json::from_str(&json).expect("JSON");
                    prop_assert_eq!(&record.into_model(&name).expect("a span"), span);
                }
                for (relation, line) in set.relations().zip(records.iter().skip(set.spans().len())) {
                    let record: RelationRecord = super::ron_file::parse_ron(line, path, line, 0).expect("legal RON");
                    prop_assert_eq!(&record.into_model(&name).expect("a relation"), relation);
                    let json = serde_json::to_string(&RelationRecord::new(relation, annotator.as_str(), &mut Times::default())).expect("JSON");
                    let record: RelationRecord = serde_json::from_str(&json).expect("JSON");
                    prop_assert_eq!(&record.into_model(&name).expect("a relation"), relation);
                }
                for label in set.document_labels() {
                    let json = serde_json::to_string(&DocumentLabelRecord::new(label, annotator.as_str(), &mut Times::default())).expect("JSON");
                    let record: DocumentLabelRecord = serde_json::from_str(&json).expect("JSON");
                    prop_assert_eq!(&record.into_model(&name).expect("a label"), label);
                }
            }
        }
    }
}

#[test]
fn files_of_a_newer_version_are_refused_by_their_version_and_older_ones_open() {
    let path = Path::new("articles/eins.ron");
    let kept = r#"kept: (format: "brat", annotator: "anna", name: "eins.ann", file: "0123-eins.ann")"#;
    let of_version = |version: u32, more: &str| format!("(version: {version}, origin: ({kept}){more})");
    let metadata = read_metadata(&of_version(1, ""), path).expect("an older version opens");
    assert_eq!(metadata.origin.kept.first().map(|kept| kept.name.as_str()), Some("eins.ann"));
    assert_eq!(read_metadata(&write_metadata(&metadata), path).expect("it comes back"), metadata);
    let version = |metadata: &ArticleMetadata| write_metadata(metadata).lines().nth(1).map(str::to_owned);
    assert_eq!(version(&metadata).as_deref(), Some("    version: 2,"));
    assert_eq!(version(&ArticleMetadata::default()).as_deref(), Some("    version: 1,"), "older builds understand it");

    let check = |read: Result<(), StoreError>, expected: &str| {
        let message = read.expect_err("it can not be read").to_string();
        assert!(message.contains(expected), "{message}");
    };
    let news = r##", news: [Some(Bytes(start: 1)), r#"a"b"#, (1.5, 'c', {"d": true})]"##;
    let metadata = |version| read_metadata(&of_version(version, news), path).map(|_| ());
    check(metadata(3), "version 3");
    check(metadata(2), "news");
    check(read_metadata(&of_version(3, ""), path).map(|_| ()), "version 3");
    check(read_project(&format!("(version: 2{news})"), path).map(|_| ()), "version 2");
    check(read_project(&format!("(version: 1{news})"), path).map(|_| ()), "news");
    check(read_entities(&format!("(version: 2, entities: []{news})"), path).map(|_| ()), "version 2");
}

#[test]
fn people_may_write_other_ron() {
    let text = ArticleText::new("Wladimir Putin trifft Xi");
    let content = r##"
        // My annotations.
        SetRecord(
            version: 1, next_id: Some(9),
            spans: [
                (label: r#"PER"#, id: 0x1, at: [(0, 14)], /* why? */ text: Some("Wladimir Putin")),
                (
                    id: 2,
                    label: "PER",
                    at: [(22, 24)], // Xi
                    attributes: { "sure": 1 },
                ),
            ],
            relations: [(id: 3, label: "meets", trigger: None, arguments: [("a", 1), ("b", 2),])],
        )"##;
    let content = content.replace("next_id: Some(9)", "next_id: 9");
    let (set, notices) = read(&content, "anna", &text);
    assert_eq!(notices, Vec::<String>::new());
    assert_eq!(
        set.spans().map(|span| span.fragments.surface(text.as_str())).collect::<Vec<_>>(),
        ["Wladimir Putin", "Xi"]
    );
    assert_eq!(set.relations().len(), 1);
    assert_eq!(set.next_id(), AnnotationId(9));
}

#[test]
fn errors_name_the_line() {
    let check = |content: &str, expected: &str| {
        let error = read_set(content, Path::new("a.ron"), &"anna".into()).expect_err(content).to_string();
        assert!(error.starts_with(expected), "{error:?} does not start with {expected:?}");
    };
    check("(\nversion: 1,\nspans: [\n(id: 1, label: \"A\", at: [(5, 2)]),\n],\n)", "a.ron:4: the place (5, 2) ends");
    check(
        "(\nversion: 1,\nspans: [\n(id: 1, label: \"A\", colour: 1),\n],\n)",
        "a.ron:4: Unexpected field named `colour`",
    );
    check("(\nversion: 1,\nspan: [],\n)", "a.ron:3: there is no field \"span\"");
    check("(\nversion: 1,\nspans: [\n(id: 1, label: \"A\", at: [(1, 2)])", "a.ron:4: ");
    check("(\nspans: [\n<<<<<<< HEAD\n(id: 1),\n=======\n>>>>>>> x\n]\n)", "a.ron:3: a git merge was not finished");
    check("(version: 99)", "the file has version 99");
    check("", "a.ron:1: ");
    let check = |content: &str, expected: &str| {
        let error = read_project(content, Path::new("project.ron")).expect_err(content).to_string();
        assert!(error.starts_with(expected), "{error:?} does not start with {expected:?}");
    };
    check("(version: 1,\n schema: (\n  lables: []))", "project.ron:3: Unexpected field named `lables`");
    check("(version: 1,\n schema: (labels: [(name: \"A\"), (name: \"A\")]))", "two labels are called");
    check("(version: 1, schema: (labels: [(name: \"A\", color: \"red\")]))", "the color \"red\" of \"A\"");
}

/// The size that Glosse promises to open at once: 1 MB with 17,000 spans and 5,600 relations.
#[test]
fn a_long_article_is_read_and_written_fast() {
    let text = "Wladimir Putin besucht das Gebiet Kursk und spricht dort mit Soldaten. ".repeat(14_000);
    let time: Timestamp = "2026-03-01T12:34:56.789Z".parse().expect("a time");
    let spans = (0..17_000usize).map(|index| Span {
        id: AnnotationId(u32::try_from(index).expect("few") + 1),
        label: ["PER", "LOC", "ORG"][index % 3].into(),
        fragments: Fragments::one(TextRange::from_usize(index * 58, index * 58 + 14)),
        attributes: Default::default(),
        entity: (index % 2 == 0).then(|| "wladimir-putin".into()),
        note: String::new(),
        provenance: Provenance::person(
            "anna",
            time + jiff::SignedDuration::from_secs(i64::try_from(index / 10).expect("few")),
        ),
        status: Status::Accepted,
        corrected_from: None,
    });
    let relations = (0..5_600u32).map(|index| Relation {
        id: AnnotationId(20_000 + index),
        label: "visit".into(),
        trigger: None,
        arguments: vec![
            Argument { role: "visitor".into(), target: AnnotationId(index + 1) },
            Argument { role: "place".into(), target: AnnotationId(index + 2) },
        ],
        attributes: Default::default(),
        note: String::new(),
        provenance: Provenance::person("anna", time),
        status: Status::Accepted,
        corrected_from: None,
    });
    let (set, repeated) =
        AnnotationSet::from_parts(1, Progress::Started, spans.collect(), relations.collect(), Vec::new());
    assert!(repeated.is_empty());
    let text = ArticleText::new(text);
    // The best of a few: other programs are running too.
    let best = |run: &dyn Fn()| {
        let times = (0..7).map(|_| {
            let start = std::time::Instant::now();
            run();
            start.elapsed()
        });
        times.min().unwrap_or_default()
    };
    let content = write_set(&set, "anna", &"lang".into(), &text);
    let written = best(&|| drop(write_set(&set, "anna", &"lang".into(), &text)));
    let path = Path::new("a.ron");
    let parsed = best(&|| drop(read_set(&content, path, &"anna".into())));
    let loaded = best(&|| drop(read(&content, "anna", &text)));
    let cloned = best(&|| drop(set.clone()));
    println!(
        "17,000 spans and 5,600 relations, {} bytes: written in {written:?}, parsed in {parsed:?}, read in {loaded:?}, \
         cloned in {cloned:?}",
        content.len()
    );
    let (found, notices) = read(&content, "anna", &text);
    assert!(notices.is_empty());
    assert!(found == set);
}
