//! How spaCy numbers strings: a fixed number for the names that it knows, a hash for all others.

use super::symbols::SYMBOLS;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};

/// The number of a string; 0 for the empty one.
pub(super) fn number(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let symbol = SYMBOLS.binary_search_by(|(name, _)| (*name).cmp(text)).ok();
    symbol.and_then(|index| SYMBOLS.get(index)).map_or_else(|| hash(text.as_bytes()), |(_, number)| u64::from(*number))
}

/// MurmurHash64A with seed 1.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    let mut hash = 1 ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut word = u64::from_le_bytes(*word).wrapping_mul(FACTOR);
        word ^= word >> SHIFT;
        hash = (hash ^ word.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        for (index, byte) in (0u32..).zip(rest) {
            hash ^= u64::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(FACTOR);
    }
    hash ^= hash >> SHIFT;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> SHIFT)
}

/// The strings of a file, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Strings {
    by_number: HashMap<u64, String, RandomState>,
    /// Those that stand in the file.
    stated: Vec<String>,
}

impl Strings {
    pub(super) fn new(stated: Vec<String>) -> Self {
        let known = SYMBOLS.iter().map(|(name, _)| *name).chain([""]);
        let all = known.chain(stated.iter().map(String::as_str)).map(|text| (number(text), text.to_owned()));
        Self { by_number: all.collect(), stated }
    }

    pub(super) fn stated(&self) -> &[String] {
        &self.stated
    }

    pub(super) fn get(&self, number: u64) -> Option<&str> {
        self.by_number.get(&number).map(String::as_str)
    }
}

/// Strings that are to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct NewStrings {
    texts: BTreeSet<String>,
}

impl NewStrings {
    /// The number of a string, which is written.
    pub(super) fn add(&mut self, text: &str) -> u64 {
        if !self.texts.contains(text) {
            self.texts.insert(text.to_owned());
        }
        number(text)
    }

    /// In the order in which spaCy writes them.
    pub(super) fn into_sorted(self) -> impl Iterator<Item = String> {
        self.texts.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_numbers_of_spacy() {
        for (text, expected) in [
            ("", 0),
            ("PERSON", 380),
            ("ORG", 383),
            ("X", 101),
            ("coffee", 3_197_928_453_018_144_401),
            ("Anna", 10_846_488_766_732_760_801),
            ("Täter Gruppe", 13_631_046_378_323_298_341),
            ("\u{1F600} zwölf Zeichen", 11_328_653_113_598_465_291),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
        assert!(SYMBOLS.is_sorted_by(|one, other| one.0 < other.0));
    }
}
