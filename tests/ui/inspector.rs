//! The panel at the right: attributes, notes, entities, document labels, history of the selected annotation.

use crate::harness::Window;
use glosse::{
    edit::Draft,
    model::{AnnotationId, AttributeValue, Source, Status},
    ui::request::Request,
};

fn value(window: &Window, id: AnnotationId, attribute: &str) -> Option<String> {
    let annotation = window.set().span(id).expect("the span");
    annotation.attributes.get(attribute).map(AttributeValue::to_string)
}

#[test]
fn without_a_selection_the_article_is_shown() {
    let mut window = Window::new();
    for text in ["Morgenblatt", "2025-03-12", "Confirm article and go on"] {
        assert!(window.shows(text), "{text}");
    }
    window.span("PER", "Wladimir Putin");
    assert!(!window.has("Confirm article and go on"));
    window.press("Escape");
    assert!(window.has("Confirm article and go on"));
    window.press("Ctrl+J");
    assert!(!window.has("Confirm article and go on"));
    window.press("Ctrl+J");
    window.press("Ctrl+B");
    assert!(!window.has("Filter articles"));
}

#[test]
fn attributes_are_chosen_ticked_and_written() {
    let mut window = Window::new();
    let place = window.span("LOC", "Region Kursk");
    window.click("mention");
    window.click("nominal");
    assert_eq!(value(&window, place, "mention").as_deref(), Some("nominal"));
    window.click("metonymy");
    assert_eq!(value(&window, place, "metonymy").as_deref(), Some("true"));
    window.click("metonymy");
    assert_eq!(value(&window, place, "metonymy"), None);
    window.click("mention");
    // The default is what holds without a value.
    window.click("name");
    assert_eq!(value(&window, place, "mention"), None);

    let date = window.span("DATE", "Mittwoch");
    window.fill("value", "2025-03-12");
    window.press("Enter");
    assert_eq!(value(&window, date, "value").as_deref(), Some("2025-03-12"));
    window.press("Ctrl+Z");
    assert_eq!(value(&window, date, "value"), None);
}

#[test]
fn what_is_typed_is_kept_when_something_else_is_selected() {
    let mut window = Window::new();
    let person = window.span("PER", "Wladimir Putin");
    let date = window.span("DATE", "Mittwoch");
    window.fill("value", "2025-03-12");
    let (first, last) = window.letters(window.range("Wladimir Putin"));
    window.click_at(first.lerp(last, 0.5), 1);
    assert_eq!(window.app().selected(), Some(person));
    assert_eq!(value(&window, date, "value").as_deref(), Some("2025-03-12"));

    window.press(",");
    window.type_text("Wer?");
    let (first, last) = window.letters(window.range("Mittwoch"));
    window.click_at(first.lerp(last, 0.5), 1);
    assert_eq!(window.app().selected(), Some(date));
    assert_eq!(window.set().span(person).map(|span| span.note.clone()).as_deref(), Some("Wer?"));

    // A key that works in text fields leads to another article.
    window.press(",");
    window.type_text("Wann?");
    window.press("Ctrl+PageDown");
    window.press("Ctrl+PageUp");
    assert_eq!(window.set().span(date).map(|span| span.note.clone()).as_deref(), Some("Wann?"));
}

#[test]
fn a_note_is_written_by_key_and_bare_keys_are_text_meanwhile() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press(",");
    assert!(window.node("Note").is_focused());
    // Each of these is a command or a label outside a text field.
    for key in ["x", "r", "l", "Space", "?", "a", "Delete", "Enter", "g"] {
        window.press(key);
    }
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    assert_eq!(window.app().selected(), Some(id));
    assert!(!window.app().has_dialog());
    window.press("Escape");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("xrl ?a\ng"));
    // Escape led back to the article.
    window.press("o");
    assert_eq!(window.spans(), ["ORG Wladimir Putin"]);
}

#[test]
fn a_note_is_kept_while_it_is_written() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press(",");
    window.type_text("ob er");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some(""));
    for _ in 0..8 {
        window.harness.step();
    }
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("ob er"));
    assert!(window.node("Note").is_focused(), "writing goes on");
    window.type_text(" es ist?");
    window.press("Escape");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("ob er es ist?"));
}

#[test]
fn a_note_that_somebody_else_changes_is_not_written_over() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press(",");
    let article = window.app().article().expect("an article").clone();
    let session = window.app_mut().session_mut().expect("a project");
    session.edit(&article, "Note", |draft| Ok(draft.set_note(id, "von anderswo")?)).expect("a note");
    for _ in 0..8 {
        window.harness.step();
    }
    window.press("Escape");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("von anderswo"));
}

