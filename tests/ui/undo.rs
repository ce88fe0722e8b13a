//! Undo and redo of everything: across articles, across restarts, of bulk and schema changes and text corrections.

use crate::harness::Window;
use glosse::{
    edit::SchemaItem,
    ui::{command::Command, request::Request},
};

fn article(window: &Window) -> &str {
    window.app().article().expect("an open article").as_str()
}

#[test]
fn undo_follows_into_other_articles() {
    let mut window = Window::new();
    window.select_by_keys("Wladimir Putin");
    window.press("p");
    window.press("Ctrl+PageDown");
    window.select_by_keys("Iwan Fedorow");
    window.press("p");
    window.press("Ctrl+PageUp");
    assert_eq!(article(&window), "besuch");
    window.press("Ctrl+Z");
    assert_eq!(article(&window), "drohnen");
    assert_eq!(window.spans(), [""; 0]);
    assert_eq!(window.last_message(), "Undone: Label “Iwan Fedorow” PER");
    window.press("Ctrl+Z");
    assert_eq!(article(&window), "besuch");
    assert_eq!(window.spans(), [""; 0]);
    window.press("Ctrl+Z");
    assert_eq!(window.last_message(), "Nothing to undo");
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    window.press("Ctrl+Shift+Z");
    assert_eq!((article(&window), window.spans()), ("drohnen", vec!["PER Iwan Fedorow".to_owned()]));
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.last_message(), "Nothing to redo");
    // Something new ends what could be redone.
    window.press("Ctrl+Z");
    window.caret_to("Gouverneur");
    window.press("t");
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.last_message(), "Nothing to redo");
    assert_eq!(window.spans(), ["TITLE Gouverneur"]);
}

#[test]
fn links_to_entities_are_named_by_words_and_names() {
    let mut window = Window::new();
    let title = |window: &Window| window.session().undo_title().unwrap_or_default().to_owned();
    window.span("PER", "Wladimir Putin");
    window.press("e");
    window.press("Ctrl+Enter");
    assert_eq!(title(&window), "Create entity Wladimir Putin and link “Wladimir Putin” (PER)");
    window.span("TITLE", "Präsident");
    window.press("e");
    window.click_row("Wladimir Putin");
    assert_eq!(title(&window), "Link “Präsident” (TITLE) to Wladimir Putin");
    window.press("e");
    window.click_row("Remove link");
    assert_eq!(title(&window), "Remove the link of “Präsident” (TITLE)");
}

#[test]
fn what_was_done_is_named_by_its_words() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    let title = |window: &Window| window.session().undo_title().unwrap_or_default().to_owned();
    window.press("]");
    assert_eq!(title(&window), "Resize “Wladimir Putin” (PER)");
    window.press("Ctrl+Z");
    window.press("o");
    assert_eq!(title(&window), "Label “Wladimir Putin” (PER) ORG");
    window.fill("Note", "wer?");
    window.press("Escape");
    assert_eq!(title(&window), "Note on “Wladimir Putin” (ORG)");
    let session = window.app_mut().session_mut().expect("a project");
    let article = glosse::model::ArticleId::new("besuch");
    let reopen = |draft: &mut glosse::edit::Draft<'_>| Ok(draft.set_status(id, glosse::model::Status::Suggested)?);
    session.edit(&article, "Reopen", reopen).expect("it is there");
    window.app_mut().request(Request::Select(Some(id)));
    window.run();
    window.press("X");
    assert_eq!(title(&window), "Reject “Wladimir Putin” (ORG)");
    window.command(Command::History);
    assert!(window.shows("Reject “Wladimir Putin” (ORG)"), "{:?}", window.names());
    window.press("Ctrl+Z");
    assert_eq!(window.last_message(), "Undone: Reject “Wladimir Putin” (ORG)");
    window.press("Y");
    assert_eq!(title(&window), "Accept “Wladimir Putin” (ORG)");
    window.app_mut().request(Request::Select(Some(id)));
    window.run();
    window.press("X");
    assert_eq!(title(&window), "Delete “Wladimir Putin” (ORG)");
}

#[test]
fn undo_goes_on_after_a_restart() {
    let mut window = Window::new();
    window.select_by_keys("Wladimir Putin");
    window.press("p");
    window.select_by_keys("Präsident");
    window.press("t");
    window.press("R");
    window.type_text("wladimir");
    window.press("Enter");
    window.press("Ctrl+Z");
    assert_eq!((window.spans().len(), window.relations().len()), (2, 0));
    window.restart();
    assert_eq!((window.spans().len(), window.relations().len()), (2, 0));
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    window.restart();
    window.press("Ctrl+Z");
    assert_eq!(window.spans(), [""; 0]);
    window.press("Ctrl+Z");
    assert_eq!(window.last_message(), "Nothing to undo");
}

