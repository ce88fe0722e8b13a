//! Bringing files into a project.

use super::{
    Batch, BatchReader, Session, SessionError,
    import_suggestions::{self, ByText, LabelMap, Unknown},
    language, missing_labels,
    session::now,
};
use crate::{
    edit::{Arrival, Incoming, Merged},
    format::{
        Imported, LanguageSource, ReadOptions, Warning,
        derive::{self, add_defined},
    },
    model::{
        AnnotatorName, Article, ArticleId, ArticleMetadata, Name, Project, Provenance, Schema, SetKey, Settings, Source,
    },
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, mpsc},
};

/// What to import, and how.
#[derive(Clone, Debug, Default)]
pub struct ImportRequest {
    pub files: Vec<PathBuf>,
    /// Name of the format; recognised for each file if `None`.
    pub format: Option<String>,
    /// Whose annotations they become; the session's annotator if `None`.
    pub annotator: Option<AnnotatorName>,
    pub text_column: Option<String>,
    pub encoding: Option<String>,
    /// Makes suggestions of this extractor of what is read. With an empty name they keep the extractor that the file names, or
    /// get the name of the file.
    pub suggestions_of: Option<Name>,
    pub labels: LabelMap,
    /// What becomes of labels that the schema does not have.
    pub unknown_labels: UnknownLabels,
}

/// What becomes of labels, relations, attributes and document labels that the schema does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownLabels {
    /// Annotations keep them as they are, suggestions are left out; the report names them.
    #[default]
    Report,
    /// They are added to the schema.
    Add,
}

