//! What changes among the suggestions of an article when Glosse thinks better of it.
//!
//! Only what Glosse itself suggested and nobody looked at is touched: see [`is_free`].

use super::{
    SessionError,
    suggest::{Suggester, add_suggestions, is_own, provenance},
};
use crate::{
    assist::SpanProposal,
    edit::Draft,
    model::{AnnotationId, AnnotationSet, Name, Relation, Span, Status},
    text::TextRange,
};
use std::collections::BTreeMap;

/// A suggestion stays until its score has fallen by this much below that of new ones, so that none comes and goes.
const TENACITY: f32 = 0.15;
/// A change of the score below this is not worth a change of the suggestion.
const NOTABLE: f32 = 0.1;

/// Suggestions to be added, changed and taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revision {
    /// Spans to be suggested.
    pub added: Vec<SpanProposal>,
    /// Suggestions that get another label or score; their places stay.
    pub revised: Vec<(AnnotationId, SpanProposal)>,
    /// Suggestions to be taken back.
    pub removed: Vec<AnnotationId>,
}

/// True if a span is a suggestion of Glosse that nobody looked at, and nothing that stands points to it.
pub fn is_free(set: &AnnotationSet, span: &Span) -> bool {
    span.status == Status::Suggested
        && is_own(&span.provenance.source)
        && span.entity.is_none()
        && span.note.is_empty()
        && span.attributes.is_empty()
        && set.relations_pointing_to(span.id).all(|relation| is_free_relation(set, relation))
}

/// True if a relation is a suggestion of Glosse that nobody looked at, and nothing that stands points to it.
fn is_free_relation(set: &AnnotationSet, relation: &Relation) -> bool {
    relation.status == Status::Suggested
        && is_own(&relation.provenance.source)
        && relation.note.is_empty()
        && relation.attributes.is_empty()
        && set.relations_pointing_to(relation.id).all(|outer| is_free_relation(set, outer))
}

impl Revision {
    /// What makes the suggestions in `set` those that `suggester` has now; `found` is what it said of this text. Nothing is
    /// added that `is_unwanted` names.
    pub fn new(
        suggester: &Suggester,
        found: &[SpanProposal],
        text: &str,
        set: Option<&AnnotationSet>,
        least: f32,
        is_unwanted: &dyn Fn(&SpanProposal) -> bool,
    ) -> Self {
        let is_passed_over = |span: &Span| set.is_some_and(|set| is_free(set, span));
        let wanted = suggester.proposals_beside(found, text, set, least - TENACITY, &is_passed_over, is_unwanted);
        let there: BTreeMap<TextRange, &Span> = set
            .into_iter()
            .flat_map(AnnotationSet::spans)
            .filter(|span| is_passed_over(span))
            .map(|span| (span.fragments.hull(), span))
            .collect();
        let mut revision = Self::default();
        let mut kept = std::collections::BTreeSet::new();
        for proposal in wanted {
            match there.get(&proposal.range) {
                Some(span) if span.label == proposal.label || proposal.score >= least => {
                    kept.insert(span.id);
                    let score = span.provenance.score.unwrap_or_default();
                    if span.label != proposal.label || (score - proposal.score).abs() >= NOTABLE {
                        revision.revised.push((span.id, proposal));
                    }
                }
                None if proposal.score >= least => revision.added.push(proposal),
                _ => {}
            }
        }
        let all = set.into_iter().flat_map(AnnotationSet::spans);
        revision
            .removed
            .extend(all.filter(|span| is_passed_over(span) && !kept.contains(&span.id)).map(|span| span.id));
        revision
    }

