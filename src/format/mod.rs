//! Interchange: one file per format behind one registry.
//!
//! A reader turns the bytes of one file into [`Imported`] articles, one after the other, with [`Warning`]s for all that it
//! could not use. A writer turns [`Exported`] articles into files and returns every [`Loss`]. Neither knows a project folder.

pub mod anchor;
mod batches;
mod brat;
pub mod card;
mod chat;
mod conll;
mod conllu;
mod csv_spans;
mod dataset;
mod date;
pub mod decode;
pub mod derive;
mod docbin;
mod doccano;
pub mod export;
pub mod filter;
pub mod folder;
mod gate;
mod germeval;
mod graphml;
mod hf_jsonl;
mod hf_parquet;
pub mod html_input;
pub mod html_page;
mod html_text;
mod json;
mod json_lines;
mod jsonl;
pub mod knowledge;
mod label_studio;
mod loss;
pub mod markdown;
mod markdown_review;
mod markdown_text;
mod matching;
mod numbered;
pub mod option;
pub mod original;
pub mod output;
pub mod parts;
pub mod plain;
pub mod quote;
mod quoted_json;
mod reading;
mod records;
pub mod registry;
mod spacy_jsonl;
pub mod table;
mod triples;
mod uima;
mod value;
mod web_annotation;
mod webanno_tsv;
mod writing;
mod xlsx;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod kept_laws;
#[cfg(test)]
mod round;

use crate::{
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Article, ArticleId, ArticleMetadata, ArticleText, DocumentLabel,
        Entity, EntityRegistry, FilePart, KeptFile, ReadChoices, Relation, Schema, Span,
    },
    text::TextRange,
};
use original::Originals;
use std::{fmt, io::Write, path::PathBuf, sync::Arc};

/// An interchange format.
pub trait Format: Sync {
    /// What it is called and what it can hold.
    fn info(&self) -> &'static FormatInfo;

    /// How sure the reader is that `input` is of this format, from its name and its first bytes. What is only written is never
    /// recognized.
    fn recognize(&self, _input: &Input<'_>) -> Recognition {
        Recognition::No
    }

    /// Reads all articles of one file.
    ///
    /// # Errors
    /// If nothing of the file can be used, or the format is only written. Everything smaller is a warning of the article, or of
    /// the last one before it.
    fn read(
        &self,
        _input: &Input<'_>,
        _options: &ReadOptions,
        _article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let reason = "is only written; for annotations use another format, such as jsonl";
        Err(FormatError::NotSupported { format: self.info().name, reason })
    }

    /// Writes articles into `output`, and everything that the format could not hold into `losses`.
    ///
    /// # Errors
    /// If the output can not be written, or the format is only read.
    fn write(
        &self,
        _articles: &mut dyn Iterator<Item = Exported<'_>>,
        _context: &ExportContext<'_>,
        _output: &mut dyn Output,
        _losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let reason = "is only read; export as jsonl or brat to keep text and annotations";
        Err(FormatError::NotSupported { format: self.info().name, reason })
    }

    /// What can be chosen when it is written; see [`option`].
    fn options(&self) -> &'static [option::FormatOption] {
        &[]
    }

    /// True if each line of a file can be a record by itself, so that large files whose first line is a JSON object are read in
    /// parts of whole lines.
    fn has_records_in_lines(&self) -> bool {
        false
    }
}

/// The catalogue entry of a format.
#[derive(Clone, Copy, Debug)]
pub struct FormatInfo {
    /// The name on the command line: `brat`.
    pub name: &'static str,
    /// The name in the window: `brat standoff`.
    pub title: &'static str,
    /// Usual file name endings, without the dot, the first one for new files.
    pub extensions: &'static [&'static str],
    pub reads: bool,
    pub writes: bool,
    pub layout: Layout,
    /// What the written files can hold.
    pub holds: Holds,
    /// The unit that offsets are counted in, in words.
    pub unit: &'static str,
    /// User page, in Markdown.
    pub documentation: &'static str,
}

/// How a format divides articles into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// All articles in one file.
    OneFile,
    /// A folder with files for each article.
    Folder,
}

/// Which parts of an annotation a format keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// The text itself, character by character.
    pub text: bool,
    pub nested: bool,
    pub crossing: bool,
    pub discontinuous: bool,
    pub zero_width: bool,
    /// Spans that begin or end inside a token.
    pub sub_token: bool,
    pub attributes: bool,
    pub notes: bool,
    pub entities: bool,
    /// Relations with two arguments.
    pub relations: bool,
    /// Relations with a trigger or more than two arguments, and relations between relations.
    pub events: bool,
    pub document_labels: bool,
    pub status: bool,
    pub provenance: bool,
    pub metadata: bool,
    /// Of the ids that entities have elsewhere.
    pub identifiers: Identifiers,
    /// Other names of entities, and notes on them.
    pub aliases: bool,
}

/// How many of the ids that an entity has elsewhere a format keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identifiers {
    #[default]
    None,
    /// One of them, such as the one at Wikidata.
    One,
    All,
}

