//! An open project folder.

use super::{
    HistoryEntry, ImportedFiles, Level, Notice, OutsideChange, Reloaded, StoreError,
    files::{FileKey, journal_path, local_path, original_path},
    imported::GIT_ATTRIBUTES,
    journal::{Entry, Intent, LineBytes, Place, Stage, intent_line, read_place, scan, set_ids},
    journal_file::JournalFile,
    load::load_article,
    open::{read_project_folder, report_conflicts},
    operation_record::{Header, write_operations},
    outside::Watch,
    ron_file::{read_bytes, replace},
    shared::{PendingLine, Shared, State},
    snapshot::{Content, What},
    writer::run,
};
use crate::{
    edit::{Operation, Touched, Transaction},
    model::{AnnotationSet, AnnotatorName, ArticleId, ArticleText, Project, SetKey},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{ErrorKind, Write},
    path::Path,
    sync::Arc,
    thread::JoinHandle,
};

/// Whether a project is opened to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// A project that was opened.
pub struct Opened {
    pub store: Store,
    /// Schema, settings, entities and all articles with their metadata, without texts and annotations.
    pub project: Project,
    /// Every transaction of the journal, first one first.
    pub history: Vec<HistoryEntry>,
    pub notices: Vec<Notice>,
}

/// What the files and the journal say about one article.
#[derive(Clone, Debug)]
pub struct LoadedArticle {
    pub text: Arc<ArticleText>,
    /// One for each annotator who has said something.
    pub sets: BTreeMap<AnnotatorName, AnnotationSet>,
    /// Number of the last transaction of the journal at that moment: what came later is not in it.
    pub through: u64,
    /// What was moved, set aside or merged.
    pub notices: Vec<Notice>,
}

/// The operations of a transaction as they stand in the journal. To write them takes most of the time of a commit.
pub struct Written {
    // Invariant: one behind the other they are a JSON array of operation records.
    operations: Vec<Vec<u8>>,
}

impl Written {
    pub fn new(transaction: &Transaction) -> Self {
        // Records are plain data and always JSON.
        Self { operations: write_operations(&transaction.operations).unwrap_or_else(|_| vec![b"[]".to_vec()]) }
    }
}

/// Whether everything that was committed is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveState {
    Saved,
    /// So many transactions are on their way.
    Saving {
        pending: usize,
    },
    /// Writing failed and is tried again every second. Nothing is dropped. With none pending, every change is safe in the
    /// journal, and a file lags behind it.
    Failed {
        message: String,
        pending: usize,
    },
}

/// An open project folder: the only one who writes there.
pub struct Store {
    shared: Arc<Shared>,
    access: Access,
    read_only_reason: Option<String>,
    pub(super) watch: Watch,
    thread: Option<JoinHandle<()>>,
    /// Held as long as the project is open.
    lock: Option<fs::File>,
}

/// Loads articles of an open project from any thread.
#[derive(Clone)]
pub struct Loader {
    shared: Arc<Shared>,
    access: Access,
}

impl Loader {
    /// Same as [`Store::load_article`].
    ///
    /// # Errors
    /// If there is no such article or one of its files can not be understood.
    pub fn load_article(&self, id: &ArticleId) -> Result<LoadedArticle, StoreError> {
        load_article(&self.shared, self.access, id)
    }

    /// Same as [`Store::read_transaction`].
    ///
    /// # Errors
    /// If there is no such transaction or the journal can not be read.
    pub fn read_transaction(&self, seq: u64) -> Result<Transaction, StoreError> {
        read_transaction(&self.shared, seq)
    }

    pub(super) fn root(&self) -> &Path {
        &self.shared.root
    }
}

fn read_transaction(shared: &Shared, seq: u64) -> Result<Transaction, StoreError> {
    let entry = shared.lock().journal.entry(seq).cloned();
    let Entry { history, place } = entry.ok_or(StoreError::NoTransaction { sequence: seq })?;
    let operations = read_place(&shared.root, seq, &place)?;
    let HistoryEntry { title, author, time, kind, .. } = history;
    Ok(Transaction { title, author, time, kind, operations })
}

