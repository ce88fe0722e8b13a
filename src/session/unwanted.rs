//! What a person took away: it is not suggested again at that place, as long as the project is open.

use crate::{
    assist::{RelationProposal, SpanProposal},
    edit::{Kind, Operation, Transaction},
    model::{self, AnnotationId, ArticleId, Name, SetKey},
    text::{TextEdit, TextRange},
};
use std::collections::BTreeSet;

/// Whose, label, trigger and arguments of a relation.
type Relation = (SetKey, Name, Option<AnnotationId>, Vec<(Name, AnnotationId)>);

/// Whose, place and label of a span.
type Deleted = (SetKey, TextRange, Name);

/// Spans and relations that were deleted, of all annotators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unwanted {
    spans: BTreeSet<Deleted>,
    relations: BTreeSet<Relation>,
}

impl Unwanted {
    /// Remembers what a transaction deletes, and moves what is remembered along when it changes a text. What goes because
    /// its words or its article go was not taken away for its own sake.
    pub fn note(&mut self, transaction: &Transaction) {
        let remade: BTreeSet<&ArticleId> =
            transaction.operations.iter().filter_map(Operation::remade_article).collect();
        let goes_along = |set: &SetKey| remade.contains(&set.article);
        let is_done = matches!(transaction.kind, Kind::Do | Kind::More(_) | Kind::Redo(_));
        let is_undone = matches!(transaction.kind, Kind::Undo(_));
        for operation in &transaction.operations {
            match operation {
                Operation::Span { set, before: Some(before), after: None, .. } if is_done && !goes_along(set) => {
                    self.spans.extend(remembered_spans(set, before));
                }
                Operation::Relation { set, before: Some(before), after: None, .. } if is_done && !goes_along(set) => {
                    self.relations.insert(remembered(set, before));
                }
                // What undo brings back is as wanted as before.
                Operation::Span { set, before: None, after: Some(after), .. } if is_undone => {
                    for span in remembered_spans(set, after) {
                        self.spans.remove(&span);
                    }
                }
                Operation::Relation { set, before: None, after: Some(after), .. } if is_undone => {
                    self.relations.remove(&remembered(set, after));
                }
                Operation::Text { article, edit } => self.follow(article, edit),
                _ => {}
            }
        }
    }

    fn follow(&mut self, article: &ArticleId, edit: &TextEdit) {
        let moved: Vec<_> = self.spans.extract_if(.., |(set, _, _)| set.article == *article).collect();
        self.spans.extend(moved.into_iter().filter_map(|(set, range, label)| {
            let range = edit.map_range(range)?;
            Some((set, range, label))
        }));
    }

    /// True if this was deleted from the set under `key`.
    pub fn has_span(&self, key: &SetKey, proposal: &SpanProposal) -> bool {
        !self.spans.is_empty() && self.spans.contains(&(key.clone(), proposal.range, proposal.label.clone()))
    }

    /// True if this was deleted from the set under `key`.
    pub fn has_relation(&self, key: &SetKey, proposal: &RelationProposal) -> bool {
        let relation = (key.clone(), proposal.label.clone(), proposal.trigger, proposal.arguments.clone());
        self.relations.contains(&relation)
    }
}

/// As what a span is remembered: with what it was suggested as, if it was corrected.
fn remembered_spans(set: &SetKey, span: &model::Span) -> impl Iterator<Item = Deleted> {
    let first = span.corrected_from.as_ref().map(|from| {
        let place = from.fragments.as_ref().unwrap_or(&span.fragments).hull();
        (set.clone(), place, from.label.clone())
    });
    first.into_iter().chain([(set.clone(), span.fragments.hull(), span.label.clone())])
}

/// As what a relation is remembered.
fn remembered(set: &SetKey, relation: &model::Relation) -> Relation {
    let arguments = relation.arguments.iter().map(|argument| (argument.role.clone(), argument.target)).collect();
    (set.clone(), relation.label.clone(), relation.trigger, arguments)
}
