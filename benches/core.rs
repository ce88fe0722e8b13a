//! What the core costs: changes and lookups in large articles, unit conversion, search.
//!
//! `cargo bench --no-default-features --bench core`

use divan::{Bencher, black_box, counter::BytesCount};
use glosse::{
    edit::Draft,
    model::{
        AnnotationId, AnnotatorName, Article, ArticleId, Fragments, Project, Provenance, SetKey, SpanIndex, generate,
    },
    session::{
        Control, Mode, OccurrenceOptions, ProjectStatistics, Query, SpanFilter, TextCounts, occurrences,
        search_articles, search_texts,
    },
    text::{ByteOffset, Case, OffsetTable, TextEdit, TextRange, edits_between},
};
use jiff::Timestamp;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::Duration,
};

fn main() {
    divan::main();
}

/// Spans of the large articles: as many as in 1 MB and in 10 MB.
const SPANS: [usize; 2] = [17_000, 170_000];

fn large(spans: usize) -> Project {
    let article = generate::article(1, spans * 60, spans, spans / 3);
    Project {
        schema: Arc::new(generate::schema()),
        articles: [(article.id.clone(), article)].into(),
        ..Project::default()
    }
}

fn draft(project: &mut Project) -> Draft<'_> {
    let key = SetKey { article: ArticleId::new("generated-1"), annotator: AnnotatorName::new(generate::ANNOTATOR) };
    Draft::new(project, key, Provenance::person("anna", Timestamp::UNIX_EPOCH))
}

/// A span near the start of the article, the dearest place for the index, and its removal.
#[divan::bench(args = SPANS, max_time = Duration::from_secs(3))]
fn add_and_remove_span(bencher: Bencher, spans: usize) {
    let mut project = large(spans);
    let place = Fragments::one(TextRange::from_usize(0, 3));
    bencher.bench_local(|| {
        let mut draft = draft(&mut project);
        let id = draft.add_span("PER", place.clone()).expect("a span");
        draft.remove(id).expect("removed");
        draft.finish("Add and remove")
    });
}

/// The spans of a screenful of text in the middle.
#[divan::bench(args = SPANS)]
fn spans_on_screen(bencher: Bencher, spans: usize) {
    let project = large(spans);
    let article = project.articles.values().next().expect("the article");
    let set = article.sets.values().next().expect("the set");
    let middle = article.text().len() / 2;
    let screen = TextRange::from_usize(middle, middle + 4_000);
    bencher.bench_local(|| set.spans_overlapping(black_box(screen)).count());
}

/// The same with one span around the whole article, which every block of the index must not make every query pay for.
#[divan::bench(args = SPANS)]
fn index_query_under_a_covering_span(bencher: Bencher, spans: usize) {
    let end = spans * 60;
    let small = (1..spans).map(|number| (TextRange::from_usize(number * 60, number * 60 + 20), number as u32));
    let all = small.chain([(TextRange::from_usize(0, end), 0)]);
    let index = SpanIndex::new(all.map(|(range, id)| (range, AnnotationId(id))));
    let screen = TextRange::from_usize(end - 4_000, end);
    bencher.bench_local(|| index.overlapping(black_box(screen)).count());
}

/// A letter typed at the start of the article and taken back: all spans move twice.
#[divan::bench(args = SPANS, max_time = Duration::from_secs(5))]
fn edit_text_at_start(bencher: Bencher, spans: usize) {
    let mut project = large(spans);
    let insertion = TextEdit { at: ByteOffset(0), removed: String::new(), inserted: "„".to_owned() };
    let edits = [insertion.clone(), insertion.inverse()];
    bencher.bench_local(|| {
        let mut draft = draft(&mut project);
        draft.edit_text(black_box(&edits)).expect("edited");
        draft.finish("Edit")
    });
}

#[divan::bench]
fn difference_of_two_texts_of_1_mb(bencher: Bencher) {
    let old = generate::article(1, 1_000_000, 0, 0).text().to_owned();
    let new = old.replacen("Talbergen", "Talbergheim", 200);
    bencher.counter(BytesCount::of_str(&old)).bench_local(|| edits_between(black_box(&old), black_box(&new)));
}

