//! Tests of the assistant: a session in a folder, with articles that are labelled step by step.

use super::*;
use crate::{
    assist::tagger::Options,
    edit::SchemaItem,
    model::{ArticleMetadata, Fragments, Progress, Project, Status, news_schema},
    session::trained::{Lessons, StoredModel},
    store::{Access, Store},
    text::{ByteOffset, TextEdit, TextRange},
};
use std::path::Path;

const FIRST: &str =
    "Die Mission traf in Quellfurt ein. Das Gebäude von Quellfurt liegt am Fluss, und der Rat tagt dort.";
const SECOND: &str = "Auch der Rat von Quellfurt sprach am 3. April 2026 mit der Mission, und sie kam nicht allein.";

struct Office {
    session: Session,
    assistant: Assistant,
    shown: ArticleId,
    open: Vec<ArticleId>,
    _folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        Self::with_open(&["first", "second"])
    }

    /// Of the two articles, which are both loaded, only some are open.
    fn with_open(open_articles: &[&str]) -> Self {
        let mut office = Self::of(&[("first", FIRST), ("second", SECOND)], open_articles);
        office.settle();
        office
    }

    /// Of these articles, with id and text, which are all loaded, only some are open.
    fn of(articles: &[(&str, &str)], open_articles: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let session = open(folder.path(), articles);
        let assistant = Assistant::start(&session, || {});
        let mut office = Self {
            session,
            assistant,
            shown: ArticleId::new("first"),
            open: open_articles.iter().map(|id| ArticleId::new(id)).collect(),
            _folder: folder,
        };
        for (id, _) in articles {
            office.session.load(&ArticleId::new(id)).expect("an article");
        }
        office
    }

    /// Lets the assistant work until it has nothing more to say.
    fn settle(&mut self) {
        let mut is_over = false;
        while !is_over {
            let shown = self.shown.clone();
            let changed = self.assistant.tick(&mut self.session, Some(&shown), self.open.iter(), Vec::new());
            is_over = !changed.expect("it can be changed") && self.assistant.is_settled();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Spans of an article in words: label, text, status.
    fn spans(&self, id: &str, status: Status) -> Vec<String> {
        let id = ArticleId::new(id);
        let text = self.session.project().article(&id).map(|article| article.text()).unwrap_or_default();
        let spans = self.session.set(&id).into_iter().flat_map(|set| set.spans_in_order());
        spans
            .filter(|span| span.status == status)
            .map(|span| format!("{} {}", span.label, span.fragments.surface(text)))
            .collect()
    }

    fn label(&mut self, id: &str, label: &str, words: &str) {
        let id = ArticleId::new(id);
        let text = self.session.project().article(&id).map(|article| article.text().to_owned()).unwrap_or_default();
        let start = text.find(words).expect("the words are there");
        let place = Fragments::one(TextRange::from_usize(start, start + words.len()));
        self.session.edit(&id, "Label", |draft| Ok(draft.add_span(label, place)?)).expect("a span");
        self.settle();
    }

    fn set_status(&mut self, id: &str, words: &str, status: Status) {
        let id = ArticleId::new(id);
        let text = self.session.project().article(&id).map(|article| article.text().to_owned()).unwrap_or_default();
        let set = self.session.set(&id).expect("annotations");
        let span = set.spans().find(|span| span.fragments.surface(&text) == words).expect("the span").id;
        self.session.edit(&id, "Judge", |draft| Ok(draft.set_status(span, status)?)).expect("a status");
        self.settle();
    }
}

fn open(root: &Path, articles: &[(&str, &str)]) -> Session {
    let articles = articles.iter().map(|(id, text)| {
        let article = Article::new(ArticleId::new(id), ArticleMetadata::default(), text);
        (article.id.clone(), article)
    });
    let mut project = Project { schema: Arc::new(news_schema()), articles: articles.collect(), ..Project::default() };
    Arc::make_mut(&mut project.settings).evaluation.percent = 0;
    Store::create(root, &project).expect("a new project");
    Session::open(root, Access::Write, AnnotatorName::new("eva")).expect("a project")
}

#[test]
fn what_is_labelled_in_one_article_is_suggested_in_the_others_and_undo_takes_back_only_what_was_done() {
    let mut office = Office::new();
    assert!(office.spans("second", Status::Suggested).contains(&"DATE 3. April 2026".to_owned()));
    office.label("first", "ORG", "Rat");
    assert!(office.spans("second", Status::Suggested).contains(&"ORG Rat".to_owned()));
    let set = office.session.set(&ArticleId::new("second")).expect("annotations");
    let reason = set.spans().find_map(|span| span.provenance.reason.clone().filter(|_| &*span.label == "ORG"));
    assert_eq!(reason.as_deref(), Some("accepted once as ORG"));
    let undone = office.session.undo().expect("it can be undone").expect("something is undone");
    assert_eq!(undone.title, "Label");
    office.settle();
    assert_eq!(office.spans("first", Status::Accepted).len(), 0);
    assert!(office.session.undo().expect("it works").is_none(), "suggestions are nothing to undo");
    office.session.redo().expect("it works").expect("something is done again");
    assert_eq!(office.spans("first", Status::Accepted), ["ORG Rat"]);
}

#[test]
fn what_was_rejected_or_deleted_does_not_come_back_and_counts_elsewhere() {
    let mut office = Office::new();
    office.label("first", "ORG", "Rat");
    office.set_status("second", "Rat", Status::Rejected);
    assert!(!office.spans("second", Status::Suggested).contains(&"ORG Rat".to_owned()));
    assert_eq!(office.spans("second", Status::Rejected), ["ORG Rat"]);
    assert_eq!(office.spans("first", Status::Accepted), ["ORG Rat"]);
    office.label("second", "ORG", "Mission");
    assert!(office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
    // A second opinion against the word: the suggestion goes.
    office.set_status("second", "Mission", Status::Rejected);
    assert!(!office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
    let first = ArticleId::new("first");
    let rat = office.session.set(&first).and_then(|set| set.spans_in_order().find(|span| &*span.label == "ORG"));
    let id = rat.expect("a span").id;
    office.set_status("second", "Rat", Status::Accepted);
    office.session.edit(&first, "Delete", |draft| Ok(draft.remove(id)?)).expect("it can be deleted");
    office.settle();
    assert!(!office.spans("first", Status::Suggested).contains(&"ORG Rat".to_owned()));
}

#[test]
fn suggestions_are_not_in_the_way_of_undo() {
    let mut office = Office::new();
    let first = ArticleId::new("first");
    let edit =
        TextEdit { at: ByteOffset(0), removed: String::new(), inserted: "Am 5. Mai 2026 begann es. ".to_owned() };
    office.session.edit(&first, "Correct", |draft| Ok(draft.edit_text(&[edit])?)).expect("a corrected text");
    office.settle();
    assert!(office.spans("first", Status::Suggested).contains(&"DATE 5. Mai 2026".to_owned()));
    office.session.undo().expect("it can be undone").expect("something is undone");
    assert_eq!(office.session.project().article(&first).map(|article| article.text()), Some(FIRST));
    office.session.redo().expect("it works").expect("something is done again");
}

#[test]
fn an_article_that_is_done_gets_no_suggestions_and_other_annotators_none_of_ours() {
    let mut office = Office::new();
    let second = ArticleId::new("second");
    office.label("first", "ORG", "Rat");
    let suggested: Vec<_> = office.session.set(&second).expect("a set").spans().map(|span| span.id).collect();
    office
        .session
        .edit(&second, "Confirm", |draft| {
            suggested.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))?;
            Ok(draft.set_progress(Progress::Done)?)
        })
        .expect("confirmed");
    office.settle();
    office.label("first", "ORG", "Mission");
    assert_eq!(office.spans("second", Status::Suggested).len(), 0);
    assert!(office.assistant.is_current(&office.session));
    office.session.set_annotator(AnnotatorName::new("ben")).expect("another");
    assert!(!office.assistant.is_current(&office.session));
}

const GUESSED: &str = "Am Morgen verließ Zwirnholm das Werk Nord. Die Vlotho lag still, sagte Qwarn vom Bund Alpha Centauri. \
                       Mont Blanc und Delta schwiegen dazu. Das Haus Tudor widersprach Burg Adler.";

#[test]
fn what_is_guessed_goes_with_what_is_confirmed_deleted_or_another_annotators() {
    let mut office = Office::of(&[("first", GUESSED)], &["first"]);
    office.settle();
    let (first, everywhere) = (ArticleId::new("first"), TextRange::from_usize(0, 10 * GUESSED.len()));
    let guesses = |office: &Office| office.assistant.guesses(&office.session, &first, everywhere);
    let all = guesses(&office);
    assert!(all.len() > 2, "{all:?}");
    // A sentence that was confirmed has none, also after the text before it became longer.
    let sentence = crate::text::segment::sentence_at(GUESSED, all[0].range.start());
    let in_it = |guesses: &[SpanProposal]| guesses.iter().filter(|guess| guess.range.overlaps(sentence)).count();
    office.session.confirmed_without_change(&first, sentence, true);
    office.session.confirmed_without_change(&first, sentence, true);
    let rest = guesses(&office);
    assert_eq!(rest.len(), all.len() - in_it(&all));
    office.label("first", "EVENT", "still");
    office.session.undo().expect("undo").expect("a step");
    office.settle();
    assert_eq!(guesses(&office), rest, "what is undone elsewhere in the article opens it not again");
    let inserted = "Es ist so: ".to_owned();
    let edit = TextEdit { at: ByteOffset(0), removed: String::new(), inserted: inserted.clone() };
    office.session.edit(&first, "Insert", |draft| Ok(draft.edit_text(&[edit])?)).expect("a longer text");
    office.settle();
    let moved =
        TextRange::from_usize(sentence.start().to_usize() + inserted.len(), sentence.end().to_usize() + inserted.len());
    assert!(guesses(&office).iter().all(|guess| !guess.range.overlaps(moved)), "{:?}", guesses(&office));
    office.session.undo().expect("undo").expect("a step");
    office.settle();
    // Undo opens it again, and what was done in it does not.
    let place = Fragments::one(all[0].range);
    office.session.edit(&first, "Label", |draft| Ok(draft.add_span("EVENT", place)?)).expect("a span");
    assert_eq!(office.session.undo_confirmation(), None, "something else was done since");
    office.session.undo().expect("undo").expect("a step");
    office.settle();
    assert_eq!(guesses(&office), rest);
    assert_eq!(office.session.undo_confirmation(), Some((first.clone(), sentence)));
    assert_eq!(in_it(&guesses(&office)), in_it(&all));
    // What was labelled so and deleted is not guessed again, and no reading.
    let gone = all[0].clone();
    let place = Fragments::one(gone.range);
    let id = office.session.edit(&first, "Label", |draft| Ok(draft.add_span(&gone.label, place)?)).expect("a span");
    office.session.edit(&first, "Delete", |draft| Ok(draft.remove(id)?)).expect("it goes");
    office.settle();
    let is_gone = |all: &[SpanProposal]| !all.iter().any(|it| (it.range, &it.label) == (gone.range, &gone.label));
    assert!(is_gone(&guesses(&office)));
    assert!(is_gone(&office.assistant.readings(&office.session, &first, gone.range, None)));
    // Another annotator begins anew.
    office.session.set_annotator(AnnotatorName::new("ben")).expect("another");
    office.assistant = Assistant::start(&office.session, || {});
    office.settle();
    assert_eq!(guesses(&office).len(), all.len());
}

#[test]
fn readings_lie_beside_what_stands_and_over_suggestions_that_go_by_themselves() {
    let mut office = Office::of(&[("first", GUESSED)], &["first"]);
    office.settle();
    let first = ArticleId::new("first");
    let text = TextRange::from_usize(0, GUESSED.len());
    let readings = |office: &Office| office.assistant.readings(&office.session, &first, text, None);
    let all = readings(&office);
    assert!(all.is_sorted_by(|one, other| one.score >= other.score));
    let over = |range: TextRange, all: &[SpanProposal]| all.iter().filter(|it| it.range.overlaps(range)).count();
    let suggested =
        office.session.set(&first).expect("a set").spans().find(|it| it.status == Status::Suggested).cloned();
    let suggested = suggested.expect("a suggestion");
    let place = suggested.fragments.hull();
    assert!(over(place, &all) > 0, "{suggested:?} {all:?}");
    // With a note it is somebody's, and an import does not go by itself either.
    office.session.edit(&first, "Note", |draft| Ok(draft.set_note(suggested.id, "sicher")?)).expect("a note");
    assert_eq!(over(place, &readings(&office)), 0);
    assert!(
        office.assistant.readings(&office.session, &first, text, Some(suggested.id)).len() > readings(&office).len(),
        "it may have other edges itself"
    );
}

#[test]
fn what_is_decided_in_an_article_that_is_not_open_is_learned_from_without_looking_through_all_again() {
    let mut office = Office::with_open(&["first"]);
    office.label("second", "ORG", "Mission");
    assert!(office.assistant.stale_since.is_none());
    assert!(office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
    office.set_status("second", "Mission", Status::Rejected);
    assert!(office.assistant.stale_since.is_none());
    assert!(!office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
    // A confirmed article teaches more than its spans.
    office.label("second", "ORG", "Rat");
    let second = ArticleId::new("second");
    office.session.edit(&second, "Confirm", |draft| Ok(draft.set_progress(Progress::Done)?)).expect("confirmed");
    office.settle();
    assert!(office.assistant.stale_since.is_none());
    assert!(office.spans("first", Status::Suggested).contains(&"ORG Rat".to_owned()));
}

#[test]
fn what_is_done_before_an_article_is_read_counts_once() {
    let others: Vec<String> = (0..60).map(|number| format!("other-{number}")).collect();
    let mut articles = vec![("another", SECOND), ("first", FIRST)];
    articles.extend(others.iter().map(|id| (&**id, "Es kam anders.")));
    let mut office = Office::of(&articles, &["first"]);
    office.assistant = Assistant::start(&office.session, || {});
    let another = ArticleId::new("another");
    let start = SECOND.find("Mission").expect("the word is there");
    let place = Fragments::one(TextRange::from_usize(start, start + "Mission".len()));
    office.session.edit(&another, "Label", |draft| Ok(draft.add_span("ORG", place)?)).expect("a span");
    // This article is read last, and hears of the transaction only then.
    while !matches!(office.assistant.answers.recv(), Ok(Answer::Settled(_)) | Err(_)) {}
    office.settle();
    assert!(office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
    office.set_status("another", "Mission", Status::Rejected);
    assert!(office.assistant.stale_since.is_none());
    assert!(!office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
}

#[test]
fn articles_that_come_and_go_are_learned_from_once() {
    let mut office = Office::with_open(&["first"]);
    let (first, third) = (ArticleId::new("first"), ArticleId::new("third"));
    let key = office.session.key(&third);
    let add = |draft: &mut Draft<'_>| {
        draft.add_article("third", ArticleMetadata::default(), SECOND)?;
        draft.switch_to(key.clone());
        let start = SECOND.find("Mission").expect("the word is there");
        draft.add_span("ORG", Fragments::one(TextRange::from_usize(start, start + "Mission".len())))?;
        Ok(())
    };
    office.session.edit(&first, "Import", add).expect("another article");
    office.settle();
    let is_suggested = |office: &Office| office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned());
    assert!(is_suggested(&office) && office.assistant.stale_since.is_none());
    office.session.undo().expect("it can be undone").expect("something is undone");
    office.settle();
    assert!(!is_suggested(&office) && office.assistant.stale_since.is_none());
    office.session.redo().expect("it works").expect("something is done again");
    office.settle();
    assert!(is_suggested(&office));
    // Being opened changes nothing: one rejection is enough.
    office.open.push(third);
    office.settle();
    office.set_status("third", "Mission", Status::Rejected);
    assert!(!is_suggested(&office) && office.assistant.stale_since.is_none());
}

#[test]
fn of_very_many_articles_that_come_nothing_is_copied_and_all_is_learned_later() {
    let mut office = Office::with_open(&["first"]);
    let first = ArticleId::new("first");
    let keys: Vec<_> =
        (0..=MOST_BEHIND).map(|number| office.session.key(&ArticleId::new(format!("new{number}").as_str()))).collect();
    let add = |draft: &mut Draft<'_>| {
        for key in &keys {
            draft.add_article(key.article.as_str(), ArticleMetadata::default(), SECOND)?;
            draft.switch_to(key.clone());
            let start = SECOND.find("Mission").expect("the word is there");
            draft.add_span("ORG", Fragments::one(TextRange::from_usize(start, start + "Mission".len())))?;
        }
        Ok(())
    };
    let ordered = office.assistant.ordered;
    office.session.edit(&first, "Import", add).expect("more articles");
    let tick = |office: &mut Office| {
        let changed = office.assistant.tick(&mut office.session, Some(&first), office.open.iter(), Vec::new());
        assert!(!changed.expect("it can be changed"));
    };
    tick(&mut office);
    assert!(!office.assistant.is_settled() && office.assistant.is_current(&office.session));
    // What is done until then is not handed over either.
    office.session.undo().expect("it can be undone").expect("something is undone");
    tick(&mut office);
    office.session.redo().expect("it works").expect("something is done again");
    tick(&mut office);
    assert_eq!(office.assistant.ordered, ordered);
    assert_eq!(office.assistant.through, office.session.last_seq());
    assert!(office.assistant.expires_in().is_some_and(|left| left > Duration::ZERO));
    std::thread::sleep(RELEARN_AFTER);
    assert!(!office.assistant.is_current(&office.session));
    office.assistant = Assistant::start(&office.session, || {});
    office.settle();
    assert!(office.spans("first", Status::Suggested).contains(&"ORG Mission".to_owned()));
}

#[test]
fn what_a_confirmed_article_taught_goes_when_that_is_undone() {
    let names: Vec<String> = (0..80).map(|number| format!("Ort{number}")).collect();
    let text: String = names.iter().map(|name| format!("Die Mission traf in {name} ein. ")).collect();
    let mut office = Office::of(&[("first", &text), ("second", SECOND)], &["first", "second"]);
    office.settle();
    let id = ArticleId::new("first");
    let places: Vec<TextRange> = names
        .iter()
        .map(|name| {
            let start = text.find(&format!("{name} ")).expect("the name");
            TextRange::from_usize(start, start + name.len())
        })
        .collect();
    let confirm = |draft: &mut Draft<'_>| {
        for place in &places {
            draft.add_span("LOC", Fragments::one(*place))?;
        }
        Ok(draft.set_progress(Progress::Done)?)
    };
    office.session.edit(&id, "Confirm", confirm).expect("it is confirmed");
    let wait = |office: &mut Office, is_there: &dyn Fn(Learned) -> bool| {
        let start = std::time::Instant::now();
        while !is_there(office.assistant.learned()) {
            assert!(start.elapsed() < Duration::from_secs(60), "{:?}", office.assistant.learned());
            office.settle();
        }
    };
    wait(&mut office, &|learned| learned.lessons == 1 && !learned.is_training);
    office.session.undo().expect("it is undone");
    wait(&mut office, &|learned| learned.lessons == 0 && !learned.is_training);
    office.session.redo().expect("it is done again");
    wait(&mut office, &|learned| learned.lessons == 1 && !learned.is_training);
}

#[test]
fn undo_of_a_rejection_gives_the_others_their_scores_back() {
    let third = "Quellfurt und Quellfurt, wieder Quellfurt.";
    let mut office =
        Office::of(&[("first", FIRST), ("second", SECOND), ("third", third)], &["first", "second", "third"]);
    office.settle();
    office.label("first", "LOC", "Quellfurt");
    let scores = |office: &Office| -> Vec<(String, u32)> {
        let all = ["first", "second", "third"].into_iter().flat_map(|id| {
            let set = office.session.set(&ArticleId::new(id)).expect("a set");
            let open = set.spans_in_order().filter(|span| span.status == Status::Suggested);
            open.map(|span| {
                let score = span.provenance.score.unwrap_or_default();
                (format!("{id} {} {:?}", span.label, span.fragments), (score * 100.0).round() as u32)
            })
            .collect::<Vec<_>>()
        });
        all.collect()
    };
    let before = scores(&office);
    assert!(before.len() >= 4, "{before:?}");
    office.set_status("third", "Quellfurt", Status::Rejected);
    assert_ne!(scores(&office), before);
    office.session.undo().expect("it is undone");
    office.settle();
    assert_eq!(scores(&office), before);

    // Where it only lowers them too, and in its own article, although it can be done again.
    for article in ["first", "second"] {
        let id = ArticleId::new(article);
        let open = office.session.set(&id).expect("a set").spans_in_order();
        let open = open.filter(|span| span.status == Status::Suggested && &*span.label == "LOC").map(|span| span.id);
        let open: Vec<AnnotationId> = open.collect();
        for span in open {
            office
                .session
                .edit(&id, "Accept", |draft| Ok(draft.set_status(span, Status::Accepted)?))
                .expect("accepted");
        }
    }
    office.settle();
    let before = scores(&office);
    office.set_status("third", "Quellfurt", Status::Rejected);
    office.session.undo().expect("it is undone");
    office.settle();
    assert_eq!(scores(&office), before);
}

#[test]
fn names_of_entities_are_suggested_as_soon_as_they_are_known() {
    let mut office = Office::new();
    let first = ArticleId::new("first");
    let is_there = |office: &Office| office.spans("second", Status::Suggested).contains(&"ORG Mission".to_owned());
    assert!(!is_there(&office));
    let add = |draft: &mut Draft<'_>| {
        draft.add_entity("Mission", "ORG")?;
        Ok(())
    };
    office.session.edit(&first, "Add an entity", add).expect("an entity");
    office.settle();
    assert!(is_there(&office));
    office.session.undo().expect("it can be undone").expect("something is undone");
    office.settle();
    assert!(!is_there(&office));
}

