//! The window as a whole: what is remembered, narrow and zoomed windows, themes, languages, projects without anything in
//! them, a project that another window has open.

use crate::harness::{Window, project, project_of, settings};
use glosse::{
    model::Schema,
    ui::{
        command::{Command, Needs},
        document::{ArcMode, TagMode},
        settings::Settings,
        texts::Language,
    },
};
use std::sync::Arc;

#[test]
fn a_second_window_reads_only_and_says_so() {
    let mut first = Window::new();
    first.span("PER", "Wladimir Putin");
    first.session().wait_until_saved().expect("saved");
    let mut second = Window::on(first.root());
    assert!(second.last_message().contains("opened for reading only: another Glosse has it open"));
    assert_eq!(second.app().messages().log().len(), 1, "what is said once is enough");
    assert!(second.has("read-only"));
    assert_eq!(second.spans(), ["PER Wladimir Putin"]);
    let why = "The project is open for reading only";
    second.select("Kreml");
    second.press("o");
    assert!(second.last_message().starts_with(why), "{}", second.last_message());
    second.click("Label ORG");
    second.press("Ctrl+Shift+L");
    assert!(second.last_message().starts_with(why), "{}", second.last_message());
    second.press("Escape");
    second.press("Ctrl+Home");
    second.press("Tab");
    assert!(second.app().selected().is_some());
    for key in ["X", "R", "o", "[", "E", "Enter", "Ctrl+Enter", "Ctrl+Z", "#"] {
        second.press(key);
        assert_eq!(second.spans(), ["PER Wladimir Putin"], "{key}");
        second.press("Escape");
    }
    // Dragging the edge of a span, or from span to span, selects text and changes nothing.
    second.press("Ctrl+Home");
    second.press("Tab");
    let range = second.range("Wladimir Putin");
    let (edge, (_, to)) = (second.place(range.end()).center(), second.letters(second.range("hat")));
    second.drag(edge, to);
    assert_eq!(second.spans(), ["PER Wladimir Putin"]);
    // When the first window is gone, the project can be opened for writing again.
    first.app_mut().close_project();
    second.restart();
    assert!(!second.has("read-only"));
}

#[test]
fn a_narrow_window_shows_the_inspector_over_the_text() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    for (width, height) in [(700.0, 600.0), (480.0, 360.0), (320.0, 240.0), (900.0, 300.0)] {
        window.resize(width, height);
        assert!(window.has("Note"), "{width} × {height}");
        for key in ["Alt+1", "Alt+2", "Alt+3", "Alt+4", "Ctrl+K", "Escape", "R", "Escape", "Alt+4"] {
            window.press(key);
        }
        window.press("Ctrl+Home");
        window.press("Tab");
        window.shot(&format!("narrow-{width}"));
    }
    window.resize(700.0, 600.0);
    // What is in the overlay works, and Escape takes it away.
    window.click("Label");
    window.click("ORG");
    assert_eq!(window.spans(), ["ORG Wladimir Putin"]);
    window.press("Escape");
    assert_eq!(window.app().selected(), None, "{:?}", window.names());
    assert!(!window.has("Note"));
    window.resize(1280.0, 800.0);
    assert!(window.has("Confirm article and go on"));
}

#[test]
fn everything_stays_on_the_window() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    for width in [1280.0, 1000.0, 700.0] {
        window.resize(width, 700.0);
        for name in ["Menu", "Light or dark", "Inspector", "Search or run a command"] {
            let rect = window.node(name).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= width + 0.5, "{name} at {rect:?} of {width}");
        }
    }
}

