//! Making, changing and picking spans, by mouse and by keyboard.

use crate::harness::Window;
use egui::{Modifiers, Vec2, vec2};
use glosse::{
    model::{AnnotationId, Status},
    text::TextRange,
};

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn selected(window: &Window) -> Option<String> {
    let span = window.set().span(window.app().selected()?)?;
    Some(format!("{} {}", span.label, span.fragments.surface(window.text())))
}

/// A point in the middle of the first occurrence of `words`, moved by `by`.
fn point(window: &Window, words: &str, by: Vec2) -> egui::Pos2 {
    let (first, last) = window.letters(window.range(words));
    first.lerp(last, 0.5) + by
}

#[test]
fn dragging_selects_words_and_a_key_labels_them() {
    let mut window = Window::new();
    window.select("ladimir Put");
    assert_eq!(window.selection(), "Wladimir Putin");
    window.press("p");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    assert_eq!(selected(&window).as_deref(), Some("PER Wladimir Putin"));
    assert!(window.has("PER Wladimir Putin"));
    // From right to left, over a line's end.
    let (first, last) = window.letters(window.range("Region Kursk besucht"));
    window.drag(last, first);
    window.press("l");
    assert_eq!(window.spans(), ["PER Wladimir Putin", "LOC Region Kursk besucht"]);
}

#[test]
fn a_click_on_the_label_strip_labels_too() {
    let mut window = Window::new();
    window.select("Kreml");
    window.click("Label ORG");
    assert_eq!(window.spans(), ["ORG Kreml"]);
    // The keyboard is back in the article.
    window.caret_to("Mittwoch");
    window.press("d");
    assert_eq!(window.spans(), ["DATE Mittwoch", "ORG Kreml"]);
}

#[test]
fn two_clicks_take_a_word_and_three_a_sentence() {
    let mut window = Window::new();
    let at = point(&window, "Wladimir", Vec2::ZERO);
    window.click_at(at, 2);
    assert_eq!(window.selection(), "Wladimir");
    window.run();
    let at = point(&window, "teilte", Vec2::ZERO);
    window.click_at(at, 3);
    assert_eq!(window.selection(), "Das teilte der Kreml mit.");
    window.press("k");
    assert_eq!(window.spans(), ["QUOTE Das teilte der Kreml mit"]);
}

#[test]
fn a_bare_label_key_takes_the_word_at_the_caret() {
    let mut window = Window::new();
    let at = point(&window, "Peskow", Vec2::ZERO);
    window.click_at(at, 1);
    window.press("p");
    assert_eq!(window.spans(), ["PER Peskow"]);
}

#[test]
fn the_keyboard_selects_by_characters_words_and_lines() {
    let mut window = Window::new();
    let check = |window: &mut Window, keys: &[&str], expected: &str| {
        window.caret_to("Wladimir");
        for key in keys {
            window.press(key);
        }
        assert_eq!(window.selection(), expected, "{keys:?}");
    };
    check(&mut window, &["Shift+Right", "Shift+Right"], "Wl");
    check(&mut window, &["Ctrl+Shift+Right", "Ctrl+Shift+Right"], "Wladimir Putin");
    check(&mut window, &["Ctrl+Shift+Right", "Ctrl+Shift+Right", "Shift+Left"], "Wladimir Puti");
    check(&mut window, &["Ctrl+Shift+Left"], "Präsident ");
    check(&mut window, &["Shift+Right", "Right"], "");
    check(&mut window, &["Shift+Right", "Escape"], "");
    window.caret_to("Putins");
    window.press("Shift+End");
    assert!(window.selection().starts_with("Putins Sprecher Dmitri"), "{}", window.selection());
    window.press("Ctrl+Home");
    window.press("Ctrl+Shift+End");
    assert_eq!(window.selection(), window.text());
    window.press("Ctrl+Home");
    window.press("Down");
    window.press("Down");
    window.press("Shift+Down");
    assert!(!window.selection().is_empty());
    window.press("Ctrl+Home");
    window.press("PageDown");
    assert!(window.app().view().expect("a view").selection.head.0 > 0);
}

#[test]
fn the_mouse_takes_single_characters_when_told_to() {
    let mut window = Window::with_text("Die Kursk-Region und der US-Vorschlag.\n");
    let (first, last) = window.letters(window.range("Kursk"));
    let (from, to) = (first - vec2(3.0, 0.0), last + vec2(3.0, 0.0));
    window.drag(from, to);
    assert_eq!(window.selection(), "Kursk-Region");
    window.hold(Modifiers::ALT);
    window.drag(from, to);
    window.hold(Modifiers::NONE);
    assert_eq!(window.selection(), "Kursk");
    window.press("l");
    assert_eq!(window.spans(), ["LOC Kursk"]);
    window.press("Shift+S");
    assert_eq!(window.last_message(), "The mouse selects single characters");
    let (first, last) = window.letters(window.range("US"));
    window.drag(first - vec2(4.0, 0.0), last + vec2(4.0, 0.0));
    assert_eq!(window.selection(), "US");
    window.click("no snapping");
    window.drag(first, last);
    assert_eq!(window.selection(), "US-Vorschlag");
}

