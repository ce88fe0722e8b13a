//! Taking back and doing again, and what the history knows of it.

use super::{Session, SessionError, session::now};
use crate::{
    edit::{Kind, Operation, Transaction, apply},
    model::{AnnotationId, ArticleId, SetKey},
    store::HistoryEntry,
};
use std::collections::BTreeSet;

/// What an undo or redo changed: for the window to go there.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the history calls it.
    pub title: String,
    /// What was carried out; of several that belong together the first.
    pub transaction: Transaction,
}

impl Change {
    /// The article in which the change can be seen, if there is one.
    pub fn article(&self) -> Option<&ArticleId> {
        self.transaction.operations.iter().find_map(|operation| operation.article())
    }
}

impl Session {
    /// The number of the transaction that the next undo takes back.
    pub fn next_undo(&self) -> Option<u64> {
        self.undo.last().copied()
    }

    /// The annotations in an article that what was undone must find as they are to be done again; `None` if that may be
    /// all of them. Other suggestions may change: they are brought back for it, see `make_way.rs`.
    pub fn redo_needs(&self, article: &ArticleId) -> Option<BTreeSet<AnnotationId>> {
        let mut needed = BTreeSet::new();
        for seq in &self.redo {
            if !self.entry(*seq)?.touched.concerns(article) {
                continue;
            }
            let operations = || self.recent.get(seq).into_iter().flat_map(|transaction| &transaction.operations);
            let here = || operations().filter(|operation| operation.article() == Some(article));
            let is_all = |operation: &Operation| matches!(operation, Operation::Article { .. });
            if !self.recent.contains_key(seq) || here().any(is_all) {
                return None;
            }
            let named: BTreeSet<AnnotationId> = here().filter_map(|one| one.annotation().map(|(_, id)| id)).collect();
            for operation in here() {
                if let Operation::Relation { before, after, .. } = operation {
                    let targets = before.iter().chain(after).flat_map(|relation| relation.targets());
                    needed.extend(targets.filter(|target| !named.contains(target)));
                }
            }
            // Where the text changes, places are others before and after.
            if here().any(|operation| matches!(operation, Operation::Text { .. })) {
                needed.extend(named);
            }
        }
        // Relations go with what they lead to.
        let set = self.set(article);
        let mut open: Vec<AnnotationId> = needed.iter().copied().collect();
        while let Some(id) = open.pop() {
            let targets = set.and_then(|set| set.relation(id)).into_iter().flat_map(|relation| relation.targets());
            open.extend(targets.filter(|target| needed.insert(*target)));
        }
        Some(needed)
    }

    /// True if something can be done again that was undone.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// The last transactions that changed an annotation, newest first, at most `most`. Of those that are not in memory any
    /// more only the last few are read, since each may be as large as an import.
    pub fn history_of(&self, key: &SetKey, id: AnnotationId, most: usize) -> Vec<&HistoryEntry> {
        let mut reads = 8;
        let changes = |transaction: &Transaction| {
            transaction.operations.iter().any(|operation| operation.annotation() == Some((key, id)))
        };
        let touching = self.history.iter().rev().filter(|entry| entry.touched.sets.contains(key));
        touching
            .filter(|entry| match self.recent.get(&entry.seq) {
                Some(transaction) => changes(transaction),
                None if reads > 0 => {
                    reads -= 1;
                    self.store.read_transaction(entry.seq).is_ok_and(|transaction| changes(&transaction))
                }
                None => false,
            })
            .take(most)
            .collect()
    }

    /// What the next undo would take back.
    pub fn undo_title(&self) -> Option<&str> {
        self.title_of(*self.undo.last()?)
    }

    /// The number of the next transaction to be undone, if that takes articles out of the project.
    pub fn undo_removes_articles(&self) -> Option<u64> {
        let seq = *self.undo.last()?;
        let touched = &self.entry(seq)?.touched.articles;
        touched.iter().any(|id| self.project.articles.contains_key(id)).then_some(seq)
    }

