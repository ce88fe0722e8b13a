//! Lays what extractors from outside found beside what is there, as suggestions.

use super::{Session, SessionError};
use crate::{
    edit::Draft,
    model::{
        AnnotationId, AnnotationSet, Argument, Article, ArticleId, Name, Provenance, Relation, Settings, Source, Span,
        Status,
    },
    outside::{Answer, FoundSpan, PresentSpan, Question, Target},
};
use std::{collections::BTreeMap, sync::Arc};

/// What became of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    pub spans: usize,
    pub relations: usize,
    /// What could not be added, in words. That something was there already or was rejected is none.
    pub problems: Vec<String>,
}

/// A loaded article as a question, with the annotations of `set` as what is there. `None` if it is not loaded.
pub fn question(article: &Article, set: Option<&AnnotationSet>, settings: &Settings) -> Option<Question> {
    let present = set.into_iter().flat_map(AnnotationSet::spans_in_order).map(|span| PresentSpan {
        id: span.id,
        fragments: span.fragments.clone(),
        label: span.label.clone(),
        status: span.status,
    });
    let language = match article.metadata.language.as_str() {
        "" => settings.default_language.clone(),
        language => language.to_owned(),
    };
    Some(Question {
        article: article.id.clone(),
        text: Arc::clone(article.text.as_ref()?),
        language,
        present: present.collect(),
    })
}

impl Session {
    /// Adds an answer to the present annotator's annotations of an article, as suggestions with at least the score `least`;
    /// what has no score counts as sure. One transaction; none if there is nothing to add.
    ///
    /// Nothing that stands is changed. What was rejected at the same place with the same label stays away, and so does what
    /// stands there or was suggested by the same extractor already. If the text is not the one with `text_hash` any more,
    /// nothing is added.
    ///
    /// # Errors
    /// If the project can not be changed.
    pub fn add_answer(
        &mut self,
        article: &ArticleId,
        text_hash: u64,
        extractor: &Name,
        answer: &Answer,
        least: f32,
    ) -> Result<Added, SessionError> {
        let is_same = self.load(article)?.text.as_ref().is_some_and(|text| text.hash() == text_hash);
        if !is_same {
            let problems =
                vec!["the text was changed while it was asked about; nothing was added, ask again".to_owned()];
            return Ok(Added { problems, ..Added::default() });
        }
        let title = format!("Suggestions of {extractor}");
        self.edit(article, title, |draft| add_answer(draft, extractor, answer, least))
    }
}

/// See [`Session::add_answer`].
fn add_answer(draft: &mut Draft<'_>, extractor: &Name, answer: &Answer, least: f32) -> Result<Added, SessionError> {
    let mut added = Added::default();
    let version = answer.version.clone().unwrap_or_else(|| "unknown".into());
    let source = Source::Extractor { name: extractor.clone(), version };
    let time = draft.time();
    let provenance = |score: Option<f32>, reason: &Option<Name>| Provenance {
        source: source.clone(),
        time,
        score,
        reason: reason.clone(),
    };
    let is_enough = |score: Option<f32>| score.is_none_or(|score| score >= least);
    // Where each span of the answer is now; those that are left out have no place.
    let mut places: Vec<Option<AnnotationId>> = Vec::with_capacity(answer.spans.len());
    for span in &answer.spans {
        let there = draft.set().map(|set| standing(set, span, extractor)).unwrap_or_default();
        let place = match there {
            Standing::Rejected => None,
            Standing::There(id) => Some(id),
            Standing::Free if !is_enough(span.score) => None,
            Standing::Free => {
                added.spans += 1;
                Some(draft.insert_span(Span {
                    id: AnnotationId(0),
                    label: span.label.clone(),
                    fragments: span.fragments.clone(),
                    attributes: Default::default(),
                    entity: None,
                    note: String::new(),
                    provenance: provenance(span.score, &span.reason),
                    status: Status::Suggested,
                    corrected_from: None,
                })?)
            }
        };
        places.push(place);
    }
    for found in answer.relations.iter().filter(|found| is_enough(found.score)) {
        // Where one of its spans was rejected, the relation is wrong as well.
        let place = |target: &Target| match target {
            Target::Found(index) => places.get(*index).copied().flatten(),
            Target::Present(id) => draft.set().and_then(|set| set.span(*id)).map(|span| span.id),
        };
        let trigger = found.trigger.as_ref().map(place);
        let arguments: Option<Vec<Argument>> = found
            .arguments
            .iter()
            .map(|(role, target)| Some(Argument { role: role.clone(), target: place(target)? }))
            .collect();
        let (Some(arguments), false) = (arguments, trigger == Some(None)) else { continue };
        let relation = Relation {
            id: AnnotationId(0),
            label: found.label.clone(),
            trigger: trigger.flatten(),
            arguments,
            attributes: Default::default(),
            note: String::new(),
            provenance: provenance(found.score, &found.reason),
            status: Status::Suggested,
            corrected_from: None,
        };
        if draft.set().is_some_and(|set| is_linked(set, &relation, extractor)) {
            continue;
        }
        match draft.insert_allowed_relation(relation) {
            Ok(_) => added.relations += 1,
            Err(error) => added.problems.push(format!("a relation was left out: {error}")),
        }
    }
    Ok(added)
}

/// What of a span is there already.
#[derive(Default)]
enum Standing {
    #[default]
    Free,
    /// It stands, or the same extractor suggested it.
    There(AnnotationId),
    Rejected,
}

fn standing(set: &AnnotationSet, span: &FoundSpan, extractor: &Name) -> Standing {
    let same = |other: &&Span| other.fragments == span.fragments && other.label == span.label;
    let same: Vec<&Span> = set.spans_overlapping(span.fragments.hull()).filter(same).collect();
    let with = |status: Status| same.iter().find(|other| other.status == status);
    if let Some(accepted) = with(Status::Accepted) {
        return Standing::There(accepted.id);
    }
    if with(Status::Rejected).is_some() {
        return Standing::Rejected;
    }
    let own = same.iter().find(|other| is_of(&other.provenance, extractor));
    own.map_or(Standing::Free, |own| Standing::There(own.id))
}

/// True if a relation stands, was rejected, or was suggested by the same extractor: with the same participants in the same
/// roles, in any order.
fn is_linked(set: &AnnotationSet, relation: &Relation, extractor: &Name) -> bool {
    // Spans of the same place and label count as the same, whoever suggested them.
    let place = |id: AnnotationId| set.span(id).map(|span| (&span.fragments, &span.label));
    let participants = |relation: &Relation| {
        let mut all: BTreeMap<_, usize> = BTreeMap::new();
        for argument in &relation.arguments {
            *all.entry((argument.role.clone(), place(argument.target))).or_default() += 1;
        }
        all
    };
    let wanted = participants(relation);
    let trigger = relation.trigger.and_then(place);
    set.relations().any(|other| {
        other.label == relation.label
            && (other.status != Status::Suggested || is_of(&other.provenance, extractor))
            && other.trigger.and_then(place) == trigger
            && participants(other) == wanted
    })
}

fn is_of(provenance: &Provenance, extractor: &Name) -> bool {
    matches!(&provenance.source, Source::Extractor { name, .. } if name == extractor)
}
