//! Searching, labelling everywhere, correcting text, importing, making and opening projects.

use crate::harness::{Window, settings};
use glosse::{
    model::{AnnotatorName, ArticleId, Status},
    ui::{command::Command, request::Request, settings::Settings},
};
use std::path::{Path, PathBuf};

fn messages(window: &Window) -> Vec<String> {
    window.app().messages().log().iter().map(|message| message.text.clone()).collect()
}

/// The selected text.
fn selected_text(window: &Window) -> String {
    let range = window.app().view().expect("a view").selection.range();
    let article = window.session().project().article(window.app().article().expect("one")).expect("the open article");
    range.slice(article.text()).unwrap_or_default().to_owned()
}

/// The words of all spans with a label, in all articles that are in memory.
fn labelled(window: &Window, label: &str) -> Vec<String> {
    let project = window.session().project();
    let all = project.articles.values().flat_map(|article| {
        let spans = window.session().set(&article.id).into_iter().flat_map(|set| set.spans_in_order());
        let spans = spans.filter(|span| &*span.label == label && span.status == Status::Accepted);
        spans.map(|span| span.fragments.surface(article.text()))
    });
    all.collect()
}

fn text(window: &Window) -> String {
    let id = window.app().article().expect("an open article");
    window.session().project().article(id).expect("the open article").text().to_owned()
}

mod find {
    use super::*;

    #[test]
    fn hits_of_all_articles_are_listed_and_jumped_to() {
        let mut window = Window::new();
        window.press("Ctrl+F");
        window.type_text("putin");
        window.wait_for("hits in 2 articles");
        assert!(window.shows("4 hits"), "{:?}", window.names());
        window.shot("find");
        window.press("Enter");
        assert_eq!(selected_text(&window), "Putin");
        assert_eq!(window.app().article().map(ArticleId::as_str), Some("besuch"));
        let first = window.app().view().expect("a view").selection.range();
        window.press("F3");
        let second = window.app().view().expect("a view").selection.range();
        assert!(second.start() > first.start());
        window.press("Shift+F3");
        assert_eq!(window.app().view().expect("a view").selection.range(), first);
        window.press("Shift+F3");
        assert_eq!(
            window.app().article().map(ArticleId::as_str),
            Some("gespraeche"),
            "the last hit comes before the first"
        );
        // The hit is selected: a label's key labels it.
        window.press("p");
        assert_eq!(labelled(&window, "PER"), ["Putin"]);
    }

    #[test]
    fn a_click_on_a_hit_leads_there() {
        let mut window = Window::new();
        window.press("Ctrl+F");
        window.type_text("Drohnen an");
        window.wait_for("1 hit");
        let name =
            window.names().into_iter().find(|name| name.starts_with("Drohnen über Saporischschja: ")).expect("a row");
        window.click(&name);
        assert_eq!(window.app().article().map(ArticleId::as_str), Some("drohnen"));
        assert_eq!(selected_text(&window), "Drohnen an");
    }

    #[test]
    fn a_wrong_expression_says_where() {
        let mut window = Window::new();
        window.press("Ctrl+F");
        window.click("Regular expression");
        window.fill("Find", "(Putin");
        window.wait_for("The regular expression is wrong at character 1");
        window.fill("Find", "Kre?ml|Riad");
        window.wait_for("hits in 2 articles");
        window.click("Match case");
        window.fill("Find", "kreml");
        window.wait_for("Nothing found");
    }

    #[test]
    fn spans_are_listed_by_label() {
        let mut window = Window::new();
        window.span("PER", "Wladimir Putin");
        window.span("LOC", "Kursk");
        window.press("Ctrl+F");
        window.click("Filter by labels");
        window.click("LOC");
        window.press("Escape");
        window.wait_for("1 hit");
        window.shot("find-labels");
        window.press("F3");
        let span = window.app().selected().and_then(|id| window.set().span(id)).expect("a selected span");
        assert_eq!(&*span.label, "LOC");
    }

    #[test]
    fn escape_gives_the_keyboard_back() {
        let mut window = Window::new();
        window.press("Ctrl+F");
        window.type_text("Kursk");
        window.wait_for("hits");
        window.press("Escape");
        window.press("Ctrl+Home");
        window.press("Shift+Right");
        assert_eq!(selected_text(&window), "P");
    }

