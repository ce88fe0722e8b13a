//! Files as they were imported, in the folder `imported` of a project: what export into the same format gives back of them is
//! more than Glosse models.

use super::{StoreError, project_file::is_default, ron_file::replace};
use crate::model::{AnnotatorName, FilePart, KeptFile, Name, ReadChoices, slug};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use xxhash_rust::xxh3::Xxh3Default;

/// What keeps git from changing line ends in kept files.
pub(super) const GIT_ATTRIBUTES: &str = "imported/** -text";

/// The folder of kept files. May be used on any thread.
#[derive(Clone, Debug)]
pub struct ImportedFiles {
    folder: PathBuf,
    /// Which files were looked at, and whether they are what was kept.
    checked: Arc<Mutex<BTreeMap<String, bool>>>,
}

impl ImportedFiles {
    /// Those of the project in `root`.
    pub fn new(root: &Path) -> Self {
        Self { folder: root.join("imported"), checked: Arc::default() }
    }

    /// Keeps a copy of a file, and gives its name in the folder, which the same content gets again. Memory does not grow with
    /// the file.
    ///
    /// # Errors
    /// If it can not be read or written.
    pub fn keep(&self, source: &Path) -> Result<String, StoreError> {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        let (hash, length) = hash_of(source).map_err(StoreError::io(source, "read the file"))?;
        let mut kept = format!("{}-{hash:016x}", slug(stem));
        if !extension.is_empty() {
            kept = format!("{kept}.{}", slug(extension));
        }
        let path = self.path(&kept);
        if !std::fs::metadata(&path).is_ok_and(|known| known.len() == length) {
            if !self.folder.exists() {
                std::fs::create_dir_all(&self.folder).map_err(StoreError::io(&self.folder, "make the folder"))?;
                self.keep_line_ends()?;
            }
            // Under another name until it is whole.
            let unfinished = self.path(&format!(".{kept}.{}.tmp", std::process::id()));
            let copied = std::fs::copy(source, &unfinished)
                .and_then(|_| std::fs::File::open(&unfinished)?.sync_all())
                .and_then(|()| std::fs::rename(&unfinished, &path));
            copied.map_err(StoreError::io(&path, "keep the imported file"))?;
        }
        Ok(kept)
    }

    /// Has git leave the line ends of kept files as they are, in projects that were made before files were kept.
    fn keep_line_ends(&self) -> Result<(), StoreError> {
        let path = self.folder.with_file_name(".gitattributes");
        let mut attributes = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.map_err(StoreError::io(&path, "read the file"))?,
        };
        if attributes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == GIT_ATTRIBUTES.as_bytes()) {
            return Ok(());
        }
        if attributes.last().is_some_and(|last| *last != b'\n') {
            attributes.push(b'\n');
        }
        attributes.extend_from_slice(GIT_ATTRIBUTES.as_bytes());
        attributes.push(b'\n');
        replace(&path, &attributes)
    }

    /// Where a kept file lies, if it is there and still what was kept: its name says what its content was.
    pub fn find(&self, kept: &str) -> Option<PathBuf> {
        let path = self.path(kept);
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sound = *checked.entry(kept.to_owned()).or_insert_with(|| {
            let stem = kept.split_once('.').map_or(kept, |(stem, _)| stem);
            let stated = stem.rsplit_once('-').and_then(|(_, hash)| u64::from_str_radix(hash, 16).ok());
            stated.is_some() && hash_of(&path).ok().map(|(hash, _)| hash) == stated
        });
        is_sound.then_some(path)
    }

    /// Where a kept file lies. A name that leads elsewhere leads to no file.
    fn path(&self, kept: &str) -> PathBuf {
        self.folder.join(Path::new(kept).file_name().unwrap_or_default())
    }
}

/// XXH3 of a file's content, and its length in bytes.
fn hash_of(path: &Path) -> std::io::Result<(u64, u64)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hasher, mut length) = (Xxh3Default::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((hasher.digest(), length));
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        length += count as u64;
    }
}

