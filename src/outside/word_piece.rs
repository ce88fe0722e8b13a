//! WordPiece, the tokenizer of BERT and its kin: words, and the pieces of a vocabulary that they are put together from.
//!
//! Small enough to have it here; a general library for tokenizers is 80 crates.

use crate::text::TextRange;
use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer words are unknown, as they are to BERT.
const LONGEST_WORD: usize = 100;

/// A vocabulary with the numbers of its pieces.
pub(super) struct WordPiece {
    pieces: HashMap<String, i32>,
    unknown: i32,
    /// Stands before every sequence.
    pub(super) start: i32,
    /// Stands behind every sequence.
    pub(super) end: i32,
    /// True if all words are in lower case and without marks.
    is_plain: bool,
}

/// A word of the text and its pieces; at least one.
#[derive(Debug, PartialEq)]
pub(super) struct Word {
    pub(super) range: TextRange,
    pub(super) pieces: Vec<i32>,
}

impl WordPiece {
    /// Reads a vocabulary, one piece a line. If no piece has a capital letter, words are looked up in lower case and without
    /// marks, as uncased models want it.
    ///
    /// # Errors
    /// If `[UNK]`, `[CLS]` or `[SEP]` is missing; says which.
    pub(super) fn new(vocabulary: &str) -> Result<Self, String> {
        let mut pieces = HashMap::new();
        for (number, piece) in (0_i32..).zip(vocabulary.lines()) {
            pieces.entry(piece.trim_end_matches('\r').to_owned()).or_insert(number);
        }
        let special = |name: &str| pieces.get(name).copied().ok_or_else(|| format!("the vocabulary has no {name}"));
        let (unknown, start, end) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        let is_special = |piece: &str| piece.starts_with('[') && piece.ends_with(']');
        let is_plain = !pieces.keys().any(|piece| !is_special(piece) && piece.chars().any(char::is_uppercase));
        Ok(Self { pieces, unknown, start, end, is_plain })
    }

    /// The words of `text` between `within`, in order. Punctuation marks and Chinese characters are words of their own.
    pub(super) fn words(&self, text: &str, within: TextRange) -> Vec<Word> {
        let Some(part) = within.slice(text) else { return Vec::new() };
        let mut words = Vec::new();
        let mut open: Option<usize> = None;
        let base = within.start().to_usize();
        let mut close = |open: &mut Option<usize>, end: usize| {
            if let Some(start) = open.take() {
                self.push(text, TextRange::from_usize(start, end), &mut words);
            }
        };
        for (at, char) in part.char_indices() {
            let (at, end) = (base + at, base + at + char.len_utf8());
            if char.is_whitespace() || is_invisible(char) {
                close(&mut open, at);
            } else if stands_alone(char) {
                close(&mut open, at);
                close(&mut Some(at), end);
            } else {
                open.get_or_insert(at);
            }
        }
        close(&mut open, within.end().to_usize());
        words
    }

    fn push(&self, text: &str, range: TextRange, words: &mut Vec<Word>) {
        let Some(word) = range.slice(text) else { return };
        let word = match self.is_plain {
            true => word.to_lowercase().nfd().filter(|char| !is_combining_mark(*char)).collect(),
            false => word.to_owned(),
        };
        let pieces = self.divide(&word).unwrap_or_else(|| vec![self.unknown]);
        if !pieces.is_empty() {
            words.push(Word { range, pieces });
        }
    }

    /// The longest piece at each place; `None` if a place has none.
    fn divide(&self, word: &str) -> Option<Vec<i32>> {
        if word.chars().count() > LONGEST_WORD {
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = word;
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, char)| at + char.len_utf8()).collect::<Vec<_>>();
            let longest = ends.into_iter().rev().find_map(|end| {
                let part = rest.get(..end)?;
                let found = match pieces.is_empty() {
                    true => self.pieces.get(part),
                    false => self.pieces.get(&format!("##{part}")),
                };
                found.map(|piece| (*piece, end))
            });
            let (piece, end) = longest?;
            pieces.push(piece);
            rest = rest.get(end..)?;
        }
        Some(pieces)
    }
}

fn is_invisible(char: char) -> bool {
    char.is_control() || matches!(char, '\u{200b}' | '\u{feff}' | '\u{fffd}')
}

/// Punctuation, all of ASCII that is neither letter nor digit, and characters of scripts without spaces.
fn stands_alone(char: char) -> bool {
    let is_ideograph = matches!(char, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}');
    let is_mark = char.is_ascii_punctuation()
        || matches!(char, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}');
    is_ideograph || is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_divided_into_the_longest_pieces() {
        let check = |vocabulary: &str, text: &str, expected: &[&str]| {
            let vocabulary = format!("[UNK]\n[CLS]\n[SEP]\n{vocabulary}");
            let names: Vec<&str> = vocabulary.lines().collect();
            let model = WordPiece::new(&vocabulary).expect("a vocabulary");
            let words = model.words(text, TextRange::from_usize(0, text.len()));
            let words: Vec<String> = words
                .iter()
                .map(|word| {
                    let pieces = word.pieces.iter().map(|piece| names[usize::try_from(*piece).expect("a number")]);
                    format!("{}={}", word.range.slice(text).expect("a place"), pieces.collect::<Vec<_>>().join("+"))
                })
                .collect();
            assert_eq!(words, expected, "{text}");
        };
        check("Haus\n##tür\n##t\n##ür\n,", "Haustür, 🙂", &["Haustür=Haus+##tür", ",=,", "🙂=[UNK]"]);
        check("Haus\n##t\n##ür", "Haustür Haustor", &["Haustür=Haus+##t+##ür", "Haustor=[UNK]"]);
        check("haus\n##tur\noz\n##dal", "HAUSTÜR Özdal", &["HAUSTÜR=haus+##tur", "Özdal=oz+##dal"]);
        check("A\n„\n“", "„A“\u{a0}A", &["„=„", "A=A", "“=“", "A=A"]);
        check("A", "", &[]);
        assert!(WordPiece::new("[UNK]\n[CLS]").is_err_and(|error| error.contains("[SEP]")));
    }
}
