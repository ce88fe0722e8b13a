//! Proposals of entities, splitting, knowledge bases, and why an entity is offered for a span.

use crate::harness::{Window, project_of};
use glosse::{
    model::{ArticleId, Entity, EntityId},
    session::entity_links::mentions_of,
    ui::command::Command,
};

fn mentions(window: &Window, id: &str) -> usize {
    mentions_of(window.session().project(), &EntityId::new(id)).len()
}

fn names(window: &Window) -> Vec<String> {
    window.session().project().entities.entities.values().map(|entity| entity.name.clone()).collect()
}

/// Two articles that name Quellfurt and somebody called Kolb.
fn labelled() -> Window {
    let mut window = Window::of(&project_of(&[
        ("eins", "Eins", "Blatt", "2025-03-12", "Marta Kolb kam nach Quellfurt. Danach lobte Kolb den Rat."),
        ("zwei", "Zwei", "Blatt", "2025-03-13", "In Quellfurt schien die Sonne."),
    ]));
    window.span("LOC", "Quellfurt");
    window.span("PER", "Marta Kolb");
    window.open("zwei");
    window.span("LOC", "Quellfurt");
    window.open("eins");
    window
}

#[test]
fn mentions_without_an_entity_are_proposed_and_taken_by_keyboard() {
    let mut window = labelled();
    window.command(Command::EditEntities);
    window.click("Proposals…");
    window.wait_until(|window| window.lists("2 mentions of “Quellfurt” have no entity"));
    assert!(window.lists("1 mention of “Marta Kolb” has no entity"));
    window.shot("entities-proposals");
    window.press("Down");
    window.press("Up");
    window.press("Enter");
    window.wait_until(|window| !names(window).is_empty());
    assert_eq!(names(&window), ["Quellfurt"]);
    assert_eq!(mentions(&window, "quellfurt"), 2);
    assert!(!window.lists("2 mentions of “Quellfurt” have no entity"));
    window.press("Enter");
    window.wait_until(|window| window.shows("Every name that you accepted has an entity"));
    assert_eq!(names(&window), ["Marta Kolb", "Quellfurt"]);
    window.click("Back");
    window.press("Escape");
    window.press("Ctrl+Z");
    assert_eq!((names(&window).len(), mentions(&window, "quellfurt")), (1, 2), "one undo for each");
}

#[test]
fn certain_links_are_made_at_once() {
    let mut window = labelled();
    window.command(Command::EditEntities);
    window.type_text("Quellfurt");
    window.click("Add “Quellfurt”");
    window.click("Kind");
    window.click("LOC");
    window.click("Apply");
    window.click("Proposals…");
    window.wait_until(|window| window.shows("2 mentions certainly name known entities"));
    window.click("Link them");
    window.wait_until(|window| mentions(window, "quellfurt") > 0);
    assert_eq!(mentions(&window, "quellfurt"), 2);
    assert!(!window.has("Link them"));
}

#[test]
fn proposals_and_links_are_about_all_articles_and_load_only_those_that_change() {
    let mut window = Window::of(&project_of(&[
        ("eins", "Eins", "Blatt", "2025-03-12", "Marta Kolb kam an. Es war Tag."),
        ("zwei", "Zwei", "Blatt", "2025-03-13", "In Quellfurt schien die Sonne."),
        ("drei", "Drei", "Blatt", "2025-03-14", "Nichts kam vor."),
    ]));
    window.open("eins");
    window.span("PER", "Marta Kolb");
    window.open("zwei");
    window.span("LOC", "Quellfurt");
    window.open("eins");
    window.restart();
    let is_loaded = |window: &Window, id: &str| window.session().is_loaded(&ArticleId::new(id));
    assert!(!is_loaded(&window, "zwei") && !is_loaded(&window, "drei"));
    window.command(Command::EditEntities);
    window.type_text("Quellfurt");
    window.click("Add “Quellfurt”");
    window.click("Kind");
    window.click("LOC");
    window.click("Apply");
    window.click("Proposals…");
    window.wait_until(|window| window.lists("1 mention of “Marta Kolb” has no entity"));
    assert!(window.shows("1 mention certainly names a known entity"), "{:?}", window.names());
    assert!(!is_loaded(&window, "zwei"));
    window.click("Link them");
    window.wait_until(|window| mentions(window, "quellfurt") == 1);
    assert!(!window.has("Link them") && is_loaded(&window, "zwei") && !is_loaded(&window, "drei"));
}

#[test]
fn an_entity_is_split_by_choosing_mentions() {
    let mut window = labelled();
    window.command(Command::EditEntities);
    window.click("Proposals…");
    window.wait_until(|window| window.lists("2 mentions of “Quellfurt” have no entity"));
    window.click("2 mentions of “Quellfurt” have no entity");
    window.wait_until(|window| !names(window).is_empty());
    window.click("Back");
    window.click_row("Quellfurt");
    window.click("Split…");
    window.type_text("Quellfurt (Lahm)");
    window.click("In [Quellfurt] schien die Sonne. · Zwei · anna");
    window.shot("entities-split");
    window.click("Split off");
    assert_eq!((mentions(&window, "quellfurt"), mentions(&window, "quellfurt-lahm")), (1, 1));
    let kind = |id: &str| window.session().project().entities.get(&EntityId::new(id)).map(|entity| entity.kind.clone());
    assert_eq!(kind("quellfurt-lahm"), kind("quellfurt"));
    window.press("Escape");
    window.press("Ctrl+Z");
    assert_eq!(mentions(&window, "quellfurt"), 2);
}

