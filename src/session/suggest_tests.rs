//! What is suggested and guessed, of what was learned from one article.

use super::*;
use crate::model::{ArticleId, ArticleMetadata, Entity, EntityId, news_schema};
use std::collections::BTreeMap;

const TEXT: &str =
    "Minister Özdal traf am 12. März in Bad Quellfurt den Rat von Quellfurt. „Das reicht nicht“, sagte Özdal.";

#[test]
fn names_are_suggested_with_their_marks_or_not_at_all() {
    let check = |text: &str, words: &str, name: &str, expected: Option<&str>| {
        let start = text.find(words).expect("words of the text");
        let found = TextRange::from_usize(start, start + words.len());
        assert_eq!(with_marks(text, found, name).and_then(|range| range.slice(text)), expected, "{text} {name}");
    };
    check("in Frankfurt (Oder) steht", "Frankfurt (Oder", "Frankfurt (Oder)", Some("Frankfurt (Oder)"));
    check("in Frankfurt (Oder gar", "Frankfurt (Oder", "Frankfurt (Oder)", None);
    check("in C++ geschrieben", "C", "C++", Some("C++"));
    check("Vitamin C hilft", "C", "C++", None);
    check("die U.S. sagen", "U.S", "U.S.", Some("U.S."));
    check("bei Yahoo stand", "Yahoo", "Yahoo!", Some("Yahoo"));
    check("das #Wir zählt", "Wir", "#Wir", Some("#Wir"));
    check("das Wir zählt", "Wir", "#Wir", None);
    check("Putins Rede", "Putins", "Putin", Some("Putins"));
}

/// A set with spans: words, label, status.
fn set(text: &str, spans: &[(&str, &str, Status)]) -> AnnotationSet {
    let spans = (1..).zip(spans).map(|(id, (words, label, status))| {
        let start = text.find(words).expect("words of the text");
        Span {
            id: AnnotationId(id),
            label: (*label).into(),
            fragments: Fragments::one(TextRange::from_usize(start, start + words.len())),
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH),
            status: *status,
            corrected_from: None,
        }
    });
    AnnotationSet::from_parts(1, Default::default(), spans.collect(), Vec::new(), Vec::new()).0
}

fn suggester(spans: &[(&str, &str, Status)]) -> Suggester {
    let annotator = AnnotatorName::new("eva");
    let mut article = Article::new(ArticleId::new("a"), ArticleMetadata::default(), TEXT);
    article.sets.insert(annotator.clone(), set(TEXT, spans));
    Suggester::learn(&news_schema(), "", &annotator, [&article].into_iter(), &|| true).expect("not stopped")
}

fn check(suggester: &Suggester, text: &str, spans: &[(&str, &str, Status)], wanted: &[&str], unwanted: &[&str]) {
    let found = suggester.proposals(text, Some(&set(text, spans)), THRESHOLD);
    let found: Vec<String> = found
        .iter()
        .map(|proposal| format!("{} {}", proposal.label, proposal.range.slice(text).unwrap_or_default()))
        .collect();
    for wanted in wanted {
        assert!(found.iter().any(|found| found == wanted), "{wanted} is not in {found:?}");
    }
    for unwanted in unwanted {
        assert!(!found.iter().any(|found| found == unwanted), "{unwanted} is in {found:?}");
    }
}

#[test]
fn what_was_accepted_is_suggested_again_and_what_was_rejected_is_not() {
    let suggester = suggester(&[("Özdal", "PER", Status::Accepted), ("Rat", "ORG", Status::Rejected)]);
    let text = "Am 3. April kam Özdal wieder. Der Rat schwieg.";
    check(&suggester, text, &[], &["PER Özdal", "DATE 3. April"], &["ORG Rat"]);
    check(&suggester, text, &[("Özdal", "PER", Status::Accepted)], &[], &["PER Özdal"]);
    check(&suggester, text, &[("Özdal", "PER", Status::Rejected)], &[], &["PER Özdal"]);
    check(&suggester, text, &[("kam Özdal wieder", "EVENT", Status::Accepted)], &[], &["PER Özdal"]);
}

