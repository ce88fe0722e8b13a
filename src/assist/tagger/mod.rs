//! The learned tagger: linear-chain conditional random fields over hashed features, trained on what was confirmed.
//!
//! Any labels; those that overlap one another get layers of their own. Probabilities of spans are exact under the model and
//! calibrated on held-out sentences. The same examples and seed give the same tagger, to the byte.
//!
//! Overlapping spans are proposed only from different layers.

mod calibration;
mod chain;
mod example;
mod feature;
mod layer;
mod record;
mod starter;
mod train;

pub use example::{Example, Hint};
pub use record::TaggerError;
pub use starter::{ConllError, conll_examples, starter, three_classes};

use super::{Control, Reason, SpanProposal, gazetteer::Gazetteer, hash::Random, lexicon::Lexicon};
use crate::model::Name;
use calibration::Calibration;
use feature::{Features, Resources, features};
use layer::{Layer, Lesson, Pace, Workspace};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range};

/// Usual least probability of what is proposed, see [`Tagger::propose`]: a wrong proposal costs one action, a missing one two.
pub const LEAST_SCORE: f32 = 0.2;

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The tables of weights have 2^bits rows.
    pub bits: u32,
    /// Passes over the examples; twice as many if there are fewer than 2,000 sentences.
    pub passes: u32,
    /// Step of AdaGrad.
    pub rate: f32,
    /// Pull of weights towards 0.
    pub pull: f32,
    /// Share of features that is left out at random.
    pub dropout: f32,
    pub seed: u64,
    /// Use what is known of German words.
    pub lexicon: bool,
    /// Use the bundled table of places.
    pub places: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { bits: 18, passes: 5, rate: 0.05, pull: 0.005, dropout: 0.4, seed: 1, lexicon: true, places: true }
    }
}

/// What training begins with.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// It has to have been trained with the same [`Options::bits`], or is passed over.
    pub tagger: &'a Tagger,
    /// The label of that tagger that means nearest to what a label here means; several labels may begin from one.
    pub map: &'a (dyn Fn(&Name) -> Option<Name> + Sync),
}

impl<'a> Base<'a> {
    /// Begins from a tagger whose labels mean what labels of the same names mean here.
    pub fn new(tagger: &'a Tagger) -> Self {
        Self { tagger, map: &|label| Some(label.clone()) }
    }
}

impl Options {
    /// For a model that many will begin from: more passes in smaller steps, three times as long.
    pub fn careful() -> Self {
        Self { passes: 12, rate: 0.03, pull: 0.02, dropout: 0.5, ..Self::default() }
    }

    fn resources(&self) -> Resources {
        Resources { lexicon: self.lexicon.then(Lexicon::german), places: self.places.then(Gazetteer::places) }
    }
}

/// Proposes spans as it has learned from examples.
#[derive(Clone)]
pub struct Tagger {
    /// Shown as the reason of its proposals.
    pub name: Name,
    options: Options,
    layers: Vec<Layer>,
    calibration: Calibration,
    /// How many spans of each label it learned from.
    seen: BTreeMap<Name, u32>,
}

impl Tagger {
    /// Learns from `examples`; `None` if `control` stopped it. Uses two threads where there are two.
    pub fn train(examples: &[Example], options: &Options, control: Control<'_>) -> Option<Self> {
        Self::train_from(None, examples, options, control)
    }

    /// The same, beginning with what another tagger knows rather than with nothing.
    pub fn train_from(
        base: Option<Base<'_>>,
        examples: &[Example],
        options: &Options,
        control: Control<'_>,
    ) -> Option<Self> {
        let options = Options { bits: options.bits.clamp(8, 22), ..options.clone() };
        let (layers, calibration) = train::train(examples, &options, options.resources(), base, control)?;
        let mut seen = BTreeMap::new();
        examples.iter().for_each(|example| count_spans(example, &mut seen));
        Some(Self { name: "project".into(), options, layers, calibration, seen })
    }

    /// Learns from one more confirmed example, and again from some sentences of earlier ones so that they are not forgotten: as
    /// many as make twice the sentences of the new one, chosen by `seed`. A label that is new gets a layer of its own until
    /// the next full training. False if `control` stopped it; what was learned up to then stays.
    pub fn update(&mut self, confirmed: &Example, replay: &[Example], seed: u64, control: Control<'_>) -> bool {
        let mut random = Random(seed);
        let wanted = 2 * confirmed.sentences().len();
        let mut order: Vec<usize> = (0..replay.len()).collect();
        random.shuffle(&mut order);
        let mut count = 0;
        let mut examples = vec![confirmed];
        for example in order.into_iter().filter_map(|index| replay.get(index)) {
            if count >= wanted {
                break;
            }
            count += example.sentences().len();
            examples.push(example);
        }
        self.add_labels(confirmed);
        count_spans(confirmed, &mut self.seen);
        let prepared = train::prepare(examples, self.options.resources());
        let pace = Pace { rate: self.options.rate, pull: self.options.pull, dropout: self.options.dropout };
        let mut work = Workspace::default();
        for layer in &mut self.layers {
            let mut lessons: Vec<Lesson<'_>> = Vec::new();
            let mut parts = prepared.iter().map(|prepared| train::lessons(prepared, &layer.labels));
            lessons.extend(parts.next().unwrap_or_default());
            let mut earlier: Vec<Lesson<'_>> = parts.flatten().collect();
            random.shuffle(&mut earlier);
            earlier.truncate(wanted);
            lessons.extend(earlier);
            for pass in 0..UPDATE_PASSES {
                random.shuffle(&mut lessons);
                if !control(pass as f32 / UPDATE_PASSES as f32) {
                    return false;
                }
                for lesson in &lessons {
                    layer.learn(lesson, pace, &mut random, &mut work);
                }
            }
        }
        true
    }

