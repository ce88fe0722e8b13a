//! Multinomial logistic regression over hashed features, with AdaGrad; each example knows which classes are possible.

use crate::assist::hash::HashTable;

const RATE: f32 = 0.1;
const DECAY: f32 = 1e-5;
/// How much a gradient counts at first: larger, the first examples move less.
const START: f32 = 0.2;

/// One example: its features, the classes that are possible, the first of which is "none", and which is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub features: Vec<u64>,
    pub classes: Vec<u64>,
    pub right: usize,
}

/// Weights for pairs of feature and class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regression {
    /// By the hash of the pair: all that came in an example.
    weights: HashTable<Weight>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Weight {
    value: f32,
    /// The sum of its squared gradients.
    squares: f32,
}

fn key(feature: u64, class: u64) -> u64 {
    (feature ^ class).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Regression {
    /// The probability of each class, in their order; sums to 1.
    pub fn probabilities(&self, features: &[u64], classes: &[u64]) -> Vec<f32> {
        let score = |class: &u64| -> f32 {
            let weights = features.iter().filter_map(|feature| self.weights.get(&key(*feature, *class)));
            weights.map(|weight| weight.value).sum()
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
                let weight = self.weights.entry(key(*feature, *class)).or_default();
                let gradient = gradient + DECAY * weight.value;
                weight.squares += gradient * gradient;
                weight.value -= RATE * gradient / (START + weight.squares.sqrt());
            }
        }
    }
}
