//! The thread that writes: journal lines first, all that are waiting at once, then files. Nothing is dropped on failure.

use super::{
    Level, Notice, OutsideChange, StoreError,
    annotation_write::write_set,
    error::remedy,
    files::{ContentHash, FileKey, hash, journal_path, local_path, original_path},
    journal::{Intent, Journal, Place, intent_line},
    outside::outside_of,
    project_file::{write_entities, write_metadata, write_project},
    ron_file::{hash_of, read_bytes, replace, sync_folder},
};
use crate::model::{AnnotationSet, ArticleId, ArticleMetadata, ArticleText, EntityRegistry, Schema, SetKey, Settings};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fs,
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// How long to wait before a failed write is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Files that are replaced between two looks at the journal's queue.
const BATCH: usize = 32;

/// What is known of the open project folder, shared by the store, its loaders and the writing thread.
pub(super) struct Shared {
    pub root: PathBuf,
    state: Mutex<State>,
    /// Something is to be written, or tried again.
    wake: Condvar,
    /// Something was written, or failed.
    done: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub journal: Journal,
    /// The last content of each file that was read or written.
    pub known: BTreeMap<FileKey, Known>,
    /// Files that are behind the journal.
    pub dirty: BTreeSet<FileKey>,
    /// Articles whose text moved, and the spans of all annotators with it.
    pub moved: BTreeSet<ArticleId>,
    /// Articles whose text was corrected since it was last written.
    pub corrected: BTreeSet<ArticleId>,
    /// Texts of new articles as they were imported.
    pub imported: HashMap<ArticleId, Arc<ArticleText>>,
    pub lines: VecDeque<PendingLine>,
    files: VecDeque<FileKey>,
    contents: HashMap<FileKey, Content>,
    /// Files that are being replaced right now.
    pub writing: BTreeSet<FileKey>,
    pub line_failure: Option<String>,
    pub file_failure: Option<String>,
    retry: bool,
    pub closing: bool,
    pub stopped: bool,
    /// Changes by others that the thread ran into.
    pub outside: Vec<OutsideChange>,
    pub notices: Vec<Notice>,
}

/// The last content of a file that was read or written, and what the file looked like then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub hash: ContentHash,
    pub look: Look,
}

/// Time of change and size; `None` if there is no file.
pub(super) type Look = Option<(SystemTime, u64)>;

pub(super) fn look(path: &Path) -> Look {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A journal line that is not on disk yet.
pub(super) struct PendingLine {
    pub bytes: Arc<[u8]>,
    /// For a transaction its number and where in the line its operations are.
    pub transaction: Option<(u64, std::ops::Range<usize>)>,
}

/// What a file shall hold, and up to which transaction that goes.
#[derive(Clone)]
pub(super) struct Content {
    pub what: What,
    pub through: u64,
}

#[derive(Clone)]
pub(super) enum What {
    Project(Arc<Settings>, Arc<Schema>),
    Entities(Arc<EntityRegistry>),
    /// `imported` is there if the text was corrected since it was last written.
    Text {
        text: Arc<ArticleText>,
        corrected: bool,
        imported: Option<Arc<ArticleText>>,
    },
    Metadata(Arc<ArticleMetadata>),
    Set(Arc<AnnotationSet>, SetKey, Arc<ArticleText>),
    Removed,
}

impl What {
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Project(settings, schema) => Some(write_project(settings, schema).into_bytes()),
            Self::Entities(registry) => Some(write_entities(registry).into_bytes()),
            Self::Text { text, .. } => Some(text.as_str().as_bytes().to_vec()),
            Self::Metadata(metadata) => Some(write_metadata(metadata).into_bytes()),
            Self::Set(set, key, text) => Some(write_set(set, key.annotator.as_str(), &key.article, text).into_bytes()),
            Self::Removed => None,
        }
    }
}

impl Shared {
    pub(super) fn new(root: &Path, state: State) -> Self {
        Self { root: root.to_owned(), state: Mutex::new(state), wake: Condvar::new(), done: Condvar::new() }
    }

    /// The state. A panic elsewhere leaves it usable: every change of it is complete at once.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.wake.notify_all();
    }

    /// Puts contents into the queue; a newer one takes the place of an older one for the same file.
    pub(super) fn enqueue(&self, contents: Vec<(FileKey, Content)>) {
        let mut state = self.lock();
        for (key, content) in contents {
            if state.contents.insert(key.clone(), content).is_none() {
                state.files.push_back(key);
            }
        }
        self.wake();
    }

    pub(super) fn retry(&self) {
        self.lock().retry = true;
        self.wake();
    }

    /// Waits until `finished` says so, which is asked after each step of the thread.
    pub(super) fn wait<T>(&self, mut finished: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut state = self.lock();
        loop {
            if let Some(result) = finished(&mut state) {
                return result;
            }
            state = self.done.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    pub(super) fn new(journal: Journal) -> Self {
        Self { journal, ..Self::default() }
    }

    /// True if files are waiting to be replaced or being replaced.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty() || !self.writing.is_empty()
    }

    /// True if a new content for this file is on its way.
    pub(super) fn is_pending(&self, key: &FileKey) -> bool {
        self.contents.contains_key(key) || self.writing.contains(key)
    }

    /// Forgets a content that was on its way.
    pub(super) fn cancel(&mut self, key: &FileKey) {
        if self.contents.remove(key).is_some() {
            self.files.retain(|other| other != key);
        }
    }
}