#[test]
fn parts_of_compounds_are_labelled_by_keyboard() {
    let mut window = Window::with_text("Die Kursk-Region und der US-Vorschlag.\n");
    window.select_by_keys("Kursk");
    window.press("l");
    window.select_by_keys("US");
    window.press("l");
    assert_eq!(window.spans(), ["LOC Kursk", "LOC US"]);
}

#[test]
fn spans_may_nest_cross_and_lie_on_one_another() {
    let mut window = Window::new();
    window.select_by_keys("Präsident Wladimir Putin");
    window.press("p");
    window.select_by_keys("Präsident");
    window.press("t");
    window.select_by_keys("russische Präsident");
    window.press("u");
    window.select_by_keys("Präsident");
    window.press("o");
    assert_eq!(
        window.spans(),
        ["GROUP russische Präsident", "PER Präsident Wladimir Putin", "TITLE Präsident", "ORG Präsident"]
    );
    // The same label on the same words twice is refused, and the span that is there is selected.
    window.select_by_keys("Präsident");
    window.press("t");
    assert_eq!(window.spans().len(), 4);
    assert_eq!(window.last_message(), "That is labelled so already");
    assert_eq!(selected(&window).as_deref(), Some("TITLE Präsident"));
    window.shot("overlaps");
}

#[test]
fn pieces_make_a_discontinuous_span() {
    let mut window = Window::new();
    window.open("drohnen");
    window.select("griffen");
    window.hold(CTRL);
    window.select("an.");
    window.hold(Modifiers::NONE);
    window.press("v");
    assert_eq!(window.spans(), ["EVENT griffen … an"]);

    window.press("Ctrl+Z");
    assert_eq!(window.spans(), [""; 0]);
    window.select_by_keys("griffen");
    window.press("+");
    assert!(window.has("1 piece kept"));
    window.select_by_keys("an.");
    window.press("v");
    assert_eq!(window.spans(), ["EVENT griffen … an"]);
    assert!(!window.has("1 piece kept"));

    // A piece that was forgotten, and giving up kept pieces.
    window.select("in der Nacht");
    window.press("Ctrl+Shift+P");
    assert_eq!(window.spans(), ["EVENT griffen … in der Nacht … an"]);
    window.select_by_keys("Stadt");
    window.press("+");
    window.press("Escape");
    assert!(!window.has("1 piece kept"));
}

#[test]
fn a_place_without_width_can_be_labelled() {
    let mut window = Window::new();
    window.caret_to("besucht.");
    // Alt and a label's key are easily pressed by accident.
    window.press("Alt+V");
    assert_eq!(window.spans(), [""; 0]);
    window.press("Ctrl+Shift+L");
    window.type_text("event");
    window.press("Enter");
    let span = window.set().spans().next().expect("a span").clone();
    assert_eq!(span.fragments.hull(), TextRange::at(window.range("besucht.").start()));
    assert!(window.has("EVENT "));
    window.press("Ctrl+Shift+L");
    window.type_text("quan");
    window.press("Enter");
    assert_eq!(window.set().spans().len(), 2);
    window.shot("zero-width");
}

#[test]
fn quotes_and_white_space_are_trimmed() {
    let check = |text: &str, selection: &str, expected: &str| {
        let mut window = Window::with_text(text);
        window.select_by_keys(selection);
        window.press("k");
        assert_eq!(window.spans(), [format!("QUOTE {expected}")], "{selection:?}");
    };
    check("Er sagte: „Die Lage ist gut“, und ging.\n", " „Die Lage", "Die Lage");
    check("Er sagte: „Die Lage ist gut“, und ging.\n", "gut“, ", "gut");
    check("Er sagte: „Die Lage ist gut“, und ging.\n", "„Die Lage ist gut“", "„Die Lage ist gut“");
    check("Er (Peskow) ging.\n", "(Peskow", "Peskow");
}

#[test]
fn a_key_relabels_the_selected_span() {
    let mut window = Window::new();
    window.span("PER", "Kreml");
    window.press("o");
    assert_eq!(window.spans(), ["ORG Kreml"]);
    window.press("Ctrl+L");
    window.type_text("fac");
    window.press("Enter");
    assert_eq!(window.spans(), ["FACILITY Kreml"]);
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert_eq!(window.spans(), ["PER Kreml"]);
}