    #[test]
    fn all_hits_are_labelled_at_once() {
        let mut window = Window::new();
        window.press("Ctrl+F");
        window.click("Regular expression");
        window.fill("Find", "Kreml|USA");
        window.wait_for("3 hits");
        window.click("Label all hits…");
        window.click("ORG");
        window.shot("label-hits");
        window.click("Label 3 places ORG");
        window.wait_until(|window| labelled(window, "ORG").len() == 3);
        window.press("Ctrl+Z");
        assert_eq!(labelled(&window, "ORG"), [""; 0]);
    }
}

mod occurrences {
    use super::*;

    #[test]
    fn the_same_words_are_labelled_everywhere_with_one_undo() {
        let mut window = Window::new();
        window.span("PER", "Putin");
        window.press("a");
        window.wait_for("1 labelled already");
        // Besides the labelled one: the full name in the same article, and one in another; endings are not asked for.
        assert!(window.has("Label 2 places PER"), "{:?}", window.names());
        window.click("German endings");
        window.wait_for("Label 3 places PER");
        window.shot("occurrences");
        let row = window.names().into_iter().find(|name| name.contains("Putins Sprecher")).expect("the row");
        window.click(&row);
        assert!(window.has("Label 2 places PER"));
        window.press("Ctrl+Enter");
        window.wait_until(|window| labelled(window, "PER").len() == 3);
        assert!(!window.app().has_dialog());
        assert_eq!(labelled(&window, "PER"), ["Putin", "Putin", "Putin"]);
        window.press("Ctrl+Z");
        assert_eq!(labelled(&window, "PER"), ["Putin"]);
        window.press("Ctrl+Shift+Z");
        assert_eq!(labelled(&window, "PER").len(), 3);
    }

    #[test]
    fn only_this_article_if_wanted() {
        let mut window = Window::new();
        window.span("PER", "Putin");
        window.press("a");
        window.click("this article");
        window.wait_for("Label 1 place PER");
        window.click("Select none");
        assert!(!window.has("Label 1 place PER"));
        window.click("Select all");
        window.click("Label 1 place PER");
        window.wait_until(|window| labelled(window, "PER").len() == 2);
    }

    #[test]
    fn without_words_there_is_nothing_to_look_for() {
        let mut window = Window::new();
        window.press("Ctrl+End");
        window.press("a");
        assert!(!window.app().has_dialog());
        assert!(messages(&window).iter().any(|text| text.contains("Select the words")), "{:?}", messages(&window));
    }
}

mod correct {
    use super::*;

    fn fill(window: &mut Window, text: &str) {
        window.press("Ctrl+A");
        window.press("Delete");
        window.type_text(text);
    }

    #[test]
    fn a_paragraph_is_corrected_and_its_annotations_follow() {
        let mut window = Window::new();
        let id = window.span("LOC", "Kursk");
        let before = text(&window);
        window.press("Ctrl+Home");
        window.press("F2");
        assert!(window.shows("Nothing changed yet"));
        fill(&mut window, "Präsident Putin besucht Kursk");
        window.shot("correct");
        assert!(window.shows("All annotations follow"), "{:?}", window.names());
        window.press("Ctrl+Enter");
        assert!(text(&window).starts_with("Präsident Putin besucht Kursk\n\nDer russische"));
        let span = window.set().span(id).expect("the span");
        assert_eq!(span.fragments.surface(&text(&window)), "Kursk");
        window.press("Ctrl+Z");
        assert_eq!(text(&window), before);
    }

    #[test]
    fn a_correction_under_way_is_not_lost_by_escape() {
        let mut window = Window::new();
        let before = text(&window);
        window.press("Ctrl+Home");
        window.press("F2");
        window.type_text("Neu: ");
        window.press("Escape");
        assert!(window.shows("The correction is not made yet"), "{:?}", window.names());
        window.press("Escape");
        assert!(!window.app().has_dialog());
        assert_eq!(text(&window), before);
    }

    #[test]
    fn what_is_damaged_is_said_before_and_after() {
        let mut window = Window::new();
        window.span("LOC", "Kursk");
        window.press("Ctrl+Home");
        window.press("F2");
        fill(&mut window, "Putin reist");
        window.shot("correct-damage");
        assert!(window.shows("LOC “Kursk” goes with its text"), "{:?}", window.names());
        window.click("Correct");
        assert!(messages(&window).iter().any(|text| text.contains("1 span was damaged")), "{:?}", messages(&window));
        assert_eq!(labelled(&window, "LOC"), [""; 0]);
        window.press("Ctrl+Z");
        assert_eq!(labelled(&window, "LOC"), ["Kursk"]);
    }