impl Store {
    /// Writes a new project into `root`, which may exist but holds no project yet. Texts and annotations that are loaded
    /// are written too.
    ///
    /// # Errors
    /// If there is a project already, an id can not be a file name, or the folder can not be written.
    pub fn create(root: &Path, project: &Project) -> Result<(), StoreError> {
        let main = FileKey::Project.path(root);
        if main.exists() {
            return Err(StoreError::ProjectExists { path: root.to_owned() });
        }
        let names = project.articles.values().flat_map(|article| {
            let annotators = article.sets.keys().map(|name| (name.as_str(), name.is_portable()));
            annotators.chain([(article.id.as_str(), article.id.is_portable())])
        });
        if let Some((name, _)) = names.into_iter().find(|(_, is_portable)| !is_portable) {
            return Err(StoreError::BadName { name: name.to_owned() });
        }
        for folder in [root.to_owned(), root.join("articles"), root.join("annotations")] {
            fs::create_dir_all(&folder).map_err(StoreError::io(&folder, "make the folder"))?;
        }
        // Line ends are part of the text: git must not touch them.
        let attributes = format!("articles/*.txt -text\n{GIT_ATTRIBUTES}\n");
        for (name, content) in [(".gitignore", "/.glosse/\n"), (".gitattributes", &*attributes)] {
            let path = root.join(name);
            if !path.exists() {
                replace(&path, content.as_bytes())?;
            }
        }
        for article in project.articles.values() {
            let Some(text) = &article.text else { continue };
            for (key, what) in article_contents(article.id.clone(), article, text) {
                replace(&key.path(root), &what.bytes().unwrap_or_default())?;
            }
        }
        let entities = What::Entities(Arc::new(project.entities.clone()));
        replace(&FileKey::Entities.path(root), &entities.bytes().unwrap_or_default())?;
        // Last, because it makes the folder a project.
        let content = What::Project(project.settings.clone(), project.schema.clone());
        replace(&main, &content.bytes().unwrap_or_default())
    }

    /// Opens a project. Where it can not be written or another process has it open, it is opened for reading: see
    /// [`Store::read_only_reason`].
    ///
    /// # Errors
    /// If there is no project or its main files can not be understood.
    pub fn open(root: &Path, access: Access) -> Result<Opened, StoreError> {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let main = FileKey::Project.path(&root);
        if !main.exists() {
            return Err(StoreError::NoProject { path: root });
        }
        let mut notices = Vec::new();
        let (access, read_only_reason, lock) = match access {
            Access::Read => (Access::Read, None, None),
            Access::Write => match take_lock(&root) {
                Ok(lock) => (Access::Write, None, Some(lock)),
                Err(reason) => (Access::Read, Some(reason), None),
            },
        };
        if let Some(reason) = &read_only_reason {
            notices.push(Notice::new(Level::Warning, &root, None, format!("opened for reading only: {reason}")));
        }
        let scanned = scan(&root)?;
        let mut journal_len = scanned.good_len;
        if access == Access::Write {
            if !scanned.torn.is_empty() {
                notices.push(cut_off(&root, &scanned.torn, scanned.good_len)?);
            }
            if scanned.unfinished {
                let path = journal_path(&root);
                let file = fs::OpenOptions::new().append(true).open(&path);
                let finished = file.and_then(|mut file| file.write_all(b"\n").and_then(|()| file.sync_all()));
                finished.map_err(StoreError::io(&path, "write the journal"))?;
                journal_len += 1;
            }
        }
        if access == Access::Read && read_only_reason.is_none() && !scanned.torn.is_empty() {
            let message = "the journal ends within a line: the program ended while it was writing; opening the project cuts that off";
            notices.push(Notice::new(Level::Warning, &journal_path(&root), None, message));
        }
        notices.extend(scanned.notices);
        let mut state = State::new(scanned.journal);
        let mut read = read_project_folder(&root, &mut state)?;
        read.project.given_ids =
            state.journal.free_ids().map(|(set, next)| (set.clone(), crate::model::AnnotationId(next))).collect();
        notices.append(&mut read.notices);
        if access == Access::Write {
            report_conflicts(&root, &read.conflicts, &mut notices)?;
        } else {
            state.dirty.clear();
        }
        let history = state.journal.history();
        let shared = Arc::new(Shared::new(&root, state));
        let thread = match access {
            Access::Read => None,
            Access::Write => {
                let (shared, journal) = (shared.clone(), JournalFile::new(&root, journal_len));
                let spawned = std::thread::Builder::new()
                    .name("glosse-writer".to_owned())
                    .spawn(move || run(&shared, journal))
                    .map_err(StoreError::io(&root, "start the writing thread"))?;
                Some(spawned)
            }
        };
        let watch = Watch::new(&root, read.project.articles.keys().cloned().collect());
        let store = Self { shared, access, read_only_reason, watch, thread, lock };
        Ok(Opened { store, project: read.project, history, notices })
    }

