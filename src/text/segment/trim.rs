//! Trims from a selection what was caught by accident.

use super::{
    super::TextRange,
    grapheme::is_edge,
    scan::{char_at, char_before, skip_spaces, skip_spaces_back},
    token::token_at,
};
use crate::text::ByteOffset;

/// The range without white space, `,;:.` and stray quotes or brackets at its edges.
///
/// A quote or bracket stays if its partner lies in the range (`„Film me“`), a dot if it belongs to the word (`z.B.`). A range
/// of nothing but such marks keeps them: then they were meant. A range of white space becomes empty at its start.
pub fn trim(text: &str, range: TextRange) -> TextRange {
    let start = text.floor_char_boundary(range.start().to_usize());
    let end = text.floor_char_boundary(range.end().to_usize());
    let (start, end) = trim_spaces(text, start, end);
    let stray = stray_marks(text, start, end);
    let (mut first, mut last) = (start, end);
    loop {
        let before = (first, last);
        (first, last) = trim_spaces(text, first, last);
        if first < last
            && let Some(char) = char_at(text, first)
        {
            let next = first + char.len_utf8();
            let glued = next < last && skip_spaces(text, next) == next;
            if is_edge(text, next) && (stray.contains(&first) || (matches!(char, ',' | ';' | ':' | '.') && !glued)) {
                first = next;
            }
        }
        if first < last
            && let Some(char) = char_before(text, last)
        {
            let previous = last - char.len_utf8();
            let dot = matches!(char, ',' | ';' | ':' | '.') && !belongs_to_word(text, previous);
            if is_edge(text, last) && is_edge(text, previous) && (stray.contains(&previous) || dot) {
                last = previous;
            }
        }
        if (first, last) == before {
            break;
        }
    }
    if first < last { TextRange::from_usize(first, last) } else { TextRange::from_usize(start, end) }
}

fn trim_spaces(text: &str, start: usize, end: usize) -> (usize, usize) {
    let first = skip_spaces(text, start);
    if first >= end { (start, start) } else { (first, skip_spaces_back(text, end).max(first)) }
}

/// True if the mark at `index` is part of a longer token with letters, as in `z.B.`
fn belongs_to_word(text: &str, index: usize) -> bool {
    token_at(text, ByteOffset::from_usize(index))
        .and_then(|token| token.slice(text))
        .is_some_and(|token| token.chars().any(char::is_alphanumeric))
}

/// Places of the quotes and brackets in `start..end` that have no partner there.
fn stray_marks(text: &str, start: usize, end: usize) -> Vec<usize> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut stray = Vec::new();
    for (index, mark) in text.get(start..end).unwrap_or_default().char_indices() {
        let place = start + index;
        if partners(mark).is_empty() {
            continue;
        }
        if matches!(mark, '\'' | '’' | '‘') && is_inside_word(text, place, mark) {
            continue;
        }
        match open.iter().rposition(|(_, opened)| partners(mark).contains(*opened)) {
            Some(partner) => {
                // What was opened in between has no partner.
                stray.extend(open.drain(partner..).skip(1).map(|(place, _)| place));
            }
            None if opens(mark) => open.push((place, mark)),
            None => stray.push(place),
        }
    }
    stray.extend(open.into_iter().map(|(place, _)| place));
    stray.sort_unstable();
    stray
}

fn is_inside_word(text: &str, index: usize, mark: char) -> bool {
    let letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    letter(char_before(text, index)) && letter(char_at(text, index + mark.len_utf8()))
}

/// The marks that `mark` can close; those of an opening bracket are itself, which never matches.
pub(super) fn partners(mark: char) -> &'static str {
    match mark {
        '"' => "\"",
        '\'' => "'‚‘",
        '“' => "„",
        '”' => "„“”",
        '‘' => "‚",
        '’' => "‚‘",
        '»' => "«",
        '«' => "»",
        '›' => "‹",
        '‹' => "›",
        ')' => "(",
        ']' => "[",
        '}' => "{",
        '„' | '‚' | '(' | '[' | '{' => "\0",
        _ => "",
    }
}

fn opens(mark: char) -> bool {
    matches!(mark, '"' | '\'' | '„' | '“' | '‚' | '‘' | '»' | '«' | '›' | '‹' | '(' | '[' | '{' | '”')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_are_cleaned() {
        let check = |text: &str, expected: &str| {
            let range = TextRange::from_usize(0, text.len());
            assert_eq!(trim(text, range).slice(text), Some(expected), "{text:?}");
        };
        check("", "");
        check("Kursk", "Kursk");
        check("  Kursk, ", "Kursk");
        check("„Heldentum", "Heldentum");
        check("Heldentum“.", "Heldentum");
        check("„Film me“", "„Film me“");
        check("‚Film me!’:", "‚Film me!’");
        check("(Region Kursk", "Region Kursk");
        check("(Sumy) Oblast", "(Sumy) Oblast");
        check("„Heldentum“ der „Bewohner", "„Heldentum“ der „Bewohner");
        check("\"Eskalation\"", "\"Eskalation\"");
        check("\"Eskalation", "Eskalation");
        check("geht's", "geht's");
        check("Films'", "Films");
        check("«Le Monde»", "«Le Monde»");
        check("»Der Spiegel«,", "»Der Spiegel«");
        check("„“ Kursk", "„“ Kursk");
        check("Kursk (", "Kursk");
        check("z.B.", "z.B.");
        check("die U.S.,", "die U.S.");
        check("800 Mio.", "800 Mio.");
        check(", Kursk", "Kursk");
        check(".NET", ".NET");
        check("und so weiter ...", "und so weiter");
        check(",", ",");
        check(" „, ", "„,");
        check("“a\u{301}“", "“a\u{301}“".trim_matches('“'));
    }

    #[test]
    fn white_space_becomes_empty() {
        assert_eq!(trim("a  b", TextRange::from_usize(1, 3)), TextRange::from_usize(1, 1));
        assert_eq!(trim("ab", TextRange::from_usize(7, 9)), TextRange::from_usize(2, 2));
        assert_eq!(trim("ab", TextRange::from_usize(1, 1)), TextRange::from_usize(1, 1));
    }

    proptest! {
        #[test]
        fn the_result_lies_inside(text in "([a-z ]{1,2}|[.,;:'\"()]|\u{301}|„|“|”|‚|’|»|«|z\\.B\\.|ä|\\PC){0,20}", one in 0u32..80, other in 0u32..80) {
            let range = TextRange::new(ByteOffset(one), ByteOffset(other));
            let trimmed = trim(&text, range);
            prop_assert!(trimmed.slice(&text).is_some());
            let start = text.floor_char_boundary(range.start().to_usize());
            let end = text.floor_char_boundary(range.end().to_usize());
            prop_assert!(TextRange::from_usize(start, end).contains(trimmed));
            prop_assert_eq!(trim(&text, trimmed), trimmed);
        }
    }
}
