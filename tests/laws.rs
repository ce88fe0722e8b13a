//! Laws that hold for every document and every sequence of changes, on random ones.
//!
//! A random project goes through random transactions of random steps. After every step the state must be sound; at the end
//! everything is taken back and done again. A step that the draft refuses is as good as one that it takes: it must then
//! leave no trace.

use glosse::{
    edit::{self, Draft, EditError, Fate, Operation, SchemaItem, Transaction},
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Argument, ArgumentDefinition, Article, ArticleId, ArticleMetadata,
        ArticleText, AttributeDefinition, AttributeKind, AttributeValue, DocumentLabel, DocumentLabelDefinition,
        Entity, EntityId, Fragments, LabelDefinition, Name, Problem, Progress, Project, Provenance, Relation,
        RelationDefinition, Repeat, Schema, SetKey, Settings, Source, Span, Status, Symmetry, TriggerRule, validate,
    },
    text::{ByteOffset, TextEdit, TextRange, edits_between},
};
use jiff::Timestamp;
use proptest::{prelude::*, test_runner::Config};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Letters with and without marks, emoji of several code points, line breaks, tabs, text from right to left.
const TEXT: &str =
    "([a-c]{1,4}|ä|ß|e\u{301}|\u{1F60A}|👨\u{200D}👩\u{200D}👧|🇩🇪|👍🏽| |, |-|\r\n|\n|\t|שלום|مرحبا|\u{200F}){0,25}";

/// A step of a transaction: what to do, with numbers and a text that choose among what there is.
#[derive(Clone, Debug)]
struct Step {
    kind: u8,
    numbers: [u32; 6],
    text: String,
}

#[derive(Clone, Debug)]
struct Plan {
    steps: Vec<Step>,
    /// What becomes of the draft.
    dropped: bool,
}

fn steps() -> impl Strategy<Value = Step> {
    (0..KINDS, any::<[u32; 6]>(), "([a-c]{1,3}|ä|\u{1F60A}|e\u{301}|\u{301}| |\r\n|ש){0,4}")
        .prop_map(|(kind, numbers, text)| Step { kind, numbers, text })
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let plan = (prop::collection::vec(steps(), 1..20), prop::bool::weighted(0.15))
        .prop_map(|(steps, dropped)| Plan { steps, dropped });
    prop::collection::vec(plan, 1..8)
}

fn subset(bits: u32, names: &[&str]) -> Vec<Name> {
    names.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1).map(|(_, name)| Name::from(*name)).collect()
}

fn schemas() -> impl Strategy<Value = Schema> {
    let trigger = (0..3u8, 0..16u32).prop_map(|(kind, bits)| match kind {
        0 => TriggerRule::None,
        1 => TriggerRule::Optional(subset(bits, &["A", "B", "C"])),
        _ => TriggerRule::Required(subset(bits, &["A", "B", "C"])),
    });
    let arguments = prop::collection::vec((0..64u32, 0..3u8), 1..4).prop_map(|arguments| {
        let definitions = arguments.into_iter().enumerate().map(|(index, (bits, repeat))| ArgumentDefinition {
            role: format!("role {index}").into(),
            // Often any label, so that many relations come to stand.
            allowed: if bits.is_multiple_of(3) { Vec::new() } else { subset(bits, &["A", "B", "C", "R", "S"]) },
            repeat: [Repeat::One, Repeat::Optional, Repeat::Many][usize::from(repeat)],
        });
        definitions.collect::<Vec<_>>()
    });
    let relation = (trigger, arguments, any::<bool>());
    (prop::collection::vec(relation, 3), 0..64u32).prop_map(|(relations, applies)| Schema {
        labels: ["A", "B", "C"]
            .map(|name| LabelDefinition { name: name.into(), color: None, key: None, description: String::new() })
            .to_vec(),
        relations: relations
            .into_iter()
            .zip(["R", "S", "T"])
            .map(|((trigger, arguments, symmetric), name)| RelationDefinition {
                name: name.into(),
                color: None,
                description: String::new(),
                symmetry: if symmetric { Symmetry::Symmetric } else { Symmetry::Directed },
                trigger,
                arguments,
            })
            .collect(),
        attributes: [
            ("flag", AttributeKind::Flag, Vec::new()),
            ("number", AttributeKind::Number, subset(applies, &["A", "B", "C", "R", "S"])),
            ("choice", AttributeKind::Choice(vec!["x".into(), "y".into()]), Vec::new()),
            ("text", AttributeKind::Text, vec!["A".into()]),
        ]
        .into_iter()
        .map(|(name, kind, applies_to)| AttributeDefinition {
            name: name.into(),
            applies_to,
            kind,
            default: None,
            description: String::new(),
        })
        .collect(),
        document_labels: ["front", "talks"]
            .map(|name| DocumentLabelDefinition { name: name.into(), color: None, description: String::new() })
            .to_vec(),
    })
}

