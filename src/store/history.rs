//! What was done so far, as the journal's headers tell it.

use crate::edit::{Kind, Touched};
use jiff::Timestamp;

/// One transaction of the journal, without its operations; see [`super::Store::read_transaction`].
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Number of the transaction, from 1, never used again.
    pub seq: u64,
    pub title: String,
    pub author: String,
    pub time: Timestamp,
    pub kind: Kind,
    /// What it changed.
    pub touched: Touched,
}

/// The transactions that undo and redo would take next, each stack's top last.
///
/// Something new that is done empties the redo stack, and so does more of it. An undo moves its transaction to the redo stack, a redo back;
/// both name the transaction that was first done, so a transaction is in one of the stacks at most once.
pub fn undo_stacks(history: &[HistoryEntry]) -> (Vec<u64>, Vec<u64>) {
    let mut undo: Vec<u64> = Vec::new();
    let mut redo: Vec<u64> = Vec::new();
    let remove = |stack: &mut Vec<u64>, seq: u64| {
        if let Some(place) = stack.iter().rposition(|other| *other == seq) {
            stack.remove(place);
        }
    };
    for entry in history {
        match entry.kind {
            Kind::Do | Kind::More(_) => {
                undo.push(entry.seq);
                redo.clear();
            }
            Kind::Aside => {}
            Kind::Undo(seq) => {
                remove(&mut undo, seq);
                redo.push(seq);
            }
            Kind::Redo(seq) => {
                remove(&mut redo, seq);
                undo.push(seq);
            }
        }
    }
    (undo, redo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_follow_the_history() {
        let check = |kinds: &[Kind], undo: &[u64], redo: &[u64]| {
            let history: Vec<_> = (1..)
                .zip(kinds)
                .map(|(seq, kind)| HistoryEntry {
                    seq,
                    title: String::new(),
                    author: String::new(),
                    time: Timestamp::UNIX_EPOCH,
                    kind: *kind,
                    touched: Touched::default(),
                })
                .collect();
            assert_eq!(undo_stacks(&history), (undo.to_vec(), redo.to_vec()), "{kinds:?}");
        };
        check(&[], &[], &[]);
        check(&[Kind::Do, Kind::Undo(1), Kind::Aside], &[], &[1]);
        check(&[Kind::Do, Kind::Do], &[1, 2], &[]);
        check(&[Kind::Do, Kind::More(1), Kind::Undo(2), Kind::Undo(1)], &[], &[2, 1]);
        check(&[Kind::Do, Kind::Undo(1), Kind::Do, Kind::More(3)], &[3, 4], &[]);
        check(&[Kind::Do, Kind::Do, Kind::Undo(2)], &[1], &[2]);
        check(&[Kind::Do, Kind::Do, Kind::Undo(2), Kind::Undo(1)], &[], &[2, 1]);
        check(&[Kind::Do, Kind::Do, Kind::Undo(2), Kind::Undo(1), Kind::Redo(1)], &[1], &[2]);
        check(&[Kind::Do, Kind::Undo(1), Kind::Do], &[3], &[]);
        check(&[Kind::Do, Kind::Undo(1), Kind::Redo(1), Kind::Undo(1)], &[], &[1]);
    }
}
