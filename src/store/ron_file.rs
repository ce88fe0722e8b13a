//! Reading RON with errors that name file, line and remedy, and writing whole files so that they are there or not.

use super::{
    StoreError,
    files::{ContentHash, hash},
};
use serde::de::DeserializeOwned;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

/// Parses `part`, which starts at byte `at` of `content`, the content of the file at `path`.
///
/// # Errors
/// If it is no legal RON or not of this type, with the line in the file.
pub(super) fn parse_ron<T: DeserializeOwned>(
    part: &str,
    path: &Path,
    content: &str,
    at: usize,
) -> Result<T, StoreError> {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(part).map_err(|error| {
        let line = super::scan::Scanner::line_of(content, at) + error.span.start.line.max(1) - 1;
        unreadable(path, content, line, &error.code.to_string())
    })
}

/// The error for something wrong in a RON file. Names the usual cause where it can be seen.
pub(super) fn unreadable(path: &Path, content: &str, line: usize, reason: &str) -> StoreError {
    let mark = content.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "));
    match mark {
        Some(mark) => StoreError::Unreadable {
            path: path.to_owned(),
            line: Some(mark + 1),
            reason: "a git merge was not finished here".to_owned(),
            remedy: "keep the lines of one side or of both and delete the lines with <<<<<<<, ======= and >>>>>>>",
        },
        None => StoreError::Unreadable {
            path: path.to_owned(),
            line: Some(line),
            reason: reason.to_owned(),
            remedy: "correct the line, or take an older version of the file",
        },
    }
}

/// The content of a file; `None` if there is none.
///
/// # Errors
/// If the file is there but can not be read.
pub(super) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Io { path: path.to_owned(), doing: "read the file", error }),
    }
}

/// The text of a file with the hash of its bytes; `None` if there is no file.
///
/// # Errors
/// If the file can not be read or is no UTF-8, with the line of the first bad byte.
pub(super) fn read_text(path: &Path) -> Result<Option<(String, u64)>, StoreError> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    let hash = hash(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some((text, hash))),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
            Err(StoreError::Unreadable {
                path: path.to_owned(),
                line: Some(line),
                reason: "the file is not UTF-8".to_owned(),
                remedy: "save it as UTF-8",
            })
        }
    }
}

/// Hash of a file's content.
pub(super) fn hash_of(path: &Path) -> Result<ContentHash, StoreError> {
    Ok(read_bytes(path)?.map(|bytes| hash(&bytes)))
}

/// Replaces a file: afterwards it has the old content or the new one, whatever happens in between.
///
/// # Errors
/// If the operating system refuses; the old file is untouched then.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    put_in_place(path, content)?;
    sync_folder(path.parent().unwrap_or(path))
}

/// As [`replace`], but which of the two is there after a power failure is only settled by [`sync_folder`].
pub(super) fn put_in_place(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(StoreError::io(folder, "make the folder"))?;
    let temporary = temporary_path(path);
    let written = write_synced(&temporary, content).map_err(StoreError::io(path, "write the file"));
    let result = written.and_then(|()| fs::rename(&temporary, path).map_err(StoreError::io(path, "replace the file")));
    if result.is_err() {
        // It is rubbish now, and was never anything else.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Where the new content of a file is written before it takes the file's place.
pub(super) fn temporary_path(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

fn write_synced(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes sure that a rename or removal in this folder is on disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    // Folders can not be opened as files on Windows, where renames are durable by themselves.
    if cfg!(windows) {
        return Ok(());
    }
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(StoreError::io(folder, "save the folder"))
}
