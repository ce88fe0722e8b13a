//! Pieces of the forms in dialogs: named rows, fields with accessible names, choices, and when Enter means “apply”.

use super::parts::{FIELD, is_confirmed, open_list};
use crate::{
    edit::{Draft, EditError},
    model::{ArticleId, Color, Name},
    ui::{
        icons,
        request::{PanelContext, Request},
        texts::tr,
        theme::{self, LabelColors, Theme, size},
        widgets,
    },
};
use egui::{
    Align, Button, Checkbox, ComboBox, Key, Layout, Margin, PopupCloseBehavior, Response, RichText, Sense, TextEdit,
    Ui,
    containers::menu::{MenuButton, MenuConfig},
    vec2,
};

/// Width of the column with the names of fields.
const NAME_WIDTH: f32 = 104.0;

/// A row of a form: the name in a column of its own, the control beside it. The control carries the name for screen
/// readers, so the written one is only painted.
pub fn row<R>(ui: &mut Ui, theme: &Theme, name: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    let name_width = if ui.available_width() < 380.0 { 78.0 } else { NAME_WIDTH };
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(name_width, ui.spacing().interact_size.y), Sense::hover());
        let font = egui::FontId::proportional(size::BODY);
        let at = rect.left_top() + vec2(0.0, 4.0);
        widgets::line_text(ui.painter(), at, name_width - 8.0, name, font, theme.text_weak);
        ui.vertical(control).inner
    })
    .inner
}

/// A field of one line, as wide as there is room.
pub fn text_field(ui: &mut Ui, name: &str, value: &mut String) -> Response {
    let width = ui.available_width();
    sized_field(ui, name, value, width)
}

/// A field of one line of this width.
pub fn sized_field(ui: &mut Ui, name: &str, value: &mut String, width: f32) -> Response {
    let edit = TextEdit::singleline(value).desired_width(width).margin(Margin::symmetric(6, 4));
    ui.add(edit).accessible_name(name)
}

/// A field of several lines.
pub fn text_area(ui: &mut Ui, name: &str, value: &mut String, rows: usize) -> Response {
    let edit = TextEdit::multiline(value)
        .desired_width(ui.available_width())
        .desired_rows(rows)
        .margin(Margin::symmetric(6, 4));
    ui.add(edit).accessible_name(name)
}

/// A field to filter a list by; takes the keyboard when `fresh`.
pub fn filter_field(ui: &mut Ui, theme: &Theme, name: &'static str, value: &mut String, fresh: bool) -> Response {
    let edit = TextEdit::singleline(value)
        .hint_text(RichText::new(name).color(theme.text_faint))
        .desired_width(ui.available_width())
        .margin(Margin::symmetric(6, 4));
    let response = ui.add(edit).accessible_name(name);
    if fresh {
        response.request_focus();
    }
    widgets::lead_into_list(ui, &response);
    response
}

/// Chooses one of a few values; true if it was changed.
pub fn choice<T: Clone + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, options: &[(T, &str)]) -> bool {
    let before = value.clone();
    let shown = options.iter().find(|(option, _)| option == value).map_or("", |(_, text)| text);
    let width = ui.available_width().min(FIELD);
    let combo = ComboBox::from_id_salt(name).selected_text(shown).width(width).truncate();
    open_list(ui, name, combo, |ui| {
        for (option, text) in options {
            if ui.selectable_value(value, option.clone(), *text).clicked() {
                ui.close();
            }
        }
    });
    *value != before
}

/// Chooses any number of names; none stands for `anything`.
pub fn names_choice(ui: &mut Ui, name: &str, chosen: &mut Vec<Name>, all: &[Name], anything: &str, width: f32) {
    let shown = if chosen.is_empty() { anything.to_owned() } else { chosen.join(", ") };
    let combo = ComboBox::from_id_salt(name)
        .selected_text(shown)
        .width(width)
        .height(330.0)
        .truncate()
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    ui.scope(|ui| {
        // The width is a lower bound for the box; only the room bounds it above.
        ui.set_max_width(width);
        open_list(ui, name, combo, |ui| {
            let mut is_anything = chosen.is_empty();
            if ui.checkbox(&mut is_anything, anything).changed() && is_anything {
                chosen.clear();
            }
            ui.separator();
            let unknown = chosen.iter().filter(|name| !all.contains(name)).cloned().collect::<Vec<_>>();
            let mut kept = Vec::new();
            for name in all.iter().chain(&unknown) {
                let mut is_chosen = chosen.contains(name);
                ui.add(Checkbox::new(&mut is_chosen, &**name));
                kept.extend(is_chosen.then(|| name.clone()));
            }
            *chosen = kept;
        });
    });
}

