//! The text as a pile of paragraphs, and how high each is: estimated first, measured when seen.

use crate::text::{ByteOffset, TextRange};

/// A line longer than this is shown in several pieces, so that no single layout is long.
const LONGEST: usize = 4096;
/// Heights per sum.
const BLOCK: usize = 256;

/// The lines of a text, without their line breaks, and their heights in points.
///
/// Changing one height costs two sums of at most 256 numbers; finding a place costs one sum for each 256 paragraphs.
#[derive(Clone, Debug, Default)]
pub struct Paragraphs {
    ranges: Vec<TextRange>,
    heights: Vec<f32>,
    // Invariant: sums[i] is the sum of heights[i * BLOCK..][..BLOCK].
    sums: Vec<f64>,
}

impl Paragraphs {
    pub fn new(text: &str) -> Self {
        let mut ranges = Vec::new();
        let mut start = 0;
        for line in text.split('\n') {
            let shown = line.strip_suffix('\r').unwrap_or(line);
            let mut from = 0;
            while shown.len() - from > LONGEST {
                let cut = from + cut_place(shown.get(from..).unwrap_or_default());
                ranges.push(TextRange::from_usize(start + from, start + cut));
                from = cut;
            }
            ranges.push(TextRange::from_usize(start + from, start + shown.len()));
            start += line.len() + 1;
        }
        Self { heights: vec![0.0; ranges.len()], sums: Vec::new(), ranges }
    }

    pub fn count(&self) -> usize {
        self.ranges.len()
    }

    pub fn range(&self, index: usize) -> TextRange {
        self.ranges.get(index).copied().unwrap_or_default()
    }

    /// The paragraph that holds `offset`, or the one before it.
    pub fn index_at(&self, offset: ByteOffset) -> usize {
        self.ranges.partition_point(|range| range.start() <= offset).saturating_sub(1)
    }

    /// Sets all heights anew from an estimate for each range.
    pub fn estimate(&mut self, height: impl Fn(TextRange) -> f32) {
        self.heights = self.ranges.iter().map(|range| height(*range)).collect();
        self.sums = self.heights.chunks(BLOCK).map(|block| block.iter().copied().map(f64::from).sum()).collect();
    }

    /// Puts a measured height in the place of an estimate; true if it differs.
    pub fn set_height(&mut self, index: usize, height: f32) -> bool {
        let Some(known) = self.heights.get_mut(index) else { return false };
        if *known == height {
            return false;
        }
        *known = height;
        let block = index / BLOCK;
        let heights = self.heights.iter().skip(block * BLOCK).take(BLOCK);
        if let Some(sum) = self.sums.get_mut(block) {
            *sum = heights.copied().map(f64::from).sum();
        }
        true
    }

    /// Distance from the start of the text to the top of a paragraph.
    pub fn top(&self, index: usize) -> f64 {
        let block = index / BLOCK;
        let whole: f64 = self.sums.iter().take(block).sum();
        let part: f64 =
            self.heights.iter().skip(block * BLOCK).take(index - block * BLOCK).copied().map(f64::from).sum();
        whole + part
    }

    pub fn total_height(&self) -> f64 {
        self.sums.iter().sum()
    }

    /// The paragraph at distance `y` from the start, and how far `y` is below its top. Saturates at the ends.
    pub fn find(&self, y: f64) -> (usize, f64) {
        let mut rest = y.max(0.0);
        let mut block = 0;
        for sum in &self.sums {
            if rest < *sum || block + 1 == self.sums.len() {
                break;
            }
            rest -= sum;
            block += 1;
        }
        let mut index = block * BLOCK;
        for height in self.heights.iter().skip(index) {
            if rest < f64::from(*height) || index + 1 == self.heights.len() {
                break;
            }
            rest -= f64::from(*height);
            index += 1;
        }
        (index.min(self.ranges.len().saturating_sub(1)), rest)
    }
}

/// Where to cut a long line: behind the last white space of the first 4096 bytes, or between two characters.
fn cut_place(line: &str) -> usize {
    let mut end = LONGEST.min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let head = line.get(..end).unwrap_or_default();
    match head.char_indices().rev().take(1000).find(|(_, char)| char.is_whitespace()) {
        Some((place, char)) => place + char.len_utf8(),
        None => crate::text::segment::previous_grapheme(line, ByteOffset::from_usize(end)).to_usize().max(1).min(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_become_paragraphs() {
        let text = format!("eins\r\nzwei\n\n{}", "wort ".repeat(2000));
        let paragraphs = Paragraphs::new(&text);
        let first: Vec<_> = (0..3).map(|index| paragraphs.range(index).slice(&text)).collect();
        assert_eq!(first, [Some("eins"), Some("zwei"), Some("")]);
        assert_eq!(paragraphs.count(), 3 + 3);
        let rest: String = (3..6).filter_map(|index| paragraphs.range(index).slice(&text)).collect();
        assert_eq!(rest, "wort ".repeat(2000));
    }

    proptest! {
        #[test]
        fn find_is_the_inverse_of_top(heights in prop::collection::vec(0.5f32..90.0, 1..900), y in 0.0f64..50_000.0) {
            let text = "x\n".repeat(heights.len() - 1);
            let mut paragraphs = Paragraphs::new(&text);
            paragraphs.estimate(|_| 10.0);
            for (index, height) in heights.iter().enumerate() {
                paragraphs.set_height(index, *height);
            }
            let total: f64 = heights.iter().copied().map(f64::from).sum();
            prop_assert!((paragraphs.total_height() - total).abs() < 1e-6);
            let y = y.min(total - 0.1);
            let (index, below) = paragraphs.find(y);
            prop_assert!((paragraphs.top(index) + below - y).abs() < 1e-6);
            prop_assert!(below <= f64::from(heights[index]) + 1e-6);
        }
    }
}
