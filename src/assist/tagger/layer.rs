//! One layer of a tagger: a linear-chain conditional random field over labels that do not overlap one another.

use super::{
    chain::{Chain, tag_count},
    feature::Features,
};
use crate::{assist::hash::Random, model::Name};
use std::ops::Range;

/// Largest error of a token's tags that is not worth a change of its weights.
const SMALL: f32 = 0.004;

/// State of AdaGrad of weights that were learned elsewhere: they are believed as if they had been learned a while.
pub(super) const BELIEVED: f32 = 0.5;

/// Weights of a layer, with the state of AdaGrad (Duchi et al. 2011), which makes later training start where it stopped.
#[derive(Clone)]
pub(super) struct Layer {
    // Invariant: the tables of tags have 2^bits rows of `stride` numbers, those of pairs tags × tags.
    pub labels: Vec<Name>,
    pub bits: u32,
    pub weights: Vec<f32>,
    pub pairs: Vec<f32>,
    squares: Vec<f32>,
    pair_squares: Vec<f32>,
}

/// A sentence to learn from: its tokens, and a tag for each.
#[derive(Clone)]
pub(super) struct Lesson<'a> {
    pub features: &'a Features,
    pub tokens: Range<usize>,
    pub tags: Vec<u8>,
}

/// How fast and how careful to learn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub rate: f32,
    /// Pull of weights towards 0 whenever they are changed.
    pub pull: f32,
    /// Share of features that is left out in each look at a token, so that no weight counts on another.
    pub dropout: f32,
}

/// Memory that is used again for each sentence.
#[derive(Default)]
pub(super) struct Workspace {
    chain: Chain,
    scores: Vec<f32>,
    errors: Vec<f32>,
    pair_sums: Vec<f32>,
    kept: Vec<u32>,
    ends: Vec<usize>,
}

impl Layer {
    pub(super) fn new(labels: Vec<Name>, bits: u32, squares: f32) -> Self {
        let tags = tag_count(labels.len());
        let size = stride(tags) << bits;
        Self {
            labels,
            bits,
            weights: vec![0.0; size],
            pairs: vec![0.0; tags * tags],
            squares: vec![squares; size],
            pair_squares: vec![squares; tags * tags],
        }
    }

    pub(super) fn stride(&self) -> usize {
        stride(self.tags())
    }

    fn tags(&self) -> usize {
        tag_count(self.labels.len())
    }

    fn mask(&self) -> u32 {
        (1 << self.bits) - 1
    }

    /// All spans of a sentence with probability at least `least`: see [`Chain::spans`].
    pub(super) fn spans(
        &self,
        features: &Features,
        tokens: Range<usize>,
        least: f32,
        work: &mut Workspace,
    ) -> Vec<(usize, usize, usize, f32)> {
        let (stride, mask) = (self.stride(), self.mask());
        work.scores.clear();
        for token in tokens {
            let start = work.scores.len();
            work.scores.resize(start + stride, 0.0);
            let row = work.scores.get_mut(start..).unwrap_or_default();
            add_rows(&self.weights, stride, features.of(token), mask, row);
        }
        work.chain.run(&work.scores, stride);
        work.chain.spans(least)
    }

    /// The same without those that overlap a more probable one, the most probable first.
    pub(super) fn chosen(
        &self,
        features: &Features,
        tokens: Range<usize>,
        least: f32,
        work: &mut Workspace,
    ) -> Vec<(usize, usize, usize, f32)> {
        let mut spans = self.spans(features, tokens, least, work);
        spans.sort_by(|one, other| other.3.total_cmp(&one.3).then(one.0.cmp(&other.0)));
        let mut taken: Vec<(usize, usize)> = Vec::new();
        spans.retain(|(start, end, ..)| {
            let is_free = taken.iter().all(|(from, to)| start >= to || from >= end);
            if is_free {
                taken.push((*start, *end));
            }
            is_free
        });
        spans
    }

    /// Prepares a workspace for this layer's pairs.
    pub(super) fn prepare(&self, work: &mut Workspace) {
        work.chain.set_pairs(self.tags(), &self.pairs);
    }

