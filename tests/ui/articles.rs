//! Opening projects and going from article to article: the list, its filter, keys, the palette, dropped files.

use crate::harness::{Window, project_of};
use egui_kittest::kittest::Queryable as _;
use glosse::model::AnnotatorName;
use std::path::{Path, PathBuf};

/// A copy of the sample project, so that tests leave it as it is.
fn sample(folder: &Path) -> PathBuf {
    let root = folder.join("sample");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/sample"), &root);
    root
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder for the copy");
    for entry in std::fs::read_dir(from).expect("the folder to copy").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy of the file");
        }
    }
}

fn article(window: &Window) -> &str {
    window.app().article().expect("an open article").as_str()
}

#[test]
fn the_sample_project_opens_on_a_labelled_article() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = Window::on(&sample(folder.path()));
    // Whoever has said who they are sees their own work, which is none yet.
    assert_eq!(window.set().spans().len(), 0);
    let mut settings = crate::harness::settings();
    settings.annotator.clear();
    let root = window.root().to_owned();
    window.app_mut().close_project();
    window = Window::on_with(&root, settings);
    let login = glosse::session::annotator::from_login();
    assert_eq!(window.session().annotator(), &login, "nobody works under the name of another");
    assert_eq!(window.set().spans().len(), 0);
    assert!(window.last_message().contains(login.as_str()), "{}", window.last_message());
    assert!(window.last_message().contains("redaktion"), "{}", window.last_message());
    // The first start shows what the sample has.
    window.app_mut().open_sample(&root);
    window.run();
    assert!(window.set().spans().len() > 10, "{:?}", window.spans());
    assert!(window.set().relations().len() > 3);
    assert!(window.has("Article text"));
    let title = window.session().project().articles.values().next().map(|article| article.title().to_owned());
    assert!(window.has(&title.expect("an article")));
    window.shot("sample");
    // Not for whoever started the program under a name.
    window.app_mut().annotate_as(AnnotatorName::new("gast"));
    window.app_mut().open_sample(&root);
    window.run();
    assert_eq!(window.session().annotator().as_str(), "gast");
}

#[test]
fn the_list_opens_articles() {
    let mut window = Window::new();
    assert_eq!(article(&window), "besuch");
    window.click("Drohnen über Saporischschja");
    assert_eq!(article(&window), "drohnen");
    assert!(window.text().contains("159 Drohnen"));
    window.press("Ctrl+PageDown");
    assert_eq!(article(&window), "gespraeche");
    window.press("Ctrl+PageDown");
    assert_eq!(window.last_message(), "This is the last article");
    window.press("Ctrl+PageUp");
    window.press("Ctrl+PageUp");
    assert_eq!(article(&window), "besuch");
    window.press("Ctrl+PageUp");
    assert_eq!(window.last_message(), "This is the first article");
}

#[test]
fn the_filter_finds_articles_by_title_source_and_date() {
    let mut window = Window::new();
    let check = |window: &mut Window, filter: &str, listed: [bool; 3]| {
        window.press("Ctrl+P");
        assert!(window.node("Filter articles").is_focused());
        window.fill("Filter articles", filter);
        let names = ["Putin besucht Kursk", "Drohnen über Saporischschja", "Gespräche in Riad"];
        assert_eq!(names.map(|name| window.lists(name)), listed, "{filter:?}");
    };
    check(&mut window, "abendpost", [false, true, false]);
    check(&mut window, "2025-03-24 riad", [false, false, true]);
    check(&mut window, "morgen", [true, false, true]);
    check(&mut window, "nirgends", [false, false, false]);
    assert!(window.shows("No article fits the filter"));
    check(&mut window, "riad", [false, false, true]);
    window.press("Enter");
    assert_eq!(article(&window), "gespraeche");
    // The keyboard is back in the article: a label's key works again.
    window.caret_to("Unterhändler");
    window.press("u");
    assert_eq!(window.spans(), ["GROUP Unterhändler"]);
    // Keys go through the filtered list only.
    window.press("Ctrl+PageUp");
    assert_eq!(article(&window), "gespraeche");
}

#[test]
fn the_list_shows_progress_and_hides_what_is_done() {
    let mut window = Window::new();
    assert!(window.has("0 of 3 done"));
    window.press("Ctrl+Enter");
    assert!(window.has("1 of 3 done"));
    assert_eq!(article(&window), "drohnen");
    window.click("Open");
    assert!(!window.lists("Putin besucht Kursk"));
    window.click("Done");
    assert!(window.lists("Putin besucht Kursk") && !window.lists("Gespräche in Riad"));
    window.click("All");
    assert!(window.has("Gespräche in Riad"));
    window.press("Ctrl+Enter");
    window.press("Ctrl+Enter");
    assert!(window.has("3 of 3 done"));
    assert_eq!(window.last_message(), "All articles are done");
}

