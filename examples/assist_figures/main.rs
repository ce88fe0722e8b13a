//! How well and how fast proposals are made: `cargo run --release --no-default-features --example assist_figures`.
//!
//! Prints one line per figure, tab-separated: name, measured, unit, asked, `ok` or `short`; ends with 1 if one is short. With
//! `--markdown` prints a table. Corpora are read from `ner` in the folder that `GLOSSE_SHARED` names, or in `shared` beside the
//! repository; figures whose corpus is missing are named and left out.
//!
//! `--tune` measures the learning curve on `germeval-dev-wikipedia`. Nine settings were compared there, by which the least
//! probability that counts and the pull of weights towards 0 were fixed; the others were chosen before. The curve that is
//! reported learns from sentences of `germeval-train` and is tested on the rest. The starter model is trained on
//! `germeval-train`; it is reported by cross-validation there, on `germeval-dev-wikipedia` (on which those two settings were
//! fixed) and on the news of `smartdata-train`, whose guidelines differ.

use glosse::assist::{
    gazetteer::{Entry, Gazetteer},
    tagger::{Example, LEAST_SCORE, Options, Tagger, conll_examples, three_classes},
};
use glosse::{model::Name, text::TextRange};
use std::{collections::HashSet, path::PathBuf, time::Instant};

/// Least probability of a span in measurements of F1, chosen on `germeval-dev-wikipedia`.
const LEAST_FOR_F1: f32 = 0.3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let mut figures = Figures { markdown: has("--markdown"), short: false };
    if figures.markdown {
        println!("| figure | measured | asked |\n|---|---|---|");
    }
    let only: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| *only == name);
    if has("--tune") {
        learning_curve(&mut figures, "germeval-dev-wikipedia.conll", &[50, 100, 500]);
        std::process::exit(0);
    }
    if wanted("tables") {
        tables(&mut figures);
    }
    if wanted("gazetteer") {
        gazetteer(&mut figures);
    }
    if wanted("speed") {
        speed(&mut figures);
    }
    if wanted("curve") {
        learning_curve(&mut figures, "germeval-train.conll", &[50, 100, 500, 1000]);
    }
    if wanted("starter") {
        starter(&mut figures);
    }
    if wanted("stream") {
        stream(&mut figures);
    }
    std::process::exit(i32::from(figures.short));
}

/// Prints lines and remembers whether one is short.
struct Figures {
    markdown: bool,
    short: bool,
}

impl Figures {
    fn below(&mut self, name: &str, measured: f64, unit: &str, asked: f64) {
        self.line(name, measured, unit, asked, measured <= asked, "<");
    }

    fn above(&mut self, name: &str, measured: f64, unit: &str, asked: f64) {
        self.line(name, measured, unit, asked, measured >= asked, ">");
    }

    fn line(&mut self, name: &str, measured: f64, unit: &str, asked: f64, ok: bool, sign: &str) {
        self.short |= !ok;
        let word = if ok { "ok" } else { "short" };
        if self.markdown {
            println!("| {name} | {measured:.3} {unit} | {sign} {asked} {unit} |");
        } else {
            println!("{name}\t{measured:.3}\t{unit}\t{asked}\t{word}");
        }
    }
}

/// A file of the corpora, or a note that it is missing.
fn corpus(name: &str) -> Option<String> {
    let shared = std::env::var_os("GLOSSE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(shared.join("ner").join(name)).ok();
    if text.is_none() {
        eprintln!("{name} is missing; its figures are left out");
    }
    text
}

fn sentences(name: &str) -> Option<Vec<Example>> {
    Some(conll_examples(&corpus(name)?, &three_classes).expect("the corpus can be read"))
}

fn train(examples: &[Example]) -> Tagger {
    Tagger::train(examples, &Options::default(), &|_| true).expect("nothing stops it")
}

/// The same pseudo-random order every time.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for end in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(end, (state % (end as u64 + 1)) as usize);
    }
}

/// Counts of spans that are right in place and label, proposed and wanted.
#[derive(Clone, Copy, Default)]
struct Score {
    right: usize,
    proposed: usize,
    wanted: usize,
    /// Of proposals with a score of at least .9: right and all.
    sure: (usize, usize),
    /// Sums of scores and counts of right ones and all, by tenth of the score.
    bins: [(f64, usize, usize); 10],
}