fn person() -> Provenance {
    Provenance::person("anna", Timestamp::UNIX_EPOCH)
}

fn extractor() -> Provenance {
    let source = Source::Extractor { name: "dictionary".into(), version: "1".into() };
    Provenance { source, time: Timestamp::UNIX_EPOCH, score: Some(0.5), reason: None }
}

type SetState = (Vec<Span>, Vec<Relation>, Vec<DocumentLabel>, Progress);

/// Everything that undo must bring back: all but the memory of given ids.
#[derive(Debug, PartialEq)]
struct State {
    settings: Arc<Settings>,
    schema: Arc<Schema>,
    entities: BTreeMap<EntityId, Entity>,
    articles: BTreeMap<ArticleId, (Arc<ArticleMetadata>, Option<Arc<ArticleText>>)>,
    sets: BTreeMap<SetKey, SetState>,
}

fn sets(project: &Project) -> impl Iterator<Item = (SetKey, &Article, &AnnotationSet)> {
    project.articles.values().flat_map(|article| {
        article.sets.iter().map(move |(annotator, set)| {
            (SetKey { article: article.id.clone(), annotator: annotator.clone() }, article, set)
        })
    })
}

fn state(project: &Project) -> State {
    State {
        settings: project.settings.clone(),
        schema: project.schema.clone(),
        entities: project.entities.entities.clone(),
        articles: project
            .articles
            .iter()
            .map(|(id, article)| (id.clone(), (article.metadata.clone(), article.text.clone())))
            .collect(),
        sets: sets(project)
            .filter(|(_, _, set)| !set.is_empty() || set.progress() != Progress::New)
            .map(|(key, _, set)| {
                let labels = set.document_labels().cloned().collect();
                (key, (set.spans().cloned().collect(), set.relations().cloned().collect(), labels, set.progress()))
            })
            .collect(),
    }
}

/// What may never go back: the next ids, those of removed articles included, and all ids of entities there ever were.
fn memory(project: &Project) -> (BTreeMap<SetKey, AnnotationId>, BTreeSet<EntityId>) {
    let mut next = project.given_ids.clone();
    for (key, _, set) in sets(project) {
        let known = next.entry(key).or_insert(AnnotationId(1));
        *known = set.next_id().max(*known);
    }
    let entities = project.entities.entities.keys().chain(&project.entities.retired).cloned().collect();
    (next, entities)
}

fn check_memory(before: &(BTreeMap<SetKey, AnnotationId>, BTreeSet<EntityId>), project: &Project) {
    let after = memory(project);
    for (key, next) in &before.0 {
        // A set that was made and taken back with its article may be forgotten, with the article's ids known elsewhere.
        assert!(after.0.get(key).is_some_and(|after| after >= next), "the next id of {key:?} went back from {next}");
    }
    assert!(before.1.is_subset(&after.1), "an entity id was forgotten");
}

