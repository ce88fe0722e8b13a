//! Two opinions of one text side by side: how far predicted spans and relations agree with those taken for right.
//!
//! The terms are those of nervaluate: a pair is *correct*, *incorrect* or *partial*, what has no partner is *missed* or
//! *spurious*; there are four ways to look at a pair, see [`Scheme`].

mod reliability;

pub use reliability::{Bin, Reliability};

use crate::{model::Name, text::TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// A labelled stretch, of whichever side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labelled {
    pub range: TextRange,
    pub label: Name,
}

/// A relation as it is compared: its label, and its arguments with role, the trigger under the role `""`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Related {
    pub label: Name,
    pub arguments: BTreeSet<(Name, TextRange)>,
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

    fn add(&mut self, scheme: Scheme, same_place: bool, same_label: bool) {
        let (correct, partial) = match scheme {
            Scheme::Strict => (same_place && same_label, false),
            Scheme::Exact => (same_place, false),
            Scheme::Partial => (same_place, !same_place),
            Scheme::Type => (same_label, false),
        };
        if correct {
            self.correct += 1;
        } else if partial {
            self.partial += 1;
        } else {
            self.incorrect += 1;
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

/// How predicted spans agree with those taken for right. Articles are added one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    pub overall: BTreeMap<Scheme, Score>,
    /// By the label of the gold side; what is spurious, by the predicted label.
    pub labels: BTreeMap<Name, BTreeMap<Scheme, Score>>,
    /// How often a gold label met a predicted one; `None` stands for no partner.
    pub confusion: BTreeMap<(Option<Name>, Option<Name>), usize>,
}

impl Comparison {
    /// Adds one article and returns its differences in the order of the text.
    ///
    /// Each predicted span takes the first gold span that is free and equal, else one at the same place, else one that
    /// overlaps.
    pub fn add(&mut self, gold: &[Labelled], predicted: &[Labelled]) -> Vec<Difference> {
        let (mut gold, mut predicted) = (gold.to_vec(), predicted.to_vec());
        gold.sort();
        predicted.sort();
        let mut partner: Vec<Option<usize>> = vec![None; predicted.len()];
        let mut taken = vec![false; gold.len()];
        let longest = gold.iter().map(|span| span.range.len()).max().unwrap_or(0);
        for round in 0..3 {
            for (place, found) in partner.iter_mut().zip(&predicted).filter(|(place, _)| place.is_none()) {
                let from = found.range.start().0.saturating_sub(longest);
                let first = gold.partition_point(|span| span.range.start().0 < from);
                let near = gold.iter().enumerate().skip(first);
                let fits =
                    near.take_while(|(_, span)| span.range.start() <= found.range.end()).find(|(index, span)| {
                        !taken.get(*index).copied().unwrap_or(true)
                            && match round {
                                0 => *span == found,
                                1 => span.range == found.range,
                                _ => span.range.overlaps(found.range),
                            }
                    });
                if let Some((index, _)) = fits {
                    *place = Some(index);
                    if let Some(taken) = taken.get_mut(index) {
                        *taken = true;
                    }
                }
            }
        }
        let mut differences = Vec::new();
        for (found, place) in predicted.iter().zip(&partner) {
            let right = place.and_then(|index| gold.get(index));
            let (same_place, same_label) =
                right.map_or((false, false), |right| (right.range == found.range, right.label == found.label));
            let label = right.map_or(&found.label, |right| &right.label);
            self.change(label, |scheme, score| match right {
                Some(_) => score.add(scheme, same_place, same_label),
                None => score.spurious += 1,
            });
            self.confuse(right.map(|right| &right.label), Some(&found.label));
            if !(same_place && same_label) {
                differences.push(Difference { gold: right.cloned(), predicted: Some(found.clone()) });
            }
        }
        for (missed, _) in gold.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            self.change(&missed.label, |_, score| score.missed += 1);
            self.confuse(Some(&missed.label), None);
            differences.push(Difference { gold: Some(missed.clone()), predicted: None });
        }
        differences.sort_by_key(|difference| {
            difference.gold.as_ref().or(difference.predicted.as_ref()).map(|span| span.range)
        });
        differences
    }

    fn change(&mut self, label: &Name, change: impl Fn(Scheme, &mut Score)) {
        let labels = self.labels.entry(label.clone()).or_default();
        for scheme in Scheme::ALL {
            change(scheme, labels.entry(scheme).or_default());
            change(scheme, self.overall.entry(scheme).or_default());
        }
    }

    fn confuse(&mut self, gold: Option<&Name>, predicted: Option<&Name>) {
        *self.confusion.entry((gold.cloned(), predicted.cloned())).or_default() += 1;
    }
}

