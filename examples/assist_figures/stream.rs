//! What a stream of documents costs, of which each is suggested, corrected, confirmed and learned from.

use crate::{Figures, corpus, shuffle};
use glosse::{
    assist::{SpanProposal, tagger::Example},
    model::{
        AnnotationId, AnnotationSet, Fragments, LabelDefinition, Name, Progress, Provenance, Schema, Span, Status,
    },
    session::suggest::{Suggester, THRESHOLD, lesson, train as train_project},
    text::TextRange,
};
use std::{collections::BTreeSet, time::Instant};

/// The documents of SmartData that come from the web, in the order of the file.
pub fn smartdata() -> Option<Vec<Example>> {
    let text = corpus("smartdata-train.jsonl")?;
    let mut documents = Vec::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        if !record["id"].as_str().expect("it has an id").starts_with("http") {
            continue;
        }
        let text = record["text"].as_str().expect("it has a text");
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let place = |value: &serde_json::Value| bytes[value.as_u64().expect("a number") as usize];
        let span = |entity: &serde_json::Value| {
            let range = TextRange::from_usize(place(&entity["start"]), place(&entity["end"]));
            (range, Name::from(entity["type"].as_str().expect("it has a type")))
        };
        let spans = record["entities"].as_array().expect("a list").iter().map(span).collect();
        documents.push(Example::new(text, spans));
    }
    Some(documents)
}

/// A stream of documents, each suggested by all that the program has, corrected and learned from: actions against labelling by
/// hand.
///
/// By hand an entity costs 2 actions. With proposals a document costs 1 (confirm), a wrong label 1, a wrong place 2, a missing
/// entity 2, a proposal that is none 1. Shares are over the 50 documents that end at the one named, mean of three orders.
pub fn stream(figures: &mut Figures) {
    let Some(all) = smartdata() else { return };
    let schema = schema(&all);
    let mut saved = [0.0; 2];
    let mut times = Vec::new();
    for seed in 1..=3 {
        let mut documents = all.clone();
        shuffle(&mut documents, seed);
        documents.truncate(300);
        let mut costs: Vec<(f64, f64)> = Vec::new();
        let mut suggester = Suggester::new(&schema, "");
        let mut lessons = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            let proposals = suggester.proposals(document.text(), None, THRESHOLD);
            costs.push((actions(document, &proposals), 2.0 * document.spans.len() as f64));
            let confirmed = annotations(document);
            suggester.memory_mut().observe(document.text(), &confirmed);
            let Some(lesson) = lesson(document.text(), &confirmed) else { continue };
            // As the program does: the whole again now and then, single steps in between.
            if (number < 40 && number % 5 == 0) || number % 25 == 0 {
                lessons.push(lesson);
                let tagger = train_project(&lessons, &|| true).expect("nothing stops it");
                tagger.into_iter().for_each(|tagger| suggester.set_tagger(tagger));
            } else {
                let start = Instant::now();
                suggester.update(&lesson, &lessons, number as u64);
                times.push(start.elapsed().as_secs_f64() * 1e3);
                lessons.push(lesson);
            }
        }
        for (sum, end) in saved.iter_mut().zip([100, 300]) {
            let (with, without) =
                costs[end - 50..end].iter().fold((0.0, 0.0), |sum, cost| (sum.0 + cost.0, sum.1 + cost.1));
            *sum += 100.0 * (1.0 - with / without) / 3.0;
        }
    }
    figures.above("actions saved at document 100, confirm mode", saved[0], "%", 62.0);
    figures.above("actions saved at document 300, confirm mode", saved[1], "%", 68.0);
    times.sort_by(f64::total_cmp);
    figures.below("update after a document of the stream (16 types), median", times[times.len() / 2], "ms", 30.0);
    figures.below("update after a document of the stream (16 types), p95", times[times.len() * 95 / 100], "ms", 80.0);
}

/// The labels of all documents.
fn schema(documents: &[Example]) -> Schema {
    let labels: BTreeSet<&Name> =
        documents.iter().flat_map(|document| document.spans.iter().map(|(_, label)| label)).collect();
    let definition =
        |name: &Name| LabelDefinition { name: name.clone(), color: None, key: None, description: String::new() };
    Schema { labels: labels.into_iter().map(definition).collect(), ..Schema::default() }
}

/// A document as it stands when its annotator has confirmed it.
fn annotations(document: &Example) -> AnnotationSet {
    let span = |(id, (range, label)): (u32, &(TextRange, Name))| Span {
        id: AnnotationId(id),
        label: label.clone(),
        fragments: Fragments::one(*range),
        attributes: Default::default(),
        entity: None,
        note: String::new(),
        provenance: Provenance::person("gold", jiff::Timestamp::UNIX_EPOCH),
        status: Status::Accepted,
        corrected_from: None,
    };
    let spans = (1..).zip(&document.spans).map(span).collect();
    AnnotationSet::from_parts(1, Progress::Done, spans, Vec::new(), Vec::new()).0
}

/// What it costs to make the proposals right.
fn actions(document: &Example, proposals: &[SpanProposal]) -> f64 {
    let mut gold: Vec<&(TextRange, Name)> = document.spans.iter().collect();
    let mut rest = Vec::new();
    let mut actions = 1.0;
    for span in proposals {
        match gold.iter().position(|(range, label)| *range == span.range && *label == span.label) {
            Some(at) => drop(gold.swap_remove(at)),
            None => rest.push(span),
        }
    }
    let mut others = Vec::new();
    for span in rest {
        match gold.iter().position(|(range, _)| *range == span.range) {
            Some(at) => {
                gold.swap_remove(at);
                actions += 1.0;
            }
            None => others.push(span),
        }
    }
    for span in others {
        match gold.iter().position(|(range, label)| range.overlaps(span.range) && *label == span.label) {
            Some(at) => {
                gold.swap_remove(at);
                actions += 2.0;
            }
            None => actions += 1.0,
        }
    }
    actions + 2.0 * gold.len() as f64
}