impl ImportRequest {
    /// How files are read for a project with these settings.
    pub fn read_options(&self, settings: &Settings) -> ReadOptions {
        ReadOptions {
            normalize_line_endings: settings.normalize_line_endings,
            text_column: self.text_column.clone(),
            encoding: self.encoding.clone(),
            default_language: language::unstated(&settings.default_language),
            time: now(),
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    pub articles: Vec<ArticleId>,
    /// Articles that were there with the same text already; they only got the annotations.
    pub extended: Vec<ArticleId>,
    /// How many were added, as annotations or as suggestions.
    pub spans: usize,
    pub relations: usize,
    /// Suggestions among what was added.
    pub suggested: usize,
    /// Annotations that were there already and were not added again.
    pub there: usize,
    /// Suggestions that did not come back, because they were rejected or corrected.
    pub rejected: usize,
    /// What was added to the schema.
    pub added: Vec<Name>,
    /// New articles of which the files do not say the language, by the language that was guessed from their texts.
    pub guessed_languages: BTreeMap<String, usize>,
    /// New articles that got the project's language, since their texts are too short or not clear enough.
    pub project_language: usize,
    pub warnings: Vec<Warning>,
    /// Files that could not be read, with the reason.
    pub failed: Vec<String>,
    /// True if it was stopped before everything was read.
    pub stopped: bool,
    /// The number of its first transaction.
    first: Option<u64>,
    /// The articles of the project by their texts, if that was asked for.
    by_text: Option<ByText>,
    /// A schema of all that came in, whatever that of the project has.
    used: Schema,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Articles that were brought in or were there already.
    pub articles: usize,
    /// Bytes of all files, and how many of them were read.
    pub bytes: u64,
    pub total: u64,
}

impl ImportReport {
    /// What was brought in, or left out, and `schema` does not define.
    pub fn missing(&self, schema: &Schema) -> Schema {
        derive::missing(&self.used, schema)
    }

    /// Notes which labels come in, and has `schema` define them if that was asked for.
    fn note_labels(&mut self, batch: &[(&'static str, Imported)], unknown: UnknownLabels, schema: &mut Schema) {
        for (_, imported) in batch {
            missing_labels::add_imported(imported, &mut self.used);
        }
        if unknown == UnknownLabels::Add {
            let (used, before) = (std::mem::take(&mut self.used), std::mem::take(&mut self.added));
            let added = self.widen(schema, "what the files use", |schema| {
                missing_labels::follow(&used, &before, schema);
                add_defined(&used, schema)
            });
            self.used = used;
            self.added = [before, added].concat();
        }
    }

    /// Widens a schema, and says what was added. If the result would have problems, it stays as it was, with a warning.
    fn widen(&mut self, schema: &mut Schema, what: &str, add: impl FnOnce(&mut Schema) -> Vec<Name>) -> Vec<Name> {
        let mut with = schema.clone();
        let added = add(&mut with);
        let Some(problem) = with.problems().into_iter().next() else {
            *schema = with;
            return added;
        };
        let message = format!("{what} does not fit the schema and was left out: {problem}");
        let warning = Warning { file: "project.ron".to_owned(), line: None, message };
        // It comes up again with each batch.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        Vec::new()
    }

    /// Notes how a new article came by its language.
    pub(super) fn note_language(&mut self, language: &str, from: LanguageSource) {
        match from {
            LanguageSource::File => {}
            LanguageSource::Text => *self.guessed_languages.entry(language.to_owned()).or_default() += 1,
            LanguageSource::Project => self.project_language += 1,
        }
    }

    /// Takes in what became of the annotations of one article.
    pub(super) fn note(&mut self, id: &ArticleId, merged: Merged) {
        self.spans += merged.spans;
        self.relations += merged.relations;
        self.there += merged.there;
        self.rejected += merged.rejected;
        let warning = |message| Warning { file: id.to_string(), line: None, message };
        self.warnings.extend(merged.problems.into_iter().map(warning));
    }
}

/// Most articles of one name that are compared with one that comes in.
const CANDIDATES: usize = 16;
/// Batches that wait while one is brought in.
pub const WAITING: usize = 3;

impl Session {
    /// Reads files into the project. Files that can not be read are listed in the report, the others are imported all the same.
    ///
    /// # Errors
    /// If the project can not be changed, or there is no such format.
    pub fn import(&mut self, request: &ImportRequest) -> Result<ImportReport, SessionError> {
        self.import_watched(request, &mut |_| true)
    }

    /// Reads files of any size into the project, with few of their articles in memory. After each batch `watch` hears how far
    /// it is, and ends the import by returning false: what came in by then stays. The same import brings in the rest later.
    ///
    /// Undo takes back all of an import at once.
    ///
    /// # Errors
    /// As [`Session::import`]. What came in before stays.
    pub fn import_watched(
        &mut self,
        request: &ImportRequest,
        watch: &mut dyn FnMut(ImportProgress) -> bool,
    ) -> Result<ImportReport, SessionError> {
        let reader = self.batch_reader(request);
        let total = reader.total();
        let mut report = ImportReport::default();
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(WAITING);
            let reading = scope.spawn(move || reader.read(&sender));
            for Batch { articles, bytes } in receiver {
                self.import_batch(articles, request, &mut report)?;
                self.wait_for_room()?;
                let articles = report.articles.len() + report.extended.len();
                if !watch(ImportProgress { articles, bytes, total }) {
                    report.stopped = true;
                    break;
                }
            }
            // A panic of the thread goes on in this one.
            report.failed = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok(report)
        })
    }

    /// What reads the files of an import; see [`Session::import_batch`] for what to do with the batches.
    pub fn batch_reader(&self, request: &ImportRequest) -> BatchReader {
        BatchReader::new(request.clone(), &self.project().settings, self.store().imported_files())
    }

    /// Brings articles that were read into the project, in one transaction, and adds to the report. Each comes with the name
    /// of its format. What comes in with one report is undone together. Between two batches there should be room, see
    /// [`Session::make_room`].
    ///
    /// # Errors
    /// If the project can not be changed, or the annotator's name can not be a folder name. Nothing was changed then.
    pub fn import_batch(
        &mut self,
        batch: Vec<(&'static str, Imported)>,
        request: &ImportRequest,
        report: &mut ImportReport,
    ) -> Result<(), SessionError> {
        let mut batch = batch;
        for (_, imported) in &mut batch {
            import_suggestions::rename_labels(imported, &request.labels);
        }
        if let Some(name) = &request.suggestions_of {
            return self.import_suggestions(batch, name, request, report);
        }
        let Some((first_format, first)) = batch.first() else { return Ok(()) };
        let title = match report.articles.len() + report.extended.len() + batch.len() {
            1 => format!("Import {}", first.wanted_id),
            count => format!("Import {count} articles"),
        };
        let annotator = request.annotator.clone().unwrap_or_else(|| self.annotator().clone());
        if !annotator.is_portable() {
            return Err(SessionError::BadAnnotator { name: annotator.to_string() });
        }
        let source = Source::Import { format: Name::from(*first_format) };
        let provenance = Provenance { source, time: now(), score: None, reason: None };
        // Articles that are there already can be extended only when their text is known.
        let there = batch.iter().flat_map(|(_, imported)| candidates(self.project(), imported));
        self.bring(&there.collect())?;
        let key = SetKey { article: ArticleId::new(""), annotator: annotator.clone() };
        let mut schema = (*self.project().schema).clone();
        let mut defined: Vec<Name> = Vec::new();
        let mut seen: Option<&Arc<Schema>> = None;
        for stated in batch.iter().filter_map(|(_, imported)| imported.schema.as_ref()) {
            // The articles of a file share one schema.
            if !seen.is_some_and(|seen| Arc::ptr_eq(seen, stated) || seen == stated) {
                defined
                    .extend(report.widen(&mut schema, "what the files define", |schema| add_defined(stated, schema)));
            }
            seen = Some(stated);
        }
        if !defined.is_empty() {
            let names = defined.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
            let message = format!("the files define what the schema did not have; it was added: {names}");
            report.warnings.push(Warning { file: "project.ron".to_owned(), line: None, message });
        }
        report.note_labels(&batch, request.unknown_labels, &mut schema);
        let (first, before) = (report.first, self.last_seq());
        self.edit_more(first, key, provenance, title, |draft| {
            draft.set_schema(schema)?;
            let mut arrivals = Vec::with_capacity(batch.len());
            for (_, mut imported) in batch {
                for kept in &mut imported.metadata.origin.kept {
                    kept.annotator = Some(annotator.clone());
                }
                let file = imported.metadata.origin.file.clone();
                let of_same_text = candidates(draft.project(), &imported)
                    .into_iter()
                    .find(|id| draft.project().article(id).is_some_and(|article| article.text() == imported.text));
                let id = if let Some(id) = of_same_text {
                    report.extended.push(id.clone());
                    let before = draft.project().article(&id).map(|article| (*article.metadata).clone());
                    if let Some(mut metadata) = before {
                        imported.metadata.origin.kept.into_iter().for_each(|kept| metadata.origin.keep(kept));
                        draft.set_metadata(&id, metadata)?;
                    }
                    id
                } else {
                    let wanted = wanted_id(&imported);
                    report.note_language(&imported.metadata.language, imported.language_from);
                    let id = draft.add_article(wanted.as_str(), imported.metadata, &imported.text)?;
                    report.articles.push(id.clone());
                    id
                };
                for entity in &imported.entities {
                    let (entity, difference) = draft.project().entities.with_import(entity);
                    let file = file.clone();
                    report.warnings.extend(difference.map(|message| Warning { file, line: None, message }));
                    entity.map_or(Ok(()), |entity| draft.put_entity(entity))?;
                }
                report.warnings.extend(imported.warnings);
                let spans = imported.spans.iter_mut().map(|span| &mut span.attributes);
                let relations = imported.relations.iter_mut().map(|relation| &mut relation.attributes);
                for (name, value) in spans.chain(relations).flatten() {
                    if let Some(definition) = draft.project().schema.attribute(name) {
                        *value = definition.kind.adapted(value);
                    }
                }
                arrivals.push(Arrival {
                    // A name of its own: cores that count the users of a shared one wait for each other.
                    set: SetKey { article: id, annotator: AnnotatorName::new(annotator.as_str()) },
                    spans: imported.spans,
                    relations: imported.relations,
                    document_labels: imported.document_labels,
                });
            }
            let ids: Vec<ArticleId> = arrivals.iter().map(|arrival| arrival.set.article.clone()).collect();
            for (id, merged) in ids.iter().zip(draft.merge_many(arrivals, Incoming::Annotations)?) {
                report.note(id, merged);
            }
            Ok(())
        })?;
        self.note_first(report, before);
        Ok(())
    }

    /// Remembers with which transaction an import began, if one was made since that with the number `before`.
    fn note_first(&self, report: &mut ImportReport, before: u64) {
        if report.first.is_none() && self.last_seq() > before {
            report.first = Some(self.last_seq());
        }
    }

    /// The same, as suggestions of an extractor beside what is there.
    fn import_suggestions(
        &mut self,
        mut batch: Vec<(&'static str, Imported)>,
        name: &Name,
        request: &ImportRequest,
        report: &mut ImportReport,
    ) -> Result<(), SessionError> {
        let annotator = request.annotator.as_ref().unwrap_or(self.annotator()).clone();
        if !annotator.is_portable() {
            return Err(SessionError::BadAnnotator { name: annotator.to_string() });
        }
        let Some((_, first)) = batch.first() else { return Ok(()) };
        let file = first.metadata.origin.file.clone();
        let file = if file.is_empty() { first.wanted_id.clone() } else { file };
        let mut unknown = Unknown::new();
        let mut schema = (*self.project().schema).clone();
        report.note_labels(&batch, request.unknown_labels, &mut schema);
        for (_, imported) in &mut batch {
            import_suggestions::make_suggestions(imported, name, &schema, &mut unknown);
        }
        let wanted: Vec<(ArticleId, &Imported)> =
            batch.iter().map(|(_, imported)| (wanted_id(imported), imported)).collect();
        let targets = self.articles_with_text(&wanted, &mut report.by_text)?;
        // What comes with this very batch may come twice.
        let mut came = ByText::default();
        let wanted: Vec<ArticleId> = wanted.into_iter().map(|(id, _)| id).collect();
        let source = if name.is_empty() { Name::from("suggestions") } else { name.clone() };
        let title = match report.articles.len() + report.extended.len() + batch.len() {
            1 => format!("Import suggestions of {source}"),
            count => format!("Import suggestions of {source} for {count} articles"),
        };
        let key = SetKey { article: ArticleId::new(""), annotator: annotator.clone() };
        let (first, before) = (report.first, self.last_seq());
        self.edit_more(first, key, import_suggestions::provenance(&source), title, |draft| {
            draft.set_schema(schema)?;
            for (((_, imported), wanted), target) in batch.into_iter().zip(&wanted).zip(targets) {
                let target = target.or_else(|| came.get(&imported.text).cloned());
                let id = import_suggestions::bring_in(draft, &annotator, (wanted, target), imported, report)?;
                came.add(&id, draft.project().article(&id).map_or("", Article::text));
            }
            Ok(())
        })?;
        if let Some(by_text) = &mut report.by_text {
            by_text.append(came);
        }
        report.warnings.extend(import_suggestions::unknown_label_warnings(&unknown, &file));
        self.note_first(report, before);
        Ok(())
    }
}

/// Articles of the project that may be this one from an earlier import: one that has its very id, or those named after its id
/// of which the same is known.
fn candidates(project: &Project, imported: &Imported) -> Vec<ArticleId> {
    let wanted = wanted_id(imported);
    // Which files are kept depends on who imported them and how.
    let without_kept = |metadata: &ArticleMetadata| {
        let mut metadata = metadata.clone();
        metadata.origin.kept.clear();
        metadata
    };
    let metadata = without_kept(&imported.metadata);
    let is_same = |id: &ArticleId| project.article(id).is_some_and(|known| without_kept(&known.metadata) == metadata);
    let named = project.article_ids(wanted.as_str()).filter(|id| *id != wanted);
    let named = named.take_while(|id| project.articles.contains_key(id)).take(CANDIDATES).filter(is_same);
    let exact = project.articles.contains_key(&wanted).then(|| wanted.clone());
    exact.into_iter().chain(named).collect()
}

/// The id that an article asks for when it comes in; another follows from it where that is taken by another article.
pub fn wanted_id(imported: &Imported) -> ArticleId {
    let id = ArticleId::new(&imported.wanted_id);
    if id.is_portable() { id } else { ArticleId::new(&crate::model::slug(&imported.wanted_id)) }
}
