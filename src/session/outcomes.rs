//! What became of suggestions: accepted as they were, corrected, rejected, or still open; by extractor and label.

use crate::model::{AnnotationSet, CorrectedFrom, Name, Provenance, Source, Status};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many suggestions met each fate. One that a person deleted leaves no trace in the annotations and is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutcomeCounts {
    /// Accepted with the label and the place that were suggested.
    pub accepted: usize,
    /// Given another label, place or other arguments, and so accepted.
    pub corrected: usize,
    pub rejected: usize,
    /// Nobody has looked at them.
    pub open: usize,
}

impl OutcomeCounts {
    /// Those that somebody decided on.
    pub fn decided(self) -> usize {
        self.accepted + self.corrected + self.rejected
    }

    pub fn total(self) -> usize {
        self.decided() + self.open
    }

    /// Shares of accepted, corrected and rejected ones among the decided, from 0 to 1; `None` if nothing was decided.
    #[expect(clippy::cast_precision_loss, reason = "counts of annotations are small")]
    pub fn shares(self) -> Option<[f64; 3]> {
        let decided = self.decided();
        (decided > 0).then(|| [self.accepted, self.corrected, self.rejected].map(|count| count as f64 / decided as f64))
    }

    pub fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.corrected += other.corrected;
        self.rejected += other.rejected;
        self.open += other.open;
    }
}

/// Counts by extractor, and by the label that it suggested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub counts: BTreeMap<(Name, Name), OutcomeCounts>,
}

impl Outcomes {
    /// What became of the spans and relations that extractors suggested in one article.
    pub fn of(set: &AnnotationSet) -> Self {
        let mut outcomes = Self::default();
        for span in set.spans() {
            // What is as it was suggested again was accepted.
            let suggested = span.corrected_from.as_deref();
            let by = suggested.map_or(&span.provenance, |suggested| &suggested.provenance);
            outcomes.count(&span.label, span.status, by, span.correction());
        }
        for relation in set.relations() {
            outcomes.count(&relation.label, relation.status, &relation.provenance, relation.corrected_from.as_deref());
        }
        outcomes
    }

    fn count(&mut self, label: &Name, status: Status, own: &Provenance, corrected: Option<&CorrectedFrom>) {
        let (label, provenance) = corrected.map_or((label, own), |from| (&from.label, &from.provenance));
        let Source::Extractor { name, .. } = &provenance.source else { return };
        let counts = self.counts.entry((name.clone(), label.clone())).or_default();
        let count = match (status, corrected) {
            (Status::Suggested, _) => &mut counts.open,
            (Status::Rejected, _) => &mut counts.rejected,
            (Status::Accepted, None) => &mut counts.accepted,
            (Status::Accepted, Some(_)) => &mut counts.corrected,
        };
        *count += 1;
    }

    /// Adds the counts of another article.
    pub fn add(&mut self, other: &Self) {
        for (key, counts) in &other.counts {
            self.counts.entry(key.clone()).or_default().add(*counts);
        }
    }

    /// All extractors and labels together.
    pub fn sum(&self) -> OutcomeCounts {
        self.counts.values().fold(OutcomeCounts::default(), |mut sum, counts| {
            sum.add(*counts);
            sum
        })
    }
}
