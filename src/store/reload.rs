//! Taking over what others changed: read, merge with what is in memory, keep what lost.

use super::{
    Level, MergeConflict, Notice, Outside, OutsideChange, StoreError,
    anchor::anchor,
    annotation_read::read_set,
    annotation_write::span_line,
    aside::keep_aside,
    files::FileKey,
    journal::{Place, Start, read_place},
    load::Found,
    merge::merge_sets,
    outside::Watch,
    project_file::{read_entities, read_metadata, read_project},
    replay::take_out_unfit,
    shared::Shared,
};
use crate::{
    edit::Operation,
    model::{
        AnnotationSet, AnnotatorName, Article, ArticleId, ArticleMetadata, ArticleText, EntityRegistry, Project,
        Schema, SetKey, Settings,
    },
    text::{TextEdit, edits_between},
};
use std::{collections::BTreeMap, sync::Arc};

/// An outside change, read and merged.
#[derive(Debug)]
pub struct Reloaded {
    pub what: Outside,
    /// Where both sides changed the same: ours stands, theirs is kept in `.glosse/conflicts`.
    pub conflicts: Vec<MergeConflict>,
    pub notices: Vec<Notice>,
    new: New,
}

/// The merged state.
#[derive(Debug)]
enum New {
    Project(Arc<Settings>, Arc<Schema>),
    Entities(EntityRegistry),
    Metadata(ArticleId, Arc<ArticleMetadata>),
    Set(SetKey, AnnotationSet),
    Text(ArticleId, Arc<ArticleText>, BTreeMap<AnnotatorName, AnnotationSet>),
    Article(ArticleId, Arc<ArticleMetadata>),
    NoArticle(ArticleId),
    /// What is in memory stands.
    Nothing,
}

impl Reloaded {
    /// Puts the merged state into the project.
    pub fn adopt(self, project: &mut Project) {
        match self.new {
            New::Project(settings, schema) => (project.settings, project.schema) = (settings, schema),
            New::Entities(registry) => project.entities = registry,
            New::Metadata(id, metadata) => {
                if let Some(article) = project.articles.get_mut(&id) {
                    article.metadata = metadata;
                }
            }
            New::Set(key, set) => {
                if let Some(article) = project.articles.get_mut(&key.article) {
                    article.sets.insert(key.annotator, set);
                }
            }
            New::Text(id, text, sets) => {
                if let Some(article) = project.articles.get_mut(&id) {
                    article.text = Some(text);
                    article.sets = sets;
                }
            }
            New::Article(id, metadata) => {
                let article = Article { id: id.clone(), metadata, text: None, sets: BTreeMap::new() };
                project.articles.entry(id).or_insert(article);
            }
            New::NoArticle(id) => {
                for (annotator, set) in project.articles.remove(&id).into_iter().flat_map(|article| article.sets) {
                    project.given_ids.insert(SetKey { article: id.clone(), annotator }, set.next_id());
                }
            }
            New::Nothing => {}
        }
    }
}

pub(super) fn reload(
    shared: &Shared,
    watch: &mut Watch,
    change: &OutsideChange,
    project: &Project,
) -> Result<Reloaded, StoreError> {
    let key = change.what.key();
    let found = Found::read(&shared.root, key.clone())?;
    let mut reloader =
        Reloader { shared, project, found, conflicts: Vec::new(), notices: Vec::new(), is_behind: false };
    let new = match &change.what {
        Outside::Project => reloader.schema()?,
        Outside::Entities => reloader.entities()?,
        Outside::Metadata(id) => reloader.metadata(id)?,
        Outside::Set(key) => reloader.set(key)?,
        Outside::Text(id) => reloader.text(id)?,
        Outside::NewArticle(id) if reloader.found.content.is_some() => reloader.article(id)?,
        Outside::RemovedArticle(id) | Outside::NewArticle(id) => reloader.removed(id),
    };
    let Reloader { found, conflicts, notices, is_behind, .. } = reloader;
    if !conflicts.is_empty() {
        let stem = key.article().map_or("project", ArticleId::as_str);
        let records: Vec<String> = conflicts
            .iter()
            .map(|conflict| {
                let theirs = conflict.theirs.as_deref().unwrap_or("// it was removed");
                format!("// annotation {} was {}; the other side:\n{theirs},\n", conflict.id, conflict.message)
            })
            .collect();
        keep_aside(&shared.root, "conflicts", stem, &records)?;
    }
    let mut state = shared.lock();
    state.cancel(&key);
    if !matches!(new, New::Article(..)) {
        found.remember_as_last(&mut state);
    }
    if is_behind {
        state.dirty.insert(key);
    } else {
        state.dirty.remove(&key);
    }
    if let New::Text(id, ..) = &new {
        state.moved.insert(id.clone());
    }
    drop(state);
    watch.settle(&change.what);
    Ok(Reloaded { what: change.what.clone(), conflicts, notices, new })
}

