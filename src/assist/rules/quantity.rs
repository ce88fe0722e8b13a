//! Numbers, in digits or words, with what they count or measure and the operator before them.

use super::Edges;
use crate::text::TextRange;
use std::sync::LazyLock;
use text2num::{Language, text2digits};

/// Words that say how a number is meant; longer ones first.
const OPERATORS: &[&[&str]] = &[
    &["nicht", "weniger", "als"],
    &["mehr", "als"],
    &["weniger", "als"],
    &["bis", "zu"],
    &["an", "die"],
    &["mindestens"],
    &["wenigstens"],
    &["höchstens"],
    &["maximal"],
    &["rund"],
    &["etwa"],
    &["ungefähr"],
    &["circa"],
    &["ca."],
    &["knapp"],
    &["fast"],
    &["nahezu"],
    &["über"],
    &["gut"],
    &["genau"],
];

const MULTIPLES: &[&str] = &[
    "dutzend",
    "hundert",
    "tausend",
    "million",
    "millionen",
    "milliarde",
    "milliarden",
    "billionen",
    "mio.",
    "mrd.",
    "mio",
    "mrd",
];

/// Numbers in words that the number parser does not know.
const HALVES: &[&str] = &["eineinhalb", "anderthalb", "zweieinhalb", "dreieinhalb", "viereinhalb", "dutzende"];

const UNITS: &[&str] = &[
    "%", "€", "$", "£", "km", "m", "cm", "mm", "kg", "g", "t", "l", "kw", "mw", "gw", "kwh", "mwh", "km/h", "ha", "°c",
];

static GERMAN: LazyLock<Language> = LazyLock::new(Language::german);

/// All quantities on token edges, in order; none that overlaps a date.
pub fn quantities<'a>(text: &'a str, edges: &'a Edges, dates: &'a [TextRange]) -> impl Iterator<Item = TextRange> + 'a {
    let mut next = 0;
    let found = std::iter::from_fn(move || {
        while next < edges.tokens.len() {
            let start = next;
            next += 1;
            if let Some((range, end)) = quantity_at(text, &edges.tokens, start) {
                next = end;
                return Some(range);
            }
        }
        None
    });
    found.filter(move |range| {
        let place = dates.partition_point(|date| date.end() <= range.start());
        dates.get(place).is_none_or(|date| !date.overlaps(*range))
    })
}

/// The quantity whose number begins with this token, with the number of the token behind it.
fn quantity_at(text: &str, tokens: &[TextRange], start: usize) -> Option<(TextRange, usize)> {
    let word = |index: usize| tokens.get(index).and_then(|token| token.slice(text)).unwrap_or_default();
    let multiple = |index: usize| MULTIPLES.contains(&&*word(index).to_lowercase());
    let mut end = start + 1;
    if !is_number(word(start)) {
        let article = word(start).to_lowercase().starts_with("ein") && word(start).len() <= 5;
        if !(article && multiple(end)) {
            return None;
        }
    }
    while multiple(end) && end < start + 4 {
        end += 1;
    }
    let unit = unit_end(&word, end)?;
    let mut first = start;
    for operator in OPERATORS {
        let before = start.saturating_sub(operator.len());
        let there = start >= operator.len()
            && operator.iter().enumerate().all(|(index, part)| word(before + index).to_lowercase() == *part);
        if there {
            first = before;
            break;
        }
    }
    let range = tokens.get(first)?.cover(*tokens.get(unit.checked_sub(1)?)?);
    // Nothing counts over the end of a line.
    (!range.slice(text)?.contains('\n')).then_some((range, unit))
}

/// The end of the unit or counted noun that begins at `start`, with one adjective before it.
fn unit_end<'a>(word: &impl Fn(usize) -> &'a str, start: usize) -> Option<usize> {
    let first = word(start);
    if UNITS.contains(&&*first.to_lowercase()) || is_noun(first) {
        return Some(start + 1);
    }
    let ends = ["e", "en", "er", "es", "em"].iter().any(|ending| first.ends_with(ending));
    let adjective = ends && first.len() > 4 && first.chars().all(char::is_lowercase);
    (adjective && is_noun(word(start + 1))).then_some(start + 2)
}

fn is_noun(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().filter(|char| char.is_alphabetic()).count() > 1
        && word != "Uhr"
}

fn is_number(word: &str) -> bool {
    if word.starts_with(|char: char| char.is_ascii_digit()) {
        return word.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | ','));
    }
    let lower = word.to_lowercase();
    // Most words are no numbers; these letters alone can begin one.
    lower.starts_with(['z', 'd', 'v', 'f', 's', 'a', 'n', 'e', 'h', 't'])
        && !lower.contains(char::is_whitespace)
        && lower.len() <= 60
        && (HALVES.contains(&&*lower)
            || (!lower.starts_with("ein") || lower.len() > 5)
                && text2digits(&lower, &*GERMAN).is_ok_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())))
}
