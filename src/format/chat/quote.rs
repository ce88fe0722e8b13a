//! Which occurrence of its words a span is, as readers of such answers count.

use std::{collections::HashMap, ops::Range};

/// A text from which words are quoted.
pub(super) struct Quotes<'a> {
    text: &'a str,
    /// Where quoted words stand, as [`places`] counts.
    known: HashMap<&'a str, Vec<usize>>,
}

/// Why words can not be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unquotable {
    Empty,
    SpaceAtEnds,
    /// The words stand elsewhere as whole words, and here inside of others; or they overlap themselves.
    NotCounted,
}

impl Unquotable {
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Empty => "there are no words to quote",
            Self::SpaceAtEnds => "a quote has no white space at its ends",
            Self::NotCounted => "the words are quoted where they are not parts of others",
        }
    }
}

impl<'a> Quotes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, known: HashMap::new() }
    }

    /// The words of a stretch and, where they stand in the text several times, the number of this place from 1.
    pub(super) fn quote(&mut self, range: Range<usize>) -> Result<(&'a str, Option<usize>), Unquotable> {
        let words = self.text.get(range.clone()).filter(|words| !words.trim().is_empty()).ok_or(Unquotable::Empty)?;
        if words.trim() != words {
            return Err(Unquotable::SpaceAtEnds);
        }
        let text = self.text;
        let places = self.known.entry(words).or_insert_with(|| places(text, words));
        match (places.binary_search(&range.start), places.len()) {
            (Ok(_), 1) => Ok((words, None)),
            (Ok(place), _) => Ok((words, Some(place + 1))),
            (Err(_), _) => Err(Unquotable::NotCounted),
        }
    }
}

/// Where `words` stand in `text`. Places inside of words count only where none is made of whole words.
pub(super) fn places(text: &str, words: &str) -> Vec<usize> {
    let all: Vec<usize> = text.match_indices(words).map(|(start, _)| start).collect();
    let whole: Vec<usize> = all.iter().copied().filter(|start| is_whole(text, *start, words)).collect();
    if whole.is_empty() { all } else { whole }
}

/// True if no word goes on beyond either end.
fn is_whole(text: &str, start: usize, words: &str) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(start + words.len()..).and_then(|text| text.chars().next());
    let goes_on = |inner: Option<char>, outer: Option<char>| {
        inner.is_some_and(char::is_alphanumeric) && outer.is_some_and(char::is_alphanumeric)
    };
    !goes_on(words.chars().next(), before) && !goes_on(words.chars().next_back(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_counted() {
        let check = |text: &str, range: Range<usize>, expected: Result<(&str, Option<usize>), Unquotable>| {
            assert_eq!(Quotes::new(text).quote(range.clone()), expected, "{text:?} {range:?}");
        };
        check("in Kursk", 3..8, Ok(("Kursk", None)));
        check("Kursk, Kursk", 7..12, Ok(("Kursk", Some(2))));
        // Inside of words they do not count beside whole ones.
        check("Kurs Kursk Kurs", 11..15, Ok(("Kurs", Some(2))));
        check("Kurs Kursk", 5..9, Err(Unquotable::NotCounted));
        check("Kursk", 0..4, Ok(("Kurs", None)));
        check("anana", 2..5, Err(Unquotable::NotCounted));
        check("a b", 1..3, Err(Unquotable::SpaceAtEnds));
        check("a b", 1..1, Err(Unquotable::Empty));
        check("a b", 1..2, Err(Unquotable::Empty));
    }
}
