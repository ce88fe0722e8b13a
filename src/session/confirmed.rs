//! Sentences that were confirmed as they stand: what is guessed in them is not right. Kept while the project is open.

use crate::{
    edit::{Kind, Operation, Transaction},
    model::{ArticleId, SetKey, Span},
    text::{TextEdit, TextRange},
};
use std::collections::{BTreeMap, BTreeSet};

/// A stretch of an article, as one annotator labels it.
type Stretch = (SetKey, TextRange);

/// Stretches of text in which nothing else is to be labelled, of all annotators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    stretches: BTreeSet<Stretch>,
    /// What was opened again when the transaction with this number was taken back, until it is done again.
    opened: BTreeMap<u64, Vec<Stretch>>,
}

impl Confirmed {
    /// Adds a stretch of an article for one annotator.
    pub fn add(&mut self, key: SetKey, stretch: TextRange) {
        self.stretches.insert((key, stretch));
    }

    /// Takes a stretch away that was added.
    pub fn remove(&mut self, key: SetKey, stretch: TextRange) {
        self.stretches.remove(&(key, stretch));
    }

    /// Moves what is remembered along when a transaction changes a text. Where what spans are or whether they stand is taken
    /// back, what was confirmed is open again, until that is done again.
    pub fn note(&mut self, transaction: &Transaction) {
        match transaction.kind {
            Kind::Do | Kind::More(_) => self.opened.clear(),
            Kind::Redo(seq) => self.stretches.extend(self.opened.remove(&seq).into_iter().flatten()),
            Kind::Undo(seq) => {
                let undone: Vec<(&SetKey, TextRange)> =
                    transaction.operations.iter().flat_map(decided_places).collect();
                let is_open = |(key, stretch): &Stretch| {
                    undone.iter().any(|(set, place)| *set == key && stretch.overlaps(*place))
                };
                let opened: Vec<Stretch> = self.stretches.extract_if(.., |stretch| is_open(stretch)).collect();
                if !opened.is_empty() {
                    self.opened.insert(seq, opened);
                }
            }
            Kind::Aside => {}
        }
        for operation in &transaction.operations {
            match operation {
                Operation::Text { article, edit } => self.follow(article, edit),
                Operation::Article { id, .. } => self.forget(id),
                _ => {}
            }
        }
    }

    fn follow(&mut self, article: &ArticleId, edit: &TextEdit) {
        let moved: Vec<_> = self.stretches.extract_if(.., |(key, _)| key.article == *article).collect();
        self.stretches.extend(moved.into_iter().filter_map(|(key, stretch)| Some((key, edit.map_range(stretch)?))));
        for stretches in self.opened.values_mut() {
            stretches.retain_mut(|(key, stretch)| {
                let moved = if key.article == *article { edit.map_range(*stretch) } else { Some(*stretch) };
                moved.inspect(|moved| *stretch = *moved).is_some()
            });
        }
    }

    /// Forgets an article: it is gone, or its text became another one in a way that can not be followed.
    pub fn forget(&mut self, article: &ArticleId) {
        self.stretches.retain(|(key, _)| key.article != *article);
        self.opened.values_mut().for_each(|stretches| stretches.retain(|(key, _)| key.article != *article));
    }

    /// True if a place lies in what was confirmed, if only in part.
    pub fn covers(&self, key: &SetKey, place: TextRange) -> bool {
        let of_article = (key.clone(), TextRange::default())..;
        let mut own = self.stretches.range(of_article).take_while(|(other, _)| other == key);
        own.any(|(_, stretch)| stretch.overlaps(place))
    }
}

/// Whose spans, and where, an operation brings, takes, moves, or decides about otherwise.
fn decided_places(operation: &Operation) -> Vec<(&SetKey, TextRange)> {
    let Operation::Span { set, before, after, .. } = operation else { return Vec::new() };
    let decided =
        |span: &Option<Box<Span>>| span.as_ref().map(|span| (span.status, span.label.clone(), span.fragments.clone()));
    if decided(before) == decided(after) {
        return Vec::new();
    }
    before.iter().chain(after).map(|span| (set, span.fragments.hull())).collect()
}
