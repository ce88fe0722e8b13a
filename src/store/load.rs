//! One article as the files and the journal tell it: every file at the state that its content proves, and what the journal
//! has behind that done again.

use super::{
    Access, Level, LoadedArticle, Notice, StoreError,
    anchor::anchor,
    annotation_read::read_set,
    aside::keep_aside,
    files::{ContentHash, FileKey},
    journal::{Start, scan},
    replay::{Tail, TextHistory, Trust, replay_set, take_out_unfit},
    ron_file::read_text,
    shared::{Known, Look, Shared, State, look},
};
use crate::{
    edit::Operation,
    model::{AnnotationSet, AnnotatorName, ArticleId, ArticleText, SetKey},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file as it is on disk.
pub(super) struct Found {
    pub key: FileKey,
    pub path: PathBuf,
    /// `None` if there is no file.
    pub content: Option<String>,
    pub hash: ContentHash,
    look: Look,
}

impl Found {
    pub(super) fn read(root: &Path, key: FileKey) -> Result<Self, StoreError> {
        let path = key.path(root);
        let look = look(&path);
        let (content, hash) = read_text(&path)?.unzip();
        Ok(Self { key, path, content, hash, look })
    }

    /// True if the file was not replaced since it was read.
    fn is_current(&self) -> bool {
        look(&self.path) == self.look
    }

    /// Remembers what was read, unless newer is known: a content that the journal knows may be older than the file is now.
    pub(super) fn remember(&self, state: &mut State) {
        let known = state.known.contains_key(&self.key);
        if known && !self.is_current() {
            return;
        }
        if !known || matches!(state.journal.start(&self.key, self.hash), Start::Changed(_)) {
            self.remember_as_last(state);
        }
    }

    pub(super) fn remember_as_last(&self, state: &mut State) {
        state.known.insert(self.key.clone(), Known { hash: self.hash, look: self.look });
    }
}

/// The annotators who have a folder.
pub(super) fn annotators(root: &Path) -> Vec<AnnotatorName> {
    let folders = fs::read_dir(root.join("annotations")).into_iter().flatten().flatten();
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<AnnotatorName> =
        names.map(|name| AnnotatorName::new(&name)).filter(AnnotatorName::is_portable).collect();
    names.sort();
    names
}

/// How often the files of an article are read again because they were replaced meanwhile.
const TRIES: usize = 20;

/// The text file of an article and the annotation files of everybody who may have one.
fn read_files(shared: &Shared, id: &ArticleId) -> Result<(Found, Vec<(Found, SetKey)>), StoreError> {
    let root = &shared.root;
    let text_file = Found::read(root, FileKey::Text(id.clone()))?;
    let mut keys: BTreeSet<SetKey> = shared.lock().journal.sets_of(id).iter().cloned().collect();
    keys.extend(annotators(root).into_iter().map(|annotator| SetKey { article: id.clone(), annotator }));
    let mut sets = Vec::new();
    for key in keys {
        sets.push((Found::read(root, FileKey::Set(key.clone()))?, key));
    }
    Ok((text_file, sets))
}

/// Loads an article. Other files than its own are not looked at.
pub(super) fn load_article(shared: &Shared, access: Access, id: &ArticleId) -> Result<LoadedArticle, StoreError> {
    let root = &shared.root;
    if !id.is_portable() {
        return Err(StoreError::BadName { name: id.to_string() });
    }
    let mut tries = 0;
    let (text_file, sets, state) = loop {
        let (text_file, sets) = read_files(shared, id)?;
        let state = shared.lock();
        // The writing thread may have replaced a file since it was read. What the journal says from now on is of the new one.
        let is_current = text_file.is_current() && sets.iter().all(|(set, _)| set.is_current());
        tries += 1;
        if is_current || tries >= TRIES {
            break (text_file, sets, state);
        }
    };
    let (text_start, set_starts, places, through) = {
        // Held until it is known which transactions come on top of what was read.
        let mut state = state;
        if access == Access::Read && text_file.is_changed(&state) | sets.iter().any(|(set, _)| set.is_changed(&state)) {
            // Perhaps it was the process that has the project open, and its journal says so.
            // Without the lock: it is read on several threads, one of which may be at another article that needs it.
            drop(state);
            let journal = scan(root)?.journal;
            state = shared.lock();
            if journal.last_seq() >= state.journal.last_seq() {
                state.journal = journal;
            }
        }
        let journal = &state.journal;
        let text_start = journal.start(&text_file.key, text_file.hash);
        let set_starts: Vec<Start> = sets.iter().map(|(set, _)| journal.start(&set.key, set.hash)).collect();
        let first = set_starts.iter().map(|start| start.seq()).chain([text_start.seq()]).min().unwrap_or(0);
        let mut wanted: BTreeSet<u64> = journal.touches(&text_file.key, first).into_iter().collect();
        for ((set, _), start) in sets.iter().zip(&set_starts) {
            wanted.extend(journal.touches(&set.key, start.seq()));
        }
        let places: Vec<_> =
            wanted.into_iter().filter_map(|seq| Some((seq, journal.entry(seq)?.place.clone()))).collect();
        (text_start, set_starts, places, journal.last_seq())
    };
    let mut tail: Vec<(u64, Arc<[Operation]>)> = Vec::with_capacity(places.len());
    for (seq, place) in places {
        tail.push((seq, shared.transactions.operations(root, (seq, &place), id)?));
    }

    let mut notices = Vec::new();
    let mut behind: Vec<FileKey> = Vec::new();
    let mut conflicts: Vec<String> = Vec::new();
    let file_text = text_file.content.as_deref().map(|text| Arc::new(ArticleText::new(text)));
    let history = TextHistory::new(file_text, text_start.seq(), &tail);
    let no_article = || StoreError::NoArticle { article: id.to_string() };
    let text = history.last.clone().ok_or_else(no_article)?;
    if Some(text.hash()) != text_file.hash {
        behind.push(text_file.key.clone());
    }
    for edit in &history.lost {
        conflicts.push(format!(
            "// the text was changed by somebody else; this correction does not fit any more\n// at byte {}: {:?} became {:?}\n",
            edit.at, edit.removed, edit.inserted
        ));
    }
    let mut loaded = BTreeMap::new();
    for ((found, key), start) in sets.iter().zip(set_starts) {
        let resolved = resolve_set(found, key, start, &history, matches!(text_start, Start::Known(_)), &tail, &text)?;
        let Some(Resolved { mut set, aside, conflicts: lost, notices: mut told, is_behind }) = resolved else {
            continue;
        };
        set.reserve_ids(shared.lock().journal.free_id(key));
        notices.append(&mut told);
        conflicts.extend(lost);
        if is_behind {
            behind.push(found.key.clone());
        }
        if !aside.is_empty() && access == Access::Write {
            keep_aside(root, "unanchored", &format!("{}-{}", key.annotator, id), &aside)?;
        }
        loaded.insert(key.annotator.clone(), set);
    }
    if !conflicts.is_empty() {
        let message =
            format!("{} changes of yours met changes by somebody else and were set aside here", conflicts.len());
        let path = match access {
            Access::Write => keep_aside(root, "conflicts", id.as_str(), &conflicts)?,
            Access::Read => text_file.path.clone(),
        };
        notices.push(Notice::new(Level::Warning, &path, None, message));
    }
    let mut state = shared.lock();
    text_file.remember(&mut state);
    for (set, _) in sets.iter().filter(|(set, _)| set.content.is_some()) {
        set.remember(&mut state);
    }
    if access == Access::Write {
        if let Some(imported) = &history.imported {
            state.imported.entry(id.clone()).or_insert_with(|| imported.clone());
        }
        if history.is_edited() {
            state.corrected.insert(id.clone());
        }
        state.dirty.extend(behind);
    }
    Ok(LoadedArticle { text, sets: loaded, through, notices })
}

impl Found {
    fn is_changed(&self, state: &State) -> bool {
        matches!(state.journal.start(&self.key, self.hash), Start::Changed(_)) && self.content.is_some()
    }
}

struct Resolved {
    set: AnnotationSet,
    /// Records that the text has no place for.
    aside: Vec<String>,
    conflicts: Vec<String>,
    notices: Vec<Notice>,
    /// True if the file does not hold this state.
    is_behind: bool,
}

/// One annotator's annotations; `None` if there are none.
fn resolve_set(
    found: &Found,
    key: &SetKey,
    start: Start,
    history: &TextHistory,
    text_is_known: bool,
    tail: &Tail,
    text: &ArticleText,
) -> Result<Option<Resolved>, StoreError> {
    let seq = start.seq();
    let touches = |operation: &Operation| match operation {
        Operation::Span { set, .. }
        | Operation::Relation { set, .. }
        | Operation::DocumentLabel { set, .. }
        | Operation::Progress { set, .. } => set == key,
        // A new article of that name starts without the annotations that an old one had.
        Operation::Article { .. } => found.content.is_some() && matches!(start, Start::Known(_)),
        _ => false,
    };
    let has_news = tail.iter().any(|(number, operations)| *number > seq && operations.iter().any(touches));
    if found.content.is_none() && !has_news {
        return Ok(None);
    }
    let mut resolved = Resolved {
        set: AnnotationSet::default(),
        aside: Vec::new(),
        conflicts: Vec::new(),
        notices: Vec::new(),
        is_behind: has_news,
    };
    let came_since = matches!(start, Start::Known(_)) && history.coming.is_some_and(|coming| coming > seq);
    // The transaction as of which the text is the one that the offsets count in.
    let mut text_start = if text_is_known { seq } else { u64::MAX };
    if let Some(content) = found.content.as_deref().filter(|_| !came_since) {
        let annotator = key.annotator.as_str().into();
        let file = read_set(content, &found.path, &annotator)?;
        if matches!(start, Start::Changed(_)) {
            text_start = file.text_hash.and_then(|hash| history.find(hash)).unwrap_or(u64::MAX);
        }
        let base = if text_start == u64::MAX { None } else { history.at(text_start) };
        if base.is_none() {
            text_start = u64::MAX;
        }
        let anchored = anchor(file, content, &found.path, base.as_deref().unwrap_or(text));
        resolved.is_behind |= !anchored.notices.is_empty();
        resolved.set = anchored.set;
        resolved.aside = anchored.aside;
        resolved.notices = anchored.notices;
    }
    let trust = if matches!(start, Start::Known(_)) { Trust::Full } else { Trust::Checked };
    let moves = tail.iter().any(|(number, operations)| {
        *number > text_start && operations.iter().any(|operation| matches!(operation, Operation::Text { .. }))
    });
    resolved.is_behind |= moves;
    resolved.conflicts = replay_set(&mut resolved.set, key, tail, seq, text_start, trust);
    let unfit = take_out_unfit(&mut resolved.set, key, text.as_str());
    if !unfit.is_empty() {
        let message =
            format!("{} records were set aside, in .glosse/unanchored: the text has no place for them", unfit.len());
        resolved.notices.push(Notice::new(Level::Error, &found.path, None, message));
        resolved.aside.extend(unfit);
        resolved.is_behind = true;
    }
    Ok(Some(resolved))
}
