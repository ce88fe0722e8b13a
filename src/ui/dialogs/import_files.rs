//! Which files are meant, and what is in them: looked up on another thread before an import.

use crate::{
    format::{Input, ReadOptions, Recognition, folder::files_to_read, registry},
    model::ArticleId,
    session::{FileNews, read_files, wanted_id},
    ui::{
        task::{Control, Results},
        texts::tr,
    },
};
use std::{
    collections::BTreeSet,
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Larger files are only recognised, not read.
const READ: u64 = 16 << 20;
/// Bytes from which a format is recognised.
const HEAD: u64 = 1 << 20;
/// How often the list in the window is brought up to date.
const SEND: Duration = Duration::from_millis(150);

/// What a look at a file found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The format's title.
    pub format: &'static str,
    /// `None` if the file is too large to count them now.
    pub articles: Option<usize>,
    pub spans: usize,
    pub warnings: usize,
    /// Articles whose names the project has.
    pub there: usize,
    /// Of the first article.
    pub title: String,
    pub encoding: Option<String>,
}

#[derive(Clone, Debug)]
pub struct FilePreview {
    pub path: PathBuf,
    pub name: String,
    /// What is in it, or why it can not be read.
    pub found: Result<Found, String>,
}

/// All files that are meant.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub files: Vec<FilePreview>,
    /// Paths that lead to nothing.
    pub problems: Vec<String>,
    /// Files of folders that no format fits.
    pub skipped: usize,
}

impl Preview {
    pub fn readable(&self) -> Vec<PathBuf> {
        self.files.iter().filter(|file| file.found.is_ok()).map(|file| file.path.clone()).collect()
    }

    /// The number of articles, if all were counted.
    pub fn articles(&self) -> Option<usize> {
        self.files.iter().filter_map(|file| file.found.as_ref().ok()).map(|found| found.articles).sum()
    }

    /// Articles whose names the project has.
    pub fn there(&self) -> usize {
        self.files.iter().filter_map(|file| file.found.as_ref().ok()).map(|found| found.there).sum()
    }

    /// True if there are files whose text stands in a column or under a key.
    pub fn has_columns(&self) -> bool {
        let extensions = ["csv", "tsv", "jsonl", "json", "ndjson"];
        self.files.iter().any(|file| {
            let extension = file.path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
            extension.is_some_and(|extension| extensions.contains(&&*extension))
        })
    }
}

/// Looks at all files that the paths mean; sends the list as it grows. `known` are the articles of the project.
pub fn look(
    paths: &[PathBuf],
    format: Option<&str>,
    (options, known): (&ReadOptions, &BTreeSet<ArticleId>),
    control: &Control,
    results: &Results<Preview>,
) {
    let mut preview = Preview::default();
    let files = expand(paths, format, &mut preview.problems);
    control.set_total(files.len());
    let mut sent = Instant::now();
    for (path, is_named) in files {
        if control.is_cancelled() {
            break;
        }
        control.step();
        let found = look_at(&path, format, (options, known));
        let is_foreign = matches!(found, Err(None));
        if is_foreign && !is_named {
            preview.skipped += 1;
            continue;
        }
        let no_format = || tr("No format fits this file; choose one, or convert it to text").to_owned();
        let found = found.map_err(|reason| reason.unwrap_or_else(no_format));
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        preview.files.push(FilePreview { path, name, found });
        if sent.elapsed() > SEND {
            sent = Instant::now();
            results.send(preview.clone());
        }
    }
    results.send(preview);
}

/// What is in a file; `Err(None)` if no format fits it.
fn look_at(
    path: &Path,
    format: Option<&str>,
    (options, known): (&ReadOptions, &BTreeSet<ArticleId>),
) -> Result<Found, Option<String>> {
    let io = |error: std::io::Error| Some(crate::format::in_words(&error));
    let size = std::fs::metadata(path).map_err(io)?.len();
    let chosen = match format {
        Some(name) => registry::by_name(name),
        None => recognize(path).map_err(io)?,
    };
    let Some(chosen) = chosen else { return Err(None) };
    let mut found = Found {
        format: chosen.info().title,
        articles: None,
        spans: 0,
        warnings: 0,
        there: 0,
        title: String::new(),
        encoding: None,
    };
    if size > READ {
        return Ok(found);
    }
    let mut failed = Vec::new();
    let mut count = 0;
    let file = [path.to_owned()];
    let result = read_files(&file, Some(chosen.info().name), options, None, &mut failed, &mut |news| {
        let FileNews::Article(_, imported) = news else { return true };
        found.there += usize::from(known.contains(&wanted_id(&imported)));
        if count == 0 {
            found.encoding = Some(imported.metadata.origin.encoding.clone());
            found.title =
                if imported.metadata.title.is_empty() { first_line(&imported.text) } else { imported.metadata.title };
        }
        count += 1;
        found.spans += imported.spans.len();
        found.warnings += imported.warnings.len();
        true
    });
    match (result, failed.pop()) {
        (Err(error), _) => Err(Some(error.to_string())),
        (Ok(()), Some(reason)) => Err(Some(reason)),
        (Ok(()), None) => Ok(Found { articles: Some(count), ..found }),
    }
}

