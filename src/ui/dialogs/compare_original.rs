//! The text as it was imported beside the text as it is now.

use super::{
    Made,
    parts::{self, Tone},
};
use crate::{
    model::ArticleText,
    text::edits_between,
    ui::{
        request::{Dialog, DialogState, PanelContext, Request},
        task::{self, Task},
        texts::tr,
        theme::{self, Theme},
    },
};
use egui::{RichText, ScrollArea, Ui, text::LayoutJob, vec2};
use similar::{Algorithm, DiffOp};
use std::sync::Arc;

/// Lines around a change that are shown as they are.
const AROUND: usize = 1;
/// Most changes that are shown.
const LISTED: usize = 1_000;

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Same,
    Removed,
    Inserted,
}

/// A stretch of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// So many lines that are the same.
    Skipped(usize),
    Text(Vec<(Fate, String)>),
}

pub struct CompareOriginal {
    task: Option<Task<Vec<Part>>>,
    texts: Option<(String, Arc<ArticleText>)>,
    parts: Vec<Part>,
    side_by_side: bool,
}

impl CompareOriginal {
    pub fn make(context: &PanelContext<'_>) -> Made {
        let (Some(session), Some(article)) = (context.session, context.open_article()) else {
            return Err(tr("Open an article first").to_owned());
        };
        let original = session.store().original_text(&article.id);
        let texts = original.zip(article.text.clone()).filter(|(original, text)| original != text.as_str());
        let Some(texts) = texts else {
            return Err(tr("The text is as it was imported: it was never corrected").to_owned());
        };
        Ok(Box::new(Self { task: None, texts: Some(texts), parts: Vec::new(), side_by_side: true }))
    }
}

impl Dialog for CompareOriginal {
    fn title(&self) -> String {
        tr("Compare with original").to_owned()
    }

    fn width(&self) -> f32 {
        920.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, _requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        if let Some((old, new)) = self.texts.take() {
            self.task = Some(Task::start(ui.ctx(), move |_, results| results.send(compare(&old, new.as_str()))));
        }
        if let Some(task) = &mut self.task {
            if let Some(parts) = task.poll() {
                self.parts = parts;
                self.task = None;
            } else if task::progress_line(ui, theme, tr("Comparing"), (0, 0)) {
                return DialogState::Close;
            }
        }
        let changes = self.parts.iter().filter(|part| is_change(part)).count();
        ui.horizontal(|ui| {
            let text = parts::counted(changes, tr("changed place"), tr("changed places"));
            ui.label(RichText::new(text).color(theme.text_weak));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                for (side, text) in [(false, tr("In one column")), (true, tr("Side by side"))] {
                    if ui.selectable_label(self.side_by_side == side, text).clicked() {
                        self.side_by_side = side;
                    }
                }
            });
        });
        ui.add_space(4.0);
        let width = ui.available_width();
        if self.side_by_side {
            ui.horizontal(|ui| {
                for text in [tr("Imported"), tr("Now")] {
                    ui.allocate_ui(vec2(width / 2.0 - 8.0, 18.0), |ui| {
                        ui.set_min_width(width / 2.0 - 8.0);
                        ui.label(RichText::new(text).font(theme::strong(11.0)).color(theme.text_faint));
                    });
                }
            });
        }
        ScrollArea::vertical().max_height(ui.available_height()).auto_shrink([false, true]).show(ui, |ui| {
            for part in &self.parts {
                match part {
                    Part::Skipped(lines) => {
                        let text = format!("… {} {}", lines, tr("lines without changes"));
                        ui.add_space(2.0);
                        ui.label(RichText::new(text).small().color(theme.text_faint));
                        ui.add_space(2.0);
                    }
                    Part::Text(pieces) if self.side_by_side => two_columns(ui, theme, pieces),
                    Part::Text(pieces) => drop(ui.add(egui::Label::new(job(theme, pieces, None)).wrap())),
                }
            }
            if changes >= LISTED {
                parts::note(ui, theme, Tone::Plain, tr("More changes are not shown"));
            }
        });
        DialogState::Open
    }
}

fn is_change(part: &Part) -> bool {
    matches!(part, Part::Text(pieces) if pieces.iter().any(|(fate, _)| *fate != Fate::Same))
}

fn two_columns(ui: &mut Ui, theme: &Theme, pieces: &[(Fate, String)]) {
    let width = (ui.available_width() - 16.0) / 2.0;
    ui.horizontal_top(|ui| {
        for hidden in [Fate::Inserted, Fate::Removed] {
            ui.allocate_ui(vec2(width, 0.0), |ui| {
                ui.set_width(width);
                ui.add(egui::Label::new(job(theme, pieces, Some(hidden))).wrap());
            });
        }
    });
}