#[test]
fn all_occurrences_are_one_step() {
    let mut window = Window::new();
    window.select_by_keys("Putin");
    window.press("p");
    window.press("A");
    window.wait_for("Label 2 places PER");
    window.press("Ctrl+Enter");
    window.wait_until(|window| !window.app().has_dialog());
    let total = window.set().spans().len();
    assert!(total > 1, "{:?} {}", window.spans(), window.last_message());
    window.press("Ctrl+Z");
    assert_eq!(window.spans(), ["PER Putin"]);
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.set().spans().len(), total);
}

#[test]
fn renaming_a_label_is_undone_with_its_annotations() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.app_mut().request(Request::change(|session| {
        session.load_all(|_, _| true)?;
        let article = session.project().articles.keys().next().expect("an article").clone();
        session.edit(&article, "Rename PER", |draft| Ok(draft.rename(SchemaItem::Label, "PER", "PERSON")?))?;
        Ok(None)
    }));
    window.run();
    assert_eq!(window.spans(), ["PERSON Wladimir Putin"]);
    assert!(window.has("Label PERSON"));
    window.press("Ctrl+Z");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
    assert!(window.has("Label PER"));
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.spans(), ["PERSON Wladimir Putin"]);
}

#[test]
fn a_text_correction_is_undone_with_what_it_damaged() {
    let mut window = Window::new();
    window.span("ORG", "Kreml");
    window.span("LOC", "Region Kursk");
    let before = window.text().to_owned();
    window.caret_to("Wladimir");
    window.press("F2");
    assert!(window.node("Text").is_focused());
    window.press("Ctrl+A");
    window.type_text("Der Präsident hat am Mittwoch die Region Kursk besucht.");
    window.press("Ctrl+Enter");
    assert!(!window.app().has_dialog(), "{:?}", window.texts());
    assert!(window.text().contains("Der Präsident hat am Mittwoch") && !window.text().contains("Kreml"));
    assert_eq!(window.spans(), ["LOC Region Kursk"]);
    assert!(window.last_message().contains("ORG"), "{}", window.last_message());
    window.press("Ctrl+Z");
    assert_eq!(window.text(), before);
    assert_eq!(window.spans(), ["LOC Region Kursk", "ORG Kreml"]);
    window.restart();
    assert_eq!(window.text(), before);
    window.press("Ctrl+Shift+Z");
    assert_eq!(window.spans(), ["LOC Region Kursk"]);
    window.command(Command::CompareOriginal);
    assert!(window.app().has_dialog());
}

#[test]
fn the_history_table_tells_who_did_what() {
    let mut window = Window::new();
    window.select_by_keys("Wladimir Putin");
    window.press("p");
    window.press("Ctrl+PageDown");
    window.select_by_keys("Iwan Fedorow");
    window.press("p");
    window.press("Ctrl+Z");
    window.press("Alt+4");
    for line in ["anna · Label “Wladimir Putin” PER", "anna · Label “Iwan Fedorow” PER", "anna · Undone: Label “Iwan"]
    {
        assert!(window.shows(line), "{line}: {:?}", window.names());
    }
    window.fill("Filter rows", "wladimir");
    assert!(!window.shows("anna · Undone"));
    let row = window.names().into_iter().find(|name| name.contains("anna · Label “Wladimir")).expect("a row");
    window.click(&row);
    assert_eq!(article(&window), "besuch");
    window.press("Alt+4");
    assert!(!window.has("Filter rows"));
}

#[test]
fn the_problems_table_leads_to_what_is_unfinished() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    window.press("R");
    window.type_text("präsident");
    window.press("Enter");
    let id = window.app().selected().expect("a relation");
    window.press("Alt+3");
    assert!(window.has("No problems in this article"));
    window.click("Remove argument title");
    assert!(!window.has("No problems in this article"));
    let row = window.names().into_iter().find(|name| name.ends_with("the role \"title\" is not filled"));
    window.press("Escape");
    assert_eq!(window.app().selected(), None);
    let row = row.unwrap_or_else(|| panic!("no problem in {:?}", window.names()));
    window.click(&row);
    assert_eq!(window.app().selected(), Some(id));
    // By keyboard.
    window.press("Escape");
    window.press("N");
    assert_eq!(window.app().selected(), Some(id));
}
