//! Extractors from outside in the window: named in a dialog, asked beside the work, stopped, and held to what was agreed.

#![cfg(unix)]

use crate::harness::{Window, settings};
use glosse::{
    model::{Extractor, ExtractorKind, ExtractorProtocol, Status},
    session::suggest::is_own,
    ui::command::Command,
};
use std::collections::BTreeMap;

const TEXT: &str = "Die Ministerin Özdal kam nach Quellfurt.";

/// The project of the tests names these extractors.
fn name(window: &mut Window, kinds: Vec<(&str, ExtractorKind)>) {
    let article = window.app().article().expect("an article").clone();
    let extractors = kinds.into_iter().map(|(name, kind)| Extractor {
        name: name.into(),
        kind,
        labels: BTreeMap::new(),
        seconds: 60,
        sends_annotations: false,
    });
    let extractors: Vec<Extractor> = extractors.collect();
    let session = window.app_mut().session_mut().expect("a project");
    let changed = session.edit(&article, "Name extractors", |draft| {
        let mut settings = (*draft.project().settings).clone();
        settings.extractors = extractors;
        Ok(draft.set_settings(settings)?)
    });
    changed.expect("they can be named");
    window.run();
}

fn shell(script: &str) -> ExtractorKind {
    ExtractorKind::Process { command: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] }
}

/// Suggestions that are not Glosse's own.
fn suggested(window: &Window) -> usize {
    let spans = window.set().spans().filter(|span| span.status == Status::Suggested);
    spans.filter(|span| !is_own(&span.provenance.source)).count()
}

#[test]
fn an_extractor_is_named_in_the_dialog_and_asked() {
    let mut window = Window::with_text(TEXT);
    window.command(Command::SuggestWith);
    assert!(window.shows("This project names no extractor"));
    window.click("Extractors…");
    window.click("Add extractor");
    window.type_text("Probe");
    window.fill("Command", "sh");
    let answer = r#"{"spans":[{"text":"Özdal","label":"Person","score":0.7},{"text":"Quellfurt","label":"LOC"}]}"#;
    window.fill("Arguments", &format!("-c\nread -r line; echo '{answer}'"));
    window.fill("Names", "Person = PER");
    window.shot("extractors");
    window.click("Apply");
    assert!(!window.app().has_dialog(), "{:?}", window.names());
    assert_eq!(window.session().project().settings.extractors.len(), 1);
    assert_eq!(window.session().undo_title(), Some("Change extractors"));

    window.command(Command::SuggestWith);
    window.shot("suggest-with");
    window.click("Start");
    window.wait_until(|window| window.last_message().contains("suggested in"));
    assert_eq!(window.last_message(), "Probe: 2 spans and 0 relations suggested in 1 articles");
    assert_eq!(suggested(&window), 2);
    assert!(!window.has("Cancel"), "the line goes when it is over");
    window.press("Ctrl+Z");
    assert_eq!(suggested(&window), 0);
}

#[test]
fn an_extractor_at_work_can_be_stopped() {
    let mut window = Window::with_text(TEXT);
    name(&mut window, vec![("Schläfer", shell("sleep 600"))]);
    window.command(Command::SuggestWith);
    window.click("All that are not done");
    window.press("Enter");
    window.wait_until(|window| window.shows("Asking Schläfer"));
    window.shot("asking");
    window.command(Command::SuggestWith);
    window.press("Enter");
    assert!(window.last_message().contains("Another extractor is being asked"));
    window.click("Cancel");
    window.wait_until(|window| window.last_message().contains("stopped"));
    assert_eq!(suggested(&window), 0);
}

#[test]
fn what_goes_wrong_is_said() {
    let mut window = Window::with_text(TEXT);
    name(&mut window, vec![("Kaputt", shell("echo 'kein Modell' >&2; exit 4"))]);
    window.command(Command::SuggestWith);
    window.click("Start");
    window.wait_until(|window| window.last_message().contains("suggested in"));
    let messages: Vec<&str> = window.app().messages().log().iter().map(|message| message.text.as_str()).collect();
    assert!(
        messages.iter().any(|text| text.contains("kein Modell") && text.contains("exit status: 4")),
        "{messages:?}"
    );
}

#[test]
fn texts_leave_the_computer_only_where_that_was_agreed_to() {
    let mut window = Window::with_text(TEXT);
    let url = "http://192.0.2.7:9/x".to_owned();
    let far = ExtractorKind::Http { url, protocol: ExtractorProtocol::Glosse };
    name(&mut window, vec![("Fern", far)]);
    window.command(Command::SuggestWith);
    assert!(window.shows("Texts leave this computer, for 192.0.2.7"));
    window.press("Enter");
    assert!(window.app().has_dialog(), "without consent it does not start");
    assert!(!window.shows("texts may go to"));
    window.click("I agree, for this project");
    window.shot("suggest-far");
    window.click("Start");
    assert!(!window.app().has_dialog());
    let root = window.session().root().to_owned();
    assert!(window.app().settings().may_send(&root, "192.0.2.7"));
    assert!(window.shows("texts may go to 192.0.2.7"), "it stays in sight");
    if window.has("Cancel") {
        window.click("Cancel");
    }
    window.wait_until(|window| window.last_message().contains("suggested in"));
    window.command(Command::SuggestWith);
    assert!(!window.has("I agree, for this project"), "it is asked once");
    window.press("Escape");
    assert_eq!(settings().sends.len(), 0);
}
