//! Features of tokens, as numbers of rows in the table of weights.
//!
//! What is known of a word form alone is computed once for each form of a text; what stands around a token is made of those
//! hashes by mixing, without touching letters again.

use super::example::Example;
use crate::assist::{
    gazetteer::Gazetteer,
    hash::{hash_bytes, mix},
    lexicon::{Lexicon, WordFacts},
};
use std::{collections::HashMap, ops::Range};

/// What features are made with.
#[derive(Clone, Copy)]
pub(super) struct Resources {
    pub lexicon: Option<&'static Lexicon>,
    pub places: Option<&'static Gazetteer>,
}

/// Features of all tokens of a text: hashes, not yet cut to the size of a table.
pub(super) struct Features {
    // Invariant: `starts` has one more entry than there are tokens.
    starts: Vec<u32>,
    hashes: Vec<u32>,
}

impl Features {
    /// The hashes of a token's features.
    pub(super) fn of(&self, token: usize) -> &[u32] {
        let start = self.starts.get(token).map_or(0, |start| *start as usize);
        let end = self.starts.get(token + 1).map_or(start, |end| *end as usize);
        self.hashes.get(start..end).unwrap_or_default()
    }
}

/// What is known of a word form by itself.
#[derive(Clone, Default)]
struct Form {
    /// Features of the token itself.
    own: Vec<u64>,
    low: u64,
    shape: u64,
    /// Clusters by the first 4, 6, 8, 10 bits and all of it.
    clusters: [u64; 5],
    suffix: u64,
    kind: u64,
    is_capital: bool,
}

struct Salted;

impl Salted {
    const fn of(kind: u64) -> u64 {
        kind.wrapping_mul(0xA24B_AED4_963E_E407)
    }
}

fn tagged(kind: u64, value: u64) -> u64 {
    mix(Salted::of(kind), value)
}

fn text_hash(kind: u64, text: &str) -> u64 {
    mix(Salted::of(kind), hash_bytes(text.as_bytes()))
}

/// Capital, small, digit and other as letters; `short` joins runs.
fn shape(word: &str, short: bool) -> u64 {
    let mut value = 7;
    let mut last = 0;
    for (count, char) in word.chars().enumerate() {
        let kind = match char {
            'a'..='z' => 1,
            'A'..='Z' => 2,
            '0'..='9' => 3,
            '-' => 4,
            '.' => 5,
            '\'' | '’' => 6,
            _ if char.is_lowercase() => 1,
            _ if char.is_uppercase() => 2,
            _ if char.is_alphabetic() => 7,
            _ if char.is_numeric() => 3,
            _ => 8 + u64::from(u32::from(char) % 61),
        };
        // Runs of four and more are alike.
        if (short && kind == last) || count > 24 {
            continue;
        }
        last = kind;
        value = mix(value, kind);
    }
    value
}

/// The longest end of a word that is a word of its own, with a capital put before it: `Verein` of `Schachverein`.
fn tail(word: &str, lexicon: &Lexicon) -> Option<WordFacts> {
    let mut buffer = String::new();
    for (index, char) in word.char_indices().skip(2).take(20) {
        let rest = word.get(index..).unwrap_or_default();
        if rest.len() < 4 {
            break;
        }
        if !char.is_lowercase() && char != '-' {
            continue;
        }
        buffer.clear();
        let mut chars = rest.trim_start_matches('-').chars();
        buffer.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        buffer.push_str(chars.as_str());
        if let Some(facts) = lexicon.get(&buffer) {
            return Some(facts);
        }
    }
    None
}

/// Most pieces of one length that are features of a word; there are words of thousands of letters.
const MOST_PIECES: usize = 24;

