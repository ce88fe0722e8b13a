//! Corrections of an article's text, and what they do to the annotations on it.

use super::{Draft, EditError, Operation};
use crate::{
    model::{Fragments, SetKey, Span},
    text::{TextEdit, TextRange},
};
use std::sync::Arc;

/// What an edit of the text did to a span besides moving it.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    pub set: SetKey,
    pub before: Span,
    /// The place after the edit; `None` if the span fell with its text.
    pub after: Option<Fragments>,
    /// Relations that fell with the span.
    pub relations: usize,
}

impl Draft<'_> {
    /// Changes the text of the draft's article; all annotators' spans follow. `edits` are carried out one after the other.
    /// Returns what was damaged: spans that lost a part or all of their text.
    ///
    /// What is inserted at the edge of a span stays outside ([`TextEdit::map_range`]), except for letters that complete its
    /// first or last word: with `k` behind the labelled `Kurs`, `Kursk` is labelled.
    pub fn edit_text(&mut self, edits: &[TextEdit]) -> Result<Vec<Damage>, EditError> {
        self.all_or_nothing(|draft| {
            let mut damages = Vec::new();
            for edit in edits {
                draft.edit_text_once(edit, &mut damages)?;
            }
            Ok(damages)
        })
    }

    /// Spans that the opposite edit would not bring back are taken out before and put back, changed, after the edit, so
    /// that the transaction can be inverted operation by operation.
    fn edit_text_once(&mut self, edit: &TextEdit, damages: &mut Vec<Damage>) -> Result<(), EditError> {
        let article = self.set.article.clone();
        let text = self.project.article(&article).and_then(|article| article.text.clone());
        let completed = text.as_ref().map_or(Completed::None, |text| Completed::by(edit, text.as_str()));
        let touched: Vec<(SetKey, Span)> = self
            .project
            .article(&article)
            .into_iter()
            .flat_map(|article| article.sets.iter())
            .flat_map(|(annotator, set)| {
                let key = SetKey { article: article.clone(), annotator: annotator.clone() };
                let mut ids = set.damaged_by(edit);
                let at_edge = set.index().touching(edit.range()).filter_map(|(_, id)| set.span(id));
                ids.extend(at_edge.filter(|span| completed.map(&span.fragments, edit).is_some()).map(|span| span.id));
                ids.sort_unstable();
                ids.dedup();
                ids.into_iter().filter_map(move |id| Some((key.clone(), set.span(id)?.clone())))
            })
            .collect();
        let mut back = Vec::new();
        for (key, span) in touched {
            self.set = key.clone();
            match completed.map(&span.fragments, edit).or_else(|| span.fragments.map(edit)) {
                Some(after) => {
                    let id = span.id;
                    self.carry_out(Operation::Span {
                        set: key.clone(),
                        id,
                        before: Some(Arc::new(span.clone())),
                        after: None,
                    })?;
                    let lost = |fragments: &Fragments| fragments.iter().map(|range| range.len()).sum::<u32>();
                    let covered = span.fragments.iter().any(|range| range.contains(edit.range()));
                    if !covered && lost(&after) < lost(&span.fragments) || after.count() != span.fragments.count() {
                        damages.push(Damage {
                            set: key.clone(),
                            before: span.clone(),
                            after: Some(after.clone()),
                            relations: 0,
                        });
                    }
                    back.push((key, Span { fragments: after, ..span }));
                }
                None => {
                    let removed = self.remove_with_dependents(span.id)?;
                    damages.push(Damage {
                        set: key,
                        before: span,
                        after: None,
                        relations: removed.len().saturating_sub(1),
                    });
                }
            }
        }
        self.carry_out(Operation::Text { article, edit: edit.clone() })?;
        for (set, span) in back {
            self.carry_out(Operation::Span { set, id: span.id, before: None, after: Some(Arc::new(span)) })?;
        }
        Ok(())
    }
}

/// Whether an edit inserts letters that belong to the word before or behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Completed {
    None,
    /// The word that ends at the edit.
    Before,
    /// The word that starts at the edit.
    After,
}

impl Completed {
    /// Letters inside a word complete none: a span that ends there covers a part of a word, and on purpose.
    fn by(edit: &TextEdit, text: &str) -> Self {
        let is_letter = |char: char| char.is_alphanumeric() || unicode_normalization::char::is_combining_mark(char);
        if edit.inserted.is_empty() || !edit.removed.is_empty() || !edit.inserted.chars().all(is_letter) {
            return Self::None;
        }
        let at = edit.at.to_usize();
        let before = text.get(..at).and_then(|text| text.chars().next_back()).is_some_and(is_letter);
        let after = text.get(at..).and_then(|text| text.chars().next()).is_some_and(is_letter);
        match (before, after) {
            (true, false) => Self::Before,
            (false, true) => Self::After,
            _ => Self::None,
        }
    }

    /// The pieces after the edit, with the inserted letters, if one of them ends or starts with the completed word.
    fn map(self, fragments: &Fragments, edit: &TextEdit) -> Option<Fragments> {
        let grows = |range: TextRange| {
            !range.is_empty()
                && match self {
                    Self::None => false,
                    Self::Before => range.end() == edit.at,
                    Self::After => range.start() == edit.at,
                }
        };
        if !fragments.iter().any(grows) {
            return None;
        }
        let inserted = edit.inverse().range();
        Fragments::new(fragments.iter().filter_map(|range| {
            let moved = edit.map_range(range)?;
            Some(if grows(range) { moved.cover(inserted) } else { moved })
        }))
    }
}