    /// What the next redo would do again.
    pub fn redo_title(&self) -> Option<&str> {
        let step = self.step_of(*self.redo.last()?);
        // The latest transaction of a step says what all of it does.
        let step = self.redo.iter().rev().take_while(|seq| self.step_of(**seq) == step);
        self.title_of(*step.last()?)
    }

    /// What the history has under a number.
    fn entry(&self, seq: u64) -> Option<&HistoryEntry> {
        let place = self.history.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        self.history.get(place)
    }

    /// The first of the transactions that are undone together with this one.
    fn step_of(&self, seq: u64) -> u64 {
        match self.entry(seq).map(|entry| entry.kind) {
            Some(Kind::More(first)) => first,
            _ => seq,
        }
    }

    fn title_of(&self, seq: u64) -> Option<&str> {
        self.entry(seq).map(|entry| entry.title.as_str())
    }

    /// Takes back the last transaction that stands, wherever in the project it was, with those that belong to it, such as the
    /// batches of an import. `None` if there is none.
    ///
    /// # Errors
    /// If what it changed was changed by somebody else in the meantime. Nothing was changed then, and the next undo passes
    /// over it. Of several that belong together those behind it were taken back.
    pub fn undo(&mut self) -> Result<Option<Change>, SessionError> {
        let mut first: Option<(u64, Change)> = None;
        while let Some(seq) = self.undo.last().copied() {
            let step = self.step_of(seq);
            if first.as_ref().is_some_and(|(known, _)| *known != step) {
                break;
            }
            let change = self.undo_one(seq)?;
            first.get_or_insert((step, change));
            self.wait_for_room()?;
        }
        Ok(first.map(|(_, change)| change))
    }

    fn undo_one(&mut self, seq: u64) -> Result<Change, SessionError> {
        let transaction = self.transaction(seq)?.undone(seq, now());
        let result = self.carry_out(transaction);
        if matches!(result, Err(SessionError::Undo { .. })) {
            self.undo.pop();
        }
        result
    }

    /// Does again what the last undo took back. `None` if there is nothing.
    ///
    /// # Errors
    /// As [`Session::undo`].
    pub fn redo(&mut self) -> Result<Option<Change>, SessionError> {
        let title = self.redo_title().map(str::to_owned);
        let mut first: Option<(u64, Change)> = None;
        while let Some(seq) = self.redo.last().copied() {
            let step = self.step_of(seq);
            if first.as_ref().is_some_and(|(known, _)| *known != step) {
                break;
            }
            let change = self.redo_one(seq)?;
            first.get_or_insert((step, change));
            self.wait_for_room()?;
        }
        Ok(first.map(|(_, change)| Change { title: title.unwrap_or_default(), ..change }))
    }

    fn redo_one(&mut self, seq: u64) -> Result<Change, SessionError> {
        let transaction = self.transaction(seq)?.redone(seq, now());
        let result = self.carry_out(transaction);
        if matches!(result, Err(SessionError::Undo { .. })) {
            self.redo.pop();
        }
        result
    }

    /// The transaction with this number, with its operations.
    ///
    /// # Errors
    /// If the journal can not be read.
    pub fn transaction(&self, seq: u64) -> Result<Transaction, SessionError> {
        match self.recent.get(&seq) {
            Some(transaction) => Ok(transaction.clone()),
            None => Ok(self.store.read_transaction(seq)?),
        }
    }

    fn carry_out(&mut self, mut transaction: Transaction) -> Result<Change, SessionError> {
        self.check_writable()?;
        let articles: BTreeSet<ArticleId> =
            transaction.operations.iter().filter_map(|operation| operation.article().cloned()).collect();
        self.bring(&articles)?;
        self.make_way(&mut transaction)?;
        apply(&mut self.project, &transaction)
            .map_err(|error| SessionError::Undo { title: transaction.title.clone(), error })?;
        let change = Change { title: transaction.title.clone(), transaction: transaction.clone() };
        self.record(transaction);
        Ok(change)
    }
}
