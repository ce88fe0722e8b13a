//! An open project folder.

use super::{HistoryEntry, Notice, Outside, OutsideChange, Reloaded, StoreError};
use crate::{
    edit::Transaction,
    model::{AnnotationSet, AnnotatorName, ArticleId, ArticleText, Project},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
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
    /// What was moved, set aside or merged.
    pub notices: Vec<Notice>,
}

/// Whether everything that was committed is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveState {
    Saved,
    /// So many transactions are on their way.
    Saving {
        pending: usize,
    },
    /// Writing failed and is tried again every second. Nothing is dropped.
    Failed {
        message: String,
        pending: usize,
    },
}

/// An open project folder: the only one who writes there.
pub struct Store {
    root: PathBuf,
    access: Access,
}

/// Loads articles of an open project from any thread.
#[derive(Clone)]
pub struct Loader {
    root: PathBuf,
}

impl Loader {
    /// Same as [`Store::load_article`].
    pub fn load_article(&self, id: &ArticleId) -> Result<LoadedArticle, StoreError> {
        let _ = &self.root;
        Err(StoreError::NoArticle { article: id.to_string() })
    }
}

impl Store {
    /// Writes a new project into `root`, which may exist but holds no project yet. Texts and annotations that are loaded
    /// are written too.
    pub fn create(root: &Path, project: &Project) -> Result<(), StoreError> {
        let _ = project;
        Err(StoreError::NoProject { path: root.to_owned() })
    }

    /// Opens a project. Where it can not be written or another process has it open, it is opened for reading: see
    /// [`Store::read_only_reason`].
    pub fn open(root: &Path, access: Access) -> Result<Opened, StoreError> {
        let _ = access;
        Err(StoreError::NoProject { path: root.to_owned() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the project was really opened for.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Why a project that was to be changed can only be read.
    pub fn read_only_reason(&self) -> Option<&str> {
        None
    }

    /// The text and all annotations of an article, as of the last commit.
    pub fn load_article(&self, id: &ArticleId) -> Result<LoadedArticle, StoreError> {
        self.loader().load_article(id)
    }

    /// A handle that loads articles on another thread.
    pub fn loader(&self) -> Loader {
        Loader { root: self.root.clone() }
    }

    /// Puts a transaction, which was just applied, into the journal and returns its number. Returns at once; see
    /// [`Store::saved`].
    pub fn commit(&mut self, transaction: &Transaction) -> u64 {
        let _ = transaction;
        0
    }

    pub fn saved(&self) -> SaveState {
        SaveState::Saved
    }

    /// Waits until everything that was committed is in the journal on disk.
    ///
    /// # Errors
    /// If writing fails. It is tried again all the same.
    pub fn wait_until_saved(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Tries again at once what could not be written.
    pub fn retry(&self) {}

    /// Has the files of everything that was changed since the last call replaced in the background. `project` is as of the
    /// last commit; changed articles that are not loaded in it stay in the journal.
    pub fn snapshot(&mut self, project: &Project) {
        let _ = project;
    }

    /// True if [`Store::snapshot`] has something to do.
    pub fn needs_snapshot(&self) -> bool {
        false
    }

    /// Waits until all snapshots are in their files.
    ///
    /// # Errors
    /// If writing fails. It is tried again all the same.
    pub fn wait_until_written(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// What happened in the background since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        Vec::new()
    }

    /// A transaction with its operations, to undo it or show it.
    pub fn read_transaction(&self, seq: u64) -> Result<Transaction, StoreError> {
        Err(StoreError::NoTransaction { sequence: seq })
    }

    /// The text of an article as it was imported; `None` if it was never corrected.
    pub fn original_text(&self, id: &ArticleId) -> Option<String> {
        let _ = id;
        None
    }

    /// What others changed in the folder since the last call: call it about once a second. Cheap: looks at times and
    /// sizes first.
    pub fn outside_changes(&mut self) -> Vec<OutsideChange> {
        Vec::new()
    }

    /// Reads what others changed and merges it with the state in `project`. The result is taken over with
    /// [`Reloaded::adopt`].
    pub fn reload(&mut self, change: &OutsideChange, project: &Project) -> Result<Reloaded, StoreError> {
        let _ = (change, project);
        Ok(Reloaded { what: Outside::Project, conflicts: Vec::new(), notices: Vec::new() })
    }

    /// Lets the state in memory stand against an outside change: the next snapshot overwrites it. The other content is
    /// kept in `.glosse/conflicts`.
    pub fn keep_ours(&mut self, change: &OutsideChange) {
        let _ = change;
    }
}
