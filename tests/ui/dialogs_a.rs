//! Schema, entities, article details, annotator, guidelines, keys and messages, by mouse and keyboard.

use crate::harness::Window;
use glosse::{
    model::{AnnotatorName, ArticleId, Entity, EntityId},
    ui::{command::Command, keymap::Shortcut},
};

fn entity(window: &Window, id: &str) -> Entity {
    let found = window.session().project().entities.get(&EntityId::new(id)).cloned();
    found.unwrap_or_else(|| panic!("no entity {id}"))
}

fn last_titles(window: &Window, count: usize) -> Vec<String> {
    let titles: Vec<String> = window.session().history().iter().map(|entry| entry.title.clone()).collect();
    titles.into_iter().rev().take(count).collect()
}

#[test]
fn a_label_is_added_edited_and_applied_in_one_transaction() {
    let mut window = Window::new();
    window.press("F4");
    assert!(window.app().has_dialog());
    window.shot("schema-labels");
    window.press("ArrowDown");
    assert!(window.shows("An organisation, authority or government"), "the arrows lead through the list");
    window.click("Add label");
    assert!(window.shows("Give it a name"));
    window.type_text("MONEY");
    window.fill("Key", "p");
    assert!(window.shows("Another label has this key"), "{:?}", window.names());
    window.shot("schema-problem");
    window.press("Ctrl+Enter");
    assert_eq!(window.session().project().schema.label("MONEY"), None, "a schema with problems is not taken into use");
    window.fill("Key", "y");
    window.fill("Description", "Sums of money.");
    window.click("Move up");
    window.click("Apply");
    let schema = &window.session().project().schema;
    let label = schema.label("MONEY").expect("the new label");
    assert_eq!((label.key, label.description.as_str()), (Some('y'), "Sums of money."));
    assert_eq!(schema.labels.iter().position(|label| &*label.name == "MONEY"), Some(schema.labels.len() - 2));
    assert_eq!(last_titles(&window, 5), ["Change the schema"]);
    window.press("Escape");
    assert!(!window.app().has_dialog());
    window.press("Ctrl+Z");
    assert_eq!(window.session().project().schema.label("MONEY"), None);
}

#[test]
fn renaming_a_label_renames_its_annotations_and_keeps_other_edits() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.open("drohnen");
    let other = window.span("PER", "Iwan Fedorow");
    window.open("besuch");
    window.press("F4");
    window.fill("Description", "Names of people.");
    window.click("Rename…");
    window.fill("New name", "PERSON");
    window.press("Enter");
    assert_eq!(window.set().span(id).map(|span| &*span.label), Some("PERSON"));
    assert_eq!(window.session().project().schema.label("PERSON").map(|label| label.key), Some(Some('p')));
    let untouched = window.session().project().schema.label("PERSON").map(|label| label.description.clone());
    assert_ne!(untouched.as_deref(), Some("Names of people."), "only the name was changed so far");
    window.click("Apply");
    let applied = window.session().project().schema.label("PERSON").map(|label| label.description.clone());
    assert_eq!(applied.as_deref(), Some("Names of people."));
    window.press("Escape");
    window.press("Ctrl+Z");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(id).map(|span| &*span.label), Some("PER"));
    window.press("Ctrl+Shift+Z");
    window.open("drohnen");
    assert_eq!(window.set().span(other).map(|span| &*span.label), Some("PERSON"));
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let mut window = Window::new();
    window.press("F4");
    window.click("Rename…");
    window.fill("New name", "LOC");
    window.press("Enter");
    assert!(window.session().project().schema.label("PER").is_some());
    assert!(window.shows("already"), "{:?}", window.names());
}

#[test]
fn deleting_a_label_asks_what_becomes_of_its_annotations() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press("F4");
    window.click("Delete…");
    assert!(window.shows("1 annotation carries it, in one article"), "{:?}", window.names());
    window.shot("schema-delete");
    window.click("Give the annotations another label");
    window.click("Delete it");
    assert_eq!(window.session().project().schema.label("PER"), None);
    assert_eq!(window.set().span(id).map(|span| &*span.label), Some("ORG"), "the first other label takes its place");
    window.press("Escape");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(id).map(|span| &*span.label), Some("PER"));
    window.press("F4");
    window.click("Delete…");
    window.click("Delete it");
    assert_eq!(window.set().span(id), None);
    window.press("Escape");
    window.press("Ctrl+Z");
    assert!(window.set().span(id).is_some());
}

