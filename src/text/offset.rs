//! Positions and ranges in UTF-8 text, as newtypes so that units can not be mixed up.

use std::fmt;

/// A position in UTF-8 text, counted in bytes from its start.
///
/// Texts are limited to 4 GiB by this type; readers refuse longer ones by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteOffset(pub u32);

impl ByteOffset {
    /// The offset of byte `index`; saturates at the largest offset, which no accepted text reaches.
    pub fn from_usize(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The offset as an index into a byte slice.
    pub fn to_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ByteOffset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A stretch of text from `start` up to, not including, `end`, in bytes. May be empty.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    // Invariant: start <= end.
    start: ByteOffset,
    end: ByteOffset,
}

impl TextRange {
    /// The range between two offsets; swaps them where they come in the wrong order.
    pub fn new(one: ByteOffset, other: ByteOffset) -> Self {
        Self { start: one.min(other), end: one.max(other) }
    }

    /// The range of the bytes `start..end`.
    pub fn from_usize(start: usize, end: usize) -> Self {
        Self::new(ByteOffset::from_usize(start), ByteOffset::from_usize(end))
    }

    /// The empty range at `offset`.
    pub fn at(offset: ByteOffset) -> Self {
        Self::new(offset, offset)
    }

    pub fn start(self) -> ByteOffset {
        self.start
    }

    pub fn end(self) -> ByteOffset {
        self.end
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end.0 - self.start.0
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The range as indices into a byte slice.
    pub fn to_usize(self) -> std::ops::Range<usize> {
        self.start.to_usize()..self.end.to_usize()
    }

    /// True if every position of `other` lies in this range, its ends included.
    pub fn contains(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// True if the byte at `offset` belongs to this range.
    pub fn contains_offset(self, offset: ByteOffset) -> bool {
        self.start <= offset && offset < self.end
    }

    /// True if the two share a byte, or if one is empty and lies strictly inside or at the start of the other.
    pub fn overlaps(self, other: TextRange) -> bool {
        if self.is_empty() || other.is_empty() {
            let (point, range) = if self.is_empty() { (self.start, other) } else { (other.start, self) };
            range.start == point || range.contains_offset(point)
        } else {
            self.start < other.end && other.start < self.end
        }
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: TextRange) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part of `text` in this range, or `None` if it is out of bounds or splits a code point.
    pub fn slice(self, text: &str) -> Option<&str> {
        text.get(self.to_usize())
    }
}

impl fmt::Debug for TextRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}..{}", self.start, self.end)
    }
}
