//! Making, changing and looking at relations, by mouse and by keyboard.

use crate::harness::{Window, project_of};
use glosse::{
    model::{AnnotationId, Argument},
    ui::{document::ArcMode, request::Request},
};

fn select(window: &mut Window, id: AnnotationId) {
    window.app_mut().request(Request::Select(Some(id)));
    window.run();
}

/// Types into the box that is open, and takes what it offers first.
fn choose(window: &mut Window, query: &str) {
    window.type_text(query);
    window.press("Enter");
}

fn middle(window: &Window, words: &str) -> egui::Pos2 {
    let (first, last) = window.letters(window.range(words));
    first.lerp(last, 0.5)
}

#[test]
fn dragging_from_the_selected_span_links() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    // The person is selected, so dragging from its letters draws a relation and selects no text.
    let (from, to) = (middle(&window, "Wladimir Putin"), middle(&window, "Präsident"));
    window.drag(from, to);
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
    let selected = window.app().selected().expect("the new relation is selected");
    assert!(window.set().relation(selected).is_some());
    assert!(window.has("Relation holds_title, holds_title"));
    window.shot("relation");
}

#[test]
fn dragging_from_a_bar_links_whatever_is_selected() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    window.press("Escape");
    let below = window.place(window.range("Präsident").start()).bottom() + 3.0;
    let from = egui::pos2(middle(&window, "Präsident").x, below);
    let to = middle(&window, "Wladimir Putin");
    window.drag(from, to);
    // The schema knows the relation in one direction only, which is taken.
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
}

#[test]
fn a_drag_that_can_mean_several_things_asks() {
    let mut window = Window::new();
    window.span("LOC", "Region Kursk");
    window.span("ORG", "Kreml");
    let (from, to) = (middle(&window, "Kreml"), middle(&window, "Region Kursk"));
    window.drag(from, to);
    assert!(window.shows("Kreml → Region Kursk"));
    assert!(window.node("Type part of the relation").is_focused());
    assert!(window.has("member_of member → whole") && window.has("located_in inner → outer"));
    choose(&mut window, "loc");
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Region Kursk"]);
    assert!(!window.shows("Kreml → Region Kursk"));
}

#[test]
fn what_the_schema_forbids_is_refused_with_words() {
    let mut window = Window::new();
    window.span("DATE", "Mittwoch");
    window.span("ORG", "Kreml");
    let (from, to) = (middle(&window, "Kreml"), middle(&window, "Mittwoch"));
    window.drag(from, to);
    assert_eq!(window.last_message(), "The schema allows no relation here: ORG → DATE");
    assert_eq!(window.set().relations().len(), 0);
    // Dropped on no span at all: nothing happens.
    let to = middle(&window, "Sprecher");
    window.drag(from, to);
    assert_eq!(window.set().relations().len(), 0);
}

#[test]
fn a_relation_is_made_by_keyboard_alone() {
    let mut window = Window::new();
    window.select_by_keys("Region Kursk");
    window.press("l");
    window.select_by_keys("Kreml");
    window.press("o");
    window.press("R");
    assert!(window.shows("Kreml → …"));
    assert!(window.node("Type part of the target").is_focused());
    window.type_text("nirgends");
    assert!(window.shows("Nothing fits"));
    window.press("Escape");
    assert!(!window.shows("Kreml → …"));
    window.press("R");
    choose(&mut window, "kursk");
    assert!(window.shows("Kreml → Region Kursk"));
    window.press("Down");
    window.press("Enter");
    assert_eq!(window.set().relations().len(), 1);
    // The keyboard is back in the article.
    window.press("X");
    assert_eq!(window.set().relations().len(), 0);
}

#[test]
fn a_click_chooses_the_target_too() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    window.press("R");
    let at = middle(&window, "Präsident");
    window.click_at(at, 1);
    assert_eq!(window.relations(), ["holds_title: person Wladimir Putin, title Präsident"]);
}

/// A visit with its trigger and what takes part in it; the trigger is selected.
fn visit() -> (Window, AnnotationId) {
    let mut window = Window::new();
    window.span("LOC", "Region Kursk");
    window.span("DATE", "Mittwoch");
    window.span("PER", "Wladimir Putin");
    let trigger = window.span("EVENT", "besucht.");
    (window, trigger)
}

