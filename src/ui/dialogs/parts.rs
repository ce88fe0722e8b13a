//! What dialogs are put together from: rows of a form, notes, and the buttons at the bottom.

use super::choice_list::{Entry, choice_list};
use crate::{
    format::{FormatInfo, registry},
    ui::{
        icons,
        texts::tr,
        theme::{self, Theme},
        widgets,
    },
};
use egui::{Button, Key, Modifiers, RichText, Ui, vec2};

/// Most entries of a list in which nothing needs to be searched for.
const FEW: usize = 7;
/// Height that the buttons at the bottom take, with the space over them.
pub const FOOTER: f32 = 48.0;

/// Width of fields and lists of a form that need no more.
pub const FIELD: f32 = 220.0;

/// What was pressed at the bottom of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footer {
    Nothing,
    Confirm,
    Cancel,
}

/// The buttons at the bottom: the one that does it, which Ctrl+Enter presses too, and the one that does not.
pub fn footer(ui: &mut Ui, theme: &Theme, confirm: &str, enabled: bool) -> Footer {
    footer_with(ui, theme, confirm, enabled, Some(tr("Cancel")))
}

/// As [`footer`], with another word than `Cancel`: where there is nothing left to cancel.
pub fn footer_with(ui: &mut Ui, theme: &Theme, confirm: &str, enabled: bool, cancel: Option<&str>) -> Footer {
    let mut pressed = Footer::Nothing;
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = RichText::new(confirm).font(theme::medium(theme::size::BODY)).color(theme.on_accent);
            let button = Button::new(text).fill(theme.accent).stroke(egui::Stroke::NONE).min_size(vec2(90.0, 28.0));
            if ui.add_enabled(enabled, button).on_hover_text("Ctrl+Enter").clicked() {
                pressed = Footer::Confirm;
            }
            if let Some(cancel) = cancel
                && ui.add(Button::new(cancel).min_size(vec2(70.0, 28.0))).clicked()
            {
                pressed = Footer::Cancel;
            }
            ui.label(RichText::new("Ctrl+Enter").small().color(theme.text_faint));
        });
    });
    // Enter alone is enough where no field has the keyboard, also in the moment in which a field gives it back.
    let is_free = ui.memory(|memory| memory.focused().is_none());
    let enter = is_confirmed(ui) || is_free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    if enabled && enter {
        pressed = Footer::Confirm;
    }
    pressed
}

/// Where it is remembered in which frame Ctrl+Enter was pressed.
fn confirm_id() -> egui::Id {
    egui::Id::unique("confirm pressed")
}

/// Takes Ctrl+Enter out of the input before a dialog is shown, so that no field or button that has the keyboard takes it for
/// Enter; see [`is_confirmed`].
pub fn hold_confirm(context: &egui::Context) {
    if context.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter)) {
        let frame = context.cumulative_frame_nr();
        context.data_mut(|data| data.insert_temp(confirm_id(), frame));
    }
}

/// True if Ctrl+Enter was pressed in this frame of a dialog.
pub fn is_confirmed(ui: &Ui) -> bool {
    let pressed: Option<u64> = ui.data(|data| data.get_temp(confirm_id()));
    pressed == Some(ui.ctx().cumulative_frame_nr())
}

/// A row of a form: what it is about at the left, its fields at the right.
pub fn row<T>(ui: &mut Ui, theme: &Theme, name: &str, content: impl FnOnce(&mut Ui) -> T) -> T {
    let name_width = if ui.available_width() < 480.0 { 78.0 } else { 104.0 };
    row_beside(ui, theme, name, name_width, content)
}

/// As [`row`], with more room for what it is about.
pub fn wide_row<T>(ui: &mut Ui, theme: &Theme, name: &str, content: impl FnOnce(&mut Ui) -> T) -> T {
    let name_width = (ui.available_width() * 0.4).min(140.0);
    row_beside(ui, theme, name, name_width, content)
}

fn row_beside<T>(ui: &mut Ui, theme: &Theme, name: &str, name_width: f32, content: impl FnOnce(&mut Ui) -> T) -> T {
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(name_width, 24.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(name_width);
            ui.label(RichText::new(name).color(theme.text_weak));
        });
        ui.vertical(content).inner
    })
    .inner
}

/// What kind of thing a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Warning,
    Error,
}

/// A line that says how things are.
pub fn note(ui: &mut Ui, theme: &Theme, tone: Tone, text: &str) {
    let (icon, color) = match tone {
        Tone::Plain => (icons::INFO, theme.text_faint),
        Tone::Good => (icons::CHECK_CIRCLE, theme.good),
        Tone::Warning => (icons::WARNING, theme.warning),
        Tone::Error => (icons::WARNING, theme.error),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(icons::icon(icon, 14.0).color(color));
        let color = if tone == Tone::Error { theme.error } else { theme.text_weak };
        ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
    });
}

