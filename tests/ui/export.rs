//! Exporting: what is chosen in the dialog is what the files hold, by mouse and by keyboard.

use crate::harness::{Window, project, settings};
use egui_kittest::kittest::{By, NodeT, Queryable};
use glosse::{
    model::{ArticleId, Progress, Status},
    ui::{
        command::Command,
        settings::{ExportArticles, ExportChoices, Settings},
        texts::Language,
    },
};
use std::path::{Path, PathBuf};

/// Two people and a place in the first article, one of each in the last.
fn window() -> Window {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.span("LOC", "Region Kursk");
    window.span("PER", "Dmitri Peskow");
    window.open("gespraeche");
    window.span("PER", "Putin");
    window.span("LOC", "Riad");
    window
}

/// The dialog, once it is known what it would write.
fn open(window: &mut Window) {
    window.command(Command::Export);
    window.wait_for("HOW THE FILES BEGIN");
}

/// Chooses one of a short list.
fn choose(window: &mut Window, list: &str, entry: &str) {
    window.click(list);
    window.click(entry);
}

/// Writes to a file or folder of this name and waits until it is there.
fn write(window: &mut Window, name: &str) -> PathBuf {
    let target = window.folder().join(name);
    window.fill("Write to", &target.display().to_string());
    window.press("Ctrl+Enter");
    window.wait_for(" written, ");
    target
}

/// What a file of JSON lines holds: each article's id, with the label and the words of each span.
fn articles(file: &Path) -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(file).expect("the file is there");
    let record = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("a record") };
    let of = |record: serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let spans = record["spans"].as_array().cloned().unwrap_or_default();
        let spans = spans.iter().map(|span| format!("{} {}", text(&span["label"]), text(&span["text"]))).collect();
        (text(&record["id"]), spans)
    };
    text.lines().map(record).map(of).collect()
}

fn ids(file: &Path) -> Vec<String> {
    articles(file).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn losses_are_shown_before_anything_is_written() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.press("Ctrl+E");
    window.wait_for("HOW THE FILES BEGIN");
    assert!(window.shows("3 articles, 1 span"), "{:?}", window.names());
    window.shot("export");
    let target = write(&mut window, "out.jsonl");
    window.shot("export-done");
    assert_eq!(articles(&target).len(), 3);
    assert_eq!(window.app().settings().export.folder, window.folder());
}

#[test]
fn formats_that_hold_less_say_so() {
    let last_export_format = "brat".to_owned();
    let mut window = Window::with(Settings { dark: Some(true), last_export_format, ..settings() });
    window.span("PER", "Wladimir Putin");
    open(&mut window);
    window.shot("export-losses");
    assert!(window.shows("WHAT THE FILES DO NOT HOLD"));
    window.click("More choices");
    window.click("divide the articles");
    window.wait_for("No article comes into");
    window.shot("export-split");
    assert!(window.has("seed"));
}

#[test]
fn only_chosen_labels_are_written() {
    let mut window = window();
    open(&mut window);
    assert!(window.shows("3 articles, 5 spans"), "{:?}", window.names());
    window.click("More choices");
    window.click("Labels");
    window.click("PER");
    window.press("Escape");
    window.wait_for("3 articles, 3 spans");
    let file = write(&mut window, "people.jsonl");
    let spans: Vec<_> = articles(&file).into_iter().flat_map(|(_, spans)| spans).collect();
    assert_eq!(spans, ["PER Wladimir Putin", "PER Dmitri Peskow", "PER Putin"]);
}

#[test]
fn only_listed_articles_are_written() {
    let mut window = window();
    window.fill("Filter articles", "morgenblatt");
    open(&mut window);
    choose(&mut window, "Articles", "Those that the list shows (2)");
    window.wait_for("2 articles, 5 spans");
    assert_eq!(ids(&write(&mut window, "listed.jsonl")), ["besuch", "gespraeche"]);
}

