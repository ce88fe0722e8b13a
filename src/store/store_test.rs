//! A project folder through its whole life: made, changed, killed at every moment, changed by others, looked through.

use super::{
    Access, Level, LoadedArticle, Outside, SaveState, Store, check,
    files::{FileKey, hash, journal_path, local_path},
    journal::{Intent, Stage, intent_line},
    ron_file::temporary_path,
    testing::{project, small_project},
};
use crate::{
    edit::{Draft, Transaction, apply},
    model::{AnnotationId, ArticleId, Fragments, Progress, Project, Provenance, SetKey},
    text::{TextEdit, TextRange},
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::{
    fs,
    io::Write,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tempfile::TempDir;

const TEXT: &str = "Putin besucht Kursk.\r\nXi \u{1F60A} lacht.";

/// A folder with the project `small_project(TEXT)`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    Store::create(folder.path(), &small_project(TEXT)).expect("a project");
    folder
}

/// An open project with all its articles in memory.
struct Session {
    store: Store,
    project: Project,
    notices: Vec<String>,
}

impl Session {
    fn open(root: &Path) -> Self {
        Self::open_for(root, Access::Write)
    }

    fn open_for(root: &Path, access: Access) -> Self {
        let opened = Store::open(root, access).unwrap_or_else(|error| panic!("{error}"));
        let mut session = Self {
            store: opened.store,
            project: opened.project,
            notices: opened.notices.iter().map(ToString::to_string).collect(),
        };
        for article in session.project.articles.values_mut() {
            let LoadedArticle { text, sets, notices, .. } =
                session.store.load_article(&article.id).unwrap_or_else(|error| panic!("{error}"));
            (article.text, article.sets) = (Some(text), sets);
            session.notices.extend(notices.iter().map(ToString::to_string));
        }
        session
    }

    fn draft(&mut self, change: impl FnOnce(&mut Draft<'_>)) -> u64 {
        let key = anna();
        let provenance = Provenance::person("anna", Timestamp::UNIX_EPOCH);
        let mut draft = Draft::new(&mut self.project, key, provenance);
        change(&mut draft);
        let transaction = draft.finish("test");
        self.store.commit(&transaction)
    }

    fn add(&mut self, start: usize, end: usize, label: &str) -> u64 {
        self.draft(|draft| {
            let place = Fragments::one(TextRange::from_usize(start, end));
            draft.add_span(label, place).expect("a span");
        })
    }

    fn run(&mut self, transaction: &Transaction) -> u64 {
        apply(&mut self.project, transaction).expect("it fits");
        self.store.commit(transaction)
    }

    fn snapshot(&mut self) {
        self.store.snapshot(&self.project);
        self.store.wait_until_written().expect("written");
    }

    /// The end of the process without any farewell: what is in the folder then, in another place.
    fn killed(self) -> TempDir {
        self.store.wait_until_saved().expect("saved");
        let journal = || fs::read(journal_path(self.store.root())).unwrap_or_default();
        loop {
            let before = journal();
            let copy = tempfile::tempdir().expect("a folder");
            copy_folder(self.store.root(), copy.path());
            // Copying takes time, a kill does not: as long as the journal stays the same, each file may be old or new.
            if journal() == before {
                return copy;
            }
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            // What is just being written has a name of its own for a while.
            let _ = fs::copy(entry.path(), target);
        }
    }
}

fn anna() -> SetKey {
    SetKey { article: "eins".into(), annotator: "anna".into() }
}

fn edit(at: usize, removed: &str, inserted: &str) -> TextEdit {
    TextEdit { at: crate::text::ByteOffset::from_usize(at), removed: removed.to_owned(), inserted: inserted.to_owned() }
}

/// What the annotations of Anna cover, with their labels.
fn spans(project: &Project) -> Vec<String> {
    let text = project.article(&"eins".into()).expect("the article").text();
    let set = project.set(&anna());
    let spans = set.into_iter().flat_map(|set| set.spans());
    spans.map(|span| format!("{} {} {}", span.id, span.label, span.fragments.surface(text))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn folders_come_back(project in project()) {
        let folder = tempfile::tempdir().expect("a folder");
        Store::create(folder.path(), &project).expect("a project");
        let session = Session::open(folder.path());
        prop_assert_eq!(&session.notices, &Vec::<String>::new());
        prop_assert_eq!(&session.project, &project);
        for article in project.articles.values() {
            let path = FileKey::Text(article.id.clone()).path(folder.path());
            prop_assert_eq!(fs::read(path).expect("the text"), article.text().as_bytes(), "byte for byte");
        }
    }
}

#[test]
fn what_was_saved_is_there_after_a_kill() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    assert_eq!(session.notices, Vec::<String>::new());
    session.add(0, 5, "PER");
    session.add(14, 19, "ORG");
    session.draft(|draft| {
        draft.add_entity("Wladimir Putin", "PER").expect("an entity");
        draft.set_progress(Progress::Started).expect("progress");
    });
    let expected = session.project.clone();
    let copy = session.killed();
    let again = Session::open(copy.path());
    assert_eq!(again.project, expected);
    assert_eq!(again.notices, Vec::<String>::new());
    assert!(again.store.needs_snapshot());
    // What undo needs is there too.
    let mut again = again;
    let transaction = again.store.read_transaction(2).expect("the second");
    again.run(&transaction.undone(2, Timestamp::UNIX_EPOCH));
    assert_eq!(spans(&again.project), ["1 PER Putin"]);
    let copy = again.killed();
    let opened = Store::open(copy.path(), Access::Write).expect("the project");
    assert_eq!(super::undo_stacks(&opened.history), (vec![1, 3], vec![2]));
    drop(opened);
    // An id is not given again, not even after a kill.
    let mut session = Session::open(copy.path());
    session.add(14, 19, "ORG");
    assert_eq!(spans(&session.project), ["1 PER Putin", "3 ORG Kursk"]);
}

#[test]
fn text_corrections_move_annotations_in_every_order_of_saving() {
    // Snapshots after none, some or all of the steps; then a kill.
    for saved in 0..16u32 {
        let folder = folder();
        let mut session = Session::open(folder.path());
        let at = |step: u32, session: &mut Session| {
            if saved & (1 << step) != 0 {
                session.snapshot();
            }
        };
        session.add(14, 19, "ORG");
        at(0, &mut session);
        session.draft(|draft| {
            draft.edit_text(&[edit(6, "besucht", "besuchte gestern")]).expect("an edit");
        });
        at(1, &mut session);
        session.add(0, 5, "PER");
        at(2, &mut session);
        session.draft(|draft| {
            draft.edit_text(&[edit(0, "", "Herr ")]).expect("an edit");
        });
        at(3, &mut session);
        let expected = session.project.clone();
        assert_eq!(spans(&expected), ["1 ORG Kursk", "2 PER Putin"]);
        assert_eq!(session.store.original_text(&"eins".into()).as_deref(), Some(TEXT), "{saved:04b}");
        let copy = session.killed();
        let again = Session::open(copy.path());
        assert_eq!(again.notices, Vec::<String>::new(), "{saved:04b}");
        assert_eq!(again.project, expected, "{saved:04b}");
        let mut again = again;
        again.snapshot();
        assert_eq!(again.store.original_text(&"eins".into()).as_deref(), Some(TEXT), "{saved:04b}");
        // Text and annotations of different moments: as if the process had died between replacing the two.
        if saved == 0b0111 {
            for name in ["articles/eins.txt", "annotations/anna/eins.ron"] {
                let mixed = tempfile::tempdir().expect("a folder");
                copy_folder(again.store.root(), mixed.path());
                fs::copy(copy.path().join(name), mixed.path().join(name)).expect("a copy");
                let session = Session::open(mixed.path());
                assert_eq!(session.notices, Vec::<String>::new(), "{name}");
                assert_eq!(session.project, expected, "{name}");
            }
        }
    }
}

#[test]
fn a_journal_torn_anywhere_gives_everything_before() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.store.wait_until_saved().expect("saved");
    let first = fs::metadata(journal_path(folder.path())).expect("a journal").len() as usize;
    session.add(14, 19, "ORG");
    session.store.wait_until_saved().expect("saved");
    let second = fs::metadata(journal_path(folder.path())).expect("a journal").len() as usize;
    session.add(22, 24, "PER");
    let copy = session.killed();
    let journal = fs::read(journal_path(copy.path())).expect("a journal");
    for len in first..=journal.len() {
        for garbage in [&b""[..], b"\0\0\0", b"\n"] {
            fs::write(journal_path(copy.path()), [&journal[..len], garbage].concat()).expect("a torn journal");
            let session = Session::open(copy.path());
            let whole = if garbage == b"\n" { 0 } else { 1 };
            let expected = match len {
                // A line is good once its last byte but the line break is there.
                len if len >= journal.len() - 1 + whole => 3,
                len if len == journal.len() - 1 && garbage.is_empty() | (garbage == b"\n") => 3,
                len if len >= second => 2,
                len if len == second - 1 && garbage.is_empty() | (garbage == b"\n") => 2,
                _ => 1,
            };
            assert_eq!(spans(&session.project).len(), expected, "{len} of {} and {garbage:?}", journal.len());
        }
        for entry in fs::read_dir(local_path(copy.path())).expect("a folder").flatten() {
            if entry.file_name().to_string_lossy().starts_with("journal.cut-") {
                fs::remove_file(entry.path()).expect("removed");
            }
        }
    }
    // What was cut off is kept, said, and the next transaction follows the last good one.
    fs::write(journal_path(copy.path()), &journal[..journal.len() - 5]).expect("a torn journal");
    let mut session = Session::open(copy.path());
    assert!(session.notices.iter().any(|notice| notice.contains("journal.cut-")), "{:?}", session.notices);
    assert_eq!(session.add(22, 24, "EVENT"), 3);
    let copy = session.killed();
    let again = Session::open(copy.path());
    assert_eq!(spans(&again.project), ["1 PER Putin", "2 ORG Kursk", "3 EVENT Xi"]);
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    for (start, end) in [(0, 5), (14, 19), (22, 24)] {
        session.add(start, end, "PER");
    }
    let copy = session.killed();
    let path = journal_path(copy.path());
    let mut journal = fs::read(&path).expect("a journal");
    let place = journal.windows(5).rposition(|window| window == b"\"seq\"").expect("the third");
    let place = journal[..place].windows(5).rposition(|window| window == b"\"seq\"").expect("the second");
    journal[place + 40] ^= 1;
    fs::write(&path, journal).expect("a damaged journal");
    let again = Session::open(copy.path());
    assert_eq!(spans(&again.project), ["1 PER Putin", "3 PER Xi"]);
    let findings = check(copy.path()).expect("a project");
    assert!(
        findings.iter().any(|finding| finding.path == path && finding.line == Some(2) && finding.level == Level::Error),
        "{findings:?}"
    );
}

#[test]
fn a_snapshot_may_stop_after_every_step() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.snapshot();
    let before = tempfile::tempdir().expect("a folder");
    session.add(14, 19, "ORG");
    session.store.wait_until_saved().expect("saved");
    copy_folder(folder.path(), before.path());
    let seq = session.add(22, 24, "PER");
    session.store.wait_until_saved().expect("saved");
    let without = fs::read(journal_path(folder.path())).expect("a journal");
    session.snapshot();
    let expected = session.project.clone();
    let key = FileKey::Set(anna());
    let new = fs::read(key.path(folder.path())).expect("the new file");
    drop(session);

    let intent = || {
        let line = intent_line(&key, Intent { hash: Some(hash(&new)), through: seq }, Stage::Planned);
        line.parts().collect::<Vec<_>>().concat()
    };
    type Step<'a> = (&'a str, &'a dyn Fn(&Path));
    let steps: [Step<'_>; 5] = [
        ("nothing", &|_| {}),
        ("half an intent", &|root| {
            let line = intent();
            append(&journal_path(root), &line[..line.len() / 2]);
        }),
        ("the intent", &|root| {
            append(&journal_path(root), &intent());
        }),
        ("the intent and half the new file", &|root| {
            append(&journal_path(root), &intent());
            fs::write(temporary_path(&key.path(root)), &new[..new.len() / 2]).expect("written");
        }),
        ("the intent and the new file", &|root| {
            append(&journal_path(root), &intent());
            fs::write(key.path(root), &new).expect("written");
        }),
    ];
    for (name, step) in steps {
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(before.path(), copy.path());
        fs::write(journal_path(copy.path()), &without).expect("written");
        step(copy.path());
        let mut session = Session::open(copy.path());
        assert_eq!(session.project, expected, "{name}");
        session.snapshot();
        assert_eq!(fs::read(key.path(copy.path())).expect("the file"), new, "{name}");
        drop(session);
        let again = Session::open(copy.path());
        assert_eq!(again.project, expected, "{name}");
        assert!(!again.store.needs_snapshot(), "{name}");
    }
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().append(true).open(path).expect("a journal");
    file.write_all(bytes).expect("written");
}

