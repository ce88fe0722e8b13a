//! The smallest invertible changes, and transactions made of them.

use crate::{
    model::{
        AnnotationId, ArticleId, ArticleMetadata, ArticleText, DocumentLabel, Entity, EntityId, Progress, Relation,
        Schema, SetKey, Settings, Span,
    },
    text::TextEdit,
};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};

/// One change of one thing: what it was and what it is. The opposite change swaps the two.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    Span {
        set: SetKey,
        id: AnnotationId,
        before: Option<Arc<Span>>,
        after: Option<Arc<Span>>,
    },
    Relation {
        set: SetKey,
        id: AnnotationId,
        before: Option<Arc<Relation>>,
        after: Option<Arc<Relation>>,
    },
    DocumentLabel {
        set: SetKey,
        id: AnnotationId,
        before: Option<Arc<DocumentLabel>>,
        after: Option<Arc<DocumentLabel>>,
    },
    Progress {
        set: SetKey,
        before: Progress,
        after: Progress,
    },
    /// Moves the spans of all annotators along; none may lose anything that the opposite edit would not bring back.
    Text {
        article: ArticleId,
        edit: TextEdit,
    },
    Metadata {
        article: ArticleId,
        before: Arc<ArticleMetadata>,
        after: Arc<ArticleMetadata>,
    },
    /// An article comes or goes, without annotations.
    Article {
        id: ArticleId,
        before: Option<ArticleContent>,
        after: Option<ArticleContent>,
    },
    Entity {
        id: EntityId,
        before: Option<Box<Entity>>,
        after: Option<Box<Entity>>,
    },
    Schema {
        before: Arc<Schema>,
        after: Arc<Schema>,
    },
    Settings {
        before: Arc<Settings>,
        after: Arc<Settings>,
    },
}

/// An article as it was imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticleContent {
    pub metadata: Arc<ArticleMetadata>,
    pub text: Arc<ArticleText>,
}

impl Operation {
    /// The change that takes this one back.
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::Span { set, id, before, after } => Self::Span { set, id, before: after, after: before },
            Self::Relation { set, id, before, after } => Self::Relation { set, id, before: after, after: before },
            Self::DocumentLabel { set, id, before, after } => {
                Self::DocumentLabel { set, id, before: after, after: before }
            }
            Self::Progress { set, before, after } => Self::Progress { set, before: after, after: before },
            Self::Text { article, edit } => Self::Text { article, edit: edit.inverse() },
            Self::Metadata { article, before, after } => Self::Metadata { article, before: after, after: before },
            Self::Article { id, before, after } => Self::Article { id, before: after, after: before },
            Self::Entity { id, before, after } => Self::Entity { id, before: after, after: before },
            Self::Schema { before, after } => Self::Schema { before: after, after: before },
            Self::Settings { before, after } => Self::Settings { before: after, after: before },
        }
    }

    /// The article that this changes, if it changes one.
    pub fn article(&self) -> Option<&ArticleId> {
        match self {
            Self::Span { set, .. }
            | Self::Relation { set, .. }
            | Self::DocumentLabel { set, .. }
            | Self::Progress { set, .. } => Some(&set.article),
            Self::Text { article, .. } | Self::Metadata { article, .. } => Some(article),
            Self::Article { id, .. } => Some(id),
            Self::Entity { .. } | Self::Schema { .. } | Self::Settings { .. } => None,
        }
    }

    /// The annotations that this changes, if it changes some.
    pub fn set(&self) -> Option<&SetKey> {
        match self {
            Self::Span { set, .. }
            | Self::Relation { set, .. }
            | Self::DocumentLabel { set, .. }
            | Self::Progress { set, .. } => Some(set),
            _ => None,
        }
    }

    /// The article whose text this changes, or which comes or goes: positions in it are others then.
    pub fn remade_article(&self) -> Option<&ArticleId> {
        match self {
            Self::Text { article, .. } | Self::Article { id: article, .. } => Some(article),
            _ => None,
        }
    }

    /// The annotation that this changes, if it changes one.
    pub fn annotation(&self) -> Option<(&SetKey, AnnotationId)> {
        match self {
            Self::Span { set, id, .. } | Self::Relation { set, id, .. } | Self::DocumentLabel { set, id, .. } => {
                Some((set, *id))
            }
            _ => None,
        }
    }
}

/// What a transaction is to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody did something.
    Do,
    /// The program did something beside the user, such as suggesting: undo and redo pass over it.
    Aside,
    /// Takes back the transaction with this number.
    Undo(u64),
    /// Does again what the transaction with this number did and an undo took back.
    Redo(u64),
    /// Somebody did more of what the transaction with this number began: both are undone and done again together.
    More(u64),
}

/// Changes that happen together or not at all, and are undone together.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// What was done, for the history: `Label 3 spans PER`.
    pub title: String,
    /// Who did it.
    pub author: String,
    pub time: Timestamp,
    pub kind: Kind,
    pub operations: Vec<Operation>,
}

impl Transaction {
    /// The transaction that takes this one, number `sequence`, back.
    pub fn undone(&self, sequence: u64, time: Timestamp) -> Self {
        Self {
            title: self.title.clone(),
            author: self.author.clone(),
            time,
            kind: Kind::Undo(sequence),
            operations: self.operations.iter().rev().map(Operation::inverse).collect(),
        }
    }

    /// The transaction that does this one, number `sequence`, again after it was taken back.
    pub fn redone(&self, sequence: u64, time: Timestamp) -> Self {
        Self { time, kind: Kind::Redo(sequence), ..self.clone() }
    }

    /// What this changes, for whoever has to save or show it.
    pub fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        let mut latest: Option<&SetKey> = None;
        for operation in &self.operations {
            match operation {
                Operation::Span { set, .. }
                | Operation::Relation { set, .. }
                | Operation::DocumentLabel { set, .. }
                | Operation::Progress { set, .. } => {
                    // Most operations of a large transaction are of the same set as the one before.
                    if latest != Some(set) && !touched.sets.contains(set) {
                        touched.sets.insert(set.clone());
                    }
                    latest = Some(set);
                }
                Operation::Text { article, .. } => {
                    touched.texts.insert(article.clone());
                }
                Operation::Metadata { article, .. } => {
                    touched.metadata.insert(article.clone());
                }
                Operation::Article { id, .. } => {
                    touched.articles.insert(id.clone());
                }
                Operation::Entity { .. } => touched.entities = true,
                Operation::Schema { .. } | Operation::Settings { .. } => touched.project = true,
            }
        }
        touched
    }
}

/// Which parts of a project a transaction changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Sets with changed annotations. A changed text moves the spans of all sets of its article besides.
    pub sets: BTreeSet<SetKey>,
    pub texts: BTreeSet<ArticleId>,
    pub metadata: BTreeSet<ArticleId>,
    /// Articles that came or went.
    pub articles: BTreeSet<ArticleId>,
    pub entities: bool,
    /// Schema or settings.
    pub project: bool,
}

impl Touched {
    /// True if the text or anybody's annotations of this article change, or it comes or goes.
    pub fn concerns(&self, article: &ArticleId) -> bool {
        self.sets.iter().any(|key| key.article == *article)
            || self.texts.contains(article)
            || self.articles.contains(article)
    }

    /// All articles that it [concerns](Self::concerns); some come more than once.
    pub fn concerned(&self) -> impl Iterator<Item = &ArticleId> {
        self.sets.iter().map(|key| &key.article).chain(&self.texts).chain(&self.articles)
    }
}
