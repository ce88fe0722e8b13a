//! Conversion between byte offsets and the units that other programs count in.

use super::{ByteOffset, TextRange};

/// Bytes between two checkpoints: a conversion scans at most this many bytes.
const STEP: usize = 256;

/// Converts offsets of one text between bytes, code points, UTF-16 units and lines.
///
/// Building it is one pass over the text; a conversion is a binary search and a scan of at most 256 bytes.
#[derive(Clone, Debug)]
pub struct OffsetTable {
    /// Every 256 bytes (moved back to a code point boundary): counts before that place.
    checkpoints: Vec<Checkpoint>,
    /// Byte offset at which each line starts. Lines end with `\n`.
    line_starts: Vec<u32>,
    byte_len: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Checkpoint {
    byte: u32,
    code_points: u32,
    utf16: u32,
}

impl OffsetTable {
    pub fn new(text: &str) -> Self {
        let mut checkpoints = Vec::with_capacity(text.len() / STEP + 1);
        let mut line_starts = vec![0];
        let mut counts = Checkpoint::default();
        let mut start = 0;
        while start < text.len() || start == 0 {
            checkpoints.push(counts);
            let mut end = (start + STEP).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let bytes = text.as_bytes().get(start..end).unwrap_or_default();
            counts.code_points += sum(bytes, code_points);
            counts.utf16 += sum(bytes, utf16_units);
            let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            line_starts.extend(breaks.map(|(index, _)| ByteOffset::from_usize(start + index + 1).0));
            counts.byte = ByteOffset::from_usize(end).0;
            if end == start {
                break;
            }
            start = end;
        }
        Self { checkpoints, line_starts, byte_len: counts.byte }
    }

    /// Number of code points before `offset` of `text`, the text that the table was built from.
    pub fn code_point_from_byte(&self, text: &str, offset: ByteOffset) -> u32 {
        let (checkpoint, rest) = self.before(text, offset);
        checkpoint.code_points + sum(rest, code_points)
    }

    /// Number of UTF-16 units before `offset`.
    pub fn utf16_from_byte(&self, text: &str, offset: ByteOffset) -> u32 {
        let (checkpoint, rest) = self.before(text, offset);
        checkpoint.utf16 + sum(rest, utf16_units)
    }

    /// The byte offset of code point number `count`, or `None` past the end of the text.
    pub fn byte_from_code_point(&self, text: &str, count: u32) -> Option<ByteOffset> {
        self.byte_from(text, count, |checkpoint| checkpoint.code_points, code_points)
    }

    /// The byte offset of UTF-16 unit number `count`, or `None` past the end or inside a surrogate pair.
    pub fn byte_from_utf16(&self, text: &str, count: u32) -> Option<ByteOffset> {
        self.byte_from(text, count, |checkpoint| checkpoint.utf16, utf16_units)
    }

    /// Number of the line that holds `offset`, from 0.
    pub fn line_from_byte(&self, offset: ByteOffset) -> usize {
        self.line_starts.partition_point(|start| *start <= offset.0).saturating_sub(1)
    }

    /// The line with number `line`, without its line break (`\n` or `\r\n` stays out only for `\n`).
    pub fn line_range(&self, line: usize) -> Option<TextRange> {
        let start = *self.line_starts.get(line)?;
        let end = match self.line_starts.get(line + 1) {
            Some(next) => next - 1,
            None => self.byte_len,
        };
        Some(TextRange::new(ByteOffset(start), ByteOffset(end)))
    }

    /// Number of lines; at least 1.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// The last checkpoint before `offset`, and the bytes between the two.
    fn before<'t>(&self, text: &'t str, offset: ByteOffset) -> (Checkpoint, &'t [u8]) {
        let index = self.checkpoints.partition_point(|checkpoint| checkpoint.byte <= offset.0).saturating_sub(1);
        let checkpoint = self.checkpoints.get(index).copied().unwrap_or_default();
        let end = offset.to_usize().min(text.len());
        (checkpoint, text.as_bytes().get(checkpoint.byte as usize..end).unwrap_or_default())
    }

    /// `units` tells how many units the character has that begins with a byte, and 0 for bytes that begin none.
    fn byte_from(
        &self,
        text: &str,
        count: u32,
        measure: impl Fn(&Checkpoint) -> u32,
        units: impl Fn(u8) -> u8,
    ) -> Option<ByteOffset> {
        let index = self.checkpoints.partition_point(|checkpoint| measure(checkpoint) <= count).checked_sub(1)?;
        let checkpoint = self.checkpoints.get(index)?;
        let mut missing = count.checked_sub(measure(checkpoint))?;
        let mut at = checkpoint.byte as usize;
        let bytes = text.as_bytes();
        // No byte counts more than one unit, but for the first of four, so the place is never passed by more than the second
        // half of a pair.
        while missing > 0 {
            let next = bytes.get(at..at.checked_add(missing as usize)?)?;
            missing = missing.checked_sub(sum(next, &units))?;
            at += next.len();
        }
        let rest = bytes.get(at..)?.iter().take_while(|byte| is_continuation(**byte)).count();
        Some(ByteOffset::from_usize(at + rest))
    }
}

/// Bytes whose units are added up in a byte, of which processors add many at a time.
const CHUNK: usize = 120;

/// How many units there are in `bytes`, of which each has at most two.
fn sum(bytes: &[u8], units: impl Fn(u8) -> u8) -> u32 {
    bytes.chunks(CHUNK).map(|chunk| u32::from(chunk.iter().map(|byte| units(*byte)).sum::<u8>())).sum()
}

fn code_points(byte: u8) -> u8 {
    u8::from(!is_continuation(byte))
}

fn utf16_units(byte: u8) -> u8 {
    code_points(byte) + u8::from(byte >= 0xF0)
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_unit_converts_there_and_back(text in "([a-z]{0,40}|ä|\u{1F60A}|e\u{301}|\r\n|\n|עברית){0,60}") {
            let table = OffsetTable::new(&text);
            let mut utf16 = 0;
            for (count, (byte, char)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
                let offset = ByteOffset::from_usize(byte);
                prop_assert_eq!(table.code_point_from_byte(&text, offset) as usize, count);
                prop_assert_eq!(table.byte_from_code_point(&text, count as u32), Some(offset));
                prop_assert_eq!(table.utf16_from_byte(&text, offset) as usize, utf16);
                prop_assert_eq!(table.byte_from_utf16(&text, utf16 as u32), Some(offset));
                prop_assert_eq!(table.line_from_byte(offset), text[..byte].matches('\n').count());
                if char.len_utf16() == 2 {
                    prop_assert_eq!(table.byte_from_utf16(&text, utf16 as u32 + 1), None);
                }
                utf16 += char.len_utf16();
            }
            let past = text.chars().count() as u32 + 1;
            prop_assert_eq!(table.byte_from_code_point(&text, past), None);
            prop_assert_eq!(table.byte_from_utf16(&text, utf16 as u32), None);
        }
    }
}
