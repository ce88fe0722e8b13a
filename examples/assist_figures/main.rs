//! How well and how fast proposals are made: `cargo run --release --no-default-features --example assist_figures`.
//!
//! Prints one line per figure, tab-separated: name, measured, unit, asked, `ok` or `short`; ends with 1 if one is short. With
//! `--markdown` prints a table. Corpora are read from `ner` in the folder that `GLOSSE_SHARED` names, or in `shared` beside the
//! repository; figures whose corpus is missing are named and left out.
//!
//! Words behind the options name parts: `tables`, `gazetteer`, `speed`, `curve`, `starter`, `stream`, `relations`.
//!
//! `--tune` measures on what settings are chosen by: the learning curve on `germeval-dev-wikipedia`, begun from historic
//! newspapers, and relations on articles that are not reported. The curve that is reported learns from sentences of
//! `germeval-train` and is tested on the rest; it begins, as a project begins from the starter model, from a model of corpora
//! that have none of these sentences: `germeval-dev-wikipedia` and historic newspapers. The starter model is trained on both
//! corpora of GermEval; it is reported by cross-validation on `germeval-train`, and on the news of `smartdata-train`, whose
//! guidelines differ.

mod curve;
mod relations;
mod speed;
mod stream;

use glosse::{
    assist::tagger::{Example, Options, Tagger, conll_examples, three_classes},
    model::Name,
    text::TextRange,
};
use std::{collections::HashSet, path::PathBuf};

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
        let begun = ["sonar-de-dev.conll", "enp-de-sbb.conll"];
        curve::learning_curve(&mut figures, "germeval-dev-wikipedia.conll", &begun, &[50, 100, 500]);
        relations::relations(&mut figures, true);
        std::process::exit(0);
    }
    if wanted("tables") {
        speed::tables(&mut figures);
    }
    if wanted("gazetteer") {
        speed::gazetteer(&mut figures);
    }
    if wanted("speed") {
        speed::speed(&mut figures);
    }
    if wanted("curve") {
        let begun = ["germeval-dev-wikipedia.conll", "sonar-de-dev.conll", "enp-de-sbb.conll"];
        curve::learning_curve(&mut figures, "germeval-train.conll", &begun, &[50, 100, 500, 1000]);
    }
    if wanted("starter") {
        curve::starter(&mut figures);
    }
    if wanted("stream") {
        stream::stream(&mut figures);
    }
    if wanted("relations") {
        relations::relations(&mut figures, false);
    }
    std::process::exit(i32::from(figures.short));
}

/// Prints lines and remembers whether one is short.
pub struct Figures {
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
pub fn corpus(name: &str) -> Option<String> {
    let shared = std::env::var_os("GLOSSE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(shared.join("ner").join(name)).ok();
    if text.is_none() {
        eprintln!("{name} is missing; its figures are left out");
    }
    text
}

pub fn sentences(name: &str) -> Option<Vec<Example>> {
    Some(conll_examples(&corpus(name)?, &three_classes).expect("the corpus can be read"))
}

pub fn train(examples: &[Example]) -> Tagger {
    Tagger::train(examples, &Options::default(), &|_| true).expect("nothing stops it")
}

/// The same pseudo-random order every time.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
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
pub struct Score {
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

pub fn score(tagger: &Tagger, examples: &[Example]) -> Score {
    let mut score = Score::default();
    examples.iter().for_each(|example| score.add(tagger, example));
    score
}
