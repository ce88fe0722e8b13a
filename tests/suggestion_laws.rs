//! Laws of suggestions, on random texts with random annotations, and odd texts.

use glosse::{
    edit::Draft,
    model::{
        AnnotationId, AnnotatorName, Article, ArticleId, ArticleMetadata, Fragments, Progress, Project, Provenance,
        SetKey, Span, Status, news_schema,
    },
    session::suggest::{LEAST_GUESS, Suggester, THRESHOLD, add_suggestions},
    text::{TextRange, segment},
};
use jiff::Timestamp;
use proptest::{prelude::*, test_runner::Config};
use std::{sync::Arc, time::Instant};

/// Words of which random texts are made: names, dates, quotations, signs, other scripts.
const WORDS: &str = "(Özdal|Quellfurt|Peter Lindner|Berlin|am 3\\. April|12 Drohnen|„Das reicht“|sagte|der Rat|\
                     Kyjiw|🙂|👨\u{200D}👩\u{200D}👧|שלום|東京|the mayor|e\u{301}|\\.|\n|, ){1,40}";

fn annotator() -> AnnotatorName {
    AnnotatorName::new("eva")
}

fn key(id: &str) -> SetKey {
    SetKey { article: ArticleId::new(id), annotator: annotator() }
}

/// A project with one article, and spans at random places: where, how long, which label, which status.
fn project(text: &str, spans: &[(u16, u8, u8, u8)], done: bool) -> Project {
    let article = Article::new(ArticleId::new("a"), ArticleMetadata::default(), text);
    let mut project = Project {
        schema: Arc::new(news_schema()),
        articles: [(article.id.clone(), article)].into(),
        ..Project::default()
    };
    let labels: Vec<_> = project.schema.labels.iter().map(|label| label.name.clone()).collect();
    let tokens: Vec<TextRange> = segment::tokens(text).collect();
    let mut draft = Draft::new(&mut project, key("a"), Provenance::person("eva", Timestamp::UNIX_EPOCH));
    for (place, length, label, status) in spans {
        let Some(first) = tokens.get(usize::from(*place) % tokens.len().max(1)) else { continue };
        let last = tokens.get(usize::from(*place) % tokens.len() + usize::from(*length % 3)).unwrap_or(first);
        let label = &labels[usize::from(*label) % labels.len()];
        let id = draft.add_span(label, Fragments::one(first.cover(*last))).expect("a span");
        draft.set_status(id, Status::ALL[usize::from(*status) % 3]).expect("a status");
    }
    if done {
        draft.set_progress(Progress::Done).expect("done");
    }
    let _ = draft.finish("Label");
    project
}

fn spans(project: &Project, wanted: impl Fn(&Span) -> bool) -> Vec<Span> {
    let set = project.set(&key("a"));
    set.into_iter().flat_map(|set| set.spans()).filter(|span| wanted(span)).cloned().collect()
}

/// Suggests once more, and says what was added.
fn suggest(project: &mut Project) -> Vec<AnnotationId> {
    let articles: Vec<&Article> = project.articles.values().collect();
    let learned = Suggester::learn(&project.schema, "", &annotator(), articles.into_iter(), &|| true);
    let suggester = learned.expect("not stopped");
    let text = project.articles[&ArticleId::new("a")].text().to_owned();
    let proposals = suggester.proposals(&text, project.set(&key("a")), THRESHOLD);
    for proposal in &proposals {
        assert!(proposal.range.slice(&text).is_some_and(|words| !words.is_empty()), "{proposal:?}");
        assert!((0.0..=1.0).contains(&proposal.score) && project.schema.label(&proposal.label).is_some());
    }
    let mut draft = Draft::new(project, key("a"), Provenance::person("eva", Timestamp::UNIX_EPOCH));
    let ids = add_suggestions(&mut draft, &proposals).expect("suggestions");
    let _ = draft.finish("Suggest");
    ids
}

