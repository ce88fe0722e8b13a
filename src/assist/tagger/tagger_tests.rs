//! What a tagger must do whatever it learned.

use super::*;
use crate::text::TextRange;

fn example(text: &str, spans: &[(&str, &str)]) -> Example {
    let find = |(words, label): &(&str, &str)| {
        let start = text.find(words).expect("the words are there");
        (TextRange::from_usize(start, start + words.len()), (*label).into())
    };
    Example::new(text, spans.iter().map(find).collect())
}

fn lessons() -> Vec<Example> {
    vec![
        example("Minister Anton Weber reiste nach Kursk.", &[("Anton Weber", "PER"), ("Kursk", "LOC")]),
        example("In Kiew sprach Olga Melnyk mit der Presse.", &[("Kiew", "LOC"), ("Olga Melnyk", "PER")]),
        example("Der Konzern Siemens baut in Leipzig.", &[("Siemens", "ORG"), ("Leipzig", "LOC")]),
        example("Am Abend regnete es.", &[]),
        example("Die Firma Bosch verlässt Stuttgart.", &[("Bosch", "ORG"), ("Stuttgart", "LOC")]),
        example("Paul Schmidt wohnt in Hamburg.", &[("Paul Schmidt", "PER"), ("Hamburg", "LOC")]),
    ]
}

fn options() -> Options {
    Options { bits: 14, ..Options::default() }
}

/// What a tagger proposes for a text with the usual least score.
fn proposals(tagger: &Tagger, text: &str) -> Vec<SpanProposal> {
    tagger.propose(&Example::new(text, Vec::new()), LEAST_SCORE)
}

fn trained() -> Tagger {
    Tagger::train(&lessons(), &options(), &|_| true).expect("nothing stops it")
}