    #[test]
    fn the_original_is_kept_to_compare() {
        let mut window = Window::new();
        window.command(Command::CompareOriginal);
        assert!(!window.app().has_dialog());
        assert!(messages(&window).iter().any(|text| text.contains("never corrected")), "{:?}", messages(&window));
        window.press("Ctrl+Home");
        window.press("F2");
        fill(&mut window, "Putin besuchte gestern Kursk");
        window.press("Ctrl+Enter");
        window.command(Command::CompareOriginal);
        window.wait_for("1 changed place");
        assert!(window.shows("lines without changes"));
        window.shot("compare");
        window.click("In one column");
        assert!(window.shows("besuchte gestern") || window.shows("te gestern"), "{:?}", window.names());
        window.shot("compare-inline");
    }
}

mod import {
    use super::*;

    fn files(window: &Window) -> PathBuf {
        let folder = window.folder().join("incoming");
        std::fs::create_dir(&folder).expect("a folder");
        let record = r#"{"format":"glosse-jsonl","version":1,"offset_unit":"code point","id":"neu","text":"Neues aus Kiew","metadata":{"title":"Neues aus Kiew"},"spans":[]}"#;
        std::fs::write(folder.join("good.jsonl"), format!("{record}\n")).expect("written");
        std::fs::write(folder.join("bad.jsonl"), r#"{"format":"glosse-jsonl","text":"#).expect("written");
        folder
    }

    #[test]
    fn files_are_looked_at_and_then_imported() {
        let mut window = Window::new();
        let folder = files(&window);
        let names = ["good.jsonl", "bad.jsonl", "gone.jsonl"];
        window.app_mut().request(Request::Import(names.map(|name| folder.join(name)).to_vec()));
        window.run();
        window.wait_for("Import 1 article");
        assert!(window.shows("Neues aus Kiew"));
        let bad = window.names().into_iter().find(|name| name.starts_with("bad.jsonl: ")).expect("a row");
        assert!(bad.starts_with("bad.jsonl: line 1: "), "{bad}");
        window.shot("import");
        window.click("Import 1 article");
        window.wait_for("1 article added");
        for left_out in ["bad.jsonl", "gone.jsonl: there is no such file"] {
            let is_named = window.texts().iter().any(|text| text.contains(left_out));
            assert!(is_named, "{left_out}: {:?}", window.texts());
        }
        window.shot("import-done");
        window.click("Open the first one");
        assert_eq!(text(&window), "Neues aus Kiew");
        assert_eq!(window.session().project().articles.len(), 4);
        assert_eq!(window.app().settings().last_folder, folder);
        window.press("Ctrl+Z");
        assert_eq!(window.session().project().articles.len(), 4, "taking articles away is asked for first");
        window.press("Ctrl+Z");
        assert_eq!(window.session().project().articles.len(), 3);
    }

    #[test]
    fn labels_that_the_schema_does_not_have_are_added_and_languages_are_told() {
        for dark in [false, true] {
            let mut window = Window::with(Settings { dark: Some(dark), ..settings() });
            let english = "The ship met the president of the country on Wednesday, as officials had said before.";
            let span =
                r#""spans":[{"id":1,"start":4,"end":8,"label":"SHIP"},{"id":2,"start":17,"end":26,"label":"PER"}]"#;
            let file = window.folder().join("ship.jsonl");
            let record = format!(r#"{{"text":"{english}",{span}}}"#);
            std::fs::write(&file, record + "\n").expect("written");
            window.app_mut().request(Request::Import(vec![file]));
            window.run();
            window.wait_for("Import 1 article");
            window.click("Import 1 article");
            window.wait_for("The schema does not have: SHIP");
            assert!(window.shows("do not say them: en: 1 article"), "{:?}", window.names());
            window.shot(if dark { "import-labels-dark" } else { "import-labels-light" });
            window.click("Add them to the schema");
            assert!(window.session().project().schema.label("SHIP").is_some());
            assert!(!window.shows("The schema does not have"), "{:?}", window.names());
            window.click("Open the first one");
            window.press("Ctrl+Z");
            assert!(window.session().project().schema.label("SHIP").is_none(), "one undo takes it back");
        }
    }

    #[test]
    fn labels_are_added_by_keyboard_and_articles_that_are_there_are_counted() {
        let mut window = Window::new();
        let file = window.folder().join("ship.jsonl");
        let span = r#""spans":[{"id":1,"start":4,"end":8,"label":"SHIP"}]"#;
        std::fs::write(&file, format!(r#"{{"id":"ship","text":"The ship sails.",{span}}}"#) + "\n").expect("written");
        window.press("Ctrl+I");
        window.type_text(&file.display().to_string());
        window.wait_for("Import 1 article");
        assert!(!window.shows("has a name that the project has"));
        window.press("Ctrl+Enter");
        window.wait_for("The schema does not have: SHIP");
        window.tab_to("Add them to the schema");
        window.press("Enter");
        assert!(window.session().project().schema.label("SHIP").is_some());
        assert!(window.app().has_dialog(), "the report stays");
        window.press("Escape");
        // Typing replaces the folder that is remembered.
        window.press("Ctrl+I");
        window.type_text(&file.display().to_string());
        window.wait_for("1 article has a name that the project has");
        window.shot("import-again");
    }

    #[test]
    fn the_table_of_problems_adds_missing_labels() {
        let mut window = Window::new();
        window.span("PER", "Wladimir Putin");
        let session = window.app_mut().session_mut().expect("a project");
        let mut schema = (*session.project().schema).clone();
        schema.labels.retain(|label| &*label.name != "PER");
        schema.relations.clear();
        schema.attributes.clear();
        session
            .edit(&glosse::model::ArticleId::new(""), "Change the schema", |draft| Ok(draft.set_schema(schema)?))
            .expect("a schema");
        window.command(glosse::ui::command::Command::Problems);
        assert!(window.shows("The schema does not have: PER"), "{:?}", window.texts());
        window.shot("problems-missing");
        window.node("Add them to the schema").focus();
        window.press("Enter");
        assert!(window.session().project().schema.label("PER").is_some());
        assert!(!window.has("Add them to the schema"));
    }

    #[test]
    fn a_pattern_stands_for_files() {
        let mut window = Window::new();
        let folder = files(&window);
        window.press("Ctrl+I");
        window.fill("Files", &format!("{}/goo*.jsonl", folder.display()));
        window.wait_for("Import 1 article");
        window.fill("Files", &format!("{}/none*", folder.display()));
        window.wait_for("No file that can be read is there");
        assert!(!window.has("Import 1 article"));
    }

    #[test]
    fn a_low_window_scrolls_the_choices_and_keeps_the_buttons() {
        let mut window = Window::new();
        let incoming = window.folder().join("incoming");
        std::fs::create_dir(&incoming).expect("a folder");
        for name in ["a", "b", "c", "d", "e", "f"] {
            std::fs::write(incoming.join(format!("{name}.txt")), name).expect("written");
        }
        window.resize(760.0, 500.0);
        window.command(Command::AddArticles);
        window.fill("Files", &incoming.join("").display().to_string());
        window.wait_for("Import 6 articles");
        window.shot("import-low");
        let screen = window.harness.ctx.content_rect();
        for name in ["Close", "Files", "Import 6 articles"] {
            assert!(screen.contains_rect(window.node(name).rect()), "{name} at {:?}", window.node(name).rect());
        }
    }

    #[test]
    fn tab_completes_folders() {
        let mut window = Window::new();
        files(&window);
        window.press("Ctrl+I");
        let start = format!("{}/inc", window.folder().display());
        window.fill("Files", &start);
        window.wait_for("incoming");
        window.press("Tab");
        window.wait_for("good.jsonl");
        window.shot("path-completion");
        let value = window.node("Files").value().unwrap_or_default();
        assert_eq!(Path::new(&value), window.folder().join("incoming").join(""));
    }
}

mod project {
    use super::*;

    #[test]
    fn a_project_is_made_and_opened() {
        let mut window = Window::new();
        window.press("Ctrl+Shift+N");
        window.shot("new-project");
        let root = window.folder().join("neu");
        window.fill("Folder", &root.display().to_string());
        assert_eq!(window.node("Name").value().as_deref(), Some("neu"));
        window.click("Create project");
        assert_eq!(window.session().root().file_name(), root.file_name());
        assert!(!window.session().project().schema.labels.is_empty());
        assert_eq!(window.session().project().settings.name, "neu");
        // And back to the one before.
        window.press("Ctrl+O");
        window.shot("open-project");
        window.click("project");
        assert_eq!(window.session().root().file_name().and_then(|name| name.to_str()), Some("project"));
    }

    #[test]
    fn a_folder_that_can_not_be_one_says_why() {
        let mut window = Window::new();
        window.press("Ctrl+Shift+N");
        let root = window.folder().join("project");
        window.fill("Folder", &root.display().to_string());
        assert!(window.shows("There is a project in this folder already"));
        window.press("Escape");
        window.press("Ctrl+O");
        let folder = window.folder().display().to_string();
        window.fill("Folder", &folder);
        window.press("Enter");
        assert!(window.shows("but there are some in it: project"), "{:?}", window.names());
        assert_eq!(window.session().annotator(), &AnnotatorName::new("anna"));
    }
}
