//! What the evaluation slice promises while somebody works: nothing is learned from it, and nothing is suggested in it.

use super::{Assistant, EvaluationSlice, Session};
use crate::{
    model::{
        AnnotatorName, Article, ArticleId, ArticleMetadata, EvaluationSettings, Fragments, Progress, Project, Status,
        news_schema,
    },
    store::{Access, Store},
    text::TextRange,
};
use std::{sync::Arc, time::Duration};

const TEXT: &str = "Auch der Rat sprach am 3. April 2026 mit der Mission, und sie kam nicht allein.";

/// Lets the assistant work until it has nothing more to say, with these articles open.
fn settle(session: &mut Session, assistant: &mut Assistant, open: &[ArticleId]) {
    loop {
        let changed = assistant.tick(session, open.first(), open.iter(), Vec::new()).expect("it can be changed");
        if !changed && assistant.is_settled() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The words that are suggested in an article.
fn suggested(session: &Session, id: &ArticleId) -> Vec<String> {
    let spans = session.set(id).into_iter().flat_map(|set| set.spans_in_order());
    spans.filter(|span| span.status == Status::Suggested).map(|span| span.fragments.surface(TEXT)).collect()
}

fn label(session: &mut Session, id: &ArticleId, label: &str, words: &str) {
    let start = TEXT.find(words).expect("the words are there");
    let place = Fragments::one(TextRange::from_usize(start, start + words.len()));
    session.edit(id, "Label", |draft| Ok(draft.add_span(label, place)?)).expect("a span");
}

#[test]
fn the_slice_teaches_nothing_and_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let ids: Vec<ArticleId> = (0..20).map(|number| ArticleId::new(&format!("akte-{number}"))).collect();
    let articles = ids.iter().map(|id| (id.clone(), Article::new(id.clone(), ArticleMetadata::default(), TEXT)));
    let mut project = Project { schema: Arc::new(news_schema()), articles: articles.collect(), ..Project::default() };
    Arc::make_mut(&mut project.settings).evaluation.percent = 50;
    let slice = EvaluationSlice::of(&project);
    let (apart, others): (Vec<ArticleId>, Vec<ArticleId>) = ids.into_iter().partition(|id| slice.contains(id));
    let [inside, one, other] = [&apart[0], &others[0], &others[1]].map(Clone::clone);
    let root = folder.path().join("p");
    Store::create(&root, &project).expect("a new project");
    let mut session = Session::open(&root, Access::Write, AnnotatorName::new("eva")).expect("a project");
    let open = [inside.clone(), one.clone(), other.clone()];
    for id in &open {
        session.load(id).expect("an article");
    }
    let mut assistant = Assistant::start(&session, || {});
    settle(&mut session, &mut assistant, &open);
    assert_eq!(suggested(&session, &inside), [""; 0]);
    let all = TextRange::from_usize(0, TEXT.len());
    let is_silent = |assistant: &Assistant, session: &Session| {
        assistant.guesses(session, &inside, all).is_empty()
            && assistant.readings(session, &inside, all, None).is_empty()
    };
    assert!(is_silent(&assistant, &session), "it is shown, and nothing is guessed there either");
    settle(&mut session, &mut assistant, &[one.clone(), inside.clone(), other.clone()]);
    assert!(!assistant.readings(&session, &one, all, None).is_empty(), "as it is in others");
    assert!(suggested(&session, &one).contains(&"3. April 2026".to_owned()));

    // Whatever is done inside of the slice, the others hear nothing of it.
    label(&mut session, &inside, "ORG", "Rat");
    session.edit(&inside, "Confirm", |draft| Ok(draft.set_progress(Progress::Done)?)).expect("done");
    settle(&mut session, &mut assistant, &open);
    assert!(!suggested(&session, &one).contains(&"Rat".to_owned()));
    label(&mut session, &one, "ORG", "Mission");
    settle(&mut session, &mut assistant, &open);
    assert!(suggested(&session, &other).contains(&"Mission".to_owned()));
    assert!(!suggested(&session, &other).contains(&"Rat".to_owned()));
    // Nor does whoever starts anew, and reads all articles.
    let mut assistant = Assistant::start(&session, || {});
    settle(&mut session, &mut assistant, &open);
    assert!(!suggested(&session, &other).contains(&"Rat".to_owned()));

    // By the settings, they get suggestions too, and still teach nothing.
    let mut settings = (*session.project().settings).clone();
    settings.evaluation = EvaluationSettings { with_suggestions: true, ..settings.evaluation };
    session.edit(&inside, "Settings", |draft| Ok(draft.set_settings(settings)?)).expect("settings");
    session.edit(&inside, "Reopen", |draft| Ok(draft.set_progress(Progress::Started)?)).expect("reopened");
    let mut assistant = Assistant::start(&session, || {});
    settle(&mut session, &mut assistant, &open);
    assert!(suggested(&session, &inside).contains(&"Mission".to_owned()), "{:?}", suggested(&session, &inside));
    assert!(!suggested(&session, &other).contains(&"Rat".to_owned()));
}
