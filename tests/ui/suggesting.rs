//! Suggestions in the window: they come when an article is opened, follow what is done, and are reviewed by keyboard.

use crate::harness::{Window, project_of, settings};
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

/// Names of which nothing is sure.
const NAMES: &str = "Am Morgen verließ Zwirnholm das Werk Nord. Die Vlotho lag still, sagte Qwarn vom Bund Alpha Centauri.\n\n\
                     Später kam der Kreml hinzu; Mont Blanc und Delta schwiegen dazu. Das Haus Tudor widersprach Burg Adler.\n";

/// An article with names of which nothing is sure, with suggestions when all of them are there.
fn guessing() -> Window {
    let project = project_of(&[("namen", "Namen", "", "", NAMES)]);
    let mut window = Window::with_project(Settings { suggest: true, ..settings() }, &project);
    settle(&mut window);
    window
}

/// The guesses of the open article: label and words.
fn guesses(window: &Window) -> Vec<String> {
    let text = window.text();
    let words = |guess: glosse::assist::SpanProposal| {
        format!("{} {}", guess.label, guess.range.slice(text).unwrap_or_default())
    };
    window.app().guesses().into_iter().map(words).collect()
}

/// The words that are selected.
fn selected_words(window: &Window) -> &str {
    let selection = window.app().view().expect("a view").selection;
    selection.range().slice(window.text()).unwrap_or_default()
}

#[test]
fn guesses_are_seen_taken_with_one_key_and_left_out_by_whoever_confirms() {
    let mut window = guessing();
    let before = guesses(&window);
    assert!(before.len() > 1, "{before:?}");
    let named = window.names().into_iter().filter(|name| name.ends_with("(guess)")).count();
    assert_eq!(named, before.len(), "{:?}", window.names());
    assert!(window.shows("guesses in sight"));
    window.shot("guesses");
    let entries = window.session().history().len();
    window.press("Shift+N");
    window.press("Shift+N");
    window.press("Shift+B");
    assert_eq!(window.session().history().len(), entries, "looking changes nothing");
    let (label, words) = before[0].split_once(' ').expect("label and words");
    assert_eq!(selected_words(&window), words);
    assert!(window.shows(&format!("perhaps {label}, ")), "{:?}", window.texts());
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted), [before[0].as_str()]);
    let (_, next) = before[1].split_once(' ').expect("label and words");
    assert_eq!(selected_words(&window), next, "the next one is selected");
    // The key of a label says that it is something else.
    window.press("W");
    assert!(spans(&window, Status::Accepted).contains(&format!("WEAPON {next}")));
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert!(spans(&window, Status::Accepted).is_empty());
    settle(&mut window);
    assert_eq!(guesses(&window), before, "undo brings all of them back");

    // Whoever confirms the sentence says that nothing else is to be labelled in it.
    window.select(words);
    let suggested = spans(&window, Status::Suggested);
    window.press("Enter");
    assert!(spans(&window, Status::Accepted).iter().all(|span| suggested.contains(span)));
    assert!(!guesses(&window).contains(&before[0]), "{:?}", guesses(&window));
    window.press("Ctrl+Enter");
    settle(&mut window);
    assert_eq!(window.set().progress(), Progress::Done);
    assert!(guesses(&window).is_empty() && spans(&window, Status::Accepted).iter().all(|it| !before.contains(it)));
}

#[test]
fn other_edges_of_a_suggestion_and_of_a_guess_come_with_one_key() {
    let mut window = guessing();
    let mut moved = 0;
    for _ in 0..spans(&window, Status::Suggested).len() {
        window.press("N");
        let Some(before) = window.app().selected().and_then(|id| window.set().span(id).cloned()) else { continue };
        window.press(".");
        let after = window.set().span(before.id).expect("it is there").clone();
        if after == before {
            assert!(window.shows("No other edges are likely here"));
            continue;
        }
        moved += 1;
        assert_eq!(after.status, Status::Accepted);
        assert_ne!(after.fragments, before.fragments);
        let corrected = after.corrected_from.expect("what was suggested is remembered");
        assert_eq!(corrected.fragments, Some(before.fragments.clone()));
        // Round and back again: then nothing was done.
        let is_back = (0..30).any(|_| {
            window.press(".");
            window.set().span(before.id).is_some_and(|span| span.fragments == before.fragments)
        });
        assert!(is_back, "{before:?}");
        assert_eq!(window.set().span(before.id), Some(&before), "it is a suggestion as before");
        // However often it was moved, one undo brings the suggestion back.
        window.press(".");
        window.press(".");
        if window.set().span(before.id) != Some(&before) {
            window.press("Ctrl+Z");
            assert_eq!(window.set().span(before.id), Some(&before));
        }
        window.press(".");
        assert_eq!(window.set().span(before.id).map(|span| span.status), Some(Status::Accepted));
        // It is right now: the key that accepts goes on.
        window.press("Y");
        assert_ne!(window.app().selected(), Some(before.id));
        assert!(!window.shows("This is accepted already"));
        // A label that was given by hand stays.
        let left = spans(&window, Status::Suggested).len();
        assert!(left > 0);
        window.press("Escape");
        for _ in 0..left {
            window.press("N");
            let id = window.app().selected().expect("a suggestion");
            window.press("W");
            window.app_mut().request(glosse::ui::request::Request::Select(Some(id)));
            window.run();
            window.press(".");
            window.press(".");
            assert_eq!(window.set().span(id).map(|span| &*span.label), Some("WEAPON"));
        }
        break;
    }
    assert!(moved > 0, "{:?}", spans(&window, Status::Suggested));
    window.press("Escape");
    settle(&mut window);
    let count = guesses(&window).len();
    let has_others = (0..count).any(|_| {
        window.press("Shift+N");
        let before = selected_words(&window).to_owned();
        window.press(".");
        selected_words(&window) != before
    });
    assert!(has_others, "{:?}", guesses(&window));
    let accepted = spans(&window, Status::Accepted).len();
    let words = selected_words(&window).to_owned();
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted).len(), accepted + 1);
    assert!(spans(&window, Status::Accepted).iter().any(|span| span.ends_with(&format!(" {words}"))));
}

