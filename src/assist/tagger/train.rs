//! Training: from examples to layers, whole or a step at a time.

use super::{
    Base, Options,
    calibration::Calibration,
    example::Example,
    feature::{Features, Resources, features},
    layer::{Layer, Lesson, Pace, Workspace},
};
use crate::{
    assist::{Control, hash::Random},
    model::Name,
};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// An example with its features.
pub(super) struct Prepared<'a> {
    pub example: &'a Example,
    pub features: Features,
}

pub(super) fn prepare<'a>(
    examples: impl IntoParallelIterator<Item = &'a Example>,
    resources: Resources,
) -> Vec<Prepared<'a>> {
    let prepare = |example: &'a Example| Prepared { example, features: features(example, resources) };
    examples.into_par_iter().map(prepare).collect::<Vec<_>>()
}

/// Groups of labels that never overlap one another in the examples; labels with more spans come first.
///
/// Two labels are kept apart if more than 2 in 100 spans of the rarer one, and at least 3, overlap the other.
pub(super) fn label_groups(examples: &[Example]) -> Vec<Vec<Name>> {
    let mut counts: BTreeMap<&Name, usize> = BTreeMap::new();
    let mut overlaps: BTreeMap<(&Name, &Name), usize> = BTreeMap::new();
    for example in examples {
        let mut spans: Vec<_> = example.spans.iter().collect();
        spans.sort_by_key(|(range, label)| (range.start(), range.end(), label));
        for (index, (range, label)) in spans.iter().enumerate() {
            *counts.entry(label).or_default() += 1;
            let behind = spans.get(index + 1..).unwrap_or_default();
            for (_, other) in behind.iter().take_while(|(other, _)| other.start() < range.end()) {
                *overlaps.entry((label.min(other), label.max(other))).or_default() += 1;
            }
        }
    }
    let mut labels: Vec<(&Name, usize)> = counts.into_iter().collect();
    labels.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let mut groups: Vec<Vec<(&Name, usize)>> = Vec::new();
    for (label, count) in labels {
        let fits = |group: &&mut Vec<(&Name, usize)>| {
            group.iter().all(|(other, other_count)| {
                let shared = overlaps.get(&(label.min(other), label.max(other))).copied().unwrap_or(0);
                shared < 3 || shared * 50 <= count.min(*other_count)
            })
        };
        match groups.iter_mut().find(fits) {
            // 100 labels and more would need more than a byte for a tag.
            Some(group) if group.len() < 100 => group.push((label, count)),
            _ => groups.push(vec![(label, count)]),
        }
    }
    groups.into_iter().map(|group| group.into_iter().map(|(name, _)| name.clone()).collect()).collect()
}

/// The sentences of an example with the tags of a layer; of overlapping spans the longest counts.
pub(super) fn lessons<'a>(prepared: &'a Prepared<'_>, labels: &[Name]) -> Vec<Lesson<'a>> {
    let example = prepared.example;
    let mut tags = vec![0_u8; example.tokens().len()];
    let mut spans: Vec<_> = example.spans.iter().collect();
    spans.sort_by_key(|(range, _)| (std::cmp::Reverse(range.len()), range.start()));
    for (range, label) in spans {
        let Some(number) = labels.iter().position(|other| other == label) else { continue };
        let tokens = example.tokens_of(*range);
        let Some(place) = tags.get_mut(tokens).filter(|place| place.iter().all(|tag| *tag == 0)) else { continue };
        let first = u8::try_from(2 * number + 1).unwrap_or(0);
        place.fill(if first == 0 { 0 } else { first + 1 });
        if let Some(tag) = place.first_mut() {
            *tag = first;
        }
    }
    let lesson = |tokens: &std::ops::Range<usize>| {
        let mut tags = tags.get(tokens.clone()).unwrap_or_default().to_vec();
        // A span that a cut divides begins anew behind it.
        if let Some(tag) = tags.first_mut().filter(|tag| **tag > 0 && **tag % 2 == 0) {
            *tag -= 1;
        }
        Lesson { features: &prepared.features, tokens: tokens.clone(), tags }
    };
    example.sentences().iter().filter(|tokens| !tokens.is_empty()).map(lesson).collect()
}

