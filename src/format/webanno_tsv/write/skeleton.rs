//! Sentences and tokens of a file, and which rows a span takes.

use super::super::{document::Document, place::Placed};
use crate::text::{
    TextRange,
    segment::{sentences, tokens},
};
use std::{cmp::Reverse, ops::Range};

/// Most blanks before the first token; readers make blanks of what is not in a sentence.
const BLANKS: usize = 1000;

/// What the rows of a file stand for.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    pub sentences: Vec<Sentence>,
    /// In order, without overlaps.
    tokens: Vec<TextRange>,
}

#[derive(Debug)]
pub(super) struct Sentence {
    /// Lines before the text.
    pub head: Vec<String>,
    pub text: TextRange,
    pub tokens: Range<usize>,
}

/// A row: a token, or the part of one from a byte to another, ordered as in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    token: usize,
    part: Option<(usize, Reverse<usize>)>,
}

impl Slot {
    pub(super) fn token(token: usize) -> Self {
        Self { token, part: None }
    }

    fn part(token: usize, start: usize, end: usize) -> Self {
        Self { token, part: Some((start, Reverse(end))) }
    }

    pub(super) fn is_token(self) -> bool {
        self.part.is_none()
    }
}

impl Skeleton {
    /// That of a file whose tokens are all in its text.
    pub(super) fn of(document: &Document<'_>, placed: &Placed) -> Option<Self> {
        let mut skeleton = Self::default();
        let mut places = placed.rows.iter();
        for (sentence, text) in document.sentences.iter().zip(&placed.sentences) {
            let first = skeleton.tokens.len();
            for (row, place) in sentence.rows.iter().zip(places.by_ref()) {
                if row.key.part == 0 {
                    let range = place.found()?;
                    if skeleton.tokens.last().is_some_and(|last| range.start() < last.end()) {
                        return None;
                    }
                    skeleton.tokens.push(range);
                }
            }
            skeleton.sentences.push(Sentence {
                head: sentence.head.iter().map(|line| (*line).to_owned()).collect(),
                text: *text,
                tokens: first..skeleton.tokens.len(),
            });
        }
        (!skeleton.tokens.is_empty() || placed.text.is_empty()).then_some(skeleton)
    }

    /// One made from a text. With `is_annotated` there is a token even in an empty text.
    pub(super) fn new(text: &str, is_annotated: bool) -> Self {
        let mut all: Vec<TextRange> = tokens(text).collect();
        let first = all.first().map_or(text.len(), |token| token.start().to_usize());
        let start = text.get(..first).unwrap_or_default();
        let is_padding = !all.is_empty() && first <= BLANKS && start.bytes().all(|byte| byte == b' ');
        if !is_padding && (first > 0 || all.is_empty() && is_annotated) {
            all.insert(0, TextRange::from_usize(0, first));
        }
        let mut ends = sentences(text).map(TextRange::end).peekable();
        let mut starts: Vec<usize> = Vec::new();
        let mut is_new = true;
        for (index, token) in all.iter().enumerate() {
            while ends.next_if(|end| *end <= token.start()).is_some() {
                is_new = true;
            }
            if is_new {
                starts.push(index);
            }
            is_new = false;
        }
        let mut found = Self { tokens: all, ..Self::default() };
        for (place, first) in starts.iter().enumerate() {
            let next = starts.get(place + 1).copied();
            let start = found.tokens.get(*first).map_or(0, |token| token.start().to_usize());
            let end = next.and_then(|next| found.tokens.get(next)).map_or(text.len(), |token| token.start().to_usize());
            // Behind each sentence readers put the line break that stands between it and the next.
            let is_broken = next.is_some() && text.get(start..end).is_some_and(|piece| piece.ends_with('\n'));
            let text = TextRange::from_usize(start, end - usize::from(is_broken));
            found.sentences.push(Sentence {
                head: Vec::new(),
                text,
                tokens: *first..next.unwrap_or(found.tokens.len()),
            });
        }
        found
    }

    /// What a row covers.
    pub(super) fn range(&self, slot: Slot) -> Option<TextRange> {
        match slot.part {
            Some((start, Reverse(end))) => Some(TextRange::from_usize(start, end)),
            None => self.tokens.get(slot.token).copied(),
        }
    }

    /// The token that is just `range`.
    pub(super) fn exact(&self, range: TextRange) -> Option<Slot> {
        let token = self.tokens.partition_point(|token| token.start() < range.start());
        (self.tokens.get(token) == Some(&range)).then_some(Slot::token(token))
    }

