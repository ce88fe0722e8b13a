//! One project, open: the place where every change goes through.

use super::{
    Background, SessionError,
    confirmed::{By, Confirmed},
    passing::Passing,
    unwanted::Unwanted,
};
use crate::{
    edit::{Draft, EditError, Kind, Transaction, apply},
    model::{AnnotationId, AnnotationSet, AnnotatorName, Article, ArticleId, Project, Provenance, SetKey, Source},
    store::{
        Access, HistoryEntry, LoadedArticle, Notice, Outside, OutsideChange, SaveState, Store, Written, undo_stacks,
    },
    text::TextRange,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

/// Transactions kept in memory, so that undo need not read the journal, and the most operations of all of them.
const REMEMBERED: usize = 400;
const OPERATIONS: usize = 20_000;
/// How long nothing is changed before the readable files are brought up to date.
const QUIET: Duration = Duration::from_millis(1500);
/// The longest that the readable files stay behind while somebody works without a pause.
const LONGEST_BEHIND: Duration = Duration::from_secs(30);
/// How often the folder is looked at for changes by others.
const POLL: Duration = Duration::from_secs(1);

/// How long a file stays unchanged before an outside change of it is taken over.
const SETTLED: Duration = Duration::from_millis(500);

/// An open project: its state in memory, its folder, and what was done so far.
pub struct Session {
    pub(super) project: Project,
    pub(super) store: Store,
    annotator: AnnotatorName,
    /// Articles whose text and annotations are in memory.
    loaded: BTreeSet<ArticleId>,
    pub(super) history: Vec<HistoryEntry>,
    pub(super) undo: Vec<u64>,
    pub(super) redo: Vec<u64>,
    pub(super) recent: BTreeMap<u64, Transaction>,
    pub(super) passing: Passing,
    notices: Vec<Notice>,
    background: Background,
    unwanted: Unwanted,
    confirmed: Confirmed,
    /// Raised by every change of the project.
    revision: u64,
    /// Raised by every change but what the program does beside the user.
    decisions: u64,
    changed_at: Option<Instant>,
    behind_since: Option<Instant>,
    polled_at: Instant,
}

impl Session {
    /// Opens the project in `root`. Where it can not be written it opens for reading, see [`Session::read_only_reason`].
    ///
    /// # Errors
    /// If there is no project, or its project file can not be used.
    pub fn open(root: &Path, access: Access, annotator: AnnotatorName) -> Result<Self, SessionError> {
        if !annotator.is_portable() {
            return Err(SessionError::BadAnnotator { name: annotator.to_string() });
        }
        let opened = Store::open(root, access)?;
        let (undo, redo) = undo_stacks(&opened.history);
        Ok(Self {
            project: opened.project,
            store: opened.store,
            annotator,
            loaded: BTreeSet::new(),
            history: opened.history,
            undo,
            redo,
            recent: BTreeMap::new(),
            passing: Passing::default(),
            notices: opened.notices,
            background: Background::default(),
            unwanted: Unwanted::default(),
            confirmed: Confirmed::default(),
            revision: 0,
            decisions: 0,
            changed_at: None,
            behind_since: None,
            polled_at: Instant::now(),
        })
    }

    pub fn project(&self) -> &Project {
        &self.project
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn root(&self) -> &Path {
        self.store.root()
    }

    /// Who annotates.
    pub fn annotator(&self) -> &AnnotatorName {
        &self.annotator
    }

    /// Goes on as somebody else.
    ///
    /// # Errors
    /// If the name can not be a folder name.
    pub fn set_annotator(&mut self, annotator: AnnotatorName) -> Result<(), SessionError> {
        if !annotator.is_portable() {
            return Err(SessionError::BadAnnotator { name: annotator.to_string() });
        }
        self.annotator = annotator;
        self.revision += 1;
        self.decisions += 1;
        Ok(())
    }

    /// Everybody who has annotated something in the project, and the present annotator.
    pub fn annotators(&self) -> BTreeSet<AnnotatorName> {
        let loaded = self.project.articles.values().flat_map(|article| article.sets.keys().cloned());
        loaded.chain(self.store.annotators()).chain([self.annotator.clone()]).collect()
    }

    /// The key of the present annotator's annotations of an article.
    pub fn key(&self, article: &ArticleId) -> SetKey {
        SetKey { article: article.clone(), annotator: self.annotator.clone() }
    }

    /// The present annotator's annotations of a loaded article.
    pub fn set(&self, article: &ArticleId) -> Option<&AnnotationSet> {
        self.project.article(article)?.sets.get(&self.annotator)
    }

    /// One of the present annotator's annotations of an article by its words, see [`named`](super::naming::named).
    pub fn named(&self, article: &ArticleId, id: AnnotationId) -> String {
        let text = self.project.article(article).map_or("", |article| article.text());
        super::naming::named(self.set(article), text, id)
    }

    /// A number that changes whenever the project does.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// A number that changes whenever the project does, except by what is suggested beside the user.
    pub fn decisions(&self) -> u64 {
        self.decisions
    }

    pub fn history(&self) -> &[HistoryEntry] {
        &self.history
    }

    /// The number of the last transaction; 0 if there is none.
    pub fn last_seq(&self) -> u64 {
        self.history.last().map_or(0, |entry| entry.seq)
    }

    /// True if a transaction after the one with the number `through` changed the article's text or annotations.
    pub fn is_touched_since(&self, article: &ArticleId, through: u64) -> bool {
        let mut since = self.history.iter().rev().take_while(|entry| entry.seq > through);
        since.any(|entry| entry.touched.concerns(article))
    }

    /// What was deleted since the project was opened.
    pub fn unwanted(&self) -> &Unwanted {
        &self.unwanted
    }

    /// The sentences that were confirmed since the project was opened, and not opened again.
    pub fn confirmed(&self) -> &Confirmed {
        &self.confirmed
    }

    /// Notes that the last transaction confirmed a sentence as it stands, for the present annotator: nothing else is guessed in it.
    pub fn confirmed_by_change(&mut self, article: &ArticleId, sentence: TextRange) {
        if let Some(last) = self.next_undo() {
            self.confirmed.add(self.key(article), sentence, By::Change(last));
        }
    }

    /// The same of a sentence that was confirmed without any change; `had_guesses` says whether guesses are left out by that.
    pub fn confirmed_without_change(&mut self, article: &ArticleId, sentence: TextRange, had_guesses: bool) {
        let by = By::Nothing { next: self.next_undo(), had_guesses };
        self.confirmed.add(self.key(article), sentence, by);
    }

    /// Opens the sentence again that was confirmed without any change, if that is the last thing that was done. Gives its place.
    pub fn undo_confirmation(&mut self) -> Option<(ArticleId, TextRange)> {
        let next = self.next_undo();
        self.confirmed.undo(&self.annotator, next)
    }

    /// Confirms the sentence that [`Session::undo_confirmation`] opened, if nothing came between.
    pub fn redo_confirmation(&mut self) -> Option<(ArticleId, TextRange)> {
        let next = self.next_undo();
        self.confirmed.redo(&self.annotator, next)
    }

    /// Why nothing can be changed, if so.
    pub fn read_only_reason(&self) -> Option<&str> {
        match self.store.access() {
            Access::Write => None,
            Access::Read => Some(self.store.read_only_reason().unwrap_or("it was opened for reading")),
        }
    }

    /// What happened since the last call that the user should know.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.extend(self.store.take_notices());
        std::mem::take(&mut self.notices)
    }

    pub fn is_loaded(&self, article: &ArticleId) -> bool {
        self.loaded.contains(article)
    }

    /// Brings text and annotations of an article into memory.
    ///
    /// # Errors
    /// If its files can not be read.
    pub fn load(&mut self, id: &ArticleId) -> Result<&Article, SessionError> {
        self.passing.forget(id);
        if !self.loaded.contains(id) {
            let loaded = self.store.load_article(id)?;
            self.take_in(id, loaded);
            if self.store.needs_snapshot() {
                // The journal knew more than the files, which are brought up to date as after a change.
                let now = Instant::now();
                self.changed_at.get_or_insert(now);
                self.behind_since.get_or_insert(now);
            }
        }
        self.project
            .article(id)
            .ok_or_else(|| SessionError::Store(crate::store::StoreError::NoArticle { article: id.to_string() }))
    }

    /// Puts what was loaded of an article into the project.
    pub(super) fn take_in(&mut self, id: &ArticleId, loaded: LoadedArticle) {
        self.notices.extend(loaded.notices);
        if let Some(article) = self.project.articles.get_mut(id) {
            article.text = Some(loaded.text);
            article.sets = loaded.sets;
            self.loaded.insert(id.clone());
        }
    }

    /// Notes that an article is in memory although nobody asked for it.
    pub(super) fn note_passing(&mut self, id: &ArticleId) {
        if let Some(article) = self.project.articles.get(id) {
            self.passing.note(article);
        }
    }

    /// Takes text and annotations of an article out of memory, and hands them over.
    pub(super) fn unload(&mut self, id: &ArticleId) -> Option<Article> {
        self.loaded.remove(id);
        self.store.release(id);
        self.background.look_again();
        let article = self.project.articles.get_mut(id)?;
        let (text, sets) = (article.text.take(), std::mem::take(&mut article.sets));
        // Should the article be removed by others meanwhile, its numbers are not given again.
        for (annotator, set) in &sets {
            let key = SetKey { article: id.clone(), annotator: annotator.clone() };
            let given = self.project.given_ids.entry(key).or_insert(set.next_id());
            *given = set.next_id().max(*given);
        }
        Some(Article { id: id.clone(), metadata: article.metadata.clone(), text, sets })
    }

    /// Has the files of these articles replaced, as far as they are behind.
    pub(super) fn snapshot_articles(&mut self, articles: &[ArticleId]) {
        self.store.snapshot_articles(&self.project, articles);
    }

    /// Brings all articles into memory, for changes that concern all of them. `progress` hears how many are done, and
    /// stops the work by returning false.
    ///
    /// # Errors
    /// If a file can not be read, or the work was stopped.
    pub fn load_all(&mut self, mut progress: impl FnMut(usize, usize) -> bool) -> Result<(), SessionError> {
        let missing: Vec<ArticleId> =
            self.project.articles.keys().filter(|id| !self.loaded.contains(*id)).cloned().collect();
        for (done, id) in missing.iter().enumerate() {
            if !progress(done, missing.len()) {
                return Err(SessionError::Cancelled);
            }
            self.load(id)?;
        }
        Ok(())
    }

    /// Changes the project in one transaction, as the present annotator. The article must exist; it is loaded if need be.
    ///
    /// # Errors
    /// If the project can only be read, or `steps` failed: then nothing was changed.
    pub fn edit<T>(
        &mut self,
        article: &ArticleId,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.edit_with(None, article, title, steps)
    }

    /// As [`Session::edit`]; what is done is undone together with the transaction with the number `first`.
    ///
    /// # Errors
    /// As [`Session::edit`].
    pub fn edit_with<T>(
        &mut self,
        first: Option<u64>,
        article: &ArticleId,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        if self.project.articles.contains_key(article) {
            self.load(article)?;
        }
        let key = self.key(article);
        let provenance = Provenance::person(self.annotator.as_str(), now());
        self.edit_more(first, key, provenance, title, steps)
    }

    /// Changes the project in one transaction, with annotations under `key` and of the given provenance.
    ///
    /// # Errors
    /// As [`Session::edit`]. All articles that `steps` changes must be loaded.
    pub fn edit_as<T>(
        &mut self,
        key: SetKey,
        provenance: Provenance,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.edit_more(None, key, provenance, title, steps)
    }

    /// As [`Session::edit_as`]; what is done is undone together with the transaction with the number `first`.
    pub(super) fn edit_more<T>(
        &mut self,
        first: Option<u64>,
        key: SetKey,
        provenance: Provenance,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.check_writable()?;
        let mut draft = Draft::new(&mut self.project, key, provenance);
        let result = steps(&mut draft)?;
        if !draft.is_empty() {
            let transaction = draft.finish(title);
            self.record(Transaction { kind: first.map_or(Kind::Do, Kind::More), ..transaction });
        }
        Ok(result)
    }

    pub(super) fn check_writable(&self) -> Result<(), SessionError> {
        match self.read_only_reason() {
            Some(reason) => Err(SessionError::ReadOnly { reason: reason.to_owned() }),
            None => Ok(()),
        }
    }

    /// Carries out a transaction that was made elsewhere, with what the journal says of it.
    pub(super) fn apply_written(&mut self, transaction: Transaction, written: Written) -> Result<(), SessionError> {
        self.check_writable()?;
        apply(&mut self.project, &transaction).map_err(EditError::Apply)?;
        self.record_written(transaction, written);
        Ok(())
    }

    /// Puts a transaction that was carried out into journal and history.
    pub(super) fn record(&mut self, transaction: Transaction) {
        let written = Written::new(&transaction);
        self.record_written(transaction, written);
    }

    fn record_written(&mut self, transaction: Transaction, written: Written) {
        let seq = self.store.commit_written(&transaction, written);
        let touched = transaction.touched();
        for id in &touched.articles {
            if !self.project.articles.contains_key(id) {
                self.loaded.remove(id);
                self.passing.forget(id);
            } else if self.loaded.insert(id.clone()) {
                self.note_passing(id);
            }
        }
        for id in touched.concerned().chain(&touched.metadata) {
            if let Some(article) = self.project.articles.get(id) {
                self.passing.note_change(article, seq);
            }
        }
        self.background.forget(&touched);
        self.unwanted.note(&transaction);
        self.confirmed.note(&transaction);
        self.history.push(HistoryEntry {
            seq,
            title: transaction.title.clone(),
            author: transaction.author.clone(),
            time: transaction.time,
            kind: transaction.kind,
            touched,
        });
        self.decisions += u64::from(transaction.kind != Kind::Aside);
        match transaction.kind {
            Kind::Do | Kind::More(_) => {
                self.undo.push(seq);
                self.redo.clear();
            }
            Kind::Aside => {}
            Kind::Undo(undone) => {
                self.undo.retain(|other| *other != undone);
                self.redo.push(undone);
            }
            Kind::Redo(redone) => {
                self.redo.retain(|other| *other != redone);
                self.undo.push(redone);
            }
        }
        self.remember(seq, transaction);
        self.revision += 1;
        let now = Instant::now();
        self.changed_at = Some(now);
        self.behind_since.get_or_insert(now);
    }

    /// Keeps a transaction in memory, and lets go of the oldest that are too many. The newest stays in any case: the assistant
    /// asks for it.
    fn remember(&mut self, seq: u64, transaction: Transaction) {
        self.recent.insert(seq, transaction);
        let mut operations: usize = self.recent.values().map(|transaction| transaction.operations.len()).sum();
        while self.recent.len() > REMEMBERED || self.recent.len() > 1 && operations > OPERATIONS {
            let Some((_, oldest)) = self.recent.pop_first() else { return };
            operations -= oldest.operations.len();
            if oldest.operations.len() > OPERATIONS / 20 {
                // To give back so much memory takes a while.
                rayon::spawn(move || drop(oldest));
            }
        }
    }

    /// Changes annotations under `key` beside the user, as `extractor`: undo passes over it. For suggestions, nothing
    /// else. The article must be loaded.
    ///
    /// # Errors
    /// As [`Session::edit`].
    pub fn edit_aside<T>(
        &mut self,
        key: SetKey,
        extractor: Source,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        self.check_writable()?;
        let provenance = Provenance { source: extractor, time: now(), score: None, reason: None };
        let mut draft = Draft::new(&mut self.project, key, provenance);
        let result = steps(&mut draft)?;
        if !draft.is_empty() {
            let transaction = draft.finish_aside(title);
            self.record(transaction);
        }
        Ok(result)
    }

    /// Whether everything that was done is on disk.
    pub fn saved(&self) -> SaveState {
        self.store.saved()
    }

    /// Waits until everything that was done is on disk.
    ///
    /// # Errors
    /// If writing fails.
    pub fn wait_until_saved(&self) -> Result<(), SessionError> {
        Ok(self.store.wait_until_saved()?)
    }

    /// Tries again at once to write what could not be written.
    pub fn retry_saving(&self) {
        self.store.retry();
    }

    /// Brings the readable files up to date and waits for it. Call before the program ends.
    ///
    /// # Errors
    /// If writing fails; the journal may hold everything all the same.
    pub fn close(&mut self) -> Result<(), SessionError> {
        self.close_watched(&mut |_, _| true)
    }

    /// As [`Session::close`]. `watch` hears now and then how many articles are written, of how many, and ends the work by
    /// returning false: the journal has everything, and the files are written the next time.
    ///
    /// # Errors
    /// As [`Session::close`].
    pub fn close_watched(&mut self, watch: &mut dyn FnMut(usize, usize) -> bool) -> Result<(), SessionError> {
        self.background.stop();
        if self.store.access() == Access::Write {
            self.store.wait_until_saved()?;
            // Of many articles only the journal may know what was done: after a crash, or a large import.
            let behind = self.write_all_behind(watch);
            self.store.snapshot(&self.project);
            self.store.wait_until_saved()?;
            self.store.wait_until_written()?;
            behind?;
        }
        Ok(())
    }

    /// What has to be done now and then: call it every frame. Returns outside changes that were taken over, in words.
    pub fn tick(&mut self) -> Vec<String> {
        let now = Instant::now();
        let quiet = self.changed_at.is_some_and(|at| now.duration_since(at) >= QUIET);
        let long = self.behind_since.is_some_and(|at| now.duration_since(at) >= LONGEST_BEHIND);
        if quiet || long {
            self.store.snapshot(&self.project);
            self.changed_at = None;
            self.behind_since = None;
        }
        if self.changed_at.is_none() {
            self.catch_up();
        }
        self.background.receive();
        if now.duration_since(self.polled_at) < POLL {
            return Vec::new();
        }
        self.polled_at = now;
        // Whoever writes a file may not be done with it, nor with the others of the article: what changed a moment ago is
        // left to the next look.
        let changes = self.store.outside_changes();
        let fresh_articles: BTreeSet<ArticleId> = changes
            .iter()
            .filter(|change| is_fresh(change))
            .filter_map(|change| change.what.article().cloned())
            .collect();
        let (fresh, settled): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| {
            is_fresh(change) || change.what.article().is_some_and(|article| fresh_articles.contains(article))
        });
        for change in &fresh {
            self.store.postpone(change);
        }
        settled.iter().map(|change| self.take_over(change)).collect()
    }

    fn take_over(&mut self, change: &OutsideChange) -> String {
        let what = describe(&change.what);
        match self.store.reload(change, &self.project) {
            Ok(reloaded) => {
                self.notices.extend(reloaded.notices.iter().cloned());
                let conflicts = reloaded.conflicts.clone();
                reloaded.adopt(&mut self.project);
                if let Outside::RemovedArticle(id) = &change.what
                    && !self.project.articles.contains_key(id)
                {
                    self.loaded.remove(id);
                    self.passing.forget(id);
                }
                self.background.forget_all();
                if let Outside::Text(id) | Outside::NewArticle(id) | Outside::RemovedArticle(id) = &change.what {
                    self.confirmed.forget(id);
                }
                self.revision += 1;
                self.decisions += 1;
                // What was merged is written soon, not only after the next change.
                let now = Instant::now();
                self.changed_at = Some(now);
                self.behind_since.get_or_insert(now);
                match conflicts.as_slice() {
                    [] => format!("{what} was changed outside and taken over"),
                    [first, ..] => format!(
                        "{what} was changed outside and merged; {} changed on both sides, yours stand: {}",
                        conflicts.len(),
                        first.message
                    ),
                }
            }
            Err(error) => format!("{what} was changed outside and could not be read, yours stands: {error}"),
        }
    }

    /// Work that goes on beside the user: counts and texts of articles that are not loaded.
    pub fn background(&self) -> &Background {
        &self.background
    }

    /// Starts looking through all articles for counts and texts, unless that was done. `wake` is called when there is news.
    pub fn start_background(&mut self, wake: impl Fn() + Send + 'static) {
        if self.background.wants_start() {
            let ids = self.project.articles.keys().filter(|id| !self.loaded.contains(*id)).cloned().collect();
            self.background.start(self.store.loader(), ids, wake);
        }
    }
}

/// True if a file was changed so lately that its writer may not be done.
fn is_fresh(change: &OutsideChange) -> bool {
    let age =
        std::fs::metadata(&change.path).and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age < SETTLED)
}

/// The present time, in whole seconds, as it is stored.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn describe(what: &Outside) -> String {
    match what {
        Outside::Project => "the project file".to_owned(),
        Outside::Entities => "the entity registry".to_owned(),
        Outside::Text(id) => format!("the text of {id}"),
        Outside::Metadata(id) => format!("the metadata of {id}"),
        Outside::Set(key) => format!("{}'s annotation of {}", key.annotator, key.article),
        Outside::NewArticle(id) => format!("the new article {id}"),
        Outside::RemovedArticle(id) => format!("the removed article {id}"),
    }
}
