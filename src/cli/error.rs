//! Why a command could not do its work.

use crate::{format::FormatError, session::SessionError, store::StoreError};
use std::{fmt, io, path::PathBuf};

/// Ends a command with exit code 2.
#[derive(Debug)]
pub enum CliError {
    Session(SessionError),
    Store(StoreError),
    Format(FormatError),
    /// A file of the user could not be read or written.
    File {
        path: PathBuf,
        doing: &'static str,
        error: io::Error,
    },
    /// Standard output or input broke.
    Stream {
        error: io::Error,
    },
    /// The command was called in a way that can not work; says what to do.
    Usage {
        message: String,
    },
}

impl CliError {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into() }
    }

    pub(super) fn file(path: impl Into<PathBuf>, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, doing, error }
    }

    /// True if whoever read the output has heard enough, as `head` does: no error to talk about.
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stream { error } if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => error.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
            Self::Format(error) => error.fmt(formatter),
            Self::File { path, doing, error } => write!(formatter, "can not {doing}: {error}: {}", path.display()),
            Self::Stream { error } => write!(formatter, "can not go on reading or printing: {error}"),
            Self::Usage { message } => message.fmt(formatter),
        }
    }
}

impl std::error::Error for CliError {}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FormatError> for CliError {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Stream { error }
    }
}
