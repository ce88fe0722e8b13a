//! How far scores come true: predictions in ten bins by their score, and in each the share that was right.

/// Predictions whose scores lie near one another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    pub count: usize,
    pub right: usize,
    scores: f64,
}

impl Bin {
    /// Mean score, from 0 to 1; `None` without predictions.
    pub fn mean_score(&self) -> Option<f64> {
        share(self.scores, self.count)
    }

    /// Share of predictions that were right, from 0 to 1; `None` without predictions.
    #[expect(clippy::cast_precision_loss, reason = "counts of annotations are small")]
    pub fn share_right(&self) -> Option<f64> {
        share(self.right as f64, self.count)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of annotations are small")]
fn share(of: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| of / count as f64)
}

/// A reliability diagram: ten bins of equal width, the first from 0 to 0.1, the last from 0.9 to 1 with both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reliability {
    pub bins: [Bin; 10],
}

impl Reliability {
    /// Adds a prediction with its score from 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is from 0 to 1")]
    pub fn add(&mut self, score: f32, is_right: bool) {
        let number = (score.clamp(0.0, 1.0) * 10.0) as usize;
        if let Some(bin) = self.bins.get_mut(number.min(9)) {
            bin.count += 1;
            bin.right += usize::from(is_right);
            bin.scores += f64::from(score);
        }
    }

    /// How many predictions there are.
    pub fn count(&self) -> usize {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// Expected calibration error (Naeini et al. 2015): the mean distance between score and share of right ones over the bins,
    /// each weighted by its predictions; from 0 to 1. `None` without predictions.
    #[expect(clippy::cast_precision_loss, reason = "counts of annotations are small")]
    pub fn error(&self) -> Option<f64> {
        share(self.bins.iter().map(|bin| (bin.scores - bin.right as f64).abs()).sum(), self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores, each with how often it was given and how often right, and the error.
    fn check(predictions: &[(f32, usize, usize)], expected: Option<f64>) {
        let mut reliability = Reliability::default();
        for (score, count, right) in predictions {
            (0..*count).for_each(|index| reliability.add(*score, index < *right));
        }
        match (reliability.error(), expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-6, "{found} {expected}"),
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn errors_as_worked_by_hand() {
        check(&[], None);
        check(&[(0.75, 4, 3), (1.0, 2, 2), (0.0, 5, 0)], Some(0.0));
        check(&[(0.9, 10, 6)], Some(0.3));
        // Too sure by .3 in a half of the predictions, too modest by .1 in the other.
        check(&[(0.95, 20, 13), (0.5, 20, 12)], Some(0.2));
        // In one bin the two errors take each other away.
        check(&[(0.61, 1, 1), (0.69, 1, 0)], Some(0.15));
        let mut reliability = Reliability::default();
        [0.0, 0.05, 0.1, 0.99, 1.0].into_iter().for_each(|score| reliability.add(score, true));
        let counts: Vec<usize> = reliability.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!((reliability.bins[2].mean_score(), reliability.bins[9].share_right()), (None, Some(1.0)));
    }
}