#[test]
fn articles_come_and_go() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.draft(|draft| {
        let id = draft.add_article("Zwei", Default::default(), "Neuer Text").expect("an article");
        assert_eq!(id.as_str(), "zwei");
    });
    let removal = session.draft(|draft| draft.remove_article(&"eins".into()).expect("removed"));
    let expected = session.project.clone();
    assert!(!expected.articles.contains_key(&ArticleId::new("eins")));
    for saved in [false, true] {
        if saved {
            session.snapshot();
            assert!(!folder.path().join("articles/eins.txt").exists());
            assert!(!folder.path().join("annotations/anna/eins.ron").exists());
            assert!(folder.path().join("articles/zwei.txt").exists());
        }
        session.store.wait_until_saved().expect("saved");
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(folder.path(), copy.path());
        let mut again = Session::open(copy.path());
        assert_eq!(again.notices, Vec::<String>::new());
        assert_eq!(again.project, expected, "{saved}");
        // Undo brings it back with everything on it, also after the files are gone.
        let removed = again.store.read_transaction(removal).expect("the removal");
        again.run(&removed.undone(removal, Timestamp::UNIX_EPOCH));
        assert_eq!(spans(&again.project), ["1 PER Putin"]);
        let expected = again.project.clone();
        let copy = again.killed();
        let mut again = Session::open(copy.path());
        assert_eq!(again.project, expected);
        again.snapshot();
        drop(again);
        assert_eq!(Session::open(copy.path()).project, expected);
    }
}