impl Holds {
    /// Nothing.
    pub const NONE: Self = Self {
        text: false,
        nested: false,
        crossing: false,
        discontinuous: false,
        zero_width: false,
        sub_token: false,
        attributes: false,
        notes: false,
        entities: false,
        relations: false,
        events: false,
        document_labels: false,
        status: false,
        provenance: false,
        metadata: false,
        identifiers: Identifiers::None,
        aliases: false,
    };
    /// Everything.
    pub const ALL: Self = Self {
        text: true,
        nested: true,
        crossing: true,
        discontinuous: true,
        zero_width: true,
        sub_token: true,
        attributes: true,
        notes: true,
        entities: true,
        relations: true,
        events: true,
        document_labels: true,
        status: true,
        provenance: true,
        metadata: true,
        identifiers: Identifiers::All,
        aliases: true,
    };

    /// Names and values in the order in which they are shown.
    pub fn list(&self) -> [(&'static str, bool); 15] {
        [
            ("text", self.text),
            ("nested spans", self.nested),
            ("crossing spans", self.crossing),
            ("discontinuous spans", self.discontinuous),
            ("zero-width spans", self.zero_width),
            ("sub-token spans", self.sub_token),
            ("attributes", self.attributes),
            ("notes", self.notes),
            ("entities", self.entities),
            ("relations", self.relations),
            ("events", self.events),
            ("document labels", self.document_labels),
            ("review status", self.status),
            ("provenance", self.provenance),
            ("metadata", self.metadata),
        ]
    }
}

/// How sure a reader is of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recognition {
    No,
    /// Could be: the ending fits, or it is text after all.
    Possible,
    Likely,
    Certain,
}

/// A file to read.
pub struct Input<'a> {
    /// File name without folders.
    pub name: String,
    pub bytes: &'a [u8],
    /// Reads a file beside this one by name; for formats that spread an article over several files.
    pub sibling: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// What stands before `bytes` in the file, where only a part of it is handed over.
    pub before: Before,
}

/// How much of a file was handed over already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    pub bytes: u64,
    pub lines: usize,
}

impl<'a> Input<'a> {
    /// A whole file.
    pub fn new(name: impl Into<String>, bytes: &'a [u8], sibling: &'a dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes, sibling, before: Before::default() }
    }

    /// A file without others beside it.
    pub fn alone(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self::new(name, bytes, &|_| None)
    }

    /// The name without its last ending.
    pub fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(&*self.name, |(stem, _)| stem)
    }

    /// The last ending in lower case, or an empty string.
    pub fn extension(&self) -> String {
        self.name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
    }
}

/// What the user chose for reading.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// True if `\r\n` becomes `\n` in article text.
    pub normalize_line_endings: bool,
    /// For tables and JSON: the column or key that holds the text; found by name if `None`.
    pub text_column: Option<String>,
    /// Encoding label to use instead of detection.
    pub encoding: Option<String>,
    pub default_language: String,
    /// Time that imported annotations without one of their own get.
    pub time: jiff::Timestamp,
}

impl ReadOptions {
    /// What is to be remembered of it.
    pub fn choices(&self) -> ReadChoices {
        ReadChoices {
            normalize_line_endings: self.normalize_line_endings,
            text_column: self.text_column.clone(),
            encoding: self.encoding.clone(),
            default_language: self.default_language.clone(),
        }
    }
}

/// An article as it came out of a file. Annotation ids are the file's own or counted from 1; offsets are checked.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What the id should be made from: the file's own id, its name, or its title.
    pub wanted_id: String,
    pub metadata: ArticleMetadata,
    pub text: String,
    pub spans: Vec<Span>,
    pub relations: Vec<Relation>,
    pub document_labels: Vec<DocumentLabel>,
    pub entities: Vec<Entity>,
    /// What the file or its configuration defines; shared by the articles of a file.
    pub schema: Option<Arc<Schema>>,
    /// Which part of the file this is, if the file holds more than Glosse models and should be kept.
    pub kept: Option<FilePart>,
    /// Names of files that were read with it, such as the text beside standoff annotations; kept with it.
    pub beside: Vec<String>,
    pub language_from: LanguageSource,
    pub warnings: Vec<Warning>,
}

/// Where the language of an article comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LanguageSource {
    /// Its file says it, or whoever has it read.
    #[default]
    File,
    /// It was guessed from the text.
    Text,
    /// The text is too short or not clear enough: it is the project's.
    Project,
}

/// Something in a file that was not used as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub file: String,
    /// Line from 1, where there is one.
    pub line: Option<usize>,
    /// What was found and what was done.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.file, self.message),
            None => write!(formatter, "{}: {}", self.file, self.message),
        }
    }
}

/// An article to write: the annotations are filtered already, and relations among them complete.
#[derive(Clone, Copy, Debug)]
pub struct Exported<'a> {
    pub id: &'a ArticleId,
    pub metadata: &'a ArticleMetadata,
    pub text: &'a ArticleText,
    /// What is to be written.
    pub annotations: &'a AnnotationSet,
    /// All that there is, also what a filter left out.
    pub everything: &'a AnnotationSet,
    /// The imported file that the annotations came from, if it was kept.
    pub kept: Option<&'a KeptFile>,
}