#[test]
fn a_knowledge_base_is_read_and_taken_over() {
    let mut window = labelled();
    let path = window.folder().join("orte.tsv");
    std::fs::write(&path, "id\tname\tlabel\nQ1\tQuellfurt\tLOC\nQ2\t\tLOC\n").expect("written");
    window.command(Command::EditEntities);
    window.click("Import…");
    window.fill("Knowledge base", &path.display().to_string());
    window.click("Read");
    window.wait_until(|window| window.shows("1 read: 1 are new, 0 get something new"));
    assert!(window.shows("line 3: the name is empty"), "{:?}", window.names());
    window.shot("entities-import");
    window.click("Take over");
    let found = window.session().project().entities.get(&EntityId::new("quellfurt")).cloned();
    let Entity { identifiers, .. } = found.expect("taken over");
    assert_eq!(identifiers.get("wikidata").map(String::as_str), Some("Q1"));
    window.click("Import…");
    window.fill("Knowledge base", "nirgends.tsv");
    window.click("Read");
    window.wait_until(|window| window.shows("can not be read"));
}

#[test]
fn the_dialog_on_a_span_offers_the_likeliest_entity_first_and_says_why() {
    let mut window = labelled();
    window.command(Command::EditEntities);
    window.click("Proposals…");
    window.wait_until(|window| window.lists("1 mention of “Marta Kolb” has no entity"));
    window.click("1 mention of “Marta Kolb” has no entity");
    window.wait_until(|window| !names(window).is_empty());
    window.press("Escape");
    window.select("Danach lobte Kolb");
    let text = window.text().to_owned();
    let start = text.find("lobte Kolb").expect("in the text") + "lobte ".len();
    let range = glosse::text::TextRange::from_usize(start, start + "Kolb".len());
    window.app_mut().request(glosse::ui::request::Request::SelectText(range));
    window.run();
    window.press("p");
    window.press("e");
    assert!(window.shows("“Marta Kolb” stands in the article · 95 %"), "{:?}", window.names());
    window.shot("link-reason");
    window.press("Enter");
    assert_eq!(mentions(&window, "marta-kolb"), 2);
}

fn add(window: &mut Window, names: &[&str]) {
    let session = window.app_mut().session_mut().expect("a project");
    for name in names {
        let add = |draft: &mut glosse::edit::Draft<'_>| Ok(draft.add_entity(name, "LOC").map(|_| ())?);
        session.edit(&ArticleId::new(""), "Add", add).expect("another entity");
    }
    window.run();
}

#[test]
fn what_is_typed_leads_to_an_entity_without_the_mouse() {
    let mut window = labelled();
    let towns: Vec<String> = (0..60).map(|number| format!("Ort {number:02}")).collect();
    add(&mut window, &towns.iter().map(String::as_str).collect::<Vec<_>>());
    add(&mut window, &["Quellfurt", "Quellheim"]);
    let name = |window: &Window| window.node("Name").value().unwrap_or_default();
    for key in ["Enter", "Down", "Tab"] {
        window.command(Command::EditEntities);
        window.type_text("quell");
        assert_eq!(name(&window), "Quellfurt");
        assert!(window.has("Add “quell”"));
        window.press(key);
        assert!(window.node("Quellfurt").is_focused(), "{key}: {:?}", window.names());
        window.press("Down");
        assert!(window.node("Quellheim").is_focused(), "{key}");
        assert_eq!(name(&window), "Quellheim");
        window.press("Escape");
    }
    // Whatever is chosen is in sight, also in a long list.
    window.command(Command::EditEntities);
    window.type_text("Quellfurt");
    window.fill("Filter entities", "");
    assert!(window.has("Quellfurt") && !window.has("Ort 00"), "{:?}", window.names());
    // Two may have one name, but not by accident.
    window.fill("Filter entities", "Quellfurt");
    assert!(window.has("Add another “Quellfurt”"));
    window.shot("entities-filter");
    assert_eq!(names(&window).len(), 62);
}

#[test]
fn mentions_are_counted_in_articles_that_were_never_opened() {
    let mut window = labelled();
    add(&mut window, &["Quellfurt"]);
    window.command(Command::EditEntities);
    window.click("Proposals…");
    window.wait_until(|window| window.shows("2 mentions certainly name known entities"));
    window.click("Link them");
    window.wait_until(|window| mentions(window, "quellfurt") == 2);
    window.press("Escape");
    window.restart();
    assert!(!window.session().is_loaded(&ArticleId::new("zwei")));
    window.command(Command::EditEntities);
    window.wait_until(|window| window.texts().iter().any(|text| text == "2"));
    assert!(!window.shows("not counted"));
    assert!(!window.session().is_loaded(&ArticleId::new("zwei")));
}
