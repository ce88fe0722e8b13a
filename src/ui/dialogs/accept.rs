//! Accepting, or rejecting, many suggestions of the open article at once: by confidence, label, source and words.

use super::{
    Made,
    parts::{self, Footer, counted},
};
use crate::{
    model::{AnnotationId, ArticleId, Name, Status},
    session::review::{decide, source_name},
    ui::{
        annotate,
        document::shortened,
        request::{Dialog, DialogState, PanelContext, Request},
        review::percent,
        texts::{fill, tr},
        theme, widgets,
    },
};
use egui::{Align, Layout, RichText, ScrollArea, Ui};
use std::collections::BTreeSet;

/// Height of a suggestion in the list.
const ROW: f32 = 24.0;

/// One suggestion, as it was when the dialog was opened.
struct Row {
    id: AnnotationId,
    label: Name,
    words: String,
    source: Name,
    /// From 0 to 1, if whoever suggested it gave one.
    score: Option<f32>,
}

pub struct Accept {
    article: ArticleId,
    rows: Vec<Row>,
    labels: Vec<Name>,
    sources: Vec<Name>,
    /// Least confidence, in hundredths.
    least: u32,
    label: Option<Name>,
    source: Option<Name>,
    words: String,
    fresh: bool,
}

/// The dialog with the suggestions of the open article.
pub fn accept(context: &PanelContext<'_>) -> Made {
    let none = || tr("No suggestions in this article").to_owned();
    let (article, set) = context.open_article().zip(context.set()).ok_or_else(none)?;
    let is_ready = |status: Status, id: AnnotationId| status == Status::Suggested && !set.awaits_place(id);
    let spans = set.spans_in_order().filter(|span| is_ready(span.status, span.id)).map(|span| Row {
        id: span.id,
        label: span.label.clone(),
        words: shortened(&span.fragments.surface(article.text()), 60),
        source: source_name(&span.provenance.source),
        score: span.provenance.score,
    });
    let relations = set.relations().filter(|relation| is_ready(relation.status, relation.id)).map(|relation| Row {
        id: relation.id,
        label: relation.label.clone(),
        words: set
            .anchor(relation.id)
            .and_then(|range| range.slice(article.text()))
            .map_or_else(String::new, |words| shortened(words, 60)),
        source: source_name(&relation.provenance.source),
        score: relation.provenance.score,
    });
    let rows: Vec<Row> = spans.chain(relations).collect();
    if rows.is_empty() {
        return Err(none());
    }
    let labels: BTreeSet<Name> = rows.iter().map(|row| row.label.clone()).collect();
    let sources: BTreeSet<Name> = rows.iter().map(|row| row.source.clone()).collect();
    Ok(Box::new(Accept {
        article: article.id.clone(),
        rows,
        labels: labels.into_iter().collect(),
        sources: sources.into_iter().collect(),
        least: 90,
        label: None,
        source: None,
        words: String::new(),
        fresh: true,
    }))
}

impl Accept {
    /// The suggestions that are chosen.
    fn chosen(&self) -> Vec<&Row> {
        let words = self.words.trim().to_lowercase();
        let least = self.least as f32 / 100.0;
        let fits = |row: &&Row| {
            // Shown in whole hundredths, so compared in them; what has no confidence is sure of nothing.
            (row.score.unwrap_or(0.0) * 100.0).round() / 100.0 >= least
                && self.label.as_ref().is_none_or(|label| row.label == *label)
                && self.source.as_ref().is_none_or(|source| row.source == *source)
                && row.words.to_lowercase().contains(&words)
        };
        self.rows.iter().filter(fits).collect()
    }

    /// A change of all chosen ones that are still suggested with the label that is listed.
    fn request(&self, status: Status) -> Request {
        let chosen: Vec<(AnnotationId, Name)> = self.chosen().iter().map(|row| (row.id, row.label.clone())).collect();
        let verb = if status == Status::Accepted { "Accept" } else { "Reject" };
        let title = match self.chosen().as_slice() {
            [only] => format!("{verb} {}", crate::session::naming::in_words(&only.words, &only.label)),
            chosen => format!("{verb} {} suggestions", chosen.len()),
        };
        Request::edit(self.article.clone(), title, move |draft| {
            annotate::start(draft)?;
            chosen.iter().try_for_each(|(id, label)| decide(draft, *id, label, status).map(|_| ()))
        })
    }

    fn filters(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        parts::wide_row(ui, context.theme, tr("Confidence at least"), |ui| {
            let value = egui::DragValue::new(&mut self.least).range(0..=100).suffix(" %");
            let response = ui.add(value);
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::SpinButton, true, tr("Confidence at least"));
                info.value = Some(f64::from(self.least));
                info
            });
            if std::mem::take(&mut self.fresh) {
                response.request_focus();
            }
        });
        parts::wide_row(ui, context.theme, tr("Label"), |ui| choose(ui, tr("Label"), &mut self.label, &self.labels));
        parts::wide_row(ui, context.theme, tr("Suggested by"), |ui| {
            choose(ui, tr("Suggested by"), &mut self.source, &self.sources);
        });
        parts::wide_row(ui, context.theme, tr("Words"), |ui| {
            parts::text_field(ui, &mut self.words, tr("Words"), tr("all words"), parts::FIELD);
        });
    }
}

/// One of several names, or all.
fn choose(ui: &mut Ui, name: &str, value: &mut Option<Name>, names: &[Name]) {
    let options: Vec<(Option<Name>, &str)> =
        std::iter::once((None, tr("all"))).chain(names.iter().map(|name| (Some(name.clone()), &**name))).collect();
    super::form::choice(ui, name, value, &options);
}

impl Dialog for Accept {
    fn title(&self) -> String {
        tr("Accept suggestions").to_owned()
    }

    fn width(&self) -> f32 {
        520.0
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let enter = super::form::enter_pressed(ui);
        self.filters(ui, context);
        ui.add_space(4.0);
        let theme = context.theme;
        let chosen = self.chosen();
        ScrollArea::vertical().max_height(super::form::content_height(ui, 260.0)).auto_shrink([false, true]).show_rows(
            ui,
            ROW,
            chosen.len(),
            |ui, range| {
                for row in chosen.get(range).unwrap_or_default() {
                    ui.horizontal(|ui| {
                        ui.set_height(ROW - ui.spacing().item_spacing.y);
                        let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 14.0), egui::Sense::hover());
                        widgets::swatch(ui, rect.center(), context.palette.get(&row.label));
                        ui.label(RichText::new(&*row.label).font(theme::medium(11.5)));
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            ui.label(RichText::new(percent(row.score)).color(theme.text_faint));
                            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                                ui.add(egui::Label::new(&row.words).truncate());
                            });
                        });
                    });
                }
            },
        );
        let count = chosen.len();
        drop(chosen);
        ui.add_space(6.0);
        let mut state = DialogState::Open;
        if parts::icon_text_button(ui, crate::ui::icons::CLOSE, tr("Reject these"), count > 0).clicked() {
            requests.push(self.request(Status::Rejected));
            state = DialogState::Close;
        }
        let confirm = fill(tr("Accept {}"), &[&counted(count, tr("suggestion"), tr("suggestions"))]);
        match parts::footer(ui, theme, &confirm, count > 0) {
            Footer::Confirm => {
                requests.push(self.request(Status::Accepted));
                state = DialogState::Close;
            }
            Footer::Cancel => state = DialogState::Close,
            Footer::Nothing if enter && count > 0 && state == DialogState::Open => {
                requests.push(self.request(Status::Accepted));
                state = DialogState::Close;
            }
            Footer::Nothing => {}
        }
        state
    }
}
