//! Suggestions for all articles, made beside the user.

use crate::{
    harness::Window,
    queue::{ROWS, all, suggest},
};
use glosse::{
    edit::{Draft, SchemaItem},
    model::{AnnotationId, ArticleId, Fragments, Progress, Provenance, Source, Span, Status},
    text::{ByteOffset, TextRange},
    ui::command::Command,
};

#[test]
fn all_articles_get_suggestions_and_nothing_that_stands_changes() {
    let mut window = Window::new();
    let accepted = window.span("PER", "Wladimir Putin");
    let rejected = window.span("LOC", "Kursk");
    window.press("Escape");
    let before: Vec<(AnnotationId, String)> = {
        let app = window.app_mut();
        let session = app.session_mut().expect("a project");
        let besuch = ArticleId::new("besuch");
        session.edit(&besuch, "Reject", |draft| Ok(draft.set_status(rejected, Status::Rejected)?)).expect("rejected");
        session
            .edit(&ArticleId::new("drohnen"), "Done", |draft| Ok(draft.set_progress(Progress::Done)?))
            .expect("done");
        let set = session.set(&besuch).expect("annotations");
        set.spans().map(|span| (span.id, format!("{span:?}"))).collect()
    };
    window.command(Command::SuggestInAll);
    window.wait_until(|window| window.last_message().starts_with("All articles were looked at"));
    let suggested = all(&window, Status::Suggested);
    let session = window.session();
    let sets = session.project().articles.keys().filter_map(|id| session.set(id));
    let count: usize =
        sets.map(|set| set.tally().all_spans(Status::Suggested) + set.tally().all_relations(Status::Suggested)).sum();
    let message = window.last_message();
    assert!(message.contains(&format!("{count} new suggestions in 2 articles")), "{message}: {suggested:?}");
    assert!(suggested.iter().any(|row| row.starts_with("gespraeche LOC")), "{suggested:?}");
    assert!(!suggested.iter().any(|row| row.starts_with("drohnen")), "what is done stays as it is: {suggested:?}");
    let set = window.session().set(&ArticleId::new("besuch")).expect("annotations");
    for (id, span) in &before {
        assert_eq!(set.span(*id).map(|span| format!("{span:?}")).as_ref(), Some(span));
    }
    let place = set.span(accepted).expect("it stands").fragments.hull();
    assert_eq!(set.spans_overlapping(place).count(), 1, "nothing is laid over what stands");
    // It is nothing to undo, and a second run finds nothing new.
    window.press("Ctrl+Z");
    assert_eq!(all(&window, Status::Suggested).len(), suggested.len());
    window.press("Ctrl+Shift+Z");
    window.command(Command::SuggestInAll);
    window.wait_until(|window| window.last_message().contains("no new suggestions"));
    // What is taken away does not come back.
    let gespraeche = ArticleId::new("gespraeche");
    let session = window.app_mut().session_mut().expect("a project");
    let taken = session.set(&gespraeche).and_then(|set| set.spans_in_order().next()).expect("a suggestion").id;
    session.edit(&gespraeche, "Delete", |draft| Ok(draft.remove(taken).map(|_| ())?)).expect("it goes");
    let left = all(&window, Status::Suggested);
    assert!(left.len() < suggested.len());
    window.command(Command::SuggestInAll);
    window.wait_until(|window| window.last_message().contains("no new suggestions"));
    assert_eq!(all(&window, Status::Suggested), left);
}

#[test]
fn articles_that_change_while_suggestions_are_made_get_those_that_fit_them() {
    let mut window = Window::new();
    window.command(Command::SuggestInAll);
    let gespraeche = ArticleId::new("gespraeche");
    let session = window.app_mut().session_mut().expect("a project");
    let start = session.load(&gespraeche).expect("it loads").text().find("Riad").expect("it is named");
    let range = TextRange::from_usize(start, start + "Riad".len());
    let label = |draft: &mut Draft<'_>| Ok(draft.add_span("ORG", Fragments::one(range))?);
    let accepted = session.edit(&gespraeche, "Label", label).expect("labelled");
    window.wait_until(|window| window.last_message().starts_with("All articles were looked at"));
    assert!(!window.last_message().contains("changed meanwhile"), "{}", window.last_message());
    let suggested = all(&window, Status::Suggested);
    assert!(suggested.iter().any(|row| row.starts_with("gespraeche")), "{suggested:?}");
    let set = window.session().set(&gespraeche).expect("annotations");
    assert_eq!(set.span(accepted).map(|span| &*span.label), Some("ORG"));
    assert_eq!(set.spans_overlapping(range).count(), 1, "nothing is laid over what was labelled meanwhile");
}

#[test]
fn suggestions_have_the_labels_of_the_schema_as_it_is_when_they_come() {
    let mut window = Window::new();
    window.command(Command::SuggestInAll);
    let session = window.app_mut().session_mut().expect("a project");
    session.load_all(|_, _| true).expect("all articles");
    let rename = |draft: &mut Draft<'_>| Ok(draft.rename(SchemaItem::Label, "LOC", "ORT")?);
    session.edit(&ArticleId::new("besuch"), "Rename", rename).expect("renamed");
    window.wait_until(|window| window.last_message().starts_with("All articles were looked at"));
    let suggested = all(&window, Status::Suggested);
    assert!(suggested.iter().any(|row| row.contains(" ORT ")), "{suggested:?}");
    assert!(!suggested.iter().any(|row| row.contains(" LOC ")), "{suggested:?}");
}

#[test]
fn what_an_import_could_not_place_is_not_confirmed() {
    let mut window = Window::new();
    suggest(&mut window, &ROWS[..1]);
    let besuch = ArticleId::new("besuch");
    let session = window.app_mut().session_mut().expect("a project");
    let suggested = session.set(&besuch).and_then(|set| set.spans().next()).expect("a suggestion").clone();
    let provenance = Provenance {
        source: Source::Import { format: "brat".into() },
        reason: Some("the file has “Moskau” here; place it by hand".into()),
        ..suggested.provenance.clone()
    };
    let fragments = Fragments::one(TextRange::at(ByteOffset(6)));
    let unplaced = Span { label: "LOC".into(), fragments, provenance, ..suggested };
    session.edit(&besuch, "Import", |draft| Ok(draft.insert_span(unplaced)?)).expect("imported");
    window.run();
    window.press("Alt+3");
    window.wait_until(|window| window.has("span 2: this \"LOC\" has no words; move its edges over them, or reject it"));
    window.press("Alt+3");
    window.press("Ctrl+Enter");
    assert!(window.last_message().starts_with("Imported spans without words"), "{}", window.last_message());
    assert_eq!(all(&window, Status::Accepted), ["besuch PER Wladimir Putin"]);
    assert_eq!(all(&window, Status::Suggested), ["besuch LOC "]);
    // Nor does another way lead there.
    window.press("Alt+5");
    window.wait_until(|window| window.shows("1 suggestion in one article"));
    window.press("Shift+Y");
    assert_eq!(window.last_message(), "Nothing listed has words yet; place it first");
    window.press("Y");
    assert!(window.last_message().contains("this \"LOC\" has no words"), "{}", window.last_message());
    assert_eq!(all(&window, Status::Suggested), ["besuch LOC "]);
    window.press("Shift+X");
    window.press("Ctrl+Enter");
    window.wait_until(|window| all(window, Status::Rejected) == ["besuch LOC "]);
}
