//! Imports of many articles: in batches, with few of them in memory, stopped and gone on with, taken back.

use super::{Batch, ImportProgress, ImportReport, ImportRequest, Session, UnknownLabels};
use crate::{
    format::{ExportContext, Exported, MemoryOutput, WriteOptions, original::NoOriginals, registry},
    model::{AnnotationId, AnnotatorName, ArticleId, Project, SetKey, generate},
    store::{Access, Store},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
};

/// Generated articles as JSON lines, with ids that can not be file names as they are, and some that come again: with the same
/// text, and with another.
fn lines(folder: &Path, articles: usize) -> PathBuf {
    let project = generate::project(5, articles, 600);
    let all: Vec<Exported<'_>> = project
        .articles
        .values()
        .map(|article| {
            let (annotator, set) = article.sets.iter().next().expect("a set");
            Exported::of(article, annotator, set).expect("a text")
        })
        .collect();
    let options = WriteOptions::default();
    let context = ExportContext {
        schema: &project.schema,
        entities: &project.entities,
        options: &options,
        originals: &NoOriginals,
    };
    let mut output = MemoryOutput::default();
    let format = registry::by_name("jsonl").expect("a format");
    format.write(&mut all.into_iter(), &context, &mut output, &mut Vec::new()).expect("written");
    let mut text = String::new();
    for (number, line) in String::from_utf8(output.files.remove(0).1).expect("text").lines().enumerate() {
        let start = line.find("\"id\":\"").expect("an id") + 6;
        let end = start + line[start..].find('"').expect("its end");
        // Two records have one id, and another text each.
        text.push_str(&format!("{}Bericht {}{}\n", &line[..start], number / 2, &line[end..]));
        if number % 50 == 7 {
            let again = text.lines().last().expect("a line").to_owned();
            text.push_str(&again);
            text.push('\n');
        }
    }
    let path = folder.join("in.jsonl");
    std::fs::write(&path, text).expect("written");
    path
}

fn new_project(folder: &Path, name: &str) -> PathBuf {
    let root = folder.join(name);
    let schema = generate::project(1, 0, 0).schema;
    Store::create(&root, &Project { schema, ..Project::default() }).expect("a project");
    root
}

fn open(root: &Path) -> Session {
    Session::open(root, Access::Write, AnnotatorName::new("eva")).expect("it opens")
}

fn request(file: &Path) -> ImportRequest {
    ImportRequest { files: vec![file.to_owned()], ..ImportRequest::default() }
}

/// Everything of a project, loaded again from its folder.
fn content(root: &Path) -> Project {
    let mut session = Session::open(root, Access::Read, AnnotatorName::new("eva")).expect("it opens");
    session.load_all(|_, _| true).expect("it can be loaded");
    assert_eq!(session.take_notices(), []);
    session.project().clone()
}

fn in_memory(session: &Session) -> usize {
    session.project().articles.values().filter(|article| article.text.is_some()).count()
}

#[test]
fn an_import_that_was_stopped_goes_on_to_the_same_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 320);
    let whole = new_project(folder.path(), "whole");
    let mut session = open(&whole);
    let report = session.import(&request(&file)).expect("imported");
    assert_eq!((report.articles.len(), report.extended.len(), report.stopped), (320, 7, false));
    session.close().expect("it closes");
    drop(session);

    let parts = new_project(folder.path(), "parts");
    let stop_after = |articles: usize| {
        let mut session = open(&parts);
        let mut heard: Vec<ImportProgress> = Vec::new();
        let report = session.import_watched(&request(&file), &mut |progress| {
            heard.push(progress);
            progress.articles < articles
        });
        let report = report.expect("imported");
        assert!(heard.iter().all(|progress| progress.bytes <= progress.total), "{heard:?}");
        session.close().expect("it closes");
        report
    };
    let first = stop_after(1);
    assert!(first.stopped && first.articles.len() < 150, "{}", first.articles.len());
    // What is there already is counted, and only the rest comes in.
    let second = stop_after(150);
    assert!(second.stopped && !second.extended.is_empty() && !second.articles.is_empty());
    assert!(second.there >= first.spans);
    let third = stop_after(usize::MAX);
    assert!(!third.stopped);
    let added = [&first, &second, &third].map(|report| report.articles.len()).iter().sum::<usize>();
    assert_eq!(added, 320);
    assert!(content(&parts) == content(&whole), "it is the same project");
    // Once more: nothing is done any more.
    let mut session = open(&parts);
    let seq = session.last_seq();
    let again = session.import(&request(&file)).expect("imported");
    assert_eq!((again.articles.len(), again.spans, session.last_seq()), (0, 0, seq));
}

