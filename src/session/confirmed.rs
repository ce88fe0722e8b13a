//! Sentences that were confirmed as they stand: what is guessed in them is not right. Kept while the project is open.

use crate::{
    edit::{Kind, Operation, Transaction},
    model::{AnnotatorName, ArticleId, SetKey},
    text::{TextEdit, TextRange},
};

/// How a sentence was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the transaction with this number, which accepted what was suggested: undo of that opens the sentence again.
    Change(u64),
    /// Without any change, since nothing was suggested: when undo would have taken back the transaction `next`. Whether guesses
    /// were left out by that.
    Nothing { next: Option<u64>, had_guesses: bool },
}

/// A stretch of an article in which nothing else is to be labelled, and whose labels are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    key: SetKey,
    range: TextRange,
    by: By,
}

/// The sentences that were confirmed, of all annotators, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    stretches: Vec<Stretch>,
    /// Those that were opened again by undo, until something else is done.
    opened: Vec<Stretch>,
}

impl Confirmed {
    /// Notes that a sentence was confirmed. What was confirmed before stays as it was.
    pub fn add(&mut self, key: SetKey, range: TextRange, by: By) {
        if !self.stretches.iter().any(|stretch| stretch.key == key && stretch.range == range) {
            self.stretches.push(Stretch { key, range, by });
            self.opened.retain(|stretch| matches!(stretch.by, By::Change(_)));
        }
    }

    /// Opens the sentence again that this annotator confirmed last without any change, when undo would have taken back the
    /// transaction `next`, as it does now; also those after it in which nothing was guessed. Gives its place.
    pub fn undo(&mut self, annotator: &AnnotatorName, next: Option<u64>) -> Option<(ArticleId, TextRange)> {
        take_last(&mut self.stretches, &mut self.opened, annotator, next)
    }

    /// Confirms what [`Confirmed::undo`] opened last.
    pub fn redo(&mut self, annotator: &AnnotatorName, next: Option<u64>) -> Option<(ArticleId, TextRange)> {
        take_last(&mut self.opened, &mut self.stretches, annotator, next)
    }

