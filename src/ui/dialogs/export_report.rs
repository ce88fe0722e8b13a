//! What an export says of itself: what the format can hold, what would be written and lost, what was written.

use super::{
    export_task::{LossKind, Rehearsal, grouped},
    parts::{self, Tone, counted},
};
use crate::{
    format::{Format, export::ExportReport, filter::LeftOut},
    model::Status,
    ui::{
        icons,
        texts::{fill, tr},
        theme::{self, Theme, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui, vec2};

/// Files that are named of those that were written.
const FILES: usize = 12;

/// What would be written, and how it begins. `statuses` are those that were chosen.
pub fn rehearsed(ui: &mut Ui, theme: &Theme, rehearsal: &Rehearsal, statuses: &[Status]) {
    if rehearsal.articles() == 0 {
        parts::note(ui, theme, Tone::Warning, tr("No article fits what was chosen"));
        return;
    }
    ui.label(RichText::new(summary(rehearsal)).color(theme.text));
    let empty: Vec<&str> =
        rehearsal.parts.iter().filter(|(_, count)| *count == 0).map(|(name, _)| name.as_str()).collect();
    if !empty.is_empty() {
        let text = fill(tr("No article comes into {}: another seed or other shares may help"), &[&empty.join(", ")]);
        parts::note(ui, theme, Tone::Warning, &text);
    }
    states(ui, theme, statuses, &rehearsal.left_out);
    losses(ui, theme, &rehearsal.losses);
    widgets::section(ui, theme, tr("How the files begin"));
    if rehearsal.heads.is_empty() {
        ui.label(RichText::new(tr("The files are no text that could be shown")).color(theme.text_faint));
    }
    for (name, head) in &rehearsal.heads {
        if !name.is_empty() {
            ui.label(RichText::new(name).font(theme::medium(11.5)).color(theme.text_faint));
        }
        egui::Frame::new().fill(theme.page).corner_radius(5).inner_margin(8).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let lines: Vec<String> = head.lines().take(6).map(|line| cut(line, 260)).collect();
            let text = RichText::new(lines.join("\n")).monospace().size(11.0).color(theme.text_weak);
            ScrollArea::horizontal().id_salt(("head", name)).show(ui, |ui| {
                ui.add(egui::Label::new(text).wrap_mode(egui::TextWrapMode::Extend));
            });
        });
    }
}

/// What was written.
pub fn written(ui: &mut Ui, theme: &Theme, report: &ExportReport, statuses: &[Status]) {
    let text = format!(
        "{}, {}, {}",
        counted(report.articles(), tr("article written"), tr("articles written")),
        counted(report.spans, tr("span"), tr("spans")),
        counted(report.relations, tr("relation"), tr("relations")),
    );
    parts::note(ui, theme, Tone::Good, &text);
    states(ui, theme, statuses, &report.left_out);
    widgets::section(ui, theme, tr("Files"));
    // The page about the data comes last and is not to be missed.
    let last = report.files.last().filter(|_| report.files.len() > FILES);
    for file in report.files.iter().take(FILES).chain(last) {
        ui.add(egui::Label::new(RichText::new(file.display().to_string()).color(theme.text_weak)).wrap());
    }
    if report.files.len() > FILES + 1 {
        let text = format!("… {} {}", report.files.len() - FILES - 1, tr("more"));
        ui.label(RichText::new(text).color(theme.text_faint));
    }
    losses(ui, theme, &grouped(&report.losses));
}

/// Which review states the files hold, and what is left out for its own.
fn states(ui: &mut Ui, theme: &Theme, statuses: &[Status], left_out: &LeftOut) {
    let name = |status: &Status| match status {
        Status::Suggested => tr("suggested"),
        Status::Accepted => tr("accepted"),
        Status::Rejected => tr("rejected"),
    };
    let chosen: Vec<&str> = statuses.iter().map(name).collect();
    let mut text = format!("{}: {}", tr("Review states in the files"), chosen.join(", "));
    if !left_out.is_empty() {
        let counts: Vec<String> = left_out.iter().map(|(status, count)| format!("{count} {}", name(status))).collect();
        text = format!("{text}  ·  {}: {}", tr("left out"), counts.join(", "));
    }
    // What nobody has looked at is no truth to train on.
    let has_suggestions = statuses.contains(&Status::Suggested);
    parts::note(ui, theme, if has_suggestions { Tone::Warning } else { Tone::Plain }, &text);
}

