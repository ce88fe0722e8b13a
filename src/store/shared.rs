//! What is known of an open project folder: the journal, the last content of each file, and what waits to be written.

use super::{
    Notice, OutsideChange,
    files::{ContentHash, FileKey},
    journal::{Journal, LineBytes},
    snapshot::Content,
    transactions::Transactions,
};
use crate::model::{ArticleId, ArticleText};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// How long to wait before a failed write is tried again.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// What is known of the open project folder, shared by the store, its loaders and the writing thread.
pub(super) struct Shared {
    pub root: PathBuf,
    state: Mutex<State>,
    /// Something is to be written, or tried again.
    pub wake: Condvar,
    /// Something was written, or failed.
    pub done: Condvar,
    /// What was read of the journal.
    pub transactions: Transactions,
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
    pub files: VecDeque<FileKey>,
    pub contents: HashMap<FileKey, Content>,
    /// Files that are being replaced right now.
    pub writing: BTreeSet<FileKey>,
    pub line_failure: Option<String>,
    pub file_failure: Option<String>,
    pub retry: bool,
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
    pub bytes: Arc<LineBytes>,
    /// Its number, if it is a transaction's.
    pub transaction: Option<u64>,
}

impl Shared {
    pub(super) fn new(root: &Path, state: State) -> Self {
        Self {
            root: root.to_owned(),
            state: Mutex::new(state),
            wake: Condvar::new(),
            done: Condvar::new(),
            transactions: Transactions::default(),
        }
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
