//! Steps from word to word, by which the edges of a span are moved: marks between words are passed and never left at an
//! edge.

use super::{
    super::{ByteOffset, TextRange},
    scan::{skip_spaces, skip_spaces_back},
    token::{next_token_end, previous_token_start, token_at},
    trim::partners,
};

/// The end of the next word that ends behind `offset`: of the next token if only marks follow.
pub fn next_word_end(text: &str, offset: ByteOffset) -> ByteOffset {
    let first = next_token_end(text, offset);
    let mut end = first;
    while end.to_usize() < text.len() {
        if !ends_with_mark(text, end) {
            return end;
        }
        end = next_token_end(text, end);
    }
    if ends_with_mark(text, end) { first } else { end }
}

/// The start of the last word that starts before `offset`: of the last token if only marks stand there.
pub fn previous_word_start(text: &str, offset: ByteOffset) -> ByteOffset {
    let first = previous_token_start(text, offset);
    let mut start = first;
    while start > ByteOffset(0) {
        if !starts_with_mark(text, start) {
            return start;
        }
        start = previous_token_start(text, start);
    }
    if starts_with_mark(text, start) { first } else { start }
}

/// What is left of a range without its first token, the marks that follow and white space; nothing, at its end, if that is
/// all.
pub fn without_first_word(text: &str, range: TextRange) -> TextRange {
    let mut start = next_token_end(text, range.start());
    loop {
        start = ByteOffset::from_usize(skip_spaces(text, start.to_usize()));
        if start >= range.end() {
            return TextRange::at(range.end());
        }
        if !starts_with_mark(text, start) {
            return TextRange::new(start, range.end());
        }
        start = next_token_end(text, start);
    }
}

/// What is left of a range without its last token, the marks before it and white space; nothing, at its start, if that is
/// all.
pub fn without_last_word(text: &str, range: TextRange) -> TextRange {
    let mut end = previous_token_start(text, range.end());
    loop {
        end = ByteOffset::from_usize(skip_spaces_back(text, end.to_usize()));
        if end <= range.start() {
            return TextRange::at(range.start());
        }
        if !ends_with_mark(text, end) {
            return TextRange::new(range.start(), end);
        }
        end = previous_token_start(text, end);
    }
}

fn ends_with_mark(text: &str, end: ByteOffset) -> bool {
    let before = ByteOffset(end.0.saturating_sub(1));
    token_at(text, before).is_some_and(|token| is_mark(token.slice(text).unwrap_or_default()))
}

fn starts_with_mark(text: &str, start: ByteOffset) -> bool {
    token_at(text, start).is_some_and(|token| is_mark(token.slice(text).unwrap_or_default()))
}

/// True for a token that separates words; signs that are read as words, such as a percent sign, are none.
fn is_mark(token: &str) -> bool {
    let separates = |char| {
        !partners(char).is_empty()
            || matches!(char, ',' | ';' | ':' | '.' | '!' | '?' | '…' | '-' | '–' | '—' | '/' | '*' | '·' | '•')
    };
    token.chars().all(separates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "„Er“, sagte Putin, Kursk (Süd) kostet 5 %.";

    fn range(words: &str) -> TextRange {
        let start = TEXT.find(words).expect("words of the text");
        TextRange::from_usize(start, start + words.len())
    }

    #[test]
    fn growing_passes_marks() {
        let check = |from: &str, to: &str| {
            let from = range(from);
            let grown = TextRange::new(from.start(), next_word_end(TEXT, from.end()));
            assert_eq!(grown.slice(TEXT), Some(to));
        };
        check("sagte", "sagte Putin");
        check("Putin", "Putin, Kursk");
        check("Kursk", "Kursk (Süd");
        check("kostet", "kostet 5");
        check("5", "5 %");
        check("5 %", "5 %.");
        let check = |from: &str, to: &str| {
            let from = range(from);
            let grown = TextRange::new(previous_word_start(TEXT, from.start()), from.end());
            assert_eq!(grown.slice(TEXT), Some(to));
        };
        check("Kursk", "Putin, Kursk");
        check("sagte", "Er“, sagte");
        check("Er", "„Er");
    }

    #[test]
    fn shrinking_leaves_no_mark_at_the_edge() {
        let check = |from: &str, first: &str, last: &str| {
            let from = range(from);
            assert_eq!(without_first_word(TEXT, from).slice(TEXT), Some(first));
            assert_eq!(without_last_word(TEXT, from).slice(TEXT), Some(last));
        };
        check("Putin, Kursk", "Kursk", "Putin");
        check("Putin,", "", "Putin");
        check("Putin", "", "");
        check("„Er“, sagte", "Er“, sagte", "„Er");
        check("5 %.", "%.", "5 %");
    }

    proptest! {
        /// Law: a step always moves an edge, into the text and onto a code point.
        #[test]
        fn steps_move(text in "[a.,„“() \\n😀%-]{0,24}", at in 0usize..30) {
            let at = ByteOffset::from_usize(text.floor_char_boundary(at));
            let (next, previous) = (next_word_end(&text, at), previous_word_start(&text, at));
            prop_assert!(next > at || next.to_usize() == text.len());
            prop_assert!(previous < at || previous == ByteOffset(0));
            prop_assert!(text.is_char_boundary(next.to_usize()) && text.is_char_boundary(previous.to_usize()));
            let all = TextRange::from_usize(0, text.len());
            for part in [without_first_word(&text, all), without_last_word(&text, all)] {
                prop_assert!(part.slice(&text).is_some());
                prop_assert!(text.is_empty() || part != all);
            }
        }
    }
}