#[test]
fn the_palette_opens_articles_and_runs_commands() {
    let mut window = Window::new();
    window.press("Ctrl+K");
    window.type_text("saporischschja");
    window.press("Enter");
    assert_eq!(article(&window), "drohnen");
    window.click("Search or run a command");
    window.type_text("next article");
    window.press("Enter");
    assert_eq!(article(&window), "gespraeche");
    window.press("Ctrl+K");
    window.type_text("history");
    window.press("Escape");
    assert!(!window.has("Filter rows"));
    window.press("Ctrl+K");
    window.type_text("history");
    window.press("Enter");
    assert!(window.has("Filter rows"));
}

#[test]
fn scroll_position_and_caret_come_back() {
    let long = "Ein Satz steht hier, und noch einer folgt ihm.\n\n".repeat(200);
    let mut window = Window::of(&project_of(&[("eins", "Eins", "", "", &long), ("zwei", "Zwei", "", "", "Kurz.\n")]));
    window.press("Ctrl+End");
    let view = |window: &Window| {
        let view = window.app().view().expect("a view");
        (view.scroll_position().round(), view.selection.head)
    };
    let before = view(&window);
    assert!(before.0 > 1000.0);
    window.press("Ctrl+PageDown");
    assert_eq!(view(&window).0, 0.0);
    window.press("Ctrl+PageUp");
    assert_eq!(view(&window), before);
    window.restart();
    assert_eq!(article(&window), "eins");
    assert_eq!(view(&window).1, before.1);
    let visible = window.app().view().expect("a view").visible_range();
    assert!(visible.contains_offset(before.1) || visible.end() == before.1, "{visible:?} {before:?}");
}

#[test]
fn a_dropped_folder_opens_and_dropped_files_are_imported() {
    let mut window = Window::new();
    let file = window.folder().join("neu.txt");
    std::fs::write(&file, "Ein neuer Artikel über Kursk.\n").expect("a file to drop");
    window.drop_files(&[file]);
    assert!(window.app().has_dialog());
    window.press("Escape");
    assert!(!window.app().has_dialog());

    let folder = tempfile::tempdir().expect("a temporary folder");
    window.drop_files(&[sample(folder.path())]);
    assert!(article(&window).starts_with("01-"), "{}", article(&window));

    let mut empty = Window::without_project();
    assert!(empty.has("Open project…"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    empty.drop_files(&[sample(folder.path())]);
    assert!(article(&empty).starts_with("01-"));
}

#[test]
fn a_folder_that_is_no_project_is_refused_with_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = Window::without_project();
    window.drop_files(&[folder.path().to_owned()]);
    assert!(window.app().session().is_none());
    assert!(window.last_message().contains("project.ron"), "{}", window.last_message());
    assert!(window.has("Open project…"));
}

#[test]
fn articles_can_be_removed_and_come_back() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.press("Ctrl+K");
    window.type_text("remove article");
    window.press("Enter");
    assert!(!window.has("Putin besucht Kursk"));
    assert_eq!(article(&window), "drohnen");
    window.press("Ctrl+Z");
    assert_eq!(article(&window), "besuch");
    assert_eq!(window.spans(), ["PER Wladimir Putin"]);
}

#[test]
fn a_search_leads_from_hit_to_hit_through_all_articles() {
    let mut window = Window::new();
    window.select_by_keys("Kreml");
    window.press("Ctrl+F");
    assert!(window.node("Find").is_focused());
    settle(&mut window, "2 hits in 2 articles");
    window.press("Escape");
    window.press("Ctrl+Home");
    window.press("F3");
    assert_eq!((article(&window), window.selection()), ("besuch", "Kreml"));
    window.press("F3");
    assert_eq!((article(&window), window.selection()), ("gespraeche", "Kreml"));
    window.press("Shift+F3");
    assert_eq!(article(&window), "besuch");
    // What is found can be labelled at once.
    window.press("o");
    assert_eq!(window.spans(), ["ORG Kreml"]);
}

/// Waits for work in the background to show this.
fn settle(window: &mut Window, text: &str) {
    for _ in 0..1000 {
        window.run();
        if window.shows(text) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("no {text:?} in {:?} {:?}", window.texts(), window.names());
}

#[test]
fn the_list_scrolls_up_and_down_to_the_article_that_is_opened() {
    let names: Vec<String> = (0..60).map(|number| format!("artikel-{number:02}")).collect();
    let articles: Vec<(&str, &str, &str, &str, &str)> =
        names.iter().map(|name| (name.as_str(), name.as_str(), "", "", "Ein Text.")).collect();
    let mut window = Window::of(&project_of(&articles));
    for name in ["artikel-59", "artikel-00", "artikel-30", "artikel-02"] {
        window.open(name);
        let row = window.harness.get_by_role_and_label(egui::accesskit::Role::ListBoxOption, name).rect();
        assert!(row.top() > 40.0 && row.bottom() < 800.0, "{name} {row:?}");
    }
}
