//! A table of the report on suggestions, as text that can be read aloud.

use crate::{
    session::suggestion_report::ReportTable,
    ui::{
        texts::{fill, tr},
        theme::{self, Theme},
    },
};
use egui::{Align, Grid, Label, Layout, RichText, ScrollArea, Ui};

/// Rows that are shown; of more, the last ones.
const ROWS: usize = 200;

/// Draws the table; one that is too wide scrolls sideways.
pub fn show(ui: &mut Ui, theme: &Theme, table: &ReportTable) {
    if table.rows.is_empty() {
        return;
    }
    let left_out = table.rows.len().saturating_sub(ROWS);
    if left_out > 0 {
        let text = fill(tr("{} rows before these are in the CSV"), &[&left_out.to_string()]);
        ui.label(RichText::new(text).small().color(theme.text_faint));
    }
    ScrollArea::horizontal().id_salt(table.name).auto_shrink([false, true]).show(ui, |ui| {
        Grid::new(table.name).spacing([20.0, 2.0]).show(ui, |ui| {
            for (place, column) in table.columns.iter().enumerate() {
                let is_number = table.rows.first().and_then(|row| row.get(place)).is_some_and(|cell| cell.is_number());
                let text = RichText::new(title(column)).font(theme::medium(11.5)).color(theme.text_weak);
                cell(ui, is_number, Label::new(text).extend());
            }
            ui.end_row();
            for row in table.rows.iter().skip(left_out) {
                for value in row {
                    let text = RichText::new(value.shown()).color(theme.text);
                    cell(ui, value.is_number(), Label::new(text).extend());
                }
                ui.end_row();
            }
        });
    });
}

fn cell(ui: &mut Ui, is_number: bool, label: Label) {
    if is_number {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(label));
    } else {
        ui.add(label);
    }
}

/// The title of a column in the user's language.
fn title(column: &'static str) -> &'static str {
    match column {
        "articles" => tr("learned from"),
        "spans" => tr("spans"),
        "precision" => tr("precision"),
        "recall" => tr("recall"),
        "F1" => tr("F1"),
        "right" => tr("right"),
        "proposed" => tr("proposed"),
        "wanted" => tr("wanted"),
        "label" => tr("label"),
        "score" => tr("score"),
        "proposals" => tr("proposals"),
        "mean score" => tr("mean score"),
        "share right" => tr("share right"),
        "extractor" => tr("extractor"),
        "accepted" => tr("accepted"),
        "corrected" => tr("corrected"),
        "rejected" => tr("rejected"),
        "open" => tr("still open"),
        "article" => tr("article"),
        "confirmed" => tr("confirmed"),
        "minutes" => tr("minutes"),
        "actions" => tr("actions"),
        "annotations" => tr("annotations"),
        other => other,
    }
}