#[test]
fn suggestions_of_one_article_do_not_overlap_except_in_quotations() {
    let suggester = suggester(&[("Özdal", "PER", Status::Accepted)]);
    let text = "„Özdal war am 4. Mai 2025 nicht in Berlin“, sagte Peter Lindner der Agentur dpa.";
    let found = suggester.proposals(text, None, 0.3);
    for (index, one) in found.iter().enumerate() {
        for other in found.iter().skip(index + 1) {
            let nested = &*one.label == "QUOTE" || &*other.label == "QUOTE";
            assert!(nested || !one.range.overlaps(other.range), "{one:?} {other:?}");
        }
    }
    check(&suggester, text, &[], &["PER Özdal", "LOC Berlin"], &[]);
    assert!(suggester.proposals("", None, 0.0).is_empty());
    assert!(suggester.proposals("🙂🙂", None, THRESHOLD).is_empty());
}

#[test]
fn what_is_less_likely_is_guessed_beside_what_stands_and_is_suggested() {
    let suggester = suggester(&[("Özdal", "PER", Status::Accepted), ("Rat", "ORG", Status::Accepted)]);
    let text = "Am Morgen verließ Zwirnholm das Werk Nord. Die Vlotho lag still, sagte Qwarn vom Bund Alpha. Der Rat \
                von Mont Blanc widersprach Burg Adler, und Özdal schwieg dazu.";
    let readings = suggester.found(text, "", text.len());
    let suggested = suggester.proposals_beside(&readings, text, None, THRESHOLD, &|_| false, &|_| false);
    let spans: Vec<(&str, &str, Status)> =
        suggested.iter().map(|it| (it.range.slice(text).expect("words"), &*it.label, Status::Suggested)).collect();
    let there = set(text, &spans);
    let guesses = suggester.guesses(&readings, text, Some(&there), THRESHOLD, &|_| false);
    assert!(!guesses.is_empty(), "{readings:?}");
    assert!(guesses.is_sorted_by_key(|guess| guess.range));
    for guess in &guesses {
        assert!((LEAST_GUESS..=THRESHOLD.max(EVEN)).contains(&guess.score), "{guess:?}");
        assert!(!suggested.iter().any(|it| it.range.overlaps(guess.range)), "{guess:?} in {suggested:?}");
        // Once it was rejected it is not guessed again.
        let words = guess.range.slice(text).expect("words");
        let spans: Vec<_> = spans.iter().copied().chain([(words, &*guess.label, Status::Rejected)]).collect();
        let again = suggester.guesses(&readings, text, Some(&set(text, &spans)), THRESHOLD, &|_| false);
        assert!(!again.iter().any(|it| (it.range, &it.label) == (guess.range, &guess.label)), "{guess:?}");
    }
    assert!(suggester.guesses(&suggester.found("", "", 0), "", None, THRESHOLD, &|_| false).is_empty());
}

#[test]
fn words_that_are_more_often_not_labelled_are_guessed() {
    let mut suggester = suggester(&[("Rat", "ORG", Status::Accepted)]);
    let text = "Der Rat gab Rat, und der Rat nahm Rat an.";
    let done = set(text, &[]);
    let done = AnnotationSet::from_parts(1, Progress::Done, done.spans().cloned().collect(), vec![], vec![]).0;
    suggester.memory_mut().observe(text, &done);
    let text = "Sie suchte Rat.";
    assert!(suggester.proposals(text, None, THRESHOLD).iter().all(|it| it.range.slice(text) != Some("Rat")));
    let guesses = suggester.guesses(&suggester.found(text, "", text.len()), text, None, THRESHOLD, &|_| false);
    let found: Vec<_> = guesses.iter().map(|it| (it.range.slice(text), &*it.label)).collect();
    assert!(found.contains(&(Some("Rat"), "ORG")), "{guesses:?}");
    suggester.set_schema(&Schema::default());
    assert!(suggester.guesses(&suggester.found(text, "", text.len()), text, None, THRESHOLD, &|_| false).is_empty());
}

