//! Bringing files into a project.

use super::{Session, SessionError, session::now};
use crate::{
    format::{self, Format, FormatError, Imported, Input, ReadOptions, Warning},
    model::{AnnotatorName, ArticleId, Name, Provenance, SetKey, Settings, Source},
};
use std::path::{Path, PathBuf};

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
    pub spans: usize,
    pub relations: usize,
    pub warnings: Vec<Warning>,
    /// Files that could not be read, with the reason.
    pub failed: Vec<String>,
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
        read_files(&request.files, request.format.as_deref(), &options, &mut failed, &mut |format, imported| {
            batch.push((format, imported));
            if batch.len() >= BATCH && result.is_ok() {
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
        self.edit_as(key, provenance, title, |draft| {
            for ((_, imported), wanted) in batch.into_iter().zip(wanted) {
                let is_same = draft.project().article(&wanted).is_some_and(|article| article.text() == imported.text);
                let id = if is_same {
                    report.extended.push(wanted.clone());
                    wanted
                } else {
                    let id = draft.add_article(wanted.as_str(), imported.metadata, &imported.text)?;
                    report.articles.push(id.clone());
                    id
                };
                for entity in imported.entities {
                    if draft.project().entities.get(&entity.id).is_none() {
                        draft.put_entity(entity)?;
                    }
                }
                report.spans += imported.spans.len();
                report.relations += imported.relations.len();
                report.warnings.extend(imported.warnings);
                draft.switch_to(SetKey { article: id.clone(), annotator: annotator.clone() });
                let problems =
                    draft.import_annotations(imported.spans, imported.relations, imported.document_labels)?;
                report.warnings.extend(problems.into_iter().map(|message| Warning {
                    file: id.to_string(),
                    line: None,
                    message,
                }));
            }
            Ok(())
        })
    }
}

fn wanted_id(imported: &Imported) -> ArticleId {
    let id = ArticleId::new(&imported.wanted_id);
    if id.is_portable() { id } else { ArticleId::new(&crate::model::slug(&imported.wanted_id)) }
}

/// Reads files one after the other and hands over each article with the name of its format. What can not be read goes to
/// `failed`, in words.
///
/// # Errors
/// If there is no format called `format`.
pub fn read_files(
    files: &[PathBuf],
    format: Option<&str>,
    options: &ReadOptions,
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
    for path in files {
        if let Err(error) = read_file(path, chosen, options, article) {
            failed.push(error.to_string());
        }
    }
    Ok(())
}

fn read_file(
    path: &Path,
    chosen: Option<&'static dyn Format>,
    options: &ReadOptions,
    article: &mut dyn FnMut(&'static str, Imported),
) -> Result<(), FormatError> {
    let io = |error| FormatError::Io { path: path.to_owned(), error };
    let bytes = std::fs::read(path).map_err(io)?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let sibling = move |name: &str| {
        // Only files in the same folder: a name that leads elsewhere is not followed.
        let is_plain = Path::new(name).components().count() == 1 && !name.starts_with("..");
        is_plain.then(|| std::fs::read(folder.join(name)).ok()).flatten()
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let input = Input { name: name.clone(), bytes: &bytes, sibling: &sibling };
    let format = chosen.or_else(|| format::registry::recognize(&input)).ok_or_else(|| FormatError::Unreadable {
        file: name,
        line: None,
        reason: "no format fits this file; name one with --format, or convert it to text".to_owned(),
    })?;
    format.read(&input, options, &mut |imported| article(format.info().name, imported))
}
