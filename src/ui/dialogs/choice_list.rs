//! One of many to choose: a list in all the room that there is, which typed words narrow and arrows move through.

use super::parts::{FIELD, open_list};
use crate::ui::{
    link_box::{list_keys, move_choice},
    texts::tr,
    theme::{self, Theme},
    widgets,
};
use egui::{ComboBox, Id, Key, Modifiers, PopupCloseBehavior, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};

/// Height of an entry.
const ROW: f32 = 24.0;
/// Height of all else in the list: the field, margins and the line that says that nothing fits.
const AROUND: f32 = 52.0;
/// Width of the list, where there is room.
const WIDTH: f32 = 340.0;

/// Something that can be chosen.
pub struct Entry<T> {
    pub value: T,
    pub text: String,
    /// What else it is called; may be empty.
    pub more: String,
}

/// The list while it is open.
#[derive(Clone, Default)]
struct Open {
    query: String,
    chosen: usize,
    /// True if the chosen entry is to be brought into sight.
    reveal: bool,
}

/// A field that opens the list, with a name for screen readers. True if something else was chosen.
pub fn choice_list<T: PartialEq + Clone>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    current: &mut T,
    shown: &str,
    entries: &[Entry<T>],
) -> bool {
    let id = ui.make_persistent_id(egui::IdSalt::new(name));
    let was_open = ComboBox::is_open(ui.ctx(), id);
    let screen = ui.ctx().content_rect();
    // Over or under the field, wherever there is more room.
    let field = ui.cursor().top();
    let room = (screen.bottom() - field - ui.spacing().interact_size.y).max(field - screen.top()) - 16.0;
    let rows = (entries.len() as f32 * ROW).min((room - AROUND).max(3.0 * ROW));
    let width = WIDTH.min(screen.width() - 32.0);
    let mut taken = None;
    let combo = ComboBox::from_id_salt(name)
        .selected_text(shown)
        .width(ui.available_width().min(FIELD))
        .truncate()
        .height(rows + AROUND + ROW)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    open_list(ui, name, combo, |ui| {
        let memory = id.with("list");
        let open = ui.data(|data| data.get_temp::<Open>(memory)).filter(|_| was_open);
        let mut open = open.unwrap_or_else(|| Open {
            chosen: entries.iter().position(|entry| entry.value == *current).unwrap_or(0),
            reveal: true,
            ..Open::default()
        });
        ui.set_width(width);
        // The key that opened the list is not meant for it.
        taken = if was_open { keys(ui, &mut open, entries) } else { None };
        search_field(ui, name, &mut open, was_open);
        ui.add_space(2.0);
        taken = rows_of(ui, theme, &mut open, entries, current, rows).or(taken);
        if taken.is_some() {
            ui.close();
        }
        ui.data_mut(|data| data.insert_temp(memory, open));
    });
    match taken.and_then(|place| entries.get(place)) {
        Some(entry) if entry.value != *current => {
            *current = entry.value.clone();
            true
        }
        _ => false,
    }
}

/// The places of the entries that fit what was typed.
fn found<T>(entries: &[Entry<T>], query: &str) -> Vec<usize> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &Entry<T>| {
        let hay = format!("{} {}", entry.text, entry.more).to_lowercase();
        words.iter().all(|word| hay.contains(word))
    };
    entries.iter().enumerate().filter(|(_, entry)| fits(entry)).map(|(place, _)| place).collect()
}

/// What the keys do; the place of the entry that Enter takes.
fn keys<T>(ui: &Ui, open: &mut Open, entries: &[Entry<T>]) -> Option<usize> {
    let (up, down, enter) = list_keys(ui.ctx());
    let (page_up, page_down) = ui.input_mut(|input| {
        (input.consume_key(Modifiers::NONE, Key::PageUp), input.consume_key(Modifiers::NONE, Key::PageDown))
    });
    if ui.input(|input| input.key_pressed(Key::Tab)) {
        ui.close();
    }
    let found = found(entries, &open.query);
    let before = open.chosen;
    move_choice(&mut open.chosen, found.len(), up, down);
    for _ in 0..8 {
        move_choice(&mut open.chosen, found.len(), page_up, page_down);
    }
    open.reveal |= open.chosen != before;
    found.get(open.chosen).copied().filter(|_| enter)
}

fn search_field(ui: &mut Ui, name: &str, open: &mut Open, was_open: bool) {
    let edit = TextEdit::singleline(&mut open.query)
        .id(Id::unique("choice list").with(name))
        .hint_text(tr("Type to narrow the list"))
        .desired_width(f32::INFINITY);
    let field = ui.add(edit);
    let spoken = format!("{name}: {}", tr("Type to narrow the list"));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &spoken));
    if !was_open {
        field.request_focus();
    }
    if field.changed() {
        open.chosen = 0;
        open.reveal = true;
    }
}

/// The entries that fit; the place of the one that was clicked.
fn rows_of<T: PartialEq>(
    ui: &mut Ui,
    theme: &Theme,
    open: &mut Open,
    entries: &[Entry<T>],
    current: &T,
    height: f32,
) -> Option<usize> {
    let found = found(entries, &open.query);
    if found.is_empty() {
        ui.label(RichText::new(tr("Nothing fits")).color(theme.text_weak));
    }
    let mut clicked = None;
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (row, entry) in found.iter().enumerate().filter_map(|(row, place)| Some((row, entries.get(*place)?))) {
            let is_chosen = row == open.chosen;
            let is_current = entry.value == *current;
            let response =
                widgets::list_row_sensing(ui, theme, (ROW, Sense::CLICK), is_chosen, &entry.text, |painter, rect| {
                    paint(painter, rect, theme, entry, is_current);
                });
            if is_chosen && open.reveal && !ui.is_sizing_pass() {
                response.scroll_to_me(None);
                open.reveal = false;
            }
            if response.clicked() {
                clicked = found.get(row).copied();
            }
        }
    });
    clicked
}

fn paint<T>(painter: &egui::Painter, rect: egui::Rect, theme: &Theme, entry: &Entry<T>, is_current: bool) {
    let font =
        if is_current { theme::medium(theme::size::BODY) } else { egui::FontId::proportional(theme::size::BODY) };
    let at = rect.left_top() + vec2(8.0, 4.0);
    let used = widgets::line_text(painter, at, rect.width() - 16.0, &entry.text, font, theme.text);
    let room = rect.right() - used.right() - 22.0;
    if room > 30.0 && !entry.more.is_empty() {
        let font = egui::FontId::proportional(11.5);
        let width = painter.layout_no_wrap(entry.more.clone(), font.clone(), theme.text_faint).size().x.min(room);
        let at = egui::pos2(rect.right() - 8.0 - width, at.y + 1.0);
        widgets::line_text(painter, at, width + 1.0, &entry.more, font, theme.text_faint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_words_narrow_the_list() {
        let entry = |text: &str, more: &str| Entry { value: (), text: text.to_owned(), more: more.to_owned() };
        let entries =
            [entry("UIMA CAS XMI", "uima-xmi"), entry("UIMA CAS JSON", "uima-json"), entry("CoNLL-U", "conllu")];
        let check = |query: &str, expected: &[usize]| assert_eq!(found(&entries, query), expected, "{query}");
        check("", &[0, 1, 2]);
        check(" uima ", &[0, 1]);
        check("json CAS", &[1]);
        check("conllu", &[2]);
        check("brat", &[]);
    }
}
