//! Schema, entities, article details, annotator, guidelines, keys and messages, by mouse and keyboard.

use crate::harness::Window;

#[test]
fn a_label_key_labels_the_selected_words() {
    let mut window = Window::new();
    let id = window.span("PER", "Wladimir Putin");
    window.press("Ctrl+Z");
    assert_eq!(window.set().span(id), None);
    window.shot("window");
}
