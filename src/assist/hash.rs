//! The hash of words: the same on every machine and in `assets/models/build_tables.py`, since tables on disk count on it.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// FNV-1a over the bytes, then mixed so that the upper bits are as good as the lower ones.
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut value: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in bytes {
        value = (value ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    value ^= value >> 32;
    value = value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^ (value >> 29)
}

/// Two hashes made one; the order counts.
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    let value = (one ^ other.rotate_left(31)).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(other);
    value ^ (value >> 32)
}

/// For tables whose keys are hashes already.
#[derive(Clone, Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mix(self.0, u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A table by hashes.
pub(crate) type HashTable<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// Pseudo-random numbers for shuffling (SplitMix64): deterministic, not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// A number below `limit`, 0 if `limit` is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = limit as u64;
        if limit == 0 { 0 } else { usize::try_from(self.next() % limit).unwrap_or(0) }
    }

    /// Fisher-Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.below(end + 1);
            items.swap(end, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_tables_on_disk() {
        let check = |word: &str, expected: u64| assert_eq!(hash_bytes(word.as_bytes()), expected, "{word}");
        check("", 0x8570_E250_FE4C_2473);
        check("Straße", 0x3BB2_7977_1FD1_0EB2);
    }
}