proptest! {
    #![proptest_config(Config { cases: 40, failure_persistence: None, ..Config::default() })]

    #[test]
    fn suggestions_change_nothing_that_stands_and_do_not_come_back_once_rejected(
        text in WORDS,
        marked in prop::collection::vec((any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>()), 0..12),
        done in any::<bool>(),
    ) {
        let mut project = project(&text, &marked, done);
        let before = spans(&project, |_| true);
        let added = suggest(&mut project);
        prop_assert_eq!(&spans(&project, |span| !added.contains(&span.id)), &before);
        // The same again adds nothing.
        prop_assert_eq!(suggest(&mut project), Vec::new());
        let mut draft = Draft::new(&mut project, key("a"), Provenance::person("eva", Timestamp::UNIX_EPOCH));
        for id in &added {
            draft.set_status(*id, Status::Rejected).expect("rejected");
        }
        let _ = draft.finish("Reject");
        prop_assert_eq!(&spans(&project, |span| !added.contains(&span.id)), &before);
        // What was rejected with its label and place stays away for good.
        let again = suggest(&mut project);
        let rejected: Vec<_> = spans(&project, |span| added.contains(&span.id));
        for span in spans(&project, |span| again.contains(&span.id)) {
            prop_assert!(
                !rejected.iter().any(|old| old.label == span.label && old.fragments == span.fragments),
                "{:?} came back", span
            );
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 40, failure_persistence: None, ..Config::default() })]

    #[test]
    fn guesses_lie_beside_what_stands_and_what_was_rejected(
        text in WORDS,
        marked in prop::collection::vec((any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>()), 0..12),
        done in any::<bool>(),
    ) {
        let project = project(&text, &marked, done);
        let set = project.set(&key("a"));
        let learned =
            Suggester::learn(&project.schema, "", &annotator(), project.articles.values(), &|| true).expect("not stopped");
        let guesses = learned.guesses(&learned.found(&text, "", text.len()), &text, set, THRESHOLD, &|_| false);
        prop_assert!(guesses.is_sorted_by_key(|guess| guess.range));
        for guess in &guesses {
            prop_assert!(guess.range.slice(&text).is_some_and(|words| !words.is_empty()), "{:?}", guess);
            prop_assert!(project.schema.label(&guess.label).is_some() && guess.score >= LEAST_GUESS, "{:?}", guess);
            for span in set.into_iter().flat_map(|set| set.spans_overlapping(guess.range)) {
                let place = span.fragments.hull();
                if span.status == Status::Rejected {
                    prop_assert!(place != guess.range || span.label != guess.label, "{:?} over {:?}", guess, span);
                } else {
                    // Only a quotation holds others.
                    let holds = &*span.label == "QUOTE" || &*guess.label == "QUOTE";
                    prop_assert!(holds && place != guess.range, "{:?} over {:?}", guess, span);
                }
            }
        }
    }
}

#[test]
fn odd_texts_get_sensible_suggestions_or_none() {
    let suggester = Suggester::new(&news_schema(), "");
    let found = |text: &str| -> Vec<String> {
        let proposals = suggester.proposals(text, None, THRESHOLD);
        proposals.iter().map(|it| format!("{} {}", it.label, it.range.slice(text).unwrap_or_default())).collect()
    };
    let none = |text: &str| assert_eq!(found(text), Vec::<String>::new(), "{text:?}");
    for text in ["", " ", "\n\n", "und", "🙂", "🙂🙂🙂 👨\u{200D}👩\u{200D}👧 🇩🇪", "...", "\u{200F}", "e\u{301}"]
    {
        none(text);
    }
    // Scripts that the bundled model does not know: no names, no panic.
    for text in ["東京都は大きい。", "שלום עולם", "مرحبا بالعالم", "Это просто текст без имён"]
    {
        let names: Vec<_> = found(text).into_iter().filter(|it| it.starts_with("PER")).collect();
        assert!(names.is_empty(), "{text:?}: {names:?}");
    }
    // Another language with many names: a model that knows German is not asked.
    let english = "The mayor met with the council on Friday, and they said that the talks would go on. ".repeat(4);
    none(&english);
    // A German sentence without an end, after one in another language.
    let mixed = "Нью-Йорк, Tokyo und Paris: In Berlin sprach am Montag der Minister mit dem Präsidenten von der Lage";
    assert!(found(mixed).contains(&"LOC Berlin".to_owned()), "{:?}", found(mixed));
}

#[test]
fn a_megabyte_in_one_line_costs_what_its_length_costs() {
    let sentence = "Am 3. April sprach Peter Lindner in Berlin mit dem Rat von Quellfurt über 12 Drohnen";
    let time = |text: &str| {
        let suggester = Suggester::new(&news_schema(), "");
        // The tables are read once.
        let _ = suggester.proposals(sentence, None, THRESHOLD);
        let start = Instant::now();
        let count = suggester.proposals(text, None, THRESHOLD).len();
        (start.elapsed().as_secs_f64(), count)
    };
    let repeated =
        |joint: &str, bytes: usize| [sentence, joint].concat().repeat(bytes / (sentence.len() + joint.len()));
    let (small, _) = time(&repeated(".\n", 100_000));
    let (line, count) = time(&repeated(" ", 1_000_000));
    let (whole, _) = time(&"x".repeat(1_000_000));
    assert!(count > 1_000, "{count}");
    // Ten times the length may cost ten times the time, twice for noise.
    assert!(line < 20.0 * small.max(0.01), "{line} s against {small} s for a tenth");
    assert!(whole < 20.0 * small.max(0.01), "{whole} s for one word of a megabyte against {small} s");
}
