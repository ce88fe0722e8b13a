//! Files as they were imported, in the folder `imported` of a project: what export into the same format gives back of them is
//! more than Glosse models.

use super::{StoreError, files::hash, ron_file::replace};
use crate::model::{FilePart, KeptFile, Name, slug};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The folder of kept files. May be used on any thread.
#[derive(Clone, Debug)]
pub struct ImportedFiles {
    folder: PathBuf,
}

impl ImportedFiles {
    pub(super) fn new(root: &Path) -> Self {
        Self { folder: root.join("imported") }
    }

    /// Keeps a file called `name`, and gives its name in the folder, which the same content gets again.
    ///
    /// # Errors
    /// If it can not be written.
    pub fn keep(&self, name: &str, content: &[u8]) -> Result<String, StoreError> {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut kept = format!("{}-{:016x}", slug(stem), hash(content));
        if !extension.is_empty() {
            kept = format!("{kept}.{}", slug(extension));
        }
        let path = self.path(&kept);
        let is_there = std::fs::metadata(&path).is_ok_and(|known| known.len() == content.len() as u64);
        if !is_there {
            std::fs::create_dir_all(&self.folder).map_err(StoreError::io(&self.folder, "make the folder"))?;
            replace(&path, content)?;
        }
        Ok(kept)
    }

    /// Where a kept file lies. A name that leads elsewhere leads to no file.
    pub fn path(&self, kept: &str) -> PathBuf {
        self.folder.join(Path::new(kept).file_name().unwrap_or_default())
    }
}

/// A [`KeptFile`] in the metadata of an article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptFileRecord {
    format: String,
    file: String,
    #[serde(default, skip_serializing_if = "is_whole")]
    part: PartRecord,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    beside: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum PartRecord {
    #[default]
    Whole,
    Bytes {
        #[serde(default)]
        head: u64,
        start: u64,
        end: u64,
    },
    Number(u32),
}

fn is_whole(part: &PartRecord) -> bool {
    *part == PartRecord::Whole
}

impl From<KeptFile> for KeptFileRecord {
    fn from(kept: KeptFile) -> Self {
        let KeptFile { format, file, part, beside } = kept;
        let part = match part {
            FilePart::Whole => PartRecord::Whole,
            FilePart::Bytes { head, start, end } => PartRecord::Bytes { head, start, end },
            FilePart::Number(number) => PartRecord::Number(number),
        };
        Self { format: format.to_string(), file, part, beside }
    }
}

impl From<KeptFileRecord> for KeptFile {
    fn from(record: KeptFileRecord) -> Self {
        let KeptFileRecord { format, file, part, beside } = record;
        let part = match part {
            PartRecord::Whole => FilePart::Whole,
            PartRecord::Bytes { head, start, end } => FilePart::Bytes { head, start, end },
            PartRecord::Number(number) => FilePart::Number(number),
        };
        Self { format: Name::from(format.as_str()), file, part, beside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_kept_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ImportedFiles::new(folder.path());
        let first = files.keep("../Daten 1.tar.ann", b"T1").expect("kept");
        assert_eq!(files.keep("../Daten 1.tar.ann", b"T1").expect("kept"), first);
        let second = files.keep("../Daten 1.tar.ann", b"T2").expect("kept");
        assert_ne!(first, second);
        assert_eq!(std::fs::read(files.path(&first)).expect("there"), b"T1");
        assert_eq!(std::fs::read_dir(folder.path().join("imported")).expect("a folder").count(), 2);
    }
}
