//! Suggestions in the window: they come when an article is opened, follow what is done, and are reviewed by keyboard.

use crate::harness::{Window, settings};
use glosse::{
    model::{ArticleId, Progress, Span, Status},
    ui::{command::Command, settings::Settings},
};

/// The window on the test project, with suggestions, when all of them are there.
fn suggesting() -> Window {
    let mut window = Window::with(Settings { suggest: true, ..settings() });
    settle(&mut window);
    window
}

/// Frames until everything that was done is learned from.
fn settle(window: &mut Window) {
    loop {
        window.harness.step();
        if window.app().assistant().is_some_and(|assistant| assistant.is_settled()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    window.run();
}

fn spans(window: &Window, status: Status) -> Vec<String> {
    let text = window.text();
    let spans = window.set().spans_in_order().filter(|span| span.status == status);
    spans.map(|span| format!("{} {}", span.label, span.fragments.surface(text))).collect()
}

#[test]
fn an_opened_article_has_suggestions_with_reasons_and_one_key_accepts() {
    let mut window = suggesting();
    let suggested = spans(&window, Status::Suggested);
    assert!(suggested.contains(&"PER Wladimir Putin".to_owned()), "{suggested:?}");
    assert!(spans(&window, Status::Accepted).is_empty());
    window.press("N");
    assert!(window.has("Accept suggestion"), "the inspector offers it");
    assert!(window.shows("learned by the model") || window.shows("found by the rule"), "it says why");
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted).len(), 1);
    window.press("X");
    assert_eq!(spans(&window, Status::Rejected).len(), 1);
    window.shot("suggestions");
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert!(spans(&window, Status::Accepted).is_empty() && spans(&window, Status::Rejected).is_empty());
    assert!(window.set().tally().all_spans(Status::Suggested) > 0, "undo leaves suggestions");
}

#[test]
fn a_correction_spreads_to_other_open_articles() {
    let mut window = suggesting();
    window.open("gespraeche");
    settle(&mut window);
    window.open("besuch");
    window.select("Kreml");
    window.press("M");
    settle(&mut window);
    window.open("gespraeche");
    let found = |window: &Window, label: &str| {
        let all = spans(window, Status::Suggested);
        all.contains(&format!("{label} Kreml"))
    };
    assert!(found(&window, "MEDIA"), "{:?}", spans(&window, Status::Suggested));
    let kreml = window.set().spans().find(|span| &*span.label == "MEDIA").map(|span| span.id);
    window.app_mut().request(glosse::ui::request::Request::Select(kreml));
    window.run();
    assert!(window.shows("accepted once as MEDIA in this project"));
    // Rejected here, it is not suggested again, and as often rejected as accepted it is doubted elsewhere.
    window.press("Delete");
    settle(&mut window);
    assert!(!found(&window, "MEDIA"));
    let rejected = spans(&window, Status::Rejected);
    assert_eq!(rejected, ["MEDIA Kreml"], "only that one");
}

#[test]
fn a_suggestion_is_corrected_by_a_label_or_by_other_edges() {
    let mut window = suggesting();
    let before = spans(&window, Status::Suggested).len();
    window.press("N");
    let first = window.app().selected();
    window.press("W");
    assert_eq!(spans(&window, Status::Accepted).len(), 1);
    assert_ne!(window.app().selected(), first, "the next doubtful one is selected");
    let corrected = first.and_then(|id| window.set().span(id)?.corrected_from.clone());
    assert!(corrected.is_some(), "what was suggested is remembered");
    window.select("russische Präsident Wladimir Putin");
    window.press("P");
    assert!(spans(&window, Status::Accepted).contains(&"PER russische Präsident Wladimir Putin".to_owned()));
    assert!(!spans(&window, Status::Suggested).contains(&"PER Wladimir Putin".to_owned()));
    assert!(spans(&window, Status::Suggested).len() < before);
    // The key of its own label says that it is right.
    let selected = |window: &Window| window.app().selected().and_then(|id| window.set().span(id).cloned());
    window.press("Escape");
    let is_wanted = |span: &Span| &*span.label == "PER" && span.status == Status::Suggested;
    let found = (0..20).find_map(|_| {
        window.press("N");
        selected(&window).filter(is_wanted)
    });
    let found = found.expect("another suggested person");
    window.press("P");
    let span = window.set().span(found.id).expect("it is there").clone();
    assert_eq!((span.status, span.corrected_from), (Status::Accepted, None));
    assert_ne!(window.app().selected(), Some(found.id), "the next doubtful one is selected");
}

#[test]
fn what_is_in_sight_and_what_is_chosen_is_accepted_in_one_step() {
    let mut window = suggesting();
    window.press("Ctrl+Shift+Enter");
    window.shot("accept-dialog");
    assert!(window.has("Confidence at least"));
    window.fill("Words", "putin");
    window.press("Ctrl+Enter");
    let accepted = spans(&window, Status::Accepted);
    assert!(!accepted.is_empty() && accepted.iter().all(|span| span.contains("Putin")), "{accepted:?}");
    window.press("Ctrl+Z");
    assert!(spans(&window, Status::Accepted).is_empty(), "one step");
    settle(&mut window);
    let count = spans(&window, Status::Suggested).len();
    window.press("Shift+Enter");
    assert_eq!(spans(&window, Status::Accepted).len(), count, "the whole article is in sight");
    window.press("Ctrl+Z");
    window.command(Command::RejectAll);
    window.run();
    assert_eq!(spans(&window, Status::Rejected).len(), count);
    settle(&mut window);
    assert!(spans(&window, Status::Suggested).is_empty(), "nothing comes back");
    assert!(spans(&window, Status::Accepted).is_empty());
}

#[test]
fn a_done_article_gets_none_and_they_can_be_turned_off() {
    let mut window = suggesting();
    window.press("Ctrl+Enter");
    settle(&mut window);
    let besuch = ArticleId::new("besuch");
    let set = window.session().set(&besuch).expect("annotations");
    assert_eq!((set.progress(), set.tally().all_spans(Status::Suggested)), (Progress::Done, 0));
    assert_ne!(window.app().article(), Some(&besuch));
    window.command(Command::ToggleSuggestions);
    window.run();
    assert!(window.app().assistant().is_none());
    assert!(window.last_message().contains("No more suggestions"));
}