/// Trains a layer from what `base` knows of its labels, or from nothing; `None` if it was stopped.
pub(super) fn train_layer(
    labels: &[Name],
    lessons: &[Lesson<'_>],
    options: &Options,
    base: Option<Base<'_>>,
    goes_on: &(dyn Fn(f32) -> bool + Sync),
) -> Option<Layer> {
    let mut layer = Layer::new(labels.to_vec(), options.bits, 0.0);
    if let Some(base) = base {
        layer.begin_from(&base.tagger.layers, base.map);
    }
    let mut random = Random(options.seed);
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut work = Workspace::default();
    let pace = Pace { rate: options.rate, pull: options.pull, dropout: options.dropout };
    // Few sentences need more passes.
    let passes = options.passes + if lessons.len() < 2000 { options.passes } else { 0 };
    let mut sums: Option<(Vec<f32>, Vec<f32>, f32)> = None;
    for pass in 0..passes {
        random.shuffle(&mut order);
        for (done, index) in order.iter().enumerate() {
            if done % 64 == 0 && !goes_on((pass as f32 + done as f32 / order.len() as f32) / passes as f32) {
                return None;
            }
            if let Some(lesson) = lessons.get(*index) {
                layer.learn(lesson, pace, &mut random, &mut work);
            }
        }
        // The mean over the second half of the passes is steadier than the last state.
        if 2 * pass >= passes {
            let (weights, pairs, count) =
                sums.get_or_insert_with(|| (vec![0.0; layer.weights.len()], vec![0.0; layer.pairs.len()], 0.0));
            weights.iter_mut().zip(&layer.weights).for_each(|(sum, weight)| *sum += weight);
            pairs.iter_mut().zip(&layer.pairs).for_each(|(sum, weight)| *sum += weight);
            *count += 1.0;
        }
    }
    if let Some((weights, pairs, count)) = sums {
        layer.weights.iter_mut().zip(weights).for_each(|(weight, sum)| *weight = sum / count);
        layer.pairs.iter_mut().zip(pairs).for_each(|(weight, sum)| *weight = sum / count);
    }
    Some(layer)
}

/// Least probability by the model of spans that the calibration is fitted on.
const JUDGED: f32 = 0.05;

/// What a layer says of sentences that it has not seen: the probability of each span that it would propose, of overlapping
/// ones the most probable, and whether a person had marked it.
pub(super) fn judged(layer: &Layer, lessons: &[&Lesson<'_>]) -> Vec<(f32, bool)> {
    let mut work = Workspace::default();
    layer.prepare(&mut work);
    let mut pairs = Vec::new();
    for lesson in lessons {
        let offset = lesson.tokens.start;
        for (start, end, label, score) in layer.chosen(lesson.features, lesson.tokens.clone(), JUDGED, &mut work) {
            debug_assert!(offset + end <= lesson.tokens.end);
            let begin = u8::try_from(2 * label + 1).unwrap_or(0);
            let tag = |index: usize| lesson.tags.get(index).copied();
            let is_right = tag(start) == Some(begin)
                && (start + 1..end).all(|index| tag(index) == Some(begin + 1))
                && tag(end) != Some(begin + 1);
            pairs.push((score, is_right));
        }
    }
    pairs
}

/// Trains all layers, and beside them others on a part of the examples to see how often they are right on the rest.
pub(super) fn train(
    examples: &[Example],
    options: &Options,
    resources: Resources,
    base: Option<Base<'_>>,
    control: Control<'_>,
) -> Option<(Vec<Layer>, Calibration)> {
    let prepared = prepare(examples, resources);
    let groups = label_groups(examples);
    let layers: Vec<(&Vec<Name>, Vec<Lesson<'_>>)> = groups
        .iter()
        .map(|labels| (labels, prepared.iter().flat_map(|prepared| lessons(prepared, labels)).collect()))
        .collect();
    let quiet = |_: f32| control(0.0);
    let whole = || -> Option<Vec<Layer>> {
        layers
            .par_iter()
            .map(|(labels, lessons)| train_layer(labels, lessons, options, base, &|share| control(share)))
            .collect()
    };
    let held_out = || -> Option<Vec<(f32, bool)>> {
        let parts: Vec<Option<Vec<(f32, bool)>>> = layers
            .par_iter()
            .map(|(labels, lessons)| judged_by_parts(labels, lessons, options, base, &quiet))
            .collect();
        Some(parts.into_iter().collect::<Option<Vec<_>>>()?.concat())
    };
    let (layers, pairs) = rayon::join(whole, held_out);
    Some((layers?, Calibration::fit(&pairs?, base.map_or_else(Calibration::default, |base| base.tagger.calibration))))
}

/// Holds parts of the lessons back, trains on the others and judges: eight parts of few lessons, four of up to 1,500, one part
/// of four of more.
fn judged_by_parts(
    labels: &[Name],
    lessons: &[Lesson<'_>],
    options: &Options,
    base: Option<Base<'_>>,
    goes_on: &(dyn Fn(f32) -> bool + Sync),
) -> Option<Vec<(f32, bool)>> {
    let (parts, of) = match lessons.len() {
        ..600 => (8, 8),
        600..1500 => (4, 4),
        _ => (1, 4),
    };
    let mut pairs = Vec::new();
    for part in 0..parts {
        // Neighbors are alike, so blocks are held back.
        let is_held = |index: usize| index * 40 / lessons.len().max(1) % of == part;
        let (held, rest): (Vec<_>, Vec<_>) = lessons.iter().enumerate().partition(|(index, _)| is_held(*index));
        let rest: Vec<Lesson<'_>> = rest.into_iter().map(|(_, lesson)| lesson.clone()).collect();
        let layer = train_layer(labels, &rest, options, base, goes_on)?;
        let held: Vec<&Lesson<'_>> = held.into_iter().map(|(_, lesson)| lesson).collect();
        pairs.extend(judged(&layer, &held));
    }
    Some(pairs)
}
