//! Reading the files of an import: article by article, or in batches with only a few of them in memory.

use super::{ImportRequest, SessionError, language};
use crate::{
    format::{
        self, Imported, ReadOptions,
        original::{Content, Originals},
        parts::{self, FileToImport, Read},
    },
    model::Settings,
    store::{ImportedFiles, StoreError},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc::SyncSender,
};

/// Most articles of a batch, which becomes one transaction. An article that is not in its own files yet is loaded from its
/// transaction, which so can not be large.
const ARTICLES: usize = 100;
/// About the most bytes of a batch; a larger article is one alone.
const BYTES: usize = 4 << 20;

/// What is told while files are read.
pub enum FileNews {
    /// An article, with the name of its format.
    Article(&'static str, Box<Imported>),
    /// So many bytes of all files are read by now.
    Passed(u64),
}

/// Reads files and tells what is found, in the order of the files; `news` answers whether to go on. What can not be read goes
/// to `failed`, in words. Files that hold more than Glosse models go into `keep`.
///
/// # Errors
/// If there is no format called `format`.
pub fn read_files(
    files: &[PathBuf],
    format: Option<&str>,
    options: &ReadOptions,
    keep: Option<&ImportedFiles>,
    failed: &mut Vec<String>,
    news: &mut dyn FnMut(FileNews) -> bool,
) -> Result<(), SessionError> {
    let chosen = match format {
        None => None,
        Some(name) => Some(format::registry::by_name(name).ok_or_else(|| SessionError::UnknownFormat {
            name: name.to_owned(),
            known: format::registry::all().iter().map(|format| format.info().name).collect(),
        })?),
    };
    let wanted: Vec<_> = files.iter().map(|path| FileToImport { path, format: chosen, is_certain: true }).collect();
    // Bytes of the files before each.
    let mut before = vec![0];
    before.extend(files.iter().scan(0, |sum, path| {
        *sum += std::fs::metadata(path).map_or(0, |file| file.len());
        Some(*sum)
    }));
    let bytes_before = |number: usize| before.get(number).copied().unwrap_or_default();
    let mut latest = 0;
    let mut problems = Vec::new();
    let mut keeper = Keeper { files: keep, kept: BTreeMap::new() };
    parts::read_files(
        &wanted,
        options,
        &mut |number, found| {
            // A file is done when something of the next one comes.
            if number != latest {
                latest = number;
                if !news(FileNews::Passed(bytes_before(number))) {
                    return false;
                }
            }
            match (found, files.get(number)) {
                (Read::Article(format, mut imported), Some(path)) => {
                    let name = format.info().name;
                    language::settle(&mut imported);
                    if let Err(error) = keeper.keep(path, name, options, &mut imported) {
                        // The articles come in; what is lost is what only the file has.
                        let message = format!("{}: could not be kept beside its articles: {error}", path.display());
                        if !problems.contains(&message) {
                            problems.push(message);
                        }
                    }
                    news(FileNews::Article(name, imported))
                }
                (Read::Passed(bytes), _) => news(FileNews::Passed(bytes_before(number) + bytes)),
                (Read::Problem(warning), _) => {
                    problems.push(warning.to_string());
                    true
                }
                (Read::Article(..), None) => true,
            }
        },
        &mut |_, result| failed.extend(result.err().map(|error| error.to_string())),
    );
    failed.append(&mut problems);
    Ok(())
}

/// Some articles that were read.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// With the names of their formats.
    pub articles: Vec<(&'static str, Imported)>,
    /// Bytes of all files up to here.
    pub bytes: u64,
}

/// Reads the files of an import on another thread than the one that brings them in: `batches` takes only a few batches before
/// it has the reading wait, so that memory does not grow with the files.
#[derive(Clone, Debug)]
pub struct BatchReader {
    request: ImportRequest,
    options: ReadOptions,
    keep: ImportedFiles,
}

impl BatchReader {
    pub(super) fn new(request: ImportRequest, settings: &Settings, keep: ImportedFiles) -> Self {
        let options = request.read_options(settings);
        Self { request, options, keep }
    }

    /// Bytes of all files.
    pub fn total(&self) -> u64 {
        self.request.files.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|file| file.len()).sum()
    }

    /// Reads until everything is read, or nobody takes batches any more. Returns what could not be read, in words.
    ///
    /// # Errors
    /// If the request names a format that there is not.
    pub fn read(&self, batches: &SyncSender<Batch>) -> Result<Vec<String>, SessionError> {
        let (mut failed, mut batch, mut size) = (Vec::new(), Batch::default(), 0);
        let format = self.request.format.as_deref();
        read_files(&self.request.files, format, &self.options, Some(&self.keep), &mut failed, &mut |news| {
            match news {
                FileNews::Passed(bytes) => batch.bytes = bytes,
                FileNews::Article(format, imported) => {
                    size += size_of(&imported);
                    batch.articles.push((format, *imported));
                }
            }
            if batch.articles.len() < ARTICLES && size < BYTES {
                return true;
            }
            size = 0;
            let next = Batch { articles: Vec::new(), bytes: batch.bytes };
            batches.send(std::mem::replace(&mut batch, next)).is_ok()
        })?;
        // Nobody may be there any more to take it.
        let _ = batches.send(batch);
        Ok(failed)
    }
}

/// About how many bytes an article takes in memory.
fn size_of(imported: &Imported) -> usize {
    imported.text.len() + super::passing::RECORD * (imported.spans.len() + imported.relations.len())
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
        let options = language::options_of(imported, options);
        let kept = imported.kept_file(format, path, file, beside, &options);
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