impl Score {
    fn add(&mut self, tagger: &Tagger, example: &Example) {
        let gold: HashSet<(TextRange, Name)> = example.spans.iter().cloned().collect();
        self.wanted += gold.len();
        for span in tagger.propose(example, 0.05) {
            let is_right = gold.contains(&(span.range, span.label));
            let bin = &mut self.bins[((span.score * 10.0) as usize).min(9)];
            *bin = (bin.0 + f64::from(span.score), bin.1 + usize::from(is_right), bin.2 + 1);
            if span.score >= LEAST_FOR_F1 {
                self.right += usize::from(is_right);
                self.proposed += 1;
            }
            if span.score >= 0.9 {
                self.sure = (self.sure.0 + usize::from(is_right), self.sure.1 + 1);
            }
        }
    }

    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.proposed + self.wanted).max(1) as f64
    }

    /// Expected calibration error over ten bins of equal width.
    fn calibration_error(&self) -> f64 {
        let all: usize = self.bins.iter().map(|bin| bin.2).sum();
        self.bins.iter().map(|(sum, right, _)| (sum - *right as f64).abs()).sum::<f64>() / all.max(1) as f64
    }
}

fn score(tagger: &Tagger, examples: &[Example]) -> Score {
    let mut score = Score::default();
    examples.iter().for_each(|example| score.add(tagger, example));
    score
}

/// Strict span F1 after few sentences, mean of three random choices; calibration after the most.
fn learning_curve(figures: &mut Figures, file: &str, sizes: &[usize]) {
    let Some(all) = sentences(file) else { return };
    for size in sizes {
        let asked = match size {
            50 => 0.50,
            100 => 0.60,
            500 => 0.70,
            _ => 0.74,
        };
        let (mut sum, mut sure, mut error) = (0.0, 0.0, 0.0);
        for seed in 1..=3 {
            let mut examples = all.clone();
            shuffle(&mut examples, seed);
            let rest = examples.split_off(*size);
            let score = score(&train(&examples), &rest);
            sum += score.f1() / 3.0;
            sure += score.sure.0 as f64 / score.sure.1.max(1) as f64 / 3.0;
            error += score.calibration_error() / 3.0;
        }
        figures.above(&format!("strict span F1 after {size} sentences, {file}"), sum, "", asked);
        if *size >= 500 {
            figures.above(&format!("precision where confidence is at least .9, {size} sentences"), sure, "", 0.95);
            figures.below(&format!("calibration error (ECE), {size} sentences"), error, "", 0.03);
        }
    }
}

/// The starter model and its like on sentences that it has not seen.
fn starter(figures: &mut Figures) {
    if let Some(all) = sentences("germeval-train.conll") {
        let mut sum = Score::default();
        for fold in 0..5 {
            let pick = |held: bool| -> Vec<Example> {
                let part = all.iter().enumerate().filter(|(index, _)| (index % 5 == fold) == held);
                part.map(|(_, example)| example.clone()).collect()
            };
            let score = score(&train(&pick(false)), &pick(true));
            sum = Score {
                right: sum.right + score.right,
                proposed: sum.proposed + score.proposed,
                wanted: sum.wanted + score.wanted,
                ..sum
            };
        }
        figures.above("starter model, germeval-train, five folds", sum.f1(), "", 0.82);
    }
    let Some(starter) = glosse::assist::tagger::starter() else {
        eprintln!("there is no starter model");
        return;
    };
    if let Some(wikipedia) = sentences("germeval-dev-wikipedia.conll") {
        figures.above("starter model, germeval-dev-wikipedia", score(starter, &wikipedia).f1(), "", 0.82);
    }
    if let Some(documents) = smartdata() {
        let map = |(range, label): &(TextRange, Name)| three_classes(label).map(|label| (*range, label));
        let of_news = |example: &Example| Example::new(example.text(), example.spans.iter().filter_map(map).collect());
        let documents: Vec<Example> = documents.iter().map(of_news).collect();
        figures.above(
            "starter model, web news of smartdata-train (other guidelines)",
            score(starter, &documents).f1(),
            "",
            0.82,
        );
    }
}

