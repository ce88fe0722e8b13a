//! Which spans may lie over each other, and what is free for another one: all keep apart, but quotations and other spans may overlap.

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

    /// The same where nothing that overlaps was rejected either: whoever rejects wants to see nothing there.
    pub fn is_quiet(&self, set: Option<&AnnotationSet>, proposal: &SpanProposal) -> bool {
        let is_rejected = |span: &Span| {
            span.status == Status::Rejected
                && span.fragments.iter().any(|piece| self.hinders(piece, &span.label, proposal))
        };
        self.is_free(set, proposal, &|_| false)
            && set.is_none_or(|set| !set.spans_overlapping(proposal.range).any(is_rejected))
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

    /// Adds a proposal unless something that was chosen is in its way; in the place of another one for the very same words if it
    /// is likelier.
    pub fn offer(&mut self, proposal: SpanProposal) {
        let is_less_likely = |other: &SpanProposal| other.range == proposal.range && other.score < proposal.score;
        if !self.is_taken(&proposal, &is_less_likely) {
            self.quotations.retain(|other| !is_less_likely(other));
            if self.others.get(&proposal.range.start()).is_some_and(is_less_likely) {
                self.others.remove(&proposal.range.start());
            }
            if self.overlap.quotation.as_ref() == Some(&proposal.label) {
                self.quotations.push(proposal);
            } else {
                self.others.insert(proposal.range.start(), proposal);
            }
        }
    }

    /// True if something is in the way that does not give way itself.
    fn is_taken(&self, proposal: &SpanProposal, gives_way: &dyn Fn(&SpanProposal) -> bool) -> bool {
        // Of those that do not overlap each other the last one that begins before the end reaches furthest.
        let last = self.others.range(..proposal.range.end()).next_back().map(|(_, other)| other);
        let mut near = self.quotations.iter().chain(last);
        near.any(|other| !gives_way(other) && self.overlap.hinders(other.range, &other.label, proposal))
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
        let both = |one: (usize, usize, &str), other: (usize, usize, &str)| {
            let mut chosen = Chosen::new(&overlap);
            for (start, end, label) in [one, other] {
                chosen.offer(proposal(start, end, label));
            }
            chosen.into_proposals().len() == 2
        };
        let check = |one, other, expected| {
            assert_eq!(both(one, other), expected, "{one:?} {other:?}");
            assert_eq!(both(other, one), expected, "{other:?} {one:?}");
        };
        check((0, 9, "QUOTE"), (2, 4, "PER"), true);
        check((0, 9, "QUOTE"), (5, 12, "PER"), true);
        check((0, 9, "QUOTE"), (0, 9, "PER"), false);
        check((0, 9, "QUOTE"), (2, 4, "QUOTE"), false);
        check((0, 9, "EVENT"), (2, 4, "PER"), false);
        check((0, 9, "EVENT"), (9, 12, "PER"), true);
        check((2, 4, "PER"), (3, 8, "LOC"), false);
        // Of two for the same words the likelier counts.
        let mut chosen = Chosen::new(&overlap);
        chosen.offer(proposal(2, 4, "PER"));
        chosen.offer(SpanProposal { score: 0.7, ..proposal(2, 4, "LOC") });
        chosen.offer(SpanProposal { score: 0.6, ..proposal(2, 4, "ORG") });
        assert_eq!(chosen.into_proposals(), [SpanProposal { score: 0.7, ..proposal(2, 4, "LOC") }]);
        // What does not fit takes nothing away.
        let mut chosen = Chosen::new(&overlap);
        chosen.offer(proposal(0, 9, "PER"));
        chosen.offer(proposal(5, 12, "QUOTE"));
        chosen.offer(SpanProposal { score: 0.7, ..proposal(0, 9, "QUOTE") });
        assert_eq!(chosen.into_proposals(), [proposal(0, 9, "PER"), proposal(5, 12, "QUOTE")]);
        for (first, second) in [("PER", "QUOTE"), ("QUOTE", "PER")] {
            let mut chosen = Chosen::new(&overlap);
            chosen.offer(proposal(0, 9, first));
            chosen.offer(SpanProposal { score: 0.7, ..proposal(0, 9, second) });
            chosen.offer(proposal(2, 4, "LOC"));
            chosen.offer(proposal(5, 12, "QUOTE"));
            let labels: Vec<String> = chosen.into_proposals().iter().map(|it| it.label.to_string()).collect();
            let expected: &[&str] = if second == "QUOTE" { &["QUOTE", "LOC"] } else { &["PER", "QUOTE"] };
            assert_eq!(labels, expected);
        }
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
        let is_quiet = |start, end, label| overlap.is_quiet(Some(&set), &proposal(start, end, label));
        assert!(!is_quiet(10, 14, "ORG") && !is_quiet(8, 12, "ORG") && is_quiet(14, 18, "ORG"), "{set:?}");
        assert!(overlap.is_free(Some(&set), &proposal(4, 8, "PER"), &|span| span.id == AnnotationId(2)));
        assert!(overlap.is_free(None, &proposal(4, 8, "PER"), &|_| false));
    }
}