#[test]
fn only_the_open_article_is_written() {
    let mut window = window();
    open(&mut window);
    window.click("Articles");
    assert!(!window.shows("Those that the list shows"), "the list shows all");
    window.click("The open one: Gespräche in Riad");
    window.wait_for("1 article, 2 spans");
    let file = write(&mut window, "open.jsonl");
    assert_eq!(articles(&file), [("gespraeche".to_owned(), vec!["PER Putin".to_owned(), "LOC Riad".to_owned()])]);
}

#[test]
fn only_articles_that_are_done_are_written() {
    let mut window = window();
    let session = window.app_mut().session_mut().expect("a project");
    let done = |draft: &mut glosse::edit::Draft<'_>| Ok(draft.set_progress(Progress::Done)?);
    session.edit(&ArticleId::new("besuch"), "Confirm article", done).expect("it is there");
    open(&mut window);
    window.click("only done ones");
    window.wait_for("1 article, 3 spans");
    assert_eq!(ids(&write(&mut window, "done.jsonl")), ["besuch"]);
}

#[test]
fn nothing_is_written_where_no_article_fits() {
    let mut window = window();
    open(&mut window);
    window.click("only done ones");
    window.wait_for("No article fits what was chosen");
    assert!(window.node("Export").accesskit_node().is_disabled());
}

#[test]
fn articles_of_one_source_come_into_one_part() {
    let mut window = window();
    open(&mut window);
    window.click("More choices");
    assert!(!window.has("Keep together"), "nothing is divided");
    window.click("divide the articles");
    // Without a share there is no file.
    window.fill("train", "50");
    window.press("Tab");
    window.fill("dev", "0");
    window.press("Tab");
    window.fill("test", "50");
    window.press("Tab");
    choose(&mut window, "Keep together", "Those with the same source · 2 values");
    let sources = |file: &Path| {
        let all = project().articles;
        let source = |id: String| all[&ArticleId::new(&id)].metadata.source.clone();
        ids(file).into_iter().map(source).collect::<Vec<_>>()
    };
    // With one of the first seeds the sources come into different parts.
    for seed in 0..20 {
        window.fill("seed", &seed.to_string());
        window.press("Tab");
        window.run_until_quiet();
        if window.shows("train 2, test 1") || window.shows("train 1, test 2") {
            break;
        }
    }
    assert!(!window.shows("No article comes into"), "{:?}", window.names());
    let folder = write(&mut window, "divided");
    let (mut train, mut test) = (sources(&folder.join("train.jsonl")), sources(&folder.join("test.jsonl")));
    assert!(!folder.join("dev.jsonl").exists());
    train.dedup();
    test.dedup();
    let mut parts = [train, test];
    parts.sort();
    assert_eq!(parts, [["Abendpost"], ["Morgenblatt"]]);
}

#[test]
fn a_page_about_the_data_lies_beside_it_and_keeps_what_a_person_wrote() {
    let mut window = window();
    open(&mut window);
    window.click("More choices");
    window.click("a page beside the data");
    assert!(window.shows("probe.card.md is written beside the data"), "{:?}", window.names());
    write(&mut window, "data.jsonl");
    assert!(window.shows("data.card.md"), "{:?}", window.names());
    window.press("Escape");
    let path = window.folder().join("data.card.md");
    let card = std::fs::read_to_string(&path).expect("it is there");
    assert!(card.contains("3 articles with 5 spans"), "{card}");
    std::fs::write(&path, card.replace("license:", "license: cc0-1.0")).expect("written");

    // The choice is remembered. A later export brings the counts up to date and leaves the licence.
    window.span("LOC", "USA");
    open(&mut window);
    assert!(window.has("More choices: with a description"), "{:?}", window.names());
    let target = window.folder().join("data.jsonl");
    window.fill("Write to", &target.display().to_string());
    window.wait_for("What you wrote into data.card.md stays");
    write(&mut window, "data.jsonl");
    window.press("Escape");
    let card = std::fs::read_to_string(&path).expect("it is there");
    assert!(card.contains("license: cc0-1.0") && card.contains("3 articles with 6 spans"), "{card}");

    // Words in the part that is written anew are in the way, and nothing is written.
    let changed = format!("{card}\nPlease cite us.\n");
    std::fs::write(&path, &changed).expect("written");
    std::fs::write(&target, "as before").expect("written");
    open(&mut window);
    window.fill("Write to", &target.display().to_string());
    window.wait_for("move those words above the line");
    window.shot("export-card-in-the-way");
    window.press("Ctrl+Enter");
    window.run_until_quiet();
    assert!(!window.shows(" written, "), "{:?}", window.names());
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), changed);
    assert_eq!(std::fs::read_to_string(&target).expect("it is there"), "as before");
}