fn form(word: &str, lexicon: Option<&Lexicon>) -> Form {
    let lower = word.to_lowercase();
    let facts = lexicon.and_then(|lexicon| lexicon.get(word));
    let lower_facts = lexicon.filter(|_| lower != word).and_then(|lexicon| lexicon.get(&lower));
    let known = facts.or(lower_facts).unwrap_or_default();
    let mut own = Vec::with_capacity(40);
    let (long, short) = (shape(word, false), shape(word, true));
    let low = hash_bytes(lower.as_bytes());
    own.extend([text_hash(1, word), tagged(2, low), tagged(3, long), tagged(4, short)]);
    let ends: Vec<usize> = lower.char_indices().map(|(index, _)| index).chain([lower.len()]).collect();
    let mut suffix = 0;
    for length in 1..=5 {
        if let Some(end) = ends.get(length) {
            own.push(text_hash(10 + length as u64, lower.get(..*end).unwrap_or_default()));
        }
        if let Some(start) = ends.len().checked_sub(length + 1).and_then(|index| ends.get(index)) {
            let hash = text_hash(20 + length as u64, lower.get(*start..).unwrap_or_default());
            own.push(hash);
            if length <= 3 {
                suffix = hash;
            }
        }
    }
    let cluster = u64::from(known.cluster);
    let prefix = |bits: u32| mix(u64::from(bits), cluster & ((1 << bits) - 1));
    let clusters = [prefix(4), prefix(6), prefix(8), prefix(10), mix(99, cluster)];
    let is_capital = word.chars().next().is_some_and(char::is_uppercase);
    if lexicon.is_some() {
        own.extend([4, 6, 8, 10, 12, 14].map(|bits| tagged(30, prefix(bits))));
        own.push(tagged(31, clusters[4]));
        own.push(tagged(32, mix(short, clusters[2])));
        own.push(tagged(33, mix(short, u64::from(facts.map_or(16, |facts| facts.rarity)))));
        // How much more frequent the word is in small letters than as it stands.
        let small = lower_facts.map_or(20, |small| u64::from(small.rarity));
        let here = facts.map_or(16, |facts| u64::from(facts.rarity));
        own.push(tagged(34, mix(short, (small + 16).saturating_sub(here).min(30))));
        if facts.is_none() && is_capital {
            if let Some(tail) = lexicon.and_then(|lexicon| tail(word, lexicon)) {
                let cluster = u64::from(tail.cluster);
                own.extend([8, 12, 17].map(|bits| tagged(35 + bits, cluster & ((1 << bits) - 1))));
            } else {
                own.push(tagged(60, short));
            }
        }
    }
    let kind = u64::from(facts.is_some_and(|facts| facts.is_lemma))
        | u64::from(facts.is_some_and(|facts| facts.is_first_name)) << 1
        | u64::from(facts.is_some_and(|facts| facts.is_last_name)) << 2
        | u64::from(is_capital) << 3;
    own.push(tagged(61, kind));
    if is_capital {
        // Pieces of names: the beginning and the end have features of their own.
        for length in [3_usize, 4] {
            for (from, to) in ends.iter().skip(1).zip(ends.iter().skip(1 + length)).take(MOST_PIECES) {
                own.push(text_hash(65, lower.get(*from..*to).unwrap_or_default()));
            }
        }
    }
    if let Some((_, last)) = word.rsplit_once('-') {
        own.push(text_hash(62, last));
        if let Some(facts) = lexicon.and_then(|lexicon| lexicon.get(last)) {
            own.push(tagged(63, u64::from(facts.cluster)));
        }
        if let Some((first, _)) = word.split_once('-') {
            own.push(text_hash(64, first));
        }
    }
    Form { own, low, shape: short, clusters, suffix, kind, is_capital }
}

/// Computes the features of all tokens.
pub(super) fn features(example: &Example, resources: Resources) -> Features {
    let text = example.text();
    let mut forms: Vec<Form> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut words = Vec::with_capacity(example.tokens().len());
    for token in example.tokens() {
        let word = token.slice(text).unwrap_or_default();
        let number = *numbers.entry(word).or_insert_with(|| {
            forms.push(form(word, resources.lexicon));
            forms.len() - 1
        });
        words.push(number);
    }
    // Forms that stand capitalized inside a sentence somewhere in the text.
    let mut inside = vec![0_u8; forms.len()];
    for sentence in example.sentences() {
        for number in words.get(sentence.clone()).unwrap_or_default().iter().skip(1) {
            if let Some(count) = inside.get_mut(*number) {
                *count = count.saturating_add(1);
            }
        }
    }
    let known = known(example, resources);
    let mut features = Features { starts: vec![0], hashes: Vec::with_capacity(words.len() * 80) };
    let edge = Form { low: 1, shape: 2, suffix: 3, kind: 99, ..Form::default() };
    for sentence in example.sentences() {
        for at in sentence.clone() {
            let around = |offset: isize| -> &Form {
                at.checked_add_signed(offset)
                    .filter(|index| sentence.contains(index))
                    .and_then(|index| words.get(index))
                    .and_then(|number| forms.get(*number))
                    .unwrap_or(&edge)
            };
            let hints = |offset: isize| -> &[u64] {
                let index = at.checked_add_signed(offset).filter(|index| sentence.contains(index));
                index.and_then(|index| known.get(index)).map_or(&[], Vec::as_slice)
            };
            let count = words.get(at).and_then(|number| inside.get(*number)).copied().unwrap_or(0);
            token_features(&around, &hints, at == sentence.start, count, &mut features.hashes);
            features.starts.push(u32::try_from(features.hashes.len()).unwrap_or(u32::MAX));
        }
    }
    features
}