#[test]
fn unsaved_edits_are_not_lost_in_silence() {
    let mut window = Window::new();
    window.press("F4");
    window.fill("Description", "Something else");
    window.press("Escape");
    assert!(window.app().has_dialog());
    window.shot("schema-unsaved");
    window.click("Keep editing");
    assert!(window.app().has_dialog());
    window.click("Close");
    window.click("Discard and close");
    assert!(!window.app().has_dialog());
    assert_eq!(window.session().history().len(), 0);
    window.press("F4");
    window.fill("Description", "Something else");
    window.press("Escape");
    window.click("Apply and close");
    assert!(!window.app().has_dialog());
    assert_eq!(last_titles(&window, 9), ["Change the schema"]);
}

#[test]
fn relations_attributes_and_document_labels_have_forms() {
    let mut window = Window::new();
    window.press("F4");
    window.click("Relations");
    window.shot("schema-relations");
    window.click("attack");
    window.shot("schema-event");
    window.click("Rename role attacker");
    window.fill("New name", "assailant");
    window.click("Rename");
    let attack = window.session().project().schema.relation("attack").expect("the relation").clone();
    assert_eq!(attack.arguments.first().map(|argument| &*argument.role), Some("assailant"));
    window.click("Add role");
    assert!(window.shows("Give the role a name"));
    let count = attack.arguments.len() + 1;
    window.fill(&format!("Role {count}"), "reason");
    window.click("Apply");
    let attack = window.session().project().schema.relation("attack").expect("the relation").clone();
    assert_eq!(attack.arguments.last().map(|argument| &*argument.role), Some("reason"));
    window.click("Attributes");
    window.shot("schema-attributes");
    window.click("Add attribute");
    window.type_text("tense");
    window.click("Type");
    window.click("One of several values");
    assert!(window.shows("Without values nothing can be chosen"));
    window.fill("Values", "past\npresent");
    window.click("Default");
    window.click("present");
    window.click("Apply");
    let attribute = window.session().project().schema.attribute("tense").expect("the attribute").clone();
    assert_eq!(attribute.default.map(|value| value.to_string()).as_deref(), Some("present"));
    window.click("Document labels");
    window.shot("schema-document-labels");
    window.click("Add document label");
    window.type_text("economy");
    window.press("Enter");
    assert!(window.session().project().schema.document_label("economy").is_some());
    assert_eq!(
        last_titles(&window, 9),
        ["Change the schema", "Change the schema", "Change the schema", "Rename role attacker of attack to assailant"]
    );
}

#[test]
fn a_color_is_chosen_from_the_palette_or_written() {
    let mut window = Window::new();
    window.press("F4");
    window.click("Color");
    window.shot("schema-color");
    window.fill("As #rrggbb", "#336699");
    window.press("Escape");
    window.click("Apply");
    let color = window.session().project().schema.label("PER").and_then(|label| label.color);
    assert_eq!(color.map(|color| color.to_string()).as_deref(), Some("#336699"));
}

#[test]
fn a_span_is_linked_to_a_new_entity_in_a_keystroke_and_to_a_known_one() {
    let mut window = Window::new();
    let full = window.span("PER", "Wladimir Putin");
    window.press("e");
    window.shot("link-create");
    assert!(window.has("Create “Wladimir Putin” (PER)"), "{:?}", window.names());
    window.press("Enter");
    assert!(!window.app().has_dialog());
    let id = EntityId::new("wladimir-putin");
    assert_eq!(window.set().span(full).and_then(|span| span.entity.clone()), Some(id.clone()));
    assert_eq!(&*entity(&window, "wladimir-putin").kind, "PER");

    // A genitive of the family name leads to the same person, and becomes one of his names.
    let family = window.span("PER", "Putins");
    window.press("e");
    window.shot("link-known");
    window.press("Enter");
    assert_eq!(window.set().span(family).and_then(|span| span.entity.clone()), Some(id.clone()));
    assert_eq!(entity(&window, "wladimir-putin").aliases, ["Putins"]);

    window.press("e");
    window.click("Remove link");
    assert_eq!(window.set().span(family).and_then(|span| span.entity.clone()), None);

    // Ctrl+Enter makes somebody new whatever is offered; the typed name counts.
    window.press("e");
    window.type_text("Igor Putin");
    window.press("Ctrl+Enter");
    let linked = window.set().span(family).and_then(|span| span.entity.clone());
    assert_eq!(linked, Some(EntityId::new("igor-putin")));
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(family).and_then(|span| span.entity.clone()), None);
    assert_eq!(window.session().project().entities.get(&EntityId::new("igor-putin")), None);
}