/// Indexes equal brute force, relations point to something and not in circles, spans fit.
fn check_sound(project: &Project) {
    for (key, article, set) in sets(project) {
        let mut places: Vec<_> = set.spans().map(|span| (span.fragments.hull(), span.id)).collect();
        places.sort_by_key(|(range, id)| (range.start(), std::cmp::Reverse(range.end()), *id));
        assert_eq!(set.index().iter().collect::<Vec<_>>(), places, "{key:?}");
        let ends: BTreeSet<ByteOffset> = places.iter().flat_map(|(range, _)| [range.start(), range.end()]).collect();
        for query in ends.iter().flat_map(|one| ends.iter().map(|other| TextRange::new(*one, *other))) {
            let found: Vec<_> = set.spans_overlapping(query).map(|span| span.id).collect();
            let expected: Vec<_> =
                places.iter().filter(|(range, _)| range.overlaps(query)).map(|(_, id)| *id).collect();
            assert_eq!(found, expected, "{key:?} {query:?}");
        }
        for status in [Status::Suggested, Status::Accepted, Status::Rejected] {
            let counted = [set.tally().all_spans(status), set.tally().all_relations(status)];
            let spans = set.spans().filter(|span| span.status == status).count();
            assert_eq!(
                counted,
                [spans, set.relations().filter(|relation| relation.status == status).count()],
                "{key:?}"
            );
        }
        let ids = || {
            let spans = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
            spans.chain(set.document_labels().map(|label| label.id))
        };
        assert_eq!(ids().collect::<BTreeSet<_>>().len(), ids().count(), "an id is used twice");
        assert!(ids().all(|id| id < set.next_id()));
        for id in ids() {
            let found: Vec<_> = set.relations_pointing_to(id).map(|relation| relation.id).collect();
            let pointing = set.relations().filter(|relation| relation.targets().any(|target| target == id));
            assert_eq!(found, pointing.map(|relation| relation.id).collect::<Vec<_>>(), "pointing to {id}");
        }
        for relation in set.relations() {
            let exists = |id: AnnotationId| set.span(id).is_some() || set.relation(id).is_some();
            assert!(relation.targets().all(exists), "relation {} dangles: {relation:?}", relation.id);
            let mut open: Vec<_> = relation.targets().collect();
            let mut seen = BTreeSet::new();
            while let Some(id) = open.pop() {
                assert_ne!(id, relation.id, "relation {} is its own argument", relation.id);
                if seen.insert(id) {
                    open.extend(set.relation(id).into_iter().flat_map(|relation| relation.targets()));
                }
            }
        }
        for span in set.spans() {
            assert!(span.fragments.fit(article.text()), "{span:?} does not fit {:?}", article.text());
            let pieces: Vec<_> = span.fragments.iter().collect();
            assert!(pieces.windows(2).all(|pair| pair[0].end() < pair[1].start()));
            assert!(pieces.len() == 1 || pieces.iter().all(|piece| !piece.is_empty()));
        }
    }
}

/// What was built step by step, not imported, breaks no rule of the schema.
fn check_rules(project: &Project) {
    for (key, article, set) in sets(project) {
        let problems = validate(set, &project.schema, &project.entities, article.text());
        let wrong: Vec<_> = problems.iter().filter(|problem| !problem.is_unfinished()).collect();
        assert_eq!(wrong, Vec::<&Problem>::new(), "{key:?}");
    }
}

const KINDS: u8 = 36;

fn pick<T: Clone>(items: &[T], number: u32) -> Option<T> {
    items.get(number as usize % items.len().max(1)).cloned()
}

fn ids_of(draft: &Draft) -> Vec<AnnotationId> {
    let Some(set) = draft.set() else { return Vec::new() };
    let spans = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
    spans.chain(set.document_labels().map(|label| label.id)).collect()
}

fn text_of(draft: &Draft) -> String {
    draft.project().article(&draft.key().article).map_or(String::new(), |article| article.text().to_owned())
}

fn boundary(text: &str, number: u32) -> usize {
    let boundaries: Vec<_> = text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
    boundaries[number as usize % boundaries.len()]
}

/// One stretch, or sometimes two or three; sometimes one that splits a character or lies outside.
fn fragments(text: &str, numbers: [u32; 6]) -> Fragments {
    let range = |one: u32, other: u32| TextRange::from_usize(boundary(text, one), boundary(text, other));
    let pieces = match numbers[4] % 8 {
        0 => vec![range(numbers[0], numbers[1]), range(numbers[2], numbers[3])],
        1 => vec![range(numbers[0], numbers[0] + 1), range(numbers[1], numbers[1] + 2), range(numbers[2], numbers[3])],
        2 => vec![TextRange::at(ByteOffset::from_usize(boundary(text, numbers[0])))],
        3 => vec![TextRange::from_usize(numbers[0] as usize % 40, numbers[1] as usize % 40)],
        _ => vec![range(numbers[0], numbers[0].wrapping_add(numbers[1] % 6))],
    };
    Fragments::new(pieces).expect("there is a piece")
}

