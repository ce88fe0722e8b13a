//! Offsets from other programs: which unit they count in, and where a span is when its offsets are wrong.
//!
//! No offset is trusted. Where a file repeats the covered text, that text proves the offsets: the unit that fits most
//! spans of a record is taken for the whole record, and a span that does not fit is moved only if exactly one place
//! nearby has its text.

use crate::{
    model::Fragments,
    text::{ByteOffset, OffsetTable, TextRange, segment::next_grapheme},
};
use std::cell::OnceCell;

/// How far from its stated place, in bytes, a span is looked for.
const REACH: usize = 200;
/// How far, in code points, the pieces of a discontinuous span are moved together.
const SHIFT: i64 = 64;

/// What other programs count text in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Unicode code points, as Python counts.
    #[default]
    CodePoint,
    /// UTF-16 code units, as JavaScript and Java count.
    Utf16,
    /// Bytes of UTF-8.
    Byte,
    /// Extended grapheme clusters of UAX 29: what a reader takes for one character.
    Grapheme,
}

impl Unit {
    /// Those that are tried where a file shows that it counts otherwise than it should. Grapheme clusters are used only by a
    /// few programs, and would explain line ends of two characters as well.
    pub const USUAL: [Self; 3] = [Self::CodePoint, Self::Utf16, Self::Byte];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodePoint => "code_point",
            Self::Utf16 => "utf16",
            Self::Byte => "byte",
            Self::Grapheme => "grapheme",
        }
    }

    /// The unit that a file names, in any usual spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: String = text.chars().filter(|char| char.is_ascii_alphanumeric()).collect();
        match letters.to_ascii_lowercase().as_str() {
            "codepoint" | "codepoints" | "char" | "chars" | "character" | "characters" | "unicode" => {
                Some(Self::CodePoint)
            }
            "utf16" | "utf16unit" | "utf16units" | "utf16codeunit" | "utf16codeunits" => Some(Self::Utf16),
            "byte" | "bytes" | "utf8" => Some(Self::Byte),
            "grapheme" | "graphemes" | "graphemecluster" | "graphemeclusters" => Some(Self::Grapheme),
            _ => None,
        }
    }

    /// The unit in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::CodePoint => "code points",
            Self::Utf16 => "UTF-16 units",
            Self::Byte => "bytes",
            Self::Grapheme => "grapheme clusters",
        }
    }
}

/// A place that a file states for a span.
#[derive(Clone, Debug, Default)]
pub struct Claim<'a> {
    /// Start and end of each piece, in the unit of the file.
    pub pieces: Vec<(u64, u64)>,
    /// The covered text as the file repeats it, pieces joined with one space.
    pub surface: Option<&'a str>,
}

/// What became of a [`Claim`].
#[derive(Clone, Debug, PartialEq)]
pub enum Anchored {
    /// The offsets are right, or nothing speaks against them.
    Exact(Fragments),
    /// The covered text stands at one other place nearby.
    Moved(Fragments),
    /// The offsets lie outside the text or split a character, or the text there is another one.
    Nowhere,
}

/// A text in which spans are placed.
#[derive(Clone, Debug)]
pub struct Anchors<'a> {
    text: &'a str,
    table: OffsetTable,
    /// Where grapheme clusters begin, and the end of the text; made when it is asked for.
    graphemes: OnceCell<Vec<u32>>,
}

