//! Where records go that could not be kept: into files of their own, never away.

use super::{
    StoreError,
    files::{hash, local_path},
    ron_file::replace,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Writes records, one a line with comments that say why, into a folder of `.glosse`. The same records are written once only.
pub(super) fn keep_aside(root: &Path, folder: &str, stem: &str, records: &[String]) -> Result<PathBuf, StoreError> {
    let content = records.concat();
    let folder = local_path(root).join(folder);
    let mark = format!("-{stem}-{:08x}.ron", hash(content.as_bytes()) >> 32);
    let names = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    if let Some(name) = names.filter_map(|name| name.into_string().ok()).find(|name| name.ends_with(&mark)) {
        return Ok(folder.join(name));
    }
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ");
    let path = folder.join(format!("{time}{mark}"));
    replace(&path, content.as_bytes())?;
    Ok(path)
}