#[test]
fn what_was_learned_is_found() {
    let tagger = trained();
    let check = |text: &str, expected: &[(&str, &str)]| {
        let found = tagger.propose(&Example::new(text, Vec::new()), 0.2);
        let found: Vec<_> = found.iter().map(|span| (span.range.slice(text).unwrap_or("?"), &*span.label)).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("Minister Anton Weber reiste nach Kursk.", &[("Anton Weber", "PER"), ("Kursk", "LOC")]);
    check("Am Abend regnete es.", &[]);
    check("", &[]);
}

#[test]
fn of_overlapping_spans_of_a_layer_the_most_probable_are_chosen() {
    let tagger = trained();
    let example = Example::new("Minister Anton Weber Olga Melnyk reiste nach Bosch Leipzig.", Vec::new());
    let features = features(&example, tagger.options.resources());
    let mut work = Workspace::default();
    let mut left_out = 0;
    for layer in &tagger.layers {
        layer.prepare(&mut work);
        for tokens in example.sentences() {
            let all = layer.spans(&features, tokens.clone(), 0.001, &mut work);
            let chosen = layer.chosen(&features, tokens.clone(), 0.001, &mut work);
            let overlap = |one: &(usize, usize, usize, f32), other: &(usize, usize, usize, f32)| {
                one.0 < other.1 && other.0 < one.1
            };
            for (index, one) in chosen.iter().enumerate() {
                assert!(chosen.iter().skip(index + 1).all(|other| !overlap(one, other)), "{chosen:?}");
            }
            for one in all.iter().filter(|one| !chosen.contains(one)) {
                left_out += 1;
                assert!(chosen.iter().any(|other| overlap(one, other) && other.3 >= one.3), "{one:?}, {chosen:?}");
            }
        }
    }
    assert!(left_out > 0, "nothing overlapped");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_bytes_give_the_same_tagger() {
    let tagger = trained();
    assert_eq!(tagger.to_bytes(), trained().to_bytes());
    let again = Tagger::from_bytes(&tagger.to_bytes()).expect("it is whole");
    let text = "Minister Anton Weber reiste nach Kursk.";
    let places =
        |tagger: &Tagger| proposals(tagger, text).into_iter().map(|span| (span.range, span.label)).collect::<Vec<_>>();
    assert_eq!(places(&tagger), places(&again));
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = trained().to_bytes();
    assert_eq!(Tagger::from_bytes(b"").err(), Some(TaggerError::Unknown));
    for at in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
        assert!(Tagger::from_bytes(&bytes[..at]).is_err());
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        assert!(Tagger::from_bytes(&damaged).is_err(), "{at}");
    }
}

#[test]
fn odd_texts_are_tagged() {
    let tagger = trained();
    let long = "Berlin und Kursk ".repeat(20_000);
    for text in ["Kursk", "😀😀😀", "a", "\n\n", "Привет, мир", "......", &"x".repeat(100_000), &long] {
        for span in proposals(&tagger, text) {
            assert!(span.range.slice(text).is_some() && (0.0..=1.0).contains(&span.score));
        }
    }
}

#[test]
fn updates_teach_new_words_and_labels() {
    let mut tagger = trained();
    let text = "Die Rakete Iskander traf ein Lager.";
    let news = example(text, &[("Iskander", "WAFFE")]);
    assert!(tagger.update(&news, &lessons(), 3, &|_| true));
    for seed in 0..4 {
        assert!(tagger.update(&news, &lessons(), seed, &|_| true));
    }
    assert!(tagger.labels().contains(&"WAFFE".into()));
    assert_eq!((tagger.examples_of(&"WAFFE".into()), tagger.examples_of(&"LOC".into())), (5, 5));
    assert!(proposals(&tagger, text).iter().any(|span| &*span.label == "WAFFE"));
    assert!(!tagger.update(&news, &[], 1, &|_| false));
}

#[test]
fn training_begins_with_what_another_tagger_knows() {
    let base = trained();
    let map = |label: &Name| (&**label == "MENSCH").then(|| "PER".into());
    let few = [example("Gestern sang Maria Klein.", &[("Maria Klein", "MENSCH")])];
    let text = "Minister Anton Weber reiste nach Kursk.";
    let begun = |bits: u32| {
        let base = Some(Base { tagger: &base, map: &map });
        Tagger::train_from(base, &few, &Options { bits, ..options() }, &|_| true).expect("nothing stops it")
    };
    let found = begun(14).propose(&Example::new(text, Vec::new()), 0.3);
    let is_found = |span: &SpanProposal| span.range.slice(text) == Some("Anton Weber") && &*span.label == "MENSCH";
    assert!(found.iter().any(is_found), "{found:?}");
    // A table of another size is nothing to begin with, and no error.
    assert_eq!(begun(13).labels(), ["MENSCH".into()]);
}

#[test]
fn training_can_be_stopped() {
    assert!(Tagger::train(&lessons(), &options(), &|_| false).is_none());
    let empty = Tagger::train(&[], &options(), &|_| true).expect("nothing is an answer");
    assert!(proposals(&empty, "Kursk").is_empty());
}

#[test]
fn labels_that_are_gone_are_not_proposed() {
    let text = "Minister Anton Weber reiste nach Kursk.";
    let map = |label: &Name| (&**label == "LOC").then(|| "Ort".into());
    let tagger = trained().with_labels_mapped(&map);
    assert_eq!(tagger.labels(), ["Ort".into()]);
    assert!(proposals(&tagger, text).iter().all(|span| &*span.label == "Ort"));
    assert!(proposals(&trained().with_labels_mapped(&|_| None), text).is_empty());
}

#[test]
fn labels_that_overlap_get_layers() {
    let text = "Die Stadtwerke Kiel streiken.";
    let both = example(text, &[("Stadtwerke Kiel", "ORG"), ("Kiel", "LOC")]);
    let tagger = Tagger::train(&vec![both; 12], &options(), &|_| true).expect("nothing stops it");
    let found: Vec<_> = proposals(&tagger, text).into_iter().map(|span| span.label).collect();
    assert_eq!(found, ["ORG".into(), "LOC".into()]);
}
