//! The rules of editing that a person sees: what falls with what, what stays labelled, what is refused and why.

use glosse::{
    edit::{self, Draft, EditError, Fate, SchemaItem},
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Argument, ArgumentDefinition, Article, ArticleId, ArticleMetadata,
        AttributeDefinition, AttributeKind, AttributeValue, CorrectedFrom, DocumentLabel, DocumentLabelDefinition,
        Fragments, LabelDefinition, Name, Progress, Project, Provenance, Relation, RelationDefinition, Repeat, Schema,
        SetKey, Source, Span, Status, Symmetry, TriggerRule, validate,
    },
    text::{ByteOffset, TextEdit, TextRange, edits_between},
};
use jiff::Timestamp;
use std::sync::Arc;

const TEXT: &str = "Putin besuchte Kursk. Der Kreml bestätigte den Besuch am Mittwoch.";

fn schema() -> Schema {
    let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
    let role = |role: &str, allowed: &[&str], repeat| ArgumentDefinition {
        role: role.into(),
        allowed: names(allowed),
        repeat,
    };
    let relation = |name: &str, trigger, arguments| RelationDefinition {
        name: name.into(),
        color: None,
        description: String::new(),
        symmetry: Symmetry::Directed,
        trigger,
        arguments,
    };
    Schema {
        labels: ["PER", "LOC", "ORG", "EVENT", "CITY"]
            .map(|name| LabelDefinition { name: name.into(), color: None, key: None, description: String::new() })
            .to_vec(),
        relations: vec![
            relation(
                "located",
                TriggerRule::None,
                vec![role("thing", &["PER", "ORG", "LOC"], Repeat::One), role("place", &["LOC"], Repeat::One)],
            ),
            relation(
                "based",
                TriggerRule::None,
                vec![role("body", &["PER", "ORG", "LOC"], Repeat::One), role("seat", &["LOC"], Repeat::One)],
            ),
            relation(
                "visit",
                TriggerRule::Required(names(&["EVENT"])),
                vec![role("visitor", &["PER"], Repeat::Many), role("place", &["LOC"], Repeat::Optional)],
            ),
            relation(
                "cause",
                TriggerRule::None,
                vec![role("cause", &["visit"], Repeat::Many), role("effect", &[], Repeat::Many)],
            ),
        ],
        attributes: vec![AttributeDefinition {
            name: "size".into(),
            applies_to: names(&["LOC"]),
            kind: AttributeKind::Number,
            default: None,
            description: String::new(),
        }],
        document_labels: ["front", "talks"]
            .map(|name| DocumentLabelDefinition { name: name.into(), color: None, description: String::new() })
            .to_vec(),
    }
}

fn project_with(text: &str) -> Project {
    let id = ArticleId::new("visit");
    let article = Article::new(id.clone(), ArticleMetadata::default(), text);
    Project { schema: Arc::new(schema()), articles: [(id, article)].into(), ..Project::default() }
}

fn key() -> SetKey {
    SetKey { article: ArticleId::new("visit"), annotator: AnnotatorName::new("anna") }
}

fn anna() -> Provenance {
    Provenance::person("anna", Timestamp::UNIX_EPOCH)
}

fn robot() -> Provenance {
    let source = Source::Extractor { name: "dictionary".into(), version: "1".into() };
    Provenance { source, time: Timestamp::UNIX_EPOCH, score: Some(0.5), reason: None }
}

/// The first place of `words` in the draft's text.
fn place(draft: &Draft, words: &str) -> Fragments {
    let text = draft.project().articles[&key().article].text();
    let start = text.find(words).expect("the words are in the text");
    Fragments::one(TextRange::from_usize(start, start + words.len()))
}

fn add(draft: &mut Draft, label: &str, words: &str) -> AnnotationId {
    let fragments = place(draft, words);
    draft.add_span(label, fragments).expect("a span")
}

fn link(
    draft: &mut Draft,
    label: &str,
    trigger: Option<AnnotationId>,
    arguments: &[(&str, AnnotationId)],
) -> AnnotationId {
    draft.add_relation(label, trigger, roles(arguments)).expect("a relation")
}

fn roles(arguments: &[(&str, AnnotationId)]) -> Vec<Argument> {
    arguments.iter().map(|(role, target)| Argument { role: (*role).into(), target: *target }).collect()
}

fn set<'a>(draft: &'a Draft) -> &'a AnnotationSet {
    draft.set().expect("a set")
}