#[test]
fn a_sentence_teaches_once_all_in_it_is_decided() {
    let text = "Özdal traf Lindner in Quellfurt. Dort tagte der Rat.";
    let spans = |second: Status| [("Özdal", "PER", Status::Accepted), ("Lindner", "PER", second)];
    let taught = |spans: &[(&str, &str, Status)], progress: Progress| {
        let spans = set(text, spans).spans().cloned().collect();
        let set = AnnotationSet::from_parts(1, progress, spans, vec![], vec![]).0;
        lesson(text, &set).map_or((0, 0), |lesson| (lesson.sentences().len(), lesson.spans.len()))
    };
    assert_eq!(taught(&spans(Status::Suggested), Progress::Started), (0, 0), "one is open");
    assert_eq!(taught(&spans(Status::Accepted), Progress::Started), (1, 2));
    assert_eq!(taught(&spans(Status::Rejected), Progress::Started), (1, 1));
    assert_eq!(taught(&spans(Status::Suggested), Progress::Done), (2, 1), "what was confirmed is complete");
    assert_eq!(taught(&[("Rat", "ORG", Status::Rejected)], Progress::Done), (0, 0), "no label teaches nothing");
}

#[test]
fn names_of_entities_are_suggested_with_their_kind() {
    let mut suggester = Suggester::new(&news_schema(), "");
    let entity = |id: &str, kind: &str, names: [&str; 2]| Entity {
        id: EntityId::new(id),
        name: names[0].to_owned(),
        kind: kind.into(),
        aliases: vec![names[1].to_owned()],
        identifiers: BTreeMap::new(),
        note: String::new(),
    };
    let mut registry = EntityRegistry::default();
    for entity in [
        entity("xylo", "ORG", ["Xylotech Verband", "XTV"]),
        entity("quom", "PER", ["Quomba", "der alte"]),
        entity("none", "KIND", ["Zwelb", "Zwölb"]),
    ] {
        registry.entities.insert(entity.id.clone(), entity);
    }
    let text = "Heute sprach der alte Quomba vom Sprecher des Xylotech Verbands über XTV und Zwelb.";
    let before = suggester.version();
    suggester.set_entities(&registry);
    assert_ne!(suggester.version(), before);
    check(&suggester, text, &[], &["ORG Xylotech Verbands", "ORG XTV"], &["PER der alte", "KIND Zwelb"]);
    let found = suggester.proposals(text, None, THRESHOLD);
    let proposal = found.iter().find(|found| found.range.slice(text) == Some("XTV")).expect("it is found");
    assert_eq!(proposal.reason.in_words("ORG"), "a name of the entity Xylotech Verband");
    suggester.set_entities(&EntityRegistry::default());
    let found = suggester.proposals(text, None, 0.0);
    assert!(!found.iter().any(|found| matches!(found.reason, Reason::Entity { .. })), "{found:?}");
}

#[test]
fn the_bundled_tagger_is_asked_for_german_articles_only() {
    let suggester = Suggester::new(&news_schema(), "");
    // Too short to tell by its words.
    let text = "Olaf Scholz met Emmanuel Macron in Berlin.";
    let check = |language: &str, expected: bool| {
        let found = suggester.proposals_in(language, text, None, THRESHOLD);
        assert_eq!(found.iter().any(|proposal| &*proposal.label == "PER"), expected, "{language:?}: {found:?}");
    };
    check("", true);
    check("de-AT", true);
    check("en", false);
}

#[test]
fn labels_begin_from_those_of_their_kind() {
    let check = |label: &str, expected: Option<&str>| {
        assert_eq!(origin(&label.into()).as_deref(), expected, "{label}");
    };
    check("LOC", Some("LOC"));
    check("location-city", Some("LOC"));
    check("Organization_company", Some("ORG"));
    check("person", Some("PER"));
    check("number", None);
    check("personal", None);
}
