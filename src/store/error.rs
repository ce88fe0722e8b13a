//! What can go wrong with a project folder, and what a person should know although it went well.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Why something could not be read from or written to a project folder. What was saved before is still there.
#[derive(Debug)]
pub enum StoreError {
    /// The folder has no `project.ron`.
    NoProject {
        path: PathBuf,
    },
    /// There is a project in this folder already.
    ProjectExists {
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        path: PathBuf,
        doing: &'static str,
        error: std::io::Error,
    },
    /// A file does not say what it should; `remedy` says what to do.
    Unreadable {
        path: PathBuf,
        line: Option<usize>,
        reason: String,
        remedy: &'static str,
    },
    /// A file was written by a newer Glosse.
    NewerVersion {
        path: PathBuf,
        version: u32,
    },
    /// The schema contradicts itself.
    BadSchema {
        path: PathBuf,
        problem: String,
    },
    /// An id that can not be a file name.
    BadName {
        name: String,
    },
    NoArticle {
        article: String,
    },
    NoTransaction {
        sequence: u64,
    },
    /// Changes are in memory only; they stay queued and are tried again.
    NotSaved {
        message: String,
        pending: usize,
    },
}

impl StoreError {
    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), doing, error }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProject { path } => {
                write!(formatter, "there is no project.ron; make a project with `glosse new`: {}", path.display())
            }
            Self::ProjectExists { path } => write!(formatter, "there is a project already: {}", path.display()),
            Self::Io { path, doing, error } => {
                write!(formatter, "can not {doing}: {error}{}: {}", remedy(error), path.display())
            }
            Self::Unreadable { path, line: Some(line), reason, remedy } => {
                write!(formatter, "{}:{line}: {reason}; {remedy}", path.display())
            }
            Self::Unreadable { path, line: None, reason, remedy } => {
                write!(formatter, "{}: {reason}; {remedy}", path.display())
            }
            Self::NewerVersion { path, version } => {
                write!(
                    formatter,
                    "the file has version {version} of its format; open it with a newer Glosse: {}",
                    path.display()
                )
            }
            Self::BadSchema { path, problem } => write!(formatter, "{problem}: {}", path.display()),
            Self::BadName { name } => write!(
                formatter,
                "{name:?} can not be a file name everywhere; use letters without accents, digits, '-', '_' and '.'"
            ),
            Self::NoArticle { article } => write!(formatter, "there is no article {article:?}"),
            Self::NoTransaction { sequence } => {
                write!(formatter, "the journal has no readable transaction number {sequence}")
            }
            Self::NotSaved { message, pending } => write!(formatter, "{pending} changes are not saved yet: {message}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// What a person can do about an error of the operating system, as the end of a sentence.
pub(super) fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => " (make room on the disk)",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => " (allow writing there)",
        ErrorKind::NotFound => " (was the folder moved or a disk unplugged?)",
        _ => "",
    }
}

/// How much a [`Notice`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know; nothing was lost.
    Info,
    /// Something needs a look.
    Warning,
    /// Something is wrong with the files.
    Error,
}

/// Something that a person should know about a file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub level: Level,
    pub path: PathBuf,
    /// Line in the file, from 1, where one can be named.
    pub line: Option<usize>,
    pub message: String,
}

impl Notice {
    pub(super) fn new(level: Level, path: &Path, line: Option<usize>, message: impl Into<String>) -> Self {
        Self { level, path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(formatter, "{}: {}", self.path.display(), self.message),
        }
    }
}

impl From<&StoreError> for Notice {
    fn from(error: &StoreError) -> Self {
        let (path, line, message) = match error {
            StoreError::Unreadable { path, line, reason, remedy } => {
                (path.clone(), *line, format!("{reason}; {remedy}"))
            }
            StoreError::NoProject { path }
            | StoreError::ProjectExists { path }
            | StoreError::Io { path, .. }
            | StoreError::NewerVersion { path, .. } => (path.clone(), None, error.to_string()),
            StoreError::BadSchema { path, problem } => (path.clone(), None, problem.clone()),
            _ => (PathBuf::new(), None, error.to_string()),
        };
        Self { level: Level::Error, path, line, message }
    }
}