impl<'a> Exported<'a> {
    /// All that `annotator` says of an article, with `empty` for those who say nothing; `None` if it is not loaded.
    pub fn of(article: &'a Article, annotator: &AnnotatorName, empty: &'a AnnotationSet) -> Option<Self> {
        let set = article.sets.get(annotator).unwrap_or(empty);
        Some(Self {
            id: &article.id,
            metadata: &article.metadata,
            text: article.text.as_deref()?,
            annotations: set,
            everything: set,
            kept: article.metadata.origin.kept_for(annotator),
        })
    }
}

/// What writers need besides the articles.
#[derive(Clone, Copy)]
pub struct ExportContext<'a> {
    pub schema: &'a Schema,
    pub entities: &'a EntityRegistry,
    pub options: &'a WriteOptions,
    /// The files that articles were read from, as far as they were kept.
    pub originals: &'a dyn Originals,
}

/// What the user chose for writing.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pub tag_scheme: TagScheme,
    /// For dialects of a format, as `key=value` on the command line.
    pub other: std::collections::BTreeMap<String, String>,
}

/// How token tags mark where a span begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagScheme {
    #[default]
    Iob2,
    Iob1,
    Ioe2,
    Iobes,
    Bilou,
}

/// Where written files go.
pub trait Output {
    /// Starts a new file: `name` is relative, with `/` between folders. For [`Layout::OneFile`] formats the main file has an
    /// empty name, and the name of a file beside it is an ending such as `relations.csv`, which becomes
    /// `train.relations.csv` beside `train.csv`.
    ///
    /// # Errors
    /// If the file can not be made.
    fn create<'a>(&'a mut self, name: &str) -> Result<Box<dyn Write + 'a>, FormatError>;
}

/// Written files in memory, by name: for previews and tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryOutput {
    pub files: Vec<(String, Vec<u8>)>,
}

impl Output for MemoryOutput {
    fn create<'a>(&'a mut self, name: &str) -> Result<Box<dyn Write + 'a>, FormatError> {
        self.files.push((name.to_owned(), Vec::new()));
        match self.files.last_mut() {
            Some((_, bytes)) => Ok(Box::new(bytes)),
            None => Ok(Box::new(std::io::sink())),
        }
    }
}

/// Something that a written file does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub article: ArticleId,
    /// The annotation; `None` for the article as a whole.
    pub annotation: Option<AnnotationId>,
    pub place: Option<TextRange>,
    /// What is lost: `attribute mention=nominal`.
    pub what: String,
    /// Why: `the format has no attributes`.
    pub why: String,
    /// Which part of an annotation it is, by its name in [`Holds::list`]; `None` for what only Glosse's own format holds.
    pub part: Option<&'static str>,
}

impl Loss {
    /// The names of the formats that would hold it, Glosse's own first.
    pub fn held_by(&self) -> Vec<&'static str> {
        let own = std::iter::once(jsonl::NAME);
        let others = registry::all().iter().map(|format| format.info()).filter(|info| {
            let holds = |part| info.holds.list().iter().any(|(name, holds)| *name == part && *holds);
            info.writes && info.reads && info.name != jsonl::NAME && self.part.is_some_and(holds)
        });
        own.chain(others.map(|info| info.name)).collect()
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.annotation {
            Some(id) => write!(formatter, "{}: annotation {id}: {}: {}", self.article, self.what, self.why),
            None => write!(formatter, "{}: {}: {}", self.article, self.what, self.why),
        }
    }
}

/// Why a file could not be read or written at all.
#[derive(Debug)]
pub enum FormatError {
    /// The bytes are not of this format; says where and what to do.
    Unreadable {
        file: String,
        line: Option<usize>,
        reason: String,
    },
    /// The format is only read, or only written.
    NotSupported {
        format: &'static str,
        reason: &'static str,
    },
    /// What is there must not be written over; says what to do.
    InTheWay {
        path: PathBuf,
        reason: &'static str,
    },
    Io {
        path: PathBuf,
        error: std::io::Error,
    },
}

impl FormatError {
    /// Wraps an error of writing or reading `path`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, line: Some(line), reason } => write!(formatter, "{file}:{line}: {reason}"),
            Self::Unreadable { file, line: None, reason } => write!(formatter, "{file}: {reason}"),
            Self::NotSupported { format, reason } => write!(formatter, "{format}: {reason}"),
            Self::InTheWay { path, reason } => write!(formatter, "{reason}: {}", path.display()),
            Self::Io { path, error } => write!(formatter, "{}: {}", in_words(error), path.display()),
        }
    }
}

/// What the operating system has against a file, and what to do.
pub fn in_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::AlreadyExists => "something of this name is in the way; choose another name",
        ErrorKind::PermissionDenied => "there is no permission for that; give it, or choose another place",
        ErrorKind::ReadOnlyFilesystem => "what lies there can only be read; choose another place",
        ErrorKind::NotADirectory => "a part of this path is a file, not a folder",
        ErrorKind::IsADirectory => "this is a folder, not a file",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full; make room on it",
        _ => return error.to_string(),
    };
    words.to_owned()
}

impl std::error::Error for FormatError {}
