//! Random projects and small helpers for the tests of this room.

use crate::{
    model::{
        AnnotationId, AnnotationSet, Argument, ArgumentDefinition, Article, ArticleId, ArticleMetadata,
        AttributeDefinition, AttributeKind, AttributeValue, Attributes, Color, CorrectedFrom, DocumentLabel,
        DocumentLabelDefinition, Entity, EntityId, EvaluationSettings, FilePart, Fragments, KeptFile, LabelDefinition,
        LineEnding, Name, Progress, Project, Provenance, ReadChoices, Relation, RelationDefinition, Repeat, Schema,
        Settings, Source, Span, Status, Symmetry, TextSource, TriggerRule,
    },
    text::TextRange,
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::sync::Arc;

/// Texts with everything that makes offsets go wrong.
pub(super) fn text() -> impl Strategy<Value = String> {
    "([a-zA-Z]{1,8}|ä|Straße|\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}|\u{1F60A}|e\u{301}|\r\n|\n|\t| |עברית|\"|\\\\|[.,]){5,60}"
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof!["PER", "ORG", "Ort mit Leerzeichen", "\"x\"", "ä\n"].prop_map(|text: String| Name::from(text))
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (1_600_000_000i64..1_900_000_000, 0i32..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).expect("in range"))
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let source = prop_oneof![
        prop_oneof!["anna", "ben", "Jürgen \"J\""].prop_map(|name| Source::Person { name: name.into() }),
        name().prop_map(|format| Source::Import { format }),
        (name(), name()).prop_map(|(name, version)| Source::Extractor { name, version }),
    ];
    let reason = proptest::option::of(name());
    (source, timestamp(), proptest::option::of(0f32..=1.0), reason)
        .prop_map(|(source, time, score, reason)| Provenance { source, time, score, reason })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let value = prop_oneof![
        any::<bool>().prop_map(AttributeValue::Flag),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(AttributeValue::Number),
        name().prop_map(AttributeValue::Text),
    ];
    proptest::collection::btree_map(name(), value, 0..3)
}

fn status() -> impl Strategy<Value = Status> {
    proptest::sample::select(Status::ALL.to_vec())
}

fn boundary(text: &str, index: proptest::sample::Index) -> usize {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    places[index.index(places.len())]
}

fn fragments(text: String) -> impl Strategy<Value = Fragments> {
    proptest::collection::vec((any::<proptest::sample::Index>(), any::<proptest::sample::Index>()), 1..3).prop_map(
        move |ranges| {
            let range = |(one, other): &_| TextRange::from_usize(boundary(&text, *one), boundary(&text, *other));
            // Several pieces of which all are empty make no span.
            Fragments::new(ranges.iter().map(range)).unwrap_or_else(|| Fragments::one(range(&ranges[0])))
        },
    )
}

fn corrected() -> impl Strategy<Value = Option<Box<CorrectedFrom>>> {
    let place = proptest::option::of((0usize..9, 0usize..9))
        .prop_map(|place| place.map(|(one, other)| Fragments::one(TextRange::from_usize(one, other))));
    proptest::option::weighted(0.2, (name(), place, provenance())).prop_map(|corrected| {
        corrected.map(|(label, fragments, provenance)| Box::new(CorrectedFrom { label, fragments, provenance }))
    })
}

pub(super) fn set(text: String) -> impl Strategy<Value = AnnotationSet> {
    let span = (
        name(),
        fragments(text),
        attributes(),
        proptest::option::of("[a-z]{1,5}"),
        prop_oneof![3 => Just(String::new()), 1 => any::<String>()],
        provenance(),
        status(),
        corrected(),
    );
    let relation = (
        name(),
        any::<bool>(),
        proptest::collection::vec(name(), 0..3),
        attributes(),
        prop_oneof![3 => Just(String::new()), 1 => any::<String>()],
        provenance(),
        status(),
        corrected(),
    );
    let progress = proptest::sample::select(vec![Progress::New, Progress::Started, Progress::Done]);
    (
        proptest::collection::vec(span, 1..8),
        proptest::collection::vec(relation, 0..4),
        proptest::collection::vec((name(), any::<String>(), provenance(), status()), 0..2),
        progress,
        0u32..100,
    )
        .prop_map(|(spans, relations, labels, progress, next_id)| {
            let mut ids = (1u32..).step_by(2).map(AnnotationId);
            let mut id = || ids.next().expect("endless");
            let spans: Vec<Span> = spans
                .into_iter()
                .map(|(label, fragments, attributes, entity, note, provenance, status, corrected_from)| Span {
                    id: id(),
                    label,
                    fragments,
                    attributes,
                    entity: entity.as_deref().map(EntityId::new),
                    note,
                    provenance,
                    status,
                    corrected_from,
                })
                .collect();
            let target = |index: usize| spans[index % spans.len()].id;
            let relations: Vec<Relation> = relations
                .into_iter()
                .map(|(label, trigger, roles, attributes, note, provenance, status, corrected_from)| Relation {
                    id: id(),
                    label,
                    trigger: trigger.then(|| target(0)),
                    arguments: roles
                        .into_iter()
                        .enumerate()
                        .map(|(index, role)| Argument { role, target: target(index) })
                        .collect(),
                    attributes,
                    note,
                    provenance,
                    status,
                    corrected_from,
                })
                .collect();
            let labels = labels
                .into_iter()
                .map(|(label, note, provenance, status)| DocumentLabel { id: id(), label, note, provenance, status })
                .collect();
            AnnotationSet::from_parts(next_id, progress, spans, relations, labels).0
        })
}