#[test]
fn a_second_opener_reads_only() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.store.wait_until_saved().expect("saved");
    let mut other = Session::open(folder.path());
    assert_eq!(other.store.access(), Access::Read);
    let reason = other.store.read_only_reason().expect("a reason").to_owned();
    assert!(reason.contains(&format!("process {}", std::process::id())), "{reason}");
    assert_eq!(spans(&other.project), ["1 PER Putin"], "it sees what the journal has");
    other.add(14, 19, "ORG");
    assert!(matches!(other.store.saved(), SaveState::Failed { pending: 1, .. }));
    assert!(other.store.wait_until_saved().is_err());
    drop(other);
    drop(session);
    assert_eq!(Session::open(folder.path()).store.access(), Access::Write);
}

#[cfg(unix)]
#[test]
fn folders_that_can_not_be_written_are_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let set_mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("permissions");
    set_mode(0o555);
    // The superuser may write everywhere; then there is nothing to see here.
    let is_restricted = fs::create_dir(folder.path().join("probe")).is_err();
    let session = Session::open(folder.path());
    assert_eq!(session.store.access(), if is_restricted { Access::Read } else { Access::Write });
    assert_eq!(session.project.article(&"eins".into()).expect("the article").text(), TEXT);
    set_mode(0o755);
}