struct Reloader<'a> {
    shared: &'a Shared,
    project: &'a Project,
    found: Found,
    conflicts: Vec<MergeConflict>,
    notices: Vec<Notice>,
    /// True if the merged state is not that of the file.
    is_behind: bool,
}

impl Reloader<'_> {
    /// The operations that the last content of ours does not have, which is the one that both sides go back to.
    fn pending(&self) -> Result<Vec<Operation>, StoreError> {
        let places: Vec<(u64, Place)> = {
            let state = self.shared.lock();
            if !state.dirty.contains(&self.found.key) && !state.is_pending(&self.found.key) {
                return Ok(Vec::new());
            }
            let known = state.known.get(&self.found.key).and_then(|known| known.hash);
            let start = match state.journal.start(&self.found.key, known) {
                Start::Known(seq) | Start::Changed(seq) => seq,
            };
            let seqs = state.journal.touches(&self.found.key, start);
            seqs.into_iter().filter_map(|seq| Some((seq, state.journal.entry(seq)?.place.clone()))).collect()
        };
        let mut operations = Vec::new();
        for (seq, place) in places {
            operations.append(&mut read_place(&self.shared.root, seq, &place)?);
        }
        Ok(operations)
    }

    /// One of three values; ours where both sides changed it.
    fn choose<T: PartialEq + Clone>(&mut self, base: &T, ours: &T, theirs: T, what: &str) -> T {
        if *ours == *base || *ours == theirs {
            return theirs;
        }
        self.is_behind = true;
        if theirs != *base {
            let message = format!("{what} was changed here and by somebody else; this side stands");
            self.notices.push(Notice::new(Level::Warning, &self.found.path, None, message));
        }
        ours.clone()
    }

    fn keep_theirs(&self) -> Result<(), StoreError> {
        if let Some(content) = &self.found.content {
            let stem = self.found.key.article().map_or("project", ArticleId::as_str);
            keep_aside(&self.shared.root, "conflicts", stem, std::slice::from_ref(content))?;
        }
        Ok(())
    }

    fn schema(&mut self) -> Result<New, StoreError> {
        let no_project = || StoreError::NoProject { path: self.shared.root.clone() };
        let content = self.found.content.clone().ok_or_else(no_project)?;
        let (settings, schema) = read_project(&content, &self.found.path)?;
        let (ours_settings, ours_schema) = (self.project.settings.clone(), self.project.schema.clone());
        let (mut base_settings, mut base_schema) = (ours_settings.clone(), ours_schema.clone());
        for operation in self.pending()?.into_iter().rev() {
            match operation {
                Operation::Settings { before, .. } => base_settings = before,
                Operation::Schema { before, .. } => base_schema = before,
                _ => {}
            }
        }
        let settings = self.choose(&base_settings, &ours_settings, Arc::new(settings), "the settings");
        let schema = self.choose(&base_schema, &ours_schema, Arc::new(schema), "the schema");
        if self.is_behind {
            self.keep_theirs()?;
        }
        Ok(New::Project(settings, schema))
    }

    fn entities(&mut self) -> Result<New, StoreError> {
        let theirs = match self.found.content.as_deref() {
            Some(content) => read_entities(content, &self.found.path)?,
            None => EntityRegistry::default(),
        };
        let ours = self.project.entities.clone();
        let mut base = ours.entities.clone();
        for operation in self.pending()?.into_iter().rev() {
            if let Operation::Entity { id, before, .. } = operation {
                match before {
                    Some(before) => base.insert(id, *before),
                    None => base.remove(&id),
                };
            }
        }
        let mut merged = EntityRegistry { entities: BTreeMap::new(), retired: ours.retired.clone() };
        merged.retired.extend(theirs.retired.iter().cloned());
        let ids: std::collections::BTreeSet<_> = ours.entities.keys().chain(theirs.entities.keys()).cloned().collect();
        let mut lost = false;
        for id in ids {
            let (before, our) = (base.get(&id).cloned(), ours.entities.get(&id).cloned());
            let their = theirs.entities.get(&id).cloned();
            lost |= our != before && their != before && our != their;
            let what = format!("the entity {id}");
            match self.choose(&before, &our, their, &what) {
                Some(entity) => {
                    merged.retired.remove(&id);
                    merged.entities.insert(id, entity);
                }
                None => {
                    merged.retired.insert(id);
                }
            }
        }
        if lost {
            self.keep_theirs()?;
        }
        self.is_behind |= merged != theirs;
        Ok(New::Entities(merged))
    }

    fn metadata(&mut self, id: &ArticleId) -> Result<New, StoreError> {
        let theirs = match self.found.content.as_deref() {
            Some(content) => read_metadata(content, &self.found.path)?,
            None => ArticleMetadata::default(),
        };
        let Some(article) = self.project.articles.get(id) else { return Ok(New::Nothing) };
        let ours = article.metadata.clone();
        let mut base = ours.clone();
        for operation in self.pending()?.into_iter().rev() {
            if let Operation::Metadata { article, before, .. } = operation
                && article == *id
            {
                base = before;
            }
        }
        let metadata = self.choose(&base, &ours, Arc::new(theirs), "what is known of the article");
        if self.is_behind {
            self.keep_theirs()?;
        }
        Ok(New::Metadata(id.clone(), metadata))
    }

    fn set(&mut self, key: &SetKey) -> Result<New, StoreError> {
        let Some(article) = self.project.articles.get(&key.article) else { return Ok(New::Nothing) };
        let Some(text) = article.text.clone() else { return Ok(New::Nothing) };
        let ours = article.sets.get(&key.annotator).cloned().unwrap_or_default();
        // What ours was when its file was last written, in the text of that time: everything since then taken back.
        let pending = self.pending()?;
        let (mut base, mut base_text) = (ours.clone(), text.clone());
        let mut edits: Vec<TextEdit> = Vec::new();
        for operation in pending.iter().rev() {
            match operation.inverse() {
                Operation::Text { article, edit } if article == key.article => {
                    base.map_spans(&edit);
                    if let Some(before) = edit.apply(base_text.as_str()) {
                        base_text = Arc::new(ArticleText::new(before));
                    }
                    edits.push(edit.inverse());
                }
                Operation::Span { set, id, after, .. } if set == *key => {
                    base.put_span(id, after);
                }
                Operation::Relation { set, id, after, .. } if set == *key => {
                    base.put_relation(id, after);
                }
                Operation::DocumentLabel { set, id, after, .. } if set == *key => {
                    base.put_document_label(id, after);
                }
                Operation::Progress { set, after, .. } if set == *key => base.set_progress(after),
                _ => {}
            }
        }
        let mut theirs = AnnotationSet::default();
        if let Some(content) = self.found.content.as_deref() {
            let annotator = key.annotator.as_str().into();
            let file = read_set(content, &self.found.path, &annotator)?;
            // Their file counts in the text of then, unless it says otherwise.
            let is_now = file.text_hash == Some(text.hash()) && !edits.is_empty();
            let anchored = anchor(file, content, &self.found.path, if is_now { &text } else { &base_text });
            theirs = anchored.set;
            self.notices.extend(anchored.notices);
            if !anchored.aside.is_empty() {
                let stem = format!("{}-{}", key.annotator, key.article);
                keep_aside(&self.shared.root, "unanchored", &stem, &anchored.aside)?;
                self.is_behind = true;
            }
            if is_now {
                for edit in &edits {
                    theirs.map_spans(&edit.inverse());
                }
            }
        }
        for edit in edits.iter().rev() {
            base.map_spans(edit);
            theirs.map_spans(edit);
        }
        let (mut merged, conflicts) = merge_sets(&base, &ours, &theirs);
        self.conflicts = conflicts;
        let unfit = take_out_unfit(&mut merged, key, text.as_str());
        if !unfit.is_empty() {
            keep_aside(&self.shared.root, "unanchored", &format!("{}-{}", key.annotator, key.article), &unfit)?;
        }
        merged.reserve_ids(self.shared.lock().journal.free_id(key));
        self.is_behind |= merged != theirs || !edits.is_empty();
        Ok(New::Set(key.clone(), merged))
    }

    fn text(&mut self, id: &ArticleId) -> Result<New, StoreError> {
        let Some(content) = self.found.content.clone() else { return Ok(self.removed(id)) };
        let Some(article) = self.project.articles.get(id) else { return Ok(New::Nothing) };
        let Some(ours) = article.text.clone() else { return Ok(New::Nothing) };
        let has_own = self.pending()?.iter().any(|operation| matches!(operation, Operation::Text { .. }));
        if has_own && content != ours.as_str() {
            self.keep_theirs()?;
            self.is_behind = true;
            let message = "the text was corrected here and changed by somebody else; this side stands, and the other is kept \
                           in .glosse/conflicts";
            self.notices.push(Notice::new(Level::Warning, &self.found.path, None, message));
            return Ok(New::Nothing);
        }
        let mut sets = article.sets.clone();
        let mut text = ours.as_str().to_owned();
        for edit in edits_between(ours.as_str(), &content) {
            let Some(next) = edit.apply(&text) else { continue };
            for (annotator, set) in &mut sets {
                let key = SetKey { article: id.clone(), annotator: annotator.clone() };
                self.move_along(set, &key, &edit, &text)?;
            }
            text = next;
        }
        let text = Arc::new(ArticleText::new(content));
        for (annotator, set) in &mut sets {
            let key = SetKey { article: id.clone(), annotator: annotator.clone() };
            let unfit = take_out_unfit(set, &key, text.as_str());
            if !unfit.is_empty() {
                keep_aside(&self.shared.root, "unanchored", &format!("{annotator}-{id}"), &unfit)?;
            }
        }
        Ok(New::Text(id.clone(), text, sets))
    }

    /// Moves spans along with an edit by somebody else; what falls with its text is set aside.
    fn move_along(
        &mut self,
        set: &mut AnnotationSet,
        key: &SetKey,
        edit: &TextEdit,
        text: &str,
    ) -> Result<(), StoreError> {
        let damaged = set.damaged_by(edit);
        let mut fallen = Vec::new();
        for id in damaged {
            let Some(span) = set.span(id).filter(|span| span.fragments.map(edit).is_none()) else { continue };
            fallen.push(format!("// its text was removed\n{},\n", span_line(span, key.annotator.as_str(), Some(text))));
            // Out of bounds everywhere: taken out with what points to it once all edits are through.
            let mut span = span.clone();
            let end = crate::text::ByteOffset(u32::MAX);
            span.fragments = crate::model::Fragments::one(crate::text::TextRange::new(end, end));
            set.put_span(id, Some(Arc::new(span)));
        }
        if !fallen.is_empty() {
            let message = format!("{} spans of {} lost their text and were set aside", fallen.len(), key.annotator);
            self.notices.push(Notice::new(Level::Warning, &self.found.path, None, message));
            keep_aside(&self.shared.root, "unanchored", &format!("{}-{}", key.annotator, key.article), &fallen)?;
        }
        set.map_spans(edit);
        Ok(())
    }

    fn article(&mut self, id: &ArticleId) -> Result<New, StoreError> {
        let file = Found::read(&self.shared.root, FileKey::Metadata(id.clone()))?;
        let metadata = match file.content.as_deref() {
            Some(content) => read_metadata(content, &file.path)?,
            None => ArticleMetadata::default(),
        };
        file.remember_as_last(&mut self.shared.lock());
        Ok(New::Article(id.clone(), Arc::new(metadata)))
    }

    fn removed(&mut self, id: &ArticleId) -> New {
        let state = self.shared.lock();
        let ours = |key: &FileKey| key.article() == Some(id);
        if state.dirty.iter().any(ours) {
            drop(state);
            self.is_behind = true;
            let message = "the article was removed by somebody else, but it was changed here; it stays";
            self.notices.push(Notice::new(Level::Warning, &self.found.path, None, message));
            return New::Nothing;
        }
        New::NoArticle(id.clone())
    }
}
