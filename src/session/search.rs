//! Searching texts and annotations: patterns, filters, hits in context. Knows neither window nor disk.
//!
//! Offsets of hits are offsets of the text as it is: nothing is folded or normalized on the way. Instead the pattern is
//! widened: case is ignored, white space in it stands for any run of white space, and letters with marks are found in
//! both of Unicode's spellings.

use crate::{
    model::{AnnotationId, AnnotationSet, AnnotatorName, Article, ArticleId, EntityId, Name, Span, Status},
    text::{ByteOffset, Case, Matcher, PatternError, TextRange},
};
use rayon::prelude::*;
use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Graphemes of context on either side of a hit.
const CONTEXT: usize = 60;
/// Graphemes of a hit that are shown.
const SHOWN: usize = 200;
/// Texts that are searched together; between two such batches the limit is looked at, so that hits come in the order of
/// the texts however many threads there are.
const BATCH: usize = 512;

/// How a pattern is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// These words.
    #[default]
    Plain,
    /// A regular expression in the syntax of the crate `regex`; `^` and `$` stand for the ends of a line.
    Regex,
}

/// Which spans a hit must lie on. Empty lists allow everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanFilter {
    pub labels: Vec<Name>,
    /// Empty stands for accepted and suggested.
    pub statuses: Vec<Status>,
    pub entity: Option<EntityId>,
}

impl SpanFilter {
    /// True if no span is asked for.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.statuses.is_empty() && self.entity.is_none()
    }

    /// True if the span is one of those asked for.
    pub fn allows(&self, span: &Span) -> bool {
        (self.labels.is_empty() || self.labels.contains(&span.label))
            && (self.statuses.contains(&span.status) || self.statuses.is_empty() && span.status != Status::Rejected)
            && self.entity.as_ref().is_none_or(|entity| span.entity.as_ref() == Some(entity))
    }
}

/// Why a search can not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchError {
    /// Neither words nor a filter.
    Empty,
    BadPattern(PatternError),
}

impl fmt::Display for SearchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "nothing to search for: type some words or choose a label"),
            Self::BadPattern(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for SearchError {}

impl From<PatternError> for SearchError {
    fn from(error: PatternError) -> Self {
        Self::BadPattern(error)
    }
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct Query {
    /// `None` lists the spans that the filter allows.
    matcher: Option<Matcher>,
    filter: SpanFilter,
}

/// A place that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub article: ArticleId,
    /// For a listed span in several pieces, all from the first to the last.
    pub range: TextRange,
    /// At most 60 graphemes before the hit, in one line.
    pub before: String,
    /// The found text in one line, cut after 200 graphemes.
    pub hit: String,
    /// At most 60 graphemes behind the hit, in one line.
    pub after: String,
    /// The spans at this place that the filter allows.
    pub spans: Vec<(AnnotatorName, AnnotationId)>,
}

/// What a search of many texts is steered by, from another thread.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    /// Set it to stop.
    pub cancel: &'a AtomicBool,
    /// Raised by one for each text that is done.
    pub done: &'a AtomicUsize,
    /// Most hits that are wanted.
    pub limit: usize,
}

/// What a search of many texts found, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// False if the search was stopped, or there are more hits than were wanted.
    pub complete: bool,
}

impl Hit {
    /// A place of a text with what stands around it.
    pub fn at(article: &ArticleId, text: &str, range: TextRange) -> Self {
        in_context(article, text, range, Vec::new())
    }
}

impl Query {
    /// A query for `pattern`, on spans that `filter` allows if it asks for any. Without a pattern all those spans are hits.
    ///
    /// # Errors
    /// If the regular expression is wrong, or there is nothing to look for.
    pub fn new(pattern: &str, mode: Mode, case: Case, filter: SpanFilter) -> Result<Self, SearchError> {
        let matcher = match mode {
            _ if pattern.is_empty() => None,
            Mode::Plain => Some(plain(pattern, case)?),
            Mode::Regex => Some(Matcher::new(pattern, case)?),
        };
        if matcher.is_none() && filter.is_empty() {
            return Err(SearchError::Empty);
        }
        Ok(Self { matcher, filter })
    }

    /// True if texts alone do not answer the query: the annotations must be loaded.
    pub fn needs_annotations(&self) -> bool {
        !self.filter.is_empty()
    }