    /// True if nothing changes.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.revised.is_empty() && self.removed.is_empty()
    }

    /// Splits the first `most` changes off, what is taken back first, so that each step is short.
    pub fn split_off(&mut self, most: usize) -> Self {
        let mut left = most;
        let mut take = |count: usize| {
            let taken = count.min(left);
            left -= taken;
            taken
        };
        let (removed, revised, added) = (take(self.removed.len()), take(self.revised.len()), take(self.added.len()));
        Self {
            removed: self.removed.drain(..removed).collect(),
            revised: self.revised.drain(..revised).collect(),
            added: self.added.drain(..added).collect(),
        }
    }

    /// Leaves the suggestions that `is_kept` names as they are, and the place and label of those that `is_watched` names; adds
    /// nothing over them. True if there were such.
    pub fn spare(
        &mut self,
        set: Option<&AnnotationSet>,
        is_kept: &dyn Fn(AnnotationId) -> bool,
        is_watched: &dyn Fn(AnnotationId) -> bool,
    ) -> bool {
        let span = |id: AnnotationId| set.and_then(|set| set.span(id));
        let mut kept: Vec<TextRange> = Vec::new();
        let mut withholds = |id: AnnotationId, label: Option<&Name>| {
            let stays = label.is_some_and(|label| span(id).is_some_and(|span| span.label == *label));
            let withholds = is_kept(id) || is_watched(id) && !stays;
            kept.extend(span(id).filter(|_| withholds).map(|span| span.fragments.hull()));
            withholds
        };
        self.revised.retain(|(id, proposal)| !withholds(*id, Some(&proposal.label)));
        self.removed.retain(|id| !withholds(*id, None));
        self.added.retain(|proposal| !kept.iter().any(|range| range.overlaps(proposal.range)));
        !kept.is_empty()
    }

    /// Makes the changes.
    ///
    /// # Errors
    /// If the annotations are not those that it was made for.
    pub fn carry_out(&self, draft: &mut Draft<'_>) -> Result<(), SessionError> {
        let time = draft.time();
        // What came from outside since then may have decided about some.
        let is_free = |draft: &Draft<'_>, id: AnnotationId| {
            draft.set().is_some_and(|set| set.span(id).is_some_and(|span| is_free(set, span)))
        };
        for id in &self.removed {
            if is_free(draft, *id) {
                remove_hanging(draft, *id)?;
                draft.remove(*id)?;
            }
        }
        for (id, proposal) in &self.revised {
            if !is_free(draft, *id) {
                continue;
            }
            if draft.set().and_then(|set| set.span(*id)).is_some_and(|span| span.label != proposal.label) {
                // Relations were suggested for the other label.
                remove_hanging(draft, *id)?;
            }
            draft.revise_suggestion(*id, &proposal.label, provenance(proposal, time))?;
        }
        add_suggestions(draft, &self.added)?;
        Ok(())
    }
}

/// Removes the suggested relations that lead to a suggestion: without it, or with another label, they would be others.
fn remove_hanging(draft: &mut Draft<'_>, id: AnnotationId) -> Result<(), SessionError> {
    let hanging = draft.set().into_iter().flat_map(|set| set.relations_pointing_to(id));
    for relation in hanging.map(|relation| relation.id).collect::<Vec<_>>() {
        // Relations on relations go with these.
        if draft.set().is_some_and(|set| set.contains(relation)) {
            draft.remove(relation)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assist::{Reason, RelationProposal, RelationReason},
        model::{AnnotatorName, Article, ArticleId, ArticleMetadata, Project, Provenance, SetKey, news_schema},
        session::{suggest::glosse, suggest_relations::add_relation_suggestions},
    };

    #[test]
    fn a_suggested_relation_goes_with_the_suggestion_that_it_leads_to() {
        let text = "Er reiste im März nach Kursk.";
        let id = ArticleId::new("a");
        let article = Article::new(id.clone(), ArticleMetadata::default(), text);
        let schema = std::sync::Arc::new(news_schema());
        let mut project = Project { schema, articles: [(id.clone(), article)].into(), ..Project::default() };
        let key = SetKey { article: id, annotator: AnnotatorName::new("eva") };
        let provenance = Provenance { source: glosse(), time: jiff::Timestamp::UNIX_EPOCH, score: None, reason: None };
        let mut draft = Draft::new(&mut project, key.clone(), provenance);
        let proposal = |words: &str, label: &str| {
            let start = text.find(words).expect("the words");
            let range = TextRange::from_usize(start, start + words.len());
            SpanProposal { range, label: label.into(), score: 0.8, reason: Reason::Rule { name: "test".into() } }
        };
        let spans = [proposal("reiste", "EVENT"), proposal("im März", "DATE"), proposal("Kursk", "LOC")];
        let ids = add_suggestions(&mut draft, &spans).expect("spans");
        let relation = RelationProposal {
            label: "attack".into(),
            trigger: Some(ids[0]),
            arguments: vec![("date".into(), ids[1])],
            score: 0.7,
            reason: RelationReason::Learned { examples: 1 },
        };
        add_relation_suggestions(&mut draft, &[relation]).expect("a relation");
        assert_eq!(draft.set().map(|set| set.relations().count()), Some(1));
        let revision = Revision { removed: vec![ids[2]], ..Revision::default() };
        revision.carry_out(&mut draft).expect("it fits");
        assert_eq!(draft.set().map(|set| set.relations().count()), Some(1), "it does not lead there");
        let revision = Revision { removed: vec![ids[1]], ..Revision::default() };
        revision.carry_out(&mut draft).expect("it fits");
        assert_eq!(draft.set().map(|set| (set.relations().count(), set.spans().count())), Some((0, 1)));
    }
}
