//! Sentences that were confirmed as they stand: what is guessed in them is not right. Kept while the project is open.

use crate::{
    edit::{Kind, Operation, Transaction},
    model::{ArticleId, SetKey},
    text::{TextEdit, TextRange},
};
use std::collections::BTreeSet;

/// Stretches of text in which nothing else is to be labelled, of all annotators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    stretches: BTreeSet<(SetKey, TextRange)>,
}

impl Confirmed {
    /// Adds a stretch of an article for one annotator.
    pub fn add(&mut self, key: SetKey, stretch: TextRange) {
        self.stretches.insert((key, stretch));
    }

    /// Moves what is remembered along when a transaction changes a text. Where something is taken back, what was confirmed is
    /// open again.
    pub fn note(&mut self, transaction: &Transaction) {
        let is_undone = matches!(transaction.kind, Kind::Undo(_));
        for operation in &transaction.operations {
            match operation {
                Operation::Text { article, edit } => self.follow(article, edit),
                Operation::Article { id, .. } => self.stretches.retain(|(key, _)| key.article != *id),
                Operation::Span { set, before, after, .. } if is_undone => {
                    for place in before.iter().chain(after).map(|span| span.fragments.hull()) {
                        self.stretches.retain(|(key, stretch)| key != set || !stretch.overlaps(place));
                    }
                }
                _ => {}
            }
        }
    }

    fn follow(&mut self, article: &ArticleId, edit: &TextEdit) {
        let moved: Vec<_> = self.stretches.extract_if(.., |(key, _)| key.article == *article).collect();
        self.stretches.extend(moved.into_iter().filter_map(|(key, stretch)| Some((key, edit.map_range(stretch)?))));
    }

    /// True if a place lies in what was confirmed, if only in part.
    pub fn covers(&self, key: &SetKey, place: TextRange) -> bool {
        let of_article = (key.clone(), TextRange::default())..;
        let mut own = self.stretches.range(of_article).take_while(|(other, _)| other == key);
        own.any(|(_, stretch)| stretch.overlaps(place))
    }
}
