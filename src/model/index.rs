//! Which annotations touch a stretch of text.

use super::AnnotationId;
use crate::text::{ByteOffset, TextRange};

/// Entries per block; each block knows the largest end in it.
const BLOCK: usize = 64;

/// Spans by place: a list sorted by start, in blocks that remember how far their entries reach.
///
/// Insertion and removal move the rest of the list (a memory move of 12 bytes an entry); a query looks at the blocks before
/// the end of the wanted stretch and opens only those that reach into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanIndex {
    // Invariant: sorted by (start, end descending, id), so that outer spans come before the inner ones.
    entries: Vec<Entry>,
    // Invariant: reach[i] is the largest end in entries[i * BLOCK..][..BLOCK].
    reach: Vec<ByteOffset>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    range: TextRange,
    id: AnnotationId,
}

impl Entry {
    fn key(&self) -> (ByteOffset, std::cmp::Reverse<ByteOffset>, AnnotationId) {
        (self.range.start(), std::cmp::Reverse(self.range.end()), self.id)
    }
}

impl SpanIndex {
    pub fn new(ranges: impl IntoIterator<Item = (TextRange, AnnotationId)>) -> Self {
        let mut entries: Vec<_> = ranges.into_iter().map(|(range, id)| Entry { range, id }).collect();
        entries.sort_unstable_by_key(Entry::key);
        let mut index = Self { entries, reach: Vec::new() };
        index.update_reach(0);
        index
    }

    pub fn insert(&mut self, range: TextRange, id: AnnotationId) {
        let entry = Entry { range, id };
        let place = self.entries.partition_point(|other| other.key() < entry.key());
        self.entries.insert(place, entry);
        self.update_reach(place);
    }

    /// Removes the entry with exactly this range and id, if there is one.
    pub fn remove(&mut self, range: TextRange, id: AnnotationId) {
        let entry = Entry { range, id };
        if let Ok(place) = self.entries.binary_search_by_key(&entry.key(), Entry::key) {
            self.entries.remove(place);
            self.update_reach(place);
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries in order: by start, outer before inner.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (TextRange, AnnotationId)> + '_ {
        self.entries.iter().map(|entry| (entry.range, entry.id))
    }

    /// The entries that overlap or touch `range`, in order: by start, outer before inner.
    pub fn touching(&self, range: TextRange) -> impl Iterator<Item = (TextRange, AnnotationId)> + '_ {
        let stop = self.entries.partition_point(|entry| entry.range.start() <= range.end());
        let candidates = self.entries.get(..stop).unwrap_or_default();
        candidates
            .chunks(BLOCK)
            .zip(&self.reach)
            .filter(move |(_, reach)| **reach >= range.start())
            .flat_map(|(block, _)| block)
            .filter(move |entry| entry.range.end() >= range.start())
            .map(|entry| (entry.range, entry.id))
    }

    /// The entries that overlap `range` (see [`TextRange::overlaps`]), in order.
    pub fn overlapping(&self, range: TextRange) -> impl Iterator<Item = (TextRange, AnnotationId)> + '_ {
        self.touching(range).filter(move |(other, _)| other.overlaps(range))
    }

    /// The first entry that comes after `(range, id)` in the order of this index.
    pub fn next_after(&self, range: TextRange, id: AnnotationId) -> Option<(TextRange, AnnotationId)> {
        let key = Entry { range, id }.key();
        let place = self.entries.partition_point(|other| other.key() <= key);
        self.entries.get(place).map(|entry| (entry.range, entry.id))
    }

    /// The last entry that comes before `(range, id)` in the order of this index.
    pub fn previous_before(&self, range: TextRange, id: AnnotationId) -> Option<(TextRange, AnnotationId)> {
        let key = Entry { range, id }.key();
        let place = self.entries.partition_point(|other| other.key() < key).checked_sub(1)?;
        self.entries.get(place).map(|entry| (entry.range, entry.id))
    }

    fn update_reach(&mut self, changed: usize) {
        let first = changed / BLOCK;
        self.reach.truncate(first);
        let changed = self.entries.get(first * BLOCK..).unwrap_or_default();
        self.reach.extend(
            changed.chunks(BLOCK).map(|block| block.iter().map(|entry| entry.range.end()).max().unwrap_or_default()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn index_equals_brute_force(
            ranges in prop::collection::vec((0u32..500, 0u32..60), 0..300),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
            query in (0u32..520, 0u32..40),
        ) {
            let mut entries: Vec<_> = ranges
                .iter()
                .enumerate()
                .map(|(id, (start, len))| (TextRange::from_usize(*start as usize, (start + len) as usize), AnnotationId(id as u32)))
                .collect();
            let mut index = SpanIndex::default();
            for (range, id) in &entries {
                index.insert(*range, *id);
            }
            for place in removed {
                if !entries.is_empty() {
                    let (range, id) = entries.swap_remove(place.index(entries.len()));
                    index.remove(range, id);
                }
            }
            prop_assert_eq!(&index, &SpanIndex::new(entries.iter().copied()));
            let query = TextRange::from_usize(query.0 as usize, (query.0 + query.1) as usize);
            let mut expected: Vec<_> = entries.iter().copied().filter(|(range, _)| range.overlaps(query)).collect();
            expected.sort_by_key(|(range, id)| (range.start(), std::cmp::Reverse(range.end()), *id));
            prop_assert_eq!(index.overlapping(query).collect::<Vec<_>>(), expected);
        }
    }
}
