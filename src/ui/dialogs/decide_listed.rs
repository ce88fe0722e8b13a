//! Asks before many suggestions are accepted or rejected at once, and shows how far that is.

use super::parts::{self, Footer, counted};
use crate::{
    model::{Name, Status},
    ui::{
        decide::{DecideAll, Outcome},
        request::{Dialog, DialogState, PanelContext, Request},
        texts::{fill, in_articles, tr},
        theme, widgets,
    },
};
use egui::{RichText, Ui};
use std::collections::BTreeMap;

pub struct DecideListed {
    work: DecideAll,
    status: Status,
    /// How many there are of each label.
    labels: Vec<(Name, usize)>,
    count: usize,
    articles: usize,
    is_going: bool,
}

impl DecideListed {
    /// For suggestions with these labels, in so many articles.
    pub fn new(work: DecideAll, status: Status, labels: impl Iterator<Item = Name>, articles: usize) -> Self {
        let mut counts: BTreeMap<Name, usize> = BTreeMap::new();
        for label in labels {
            *counts.entry(label).or_default() += 1;
        }
        let count = counts.values().sum();
        Self { work, status, labels: counts.into_iter().collect(), count, articles, is_going: false }
    }
}

impl Dialog for DecideListed {
    fn title(&self) -> String {
        let title = if self.status == Status::Accepted { tr("Accept all listed") } else { tr("Reject all listed") };
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
        let counted = counted(self.count, tr("suggestion"), tr("suggestions"));
        ui.label(RichText::new(format!("{counted} {}", in_articles(self.articles))).font(theme::medium(14.0)));
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            for (label, count) in &self.labels {
                let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 16.0), egui::Sense::hover());
                widgets::swatch(ui, rect.center(), context.palette.get(label));
                ui.label(format!("{label} {count}"));
                ui.add_space(4.0);
            }
        });
        ui.add_space(4.0);
        ui.label(RichText::new(tr("One undo takes all of it back")).color(context.theme.text_weak));
        let confirm = if self.status == Status::Accepted { tr("Accept {}") } else { tr("Reject {}") };
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