#[test]
fn nothing_is_guessed_in_an_article_that_is_done() {
    let mut window = guessing();
    window.press("Shift+N");
    assert!(window.shows("perhaps "));
    window.press("Ctrl+Enter");
    assert_eq!(window.set().progress(), Progress::Done);
    let accepted = spans(&window, Status::Accepted);
    assert!(!window.shows("perhaps "), "the words are selected, but the article is done");
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted), accepted);
    // A correction by hand stays, whatever else was likely.
    window.press("Tab");
    let before = window.app().selected().and_then(|id| window.set().span(id).cloned()).expect("a span");
    window.press(".");
    assert_eq!(window.set().span(before.id), Some(&before));
}

#[test]
fn a_guess_is_rejected_as_a_suggestion_is() {
    let mut window = guessing();
    let before = guesses(&window);
    window.press("Shift+N");
    assert!(window.has("Other edges") && window.shows("A guess is no annotation."), "the inspector has it");
    assert!(window.shows("X rejects it"), "{:?}", window.texts());
    window.press("X");
    assert_eq!(spans(&window, Status::Rejected), [before[0].as_str()]);
    let (_, next) = before[1].split_once(' ').expect("label and words");
    assert_eq!(selected_words(&window), next, "the next one is selected");
    settle(&mut window);
    assert!(!guesses(&window).contains(&before[0]), "{:?}", guesses(&window));
    assert!(spans(&window, Status::Accepted).is_empty());
    window.press("Ctrl+Z");
    assert!(spans(&window, Status::Rejected).is_empty());
    let (_, words) = before[0].split_once(' ').expect("label and words");
    assert_eq!((selected_words(&window), window.app().selected()), (words, None), "undo leads back to its words");
    settle(&mut window);
    assert_eq!(guesses(&window), before);
    window.press("Ctrl+Shift+Z");
    assert_eq!(spans(&window, Status::Rejected), [before[0].as_str()], "and done again");
}

#[test]
fn undo_leaves_no_words_selected_beside_what_it_brings_back() {
    let mut window = guessing();
    window.press("N");
    let first = window.app().selected();
    window.press("X");
    window.select("Morgen");
    window.press("Ctrl+Z");
    assert_eq!(window.app().selected(), first);
    assert_eq!(selected_words(&window), "", "keys mean the suggestion alone");
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted).len(), 1);
}

/// Selects the first suggestion that the key of other edges moves, and presses it; gives the suggestion as it was.
fn move_one(window: &mut Window) -> Span {
    for _ in 0..spans(window, Status::Suggested).len() {
        window.press("N");
        let before = window.app().selected().and_then(|id| window.set().span(id).cloned()).expect("a suggestion");
        window.press(".");
        if window.set().span(before.id) != Some(&before) {
            return before;
        }
    }
    panic!("nothing moves: {:?}", spans(window, Status::Suggested));
}

#[test]
fn edges_that_are_moved_in_two_articles_are_two_steps() {
    let project = project_of(&[("eins", "Eins", "", "", NAMES), ("zwei", "Zwei", "", "", NAMES)]);
    let mut window = Window::with_project(Settings { suggest: true, ..settings() }, &project);
    window.open("eins");
    settle(&mut window);
    let first = move_one(&mut window);
    window.open("zwei");
    settle(&mut window);
    let second = move_one(&mut window);
    assert_eq!(first.id, second.id, "the numbers are the same, the articles are not");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(second.id), Some(&second));
    window.open("eins");
    assert_eq!(window.set().span(first.id).map(|span| span.status), Some(Status::Accepted), "it stays");
    // A guess that was stepped to here means nothing there.
    window.press("Escape");
    window.press("Shift+N");
    let words = selected_words(&window).to_owned();
    window.open("zwei");
    window.select(&words);
    window.press("W");
    assert_eq!(selected_words(&window), "", "who selects words by hand stays there");
    window.press("Ctrl+Z");
    // Escape leaves a guess for the caret.
    window.press("Escape");
    window.press("Shift+N");
    assert!(window.shows("A guess is no annotation."));
    window.press("Escape");
    assert!(!window.shows("A guess is no annotation."));
    let accepted = spans(&window, Status::Accepted);
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted), accepted, "the caret alone means no guess");
    // What undo takes back is what the next key is about, and who goes through guesses goes on.
    window.press("Shift+N");
    let first = selected_words(&window).to_owned();
    window.press("M");
    let second = selected_words(&window).to_owned();
    window.press("Ctrl+Z");
    assert_eq!(selected_words(&window), first);
    window.press("M");
    assert_eq!(selected_words(&window), second);
}

