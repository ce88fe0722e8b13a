//! Reads files of any size: those with a record in each line in parts of whole lines, on all cores, so that memory does not
//! grow with the file; all others as a whole.

use super::{
    Before, Format, FormatError, Imported, Input, ReadOptions, Recognition, Warning,
    batches::{Share, for_batches},
    registry,
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// Bytes of a part. A line that is longer makes its part longer.
const PART: usize = 1 << 20;
/// Parts that are read at a time by each core.
const AT_ONCE: Share = Share { items: 2, bytes: usize::MAX };
/// Bytes from which a format is recognized, where the file is longer.
const HEAD: usize = 1 << 20;

/// A file to read.
#[derive(Clone, Copy)]
pub struct FileToImport<'a> {
    pub path: &'a Path,
    /// The format; recognized by the file's content if `None`.
    pub format: Option<&'static dyn Format>,
    /// False if the file is passed over in silence where `format` does not recognize it.
    pub is_certain: bool,
}

/// What is handed over while a file is read.
pub enum Read {
    /// An article, with the format that it was read in.
    Article(&'static dyn Format, Box<Imported>),
    /// Something of the file that could not be read, while others could.
    Problem(Warning),
    /// So many bytes of the file are behind what was handed over so far; said of files that are read in parts.
    Passed(u64),
}

/// Reads a file. `news` gets all that is found and answers whether to go on. Warnings and errors name the path as it was given.
///
/// # Errors
/// If nothing of the file can be used.
pub fn read_file(
    file: FileToImport<'_>,
    options: &ReadOptions,
    news: &mut dyn FnMut(Read) -> bool,
) -> Result<(), FormatError> {
    let path = file.path.display().to_string();
    let name = name_of(file.path);
    let with_path = |named: &mut String| {
        if *named == name {
            named.clone_from(&path);
        }
    };
    let result = read_found(file, options, &mut |mut found| {
        match &mut found {
            Read::Article(_, imported) => {
                imported.warnings.iter_mut().for_each(|warning| with_path(&mut warning.file));
            }
            Read::Problem(warning) => with_path(&mut warning.file),
            Read::Passed(_) => (),
        }
        news(found)
    });
    result.map_err(|mut error| {
        if let FormatError::Unreadable { file, .. } = &mut error {
            with_path(file);
        }
        error
    })
}

/// The name of a file, as readers get it.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a file, with warnings and errors that name it without its folders.
fn read_found(
    file: FileToImport<'_>,
    options: &ReadOptions,
    news: &mut dyn FnMut(Read) -> bool,
) -> Result<(), FormatError> {
    let path = file.path;
    let mut source = File::open(path).map_err(FormatError::io(path))?;
    // With room for all of it a short file is read in one go.
    let length = source.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_or(HEAD, |length| length.min(HEAD)) + 64);
    (&mut source).take(HEAD as u64).read_to_end(&mut bytes).map_err(FormatError::io(path))?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    // What recognizes a file asks for the same as what reads it.
    let beside: RefCell<BTreeMap<String, Option<Vec<u8>>>> = RefCell::default();
    let sibling = |name: &str| {
        let mut beside = beside.borrow_mut();
        beside.entry(name.to_owned()).or_insert_with(|| read_beside(&folder, name)).clone()
    };
    let name = name_of(path);
    let is_short = bytes.len() < HEAD;
    let format = {
        let head = Input::new(name.clone(), &bytes, &sibling);
        match file.format {
            Some(format) if file.is_certain || format.recognize(&head) > Recognition::No => format,
            Some(_) => return Ok(()),
            None => match registry::recognize(&head) {
                Some(format) => format,
                None if file.is_certain => {
                    let reason = "no format fits this file; name one, or convert it to text".to_owned();
                    return Err(FormatError::Unreadable { file: name, line: None, reason });
                }
                None => return Ok(()),
            },
        }
    };
    if !is_short && format.has_records_in_lines() && begins_with_record(&bytes) {
        drop(bytes);
        let mut lines = Lines::open(path, name)?;
        return lines.read(format, options, news);
    }
    if !is_short {
        source.read_to_end(&mut bytes).map_err(FormatError::io(path))?;
    }
    let input = Input::new(name, &bytes, &sibling);
    let mut goes_on = true;
    format.read(&input, options, &mut |imported| goes_on = goes_on && news(Read::Article(format, Box::new(imported))))
}