/// Chooses a label's colour; `None` takes the one of the palette at the label's place, `automatic`.
pub fn color_choice(ui: &mut Ui, theme: &Theme, name: &str, color: &mut Option<Color>, position: usize) {
    let look = theme.label_colors(position, *color);
    let shown = color.map_or_else(|| tr("From the palette").to_owned(), |color| color.to_string());
    let button = Button::new((RichText::new("      "), shown)).truncate();
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        // Fields keep their frames, which menus take away.
        ui.reset_style();
        ui.set_width(236.0);
        if ui.selectable_label(color.is_none(), tr("From the palette")).clicked() {
            *color = None;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            for option in theme::picker_colors() {
                if color_cell(ui, theme, theme.label_colors(position, Some(option)), option, *color == Some(option)) {
                    *color = Some(option);
                }
            }
        });
        let id = ui.scope_id().with("hex");
        let known = color.map(|color| color.to_string()).unwrap_or_default();
        let mut written = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| known.clone());
        row(ui, theme, tr("As #rrggbb"), |ui| {
            let field = text_field(ui, tr("As #rrggbb"), &mut written);
            if field.changed() {
                if let Some(parsed) = Color::parse(written.trim()) {
                    *color = Some(parsed);
                }
            } else if !field.has_focus() {
                written = known;
            }
        });
        ui.data_mut(|data| data.insert_temp(id, written));
    });
    let square = egui::Rect::from_center_size(response.rect.left_center() + vec2(19.0, 0.0), vec2(14.0, 14.0));
    ui.painter().rect_filled(square, 4.0, look.bar);
    let _ = response.accessible_name(name);
}

fn color_cell(ui: &mut Ui, theme: &Theme, look: LabelColors, color: Color, chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, color.to_string()));
    ui.painter().rect_filled(rect.shrink(2.0), 5.0, look.bar);
    if chosen || response.has_focus() || response.hovered() {
        let line = if chosen { theme.text } else { theme.text_faint };
        ui.painter().rect_stroke(rect, 6.0, egui::Stroke::new(1.5, line), egui::StrokeKind::Inside);
    }
    response.clicked()
}

/// A button with an icon before its text; screen readers say the text alone.
pub fn icon_button(ui: &mut Ui, icon: char, text: &str) -> Response {
    let response = ui.button((icons::icon(icon, 13.0), text));
    response.accessible_name(text)
}

/// The button that does what the dialog is for.
pub fn primary_button(ui: &mut Ui, theme: &Theme, enabled: bool, text: &str) -> Response {
    let text = RichText::new(text).font(theme::medium(size::BODY)).color(theme.on_accent);
    let button = Button::new(text).fill(theme.accent).stroke(egui::Stroke::NONE).min_size(vec2(90.0, 28.0));
    ui.add_enabled(enabled, button)
}

/// A button beside the primary one.
pub fn plain_button(ui: &mut Ui, enabled: bool, text: &str) -> Response {
    ui.add_enabled(enabled, Button::new(text).min_size(vec2(72.0, 28.0)))
}

/// What is wrong with the field above.
pub fn problem(ui: &mut Ui, theme: &Theme, text: &str) {
    note(ui, theme.error, icons::WARNING, text);
}

/// What should be known about the field above.
pub fn hint(ui: &mut Ui, theme: &Theme, text: &str) {
    note(ui, theme.text_faint, icons::INFO, text);
}

fn note(ui: &mut Ui, color: egui::Color32, icon: char, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add(egui::Label::new(icons::icon(icon, 13.0).color(color)).selectable(false));
        ui.add(egui::Label::new(RichText::new(text).size(12.0).color(color)).wrap());
    });
}

/// Buttons at the bottom right of a dialog, first one rightmost.
pub fn footer<R>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(8.0);
    let height = 30.0;
    let area = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(area, Layout::right_to_left(Align::Center), buttons).inner
}

/// True if Enter was pressed in a field of one line, or where nothing else takes it; or with Ctrl anywhere.
pub fn enter_pressed(ui: &Ui) -> bool {
    let is_free = || ui.memory(|memory| memory.focused()).is_none();
    let pressed = is_confirmed(ui) || ui.input(|input| input.key_pressed(Key::Enter)) && is_free();
    pressed && !egui::Popup::is_any_open(ui.ctx())
}

/// Height for the content of a dialog, so that its footer stays in the window.
pub fn content_height(ui: &Ui, wanted: f32) -> f32 {
    (ui.ctx().content_rect().height() - 256.0).clamp(140.0, wanted)
}

/// The two parts of a dialog that has a list and shows the chosen one in detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    List,
    Detail,
}