#[test]
fn failed_writes_are_tried_again() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    // The journal's place is taken by a folder: no write can succeed, whoever runs this.
    fs::create_dir(journal_path(folder.path())).expect("a folder in the way");
    session.add(0, 5, "PER");
    session.add(14, 19, "ORG");
    let error = session.store.wait_until_saved().expect_err("it can not be saved").to_string();
    assert!(error.contains("journal"), "{error}");
    assert!(matches!(session.store.saved(), SaveState::Failed { pending: 2, .. }), "{:?}", session.store.saved());
    fs::remove_dir(journal_path(folder.path())).expect("out of the way");
    session.store.retry();
    while session.store.wait_until_saved().is_err() {
        std::thread::yield_now();
    }
    assert_eq!(session.store.saved(), SaveState::Saved);
    // The same for the files: the journal has everything meanwhile.
    fs::create_dir_all(folder.path().join("annotations/anna/eins.ron")).expect("a folder in the way");
    session.store.snapshot(&session.project);
    assert!(session.store.wait_until_written().is_err());
    assert!(matches!(session.store.saved(), SaveState::Failed { pending: 0, .. }), "{:?}", session.store.saved());
    session.add(22, 24, "PER");
    session.store.wait_until_saved().expect("the journal works");
    fs::remove_dir(folder.path().join("annotations/anna/eins.ron")).expect("out of the way");
    session.store.retry();
    while session.store.wait_until_written().is_err() {
        std::thread::yield_now();
    }
    session.snapshot();
    let expected = session.project.clone();
    drop(session);
    assert_eq!(Session::open(folder.path()).project, expected);
}