    /// The project folder.
    pub fn root(&self) -> &Path {
        &self.shared.root
    }

    /// What the project was really opened for.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Why a project that was to be changed can only be read.
    pub fn read_only_reason(&self) -> Option<&str> {
        self.read_only_reason.as_deref()
    }

    /// The text and all annotations of an article, as of the last commit.
    ///
    /// # Errors
    /// If there is no such article or one of its files can not be understood.
    pub fn load_article(&self, id: &ArticleId) -> Result<LoadedArticle, StoreError> {
        load_article(&self.shared, self.access, id)
    }

    /// A handle that loads articles on another thread.
    pub fn loader(&self) -> Loader {
        Loader { shared: self.shared.clone(), access: self.access }
    }

    /// Puts a transaction, which was just applied, into the journal and returns its number. Returns at once; see
    /// [`Store::saved`]. In a project that is open for reading the transaction stays in memory, and `saved` says so.
    pub fn commit(&mut self, transaction: &Transaction) -> u64 {
        self.commit_written(transaction, Written::new(transaction))
    }

    /// As [`Store::commit`], with what was written of this very transaction before, maybe on another thread.
    pub fn commit_written(&mut self, transaction: &Transaction, written: Written) -> u64 {
        let Written { operations } = written;
        let mut state = self.shared.lock();
        let last = state.journal.last_seq();
        let seq = last + 1;
        let touched = transaction.touched();
        let header = Header::new(seq, transaction, &touched);
        let bytes = Arc::new(LineBytes::new(&header, operations));
        let history = HistoryEntry {
            seq,
            title: transaction.title.clone(),
            author: transaction.author.clone(),
            time: transaction.time,
            kind: transaction.kind,
            touched: touched.clone(),
        };
        for key in mark_dirty(&mut state, transaction, touched) {
            // So that recovery can tell how far the file goes that these operations start from.
            let Some(known) = state.known.get(&key).map(|known| known.hash) else { continue };
            let is_said = state.journal.last_intent(&key).map(|intent| intent.hash) == Some(known);
            // A snapshot on its way says it itself.
            if !is_said && !state.is_pending(&key) {
                let intent = Intent { hash: known, through: last };
                let bytes = Arc::new(intent_line(&key, intent, Stage::Done));
                state.lines.push_back(PendingLine { bytes, transaction: None });
                state.journal.add_intent(key, intent, Stage::Done);
            }
        }
        let entry = Entry { history, place: Place::Memory(bytes.clone()) };
        state.journal.add(entry, &set_ids(&header));
        state.lines.push_back(PendingLine { bytes, transaction: Some(seq) });
        if self.access == Access::Read {
            let reason = self.read_only_reason.as_deref().unwrap_or("it was opened for reading only");
            state.line_failure = Some(format!("the project can not be changed: {reason}"));
        }
        drop(state);
        self.shared.wake();
        seq
    }

    /// Whether everything that was committed is on disk.
    pub fn saved(&self) -> SaveState {
        let state = self.shared.lock();
        let pending = pending(&state);
        match (&state.line_failure, &state.file_failure) {
            (Some(message), _) if pending > 0 => SaveState::Failed { message: message.clone(), pending },
            _ if pending > 0 => SaveState::Saving { pending },
            (_, Some(message)) => SaveState::Failed { message: message.clone(), pending },
            _ => SaveState::Saved,
        }
    }

    /// Waits until everything that was committed is in the journal on disk.
    ///
    /// # Errors
    /// If writing fails. It is tried again all the same.
    pub fn wait_until_saved(&self) -> Result<(), StoreError> {
        self.wait(|state| {
            let pending = pending(state);
            if pending == 0 { Some(Ok(())) } else { state.line_failure.clone().map(|message| Err((message, pending))) }
        })
    }

    /// Waits until all snapshots are in their files.
    ///
    /// # Errors
    /// If writing fails. It is tried again all the same.
    pub fn wait_until_written(&self) -> Result<(), StoreError> {
        self.wait(|state| {
            if state.lines.is_empty() && !state.has_files() {
                return Some(Ok(()));
            }
            let failure = state.line_failure.clone().or_else(|| state.file_failure.clone());
            failure.map(|message| Err((message, pending(state))))
        })
    }