#[test]
fn names_that_go_from_the_schema_make_everything_be_learned_anew() {
    let mut office = Office::new();
    let first = ArticleId::new("first");
    office.label("first", "ORG", "Mission");
    let add = |draft: &mut Draft<'_>| {
        let mut schema = (*draft.project().schema).clone();
        let label = schema.labels.first().expect("a label").clone();
        schema.labels.push(crate::model::LabelDefinition { name: "TEAM".into(), key: None, ..label });
        Ok(draft.set_schema(schema)?)
    };
    office.session.edit(&first, "Add a label", add).expect("another label");
    office.settle();
    assert_eq!(office.assistant.expires_in(), None);
    office
        .session
        .edit(&first, "Rename", |draft| Ok(draft.rename(SchemaItem::Label, "ORG", "BODY")?))
        .expect("another name");
    office.settle();
    assert!(office.assistant.expires_in().is_some());
    office.assistant = Assistant::start(&office.session, || {});
    office.settle();
    assert!(office.spans("second", Status::Suggested).contains(&"BODY Mission".to_owned()));
}

#[test]
fn what_was_deleted_stays_away_also_when_everything_is_learned_anew() {
    let mut office = Office::new();
    let second = ArticleId::new("second");
    office.label("first", "ORG", "Rat");
    let set = office.session.set(&second).expect("annotations");
    let suggested = set.spans().find(|span| &*span.label == "ORG").expect("a suggestion").id;
    office.session.edit(&second, "Delete", |draft| Ok(draft.remove(suggested)?)).expect("it can be deleted");
    office.settle();
    let is_suggested = |office: &Office| office.spans("second", Status::Suggested).contains(&"ORG Rat".to_owned());
    assert!(!is_suggested(&office));
    office.assistant = Assistant::start(&office.session, || {});
    office.settle();
    assert!(!is_suggested(&office));
    // Nor does it come back when a word before it is corrected.
    let edit = TextEdit { at: ByteOffset(0), removed: "Auch".to_owned(), inserted: "Sogar".to_owned() };
    office.session.edit(&second, "Correct", |draft| Ok(draft.edit_text(&[edit])?)).expect("a corrected text");
    office.settle();
    assert!(!is_suggested(&office));
    assert!(office.spans("second", Status::Suggested).contains(&"DATE 3. April 2026".to_owned()));
}

