//! Steps over characters and white space, shared by all that looks for boundaries.

use super::grapheme::is_edge;

/// The character that starts at `index`.
pub(super) fn char_at(text: &str, index: usize) -> Option<char> {
    text.get(index..)?.chars().next()
}

/// The character that ends at `index`.
pub(super) fn char_before(text: &str, index: usize) -> Option<char> {
    text.get(..index)?.chars().next_back()
}

/// The byte at `index`; 0 past the end.
pub(super) fn byte_at(text: &str, index: usize) -> u8 {
    text.as_bytes().get(index).copied().unwrap_or(0)
}

/// True for white space; U+200B and U+FEFF count, since nobody wants an invisible word.
pub(super) fn is_space(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\u{200B}' | '\u{FEFF}')
}

/// First bytes of white space characters, and of some others.
#[expect(clippy::indexing_slicing, reason = "the compiler has seen that it fits")]
const MAYBE_SPACE: [bool; 256] = {
    let mut table = [false; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = matches!(index, 0x09..=0x0D | 0x20 | 0xC2 | 0xE1 | 0xE2 | 0xE3 | 0xEF);
        index += 1;
    }
    table
};

/// Length of the white space character at `index`; 0 if there is none, or if a combining mark stands on it.
pub(super) fn space_at(text: &str, index: usize) -> usize {
    let byte = byte_at(text, index);
    if !MAYBE_SPACE.get(usize::from(byte)).copied().unwrap_or(false) {
        return 0;
    }
    let Some(char) = char_at(text, index).filter(|char| is_space(*char)) else { return 0 };
    let end = index + char.len_utf8();
    let alone = char.is_control() || (is_edge(text, index) && is_edge(text, end));
    if alone { end - index } else { 0 }
}

/// The first place at or after `index` that is not white space.
pub(super) fn skip_spaces(text: &str, mut index: usize) -> usize {
    loop {
        match space_at(text, index) {
            0 => return index,
            length => index += length,
        }
    }
}

/// The last place at or before `index` that has no white space before it.
pub(super) fn skip_spaces_back(text: &str, mut index: usize) -> usize {
    while let Some(char) = char_before(text, index).filter(|char| is_space(*char)) {
        let start = index - char.len_utf8();
        if space_at(text, start) == 0 {
            break;
        }
        index = start;
    }
    index
}

/// The first white space in `start..limit`, or `limit`.
pub(super) fn next_space(text: &str, start: usize, limit: usize) -> usize {
    let bytes = text.as_bytes().get(start..limit).unwrap_or_default();
    let mut index = 0;
    while let Some(found) = bytes
        .get(index..)
        .and_then(|rest| rest.iter().position(|byte| MAYBE_SPACE.get(usize::from(*byte)).copied().unwrap_or(false)))
    {
        index += found;
        if space_at(text, start + index) > 0 {
            return start + index;
        }
        index += 1;
    }
    limit
}

/// The end of the last white space that ends in `after + 1..=index`.
pub(super) fn previous_space_end(text: &str, index: usize, after: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut start = index;
    while start > after {
        start -= 1;
        let maybe = bytes.get(start).is_some_and(|byte| MAYBE_SPACE.get(usize::from(*byte)).copied().unwrap_or(false));
        if maybe {
            let length = space_at(text, start);
            if length > 0 && start + length <= index {
                return Some(start + length);
            }
        }
    }
    None
}