    fn wait(
        &self,
        mut finished: impl FnMut(&mut State) -> Option<Result<(), (String, usize)>>,
    ) -> Result<(), StoreError> {
        let result = self.shared.wait(|state| {
            finished(state).or_else(|| {
                let is_gone = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
                is_gone.then(|| Err(("the writing thread has ended".to_owned(), pending(state))))
            })
        });
        result.map_err(|(message, pending)| StoreError::NotSaved { message, pending })
    }

    /// Tries again at once what could not be written.
    pub fn retry(&self) {
        self.shared.retry();
    }

    /// Articles of whose files the journal knows more than was seen in place: after a crash, until they are loaded and
    /// written.
    ///
    /// In an order in which they can be loaded quickly.
    pub fn articles_behind(&self) -> Vec<ArticleId> {
        self.shared.lock().journal.articles_behind()
    }

    /// True if [`Store::snapshot`] has something to do.
    pub fn needs_snapshot(&self) -> bool {
        let state = self.shared.lock();
        self.access == Access::Write && !(state.dirty.is_empty() && state.moved.is_empty())
    }

    /// Has the files of everything that was changed since the last call replaced in the background. `project` is as of the
    /// last commit; changed articles that are not loaded in it stay in the journal.
    pub fn snapshot(&mut self, project: &Project) {
        let (moved, dirty) = {
            let mut state = self.shared.lock();
            (std::mem::take(&mut state.moved), std::mem::take(&mut state.dirty))
        };
        self.replace(project, &moved, dirty);
    }

    /// The same for the files of these articles alone.
    pub fn snapshot_articles(&mut self, project: &Project, articles: &[ArticleId]) {
        let (mut moved, mut dirty) = (BTreeSet::new(), BTreeSet::new());
        {
            let mut state = self.shared.lock();
            for id in articles {
                moved.extend(state.moved.take(id));
                let keys = dirty_keys(&state, id);
                dirty.extend(keys.iter().filter_map(|key| state.dirty.take(key)));
            }
        }
        self.replace(project, &moved, dirty);
    }

    fn replace(&mut self, project: &Project, moved: &BTreeSet<ArticleId>, mut dirty: BTreeSet<FileKey>) {
        for article in moved.iter().filter_map(|id| project.articles.get(id)) {
            let key = |annotator: &AnnotatorName| SetKey { article: article.id.clone(), annotator: annotator.clone() };
            dirty.extend(article.sets.keys().map(|annotator| FileKey::Set(key(annotator))));
        }
        let mut contents = Vec::new();
        {
            let mut state = self.shared.lock();
            let through = state.journal.last_seq();
            for key in dirty {
                match content_of(&state, project, &key).filter(|_| self.access == Access::Write) {
                    Some(what) => contents.push((key, Content { what, through })),
                    None => {
                        state.dirty.insert(key);
                    }
                }
            }
        }
        if !contents.is_empty() {
            self.shared.enqueue(contents);
        }
    }

    /// True if a file of the article does not hold yet what was done.
    pub fn is_behind(&self, id: &ArticleId) -> bool {
        !dirty_keys(&self.shared.lock(), id).is_empty()
    }

    /// Forgets what is kept in memory of an article that is not needed there any more. It can be loaded again.
    pub fn release(&mut self, id: &ArticleId) {
        let mut state = self.shared.lock();
        if !state.corrected.contains(id) {
            state.imported.remove(id);
        }
    }

    /// The largest number of which all transactions up to it are in the journal on disk.
    pub fn saved_through(&self) -> u64 {
        let state = self.shared.lock();
        let first = state.lines.iter().find_map(|line| line.transaction);
        first.map_or(u64::MAX, |first| first.saturating_sub(1))
    }