    /// The rows that together give `range`: whole tokens, and parts where it begins or ends elsewhere. None only if there are no
    /// tokens.
    pub(super) fn slots(&self, range: TextRange) -> Vec<Slot> {
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let bounds = |index: usize| self.tokens.get(index).map(|token| token.to_usize());
        let Some(last_token) = self.tokens.len().checked_sub(1) else { return Vec::new() };
        if range.is_empty() {
            let token = self.tokens.partition_point(|token| token.end().to_usize() < start).min(last_token);
            let is_before = bounds(token).is_some_and(|token| start < token.start);
            return vec![Slot::part(if is_before { token.saturating_sub(1) } else { token }, start, end)];
        }
        let first = self.tokens.partition_point(|token| token.end().to_usize() <= start);
        let last = self.tokens.partition_point(|token| token.start().to_usize() < end).checked_sub(1);
        let (Some(last), Some(from)) = (last.filter(|last| *last >= first), bounds(first)) else {
            // In white space.
            return vec![Slot::part(first.saturating_sub(1), start, end)];
        };
        let Some(to) = bounds(last) else { return Vec::new() };
        let mut slots = Vec::new();
        let mut start = start;
        if start < from.start && first > 0 {
            // White space before a token belongs to the one before.
            slots.push(Slot::part(first - 1, start, from.start));
            start = from.start;
        }
        if first == last {
            let is_whole = from == (start..end);
            slots.push(if is_whole { Slot::token(first) } else { Slot::part(first, start, end) });
            return slots;
        }
        let head = if start == from.start { Slot::token(first) } else { Slot::part(first, start, from.end) };
        let tail = if end == to.end { Slot::token(last) } else { Slot::part(last, to.start, end) };
        slots.push(head);
        slots.extend((first + 1..last).map(Slot::token));
        slots.push(tail);
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_made_of_rows() {
        let text = "aaaa bbbb\ncccc";
        let skeleton = Skeleton::new(text, true);
        let check = |start: usize, end: usize, expected: &[&str]| {
            let slots = skeleton.slots(TextRange::from_usize(start, end));
            let shown = |slot: &Slot| {
                let range = skeleton.range(*slot).expect("a row").to_usize();
                format!("{}{} {}-{}", slot.token, if slot.is_token() { "" } else { "." }, range.start, range.end)
            };
            assert_eq!(slots.iter().map(shown).collect::<Vec<_>>(), expected, "{start} {end}");
        };
        check(0, 4, &["0 0-4"]);
        check(0, 14, &["0 0-4", "1 5-9", "2 10-14"]);
        check(1, 3, &["0. 1-3"]);
        check(2, 7, &["0. 2-4", "1. 5-7"]);
        check(0, 12, &["0 0-4", "1 5-9", "2. 10-12"]);
        // White space at the edges and alone.
        check(4, 9, &["0. 4-5", "1 5-9"]);
        check(0, 5, &["0. 0-5"]);
        check(0, 10, &["0 0-4", "1. 5-10"]);
        check(4, 14, &["0. 4-5", "1 5-9", "2 10-14"]);
        check(4, 6, &["0. 4-5", "1. 5-6"]);
        check(4, 5, &["0. 4-5"]);
        check(0, 0, &["0. 0-0"]);
        check(4, 4, &["0. 4-4"]);
        check(5, 5, &["1. 5-5"]);
        check(14, 14, &["2. 14-14"]);
    }

    #[test]
    fn texts_come_apart_without_loss() {
        for text in ["", " ", "a", "  a", "\n\na b.\n", "Ein Satz. Noch einer.\n\nTitel\r\n\r\nText.  Ende. ", "\t\n"] {
            let skeleton = Skeleton::new(text, true);
            let mut whole = String::new();
            for (index, sentence) in skeleton.sentences.iter().enumerate() {
                let start = sentence.text.start().to_usize();
                if index > 0 && whole.len() < start {
                    whole.push('\n');
                }
                while whole.len() < start {
                    whole.push(' ');
                }
                whole.push_str(sentence.text.slice(text).expect("it is there"));
                let first = skeleton.tokens[sentence.tokens.start];
                assert_eq!(first.start(), sentence.text.start());
            }
            assert_eq!(whole, text);
        }
        assert!(Skeleton::new("", false).tokens.is_empty());
    }
}