#[test]
fn everything_is_chosen_by_keyboard_and_remembered() {
    let mut window = window();
    window.press("Ctrl+E");
    window.wait_for("HOW THE FILES BEGIN");
    window.tab_to("suggested");
    window.press("Space");
    window.tab_to("Articles");
    window.press("Enter");
    window.press("Down");
    window.press("Down");
    window.press("Enter");
    assert!(window.node("Articles").is_focused(), "the keyboard is back where it was");
    window.wait_for("1 article, 2 spans");
    window.tab_to("More choices");
    window.press("Space");
    window.tab_to("Labels");
    window.press("Enter");
    window.tab_to("LOC");
    window.press("Space");
    window.press("Escape");
    assert!(window.node("Labels").is_focused(), "the keyboard is back where it was");
    window.wait_for("1 article, 1 span");
    window.tab_to("divide the articles");
    window.press("Space");
    window.tab_to("Keep together");
    window.tab_to("a page beside the data");
    window.press("Space");
    let folder = write(&mut window, "by-keys");
    let parts = ["train", "dev", "test"].map(|part| articles(&folder.join(format!("{part}.jsonl"))));
    let written: Vec<_> = parts.into_iter().flatten().collect();
    assert_eq!(written, [("gespraeche".to_owned(), vec!["LOC Riad".to_owned()])]);
    assert!(folder.join("dataset.card.md").is_file());
    let folder = window.folder().to_owned();
    let expected = ExportChoices {
        folder,
        statuses: vec!["suggested".to_owned(), "accepted".to_owned()],
        articles: ExportArticles::Open,
        labels: vec!["LOC".to_owned()],
        split: Some((80, 10, 10)),
        tag_scheme: "iob2".to_owned(),
        card: true,
        ..ExportChoices::default()
    };
    assert_eq!(window.app().settings().export, expected);
    window.restart();
    window.command(Command::Export);
    window.wait_for("1 article, 1 span");
    assert!(window.has("More choices: LOC · split 80/10/10 · with a description"), "{:?}", window.names());
}

#[test]
fn labels_that_another_project_had_are_forgotten() {
    let export = ExportChoices { labels: vec!["GENE".to_owned()], group: "lab".to_owned(), ..ExportChoices::default() };
    let mut window = Window::with(Settings { export, ..settings() });
    window.span("PER", "Wladimir Putin");
    open(&mut window);
    assert!(window.shows("3 articles, 1 span"), "{:?}", window.names());
    assert!(window.has("More choices"), "{:?}", window.names());
}

#[test]
fn the_dialog_says_which_states_it_writes() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    let id = window.span("LOC", "Region Kursk");
    let article = window.app().article().expect("an article").clone();
    let session = window.app_mut().session_mut().expect("a project");
    session.edit(&article, "Reopen", |draft| Ok(draft.set_status(id, Status::Suggested)?)).expect("it is there");
    window.command(Command::Export);
    window.wait_for("Review states in the files: accepted  ·  left out: 1 suggested");
    window.shot("export-states");
}

#[test]
fn longer_words_of_another_language_have_room() {
    let mut window = Window::with(Settings { language: Language::German, ..settings() });
    window.command(Command::Export);
    window.wait_for("WIE DIE DATEIEN BEGINNEN");
    window.shot("export-german");
    let right = window.node("Schließen").rect().right();
    assert!(window.node("Durchsuchen…").rect().right() <= right, "{:?}", window.node("Durchsuchen…").rect());
}