#[test]
fn what_has_other_edges_and_is_still_wrong_is_rejected_as_it_was_suggested() {
    let mut window = guessing();
    let before = move_one(&mut window);
    window.press("X");
    let rejected = window.set().span(before.id).expect("it is there").clone();
    assert_eq!(rejected, Span { status: Status::Rejected, ..before.clone() });
    settle(&mut window);
    let place = before.fragments.hull();
    let again =
        |span: &Span| span.status == Status::Suggested && span.fragments.hull() == place && span.label == before.label;
    assert!(!window.set().spans().any(again), "it does not come back");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(before.id), Some(&before));
    window.app_mut().request(glosse::ui::request::Request::Select(Some(before.id)));
    window.run();
    window.press(".");
    window.press("Delete");
    assert_eq!(window.set().span(before.id).map(|span| span.status), Some(Status::Rejected), "deleting says the same");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(before.id), Some(&before));
    // Nor does what was corrected by hand and deleted later.
    window.app_mut().request(glosse::ui::request::Request::Select(Some(before.id)));
    window.run();
    window.press("[");
    window.press("Delete");
    assert_eq!(window.set().span(before.id), None);
    settle(&mut window);
    assert!(!window.set().spans().any(again), "{:?}", spans(&window, Status::Suggested));
}

#[test]
fn edges_that_were_set_by_hand_stay_where_nothing_else_is_known() {
    let mut window = guessing();
    window.press("N");
    let id = window.app().selected().expect("a suggestion");
    let suggested = window.set().span(id).cloned().expect("it is there");
    // What is as it was suggested again was accepted, not corrected, and may be corrected all the same.
    window.press("[");
    assert!(window.shows("Corrected from"));
    window.press("]");
    let span = window.set().span(id).cloned().expect("it is there");
    assert_eq!((&span.fragments, span.status, span.correction()), (&suggested.fragments, Status::Accepted, None));
    assert!(!window.shows("Corrected from"));
    window.press("[");
    assert!(window.set().span(id).is_some_and(|span| span.correction().is_some()));
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    window.press("[");
    let by_hand = window.set().span(id).cloned().expect("it is there");
    assert!(by_hand.corrected_from.is_some());
    window.press("Ctrl+Enter");
    window.app_mut().request(glosse::ui::request::Request::Select(Some(id)));
    window.run();
    window.press(".");
    assert_eq!(window.set().span(id), Some(&by_hand));
    assert!(window.shows("No other edges are likely here"));
}

#[test]
fn guesses_follow_undo_and_redo_of_a_confirmed_sentence() {
    let mut window = guessing();
    let before = guesses(&window);
    // The first sentence has suggestions: they are accepted, and its guesses left out.
    window.press("Ctrl+Home");
    window.press("Enter");
    let after = guesses(&window);
    assert!(after.len() < before.len(), "{before:?}");
    assert!(!spans(&window, Status::Accepted).is_empty());
    window.press("Ctrl+Z");
    settle(&mut window);
    assert_eq!(guesses(&window), before);
    window.press("Ctrl+Shift+Z");
    settle(&mut window);
    assert_eq!(guesses(&window), after);
    window.press("Ctrl+Z");
    settle(&mut window);
    // Without suggestions nothing is changed by confirming, and still undo opens the sentence again.
    window.command(Command::RejectAll);
    window.run();
    settle(&mut window);
    let before = guesses(&window);
    let rejected = spans(&window, Status::Rejected);
    window.press("Ctrl+Home");
    window.press("Enter");
    window.press("Enter");
    assert!(guesses(&window).len() < before.len());
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    settle(&mut window);
    assert_eq!(guesses(&window), before);
    assert_eq!(spans(&window, Status::Rejected), rejected, "nothing else was undone");
    window.press("Ctrl+Z");
    assert!(spans(&window, Status::Rejected).is_empty());
}

#[test]
fn a_guess_is_explained_also_where_nothing_is_annotated_or_suggested() {
    let project = project_of(&[("werk", "Werk", "", "", "Sie verließ das Werk Nord.\n")]);
    let mut window = Window::with_project(Settings { suggest: true, ..settings() }, &project);
    settle(&mut window);
    assert!(window.session().set(&ArticleId::new("werk")).is_none_or(|set| set.is_empty()));
    assert!(!guesses(&window).is_empty(), "the test is of no use without one");
    window.press("Shift+N");
    assert!(window.shows("A guess is no annotation."), "{:?}", window.texts());
    window.press("Y");
    assert_eq!(spans(&window, Status::Accepted).len(), 1);
}