fn job(theme: &Theme, pieces: &[(Fate, String)], hidden: Option<Fate>) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (fate, text) in pieces.iter().filter(|(fate, _)| Some(*fate) != hidden) {
        let mut format = egui::TextFormat { font_id: theme::reading(14.5), color: theme.text, ..Default::default() };
        format.line_height = Some(21.0);
        match fate {
            Fate::Same => {}
            Fate::Removed => {
                format.color = theme.error;
                format.background = theme.error.gamma_multiply(0.12);
                format.strikethrough = egui::Stroke::new(1.0, theme.error);
            }
            Fate::Inserted => {
                format.color = theme.good;
                format.background = theme.good.gamma_multiply(0.12);
                format.underline = egui::Stroke::new(1.0, theme.good);
            }
        }
        // Line ends that came or went are seen as such.
        let shown =
            if *fate == Fate::Same { text.replace('\r', "") } else { text.replace('\r', "").replace('\n', "¶\n") };
        job.append(&shown, 0.0, format);
    }
    job
}

/// Compares two texts line by line, and changed lines word by word.
fn compare(old: &str, new: &str) -> Vec<Part> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let join = |lines: &[&str], start: usize, len: usize| lines.get(start..start + len).unwrap_or_default().concat();
    let same = |start: usize, count: usize| {
        let text = join(&old_lines, start, count);
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        // Blank lines say nothing.
        (!text.trim().is_empty()).then(|| Part::Text(vec![(Fate::Same, text)]))
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut changes = 0;
    let operations = similar::capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let last = operations.len().saturating_sub(1);
    for (index, operation) in operations.into_iter().enumerate() {
        if changes >= LISTED {
            break;
        }
        match operation {
            DiffOp::Equal { old_index, len, .. } => {
                // Only the lines beside changes are shown.
                let head = if index == 0 { 0 } else { AROUND.min(len) };
                let tail = if index == last { 0 } else { AROUND.min(len - head) };
                parts.extend(same(old_index, head));
                if len > head + tail {
                    parts.push(Part::Skipped(len - head - tail));
                }
                parts.extend(same(old_index + len - tail, tail));
                continue;
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                parts.push(Part::Text(vec![(Fate::Removed, join(&old_lines, old_index, old_len))]));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                parts.push(Part::Text(vec![(Fate::Inserted, join(&new_lines, new_index, new_len))]));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let (old, new) = (join(&old_lines, old_index, old_len), join(&new_lines, new_index, new_len));
                parts.push(Part::Text(words(&old, &new)));
            }
        }
        changes += 1;
    }
    parts
}

/// The old text with what was removed and inserted in it.
fn words(old: &str, new: &str) -> Vec<(Fate, String)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut add = |fate: Fate, text: &str| {
        if !text.is_empty() {
            pieces.push((fate, text.to_owned()));
        }
    };
    for edit in edits_between(old, new).iter().rev() {
        add(Fate::Same, old.get(at..edit.at.to_usize()).unwrap_or_default());
        add(Fate::Removed, &edit.removed);
        add(Fate::Inserted, &edit.inserted);
        at = edit.range().end().to_usize();
    }
    add(Fate::Same, old.get(at..).unwrap_or_default().trim_end_matches(['\n', '\r']));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[Part]) -> String {
        let piece = |(fate, text): &(Fate, String)| match fate {
            Fate::Same => text.clone(),
            Fate::Removed => format!("[-{text}-]"),
            Fate::Inserted => format!("[+{text}+]"),
        };
        let part = |part: &Part| match part {
            Part::Skipped(lines) => format!("…{lines}"),
            Part::Text(pieces) => pieces.iter().map(piece).collect(),
        };
        parts.iter().map(part).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn only_changes_are_shown() {
        let check = |old: &str, new: &str, expected: &str| {
            assert_eq!(shown(&compare(old, new)), expected, "{old:?} {new:?}");
        };
        check("gleich\n", "gleich\n", "…1");
        check("Ein Fehlre hier\n", "Ein Fehler hier\n", "Ein Fehl[-re-][+er+] hier");
        check("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n", "…2|c|[-d-][+D+]|e");
        check("a\nb\nX\nc\nd\ne\nf\nY\n", "a\nb\nc\nd\ne\nf\n", "…1|b|[-X\n-]|c|…2|f|[-Y\n-]");
        check("a\n", "a\nb\n", "a|[+b\n+]");
        check("", "neu", "[+neu+]");
    }
}
