//! Knowledge bases: files from which entities come, with names, ids and what they are.
//!
//! A reader hands over one [`KnownEntity`] after the other, so that a file may be larger than memory; what it could not use
//! it says with the line. Which label of the project a thing gets, [`Kinds`] says.

mod kinds;
mod line_reader;
mod skos;
mod table;
mod wikidata;

pub use kinds::{BadKind, Kinds};

use crate::model::Name;
use flate2::read::MultiGzDecoder;
use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

/// A form in which knowledge bases come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnowledgeFormat {
    /// Columns by header: `id`, `name`, `aliases` separated by `|`, `label`, `description`.
    Tsv,
    /// One entity of Wikidata in each line, as in its JSON dumps.
    Wikidata,
    /// A SKOS thesaurus as RDF/XML.
    SkosXml,
    /// A SKOS thesaurus as Turtle or N-Triples.
    SkosTurtle,
}

impl KnowledgeFormat {
    pub const ALL: [Self; 4] = [Self::Tsv, Self::Wikidata, Self::SkosXml, Self::SkosTurtle];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tsv => "tsv",
            Self::Wikidata => "wikidata",
            Self::SkosXml => "skos-xml",
            Self::SkosTurtle => "skos-turtle",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// What the ending of a file name says; `.gz` behind it does not matter.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Self::Wikidata),
            "rdf" | "xml" | "skos" | "owl" => Some(Self::SkosXml),
            "ttl" | "nt" | "turtle" => Some(Self::SkosTurtle),
            _ => None,
        }
    }
}

/// A thing of a knowledge base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownEntity {
    /// Line of the file, from 1; 0 where the format has none.
    pub line: u64,
    /// Scheme and id by which the knowledge base names it: `wikidata`, `Q7747`; both empty if it has none.
    pub scheme: String,
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    /// A label of the project; empty if nothing says which.
    pub kind: Name,
    pub note: String,
}

/// How a file is read.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeOptions {
    /// Languages by BCP 47 tag, the preferred first: the name is in the first that a thing has a name in, aliases are taken
    /// of all. Empty takes any.
    pub languages: Vec<String>,
    /// Scheme of ids that do not say theirs.
    pub scheme: String,
    pub kinds: Kinds,
}

impl KnowledgeOptions {
    /// Place of a language among those that are wanted; `None` if it is not. `de-AT` is `de` too.
    fn place(&self, language: &str) -> Option<usize> {
        if self.languages.is_empty() {
            return Some(0);
        }
        let language = language.to_lowercase();
        let base = language.split('-').next().unwrap_or_default();
        self.languages.iter().position(|wanted| {
            let wanted = wanted.to_lowercase();
            wanted == language || wanted == base
        })
    }
}

/// Something that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnowledgeWarning {
    /// Line of the file, from 1.
    pub line: u64,
    pub message: String,
}

impl fmt::Display for KnowledgeWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

/// Why a knowledge base could not be read.
#[derive(Debug)]
pub enum KnowledgeError {
    /// Nothing says in which form the file is.
    UnknownFormat {
        path: PathBuf,
    },
    Io {
        error: io::Error,
        path: PathBuf,
    },
    /// The file is broken from this line on.
    Broken {
        line: u64,
        message: String,
    },
    /// The first line does not name the columns.
    NoColumns {
        missing: &'static str,
        found: Vec<String>,
    },
    /// The work was stopped from outside.
    Stopped,
}

impl fmt::Display for KnowledgeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat { path } => {
                let known = KnowledgeFormat::ALL.map(KnowledgeFormat::as_str).join(", ");
                let path = path.display();
                write!(formatter, "the ending does not say the format; name one of {known}: {path}")
            }
            Self::Io { error, path } => write!(formatter, "can not be read ({error}): {}", path.display()),
            Self::Broken { line, message } => {
                write!(formatter, "line {line}: {message}; nothing was taken over, mend the file")
            }
            Self::NoColumns { missing, found } => write!(
                formatter,
                "line 1: there is no column {missing:?} among {}; the first line names the columns id, name, aliases, \
                 label, description, with tabs between",
                found.join(", ")
            ),
            Self::Stopped => write!(formatter, "stopped; nothing was taken over"),
        }
    }
}

impl std::error::Error for KnowledgeError {}

/// Takes what a reader finds; false stops the reading.
pub type Take<'a> = &'a mut dyn FnMut(KnownEntity) -> bool;