#[test]
fn a_label_that_would_break_a_relation_is_refused_with_words() {
    let mut window = Window::new();
    let person = window.span("PER", "Putin");
    window.span("TITLE", "Präsident");
    window.press("R");
    window.type_text("putin");
    window.press("Enter");
    assert_eq!(window.relations(), ["holds_title: person Putin, title Präsident"]);
    window.app_mut().request(glosse::ui::request::Request::Select(Some(person)));
    window.run();
    window.press("d");
    assert_eq!(window.spans(), ["PER Putin", "TITLE Präsident"]);
    assert!(window.last_message().contains("holds_title"), "{}", window.last_message());
}

/// A relation between two spans, the second of which is selected.
fn related() -> (Window, AnnotationId, AnnotationId) {
    let mut window = Window::new();
    let title = window.span("TITLE", "Präsident");
    let person = window.span("PER", "Wladimir Putin");
    window.press("R");
    window.type_text("präsident");
    window.press("Enter");
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
    window.app_mut().request(glosse::ui::request::Request::Select(Some(person)));
    window.run();
    (window, title, person)
}

#[test]
fn edges_move_by_keyboard_and_relations_stay() {
    let (mut window, _, person) = related();
    let check = |window: &mut Window, key: &str, expected: &str| {
        window.press(key);
        assert_eq!(selected(window).as_deref(), Some(expected), "{key}");
        assert_eq!(window.app().selected(), Some(person));
        assert_eq!(window.set().relations().len(), 1);
    };
    check(&mut window, "[", "PER Präsident Wladimir Putin");
    check(&mut window, "]", "PER Wladimir Putin");
    check(&mut window, "}", "PER Wladimir Putin hat");
    check(&mut window, "{", "PER Wladimir Putin");
    check(&mut window, "]", "PER Putin");
    check(&mut window, "Alt+Left", "PER Puti");
    check(&mut window, "Alt+Right", "PER Putin");
    check(&mut window, "Alt+Shift+Right", "PER utin");
    check(&mut window, "Alt+Shift+Left", "PER Putin");
    check(&mut window, "]", "PER Putin");
    assert_eq!(window.last_message(), "The span can not become smaller");
    assert_eq!(window.relations(), ["holds_title: person Putin, title Präsident"]);
    for _ in 0..4 {
        window.press("Ctrl+Z");
    }
    window.press("Ctrl+Z");
    assert_eq!(selected(&window).as_deref(), Some("PER Wladimir Putin"));
}

#[test]
fn edges_move_by_mouse_and_relations_stay() {
    let (mut window, _, person) = related();
    let end = window.place(window.range("Wladimir Putin").end()).center();
    let (_, to) = window.letters(window.range("hat"));
    window.drag(end, to);
    assert_eq!(selected(&window).as_deref(), Some("PER Wladimir Putin hat"));
    let start = window.place(window.range("Wladimir Putin").start()).center();
    let (to, _) = window.letters(window.range("Putin hat"));
    window.drag(start, to);
    assert_eq!(selected(&window).as_deref(), Some("PER Putin hat"));
    assert_eq!(window.app().selected(), Some(person));
    assert_eq!(window.relations(), ["holds_title: person Putin hat, title Präsident"]);
}

#[test]
fn tab_goes_from_span_to_span() {
    let mut window = Window::new();
    for (label, words) in [("LOC", "Region Kursk"), ("PER", "Wladimir Putin"), ("ORG", "Kreml")] {
        window.span(label, words);
    }
    window.press("Ctrl+Home");
    window.press("Escape");
    let check = |window: &mut Window, key: &str, expected: &str| {
        window.press(key);
        assert_eq!(selected(window).as_deref(), Some(expected), "{key}");
    };
    check(&mut window, "Tab", "PER Wladimir Putin");
    check(&mut window, "Tab", "LOC Region Kursk");
    check(&mut window, "Tab", "ORG Kreml");
    check(&mut window, "Tab", "ORG Kreml");
    assert_eq!(window.last_message(), "No further span");
    check(&mut window, "Shift+Tab", "LOC Region Kursk");
    check(&mut window, "Shift+Tab", "PER Wladimir Putin");
    window.press("Escape");
    assert_eq!(window.app().selected(), None);
}