/// A list of this width with the details beside it; where there is no room beside it, above them. `show` draws a part in the
/// height that it is told.
pub fn list_and_detail(ui: &mut Ui, list: f32, height: f32, mut show: impl FnMut(&mut Ui, Part, f32)) {
    if ui.available_width() >= list + 300.0 {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(list);
                ui.set_min_height(height);
                show(ui, Part::List, height);
            });
            ui.add_space(10.0);
            ui.vertical(|ui| {
                egui::ScrollArea::vertical().id_salt("detail").max_height(height).auto_shrink([false, false]).show(
                    ui,
                    |ui| {
                        ui.set_width(ui.available_width() - 12.0);
                        show(ui, Part::Detail, height);
                    },
                );
            });
        });
    } else {
        egui::ScrollArea::vertical().id_salt("list and detail").max_height(height).auto_shrink([false, false]).show(
            ui,
            |ui| {
                ui.set_width(ui.available_width() - 12.0);
                show(ui, Part::List, 180.0);
                ui.separator();
                show(ui, Part::Detail, height);
            },
        );
    }
}

/// Scrolls what is around by Page Up and Page Down, and by the arrows while nothing has the keyboard.
pub fn scroll_by_keys(ui: &mut Ui) {
    let is_free = ui.memory(|memory| memory.focused()).is_none();
    let page = (ui.clip_rect().height() - 40.0).max(40.0);
    let keys = [
        (Key::PageDown, -page, true),
        (Key::PageUp, page, true),
        (Key::ArrowDown, -40.0, is_free),
        (Key::ArrowUp, 40.0, is_free),
    ];
    let distance: f32 = ui.input(|input| {
        keys.iter().filter(|(key, _, counts)| *counts && input.key_pressed(*key)).map(|(_, distance, _)| distance).sum()
    });
    if distance != 0.0 {
        ui.scroll_with_delta(vec2(0.0, distance));
    }
}

/// The row that the arrow keys lead to from the chosen one, `place` of `count`, while that has the keyboard. Only the
/// chosen row of a list takes part in the order of Tab.
pub fn step_in_list(ui: &Ui, row: &Response, place: usize, count: usize) -> Option<usize> {
    // The key that leads into the list is none that goes on in it.
    if !row.has_focus() || row.gained_focus() {
        return None;
    }
    let filter = egui::EventFilter { vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row.id, filter));
    let (up, down) = ui.input(|input| (input.key_pressed(Key::ArrowUp), input.key_pressed(Key::ArrowDown)));
    let next = match (up, down) {
        (true, false) => place.checked_sub(1)?,
        (false, true) => place.checked_add(1)?,
        _ => return None,
    };
    (next < count).then_some(next)
}

/// What a user does about edits that were not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    Apply,
    Discard,
    Stay,
}

/// Asks what becomes of edits that were not applied.
pub fn unsaved_question(ui: &mut Ui, theme: &Theme, can_apply: bool) -> Option<Leave> {
    let mut answer = None;
    // Escape asked; from here on it means to go on, and the keyboard is where that is said.
    let now = ui.ctx().cumulative_pass_nr();
    let last = ui.ctx().data_mut(|data| {
        std::mem::replace(data.get_temp_mut_or_default::<u64>(egui::Id::unique("unsaved question")), now)
    });
    let is_new = now > last + 1;
    let frame = egui::Frame::new().fill(theme.selection).corner_radius(6.0).inner_margin(Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(30.0);
            ui.label(RichText::new(tr("Some changes were not applied")).color(theme.text));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let apply = primary_button(ui, theme, can_apply, tr("Apply and close"));
                for (response, choice) in [
                    (apply, Leave::Apply),
                    (plain_button(ui, true, tr("Discard and close")), Leave::Discard),
                    (plain_button(ui, true, tr("Keep editing")), Leave::Stay),
                ] {
                    if is_new && choice == Leave::Stay {
                        response.request_focus();
                    }
                    if response.clicked() {
                        answer = Some(choice);
                    }
                }
            });
        });
    });
    answer
}

/// Which articles a change of the whole project needs in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The change is not about annotations.
    Nothing,
    AllArticles,
}

/// A change of the project as a whole, in one transaction.
pub fn project_change(
    title: impl Into<String>,
    needs: Needs,
    steps: impl FnOnce(&mut Draft<'_>) -> Result<(), EditError> + 'static,
) -> Request {
    let title = title.into();
    Request::change(move |session| {
        if needs == Needs::AllArticles {
            session.load_all(|_, _| true)?;
        }
        // The change names its annotations itself; no article is the one that it belongs to.
        session.edit(&ArticleId::new(""), title, |draft| Ok(steps(draft)?))?;
        Ok(None)
    })
}

/// Brings all articles into memory, so that annotations can be counted.
pub fn load_everything() -> Request {
    Request::change(|session| {
        session.load_all(|_, _| true)?;
        Ok(None)
    })
}

/// The sentence for a dialog that needs a project.
pub fn needs_project<'a>(context: &PanelContext<'a>) -> Result<&'a crate::session::Session, String> {
    context.session.ok_or_else(|| tr("Open a project first").to_owned())
}