    /// The places in a text that the pattern fits; none without a pattern. Empty places are left out.
    pub fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = TextRange> + 'a {
        let found = self.matcher.iter().flat_map(move |matcher| matcher.find_all(text));
        found.map(|found| TextRange::from_usize(found.start, found.end))
    }

    /// All hits in a loaded article, in the order of the text. Looks at the spans of `annotator`, or of everybody.
    pub fn hits(&self, article: &Article, annotator: Option<&AnnotatorName>) -> Vec<Hit> {
        self.hits_up_to(article, annotator, usize::MAX)
    }

    fn hits_up_to(&self, article: &Article, annotator: Option<&AnnotatorName>, limit: usize) -> Vec<Hit> {
        let sets: Vec<(&AnnotatorName, &AnnotationSet)> =
            article.sets.iter().filter(|(name, _)| annotator.is_none_or(|wanted| wanted == *name)).collect();
        let spans_at = |range: TextRange| -> Vec<(AnnotatorName, AnnotationId)> {
            let all = sets.iter().flat_map(|(name, set)| set.spans_overlapping(range).map(move |span| (*name, span)));
            all.filter(|(_, span)| self.filter.allows(span) && span.fragments.iter().any(|piece| piece.overlaps(range)))
                .map(|(name, span)| (name.clone(), span.id))
                .collect()
        };
        let text = article.text();
        if self.matcher.is_some() {
            return self
                .places(text)
                .map(|range| (range, spans_at(range)))
                .filter(|(_, spans)| self.filter.is_empty() || !spans.is_empty())
                .take(limit)
                .map(|(range, spans)| in_context(&article.id, text, range, spans))
                .collect();
        }
        let all = sets.iter().flat_map(|(name, set)| set.spans().map(move |span| (*name, span)));
        let mut listed: Vec<_> = all
            .filter(|(_, span)| self.filter.allows(span))
            .map(|(name, span)| (span.fragments.hull(), name.clone(), span.id))
            .collect();
        listed.sort_by(|one, other| {
            let key = |range: TextRange| (range.start(), std::cmp::Reverse(range.end()));
            key(one.0).cmp(&key(other.0)).then_with(|| (&one.1, one.2).cmp(&(&other.1, other.2)))
        });
        listed.truncate(limit);
        listed.into_iter().map(|(range, name, id)| in_context(&article.id, text, range, vec![(name, id)])).collect()
    }
}

/// Searches texts that need not be loaded as articles, on all processors. The filter is not asked: see
/// [`Query::needs_annotations`].
pub fn search_texts(query: &Query, texts: &[(&ArticleId, &str)], control: Control<'_>) -> Found {
    search_all(texts, control, |(id, text)| {
        query.places(text).take(control.limit).map(|range| in_context(id, text, range, Vec::new())).collect()
    })
}

/// Searches loaded articles with the annotations of `annotator`, or of everybody, on all processors.
pub fn search_articles(
    query: &Query,
    articles: &[&Article],
    annotator: Option<&AnnotatorName>,
    control: Control<'_>,
) -> Found {
    search_all(articles, control, |article| query.hits_up_to(article, annotator, control.limit))
}

fn search_all<T: Sync>(items: &[T], control: Control<'_>, search: impl Fn(&T) -> Vec<Hit> + Sync) -> Found {
    let is_cancelled = || control.cancel.load(Ordering::Relaxed);
    let mut hits = Vec::new();
    for batch in items.chunks(BATCH) {
        let found: Vec<Vec<Hit>> = batch
            .par_iter()
            .map(|item| {
                let found = if is_cancelled() { Vec::new() } else { search(item) };
                control.done.fetch_add(1, Ordering::Relaxed);
                found
            })
            .collect();
        hits.extend(found.into_iter().flatten());
        if is_cancelled() || hits.len() >= control.limit {
            break;
        }
    }
    let complete = !is_cancelled() && hits.len() < control.limit;
    hits.truncate(control.limit);
    Found { hits, complete }
}

/// The expression that finds `words`, see the module's description.
pub(super) fn plain(words: &str, case: Case) -> Result<Matcher, SearchError> {
    let mut expression = String::new();
    let mut in_space = false;
    for grapheme in words.graphemes(true) {
        if grapheme.chars().all(char::is_whitespace) {
            if !in_space {
                expression.push_str(r"\s+");
            }
            in_space = true;
            continue;
        }
        in_space = false;
        let (composed, decomposed) = (grapheme.nfc().collect::<String>(), grapheme.nfd().collect::<String>());
        if composed == decomposed {
            expression.push_str(&regex::escape(grapheme));
        } else {
            expression += &format!("(?:{}|{})", regex::escape(&composed), regex::escape(&decomposed));
        }
    }
    Ok(Matcher::new(&expression, case)?)
}

fn in_context(article: &ArticleId, text: &str, range: TextRange, spans: Vec<(AnnotatorName, AnnotationId)>) -> Hit {
    let hit = range.slice(text).unwrap_or_default();
    let mut shown: String = hit.graphemes(true).take(SHOWN).collect();
    if shown.len() < hit.len() {
        shown.push('…');
    }
    Hit {
        article: article.clone(),
        range,
        before: before(text, range.start()),
        hit: one_line(&shown),
        after: after(text, range.end()),
        spans,
    }
}

/// Text on which 60 graphemes are looked for, however long the article is.
const WINDOW: usize = 2048;

fn before(text: &str, end: ByteOffset) -> String {
    let end = text.floor_char_boundary(end.to_usize());
    let start = text.floor_char_boundary(end.saturating_sub(WINDOW));
    let window = text.get(start..end).unwrap_or_default();
    let context = window.grapheme_indices(true).rev().take(CONTEXT).last().map_or(window.len(), |(index, _)| index);
    one_line(window.get(context..).unwrap_or_default())
}

fn after(text: &str, start: ByteOffset) -> String {
    let start = text.floor_char_boundary(start.to_usize());
    let end = text.floor_char_boundary(start.saturating_add(WINDOW));
    let window = text.get(start..end).unwrap_or_default();
    one_line(&window.graphemes(true).take(CONTEXT).collect::<String>())
}

/// The text with one space for every run of white space.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char.is_whitespace() {
            true if line.ends_with(' ') => {}
            true => line.push(' '),
            false => line.push(char),
        }
    }
    line
}
