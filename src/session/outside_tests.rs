//! What extractors from outside found comes beside what is there, and changes nothing of it.

use super::{Session, outside::Added};
use crate::{
    model::{AnnotatorName, Article, ArticleId, ArticleMetadata, Fragments, Name, Project, Status, news_schema},
    outside::{Answer, FoundRelation, FoundSpan, Target},
    store::{Access, Store},
    text::TextRange,
};
use std::sync::Arc;

const TEXT: &str = "Özdal traf Lindner in Köln.";

struct Desk {
    _folder: tempfile::TempDir,
    session: Session,
    article: ArticleId,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let article = ArticleId::new("a");
        let mut project = Project { schema: Arc::new(news_schema()), ..Project::default() };
        project.articles.insert(article.clone(), Article::new(article.clone(), ArticleMetadata::default(), TEXT));
        Store::create(folder.path(), &project).expect("a project");
        let session = Session::open(folder.path(), Access::Write, AnnotatorName::new("eva")).expect("it opens");
        Self { _folder: folder, session, article }
    }

    fn add(&mut self, extractor: &str, answer: &Answer) -> Added {
        let hash = self.session.load(&self.article).expect("it is there").text.as_ref().expect("a text").hash();
        self.session.add_answer(&self.article, hash, &extractor.into(), answer, 0.0).expect("it can be changed")
    }

    /// Label, words and status of all spans.
    fn spans(&self) -> Vec<String> {
        let spans = self.session.set(&self.article).into_iter().flat_map(|set| set.spans_in_order());
        spans.map(|span| format!("{} {} {}", span.label, span.fragments.surface(TEXT), span.status.as_str())).collect()
    }

    fn set_status(&mut self, index: usize, status: Status) {
        let id = self.session.set(&self.article).expect("a set").spans_in_order().nth(index).expect("a span").id;
        let article = self.article.clone();
        self.session.edit(&article, "status", |draft| Ok(draft.set_status(id, status)?)).expect("it can be changed");
    }
}

fn span(words: &str, label: &str, score: Option<f32>) -> FoundSpan {
    let start = TEXT.find(words).expect("words of the text");
    let fragments = Fragments::one(TextRange::from_usize(start, start + words.len()));
    FoundSpan { fragments, label: label.into(), score, reason: Some("darum".into()) }
}

fn spans(spans: &[FoundSpan]) -> Answer {
    Answer { version: Some("1".into()), spans: spans.to_vec(), relations: Vec::new() }
}

fn counts(spans: usize, relations: usize) -> Added {
    Added { spans, relations, problems: Vec::new() }
}

#[test]
fn suggestions_of_several_extractors_stand_side_by_side() {
    let mut desk = Desk::new();
    let answer = spans(&[span("Özdal", "PER", Some(0.4)), span("Köln", "LOC", None)]);
    assert_eq!(desk.add("one", &answer), counts(2, 0));
    let first = desk.session.set(&desk.article).expect("a set").spans_in_order().next().expect("a span").clone();
    assert_eq!(first.provenance.reason.as_deref(), Some("darum"));
    assert_eq!(desk.add("one", &answer), counts(0, 0), "the same extractor says nothing twice");
    assert_eq!(desk.add("two", &answer), counts(2, 0), "another one is heard beside it");
    let suggested = ["PER Özdal suggested", "PER Özdal suggested", "LOC Köln suggested", "LOC Köln suggested"];
    assert_eq!(desk.spans(), suggested);
    desk.session.undo().expect("it can be undone");
    assert_eq!(desk.spans(), ["PER Özdal suggested", "LOC Köln suggested"], "a run is taken back at once");
}

#[test]
fn what_stands_stays_and_what_was_rejected_stays_away() {
    let mut desk = Desk::new();
    desk.add("one", &spans(&[span("Özdal", "PER", None), span("Köln", "LOC", None)]));
    desk.set_status(0, Status::Accepted);
    desk.set_status(1, Status::Rejected);
    let before = desk.spans();
    let again = spans(&[span("Özdal", "PER", None), span("Köln", "LOC", None)]);
    assert_eq!(desk.add("two", &again), counts(0, 0));
    assert_eq!(desk.spans(), before);
    // At the same place with another label it is another question.
    assert_eq!(desk.add("two", &spans(&[span("Köln", "ORG", None)])), counts(1, 0));
}

#[test]
fn weak_ones_and_answers_about_another_text_are_left_out() {
    let mut desk = Desk::new();
    let answer = spans(&[span("Özdal", "PER", Some(0.4)), span("Köln", "LOC", None)]);
    let hash = desk.session.load(&desk.article).expect("it is there").text.as_ref().expect("a text").hash();
    let article = desk.article.clone();
    let name: Name = "one".into();
    let added = desk.session.add_answer(&article, hash, &name, &answer, 0.5).expect("it can be changed");
    assert_eq!((added, desk.spans()), (counts(1, 0), vec!["LOC Köln suggested".to_owned()]));
    let stale = desk.session.add_answer(&article, hash ^ 1, &name, &answer, 0.0).expect("it can be changed");
    assert_eq!((stale.spans, stale.problems.len()), (0, 1));
}

#[test]
fn relations_follow_the_schema_and_their_spans() {
    let mut desk = Desk::new();
    let schema = news_schema();
    // A relation between persons, whatever the news schema calls it.
    let definition = schema
        .relations
        .iter()
        .find(|relation| relation.arguments.len() == 2 && relation.arguments.iter().all(|role| role.allows("PER")));
    let definition = definition.expect("it has one");
    let roles: Vec<Name> = definition.arguments.iter().map(|role| role.role.clone()).collect();
    let relation = |arguments: &[(&Name, usize)]| FoundRelation {
        label: definition.name.clone(),
        trigger: None,
        arguments: arguments.iter().map(|(role, index)| ((*role).clone(), Target::Found(*index))).collect(),
        score: Some(0.9),
        reason: None,
    };
    let two = [span("Özdal", "PER", None), span("Lindner", "PER", None)];
    let linked = |relations: Vec<FoundRelation>| Answer { version: None, spans: two.to_vec(), relations };
    let good = linked(vec![relation(&[(&roles[0], 0), (&roles[1], 1)])]);
    assert_eq!(desk.add("one", &good), counts(2, 1));
    assert_eq!(desk.add("one", &good), counts(0, 0), "nor is a relation said twice");
    let wrong: Name = "keine".into();
    let added = desk.add("one", &linked(vec![relation(&[(&wrong, 0), (&roles[1], 1)])]));
    assert_eq!((added.relations, added.problems.len()), (0, 1), "{added:?}");
    assert!(added.problems.iter().all(|problem| problem.contains("has no role \"keine\"")), "{added:?}");

    let mut desk = Desk::new();
    desk.add("one", &spans(&two));
    desk.set_status(1, Status::Rejected);
    assert_eq!(desk.add("one", &good), counts(0, 0), "a rejected span takes its relation with it");
}