/// The journal file, open for writing at its end.
pub(super) struct JournalFile {
    path: PathBuf,
    file: Option<fs::File>,
    /// Bytes that are known to be good and on disk.
    len: u64,
}

impl JournalFile {
    pub(super) fn new(root: &Path, len: u64) -> Self {
        Self { path: journal_path(root), file: None, len }
    }

    /// Appends `bytes` and returns the offset of the first one, when they are on disk.
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<u64> {
        let result = self.try_append(bytes);
        if result.is_err()
            && let Some(file) = &self.file
        {
            // Part of a line may be there; it must not stand before the line's second try. If even this fails, the next
            // try does it again.
            let _ = file.set_len(self.len);
        }
        result
    }

    fn try_append(&mut self, bytes: &[u8]) -> std::io::Result<u64> {
        let len = self.len;
        self.check()?;
        let file = self.open()?;
        if file.metadata()?.len() != len {
            file.set_len(len)?;
        }
        file.seek(SeekFrom::Start(len))?;
        file.write_all(bytes)?;
        file.sync_data()?;
        self.len += bytes.len() as u64;
        Ok(len)
    }

    fn open(&mut self) -> std::io::Result<&mut fs::File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let is_new = !self.path.exists();
                let file =
                    fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
                if file.metadata()?.len() < self.len {
                    return Err(std::io::Error::other("the journal has become shorter; was it replaced?"));
                }
                if is_new && let Some(folder) = self.path.parent() {
                    let _ = sync_folder(folder);
                }
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// If somebody removed the journal, what was in it is written again: it can still be read as long as it is open.
    fn check(&mut self) -> std::io::Result<()> {
        if self.path.exists() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        if !folder.parent().is_some_and(|root| root.join("project.ron").exists()) {
            return Err(std::io::Error::new(std::io::ErrorKind::NotFound, "the project folder is gone"));
        }
        fs::create_dir_all(folder)?;
        let Some(mut old) = self.file.take() else { return Ok(()) };
        let mut content = Vec::new();
        old.seek(SeekFrom::Start(0))?;
        old.take(self.len).read_to_end(&mut content)?;
        replace(&self.path, &content).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// Writes until the store is closed and nothing is left, or nothing can be written any more.
pub(super) fn run(shared: &Shared, mut journal: JournalFile) {
    let mut state = shared.lock();
    loop {
        if !state.lines.is_empty() {
            state = write_lines(shared, state, &mut journal);
        } else if !state.files.is_empty() {
            state = write_files(shared, state, &mut journal);
        } else if state.closing {
            break;
        } else {
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let failing = state.line_failure.is_some() || state.file_failure.is_some();
        shared.done.notify_all();
        if failing {
            if state.closing {
                break;
            }
            let waiting = |state: &mut State| !state.retry && !state.closing;
            state = shared.wake.wait_timeout_while(state, PAUSE, waiting).unwrap_or_else(PoisonError::into_inner).0;
            state.retry = false;
        }
    }
    state.stopped = true;
    shared.done.notify_all();
}

/// Writes all waiting lines and waits for the disk once.
fn write_lines<'a>(
    shared: &'a Shared,
    state: MutexGuard<'a, State>,
    journal: &mut JournalFile,
) -> MutexGuard<'a, State> {
    let batch: Vec<Arc<[u8]>> = state.lines.iter().map(|line| line.bytes.clone()).collect();
    drop(state);
    let result = journal.append(&batch.concat());
    let mut state = shared.lock();
    match result {
        Ok(mut offset) => {
            state.line_failure = None;
            for bytes in batch {
                if let Some(PendingLine { transaction: Some((seq, operations)), .. }) = state.lines.pop_front() {
                    let place = Place::File { offset: offset + operations.start as u64, len: operations.len() };
                    state.journal.set_place(seq, place);
                }
                offset += bytes.len() as u64;
            }
        }
        Err(error) => {
            let path = journal_path(&shared.root);
            state.line_failure = Some(format!("{error}{}: {}", remedy(&error), path.display()));
        }
    }
    state
}

/// Replaces the next few files.
fn write_files<'a>(
    shared: &'a Shared,
    mut state: MutexGuard<'a, State>,
    journal: &mut JournalFile,
) -> MutexGuard<'a, State> {
    let mut batch = Vec::new();
    while batch.len() < BATCH
        && let Some(key) = state.files.pop_front()
    {
        if let Some(content) = state.contents.remove(&key) {
            let known = state.known.get(&key).and_then(|known| known.hash);
            state.writing.insert(key.clone());
            batch.push((key, content, known));
        }
    }
    drop(state);
    let failed = replace_files(shared, &batch, journal);
    let mut state = shared.lock();
    state.writing.clear();
    state.file_failure = None;
    for ((key, content, _), error) in batch.into_iter().zip(failed) {
        let Some(error) = error else { continue };
        state.file_failure = Some(error);
        if !state.contents.contains_key(&key) {
            state.files.push_back(key.clone());
            state.contents.insert(key, content);
        }
    }
    state
}

