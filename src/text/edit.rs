//! A replacement in a text, and where positions go when it happens.

use super::{ByteOffset, TextRange};
use similar::{Algorithm, DiffOp};

/// Replaces `removed`, which stands at `at`, by `inserted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    pub at: ByteOffset,
    pub removed: String,
    pub inserted: String,
}

impl TextEdit {
    /// The replaced stretch of the text before the edit.
    pub fn range(&self) -> TextRange {
        TextRange::from_usize(self.at.to_usize(), self.at.to_usize() + self.removed.len())
    }

    /// The edit that takes this one back.
    pub fn inverse(&self) -> Self {
        Self { at: self.at, removed: self.inserted.clone(), inserted: self.removed.clone() }
    }

    /// The text after the edit, or `None` if `removed` does not stand at `at`.
    pub fn apply(&self, text: &str) -> Option<String> {
        let range = self.range();
        if range.slice(text)? != self.removed {
            return None;
        }
        let (before, after) = (text.get(..self.at.to_usize())?, text.get(range.end().to_usize()..)?);
        Some([before, &self.inserted, after].concat())
    }

    /// Where a stretch of the text goes; `None` if the edit removes all of it.
    ///
    /// A stretch that covers the replaced text covers the replacement. What is inserted at its edge stays outside. A
    /// stretch that loses a part to the edit keeps the rest. An empty stretch stays before what is inserted.
    pub fn map_range(&self, range: TextRange) -> Option<TextRange> {
        let edit = self.range();
        if range.is_empty() {
            return Some(TextRange::at(self.map_end(range.start())));
        }
        let (start, end) = if !edit.is_empty() && range.contains(edit) {
            (range.start(), self.shift(range.end()))
        } else {
            (self.map_start(range.start()), self.map_end(range.end()))
        };
        (start < end).then(|| TextRange::new(start, end))
    }

    /// Where a caret goes: stays before the edit, and goes to its end when it was in or behind it.
    pub fn map_caret(&self, offset: ByteOffset) -> ByteOffset {
        if offset < self.at { offset } else { self.map_start(offset) }
    }

    fn map_start(&self, offset: ByteOffset) -> ByteOffset {
        if offset < self.at {
            offset
        } else if offset >= self.range().end() {
            self.shift(offset)
        } else {
            ByteOffset::from_usize(self.at.to_usize() + self.inserted.len())
        }
    }

    fn map_end(&self, offset: ByteOffset) -> ByteOffset {
        if offset <= self.at {
            offset
        } else if offset >= self.range().end() {
            self.shift(offset)
        } else {
            self.at
        }
    }

    fn shift(&self, offset: ByteOffset) -> ByteOffset {
        ByteOffset::from_usize((offset.to_usize() + self.inserted.len()).saturating_sub(self.removed.len()))
    }
}