/// Reads a file, packed by gzip or not, and hands over what it holds. Returns what could not be used.
///
/// # Errors
/// If the file can not be read at all or breaks off, or `take` stopped it.
pub fn read_knowledge(
    path: &Path,
    format: Option<KnowledgeFormat>,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    let format = format.or_else(|| KnowledgeFormat::of_path(path));
    let format = format.ok_or_else(|| KnowledgeError::UnknownFormat { path: path.to_owned() })?;
    let failed = |error| KnowledgeError::Io { error, path: path.to_owned() };
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(failed)?);
    let packed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    let mut reader: Box<dyn BufRead> = match packed {
        true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))),
        false => Box::new(file),
    };
    read_from(&mut *reader, format, options, take).map_err(|error| match error {
        KnowledgeError::Io { error, .. } => failed(error),
        other => other,
    })
}

/// Reads a knowledge base from anywhere.
///
/// # Errors
/// As [`read_knowledge`]; a path is empty.
pub fn read_from(
    reader: &mut dyn BufRead,
    format: KnowledgeFormat,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    match format {
        KnowledgeFormat::Tsv => table::read(reader, options, take),
        KnowledgeFormat::Wikidata => wikidata::read(reader, options, take),
        KnowledgeFormat::SkosXml => skos::read_xml(reader, options, take),
        KnowledgeFormat::SkosTurtle => skos::read_turtle(reader, options, take),
    }
}

fn io_error(error: io::Error) -> KnowledgeError {
    KnowledgeError::Io { error, path: PathBuf::new() }
}

/// The scheme and id in an id: an address of Wikidata, or `Q` with a number, is Wikidata's.
fn scheme_and_id(id: &str, options: &KnowledgeOptions) -> (String, String) {
    let id = id.trim();
    let item = id.rsplit(['/', ':']).next().unwrap_or(id);
    let is_item =
        item.strip_prefix('Q').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
    let is_wikidata = is_item && (item == id || id.contains("wikidata.org/") || id.starts_with("wd:"));
    if id.is_empty() {
        return Default::default();
    }
    match is_wikidata {
        true => ("wikidata".to_owned(), item.to_owned()),
        false if options.scheme.is_empty() => ("id".to_owned(), id.to_owned()),
        false => (options.scheme.clone(), id.to_owned()),
    }
}

/// Names by how much their language is wanted: the best, and the others without repeats.
#[derive(Clone, Debug, Default)]
struct Names {
    best: Option<(usize, String)>,
    others: Vec<String>,
}

impl Names {
    fn preferred(&mut self, place: usize, name: &str) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        match &mut self.best {
            Some((known, best)) if place < *known => {
                let before = std::mem::replace(best, name.to_owned());
                *known = place;
                self.others.push(before);
            }
            Some(_) => self.others.push(name.to_owned()),
            None => self.best = Some((place, name.to_owned())),
        }
    }

    fn other(&mut self, name: &str) {
        if !name.trim().is_empty() {
            self.others.push(name.trim().to_owned());
        }
    }

    /// The name and the aliases; `None` without any name.
    fn finish(self) -> Option<(String, Vec<String>)> {
        let mut others = self.others.into_iter();
        let name = self.best.map(|(_, name)| name).or_else(|| others.next())?;
        let mut aliases: Vec<String> = Vec::new();
        for other in others {
            if other != name && !aliases.contains(&other) {
                aliases.push(other);
            }
        }
        Some((name, aliases))
    }
}

/// Counts by what was wrong, so that a million of the same faults are told in a line.
#[derive(Debug, Default)]
struct Warnings {
    all: Vec<KnowledgeWarning>,
    counts: BTreeMap<&'static str, u64>,
}

/// Warnings of one kind that are told singly.
const TOLD: u64 = 20;

impl Warnings {
    fn add(&mut self, line: u64, kind: &'static str, message: String) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= TOLD {
            self.all.push(KnowledgeWarning { line, message });
        }
    }

    fn finish(mut self, last_line: u64) -> Vec<KnowledgeWarning> {
        for (kind, count) in self.counts.into_iter().filter(|(_, count)| *count > TOLD) {
            let message = format!("{} more before this line: {kind}", count - TOLD);
            self.all.push(KnowledgeWarning { line: last_line, message });
        }
        self.all
    }
}

#[cfg(test)]
#[path = "knowledge/knowledge_tests.rs"]
mod tests;