/// Scores of relations: whole ones, equal in label and all arguments, and their arguments one by one.
pub fn compare_relations(gold: &[Related], predicted: &[Related]) -> (Score, Score) {
    let whole = |relations: &[Related]| relations.iter().cloned().collect::<BTreeSet<_>>();
    let single = |relations: &[Related]| -> BTreeSet<(Name, Name, TextRange)> {
        let arguments = relations.iter().flat_map(|relation| {
            relation.arguments.iter().map(|(role, range)| (relation.label.clone(), role.clone(), *range))
        });
        arguments.collect()
    };
    (sets(&whole(gold), &whole(predicted)), sets(&single(gold), &single(predicted)))
}

fn sets<T: Ord>(gold: &BTreeSet<T>, predicted: &BTreeSet<T>) -> Score {
    let correct = gold.intersection(predicted).count();
    let (missed, spurious) = (gold.len() - correct, predicted.len() - correct);
    Score { correct, missed, spurious, ..Score::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let score = comparison.overall.get(&scheme).copied().unwrap_or_default();
            [score.correct, score.incorrect, score.partial, score.missed, score.spurious]
        });
        assert_eq!(found, expected, "{gold:?} {predicted:?}");
    }

    #[test]
    fn scores_as_worked_by_hand() {
        check(&[], &[], [[0; 5]; 4]);
        let gold = [(0, 5, "PER"), (10, 15, "LOC"), (20, 30, "ORG"), (40, 45, "LOC")];
        // Right; other label; other place; other both; and one that is nowhere.
        let predicted = [(0, 5, "PER"), (10, 15, "ORG"), (20, 25, "ORG"), (50, 55, "PER")];
        check(&gold, &predicted, [[1, 2, 0, 1, 1], [2, 1, 0, 1, 1], [2, 0, 1, 1, 1], [2, 1, 0, 1, 1]]);
        let mut comparison = Comparison::default();
        let differences = comparison.add(&spans(&gold), &spans(&predicted));
        assert_eq!(differences.len(), 4);
        let partial = comparison.overall[&Scheme::Partial];
        assert!((partial.precision() - 2.5 / 4.0).abs() < 1e-9 && (partial.recall() - 2.5 / 4.0).abs() < 1e-9);
        assert_eq!(comparison.confusion[&(Some("LOC".into()), Some("ORG".into()))], 1);
        assert_eq!(comparison.confusion[&(None, Some("PER".into()))], 1);
        assert_eq!(comparison.labels[&Name::from("LOC")][&Scheme::Strict].missed, 1);
    }

    #[test]
    fn relations_are_compared_whole_and_by_argument() {
        let related = |label: &str, arguments: &[(&str, usize)]| Related {
            label: label.into(),
            arguments: arguments
                .iter()
                .map(|(role, at)| ((*role).into(), TextRange::from_usize(*at, at + 1)))
                .collect(),
        };
        let gold = [related("visit", &[("", 1), ("visitor", 2), ("place", 3)])];
        let (whole, single) = compare_relations(&gold, &[related("visit", &[("", 1), ("visitor", 2)])]);
        assert_eq!((whole.correct, whole.missed, whole.spurious), (0, 1, 1));
        assert_eq!((single.correct, single.missed, single.spurious), (2, 1, 0));
        assert!((compare_relations(&gold, &gold).0.f1() - 1.0).abs() < 1e-9);
    }
}
