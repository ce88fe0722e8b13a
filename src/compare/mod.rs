//! Two opinions of one text side by side: how far predicted spans and relations agree with those taken for right.
//!
//! The terms are those of nervaluate: a pair is *correct*, *incorrect* or *partial*, what has no partner is *missed* or
//! *spurious*; there are four ways to look at a pair, see [`Scheme`]. `tests/outside/nervaluate_numbers.py` has nervaluate itself
//! count; where no two spans of a side overlap, the numbers are the same.

mod agreement;
#[cfg(test)]
mod nervaluate_tests;
mod pairs;
mod relations;
mod reliability;

pub use agreement::TokenAgreement;
pub use relations::{Related, RelationComparison, RelationDifference, compare_relations};
pub use reliability::{Bin, Reliability};

use crate::{
    model::{Attributes, Name},
    text::TextRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// A labelled stretch, of whichever side. A span in pieces counts from the start of the first to the end of the last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labelled {
    pub range: TextRange,
    pub label: Name,
}

/// What must agree for a pair to be correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Place and label.
    Strict,
    /// The place, whatever the label.
    Exact,
    /// The place; one that overlaps counts half, whatever the label.
    Partial,
    /// The label, with a place that overlaps.
    Type,
}

impl Scheme {
    pub const ALL: [Self; 4] = [Self::Strict, Self::Exact, Self::Partial, Self::Type];

    /// The word used in tables and on the command line; what nervaluate calls `partial` and `ent_type` are the last two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Exact => "exact",
            Self::Partial => "overlap",
            Self::Type => "type",
        }
    }
}

/// Counts of pairs, and of what has no partner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub correct: usize,
    pub incorrect: usize,
    pub partial: usize,
    pub missed: usize,
    pub spurious: usize,
}

impl Score {
    /// How many there are on the side that is taken for right.
    pub fn possible(&self) -> usize {
        self.correct + self.incorrect + self.partial + self.missed
    }

    /// How many were predicted.
    pub fn actual(&self) -> usize {
        self.correct + self.incorrect + self.partial + self.spurious
    }

    /// Correct share of the predicted, partial ones as halves; 0 without any.
    pub fn precision(&self) -> f64 {
        self.share(self.actual())
    }

    /// Found share of the possible, partial ones as halves; 0 without any.
    pub fn recall(&self) -> f64 {
        self.share(self.possible())
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of annotations are small")]
    fn share(&self, of: usize) -> f64 {
        if of == 0 { 0.0 } else { (self.correct as f64 + 0.5 * self.partial as f64) / of as f64 }
    }

    /// Adds the counts of another score.
    pub fn add(&mut self, other: &Self) {
        self.correct += other.correct;
        self.incorrect += other.incorrect;
        self.partial += other.partial;
        self.missed += other.missed;
        self.spurious += other.spurious;
    }
}

/// Precision, recall and F1, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Average {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// How two sides differ at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Right, and not predicted.
    Missed,
    /// Predicted where nothing is.
    Spurious,
    /// The place is right.
    WrongLabel,
    /// The label is right; of relations, the arguments are not.
    WrongEdges,
    /// Overlapping places, and different labels.
    Both,
}

impl ErrorKind {
    pub const ALL: [Self; 5] = [Self::Missed, Self::Spurious, Self::WrongLabel, Self::WrongEdges, Self::Both];

    /// The words used in tables and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Spurious => "spurious",
            Self::WrongLabel => "wrong label",
            Self::WrongEdges => "wrong edges",
            Self::Both => "wrong label and edges",
        }
    }
}

/// One difference. With both sides, place or label differ; without `gold` the predicted one is spurious, without
/// `predicted` the other was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub gold: Option<Labelled>,
    pub predicted: Option<Labelled>,
}

impl Difference {
    pub fn kind(&self) -> ErrorKind {
        match (&self.gold, &self.predicted) {
            (None, _) => ErrorKind::Spurious,
            (_, None) => ErrorKind::Missed,
            (Some(gold), Some(predicted)) if gold.range == predicted.range => ErrorKind::WrongLabel,
            (Some(gold), Some(predicted)) if gold.label == predicted.label => ErrorKind::WrongEdges,
            _ => ErrorKind::Both,
        }
    }

    /// Where it is: from the start of the first side to the end of the last.
    pub fn range(&self) -> TextRange {
        let ranges = [&self.gold, &self.predicted].into_iter().flatten().map(|side| side.range);
        ranges.reduce(TextRange::cover).unwrap_or_default()
    }
}

/// How predicted spans agree with those taken for right. Articles are added one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// All spans together: the micro average.
    pub overall: BTreeMap<Scheme, Score>,
    /// Each label by itself, as if there were no others: what has another label on the other side is missed or spurious.
    pub labels: BTreeMap<Name, BTreeMap<Scheme, Score>>,
    /// How often a gold label met a predicted one; `None` stands for no partner.
    pub confusion: BTreeMap<(Option<Name>, Option<Name>), usize>,
}

