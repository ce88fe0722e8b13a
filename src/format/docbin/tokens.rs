//! Tokens that give back the text, and on which every span begins and ends.

use crate::{
    model::{ArticleText, Span},
    text::{ByteOffset, segment::tokens},
};
use std::collections::{BTreeSet, HashMap};

/// The tokens of a document, and where they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    pub words: Vec<String>,
    /// True for each token behind which a space stands.
    pub spaces: Vec<bool>,
    starts: HashMap<u32, usize>,
    ends: HashMap<u32, usize>,
    end: u32,
}

impl Tokens {
    /// The tokens of a text, divided where a span begins or ends inside one. As in spaCy, one space behind a token belongs to
    /// it; all other white space is a token of its own.
    pub(super) fn new<'s>(text: &ArticleText, spans: impl Iterator<Item = &'s Span>) -> Self {
        let whole = text.as_str();
        let (mut starts, mut ends) = (BTreeSet::new(), BTreeSet::new());
        for span in spans {
            starts.insert(span.fragments.start().to_usize());
            ends.insert(span.fragments.end().to_usize());
        }
        let mut borders: BTreeSet<usize> = starts.union(&ends).copied().collect();
        let mut words = BTreeSet::new();
        for token in tokens(whole).filter(|token| !token.is_empty()) {
            let range = token.to_usize();
            words.insert(range.start);
            borders.extend([range.start, range.end]);
        }
        borders.insert(whole.len());
        let mut made = Self::default();
        let mut at = 0;
        for border in borders.into_iter().filter(|border| *border > 0) {
            let is_apart = starts.contains(&at) || ends.contains(&(at + 1));
            let piece = whole.get(at..border).unwrap_or_default();
            let is_gap = !words.contains(&at) && piece.trim().is_empty();
            if is_gap && !is_apart && piece.starts_with(' ') && made.space_behind() {
                at += 1;
            }
            made.push(text, at, border);
            at = border;
        }
        made.end = text.table().code_point_from_byte(whole, ByteOffset::from_usize(whole.len()));
        made
    }

    /// Tokens that are there already, by where they begin and end, in code points.
    pub(super) fn known(places: &[(u32, u32)], end: u32) -> Self {
        let mut known = Self { end, ..Self::default() };
        for (index, (start, end)) in places.iter().enumerate() {
            known.starts.insert(*start, index);
            known.ends.insert(*end, index);
        }
        known
    }

    /// A space behind the last token, if there is one without.
    fn space_behind(&mut self) -> bool {
        let is_free = self.spaces.last().is_some_and(|space| !space);
        if is_free && let Some(last) = self.spaces.last_mut() {
            *last = true;
        }
        is_free
    }

    fn push(&mut self, text: &ArticleText, start: usize, end: usize) {
        let Some(word) = text.as_str().get(start..end).filter(|word| !word.is_empty()) else { return };
        let count = |byte| text.table().code_point_from_byte(text.as_str(), ByteOffset::from_usize(byte));
        self.starts.insert(count(start), self.words.len());
        self.ends.insert(count(end), self.words.len());
        self.words.push(word.to_owned());
        self.spaces.push(false);
    }

    /// The tokens between two code points; `None` if one of them lies inside a token.
    pub(super) fn range(&self, start: u32, end: u32) -> Option<(usize, usize)> {
        let first = self.starts.get(&start).copied();
        if start == end {
            let behind = (start == self.end).then_some(self.words.len().max(self.starts.len()));
            return first.or(behind).map(|at| (at, at));
        }
        let last = *self.ends.get(&end)?;
        first.filter(|first| *first <= last).map(|first| (first, last + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{format::golden, model::Fragments, text::TextRange};

    #[test]
    fn tokens_give_back_the_text() {
        let check = |text: &str, spans: &[(usize, usize)], expected: &[&str]| {
            let mut model = golden::golden().set.spans().next().expect("a span").clone();
            let spans: Vec<_> = spans
                .iter()
                .map(|(start, end)| {
                    model.fragments = Fragments::one(TextRange::from_usize(*start, *end));
                    model.clone()
                })
                .collect();
            let tokens = Tokens::new(&ArticleText::new(text), spans.iter());
            let shown: Vec<_> = tokens
                .words
                .iter()
                .zip(&tokens.spaces)
                .map(|(word, space)| format!("{word}{}", if *space { "_" } else { "" }))
                .collect();
            assert_eq!(shown, expected, "{text:?}");
            let whole: String = shown.iter().map(|token| token.replace('_', " ")).collect();
            assert_eq!(whole, text);
            for span in &spans {
                let range = span.fragments.hull().to_usize();
                let count = |byte| text[..byte].chars().count() as u32;
                let (first, end) = tokens.range(count(range.start), count(range.end)).expect("it has tokens");
                let mut surface = tokens.words[first..end]
                    .iter()
                    .zip(&tokens.spaces[first..end])
                    .map(|(word, space)| format!("{word}{}", if *space { " " } else { "" }))
                    .collect::<String>();
                if end > first && tokens.spaces[end - 1] {
                    surface.pop();
                }
                assert_eq!(surface, text[range]);
            }
        };
        check("", &[], &[]);
        check("", &[(0, 0)], &[]);
        check(" ", &[], &[" "]);
        check("Anna kam.", &[], &["Anna_", "kam", "."]);
        check("Anna  wohnt\n\nin Köln. ", &[], &["Anna_", " ", "wohnt", "\n\n", "in_", "Köln", "._"]);
        check("\r\n  a \n b", &[], &["\r\n  ", "a_", "\n ", "b"]);
        check("US-Chef", &[(0, 2)], &["US", "-Chef"]);
        check("a b c", &[(1, 3)], &["a", " ", "b_", "c"]);
        check("a b c", &[(0, 2)], &["a", " ", "b_", "c"]);
        check("a b", &[(1, 1), (3, 3)], &["a", " ", "b"]);
    }
}