#[test]
fn a_picker_lists_spans_on_one_another() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.span("GROUP", "Präsident Wladimir Putin");
    window.span("TITLE", "Putin hat");
    window.press("Escape");
    // By mouse: the innermost is selected, the others are listed; a label's key works all the same.
    let at = point(&window, "Wladimir", Vec2::ZERO);
    window.click_at(at, 1);
    assert_eq!(selected(&window).as_deref(), Some("PER Wladimir Putin"));
    assert!(window.has("Several spans lie here"));
    window.click_row("GROUP Präsident Wladimir Putin");
    assert_eq!(selected(&window).as_deref(), Some("GROUP Präsident Wladimir Putin"));
    assert!(!window.has("Several spans lie here"));
    window.click_at(at, 1);
    assert!(window.has("Several spans lie here"));
    window.press("o");
    assert!(!window.has("Several spans lie here"));
    assert_eq!(selected(&window).as_deref(), Some("ORG Wladimir Putin"));
    // Another click at the same place takes the next one, Escape only the list away.
    window.click_at(at, 1);
    assert_eq!(selected(&window).as_deref(), Some("GROUP Präsident Wladimir Putin"));
    window.press("Escape");
    assert!(!window.has("Several spans lie here"));
    assert_eq!(selected(&window).as_deref(), Some("GROUP Präsident Wladimir Putin"));
    window.click_at(at, 1);
    assert_eq!(selected(&window).as_deref(), Some("ORG Wladimir Putin"));

    // By keyboard.
    window.caret_to("adimir");
    window.press("Space");
    assert!(window.has("Several spans lie here"));
    assert_eq!(selected(&window).as_deref(), Some("ORG Wladimir Putin"));
    window.press("Down");
    assert_eq!(selected(&window).as_deref(), Some("GROUP Präsident Wladimir Putin"));
    window.press("Down");
    window.press("Enter");
    assert!(!window.has("Several spans lie here"));
    assert_eq!(selected(&window).as_deref(), Some("GROUP Präsident Wladimir Putin"));
    window.caret_to("Kreml");
    window.press("Space");
    assert_eq!(window.last_message(), "No span at the caret");
}

#[test]
fn deleting_says_what_went_with_it() {
    let (mut window, _, person) = related();
    window.press("X");
    assert!(window.set().span(person).is_none());
    assert_eq!(window.set().relations().len(), 0);
    assert_eq!(window.last_message(), "Deleted with relations that depended on it: 1");
    window.press("Ctrl+Z");
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
    window.app_mut().request(glosse::ui::request::Request::Select(Some(person)));
    window.run();
    window.press("Delete");
    assert!(window.set().span(person).is_none());
}

/// Two suggested spans in different sentences.
fn suggested() -> Window {
    let mut window = Window::new();
    for (label, words) in [("PER", "Wladimir Putin"), ("ORG", "Kreml")] {
        let id = window.span(label, words);
        let article = window.app().article().expect("an open article").clone();
        let session = window.app_mut().session_mut().expect("a project");
        session.edit(&article, "Suggest", |draft| Ok(draft.set_status(id, Status::Suggested)?)).expect("a suggestion");
    }
    window.press("Ctrl+Home");
    window.press("Escape");
    window.press("Escape");
    window
}

#[test]
fn suggestions_are_confirmed_and_rejected() {
    let mut window = suggested();
    let states = |window: &Window| window.set().spans_in_order().map(|span| span.status).collect::<Vec<_>>();
    assert!(window.has("PER Wladimir Putin (suggested)"));
    assert!(window.has("2 suggestions left"));
    window.press("N");
    assert_eq!(selected(&window).as_deref(), Some("PER Wladimir Putin"));
    window.press("Enter");
    assert_eq!(states(&window), [Status::Accepted, Status::Suggested]);
    // The next sentence is the one of the other suggestion.
    window.press("N");
    assert_eq!(selected(&window).as_deref(), Some("ORG Kreml"));
    window.press("X");
    assert_eq!(states(&window), [Status::Accepted, Status::Rejected]);
    assert!(!window.shows("ORG Kreml"));
    window.press("N");
    assert_eq!(window.last_message(), "Nothing doubtful in this article");
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert_eq!(states(&window), [Status::Suggested, Status::Suggested]);

    let mut window = suggested();
    window.press("Ctrl+Enter");
    assert_eq!(window.app().article().map(|article| article.as_str()), Some("drohnen"));
    window.open("besuch");
    assert_eq!(states(&window), [Status::Accepted, Status::Accepted]);
    assert!(window.has("1 of 3 done"));
    window.press("Escape");
    window.click("Reopen article");
    assert!(window.has("0 of 3 done"));
}

#[test]
fn copying_takes_the_selected_words() {
    let mut window = Window::new();
    window.select_by_keys("Kreml");
    window.harness.input_mut().events.push(egui::Event::Copy);
    window.harness.step();
    let commands = &window.harness.output().platform_output.commands;
    assert!(commands.contains(&egui::OutputCommand::CopyText("Kreml".to_owned())), "{commands:?}");
}