#[test]
fn an_entity_of_another_kind_is_linked_only_with_a_warning() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.press("e");
    window.press("Enter");
    let place = window.span("LOC", "Kursk");
    window.press("e");
    window.type_text("wladimir putin");
    let warning = "The chosen entity is a PER, the span a LOC";
    while !window.shows(warning) {
        assert_eq!(window.set().span(place).and_then(|span| span.entity.clone()), None);
        window.press("Down");
    }
    window.press("Enter");
    assert_eq!(window.set().span(place).and_then(|span| span.entity.clone()), Some(EntityId::new("wladimir-putin")));
    assert!(entity(&window, "wladimir-putin").aliases.is_empty(), "a place's name is no name of the person");
}

#[test]
fn names_are_added_only_where_wanted() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.press("e");
    window.press("Enter");
    let span = window.span("PER", "Präsident");
    window.press("e");
    window.type_text("putin");
    window.click("Add “Präsident” to the names of the entity");
    window.click("Wladimir Putin");
    assert_eq!(window.set().span(span).and_then(|span| span.entity.clone()), Some(EntityId::new("wladimir-putin")));
    assert_eq!(entity(&window, "wladimir-putin").aliases, [""; 0]);
}

#[test]
fn the_registry_is_edited() {
    let mut window = Window::new();
    window.press("F7");
    window.shot("entities-empty");
    window.type_text("Dmitri Peskow");
    window.click("Add “Dmitri Peskow”");
    assert_eq!(entity(&window, "dmitri-peskow").name, "Dmitri Peskow");
    window.click("Kind");
    window.click("PER");
    window.fill("Other names", "Peskow\nKremlsprecher");
    window.click("Add id");
    window.fill("Outside id 1", "Q1356459");
    window.shot("entities");
    window.click("Apply");
    let peskow = entity(&window, "dmitri-peskow");
    assert_eq!(
        (&*peskow.kind, peskow.aliases.as_slice()),
        ("PER", ["Peskow".to_owned(), "Kremlsprecher".to_owned()].as_slice())
    );
    assert_eq!(peskow.identifiers.get("wikidata").map(String::as_str), Some("Q1356459"));
    window.fill("Filter entities", "Dmitrij Peskow");
    window.click("Add “Dmitrij Peskow”");
    window.click("Merge into another…");
    window.shot("entities-merge");
    window.click("Merge into Dmitri Peskow");
    assert_eq!(window.session().project().entities.get(&EntityId::new("dmitrij-peskow")), None);
    assert!(entity(&window, "dmitri-peskow").aliases.contains(&"Dmitrij Peskow".to_owned()));
    window.click("Delete…");
    window.click("Delete it");
    assert_eq!(window.session().project().entities.entities.len(), 0);
    assert_eq!(
        last_titles(&window, 9),
        [
            "Delete entity Dmitri Peskow",
            "Merge entity Dmitrij Peskow into Dmitri Peskow",
            "Add entity Dmitrij Peskow",
            "Change entity Dmitri Peskow",
            "Add entity Dmitri Peskow"
        ]
    );
    window.press("Escape");
    window.press("Ctrl+Z");
    assert_eq!(window.session().project().entities.entities.len(), 1);
}