/// The documents of SmartData that come from the web, in the order of the file.
fn smartdata() -> Option<Vec<Example>> {
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

/// A stream of documents, each tagged, corrected and learned from: actions against labelling by hand.
///
/// By hand an entity costs 2 actions. With proposals a document costs 1 (confirm), a wrong label 1, a wrong place 2, a missing
/// entity 2, a proposal that is none 1. Shares are over the 50 documents that end at the one named, mean of three orders.
fn stream(figures: &mut Figures) {
    let Some(all) = smartdata() else { return };
    let mut saved = [0.0; 2];
    let mut times = Vec::new();
    for seed in 1..=3 {
        let mut documents = all.clone();
        shuffle(&mut documents, seed);
        documents.truncate(300);
        let mut costs: Vec<(f64, f64)> = Vec::new();
        let mut tagger: Option<Tagger> = None;
        for (number, document) in documents.iter().enumerate() {
            let proposals = tagger.as_ref().map_or(Vec::new(), |tagger| tagger.propose(document, LEAST_SCORE));
            costs.push((actions(document, &proposals), 2.0 * document.spans.len() as f64));
            let seen = &documents[..number];
            match &mut tagger {
                // As the program does: the whole again now and then, single steps in between.
                Some(tagger) if !(number < 40 && number % 5 == 0) && number % 25 != 0 => {
                    let start = Instant::now();
                    tagger.update(document, seen, number as u64, &|_| true);
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
                _ => tagger = Some(train(&documents[..=number])),
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

/// What it costs to make the proposals right.
fn actions(document: &Example, proposals: &[glosse::assist::SpanProposal]) -> f64 {
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

/// Speed of training, updates and tagging with three classes.
fn speed(figures: &mut Figures) {
    let Some(mut all) = sentences("germeval-train.conll") else { return };
    for file in ["germeval-dev-wikipedia.conll", "enp-de-sbb.conll", "sonar-de-dev.conll"] {
        all.extend(sentences(file).unwrap_or_default());
    }
    all.truncate(10_000);
    let start = Instant::now();
    let tagger = train(&all);
    let name = format!("full training, {} sentences", all.len());
    figures.below(&name, start.elapsed().as_secs_f64(), "s", 3.0);

    // Articles of about 30 sentences.
    let articles: Vec<Example> = all.chunks(30).take(120).map(joined).collect();
    let mut updated = tagger.clone();
    let mut times = Vec::new();
    for (number, article) in articles.iter().enumerate().skip(20) {
        let start = Instant::now();
        updated.update(article, &articles[..number], number as u64, &|_| true);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    figures.below("update after an article of 30 sentences, median", times[times.len() / 2], "ms", 30.0);
    figures.below("update after an article of 30 sentences, p95", times[times.len() * 95 / 100], "ms", 80.0);

    let count: usize = articles.iter().map(|article| article.tokens().len()).sum();
    let start = Instant::now();
    let found: usize = articles.iter().map(|article| tagger.propose(article, LEAST_SCORE).len()).sum();
    std::hint::black_box(found);
    let speed = count as f64 / start.elapsed().as_secs_f64() / 1e3;
    figures.above("tagging on one core, features included", speed, "k tokens/s", 250.0);
}

fn joined(sentences: &[Example]) -> Example {
    let words: Vec<Vec<&str>> = sentences
        .iter()
        .map(|sentence| sentence.tokens().iter().filter_map(|token| token.slice(sentence.text())).collect())
        .collect();
    let mut spans = Vec::new();
    for (number, sentence) in sentences.iter().enumerate() {
        for (range, label) in &sentence.spans {
            let at = |end: bool| {
                let token =
                    |token: &TextRange| if end { token.end() == range.end() } else { token.start() == range.start() };
                sentence.tokens().iter().position(token).expect("spans lie on tokens")
            };
            spans.push((number, at(false), at(true), label.clone()));
        }
    }
    Example::from_words(&words, &spans)
}

/// How long it takes until what is bundled can be used. Each is read once in a program.
fn tables(figures: &mut Figures) {
    let start = Instant::now();
    let known = glosse::assist::lexicon::Lexicon::german().len();
    figures.below(&format!("reading the lexicon, {known} words"), start.elapsed().as_secs_f64() * 1e3, "ms", 100.0);
    let start = Instant::now();
    let known = Gazetteer::places().len();
    figures.below(&format!("preparing the places, {known} names"), start.elapsed().as_secs_f64() * 1e3, "ms", 500.0);
    let start = Instant::now();
    std::hint::black_box(glosse::assist::tagger::starter());
    figures.below("reading the starter model", start.elapsed().as_secs_f64() * 1e3, "ms", 100.0);
}

/// Speed of the gazetteer with 117,000 names made of the bundled places, over German text.
fn gazetteer(figures: &mut Figures) {
    let mut entries = Vec::new();
    for place in glosse::assist::gazetteer::Place::all() {
        for name in place.names {
            entries.push(Entry { name, usual: place.usual.clone(), list: "place".into() });
        }
    }
    let more: Vec<Entry> = entries.iter().take(117_000_usize.saturating_sub(entries.len())).cloned().collect();
    entries.extend(more.into_iter().map(|entry| Entry { name: format!("Neu {}", entry.name), ..entry }));
    entries.truncate(117_000);
    let gazetteer = Gazetteer::new(entries);
    let Some(mut text) =
        sentences("germeval-train.conll").map(|all| all.iter().map(Example::text).collect::<Vec<_>>().join("\n"))
    else {
        return;
    };
    text = text.repeat(10_000_000 / text.len() + 1);
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let start = Instant::now();
        std::hint::black_box(gazetteer.find(&text).len());
        best = best.max(text.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
    }
    figures.above(&format!("gazetteer of {} names over text", gazetteer.len()), best, "MB/s", 300.0);
}