mod formats {
    use super::*;
    use egui::Rect;

    const SIZES: [(f32, f32); 4] = [(1440.0, 900.0), (1280.0, 800.0), (760.0, 500.0), (507.0, 333.0)];

    fn value(window: &Window) -> String {
        window.node("Format").value().unwrap_or_default()
    }

    /// The names of the rows of the open list that are in sight, in full.
    fn in_sight(window: &Window) -> Vec<String> {
        let screen = window.harness.ctx.content_rect();
        let rows = window.harness.query_all(By::new().role(egui::accesskit::Role::ListBoxOption));
        let titles: Vec<&str> = glosse::format::registry::all().iter().map(|format| format.info().title).collect();
        let field = window.node("Format: Type to narrow the list").rect();
        rows.filter_map(|row| {
            let name = row.accesskit_node().label()?;
            let is_inside = screen.contains_rect(row.rect()) && row.rect().top() >= field.bottom() - 1.0;
            (is_inside && titles.contains(&name.as_str())).then_some(name)
        })
        .collect()
    }

    #[test]
    fn the_list_takes_the_room_that_there_is() {
        for (width, height) in SIZES {
            let mut window = window();
            window.resize(width, height);
            open(&mut window);
            window.click("Format");
            window.shot(&format!("export-formats-{width}"));
            let field: Rect = window.node("Format: Type to narrow the list").rect();
            assert!(window.harness.ctx.content_rect().contains_rect(field), "{width}: {field:?}");
            let shown = in_sight(&window).len();
            let least = if height >= 800.0 { 15 } else { 3 };
            assert!(shown >= least, "{width} × {height}: {shown} in sight");
        }
    }

    #[test]
    fn typing_finds_a_format() {
        for (width, height) in SIZES {
            let mut window = window();
            window.resize(width, height);
            open(&mut window);
            window.tab_to("Format");
            window.press("Enter");
            assert!(window.node("Format: Type to narrow the list").is_focused());
            window.type_text("cas");
            assert_eq!(in_sight(&window), ["UIMA CAS JSON", "UIMA CAS XMI"], "{width} × {height}");
            window.press("Down");
            window.press("Enter");
            assert!(!window.has("Format: Type to narrow the list"));
            assert_eq!(value(&window), "UIMA CAS XMI");
            assert!(window.node("Format").is_focused(), "the keyboard is back where it was");
            // By its name on the command line, which is not its title.
            window.press("Enter");
            window.type_text("docbin");
            window.press("Enter");
            assert_eq!(value(&window), "spaCy DocBin");
        }
    }

    #[test]
    fn arrows_begin_at_what_is_chosen_and_escape_changes_nothing() {
        let mut window = Window::with(Settings { last_export_format: "uima-xmi".to_owned(), ..settings() });
        window.span("PER", "Wladimir Putin");
        open(&mut window);
        window.tab_to("Format");
        window.press("Space");
        window.press("Up");
        window.press("Enter");
        assert_eq!(value(&window), "UIMA CAS JSON");
        window.press("Enter");
        window.type_text("brat");
        window.press("Escape");
        assert!(window.app().has_dialog(), "only the list is gone");
        assert_eq!(value(&window), "UIMA CAS JSON");
        assert!(window.node("Format").is_focused());
        window.press("Enter");
        window.type_text("no such format");
        assert!(window.shows("Nothing fits"));
        window.press("Enter");
        assert!(window.has("Format: Type to narrow the list"), "there is nothing to take");
    }

    #[test]
    fn a_click_chooses() {
        let mut window = window();
        open(&mut window);
        window.click("Format");
        window.click_row("CoNLL-U");
        assert_eq!(value(&window), "CoNLL-U");
        window.press("Escape");
        window.command(Command::AddArticles);
        window.click("Format");
        assert!(window.lists("recognized for each file"));
        window.click_row("GATE XML");
        assert_eq!(value(&window), "GATE XML");
    }
}
