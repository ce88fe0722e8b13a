//! What becomes of files that are imported.

use super::{ImportReport, ImportRequest, Session};
use crate::{
    format::{ExportContext, Exported, MemoryOutput, WriteOptions, registry},
    model::{AnnotationSet, AnnotatorName, ArticleId, Project, news_schema},
    store::{Access, Store},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A session of eva in a new project without articles.
fn project(root: &Path) -> Session {
    Store::create(root, &Project { schema: Arc::new(news_schema()), ..Project::default() }).expect("a new project");
    Session::open(root, Access::Write, AnnotatorName::new("eva")).expect("a project")
}

/// Imports a file for an annotator.
fn import(session: &mut Session, folder: &Path, name: &str, content: &str, annotator: &str) -> ImportReport {
    fs::create_dir_all(folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, content).expect("written");
    let annotator = Some(AnnotatorName::new(annotator));
    let report = session.import(&ImportRequest { files: vec![path], annotator, ..ImportRequest::default() });
    report.expect("it can be imported")
}

/// The main file of an annotator's annotations, in a format.
fn written(session: &mut Session, format: &str, annotator: &str) -> String {
    String::from_utf8(written_bytes(session, format, annotator)).expect("text")
}

fn written_bytes(session: &mut Session, format: &str, annotator: &str) -> Vec<u8> {
    session.load_all(|_, _| true).expect("the articles");
    let (project, empty) = (session.project(), AnnotationSet::default());
    let annotator = AnnotatorName::new(annotator);
    let mut articles = project.articles.values().filter_map(|article| Exported::of(article, &annotator, &empty));
    let context = ExportContext {
        schema: &project.schema,
        entities: &project.entities,
        options: &WriteOptions::default(),
        originals: &session.store().imported_files(),
    };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    let format = registry::by_name(format).expect("a format");
    format.write(&mut articles, &context, &mut output, &mut losses).expect("it can be written");
    output.files.swap_remove(0).1
}

#[test]
fn each_annotator_gets_the_own_file_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = project(&folder.path().join("project"));
    let file = |label: &str, more: &str| format!("Kursk\tB-{label}\t{more}\nist\tO\t{more}\nweit\tO\t{more}\n");
    for (annotator, content) in [("anna", file("LOC", "a")), ("ben", file("ORG", "b"))] {
        let report = import(&mut session, &folder.path().join(annotator), "a.conll", &content, annotator);
        assert_eq!((report.failed.len(), report.spans), (0, 1), "{report:?}");
    }
    assert_eq!(session.project().articles.len(), 1);
    for reopened in [false, true] {
        if reopened {
            session.close().expect("a good end");
            drop(session);
            let root = folder.path().join("project");
            session = Session::open(&root, Access::Write, AnnotatorName::new("eva")).expect("a project");
        }
        assert_eq!(written(&mut session, "conll", "anna"), file("LOC", "a"));
        assert_eq!(written(&mut session, "conll", "ben"), file("ORG", "b"));
        // Who says nothing about it gets the latest without its tags.
        assert_eq!(written(&mut session, "conll", "eva"), file("LOC", "b").replace("B-LOC", "O"));
    }
}

#[test]
fn how_a_file_was_read_is_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = project(&folder.path().join("project"));
    let path = folder.path().join("a.jsonl");
    let row = "{\"text\":\"Wort\",\"lead\":\"In Kursk\",\"entities\":[{\"start\":3,\"end\":8,\"label\":\"LOC\"}],\"x\":[1]}\n";
    fs::write(&path, row).expect("written");
    let request = ImportRequest {
        files: vec![path],
        format: Some("hf-jsonl".to_owned()),
        text_column: Some("lead".to_owned()),
        ..ImportRequest::default()
    };
    let report = session.import(&request).expect("it can be imported");
    let text = session.load(&ArticleId::new(report.articles[0].as_str())).expect("the article").text().to_owned();
    assert_eq!(text, "In Kursk");
    assert_eq!(written(&mut session, "hf-jsonl", "eva"), row);
}