#[test]
fn zoom_theme_and_modes_are_remembered() {
    let mut window = Window::new();
    window.press("Ctrl+Plus");
    window.press("Ctrl+Plus");
    assert_eq!(window.harness.ctx.zoom_factor(), 1.2);
    window.press("Ctrl+Minus");
    assert_eq!(window.harness.ctx.zoom_factor(), 1.1);
    // The mouse still meets the text.
    window.select("Wladimir Putin");
    assert_eq!(window.selection(), "Wladimir Putin");
    window.press("F9");
    assert!(window.harness.ctx.global_style().visuals.dark_mode);
    window.click("Light or dark");
    assert!(!window.harness.ctx.global_style().visuals.dark_mode);
    window.press("F9");
    window.press("Shift+A");
    window.press("Shift+T");
    window.press("Shift+S");
    window.press("Ctrl+J");
    window.restart();
    assert_eq!(window.harness.ctx.zoom_factor(), 1.1);
    assert!(window.harness.ctx.global_style().visuals.dark_mode);
    let settings = window.app().settings();
    assert_eq!((settings.arcs, settings.tags, settings.snap), (ArcMode::All, TagMode::Hover, false));
    assert!(!settings.show_inspector);
    window.shot("dark");
    window.press("Ctrl+0");
    assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
    // Zoom stays within reason.
    for _ in 0..40 {
        window.press("Ctrl+Plus");
    }
    assert_eq!(window.harness.ctx.zoom_factor(), 3.0);
    for _ in 0..40 {
        window.press("Ctrl+Minus");
    }
    assert_eq!(window.harness.ctx.zoom_factor(), 0.5);
}

#[test]
fn the_settings_file_keeps_what_was_changed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("deep/settings.ron");
    let mut window = Window::new();
    window.press("F9");
    window.app_mut().save_settings();
    window.app().settings().save(&path).expect("written");
    let (loaded, _) = Settings::load(&path);
    assert_eq!(&loaded, window.app().settings());
    assert_eq!(loaded.dark, Some(true));
    assert_eq!(loaded.recent_projects.len(), 1);
}

#[test]
fn the_language_changes_at_once() {
    let mut window = Window::new();
    window.press("Ctrl+K");
    window.type_text("deutsch");
    window.press("Enter");
    assert_eq!(window.app().settings().language, Language::German);
    window.span("PER", "Kursk");
    window.press("Ctrl+Z");
    assert_eq!(window.last_message(), "Zurückgenommen: Markieren: PER");
    // English words find commands too.
    window.press("Ctrl+K");
    window.type_text("zoom in");
    assert!(window.shows("Vergrößern") || window.shows("Größer"), "{:?}", window.texts());
    window.press("Escape");
    window.press("Ctrl+K");
    window.type_text("sprache");
    window.press("Enter");
    assert_eq!(window.app().settings().language, Language::English);
    assert!(window.has("Search or run a command"));
}

#[test]
fn a_project_without_articles_says_what_to_do() {
    let mut window = Window::of(&project_of(&[]));
    assert!(window.shows("This project has no articles yet"));
    for command in Command::ALL.iter().copied().filter(|command| *command != Command::Quit) {
        window.command(command);
        window.press("Escape");
    }
    window.press("p");
    assert!(window.session().project().articles.is_empty());
    window.shot("empty");
}

#[test]
fn a_window_without_a_project_welcomes() {
    let mut window = Window::without_project();
    assert!(window.has("Open project…") && window.has("New project…"));
    for command in Command::ALL.iter().copied().filter(|command| command.needs() != Needs::Nothing) {
        window.command(command);
        assert!(!window.app().has_dialog(), "{command:?}");
        assert_eq!(window.last_message(), "Open a project first", "{command:?}");
    }
    window.click("Open project…");
    assert!(window.app().has_dialog());
    window.press("Escape");
    window.press("Ctrl+Shift+N");
    assert!(window.app().has_dialog());
    window.shot("welcome");
}

#[test]
fn a_schema_without_labels_leads_to_its_editor() {
    let mut bare = project();
    bare.schema = Arc::new(Schema::default());
    let mut window = Window::of(&bare);
    window.select("Kreml");
    window.press("p");
    assert_eq!(window.spans(), [""; 0]);
    window.press("Ctrl+L");
    assert!(window.has("Nothing fits"));
    window.press("Enter");
    window.press("Escape");
    window.click("Schema…");
    assert!(window.app().has_dialog());
}