#[test]
fn a_removed_journal_is_written_again() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.store.wait_until_saved().expect("saved");
    fs::remove_dir_all(local_path(folder.path())).expect("somebody cleans up");
    session.add(14, 19, "ORG");
    session.store.wait_until_saved().expect("saved");
    assert!(session.store.read_transaction(1).is_ok());
    let copy = session.killed();
    assert_eq!(spans(&Session::open(copy.path()).project), ["1 PER Putin", "2 ORG Kursk"]);
}

#[test]
fn changes_by_others_are_merged() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.add(14, 19, "ORG");
    session.snapshot();
    assert_eq!(session.store.outside_changes(), []);
    let path = FileKey::Set(anna()).path(folder.path());
    let content = fs::read_to_string(&path).expect("the file");

    // Ours is saved: theirs is taken over.
    fs::write(&path, content.replace("\"PER\"", "\"EVENT\"")).expect("written");
    let changes = session.store.outside_changes();
    assert_eq!(changes.iter().map(|change| change.what.clone()).collect::<Vec<_>>(), [Outside::Set(anna())]);
    assert_eq!(session.store.outside_changes(), [], "said once");
    session.store.reload(&changes[0], &session.project).expect("read").adopt(&mut session.project);
    assert_eq!(spans(&session.project), ["1 EVENT Putin", "2 ORG Kursk"]);

    // Both sides changed something: merged, and where both changed the same, ours stands and theirs is kept.
    session.draft(|draft| draft.set_label(AnnotationId(1), "PER").expect("a label"));
    session.add(22, 24, "PER");
    let theirs = content.replace("\"ORG\"", "\"EVENT\"").replace("label: \"PER\"", "label: \"ORG\"");
    fs::write(&path, theirs).expect("written");
    session.store.snapshot(&session.project);
    session.store.wait_until_written().expect("nothing fails");
    assert!(fs::read_to_string(&path).expect("the file").contains("EVENT"), "theirs is not overwritten");
    let changes = session.store.outside_changes();
    assert_eq!(changes.iter().map(|change| change.what.clone()).collect::<Vec<_>>(), [Outside::Set(anna())]);
    let reloaded = session.store.reload(&changes[0], &session.project).expect("read");
    assert_eq!(reloaded.conflicts.iter().map(|conflict| conflict.id.0).collect::<Vec<_>>(), [1]);
    reloaded.adopt(&mut session.project);
    assert_eq!(spans(&session.project), ["1 PER Putin", "2 EVENT Kursk", "3 PER Xi"]);
    let kept = fs::read_dir(local_path(folder.path()).join("conflicts")).expect("a folder").flatten().next();
    assert!(fs::read_to_string(kept.expect("a file").path()).expect("text").contains("(id: 1, label: \"ORG\""));
    session.snapshot();
    let expected = session.project.clone();
    drop(session);
    let again = Session::open(folder.path());
    assert_eq!(again.project, expected);
    assert_eq!(again.notices, Vec::<String>::new());
}

#[test]
fn changes_by_others_while_nobody_looked_are_merged() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.add(14, 19, "ORG");
    session.snapshot();
    let path = FileKey::Set(anna()).path(folder.path());
    let content = fs::read_to_string(&path).expect("the file");
    session.draft(|draft| draft.set_label(AnnotationId(1), "ORG").expect("a label"));
    session.draft(|draft| draft.set_label(AnnotationId(2), "PER").expect("a label"));
    session.add(22, 24, "PER");
    let copy = session.killed();
    // After the crash somebody pulls a version in which span 2 is an event.
    fs::write(FileKey::Set(anna()).path(copy.path()), content.replace("label: \"ORG\"", "label: \"EVENT\""))
        .expect("written");
    let again = Session::open(copy.path());
    assert_eq!(spans(&again.project), ["1 ORG Putin", "2 EVENT Kursk", "3 PER Xi"]);
    assert!(again.notices.iter().any(|notice| notice.contains("1 changes of yours")), "{:?}", again.notices);
    let kept = fs::read_dir(local_path(copy.path()).join("conflicts")).expect("a folder").flatten().next();
    assert!(fs::read_to_string(kept.expect("a file").path()).expect("text").contains("(id: 2, label: \"PER\""));
}

