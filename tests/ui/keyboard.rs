//! The keyboard: what has it shows that, and no key does by accident what it does on purpose.

use crate::{
    harness::{Window, settings},
    queue::{ROWS, suggest},
};
use egui::{Pos2, Rect};
use glosse::{
    model::{AnnotatorName, Status},
    ui::{command::Command, messages::Severity, request::Request, settings::Settings},
};
use image::{Rgba, RgbaImage};

/// How far two colors are apart, from 1 to 21.
///
/// Formula: Web Content Accessibility Guidelines 2.2, contrast ratio.
fn contrast(one: Rgba<u8>, other: Rgba<u8>) -> f32 {
    let luminance = |Rgba([red, green, blue, _]): Rgba<u8>| {
        let [red, green, blue] = [red, green, blue].map(|channel| {
            let channel = f32::from(channel) / 255.0;
            if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The most that a picture changed from another close around a rectangle.
fn change_around(before: &RgbaImage, after: &RgbaImage, rect: Rect) -> f32 {
    let middle = rect.center();
    let ends = [
        Pos2::new(middle.x, rect.top() - 2.5),
        Pos2::new(middle.x, rect.bottom() + 1.5),
        Pos2::new(rect.left() - 2.5, middle.y),
        Pos2::new(rect.right() + 1.5, middle.y),
    ];
    let pixel = |image: &RgbaImage, at: Pos2| {
        let (x, y) = (at.x.max(0.0) as u32, at.y.max(0.0) as u32);
        *image.get_pixel(x.min(image.width() - 1), y.min(image.height() - 1))
    };
    ends.map(|at| contrast(pixel(before, at), pixel(after, at))).into_iter().fold(0.0, f32::max)
}

#[test]
fn every_button_shows_that_it_has_the_keyboard() {
    for dark in [false, true] {
        let mut window = Window::with(Settings { dark: Some(dark), ..settings() });
        suggest(&mut window, &ROWS);
        let check = |window: &mut Window, names: &[&str]| {
            for name in names {
                let before = window.harness.render().expect("a picture");
                window.node(name).focus();
                window.run();
                assert!(window.node(name).is_focused(), "{name}");
                let rect = window.node(name).rect();
                let after = window.harness.render().expect("a picture");
                let change = change_around(&before, &after, rect);
                assert!(change >= 3.0, "{name}, dark {dark}: {change}");
                window.shot(&format!("focus-{}-{dark}", names.len()));
            }
        };
        check(&mut window, &["Menu", "Light or dark", "Label PER", "Confirm article and go on"]);
        window.press("Escape");
        window.press("Ctrl+Shift+Enter");
        check(&mut window, &["Close", "Reject these", "Cancel", "Accept 1 suggestion", "Label"]);
        window.press("Escape");
        window.command(Command::ChooseAnnotator);
        check(&mut window, &["Go on", "Close"]);
    }
}

#[test]
fn escape_closes_the_newest_message_when_nothing_else_is_left_to_close() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    for text in ["Das erste ging schief", "Das zweite ging schief"] {
        window.app_mut().request(Request::Message(Severity::Error, text.to_owned()));
        window.run();
    }
    let left = |window: &Window| ["Das erste", "Das zweite"].map(|part| window.shows(part));
    assert!(window.has("Esc"), "the newest says its key");
    window.shot("messages");
    window.press("Escape");
    assert_eq!((window.app().selected(), left(&window)), (None, [true, true]));
    window.press("Ctrl+E");
    window.press("Escape");
    assert_eq!(left(&window), [true, true], "it closed the dialog");
    window.press("Escape");
    assert_eq!(left(&window), [true, false]);
    window.press("Escape");
    assert_eq!(left(&window), [false, false]);
    assert_eq!(window.app().messages().log().len(), 2, "the log keeps them");
    // Also where no project is open.
    let mut window = Window::without_project();
    window.app_mut().request(Request::Message(Severity::Error, "Das erste ging schief".to_owned()));
    window.run();
    window.press("Escape");
    assert_eq!(left(&window), [false, false]);
}

#[test]
fn enter_after_a_hit_goes_to_the_next_one_and_confirms_nothing() {
    let mut window = Window::new();
    suggest(&mut window, &ROWS);
    let suggested = |window: &Window| window.set().spans().filter(|span| span.status == Status::Suggested).count();
    let before = suggested(&window);
    window.press("Ctrl+F");
    window.type_text("Peskow");
    window.press("Enter");
    window.wait_until(|window| window.selection() == "Peskow");
    let first = window.app().view().expect("an article").selection;
    assert_eq!((window.selection(), window.node("Article, keyboard").is_focused()), ("Peskow", true));
    window.press("Enter");
    let second = window.app().view().expect("an article").selection;
    assert!(window.selection() == "Peskow" && second != first, "the next hit");
    assert_eq!(suggested(&window), before);
    // A label's key still labels the hit, and behind a key of the text Enter means the sentence.
    window.press("Ctrl+Home");
    window.press("Down");
    window.press("Down");
    window.press("Enter");
    assert!(suggested(&window) < before, "{}", window.last_message());
}

#[test]
fn enter_after_a_jump_from_the_queue_waits_for_another_key() {
    let mut window = Window::new();
    suggest(&mut window, &ROWS);
    window.press("Alt+5");
    window.wait_until(|window| window.names().iter().any(|name| name.contains(" %: ")));
    window.press("Enter");
    assert!(window.node("Article, keyboard").is_focused());
    let undo = window.session().next_undo();
    window.press("Enter");
    assert_eq!(window.session().next_undo(), undo, "nothing was confirmed");
    assert!(window.last_message().contains("another key"), "{}", window.last_message());
    window.press("Y");
    assert_eq!(window.session().undo_title(), Some("Accept “Wladimir Putin” (PER)"));
}

#[test]
fn arrows_choose_an_annotator() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    let session = window.app_mut().session_mut().expect("a project");
    session.set_annotator(AnnotatorName::new("max")).expect("a name");
    window.span("PER", "Dmitri Peskow");
    let annotator = |window: &Window| window.session().annotator().to_string();
    window.command(Command::ChooseAnnotator);
    window.shot("annotator-arrows");
    window.press("Up");
    window.press("Enter");
    assert_eq!((annotator(&window), window.app().has_dialog()), ("anna".to_owned(), false));
    window.command(Command::ChooseAnnotator);
    window.press("Down");
    window.press("Down");
    window.press("Enter");
    assert_eq!(annotator(&window), "max");
    window.command(Command::ChooseAnnotator);
    window.press("Up");
    window.type_text("eva");
    window.press("Enter");
    assert_eq!(annotator(&window), "eva", "what is written comes first");
}

/// Where what has the keyboard is, and how much of it is seen.
fn focused(window: &mut Window) -> Option<(Rect, Rect)> {
    // Between frames what is remembered is the frame before the last.
    window.harness.step();
    let id = window.harness.ctx.memory(|memory| memory.focused())?;
    let response = window.harness.ctx.read_response(id)?;
    Some((response.rect, response.interact_rect))
}

#[test]
fn what_gets_the_keyboard_is_scrolled_into_sight() {
    let (width, height) = (760.0, 500.0);
    for command in [
        Command::EditEntities,
        Command::EditSchema,
        Command::EditMetadata,
        Command::Export,
        Command::AddArticles,
        Command::ShortcutSheet,
        Command::Guidelines,
        Command::ReviewQueue,
        Command::CompareOpinions,
        Command::History,
    ] {
        let mut window = Window::new();
        suggest(&mut window, &ROWS);
        for number in 0..12 {
            let title = format!("Add entity {number}");
            let session = window.app_mut().session_mut().expect("a project");
            let none = glosse::model::ArticleId::new("");
            let name = format!("Entität {number:02}");
            session.edit(&none, title, |draft| Ok(draft.add_entity(&name, "").map(|_| ())?)).expect("an entity");
        }
        window.resize(width + 16.0, height + 16.0);
        window.command(command);
        window.run_until_quiet();
        for step in 0..40 {
            window.press("Tab");
            // The list of a table has no place of its own where the window has room for one row only.
            let Some((rect, seen)) = focused(&mut window).filter(|(rect, _)| rect.is_positive()) else { continue };
            // What is larger than its place is seen in part.
            let is_seen = seen.is_positive()
                && (seen.height() >= (rect.height() - 1.0).min(60.0))
                && (seen.width() >= (rect.width() - 1.0).min(60.0))
                && seen.center().x <= width + 16.0
                && seen.center().y <= height + 16.0;
            if !is_seen {
                window.shot(&format!("hidden-{command:?}-{width}"));
            }
            assert!(is_seen, "{command:?} at {width} × {height}, Tab {step}: {rect:?} seen {seen:?}");
        }
    }
}

#[test]
fn arrow_down_leads_from_a_filter_to_the_first_row() {
    let mut window = Window::new();
    window.press("Ctrl+P");
    window.type_text("Riad");
    window.press("Down");
    assert!(window.node("Gespräche in Riad").is_focused(), "{:?}", window.names());
    window.press("Enter");
    assert_eq!(window.app().article().map(|id| id.as_str()), Some("gespraeche"));
    // The same in a table.
    window.span("LOC", "Riad");
    window.command(Command::History);
    window.node("Filter rows").focus();
    window.run();
    window.press("Down");
    let row = window.names().into_iter().find(|name| name.ends_with("Label LOC")).expect("a row");
    assert!(window.node(&row).is_focused(), "{row}");
}