    /// Follows a transaction: what it confirmed is open while it is taken back, and places move when it changes a text.
    pub fn note(&mut self, transaction: &Transaction) {
        match transaction.kind {
            Kind::Do | Kind::More(_) => self.opened.clear(),
            // What was confirmed right after it is passed over where the window takes a change back by itself.
            Kind::Undo(seq) => {
                let is_later = |by: By| matches!(by, By::Nothing { next, .. } if next == Some(seq));
                let opened = self.stretches.extract_if(.., |it| it.by == By::Change(seq) || is_later(it.by));
                self.opened.extend(opened);
            }
            Kind::Redo(seq) => self.stretches.extend(self.opened.extract_if(.., |it| it.by == By::Change(seq))),
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
        for stretches in [&mut self.stretches, &mut self.opened] {
            stretches.retain_mut(|stretch| {
                let is_here = stretch.key.article == *article;
                let moved = if is_here { edit.map_range(stretch.range) } else { Some(stretch.range) };
                moved.inspect(|moved| stretch.range = *moved).is_some()
            });
        }
    }

    /// Forgets an article: it is gone, or its text became another one in a way that can not be followed.
    pub fn forget(&mut self, article: &ArticleId) {
        for stretches in [&mut self.stretches, &mut self.opened] {
            stretches.retain(|stretch| stretch.key.article != *article);
        }
    }

    /// What was confirmed of a place, if only in part.
    pub fn within(&self, key: &SetKey, place: TextRange) -> Vec<TextRange> {
        let here = self.stretches.iter().filter(|stretch| stretch.range.overlaps(place) && stretch.key == *key);
        here.map(|stretch| stretch.range).collect()
    }
}

/// Moves the last stretches of an annotator that go with `next` from one list to the other, up to one with guesses; gives its place.
fn take_last(
    from: &mut Vec<Stretch>,
    to: &mut Vec<Stretch>,
    annotator: &AnnotatorName,
    next: Option<u64>,
) -> Option<(ArticleId, TextRange)> {
    loop {
        let is_next = |by: By| matches!(by, By::Nothing { next: known, .. } if known == next);
        let at = from.iter().rposition(|it| is_next(it.by) && it.key.annotator == *annotator)?;
        let stretch = from.remove(at);
        let place = (stretch.key.article.clone(), stretch.range);
        let is_seen = !matches!(stretch.by, By::Nothing { had_guesses: false, .. });
        to.push(stretch);
        if is_seen {
            return Some(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ByteOffset;

    fn transaction(kind: Kind, operations: Vec<Operation>) -> Transaction {
        let (title, author, time) = (String::new(), String::new(), jiff::Timestamp::UNIX_EPOCH);
        Transaction { title, author, time, kind, operations }
    }

    #[test]
    fn what_was_confirmed_follows_undo_redo_and_the_text() {
        let key = |name: &str| SetKey { article: ArticleId::new("a"), annotator: AnnotatorName::new(name) };
        let (eva, at) = (key("eva"), TextRange::from_usize);
        let everywhere = at(0, 1_000);
        let mut confirmed = Confirmed::default();
        confirmed.add(eva.clone(), at(0, 10), By::Change(5));
        confirmed.add(eva.clone(), at(10, 20), By::Nothing { next: Some(5), had_guesses: true });
        confirmed.add(eva.clone(), at(10, 20), By::Change(6));
        confirmed.add(key("ben"), at(20, 30), By::Nothing { next: Some(5), had_guesses: true });
        assert_eq!(confirmed.within(&eva, everywhere), [at(0, 10), at(10, 20)], "once, and Ben's is not Eva's");
        assert!(confirmed.within(&eva, at(20, 40)).is_empty());
        // Backwards: first what came without a change, then the change.
        assert_eq!(confirmed.undo(&eva.annotator, Some(4)), None);
        assert_eq!(confirmed.undo(&eva.annotator, Some(5)), Some((eva.article.clone(), at(10, 20))));
        assert_eq!(confirmed.undo(&eva.annotator, Some(5)), None);
        confirmed.note(&transaction(Kind::Undo(5), Vec::new()));
        assert!(confirmed.within(&eva, everywhere).is_empty());
        // And forwards.
        confirmed.note(&transaction(Kind::Redo(5), Vec::new()));
        assert_eq!(confirmed.within(&eva, everywhere), [at(0, 10)]);
        assert_eq!(confirmed.redo(&eva.annotator, Some(5)), Some((eva.article.clone(), at(10, 20))));
        // Where nothing was guessed there is nothing to see, and it goes on.
        let silent = By::Nothing { next: Some(5), had_guesses: false };
        confirmed.add(eva.clone(), at(30, 40), silent);
        confirmed.add(eva.clone(), at(40, 50), silent);
        assert_eq!(confirmed.undo(&eva.annotator, Some(5)), Some((eva.article.clone(), at(10, 20))));
        assert_eq!(confirmed.within(&eva, everywhere), [at(0, 10)]);
        assert_eq!(confirmed.redo(&eva.annotator, Some(5)), Some((eva.article.clone(), at(10, 20))));
        assert_eq!(confirmed.redo(&eva.annotator, Some(5)), None);
        confirmed.stretches.retain(|stretch| stretch.by != silent);
        // A text that becomes longer before it, also while it is open.
        confirmed.note(&transaction(Kind::Undo(5), Vec::new()));
        let edit = TextEdit { at: ByteOffset(0), removed: String::new(), inserted: "neu ".to_owned() };
        let text = vec![Operation::Text { article: eva.article.clone(), edit }];
        confirmed.note(&transaction(Kind::Aside, text));
        assert!(confirmed.within(&eva, everywhere).is_empty(), "what came right after it is open too");
        confirmed.note(&transaction(Kind::Redo(5), Vec::new()));
        assert_eq!(confirmed.within(&eva, everywhere), [at(4, 14)]);
        assert_eq!(confirmed.redo(&eva.annotator, Some(5)), Some((eva.article.clone(), at(14, 24))));
        // What else is done ends it.
        confirmed.note(&transaction(Kind::Undo(5), Vec::new()));
        confirmed.note(&transaction(Kind::Do, Vec::new()));
        confirmed.note(&transaction(Kind::Redo(5), Vec::new()));
        assert!(confirmed.within(&eva, everywhere).is_empty());
        confirmed.forget(&eva.article);
        assert_eq!(confirmed, Confirmed::default());
    }
}
