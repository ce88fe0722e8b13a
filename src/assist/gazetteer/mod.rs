//! Lists of names over text: the longest name at each place, in whole words, with the inflections and compounds of German.
//!
//! Names are kept as a tree whose edges are words, as hashes in one table. Most words of a text begin no name, and a small
//! set of bits says so by their first eight bytes, so that few words are hashed as a whole and looked up.

mod places;
mod words;

pub use places::{Place, PlaceKind};

use super::hash::{HashTable, mix};
use crate::{model::Name, text::TextRange};
use std::ops::Range;
use words::{Bits, is_word, word_hash, word_starts, words, words_from};

/// A name of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As it stands in texts.
    pub name: String,
    /// The usual name of what is named.
    pub usual: String,
    /// Which list it belongs to.
    pub list: Name,
}

/// How a name stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As the list has it.
    Exact,
    /// With the ending of a genitive: `Kursks`.
    Genitive,
    /// As a part of a compound with hyphens: the `Kursk` of `Kursk-Region`, the `US` of `US-Außenminister`.
    Compound,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The name with the ending of its inflection, without the rest of a compound.
    pub range: TextRange,
    /// The number of the entry, for [`Gazetteer::entry`].
    pub entry: u32,
    pub form: Form,
}

/// Names, ready to be found.
pub struct Gazetteer {
    // Invariant: an entry of a node is an index of `entries`.
    nodes: HashTable<Node>,
    /// With what the first words of names begin, see [`beginning`]: what begins otherwise begins no name.
    beginnings: Bits,
    entries: Vec<Entry>,
}

/// Words with which a name begins, or a whole name.
#[derive(Clone, Copy, Default)]
struct Node {
    /// The name that ends here.
    entry: Option<u32>,
    /// True if longer names begin so.
    goes_on: bool,
}

/// The hash of words and one more, `gap` bytes behind them.
fn extended(words: u64, gap: usize, word: u64) -> u64 {
    mix(words ^ gap as u64, word)
}

impl Gazetteer {
    /// Prepares `entries`; of several with the same name the first counts. Names without a letter or digit are left out.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut nodes: HashTable<Node> = HashTable::default();
        let mut beginnings = Bits::new(21);
        for (number, entry) in (0..).zip(&entries) {
            let bytes = entry.name.as_bytes();
            let mut last: Option<(u64, usize)> = None;
            for word in words(bytes) {
                let hash = word_hash(bytes.get(word.clone()).unwrap_or_default());
                let hash = match last {
                    Some((before, end)) => {
                        nodes.entry(before).or_default().goes_on = true;
                        extended(before, word.start - end, hash)
                    }
                    None => {
                        let name = bytes.get(word.clone()).unwrap_or_default();
                        beginnings.insert(beginning(name, &(0..name.len())));
                        // In the genitive it may begin otherwise.
                        if name.len() < 8 {
                            beginnings.insert(beginning(&[name, b"s"].concat(), &(0..name.len() + 1)));
                        }
                        hash
                    }
                };
                last = Some((hash, word.end));
            }
            if let Some((hash, _)) = last {
                nodes.entry(hash).or_default().entry.get_or_insert(number);
            }
        }
        Self { nodes, beginnings, entries }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of a hit.
    pub fn entry(&self, hit: Hit) -> Option<&Entry> {
        self.entries.get(hit.entry as usize)
    }

    /// All names in `text` that do not overlap, in order; of several at one place the longest. Linear in the length.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let bytes = text.as_bytes();
        let mut hits = Vec::new();
        let mut behind = 0;
        for (start, end) in word_starts(bytes) {
            if start < behind {
                continue;
            }
            let word = end.map(|end| start..end).or_else(|| words_from(bytes, start).next());
            let Some(word) = word else { break };
            if !self.beginnings.has(beginning(bytes, &word)) {
                continue;
            }
            let hash = word_hash(bytes.get(word.clone()).unwrap_or_default());
            let stem = stem(bytes, &word);
            if let Some(hit) = self.longest(bytes, word, hash, stem) {
                behind = hit.range.end().to_usize();
                hits.push(hit);
            }
        }
        hits
    }

    /// The longest name that begins with `word`, whose hash and that of its stem are given.
    fn longest(&self, bytes: &[u8], word: Range<usize>, hash: u64, stem: Option<u64>) -> Option<Hit> {
        let mut best = None;
        let (mut hash, mut stem, mut end) = (hash, stem, word.end);
        let mut rest = words_from(bytes, word.end);
        loop {
            let node = self.nodes.get(&hash).copied().unwrap_or_default();
            let inflected = || self.nodes.get(&stem?)?.entry;
            if let Some(entry) = node.entry {
                best = Some((end, entry, Form::Exact));
            } else if let Some(entry) = inflected() {
                best = Some((end, entry, Form::Genitive));
            }
            let Some(next) = rest.next().filter(|_| node.goes_on) else { break };
            let gap = next.start - end;
            stem = self::stem(bytes, &next).map(|word| extended(hash, gap, word));
            hash = extended(hash, gap, word_hash(bytes.get(next.clone()).unwrap_or_default()));
            end = next.end;
        }
        let (end, entry, form) = best?;
        let is_tied = is_tied(bytes, word.start, end);
        let form = if is_tied { Form::Compound } else { form };
        Some(Hit { range: TextRange::from_usize(word.start, end), entry, form })
    }
}