/// Small edits that turn `old` into `new`, to be applied one after the other; last place first, so that each offset also
/// counts in `old`. Unchanged words between changes stay untouched, so that annotations on them survive.
pub fn edits_between(old: &str, new: &str) -> Vec<TextEdit> {
    let prefix = common_prefix(old, new);
    let (Some(old_rest), Some(new_rest)) = (old.get(prefix..), new.get(prefix..)) else { return Vec::new() };
    let suffix = common_suffix(old_rest, new_rest);
    let (Some(old_middle), Some(new_middle)) =
        (old_rest.get(..old_rest.len() - suffix), new_rest.get(..new_rest.len() - suffix))
    else {
        return Vec::new();
    };
    let mut edits = Vec::new();
    let (old_words, new_words) = (words(old_middle), words(new_middle));
    let mut old_ends = vec![0];
    let mut new_ends = vec![0];
    for (ends, words) in [(&mut old_ends, &old_words), (&mut new_ends, &new_words)] {
        for word in words {
            ends.push(ends.last().copied().unwrap_or(0) + word.len());
        }
    }
    let slice = |text: &str, ends: &[usize], start: usize, len: usize| -> String {
        let bounds = ends.get(start).copied().zip(ends.get(start + len).copied());
        bounds.and_then(|(start, end)| text.get(start..end)).unwrap_or_default().to_owned()
    };
    for operation in similar::capture_diff_slices(Algorithm::Myers, &old_words, &new_words) {
        let (old_index, old_len, new_index, new_len) = match operation {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => (old_index, old_len, new_index, 0),
            DiffOp::Insert { old_index, new_index, new_len } => (old_index, 0, new_index, new_len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => (old_index, old_len, new_index, new_len),
        };
        let at = prefix + old_ends.get(old_index).copied().unwrap_or(0);
        edits.push(trimmed(TextEdit {
            at: ByteOffset::from_usize(at),
            removed: slice(old_middle, &old_ends, old_index, old_len),
            inserted: slice(new_middle, &new_ends, new_index, new_len),
        }));
    }
    edits.reverse();
    edits
}

/// The edit without the code points that both its sides share at the ends.
fn trimmed(edit: TextEdit) -> TextEdit {
    let prefix = common_prefix(&edit.removed, &edit.inserted);
    let removed = edit.removed.get(prefix..).unwrap_or_default();
    let inserted = edit.inserted.get(prefix..).unwrap_or_default();
    let suffix = common_suffix(removed, inserted);
    TextEdit {
        at: ByteOffset::from_usize(edit.at.to_usize() + prefix),
        removed: removed.get(..removed.len() - suffix).unwrap_or_default().to_owned(),
        inserted: inserted.get(..inserted.len() - suffix).unwrap_or_default().to_owned(),
    }
}

/// Words, runs of white space and single other characters.
fn words(text: &str) -> Vec<&str> {
    unicode_segmentation::UnicodeSegmentation::split_word_bounds(text).collect()
}

fn common_prefix(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).map(|(char, _)| char.len_utf8()).sum()
}

fn common_suffix(one: &str, other: &str) -> usize {
    one.chars()
        .rev()
        .zip(other.chars().rev())
        .take_while(|(one, other)| one == other)
        .map(|(char, _)| char.len_utf8())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edit(at: usize, removed: &str, inserted: &str) -> TextEdit {
        TextEdit { at: ByteOffset::from_usize(at), removed: removed.to_owned(), inserted: inserted.to_owned() }
    }

    #[test]
    fn ranges_follow() {
        let check = |edit: &TextEdit, range: (usize, usize), expected: Option<(usize, usize)>| {
            let expected = expected.map(|(start, end)| TextRange::from_usize(start, end));
            assert_eq!(edit.map_range(TextRange::from_usize(range.0, range.1)), expected, "{edit:?} {range:?}");
        };
        let insertion = edit(10, "", "xyz");
        check(&insertion, (0, 10), Some((0, 10)));
        check(&insertion, (10, 20), Some((13, 23)));
        check(&insertion, (5, 15), Some((5, 18)));
        check(&insertion, (10, 10), Some((10, 10)));
        let typo = edit(10, "ab", "xyz");
        check(&typo, (10, 12), Some((10, 13)));
        check(&typo, (5, 12), Some((5, 13)));
        check(&typo, (10, 20), Some((10, 21)));
        check(&typo, (11, 20), Some((13, 21)));
        check(&typo, (5, 11), Some((5, 10)));
        check(&typo, (12, 20), Some((13, 21)));
        let deletion = edit(10, "abc", "");
        check(&deletion, (10, 13), None);
        check(&deletion, (11, 12), None);
        check(&deletion, (5, 13), Some((5, 10)));
    }

    proptest! {
        #[test]
        fn edits_between_lead_from_old_to_new(
            old in "([ab]{1,3}|ä|\u{1F60A}| |\r\n|e\u{301}|ש){0,30}",
            new in "([ab]{1,3}|ä|\u{1F60A}| |\r\n|e\u{301}|ש){0,30}",
        ) {
            let mut text = old.clone();
            for edit in edits_between(&old, &new) {
                let next = edit.apply(&text).expect("the edit fits");
                prop_assert_eq!(edit.inverse().apply(&next), Some(text));
                text = next;
            }
            prop_assert_eq!(text, new);
        }
    }
}