#[test]
fn suggestions_of_a_large_text_are_all_laid_in_though_it_is_changed_meanwhile() {
    let days = 3 * MOST_AT_ONCE / 2;
    let text: String = (0..days).map(|day| format!("Am {}. April 2026 geschah nichts.\n", day % 30 + 1)).collect();
    assert!(text.len() > worker::LARGE);
    let mut office = Office::of(&[("first", &text)], &["first"]);
    let first = ArticleId::new("first");
    let shown = office.shown.clone();
    while !office
        .assistant
        .tick(&mut office.session, Some(&shown), std::iter::empty(), Vec::new())
        .expect("it can be changed")
    {
        std::thread::sleep(Duration::from_millis(2));
    }
    let laid_in = office.spans("first", Status::Suggested).len();
    assert!(laid_in <= MOST_AT_ONCE, "{laid_in}");
    let place = Fragments::one(TextRange::from_usize(0, "Am".len()));
    office.session.edit(&first, "Label", |draft| Ok(draft.add_span("ORG", place)?)).expect("a span");
    office.settle();
    let dates = office.spans("first", Status::Suggested).into_iter().filter(|span| span.starts_with("DATE"));
    assert_eq!(dates.count(), days);
}

#[test]
fn a_model_that_was_trained_before_is_used_as_long_as_it_is_current() {
    const TEXT: &str = "Frau Qwarn fuhr nach Xölvbrunn. In Xölvbrunn redete Frau Qwarn lange.";
    let ids: Vec<String> = (0..9).map(|number| format!("akte-{number}")).collect();
    let articles: Vec<(&str, &str)> = ids.iter().map(|id| (&**id, TEXT)).collect();
    let mut office = Office::of(&articles, &["akte-8"]);
    office.shown = ArticleId::new("akte-8");
    let label = |session: &mut Session, id: &str, names: &[(&str, &str)]| {
        let places = names.iter().flat_map(|(name, label)| TEXT.match_indices(name).map(move |found| (found, *label)));
        let places: Vec<_> = places.collect();
        let steps = |draft: &mut Draft<'_>| {
            for ((start, words), label) in &places {
                draft.add_span(label, Fragments::one(TextRange::from_usize(*start, start + words.len())))?;
            }
            Ok(draft.set_progress(Progress::Done)?)
        };
        session.edit(&ArticleId::new(id), "Label", steps).expect("labelled");
    };
    for id in &ids[..8] {
        label(&mut office.session, id, &[("Frau Qwarn", "PER"), ("Xölvbrunn", "LOC")]);
        label(&mut office.session, id, &[("lange", "EVENT"), ("fuhr", "EVENT"), ("redete", "EVENT")]);
    }
    let annotator = office.session.annotator().clone();
    let lessons = Lessons::of(&annotator, office.session.project().articles.values());
    assert!(lessons.spans() >= 50, "{}", lessons.spans());
    let options = Options { bits: 12, passes: 3, ..Options::default() };
    let tagger = lessons.train(&options, &|| true).expect("not stopped");
    let model = StoredModel::new(tagger, &annotator, options.seed, &lessons);
    model.save(&StoredModel::path(office.session.root(), &annotator)).expect("it can be written");
    let trains = |office: &mut Office| {
        office.assistant = Assistant::start(&office.session, || {});
        let shown = office.shown.clone();
        let mut has_trained = false;
        loop {
            let changed = office.assistant.tick(&mut office.session, Some(&shown), office.open.iter(), Vec::new());
            has_trained |= office.assistant.learned().is_training;
            if !changed.expect("it can be changed") && office.assistant.is_settled() {
                return has_trained;
            }
            std::thread::yield_now();
        }
    };
    assert!(!trains(&mut office), "the stored model is current");
    assert_eq!(office.assistant.learned().lessons, 8);
    assert!(office.spans("akte-8", Status::Suggested).contains(&"LOC Xölvbrunn".to_owned()));
    office.set_status("akte-0", "lange", Status::Rejected);
    assert!(trains(&mut office), "it is not what training would give any more");
}

