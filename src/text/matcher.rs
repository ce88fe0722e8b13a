//! Regular expressions that stay fast with Unicode word boundaries.
//!
//! The fast engines of the crate `regex` give up `\b` at the first letter that is not ASCII, so that an expression like
//! `\b\w+ung\b` runs twenty times slower over German text. Here the same expression without its word boundaries finds, at
//! full speed, the places where a match could begin; the whole expression is then tried at those places alone, unless many in a
//! row are in vain. What is found is the same: leaving boundaries out only adds places.

use regex_automata::{Anchored, Input, meta};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};
use std::fmt;

/// Whether capital and small letters are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    #[default]
    Ignore,
    Match,
}

/// Why a regular expression can not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    pub reason: String,
    /// Where it is wrong, counted from 1; `None` where the whole expression is meant.
    pub character: Option<usize>,
    /// What is wrong there; may be empty.
    pub part: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, character, part } = self;
        match character {
            Some(character) if part.is_empty() => {
                write!(formatter, "the regular expression is wrong at character {character}: {reason}")
            }
            Some(character) => {
                write!(formatter, "the regular expression is wrong at character {character}, {part:?}: {reason}")
            }
            None => write!(formatter, "the regular expression can not be used: {reason}"),
        }
    }
}

impl std::error::Error for PatternError {}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Matcher {
    regex: meta::Regex,
    /// The expression without its word boundaries, if it has any.
    wide: Option<meta::Regex>,
}

impl Matcher {
    /// Compiles an expression; `^` and `$` stand for the ends of a line.
    ///
    /// # Errors
    /// If it is wrong, or too large.
    pub fn new(expression: &str, case: Case) -> Result<Self, PatternError> {
        let mut parser = regex_syntax::ParserBuilder::new();
        parser.case_insensitive(case == Case::Ignore).multi_line(true).crlf(true);
        let hir = parser.build().parse(expression).map_err(|error| explained(&error, expression))?;
        let has_boundaries = hir.properties().look_set().contains_word_unicode();
        let wide = has_boundaries.then(|| build(&without_boundaries(&hir))).transpose()?;
        Ok(Self { regex: build(&hir)?, wide })
    }

    /// The first match that begins at byte `from` or behind it: the leftmost, as an expression prefers.
    pub fn find_at(&self, text: &str, from: usize) -> Option<std::ops::Range<usize>> {
        let Some(wide) = &self.wide else {
            return Some(self.regex.find(Input::new(text).range(from..))?.range());
        };
        let (mut from, mut tries, mut bytes) = (from, 0, 0);
        while tries < MOST_TRIES && bytes < MOST_BYTES {
            let place = wide.find(Input::new(text).range(from..))?;
            if let Some(found) = self.regex.find(Input::new(text).range(place.start()..).anchored(Anchored::Yes)) {
                return Some(found.range());
            }
            from = text.ceil_char_boundary(place.start() + 1);
            if from == place.start() {
                return None;
            }
            (tries, bytes) = (tries + 1, bytes + place.len());
        }
        Some(self.regex.find(Input::new(text).range(from..))?.range())
    }

    /// All matches that are not empty, in order, none overlapping another.
    pub fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            while from <= text.len() {
                let found = self.find_at(text, from)?;
                if !found.is_empty() {
                    from = found.end;
                    return Some(found);
                }
                from = text
                    .get(found.start..)?
                    .chars()
                    .next()
                    .map_or(text.len() + 1, |char| found.start + char.len_utf8());
            }
            None
        })
    }
}

/// How many places are tried in vain, and how much text lies at them, before the whole expression looks for the next match, so
/// that the time stays linear in the length of the text: `a.*\bz` could begin at each `a`, and each try reads on to the end of
/// the line.
#[cfg(not(test))]
const MOST_TRIES: usize = 64;
#[cfg(test)]
const MOST_TRIES: usize = 3;
const MOST_BYTES: usize = 4_096;

/// Largest compiled expression in bytes, as in the crate `regex`.
const SIZE_LIMIT: usize = 10 << 20;

fn build(hir: &Hir) -> Result<meta::Regex, PatternError> {
    let configuration = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT));
    meta::Regex::builder().configure(configuration).build_from_hir(hir).map_err(|error| {
        let reason = match error.size_limit() {
            Some(_) => "it is too large; make its repetitions smaller".to_owned(),
            None => error.to_string(),
        };
        PatternError { reason, character: None, part: String::new() }
    })
}

fn explained(error: &regex_syntax::Error, expression: &str) -> PatternError {
    let (reason, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(*error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(*error.span())),
        error => (error.to_string(), None),
    };
    let character = span.map(|span| expression.get(..span.start.offset).unwrap_or(expression).chars().count() + 1);
    let part = span.and_then(|span| expression.get(span.start.offset..span.end.offset)).unwrap_or_default();
    PatternError { reason, character, part: part.to_owned() }
}

fn without_boundaries(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(
            Look::WordUnicode
            | Look::WordUnicodeNegate
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode,
        ) => Hir::empty(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(without_boundaries(&repetition.sub));
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => without_boundaries(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_boundaries).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_boundaries).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_time_is_linear_in_the_length_of_a_line() {
        let line = "ä a ".repeat(20_000);
        for expression in [r"a.*\bz\b", r"a.*?\bz\b"] {
            let start = std::time::Instant::now();
            let matcher = Matcher::new(expression, Case::Match).expect("a good expression");
            assert_eq!(matcher.find_at(&line, 0), None);
            assert!(start.elapsed() < std::time::Duration::from_secs(10), "{expression}: {:?}", start.elapsed());
        }
    }

    proptest! {
        #[test]
        fn finds_what_the_crate_regex_finds(
            expression in r"(a|b|ä|\\b|\\B|\\w|\\w\+|\\W|\\b\{start\}|\^|\$|\.|\.\*\?|( |x)?|\(a\|ab\)|\(\\bä\|b\\b\)\*|\n){1,6}",
            text in "(a|b|ab|ä|é|ß| |,|x|\r\n|\n|\u{1F60A}|e\u{301}){0,30}",
            ignore_case: bool,
        ) {
            let Ok(regex) = regex::RegexBuilder::new(&expression)
                .case_insensitive(ignore_case)
                .multi_line(true)
                .crlf(true)
                .build()
            else {
                return Ok(());
            };
            let case = if ignore_case { Case::Ignore } else { Case::Match };
            let matcher = Matcher::new(&expression, case).expect("the same expressions are good");
            let expected: Vec<_> = regex.find_iter(&text).map(|found| found.range()).filter(|range| !range.is_empty()).collect();
            prop_assert_eq!(matcher.find_all(&text).collect::<Vec<_>>(), expected, "{:?} in {:?}", expression, text);
        }
    }
}
