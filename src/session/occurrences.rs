//! Other places with the same words: for labelling all occurrences at once.

use super::search::plain;
use crate::{
    model::{AnnotationSet, Article, Status},
    text::{ByteOffset, Case, TextRange, segment::token_at},
};

/// What counts as the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OccurrenceOptions {
    /// Only hits that begin and end with a token.
    pub whole_tokens: bool,
    /// With whole tokens: also the first part of a compound with hyphens, `Kursk` in `Kursk-Region`.
    pub compound_parts: bool,
    pub ignore_case: bool,
    /// With whole tokens: also the words with a German ending, `Kursks`; such hits cover the ending and are not exact.
    pub german_inflection: bool,
}

impl Default for OccurrenceOptions {
    fn default() -> Self {
        Self { whole_tokens: true, compound_parts: true, ignore_case: false, german_inflection: false }
    }
}

/// A place with the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub range: TextRange,
    /// False for words with an ending.
    pub exact: bool,
    /// True if a span with the wanted label, suggested or accepted, is there already.
    pub already: bool,
}

/// Endings of German nouns, names and adjectives.
const ENDINGS: [&str; 11] = ["s", "es", "n", "en", "e", "er", "em", "ern", "’s", "'s", "’"];
/// Characters that join the parts of a compound.
const HYPHENS: [char; 4] = ['-', '\u{2010}', '\u{2011}', '\u{AD}'];

/// All places of `surface` in a text, in order, none overlapping the one before. White space in it stands for any run of
/// white space.
pub fn occurrences(text: &str, surface: &str, options: OccurrenceOptions) -> Vec<Occurrence> {
    let case = if options.ignore_case { Case::Ignore } else { Case::Match };
    let surface = surface.trim();
    // Escaped words always make a regular expression, unless they are too long for one.
    let Some(matcher) = (!surface.is_empty()).then(|| plain(surface, case).ok()).flatten() else { return Vec::new() };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(hit) = matcher.find_at(text, from) {
        match fitted(text, TextRange::from_usize(hit.start, hit.end), options) {
            Some(occurrence) => {
                from = occurrence.range.end().to_usize();
                found.push(occurrence);
            }
            // The words may begin anew inside a hit that is none.
            None => from = text.ceil_char_boundary(hit.start + 1),
        }
    }
    found
}

fn fitted(text: &str, range: TextRange, options: OccurrenceOptions) -> Option<Occurrence> {
    let exact = Occurrence { range, exact: true, already: false };
    if !options.whole_tokens {
        return Some(exact);
    }
    let starts = token_at(text, range.start()).is_some_and(|token| token.start() == range.start());
    if !starts {
        return None;
    }
    let end = range.end().to_usize();
    let last = text.get(..end)?.char_indices().next_back().map_or(0, |(index, _)| index);
    let token = token_at(text, ByteOffset::from_usize(last))?;
    let rest = text.get(end..token.end().to_usize())?;
    if rest.is_empty() || options.compound_parts && rest.starts_with(HYPHENS) {
        return Some(exact);
    }
    let has_ending = options.german_inflection && ENDINGS.contains(&rest);
    has_ending.then(|| Occurrence { range: TextRange::new(range.start(), token.end()), exact: false, already: false })
}

/// All places of `surface` in an article, with those marked that a span with `label` of `set` touches already.
pub fn occurrences_in_article(
    article: &Article,
    set: Option<&AnnotationSet>,
    surface: &str,
    label: &str,
    options: OccurrenceOptions,
) -> Vec<Occurrence> {
    let is_labelled = |range: TextRange| {
        set.into_iter().flat_map(|set| set.spans_overlapping(range)).any(|span| {
            &*span.label == label
                && span.status != Status::Rejected
                && span.fragments.iter().any(|piece| piece.overlaps(range))
        })
    };
    let mut found = occurrences(article.text(), surface, options);
    for occurrence in &mut found {
        occurrence.already = is_labelled(occurrence.range);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AnnotationId, ArticleId, ArticleMetadata, Fragments, Progress, Provenance, Span};
    use jiff::Timestamp;

    const ALL: OccurrenceOptions =
        OccurrenceOptions { whole_tokens: true, compound_parts: true, ignore_case: true, german_inflection: true };

    #[test]
    fn the_same_words_are_found() {
        let check = |text: &str, surface: &str, options: OccurrenceOptions, expected: &[&str]| {
            let found: Vec<String> = occurrences(text, surface, options)
                .into_iter()
                .map(|found| {
                    let words = found.range.slice(text).expect("a place in the text");
                    if found.exact { words.to_owned() } else { format!("{words}~") }
                })
                .collect();
            assert_eq!(found, expected, "{surface:?} in {text:?}");
        };
        let default = OccurrenceOptions::default();
        let text = "Kursk, Kursks Umland, die Kursk-Region, kursk und „Kursk“; Kurskaja, Neu-Kursk.Kursk";
        check(text, "Kursk", default, &["Kursk", "Kursk", "Kursk", "Kursk"]);
        check(text, "Kursk", OccurrenceOptions { compound_parts: false, ..default }, &["Kursk", "Kursk", "Kursk"]);
        check(text, " Kursk\n", ALL, &["Kursk", "Kursks~", "Kursk", "kursk", "Kursk", "Kursk"]);
        let anywhere = OccurrenceOptions { whole_tokens: false, ..default };
        check(text, "Kursk", anywhere, &["Kursk"; 7]);
        check(
            "Wladimir\n  Putin und Wladimir Putins Reise",
            "Wladimir Putin",
            ALL,
            &["Wladimir\n  Putin", "Wladimir Putins~"],
        );
        check("Größe Gro\u{308}ße GRÖSSE", "Größe", ALL, &["Größe", "Gro\u{308}ße"]);
        check("ananana", "ana", anywhere, &["ana", "ana"]);
        check("a a a", "a a", default, &["a a"]);
        check("US-US US", "US", default, &["US", "US"]);
        check("👩‍👩‍👧 und 👩", "👩", default, &["👩"]);
        check("1.5 x1x5", "1.5", default, &["1.5"]);
        check("Text", "", ALL, &[]);
        check("", "Text", ALL, &[]);
    }

    #[test]
    fn places_with_the_label_are_marked() {
        let text = "Kursk und Kursk und Kursk";
        let span = |id, start, status| Span {
            id: AnnotationId(id),
            label: "LOC".into(),
            fragments: Fragments::one(TextRange::from_usize(start, start + 5)),
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: Provenance::person("anna", Timestamp::UNIX_EPOCH),
            status,
            corrected_from: None,
        };
        let spans = vec![span(1, 0, Status::Accepted), span(2, 10, Status::Rejected)];
        let (set, _) = AnnotationSet::from_parts(1, Progress::New, spans, Vec::new(), Vec::new());
        let article = Article::new(ArticleId::new("a"), ArticleMetadata::default(), text);
        let check = |label: &str, expected: [bool; 3]| {
            let found = occurrences_in_article(&article, Some(&set), "Kursk", label, OccurrenceOptions::default());
            assert_eq!(found.iter().map(|found| found.already).collect::<Vec<_>>(), expected);
        };
        check("LOC", [true, false, false]);
        check("ORG", [false; 3]);
    }
}