fn metadata() -> impl Strategy<Value = ArticleMetadata> {
    (
        any::<String>(),
        "[ -~äöü]{0,12}",
        proptest::collection::btree_map("[a-z]{1,4}", any::<String>(), 0..2),
        any::<bool>(),
        proptest::sample::select(vec![LineEnding::Lf, LineEnding::CrLf, LineEnding::Mixed]),
    )
        .prop_map(|(title, source, other, byte_order_mark, line_ending)| ArticleMetadata {
            title,
            source,
            url: "https://example.org/?a=\"b\"".to_owned(),
            date: String::new(),
            language: "de".to_owned(),
            other,
            origin: TextSource {
                file: "a.txt".to_owned(),
                encoding: "utf-8".to_owned(),
                byte_order_mark,
                line_ending,
                normalized: !byte_order_mark,
                kept: [None, Some("anna".into())].into_iter().filter(|_| byte_order_mark).map(kept_file).collect(),
            },
        })
}

fn kept_file(annotator: Option<crate::model::AnnotatorName>) -> KeptFile {
    let choices = ReadChoices {
        normalize_line_endings: true,
        text_column: Some("2".to_owned()),
        encoding: Some("windows-1252".to_owned()),
        default_language: "de".to_owned(),
    };
    KeptFile {
        format: "conll".into(),
        name: "a.conll".to_owned(),
        file: "a-0.conll".to_owned(),
        part: FilePart::Bytes { head: 1, start: 20, end: 300 },
        beside: [("visual.conf".to_owned(), "visual-1.conf".to_owned())].into(),
        choices: annotator.is_some().then_some(choices),
        annotator,
    }
}

fn article(id: &'static str) -> impl Strategy<Value = Article> {
    (text(), metadata()).prop_flat_map(move |(text, metadata)| {
        (set(text.clone()), set(text.clone())).prop_map(move |(anna, ben)| {
            let mut article = Article::new(id.into(), metadata.clone(), &text);
            article.sets.insert("anna".into(), anna);
            article.sets.insert("ben".into(), ben);
            article
        })
    })
}

/// A schema with everything in it.
pub(super) fn schema() -> Schema {
    let label = |name: &str, key| LabelDefinition {
        name: name.into(),
        color: Color::parse("#3366cc"),
        key,
        description: "Eine \"Person\"\noder mehrere".to_owned(),
    };
    Schema {
        labels: vec![label("PER", Some('p')), label("ORG", None), label("EVENT", Some('\''))],
        relations: vec![RelationDefinition {
            name: "attack".into(),
            color: None,
            description: String::new(),
            symmetry: Symmetry::Symmetric,
            trigger: TriggerRule::Required(vec!["EVENT".into()]),
            arguments: vec![
                ArgumentDefinition { role: "attacker".into(), allowed: vec!["PER".into()], repeat: Repeat::Many },
                ArgumentDefinition { role: "target".into(), allowed: vec![], repeat: Repeat::One },
            ],
        }],
        attributes: vec![
            AttributeDefinition {
                name: "mention".into(),
                applies_to: vec!["PER".into()],
                kind: AttributeKind::Choice(vec!["name".into(), "nominal".into()]),
                default: Some(AttributeValue::Text("name".into())),
                description: String::new(),
            },
            AttributeDefinition {
                name: "sure".into(),
                applies_to: vec![],
                kind: AttributeKind::Number,
                default: Some(AttributeValue::Number(1.0)),
                description: "how sure".to_owned(),
            },
        ],
        document_labels: vec![DocumentLabelDefinition { name: "news".into(), color: None, description: String::new() }],
    }
}

pub(super) fn project() -> impl Strategy<Value = Project> {
    let entity = ("[a-z]{1,6}", any::<String>(), proptest::collection::vec(any::<String>(), 0..3));
    (article("eins"), article("zwei"), proptest::collection::vec(entity, 0..4), any::<String>()).prop_map(
        |(one, other, entities, guidelines)| {
            let mut project = Project {
                settings: Arc::new(Settings {
                    name: "Probe".to_owned(),
                    // Any numbers, of which some are the usual ones.
                    evaluation: EvaluationSettings {
                        percent: if guidelines.len() % 2 == 0 { 10 } else { 25 },
                        seed: guidelines.len() as u64 % 3,
                        with_suggestions: guidelines.len() % 5 == 0,
                    },
                    guidelines,
                    ..Settings::default()
                }),
                schema: Arc::new(schema()),
                ..Project::default()
            };
            for (id, name, aliases) in entities {
                let id = EntityId::new(&id);
                let (kind, note) = ("PER".into(), String::new());
                let identifiers = [("wikidata".to_owned(), "Q1".to_owned())].into();
                let entity = Entity { id: id.clone(), name, kind, aliases, identifiers, note };
                project.entities.entities.insert(id, entity);
            }
            project.entities.retired.insert("weg".into());
            for article in [one, other] {
                project.articles.insert(article.id.clone(), article);
            }
            project
        },
    )
}

/// A project with the article `eins` and this text.
pub(super) fn small_project(text: &str) -> Project {
    let mut project = Project { schema: Arc::new(schema()), ..Project::default() };
    let id = ArticleId::new("eins");
    let metadata = ArticleMetadata { title: "Eins".to_owned(), ..ArticleMetadata::default() };
    project.articles.insert(id.clone(), Article::new(id, metadata, text));
    project
}