    /// Learns from one sentence.
    pub(super) fn learn(&mut self, lesson: &Lesson<'_>, pace: Pace, random: &mut Random, work: &mut Workspace) {
        let (tags, stride, mask) = (self.tags(), self.stride(), self.mask());
        work.scores.clear();
        work.kept.clear();
        work.ends.clear();
        let limit = (f64::from(pace.dropout) * 65_536.0) as u64;
        for token in lesson.tokens.clone() {
            let from = work.kept.len();
            let (mut bits, mut left) = (0, 0);
            for feature in lesson.features.of(token) {
                if left == 0 {
                    (bits, left) = (random.next(), 4);
                }
                if bits & 0xFFFF >= limit {
                    work.kept.push(*feature);
                }
                (bits, left) = (bits >> 16, left - 1);
            }
            work.ends.push(work.kept.len());
            let start = work.scores.len();
            work.scores.resize(start + stride, 0.0);
            let row = work.scores.get_mut(start..).unwrap_or_default();
            add_rows(&self.weights, stride, work.kept.get(from..).unwrap_or_default(), mask, row);
            // With fewer features the scores are smaller.
            row.iter_mut().for_each(|score| *score /= 1.0 - pace.dropout);
        }
        work.chain.set_pairs(tags, &self.pairs);
        work.chain.run(&work.scores, stride);
        let (mut from, mut changed) = (0, false);
        for (index, gold) in lesson.tags.iter().enumerate() {
            work.chain.marginals(index, &mut work.errors);
            work.errors.iter_mut().for_each(|error| *error = -*error);
            if let Some(error) = work.errors.get_mut(usize::from(*gold)) {
                *error += 1.0;
            }
            let end = work.ends.get(index).copied().unwrap_or(from);
            let worst = work.errors.iter().fold(0.0_f32, |worst, error| worst.max(error.abs()));
            if worst > SMALL {
                changed = true;
                work.errors.resize(stride, 0.0);
                for feature in work.kept.get(from..end).unwrap_or_default() {
                    let start = (feature & mask) as usize * stride;
                    let row = self.weights.get_mut(start..start + stride).unwrap_or_default();
                    let squares = self.squares.get_mut(start..start + stride).unwrap_or_default();
                    for ((weight, square), error) in row.iter_mut().zip(squares).zip(&work.errors) {
                        let slope = error - pace.pull * *weight;
                        *square += slope * slope;
                        *weight += pace.rate * slope / (*square + 1e-6).sqrt();
                    }
                }
            }
            from = end;
        }
        if changed {
            self.learn_pairs(lesson, pace, work);
        }
    }

    fn learn_pairs(&mut self, lesson: &Lesson<'_>, pace: Pace, work: &mut Workspace) {
        let tags = self.tags();
        work.pair_sums.clear();
        work.pair_sums.resize(tags * tags, 0.0);
        work.chain.add_pairs(-1.0, &mut work.pair_sums);
        let mut last = 0;
        for gold in &lesson.tags {
            let gold = usize::from(*gold);
            if let Some(sum) = work.pair_sums.get_mut(last * tags + gold) {
                *sum += 1.0;
            }
            last = gold;
        }
        for ((weight, square), sum) in self.pairs.iter_mut().zip(&mut self.pair_squares).zip(&work.pair_sums) {
            let slope = sum - pace.pull * *weight;
            *square += slope * slope;
            *weight += pace.rate * slope / (*square + 1e-6).sqrt();
        }
    }
}

/// Numbers from one row to the next: the tags, rounded up so that rows can be added eight numbers at a time.
pub(super) fn stride(tags: usize) -> usize {
    tags.next_multiple_of(8)
}