impl<'a> Anchors<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, table: OffsetTable::new(text), graphemes: OnceCell::new() }
    }

    /// The byte offset of position `count` in `unit`; `None` outside the text or inside a character.
    pub fn offset(&self, unit: Unit, count: u64) -> Option<ByteOffset> {
        let count = u32::try_from(count).ok()?;
        match unit {
            Unit::CodePoint => self.table.byte_from_code_point(self.text, count),
            Unit::Utf16 => self.table.byte_from_utf16(self.text, count),
            Unit::Byte => {
                let offset = ByteOffset(count);
                self.text.is_char_boundary(offset.to_usize()).then_some(offset)
            }
            Unit::Grapheme => {
                let starts = self.graphemes.get_or_init(|| grapheme_starts(self.text));
                starts.get(count as usize).copied().map(ByteOffset)
            }
        }
    }

    /// The stretch from `start` to `end` in `unit`; `None` if it is not one of the text.
    pub fn range(&self, unit: Unit, start: u64, end: u64) -> Option<TextRange> {
        let (start, end) = (self.offset(unit, start)?, self.offset(unit, end)?);
        (start <= end).then(|| TextRange::new(start, end))
    }

    /// The unit that places most of the claims on their text; `stated` if none does better.
    pub fn choose_unit(&self, stated: Unit, claims: &[Claim<'_>]) -> Unit {
        let wanted = claims.iter().filter(|claim| claim.surface.is_some()).count();
        let mut best = (stated, self.proven(stated, claims));
        for unit in Unit::USUAL {
            if best.1 < wanted && unit != stated {
                let count = self.proven(unit, claims);
                if count > best.1 {
                    best = (unit, count);
                }
            }
        }
        best.0
    }

    /// The unit as [`Anchors::choose_unit`] chooses it, and the places of the claims in it.
    pub fn place_all(&self, stated: Unit, claims: &[Claim<'_>]) -> (Unit, Vec<Anchored>) {
        // Nearly always all of them are right, and need to be looked at once.
        let all: Option<Vec<_>> = claims.iter().map(|claim| self.exact(stated, claim).map(Anchored::Exact)).collect();
        if let Some(all) = all {
            return (stated, all);
        }
        let unit = self.choose_unit(stated, claims);
        (unit, claims.iter().map(|claim| self.place(unit, claim)).collect())
    }

    /// How many of the claims that repeat their text are right in `unit`.
    pub fn proven(&self, unit: Unit, claims: &[Claim<'_>]) -> usize {
        let fits = |claim: &&Claim<'_>| claim.surface.is_some() && self.exact(unit, claim).is_some();
        claims.iter().filter(fits).count()
    }

    /// The place of a claim.
    pub fn place(&self, unit: Unit, claim: &Claim<'_>) -> Anchored {
        if let Some(fragments) = self.exact(unit, claim) {
            return Anchored::Exact(fragments);
        }
        let moved = claim.surface.filter(|surface| !surface.is_empty()).and_then(|surface| match &*claim.pieces {
            [] => None,
            [(start, _)] => self.only_occurrence(self.nearest(unit, *start), surface),
            _ => self.only_shift(unit, claim),
        });
        moved.map_or(Anchored::Nowhere, Anchored::Moved)
    }

    fn exact(&self, unit: Unit, claim: &Claim<'_>) -> Option<Fragments> {
        // Nearly all spans have one piece.
        if let [(start, end)] = *claim.pieces {
            let range = self.range(unit, start, end)?;
            let words = range.slice(self.text);
            let fits = claim.surface.is_none_or(|surface| words.is_some_and(|words| same_words(words, surface)));
            return fits.then(|| Fragments::one(range));
        }
        let ranges: Option<Vec<_>> = claim.pieces.iter().map(|(start, end)| self.range(unit, *start, *end)).collect();
        let ranges = ranges?;
        if let Some(surface) = claim.surface {
            let slices: Option<Vec<_>> = ranges.iter().map(|range| range.slice(self.text)).collect();
            if !same_words(&slices?.join(" "), surface) {
                return None;
            }
        }
        Fragments::new(ranges)
    }

    /// Where a claim that can not be placed says that it begins, or the next place that the text has.
    pub fn near(&self, unit: Unit, claim: &Claim<'_>) -> ByteOffset {
        let start = claim.pieces.first().map_or(0, |(start, _)| *start);
        ByteOffset::from_usize(self.nearest(unit, start))
    }

    /// The byte offset for a position that may be out of bounds or inside a character.
    fn nearest(&self, unit: Unit, count: u64) -> usize {
        let found = self.offset(unit, count).or_else(|| self.offset(unit, count.saturating_sub(1)));
        found.map_or(self.text.len(), ByteOffset::to_usize)
    }

    fn only_occurrence(&self, near: usize, surface: &str) -> Option<Fragments> {
        let from = self.text.floor_char_boundary(near.saturating_sub(REACH));
        let to = self.text.ceil_char_boundary(near.saturating_add(REACH).saturating_add(surface.len()));
        let window = self.text.get(from..to)?;
        let first = window.find(surface)?;
        let next = first + surface.chars().next().map_or(1, char::len_utf8);
        if window.get(next..)?.contains(surface) {
            return None;
        }
        let start = from + first;
        Some(Fragments::one(TextRange::from_usize(start, start + surface.len())))
    }

    fn only_shift(&self, unit: Unit, claim: &Claim<'_>) -> Option<Fragments> {
        let mut found = None;
        for shift in -SHIFT..=SHIFT {
            let moved = |count: u64| count.checked_add_signed(shift);
            let pieces: Option<Vec<_>> =
                claim.pieces.iter().map(|(start, end)| Some((moved(*start)?, moved(*end)?))).collect();
            let Some(pieces) = pieces else { continue };
            if let Some(fragments) = self.exact(unit, &Claim { pieces, surface: claim.surface })
                && found.replace(fragments).is_some()
            {
                return None;
            }
        }
        found
    }
}

/// True if the two differ at most in which white space stands where white space stands.
fn same_words(one: &str, other: &str) -> bool {
    one == other || spaces_as_one(one).eq(spaces_as_one(other))
}

fn spaces_as_one(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut after_space = false;
    text.chars().filter_map(move |char| {
        let is_space = char.is_whitespace();
        let repeated = is_space && after_space;
        after_space = is_space;
        (!repeated).then_some(if is_space { ' ' } else { char })
    })
}

/// Where grapheme clusters begin, and the end of the text.
fn grapheme_starts(text: &str) -> Vec<u32> {
    let mut starts = vec![0];
    let mut at = ByteOffset(0);
    while at.to_usize() < text.len() {
        at = next_grapheme(text, at);
        starts.push(at.0);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{1F60A} Grüße aus Köln, Köln am Rhein\r\nund Bonn";

    #[test]
    fn claims_find_their_place() {
        let check = |pieces: &[(u64, u64)], surface: Option<&str>, expected: Option<(&str, bool)>| {
            let anchors = Anchors::new(TEXT);
            let claim = Claim { pieces: pieces.to_vec(), surface };
            let found = match anchors.place(Unit::CodePoint, &claim) {
                Anchored::Exact(fragments) => Some((fragments.surface(TEXT), false)),
                Anchored::Moved(fragments) => Some((fragments.surface(TEXT), true)),
                Anchored::Nowhere => None,
            };
            let expected = expected.map(|(surface, moved)| (surface.to_owned(), moved));
            assert_eq!(found, expected, "{pieces:?} {surface:?}");
        };
        check(&[(2, 7)], Some("Grüße"), Some(("Grüße", false)));
        check(&[(2, 7)], None, Some(("Grüße", false)));
        check(&[(3, 8)], Some("Grüße"), Some(("Grüße", true)));
        check(&[(2, 7), (12, 16)], Some("Grüße Köln"), Some(("Grüße Köln", false)));
        check(&[(3, 8), (13, 17)], Some("Grüße Köln"), Some(("Grüße Köln", true)));
        // White space may have been changed on the way.
        check(&[(26, 36)], Some("Rhein und"), Some(("Rhein\r\nund", false)));
        // Two places have it.
        check(&[(0, 4)], Some("Köln"), None);
        check(&[(2, 7)], Some("Berlin"), None);
        check(&[(7, 2)], None, None);
        check(&[(2, 99_999)], None, None);
        check(&[(u64::MAX, u64::MAX)], Some("Grüße"), Some(("Grüße", true)));
        check(&[], Some("Grüße"), None);
    }

    #[test]
    fn the_unit_is_proven_by_the_text() {
        let check = |pieces: (u64, u64), expected| {
            let claims = [Claim { pieces: vec![pieces], surface: Some("Köln am") }];
            let anchors = Anchors::new(TEXT);
            assert_eq!(anchors.choose_unit(Unit::CodePoint, &claims), expected);
            let places: Vec<_> = claims.iter().map(|claim| anchors.place(expected, claim)).collect();
            assert_eq!(anchors.place_all(Unit::CodePoint, &claims), (expected, places));
        };
        check((18, 25), Unit::CodePoint);
        check((19, 26), Unit::Utf16);
        check((24, 32), Unit::Byte);
        check((3, 10), Unit::CodePoint);
    }
}
