//! Comparing two opinions in the window, and extractions from elsewhere brought in as suggestions.

use crate::harness::{Window, settings};
use glosse::{
    model::{AnnotatorName, ArticleId, Fragments, Provenance, SetKey, Status},
    text::{ByteOffset, TextEdit, TextRange},
    ui::{command::Command, request::Request, settings::Settings},
};

/// Labels words of an article as another annotator, beside the window.
fn label_as(window: &mut Window, who: &str, article: &str, spans: &[(&str, &str)]) {
    let session = window.app_mut().session_mut().expect("an open project");
    let id = ArticleId::new(article);
    let text = session.load(&id).expect("it is there").text().to_owned();
    let key = SetKey { article: id, annotator: AnnotatorName::new(who) };
    let provenance = Provenance::person(who, jiff::Timestamp::UNIX_EPOCH);
    session
        .edit_as(key, provenance, "Label", |draft| {
            for (label, words) in spans {
                let start = text.find(words).expect("words of the article");
                draft.add_span(label, Fragments::one(TextRange::from_usize(start, start + words.len())))?;
            }
            Ok(())
        })
        .expect("labels of the schema");
    window.run();
}

const ANNA: [(&str, &str); 4] =
    [("PER", "Wladimir Putin"), ("LOC", "Region Kursk"), ("ORG", "Kreml"), ("PER", "Dmitri Peskow")];
const MAX: [(&str, &str); 4] =
    [("PER", "Wladimir Putin"), ("LOC", "Kursk besucht"), ("LOC", "Kreml"), ("DATE", "Mittwoch")];

/// The test project as anna and max see it.
fn two_opinions(settings: Settings) -> Window {
    let mut window = Window::with(settings);
    for (who, spans) in [("anna", ANNA), ("max", MAX)] {
        label_as(&mut window, who, "besuch", &spans);
        label_as(&mut window, who, "drohnen", &[("PER", "Iwan Fedorow")]);
    }
    label_as(&mut window, "anna", "drohnen", &[("LOC", "Saporischschja")]);
    window
}

#[test]
fn differences_are_listed_and_gone_through_by_keys() {
    let mut window = two_opinions(settings());
    window.press("Alt+6");
    window.wait_for("in 2 articles");
    for row in [
        "Putin besucht Kursk: wrong label: ORG → LOC: Kreml",
        "Putin besucht Kursk: missed: PER → nothing: Dmitri Peskow",
        "Putin besucht Kursk: spurious: nothing → DATE: Mittwoch",
        "Drohnen über Saporischschja: missed: LOC → nothing: Saporischschja",
    ] {
        // Only rows in sight are drawn.
        window.fill("Filter rows", row.rsplit(' ').next().expect("a word"));
        assert!(window.lists(row), "{row}: {:?}", window.names());
    }
    window.fill("Filter rows", "");
    window.command(Command::CompareOpinions);
    window.wait_for("Differences, keyboard");
    assert!(!window.shows("Wladimir Putin:"), "what agrees is no difference");
    window.shot("comparison");
    // The list has the keyboard: arrows choose, Enter goes there.
    assert!(window.node("Differences, keyboard").is_focused());
    let mut seen = Vec::new();
    window.press("Down");
    window.press("Enter");
    seen.push(window.selection().to_owned());
    for _ in 0..2 {
        window.press("F8");
        seen.push(window.selection().to_owned());
    }
    window.press("Shift+F8");
    // In the order of the articles and their texts; of two places that overlap both are shown.
    assert_eq!(seen, ["Mittwoch", "Region Kursk besucht", "Kreml"]);
    assert_eq!(window.selection(), seen[1]);
    window.shot("comparison-there");
    window.fill("Filter rows", "Saporischschja");
    window.click_row("Drohnen über Saporischschja: missed: LOC → nothing: Saporischschja");
    assert_eq!(window.app().article(), Some(&ArticleId::new("drohnen")));
    assert_eq!(window.selection(), "Saporischschja");
    // Where a text is another one by now, its differences lie elsewhere.
    let besuch = ArticleId::new("besuch");
    let session = window.app_mut().session_mut().expect("a project");
    let edit = TextEdit { at: ByteOffset(0), removed: String::new(), inserted: "Neu: ".to_owned() };
    session.edit(&besuch, "Correct", |draft| Ok(draft.edit_text(&[edit]).map(|_| ())?)).expect("another text");
    window.fill("Filter rows", "Mittwoch");
    window.click_row("Putin besucht Kursk: spurious: nothing → DATE: Mittwoch");
    assert_eq!(window.last_message(), "The text was changed since: compare again");
    assert_eq!(window.app().article(), Some(&ArticleId::new("drohnen")));
}