#[test]
fn what_is_typed_into_the_form_of_an_entity_is_kept_when_it_is_merged() {
    let mut window = Window::new();
    window.press("F7");
    for name in ["Dmitri Peskow", "Dmitrij Peskow"] {
        window.fill("Filter entities", name);
        window.click(&format!("Add “{name}”"));
    }
    window.fill("Name", "Dmitrij S. Peskow");
    window.click("Merge into another…");
    // By keyboard alone: the filter has it, and Enter takes what is chosen.
    window.type_text("nobody");
    window.press("Enter");
    assert!(window.node("Filter targets").is_focused(), "{:?}", window.names());
    window.fill("Filter targets", "dmitri p");
    window.press("Down");
    window.press("Enter");
    let aliases = entity(&window, "dmitri-peskow").aliases.clone();
    assert!(aliases.contains(&"Dmitrij S. Peskow".to_owned()), "{aliases:?}");
}

#[test]
fn article_details_are_changed() {
    let mut window = Window::new();
    window.command(Command::EditMetadata);
    window.shot("metadata");
    window.fill("Title", "Besuch in Kursk");
    window.fill("Date", "12. März");
    assert!(window.shows("Best as 2025-03-12"));
    window.click("Add detail");
    window.fill("Name of detail 1", "author");
    window.fill("Value of detail 1", "Anna Muster");
    window.press("Enter");
    assert!(!window.app().has_dialog());
    let metadata = window.session().project().article(&ArticleId::new("besuch")).expect("the article").metadata.clone();
    assert_eq!((metadata.title.as_str(), metadata.date.as_str()), ("Besuch in Kursk", "12. März"));
    assert_eq!(metadata.other.get("author").map(String::as_str), Some("Anna Muster"));
    window.press("Ctrl+Z");
    let metadata = window.session().project().article(&ArticleId::new("besuch")).expect("the article").metadata.clone();
    assert_eq!(metadata.title, "Putin besucht Kursk");
}

#[test]
fn somebody_else_goes_on() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.command(Command::ChooseAnnotator);
    window.type_text("Jörg Müller");
    assert!(window.shows("The name becomes a folder's name"));
    window.shot("annotator");
    window.click("Take joerg-mueller");
    window.click("Go on");
    assert_eq!(window.session().annotator(), &AnnotatorName::new("joerg-mueller"));
    assert_eq!(window.app().settings().annotator, "joerg-mueller");
    assert_eq!(window.app().selected(), None);
    window.command(Command::ChooseAnnotator);
    window.click("anna");
    assert_eq!(window.session().annotator(), &AnnotatorName::new("anna"));
}

#[test]
fn guidelines_are_read_and_written() {
    let mut window = Window::new();
    window.press("g");
    assert!(window.shows("A person's name, without title"));
    window.click("Edit");
    window.type_text(
        "# Grundsätze\n\nNur **Namen**, keine *Ämter*.\n\n- Komposita teilen\n- Anführungszeichen weglassen\n",
    );
    window.click("Apply");
    assert!(window.session().project().settings.guidelines.starts_with("# Grundsätze"));
    assert!(window.shows("Komposita teilen"));
    window.shot("guidelines");
    window.click("Edit");
    window.type_text("x");
    window.press("Escape");
    assert!(window.app().has_dialog());
    window.click("Discard and close");
    assert!(!window.app().has_dialog());
    assert_eq!(last_titles(&window, 9), ["Change the guidelines"]);
}