#[test]
fn other_files_changed_by_others_are_noticed() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(14, 19, "ORG");
    session.snapshot();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    };
    let schema = fs::read_to_string(folder.path().join("project.ron")).expect("the schema");
    write("project.ron", &schema.replace("Eine ", "Eine natürliche "));
    write("entities.ron", "(version: 1, entities: [(id: \"xi\", name: \"Xi\")])");
    write("articles/eins.txt", &TEXT.replace("besucht", "besuchte"));
    write("articles/eins.ron", "(title: \"Anders\")");
    write("articles/zwei.txt", "Neu");
    let set = fs::read_to_string(FileKey::Set(anna()).path(folder.path())).expect("the set");
    write("annotations/ben/eins.ron", &set);
    let changes = session.store.outside_changes();
    let mut found: Vec<Outside> = changes.iter().map(|change| change.what.clone()).collect();
    found.sort();
    let eins = || ArticleId::new("eins");
    let ben = SetKey { annotator: "ben".into(), ..anna() };
    assert_eq!(
        found,
        [
            Outside::Project,
            Outside::Entities,
            Outside::Text(eins()),
            Outside::Metadata(eins()),
            Outside::Set(ben.clone()),
            Outside::NewArticle("zwei".into())
        ]
    );
    for change in &changes {
        let reloaded = session.store.reload(change, &session.project).expect("read");
        assert!(reloaded.conflicts.is_empty());
        reloaded.adopt(&mut session.project);
    }
    assert_eq!(session.store.outside_changes(), []);
    assert!(session.project.schema.labels[0].description.starts_with("Eine natürliche"));
    assert!(session.project.entities.get(&"xi".into()).is_some());
    let article = session.project.article(&eins()).expect("the article");
    assert_eq!((article.title(), article.text()), ("Anders", TEXT.replace("besucht", "besuchte").as_str()));
    assert_eq!(spans(&session.project), ["1 ORG Kursk"], "annotations moved along");
    let span = session.project.set(&ben).and_then(|set| set.span(AnnotationId(1))).expect("Ben's span");
    assert_eq!(span.fragments.surface(session.project.article(&eins()).expect("the article").text()), "Kursk");
    session.snapshot();
    fs::remove_file(folder.path().join("articles/zwei.txt")).expect("removed");
    let changes = session.store.outside_changes();
    assert_eq!(
        changes.iter().map(|change| change.what.clone()).collect::<Vec<_>>(),
        [Outside::RemovedArticle("zwei".into())]
    );
    session.store.reload(&changes[0], &session.project).expect("read").adopt(&mut session.project);
    assert!(session.project.article(&"zwei".into()).is_none());
    let expected = session.project.clone();
    drop(session);
    assert_eq!(Session::open(folder.path()).project, expected);
}

#[test]
fn check_finds_what_is_wrong() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    session.add(0, 5, "PER");
    session.snapshot();
    drop(session);
    assert_eq!(check(folder.path()).expect("a project"), []);
    let path = FileKey::Set(anna()).path(folder.path());
    let content = fs::read_to_string(&path).expect("the file");
    let expect = |content: &str, line: usize, message: &str| {
        fs::write(&path, content).expect("written");
        let findings = check(folder.path()).expect("a project");
        assert!(
            findings.iter().any(|finding| finding.line == Some(line) && finding.message.contains(message)),
            "{findings:?} lacks {line} {message}"
        );
        assert_eq!(fs::read_to_string(&path).expect("the file"), content, "nothing is changed");
    };
    let line = content.lines().position(|line| line.starts_with("(id: 1")).expect("the span") + 1;
    expect(&content.replace("\"PER\"", "\"NIX\""), line, "has no label \"NIX\"");
    expect(&content.replace("\"Putin\"", "\"Merz\""), line, "does not have \"Merz\"");
    expect(&content.replace("(0, 5)", "(3, 8)"), line, "found at a new place");
    expect(
        &content.replace("relations: [\n", "relations: [\n(id: 7, label: \"attack\", arguments: [(\"target\", 9)]),\n"),
        line + 3,
        "points to 9",
    );
    expect(&content.replace("spans: [", "spanns: ["), line - 1, "no field \"spanns\"");
    assert!(check(&folder.path().join("nowhere")).is_err());
}

