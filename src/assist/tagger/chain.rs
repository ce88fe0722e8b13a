//! A linear chain: which sequences of tags are likely, given scores of tags and of pairs of neighbors.
//!
//! Tag 0 stands outside of any span; label number n has 2n + 1 for the first token and 2n + 2 for the others. Forward and
//! backward values are scaled to sum to 1 (Rabiner 1989), so that sentences of any length stay in range.

/// Score of what can not be: a span that goes on without a start.
const NEVER: f32 = -1e9;

/// Number of tags for `labels` labels.
pub(super) fn tag_count(labels: usize) -> usize {
    1 + 2 * labels
}

/// True if `next` may stand behind `tag`.
pub(super) fn may_follow(tag: usize, next: usize) -> bool {
    next == 0 || next % 2 == 1 || tag == next || tag + 1 == next
}

/// Probabilities of tags in one sentence. Kept between sentences for its memory.
#[derive(Default)]
pub(super) struct Chain {
    tags: usize,
    length: usize,
    /// exp of the scores of pairs, by first tag.
    pairs: Vec<f32>,
    /// exp of the scores of tags, by token, scaled by token.
    local: Vec<f32>,
    forward: Vec<f32>,
    backward: Vec<f32>,
    scale: Vec<f32>,
}

impl Chain {
    /// Takes the scores of pairs, tags × tags.
    pub(super) fn set_pairs(&mut self, tags: usize, scores: &[f32]) {
        self.tags = tags.max(1);
        self.pairs.clear();
        for (index, score) in scores.iter().enumerate() {
            let allowed = may_follow(index / tags.max(1), index % tags.max(1));
            self.pairs.push(if allowed { score.clamp(-30.0, 30.0).exp() } else { 0.0 });
        }
    }

    /// Computes everything for a sentence; `scores` has `stride` numbers for each token, of which the first `tags` count.
    pub(super) fn run(&mut self, scores: &[f32], stride: usize) {
        let tags = self.tags.max(1);
        self.length = scores.len() / stride.max(1);
        self.local.clear();
        for row in scores.chunks_exact(stride.max(1)) {
            let row = row.get(..tags).unwrap_or_default();
            let most = row.iter().copied().fold(NEVER, f32::max);
            self.local.extend(row.iter().map(|score| (score - most).max(-60.0).exp()));
        }
        self.forward.clear();
        self.forward.resize(self.length * tags, 0.0);
        self.backward.clear();
        self.backward.resize(self.length * tags, 1.0);
        self.scale.clear();
        let mut last = vec![0.0; tags];
        if let Some(outside) = last.first_mut() {
            *outside = 1.0;
        }
        for (row, local) in self.forward.chunks_exact_mut(tags).zip(self.local.chunks_exact(tags)) {
            for (value, pairs) in last.iter().zip(self.pairs.chunks_exact(tags)) {
                if *value > 0.0 {
                    row.iter_mut().zip(pairs).for_each(|(sum, pair)| *sum += value * pair);
                }
            }
            row.iter_mut().zip(local).for_each(|(sum, local)| *sum *= local);
            let sum = row.iter().sum::<f32>().max(1e-30);
            row.iter_mut().for_each(|value| *value /= sum);
            self.scale.push(sum);
            last.copy_from_slice(row);
        }
        let mut weighted = vec![0.0; tags];
        for at in (1..self.length).rev() {
            let (earlier, later) = self.backward.split_at_mut(at * tags);
            let scale = self.scale.get(at).copied().unwrap_or(1.0);
            let local = self.local.get(at * tags..(at + 1) * tags).unwrap_or_default();
            for ((value, local), later) in weighted.iter_mut().zip(local).zip(later.iter()) {
                *value = local * later / scale;
            }
            let row = earlier.get_mut((at - 1) * tags..).unwrap_or_default();
            for (value, pairs) in row.iter_mut().zip(self.pairs.chunks_exact(tags)) {
                *value = pairs.iter().zip(&weighted).map(|(pair, weighted)| pair * weighted).sum();
            }
        }
    }