#[test]
fn an_event_takes_one_argument_after_the_other() {
    let (mut window, trigger) = visit();
    for (target, role) in [("wladimir", "visit visitor"), ("region", "visit"), ("mittwoch", "visit")] {
        window.press("R");
        choose(&mut window, target);
        if window.has("Type part of the relation") {
            choose(&mut window, role);
        }
        // The next argument goes on from the trigger.
        assert_eq!(window.app().selected(), Some(trigger));
    }
    assert_eq!(window.relations(), ["visit besucht.: visitor Wladimir Putin, place Region Kursk, date Mittwoch"]);
    // By mouse, a fourth one; and the event is still one relation.
    window.span("ORG", "Kreml");
    select(&mut window, trigger);
    let (from, to) = (middle(&window, "besucht."), middle(&window, "Kreml"));
    window.drag(from, to);
    choose(&mut window, "visit host");
    if window.has("Type part of the relation") {
        panic!("{:?}", window.names());
    }
    assert_eq!(window.set().relations().len(), 1);
    assert!(window.relations()[0].ends_with("date Mittwoch, host Kreml"), "{:?}", window.relations());
    // Roles stand on the arcs.
    assert!(window.has("Relation visit, visitor") && window.has("Relation visit, date"));
    window.shot("event");
    for _ in 0..3 {
        window.press("Ctrl+Z");
    }
    assert_eq!(window.relations(), ["visit besucht.: visitor Wladimir Putin, place Region Kursk"]);
}

#[test]
fn a_relation_can_be_an_argument() {
    let (mut window, trigger) = visit();
    window.press("R");
    choose(&mut window, "wladimir");
    if window.has("Type part of the relation") {
        choose(&mut window, "visit visitor");
    }
    window.span("ORG", "Kreml");
    let visit = window.set().relations().next().expect("a visit").id;
    select(&mut window, visit);
    window.press("R");
    choose(&mut window, "kreml");
    assert!(window.has("Type part of the relation"));
    choose(&mut window, "reported");
    assert_eq!(
        window.relations(),
        ["visit besucht.: visitor Wladimir Putin", "reported_by: claim [visit], source Kreml"]
    );
    // The other way round: from the source of the report to the event in brackets.
    window.press("Ctrl+Z");
    window.span("PER", "Dmitri Peskow");
    window.press("R");
    window.type_text("[visit");
    assert!(window.shows("[visit “besucht.”]"));
    window.press("Enter");
    if window.has("Type part of the relation") {
        choose(&mut window, "reported");
    }
    assert_eq!(window.relations()[1], "reported_by: claim [visit], source Dmitri Peskow");
    // Without the trigger there is no visit, and without the visit no report.
    select(&mut window, trigger);
    window.press("X");
    assert_eq!(window.set().relations().len(), 0);
    assert_eq!(window.last_message(), "Deleted with relations that depended on it: 2");
}

/// Two places, the inner one in the outer one, the relation selected.
fn located() -> (Window, AnnotationId) {
    let mut window = Window::new();
    window.span("LOC", "Kursk");
    window.span("LOC", "Region Kursk");
    window.span("FACILITY", "Kreml");
    window.press("R");
    choose(&mut window, "region");
    if window.has("Type part of the relation") {
        assert!(window.has("located_in outer ← inner"));
        choose(&mut window, "located_in");
    }
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Region Kursk"]);
    let id = window.app().selected().expect("the relation is selected");
    (window, id)
}

#[test]
fn a_relation_is_reversed() {
    let (mut window, id) = located();
    window.press("Shift+R");
    assert_eq!(window.relations(), ["located_in: inner Region Kursk, outer Kreml"]);
    window.click("Reverse relation");
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Region Kursk"]);
    assert_eq!(window.app().selected(), Some(id));
}

#[test]
fn an_argument_is_removed_and_another_put_in_its_place() {
    let (mut window, id) = located();
    assert!(window.has("outer: Region Kursk"));
    window.click("Remove argument outer");
    assert_eq!(window.relations(), ["located_in: inner Kreml"]);
    assert!(window.shows("Not filled: outer"));
    window.press("R");
    // The first word of the article is the first place of that name.
    window.type_text("kursk");
    window.press("Enter");
    if window.has("Type part of the relation") {
        choose(&mut window, &format!("{id}"));
    }
    assert_eq!(window.set().relations().len(), 1);
    assert_eq!(window.set().relation(id).map(|relation| relation.arguments.len()), Some(2));
}

#[test]
fn a_relation_is_retargeted_by_keyboard_and_by_mouse() {
    let (mut window, id) = located();
    window.press("C");
    assert!(window.has("Type part of the argument"));
    choose(&mut window, "outer");
    assert!(window.shows("[located_in] · outer → …"));
    window.type_text("kursk");
    window.press("Enter");
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Kursk"]);
    assert_eq!(window.app().selected(), Some(id));
    window.press("Ctrl+Z");
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Region Kursk"]);
    select(&mut window, id);
    window.click("Change target of outer");
    let at = middle(&window, "Kursk");
    window.click_at(at, 1);
    assert_eq!(window.relations(), ["located_in: inner Kreml, outer Kursk"]);
    window.press("C");
    window.press("Escape");
    assert!(!window.has("Type part of the argument"));
}