#[test]
fn what_was_accepted_elsewhere_meanwhile_is_not_taken_back() {
    let mut office = Office::new();
    office.label("first", "LOC", "Quellfurt");
    let id = ArticleId::new("second");
    let set = office.session.set(&id).expect("suggestions");
    let span = set.spans().find(|span| span.label.as_ref() == "LOC").expect("a suggestion").clone();
    office.set_status("second", "Quellfurt", Status::Accepted);
    // As it was thought of before that came in from outside.
    let proposal = crate::assist::SpanProposal {
        range: span.fragments.hull(),
        label: "ORG".into(),
        score: 0.9,
        reason: crate::assist::Reason::Rule { name: "date".into() },
    };
    let late = Revision { added: Vec::new(), revised: vec![(span.id, proposal)], removed: vec![span.id] };
    let key = office.session.key(&id);
    office.session.edit_aside(key, glosse(), "Late", |draft| late.carry_out(draft)).expect("nothing to do");
    assert_eq!(office.spans("second", Status::Accepted), ["LOC Quellfurt"]);
}

#[test]
fn what_undo_brings_back_is_wanted_again() {
    let mut office = Office::new();
    office.label("first", "LOC", "Quellfurt");
    let id = ArticleId::new("second");
    let set = office.session.set(&id).expect("suggestions");
    let span = set.spans().find(|span| span.label.as_ref() == "LOC").expect("a suggestion").id;
    let wanted = office.session.unwanted().clone();
    office.session.edit(&id, "Delete", |draft| Ok(draft.remove(span)?)).expect("deleted");
    assert_ne!(*office.session.unwanted(), wanted);
    office.session.undo().expect("undone");
    assert_eq!(*office.session.unwanted(), wanted);
    office.session.redo().expect("done again");
    assert_ne!(*office.session.unwanted(), wanted, "it is deleted again");
}