/// True if the first line is a whole JSON object: other JSON runs over many lines.
fn begins_with_record(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
    // A line that is longer than the head can not be judged by its end.
    let is_cut = first.len() + 1 >= head.len();
    first.starts_with(b"{") && first.len() > 1 && (is_cut || first.ends_with(b"}"))
}

/// Only files in the same folder: a name that leads elsewhere is not followed.
fn read_beside(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let is_plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
    is_plain.then(|| std::fs::read(folder.join(name)).ok()).flatten()
}

/// A file that is read in parts of whole lines.
struct Lines {
    path: PathBuf,
    folder: PathBuf,
    name: String,
    file: File,
    /// What was read behind the last whole line.
    rest: Vec<u8>,
    at: Before,
}

impl Lines {
    fn open(path: &Path, name: String) -> Result<Self, FormatError> {
        let file = File::open(path).map_err(FormatError::io(path))?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { path: path.to_owned(), folder, name, file, rest: Vec::new(), at: Before::default() })
    }

    /// The next part with what stands before it; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<(Before, Vec<u8>)>, FormatError> {
        let mut part = std::mem::take(&mut self.rest);
        loop {
            let before = part.len();
            // In large steps where the line is long, since each may copy what is there.
            let step = PART.max(part.len());
            part.reserve_exact(step + 1);
            (&mut self.file).take(step as u64).read_to_end(&mut part).map_err(FormatError::io(&self.path))?;
            let is_end = part.len() == before;
            let fresh = part.get(before..).unwrap_or_default();
            let end = memchr::memrchr(b'\n', fresh).map(|at| before + at + 1);
            if let Some(end) = end {
                self.rest = part.split_off(end);
            } else if !is_end {
                continue;
            }
            if part.is_empty() {
                return Ok(None);
            }
            let start = self.at;
            self.at.bytes += part.len() as u64;
            self.at.lines += memchr::memchr_iter(b'\n', &part).count();
            return Ok(Some((start, part)));
        }
    }

    fn read(
        &mut self,
        format: &'static dyn Format,
        options: &ReadOptions,
        news: &mut dyn FnMut(Read) -> bool,
    ) -> Result<(), FormatError> {
        let (folder, name) = (self.folder.clone(), self.name.clone());
        let read = |part: Result<(Before, Vec<u8>), FormatError>| {
            let (before, bytes) = part?;
            let sibling = |name: &str| read_beside(&folder, name);
            let input = Input { before, ..Input::new(name.clone(), &bytes, &sibling) };
            let mut articles = Vec::new();
            let result = format.read(&input, options, &mut |imported| articles.push(imported));
            Ok((articles, result, before.bytes + bytes.len() as u64))
        };
        let (mut any, mut first_error) = (false, None);
        let go_on = |goes_on: bool| if goes_on { Ok(()) } else { Err(Ok(())) };
        let mut is_over = false;
        let mut parts = std::iter::from_fn(|| {
            let next = if is_over { None } else { self.next().transpose() };
            // Behind an error nothing is tried again.
            is_over = !matches!(next, Some(Ok(_)));
            next
        });
        let handed = for_batches(
            AT_ONCE,
            &mut parts,
            |_| PART,
            read,
            |found| {
                let (articles, result, passed) = found.map_err(Err)?;
                for imported in articles {
                    any = true;
                    go_on(news(Read::Article(format, Box::new(imported))))?;
                }
                if let Err(error) = result {
                    let (line, message) = match &error {
                        FormatError::Unreadable { line, reason, .. } => (*line, reason.clone()),
                        _ => (None, error.to_string()),
                    };
                    first_error.get_or_insert(error);
                    go_on(news(Read::Problem(Warning { file: name.clone(), line, message })))?;
                }
                go_on(news(Read::Passed(passed)))
            },
        );
        // Stopped, or the file can not be read on.
        if let Err(end) = handed {
            return end;
        }
        match first_error {
            Some(error) if !any => Err(error),
            _ => Ok(()),
        }
    }
}

