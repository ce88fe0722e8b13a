//! Which spans fit on the tokens, and in which column of tags.

use super::tags::{Place, Scheme, tag};
use crate::{
    format::{Exported, loss::LossLog},
    model::{AnnotationId, Span},
    text::{ByteOffset, TextRange},
};
use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

/// What happens to spans that begin or end inside a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum SubToken {
    Drop,
    Widen,
    /// As GermEval 2014 does: the whole token, `part` behind the label.
    Part,
}

impl SubToken {
    /// The choice of the user.
    pub(in crate::format) fn parse(name: Option<&str>, otherwise: Self) -> Self {
        match name {
            Some("widen") => Self::Widen,
            Some("part") => Self::Part,
            Some("drop") => Self::Drop,
            _ => otherwise,
        }
    }
}

/// Where the tokens of a text are.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Tokens<'t> {
    pub places: &'t [TextRange],
    /// The number of the sentence of each token, if no span may go beyond its sentence.
    pub sentences: Option<&'t [usize]>,
}

/// A span that has its tokens for itself in one column of tags.
#[derive(Clone, Debug)]
pub(in crate::format) struct Placed<'a> {
    pub span: &'a Span,
    pub first: usize,
    pub end: usize,
    /// The column: 0 for the outer or only one.
    pub level: usize,
    pub label: String,
}

/// The spans that stood in the tags before: first token, token behind the last, and label, with their columns.
pub(in crate::format) type Known = BTreeMap<(usize, usize, String), Vec<usize>>;

/// Places the spans of an article: those that stood in a column before stay in it, of the others the longest comes first.
pub(in crate::format) fn place<'a>(
    exported: Exported<'a>,
    tokens: Tokens<'_>,
    levels: usize,
    sub_token: SubToken,
    mut known: Known,
    log: &mut LossLog<'_, '_>,
) -> Vec<Placed<'a>> {
    let mut taken = vec![vec![None; tokens.places.len()]; levels];
    let mut placed = Vec::new();
    let mut open = Vec::new();
    for candidate in candidates(exported, tokens, sub_token, log) {
        let key = (candidate.first, candidate.end, candidate.label);
        match known.get_mut(&key).and_then(Vec::pop) {
            Some(level) => open.push((0, level, key, candidate.span, candidate.is_cut)),
            None => open.push((1, 0, key, candidate.span, candidate.is_cut)),
        }
    }
    open.sort_by_key(|(order, _, (first, end, _), span, is_cut)| {
        (*order, *is_cut, Reverse(end - first), *first, span.id)
    });
    for (order, level, (first, end, label), span, is_cut) in open {
        let is_free = |level: usize| {
            let cells = taken.get(level).and_then(|column| column.get(first..end)).unwrap_or_default();
            cells.iter().all(Option::is_none)
        };
        // What is inside lies in one outer span, or in none.
        let outer = taken.first().and_then(|column| column.get(first..end)).unwrap_or_default();
        let fits = |level: &usize| {
            is_free(*level) && (*level == 0 || outer.windows(2).all(|pair| pair.first() == pair.last()))
        };
        let level = if order == 0 && is_free(level) { Some(level) } else { (0..levels).find(fits) };
        if let Some(cells) = level.and_then(|level| taken.get_mut(level)?.get_mut(first..end)) {
            cells.fill(Some(span.id));
        }
        match level {
            Some(level) => {
                if is_cut {
                    let what = "its edges inside a token; the whole token was tagged";
                    log.sub_token_edges(span, what, "tags stand on whole tokens");
                }
                placed.push(Placed { span, first, end, level, label });
            }
            None if levels > 1 => {
                log.span(span, "of spans that share a token, two can be written, one inside the other");
            }
            None => log.span(span, "a token has one tag, and a longer or earlier span has it"),
        }
    }
    placed.sort_by_key(|placed| (placed.level, placed.first, placed.end));
    placed
}

/// The tags of each column, `O` where nothing is.
pub(in crate::format) fn tags_of(
    placed: &[Placed<'_>],
    levels: usize,
    tokens: usize,
    scheme: Scheme,
) -> Vec<Vec<Cow<'static, str>>> {
    let mut columns = vec![vec![Cow::Borrowed("O"); tokens]; levels];
    let same = |one: usize, other: Option<&Placed<'_>>, this: &Placed<'_>| {
        other.is_some_and(|other| other.level == this.level && other.label == this.label && one == other.first)
    };
    for (number, this) in placed.iter().enumerate() {
        let before = number.checked_sub(1).and_then(|before| placed.get(before));
        let follows_same = before
            .is_some_and(|other| other.level == this.level && other.label == this.label && other.end == this.first);
        let precedes_same = same(this.end, placed.get(number + 1), this);
        let count = this.end - this.first;
        let cells = columns.get_mut(this.level).and_then(|column| column.get_mut(this.first..this.end));
        for (index, cell) in cells.into_iter().flatten().enumerate() {
            *cell = tag(scheme, Place { index, count, follows_same, precedes_same }, &this.label).into();
        }
    }
    columns
}

struct Candidate<'a> {
    span: &'a Span,
    first: usize,
    end: usize,
    label: String,
    is_cut: bool,
}

/// The spans that have tokens.
fn candidates<'a>(
    exported: Exported<'a>,
    tokens: Tokens<'_>,
    sub_token: SubToken,
    log: &mut LossLog<'_, '_>,
) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    let places = tokens.places;
    for span in exported.annotations.spans() {
        let hull = span.fragments.hull();
        let first = places.partition_point(|token| token.end() <= hull.start());
        let end = places.partition_point(|token| token.start() < hull.end());
        let last = end.checked_sub(1);
        let sentence = |token: Option<usize>| tokens.sentences.and_then(|sentences| sentences.get(token?));
        if hull.is_empty() {
            log.span(span, "tags stand on tokens, and the span has no text");
        } else if span.fragments.count() > 1 {
            log.span(span, "tags can not tell which pieces belong together");
        } else if first >= end {
            log.span(span, "there is no token in it");
        } else if sentence(Some(first)) != sentence(last) {
            log.span(span, "a sentence of the file ends inside it");
        } else {
            let ends = places.get(first).zip(last.and_then(|last| places.get(last)));
            let is_cut =
                ends.is_some_and(|(first, last)| !begins_and_ends(hull, *first, *last, exported.text.as_str()));
            if is_cut && sub_token == SubToken::Drop {
                log.sub_token_span(
                    span,
                    "it begins or ends inside a token; sub_token=widen or part tags the whole token",
                );
                continue;
            }
            let label = label(span.id, &span.label, is_cut && sub_token == SubToken::Part, log);
            found.push(Candidate { span, first, end, label, is_cut });
        }
    }
    found
}

/// True if a stretch of a text begins with one token and ends with another: besides them it has white space at most.
pub(in crate::format) fn begins_and_ends(range: TextRange, first: TextRange, last: TextRange, text: &str) -> bool {
    let is_white = |start: ByteOffset, end: ByteOffset| {
        text.get(start.to_usize()..end.to_usize()).is_some_and(|between| between.trim().is_empty())
    };
    first.start() >= range.start()
        && last.end() <= range.end()
        && is_white(range.start(), first.start())
        && is_white(last.end(), range.end())
}

fn label(id: AnnotationId, name: &str, is_part: bool, log: &mut LossLog<'_, '_>) -> String {
    let form = name.replace(|char: char| char.is_whitespace() || char.is_control(), "_");
    if form != name {
        log.annotation(id, format!("the label {name:?}; it became {form}"), "tags hold no white space");
    }
    if is_part { form + "part" } else { form }
}