    /// True if nothing is on its way to the disk.
    pub fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        state.lines.is_empty() && !state.has_files()
    }

    /// What happened in the background since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.shared.lock().notices)
    }

    /// A transaction with its operations, to undo it or show it.
    ///
    /// # Errors
    /// If the journal has no such transaction or can not be read.
    pub fn read_transaction(&self, seq: u64) -> Result<Transaction, StoreError> {
        read_transaction(&self.shared, seq)
    }

    /// Everybody who has a folder of annotations in the project, in order.
    pub fn annotators(&self) -> Vec<AnnotatorName> {
        let folders = std::fs::read_dir(self.root().join("annotations"));
        let names = folders.into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
        let mut annotators: Vec<AnnotatorName> = names
            .map(|entry| AnnotatorName::new(&entry.file_name().to_string_lossy()))
            .filter(AnnotatorName::is_portable)
            .collect();
        annotators.sort_unstable();
        annotators
    }

    /// The text of an article as it was imported; `None` if it was never corrected.
    pub fn original_text(&self, id: &ArticleId) -> Option<String> {
        let read = |path: &Path| read_bytes(path).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = read(&original_path(&self.shared.root, id)) {
            return Some(text);
        }
        let (is_corrected, imported) = {
            let state = self.shared.lock();
            (state.corrected.contains(id), state.imported.get(id).cloned())
        };
        match (is_corrected, imported) {
            (true, Some(text)) => Some(text.as_str().to_owned()),
            // The first correction is not in the file yet. If it is by now, the original is there too.
            (true, None) => {
                let text = read(&FileKey::Text(id.clone()).path(&self.shared.root));
                read(&original_path(&self.shared.root, id)).or(text)
            }
            (false, _) => None,
        }
    }

    /// The files that were imported and are kept as they were.
    pub fn imported_files(&self) -> ImportedFiles {
        ImportedFiles::new(self.root())
    }

    /// What others changed in the folder since the last call: call it about once a second. Cheap: looks at times and
    /// sizes first, of a few hundred files a call.
    pub fn outside_changes(&mut self) -> Vec<OutsideChange> {
        self.watch.poll(&self.shared)
    }

    /// Leaves a change to a later look: it is news again then.
    pub fn postpone(&mut self, change: &OutsideChange) {
        self.watch.postpone(&change.what);
    }

    /// Reads what others changed and merges it with the state in `project`. The result is taken over with
    /// [`Reloaded::adopt`]; a snapshot should follow.
    ///
    /// # Errors
    /// If the changed file can not be understood. The state in memory stays as it is.
    pub fn reload(&mut self, change: &OutsideChange, project: &Project) -> Result<Reloaded, StoreError> {
        super::reload::reload(&self.shared, &mut self.watch, change, project)
    }
}

impl Drop for Store {
    /// Waits for what is on its way, unless it can not be written.
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake();
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by its hook; there is nobody to hand it to.
            let _ = thread.join();
        }
        // Closing the file would not be enough: a child that another thread is just starting has it open for a moment too.
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

fn pending(state: &State) -> usize {
    state.lines.iter().filter(|line| line.transaction.is_some()).count()
}

/// The files of an article that are behind the journal.
fn dirty_keys(state: &State, id: &ArticleId) -> Vec<FileKey> {
    let of_all = [FileKey::Text(id.clone()), FileKey::Metadata(id.clone())];
    let of_all = of_all.into_iter().filter(|key| state.dirty.contains(key));
    of_all.chain(sets_in_order(state.dirty.range(first_set(id)..), id).cloned()).collect()
}

/// Before every annotation file of an article in the order of keys.
fn first_set(id: &ArticleId) -> FileKey {
    FileKey::Set(SetKey { article: id.clone(), annotator: AnnotatorName::new("") })
}

/// The annotation files of an article, which stand together, out of keys that begin with them.
fn sets_in_order<'a>(keys: impl Iterator<Item = &'a FileKey>, id: &'a ArticleId) -> impl Iterator<Item = &'a FileKey> {
    keys.take_while(move |key| key.article() == Some(id))
}

/// Notes which files fall behind with a transaction, and returns those that did not lag behind before.
fn mark_dirty(state: &mut State, transaction: &Transaction, touched: Touched) -> Vec<FileKey> {
    let mut keys: BTreeSet<FileKey> = touched.sets.into_iter().map(FileKey::Set).collect();
    keys.extend(touched.texts.iter().chain(&touched.articles).cloned().map(FileKey::Text));
    keys.extend(touched.metadata.iter().chain(&touched.articles).cloned().map(FileKey::Metadata));
    keys.extend(touched.entities.then_some(FileKey::Entities));
    keys.extend(touched.project.then_some(FileKey::Project));
    for article in touched.texts.iter().chain(&touched.articles) {
        let known = state.known.range(first_set(article)..).map(|(key, _)| key);
        keys.extend(sets_in_order(known, article).cloned());
    }
    state.moved.extend(touched.texts.iter().cloned());
    for operation in &transaction.operations {
        if let Operation::Article { id, after, .. } = operation {
            state.corrected.remove(id);
            match after {
                Some(content) => state.imported.insert(id.clone(), content.text.clone()),
                None => state.imported.remove(id),
            };
        }
    }
    state.corrected.extend(touched.texts);
    keys.into_iter().filter(|key| state.dirty.insert(key.clone())).collect()
}