    fn add_labels(&mut self, example: &Example) {
        let known = self.labels();
        let mut new: Vec<Name> = example.spans.iter().map(|(_, label)| label.clone()).collect();
        new.sort();
        new.dedup();
        new.retain(|label| !known.contains(label));
        if !new.is_empty() {
            self.layers.push(Layer::new(new, self.options.bits, 0.0));
        }
    }

    /// The labels that it can propose.
    pub fn labels(&self) -> Vec<Name> {
        self.layers.iter().flat_map(|layer| layer.labels.iter().cloned()).collect()
    }

    /// From how many spans with this label it learned; 0 if it was read from bytes and has not learned since.
    pub fn examples_of(&self, label: &Name) -> u32 {
        self.seen.get(label).copied().unwrap_or(0)
    }

    /// Proposes spans with calibrated probability at least `least`, in order of their place; of overlapping ones of a layer
    /// the most probable. Spans of `example` play no part, its hints do.
    pub fn propose(&self, example: &Example, least: f32) -> Vec<SpanProposal> {
        // The curve never falls, so what is far below can be left out before it.
        self.found(example, least, &|layer, features, tokens, work| layer.chosen(features, tokens, 0.02, work))
    }

    /// The same with those that overlap more probable ones: other edges and labels for the same words.
    pub fn readings(&self, example: &Example, least: f32) -> Vec<SpanProposal> {
        self.found(example, least, &|layer, features, tokens, work| layer.spans(features, tokens, 0.005, work))
    }

    fn found(&self, example: &Example, least: f32, spans: &SpansOf) -> Vec<SpanProposal> {
        let features = features(example, self.options.resources());
        let mut work = Workspace::default();
        let mut proposals = Vec::new();
        for layer in &self.layers {
            layer.prepare(&mut work);
            for tokens in example.sentences() {
                for (start, end, label, score) in spans(layer, &features, tokens.clone(), &mut work) {
                    let score = self.calibration.apply(score);
                    if score < least {
                        continue;
                    }
                    let token = |index: usize| example.tokens().get(tokens.start + index).copied();
                    let (Some(first), Some(last)) = (token(start), token(end - 1)) else { continue };
                    let Some(label) = layer.labels.get(label) else { continue };
                    proposals.push(SpanProposal {
                        range: first.cover(last),
                        label: label.clone(),
                        score,
                        reason: Reason::Tagger { model: self.name.clone() },
                    });
                }
            }
        }
        proposals.sort_by(|one, other| {
            (one.range.start(), one.range.end(), &one.label).cmp(&(
                other.range.start(),
                other.range.end(),
                &other.label,
            ))
        });
        proposals
    }

    /// The same tagger with its labels named anew by `map`; a label for which it has no answer is not proposed any more.
    #[must_use]
    pub fn with_labels_mapped(mut self, map: &dyn Fn(&Name) -> Option<Name>) -> Self {
        for layer in &mut self.layers {
            *layer = layer.mapped(map);
        }
        self.layers.retain(|layer| !layer.labels.is_empty());
        let seen = self.seen.into_iter().filter_map(|(label, count)| Some((map(&label)?, count)));
        self.seen = seen.collect();
        self
    }

    /// The tagger as bytes, for [`Tagger::from_bytes`]. Weights are rounded to 8 bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        record::to_bytes(self, 0.0)
    }

    /// The same, without rows whose largest weight is below `least`: smaller, and a little worse.
    pub fn to_pruned_bytes(&self, least: f32) -> Vec<u8> {
        record::to_bytes(self, least)
    }

    /// Reads what [`Tagger::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// If the bytes are something else or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TaggerError> {
        record::from_bytes(bytes)
    }
}

/// Spans that a layer finds in a sentence: first token, token behind the last, label number, probability.
type SpansOf = dyn Fn(&Layer, &Features, Range<usize>, &mut Workspace) -> Vec<(usize, usize, usize, f32)>;

/// Counts the spans of an example.
fn count_spans(example: &Example, seen: &mut BTreeMap<Name, u32>) {
    for (_, label) in &example.spans {
        let count = seen.entry(label.clone()).or_default();
        *count = count.saturating_add(1);
    }
}

/// Passes over the sentences of an update.
const UPDATE_PASSES: usize = 4;

#[cfg(test)]
#[path = "tagger_tests.rs"]
mod tests;