/// A [`KeptFile`] in the metadata of an article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptFileRecord {
    format: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotator: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    file: String,
    #[serde(default, skip_serializing_if = "is_default")]
    part: PartRecord,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    beside: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choices: Option<ReadChoicesRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ReadChoicesRecord {
    #[serde(skip_serializing_if = "is_default")]
    normalize_line_endings: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    default_language: String,
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

impl From<KeptFile> for KeptFileRecord {
    fn from(kept: KeptFile) -> Self {
        let KeptFile { format, annotator, name, file, part, beside, choices } = kept;
        let part = match part {
            FilePart::Whole => PartRecord::Whole,
            FilePart::Bytes { head, start, end } => PartRecord::Bytes { head, start, end },
            FilePart::Number(number) => PartRecord::Number(number),
        };
        let choices = choices.map(|choices| {
            let ReadChoices { normalize_line_endings, text_column, encoding, default_language } = choices;
            ReadChoicesRecord { normalize_line_endings, text_column, encoding, default_language }
        });
        let annotator = annotator.map(|annotator| annotator.to_string());
        Self { format: format.to_string(), annotator, name, file, part, beside, choices }
    }
}

impl From<KeptFileRecord> for KeptFile {
    fn from(record: KeptFileRecord) -> Self {
        let KeptFileRecord { format, annotator, name, file, part, beside, choices } = record;
        let part = match part {
            PartRecord::Whole => FilePart::Whole,
            PartRecord::Bytes { head, start, end } => FilePart::Bytes { head, start, end },
            PartRecord::Number(number) => FilePart::Number(number),
        };
        let choices = choices.map(|choices| {
            let ReadChoicesRecord { normalize_line_endings, text_column, encoding, default_language } = choices;
            ReadChoices { normalize_line_endings, text_column, encoding, default_language }
        });
        let annotator = annotator.map(|annotator| AnnotatorName::new(&annotator));
        Self { format: Name::from(format.as_str()), annotator, name, file, part, beside, choices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_kept_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ImportedFiles::new(folder.path());
        let source = folder.path().join("Daten 1.tar.ann");
        std::fs::write(&source, "T1").expect("written");
        let first = files.keep(&source).expect("kept");
        assert_eq!(files.keep(&source).expect("kept"), first);
        std::fs::write(&source, "T2").expect("written");
        assert_ne!(files.keep(&source).expect("kept"), first);
        let path = files.find(&first).expect("it is there");
        assert_eq!(std::fs::read(&path).expect("it can be read"), b"T1");
        assert_eq!(files.find("../../etc/passwd"), None);
        std::fs::write(&path, "T3").expect("written");
        assert_eq!(ImportedFiles::new(folder.path()).find(&first), None, "somebody changed it");
        assert_eq!(std::fs::read_dir(folder.path().join("imported")).expect("a folder").count(), 2);
    }

    #[test]
    fn git_leaves_kept_files_alone_in_older_projects_too() {
        for (before, expected) in [
            (None, "imported/** -text\n"),
            (Some("articles/*.txt -text"), "articles/*.txt -text\nimported/** -text\n"),
            (Some("imported/** -text\n*.md text\n"), "imported/** -text\n*.md text\n"),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let (root, source) = (folder.path().join("project"), folder.path().join("a.ann"));
            std::fs::create_dir(&root).expect("a folder");
            std::fs::write(&source, "T1").expect("written");
            let attributes = root.join(".gitattributes");
            if let Some(before) = before {
                std::fs::write(&attributes, before).expect("written");
            }
            ImportedFiles::new(&root).keep(&source).expect("kept");
            assert_eq!(std::fs::read_to_string(&attributes).expect("it is there"), expected);
            // Whoever took it out later wants it so.
            std::fs::write(&attributes, "").expect("written");
            std::fs::write(&source, "T2").expect("written");
            ImportedFiles::new(&root).keep(&source).expect("kept");
            assert_eq!(std::fs::read_to_string(&attributes).expect("it is there"), "");
        }
    }
}