/// Something that happens to an open project.
#[derive(Clone, Debug)]
enum Event {
    Add(prop::sample::Index, prop::sample::Index),
    Remove(prop::sample::Index),
    Relate(prop::sample::Index, prop::sample::Index),
    Edit(prop::sample::Index, prop::sample::Index, &'static str),
    Undo,
    Title(u8),
    Import(u8),
    Snapshot,
    /// A snapshot is under way, and nobody waits for it.
    SnapshotAndGoOn,
    Kill,
    Close,
}

fn event() -> impl Strategy<Value = Event> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), index()).prop_map(|(one, other)| Event::Add(one, other)),
        1 => index().prop_map(Event::Remove),
        2 => (index(), index()).prop_map(|(one, other)| Event::Relate(one, other)),
        3 => (index(), index(), prop::sample::select(vec!["", "ä", "\u{1F60A}", " neu ", "\r\n"]))
            .prop_map(|(one, other, text)| Event::Edit(one, other, text)),
        2 => Just(Event::Undo),
        1 => any::<u8>().prop_map(Event::Title),
        1 => any::<u8>().prop_map(Event::Import),
        2 => Just(Event::Snapshot),
        1 => Just(Event::SnapshotAndGoOn),
        2 => Just(Event::Kill),
        1 => Just(Event::Close),
    ]
}

