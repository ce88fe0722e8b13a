//! A labelled stretch of text, in one piece or several.

use super::{AnnotationId, Attributes, CorrectedFrom, EntityId, Name, Provenance, Source, Status};
use crate::text::{ByteOffset, TextEdit, TextRange};
use smallvec::SmallVec;

/// The pieces of text that a span covers: in order, neither overlapping nor touching.
///
/// A single piece may be empty (a zero-width span); of several, none is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fragments(
    // Invariant: at least one; sorted; gaps of at least one byte; empty only if alone.
    SmallVec<[TextRange; 1]>,
);

impl Fragments {
    /// One piece.
    pub fn one(range: TextRange) -> Self {
        Self(SmallVec::from_buf([range]))
    }

    /// Several pieces in any order; overlapping and touching ones are joined, empty ones beside others dropped; of
    /// several empty ones the first stays. `None` if there is none.
    pub fn new(ranges: impl IntoIterator<Item = TextRange>) -> Option<Self> {
        let mut sorted: Vec<_> = ranges.into_iter().collect();
        sorted.sort_unstable();
        if sorted.iter().any(|range| !range.is_empty()) {
            sorted.retain(|range| !range.is_empty());
        }
        let mut pieces: SmallVec<[TextRange; 1]> = SmallVec::new();
        for range in sorted {
            match pieces.last_mut() {
                Some(last) if range.start() <= last.end() => *last = last.cover(range),
                _ => pieces.push(range),
            }
        }
        if pieces.len() > 1 && pieces.iter().all(|range| range.is_empty()) {
            pieces.truncate(1);
        }
        (!pieces.is_empty()).then_some(Self(pieces))
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = TextRange> + ExactSizeIterator + '_ {
        self.0.iter().copied()
    }

    /// Number of pieces; at least 1.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// From the start of the first piece to the end of the last.
    pub fn hull(&self) -> TextRange {
        TextRange::new(self.start(), self.end())
    }

    pub fn start(&self) -> ByteOffset {
        self.0.first().map_or_else(ByteOffset::default, |range| range.start())
    }

    pub fn end(&self) -> ByteOffset {
        self.0.last().map_or_else(ByteOffset::default, |range| range.end())
    }

    /// The covered text, pieces joined with one space; pieces out of bounds of `text` are left out.
    pub fn surface(&self, text: &str) -> String {
        let pieces: Vec<_> = self.iter().filter_map(|range| range.slice(text)).collect();
        pieces.join(" ")
    }

    /// The pieces after an edit of the text; `None` if nothing is left of them.
    pub fn map(&self, edit: &TextEdit) -> Option<Self> {
        Self::new(self.iter().filter_map(|range| edit.map_range(range)))
    }

    /// True if every piece lies in `text` on code point boundaries.
    pub fn fit(&self, text: &str) -> bool {
        self.iter().all(|range| range.slice(text).is_some())
    }
}

/// A labelled stretch of text: an entity mention, an event trigger, a quotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub id: AnnotationId,
    pub label: Name,
    pub fragments: Fragments,
    pub attributes: Attributes,
    /// The entity of the project's registry that this mention names.
    pub entity: Option<EntityId>,
    /// Free text by the annotator; empty if there is none.
    pub note: String,
    pub provenance: Provenance,
    pub status: Status,
    /// What an extractor had suggested, where a person changed it.
    pub corrected_from: Option<Box<CorrectedFrom>>,
}

impl Span {
    /// What was suggested, if a person changed its label or place and it is not as it was suggested again.
    pub fn correction(&self) -> Option<&CorrectedFrom> {
        let is_other = |from: &&CorrectedFrom| {
            from.label != self.label || from.fragments.as_ref().is_some_and(|place| *place != self.fragments)
        };
        self.corrected_from.as_deref().filter(is_other)
    }

    /// True for a suggestion without words: the import found them nowhere near the place that its file names, and a person
    /// has to place it.
    pub fn awaits_place(&self) -> bool {
        self.status == Status::Suggested
            && self.fragments.hull().is_empty()
            && self.provenance.reason.is_some()
            && matches!(self.provenance.source, Source::Import { .. })
    }
}
