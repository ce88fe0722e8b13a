//! What must hold of a stored model, whatever became of the schema since.

use super::*;
use crate::{
    assist::tagger::Options,
    edit::{Draft, Fate, SchemaItem},
    model::{ArticleId, ArticleMetadata, Fragments, Project, Provenance, SetKey, news_schema},
    session::suggest::{Stored, Suggester, THRESHOLD},
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const SENTENCES: [&str; 4] = [
    "Bürgermeisterin Amelie Brand besuchte am Montag Tessenau.",
    "In Brückhagen sprach Jonas Keller mit der Tessenauer Wasser AG.",
    "Die Brückhagen Werke GmbH stellt Amelie Brand ein.",
    "Jonas Keller verließ Tessenau am Abend.",
];

const SPANS: [(&str, &str); 6] = [
    ("Amelie Brand", "PER"),
    ("Jonas Keller", "PER"),
    ("Tessenau", "LOC"),
    ("In Brückhagen", "LOC"),
    ("Tessenauer Wasser AG", "ORG"),
    ("Brückhagen Werke GmbH", "ORG"),
];

fn eva() -> AnnotatorName {
    AnnotatorName::new("eva")
}

/// Six articles with more than fifty accepted spans.
fn project() -> Project {
    let mut project = Project { schema: Arc::new(news_schema()), ..Project::default() };
    for number in 0..6 {
        let id = ArticleId::new(&format!("artikel-{number}"));
        let text: Vec<&str> = SENTENCES.iter().cycle().skip(number).take(8).copied().collect();
        project.articles.insert(id.clone(), Article::new(id.clone(), ArticleMetadata::default(), &text.join(" ")));
        edit(&mut project, &id, |draft| {
            let text = text.join(" ");
            for (words, label) in SPANS {
                for (start, found) in text.match_indices(words) {
                    let start = start + if found.starts_with("In ") { 3 } else { 0 };
                    let range = TextRange::from_usize(start, start + found.trim_start_matches("In ").len());
                    draft.add_span(label, Fragments::one(range)).expect("a label of the schema");
                }
            }
        });
    }
    project
}

fn edit(project: &mut Project, article: &ArticleId, steps: impl FnOnce(&mut Draft<'_>)) {
    let key = SetKey { article: article.clone(), annotator: eva() };
    let mut draft = Draft::new(project, key, Provenance::person("eva", Timestamp::UNIX_EPOCH));
    steps(&mut draft);
    draft.finish("test");
}

fn lessons(project: &Project) -> Lessons {
    Lessons::of(&eva(), project.articles.values())
}

fn options() -> Options {
    Options { bits: 12, passes: 2, ..Options::default() }
}

static MODEL: LazyLock<StoredModel> = LazyLock::new(|| {
    let lessons = lessons(&project());
    let tagger = lessons.train(&options(), &|| true).expect("not stopped");
    StoredModel::new(tagger, &eva(), 1, &lessons)
});

fn first_article() -> ArticleId {
    ArticleId::new("artikel-0")
}

#[test]
fn a_model_comes_back_from_its_bytes_and_damaged_ones_are_refused() {
    let bytes = MODEL.to_bytes();
    let lessons = lessons(&project());
    let again = StoredModel::new(lessons.train(&options(), &|| true).expect("not stopped"), &eva(), 1, &lessons);
    assert_eq!(bytes, again.to_bytes(), "the same lessons and seed give the same bytes");
    let read = StoredModel::from_bytes(&bytes).expect("it is whole");
    assert!(read.current(lessons.fingerprint()).is_some());
    assert_eq!(read.labels().map(|label| &**label).collect::<Vec<_>>(), ["LOC", "ORG", "PER"]);
    for at in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
        assert!(StoredModel::from_bytes(&bytes[..at]).is_err(), "{at}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = StoredModel::path(folder.path(), &eva());
    assert!(StoredModel::load(&path).is_ok_and(|none| none.is_none()));
    assert_eq!(MODEL.save(&path).expect("it can be written"), bytes.len());
    assert!(StoredModel::load(&path).is_ok_and(|model| model.is_some()));
    std::fs::write(&path, b"something else").expect("written");
    let error = StoredModel::load(&path).err().expect("no model").to_string();
    assert!(error.contains("train it again") && error.contains("eva.bin"), "{error}");
}

#[test]
fn what_was_learned_is_current_until_something_else_was_accepted() {
    let mut changed = project();
    edit(&mut changed, &first_article(), |draft| {
        let id = draft.set().and_then(|set| set.spans().next()).map(|span| span.id).expect("a span");
        draft.set_note(id, "a note is nothing to learn from").expect("it is there");
    });
    assert!(MODEL.current(lessons(&changed).fingerprint()).is_some());
    edit(&mut changed, &first_article(), |draft| {
        draft.add_span("DATE", Fragments::one(TextRange::from_usize(0, 5))).expect("a label of the schema");
    });
    assert!(MODEL.current(lessons(&changed).fingerprint()).is_none());
}

#[test]
fn a_renamed_label_is_renamed_in_the_model_and_a_deleted_one_is_not_proposed() {
    let mut changed = project();
    edit(&mut changed, &first_article(), |draft| {
        draft.rename(SchemaItem::Label, "LOC", "ORT").expect("a label of the schema");
        draft.delete(SchemaItem::Label, "ORG", &Fate::Remove).expect("a label of the schema");
    });
    let tagger = MODEL.current(lessons(&changed).fingerprint()).expect("still current");
    let mut labels: Vec<String> = tagger.labels().iter().map(ToString::to_string).collect();
    labels.sort();
    assert_eq!(labels, ["ORT", "PER"]);
    let text = "Amelie Brand besuchte am Montag Tessenau.";
    let found: Vec<String> = tagger
        .propose(&Example::new(text, Vec::new()), LEAST_SCORE)
        .iter()
        .map(|proposal| proposal.label.to_string())
        .collect();
    assert!(found.contains(&"ORT".to_owned()), "{found:?}");
    // As it is, it only keeps what the schema has: what was renamed can not be told then.
    assert_eq!(MODEL.for_schema(&changed.schema).labels(), ["PER".into()]);
}

#[test]
fn cross_validation_judges_what_was_not_learned() {
    let lessons = lessons(&project());
    assert!(lessons.spans() > 50);
    let comparison = lessons.cross_validated(&options(), &|| true).expect("not stopped");
    let score = comparison.micro(crate::compare::Scheme::Strict);
    assert_eq!(score.possible(), lessons.spans());
    assert!(score.correct > 0 && score.correct < lessons.spans() + 1);
    assert!(lessons.cross_validated(&options(), &|| false).is_none());
    let one = Lessons::of(&eva(), project().articles.values().take(1));
    assert!(one.cross_validated(&options(), &|| true).is_none());
}

/// A change of the schema.
#[derive(Clone, Debug)]
enum Change {
    Rename(prop::sample::Index, &'static str),
    Remove(prop::sample::Index),
    MoveTo(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), prop::sample::select(&["PER", "ORT", "LOC", "X", "Person"][..]))
            .prop_map(|(label, name)| Change::Rename(label, name)),
        index().prop_map(Change::Remove),
        (index(), index()).prop_map(|(from, to)| Change::MoveTo(from, to)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever happens to the schema, a model from before is kept, mapped or dropped, and proposes only what the schema has.
    #[test]
    fn changes_of_the_schema_never_break_a_model(changes in prop::collection::vec(change(), 0..5)) {
        let mut project = project();
        for change in &changes {
            let names: Vec<Name> = project.schema.labels.iter().map(|label| label.name.clone()).collect();
            if names.is_empty() {
                break;
            }
            edit(&mut project, &first_article(), |draft| {
                // What the schema refuses, such as a name that is taken, changes nothing.
                let _ = match change {
                    Change::Rename(label, name) => draft.rename(SchemaItem::Label, label.get::<Name>(&names), name),
                    Change::Remove(label) => draft.delete(SchemaItem::Label, label.get::<Name>(&names), &Fate::Remove),
                    Change::MoveTo(from, to) => {
                        let fate = Fate::Relabel(to.get::<Name>(&names).clone());
                        draft.delete(SchemaItem::Label, from.get::<Name>(&names), &fate)
                    }
                };
            });
        }
        let known = |label: &Name| project.schema.label(label).is_some();
        prop_assert!(MODEL.for_schema(&project.schema).labels().iter().all(known));
        if let Some(tagger) = MODEL.current(lessons(&project).fingerprint()) {
            prop_assert!(tagger.labels().iter().all(known), "{changes:?}");
        }
        let text = SENTENCES.join("\n");
        let learned = Suggester::learn_with(
            &project.schema,
            "",
            &eva(),
            project.articles.values(),
            Stored::Always(&MODEL),
            &|| true,
        );
        for proposal in learned.expect("not stopped").proposals(&text, None, THRESHOLD) {
            prop_assert!(known(&proposal.label) && proposal.range.slice(&text).is_some());
        }
    }
}
