//! Asks before many suggestions are accepted or rejected at once, and shows how far that is.

use super::parts::{self, Footer, Tone, counted};
use crate::{
    model::Status,
    ui::{
        decide::{DecideAll, Outcome},
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, in_articles, tr},
        theme, widgets,
    },
};
use egui::{RichText, Ui};

pub struct DecideListed {
    work: DecideAll,
    is_going: bool,
}

impl DecideListed {
    pub fn new(work: DecideAll) -> Self {
        Self { work, is_going: false }
    }

    fn accepts(&self) -> bool {
        self.work.status() == Status::Accepted
    }
}

impl Dialog for DecideListed {
    fn title(&self) -> String {
        let title = if self.accepts() { tr("Accept all listed") } else { tr("Reject all listed") };
        title.to_owned()
    }

    fn width(&self) -> f32 {
        440.0
    }

    fn may_close(&mut self) -> bool {
        !self.is_going
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        if self.is_going {
            return match self.work.go_on(ui, context, requests) {
                Outcome::Going => DialogState::Open,
                Outcome::Done(_) | Outcome::Failed | Outcome::Cancelled => DialogState::Close,
            };
        }
        let counted = counted(self.work.labels().values().sum(), tr("suggestion"), tr("suggestions"));
        ui.label(RichText::new(format!("{counted} {}", in_articles(self.work.articles()))).font(theme::medium(14.0)));
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            for (label, count) in self.work.labels() {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
                widgets::swatch(ui, rect.center(), context.palette.get(label));
                ui.label(format!("{label} {count}"));
                ui.add_space(4.0);
            }
        });
        ui.add_space(4.0);
        if self.work.unplaced() > 0 {
            let count = self.work.unplaced().to_string();
            let text = fill(tr("Imported spans without words stay suggestions: {}"), &[&count]);
            parts::note(ui, context.theme, Tone::Plain, &text);
        }
        ui.label(RichText::new(tr("One undo takes all of it back")).color(context.theme.text_weak));
        let confirm = if self.accepts() { tr("Accept {}") } else { tr("Reject {}") };
        match parts::footer(ui, context.theme, &fill(confirm, &[&counted]), context.is_writable()) {
            Footer::Confirm => {
                self.is_going = true;
                ui.ctx().request_repaint();
                DialogState::Open
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }
}
