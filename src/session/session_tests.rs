//! What a session promises across crashes, restarts and changes by others.

use super::Session;
use crate::{
    model::{
        AnnotationId, AnnotatorName, Article, ArticleId, ArticleMetadata, Fragments, Project, Status, news_schema,
    },
    store::{Access, Store},
    text::{ByteOffset, TextEdit, TextRange},
};
use std::{fs, path::Path, sync::Arc};

const TEXT: &str = "Minister Özdal reiste nach Quellfurt.";

fn article() -> ArticleId {
    ArticleId::new("reise")
}

/// A project with one article, in `root`.
fn create(root: &Path) {
    let article = Article::new(article(), ArticleMetadata::default(), TEXT);
    let project = Project {
        schema: Arc::new(news_schema()),
        articles: [(article.id.clone(), article)].into(),
        ..Project::default()
    };
    Store::create(root, &project).expect("a new project");
}

fn open(root: &Path) -> Session {
    Session::open(root, Access::Write, AnnotatorName::new("eva")).expect("a project")
}

fn add(session: &mut Session, label: &str, words: &str) -> AnnotationId {
    let text = session.load(&article()).expect("the article").text().to_owned();
    let start = text.find(words).expect("words of the text");
    let fragments = Fragments::one(TextRange::from_usize(start, start + words.len()));
    session.edit(&article(), format!("Label {words}"), |draft| Ok(draft.add_span(label, fragments)?)).expect("a span")
}

/// Closes the project and lets go of its lock.
fn end(mut session: Session) {
    session.close().expect("a good end");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn what_only_the_journal_knew_is_in_the_files_after_a_good_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (root, crashed) = (folder.path().join("project"), folder.path().join("crashed"));
    create(&root);
    let mut session = open(&root);
    add(&mut session, "PER", "Özdal");
    session.wait_until_saved().expect("saved");
    // As the folder is when the program is killed now: the journal has the span, the files have not.
    copy(&root, &crashed);
    assert!(!crashed.join("annotations/eva/reise.ron").exists());
    // Nobody opens the article; the files are complete all the same, also without the journal.
    end(open(&crashed));
    fs::remove_file(crashed.join(".glosse/journal")).expect("the journal");
    let mut again = open(&crashed);
    again.load(&article()).expect("the article");
    assert_eq!(again.set(&article()).map(|set| set.spans().count()), Some(1));
    end(session);
}

#[test]
fn undo_passes_over_what_others_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    create(&root);
    let mut session = open(&root);
    let first = add(&mut session, "PER", "Özdal");
    let second = add(&mut session, "LOC", "Quellfurt");
    end(session);
    let path = root.join("annotations/eva/reise.ron");
    let content = fs::read_to_string(&path).expect("annotations").replace("\"LOC\"", "\"ORG\"");
    fs::write(&path, content).expect("a change from outside");

    let mut session = open(&root);
    session.load(&article()).expect("the article");
    session.undo().expect_err("somebody else changed the label");
    session.undo().expect("the one before").expect("something to undo");
    let set = session.set(&article()).expect("annotations");
    assert!(set.span(first).is_none());
    assert_eq!(set.span(second).map(|span| (&*span.label, span.status)), Some(("ORG", Status::Accepted)));
    end(session);
}

#[test]
fn ids_are_not_given_again_after_removal_restart_and_undo() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    create(&root);
    let mut session = open(&root);
    add(&mut session, "PER", "Özdal");
    let last = add(&mut session, "LOC", "Quellfurt");
    session.edit(&article(), "Remove", |draft| Ok(draft.remove(last)?)).expect("removed");
    session.edit(&article(), "Remove article", |draft| Ok(draft.remove_article(&article())?)).expect("removed");
    end(session);
    let mut session = open(&root);
    session.undo().expect("undo").expect("the removal");
    assert!(add(&mut session, "LOC", "Quellfurt") > last);
    end(session);
}

#[test]
fn the_imported_text_survives_removal_and_undo() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("project");
    create(&root);
    let mut session = open(&root);
    session.load(&article()).expect("the article");
    let correct = |session: &mut Session, from: &str, to: &str| {
        let at = session.project().article(&article()).and_then(|article| article.text().find(from)).expect("words");
        let edit =
            TextEdit { at: ByteOffset(u32::try_from(at).expect("short")), removed: from.into(), inserted: to.into() };
        session.edit(&article(), "Correct", |draft| Ok(draft.edit_text(&[edit])?)).expect("a correction");
    };
    correct(&mut session, "Minister", "Ministerin");
    end(session);
    let original = || fs::read_to_string(root.join("articles/reise.original.txt")).ok();
    assert_eq!(original().as_deref(), Some(TEXT));

    let mut session = open(&root);
    session.edit(&article(), "Remove article", |draft| Ok(draft.remove_article(&article())?)).expect("removed");
    end(session);
    assert_eq!(original(), None);
    let mut session = open(&root);
    session.undo().expect("undo").expect("the removal");
    correct(&mut session, "reiste", "fuhr");
    end(session);
    assert_eq!(original().as_deref(), Some(TEXT), "not the corrected text");
    let text = fs::read_to_string(root.join("articles/reise.txt")).expect("the text");
    assert_eq!(text, "Ministerin Özdal fuhr nach Quellfurt.");
}

#[test]
fn an_article_that_comes_again_under_an_old_name_gives_new_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("p");
    create(&root);
    let mut session = open(&root);
    let before = add(&mut session, "PER", "Özdal");
    session
        .edit(&article(), "Again", |draft| {
            draft.remove_article(&article())?;
            Ok(draft.add_article("reise", ArticleMetadata::default(), TEXT)?)
        })
        .expect("the same article anew");
    let after = add(&mut session, "PER", "Özdal");
    assert!(after > before, "{after:?} after {before:?}");
}
