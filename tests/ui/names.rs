//! Everything that can be used has a name that a screen reader says.

use crate::harness::{Window, settings};
use egui::accesskit::Role;
use egui_kittest::kittest::NodeT;
use glosse::{
    text::{ByteOffset, TextEdit},
    ui::{command::Command, settings::Settings, theme::size},
};

/// Fails if something that can be used has no name.
fn check(window: &Window, state: &str) {
    let usable = [
        Role::Button,
        Role::DefaultButton,
        Role::CheckBox,
        Role::RadioButton,
        Role::Switch,
        Role::ComboBox,
        Role::TextInput,
        Role::MultilineTextInput,
        Role::SearchInput,
        Role::SpinButton,
        Role::Slider,
        Role::Link,
        Role::MenuItem,
        Role::ListBoxOption,
        Role::Tab,
        Role::ColorWell,
        Role::Document,
    ];
    let mut count = 0;
    for node in window.harness.root().children_recursive() {
        let node = node.accesskit_node();
        if !usable.contains(&node.role()) {
            continue;
        }
        count += 1;
        let name = node.label().unwrap_or_default();
        // Icons are characters that no screen reader knows.
        let is_icon = |character: char| ('\u{e000}'..='\u{f8ff}').contains(&character);
        let spoken = !name.trim().is_empty() && !name.contains(is_icon);
        assert!(spoken, "{state}: a {:?} at {:?} has no name, only {name:?}", node.role(), node.raw_bounds());
    }
    assert!(count > 3, "{state}: {count} things to use");
}

#[test]
fn everything_has_a_name_in_every_state() {
    let mut window = Window::new();
    check(&window, "start");
    window.span("TITLE", "Präsident");
    window.span("LOC", "Region Kursk");
    window.span("QUANTITY", "Mittwoch");
    check(&window, "a selected span with attributes");
    window.span("PER", "Wladimir Putin");
    window.press("R");
    check(&window, "choosing a target");
    window.type_text("präsident");
    window.press("Enter");
    check(&window, "a selected relation");
    window.press("C");
    check(&window, "choosing an argument");
    window.press("Escape");
    for (key, state) in
        [("Alt+1", "relations"), ("Alt+3", "problems"), ("Alt+4", "history"), ("Alt+2", "search results")]
    {
        window.press(key);
        check(&window, state);
    }
    window.press("Ctrl+F");
    window.type_text("Kursk");
    window.press("Enter");
    check(&window, "search with hits");
    window.press("Escape");
    window.press("Ctrl+K");
    check(&window, "palette");
    window.press("Escape");
    window.click("Menu");
    check(&window, "menu");
    for group in ["Project", "Edit", "Annotate", "Relations", "View", "Go", "Help"] {
        if window.has(group) {
            window.node(group).hover();
            window.run();
            check(&window, group);
        }
    }
    window.press("Escape");
    window.resize(700.0, 500.0);
    check(&window, "narrow");
    check(&Window::without_project(), "welcome");
}

/// Corrects a word, so that there is something to compare with the original.
pub fn correct(window: &mut Window) {
    let article = window.app().article().expect("an article").clone();
    let session = window.app_mut().session_mut().expect("a project");
    let edit = TextEdit { at: ByteOffset(0), removed: "Putin".into(), inserted: "Wladimir Putin".into() };
    session.edit(&article, "Correct", |draft| Ok(draft.edit_text(&[edit])?)).expect("a correction");
    window.run();
}

#[test]
fn everything_in_dialogs_has_a_name() {
    use Command::Find;
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    correct(&mut window);
    for command in DIALOGS.into_iter().filter(|command| *command != Find) {
        window.command(command);
        assert!(window.app().has_dialog(), "{command:?}: {}", window.last_message());
        check(&window, command.id());
        window.press("Escape");
        assert!(!window.app().has_dialog(), "{command:?}");
    }
}

#[test]
fn all_commands_can_be_run_in_any_order_without_a_panic() {
    let mut window = Window::new();
    window.span("TITLE", "Präsident");
    window.span("PER", "Wladimir Putin");
    for step in [1, 7, 31] {
        let count = Command::ALL.len();
        for index in 0..count {
            let command = Command::ALL[index * step % count];
            if command != Command::Quit {
                window.command(command);
                if index % 3 == 0 {
                    window.press("Escape");
                }
            }
        }
        window.press("Escape");
    }
}

