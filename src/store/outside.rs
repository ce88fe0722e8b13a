//! What others (an editor, git) did to the files of an open project.

use super::Notice;
use crate::model::{ArticleId, Project, SetKey};
use std::path::PathBuf;

/// A file that somebody else changed, made or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideChange {
    pub path: PathBuf,
    pub what: Outside,
}

/// What an outside change concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    Project,
    Entities,
    Text(ArticleId),
    Metadata(ArticleId),
    Set(SetKey),
    NewArticle(ArticleId),
    RemovedArticle(ArticleId),
}

/// An outside change, read and merged.
#[derive(Debug)]
pub struct Reloaded {
    pub what: Outside,
    /// Where both sides changed the same; ours stands, theirs is kept in `.glosse/conflicts`.
    pub conflicts: Vec<String>,
    pub notices: Vec<Notice>,
}

impl Reloaded {
    /// Puts the merged state into the project.
    pub fn adopt(self, project: &mut Project) {
        let _ = project;
    }
}
