//! Which spans may lie over each other, and what is free for another one: quotations hold names, all else keeps apart.

use crate::{
    assist::{
        SpanProposal,
        rules::{Kind, KindLabels},
    },
    model::{AnnotationSet, Fragments, Name, Span, Status},
    text::{ByteOffset, TextRange},
};
use std::collections::BTreeMap;

/// What may lie over what in a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// The label of quotations, if the schema has one.
    quotation: Option<Name>,
}

impl Overlap {
    /// With the label that these say is that of quotations.
    pub fn of(labels: &KindLabels) -> Self {
        Self { quotation: labels.labels.get(&Kind::Quote).cloned() }
    }

    /// True if something that stands at `place` with the label `label` is in the way of a proposal. What is empty covers no
    /// words, and so is in nobody's way.
    fn hinders(&self, place: TextRange, label: &Name, proposal: &SpanProposal) -> bool {
        let holds = |one: &Name| self.quotation.as_ref() == Some(one);
        let is_one_a_quotation = *label != proposal.label && (holds(label) || holds(&proposal.label));
        let is_nested = place != proposal.range && is_one_a_quotation;
        !place.is_empty() && place.overlaps(proposal.range) && !is_nested
    }

    /// True if a proposal can be laid beside the spans in `set`, but for those that `is_passed_over` names, and was not rejected
    /// there. Words between the pieces of a span are free.
    pub fn is_free(
        &self,
        set: Option<&AnnotationSet>,
        proposal: &SpanProposal,
        is_passed_over: &dyn Fn(&Span) -> bool,
    ) -> bool {
        let place = Fragments::one(proposal.range);
        let is_in_the_way = |span: &Span| match span.status {
            Status::Rejected => span.label == proposal.label && span.fragments == place,
            Status::Accepted | Status::Suggested => {
                let hinders = |piece| self.hinders(piece, &span.label, proposal);
                !is_passed_over(span) && span.fragments.iter().any(hinders)
            }
        };
        !proposal.range.is_empty() && set.is_none_or(|set| !set.spans_overlapping(proposal.range).any(is_in_the_way))
    }
}

/// Proposals that were chosen, none of which is in the way of another.
pub struct Chosen<'a> {
    overlap: &'a Overlap,
    quotations: Vec<SpanProposal>,
    /// All else by its start: no two of these overlap.
    others: BTreeMap<ByteOffset, SpanProposal>,
}

impl<'a> Chosen<'a> {
    /// None so far.
    pub fn new(overlap: &'a Overlap) -> Self {
        Self { overlap, quotations: Vec::new(), others: BTreeMap::new() }
    }

    /// True if something that was chosen is in the way of a proposal.
    pub fn is_taken(&self, proposal: &SpanProposal) -> bool {
        let before_end = self.others.range(..proposal.range.end()).next_back().map(|(_, other)| other);
        let near = [before_end, self.others.get(&proposal.range.start())];
        let mut near = self.quotations.iter().chain(near.into_iter().flatten());
        near.any(|other| self.overlap.hinders(other.range, &other.label, proposal))
    }

    /// Adds a proposal that is not taken.
    pub fn add(&mut self, proposal: SpanProposal) {
        if self.overlap.quotation.as_ref() == Some(&proposal.label) {
            self.quotations.push(proposal);
        } else {
            self.others.insert(proposal.range.start(), proposal);
        }
    }

    /// All of them, in the order of the text.
    pub fn into_proposals(self) -> Vec<SpanProposal> {
        let mut all = self.quotations;
        all.extend(self.others.into_values());
        all.sort_by_key(|proposal| proposal.range);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assist::Reason,
        model::{AnnotationId, Provenance, news_schema},
    };

    fn proposal(start: usize, end: usize, label: &str) -> SpanProposal {
        let range = TextRange::from_usize(start, end);
        SpanProposal { range, label: label.into(), score: 0.5, reason: Reason::Memory { accepted: 1, rejected: 0 } }
    }

    fn overlap() -> Overlap {
        Overlap::of(&KindLabels::guess(&news_schema()))
    }

    #[test]
    fn names_lie_in_quotations_and_in_nothing_else() {
        let overlap = overlap();
        let check = |one: (usize, usize, &str), other: (usize, usize, &str), expected: bool| {
            let mut chosen = Chosen::new(&overlap);
            chosen.add(proposal(one.0, one.1, one.2));
            assert_eq!(chosen.is_taken(&proposal(other.0, other.1, other.2)), !expected, "{one:?} {other:?}");
            let mut chosen = Chosen::new(&overlap);
            chosen.add(proposal(other.0, other.1, other.2));
            assert_eq!(chosen.is_taken(&proposal(one.0, one.1, one.2)), !expected, "{other:?} {one:?}");
        };
        check((0, 9, "QUOTE"), (2, 4, "PER"), true);
        check((0, 9, "QUOTE"), (5, 12, "PER"), true);
        check((0, 9, "QUOTE"), (0, 9, "PER"), false);
        check((0, 9, "QUOTE"), (2, 4, "QUOTE"), false);
        check((0, 9, "EVENT"), (2, 4, "PER"), false);
        check((0, 9, "EVENT"), (9, 12, "PER"), true);
        check((2, 4, "PER"), (3, 8, "LOC"), false);
    }

    #[test]
    fn a_place_is_free_beside_what_stands_and_where_it_was_not_rejected() {
        let overlap = overlap();
        let span = |id: u32, fragments: Fragments, label: &str, status: Status| Span {
            id: AnnotationId(id),
            label: label.into(),
            fragments,
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH),
            status,
            corrected_from: None,
        };
        let at = |start: usize, end: usize| TextRange::from_usize(start, end);
        let spans = vec![
            span(1, Fragments::one(at(0, 20)), "QUOTE", Status::Accepted),
            span(2, Fragments::one(at(2, 6)), "PER", Status::Suggested),
            span(3, Fragments::one(at(10, 14)), "LOC", Status::Rejected),
            span(4, Fragments::new([at(30, 34), at(40, 44)]).expect("pieces"), "ORG", Status::Accepted),
        ];
        let set = AnnotationSet::from_parts(1, Default::default(), spans, Vec::new(), Vec::new()).0;
        let is_free = |start, end, label| overlap.is_free(Some(&set), &proposal(start, end, label), &|_| false);
        assert!(!is_free(4, 8, "PER") && !is_free(0, 20, "PER") && is_free(7, 9, "PER"));
        assert!(!is_free(10, 14, "LOC") && is_free(10, 14, "ORG") && is_free(10, 15, "LOC"));
        assert!(!is_free(33, 36, "LOC") && is_free(35, 39, "LOC"), "words between the pieces are free");
        assert!(!is_free(25, 25, "LOC"), "nothing");
        assert!(overlap.is_free(Some(&set), &proposal(4, 8, "PER"), &|span| span.id == AnnotationId(2)));
        assert!(overlap.is_free(None, &proposal(4, 8, "PER"), &|_| false));
    }
}
