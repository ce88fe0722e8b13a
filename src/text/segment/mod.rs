//! Where words, sentences and paragraphs begin and end, so that a selection falls on what a person meant.
//!
//! Everything here is a pure function of a text and a byte offset, and local: what it costs follows the word, sentence or
//! paragraph around the offset, never the length of the text. Offsets past the end count as the end, offsets inside a
//! code point as its start; nothing panics.
//!
//! White space is what Unicode calls so, and the invisible U+200B and U+FEFF.

mod grapheme;
mod scan;
mod sentence;
mod step;
mod token;
mod trim;
mod word;

pub use grapheme::{next_grapheme, previous_grapheme, snap_to_graphemes};
pub use sentence::{sentence_at, sentences};
pub use step::{next_word_end, previous_word_start, without_first_word, without_last_word};
pub use token::{next_token_end, previous_token_start, snap_to_tokens, token_at, tokens};
pub use trim::trim;

use super::{ByteOffset, TextRange};

/// The line around `offset`, without its `\n`. The place of a `\n` belongs to the line that it ends.
pub fn paragraph_at(text: &str, offset: ByteOffset) -> TextRange {
    let offset = text.floor_char_boundary(offset.to_usize());
    let (before, after) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |index| index + 1);
    let end = after.find('\n').map_or(text.len(), |index| offset + index);
    TextRange::from_usize(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lie_between_line_breaks() {
        let check = |text: &str, offset: u32, expected: &str| {
            assert_eq!(paragraph_at(text, ByteOffset(offset)).slice(text), Some(expected), "{text:?} {offset}");
        };
        check("", 0, "");
        check("", 7, "");
        check("eins\nzwei\n", 0, "eins");
        check("eins\nzwei\n", 4, "eins");
        check("eins\nzwei\n", 5, "zwei");
        check("eins\nzwei\n", 10, "");
        check("eins\nzwei\n", u32::MAX, "");
        check("ä\nö", 1, "ä");
        check("ä\nö", 4, "ö");
    }
}
