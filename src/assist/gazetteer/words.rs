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
