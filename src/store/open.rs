//! Opening a project: schema, entities and the list of articles, as files and journal tell them. Texts stay on disk.

use super::{
    Level, Notice, StoreError,
    aside::keep_aside,
    files::FileKey,
    journal::{Journal, Start, read_place},
    load::{Found, annotators},
    project_file::{read_entities, read_metadata, read_project},
    shared::State,
    transactions::Transactions,
};
use crate::{
    edit::Operation,
    model::{Article, ArticleId, ArticleMetadata, EntityRegistry, Project, SetKey},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

/// What opening found out.
pub(super) struct Read {
    pub project: Project,
    pub notices: Vec<Notice>,
    /// Changes of ours that met changes by somebody else.
    pub conflicts: Vec<String>,
}

/// Reads everything but texts and annotations. `state` has the journal, and gets what is known of the files.
pub(super) fn read_project_folder(root: &Path, state: &mut State) -> Result<Read, StoreError> {
    let mut read = Read { project: Project::default(), notices: Vec::new(), conflicts: Vec::new() };
    read_schema(root, state, &mut read)?;
    read_registry(root, state, &mut read)?;
    read_articles(root, state, &mut read)?;
    Ok(read)
}

/// The operations behind `start` that change a file of this article.
fn operations_of(
    root: &Path,
    journal: &Journal,
    transactions: &Transactions,
    (key, article): (&FileKey, &ArticleId),
    start: Start,
) -> Result<Vec<Operation>, StoreError> {
    let mut operations = Vec::new();
    for seq in journal.touches(key, start.seq()) {
        if let Some(entry) = journal.entry(seq) {
            operations.extend(transactions.operations(root, (seq, &entry.place), article)?.iter().cloned());
        }
    }
    Ok(operations)
}

/// The operations behind `start` that change the file `key`.
fn operations(root: &Path, journal: &Journal, key: &FileKey, start: Start) -> Result<Vec<Operation>, StoreError> {
    let mut operations = Vec::new();
    for seq in journal.touches(key, start.seq()) {
        if let Some(entry) = journal.entry(seq) {
            operations.append(&mut read_place(root, seq, &entry.place)?);
        }
    }
    Ok(operations)
}

/// Gives `now` the value `after` if it is what the operation says it was, or if nobody else can have changed it.
fn redo<T: PartialEq>(
    start: Start,
    now: &mut T,
    before: &T,
    after: T,
    lost: impl FnOnce() -> String,
) -> Option<String> {
    if matches!(start, Start::Known(_)) || now == before {
        *now = after;
    } else if *now != after {
        return Some(lost());
    }
    None
}

fn read_schema(root: &Path, state: &mut State, read: &mut Read) -> Result<(), StoreError> {
    let found = Found::read(root, FileKey::Project)?;
    let Some(content) = found.content.as_deref() else { return Err(StoreError::NoProject { path: root.to_owned() }) };
    let (settings, schema) = read_project(content, &found.path)?;
    let (mut settings, mut schema) = (Arc::new(settings), Arc::new(schema));
    found.remember(state);
    let start = state.journal.start(&found.key, found.hash);
    for operation in operations(root, &state.journal, &found.key, start)? {
        state.dirty.insert(FileKey::Project);
        let lost =
            |what: &str| format!("// {what} were changed here and by somebody else; see the journal for this side\n");
        read.conflicts.extend(match operation {
            Operation::Settings { before, after } => {
                redo(start, &mut settings, &before, after, || lost("the settings"))
            }
            Operation::Schema { before, after } => {
                redo(start, &mut schema, &before, after, || lost("labels of the schema"))
            }
            _ => None,
        });
    }
    (read.project.settings, read.project.schema) = (settings, schema);
    Ok(())
}

fn read_registry(root: &Path, state: &mut State, read: &mut Read) -> Result<(), StoreError> {
    let found = Found::read(root, FileKey::Entities)?;
    let mut registry = match found.content.as_deref() {
        Some(content) => read_entities(content, &found.path)?,
        None => EntityRegistry::default(),
    };
    found.remember(state);
    let start = state.journal.start(&found.key, found.hash);
    for operation in operations(root, &state.journal, &found.key, start)? {
        let Operation::Entity { id, before, after } = operation else { continue };
        state.dirty.insert(FileKey::Entities);
        let mut now = registry.entities.get(&id).cloned().map(Box::new);
        let lost = || format!("// the entity {id} was changed here and by somebody else: {after:?}\n");
        read.conflicts.extend(redo(start, &mut now, &before, after.clone(), lost));
        match now {
            Some(entity) => {
                registry.retired.remove(&id);
                registry.entities.insert(id, *entity);
            }
            None => {
                registry.entities.remove(&id);
                registry.retired.insert(id);
            }
        }
    }
    read.project.entities = registry;
    Ok(())
}

/// The articles that have a text file.
pub(super) fn list_articles(root: &Path, notices: &mut Vec<Notice>) -> Result<BTreeSet<ArticleId>, StoreError> {
    let folder = root.join("articles");
    let mut ids = BTreeSet::new();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ids),
        Err(error) => return Err(StoreError::Io { path: folder, doing: "list the articles", error }),
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(".txt")) else { continue };
        if stem.starts_with('.') || stem.ends_with(".original") {
            continue;
        }
        let id = ArticleId::new(stem);
        if id.is_portable() {
            ids.insert(id);
        } else {
            let message = "the file is not used: its name has characters that not every system allows; rename it with \
                           letters without accents, digits, '-', '_' and '.', or import it";
            notices.push(Notice::new(Level::Warning, &entry.path(), None, message));
        }
    }
    Ok(ids)
}

