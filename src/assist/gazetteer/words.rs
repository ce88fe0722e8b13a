//! Words of a text as bytes: where they are, and their hashes.
//!
//! A word is a run of ASCII letters and digits and of all other letters; quotation marks, dashes and spaces beyond ASCII
//! (U+0080 to U+00BF, U+2000 to U+203F) stand between words like those of ASCII.

use std::ops::Range;

/// What a byte is: between words, in a word, or the first of a character that may be either.
const BETWEEN: u8 = 0;
const WORD: u8 = 1;
const PERHAPS: u8 = 2;

#[expect(clippy::indexing_slicing, reason = "every byte has its place among 256, and the compiler looks")]
static KINDS: [u8; 256] = {
    let mut kinds = [BETWEEN; 256];
    let mut byte = 0_u8;
    loop {
        if byte.is_ascii_alphanumeric() || byte >= 0x80 {
            kinds[byte as usize] = WORD;
        }
        if byte == 0xC2 || byte == 0xE2 {
            kinds[byte as usize] = PERHAPS;
        }
        if byte == 255 {
            break kinds;
        }
        byte += 1;
    }
};

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(BETWEEN)
}

/// True if the byte may belong to a word.
pub(super) fn is_word(byte: u8) -> bool {
    kind(byte) != BETWEEN
}

/// Length in bytes of the mark that stands between words here; 0 if it is a letter.
fn mark(rest: &[u8]) -> usize {
    match rest {
        [0xC2, _, ..] => 2,
        [0xE2, 0x80, _, ..] => 3,
        _ => 0,
    }
}

/// The words of a text, in order.
pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    words_from(bytes, 0)
}

/// The words that begin at `start` or behind it.
pub(super) fn words_from(bytes: &[u8], start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    std::iter::from_fn(move || {
        // What stands before the word.
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            at += rest.iter().position(|byte| kind(*byte) != BETWEEN)?;
            match mark(bytes.get(at..).unwrap_or_default()) {
                0 => break,
                length => at += length,
            }
        }
        let start = at;
        loop {
            // The first byte is known to be of a letter.
            at += 1;
            let rest = bytes.get(at..).unwrap_or_default();
            at += rest.iter().position(|byte| kind(*byte) != WORD).unwrap_or(rest.len());
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.first().is_none_or(|byte| kind(*byte) == BETWEEN) || mark(rest) > 0 {
                return Some(start..at);
            }
        }
    })
}

/// Where words begin, in order: the starts of [`words`], 64 bytes at a time. With the end of the word where it lies among the same
/// 64 bytes.
pub(super) fn word_starts(bytes: &[u8]) -> impl Iterator<Item = (usize, Option<usize>)> {
    let (mut starts, mut of_words, mut base, mut next) = (0_u64, 0_u64, 0, 0);
    // Bytes of a mark that goes on in the next block; whether the last byte of the block before belongs to a word.
    let (mut rest_of_mark, mut within) = (0, 0_u64);
    std::iter::from_fn(move || {
        while starts == 0 {
            if next >= bytes.len() {
                return None;
            }
            let (mut word, perhaps) = kinds_of_block(bytes, next);
            word &= !((1 << rest_of_mark) - 1);
            rest_of_mark = 0;
            let mut marks = perhaps;
            while marks != 0 {
                let at = marks.trailing_zeros() as usize;
                marks &= marks - 1;
                let length = mark(bytes.get(next + at..).unwrap_or_default());
                word &= !(((1 << length) - 1) << at);
                rest_of_mark = rest_of_mark.max((at + length).saturating_sub(64));
            }
            starts = word & !(word << 1 | within);
            within = word >> 63;
            of_words = word;
            (base, next) = (next, next + 64);
        }
        let at = starts.trailing_zeros() as usize;
        starts &= starts - 1;
        let length = (!(of_words >> at)).trailing_zeros() as usize;
        let end = (at + length < 64).then_some(base + at + length);
        Some((base + at, end))
    })
}

/// Which of the 64 bytes from `start` on are no `BETWEEN`, and which are `PERHAPS`, as bits; the lowest is the first.
fn kinds_of_block(bytes: &[u8], start: usize) -> (u64, u64) {
    let rest = bytes.get(start..).unwrap_or_default();
    if let Some(block) = rest.first_chunk::<64>() {
        let (eights, _) = block.as_chunks::<8>();
        eights.iter().enumerate().fold((0, 0), |(word, perhaps), (number, eight)| {
            let (more, marks) = kinds_of_eight(u64::from_le_bytes(*eight));
            (word | more << (8 * number), perhaps | marks << (8 * number))
        })
    } else {
        rest.iter().enumerate().fold((0, 0), |(word, perhaps), (place, byte)| {
            let kind = kind(*byte);
            (word | u64::from(kind != BETWEEN) << place, perhaps | u64::from(kind == PERHAPS) << place)
        })
    }
}

