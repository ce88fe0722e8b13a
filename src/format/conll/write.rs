//! Writes the tokens of an article with the tags of the spans that fit on them.

use super::{Conll, DOCUMENT, tags::prefix};
use crate::{
    format::{Exported, Format, Loss, WriteOptions, loss::LossLog},
    model::{AnnotationId, Span},
    text::{
        TextRange,
        segment::{sentences, tokens},
    },
};
use std::{cmp::Reverse, collections::BTreeSet, fmt::Write};

pub(super) fn article(exported: Exported<'_>, options: &WriteOptions, losses: &mut Vec<Loss>) -> String {
    let text = exported.text.as_str();
    let tokens: Vec<_> = tokens(text).filter(|token| !token.is_empty()).collect();
    let mut log = LossLog::new(exported, losses);
    let with_comments = options.other.get("comments").is_some_and(|value| value == "yes");
    if !with_comments {
        log.article("the id of the article", "the format has none; comments=yes writes it as a comment");
    }
    log.article("white space and line breaks", "only tokens are written");
    let sub_token = match options.other.get("sub_token").map(String::as_str) {
        Some("widen") => SubToken::Widen,
        Some("part") => SubToken::Part,
        _ => SubToken::Drop,
    };

    let mut tagged: Vec<Option<AnnotationId>> = vec![None; tokens.len()];
    let mut chosen: Vec<Tagged> = Vec::new();
    for candidate in candidates(exported, &tokens, sub_token, &mut log) {
        let Some(taken) = tagged.get_mut(candidate.first..candidate.end) else { continue };
        if taken.iter().any(Option::is_some) {
            log.span(candidate.span, "a token has one tag, and a longer or earlier span has it");
            continue;
        }
        taken.fill(Some(candidate.span.id));
        if candidate.is_widened {
            let what = "its edges inside a token; the whole token was tagged";
            log.annotation(candidate.span.id, what, "tags stand on whole tokens");
        }
        chosen.push(candidate);
    }
    chosen.sort_by_key(|candidate| candidate.first);
    let written: BTreeSet<_> = chosen.iter().map(|candidate| candidate.span.id).collect();
    let labels: Vec<_> = chosen.iter().map(|candidate| label(candidate, &mut log)).collect();
    let mut tags: Vec<String> = vec!["O".to_owned(); tokens.len()];
    for (index, (candidate, label)) in chosen.iter().zip(&labels).enumerate() {
        let before = index.checked_sub(1).and_then(|index| chosen.get(index).zip(labels.get(index)));
        let follows_same = before.is_some_and(|(other, same)| other.end == candidate.first && same == label);
        let count = candidate.end - candidate.first;
        for (index, tag) in tags.iter_mut().skip(candidate.first).take(count).enumerate() {
            *tag = format!("{}-{label}", prefix(options.tag_scheme, index, count, follows_same));
        }
    }
    log.details(&Conll.info().holds, |id| written.contains(&id));

    let mut content = format!("{DOCUMENT}\tO\n\n");
    if with_comments {
        // Writing into a string can not fail.
        let _ = writeln!(content, "# id = {}", exported.id.as_str().replace(char::is_control, " "));
    }
    let mut starts = sentences(text).map(|sentence| sentence.start()).peekable();
    let mut previous: Option<Option<AnnotationId>> = None;
    for ((token, tag), span) in tokens.iter().zip(&tags).zip(&tagged) {
        let mut is_new = false;
        while starts.next_if(|start| *start <= token.start()).is_some() {
            is_new = true;
        }
        // A sentence that ends inside a span would cut it.
        let is_inside = span.is_some() && previous == Some(*span);
        if is_new && previous.is_some() && !is_inside {
            content.push('\n');
        }
        previous = Some(*span);
        let _ = writeln!(content, "{}\t{tag}", token.slice(text).unwrap_or_default());
    }
    if previous.is_some() {
        content.push('\n');
    }
    content
}

/// What happens to spans that begin or end inside a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SubToken {
    Drop,
    Widen,
    /// As GermEval 2014 does: the whole token, `part` behind the label.
    Part,
}

struct Tagged<'a> {
    span: &'a Span,
    first: usize,
    end: usize,
    is_widened: bool,
    suffix: &'static str,
}

/// The spans that have tokens, longest first.
fn candidates<'a>(
    exported: Exported<'a>,
    tokens: &[TextRange],
    sub_token: SubToken,
    log: &mut LossLog<'_, '_>,
) -> Vec<Tagged<'a>> {
    let mut found = Vec::new();
    for span in exported.annotations.spans() {
        let hull = span.fragments.hull();
        let first = tokens.partition_point(|token| token.end() <= hull.start());
        let end = tokens.partition_point(|token| token.start() < hull.end());
        if hull.is_empty() {
            log.span(span, "tags stand on tokens, and the span has no text");
        } else if span.fragments.count() > 1 {
            log.span(span, "tags can not tell which pieces belong together");
        } else if first >= end {
            log.span(span, "there is no token in it");
        } else {
            let is_cut = tokens.get(first).is_some_and(|token| token.start() < hull.start())
                || end.checked_sub(1).and_then(|last| tokens.get(last)).is_some_and(|token| token.end() > hull.end());
            if is_cut && sub_token == SubToken::Drop {
                log.span(span, "it begins or ends inside a token; sub_token=widen or part tags the whole token");
                continue;
            }
            let suffix = if is_cut && sub_token == SubToken::Part { "part" } else { "" };
            found.push(Tagged { span, first, end, is_widened: is_cut, suffix });
        }
    }
    found.sort_by_key(|tagged| (Reverse(tagged.end - tagged.first), tagged.first, tagged.span.id));
    found
}

fn label(tagged: &Tagged<'_>, log: &mut LossLog<'_, '_>) -> String {
    let name = &*tagged.span.label;
    let form = name.replace(|char: char| char.is_whitespace() || char.is_control(), "_");
    if form != name {
        log.annotation(tagged.span.id, format!("the label {name:?}; it became {form}"), "tags hold no white space");
    }
    form + tagged.suffix
}