/// What the file has to hold now; `None` if that can not be told, since the article is not loaded.
fn content_of(state: &State, project: &Project, key: &FileKey) -> Option<What> {
    let article = key.article().map(|id| project.articles.get(id));
    Some(match (key, article) {
        (FileKey::Project, _) => What::Project(project.settings.clone(), project.schema.clone()),
        (FileKey::Entities, _) => What::Entities(Arc::new(project.entities.clone())),
        (_, None | Some(None)) => What::Removed,
        (FileKey::Metadata(_), Some(Some(article))) => What::Metadata(article.metadata.clone()),
        (FileKey::Text(id), Some(Some(article))) => {
            let text = article.text.clone()?;
            // Both are forgotten when the file is written, not before: the queue may still change.
            What::Text { text, corrected: state.corrected.contains(id), imported: state.imported.get(id).cloned() }
        }
        (FileKey::Set(set), Some(Some(article))) => {
            let text = article.text.clone()?;
            let annotations = article.sets.get(&set.annotator).cloned().unwrap_or_default();
            What::Set(Arc::new(annotations), set.clone(), text)
        }
    })
}

/// The files of a loaded article.
fn article_contents(id: ArticleId, article: &crate::model::Article, text: &Arc<ArticleText>) -> Vec<(FileKey, What)> {
    let mut contents = vec![
        (FileKey::Text(id.clone()), What::Text { text: text.clone(), corrected: false, imported: None }),
        (FileKey::Metadata(id.clone()), What::Metadata(article.metadata.clone())),
    ];
    for (annotator, set) in &article.sets {
        let key = SetKey { article: id.clone(), annotator: annotator.clone() };
        contents.push((FileKey::Set(key.clone()), What::Set(Arc::new(set.clone()), key, text.clone())));
    }
    contents
}

/// Locks the project against other processes; if that is not possible, says why.
fn take_lock(root: &Path) -> Result<fs::File, String> {
    let folder = local_path(root);
    let refused = |error: std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "the folder can not be written".to_owned(),
        _ => format!("the folder can not be written: {error}"),
    };
    fs::create_dir_all(&folder).map_err(refused)?;
    let path = folder.join("lock");
    let mut lock =
        fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(refused)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let owner = fs::read_to_string(&path).unwrap_or_default();
            return Err(format!("another Glosse has it open ({})", owner.trim()));
        }
        // Without locks two programs could shorten each other's journal: nothing that is saved may be risked.
        Err(fs::TryLockError::Error(error)) => {
            return Err(format!("this file system can not tell whether another Glosse has it open: {error}"));
        }
    }
    let host = read_bytes(Path::new("/etc/hostname")).ok().flatten();
    let host = host.map(|name| String::from_utf8_lossy(&name).trim().to_owned());
    let host = host.or_else(|| std::env::var("COMPUTERNAME").ok()).unwrap_or_else(|| "this computer".to_owned());
    // For people only; the lock itself is what counts.
    let _ = lock.set_len(0).and_then(|()| writeln!(lock, "process {} on {host}", std::process::id()));
    Ok(lock)
}

/// Cuts the torn end off the journal and keeps it beside.
fn cut_off(root: &Path, torn: &[u8], good_len: u64) -> Result<Notice, StoreError> {
    let path = journal_path(root);
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ");
    let kept = local_path(root).join(format!("journal.cut-{time}"));
    replace(&kept, torn)?;
    let file = fs::OpenOptions::new().write(true).open(&path);
    let cut = file.and_then(|file| file.set_len(good_len).and_then(|()| file.sync_all()));
    cut.map_err(StoreError::io(&path, "shorten the journal"))?;
    let message = format!(
        "the last {} bytes of the journal were a change that was being written when the program ended; they are kept here",
        torn.len()
    );
    Ok(Notice::new(Level::Warning, &kept, None, message))
}