fn arguments(draft: &Draft, label: &str, numbers: [u32; 6]) -> Vec<Argument> {
    let ids = ids_of(draft);
    let definition = draft.project().schema.relation(label).cloned();
    let roles: Vec<Name> = definition.into_iter().flat_map(|it| it.arguments).map(|role| role.role).collect();
    let count = 1 + numbers[5] as usize % 3;
    let argument = |index: usize| {
        // Mostly each role once, in order; sometimes one twice, or one that does not exist.
        let role = if numbers[4].is_multiple_of(5) { pick(&roles, numbers[index]) } else { roles.get(index).cloned() };
        Some(Argument { role: role.unwrap_or_else(|| "role 0".into()), target: pick(&ids, numbers[index])? })
    };
    (0..count).filter_map(argument).collect()
}

/// The stretches of the old text that stay as they are, and every span on them with its words.
fn untouched(draft: &Draft, edits: &[TextEdit]) -> Vec<(SetKey, AnnotationId, String)> {
    let own = draft.key().article.clone();
    let touches = |range: TextRange| {
        edits.iter().any(|edit| edit.range().start() <= range.end() && range.start() <= edit.range().end())
    };
    sets(draft.project())
        .filter(|(key, _, _)| key.article == own)
        .flat_map(|(key, article, set)| {
            let text = article.text().to_owned();
            set.spans()
                .filter(|span| !span.fragments.iter().any(touches))
                .map(move |span| (key.clone(), span.id, span.fragments.surface(&text)))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn take(draft: &mut Draft, step: &Step) -> Result<(), EditError> {
    let numbers = step.numbers;
    let text = text_of(draft);
    let label = pick(&["A", "B", "C", "A", "B", "C", "A2"], numbers[5]).unwrap_or("A");
    let relation_label = pick(&["R", "S", "T", "R2"], numbers[4]).unwrap_or("R");
    let id = pick(&ids_of(draft), numbers[0]).unwrap_or(AnnotationId(99));
    let spans: Vec<_> = draft.set().into_iter().flat_map(|set| set.spans()).map(|span| span.id).collect();
    let relations: Vec<_> = draft.set().into_iter().flat_map(|set| set.relations()).map(|it| it.id).collect();
    let span = pick(&spans, numbers[5]).unwrap_or(id);
    let relation = pick(&relations, numbers[0]).unwrap_or(id);
    let articles: Vec<_> = draft.project().articles.keys().cloned().collect();
    let entities: Vec<_> = draft.project().entities.entities.keys().cloned().collect();
    let entity = |number: u32| pick(&entities, number).unwrap_or_else(|| EntityId::new("nobody"));
    match step.kind {
        0 => {
            let article = pick(&articles, numbers[0]).unwrap_or_else(|| ArticleId::new("none"));
            let annotator = AnnotatorName::new(["anna", "ben", "robot"][numbers[1] as usize % 3]);
            draft.switch_to(SetKey { article, annotator });
            Ok(())
        }
        1..=7 => draft.add_span(label, fragments(&text, numbers)).map(drop),
        8..=12 => {
            let trigger = (numbers[3].is_multiple_of(2)).then(|| pick(&spans, numbers[3])).flatten();
            draft.add_relation(relation_label, trigger, arguments(draft, relation_label, numbers)).map(drop)
        }
        13 => draft.add_document_label(pick(&["front", "talks", "nothing"], numbers[0]).unwrap_or("front")).map(drop),
        14 => draft.resize_span(span, fragments(&text, numbers)),
        15 => draft.set_label(id, pick(&["A", "B", "C", "R", "S", "T", "front", "talks"], numbers[1]).unwrap_or("A")),
        16 => {
            let value = match numbers[1] % 6 {
                0 => None,
                1 => Some(AttributeValue::Flag(true)),
                2 => Some(AttributeValue::Number(f64::from(numbers[2]))),
                3 => Some(AttributeValue::Number([f64::NAN, f64::INFINITY][numbers[2] as usize % 2])),
                4 => Some(AttributeValue::Text("x".into())),
                _ => Some(AttributeValue::Text(step.text.as_str().into())),
            };
            let name = pick(&["flag", "number", "choice", "text", "unknown"], numbers[2]).unwrap_or("flag");
            draft.set_attribute(id, name, value)
        }
        17 => draft.link_entity(span, (!numbers[1].is_multiple_of(4)).then(|| entity(numbers[2]))),
        18 => draft.set_note(id, &step.text),
        19 => draft.set_status(id, Status::ALL[numbers[1] as usize % 3]),
        20 => {
            let label = draft.set().and_then(|set| set.relation(relation)).map(|it| it.label.clone());
            draft.set_arguments(relation, arguments(draft, label.as_deref().unwrap_or("R"), numbers))
        }
        21 => draft.set_trigger(relation, (!numbers[1].is_multiple_of(3)).then_some(span)),
        22 => draft.reverse_relation(relation),
        23 => draft.set_progress([Progress::New, Progress::Started, Progress::Done][numbers[0] as usize % 3]),
        24 => {
            let removed = draft.remove(id)?;
            assert_eq!(removed.last(), Some(&id));
            assert!(removed.iter().all(|id| draft.set().is_some_and(|set| !set.contains(*id))));
            Ok(())
        }
        25 => {
            let (start, end) = (boundary(&text, numbers[0]), boundary(&text, numbers[0].wrapping_add(numbers[1] % 4)));
            let (start, end) = (start.min(end), start.max(end));
            let at = ByteOffset::from_usize(start + (numbers[2].is_multiple_of(16)) as usize);
            let edit = TextEdit { at, removed: text[start..end].to_owned(), inserted: step.text.clone() };
            edit_text(draft, &[edit])
        }
        26 => {
            let (first, second) = (boundary(&text, numbers[0]), boundary(&text, numbers[1]));
            let (first, second) = (first.min(second), first.max(second));
            let new =
                [&text[..first], &step.text, &text[first..second], &text[boundary(&text, numbers[2]).max(second)..]];
            let new = new.concat();
            edit_text(draft, &edits_between(&text, &new))?;
            assert_eq!(text_of(draft), new);
            Ok(())
        }
        27 => draft.add_article("new article", ArticleMetadata::default(), &step.text).map(drop),
        28 if numbers[1].is_multiple_of(4) => match pick(&articles, numbers[0]) {
            Some(article) => draft.remove_article(&article),
            None => Ok(()),
        },
        28 => match pick(&articles, numbers[0]) {
            Some(article) => {
                draft.set_metadata(&article, ArticleMetadata { title: step.text.clone(), ..Default::default() })
            }
            None => Ok(()),
        },
        29 => match numbers[0] % 4 {
            0 | 1 => draft.add_entity(pick(&["Putin", "Kursk"], numbers[1]).unwrap_or("Putin"), "A").map(drop),
            2 => draft.remove_entity(&entity(numbers[1])),
            _ => draft.merge_entities(&entity(numbers[1]), &entity(numbers[2])),
        },
        30 | 31 if !numbers[3].is_multiple_of(3) => Ok(()),
        30 => {
            let (item, from) = pick(&NAMES, numbers[0]).unwrap_or(NAMES[0]);
            let to = pick(&["A2", "R2", "B", "flag2", "front2", "", " A "], numbers[1]).unwrap_or("A2");
            match numbers[2] % 4 {
                0 => draft.rename_role(relation_label, "role 0", to),
                _ => draft.rename(item, from, to),
            }
        }
        31 => {
            let (item, name) = pick(&NAMES, numbers[0]).unwrap_or(NAMES[0]);
            let fate = match pick(&NAMES, numbers[1]) {
                // A relation whose roles do not fit the new type keeps them and is shown as a problem.
                Some((to, target)) if numbers[2].is_multiple_of(2) && to == item && item != SchemaItem::Relation => {
                    Fate::Relabel(target.into())
                }
                _ => Fate::Remove,
            };
            draft.delete(item, name, &fate)
        }
        32 => draft.set_settings(Settings { name: step.text.clone(), ..Settings::default() }),
        33 => import(draft, &text, step),
        _ => {
            let suggestion = Span {
                id: AnnotationId(numbers[1] % 30),
                label: pick(&["A", "B", "C"], numbers[5]).unwrap_or("A").into(),
                fragments: fragments(&text, numbers),
                attributes: Default::default(),
                entity: None,
                note: String::new(),
                provenance: extractor(),
                status: Status::Suggested,
                corrected_from: None,
            };
            if draft.project().schema.label(&suggestion.label).is_none() {
                return Ok(());
            }
            draft.insert_span(suggestion).map(drop)
        }
    }
}

/// Annotations from elsewhere, which follow no schema and may point anywhere.
fn import(draft: &mut Draft, text: &str, step: &Step) -> Result<(), EditError> {
    let numbers = step.numbers;
    let id = |index: usize| AnnotationId(numbers[index] % 9);
    let spans = (0..2).map(|index| Span {
        id: id(index),
        label: "foreign".into(),
        fragments: fragments(text, numbers),
        attributes: Default::default(),
        entity: None,
        note: String::new(),
        provenance: extractor(),
        status: Status::Suggested,
        corrected_from: None,
    });
    let relations = (0..5).map(|index| Relation {
        id: id(index),
        label: "foreign".into(),
        trigger: (numbers[0].is_multiple_of(2)).then(|| id(index + 1)),
        arguments: (0..2).map(|role| Argument { role: "any".into(), target: id((index + role) % 6) }).collect(),
        attributes: Default::default(),
        note: String::new(),
        provenance: extractor(),
        status: Status::Suggested,
        corrected_from: None,
    });
    draft.import_annotations(spans.collect(), relations.collect(), Vec::new()).map(drop)
}

const NAMES: [(SchemaItem, &str); 12] = [
    (SchemaItem::Label, "A"),
    (SchemaItem::Label, "B"),
    (SchemaItem::Label, "C"),
    (SchemaItem::Label, "A2"),
    (SchemaItem::Relation, "R"),
    (SchemaItem::Relation, "S"),
    (SchemaItem::Relation, "R2"),
    (SchemaItem::Attribute, "flag"),
    (SchemaItem::Attribute, "choice"),
    (SchemaItem::DocumentLabel, "front"),
    (SchemaItem::DocumentLabel, "talks"),
    (SchemaItem::DocumentLabel, "front2"),
];

fn edit_text(draft: &mut Draft, edits: &[TextEdit]) -> Result<(), EditError> {
    let kept = untouched(draft, edits);
    draft.edit_text(edits)?;
    for (key, id, surface) in kept {
        let article = draft.project().article(&key.article).expect("the article is there");
        let span = article.sets[&key.annotator].span(id).expect("an untouched span stays");
        assert_eq!(span.fragments.surface(article.text()), surface, "after {edits:?}");
    }
    Ok(())
}

/// No new annotation of a transaction has an id that was given before.
fn check_ids_are_new(transaction: &Transaction, given: &mut BTreeSet<(SetKey, AnnotationId)>) {
    let mut here = BTreeSet::new();
    for operation in &transaction.operations {
        let (before, after) = match operation {
            Operation::Span { before, after, .. } => (before.is_some(), after.is_some()),
            Operation::Relation { before, after, .. } => (before.is_some(), after.is_some()),
            Operation::DocumentLabel { before, after, .. } => (before.is_some(), after.is_some()),
            _ => continue,
        };
        let (key, id) = operation.annotation().expect("it is about an annotation");
        let id = (key.clone(), id);
        match (before, after) {
            // A span that an edit of the text damages is taken out and put back.
            (false, true) if !here.contains(&id) => assert!(given.insert(id.clone()), "{id:?} was given twice"),
            (true, false) => drop(here.insert(id)),
            _ => {}
        }
    }
}

fn run(schema: Schema, texts: [String; 2], plans: Vec<Plan>) {
    if !schema.problems().is_empty() {
        return;
    }
    let mut project = Project { schema: Arc::new(schema), ..Project::default() };
    for (text, id) in texts.iter().zip(["one", "two"]) {
        let id = ArticleId::new(id);
        project.articles.insert(id.clone(), Article::new(id, ArticleMetadata::default(), text));
    }
    let key = SetKey { article: ArticleId::new("one"), annotator: AnnotatorName::new("anna") };
    let mut history: Vec<Transaction> = Vec::new();
    let mut states = vec![state(&project)];
    let mut given = BTreeSet::new();
    for plan in plans {
        let start = memory(&project);
        let mut draft = Draft::new(&mut project, key.clone(), person());
        for step in &plan.steps {
            let before = state(draft.project());
            let place = draft.key().clone();
            if let Err(error) = take(&mut draft, step) {
                assert_eq!(state(draft.project()), before, "a failing step changed something: {step:?} {error}");
                assert!(!error.to_string().is_empty());
            }
            assert!(step.kind == 0 || *draft.key() == place, "a step switched to other annotations: {step:?}");
            check_sound(draft.project());
            let is_own = |project: &Project| {
                sets(project).all(|(_, _, set)| {
                    !set.spans().any(|span| &*span.label == "foreign")
                        && !set.relations().any(|it| &*it.label == "foreign")
                })
            };
            if is_own(draft.project()) {
                check_rules(draft.project());
            }
        }
        let before = states.last().expect("there is a state");
        if plan.dropped {
            drop(draft);
            assert_eq!(state(&project), *before, "a dropped draft left something");
            check_memory(&start, &project);
            continue;
        }
        let transaction = draft.finish("some steps");
        check_memory(&start, &project);
        check_ids_are_new(&transaction, &mut given);
        for operation in &transaction.operations {
            assert_eq!(operation.inverse().inverse(), *operation);
        }
        let after = state(&project);
        edit::apply(&mut project, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("undo");
        assert_eq!(state(&project), *before, "undo is not the opposite");
        check_memory(&start, &project);

        // A transaction that fails at its end leaves nothing of its beginning.
        let mut failing = transaction.clone();
        let nobody = SetKey { article: ArticleId::new("nowhere"), annotator: key.annotator.clone() };
        let impossible = Operation::Progress { set: nobody, before: Progress::New, after: Progress::Done };
        failing.operations.push(impossible);
        assert!(edit::apply(&mut project, &failing).is_err());
        assert_eq!(state(&project), *before, "a failing transaction changed something");

        edit::apply(&mut project, &transaction.redone(1, Timestamp::UNIX_EPOCH)).expect("redo");
        assert_eq!(state(&project), after, "redo is not the same");
        check_sound(&project);
        check_memory(&start, &project);
        history.push(transaction);
        states.push(after);
    }
    for (transaction, before) in history.iter().zip(&states).rev() {
        edit::apply(&mut project, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("undo of everything");
        assert_eq!(state(&project), *before);
        check_sound(&project);
    }
    for (transaction, after) in history.iter().zip(states.iter().skip(1)) {
        edit::apply(&mut project, &transaction.redone(1, Timestamp::UNIX_EPOCH)).expect("redo of everything");
        assert_eq!(state(&project), *after);
        check_sound(&project);
    }
}

proptest! {
    #![proptest_config(Config { cases: 500, failure_persistence: None, ..Config::default() })]

    #[test]
    fn changes_can_be_taken_back_and_leave_a_sound_state(
        schema in schemas(),
        texts in [TEXT, TEXT],
        plans in plans(),
    ) {
        run(schema, texts, plans);
    }

    #[test]
    fn what_an_edit_does_not_touch_keeps_its_words(
        old in TEXT,
        new in TEXT,
        places in prop::collection::vec(any::<(u32, u32)>(), 1..20),
    ) {
        let edits = edits_between(&old, &new);
        for (one, other) in places {
            let range = TextRange::from_usize(boundary(&old, one), boundary(&old, other));
            let (mut text, mut place) = (old.clone(), Some(range));
            for edit in &edits {
                place = place.and_then(|place| edit.map_range(place));
                text = edit.apply(&text).expect("the edit fits");
                if let Some(place) = place {
                    prop_assert!(place.slice(&text).is_some(), "{:?} splits a character", place);
                }
            }
            prop_assert_eq!(&text, &new);
            let touched = edits.iter().any(|edit| {
                edit.range().start() < range.end() && range.start() < edit.range().end()
                    || edit.range().is_empty() && range.start() < edit.at && edit.at < range.end()
            });
            if !touched && !range.is_empty() {
                let place = place.expect("an untouched stretch stays");
                prop_assert_eq!(place.slice(&text), range.slice(&old));
            }
        }
    }
}
