//! Grapheme clusters: what a reader takes for one character (UAX 29).

use super::{
    super::{ByteOffset, TextRange},
    scan::{byte_at, char_at, char_before},
};
use unicode_segmentation::GraphemeCursor;

/// The next place after `offset` where a caret can stand; the end of the text if there is none.
///
/// Cost follows the cluster, and for flags the run of flags.
pub fn next_grapheme(text: &str, offset: ByteOffset) -> ByteOffset {
    ByteOffset::from_usize(next_edge(text, text.floor_char_boundary(offset.to_usize())))
}

/// The last place before `offset` where a caret can stand; 0 if there is none.
pub fn previous_grapheme(text: &str, offset: ByteOffset) -> ByteOffset {
    let offset = text.floor_char_boundary(offset.to_usize());
    let previous = GraphemeCursor::new(offset, text.len(), true).prev_boundary(text, 0);
    ByteOffset::from_usize(previous.ok().flatten().unwrap_or(0))
}

/// The range with both edges moved outward to where a caret can stand. An empty range stays empty.
pub fn snap_to_graphemes(text: &str, range: TextRange) -> TextRange {
    let start = floor_edge(text, text.floor_char_boundary(range.start().to_usize()));
    let end = text.floor_char_boundary(range.end().to_usize());
    if range.is_empty() {
        return TextRange::from_usize(start, start);
    }
    // An end inside the first code point of a cluster rounds down to the start, but a byte of it was meant.
    let inside = end < range.end().to_usize().min(text.len());
    let end = if inside || !is_edge(text, end) { next_edge(text, end) } else { end };
    TextRange::from_usize(start, end)
}

/// True if a caret can stand at `index`, a code point boundary.
pub(super) fn is_edge(text: &str, index: usize) -> bool {
    if index == 0 || index >= text.len() {
        return true;
    }
    let (before, after) = (byte_at(text, index - 1), byte_at(text, index));
    if before < 0x80 && after < 0x80 {
        return !(before == b'\r' && after == b'\n');
    }
    let plain = |char: Option<char>| char.is_some_and(is_plain);
    (plain(char_before(text, index)) && plain(char_at(text, index)))
        || GraphemeCursor::new(index, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

/// The last place at or before `index` where a caret can stand.
pub(super) fn floor_edge(text: &str, index: usize) -> usize {
    if is_edge(text, index) {
        index
    } else {
        GraphemeCursor::new(index, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
    }
}

/// The first place after `index` where a caret can stand.
pub(super) fn next_edge(text: &str, index: usize) -> usize {
    GraphemeCursor::new(index, text.len(), true).next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

/// True for characters that never join with a neighbor of this kind; `\r\n` is not asked for here.
fn is_plain(char: char) -> bool {
    char < '\u{300}' || matches!(char, '\u{2010}'..='\u{2027}' | '\u{202F}'..='\u{205E}' | '\u{20A0}'..='\u{20BF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn edges(text: &str) -> Vec<usize> {
        text.grapheme_indices(true).map(|(index, _)| index).chain([text.len()]).collect()
    }

    #[test]
    fn clusters_stay_whole() {
        let check = |text: &str, offset: u32, previous: u32, next: u32| {
            assert_eq!(previous_grapheme(text, ByteOffset(offset)).0, previous, "{text:?} {offset}");
            assert_eq!(next_grapheme(text, ByteOffset(offset)).0, next, "{text:?} {offset}");
        };
        check("", 0, 0, 0);
        check("", 9, 0, 0);
        check("abc", 1, 0, 2);
        check("abc", 99, 2, 3);
        check("e\u{301}x", 1, 0, 3);
        check("a\r\nb", 1, 0, 3);
        check("a\r\nb", 2, 1, 3);
        check("👩‍👩‍👧x", 18, 0, 19);
        check("🇺🇦🇩🇪", 8, 0, 16);
        check("🇺🇦🇩🇪", 6, 0, 8);
    }

    proptest! {
        #[test]
        fn edges_are_those_of_the_whole_text(
            text in "([a-z\\r\\n ]|ä|\u{301}|\u{200D}|👩|🇺|🇦|\u{1F3FD}|נ|\u{600}|한|\u{1160}|„|\u{AD}|\\PC){0,20}",
            one in 0u32..90,
            other in 0u32..90,
        ) {
            let edges = edges(&text);
            let offset = text.floor_char_boundary(one as usize);
            prop_assert_eq!(is_edge(&text, offset), edges.contains(&offset));
            let next = edges.iter().copied().find(|edge| *edge > offset).unwrap_or(text.len());
            prop_assert_eq!(next_grapheme(&text, ByteOffset(one)).to_usize(), next);
            let previous = edges.iter().copied().rfind(|edge| *edge < offset).unwrap_or(0);
            prop_assert_eq!(previous_grapheme(&text, ByteOffset(one)).to_usize(), previous);

            let range = TextRange::new(ByteOffset(one), ByteOffset(other));
            let snapped = snap_to_graphemes(&text, range);
            prop_assert!(edges.contains(&snapped.start().to_usize()) && edges.contains(&snapped.end().to_usize()));
            prop_assert_eq!(snap_to_graphemes(&text, snapped), snapped);
            prop_assert!(range.end().to_usize() > text.len() || range.is_empty() || snapped.contains(range));
        }
    }
}