impl Comparison {
    /// Adds one article and returns its differences in the order of the text.
    ///
    /// Differences and the confusion matrix pair each predicted span with the gold span that is equal, else with one at the
    /// same place, else with the nearest of the same label that overlaps, else with the nearest that overlaps. Scores pair
    /// for each scheme anew, as nervaluate does.
    pub fn add(&mut self, gold: &[Labelled], predicted: &[Labelled]) -> Vec<Difference> {
        let (mut gold, mut predicted) = (gold.to_vec(), predicted.to_vec());
        gold.sort();
        predicted.sort();
        for scheme in Scheme::ALL {
            self.overall.entry(scheme).or_default().add(&pairs::score(scheme, &gold, &predicted));
        }
        let labels: BTreeSet<&Name> = gold.iter().chain(&predicted).map(|span| &span.label).collect();
        for label in labels {
            let of_label = |spans: &[Labelled]| -> Vec<Labelled> {
                spans.iter().filter(|span| span.label == *label).cloned().collect()
            };
            let (gold, predicted) = (of_label(&gold), of_label(&predicted));
            let scores = self.labels.entry(label.clone()).or_default();
            for scheme in Scheme::ALL {
                scores.entry(scheme).or_default().add(&pairs::score(scheme, &gold, &predicted));
            }
        }
        let mut differences = Vec::new();
        let mut taken = vec![false; gold.len()];
        for (found, partner) in predicted.iter().zip(pairs::nearest(&gold, &predicted)) {
            let right = partner.and_then(|index| gold.get(index));
            if let Some(taken) = partner.and_then(|index| taken.get_mut(index)) {
                *taken = true;
            }
            self.confuse(right.map(|right| &right.label), Some(&found.label));
            if right != Some(found) {
                differences.push(Difference { gold: right.cloned(), predicted: Some(found.clone()) });
            }
        }
        for (missed, _) in gold.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            self.confuse(Some(&missed.label), None);
            differences.push(Difference { gold: Some(missed.clone()), predicted: None });
        }
        differences.sort_by_key(Difference::range);
        differences
    }

    fn confuse(&mut self, gold: Option<&Name>, predicted: Option<&Name>) {
        *self.confusion.entry((gold.cloned(), predicted.cloned())).or_default() += 1;
    }

    /// All spans together.
    pub fn micro(&self, scheme: Scheme) -> Score {
        self.overall.get(&scheme).copied().unwrap_or_default()
    }

    /// The mean over all labels of either side, each with the same weight.
    #[expect(clippy::cast_precision_loss, reason = "there are few labels")]
    pub fn macro_average(&self, scheme: Scheme) -> Average {
        let count = self.labels.len().max(1) as f64;
        let scores = || self.labels.values().filter_map(|scores| scores.get(&scheme));
        Average {
            precision: scores().map(Score::precision).sum::<f64>() / count,
            recall: scores().map(Score::recall).sum::<f64>() / count,
            f1: scores().map(Score::f1).sum::<f64>() / count,
        }
    }

    /// The labels of both sides, for the rows and columns of the confusion matrix.
    pub fn names(&self) -> Vec<&Name> {
        self.labels.keys().collect()
    }

    /// How often the gold label met the predicted one; `None` stands for no partner.
    pub fn confused(&self, gold: Option<&Name>, predicted: Option<&Name>) -> usize {
        self.confusion.get(&(gold.cloned(), predicted.cloned())).copied().unwrap_or(0)
    }
}