#[test]
fn a_trigger_is_retargeted() {
    let (mut window, _) = visit();
    window.press("R");
    choose(&mut window, "region");
    if window.has("Type part of the relation") {
        choose(&mut window, "visit");
    }
    window.span("EVENT", "besucht Kursk");
    let id = window.set().relations().next().expect("a visit").id;
    select(&mut window, id);
    window.click("Change target of trigger");
    choose(&mut window, "besucht kursk");
    assert_eq!(window.relations(), ["visit besucht Kursk: place Region Kursk"]);
}

#[test]
fn arcs_follow_the_mode() {
    let (mut window, _) = located();
    let arc = "Relation located_in, located_in";
    assert!(window.has(arc));
    window.press("Escape");
    assert_eq!(window.app().settings().arcs, ArcMode::Selection);
    assert!(!window.has(arc));
    window.press("Shift+A");
    assert!(window.has(arc) && window.has("arcs: all"));
    window.shot("arcs-all");
    window.click(arc);
    assert!(window.app().selected().is_some_and(|id| window.set().relation(id).is_some()));
    window.click("arcs: all");
    assert!(!window.has(arc) && window.has("arcs: none"));
    window.press("Shift+A");
    assert!(window.has(arc));
}

#[test]
fn a_far_end_is_a_stub_that_jumps_there_and_back() {
    let text = format!("Der Kreml liegt in der Stadt.\n\n{}Moskau ist groß.\n", "Ein Satz.\n\n".repeat(120));
    let mut window = Window::of(&project_of(&[("weit", "Weit", "", "", &text)]));
    let far = window.span("LOC", "Moskau");
    let near = window.span("FACILITY", "Kreml");
    window.press("R");
    choose(&mut window, "moskau");
    choose(&mut window, "located_in");
    let relation = window.app().selected().expect("a relation");
    assert!(window.set().relation(relation).is_some());
    let here = window.app().view().expect("a view").scroll_position();
    let stub = "Relation located_in, located_in · Moskau";
    assert!(window.has(stub), "{:?}", window.names());
    window.shot("stub");
    window.click(stub);
    assert_eq!(window.app().selected(), Some(far));
    let view = window.app().view().expect("a view");
    assert!(view.scroll_position() > here + 500.0);
    assert!(view.visible_range().contains(window.range("Moskau")));
    assert!(window.has("Relation located_in, located_in · Kreml"));
    window.press("Alt+Backspace");
    assert!(window.app().view().expect("a view").visible_range().contains(window.range("Kreml")));
    assert_eq!(window.app().selected(), Some(relation));
    // By keyboard alone: to one end after the other.
    window.press("J");
    assert_eq!(window.app().selected(), Some(near));
    window.press("Alt+Backspace");
    window.press("J");
    assert_eq!(window.app().selected(), Some(far));
    window.press("J");
    assert_eq!(window.app().selected(), Some(near));
    window.press("Alt+Backspace");
    window.press("Alt+Backspace");
    window.press("Alt+Backspace");
    assert_eq!(window.last_message(), "There is nowhere to go back to");
}

#[test]
fn the_relation_table_filters_and_leads_to_places() {
    let (mut window, trigger) = visit();
    for target in ["wladimir", "region"] {
        window.press("R");
        choose(&mut window, target);
        if window.has("Type part of the relation") {
            choose(&mut window, "visit");
        }
    }
    window.span("TITLE", "Präsident");
    window.press("R");
    choose(&mut window, "wladimir");
    window.press("Escape");
    window.press("Alt+1");
    let rows = [
        "visit besucht.: visitor Wladimir Putin, place Region Kursk",
        "holds_title: person Wladimir Putin, title Präsident",
    ];
    assert!(rows.iter().all(|row| window.has(row)), "{:?}", window.names());
    window.fill("Filter rows", "wladimir title");
    assert!(!window.has(rows[0]) && window.has(rows[1]));
    window.fill("Filter rows", "");
    window.click(rows[0]);
    let selected = window.app().selected().expect("a relation");
    assert_eq!(window.set().relation(selected).and_then(|relation| relation.trigger), Some(trigger));
    window.click("Close table");
    assert!(!window.has("Filter rows"));
    // The keyboard is back in the article.
    window.press("X");
    assert_eq!(window.set().relations().len(), 1);
}

#[test]
fn symmetric_relations_and_circles() {
    let mut window = Window::new();
    window.span("PER", "Putin");
    window.span("PER", "Wladimir Putin");
    window.press("R");
    choose(&mut window, "putin");
    assert_eq!(window.relations(), ["same_as: first Wladimir Putin, second Putin"]);
    let id = window.app().selected().expect("a relation");
    let article = window.app().article().expect("an article").clone();
    let session = window.app_mut().session_mut().expect("a project");
    let circle = session.edit(&article, "Circle", |draft| {
        Ok(draft.set_arguments(id, vec![Argument { role: "first".into(), target: id }])?)
    });
    assert!(circle.is_err());
}