#[divan::bench]
fn offset_table_of_1_mb(bencher: Bencher) {
    let article = generate::article(1, 1_000_000, 0, 0);
    let text = article.text();
    bencher.counter(BytesCount::of_str(text)).bench_local(|| OffsetTable::new(black_box(text)));
}

#[divan::bench]
fn offset_conversion_in_1_mb(bencher: Bencher) {
    let article = generate::article(1, 1_000_000, 0, 0);
    let text = article.text();
    let table = OffsetTable::new(text);
    let mut random = generate::Random(1);
    bencher
        .with_inputs(|| ByteOffset::from_usize(text.floor_char_boundary(random.below(text.len()))))
        .bench_local_values(|offset| {
            let count = table.code_point_from_byte(text, offset);
            table.byte_from_code_point(text, count)
        });
}

/// 10,000 articles of 5 kB with 83 spans each.
fn archive() -> &'static Project {
    static PROJECT: OnceLock<Project> = OnceLock::new();
    PROJECT.get_or_init(|| generate::project(1, 10_000, 5_000))
}

const PATTERNS: [(&str, Mode); 8] = [
    ("Krasnopol", Mode::Plain),
    ("gefangenenaustausch in", Mode::Plain),
    ("nirgends zu finden", Mode::Plain),
    (r"\d+ (Soldaten|Drohnen|Menschen)", Mode::Regex),
    (r"[A-ZÄÖÜ]\w+(-\w+)+-Region", Mode::Regex),
    (r"\b\w+ung\b.{0,40}\bÄußeres\b", Mode::Regex),
    (r"\b\w+ung\b", Mode::Regex),
    (r"\b(General|Gouverneur)\s+\p{Lu}\w+", Mode::Regex),
];

#[divan::bench(args = 0..PATTERNS.len(), sample_count = 5)]
fn search_50_mb(bencher: Bencher, pattern: usize) {
    let texts: Vec<(&ArticleId, &str)> = archive().articles.iter().map(|(id, article)| (id, article.text())).collect();
    let (pattern, mode) = PATTERNS[pattern];
    let query = Query::new(pattern, mode, Case::Ignore, SpanFilter::default()).expect("a query");
    let bytes = texts.iter().map(|(_, text)| text.len()).sum::<usize>();
    let (cancel, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let control = Control { cancel: &cancel, done: &done, limit: usize::MAX };
    bencher.counter(BytesCount::new(bytes)).bench_local(|| search_texts(&query, &texts, control).hits.len());
}

#[divan::bench(sample_count = 5)]
fn list_spans_of_10_000_articles(bencher: Bencher) {
    let articles: Vec<&Article> = archive().articles.values().collect();
    let filter = SpanFilter { labels: vec!["DATE".into()], ..SpanFilter::default() };
    let query = Query::new("März", Mode::Plain, Case::Ignore, filter).expect("a query");
    let (cancel, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let control = Control { cancel: &cancel, done: &done, limit: usize::MAX };
    bencher.bench_local(|| search_articles(&query, &articles, None, control).hits.len());
}

#[divan::bench(sample_count = 5)]
fn occurrences_in_1_mb(bencher: Bencher) {
    let article = generate::article(1, 1_000_000, 0, 0);
    let options = OccurrenceOptions { ignore_case: true, german_inflection: true, ..OccurrenceOptions::default() };
    bencher.bench_local(|| occurrences(black_box(article.text()), "Krasnopol", options).len());
}

#[divan::bench(sample_count = 5)]
fn count_tokens_and_sentences_of_1_mb(bencher: Bencher) {
    let article = generate::article(1, 1_000_000, 0, 0);
    bencher.counter(BytesCount::of_str(article.text())).bench_local(|| TextCounts::of(black_box(article.text())));
}

#[divan::bench(sample_count = 2, sample_size = 1)]
fn statistics_of_10_000_articles() -> usize {
    ProjectStatistics::of(archive()).text.tokens
}