    fn at<'a>(&self, table: &'a [f32], token: usize) -> &'a [f32] {
        table.get(token * self.tags..(token + 1) * self.tags).unwrap_or_default()
    }

    /// Probability of each tag of a token.
    pub(super) fn marginals(&self, token: usize, out: &mut Vec<f32>) {
        out.clear();
        let both = self.at(&self.forward, token).iter().zip(self.at(&self.backward, token));
        out.extend(both.map(|(forward, backward)| forward * backward));
    }

    /// Adds the expected numbers of pairs, times `factor`, to `sums` (tags × tags).
    pub(super) fn add_pairs(&self, factor: f32, sums: &mut [f32]) {
        let mut start = vec![0.0; self.tags];
        if let Some(outside) = start.first_mut() {
            *outside = 1.0;
        }
        for token in 0..self.length {
            let before = match token.checked_sub(1) {
                Some(before) => self.at(&self.forward, before),
                None => &start,
            };
            let scale = factor / self.scale.get(token).copied().unwrap_or(1.0);
            let (local, backward) = (self.at(&self.local, token), self.at(&self.backward, token));
            for ((before, pairs), sums) in before
                .iter()
                .zip(self.pairs.chunks_exact(self.tags.max(1)))
                .zip(sums.chunks_exact_mut(self.tags.max(1)))
            {
                if *before < 1e-6 {
                    continue;
                }
                for (((sum, pair), local), backward) in sums.iter_mut().zip(pairs).zip(local).zip(backward) {
                    *sum += before * pair * local * backward * scale;
                }
            }
        }
    }

    /// All spans whose probability is at least `least`: first token, token behind the last, label number, probability.
    pub(super) fn spans(&self, least: f32) -> Vec<(usize, usize, usize, f32)> {
        let mut found = Vec::new();
        let mut marginals = Vec::new();
        for token in 0..self.length {
            self.marginals(token, &mut marginals);
            for begin in (1..self.tags).step_by(2) {
                if marginals.get(begin).copied().unwrap_or(0.0) >= least {
                    self.spans_from(token, begin, least, &mut found);
                }
            }
        }
        found
    }

    fn spans_from(&self, start: usize, begin: usize, least: f32, found: &mut Vec<(usize, usize, usize, f32)>) {
        let value = |table: &[f32], token: usize, tag: usize| self.at(table, token).get(tag).copied().unwrap_or(0.0);
        let pair = |tag: usize, next: usize| self.pairs.get(tag * self.tags + next).copied().unwrap_or(0.0);
        let inside = begin + 1;
        let mut mass = value(&self.forward, start, begin);
        let mut tag = begin;
        for last in start..self.length.min(start + 40) {
            if last > start {
                let scale = self.scale.get(last).copied().unwrap_or(1.0);
                mass *= pair(tag, inside) * value(&self.local, last, inside) / scale;
                tag = inside;
            }
            let all = mass * value(&self.backward, last, tag);
            let longer = if last + 1 < self.length {
                let scale = self.scale.get(last + 1).copied().unwrap_or(1.0);
                let next = value(&self.local, last + 1, inside) * value(&self.backward, last + 1, inside);
                mass * pair(tag, inside) * next / scale
            } else {
                0.0
            };
            if all - longer >= least {
                found.push((start, last + 1, begin / 2, (all - longer).clamp(0.0, 1.0)));
            }
            if longer < least {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_all_sequences() {
        let (tags, length) = (5, 4);
        let pairs: Vec<f32> = (0..25).map(|index| ((index * 7) % 11) as f32 / 5.0 - 1.0).collect();
        let scores: Vec<f32> = (0..tags * length).map(|index| ((index * 5) % 13) as f32 / 6.0 - 1.0).collect();
        let mut chain = Chain::default();
        chain.set_pairs(tags, &pairs);
        chain.run(&scores, tags);
        let (mut total, mut begins, mut span) = (0.0_f64, 0.0, 0.0);
        for code in 0..tags.pow(4) {
            let path: Vec<usize> = (0..4).map(|at| code / tags.pow(at) % tags).collect();
            let mut score = 0.0;
            let mut last = 0;
            for (at, tag) in path.iter().enumerate() {
                score +=
                    if may_follow(last, *tag) { pairs[last * tags + tag] + scores[at * tags + tag] } else { NEVER };
                last = *tag;
            }
            let weight = f64::from(score).exp();
            total += weight;
            begins += if path[1] == 1 { weight } else { 0.0 };
            span += if path[1] == 1 && path[2] == 2 && path[3] != 2 { weight } else { 0.0 };
        }
        let mut marginals = Vec::new();
        chain.marginals(1, &mut marginals);
        assert!((f64::from(marginals[1]) - begins / total).abs() < 1e-4);
        let found = chain.spans(0.0).into_iter().find(|found| (found.0, found.1, found.2) == (1, 3, 0));
        assert!((f64::from(found.expect("it is possible").3) - span / total).abs() < 1e-4);
        let mut sums = vec![0.0; tags * tags];
        chain.add_pairs(1.0, &mut sums);
        assert!((sums.iter().sum::<f32>() - 4.0).abs() < 1e-3);
    }
}
