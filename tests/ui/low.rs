//! Low windows: a table at the bottom leaves six lines of the article.

use crate::{
    harness::{Window, project_of, settings},
    queue::{Row, suggest},
};
use egui::vec2;
use glosse::{
    model::ArticleId,
    text::ByteOffset,
    ui::{command::Command, settings::Settings},
};
use std::collections::BTreeSet;

const ROWS: [Row<'_>; 3] = [
    ("lang", "Gouverneur", "PER", 0.9, "starter"),
    ("lang", "Stadt", "LOC", 0.8, "starter"),
    ("lang", "Nacht", "DATE", 0.7, "starter"),
];

/// A window of this size on a long article with a headline.
fn long(width: f32, height: f32) -> Window {
    let sentence = "In der Nacht griffen Drohnen die Stadt an, und der Gouverneur sprach von acht Verletzten. ";
    let text = format!("Drohnen über der Stadt\n\n{}\n", sentence.repeat(40));
    let project = project_of(&[("lang", "Drohnen über der Stadt", "Abendpost", "2025-03-14", &text)]);
    let mut window = Window::with_project(Settings { show_inspector: false, ..settings() }, &project);
    suggest(&mut window, &ROWS);
    // Tests have a margin of 8 points around the window.
    window.resize(width + 16.0, height + 16.0);
    window
}

/// How many lines of the text are whole in sight.
fn lines_in_sight(window: &Window) -> usize {
    let view = window.node("Article text").rect();
    let range = window.app().view().expect("an open article").visible_range();
    let places = (range.start().0..range.end().0).filter_map(|byte| {
        let place = window.app().view()?.caret_rect(ByteOffset(byte))?;
        (place.top() >= view.top() && place.bottom() <= view.bottom()).then_some(place.center().y.round() as i32)
    });
    places.collect::<BTreeSet<_>>().len()
}

#[test]
fn six_lines_stay_beside_the_queue_and_the_comparison() {
    // The second is a window of 900 × 600 at 150 %.
    for (width, height) in [(760.0, 500.0), (600.0, 400.0), (1280.0, 560.0), (760.0, 720.0), (1280.0, 800.0)] {
        for (command, list) in [
            (Command::ReviewQueue, "Suggestions to review"),
            (Command::CompareOpinions, "Right"),
            (Command::Find, "Find"),
            (Command::History, "Filter rows"),
        ] {
            let mut window = long(width, height);
            window.command(command);
            window.wait_until(|window| window.has(list));
            window.shot(&format!("low-{command:?}-{width}-{height}"));
            let lines = lines_in_sight(&window);
            assert!(lines >= 6, "{command:?} at {width} × {height}: {lines} lines in sight");
            let close = window.node("Close table").rect();
            assert!(close.right() <= width + 8.0 && close.bottom() <= height + 8.0, "{command:?}: {close:?}");
        }
    }
}

#[test]
fn a_strip_lists_rows_and_leads_to_other_tables() {
    let mut window = long(600.0, 400.0);
    window.press("Alt+5");
    let first = |window: &Window| window.names().into_iter().find(|name| name.contains(" %: "));
    window.wait_until(|window| first(window).is_some());
    let row = first(&window).expect("waited for");
    let (row, close) = (window.node(&row).rect(), window.node("Close table").rect());
    assert!(row.top() >= close.bottom() - 2.0 && row.bottom() <= 408.0 - 24.0, "{row:?} below {close:?}");
    // Keys work as in a large window.
    window.press("Y");
    assert_eq!(window.session().undo_title(), Some("Accept “Stadt” (LOC)"));
    window.click("Table");
    window.click("History");
    assert!(window.shows("Accept “Stadt” (LOC)"), "{:?}", window.names());
    window.click("Close table");
    assert!(window.has("Label PER"), "the labels are back");
    assert_eq!(window.app().article(), Some(&ArticleId::new("lang")));
    window.harness.set_size(vec2(1280.0, 800.0));
    window.press("Alt+5");
    window.run();
    assert!(!window.has("Table") && window.has("Filter rows"), "{:?}", window.names());
}