#[test]
fn scores_confusion_and_csv() {
    let mut window = two_opinions(Settings { dark: Some(true), ..settings() });
    window.command(Command::CompareOpinions);
    window.wait_for("in 2 articles");
    window.click("Scores");
    assert!(window.shows("mean of labels") && window.shows("F1 overlap"), "{:?}", window.names());
    window.shot("comparison-scores");
    window.click("Confusion");
    window.shot("comparison-confusion");
    window.click("LOC → nothing: 1");
    assert!(window.lists("Drohnen über Saporischschja: missed: LOC → nothing: Saporischschja"), "{:?}", window.names());
    assert!(!window.lists("Putin besucht Kursk: wrong label: ORG → LOC: Kreml"));
    window.click("LOC → nothing");
    assert!(window.lists("Putin besucht Kursk: wrong label: ORG → LOC: Kreml"), "{:?}", window.names());
    window.click("missed 2");
    assert!(window.lists("Putin besucht Kursk: missed: PER → nothing: Dmitri Peskow"), "{:?}", window.names());
    assert!(!window.lists("Putin besucht Kursk: wrong label: ORG → LOC: Kreml"));

    let file = window.folder().join("unterschiede.csv");
    window.click("Save as CSV…");
    window.fill("Write to", &file.display().to_string());
    window.press("Ctrl+Enter");
    let written = std::fs::read_to_string(&file).expect("it is written");
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("article,what,kind,gold,predicted,start,end,text"));
    assert!(written.contains("besuch,span,wrong label,ORG,LOC,"), "{written}");
    assert!(written.contains(",Kreml\n"), "{written}");
    window.click("Scores");
    window.click("Save as CSV…");
    window.fill("Write to", &file.display().to_string());
    window.press("Ctrl+Enter");
    let written = std::fs::read_to_string(&file).expect("it is written");
    assert!(written.contains("all,strict,2,2,0,2,1,"), "{written}");
}

#[test]
fn a_comparison_says_what_it_can_not_do_and_follows_changes() {
    let mut window = two_opinions(settings());
    window.press("F8");
    assert_eq!(window.last_message(), "Compare two opinions first");
    window.press("Alt+6");
    window.wait_for("in 2 articles");
    window.click("Compare only this article");
    window.wait_for("in one article");
    assert!(!window.has("Compare again") && window.has("missed 1"), "{:?}", window.names());
    label_as(&mut window, "max", "besuch", &[("PER", "Dmitri Peskow")]);
    window.click("Compare again");
    window.wait_until(|window| window.shows("in one article") && !window.has("missed 1"));
    window.click("Judged");
    window.click("anna");
    window.wait_for("agrees with itself");
    window.click("Judged");
    window.click("Built-in model, cross-validated");
    window.wait_for("in one article");
    window.press("Escape");
    window.click("Close table");
}

#[test]
fn predictions_are_imported_as_suggestions() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    let text = window.text().to_owned();
    let span = |id: u32, words: &str, label: &str| {
        let start = text[..text.find(words).expect("words of the text")].chars().count();
        serde_json::json!({ "id": id, "label": label, "fragments": [[start, start + words.chars().count()]], "text": words })
    };
    let record = serde_json::json!({
        "format": "glosse-jsonl", "id": "vorhersage", "text": text,
        "spans": [span(1, "Wladimir Putin", "PERSON"), span(2, "Waleri Gerassimow", "PERSON"), span(3, "Kreml", "ORG")],
    });
    let file = window.folder().join("modell.jsonl");
    std::fs::write(&file, format!("{record}\n")).expect("written");
    window.app_mut().request(Request::Import(vec![file]));
    window.run();
    window.wait_for("Import 1 article");
    window.click("suggestions");
    window.fill("Extractor", "gliner");
    window.fill("Change labels", "PERSON");
    assert!(window.shows("write OLD=NEW"), "{:?}", window.names());
    window.fill("Change labels", "PERSON=PER");
    window.shot("import-suggestions");
    window.click("Import 1 article");
    window.wait_for("2 suggestions wait for review");
    assert!(window.shows("1 annotation was there already"), "{:?}", window.names());
    window.shot("import-suggestions-done");
    window.click("Open the first one");
    let status = |window: &Window, status: Status| window.set().spans().filter(|span| span.status == status).count();
    assert_eq!((status(&window, Status::Accepted), status(&window, Status::Suggested)), (1, 2));
    assert_eq!(window.session().project().articles.len(), 3, "the text is in the project already");
    window.press("Ctrl+Z");
    assert_eq!((status(&window, Status::Accepted), status(&window, Status::Suggested)), (1, 0));
}