/// The same for eight bytes at once; what is known of each stands in its highest bit until the bits are gathered.
fn kinds_of_eight(bytes: u64) -> (u64, u64) {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The highest bit of a byte becomes a bit of its place: each factor moves one of them there.
    let gathered = |bits: u64| ((bits & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let low = bytes & !HIGH;
    let at_least = |bytes: u64, value: u8| bytes + ONES * u64::from(0x80 - value);
    let digit = at_least(low, b'0') & !at_least(low, b'9' + 1);
    let small = low | (ONES * 0x20);
    let letter = at_least(small, b'a') & !at_least(small, b'z' + 1);
    // 0xC2 and 0xE2 differ in one bit, which is set here; zero bytes are what is left of them.
    let difference = (bytes | (ONES * 0x20)) ^ (ONES * 0xE2);
    let perhaps = !(((difference & !HIGH) + !HIGH) | difference);
    (gathered(digit | letter | bytes), gathered(perhaps))
}

/// A set of numbers in a table of bits, by their lowest bits: it may have more than was put in, never less.
pub(super) struct Bits {
    // Invariant: a power of two.
    table: Vec<u64>,
}

impl Bits {
    /// A set that tells `bits` bits of numbers apart, at least 6.
    pub(super) fn new(bits: u32) -> Self {
        Self { table: vec![0; 1 << bits.saturating_sub(6)] }
    }

    fn place(&self, number: u64) -> usize {
        usize::try_from(number / 64).unwrap_or(0) & (self.table.len() - 1)
    }

    pub(super) fn insert(&mut self, number: u64) {
        let place = self.place(number);
        if let Some(bits) = self.table.get_mut(place) {
            *bits |= 1 << (number % 64);
        }
    }

    pub(super) fn has(&self, number: u64) -> bool {
        self.table.get(self.place(number)).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }
}

/// The hash of a word, eight bytes at a time.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (chunks, rest) = word.as_chunks::<8>();
    let step = |value: u64, next: u64| {
        let product = (value ^ next).wrapping_mul(FACTOR);
        product ^ (product >> 29)
    };
    let value = chunks.iter().fold(word.len() as u64, |value, chunk| step(value, u64::from_le_bytes(*chunk)));
    let last = rest.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    step(step(value, last), FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::select};

    #[test]
    fn words_end_at_marks_of_every_kind() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = words(text.as_bytes()).filter_map(|word| text.get(word)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("", &[]);
        check("„Kiel“ – Rom,Ulm", &["Kiel", "Rom", "Ulm"]);
        check("»Łódź« in\u{a0}Köln…", &["Łódź", "in", "Köln"]);
        check("4. Mai, 3€", &["4", "Mai", "3€"]);
        check("😀😀", &["😀😀"]);
    }

    proptest! {
        #[test]
        fn starts_are_those_of_the_words(pieces in vec(select(vec![
            "a", "Zz", "09", "@[`{/:", " ", "ß", "„", "“", "–", "\u{a0}", "Łódź", "€", "‹", "😀", "wort", "     ", "\u{e2}", "\u{ffff}",
        ]), 0..200)) {
            let text = pieces.concat();
            let words: Vec<_> = words(text.as_bytes()).collect();
            let found: Vec<_> = word_starts(text.as_bytes()).collect();
            prop_assert_eq!(found.len(), words.len());
            for ((start, end), word) in found.into_iter().zip(words) {
                prop_assert_eq!(start, word.start);
                prop_assert!(end.is_none_or(|end| end == word.end), "{:?} {:?}", end, word);
                // It is told wherever the 64 bytes have it.
                prop_assert_eq!(end.is_some(), word.end % 64 != 0 && word.end / 64 == start / 64);
            }
        }
    }

    #[test]
    fn every_byte_has_the_same_kind_alone_and_among_eight() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let (word, perhaps) = kinds_of_eight(u64::from(byte) << (8 * place));
                let expected = (u64::from(kind(byte) != BETWEEN) << place, u64::from(kind(byte) == PERHAPS) << place);
                assert_eq!((word, perhaps), expected, "{byte:#x}");
            }
        }
    }

    #[test]
    fn hashes_differ_in_length_and_order() {
        let hashes = ["", "a", "b", "ab", "ba", "abcdefgh", "abcdefghi", "aabcdefgh", "\0", "\0\0"]
            .map(str::as_bytes)
            .map(word_hash);
        for (index, one) in hashes.iter().enumerate() {
            assert!(!hashes.iter().skip(index + 1).any(|other| one == other), "{index}");
        }
    }
}
