//! Articles that no newspaper would print: they open, scroll and can be labelled like any other.

use crate::harness::Window;
use glosse::text::TextRange;
use std::time::Instant;

/// Goes through the article by keyboard and wheel, labels the words by keyboard and all of it by Ctrl+A's long way, and
/// takes it back.
fn check(text: &str, words: &str) -> Window {
    let mut window = Window::with_text(text);
    for key in ["Down", "PageDown", "End", "Ctrl+End", "Up", "PageUp", "Home", "Ctrl+Home", "Ctrl+Right", "Ctrl+Left"] {
        window.press(key);
    }
    window.press("Ctrl+End");
    assert_eq!(window.app().view().expect("a view").selection.head.to_usize(), text.len());
    let view = window.node("Article text").rect();
    window.harness.event(egui::Event::PointerMoved(view.center()));
    for delta in [-3000.0, 1500.0, 100_000.0] {
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, delta),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: egui::Modifiers::NONE,
        });
        window.run();
    }
    let range = window.range(words);
    window.app_mut().request(glosse::ui::request::Request::SelectText(range));
    window.run();
    window.press("p");
    assert_eq!(window.spans(), [format!("PER {words}")]);
    for key in ["}", "{", "Alt+Right", "Alt+Left", "Escape", "Ctrl+Home", "Tab"] {
        window.press(key);
    }
    assert!(window.app().selected().is_some());
    window.press("Ctrl+Home");
    window.press("Ctrl+Shift+End");
    assert_eq!(window.selection(), text);
    window.press("q");
    assert_eq!(window.set().spans().len(), 2);
    window
}

#[test]
fn emoji_alone() {
    let text = "👨‍👩‍👧‍👦🇺🇦🇷🇺👍🏽\n🎉🎉\n";
    let mut window = check(text, "🇺🇦🇷🇺");
    // A step of the caret is a whole picture, not a part of one.
    window.press("Ctrl+Home");
    window.press("Shift+Right");
    assert_eq!(window.selection(), "👨‍👩‍👧‍👦");
    window.press("Shift+Right");
    assert_eq!(window.selection(), "👨‍👩‍👧‍👦🇺🇦");
    // So is what the mouse takes without snapping.
    window.press("Shift+S");
    let (left, right) = (window.place(window.range("👨").start()), window.place(window.range("🇺🇦").end()));
    let row = left.center().y;
    for share in 1..20u8 {
        let x = egui::lerp(left.left()..=right.left(), f32::from(share) / 20.0);
        window.click_at(egui::pos2(x, row), 1);
        let head = window.app().view().expect("a view").selection.head;
        let whole = [0, "👨‍👩‍👧‍👦".len(), "👨‍👩‍👧‍👦🇺🇦".len()];
        assert!(whole.contains(&head.to_usize()), "the caret stands at {head:?}, inside a picture");
        window.harness.run_steps(3);
    }
}

#[test]
fn one_line_of_a_megabyte() {
    let text = "Wladimir Putin besuchte Kursk und sprach lange. ".repeat(21_846);
    assert!(text.len() > 1_000_000);
    let mut window = check(&text, "Wladimir Putin besuchte Kursk");
    window.press("Ctrl+End");
    let started = Instant::now();
    for _ in 0..10 {
        window.press("PageUp");
    }
    // Twenty frames or more, without optimization; a frame that looked at all of the line would take seconds.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn one_line_without_any_space() {
    check(&"x".repeat(60_000), "xxxx");
}

#[test]
fn from_right_to_left() {
    let text = "زار الرئيس فلاديمير بوتين منطقة كورسك\n\nהנשיא ביקר בקורסק.\n";
    let mut window = check(text, "فلاديمير بوتين");
    window.select_by_keys("ביקר");
    window.press("v");
    assert_eq!(window.spans().iter().filter(|span| *span == "EVENT ביקר").count(), 1);
    window.shot("right-to-left");
}

#[test]
fn combining_marks() {
    let text = "Das Cafe\u{301} von Zu\u{308}rich liegt da.\n";
    let mut window = check(text, "Zu\u{308}rich");
    window.caret_to("Cafe");
    for _ in 0..4 {
        window.press("Shift+Right");
    }
    assert_eq!(window.selection(), "Cafe\u{301}");
}

#[test]
fn line_ends_of_windows() {
    let text = "Erste Zeile\r\nmit Kursk.\r\n\r\nZweiter Absatz.\r\n";
    let mut window = check(text, "Kursk");
    assert_eq!(window.text(), text);
    window.select_by_keys("Zeile\r\nmit");
    window.press("o");
    assert!(window.spans().contains(&"ORG Zeile\r\nmit".to_owned()), "{:?}", window.spans());
    window.press("Ctrl+Home");
    window.press("End");
    assert_eq!(window.app().view().expect("a view").selection.head.to_usize(), "Erste Zeile".len());
    // One step over both characters of the line's end.
    window.press("Shift+Right");
    assert_eq!(window.selection(), "\r\n");
}

#[test]
fn nothing_and_white_space() {
    for text in ["", "\n", "   \n\t\n", "\u{feff}", "\u{200b}\u{200b}"] {
        let mut window = Window::with_text(text);
        for key in ["Down", "Ctrl+End", "PageUp", "Shift+Left", "Ctrl+Home", "Ctrl+Shift+End", "p", "Enter", "Alt+P"] {
            window.press(key);
        }
        let at_caret = |range: TextRange| range.is_empty() || range.slice(window.text()).is_some();
        assert!(window.set().spans().all(|span| at_caret(span.fragments.hull())), "{text:?}");
        let middle = window.node("Article text").rect().center();
        window.click_at(middle, 3);
        window.drag(middle, middle + egui::vec2(40.0, 40.0));
    }
}
