//! Multinomial logistic regression over hashed features, with AdaGrad; each example knows which classes are possible.

/// Weights in one table.
const SIZE: usize = 1 << 20;
const RATE: f32 = 0.1;
const DECAY: f32 = 1e-5;

/// One example: its features, the classes that are possible, the first of which is "none", and which is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub features: Vec<u64>,
    pub classes: Vec<u64>,
    pub right: usize,
}

/// Weights for pairs of feature and class, hashed into one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    // Invariant: both SIZE long.
    weights: Vec<f32>,
    squares: Vec<f32>,
}

impl Default for Regression {
    fn default() -> Self {
        Self { weights: vec![0.0; SIZE], squares: vec![0.0; SIZE] }
    }
}

fn slot(feature: u64, class: u64) -> usize {
    let mixed = (feature ^ class).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 44).unwrap_or(0) & (SIZE - 1)
}

impl Regression {
    /// The probability of each class, in their order; sums to 1.
    pub fn probabilities(&self, features: &[u64], classes: &[u64]) -> Vec<f32> {
        let score = |class: &u64| -> f32 {
            features.iter().filter_map(|feature| self.weights.get(slot(*feature, *class))).sum()
        };
        let mut scores: Vec<f32> = classes.iter().map(score).collect();
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score /= sum);
        scores
    }

    /// One step towards the right class.
    pub fn step(&mut self, example: &Example) {
        let probabilities = self.probabilities(&example.features, &example.classes);
        for (index, (class, probability)) in example.classes.iter().zip(probabilities).enumerate() {
            let gradient = probability - if index == example.right { 1.0 } else { 0.0 };
            if gradient.abs() < 0.01 {
                continue;
            }
            for feature in &example.features {
                let slot = slot(*feature, *class);
                if let (Some(weight), Some(square)) = (self.weights.get_mut(slot), self.squares.get_mut(slot)) {
                    let gradient = gradient + DECAY * *weight;
                    *square += gradient * gradient;
                    *weight -= RATE * gradient / (1e-3 + square.sqrt());
                }
            }
        }
    }
}