#[test]
fn after_undo_suggestions_are_as_before_whatever_can_be_done_again() {
    let third = "Quellfurt und Quellfurt, wieder Quellfurt. Der Rat sprach mit dem Rat.";
    let mut office = Office::of(&[("first", FIRST), ("third", third)], &["first", "third"]);
    office.settle();
    office.label("first", "LOC", "Quellfurt");
    office.label("first", "ORG", "Rat");
    let id = ArticleId::new("third");
    let state = |office: &Office| -> Vec<String> {
        let set = office.session.set(&id).expect("a set");
        let spans = set.spans_in_order();
        spans
            .map(|span| {
                let score = span.provenance.score.unwrap_or_default();
                format!("{:?} {} {:?} {:.1}", span.status, span.label, span.fragments, score)
            })
            .collect()
    };
    let before = state(&office);
    assert!(before.iter().filter(|row| row.contains("LOC")).count() == 3, "{before:?}");
    // One is corrected, one rejected, and all that is left is confirmed, so that all of it could be done again.
    let ids: Vec<AnnotationId> = office.session.set(&id).expect("a set").spans_in_order().map(|span| span.id).collect();
    office.session.edit(&id, "Relabel", |draft| Ok(draft.set_label(ids[0], "FACILITY")?)).expect("relabelled");
    office.settle();
    office.set_status("third", "Rat", Status::Rejected);
    let confirm = |draft: &mut Draft<'_>| {
        let open = draft.set().into_iter().flat_map(|set| set.spans());
        let open: Vec<AnnotationId> =
            open.filter(|span| span.status == Status::Suggested).map(|span| span.id).collect();
        open.into_iter().try_for_each(|id| draft.set_status(id, Status::Accepted))?;
        Ok(draft.set_progress(Progress::Done)?)
    };
    office.session.edit(&id, "Confirm", confirm).expect("confirmed");
    office.settle();
    let done = state(&office);
    for _ in 0..3 {
        office.session.undo().expect("it can be undone").expect("something is undone");
        office.settle();
    }
    assert_eq!(state(&office), before);
    // And forward again, although they were thought better of meanwhile.
    for _ in 0..3 {
        office.session.redo().expect("it can be done again").expect("something is done again");
        office.settle();
    }
    assert_eq!(state(&office), done);
    assert!(office.session.redo().expect("nothing is left").is_none());
}
