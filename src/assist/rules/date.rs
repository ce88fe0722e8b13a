//! Dates, times and periods, German first; ISO dates in any language.

use super::Edges;
use crate::text::{Case, Matcher, TextRange};
use std::sync::LazyLock;

const MONTH: &str = "(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)";
const WEEKDAY: &str = "(?:(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag)\
                       (?:morgen|vormittag|mittag|nachmittag|abend|nacht)?(?: (?:früh|Morgen|Mittag|Abend|Nacht))?)";
const COUNT: &str = "(?:\\d+|ein(?:em|er|en)?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|einigen|\
                     wenigen|mehreren|mehr als \\p{Ll}+)";
const PERIOD: &str =
    "(?:Sekunden?|Minuten?|Stunden?|Tag(?:e|en)?|Wochen?|Monat(?:e|en)?|Jahr(?:e|en)?|Jahrzehnt(?:e|en)?)";

/// None only if the pattern were wrong, which a test would show.
static DATE: LazyLock<Option<Matcher>> = LazyLock::new(|| {
    let alternatives = [
        r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?Z?)?".to_owned(),
        format!(r"\d{{1,2}}\.(?: {MONTH})? ?(?:–|-|bis|bis zum|und|auf den) ?\d{{1,2}}\. {MONTH}(?: \d{{4}})?"),
        format!(r"(?:(?:[Aa]m )?{WEEKDAY},? (?:den |dem )?)?\d{{1,2}}\. {MONTH}(?: \d{{4}})?"),
        r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})".to_owned(),
        format!(r"(?:(?:[Ii]m|[Ss]eit|[Aa]b|[Bb]is) )?(?:(?:Anfang|Mitte|Ende) )?{MONTH} \d{{4}}"),
        format!(r"(?:(?:[Ss]eit|[Aa]b|[Bb]is) )?(?:Anfang|Mitte|Ende) (?:{MONTH}|\d{{4}})"),
        format!(r"(?:[Ii]m|[Ss]eit|[Bb]is|[Aa]b) {MONTH}"),
        format!(r"[Ii]n der Nacht (?:zum|auf|auf den|von) {WEEKDAY}"),
        format!(r"(?:[Aa]m|[Vv]om|[Ss]eit|[Bb]is|[Aa]b|[Zz]um) (?:(?:\p{{Ll}}+en) )?{WEEKDAY}|{WEEKDAY}"),
        format!(r"(?:[Ss]eit|[Vv]or|[Ii]n|[Nn]ach|[Bb]innen|[Ii]nnerhalb von) {COUNT} {PERIOD}"),
        r"(?:\d{1,2}(?:[.:]\d{2})? ?(?:–|-|bis) ?)?\d{1,2}(?:[.:]\d{2})? Uhr(?: (?:MEZ|MESZ|Ortszeit))?".to_owned(),
        r"(?:[Ii]m Jahre? |[Ss]eit |[Bb]is |[Aa]b )(?:19|20)\d{2}".to_owned(),
        r"(?:[Hh]eute|[Gg]estern|[Vv]orgestern|[Üü]bermorgen)(?: (?:früh|Morgen|Mittag|Abend|Nacht))?".to_owned(),
    ];
    Matcher::new(&format!(r"\b(?:{})\b", alternatives.join("|")), Case::Match).ok()
});

/// What leads to a date without being part of it, as corpora have it: in SmartData 450 dates stand behind such a word and 1
/// has it. `vor zwei Wochen` is another time than two weeks, so that `vor` and the like belong to it.
const BEFORE: [&str; 9] = ["in der ", "in ", "am ", "im ", "vom ", "seit ", "ab ", "bis ", "zum "];

/// All dates and times on token edges, in order.
pub fn dates(text: &str, edges: &Edges) -> Vec<TextRange> {
    edges.places(DATE.as_ref(), text).map(|range| without_preposition(text, range)).collect()
}

fn without_preposition(text: &str, range: TextRange) -> TextRange {
    let words = range.slice(text).unwrap_or_default();
    let is_before = |before: &&&str| words.get(..before.len()).is_some_and(|start| start.eq_ignore_ascii_case(before));
    let length = BEFORE.iter().find(is_before).map_or(0, |before| before.len());
    TextRange::from_usize(range.start().to_usize() + length, range.end().to_usize())
}
