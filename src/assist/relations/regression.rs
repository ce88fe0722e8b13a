//! Multinomial logistic regression over hashed features, with AdaGrad; each example knows which classes are possible.

use crate::assist::{
    Control,
    hash::{HashTable, Random},
};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many regressions answer together.
const MEMBERS: u64 = 4;
/// Passes over all examples in a full training.
const PASSES: u64 = 12;

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

/// Regressions that saw the same examples in different orders: their mean is steadier than any of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ensemble {
    members: Vec<Regression>,
}

impl Ensemble {
    /// Learns examples from nothing; `None` if `control` stopped it. The same seed gives the same weights.
    pub fn train(examples: &[&Example], seed: u64, control: Control<'_>) -> Option<Self> {
        // Members learn side by side; what they share is how far all of them are.
        let done = AtomicU64::new(0);
        let member = |number: u64| {
            let mut order: Vec<usize> = (0..examples.len()).collect();
            let mut regression = Regression::default();
            for pass in 0..PASSES {
                #[expect(clippy::cast_precision_loss, reason = "passes are few")]
                let share = done.fetch_add(1, Ordering::Relaxed) as f32 / (PASSES * MEMBERS) as f32;
                if !control(share) {
                    return None;
                }
                Random(seed.wrapping_add(pass + PASSES * number)).shuffle(&mut order);
                for example in order.iter().filter_map(|index| examples.get(*index)) {
                    regression.step(example);
                }
            }
            Some(regression)
        };
        let members: Option<Vec<Regression>> = (0..MEMBERS).into_par_iter().map(member).collect();
        Some(Self { members: members? })
    }

    /// Learns more, one example after the other.
    pub fn learn(&mut self, examples: &[&Example]) {
        if self.members.is_empty() {
            self.members.resize_with(usize::try_from(MEMBERS).unwrap_or(1), Regression::default);
        }
        self.members.par_iter_mut().for_each(|member| examples.iter().for_each(|example| member.step(example)));
    }

    /// The probability of each class, in their order, as the mean of all members; sums to 1, and is 0 throughout
    /// before anything was learned.
    pub fn probabilities(&self, features: &[u64], classes: &[u64]) -> Vec<f32> {
        let mut mean = vec![0.0; classes.len()];
        #[expect(clippy::cast_precision_loss, reason = "members are few")]
        let share = 1.0 / self.members.len().max(1) as f32;
        for member in &self.members {
            let probabilities = member.probabilities(features, classes);
            mean.iter_mut().zip(probabilities).for_each(|(sum, probability)| *sum += share * probability);
        }
        mean
    }
}

/// Weights for pairs of feature and class.
#[derive(Clone, Debug, Default, PartialEq)]
struct Regression {
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
    fn probabilities(&self, features: &[u64], classes: &[u64]) -> Vec<f32> {
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
    fn step(&mut self, example: &Example) {
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