fn suggest(draft: &mut Draft, label: &str, words: &str) -> AnnotationId {
    let span = Span {
        id: AnnotationId(0),
        label: label.into(),
        fragments: place(draft, words),
        attributes: Default::default(),
        entity: None,
        note: String::new(),
        provenance: robot(),
        status: Status::Suggested,
        corrected_from: None,
    };
    draft.insert_span(span).expect("a suggestion")
}

fn suggest_relation(
    draft: &mut Draft,
    label: &str,
    trigger: Option<AnnotationId>,
    arguments: &[(&str, AnnotationId)],
) -> AnnotationId {
    let relation = Relation {
        id: AnnotationId(0),
        label: label.into(),
        trigger,
        arguments: roles(arguments),
        attributes: Default::default(),
        note: String::new(),
        provenance: robot(),
        status: Status::Suggested,
        corrected_from: None,
    };
    draft.insert_relation(relation).expect("a suggested relation")
}

#[test]
fn a_suggestion_that_a_person_changes_remembers_what_was_suggested() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let wrong_label = suggest(&mut draft, "LOC", "Kreml");
    let wrong_place = suggest(&mut draft, "PER", "Putin besuchte");
    let right = suggest(&mut draft, "LOC", "Kursk");

    draft.set_label(wrong_label, "ORG").expect("relabel");
    let span = set(&draft).span(wrong_label).expect("the span");
    assert_eq!((span.status, &span.provenance), (Status::Accepted, &anna()));
    let kreml = place(&draft, "Kreml");
    let expected = CorrectedFrom { label: "LOC".into(), fragments: Some(kreml), provenance: robot() };
    assert_eq!(span.corrected_from.as_deref(), Some(&expected));

    let putin = place(&draft, "Putin");
    draft.resize_span(wrong_place, putin).expect("resize");
    draft.set_label(wrong_place, "ORG").expect("relabel");
    let corrected = set(&draft).span(wrong_place).and_then(|span| span.corrected_from.clone()).expect("corrected");
    assert_eq!((&*corrected.label, corrected.fragments), ("PER", Some(place(&draft, "Putin besuchte"))));

    draft.set_status(right, Status::Accepted).expect("accept");
    let span = set(&draft).span(right).expect("the span");
    assert_eq!((span.status, &span.provenance, &span.corrected_from), (Status::Accepted, &robot(), &None));
}

#[test]
fn what_falls_with_what() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let kreml = add(&mut draft, "PER", "Kreml");
    let besuch = add(&mut draft, "EVENT", "Besuch");
    let located = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let visit = link(&mut draft, "visit", Some(besuch), &[("visitor", putin), ("visitor", kreml), ("place", kursk)]);
    let cause = link(&mut draft, "cause", None, &[("cause", visit), ("effect", located)]);

    // The relation of two falls, and with it the one above it; the event only loses its visitor.
    assert_eq!(draft.remove(putin), Ok(vec![cause, located, putin]));
    assert_eq!(
        set(&draft).relation(visit).map(|visit| visit.arguments.clone()),
        Some(roles(&[("visitor", kreml), ("place", kursk)]))
    );
    // Without a visitor and a place it still stands: the trigger holds it.
    draft.remove(kreml).expect("remove");
    draft.remove(kursk).expect("remove");
    assert_eq!(set(&draft).relation(visit).map(|visit| visit.arguments.len()), Some(0));
    assert_eq!(draft.remove(besuch), Ok(vec![visit, besuch]));
    assert!(set(&draft).is_empty());
}

/// Several arguments of one relation fall at once: counted one by one, each seemed to leave enough.
#[test]
fn a_relation_whose_arguments_fall_together_falls_with_them() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let one = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let other = link(&mut draft, "based", None, &[("body", putin), ("seat", kursk)]);
    let of_three = link(&mut draft, "cause", None, &[("effect", putin), ("effect", one), ("effect", other)]);
    let of_two = link(&mut draft, "cause", None, &[("effect", putin), ("effect", one), ("effect", kursk)]);
    let removed = draft.remove(putin).expect("remove");
    assert_eq!(removed.len(), 5);
    assert_eq!(removed.last(), Some(&putin));
    for id in [one, other, of_three, of_two] {
        assert_eq!(set(&draft).relation(id), None);
    }
    assert!(set(&draft).span(kursk).is_some());
}

