//! An article: its text, where it came from, and what each annotator said about it.

use super::{AnnotationSet, AnnotatorName, ArticleId, Name};
use crate::text::OffsetTable;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// What is known of an article besides its text. Unknown values are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleMetadata {
    pub title: String,
    /// The medium that published it.
    pub source: String,
    pub url: String,
    /// As found; ISO 8601 where it could be read as a date.
    pub date: String,
    /// BCP 47 tag such as `de`.
    pub language: String,
    /// Everything else that came with it, by name.
    pub other: BTreeMap<String, String>,
    pub origin: TextSource,
}

/// The file that an article was read from and what was done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextSource {
    /// File name without folders, so that no private path leaves the machine.
    pub file: String,
    /// Encoding label of the WHATWG standard, such as `utf-8` or `windows-1252`.
    pub encoding: String,
    pub byte_order_mark: bool,
    /// Line ends of the file.
    pub line_ending: LineEnding,
    /// True if the line ends were changed to `\n`.
    pub normalized: bool,
    /// Where the file itself is kept, if it holds more than Glosse models: one for each annotator for whom the article was
    /// imported, the latest last.
    pub kept: Vec<KeptFile>,
}

impl TextSource {
    /// The file from which the annotations of `annotator` came; if there is none of theirs, one of nobody in particular, or
    /// the latest.
    pub fn kept_for(&self, annotator: &AnnotatorName) -> Option<&KeptFile> {
        let of = |whose: Option<&AnnotatorName>| self.kept.iter().find(|kept| kept.annotator.as_ref() == whose);
        of(Some(annotator)).or_else(|| of(None)).or(self.kept.last())
    }

    /// Takes a file in, in place of the one of the same annotator.
    pub fn keep(&mut self, kept: KeptFile) {
        self.kept.retain(|other| other.annotator != kept.annotator);
        self.kept.push(kept);
    }
}

/// A file that was imported, kept as it was so that export into its format gives back what Glosse does not model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The format that it was read in.
    pub format: Name,
    /// Whose annotations it has; `None` if that was not noted.
    pub annotator: Option<AnnotatorName>,
    /// The file name that it had, without folders; empty if that is not known.
    pub name: String,
    /// Its name in the folder of kept files.
    pub file: String,
    /// Which part of it the article is.
    pub part: FilePart,
    /// Files that lay beside it and were read with it: the name that they had, and their name in the folder of kept files.
    pub beside: BTreeMap<String, String>,
    /// How it was read; `None` if that was not noted.
    pub choices: Option<ReadChoices>,
}

/// What was chosen for reading a file, so that it can be read again in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadChoices {
    /// True if `\r\n` became `\n` in article text.
    pub normalize_line_endings: bool,
    /// The column or key that holds the text; found by name if `None`.
    pub text_column: Option<String>,
    /// Encoding label that was used instead of detection.
    pub encoding: Option<String>,
    /// The language of articles that name none.
    pub default_language: String,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilePart {
    #[default]
    Whole,
    /// From byte `start` to before byte `end`; the first `head` bytes of the file belong to every part of it.
    Bytes { head: u64, start: u64, end: u64 },
    /// The article with this number, from 0, of a file that can not be cut.
    Number(u32),
}

/// How lines ended in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnding {
    #[default]
    Lf,
    CrLf,
    Mixed,
}

/// The text of an article with what is derived from it. Immutable: an edit makes a new one.
#[derive(Debug)]
pub struct ArticleText {
    text: Box<str>,
    hash: u64,
    table: OnceLock<OffsetTable>,
}

impl ArticleText {
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self { hash: xxhash_rust::xxh3::xxh3_64(text.as_bytes()), text, table: OnceLock::new() }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// XXH3 of the UTF-8 bytes: tells whether annotations belong to this state of the text.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Offsets in other units; built on first use.
    pub fn table(&self) -> &OffsetTable {
        self.table.get_or_init(|| OffsetTable::new(&self.text))
    }
}

impl PartialEq for ArticleText {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.text == other.text
    }
}

/// An article of a project, as far as it is in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    pub id: ArticleId,
    pub metadata: Arc<ArticleMetadata>,
    /// `None` until the article is loaded.
    pub text: Option<Arc<ArticleText>>,
    /// One for each annotator who has said something; empty until the article is loaded.
    pub sets: BTreeMap<AnnotatorName, AnnotationSet>,
}

impl Article {
    /// A loaded article without annotations.
    pub fn new(id: ArticleId, metadata: ArticleMetadata, text: &str) -> Self {
        Self { id, metadata: Arc::new(metadata), text: Some(Arc::new(ArticleText::new(text))), sets: BTreeMap::new() }
    }

    /// The title, or the id where there is none.
    pub fn title(&self) -> &str {
        if self.metadata.title.is_empty() { self.id.as_str() } else { &self.metadata.title }
    }

    /// The text; empty while the article is not loaded.
    pub fn text(&self) -> &str {
        self.text.as_ref().map_or("", |text| text.as_str())
    }
}