#[test]
fn what_a_file_says_of_known_entities_is_taken_in_or_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = project(&folder.path().join("project"));
    let record = |id: &str, entity: &str| {
        format!(
            "{{\"format\":\"glosse-jsonl\",\"id\":\"{id}\",\"text\":\"Putin\",\"spans\":[{{\"id\":1,\"label\":\"PER\",\"start\":0,\
             \"end\":5,\"text\":\"Putin\",\"entity\":\"putin\"}}],\"entities\":{{\"putin\":{entity}}}}}\n"
        )
    };
    let first = record("a", r#"{"name":"Wladimir Putin","kind":"PER","identifiers":{"wikidata":"Q7747"}}"#);
    let report = import(&mut session, folder.path(), "a.jsonl", &first, "eva");
    assert_eq!(report.warnings, []);
    let second = record("b", r#"{"name":"Putin","kind":"PER","identifiers":{"wikidata":"Q1","gnd":"2"},"note":"neu"}"#);
    let report = import(&mut session, folder.path(), "b.jsonl", &second, "eva");
    let messages: Vec<_> = report.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages, ["the entity putin is known and stays as it is; the file has wikidata Q1 instead of Q7747"]);
    let entity = session.project().entities.get(&"putin".into()).expect("it is known");
    assert_eq!((entity.name.as_str(), entity.aliases.as_slice()), ("Wladimir Putin", &["Putin".to_owned()][..]));
    assert_eq!(entity.identifiers.get("gnd").map(String::as_str), Some("2"));
    assert_eq!((entity.identifiers.get("wikidata").map(String::as_str), entity.note.as_str()), (Some("Q7747"), "neu"));
}

#[test]
fn articles_with_one_file_name_are_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    let files: Vec<PathBuf> = ["train", "dev"]
        .iter()
        .map(|part| {
            let part = folder.path().join(part);
            fs::create_dir_all(&part).expect("a folder");
            let text = format!("Kursk liegt in {}.", part.display());
            fs::write(part.join("doc.txt"), text).expect("written");
            fs::write(part.join("doc.ann"), "T1\tLOC 0 5\tKursk\n").expect("written");
            part.join("doc.ann")
        })
        .collect();
    let mut session = project(&root);
    for annotator in ["anna", "anna", "ben"] {
        let annotator = Some(AnnotatorName::new(annotator));
        let request = ImportRequest { files: files.clone(), annotator, ..ImportRequest::default() };
        let report = session.import(&request).expect("it can be imported");
        assert_eq!(report.articles.len() + report.extended.len(), 2, "{report:?}");
        assert_eq!(session.project().articles.len(), 2, "{report:?}");
        session.close().expect("a good end");
        drop(session);
        session = Session::open(&root, Access::Write, AnnotatorName::new("eva")).expect("a project");
    }
}

#[test]
fn spans_that_are_alike_keep_their_relations_when_a_file_comes_again() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.txt"), "John had a ride!").expect("written");
    let content = "T1\tArg 5 8\thad\nT2\tPred 5 8\thad\nT3\tArg 5 8\thad\nE1\tPred:T2 a:T3\n";
    let mut session = project(&folder.path().join("project"));
    for (relations, there) in [(1, 0), (0, 4), (0, 4)] {
        let report = import(&mut session, folder.path(), "a.ann", content, "anna");
        assert_eq!((report.relations, report.there), (relations, there), "{report:?}");
    }
}

#[test]
fn a_file_whose_language_was_guessed_comes_back_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = project(&folder.path().join("project"));
    // Of one byte for each letter: as what they are read depends on the language that the file is said to be in.
    let text =
        "Президент Украины встретился в среду в Киеве с канцлером Германии , сообщила пресс-служба правительства .";
    let rows: String = text.split(' ').map(|word| format!("{word}\tO\n")).collect();
    let encodings =
        [("a.conll", encoding_rs::WINDOWS_1251, Some("windows-1251")), ("b.conll", encoding_rs::UTF_8, None)];
    for (name, encoding, remembered) in encodings {
        let (bytes, _, _) = encoding.encode(&rows);
        let path = folder.path().join(name);
        fs::write(&path, &bytes).expect("written");
        let request = ImportRequest { files: vec![path], ..ImportRequest::default() };
        let report = session.import(&request).expect("it can be imported");
        assert_eq!(report.guessed_languages.keys().collect::<Vec<_>>(), ["ru"], "{report:?}");
        let id = report.articles[0].clone();
        let metadata = session.load(&id).expect("the article").metadata.clone();
        let choices = metadata.origin.kept[0].choices.clone().expect("how it was read");
        assert_eq!((metadata.language.as_str(), choices.default_language.as_str()), ("ru", "ru"));
        assert_eq!(choices.encoding.as_deref(), remembered);
        assert_eq!(written_bytes(&mut session, "conll", "eva"), *bytes);
        session.undo().expect("undone");
    }
}
