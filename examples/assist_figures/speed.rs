//! How fast proposals are made.

use crate::{Figures, sentences, train};
use glosse::{
    assist::{
        self,
        gazetteer::{Entry, Gazetteer, Place},
        tagger::{Example, LEAST_SCORE},
    },
    text::TextRange,
};
use std::time::Instant;

/// Speed of training, updates and tagging with three classes.
pub fn speed(figures: &mut Figures) {
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
pub fn tables(figures: &mut Figures) {
    let start = Instant::now();
    let known = assist::lexicon::Lexicon::german().len();
    figures.below(&format!("reading the lexicon, {known} words"), start.elapsed().as_secs_f64() * 1e3, "ms", 100.0);
    let start = Instant::now();
    let known = Gazetteer::places().len();
    figures.below(&format!("preparing the places, {known} names"), start.elapsed().as_secs_f64() * 1e3, "ms", 500.0);
    let start = Instant::now();
    std::hint::black_box(assist::tagger::starter());
    figures.below("reading the starter model", start.elapsed().as_secs_f64() * 1e3, "ms", 100.0);
}

/// Speed of the gazetteer with 117,000 names made of the bundled places, over German text.
pub fn gazetteer(figures: &mut Figures) {
    let mut entries = Vec::new();
    for place in Place::all() {
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
