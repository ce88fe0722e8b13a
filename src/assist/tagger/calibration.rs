//! Probabilities as they come true: a logistic curve over the model's own (Platt 1999), fitted on sentences that it has not seen.

/// The curve: probability = 1 / (1 + exp(-(slope · logit + shift))).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    pub slope: f32,
    pub shift: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { slope: 1.0, shift: 0.0 }
    }
}

/// How much the expectation counts against pairs.
const PULL: f64 = 4.0;

fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-4, 1.0 - 1e-4);
    (probability / (1.0 - probability)).ln()
}

impl Calibration {
    pub(super) fn apply(self, probability: f32) -> f32 {
        1.0 / (1.0 + (-(self.slope * logit(probability) + self.shift)).exp())
    }

    /// Fits the curve to pairs of the model's probability and whether it was right, by Newton's method with a pull towards
    /// what is to be expected without them.
    pub(super) fn fit(pairs: &[(f32, bool)], expected: Self) -> Self {
        let (near, shifted) = (f64::from(expected.slope), f64::from(expected.shift));
        let (mut slope, mut shift) = (near, shifted);
        for _ in 0..30 {
            let (mut g1, mut g0, mut h11, mut h10, mut h00) =
                (PULL * (near - slope), PULL * (shifted - shift), PULL, 0.0, PULL);
            for (probability, is_right) in pairs {
                let x = f64::from(logit(*probability));
                let p = 1.0 / (1.0 + (-(slope * x + shift)).exp());
                let (error, weight) = (f64::from(u8::from(*is_right)) - p, (p * (1.0 - p)).max(1e-9));
                g1 += error * x;
                g0 += error;
                h11 += weight * x * x;
                h10 += weight * x;
                h00 += weight;
            }
            let determinant = h11 * h00 - h10 * h10;
            if determinant.abs() < 1e-12 {
                break;
            }
            slope = (slope + (g1 * h00 - g0 * h10) / determinant).clamp(0.05, 10.0);
            shift = (shift + (g0 * h11 - g1 * h10) / determinant).clamp(-10.0, 10.0);
        }
        Self { slope: slope as f32, shift: shift as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_sure_becomes_as_sure_as_right() {
        let check = |claimed: f32, right: usize, expected: f32| {
            let pairs: Vec<_> = (0..1000).map(|index| (claimed, index < right)).collect();
            let found = Calibration::fit(&pairs, Calibration::default()).apply(claimed);
            assert!((found - expected).abs() < 0.02, "{found}");
        };
        check(0.95, 800, 0.8);
        check(0.5, 300, 0.3);
        let expected = Calibration { slope: 1.5, shift: -0.5 };
        assert_eq!(Calibration::fit(&[], expected), expected);
    }
}
