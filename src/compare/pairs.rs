//! Which predicted span is held against which right one.

use super::{Labelled, Scheme, Score};
use crate::text::TextRange;

/// The score of one article under one scheme; both sides sorted.
///
/// As nervaluate 1.2 pairs: one predicted span after the other takes the right one that fits, else the first that overlaps.
/// Unlike there, pairs that are equal come before all others, so that no wrong span takes the partner of a right one; that
/// makes a difference only where spans of one side overlap.
pub(super) fn score(scheme: Scheme, gold: &[Labelled], predicted: &[Labelled]) -> Score {
    let mut board = Board::new(gold, predicted);
    board.take(|right, found| right == found);
    match scheme {
        Scheme::Strict | Scheme::Exact | Scheme::Partial => {
            board.take(|right, found| right.range == found.range);
            board.take(overlap);
        }
        Scheme::Type => board.take_nearest(true),
    }
    let mut score = Score::default();
    for (found, partner) in predicted.iter().zip(&board.partner) {
        let Some(right) = partner.and_then(|index| gold.get(index)) else {
            score.spurious += 1;
            continue;
        };
        let (same_place, same_label) = (right.range == found.range, right.label == found.label);
        let is_correct = match scheme {
            Scheme::Strict => same_place && same_label,
            Scheme::Exact | Scheme::Partial => same_place,
            Scheme::Type => same_label,
        };
        match is_correct {
            true => score.correct += 1,
            false if scheme == Scheme::Partial => score.partial += 1,
            false => score.incorrect += 1,
        }
    }
    score.missed = board.taken.iter().filter(|taken| !**taken).count();
    score
}

/// For each predicted span the right one that explains it best, if there is one; both sides sorted.
pub(super) fn nearest(gold: &[Labelled], predicted: &[Labelled]) -> Vec<Option<usize>> {
    let mut board = Board::new(gold, predicted);
    board.take(|right, found| right == found);
    board.take(|right, found| right.range == found.range);
    board.take_nearest(false);
    board.take_nearest(true);
    board.partner
}

fn overlap(right: &Labelled, found: &Labelled) -> bool {
    right.range.overlaps(found.range)
}

/// How far the edges of two places are apart.
fn distance(one: TextRange, other: TextRange) -> u32 {
    one.start().0.abs_diff(other.start().0).saturating_add(one.end().0.abs_diff(other.end().0))
}

/// Pairs so far.
struct Board<'a> {
    gold: &'a [Labelled],
    predicted: &'a [Labelled],
    /// For each predicted span the place of its partner.
    partner: Vec<Option<usize>>,
    taken: Vec<bool>,
    /// Length of the longest right span: none that starts farther before a place reaches it.
    longest: u32,
}

impl<'a> Board<'a> {
    fn new(gold: &'a [Labelled], predicted: &'a [Labelled]) -> Self {
        let longest = gold.iter().map(|span| span.range.len()).max().unwrap_or(0);
        Self { gold, predicted, partner: vec![None; predicted.len()], taken: vec![false; gold.len()], longest }
    }

    /// Each predicted span without a partner takes the first free one that fits.
    fn take(&mut self, fits: impl Fn(&Labelled, &Labelled) -> bool) {
        self.choose(|found, free| free.into_iter().find(|(_, right)| fits(right, found)).map(|(index, _)| index));
    }

    /// Each predicted span without a partner takes the nearest free one of its label that overlaps; if it may, else the
    /// first of another label.
    fn take_nearest(&mut self, any_label: bool) {
        self.choose(|found, free| {
            let mut same: Option<(u32, usize)> = None;
            let mut other = None;
            for (index, right) in free.into_iter().filter(|(_, right)| overlap(right, found)) {
                let distance = distance(right.range, found.range);
                if right.label == found.label {
                    if same.is_none_or(|(least, _)| distance < least) {
                        same = Some((distance, index));
                    }
                } else if other.is_none() {
                    other = Some(index);
                }
            }
            same.map(|(_, index)| index).or(other.filter(|_| any_label))
        });
    }

    fn choose(&mut self, choice: impl Fn(&Labelled, Vec<(usize, &'a Labelled)>) -> Option<usize>) {
        for (place, found) in self.partner.iter_mut().zip(self.predicted).filter(|(place, _)| place.is_none()) {
            let from = found.range.start().0.saturating_sub(self.longest);
            let first = self.gold.partition_point(|span| span.range.start().0 < from);
            let free: Vec<(usize, &Labelled)> = self
                .gold
                .iter()
                .enumerate()
                .skip(first)
                .take_while(|(_, span)| span.range.start() <= found.range.end())
                .filter(|(index, _)| !self.taken.get(*index).copied().unwrap_or(true))
                .collect();
            *place = choice(found, free);
            if let Some(taken) = place.and_then(|index| self.taken.get_mut(index)) {
                *taken = true;
            }
        }
    }
}