#[test]
fn few_articles_of_an_import_stay_in_memory_and_all_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 400);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    let report = session.import(&request(&file)).expect("imported");
    assert_eq!(report.articles.len(), 400);
    assert!(in_memory(&session) < 250, "{} articles are in memory", in_memory(&session));
    // Those that are not, and have no files yet, are loaded from the journal.
    let gone: Vec<ArticleId> = report.articles.iter().filter(|id| !session.is_loaded(id)).cloned().collect();
    let id = gone.first().expect("one is not in memory").clone();
    assert!(!root.join("articles").join(format!("{id}.txt")).exists());
    assert!(session.load(&id).expect("loaded").text().len() >= 600);
    assert!(session.set(&id).is_some_and(|set| set.spans().len() > 0));
    // A kill here loses nothing.
    session.wait_until_saved().expect("saved");
    let killed = folder.path().join("killed");
    copy(&root, &killed);
    session.close().expect("it closes");
    assert!(in_memory(&session) < 250);
    drop(session);
    for id in &report.articles {
        assert!(root.join("articles").join(format!("{id}.txt")).exists(), "{id} has no file");
    }
    let mut reopened = open(&killed);
    reopened.close().expect("it closes");
    assert!(in_memory(&reopened) < 250);
    drop(reopened);
    assert!(content(&killed) == content(&root), "it is the same project");
}

#[test]
fn an_import_waits_for_the_disk_also_where_all_articles_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 400);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    session.import(&request(&file)).expect("imported");
    session.close().expect("it closes");
    drop(session);
    let mut session = open(&root);
    // The journal's place is taken by a folder: nothing can be saved any more.
    let journal = root.join(".glosse/journal");
    let aside = folder.path().join("aside");
    std::fs::rename(&journal, &aside).expect("it was there");
    std::fs::create_dir(&journal).expect("a folder in the way");
    let other = ImportRequest { annotator: Some(AnnotatorName::new("bea")), ..request(&file) };
    let mut brought = 0;
    let result = session.import_watched(&other, &mut |progress| {
        brought = progress.articles;
        true
    });
    assert!(result.is_err_and(|error| error.to_string().contains("journal")), "{brought} articles");
    assert!(brought < 400, "{brought} articles came in that are on no disk");
    // What waits is there all the same, and goes to disk as soon as it can.
    std::fs::remove_dir(&journal).expect("out of the way");
    std::fs::rename(&aside, &journal).expect("it is back");
    session.retry_saving();
    let is_saved = (0..1_000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        session.wait_until_saved().is_ok()
    });
    assert!(is_saved, "{:?}", session.wait_until_saved());
    let report = session.import(&other).expect("the rest comes in");
    session.close().expect("it closes");
    drop(session);
    assert_eq!(report.extended.len() + report.articles.len(), 408);
    let project = content(&root);
    assert!(project.articles.values().all(|article| article.sets.len() == 2 || article.text().is_empty()));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn files_are_written_while_nothing_else_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 300);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    let report = session.import(&request(&file)).expect("imported");
    for _ in 0..40 {
        session.catch_up();
        session.wait_until_saved().expect("saved");
        session.store().wait_until_written().expect("written");
    }
    for id in report.articles.iter().filter(|id| !session.is_loaded(id)) {
        assert!(root.join("articles").join(format!("{id}.txt")).exists(), "{id} has no file");
        assert!(!session.store().is_behind(id));
    }
}