#[test]
fn every_command_that_opens_a_dialog_does_so_and_escape_closes_it() {
    let mut window = Window::new();
    crate::names::correct(&mut window);
    for key in ["Ctrl+Shift+N", "Ctrl+O", "Ctrl+I", "Ctrl+E", "F4", "F7", "F2", "G", "?"] {
        window.press(key);
        assert!(window.app().has_dialog(), "{key}");
        // Nothing else answers to keys meanwhile.
        window.press("Ctrl+PageDown");
        assert_eq!(window.app().article().map(|article| article.as_str()), Some("besuch"), "{key}");
        window.press("Escape");
        assert!(!window.app().has_dialog(), "{key}");
    }
    for command in
        [Command::ChooseAnnotator, Command::EditMetadata, Command::CompareOriginal, Command::MessageLog, Command::About]
    {
        window.command(command);
        assert!(window.app().has_dialog(), "{command:?}");
        window.press("Escape");
        assert!(!window.app().has_dialog(), "{command:?}");
    }
    // The keyboard is back in the article.
    window.caret_to("Kreml");
    window.press("o");
    assert_eq!(window.spans(), ["ORG Kreml"]);
}

#[test]
fn the_menu_runs_commands() {
    let mut window = Window::new();
    window.click("Menu");
    window.click("View");
    let item = window.names().into_iter().find(|name| name.starts_with("History")).expect("a menu item");
    window.click(&item);
    assert!(window.has("Filter rows"));
}

#[test]
fn the_keyboard_goes_from_area_to_area() {
    let mut window = Window::new();
    window.span("PER", "Kreml");
    window.press("Alt+1");
    assert!(window.node("Filter rows").is_focused(), "a table that was opened has the keyboard");
    let mut seen = Vec::new();
    for _ in 0..4 {
        window.press("F6");
        let here = ["Filter articles", "Note", "Filter rows", "Article, keyboard"];
        seen.extend(here.into_iter().find(|name| window.has(name) && window.node(name).is_focused()));
    }
    assert_eq!(seen, ["Article, keyboard", "Filter articles", "Note", "Filter rows"]);
    // A closed table and a missing note are no areas.
    window.press("Alt+1");
    assert!(window.node("Article, keyboard").is_focused());
    window.press("Escape");
    let mut seen = Vec::new();
    for _ in 0..2 {
        window.press("F6");
        let here = ["Filter articles", "Article, keyboard"];
        seen.extend(here.into_iter().find(|name| window.node(name).is_focused()));
    }
    assert_eq!(seen, ["Filter articles", "Article, keyboard"]);
}

#[test]
fn a_table_row_is_reached_and_taken_by_keyboard() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    window.press("R");
    window.type_text("präsident");
    window.press("Enter");
    let id = window.app().selected().expect("a relation");
    window.press("Escape");
    window.press("Alt+1");
    // Enter confirms nothing in the text.
    window.press("Enter");
    assert!(window.has("Filter rows") && !window.shows("That was the last sentence"), "{:?}", window.names());
    window.press("Alt+1");
    window.press("Alt+1");
    assert!(window.node("Filter rows").is_focused(), "{:?}", window.names());
    window.type_text("title");
    window.press("Tab");
    window.press("Enter");
    assert_eq!(window.app().selected(), Some(id));
    window.press("Escape");
    assert_eq!(window.app().selected(), Some(id));
    window.press("X");
    assert_eq!(window.set().relations().len(), 0);
}

#[test]
fn the_first_start_shows_a_hint_that_goes_for_good() {
    let mut window = Window::with(Settings { hints_seen: false, ..settings() });
    assert!(window.has("Close hint"));
    window.click("Close hint");
    assert!(!window.has("Close hint"));
    window.restart();
    assert!(!window.has("Close hint"));
}

#[test]
fn other_keys_can_be_given_to_commands() {
    let keys = [("NextSpan".to_owned(), "J".to_owned()), ("ToggleTheme".to_owned(), String::new())];
    let mut window = Window::with(Settings { keys: keys.into(), ..settings() });
    let id = window.span("PER", "Wladimir Putin");
    window.press("Ctrl+Home");
    window.press("Escape");
    window.press("Tab");
    assert_eq!(window.app().selected(), None);
    window.press("J");
    assert_eq!(window.app().selected(), Some(id));
    window.press("F9");
    assert!(!window.harness.ctx.global_style().visuals.dark_mode);
}