/// A metadata file and what it says; nothing if there is none.
type MetadataFile = Result<(Found, Option<ArticleMetadata>), StoreError>;

fn read_articles(root: &Path, state: &mut State, read: &mut Read) -> Result<(), StoreError> {
    let mut ids = list_articles(root, &mut read.notices)?;
    let transactions = Transactions::default();
    settle_comings(root, state, &transactions, &mut ids, read)?;
    let ids: Vec<ArticleId> = ids.into_iter().collect();
    let files: Vec<(ArticleId, MetadataFile)> = ids
        .into_par_iter()
        .with_min_len(64)
        .map(|id| {
            let result = Found::read(root, FileKey::Metadata(id.clone())).and_then(|found| {
                let metadata = found.content.as_deref().map(|content| read_metadata(content, &found.path));
                Ok((found, metadata.transpose()?))
            });
            (id, result)
        })
        .collect();
    for (id, result) in files {
        let mut metadata = Arc::new(ArticleMetadata::default());
        match result {
            // Not known, so not overwritten either.
            Err(error) => read.notices.push(Notice::from(&error)),
            Ok((found, file)) => {
                metadata = Arc::new(file.unwrap_or_default());
                found.remember(state);
                let start = state.journal.start(&found.key, found.hash);
                for operation in operations_of(root, &state.journal, &transactions, (&found.key, &id), start)? {
                    let (before, after) = match operation {
                        Operation::Metadata { before, after, .. } => (Some(before), after),
                        Operation::Article { after: Some(content), .. } => (None, content.metadata),
                        _ => continue,
                    };
                    state.dirty.insert(found.key.clone());
                    let before = before.unwrap_or_else(|| metadata.clone());
                    let lost = || format!("// what is known of {id} was changed here and by somebody else\n");
                    read.conflicts.extend(redo(start, &mut metadata, &before, after, lost));
                }
            }
        }
        let article = Article { id: id.clone(), metadata, text: None, sets: BTreeMap::new() };
        read.project.articles.insert(id, article);
    }
    Ok(())
}

/// Adds articles whose files are not written yet, and leaves out those whose files are not removed yet.
fn settle_comings(
    root: &Path,
    state: &mut State,
    transactions: &Transactions,
    ids: &mut BTreeSet<ArticleId>,
    read: &mut Read,
) -> Result<(), StoreError> {
    let mut comings: Vec<(u64, ArticleId)> = state.journal.comings().map(|(id, seq)| (seq, id.clone())).collect();
    comings.sort_unstable();
    for (seq, id) in comings {
        let key = FileKey::Text(id.clone());
        let is_there = ids.contains(&id);
        if state
            .journal
            .last_intent(&key)
            .is_some_and(|intent| intent.through >= seq && intent.hash.is_some() == is_there)
        {
            continue;
        }
        let found = Found::read(root, key.clone())?;
        let start = state.journal.start(&key, found.hash);
        if start.seq() >= seq {
            continue;
        }
        let Some(place) = state.journal.entry(seq).map(|entry| entry.place.clone()) else { continue };
        let operations = transactions.operations(root, (seq, &place), &id)?;
        let coming = operations.iter().rev().find_map(|operation| match operation {
            Operation::Article { after, .. } => Some(after.clone()),
            _ => None,
        });
        match coming.flatten() {
            Some(_) => {
                ids.insert(id.clone());
            }
            None if matches!(start, Start::Changed(_)) && is_there => {
                let message = "the article was removed here, but somebody else changed its text; it is kept";
                read.notices.push(Notice::new(Level::Warning, &found.path, None, message));
                continue;
            }
            None => {
                ids.remove(&id);
                for annotator in annotators(root) {
                    let set = Found::read(root, FileKey::Set(SetKey { article: id.clone(), annotator }))?;
                    if set.content.is_some() {
                        set.remember(state);
                        state.dirty.insert(set.key.clone());
                    }
                }
                Found::read(root, FileKey::Metadata(id.clone()))?.remember(state);
            }
        }
        found.remember(state);
        state.dirty.extend([key, FileKey::Metadata(id)]);
    }
    Ok(())
}

/// Keeps what lost, and says so.
pub(super) fn report_conflicts(root: &Path, conflicts: &[String], notices: &mut Vec<Notice>) -> Result<(), StoreError> {
    if !conflicts.is_empty() {
        let path = keep_aside(root, "conflicts", "project", conflicts)?;
        let message =
            format!("{} changes of yours met changes by somebody else and were set aside here", conflicts.len());
        notices.push(Notice::new(Level::Warning, &path, None, message));
    }
    Ok(())
}