/// `count` of something, with the noun in its right form.
pub fn counted(count: usize, one: &'static str, many: &'static str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A field of one line with a name for screen readers.
pub fn text_field(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) -> egui::Response {
    let edit = egui::TextEdit::singleline(text).hint_text(hint.to_owned()).desired_width(width);
    let response = ui.add(edit);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
    response
}

/// A button with an icon before its words; screen readers say the words alone.
pub fn icon_text_button(ui: &mut Ui, icon: char, text: &str, enabled: bool) -> egui::Response {
    let response = ui.add_enabled(enabled, Button::new((icons::icon(icon, 14.0), text)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, text));
    response
}

/// The list of formats, by title. `recognized` says what an empty name stands for, if there may be none. True if another one
/// was chosen.
pub fn format_choice(
    ui: &mut Ui,
    theme: &Theme,
    current: &mut String,
    recognized: Option<&str>,
    fits: fn(&FormatInfo) -> bool,
) -> bool {
    let formats = registry::all().iter().map(|format| format.info()).filter(|info| fits(info));
    let mut entries: Vec<_> = formats
        .map(|info| Entry { value: info.name.to_owned(), text: info.title.to_owned(), more: info.name.to_owned() })
        .collect();
    entries.sort_by_key(|entry| entry.text.to_lowercase());
    let nothing = recognized.map(|text| Entry { value: String::new(), text: text.to_owned(), more: String::new() });
    entries.splice(0..0, nothing);
    let shown = entries.iter().find(|entry| entry.value == *current).map_or(String::new(), |entry| entry.text.clone());
    choice_list(ui, theme, tr("Format"), current, &shown, &entries)
}

/// A line that shows or hides what is under it; `words` say what is chosen there while it is hidden. What was just opened is
/// brought into sight.
pub fn fold(ui: &mut Ui, theme: &Theme, name: &str, words: &str, is_open: &mut bool, content: impl FnOnce(&mut Ui)) {
    let words = if *is_open { "" } else { words };
    let response = widgets::list_row(ui, theme, 24.0, false, name, |painter, rect| {
        let icon = if *is_open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
        let middle = rect.left_center() + vec2(6.0, 0.0);
        painter.text(middle, egui::Align2::CENTER_CENTER, icon, icons::font(12.0), theme.text_weak);
        let at = rect.left_top() + vec2(16.0, 4.0);
        let font = theme::medium(theme::size::BODY);
        let used = widgets::line_text(painter, at, rect.width() - 20.0, name, font, theme.text_weak);
        let at = egui::pos2(used.right() + 12.0, at.y);
        let font = egui::FontId::proportional(theme::size::BODY);
        widgets::line_text(painter, at, rect.right() - at.x - 4.0, words, font, theme.text_faint);
    });
    let said = if words.is_empty() { name.to_owned() } else { format!("{name}: {words}") };
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, *is_open, &said));
    if response.clicked() {
        *is_open = !*is_open;
    }
    if *is_open {
        let shown = ui.scope(content).response;
        if response.clicked() {
            shown.scroll_to_me(None);
        }
    }
}

/// A list to choose from, with a name for screen readers; where it is long, one in which one types. True if something else
/// was chosen.
pub fn choice<T: PartialEq + Clone>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    current: &mut T,
    shown: &str,
    entries: impl IntoIterator<Item = (T, String)>,
) -> bool {
    let entries = entries.into_iter().map(|(value, text)| Entry { value, text, more: String::new() });
    let entries: Vec<Entry<T>> = entries.collect();
    if entries.len() > FEW {
        return choice_list(ui, theme, name, current, shown, &entries);
    }
    let mut changed = false;
    let width = ui.available_width().min(FIELD);
    let combo = egui::ComboBox::from_id_salt(name).selected_text(shown).width(width).truncate();
    open_list(ui, name, combo, |ui| {
        for Entry { value, text, .. } in entries {
            if ui.selectable_label(*current == value, text).clicked() {
                // A choice by keyboard closes the list as one by mouse does.
                ui.close();
                changed |= *current != value;
                *current = value;
            }
        }
    });
    changed
}

/// Shows a field that opens a list, with a name for screen readers, which is its salt too. When a key closes the list, the
/// keyboard is back at the field.
pub fn open_list(ui: &mut Ui, name: &str, combo: egui::ComboBox<'_>, content: impl FnOnce(&mut Ui)) {
    let id = ui.make_persistent_id(egui::IdSalt::new(name));
    let was_open = egui::ComboBox::is_open(ui.ctx(), id);
    let response = combo.show_ui(ui, content).response;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
    // Tab goes on to the next field.
    let by_key = ui.input(|input| !input.pointer.any_click() && !input.key_pressed(Key::Tab));
    if was_open && by_key && !egui::ComboBox::is_open(ui.ctx(), id) {
        response.request_focus();
    }
}
