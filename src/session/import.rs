//! Bringing files into a project.

use super::{
    Session, SessionError,
    import_suggestions::{self, LabelMap, Unknown},
    session::now,
};
use crate::{
    edit::{Incoming, Merged},
    format::{
        self, Imported, ReadOptions, Warning,
        derive::add_defined,
        original::{Content, Originals},
        parts::{self, FileToImport, Read},
    },
    model::{AnnotatorName, ArticleId, Name, Provenance, Schema, SetKey, Settings, Source},
    store::{ImportedFiles, StoreError},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
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
}

impl ImportRequest {
    /// How files are read for a project with these settings.
    pub fn read_options(&self, settings: &Settings) -> ReadOptions {
        ReadOptions {
            normalize_line_endings: settings.normalize_line_endings,
            text_column: self.text_column.clone(),
            encoding: self.encoding.clone(),
            default_language: settings.default_language.clone(),
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
    pub warnings: Vec<Warning>,
    /// Files that could not be read, with the reason.
    pub failed: Vec<String>,
}

impl ImportReport {
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

/// Most articles in one transaction.
const BATCH: usize = 500;

impl Session {
    /// Reads files into the project; each batch of at most 500 articles is one transaction. Files that can not be read are
    /// listed in the report, the others are imported all the same.
    ///
    /// # Errors
    /// If the project can not be changed, or there is no such format.
    pub fn import(&mut self, request: &ImportRequest) -> Result<ImportReport, SessionError> {
        let options = request.read_options(&self.project().settings);
        let mut report = ImportReport::default();
        let mut batch = Vec::new();
        let mut failed = Vec::new();
        let mut result = Ok(());
        let keep = self.store().imported_files();
        let format = request.format.as_deref();
        read_files(&request.files, format, &options, Some(&keep), &mut failed, &mut |format, imported| {
            if result.is_err() {
                return;
            }
            batch.push((format, imported));
            if batch.len() >= BATCH {
                result = self.import_batch(std::mem::take(&mut batch), request, &mut report);
            }
        })?;
        result?;
        self.import_batch(batch, request, &mut report)?;
        report.failed = failed;
        Ok(report)
    }

    /// Brings articles that were read into the project, in one transaction, and adds to the report. Each comes with the name
    /// of its format.
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
            return self.import_suggestions(batch, name, request.annotator.as_ref(), report);
        }
        let Some((first_format, first)) = batch.first() else { return Ok(()) };
        let title = match batch.len() {
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
        let wanted: Vec<ArticleId> = batch.iter().map(|(_, imported)| wanted_id(imported)).collect();
        for id in &wanted {
            if self.project().articles.contains_key(id) {
                self.load(id)?;
            }
        }
        let key = SetKey { article: ArticleId::new(""), annotator: annotator.clone() };
        let mut schema = (*self.project().schema).clone();
        let mut defined: Vec<Name> = Vec::new();
        let mut seen: Option<&Arc<Schema>> = None;
        for stated in batch.iter().filter_map(|(_, imported)| imported.schema.as_ref()) {
            // The articles of a file share one schema.
            if !seen.is_some_and(|seen| Arc::ptr_eq(seen, stated) || seen == stated) {
                let mut with = schema.clone();
                let added = add_defined(stated, &mut with);
                match with.problems().first() {
                    None => {
                        schema = with;
                        defined.extend(added);
                    }
                    Some(problem) => {
                        let message =
                            format!("what the files define does not fit the schema and was left out: {problem}");
                        report.warnings.push(Warning { file: "project.ron".to_owned(), line: None, message });
                    }
                }
            }
            seen = Some(stated);
        }
        if !defined.is_empty() {
            let names = defined.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
            let message = format!("the files define what the schema did not have; it was added: {names}");
            report.warnings.push(Warning { file: "project.ron".to_owned(), line: None, message });
        }
        self.edit_as(key, provenance, title, |draft| {
            draft.set_schema(schema)?;
            for ((_, mut imported), wanted) in batch.into_iter().zip(wanted) {
                for kept in &mut imported.metadata.origin.kept {
                    kept.annotator = Some(annotator.clone());
                }
                let file = imported.metadata.origin.file.clone();
                let is_same = draft.project().article(&wanted).is_some_and(|article| article.text() == imported.text);
                let id = if is_same {
                    report.extended.push(wanted.clone());
                    let before = draft.project().article(&wanted).map(|article| (*article.metadata).clone());
                    if let Some(mut metadata) = before {
                        imported.metadata.origin.kept.into_iter().for_each(|kept| metadata.origin.keep(kept));
                        draft.set_metadata(&wanted, metadata)?;
                    }
                    wanted
                } else {
                    let id = draft.add_article(wanted.as_str(), imported.metadata, &imported.text)?;
                    report.articles.push(id.clone());
                    id
                };
                for entity in &imported.entities {
                    let (entity, difference) = draft.project().entities.with_import(entity);
                    let file = file.clone();
                    report.warnings.extend(difference.map(|message| Warning { file, line: None, message }));
                    draft.put_entity(entity)?;
                }
                report.warnings.extend(imported.warnings);
                draft.switch_to(SetKey { article: id.clone(), annotator: annotator.clone() });
                let (spans, relations, labels) = (imported.spans, imported.relations, imported.document_labels);
                let merged = draft.merge_annotations(spans, relations, labels, Incoming::Annotations)?;
                report.note(&id, merged);
            }
            Ok(())
        })
    }

    /// The same, as suggestions of an extractor beside what is there.
    fn import_suggestions(
        &mut self,
        mut batch: Vec<(&'static str, Imported)>,
        name: &Name,
        annotator: Option<&AnnotatorName>,
        report: &mut ImportReport,
    ) -> Result<(), SessionError> {
        let annotator = annotator.unwrap_or(self.annotator()).clone();
        if !annotator.is_portable() {
            return Err(SessionError::BadAnnotator { name: annotator.to_string() });
        }
        let Some((_, first)) = batch.first() else { return Ok(()) };
        let file = first.metadata.origin.file.clone();
        let file = if file.is_empty() { first.wanted_id.clone() } else { file };
        let mut unknown = Unknown::new();
        let schema = self.project().schema.clone();
        for (_, imported) in &mut batch {
            import_suggestions::make_suggestions(imported, name, &schema, &mut unknown);
        }
        let wanted: Vec<(ArticleId, &Imported)> =
            batch.iter().map(|(_, imported)| (wanted_id(imported), imported)).collect();
        let targets = self.articles_with_text(&wanted)?;
        let wanted: Vec<ArticleId> = wanted.into_iter().map(|(id, _)| id).collect();
        let source = if name.is_empty() { Name::from("suggestions") } else { name.clone() };
        let title = match batch.len() {
            1 => format!("Import suggestions of {source}"),
            count => format!("Import suggestions of {source} for {count} articles"),
        };
        let key = SetKey { article: ArticleId::new(""), annotator: annotator.clone() };
        self.edit_as(key, import_suggestions::provenance(&source), title, |draft| {
            for (((_, imported), wanted), target) in batch.into_iter().zip(&wanted).zip(targets) {
                import_suggestions::bring_in(draft, &annotator, (wanted, target), imported, report)?;
            }
            Ok(())
        })?;
        report.warnings.extend(import_suggestions::unknown_label_warnings(&unknown, &file));
        Ok(())
    }
}

pub(super) fn wanted_id(imported: &Imported) -> ArticleId {
    let id = ArticleId::new(&imported.wanted_id);
    if id.is_portable() { id } else { ArticleId::new(&crate::model::slug(&imported.wanted_id)) }
}

/// Reads files and hands over each article with the name of its format, in their order. What can not be read goes to
/// `failed`, in words. Files that hold more than Glosse models go into `keep`.
///
/// # Errors
/// If there is no format called `format`.
pub fn read_files(
    files: &[PathBuf],
    format: Option<&str>,
    options: &ReadOptions,
    keep: Option<&ImportedFiles>,
    failed: &mut Vec<String>,
    article: &mut dyn FnMut(&'static str, Imported),
) -> Result<(), SessionError> {
    let chosen = match format {
        None => None,
        Some(name) => Some(format::registry::by_name(name).ok_or_else(|| SessionError::UnknownFormat {
            name: name.to_owned(),
            known: format::registry::all().iter().map(|format| format.info().name).collect(),
        })?),
    };
    let wanted: Vec<_> = files.iter().map(|path| FileToImport { path, format: chosen, is_certain: true }).collect();
    let mut problems = Vec::new();
    let mut keeper = Keeper { files: keep, kept: BTreeMap::new() };
    parts::read_files(
        &wanted,
        options,
        &mut |number, found| match (found, files.get(number)) {
            (Read::Article(format, mut imported), Some(path)) => {
                let name = format.info().name;
                if let Err(error) = keeper.keep(path, name, options, &mut imported) {
                    // The articles come in; what is lost is what only the file has.
                    let message = format!("{}: could not be kept beside its articles: {error}", path.display());
                    if !problems.contains(&message) {
                        problems.push(message);
                    }
                }
                article(name, *imported);
            }
            (Read::Problem(warning), _) => problems.push(warning.to_string()),
            _ => {}
        },
        &mut |_, result| failed.extend(result.err().map(|error| error.to_string())),
    );
    failed.append(&mut problems);
    Ok(())
}

/// Keeps files that are imported, each once.
struct Keeper<'a> {
    files: Option<&'a ImportedFiles>,
    /// Names in the folder of kept files, by path.
    kept: BTreeMap<PathBuf, String>,
}

impl Keeper<'_> {
    /// Keeps the file that an article was read from, and those beside it.
    fn keep(
        &mut self,
        path: &Path,
        format: &'static str,
        options: &ReadOptions,
        imported: &mut Imported,
    ) -> Result<(), StoreError> {
        let (Some(_), Some(_)) = (self.files, imported.kept) else { return Ok(()) };
        let mut beside = BTreeMap::new();
        for name in &imported.beside {
            let path = path.with_file_name(name);
            if path.is_file() {
                beside.insert(name.clone(), self.one(path)?);
            }
        }
        let file = self.one(path.to_owned())?;
        let kept = imported.kept_file(format, path, file, beside, options);
        imported.metadata.origin.kept.extend(kept);
        Ok(())
    }

    fn one(&mut self, path: PathBuf) -> Result<String, StoreError> {
        if let Some(name) = self.kept.get(&path) {
            return Ok(name.clone());
        }
        let name = match self.files {
            Some(files) => files.keep(&path)?,
            None => String::new(),
        };
        self.kept.insert(path, name.clone());
        Ok(name)
    }
}

impl Originals for ImportedFiles {
    fn content(&self, file: &str) -> Option<Content> {
        self.find(file).map(Content::File)
    }
}