/// Adds how the attributes of two annotations that are the same agree, by attribute: equal values are correct, others
/// incorrect, one without the other missed or spurious.
pub fn add_attributes(scores: &mut BTreeMap<Name, Score>, gold: &Attributes, predicted: &Attributes) {
    let names: BTreeSet<&Name> = gold.keys().chain(predicted.keys()).collect();
    for name in names {
        let score = scores.entry(name.clone()).or_default();
        match (gold.get(name), predicted.get(name)) {
            (Some(right), Some(found)) if right == found => score.correct += 1,
            (Some(_), Some(_)) => score.incorrect += 1,
            (Some(_), None) => score.missed += 1,
            (None, _) => score.spurious += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeValue;

    fn spans(spans: &[(usize, usize, &str)]) -> Vec<Labelled> {
        let span = |(start, end, label): &(usize, usize, &str)| Labelled {
            range: TextRange::from_usize(*start, *end),
            label: (*label).into(),
        };
        spans.iter().map(span).collect()
    }

    /// Gold, predicted, and for each scheme: correct, incorrect, partial, missed, spurious.
    fn check(gold: &[(usize, usize, &str)], predicted: &[(usize, usize, &str)], expected: [[usize; 5]; 4]) {
        let mut comparison = Comparison::default();
        comparison.add(&spans(gold), &spans(predicted));
        let found = Scheme::ALL.map(|scheme| {
            let score = comparison.micro(scheme);
            [score.correct, score.incorrect, score.partial, score.missed, score.spurious]
        });
        assert_eq!(found, expected, "{gold:?} {predicted:?}");
    }

    const GOLD: [(usize, usize, &str); 4] = [(0, 5, "PER"), (10, 15, "LOC"), (20, 30, "ORG"), (40, 45, "LOC")];
    /// Right; other label; other place; and one that is nowhere.
    const PREDICTED: [(usize, usize, &str); 4] = [(0, 5, "PER"), (10, 15, "ORG"), (20, 25, "ORG"), (50, 55, "PER")];

    #[test]
    fn scores_as_worked_by_hand() {
        check(&[], &[], [[0; 5]; 4]);
        check(&GOLD, &PREDICTED, [[1, 2, 0, 1, 1], [2, 1, 0, 1, 1], [2, 0, 1, 1, 1], [2, 1, 0, 1, 1]]);
        // Both edges are wrong and two right ones overlap: the nearer one of the same label counts for the type.
        check(
            &[(0, 4, "PER"), (6, 10, "LOC")],
            &[(3, 9, "LOC")],
            [[0, 1, 0, 1, 0], [0, 1, 0, 1, 0], [0, 0, 1, 1, 0], [1, 0, 0, 1, 0]],
        );
        // What is the same on both sides is right, whatever lies around it.
        let nested = [(0, 9, "ORG"), (0, 9, "LOC"), (0, 4, "LOC"), (0, 4, "LOC"), (3, 3, "GAP")];
        check(&nested, &nested, [[5, 0, 0, 0, 0]; 4]);
    }

    #[test]
    fn labels_are_scored_by_themselves_and_averaged() {
        let mut comparison = Comparison::default();
        comparison.add(&spans(&GOLD), &spans(&PREDICTED));
        let strict = |label: &str| comparison.labels[&Name::from(label)][&Scheme::Strict];
        // The place that became an organization is missed as one and spurious as the other.
        assert_eq!(strict("LOC"), Score { missed: 2, ..Score::default() });
        assert_eq!(strict("ORG"), Score { incorrect: 1, spurious: 1, ..Score::default() });
        assert_eq!(strict("PER"), Score { correct: 1, spurious: 1, ..Score::default() });
        let partial = comparison.micro(Scheme::Partial);
        assert!((partial.precision() - 2.5 / 4.0).abs() < 1e-9 && (partial.recall() - 2.5 / 4.0).abs() < 1e-9);
        let average = comparison.macro_average(Scheme::Strict);
        assert!((average.precision - 0.5 / 3.0).abs() < 1e-9 && (average.recall - 1.0 / 3.0).abs() < 1e-9);
        assert!((average.f1 - 2.0 / 9.0).abs() < 1e-9);
    }

    #[test]
    fn differences_are_named_and_counted_in_the_matrix() {
        let mut comparison = Comparison::default();
        let predicted = [PREDICTED.as_slice(), &[(38, 43, "PER")]].concat();
        let differences = comparison.add(&spans(&GOLD), &spans(&predicted));
        let kinds: Vec<_> = differences.iter().map(|found| (found.range().start().0, found.kind())).collect();
        let expected = [
            (10, ErrorKind::WrongLabel),
            (20, ErrorKind::WrongEdges),
            (38, ErrorKind::Both),
            (50, ErrorKind::Spurious),
        ];
        assert_eq!(kinds, expected);
        let (loc, org, per) = (Name::from("LOC"), Name::from("ORG"), Name::from("PER"));
        assert_eq!(comparison.confused(Some(&loc), Some(&org)), 1);
        assert_eq!(comparison.confused(Some(&loc), Some(&per)), 1);
        assert_eq!(comparison.confused(None, Some(&per)), 1);
        assert_eq!(comparison.confusion.values().sum::<usize>(), 5);
        let differences = Comparison::default().add(&spans(&GOLD), &[]);
        assert!(differences.len() == 4 && differences.iter().all(|found| found.kind() == ErrorKind::Missed));
    }

    #[test]
    fn attributes_of_equal_annotations_are_compared() {
        let attributes = |pairs: &[(&str, &str)]| -> Attributes {
            pairs.iter().map(|(name, value)| ((*name).into(), AttributeValue::Text((*value).into()))).collect()
        };
        let mut scores = BTreeMap::new();
        let gold = attributes(&[("mention", "name"), ("value", "2025-03-12"), ("side", "a")]);
        add_attributes(&mut scores, &gold, &attributes(&[("mention", "name"), ("value", "2025-03-13"), ("x", "1")]));
        let counts: Vec<_> = scores.iter().map(|(name, score)| (&**name, score.f1(), score.possible())).collect();
        assert_eq!(counts, [("mention", 1.0, 1), ("side", 0.0, 1), ("value", 0.0, 1), ("x", 0.0, 0)]);
    }
}