/// Removing a span is no opinion about a suggested event that it took part in.
#[test]
fn a_suggested_relation_that_loses_an_argument_stays_a_suggestion() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let besuch = add(&mut draft, "EVENT", "Besuch");
    let visit = suggest_relation(&mut draft, "visit", Some(besuch), &[("visitor", putin)]);
    draft.remove(putin).expect("remove");
    let relation = set(&draft).relation(visit).expect("the event stays");
    assert_eq!((relation.status, &relation.provenance, &relation.corrected_from), (Status::Suggested, &robot(), &None));
}

#[test]
fn a_rejected_relation_comes_back_only_where_it_still_fits() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let (putin, kursk) = (add(&mut draft, "PER", "Putin"), add(&mut draft, "LOC", "Kursk"));
    let located = suggest_relation(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    draft.set_status(located, Status::Rejected).expect("rejected");
    draft.set_label(kursk, "ORG").expect("what was rejected is in nobody's way");
    for status in [Status::Suggested, Status::Accepted] {
        let error = draft.set_status(located, status).expect_err("an ORG is no place");
        assert!(matches!(error, EditError::ArgumentNotAllowed { .. }), "{error}");
        assert_eq!(set(&draft).relation(located).map(|relation| relation.status), Some(Status::Rejected));
    }
    draft.set_label(kursk, "LOC").expect("a place again");
    draft.set_status(located, Status::Accepted).expect("it fits again");
    // What is foreign to the schema can be decided about all the same.
    let foreign = suggest_relation(&mut draft, "foreign", None, &[("any", putin), ("other", kursk)]);
    draft.set_status(foreign, Status::Rejected).expect("rejected");
    draft.set_status(foreign, Status::Accepted).expect("and taken back");
}

#[test]
fn nothing_is_accepted_that_has_no_words() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let before = suggest(&mut draft, "LOC", "Kursk");
    let unplaced = Span {
        id: AnnotationId(0),
        fragments: Fragments::one(TextRange::at(ByteOffset(3))),
        provenance: Provenance {
            source: Source::Import { format: "brat".into() },
            reason: Some("the file has “Moskau” here; place it by hand".into()),
            ..robot()
        },
        ..set(&draft).span(before).expect("a suggestion").clone()
    };
    let unplaced = draft.insert_span(unplaced).expect("imported");
    let located = suggest_relation(&mut draft, "located", None, &[("thing", putin), ("place", unplaced)]);
    assert!(
        set(&draft).awaits_place(unplaced) && set(&draft).awaits_place(located) && !set(&draft).awaits_place(putin)
    );
    let refused = [
        draft.set_status(unplaced, Status::Accepted),
        draft.set_status(located, Status::Accepted),
        draft.set_label(unplaced, "ORG"),
    ];
    for result in refused {
        let error = result.expect_err("it has no words");
        assert!(error.to_string().contains("has no words; move its edges over them first"), "{error}");
    }
    assert_eq!(set(&draft).relation(located).map(|relation| relation.status), Some(Status::Suggested));
    let words = place(&draft, "Kreml");
    draft.resize_span(unplaced, words).expect("placed");
    draft.set_status(located, Status::Accepted).expect("now it can be accepted");
    assert!(!set(&draft).awaits_place(located));
}

#[test]
fn corrected_letters_stay_in_the_labelled_word() {
    let check = |text: &str, labelled: &str, corrected: &str, expected: Option<&str>| {
        let mut project = project_with(text);
        let mut draft = Draft::new(&mut project, key(), anna());
        let span = add(&mut draft, "LOC", labelled);
        draft.finish("Label");
        let before = project.clone();
        let mut draft = Draft::new(&mut project, key(), anna());
        let damages = draft.edit_text(&edits_between(text, corrected)).expect("the text can be corrected");
        let now = draft.project().articles[&key().article].text();
        assert_eq!(now, corrected);
        let surface = set(&draft).span(span).map(|span| span.fragments.surface(now));
        assert_eq!(surface.as_deref(), expected, "{text:?} → {corrected:?}");
        assert_eq!(damages.is_empty(), expected.is_some());
        drop(draft);
        assert_eq!(project.articles, before.articles);
    };
    check("in Kutsk war", "Kutsk", "in Kursk war", Some("Kursk"));
    check("in Xursk war", "Xursk", "in Kursk war", Some("Kursk"));
    check("in Kursx war", "Kursx", "in Kursk war", Some("Kursk"));
    // Missing letters at either edge.
    check("in Kurs war", "Kurs", "in Kursk war", Some("Kursk"));
    check("in ursk war", "ursk", "in Kursk war", Some("Kursk"));
    check("Kurs", "Kurs", "Kursk", Some("Kursk"));
    // Letters too many at either edge.
    check("in Kurskk war", "Kurskk", "in Kursk war", Some("Kursk"));
    check("in KKursk war", "KKursk", "in Kursk war", Some("Kursk"));
    // Not letters of the word: a space between glued sentences, a sign, another word.
    check("Kursk.Der", "Kursk", "Kursk. Der", Some("Kursk"));
    check("in Kursk war", "Kursk", "in „Kursk“ war", Some("Kursk"));
    check("in Kursk war", "Kursk", "in der Kursk war", Some("Kursk"));
    // Labelled was only a part of the word, and on purpose.
    check("Kurskregion", "Kursk", "Kursksregion", Some("Kursk"));
    check("US-Vorschlag", "US", "USA-Vorschlag", Some("USA"));
    check("in Kursk war", "Kursk", "in  war", None);
}