#[test]
fn keys_are_changed_and_conflicts_named() {
    let key = |window: &Window, command: Command| {
        let keys = &window.app().settings().keys;
        keys.get(command.id()).cloned().or(command.default_shortcut().map(|shortcut| shortcut.to_string()))
    };
    let mut window = Window::new();
    window.press("?");
    window.shot("shortcuts");
    window.type_text("guidel");
    window.click("Key of Guidelines: G");
    window.shot("shortcuts-waiting");
    window.press("Ctrl+H");
    window.app_mut().save_settings();
    assert_eq!(key(&window, Command::Guidelines).as_deref(), Some("Ctrl+H"));
    assert!(Shortcut::parse("Ctrl+H").is_some());

    window.click("Key of Guidelines: Ctrl+H");
    window.press("Ctrl+F");
    assert!(window.shows("Ctrl+F belongs to “Find…”"), "{:?}", window.names());
    window.shot("shortcuts-conflict");
    window.click("Leave it");
    window.click("Key of Guidelines: Ctrl+H");
    window.press("p");
    assert!(window.shows("P is the key of the label PER"), "{:?}", window.names());
    window.click("Leave it");
    window.click("Key of Guidelines: Ctrl+H");
    window.press("Escape");
    assert!(window.app().has_dialog(), "Escape only gives up waiting");
    window.click("Key of Guidelines: Ctrl+H");
    window.press("Ctrl+F");
    window.click("Give it to this command");
    window.app_mut().save_settings();
    assert_eq!(key(&window, Command::Guidelines).as_deref(), Some("Ctrl+F"));
    assert_eq!(key(&window, Command::Find).as_deref(), Some(""));
    window.click("Reset all keys");
    window.app_mut().save_settings();
    assert_eq!(window.app().settings().keys.len(), 0);
}

#[test]
fn messages_are_kept() {
    let mut window = Window::new();
    window.press("Ctrl+Z");
    window.command(Command::MessageLog);
    assert!(window.shows("Nothing to undo"));
    window.shot("messages");
}

#[test]
fn nothing_is_changed_in_a_project_that_can_only_be_read() {
    let mut window = Window::new();
    let root = window.folder().join("project");
    let mut second = Window::on(&root);
    assert!(second.session().read_only_reason().is_some());
    for command in [Command::EditSchema, Command::EditEntities, Command::Guidelines] {
        second.command(command);
        second.shot(&format!("read-only-{command:?}"));
        second.press("Ctrl+Enter");
        second.press("Escape");
    }
    assert_eq!(second.session().history().len(), 0);
    window.run();
}

#[test]
fn the_dialogs_in_the_dark() {
    let mut window = Window::with(glosse::ui::settings::Settings {
        dark: Some(true),
        hints_seen: true,
        annotator: "anna".to_owned(),
        ..Default::default()
    });
    for (command, name) in [
        (Command::EditSchema, "schema"),
        (Command::EditEntities, "entities"),
        (Command::Guidelines, "guidelines"),
        (Command::ShortcutSheet, "shortcuts"),
        (Command::EditMetadata, "metadata"),
        (Command::ChooseAnnotator, "annotator"),
        (Command::MessageLog, "messages"),
    ] {
        window.command(command);
        assert!(window.app().has_dialog(), "{name}");
        window.shot(&format!("dark-{name}"));
        window.press("Escape");
        assert!(!window.app().has_dialog(), "{name}");
    }
    window.span("PER", "Wladimir Putin");
    window.press("e");
    window.shot("dark-link");
}

#[test]
fn the_window_speaks_german() {
    // The language belongs to the whole process, so other tests would see it: a process of its own looks at it.
    if std::env::var_os("GLOSSE_TEST_GERMAN").is_none() {
        let test = std::env::current_exe().expect("this test program");
        let status = std::process::Command::new(test)
            .args(["--exact", "dialogs_a::the_window_speaks_german", "--nocapture"])
            .env("GLOSSE_TEST_GERMAN", "1")
            .status();
        assert!(status.expect("a run of one test").success());
        return;
    }
    let mut window = Window::with(glosse::ui::settings::Settings {
        dark: Some(false),
        hints_seen: true,
        annotator: "anna".to_owned(),
        language: glosse::ui::texts::Language::German,
        ..Default::default()
    });
    window.shot("german-window");
    window.press("F4");
    window.click("Relationen");
    assert!(window.has("Umbenennen…"), "{:?}", window.names());
    window.shot("german-schema");
    window.press("Escape");
    window.command(Command::ShortcutSheet);
    window.shot("german-shortcuts");
    window.press("Escape");
    window.press("F7");
    window.shot("german-entities");
    window.press("Escape");
    window.command(Command::Export);
    window.shot("german-export");
    window.press("Escape");
    window.span("PER", "Wladimir Putin");
    window.press("e");
    assert!(window.has("„Wladimir Putin“ (PER) anlegen"), "{:?}", window.names());
    window.shot("german-link");
}