/// What each core reads at a time of files, and the size up to which it does.
const FILES: Share = Share { items: 16, bytes: SMALL };
const SMALL: usize = 1 << 22;

/// Reads files one after the other, small ones on all cores. `news` gets what is found in each, with its number, and answers
/// whether to go on; `done` gets whether it could be read.
pub fn read_files(
    files: &[FileToImport<'_>],
    options: &ReadOptions,
    news: &mut dyn FnMut(usize, Read) -> bool,
    done: &mut dyn FnMut(usize, Result<(), FormatError>),
) {
    let small_size = |file: &FileToImport<'_>| {
        let length = std::fs::metadata(file.path).ok()?.len();
        usize::try_from(length).ok().filter(|length| *length <= SMALL)
    };
    let read = |(number, file, _): (usize, &FileToImport<'_>, usize)| {
        let mut found = Vec::new();
        let result = read_file(*file, options, &mut |one| {
            found.push(one);
            true
        });
        (number, found, result)
    };
    let mut start = 0;
    while let Some(file) = files.get(start) {
        let small = files.iter().enumerate().skip(start);
        let mut small = small.map_while(|(number, file)| Some((number, file, small_size(file)?))).peekable();
        if small.peek().is_some() {
            let handed = for_batches(
                FILES,
                &mut small,
                |(.., size)| *size,
                read,
                |(number, found, result): (usize, Vec<Read>, _)| {
                    start = number + 1;
                    if !found.into_iter().all(|one| news(number, one)) {
                        return Err(());
                    }
                    done(number, result);
                    Ok(())
                },
            );
            if handed.is_err() {
                return;
            }
            continue;
        }
        let mut goes_on = true;
        let result = read_file(*file, options, &mut |found| {
            goes_on = goes_on && news(start, found);
            goes_on
        });
        done(start, result);
        if !goes_on {
            return;
        }
        start += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::golden::read_options;
    use std::fmt::Write;

    #[test]
    fn large_files_of_lines_are_read_in_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        let mut text = String::new();
        for number in 0..3_000 {
            let filler = "Wort ".repeat(number % 400);
            let _ = writeln!(text, r#"{{"format":"glosse-jsonl","id":"a{number}","text":"{filler}Kursk"}}"#);
        }
        // A line that is no record, one that is longer than a part, and one without an end.
        text.insert_str(text.find('\n').map_or(0, |at| at + 1), "kaputt\n");
        let _ = writeln!(text, r#"{{"format":"glosse-jsonl","id":"long","text":"{}"}}"#, "x".repeat(3 * PART));
        text.push_str(r#"{"format":"glosse-jsonl","id":"last","text":"Ende"}"#);
        std::fs::write(&path, &text).expect("written");

        let read = |stop_after: usize| {
            let (mut ids, mut warnings, mut passed) = (Vec::new(), Vec::new(), Vec::new());
            let file = FileToImport { path: &path, format: registry::by_name("jsonl"), is_certain: true };
            read_file(file, &read_options(), &mut |found| {
                match found {
                    Read::Article(_, imported) => {
                        warnings.extend(imported.warnings);
                        ids.push(imported.wanted_id);
                    }
                    Read::Problem(warning) => warnings.push(warning),
                    Read::Passed(bytes) => passed.push(bytes),
                }
                ids.len() < stop_after
            })
            .expect("it can be read");
            (ids, warnings, passed)
        };
        let (all, warnings, passed) = read(usize::MAX);
        assert!(passed.is_sorted() && passed.last() == Some(&(text.len() as u64)), "{passed:?}");
        assert_eq!((all.len(), warnings.len()), (3_002, 1));
        assert_eq!(warnings[0].line, Some(2));
        assert_eq!((all[0].as_str(), all[3_001].as_str()), ("a0", "last"));
        assert_eq!(read(10).0.len(), 10, "it stops when it is told");
    }
}