#[test]
fn text_damage_is_listed_and_taken_back() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let kreml = add(&mut draft, "ORG", "Der Kreml");
    link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    draft.finish("Label");
    let before = project.articles.clone();

    let mut draft = Draft::new(&mut project, key(), anna());
    let gone = TextEdit { at: ByteOffset::from_usize(15), removed: "Kursk. Der".to_owned(), inserted: "X".to_owned() };
    let damages = draft.edit_text(&[gone]).expect("edit");
    let listed: Vec<_> =
        damages.iter().map(|damage| (damage.before.id, damage.after.is_some(), damage.relations)).collect();
    assert_eq!(listed, [(kursk, false, 1), (kreml, true, 0)]);
    assert_eq!(
        set(&draft).span(kreml).map(|span| span.fragments.surface("Putin besuchte X Kreml")),
        Some(" Kreml".to_owned())
    );
    let transaction = draft.finish("Correct the text");
    edit::apply(&mut project, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("undo");
    assert_eq!(project.articles, before);
}

#[test]
fn refusals_say_why() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let besuch = add(&mut draft, "EVENT", "Besuch");
    let located = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let visit = link(&mut draft, "visit", Some(besuch), &[("visitor", putin)]);
    link(&mut draft, "cause", None, &[("cause", visit), ("effect", located)]);
    let front = draft.add_document_label("front").expect("a document label");
    let talks = draft.add_document_label("talks").expect("a document label");
    let check = |result: Result<(), EditError>, expected: &str| {
        assert_eq!(result.map_err(|error| error.to_string()), Err(expected.to_owned()));
    };
    check(draft.set_label(kursk, "PER"), r#""PER" can not be the "place" of "located"; the schema allows LOC"#);
    check(draft.set_label(besuch, "PER"), r#""PER" can not be the trigger of "visit""#);
    check(draft.set_label(visit, "located"), r#""EVENT" can not be the trigger of "located""#);
    check(draft.set_label(putin, "CAT"), r#"the schema has no label "CAT""#);
    check(draft.set_label(front, "talks"), r#"the article has the label "talks" already"#);
    check(
        draft.reverse_relation(located),
        r#"this "located" can not be reversed: the schema does not allow it the other way round"#,
    );
    let own = roles(&[("effect", AnnotationId(6)), ("effect", putin)]);
    check(draft.set_arguments(AnnotationId(6), own), "relation 6 would be an argument of itself");
    check(
        draft.add_relation("located", None, roles(&[("thing", kursk), ("place", kursk)])).map(drop),
        "located would link 2 with itself; choose two different annotations",
    );
    check(
        draft.set_attribute(kursk, "size", Some(AttributeValue::Number(f64::NAN))),
        r#""NaN" is not a value of "size", which takes a number"#,
    );
    // A document label is about the article and can be no argument, not even of an imported relation.
    let relation = Relation {
        arguments: roles(&[("effect", talks), ("effect", putin)]),
        ..set(&draft).relation(located).cloned().expect("located")
    };
    check(draft.insert_relation(relation).map(drop), &format!("there is no annotation {talks}"));
    // What the change does not break, it does not have to answer for.
    let foreign = Relation { label: "unheard of".into(), ..set(&draft).relation(located).cloned().expect("located") };
    draft.insert_relation(foreign).expect("imports may bring anything");
    draft.set_label(putin, "ORG").expect_err("a visitor is a person");
    draft.remove(visit).expect("remove");
    draft.set_label(putin, "ORG").expect("nothing is against it now");
}

/// The label of a relation counts where another relation takes it as an argument.
#[test]
fn a_relation_keeps_the_label_that_its_role_wants() {
    let mut project = project_with(TEXT);
    let mut schema = schema();
    schema.relations[3].arguments[1].allowed = vec!["located".into()];
    project.schema = Arc::new(schema);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let located = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let cause = link(&mut draft, "cause", None, &[("effect", located)]);
    let error = draft.set_label(located, "based").expect_err("cause wants a located");
    assert_eq!(error.to_string(), r#""based" can not be the "effect" of "cause"; the schema allows located"#);
    draft.remove(cause).expect("remove");
    draft.set_label(located, "based").expect("free");
    let relation = set(&draft).relation(located).expect("the relation");
    assert_eq!(relation.arguments, roles(&[("body", putin), ("seat", kursk)]));
}

#[test]
fn a_deleted_label_can_hand_over_to_another() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    draft.set_attribute(kursk, "size", Some(AttributeValue::Number(3.0))).expect("attribute");
    let located = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let entity = draft.add_entity("Kursk", "LOC").expect("entity");
    draft.add_document_label("front").expect("document label");
    let talks = draft.add_document_label("talks").expect("document label");
    draft.finish("Label");
    let before = project.clone();

    let mut draft = Draft::new(&mut project, key(), anna());
    draft.delete(SchemaItem::Label, "LOC", &Fate::Relabel("CITY".into())).expect("delete");
    draft.delete(SchemaItem::Relation, "located", &Fate::Relabel("based".into())).expect("delete");
    draft.delete(SchemaItem::DocumentLabel, "front", &Fate::Relabel("talks".into())).expect("delete");
    assert_eq!(set(&draft).span(kursk).map(|span| &*span.label), Some("CITY"));
    let relation = set(&draft).relation(located).expect("the relation stays");
    assert_eq!((&*relation.label, &relation.arguments), ("based", &roles(&[("body", putin), ("seat", kursk)])));
    assert_eq!(set(&draft).document_labels().map(|label| label.id).collect::<Vec<_>>(), [talks]);
    assert_eq!(draft.project().entities.get(&entity).map(|entity| &*entity.kind), Some("CITY"));
    let now = draft.project();
    assert_eq!(validate(set(&draft), &now.schema, &now.entities, now.articles[&key().article].text()), []);
    drop(draft);
    assert_eq!(project.schema, before.schema);
    assert_eq!(project.articles, before.articles);

    let mut draft = Draft::new(&mut project, key(), anna());
    draft.delete(SchemaItem::Label, "LOC", &Fate::Remove).expect("delete");
    assert_eq!(set(&draft).spans().map(|span| span.id).collect::<Vec<_>>(), [putin]);
    assert_eq!(set(&draft).relations().count(), 0);
    // The role that only a place could fill is gone, not open to anything.
    let roles = draft.project().schema.relation("located").map(|relation| relation.arguments.len());
    assert_eq!(roles, Some(1));
}

#[test]
fn renaming_reaches_everything_that_has_the_name() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let kursk = add(&mut draft, "LOC", "Kursk");
    let located = link(&mut draft, "located", None, &[("thing", putin), ("place", kursk)]);
    let entity = draft.add_entity("Kursk", "LOC").expect("entity");
    draft.rename(SchemaItem::Label, "LOC", "PLACE").expect("rename");
    draft.rename_role("located", "place", "where").expect("rename");
    assert_eq!(draft.rename(SchemaItem::Label, "PLACE", "PER"), Err(EditError::NameTaken { name: "PER".to_owned() }));
    assert!(draft.rename(SchemaItem::Label, "PLACE", "visit").is_err(), "relations and labels share their names");
    assert_eq!(draft.rename(SchemaItem::Label, "PLACE", " PLACE "), Ok(()));
    assert_eq!(set(&draft).relation(located).and_then(|relation| relation.argument("where")), Some(kursk));
    assert_eq!(draft.project().entities.get(&entity).map(|entity| &*entity.kind), Some("PLACE"));
    let now = draft.project();
    assert_eq!(validate(set(&draft), &now.schema, &now.entities, TEXT), []);
}

#[test]
fn an_entity_merged_with_itself_stays() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let entity = draft.add_entity("Putin", "PER").expect("entity");
    draft.link_entity(putin, Some(entity.clone())).expect("link");
    draft.merge_entities(&entity, &entity).expect("nothing to do");
    assert!(draft.project().entities.get(&entity).is_some());
    assert_eq!(set(&draft).span(putin).and_then(|span| span.entity.clone()), Some(entity));
}

#[test]
fn a_removed_article_comes_back_with_its_progress_and_its_memory_of_ids() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    add(&mut draft, "PER", "Putin");
    let last = add(&mut draft, "LOC", "Kursk");
    draft.remove(last).expect("remove");
    draft.set_progress(Progress::Done).expect("progress");
    draft.finish("Label");
    let before = project.articles.clone();

    let mut draft = Draft::new(&mut project, key(), anna());
    draft.remove_article(&key().article).expect("remove");
    assert_eq!(*draft.key(), key());
    let transaction = draft.finish("Remove the article");
    assert!(project.articles.is_empty());
    edit::apply(&mut project, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("undo");
    assert_eq!(project.articles, before);
    let mut draft = Draft::new(&mut project, key(), anna());
    assert_eq!(add(&mut draft, "LOC", "Kursk"), AnnotationId(last.0 + 1));
}

#[test]
fn a_failing_step_leaves_not_even_an_empty_set() {
    let mut project = project_with(TEXT);
    let before = project.clone();
    let mut draft = Draft::new(&mut project, key(), Provenance { score: Some(f32::NAN), ..robot() });
    let putin = place(&draft, "Putin");
    let error = draft.add_span("PER", putin).expect_err("a score must be a number");
    assert_eq!(error.to_string(), "annotation 1 carries a number that is not finite, in visit");
    drop(draft);
    assert_eq!(project, before);
}

/// A relation of a damaged file points to an id that does not exist; a new annotation must not come to be its target.
#[test]
fn ids_that_are_only_pointed_to_are_not_given() {
    let relation = Relation {
        id: AnnotationId(2),
        label: "located".into(),
        trigger: None,
        arguments: roles(&[("thing", AnnotationId(7))]),
        attributes: Default::default(),
        note: String::new(),
        provenance: anna(),
        status: Status::Accepted,
        corrected_from: None,
    };
    let label = DocumentLabel {
        id: AnnotationId(2),
        label: "front".into(),
        note: String::new(),
        provenance: anna(),
        status: Status::Accepted,
    };
    let (set, repeated) = AnnotationSet::from_parts(1, Progress::New, Vec::new(), vec![relation], vec![label]);
    assert_eq!(set.next_id(), AnnotationId(8));
    assert_eq!(repeated, [AnnotationId(2)]);
}

#[test]
fn pieces_are_joined_and_empty_ones_dropped() {
    let check = |pieces: &[(usize, usize)], expected: &[(usize, usize)]| {
        let ranges = |pairs: &[(usize, usize)]| {
            pairs.iter().map(|(start, end)| TextRange::from_usize(*start, *end)).collect::<Vec<_>>()
        };
        let found = Fragments::new(ranges(pieces)).map(|fragments| fragments.iter().collect::<Vec<_>>());
        assert_eq!(found.unwrap_or_default(), ranges(expected), "{pieces:?}");
    };
    check(&[(5, 9), (0, 3)], &[(0, 3), (5, 9)]);
    check(&[(0, 3), (3, 5), (4, 9)], &[(0, 9)]);
    check(&[(0, 3), (7, 7)], &[(0, 3)]);
    check(&[(7, 7), (3, 3)], &[(3, 3)]);
    check(&[], &[]);
}

/// Two relations of a file that are arguments of each other could be neither drawn nor done again after an undo.
#[test]
fn imported_circles_are_left_out() {
    let mut project = project_with(TEXT);
    let mut draft = Draft::new(&mut project, key(), anna());
    let putin = add(&mut draft, "PER", "Putin");
    let span = set(&draft).span(putin).cloned().expect("the span");
    let relation = |id: u32, targets: [u32; 2]| Relation {
        id: AnnotationId(id),
        label: "cause".into(),
        trigger: None,
        arguments: roles(&targets.map(|target| ("effect", AnnotationId(target)))),
        attributes: Default::default(),
        note: String::new(),
        provenance: anna(),
        status: Status::Accepted,
        corrected_from: None,
    };
    let relations = vec![relation(2, [1, 3]), relation(3, [1, 2]), relation(4, [1, 5]), relation(5, [1, 1])];
    let left_out = draft.import_annotations(vec![span], relations, Vec::new()).expect("import");
    let message = |id| format!("relation {id}: points to nothing or to itself; left out");
    assert_eq!(left_out, [message(3), message(4)]);
    assert_eq!(set(&draft).relations().map(|relation| relation.id.0).collect::<Vec<_>>(), [5, 6]);
}