fn recognize(path: &Path) -> std::io::Result<Option<&'static dyn crate::format::Format>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let sibling = |name: &str| {
        let is_plain = Path::new(name).components().count() == 1 && !name.starts_with("..");
        is_plain.then(|| std::fs::read(folder.join(name)).ok()).flatten()
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let input = Input::new(name, &bytes, &sibling);
    // A format that is not sure at all would take every file for its own.
    Ok(registry::recognize(&input).filter(|format| format.recognize(&input) > Recognition::No))
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(80).collect()
}

/// The files that paths mean, with whether each was named: folders stand for what can be read of the files below them, `*` and
/// `?` in a name for whatever characters. What leads to nothing goes to `problems`, in words.
pub fn expand(paths: &[PathBuf], format: Option<&str>, problems: &mut Vec<String>) -> Vec<(PathBuf, bool)> {
    let mut files: Vec<(PathBuf, bool)> = Vec::new();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let found: Result<Vec<(PathBuf, bool)>, String> = if path.is_dir() {
            let found = files_to_read(std::slice::from_ref(path), format.and_then(registry::by_name));
            let found = found.map(|found| found.into_iter().map(|file| (file.path, false)).collect());
            found.map_err(|error| error.to_string())
        } else if path.exists() || !name.contains(['*', '?']) {
            Ok(vec![(path.clone(), true)])
        } else {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let wanted = |other: &str| fits(&name, other);
            let found = files_in(folder, wanted).map(|found| found.into_iter().map(|path| (path, true)).collect());
            found.map_err(|error| format!("{error}: {}", folder.display()))
        };
        match found {
            Ok(found) if found.is_empty() => {
                problems.push(format!("{}: {}", tr("No file that can be read is there"), path.display()));
            }
            Ok(found) => files.extend(found),
            Err(error) => problems.push(error),
        }
    }
    // The text that belongs to an annotation file comes with it.
    let all: BTreeSet<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let belongs =
        |path: &Path| path.extension().is_some_and(|end| end == "txt") && all.contains(&path.with_extension("ann"));
    files.retain(|(path, _)| !belongs(path));
    let mut seen = BTreeSet::new();
    files.retain(|(path, _)| seen.insert(path.clone()));
    files
}

fn files_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with('.') && wanted(&name) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// True if a name fits a pattern with `*` and `?`.
fn fits(pattern: &str, name: &str) -> bool {
    let escaped = regex::escape(pattern).replace(r"\*", ".*").replace(r"\?", ".");
    regex::Regex::new(&format!("^(?s:{escaped})$")).is_ok_and(|regex| regex.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_for_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir(root.join("in")).expect("a folder");
        for name in ["a.txt", "a.ann", "b.txt", "c.html", ".hidden", "in/d.txt", "in/dataset.card.md", "x.exe"] {
            std::fs::write(root.join(name), "x").expect("written");
        }
        let check = |given: &[&str], expected: &[&str], problems: usize| {
            let given: Vec<PathBuf> = given.iter().map(|name| root.join(name)).collect();
            let mut said = Vec::new();
            let found = expand(&given, None, &mut said);
            let names: Vec<String> = found
                .iter()
                .map(|(path, _)| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
                .collect();
            assert_eq!(names, expected, "{given:?}");
            assert_eq!(said.len(), problems, "{said:?}");
        };
        check(&[""], &["a.ann", "b.txt", "c.html", "d.txt"], 0);
        check(&["in"], &["d.txt"], 0);
        check(&["*.txt"], &["a.txt", "b.txt"], 0);
        check(&["?.html", "c.html"], &["c.html"], 0);
        check(&["*.csv"], &[], 1);
        check(&["none.txt"], &["none.txt"], 0);
    }
}