/// Gives each file its content, and for each the reason if that failed.
fn replace_files(
    shared: &Shared,
    batch: &[(FileKey, Content, ContentHash)],
    journal: &mut JournalFile,
) -> Vec<Option<String>> {
    let mut failed: Vec<Option<String>> = Vec::new();
    let mut planned = Vec::new();
    let mut lines = Vec::new();
    for (key, content, known) in batch {
        let path = key.path(&shared.root);
        let bytes = content.what.bytes();
        let intent = Intent { hash: bytes.as_deref().map(hash), through: content.through };
        let mut problem = None;
        match hash_of(&path) {
            Err(error) => problem = Some(error.to_string()),
            Ok(found) if found != *known && found != intent.hash => {
                // Somebody else was here. The journal has our side; theirs is not touched.
                let mut state = shared.lock();
                state.outside.push(outside_of(&shared.root, key, found));
                state.dirty.insert(key.clone());
            }
            Ok(found) => {
                lines.push(intent_line(key, intent));
                planned.push((failed.len(), path, bytes, intent, found));
            }
        }
        failed.push(problem);
    }
    // The intents come first: whatever happens then, the content of each file tells how far it goes.
    if !lines.is_empty()
        && let Err(error) = journal.append(&lines.concat())
    {
        let message = format!("{error}{}: {}", remedy(&error), journal_path(&shared.root).display());
        return batch.iter().map(|_| Some(message.clone())).collect();
    }
    {
        let mut state = shared.lock();
        for (index, _, _, intent, _) in &planned {
            if let Some((key, _, _)) = batch.get(*index) {
                state.journal.add_intent(key.clone(), *intent);
            }
        }
    }
    for (index, path, bytes, intent, found) in planned {
        let Some((key, content, _)) = batch.get(index) else { continue };
        let result = if found == intent.hash { Ok(()) } else { put(shared, key, content, &path, bytes.as_deref()) };
        match result {
            Ok(()) => {
                let known = Known { hash: intent.hash, look: look(&path) };
                shared.lock().known.insert(key.clone(), known);
            }
            Err(error) => {
                if let Some(slot) = failed.get_mut(index) {
                    *slot = Some(format!("your changes are safe in the journal, but a file lags behind: {error}"));
                }
            }
        }
    }
    failed
}

fn put(shared: &Shared, key: &FileKey, content: &Content, path: &Path, bytes: Option<&[u8]>) -> Result<(), StoreError> {
    if let (What::Text { corrected: true, imported, .. }, FileKey::Text(article)) = (&content.what, key) {
        keep_original(&shared.root, article, path, imported.as_deref())?;
    }
    match bytes {
        Some(bytes) => replace(path, bytes),
        None => {
            if let FileKey::Text(article) = key {
                set_original_aside(shared, article)?;
            }
            fs::remove_file(path).map_err(StoreError::io(path, "remove the file"))?;
            sync_folder(path.parent().unwrap_or(path))
        }
    }
}

/// Writes the text as it was imported, unless that is there already.
fn keep_original(
    root: &Path,
    article: &ArticleId,
    path: &Path,
    imported: Option<&ArticleText>,
) -> Result<(), StoreError> {
    let original = original_path(root, article);
    if original.exists() {
        return Ok(());
    }
    let bytes = match imported {
        Some(text) => Some(text.as_str().as_bytes().to_vec()),
        None => read_bytes(path)?,
    };
    bytes.map_or(Ok(()), |bytes| replace(&original, &bytes))
}

/// The original of a removed article is no part of the project any more, but not thrown away either.
fn set_original_aside(shared: &Shared, article: &ArticleId) -> Result<(), StoreError> {
    let original = original_path(&shared.root, article);
    let Some(bytes) = read_bytes(&original)? else { return Ok(()) };
    let removed = local_path(&shared.root).join("removed").join(format!("{article}.original.txt"));
    replace(&removed, &bytes)?;
    fs::remove_file(&original).map_err(StoreError::io(&original, "remove the file"))?;
    let message = format!("the imported text of the removed article {article} is kept here");
    shared.lock().notices.push(Notice::new(Level::Info, &removed, None, message));
    Ok(())
}
