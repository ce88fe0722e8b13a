//! Hits of the last search in context. (Filled in by the search dialog.)

use super::{
    request::{PanelContext, Request},
    table::nothing,
    texts::tr,
};
use egui::Ui;

/// What was searched and found.
#[derive(Default)]
pub struct SearchState {}

impl SearchState {
    pub fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, words: &[String], requests: &mut Vec<Request>) {
        let _ = (words, requests);
        nothing(ui, context, tr("Nothing was searched yet: Ctrl+F"));
    }
}
