//! Quoted words, and who says them by which word.

use crate::text::TextRange;
use regex::Regex;
use std::sync::LazyLock;

/// Longest quotation in bytes.
const LONGEST: usize = 4000;
/// How far in bytes around the marks speaker and cue are looked for.
const AROUND: usize = 120;

const CUE: &str = "(?:sagte|sagt|erklärte|erklärt|betonte|schrieb|schreibt|teilte|meinte|behauptete|warnte|forderte|\
                   kündigte|ergänzte|berichtete|berichtet|kritisierte|fragte|antwortete|so|laut|versicherte|räumte|fügte)";
const NAME: &str = r"(?:(?:der|die|das) )?(?:\p{Lu}[\p{L}\-]+)(?: (?:von |van |de )?\p{Lu}[\p{L}\-]+){0,3}";

/// A quotation in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotation {
    /// The quoted words, without the marks.
    pub quote: TextRange,
    /// The word that says that somebody speaks: `sagte`.
    pub cue: Option<TextRange>,
    /// The words that name the speaker, title and article included.
    pub speaker: Option<TextRange>,
}

static BEHIND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"^[,.!?]? ?(?P<cue>{CUE}) (?P<speaker>{NAME})")).ok());
static BEFORE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?P<speaker>{NAME}) (?P<cue>{CUE})\b[^.!?:]{{0,60}}: ?$")).ok());

/// All quotations in marks, in order, without overlaps; speaker and cue where they stand next to it.
pub fn quotations(text: &str) -> Vec<Quotation> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut behind = 0;
    for (index, char) in text.char_indices() {
        match open {
            Some((mark, start)) => {
                let closes = match mark {
                    '„' => matches!(char, '“' | '”' | '"'),
                    '»' => char == '«',
                    '«' => char == '»',
                    '“' => char == '”',
                    _ => char == '"',
                };
                if closes {
                    if let Some(quotation) = quotation(text, mark, start, index, index + char.len_utf8(), behind) {
                        found.push(quotation);
                    }
                    behind = index + char.len_utf8();
                    open = None;
                } else if index - start > LONGEST || (mark == '"' && char == '\n') {
                    open = None;
                } else if char == '„' {
                    open = Some((char, index + char.len_utf8()));
                }
            }
            None if matches!(char, '„' | '»' | '«' | '“' | '"') => open = Some((char, index + char.len_utf8())),
            None => {}
        }
    }
    found
}

/// The quotation between the marks; `after` is behind the closing one, `least` behind the last quotation.
fn quotation(text: &str, mark: char, start: usize, end: usize, after: usize, least: usize) -> Option<Quotation> {
    let inside = text.get(start..end)?;
    let trimmed = inside.trim();
    if trimmed.is_empty() {
        return None;
    }
    let from = start + (inside.len() - inside.trim_start().len());
    let quote = TextRange::from_usize(from, from + trimmed.len());
    let before = start - mark.len_utf8();
    let left = text.floor_char_boundary(before.saturating_sub(AROUND)).max(least);
    let right = text.floor_char_boundary(after + AROUND);
    let look = |pattern: &LazyLock<Option<Regex>>, from: usize, to: usize| {
        let captures = pattern.as_ref()?.captures(text.get(from..to)?)?;
        let place = |name: &str| {
            captures.name(name).map(|found| TextRange::from_usize(from + found.start(), from + found.end()))
        };
        Some((place("cue"), place("speaker")))
    };
    let (cue, speaker) = look(&BEHIND, after, right).or_else(|| look(&BEFORE, left, before)).unwrap_or_default();
    Some(Quotation { quote, cue, speaker })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, quote: &str, cue: &str, speaker: &str) {
        let found = quotations(text);
        let slice = |range: Option<TextRange>| range.and_then(|range| range.slice(text)).unwrap_or_default();
        let found = found.first().map(|found| (slice(Some(found.quote)), slice(found.cue), slice(found.speaker)));
        assert_eq!(found, Some((quote, cue, speaker)), "{text}");
    }

    #[test]
    fn speakers_stand_behind_or_before() {
        check("„Wir bleiben hier“, sagte Olga Maier am Abend.", "Wir bleiben hier", "sagte", "Olga Maier");
        check("Sprecher Karl Huber erklärte: „Es ist ruhig.“", "Es ist ruhig.", "erklärte", "Sprecher Karl Huber");
        check("Das »gute Ende« kam.", "gute Ende", "", "");
    }
}
