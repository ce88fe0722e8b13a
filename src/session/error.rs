//! Why something could not be done with an open project.

use crate::{
    edit::{ApplyError, EditError},
    format::FormatError,
    store::StoreError,
};
use std::fmt;

#[derive(Debug)]
pub enum SessionError {
    ReadOnly {
        reason: String,
    },
    Edit(EditError),
    /// An undo or redo does not fit the present state.
    Undo {
        title: String,
        error: ApplyError,
    },
    Store(StoreError),
    Format(FormatError),
    UnknownFormat {
        name: String,
        known: Vec<&'static str>,
    },
    BadAnnotator {
        name: String,
    },
    Cancelled,
}

impl fmt::Display for SessionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnly { reason } => write!(formatter, "the project is open for reading only: {reason}"),
            Self::Edit(error) => error.fmt(formatter),
            Self::Undo { title, error } => write!(formatter, "{title:?} can not be taken back: {error}"),
            Self::Store(error) => error.fmt(formatter),
            Self::Format(error) => error.fmt(formatter),
            Self::UnknownFormat { name, known } => {
                write!(formatter, "there is no format {name:?}; the formats are {}", known.join(", "))
            }
            Self::BadAnnotator { name } => write!(
                formatter,
                "{name:?} can not be an annotator's name; use letters without marks, digits, hyphens and dots"
            ),
            Self::Cancelled => write!(formatter, "cancelled"),
        }
    }
}

impl std::error::Error for SessionError {}

impl From<EditError> for SessionError {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FormatError> for SessionError {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}
