//! What is known of 860,000 German word forms before any training: their Brown cluster, how frequent they are, and whether
//! they stand in a list of lemmas or of names of people.
//!
//! The table `assets/models/lexicon-de.bin` holds no words but fingerprints of 36 bits: 20 bits choose a bucket, 16 bits stand
//! in it. A word that is not in the table is taken for one that is once in 80,000 times.

use super::hash::hash_bytes;
use flate2::read::ZlibDecoder;
use std::{io::Read, sync::OnceLock};

const BUCKETS: usize = 1 << 20;

static GERMAN: &[u8] = include_bytes!("../../assets/models/lexicon-de.bin");

/// What is known of a word form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordFacts {
    /// The path in the tree of Brown clusters, first branch in the lowest bit; 0 if unknown.
    pub cluster: u32,
    /// Negative natural logarithm of the word's probability, minus 3, from 0 (frequent) to 15.
    pub rarity: u8,
    /// True for what a list of lemmas and their forms has: ordinary words, and some frequent names.
    pub is_lemma: bool,
    pub is_first_name: bool,
    pub is_last_name: bool,
}

/// A table of word forms.
pub struct Lexicon {
    // Invariant: `starts` has BUCKETS + 1 ascending entries, the last the length of the other three.
    starts: Vec<u32>,
    remainders: Vec<u16>,
    clusters: Vec<u32>,
    attributes: Vec<u8>,
}

impl Lexicon {
    /// The bundled table of German, read on first use: 55 ms in the example `assist_figures`, and 10 MB of tables.
    pub fn german() -> &'static Self {
        static TABLE: OnceLock<Lexicon> = OnceLock::new();
        TABLE.get_or_init(|| Self::read(GERMAN).unwrap_or_else(Self::empty))
    }

    /// Knows nothing: for languages without a table.
    pub fn empty() -> Self {
        Self { starts: Vec::new(), remainders: Vec::new(), clusters: Vec::new(), attributes: Vec::new() }
    }

    /// Number of word forms.
    pub fn len(&self) -> usize {
        self.remainders.len()
    }

    /// True for the table that knows nothing.
    pub fn is_empty(&self) -> bool {
        self.remainders.is_empty()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut data = Vec::new();
        ZlibDecoder::new(bytes.strip_prefix(b"GLEX1\n")?).read_to_end(&mut data).ok()?;
        let mut rest = data.as_slice();
        let mut take = |length: usize| -> Option<&[u8]> {
            let (head, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(head)
        };
        let number = |bytes: &[u8]| bytes.try_into().ok().map(u32::from_le_bytes);
        let count = number(take(4)?)? as usize;
        let paths = number(take(4)?)? as usize;
        let paths: Vec<u32> = take(paths.checked_mul(4)?)?.chunks_exact(4).filter_map(number).collect();
        let mut starts = Vec::with_capacity(BUCKETS + 1);
        let mut start = 0;
        for size in take(BUCKETS)? {
            starts.push(start);
            start += u32::from(*size);
        }
        starts.push(start);
        let join = |low: &[u8], high: &[u8]| -> Vec<u16> {
            low.iter().zip(high).map(|(low, high)| u16::from_le_bytes([*low, *high])).collect()
        };
        let remainders = join(take(count)?, take(count)?);
        let clusters = join(take(count)?, take(count)?);
        let clusters = clusters.into_iter().map(|index| paths.get(usize::from(index)).copied().unwrap_or(0)).collect();
        let attributes = take(count)?.to_vec();
        (start as usize == count).then_some(Self { starts, remainders, clusters, attributes })
    }

    /// What is known of `word`, as it is written; `None` if it is not in the table.
    pub fn get(&self, word: &str) -> Option<WordFacts> {
        let key = hash_bytes(word.as_bytes()) >> 28;
        let bucket = usize::try_from(key >> 16).ok()?;
        let remainder = (key & 0xFFFF) as u16;
        let start = *self.starts.get(bucket)? as usize;
        let end = *self.starts.get(bucket + 1)? as usize;
        let place = start + self.remainders.get(start..end)?.iter().position(|other| *other == remainder)?;
        let attributes = *self.attributes.get(place)?;
        Some(WordFacts {
            cluster: *self.clusters.get(place)?,
            rarity: attributes & 15,
            is_lemma: attributes & 0x10 != 0,
            is_first_name: attributes & 0x20 != 0,
            is_last_name: attributes & 0x40 != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_clusters_and_kinds() {
        let check = |word: &str, first_name: bool, lemma: bool| {
            let facts = Lexicon::german().get(word).unwrap_or_else(|| panic!("{word} is known"));
            assert_eq!((facts.is_first_name, facts.is_lemma), (first_name, lemma), "{word}");
        };
        // The list of lemmas has frequent first names too.
        check("Angela", true, true);
        check("Haus", false, true);
        check("Kursk", false, false);
        let cluster = |word: &str| Lexicon::german().get(word).map(|facts| facts.cluster);
        assert_eq!(cluster("Kursk"), cluster("Kiew"));
        assert_ne!(cluster("Kursk"), cluster("Haus"));
        assert_eq!(cluster("Xqyzztpf"), None);
        assert!(Lexicon::german().len() > 860_000);
        assert_eq!(Lexicon::empty().get("Haus"), None);
    }

    #[test]
    fn a_damaged_table_is_no_table() {
        assert!(Lexicon::read(b"").is_none());
        assert!(Lexicon::read(GERMAN.get(..1000).unwrap_or_default()).is_none());
    }
}
