//! Everything that the window has said since it started.

use super::form;
use crate::ui::{
    icons,
    messages::{Message, Severity},
    request::{Dialog, DialogState, PanelContext, Request},
    table::short_time,
    texts::tr,
    widgets,
};
use egui::{Label, RichText, ScrollArea, Ui};

pub struct MessageLog {
    log: Vec<Message>,
}

impl MessageLog {
    pub fn new(log: Vec<Message>) -> Self {
        Self { log }
    }

    fn as_text(&self) -> String {
        let lines = self.log.iter().map(|message| format!("{}  {}\n", short_time(message.time), message.text));
        lines.collect()
    }
}

impl Dialog for MessageLog {
    fn title(&self) -> String {
        tr("Messages").to_owned()
    }

    fn width(&self) -> f32 {
        620.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, _requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        if self.log.is_empty() {
            widgets::empty_state(ui, theme, icons::INFO, tr("Nothing was said in this session yet"));
            return DialogState::Open;
        }
        ScrollArea::vertical().max_height(form::content_height(ui, 460.0)).auto_shrink([false, true]).show(ui, |ui| {
            form::scroll_by_keys(ui);
            ui.spacing_mut().item_spacing.y = 8.0;
            for message in self.log.iter().rev() {
                let (icon, color, word) = match message.severity {
                    Severity::Info => (icons::INFO, theme.accent, tr("Information")),
                    Severity::Warning => (icons::WARNING, theme.warning, tr("Warning")),
                    Severity::Error => (icons::WARNING, theme.error, tr("Error")),
                };
                ui.horizontal_top(|ui| {
                    ui.add(Label::new(icons::icon(icon, 15.0).color(color))).accessible_name(word);
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        ui.add(Label::new(RichText::new(&message.text).color(theme.text)).wrap());
                        ui.label(RichText::new(short_time(message.time)).size(11.0).color(theme.text_faint));
                    });
                });
            }
        });
        form::footer(ui, |ui| {
            if form::plain_button(ui, true, tr("Copy all")).clicked() {
                ui.ctx().copy_text(self.as_text());
            }
        });
        DialogState::Open
    }
}