/// What lists and hints say of each token.
fn known(example: &Example, resources: Resources) -> Vec<Vec<u64>> {
    let mut known = vec![Vec::new(); example.tokens().len()];
    let mut add = |range: Range<usize>, key: u64| {
        for index in range.clone() {
            let part = u64::from(index == range.start) + 2 * u64::from(index + 1 == range.end);
            if let Some(list) = known.get_mut(index) {
                list.push(mix(key, part));
            }
        }
    };
    if let Some(places) = resources.places {
        for hit in places.find(example.text()) {
            if let Some(entry) = places.entry(hit) {
                add(example.tokens_of(hit.range), mix(hash_bytes(entry.list.as_bytes()), hit.form as u64));
            }
        }
    }
    for hint in &example.hints {
        add(example.tokens_of(hint.range), mix(77, hash_bytes(hint.key.as_bytes())));
    }
    known
}

/// Features of the run of capitalized words in which a token stands: `Universität Heidelberg` tells by its first word.
fn run_features<'a>(around: &dyn Fn(isize) -> &'a Form, push: &mut dyn FnMut(u64)) {
    let (mut left, mut right) = (0, 0);
    while left > -6 && around(left - 1).is_capital {
        left -= 1;
    }
    while right < 6 && around(right + 1).is_capital {
        right += 1;
    }
    push(tagged(270, mix(left.unsigned_abs() as u64, right.unsigned_abs() as u64)));
    if left < 0 || right > 0 {
        let (first, last) = (around(left), around(right));
        push(tagged(271, first.low));
        push(tagged(272, last.low));
        push(tagged(273, mix(1 + u64::from(left == 0), first.clusters[2])));
        push(tagged(274, mix(1 + u64::from(right == 0), last.clusters[2])));
        push(tagged(275, mix(first.kind, last.kind)));
        push(tagged(280, mix(first.clusters[1], last.clusters[1])));
        for at in left..=right {
            push(tagged(276, around(at).low));
            push(tagged(277, around(at).clusters[3]));
        }
    }
    for (salt, outside) in [(278, around(left - 1)), (279, around(right + 1))] {
        push(tagged(salt, outside.low));
        push(tagged(salt + 4, outside.clusters[3]));
    }
}

/// Features of one token from what is known of the forms around it.
fn token_features<'a>(
    around: &dyn Fn(isize) -> &'a Form,
    hints: &dyn Fn(isize) -> &'a [u64],
    is_first: bool,
    inside: u8,
    hashes: &mut Vec<u32>,
) {
    let (before, here, after) = (around(-1), around(0), around(1));
    let mut push = |hash: u64| hashes.push((hash >> 20) as u32);
    push(Salted::of(100));
    here.own.iter().for_each(|hash| push(*hash));
    for (salt, form) in [(110, before), (130, after)] {
        push(tagged(salt, form.low));
        push(tagged(salt + 1, form.shape));
        push(tagged(salt + 2, form.suffix));
        push(tagged(salt + 3, form.kind));
        for (index, cluster) in (0..).zip(form.clusters) {
            push(tagged(salt + 4 + index, cluster));
        }
    }
    for (salt, form) in [(150, around(-2)), (160, around(2))] {
        push(tagged(salt, form.low));
        push(tagged(salt + 1, form.shape));
        push(tagged(salt + 2, form.clusters[2]));
        push(tagged(salt + 3, form.clusters[4]));
    }
    push(tagged(170, mix(before.low, here.low)));
    push(tagged(171, mix(here.low, after.low)));
    push(tagged(172, mix(before.shape, here.shape)));
    push(tagged(173, mix(here.shape, after.shape)));
    push(tagged(174, mix(before.clusters[2], here.clusters[2])));
    push(tagged(175, mix(here.clusters[2], after.clusters[2])));
    push(tagged(176, mix(before.clusters[4], here.shape)));
    push(tagged(177, mix(here.shape, after.clusters[4])));
    push(tagged(178, mix(before.kind, mix(here.kind, after.kind))));
    push(tagged(179, mix(before.clusters[1], after.clusters[1])));
    push(tagged(180, mix(here.clusters[1], mix(before.clusters[0], after.clusters[0]))));
    push(tagged(181, mix(u64::from(is_first), mix(here.shape, here.kind))));
    if here.is_capital {
        push(tagged(182, mix(u64::from(is_first), u64::from(inside.min(2)))));
    }
    if here.is_capital {
        run_features(around, &mut push);
    }
    for hint in hints(0) {
        push(tagged(190, *hint));
        push(tagged(191, mix(*hint, here.clusters[2])));
        push(tagged(192, mix(*hint, before.clusters[1])));
    }
    if hints(0).is_empty() {
        push(tagged(195, here.shape));
    }
    hints(-1).iter().for_each(|hint| push(tagged(193, *hint)));
    hints(1).iter().for_each(|hint| push(tagged(194, *hint)));
}
