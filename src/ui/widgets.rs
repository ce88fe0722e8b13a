//! Small pieces that many panels use.

use super::{
    icons,
    theme::{self, LabelColors, Theme},
};
use egui::{Align2, Button, Color32, Id, Response, RichText, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// A button that is only an icon; `name` is what screen readers say and what the tooltip shows.
pub fn icon_button(ui: &mut Ui, icon: char, name: &str) -> Response {
    let response = ui.add(Button::new(icons::icon(icon, 16.0)).frame_when_inactive(false));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    response.on_hover_text(name)
}

/// As [`icon_button`]; the tooltip shows the key that does the same.
pub fn icon_button_with_key(ui: &mut Ui, theme: &Theme, icon: char, name: &str, key: &str) -> Response {
    let response = ui.add(Button::new(icons::icon(icon, 16.0)).frame_when_inactive(false));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    response.on_hover_ui(|ui| {
        ui.horizontal(|ui| {
            ui.label(name);
            key_cap(ui, theme, key);
        });
    })
}

/// A heading of a section in a panel, in small capitals.
pub fn section(ui: &mut Ui, theme: &Theme, title: &str) {
    ui.add_space(8.0);
    ui.label(
        RichText::new(title.to_uppercase()).font(theme::strong(10.0)).color(theme.text_faint).extra_letter_spacing(0.6),
    );
}

/// A label's colour and name on a small rounded plate.
pub fn label_chip(ui: &mut Ui, theme: &Theme, colors: LabelColors, name: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(name.to_owned(), theme::medium(11.5), theme.text);
    let size = galley.size() + vec2(22.0, 5.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    let fill = if response.hovered() { theme.hover } else { Color32::TRANSPARENT };
    ui.painter().rect(rect, 5.0, fill, Stroke::new(1.0, theme.border), StrokeKind::Inside);
    swatch(ui, rect.left_center() + vec2(9.0, 0.0), colors);
    ui.painter().galley(rect.left_top() + vec2(16.0, 2.5), galley, theme.text);
    response
}

/// The small square that stands for a label.
pub fn swatch(ui: &Ui, centre: egui::Pos2, colors: LabelColors) {
    let rect = egui::Rect::from_center_size(centre, vec2(8.0, 8.0));
    ui.painter().rect_filled(rect, 2.5, colors.bar);
}

/// A key as it is printed on a keyboard.
pub fn key_cap(ui: &mut Ui, theme: &Theme, key: &str) {
    let galley = ui.painter().layout_no_wrap(key.to_owned(), theme::medium(10.5), theme.text_weak);
    let size = galley.size() + vec2(9.0, 3.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, key));
    ui.painter().rect(rect, 4.0, theme.raised, Stroke::new(1.0, theme.border), StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme.text_weak);
}

/// A row of a list that can be chosen: highlighted when `chosen`, named for screen readers. `paint` draws into the row.
pub fn list_row(
    ui: &mut Ui,
    theme: &Theme,
    height: f32,
    chosen: bool,
    name: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect),
) -> Response {
    list_row_sensing(ui, theme, (height, Sense::click()), chosen, name, paint)
}

/// As [`list_row`]; with [`Sense::CLICK`] the row can be clicked but does not take the keyboard.
pub fn list_row_sensing(
    ui: &mut Ui,
    theme: &Theme,
    (height, sense): (f32, Sense),
    chosen: bool,
    name: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), sense);
    response.widget_info(|| WidgetInfo::selected(egui::Role::ListBoxOption, true, chosen, name));
    let wanted_in = ui.data_mut(|data| data.remove_temp::<u64>(first_row()).filter(|_| sense.is_focusable()));
    if wanted_in == Some(ui.ctx().cumulative_frame_nr()) {
        response.request_focus();
    }
    if chosen {
        ui.painter().rect_filled(rect, 5.0, theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 5.0, theme.hover);
    }
    if ui.is_rect_visible(rect) {
        paint(&ui.painter().with_clip_rect(rect.intersect(ui.clip_rect())), rect);
    }
    response
}

/// Selects all of a text field, so that typing replaces it.
pub fn select_all(ui: &Ui, id: egui::Id, text: &str) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let end = CCursor::new(text.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    egui::TextEdit::store_state(ui.ctx(), id, state);
}

/// Arrow down in a filter field gives the keyboard to the first row that is drawn after it.
pub fn lead_into_list(ui: &Ui, filter: &Response) {
    let wants = filter.has_focus() && ui.input(|input| input.key_pressed(egui::Key::ArrowDown));
    if wants {
        let frame = ui.ctx().cumulative_frame_nr();
        ui.data_mut(|data| data.insert_temp(first_row(), frame));
    }
}

/// The area under this name, scrolled so that row `place`, of rows this high, is in sight in a list of this height.
pub fn reveal_row(
    ui: &Ui,
    area: egui::ScrollArea,
    salt: &str,
    (place, row): (usize, f32),
    height: f32,
) -> egui::ScrollArea {
    let top = place as f32 * row;
    let id = ui.make_persistent_id(egui::IdSalt::new(salt));
    let before = egui::scroll_area::State::load(ui.ctx(), id).map_or(0.0, |state| state.clamped_offset().y);
    if top >= before && top + row <= before + height {
        return area;
    }
    area.vertical_scroll_offset((top - height * 0.4).max(0.0))
}

/// Where it is remembered in which frame the first row was wanted.
fn first_row() -> Id {
    Id::unique("first row wanted")
}

/// Marks the chosen row of a list that has the keyboard.
pub fn row_mark(painter: &egui::Painter, row: egui::Rect, theme: &Theme) {
    let mark = egui::Rect::from_min_size(row.left_top() + vec2(0.0, 4.0), vec2(2.5, row.height() - 8.0));
    painter.rect_filled(mark, 1.0, theme.accent);
}

/// Text in one line, cut with an ellipsis where it does not fit.
pub fn line_text(
    painter: &egui::Painter,
    at: egui::Pos2,
    width: f32,
    text: &str,
    font: egui::FontId,
    color: Color32,
) -> egui::Rect {
    fitted_text(painter, at, width, text, font, color).0
}

/// As [`line_text`]; true if the text was cut.
pub fn fitted_text(
    painter: &egui::Painter,
    at: egui::Pos2,
    width: f32,
    text: &str,
    font: egui::FontId,
    color: Color32,
) -> (egui::Rect, bool) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.replace(['\n', '\r', '\t'], " "), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(8.0));
    let galley = painter.layout_job(job);
    let rect = Align2::LEFT_TOP.anchor_size(at, galley.size());
    let is_cut = galley.elided;
    painter.galley(at, galley, color);
    (rect, is_cut)
}

/// The width in points of the widest of some texts in one line.
pub fn widest<'a>(ui: &Ui, texts: impl Iterator<Item = &'a str>, font: &egui::FontId) -> f32 {
    let width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
    texts.map(width).fold(0.0, f32::max)
}

/// Words for an empty place: what it is and what to do.
pub fn empty_state(ui: &mut Ui, theme: &Theme, icon: char, text: &str) {
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        ui.label(icons::icon(icon, 28.0).color(theme.text_faint));
        ui.add_space(4.0);
        ui.label(RichText::new(text).color(theme.text_weak));
    });
}