/// What the format can hold, as a small grid of ticks.
pub fn holds(ui: &mut Ui, theme: &Theme, format: &dyn Format) {
    ui.add_space(2.0);
    ui.spacing_mut().interact_size.y = 15.0;
    let list = format.info().holds.list();
    // Columns as wide as the longest name, as many as there is room for.
    let columns = ((ui.available_width() / 138.0) as usize).clamp(1, 5);
    egui::Grid::new(("holds", columns)).num_columns(columns).spacing(vec2(14.0, 1.0)).show(ui, |ui| {
        let rows = list.len().div_ceil(columns);
        for row in 0..rows {
            for (name, holds) in list.iter().skip(row).step_by(rows) {
                held(ui, theme, name, *holds);
            }
            ui.end_row();
        }
    });
}

/// A tick or a cross before something that a format can or can not hold.
fn held(ui: &mut Ui, theme: &Theme, name: &'static str, holds: bool) {
    let (icon, color, text) = match holds {
        true => (icons::CHECK, theme.good, theme.text_weak),
        false => (icons::CLOSE, theme.text_faint, theme.text_faint),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(icons::icon(icon, 11.0).color(color));
        let text = RichText::new(holds_name(name)).size(11.5).color(text);
        let response = ui.label(if holds { text } else { text.strikethrough() });
        let spoken = if holds { tr("is kept") } else { tr("is lost") };
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{} {spoken}", holds_name(name)))
        });
    });
}

/// What a format holds, in the language of the window.
fn holds_name(name: &'static str) -> &'static str {
    match name {
        "text" => tr("text"),
        "nested spans" => tr("nested spans"),
        "crossing spans" => tr("crossing spans"),
        "discontinuous spans" => tr("discontinuous spans"),
        "zero-width spans" => tr("zero-width spans"),
        "sub-token spans" => tr("sub-token spans"),
        "attributes" => tr("attributes"),
        "notes" => tr("notes"),
        "entities" => tr("entities"),
        "relations" => tr("relations"),
        "events" => tr("events"),
        "document labels" => tr("document labels"),
        "review status" => tr("review status"),
        "provenance" => tr("provenance"),
        "metadata" => tr("metadata"),
        other => other,
    }
}

fn losses(ui: &mut Ui, theme: &Theme, kinds: &[LossKind]) {
    let total: usize = kinds.iter().map(|kind| kind.count).sum();
    if total == 0 {
        return parts::note(ui, theme, Tone::Good, tr("Nothing is lost"));
    }
    let heading = format!("{} ({total})", tr("What the files do not hold"));
    widgets::section(ui, theme, &heading);
    for kind in kinds {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            ui.allocate_ui_with_layout(vec2(44.0, 16.0), egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.set_min_width(44.0);
                ui.label(
                    RichText::new(format!("{} ×", kind.count)).font(theme::medium(size::BODY)).color(theme.warning),
                );
            });
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(&kind.why);
                let more = if kind.count > kind.first.len() { ", …" } else { "" };
                let places = format!("{}{more}", kind.first.join(", "));
                ui.add(egui::Label::new(RichText::new(places).size(11.5).color(theme.text_faint)).wrap());
                let held_by = format!("{} {}", tr("Held by"), kind.held_by.join(", "));
                ui.add(egui::Label::new(RichText::new(held_by).size(11.5).color(theme.text_faint)).wrap());
            });
        });
    }
}

fn summary(rehearsal: &Rehearsal) -> String {
    let articles = rehearsal.articles();
    let mut text = format!(
        "{}, {}, {}, {}",
        counted(articles, tr("article"), tr("articles")),
        counted(rehearsal.spans, tr("span"), tr("spans")),
        counted(rehearsal.relations, tr("relation"), tr("relations")),
        counted(rehearsal.document_labels, tr("document label"), tr("document labels")),
    );
    if rehearsal.parts.len() > 1 {
        let parts: Vec<String> = rehearsal.parts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        text = format!("{text}  ·  {}", parts.join(", "));
    }
    let files = counted(rehearsal.files, tr("file"), tr("files"));
    format!("{text}  ·  {files}, {} kB", rehearsal.bytes.div_ceil(1000))
}

fn cut(line: &str, most: usize) -> String {
    let mut shown: String = line.chars().take(most).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown.replace('\t', "    ")
}
