//! Relations side by side: whole ones, and their arguments one by one.

use super::{ErrorKind, Score};
use crate::{model::Name, text::TextRange};
use std::collections::{BTreeMap, BTreeSet};

/// A relation as it is compared: its label, and its arguments with role, the trigger under the role `""`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Related {
    pub label: Name,
    pub arguments: BTreeSet<(Name, TextRange)>,
}

impl Related {
    /// Where to look for it: its trigger, or the first of its arguments.
    pub fn anchor(&self) -> TextRange {
        let trigger = self.arguments.iter().find(|(role, _)| role.is_empty()).map(|(_, range)| *range);
        trigger.or_else(|| self.arguments.iter().map(|(_, range)| *range).min()).unwrap_or_default()
    }
}

/// A relation that one side has and the other has not, or has otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationDifference {
    pub gold: Option<Related>,
    pub predicted: Option<Related>,
}

impl RelationDifference {
    pub fn kind(&self) -> ErrorKind {
        match (&self.gold, &self.predicted) {
            (None, _) => ErrorKind::Spurious,
            (_, None) => ErrorKind::Missed,
            (Some(gold), Some(predicted)) if gold.arguments == predicted.arguments => ErrorKind::WrongLabel,
            (Some(gold), Some(predicted)) if gold.label == predicted.label => ErrorKind::WrongEdges,
            _ => ErrorKind::Both,
        }
    }

    /// Where it is.
    pub fn range(&self) -> TextRange {
        self.gold.as_ref().or(self.predicted.as_ref()).map(Related::anchor).unwrap_or_default()
    }
}

/// How predicted relations agree with those taken for right. Articles are added one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationComparison {
    /// Whole relations, equal in label and all arguments.
    pub whole: Score,
    /// Arguments with relation, role and place.
    pub arguments: Score,
    /// Both for each label by itself.
    pub labels: BTreeMap<Name, (Score, Score)>,
}

impl RelationComparison {
    /// True if neither side has a relation.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Adds one article and returns its differences in the order of the text.
    pub fn add(&mut self, gold: &[Related], predicted: &[Related]) -> Vec<RelationDifference> {
        let (whole, arguments) = compare_relations(gold, predicted);
        self.whole.add(&whole);
        self.arguments.add(&arguments);
        let labels: BTreeSet<&Name> = gold.iter().chain(predicted).map(|relation| &relation.label).collect();
        for label in labels {
            let of_label = |relations: &[Related]| -> Vec<Related> {
                relations.iter().filter(|relation| relation.label == *label).cloned().collect()
            };
            let (whole, arguments) = compare_relations(&of_label(gold), &of_label(predicted));
            let scores = self.labels.entry(label.clone()).or_default();
            scores.0.add(&whole);
            scores.1.add(&arguments);
        }
        differences(gold, predicted)
    }
}

fn differences(gold: &[Related], predicted: &[Related]) -> Vec<RelationDifference> {
    let (gold, predicted): (BTreeSet<&Related>, BTreeSet<&Related>) =
        (gold.iter().collect(), predicted.iter().collect());
    let mut missed: Vec<&Related> = gold.difference(&predicted).copied().collect();
    let mut spurious: Vec<&Related> = predicted.difference(&gold).copied().collect();
    let mut differences = Vec::new();
    // The same arguments explain a relation better than the same label with some of them.
    let shares =
        |one: &Related, other: &Related| one.arguments.iter().any(|argument| other.arguments.contains(argument));
    for fits in [
        &(|one: &Related, other: &Related| one.arguments == other.arguments) as &dyn Fn(&Related, &Related) -> bool,
        &|one, other| one.label == other.label && shares(one, other),
    ] {
        missed.retain(|right| match spurious.iter().position(|found| fits(right, found)) {
            Some(place) => {
                let found = spurious.remove(place);
                differences.push(RelationDifference { gold: Some((*right).clone()), predicted: Some(found.clone()) });
                false
            }
            None => true,
        });
    }
    let alone = |gold: Option<&Related>, predicted: Option<&Related>| RelationDifference {
        gold: gold.cloned(),
        predicted: predicted.cloned(),
    };
    differences.extend(missed.into_iter().map(|right| alone(Some(right), None)));
    differences.extend(spurious.into_iter().map(|found| alone(None, Some(found))));
    differences.sort_by_key(RelationDifference::range);
    differences
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

    fn related(label: &str, arguments: &[(&str, usize)]) -> Related {
        let argument = |(role, at): &(&str, usize)| ((*role).into(), TextRange::from_usize(*at, at + 1));
        Related { label: label.into(), arguments: arguments.iter().map(argument).collect() }
    }

    #[test]
    fn relations_are_compared_whole_and_by_argument() {
        let gold = [related("visit", &[("", 1), ("visitor", 2), ("place", 3)])];
        let (whole, single) = compare_relations(&gold, &[related("visit", &[("", 1), ("visitor", 2)])]);
        assert_eq!((whole.correct, whole.missed, whole.spurious), (0, 1, 1));
        assert_eq!((single.correct, single.missed, single.spurious), (2, 1, 0));
        assert!((compare_relations(&gold, &gold).0.f1() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn differences_of_relations_say_what_is_wrong() {
        let gold = [
            related("visit", &[("", 1), ("visitor", 2)]),
            related("part_of", &[("part", 5), ("whole", 6)]),
            related("attack", &[("", 9)]),
        ];
        let predicted = [
            related("visit", &[("", 1), ("visitor", 3)]),
            related("located_in", &[("part", 5), ("whole", 6)]),
            related("attack", &[("", 12)]),
        ];
        let mut comparison = RelationComparison::default();
        let found = comparison.add(&gold, &predicted);
        let kinds: Vec<_> = found.iter().map(|one| (one.range().start().0, one.kind())).collect();
        let expected =
            [(1, ErrorKind::WrongEdges), (5, ErrorKind::WrongLabel), (9, ErrorKind::Missed), (12, ErrorKind::Spurious)];
        assert_eq!(kinds, expected);
        assert_eq!(comparison.labels[&Name::from("visit")].1.correct, 1);
        assert_eq!((comparison.whole.correct, comparison.whole.missed), (0, 3));
    }
}