#[test]
fn an_import_is_undone_and_done_again_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 250);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    session.import(&request(&file)).expect("imported");
    assert!(session.history().len() > 2, "it came in batches");
    session.wait_until_saved().expect("saved");
    let ids: BTreeMap<SetKey, AnnotationId> = next_ids(&mut session);
    let title = session.undo_title().expect("a title").to_owned();
    assert_eq!(title, "Import 255 articles");
    // Also after the project was opened again.
    session.close().expect("it closes");
    drop(session);
    let before = content(&root);
    let mut session = open(&root);
    session.undo().expect("undone").expect("a change");
    assert!(session.project().articles.is_empty());
    assert_eq!((session.undo_title(), session.redo_title()), (None, Some(title.as_str())));
    assert_eq!(session.redo().expect("done again").expect("a change").title, title);
    assert!(!session.can_redo());
    let after = next_ids(&mut session);
    assert!(ids.iter().all(|(key, next)| after.get(key) >= Some(next)), "no id is given again");
    session.close().expect("it closes");
    drop(session);
    assert!(content(&root) == before, "it is the same project");
}

fn next_ids(session: &mut Session) -> BTreeMap<SetKey, AnnotationId> {
    session.load_all(|_, _| true).expect("it can be loaded");
    let sets = session.project().articles.values().flat_map(|article| {
        let key = |annotator: &AnnotatorName| SetKey { article: article.id.clone(), annotator: annotator.clone() };
        article.sets.iter().map(move |(annotator, set)| (key(annotator), set.next_id()))
    });
    sets.collect()
}

#[test]
fn a_batch_is_undone_apart_from_what_was_done_between() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 120);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    let reader = session.batch_reader(&request(&file));
    let (sender, batches) = sync_channel(10);
    assert_eq!(reader.read(&sender).expect("read"), Vec::<String>::new());
    drop(sender);
    let mut report = ImportReport::default();
    for Batch { articles, .. } in batches {
        session.import_batch(articles, &request(&file), &mut report).expect("imported");
        let id = report.articles.last().expect("an article").clone();
        session.edit(&id, "Done", |draft| Ok(draft.set_progress(crate::model::Progress::Done)?)).expect("edited");
    }
    let count = |session: &Session| session.project().articles.len();
    let all = count(&session);
    session.undo().expect("undone");
    assert_eq!(count(&session), all);
    session.undo().expect("undone");
    assert!(count(&session) < all && count(&session) > 0);
}

#[test]
fn suggestions_of_a_large_file_find_their_articles() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 260);
    let root = new_project(folder.path(), "p");
    let mut session = open(&root);
    session.import(&request(&file)).expect("imported");
    let suggest = ImportRequest { suggestions_of: Some("other".into()), ..request(&file) };
    let report = session.import(&suggest).expect("imported");
    assert_eq!((report.articles.len(), report.suggested), (0, 0), "all of it stands already");
    assert!(in_memory(&session) < 250);
    let fresh = new_project(folder.path(), "fresh");
    let mut session = open(&fresh);
    let report = session.import(&suggest).expect("imported");
    assert!(report.suggested > 0 && report.articles.len() == 260, "{}", report.articles.len());
}

#[test]
fn reading_ends_when_nobody_takes_batches() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = lines(folder.path(), 250);
    let root = new_project(folder.path(), "p");
    let after = folder.path().join("after.jsonl");
    let mut request = request(&file);
    request.files.push(after.clone());
    let reader = open(&root).batch_reader(&request);
    let read_all = || {
        let (sender, batches) = sync_channel(1_000);
        let failed = reader.read(&sender).expect("read");
        drop(batches);
        failed
    };
    assert_eq!(read_all().len(), 1, "{after:?} is not there");
    let (sender, batches) = sync_channel(1);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| reader.read(&sender));
        let first = batches.recv().expect("a batch");
        assert!(first.articles.len() <= 100);
        drop(batches);
        assert_eq!(reading.join().expect("no panic").expect("read"), Vec::<String>::new());
    });
}