/// The first eight bytes of a word, or all of a shorter one, as a number that few others have.
fn beginning(bytes: &[u8], word: &Range<usize>) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let eight = match bytes.get(word.start..).and_then(<[u8]>::first_chunk) {
        Some(eight) => u64::from_le_bytes(*eight),
        // At the end of the text.
        None => {
            bytes.get(word.clone()).into_iter().flatten().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
        }
    };
    let missing = 8_usize.saturating_sub(word.len());
    (eight & u64::MAX >> (8 * missing)).wrapping_mul(FACTOR) >> 32
}

/// The hash of a word without the ending of its genitive, if it has one.
fn stem(bytes: &[u8], word: &Range<usize>) -> Option<u64> {
    match bytes.get(word.clone())? {
        [stem @ .., b's'] if stem.len() > 1 && !stem.ends_with(b"s") => Some(word_hash(stem)),
        _ => None,
    }
}

/// True if what stands from `start` to `end` is tied to another word by a hyphen.
fn is_tied(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_word = |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(|byte| is_word(*byte));
    let is_hyphen = |index: Option<usize>| index.and_then(|index| bytes.get(index)) == Some(&b'-');
    is_hyphen(Some(end)) && is_word(Some(end + 1)) || is_hyphen(start.checked_sub(1)) && is_word(start.checked_sub(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry { name: name.to_owned(), usual: name.to_owned(), list: "ORT".into() }
    }

    #[test]
    fn names_are_found_in_whole_words_with_their_inflections() {
        let names = [
            "Kursk",
            "US",
            "Kiel",
            "Frankfurt",
            "Frankfurt am Main",
            "Frankfurt (Oder)",
            "Rom",
            "São Paulo",
            "EU",
            "Ö",
            "A€",
        ];
        let gazetteer = Gazetteer::new(names.map(entry).to_vec());
        let check = |text: &str, expected: &[(&str, Form)]| {
            let hits = gazetteer.find(text);
            let found: Vec<_> = hits.iter().map(|hit| (hit.range.slice(text).unwrap_or("?"), hit.form)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("", &[]);
        check("Kursk", &[("Kursk", Form::Exact)]);
        check("Der Süden Kursks brennt.", &[("Kursks", Form::Genitive)]);
        check("In der Kursk-Region", &[("Kursk", Form::Compound)]);
        check("Der US-Außenminister", &[("US", Form::Compound)]);
        check("„Kiel“ – Rom,Kiel", &[("Kiel", Form::Exact), ("Rom", Form::Exact), ("Kiel", Form::Exact)]);
        check("Der Roman über Kieler Sprotten", &[]);
        check("in Frankfurt am Main", &[("Frankfurt am Main", Form::Exact)]);
        check("in Frankfurt am Mainufer", &[("Frankfurt", Form::Exact)]);
        check("Frankfurt (Oder) und São Paulo", &[("Frankfurt (Oder", Form::Exact), ("São Paulo", Form::Exact)]);
        check("die „EU“ und die EU–Staaten, der EU", &[("EU", Form::Exact); 3]);
        check("der Rat der EUs", &[("EUs", Form::Genitive)]);
        check("Ö“ A€ Ös", &[("Ö", Form::Exact), ("A€", Form::Exact), ("Ös", Form::Genitive)]);
        assert!(Gazetteer::new(Vec::new()).find("Kiel").is_empty());
    }
}
