//! How well relations are proposed: spans and triggers are given, arguments are not.
//!
//! Relations are learned from the first articles of `smartdata-train`, up to 100 and to 400 of them, and proposed in the
//! articles that follow: of these the odd ones are reported, the even ones are for choosing settings. An argument counts if
//! relation, trigger (or that there is none), role and span are right. Of several triggers of one event the first in the text
//! counts.

use crate::{Figures, corpus};
use glosse::{
    assist::RelationModel,
    model::{
        AnnotationId, AnnotationSet, Argument, ArgumentDefinition, Fragments, Name, Progress, Provenance, Relation,
        RelationDefinition, Repeat, Schema, Span, Status, Symmetry, TriggerRule,
    },
    text::{OffsetTable, TextRange},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

/// Prints the F1 of arguments and the time of an update; of the even articles if `tuning`.
pub fn relations(figures: &mut Figures, tuning: bool) {
    let Some(content) = corpus("smartdata-train.jsonl") else { return };
    let articles: Vec<(String, AnnotationSet)> = content.lines().map(article).collect();
    for (events, asked) in [(100, 0.55), (400, 0.70)] {
        let mut learned = 0;
        let count = articles.iter().take_while(|(_, set)| {
            let more = learned < events;
            learned += set.relations().len();
            more
        });
        let count = count.count();
        let (train, rest) = articles.split_at(count);
        let schema = schema(train);
        let mut model = RelationModel::new();
        for (number, (text, set)) in train.iter().enumerate() {
            model.observe(&format!("{number:05}"), text, set);
        }
        let start = Instant::now();
        assert!(model.train(&schema, 1, &|_| true));
        let full = start.elapsed();
        let (mut right, mut proposed, mut gold) = (0, 0, 0);
        for (_, (text, set)) in rest.iter().enumerate().filter(|(index, _)| (index % 2 == 0) == tuning) {
            let spans = set.spans().cloned().collect();
            let (bare, _) = AnnotationSet::from_parts(1, Progress::New, spans, Vec::new(), Vec::new());
            let truth: BTreeSet<_> = set
                .relations()
                .flat_map(|relation| {
                    relation.arguments.iter().map(|argument| {
                        (relation.label.clone(), relation.trigger, argument.role.clone(), argument.target)
                    })
                })
                .collect();
            let found: BTreeSet<_> = model
                .proposals(text, &bare, &schema)
                .into_iter()
                .flat_map(|proposal| {
                    let (label, trigger) = (proposal.label, proposal.trigger);
                    proposal.arguments.into_iter().map(move |(role, target)| (label.clone(), trigger, role, target))
                })
                .collect();
            right += truth.intersection(&found).count();
            proposed += found.len();
            gold += truth.len();
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let (precision, recall) = (right as f64 / proposed.max(1) as f64, right as f64 / gold.max(1) as f64);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        figures.above(&format!("event argument F1 after {events} events"), f1, "", asked);
        eprintln!("  precision {precision:.3}, recall {recall:.3}, {gold} arguments, {count} articles learned");
        eprintln!("  full training {:.1} ms", full.as_secs_f64() * 1000.0);
        if let Some((number, (text, set))) = train.iter().enumerate().next_back() {
            model.observe(&format!("{number:05}"), text, set);
            let start = Instant::now();
            model.update(&format!("{number:05}"), &schema);
            let time = start.elapsed().as_secs_f64() * 1000.0;
            figures.below(&format!("update of the relation model with {events} events"), time, "ms", 50.0);
        }
    }
}

fn article(line: &str) -> (String, AnnotationSet) {
    let value: serde_json::Value = serde_json::from_str(line).expect("every line is JSON");
    let text = value["text"].as_str().expect("an article has a text").to_owned();
    let table = OffsetTable::new(&text);
    let offset = |value: &serde_json::Value| {
        let place = value.as_u64().and_then(|place| u32::try_from(place).ok()).expect("offsets are numbers");
        table.byte_from_code_point(&text, place).expect("offsets lie in the text")
    };
    let provenance = Provenance::person("gold", jiff::Timestamp::UNIX_EPOCH);
    let mut ids = HashMap::new();
    let mut spans = Vec::new();
    for (entity, id) in value["entities"].as_array().expect("entities are a list").iter().zip(1..) {
        let range = TextRange::new(offset(&entity["start"]), offset(&entity["end"]));
        ids.insert(entity["id"].as_str().expect("an entity has an id"), AnnotationId(id));
        spans.push(Span {
            id: AnnotationId(id),
            label: entity["type"].as_str().expect("an entity has a type").into(),
            fragments: Fragments::new([range]).expect("it is one range"),
            attributes: BTreeMap::new(),
            entity: None,
            note: String::new(),
            provenance: provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        });
    }
    let mut relations = Vec::new();
    for (relation, id) in value["relations"].as_array().expect("relations are a list").iter().zip(100_000..) {
        let arguments = relation["args"].as_array().expect("arguments are a list").iter().filter_map(|argument| {
            let target = ids.get(argument["ent"].as_str()?)?;
            Some(Argument { role: argument["role"].as_str()?.into(), target: *target })
        });
        let (mut triggers, arguments): (Vec<_>, Vec<_>) = arguments.partition(|argument| &*argument.role == "trigger");
        let place = |argument: &Argument| spans.iter().find(|span: &&Span| span.id == argument.target);
        triggers.sort_by_key(|trigger| place(trigger).map(|span| span.fragments.hull()));
        relations.push(Relation {
            id: AnnotationId(id),
            label: relation["type"].as_str().expect("a relation has a type").into(),
            trigger: triggers.first().map(|trigger| trigger.target),
            arguments,
            attributes: BTreeMap::new(),
            note: String::new(),
            provenance: provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        });
    }
    (text, AnnotationSet::from_parts(1, Progress::Done, spans, relations, Vec::new()).0)
}

/// What the articles do, as a schema.
fn schema(articles: &[(String, AnnotationSet)]) -> Schema {
    let mut roles: BTreeMap<Name, BTreeMap<Name, BTreeSet<Name>>> = BTreeMap::new();
    let mut triggers: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (_, set) in articles {
        for relation in set.relations() {
            let label = |id| set.span(id).map(|span| span.label.clone());
            triggers.entry(relation.label.clone()).or_default().extend(relation.trigger.and_then(label));
            let roles = roles.entry(relation.label.clone()).or_default();
            for argument in &relation.arguments {
                roles.entry(argument.role.clone()).or_default().extend(label(argument.target));
            }
        }
    }
    let definition = |(name, roles): (Name, BTreeMap<Name, BTreeSet<Name>>)| RelationDefinition {
        color: None,
        description: String::new(),
        symmetry: Symmetry::Directed,
        trigger: match triggers.get(&name).filter(|labels| !labels.is_empty()) {
            Some(labels) => TriggerRule::Optional(labels.iter().cloned().collect()),
            None => TriggerRule::None,
        },
        arguments: roles
            .into_iter()
            .map(|(role, labels)| ArgumentDefinition {
                role,
                allowed: labels.into_iter().collect(),
                repeat: Repeat::Many,
            })
            .collect(),
        name,
    };
    Schema { relations: roles.into_iter().map(definition).collect(), ..Schema::default() }
}