/// JSON lines with these members each.
fn records(folder: &Path, name: &str, lines: &[&str]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, lines.join("\n")).expect("written");
    path
}

#[test]
fn labels_that_the_schema_does_not_have_are_named_and_added_if_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let spans = r#""spans":[{"id":1,"start":0,"end":5,"label":"SHIP"},{"id":2,"start":9,"end":13,"label":"PER"}]"#;
    let relation =
        r#""relations":[{"id":3,"label":"sails","arguments":[{"role":"ship","target":1},{"role":"to","target":2}]}]"#;
    let line = format!(r#"{{"id":"a","text":"Titan in Kiel",{spans},{relation}}}"#);
    let file = records(folder.path(), "in.jsonl", &[&line]);
    let mut session = open(&new_project(folder.path(), "project"));
    let report = session.import(&request(&file)).expect("imported");
    let names = |missing: &crate::model::Schema| {
        super::missing_labels::names(missing).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let schema = session.project().schema.clone();
    let missing = report.missing(&schema);
    assert!(names(&missing).starts_with("SHIP"), "{missing:?} {report:?}");
    // What is there already can be mended in one step, which is taken back in one.
    session.add_to_schema(&missing).expect("added");
    assert_eq!(names(&report.missing(&session.project().schema)), "");
    session.undo().expect("undone");
    assert!(session.project().schema == schema);
    // Suggestions with such labels are left out, unless the labels are added; one undo takes back both.
    let mut session = open(&new_project(folder.path(), "other"));
    let as_suggestions = ImportRequest { suggestions_of: Some("model".into()), ..request(&file) };
    let before = session.project().schema.clone();
    let report = session.import(&as_suggestions).expect("imported");
    assert!(names(&report.missing(&before)).starts_with("SHIP"), "{report:?}");
    let suggested = |session: &Session| session.set(&ArticleId::new("a")).map_or(0, |set| set.spans().len());
    let before_adding = suggested(&session);
    let add = ImportRequest { unknown_labels: UnknownLabels::Add, ..as_suggestions };
    let report = session.import(&add).expect("imported");
    assert!(report.added.contains(&"SHIP".into()), "{report:?}");
    assert_eq!((before_adding, suggested(&session)), (1, 2));
    assert!(session.project().schema.label("SHIP").is_some());
    session.undo().expect("undone");
    assert!(session.project().schema == before);
    assert_eq!(session.import(&request(&file)).expect("imported").added.len(), 0);
}

#[test]
fn articles_get_the_language_of_their_words_where_the_file_does_not_say_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let english =
        "The chancellor met the president of the country on Wednesday, as officials had said before the summit.";
    let lines = [
        format!(r#"{{"id":"a","text":"{english}"}}"#),
        format!(r#"{{"id":"b","text":"{english}","meta":{{"language":"fr"}}}}"#),
        r#"{"id":"c","text":"Kursk"}"#.to_owned(),
    ];
    let file = records(folder.path(), "in.jsonl", &lines.each_ref().map(String::as_str));
    let mut session = open(&new_project(folder.path(), "project"));
    let as_lines = ImportRequest { format: Some("jsonl".to_owned()), ..request(&file) };
    let report = session.import(&as_lines).expect("imported");
    let language =
        |id: &str| session.project().article(&ArticleId::new(id)).expect("it is there").metadata.language.clone();
    assert_eq!([language("a"), language("b"), language("c")], ["en", "fr", "de"]);
    assert_eq!(report.guessed_languages, BTreeMap::from([("en".to_owned(), 1)]));
    assert_eq!(report.project_language, 1);
}