#[test]
fn what_is_typed_after_a_command_goes_where_the_command_leads() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    // Chosen in the palette, a field has the keyboard as if its key had been pressed.
    window.press("Ctrl+K");
    window.type_text("note");
    window.press("Enter");
    for key in ["r", "o", "x"] {
        window.press(key);
    }
    window.press("Escape");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("rox"));
    window.press("Ctrl+K");
    window.type_text("find…");
    window.press("Enter");
    for key in ["l", "o", "x"] {
        window.press(key);
    }
    assert!(window.texts().iter().any(|text| text == "lox"), "{:?}", window.texts());
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    window.press("Escape");
    window.press("Escape");

    // Whoever types fast sends the letters in the same frame.
    window.press("Alt+2");
    let key = |key, modifiers| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    window.app_mut().request(Request::Select(Some(id)));
    window.app_mut().request(Request::FocusArticle);
    window.run();
    let events = &mut window.harness.input_mut().events;
    events.push(key(egui::Key::K, egui::Modifiers::COMMAND));
    for (letter, text) in [(egui::Key::O, "o"), (egui::Key::L, "l")] {
        events.push(key(letter, egui::Modifiers::NONE));
        events.push(egui::Event::Text(text.to_owned()));
    }
    window.run();
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    assert!(window.texts().iter().any(|text| text == "ol"), "{:?}", window.texts());
}

#[test]
fn a_note_is_kept_when_the_inspector_is_hidden() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press(",");
    window.type_text("halb fertig");
    window.press("Ctrl+J");
    assert_eq!(window.set().span(id).map(|span| span.note.as_str()), Some("halb fertig"));
}

#[test]
fn the_label_can_be_chosen_from_a_list() {
    let mut window = Window::new();
    window.span("PER", "Kreml");
    window.click("Label");
    window.click("FACILITY");
    assert_eq!(window.spans(), ["FACILITY Kreml"]);
}

#[test]
fn relations_of_a_span_lead_to_them_and_back() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    let person = window.span("PER", "Wladimir Putin");
    assert!(window.shows("None yet. R starts one."));
    window.click("Relation…");
    window.type_text("präsident");
    window.press("Enter");
    window.click("person: Wladimir Putin");
    assert_eq!(window.app().selected(), Some(person));
    window.click("holds_title: person Wladimir Putin, title Präsident");
    assert!(window.app().selected().is_some_and(|id| window.set().relation(id).is_some()));
    window.click("title: Präsident");
    window.click("Delete");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
}

#[test]
fn document_labels_are_set_by_mouse_and_by_key() {
    let mut window = Window::new();
    let labels =
        |window: &Window| window.set().document_labels().map(|label| label.label.to_string()).collect::<Vec<_>>();
    window.click("visit");
    assert_eq!(labels(&window), ["visit"]);
    window.press("#");
    assert!(window.node("Type a document label").is_focused());
    window.type_text("front");
    window.press("Enter");
    assert_eq!(labels(&window), ["visit", "front"]);
    window.press("#");
    window.type_text("visit");
    window.press("Enter");
    assert_eq!(labels(&window), ["front"]);
    window.click("front");
    assert_eq!(labels(&window), [""; 0]);
    window.press("Ctrl+Z");
    assert_eq!(labels(&window), ["front"]);
}

#[test]
fn the_history_of_an_annotation_is_told() {
    let mut window = Window::new();
    let id = window.span("PER", "Kreml");
    window.press("o");
    window.press("f");
    assert!(window.shows("anna · Label PER"));
    assert!(window.shows("anna · Label “Kreml” (ORG) FACILITY"));
    // A span that a person changed from a suggestion tells what was suggested.
    suggest(&mut window, id);
    assert!(window.shows("suggested"));
    window.press("o");
    assert!(window.shows("Corrected from FACILITY “Kreml”"));
}

/// Puts a suggestion of an extractor in the place of a span.
fn suggest(window: &mut Window, id: AnnotationId) {
    let mut span = window.set().span(id).expect("the span").clone();
    let article = window.app().article().expect("an article").clone();
    span.status = Status::Suggested;
    span.provenance.source = Source::Extractor { name: "names".into(), version: "1".into() };
    let session = window.app_mut().session_mut().expect("a project");
    let replace = |draft: &mut Draft<'_>| {
        draft.remove(id)?;
        Ok(draft.insert_span(span)?)
    };
    let id = session.edit(&article, "Suggest", replace).expect("a suggestion");
    window.app_mut().request(Request::Select(Some(id)));
    window.run();
}

#[test]
fn entities_open_by_key() {
    let mut window = Window::new();
    window.press("E");
    assert_eq!(window.last_message(), "Select an annotation first, with Tab or a click");
    window.span("PER", "Wladimir Putin");
    assert!(window.shows("Not linked. E links it."));
    window.press("E");
    assert!(window.app().has_dialog());
    window.press("Escape");
    window.click("Entity…");
    assert!(window.app().has_dialog());
}