fn add_rows(weights: &[f32], stride: usize, features: &[u32], mask: u32, sums: &mut [f32]) {
    if stride == 8
        && let Some(sums) = sums.first_chunk_mut::<8>()
    {
        let mut total = [0.0; 8];
        for feature in features {
            let start = (feature & mask) as usize * 8;
            let Some(row) = weights.get(start..).and_then(|rest| rest.first_chunk::<8>()) else { continue };
            total.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
        }
        *sums = total;
        return;
    }
    for feature in features {
        let start = (feature & mask) as usize * stride;
        let row = weights.get(start..start + stride).unwrap_or_default();
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
    }
}

impl Layer {
    /// Takes over what `others` know of its labels, where they count with as many bits; what stands outside of spans from the
    /// first of them. `map` gives for each label the one that it begins from.
    pub(super) fn begin_from(&mut self, others: &[Self], map: &dyn Fn(&Name) -> Option<Name>) {
        for (at, other) in others.iter().enumerate().filter(|(_, other)| other.bits == self.bits) {
            // Tags of the other, and which are the same here.
            let mut tags: Vec<(usize, usize)> = if at == 0 { vec![(0, 0)] } else { Vec::new() };
            for (number, label) in self.labels.iter().enumerate() {
                let source = map(label);
                if let Some(place) = other.labels.iter().position(|other| source.as_ref() == Some(other)) {
                    tags.extend([(2 * place + 1, 2 * number + 1), (2 * place + 2, 2 * number + 2)]);
                }
            }
            let stride = self.stride();
            let rows = self.weights.chunks_exact_mut(stride).zip(self.squares.chunks_exact_mut(stride));
            for (from, (weights, squares)) in other.weights.chunks_exact(other.stride()).zip(rows) {
                if from.iter().all(|weight| *weight == 0.0) {
                    continue;
                }
                for (source, target) in &tags {
                    if let (Some(from), Some(weight), Some(square)) =
                        (from.get(*source), weights.get_mut(*target), squares.get_mut(*target))
                    {
                        (*weight, *square) = (*from, BELIEVED);
                    }
                }
            }
            let (old, new) = (other.tags(), self.tags());
            for (source, target) in &tags {
                for (from, to) in &tags {
                    if let (Some(value), Some(pair), Some(square)) = (
                        other.pairs.get(source * old + from),
                        self.pairs.get_mut(target * new + to),
                        self.pair_squares.get_mut(target * new + to),
                    ) {
                        (*pair, *square) = (*value, BELIEVED);
                    }
                }
            }
        }
    }

    /// The layer with other names of labels, and without those that have none any more.
    pub(super) fn mapped(&self, map: &dyn Fn(&Name) -> Option<Name>) -> Self {
        let mut kept: Vec<(usize, Name)> = Vec::new();
        for (number, label) in self.labels.iter().enumerate() {
            // Two labels that become one stay two for the model, of which the first keeps the name.
            if let Some(name) = map(label).filter(|name| !kept.iter().any(|(_, other)| other == name)) {
                kept.push((number, name));
            }
        }
        let tags: Vec<usize> =
            [0].into_iter().chain(kept.iter().flat_map(|(number, _)| [2 * number + 1, 2 * number + 2])).collect();
        let mut layer = Self::new(kept.into_iter().map(|(_, name)| name).collect(), self.bits, 0.0);
        let copy = |from: &[f32], to: &mut [f32]| {
            for (tag, value) in tags.iter().zip(to) {
                *value = from.get(*tag).copied().unwrap_or(0.0);
            }
        };
        let (old, new) = (self.stride(), layer.stride());
        for (from, to) in self.weights.chunks_exact(old).zip(layer.weights.chunks_exact_mut(new)) {
            copy(from, to);
        }
        for (from, to) in self.squares.chunks_exact(old).zip(layer.squares.chunks_exact_mut(new)) {
            copy(from, to);
        }
        let (old, new) = (self.tags(), layer.tags());
        for (tag, to) in tags.iter().zip(layer.pairs.chunks_exact_mut(new)) {
            copy(self.pairs.get(tag * old..).unwrap_or_default(), to);
        }
        for (tag, to) in tags.iter().zip(layer.pair_squares.chunks_exact_mut(new)) {
            copy(self.pair_squares.get(tag * old..).unwrap_or_default(), to);
        }
        layer
    }
}
