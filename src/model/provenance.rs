//! Where an annotation comes from and what a person said about it.

use super::{Fragments, Name};
use jiff::Timestamp;

/// Who or what made an annotation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A person, by annotator name.
    Person { name: Name },
    /// A file of another tool or project.
    Import { format: Name },
    /// A program that proposes annotations.
    Extractor { name: Name, version: Name },
}

/// How the names of extractors begin that are other annotators.
const ANNOTATOR: &str = "annotator ";

impl Source {
    /// What another annotator is called as the extractor whose work is suggested to somebody.
    pub fn annotator_as_extractor(name: &str) -> Name {
        format!("{ANNOTATOR}{name}").into()
    }

    /// The person behind an annotation: who made it, or whose work it is that was suggested.
    pub fn annotator(&self) -> Option<&str> {
        match self {
            Self::Person { name } => Some(name),
            Self::Extractor { name, .. } => name.strip_prefix(ANNOTATOR),
            Self::Import { .. } => None,
        }
    }
}

/// Source, time and, for extractors, confidence and reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    pub source: Source,
    pub time: Timestamp,
    /// Confidence from 0 to 1, as the extractor stated it.
    pub score: Option<f32>,
    /// Why an extractor proposed it, in its words: `accepted 14 times as LOC`.
    pub reason: Option<Name>,
}

impl Provenance {
    /// Made by a person at `time`.
    pub fn person(name: &str, time: Timestamp) -> Self {
        Self { source: Source::Person { name: name.into() }, time, score: None, reason: None }
    }
}

/// What is held of an annotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Proposed, nobody has looked at it.
    Suggested,
    /// Stands.
    #[default]
    Accepted,
    /// Looked at and found wrong; kept so that it is not proposed again.
    Rejected,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::Suggested, Self::Accepted, Self::Rejected];

    /// The word used on disk and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suggested => "suggested",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A suggestion as it was before a person changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectedFrom {
    pub label: Name,
    /// The suggested place; `None` for relations.
    pub fragments: Option<Fragments>,
    pub provenance: Provenance,
}
