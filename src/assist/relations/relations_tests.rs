//! Relations by example: patterns first, then learned, never against the schema.

use super::*;
use crate::{
    model::{Argument, Fragments, Progress, Provenance, Span, news_schema},
    text::TextRange,
};

/// A relation: label, trigger, arguments by role, status.
type Told<'a> = (&'a str, Option<u32>, &'a [(&'a str, u32)], Status);

/// Spans by their words, relations by the numbers of their spans.
fn set(text: &str, spans: &[(&str, &str)], relations: &[Told<'_>]) -> AnnotationSet {
    let provenance = Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH);
    let spans = spans.iter().zip(1..).map(|((words, label), id)| {
        let start = text.find(words).unwrap();
        Span {
            id: AnnotationId(id),
            label: (*label).into(),
            fragments: Fragments::new([TextRange::from_usize(start, start + words.len())]).unwrap(),
            attributes: BTreeMap::new(),
            entity: None,
            note: String::new(),
            provenance: provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        }
    });
    let relations = relations.iter().zip(100..).map(|((label, trigger, arguments, status), id)| Relation {
        id: AnnotationId(id),
        label: (*label).into(),
        trigger: trigger.map(AnnotationId),
        arguments: arguments
            .iter()
            .map(|(role, target)| Argument { role: (*role).into(), target: AnnotationId(*target) })
            .collect(),
        attributes: BTreeMap::new(),
        note: String::new(),
        provenance: provenance.clone(),
        status: *status,
        corrected_from: None,
    });
    AnnotationSet::from_parts(1, Progress::Done, spans.collect(), relations.collect(), Vec::new()).0
}

const TITLE: &str = "holds_title";

fn article(person: &str, title: &str, place: &str) -> (String, AnnotationSet) {
    let text = format!("Der {title} {person} besuchte gestern {place}.");
    let spans = [(person, "PER"), (title, "TITLE"), (place, "LOC"), ("besuchte", "EVENT")];
    let relations: [Told<'_>; 2] = [
        (TITLE, None, &[("person", 1), ("title", 2)], Status::Accepted),
        ("visit", Some(4), &[("visitor", 1), ("place", 3)], Status::Accepted),
    ];
    let set = set(&text, &spans, &relations);
    (text, set)
}

/// What a model that learned `count` articles proposes in one more, as `label role=words …`.
fn check(count: usize, expected: &[&str]) {
    let schema = news_schema();
    let mut model = RelationModel::new();
    let people = ["Olga Maier", "Karl Huber", "Eva Lindt", "Jan Krause"];
    for number in 0..count {
        let (text, set) =
            article(people[number % 3], ["Minister", "Sprecher"][number % 2], ["Ulm", "Bonn"][number % 2]);
        model.observe(&format!("{number:03}"), &text, &set);
    }
    assert!(model.train(&schema, 1, &|_| true));
    let (text, _) = article(people[3], "Minister", "Trier");
    let spans = [(people[3], "PER"), ("Minister", "TITLE"), ("Trier", "LOC"), ("besuchte", "EVENT")];
    let empty = set(&text, &spans, &[]);
    let describe = |proposal: RelationProposal| {
        let words = |id: AnnotationId| empty.span(id).unwrap().fragments.surface(&text);
        let mut parts: Vec<_> = proposal.arguments.iter().map(|(role, id)| format!("{role}={}", words(*id))).collect();
        parts.sort();
        format!("{} {}", proposal.label, parts.join(" "))
    };
    let mut found: Vec<String> = model.proposals(&text, &empty, &schema).into_iter().map(describe).collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn one_example_makes_a_pattern_and_many_a_model() {
    let expected = ["holds_title person=Jan Krause title=Minister", "visit place=Trier visitor=Jan Krause"];
    check(0, &[]);
    check(1, &expected);
    check(20, &expected);
}

#[test]
fn training_is_deterministic_and_can_be_stopped() {
    let schema = news_schema();
    let train = || {
        let mut model = RelationModel::new();
        for (number, name) in ["Olga Maier", "Karl Huber"].iter().enumerate() {
            let (text, set) = article(name, "Minister", "Ulm");
            model.observe(&number.to_string(), &text, &set);
        }
        model.train(&schema, 7, &|_| true);
        model
    };
    let (one, other) = (train(), train());
    assert_eq!(one.regression, other.regression);
    let mut stopped = one.clone();
    assert!(!stopped.train(&schema, 8, &|share| share < 0.5));
    assert_eq!(stopped.regression, one.regression);
}

#[test]
fn what_is_there_or_was_rejected_is_not_proposed() {
    let schema = news_schema();
    let (text, set) = article("Olga Maier", "Minister", "Ulm");
    let mut model = RelationModel::new();
    model.observe("a", &text, &set);
    model.train(&schema, 1, &|_| true);
    assert_eq!(model.proposals(&text, &set, &schema), []);
    assert_eq!(model.proposals("", &AnnotationSet::default(), &schema), []);
}

#[test]
fn an_argument_of_an_event_is_left_to_one_trigger() {
    let schema = news_schema();
    let mut model = RelationModel::new();
    for (number, person) in ["Olga Maier", "Karl Huber", "Eva Lindt"].iter().cycle().take(20).enumerate() {
        let (text, set) = article(person, "Minister", ["Ulm", "Bonn"][number % 2]);
        model.observe(&format!("{number:03}"), &text, &set);
    }
    assert!(model.train(&schema, 1, &|_| true));
    let text = "Der Minister Jan Krause besuchte gestern Trier. Dort besuchte er heute niemand.";
    let spans = [("besuchte gestern", "EVENT"), ("Trier", "LOC"), ("besuchte er", "EVENT")];
    let empty = set(text, &spans, &[]);
    let view = View::new(text, &empty);
    let candidates = model.candidates(&view, &schema);
    let answers = model.learned(&view, &candidates);
    let mut triggers = Vec::new();
    for ((anchor, other, classes), scores) in candidates.iter().zip(&answers).filter(|((a, x, _), _)| a != x) {
        let visits = |(class, score): &(&Class, &f32)| &*class.relation == "visit" && **score > 0.0;
        if view.mentions[*other].words == "trier" && classes.iter().zip(scores).any(|pair| visits(&pair)) {
            triggers.push(view.mentions[*anchor].words.as_str());
        }
    }
    assert_eq!(triggers, ["besuchte gestern"]);
}