/// The dialogs that a command opens, with something to show in each.
const DIALOGS: [Command; 21] = {
    use Command::*;
    [
        NewProject,
        OpenProject,
        AddArticles,
        Export,
        EditSchema,
        EditEntities,
        EditExtractors,
        SuggestWith,
        ChooseAnnotator,
        EditText,
        CompareOriginal,
        EditMetadata,
        AnnotateOccurrences,
        LinkEntity,
        Guidelines,
        ShortcutSheet,
        MessageLog,
        About,
        SuggestionReport,
        EditRules,
        Find,
    ]
};

/// What stands beyond the left or right edge of the window, in words.
fn cut_off(window: &Window, state: &str) -> Vec<String> {
    let mut cut = Vec::new();
    let screen = window.harness.ctx.content_rect();
    for node in window.harness.root().children_recursive() {
        let Some(bounds) = node.accesskit_node().raw_bounds() else { continue };
        let name = node.accesskit_node().label().unwrap_or_default();
        let role = node.accesskit_node().role();
        // Texts may scroll sideways; what can be used may not.
        let is_usable = !matches!(
            role,
            Role::GenericContainer | Role::Window | Role::Unknown | Role::ScrollView | Role::Label | Role::TextRun
        );
        // So do the labels above the text of a tight window.
        if is_usable && !name.starts_with("Label ") && bounds.x0 < f64::from(screen.right()) && bounds.width() > 0.5 {
            let beyond = bounds.x1 - f64::from(screen.right());
            if beyond >= 1.0 || bounds.x0 <= -1.0 {
                cut.push(format!("{state}: {role:?} {name:?} from {:.0} to {:.0}", bounds.x0, bounds.x1));
            }
        }
    }
    cut
}

#[test]
fn nothing_is_cut_off_in_a_small_window() {
    let mut cut = Vec::new();
    for (width, height) in [(507.0, 333.0), (524.0, 420.0), (640.0, 400.0), (900.0, 560.0), (1440.0, 900.0)] {
        for dark in [false, true] {
            let mut window = Window::with(Settings { dark: Some(dark), ..settings() });
            window.span("TITLE", "Präsident");
            window.span("PER", "Wladimir Putin");
            correct(&mut window);
            window.resize(width, height);
            let state = |name: &str| format!("{width}-{}-{name}", if dark { "dark" } else { "light" });
            window.shot(&state("window"));
            cut.extend(cut_off(&window, &state("window")));
            for tab in ["Alt+1", "Alt+2", "Alt+3", "Alt+4"] {
                window.press(tab);
                cut.extend(cut_off(&window, &state(tab)));
                window.shot(&state(&format!("table{tab}")));
                window.press(tab);
            }
            for command in DIALOGS {
                window.command(command);
                window.run_until_quiet();
                window.shot(&state(command.id()));
                cut.extend(cut_off(&window, &state(command.id())));
                window.press("Escape");
                window.press("Escape");
            }
            window.press("Ctrl+K");
            cut.extend(cut_off(&window, &state("palette")));
            window.shot(&state("palette"));
        }
    }
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn the_status_line_leaves_out_what_does_not_fit() {
    let mut window = Window::new();
    window.span("PER", "Wladimir Putin");
    window.resize(507.0, 400.0);
    window.press("Ctrl+Home");
    window.press("Shift+End");
    assert!(window.shows("characters selected"));
    let bottom = f64::from(window.harness.ctx.content_rect().bottom());
    let mut places = Vec::new();
    for node in window.harness.root().children_recursive() {
        let node = node.accesskit_node();
        let Some(bounds) = node.raw_bounds().filter(|_| matches!(node.role(), Role::Label | Role::Button)) else {
            continue;
        };
        // What is scrolled out of sight has a place below the window.
        let middle = f64::midpoint(bounds.y0, bounds.y1);
        if middle > bottom - f64::from(size::STATUS) && middle < bottom {
            places.push((bounds.x0, bounds.x1));
        }
    }
    places.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert!(places.len() >= 4, "{places:?}");
    assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 1.0), "{places:?}");
}