impl Session {
    /// Carries out an event on the article `eins`; those that do not fit the state are left out.
    fn happen(&mut self, event: &Event, done: &mut Vec<u64>) {
        let text = self.project.article(&"eins".into()).expect("the article").text().to_owned();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let ids: Vec<AnnotationId> =
            self.project.set(&anna()).into_iter().flat_map(|set| set.spans().map(|span| span.id)).collect();
        let place = |index: &prop::sample::Index| places[index.index(places.len())];
        match event {
            Event::Add(one, other) => {
                let (one, other) = (place(one), place(other));
                done.push(self.add(one.min(other), one.max(other), "PER"));
            }
            Event::Remove(which) if !ids.is_empty() => {
                let id = ids[which.index(ids.len())];
                done.push(self.draft(|draft| drop(draft.remove(id).expect("removed"))));
            }
            Event::Relate(one, other) if !ids.is_empty() => {
                let (one, other) = (ids[one.index(ids.len())], ids[other.index(ids.len())]);
                done.push(self.draft(|draft| {
                    let mut relation = crate::model::Relation {
                        id: AnnotationId(0),
                        label: "attack".into(),
                        trigger: None,
                        arguments: Vec::new(),
                        attributes: Default::default(),
                        note: String::new(),
                        provenance: Provenance::person("anna", Timestamp::UNIX_EPOCH),
                        status: Default::default(),
                        corrected_from: None,
                    };
                    for target in [one, other] {
                        relation.arguments.push(crate::model::Argument { role: "target".into(), target });
                    }
                    draft.insert_relation(relation).expect("a relation");
                }));
            }
            Event::Edit(one, other, inserted) => {
                let (start, end) = (place(one).min(place(other)), place(one).max(place(other)));
                let edit = edit(start, &text[start..end], inserted);
                done.push(self.draft(|draft| drop(draft.edit_text(&[edit]).expect("an edit"))));
            }
            Event::Undo => {
                if let Some(seq) = done.pop() {
                    let transaction = self.store.read_transaction(seq).expect("the transaction");
                    self.run(&transaction.undone(seq, Timestamp::UNIX_EPOCH));
                }
            }
            Event::Title(number) => {
                let metadata = crate::model::ArticleMetadata { title: number.to_string(), ..Default::default() };
                done.push(self.draft(|draft| draft.set_metadata(&"eins".into(), metadata).expect("metadata")));
            }
            Event::Import(number) => {
                let text = format!("Text {number}");
                self.draft(|draft| drop(draft.add_article("neu", Default::default(), &text).expect("an article")));
            }
            Event::Snapshot => self.snapshot(),
            Event::SnapshotAndGoOn => self.store.snapshot(&self.project),
            Event::Kill | Event::Close | Event::Remove(_) | Event::Relate(..) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_nothing_is_lost(events in proptest::collection::vec(event(), 1..25)) {
        let mut folder = folder();
        let mut session = Session::open(folder.path());
        let mut done = Vec::new();
        for event in events.iter().chain([&Event::Kill]) {
            session.happen(event, &mut done);
            let expected = session.project.clone();
            match event {
                Event::Kill => folder = session.killed(),
                Event::Close => drop(session),
                _ => continue,
            }
            session = Session::open(folder.path());
            prop_assert_eq!(&session.notices, &Vec::<String>::new());
            prop_assert_eq!(&session.project, &expected);
        }
    }
}

#[test]
fn imported_texts_are_kept_when_corrected() {
    for saved in 0..8u32 {
        let folder = folder();
        let mut session = Session::open(folder.path());
        let at = |step: u32, session: &mut Session| {
            let expected = if step < 1 { None } else { Some("Ein Tipfehler.") };
            assert_eq!(session.store.original_text(&"neu".into()).as_deref(), expected, "{saved:03b} {step}");
            if saved & (1 << step) != 0 {
                session.snapshot();
                assert_eq!(session.store.original_text(&"neu".into()).as_deref(), expected, "{saved:03b} {step}");
            }
        };
        session.draft(|draft| {
            draft.add_article("Neu", Default::default(), "Ein Tipfehler.").expect("an article");
        });
        at(0, &mut session);
        let correct = |session: &mut Session, removed: &str, inserted: &str| {
            session.draft(|draft| {
                draft.switch_to(SetKey { article: "neu".into(), ..anna() });
                draft.edit_text(&[edit(4, removed, inserted)]).expect("an edit");
            })
        };
        correct(&mut session, "Tip", "Tipp");
        at(1, &mut session);
        correct(&mut session, "Tipp", "Schreib");
        at(2, &mut session);
        let copy = session.killed();
        let mut again = Session::open(copy.path());
        again.snapshot();
        assert_eq!(again.project.article(&"neu".into()).expect("the article").text(), "Ein Schreibfehler.");
        assert_eq!(again.store.original_text(&"neu".into()).as_deref(), Some("Ein Tipfehler."), "{saved:03b}");
    }
}

/// Prints how long a big project takes to open.
#[test]
fn ten_thousand_articles_open_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    Store::create(folder.path(), &small_project(TEXT)).expect("a project");
    let metadata = fs::read_to_string(folder.path().join("articles/eins.ron")).expect("metadata");
    let count = 10_000;
    for index in 0..count - 1 {
        fs::write(folder.path().join(format!("articles/a{index}.txt")), TEXT).expect("written");
        fs::write(folder.path().join(format!("articles/a{index}.ron")), &metadata).expect("written");
    }
    let start = std::time::Instant::now();
    let opened = Store::open(folder.path(), Access::Write).expect("a project");
    println!("{count} articles open in {:?}", start.elapsed());
    assert_eq!(opened.project.articles.len(), count);
}

/// Prints how long a big import takes until it is safe, and until all its files are there.
#[test]
fn a_thousand_articles_are_imported_at_once() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    let start = std::time::Instant::now();
    session.draft(|draft| {
        for index in 0..1000 {
            draft.add_article(&format!("a{index}"), Default::default(), TEXT).expect("an article");
        }
    });
    session.store.wait_until_saved().expect("saved");
    let saved = start.elapsed();
    session.snapshot();
    println!("1000 articles: safe after {saved:?}, in their files after {:?}", start.elapsed());
    let expected = session.project.clone();
    drop(session);
    assert_eq!(Session::open(folder.path()).project, expected);
}

/// What was committed before an article is read is in what was read, whatever the writing thread does meanwhile.
#[test]
fn an_article_that_is_read_while_it_is_written_is_complete() {
    let folder = folder();
    let mut session = Session::open(folder.path());
    let loader = session.store.loader();
    let id = anna().article;
    let committed = AtomicUsize::new(session.project.set(&anna()).map_or(0, |set| set.spans().count()));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !over.load(Ordering::SeqCst) {
                let least = committed.load(Ordering::SeqCst);
                let loaded = loader.load_article(&id).expect("the article");
                let found = loaded.sets.get(&anna().annotator).map_or(0, |set| set.spans().count());
                assert!(found >= least, "{found} spans of at least {least}, read {reads}");
                reads += 1;
            }
            reads
        });
        for _ in 0..150 {
            session.add(0, 5, "PER");
            committed.fetch_add(1, Ordering::SeqCst);
            session.store.snapshot(&session.project);
            if reader.is_finished() {
                break;
            }
            session.store.wait_until_written().expect("written");
        }
        over.store(true, Ordering::SeqCst);
        assert!(reader.join().expect("no read missed anything") > 0);
    });
    assert!(session.store.outside_changes().is_empty(), "our own files are no changes by others");
}
