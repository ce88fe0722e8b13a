//! The numbers of a comparison: scores by label, and the matrix of what was taken for what.

use super::{
    request::PanelContext,
    texts::{fill, tr},
    theme::{self, size},
    widgets,
};
use crate::{
    compare::{Comparison, ErrorKind, Scheme, Score},
    model::Name,
    session::evaluate::{Evaluation, Part, Side},
};
use egui::{Align, Button, Grid, Layout, RichText, ScrollArea, Ui, vec2};

/// Width of a column of numbers.
const NUMBER: f32 = 62.0;

/// A kind of difference in the language of the window.
pub fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Missed => tr("missed"),
        ErrorKind::Spurious => tr("spurious"),
        ErrorKind::WrongLabel => tr("wrong label"),
        ErrorKind::WrongEdges => tr("wrong edges"),
        ErrorKind::Both => tr("wrong label and edges"),
    }
}

/// A label, or the word for none.
pub fn nothing_name(label: Option<&Name>) -> &str {
    label.map_or(tr("nothing"), |label| &**label)
}

/// Titles of the columns of scores.
fn titles() -> [&'static str; 10] {
    [
        tr("Label"),
        tr("right"),
        tr("judged"),
        tr("correct"),
        tr("precision"),
        tr("recall"),
        tr("F1 strict"),
        tr("F1 exact"),
        tr("F1 overlap"),
        tr("F1 type"),
    ]
}

/// Scores by label, of relations and of attributes.
pub fn scores(ui: &mut Ui, context: &PanelContext<'_>, evaluation: &Evaluation) {
    for (part, side) in &evaluation.not_compared {
        let part = match part {
            Part::Relations => tr("Relations"),
            Part::Attributes => tr("Attributes"),
            Part::DocumentLabels => tr("Document labels"),
        };
        let text = match side {
            Side::Gold => fill(tr("{} are not compared: what is right has none"), &[part]),
            Side::Predicted => fill(tr("{} are not compared: what is judged has none"), &[part]),
        };
        ui.label(RichText::new(text).color(context.theme.text_weak));
    }
    if evaluation.undecided > 0 {
        let text = fill(tr("Not compared, since not decided yet: {}"), &[&evaluation.undecided.to_string()]);
        ui.label(RichText::new(text).color(context.theme.text_weak));
    }
    ScrollArea::both().auto_shrink([false, false]).min_scrolled_height(0.0).id_salt("scores").show(ui, |ui| {
        Grid::new("scores").num_columns(10).spacing(vec2(8.0, 3.0)).striped(true).show(ui, |ui| {
            for (index, title) in titles().into_iter().enumerate() {
                let text = RichText::new(title).font(theme::medium(11.5)).color(context.theme.text_weak);
                match index {
                    0 => {
                        ui.label(text);
                    }
                    _ => right(ui, text),
                }
            }
            ui.end_row();
            let spans = &evaluation.spans;
            for (label, scores) in &spans.labels {
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 16.0), egui::Sense::hover());
                    widgets::swatch(ui, rect.center(), context.palette.get(label));
                    ui.label(&**label);
                });
                row(ui, &|scheme| scores.get(&scheme).copied().unwrap_or_default(), &Scheme::ALL);
            }
            ui.label(RichText::new(tr("all")).font(theme::medium(size::BODY)));
            row(ui, &|scheme| spans.micro(scheme), &Scheme::ALL);
            ui.label(RichText::new(tr("mean of labels")).font(theme::medium(size::BODY)));
            for _ in 0..3 {
                ui.label("");
            }
            let strict = spans.macro_average(Scheme::Strict);
            let others = [Scheme::Exact, Scheme::Partial, Scheme::Type].map(|scheme| spans.macro_average(scheme).f1);
            for share in [strict.precision, strict.recall, strict.f1].into_iter().chain(others) {
                number(ui, format!("{share:.3}"));
            }
            ui.end_row();
            let relations = &evaluation.relations;
            for (label, (whole, _)) in &relations.labels {
                ui.label(format!("{} {label}", tr("relation")));
                row(ui, &|_| *whole, &[Scheme::Strict]);
            }
            if !relations.is_empty() {
                ui.label(tr("arguments of relations"));
                row(ui, &|_| relations.arguments, &[Scheme::Strict]);
            }
            for (name, score) in &evaluation.attributes {
                ui.label(format!("{} {name}", tr("attribute")));
                row(ui, &|_| *score, &[Scheme::Strict]);
            }
            if evaluation.document_labels != Score::default() {
                ui.label(tr("document labels"));
                row(ui, &|_| evaluation.document_labels, &[Scheme::Strict]);
            }
        });
    });
}

fn row(ui: &mut Ui, score: &dyn Fn(Scheme) -> Score, schemes: &[Scheme]) {
    let strict = score(Scheme::Strict);
    for count in [strict.possible(), strict.actual(), strict.correct] {
        number(ui, count.to_string());
    }
    for share in [strict.precision(), strict.recall()] {
        number(ui, format!("{share:.3}"));
    }
    for scheme in schemes {
        number(ui, format!("{:.3}", score(*scheme).f1()));
    }
    ui.end_row();
}

fn number(ui: &mut Ui, text: String) {
    right(ui, RichText::new(text));
}

/// A cell of a column of numbers: its end stands below the others.
fn right(ui: &mut Ui, text: RichText) {
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(vec2(NUMBER, 16.0), layout, |ui| {
        ui.set_min_width(NUMBER);
        ui.label(text);
    });
}

/// Right labels in rows, judged ones in columns. Returns the pair that was clicked.
pub fn confusion(
    ui: &mut Ui,
    context: &PanelContext<'_>,
    comparison: &Comparison,
) -> Option<(Option<Name>, Option<Name>)> {
    let theme = context.theme;
    let names = comparison.names();
    let all: Vec<Option<&Name>> = names.iter().copied().map(Some).chain([None]).collect();
    let mut clicked = None;
    ui.label(
        RichText::new(tr("Right labels in rows, judged ones in columns; click a number for its places"))
            .color(theme.text_weak),
    );
    ScrollArea::both().auto_shrink([false, false]).min_scrolled_height(0.0).id_salt("confusion").show(ui, |ui| {
        Grid::new("confusion").num_columns(all.len() + 1).spacing(vec2(14.0, 3.0)).striped(true).show(ui, |ui| {
            ui.label("");
            for name in &all {
                ui.label(RichText::new(nothing_name(*name)).font(theme::medium(11.5)).color(theme.text_weak));
            }
            ui.end_row();
            for gold in &all {
                ui.label(RichText::new(nothing_name(*gold)).font(theme::medium(11.5)).color(theme.text_weak));
                for predicted in &all {
                    let count = comparison.confused(*gold, *predicted);
                    let is_right = gold == predicted;
                    if count == 0 {
                        let text = if is_right && gold.is_none() { "" } else { "·" };
                        ui.label(RichText::new(text).color(theme.text_faint));
                        continue;
                    }
                    if is_right {
                        ui.label(RichText::new(count.to_string()).font(theme::medium(size::BODY)).color(theme.good));
                        continue;
                    }
                    let text = RichText::new(count.to_string()).font(theme::medium(size::BODY)).color(theme.error);
                    let name = format!("{} → {}: {count}", nothing_name(*gold), nothing_name(*predicted));
                    let response = ui.add(Button::new(text).frame(false));
                    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                    if response.on_hover_text(&name).clicked() {
                        clicked = Some((gold.cloned(), predicted.cloned()));
                    }
                }
                ui.end_row();
            }
        });
    });
    clicked
}
