//! Replacing files: what they shall hold is said in the journal first, and a content that is not ours is never replaced.

use super::{
    Level, Notice, StoreError,
    annotation_write::write_set,
    error::remedy,
    files::{ContentHash, FileKey, hash, journal_path, local_path, original_path},
    journal::{Intent, Stage, intent_line},
    journal_file::JournalFile,
    outside::outside_of,
    project_file::{write_entities, write_metadata, write_project},
    ron_file::{hash_of, put_in_place, read_bytes, replace, sync_folder},
    shared::{Known, PendingLine, Shared, look},
};
use crate::model::{AnnotationSet, ArticleId, ArticleMetadata, ArticleText, EntityRegistry, Schema, SetKey, Settings};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many files are written at the same time.
const THREADS: usize = 8;

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

/// Gives each file its content, and for each the reason if that failed.
pub(super) fn replace_files(
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
                lines.push(intent_line(key, intent, Stage::Planned));
                planned.push(Plan { index: failed.len(), path, bytes, intent, is_there: found == intent.hash });
            }
        }
        failed.push(problem);
    }
    // The intents come first: whatever happens then, the content of each file tells how far it goes.
    if !lines.is_empty()
        && let Err(error) = journal.append(&lines)
    {
        let message = format!("{error}{}: {}", remedy(&error), journal_path(&shared.root).display());
        return batch.iter().map(|_| Some(message.clone())).collect();
    }
    {
        let mut state = shared.lock();
        for plan in &planned {
            if let Some((key, _, _)) = batch.get(plan.index) {
                state.journal.add_intent(key.clone(), plan.intent, Stage::Planned);
            }
        }
    }
    for (index, intent, result) in put_all(shared, batch, &planned) {
        let Some((key, content, _)) = batch.get(index) else { continue };
        match result {
            Ok(()) => {
                let known = Known { hash: intent.hash, look: look(&key.path(&shared.root)) };
                let mut state = shared.lock();
                state.known.insert(key.clone(), known);
                // From here on an older content, or none, is the work of others.
                state.journal.add_intent(key.clone(), intent, Stage::Done);
                let bytes = Arc::new(intent_line(key, intent, Stage::Done));
                state.lines.push_back(PendingLine { bytes, transaction: None });
                if let (FileKey::Text(article), What::Text { corrected, .. }) = (key, &content.what) {
                    state.imported.remove(article);
                    if *corrected {
                        state.corrected.remove(article);
                    }
                }
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

/// What is to be done with one file of a batch.
struct Plan {
    /// Place in the batch.
    index: usize,
    path: PathBuf,
    /// The new content; `None` to remove the file.
    bytes: Option<Vec<u8>>,
    intent: Intent,
    /// True if the file has this content already.
    is_there: bool,
}

/// Carries out the plans. Waiting for the disk takes most of the time, so several wait side by side.
fn put_all(
    shared: &Shared,
    batch: &[(FileKey, Content, ContentHash)],
    plans: &[Plan],
) -> Vec<(usize, Intent, Result<(), StoreError>)> {
    let put_some = |plans: &[Plan]| -> Vec<(usize, Intent, Result<(), StoreError>)> {
        let results = plans.iter().filter_map(|plan| {
            let (key, content, _) = batch.get(plan.index)?;
            let result = if plan.is_there { Ok(()) } else { put(shared, key, content, plan) };
            Some((plan.index, plan.intent, result))
        });
        results.collect()
    };
    let mut results = std::thread::scope(|scope| {
        let parts: Vec<_> = plans.chunks(plans.len().div_ceil(THREADS).max(1)).collect();
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || put_some(part))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    let folders: BTreeSet<&Path> =
        plans.iter().filter(|plan| !plan.is_there).filter_map(|plan| plan.path.parent()).collect();
    for folder in folders {
        if let Err(error) = sync_folder(folder) {
            let message = error.to_string();
            for (_, _, result) in &mut results {
                let error = std::io::Error::other(message.clone());
                *result = Err(StoreError::Io { path: folder.to_owned(), doing: "save the folder", error });
            }
        }
    }
    results
}

/// Replaces or removes one file. The folder is saved later, for all of a batch at once.
fn put(shared: &Shared, key: &FileKey, content: &Content, plan: &Plan) -> Result<(), StoreError> {
    let path = &plan.path;
    if let (What::Text { text, imported, .. }, FileKey::Text(article)) = (&content.what, key) {
        let before = imported.as_deref().unwrap_or(text);
        bring_original_back(&shared.root, article, path, before)?;
    }
    if let (What::Text { corrected: true, imported, .. }, FileKey::Text(article)) = (&content.what, key) {
        keep_original(&shared.root, article, path, imported.as_deref())?;
    }
    match &plan.bytes {
        Some(bytes) => put_in_place(path, bytes),
        None => {
            if let FileKey::Text(article) = key {
                set_original_aside(shared, article, path)?;
            }
            fs::remove_file(path).map_err(StoreError::io(path, "remove the file"))
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

/// Where the original of a removed article is kept: named after the article and the text that it had in the end, so that
/// it is found again when just that comes back, and no later removal replaces it.
fn removed_original_path(root: &Path, article: &ArticleId, last_text: &[u8]) -> PathBuf {
    local_path(root).join("removed").join(format!("{article}.{:016x}.original.txt", hash(last_text)))
}

/// An article that comes back, by undo of its removal, has its original again.
fn bring_original_back(root: &Path, article: &ArticleId, path: &Path, text: &ArticleText) -> Result<(), StoreError> {
    // A text that is there already is only replaced; nothing needs to be looked for then.
    if path.exists() {
        return Ok(());
    }
    let original = original_path(root, article);
    let removed = removed_original_path(root, article, text.as_str().as_bytes());
    if original.exists() || !removed.exists() {
        return Ok(());
    }
    let Some(bytes) = read_bytes(&removed)? else { return Ok(()) };
    replace(&original, &bytes)?;
    fs::remove_file(&removed).map_err(StoreError::io(&removed, "remove the file"))
}

/// The original of a removed article is no part of the project any more, but not thrown away either.
fn set_original_aside(shared: &Shared, article: &ArticleId, path: &Path) -> Result<(), StoreError> {
    let original = original_path(&shared.root, article);
    let Some(bytes) = read_bytes(&original)? else { return Ok(()) };
    let last_text = read_bytes(path)?.unwrap_or_default();
    let removed = removed_original_path(&shared.root, article, &last_text);
    replace(&removed, &bytes)?;
    fs::remove_file(&original).map_err(StoreError::io(&original, "remove the file"))?;
    let message = format!("the imported text of the removed article {article} is kept here");
    shared.lock().notices.push(Notice::new(Level::Info, &removed, None, message));
    Ok(())
}
