//! Lists of names over text: the longest name at each place, in whole words, with the inflections and compounds of German.

mod places;

pub use places::{Place, PlaceKind};

use crate::{model::Name, text::TextRange};
use daachorse::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder, MatchKind};
use std::collections::HashMap;

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
    // Invariant: a value of the automaton, and of `by_name`, is an index of `entries`.
    automaton: Option<DoubleArrayAhoCorasick<u32>>,
    by_name: HashMap<Vec<u8>, u32>,
    entries: Vec<Entry>,
}

impl Gazetteer {
    /// Prepares `entries`; of several with the same name the first counts. Names without a letter or digit are left out.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut patterns: Vec<(Vec<u8>, u32)> = Vec::new();
        let mut by_name = HashMap::new();
        for (number, entry) in (0..).zip(&entries) {
            let name = mask(entry.name.trim());
            let name = name.trim_ascii();
            if name.is_empty() || by_name.contains_key(name) {
                continue;
            }
            by_name.insert(name.to_vec(), number);
            let mut pattern = Vec::with_capacity(name.len() + 1);
            pattern.push(b' ');
            pattern.extend_from_slice(name);
            patterns.push((pattern, number));
        }
        let builder = DoubleArrayAhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest);
        let automaton = if patterns.is_empty() { None } else { builder.build_with_values(patterns).ok() };
        Self { automaton, by_name, entries }
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
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let masked = mask(text);
        let mut hits = Vec::new();
        for found in automaton.leftmost_find_iter(&masked) {
            // A position in the masked text is one more than in the text; the pattern begins with the space before it.
            let hit = self.settle(&masked, text, found.start() + 1, found.end(), found.value());
            hits.extend(hit);
        }
        hits
    }

    /// Looks at what stands behind a match, and takes fewer words if it does not end with a word.
    fn settle(&self, masked: &[u8], text: &str, start: usize, mut end: usize, mut entry: u32) -> Option<Hit> {
        loop {
            if let Some((form, end)) = ending(masked, text, start, end) {
                return Some(Hit { range: TextRange::from_usize(start - 1, end - 1), entry, form });
            }
            loop {
                end = start + masked.get(start..end)?.iter().rposition(|byte| *byte == b' ')?;
                let name = masked.get(start..end)?.trim_ascii_end();
                if let Some(number) = self.by_name.get(name) {
                    (entry, end) = (*number, start + name.len());
                    break;
                }
            }
        }
    }
}

/// How the word that was matched up to `end` ends, and where with its ending; `None` if it is another word.
fn ending(masked: &[u8], text: &str, start: usize, end: usize) -> Option<(Form, usize)> {
    let at = |index: usize| masked.get(index).copied().unwrap_or(b' ');
    let byte =
        |index: usize| index.checked_sub(1).and_then(|index| text.as_bytes().get(index)).copied().unwrap_or(b' ');
    let (form, end) = match at(end) {
        b' ' => (Form::Exact, end),
        b's' if at(end + 1) == b' ' && at(end - 1) != b's' => (Form::Genitive, end + 1),
        _ => return None,
    };
    let tied =
        (byte(end) == b'-' && at(end + 1) != b' ') || (byte(start - 1) == b'-' && start > 2 && at(start - 2) != b' ');
    Some(if tied { (Form::Compound, end) } else { (form, end) })
}

/// The bytes with a space before them, and a space for every byte that belongs to no word.
fn mask(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut masked = Vec::with_capacity(bytes.len() + 1);
    masked.push(b' ');
    masked.extend(bytes.iter().map(|byte| if byte.is_ascii_alphanumeric() || *byte >= 0x80 { *byte } else { b' ' }));
    // Quotation marks, dashes and the like: U+0080 to U+00BF, U+2000 to U+203F.
    let mut index = 1;
    while let Some(rest) = masked.get_mut(index..) {
        let Some(step) = rest.iter().position(|byte| matches!(byte, 0xC2 | 0xE2)) else { break };
        let Some(mark) = rest.get_mut(step..) else { break };
        match mark {
            [first @ 0xC2, second, ..] => (*first, *second) = (b' ', b' '),
            [first @ 0xE2, second @ 0x80, third, ..] => (*first, *second, *third) = (b' ', b' ', b' '),
            _ => {}
        }
        index += step + 1;
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry { name: name.to_owned(), usual: name.to_owned(), list: "ORT".into() }
    }

    #[test]
    fn names_are_found_in_whole_words_with_their_inflections() {
        let names = ["Kursk", "US", "Kiel", "Frankfurt", "Frankfurt am Main", "Frankfurt (Oder)", "Rom", "São Paulo"];
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
        assert!(Gazetteer::new(Vec::new()).find("Kiel").is_empty());
    }
}
