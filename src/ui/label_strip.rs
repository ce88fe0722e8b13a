//! The labels above the article: colour, name, key, and how often each is used. A click labels what is selected.

use super::{
    command::Command,
    request::{PanelContext, Request},
    theme, widgets,
};
use crate::model::{LabelDefinition, Status};
use egui::{Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// How much room the labels have. Where there is little the text comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// As many lines as they take.
    #[default]
    InLines,
    /// One, which scrolls sideways.
    InOneLine,
    None,
}

pub fn show(ui: &mut Ui, room: Labels, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    match room {
        Labels::InLines => ui.horizontal_wrapped(|ui| chips(ui, context, requests)).inner,
        Labels::InOneLine => {
            ui.style_mut().always_scroll_the_only_direction = true;
            egui::ScrollArea::horizontal().show(ui, |ui| ui.horizontal(|ui| chips(ui, context, requests)));
        }
        Labels::None => {}
    }
}

fn chips(ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
    let Some(session) = context.session else { return };
    ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
    for label in &session.project().schema.labels {
        let count = context.set().map_or(0, |set| set.tally().spans(&label.name, Status::Accepted));
        if chip(ui, context, label, count).clicked() {
            requests.push(Request::Label(label.name.clone()));
            requests.push(Request::FocusArticle);
        }
    }
    if session.project().schema.labels.is_empty() {
        let button = ui.button(Command::EditSchema.title());
        if button.clicked() {
            requests.push(Request::Run(Command::EditSchema));
        }
    }
}

fn chip(ui: &mut Ui, context: &PanelContext<'_>, label: &LabelDefinition, count: usize) -> egui::Response {
    let theme = context.theme;
    let name = ui.painter().layout_no_wrap(label.name.to_string(), theme::medium(11.5), theme.text);
    let key = label.key.map(|key| ui.painter().layout_no_wrap(key.to_string(), theme::medium(10.5), theme.text_faint));
    let number = ui.painter().layout_no_wrap(count.to_string(), theme::medium(10.5), theme.text_faint);
    let key_width = key.as_ref().map_or(0.0, |key| key.size().x + 10.0);
    let size = vec2(20.0 + name.size().x + key_width + number.size().x + 12.0, 23.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Label {}", label.name)));
    let colors = context.palette.get(&label.name);
    let (fill, border) = if response.hovered() { (theme.hover, theme.text_faint) } else { (theme.page, theme.border) };
    ui.painter().rect(rect, 6.0, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    widgets::swatch(ui, rect.left_center() + vec2(11.0, 0.0), colors);
    let mut x = rect.left() + 19.0;
    let middle = |height: f32| rect.center().y - height / 2.0;
    let name_width = name.size().x;
    ui.painter().galley(egui::pos2(x, middle(name.size().y)), name, theme.text);
    x += name_width + 6.0;
    if let Some(key) = key {
        let plate = egui::Rect::from_min_size(egui::pos2(x, rect.center().y - 7.5), vec2(key.size().x + 6.0, 15.0));
        ui.painter().rect(plate, 3.0, theme.raised, Stroke::new(1.0, theme.border), StrokeKind::Inside);
        ui.painter().galley(plate.center() - key.size() / 2.0, key.clone(), theme.text_faint);
        x = plate.right() + 5.0;
    }
    ui.painter().galley(egui::pos2(x, middle(number.size().y)), number, theme.text_faint);
    response.on_hover_ui(|ui| {
        ui.set_max_width(300.0);
        ui.label(egui::RichText::new(&*label.name).font(theme::strong(13.0)));
        ui.label(label.description.replace("**", "").replace('*', ""));
    })
}
