//! Two opinions side by side: scores by label, what was taken for what, and every difference, one below the other.
//!
//! The work is done on another thread: see [`super::comparison_task`].

use super::{
    comparison_parts::{self as parts_of, kind_name, nothing_name},
    comparison_task::{Compared, Job, News},
    dialogs,
    link_box::list_keys,
    request::{PanelContext, Request},
    search::capitalized,
    table::{self, Shape, fits, nothing, nothing_left},
    task::{self, Task},
    texts::{fill, in_articles, tr},
    theme::{self, size},
    widgets,
};
use crate::{
    compare::ErrorKind,
    model::{ArticleId, Name},
    session::{
        Session,
        evaluate::Found,
        evaluate_csv,
        opinion::{Opinion, extractors},
    },
};
use egui::{Button, Id, Key, Modifiers, RichText, Sense, Ui, pos2, vec2};
use std::collections::BTreeSet;

/// Height of a difference.
const ROW: f32 = 24.0;
/// Most differences that are pointed out in an article.
const POINTED_OUT: usize = 2_000;

/// What is shown of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    #[default]
    Differences,
    Scores,
    Confusion,
}

/// Which opinions are compared, and what came of it.
#[derive(Default)]
pub struct ComparisonState {
    gold: Option<Opinion>,
    predicted: Option<Opinion>,
    only_article: bool,
    view: View,
    kind: Option<ErrorKind>,
    /// Only where this was taken for that; `None` inside stands for nothing.
    pair: Option<(Option<Name>, Option<Name>)>,
    extractors: BTreeSet<Name>,
    due: bool,
    task: Option<Task<News>>,
    result: Option<Compared>,
    /// What its columns of kinds and labels hold, each once.
    cells: Cells,
    /// For which article, if one only, and in which state of the project.
    compared: Option<(Option<ArticleId>, u64)>,
    error: Option<String>,
    /// Place in the list of all differences.
    current: Option<usize>,
    scroll: bool,
    focus: bool,
}

/// What stands in the columns of kinds and labels, each once: both are as wide as that takes.
#[derive(Default)]
struct Cells {
    kinds: BTreeSet<ErrorKind>,
    relations: bool,
    labels: BTreeSet<String>,
}

impl Cells {
    fn of(compared: &Compared) -> Self {
        let errors = || compared.evaluation.errors.iter();
        Self {
            kinds: errors().map(|found| found.kind).collect(),
            relations: errors().any(|found| found.is_relation),
            labels: errors().map(labels_of).collect(),
        }
    }

    /// The widths of kinds and labels in points, within shares of the row.
    fn widths(&self, ui: &Ui, row: f32) -> (f32, f32) {
        let relation = if self.relations { format!("{}, ", tr("relation")) } else { String::new() };
        let kinds: Vec<String> = self.kinds.iter().map(|kind| format!("{relation}{}", kind_name(*kind))).collect();
        let kinds = widgets::widest(ui, kinds.iter().map(String::as_str), &theme::medium(12.0));
        let font = egui::FontId::proportional(size::BODY);
        let labels = widgets::widest(ui, self.labels.iter().map(String::as_str), &font);
        ((kinds + 4.0).min(row * 0.22), (labels + 4.0).min(row * 0.4))
    }
}

impl ComparisonState {
    /// Compares, and gives the keyboard to the list.
    pub fn begin(&mut self) {
        self.due = true;
        self.focus = true;
    }

    /// The differences that are listed, by their places among all.
    fn shown(&self, words: &[String]) -> Vec<usize> {
        let Some(compared) = &self.result else { return Vec::new() };
        let fitting = |found: &Found| {
            let label = |side: &Option<crate::compare::Labelled>| side.as_ref().map(|side| side.label.clone());
            let in_pair = self
                .pair
                .as_ref()
                .is_none_or(|pair| !found.is_relation && *pair == (label(&found.gold), label(&found.predicted)));
            in_pair
                && self.kind.is_none_or(|kind| kind == found.kind)
                && (words.is_empty() || fits(&row_name(compared, found), words))
        };
        let errors = compared.evaluation.errors.iter().enumerate();
        errors.filter(|(_, found)| fitting(found)).map(|(index, _)| index).collect()
    }

    /// Goes to the next difference, or to the one before.
    pub fn step(&mut self, forward: bool, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let shown = self.shown(&[]);
        let Some(last) = shown.len().checked_sub(1) else {
            let text = match &self.result {
                Some(_) => tr("There are no differences"),
                None => tr("Compare two opinions first"),
            };
            requests.push(Request::Message(super::messages::Severity::Info, text.to_owned()));
            return;
        };
        let place = self.current.and_then(|current| shown.iter().position(|index| *index == current));
        let next = match (place, forward) {
            (Some(place), true) if place < last => place + 1,
            (Some(0), false) => last,
            (Some(place), false) => place - 1,
            _ => 0,
        };
        if let Some(index) = shown.get(next) {
            self.jump(*index, context, requests);
        }
    }

    fn jump(&mut self, index: usize, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Some(compared) = &self.result else { return };
        let Some(found) = compared.evaluation.errors.get(index) else { return };
        let project = context.session.map(Session::project);
        let text = project.and_then(|project| project.article(&found.article)?.text.as_ref());
        let hash = compared.articles.get(&found.article).map(|(_, hash)| *hash);
        if text.is_some_and(|text| hash != Some(text.hash())) {
            let text = tr("The text was changed since: compare again").to_owned();
            requests.push(Request::Message(super::messages::Severity::Info, text));
            return;
        }
        self.current = Some(index);
        self.scroll = true;
        self.view = View::Differences;
        requests.push(Request::Go { article: found.article.clone(), range: Some(found.range), select: None });
        requests.push(Request::SelectText(found.range));
        let here = compared.evaluation.errors.iter().filter(|other| other.article == found.article);
        requests.push(Request::Highlight(here.map(|other| other.range).take(POINTED_OUT).collect()));
    }

    pub fn show(
        &mut self,
        ui: &mut Ui,
        shape: Shape,
        context: &PanelContext<'_>,
        words: &[String],
        requests: &mut Vec<Request>,
    ) {
        let Some(session) = context.session else { return };
        self.choose_first(session);
        self.bar(ui, shape, context, session, requests);
        self.tick(ui, context, session);
        if let Some(error) = &self.error {
            ui.label(RichText::new(capitalized(error)).color(context.theme.error));
            return;
        }
        let Some(compared) = &self.result else {
            if self.task.is_none() {
                nothing(ui, context, tr("Choose what is right and what is judged"));
            }
            return;
        };
        if compared.evaluation.articles.is_empty() {
            return nothing(ui, context, tr("There is no article where both say something"));
        }
        match self.view {
            View::Differences => self.list(ui, context, words, requests),
            View::Scores => parts_of::scores(ui, context, &compared.evaluation),
            View::Confusion => {
                let pair = parts_of::confusion(ui, context, &compared.evaluation.spans);
                if pair.is_some() {
                    self.pair = pair;
                    self.kind = None;
                    self.view = View::Differences;
                    self.current = None;
                    self.focus = true;
                }
            }
        }
    }

    /// What is compared unless the user says otherwise: the present annotator with another one, else with the suggestions.
    fn choose_first(&mut self, session: &Session) {
        if self.gold.is_none() {
            self.gold = Some(Opinion::Annotator(session.annotator().clone()));
        }
        if self.predicted.is_none() {
            let others = session.annotators().into_iter().find(|name| name != session.annotator());
            self.predicted = Some(others.map_or(Opinion::Suggestions, Opinion::Annotator));
            self.extractors = extractors(session.project().articles.values());
        }
    }

    fn tick(&mut self, ui: &Ui, context: &PanelContext<'_>, session: &Session) {
        if std::mem::take(&mut self.due)
            && let (Some(gold), Some(predicted)) = (&self.gold, &self.predicted)
        {
            let only = context.article.filter(|_| self.only_article);
            let job = Job::new(session, gold.clone(), predicted.clone(), only);
            self.compared = Some((only.cloned(), session.revision()));
            self.error = None;
            self.task = Some(Task::start(ui.ctx(), move |control, results| job.run(control, results)));
        }
        let Some(task) = &mut self.task else { return };
        while let Some(news) = task.poll() {
            match news {
                News::Extractors(names) => self.extractors.extend(names),
                News::Compared(Ok(compared)) => {
                    // Whoever goes through the differences goes on where they were.
                    let errors = self.result.as_ref().map(|before| &before.evaluation.errors);
                    let chosen = errors.zip(self.current).and_then(|(errors, place)| errors.get(place));
                    let is_chosen = |found: &Found| Some(found) == chosen;
                    self.current = compared.evaluation.errors.iter().position(is_chosen);
                    self.cells = Cells::of(&compared);
                    self.result = Some(*compared);
                    self.pair = None;
                }
                News::Compared(Err(error)) => {
                    self.error = Some(error);
                    self.result = None;
                }
            }
        }
        if task.is_over() {
            self.task = None;
        }
    }

    fn bar(
        &mut self,
        ui: &mut Ui,
        shape: Shape,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) {
        let theme = context.theme;
        table::bar(ui, shape, |ui| {
            ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
            let mut changed = false;
            let entries = self.entries(session);
            for (name, side) in [(tr("Right"), &mut self.gold), (tr("Judged"), &mut self.predicted)] {
                ui.label(RichText::new(name).color(theme.text_weak));
                changed |= choice(ui, name, side, &entries);
            }
            let mut only = self.only_article;
            let response =
                ui.add(Button::selectable(only, RichText::new(tr("This article")).font(theme::medium(12.0))));
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Switch, true, only, tr("Compare only this article"))
            });
            if response.on_hover_text(tr("Compare only this article")).clicked() {
                only = !only;
                changed = true;
            }
            self.only_article = only;
            let here = context.article.filter(|_| self.only_article).cloned();
            let is_outdated = self.compared.as_ref() != Some(&(here, session.revision()));
            if let Some(task) = &self.task {
                if task::progress_line(ui, theme, tr("Comparing"), task.progress()) {
                    task.cancel();
                    self.task = None;
                }
            } else if is_outdated
                && ui
                    .button(tr("Compare again"))
                    .on_hover_text(tr("Something changed since the last comparison"))
                    .clicked()
            {
                changed = true;
            }
            if changed {
                self.begin();
            }
            let Some(compared) = &self.result else { return };
            ui.add_space(6.0);
            for (view, name) in [
                (View::Differences, tr("Differences")),
                (View::Scores, tr("Scores")),
                (View::Confusion, tr("Confusion")),
            ] {
                let text = RichText::new(name).font(theme::medium(12.0));
                if ui.selectable_label(self.view == view, text).clicked() {
                    self.view = view;
                }
            }
            let csv = dialogs::icon_text_button(ui, super::icons::EXPORT, tr("Save as CSV…"), true);
            if csv.on_hover_text(tr("Writes the table that is shown")).clicked() {
                let (name, text) = match self.view {
                    View::Differences => ("differences.csv", evaluate_csv::differences(&compared.evaluation)),
                    View::Scores => ("scores.csv", evaluate_csv::scores(&compared.evaluation)),
                    View::Confusion => ("confusion.csv", evaluate_csv::confusion(&compared.evaluation)),
                };
                requests.push(Request::Dialog(dialogs::save_text(context, name, text)));
            }
            let summary = RichText::new(summary(compared)).color(theme.text_weak);
            ui.add(egui::Label::new(summary).truncate());
            if shape == Shape::Strip {
                self.filters(ui, context);
            }
        });
        if shape == Shape::Panel {
            self.filters(ui, context);
            ui.add_space(3.0);
        }
    }

    /// Kinds of differences with their counts, to list one kind only.
    fn filters(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        let Some(compared) = &self.result else { return };
        let kinds = compared.evaluation.kinds();
        if kinds.is_empty() || self.view != View::Differences {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 3.0);
            for (kind, count) in kinds {
                let chosen = self.kind == Some(kind);
                let text = RichText::new(format!("{} {count}", kind_name(kind))).font(theme::medium(11.5));
                let response = ui.add(Button::selectable(chosen, text));
                if response.on_hover_text(tr("List only this kind; again for all")).clicked() {
                    self.kind = (!chosen).then_some(kind);
                    self.current = None;
                }
            }
            if let Some((gold, predicted)) = &self.pair {
                let text = format!("{} → {}", nothing_name(gold.as_ref()), nothing_name(predicted.as_ref()));
                let response = ui.add(Button::selectable(true, RichText::new(text).font(theme::medium(11.5))));
                if response.on_hover_text(tr("Click to take the filter away")).clicked() {
                    self.pair = None;
                }
            }
            let hint = tr("arrows choose, Enter goes there, F8 goes on");
            if (320.0..f32::INFINITY).contains(&ui.available_width()) {
                ui.label(RichText::new(hint).small().color(context.theme.text_faint));
            }
        });
    }

    /// What can be chosen for a side.
    fn entries(&self, session: &Session) -> Vec<(Opinion, String)> {
        let annotators = session.annotators().into_iter().map(|name| {
            let shown = name.to_string();
            (Opinion::Annotator(name), shown)
        });
        let built_in = [
            (Opinion::Suggestions, tr("All suggestions").to_owned()),
            (Opinion::Model, tr("Built-in model, cross-validated").to_owned()),
        ];
        let extractors = self.extractors.iter().map(|name| {
            let shown = fill(tr("Suggestions of {}"), &[name]);
            (Opinion::Extractor(name.clone()), shown)
        });
        annotators.chain(built_in).chain(extractors).collect()
    }

    fn list(&mut self, ui: &mut Ui, context: &PanelContext<'_>, words: &[String], requests: &mut Vec<Request>) {
        let shown = self.shown(words);
        if shown.is_empty() {
            let are_none = words.is_empty() || self.shown(&[]).is_empty();
            return nothing_left(ui, context, are_none, tr("There are no differences"));
        }
        let rect = ui.available_rect_before_wrap();
        let id = list_id();
        let holder = ui.interact(rect, id, Sense::focusable_noninteractive());
        holder.widget_info(|| egui::WidgetInfo::labeled(egui::Role::List, true, tr("Differences, keyboard")));
        if std::mem::take(&mut self.focus) {
            holder.request_focus();
        }
        if holder.has_focus() {
            let filter = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            self.list_keys(ui, &shown, context, requests);
        }
        let Some(compared) = &self.result else { return };
        let mut area = table::rows_area();
        ui.spacing_mut().item_spacing.y = 1.0;
        let place = self.current.and_then(|current| shown.iter().position(|index| *index == current));
        if std::mem::take(&mut self.scroll)
            && let Some(place) = place
        {
            let height = ui.available_height();
            area = widgets::reveal_row(ui, area, "differences", (place, ROW + 1.0), height);
        }
        let mut clicked = None;
        let widths = self.cells.widths(ui, ui.available_width());
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        area.id_salt("differences").show_rows(ui, ROW, shown.len(), |ui, range| {
            for index in shown.get(range).unwrap_or_default() {
                let Some(found) = compared.evaluation.errors.get(*index) else { continue };
                let chosen = self.current == Some(*index);
                let name = row_name(compared, found);
                let mut is_cut = false;
                let response = widgets::list_row(ui, context.theme, ROW, chosen, &name, |painter, rect| {
                    is_cut = paint_row(painter, rect, context, compared, found, widths);
                    if chosen && has_focus {
                        widgets::row_mark(painter, rect, context.theme);
                    }
                });
                let response = if is_cut { response.on_hover_text(&name) } else { response };
                if response.clicked() {
                    clicked = Some(*index);
                }
            }
        });
        if let Some(index) = clicked {
            self.jump(index, context, requests);
        }
    }

    fn list_keys(&mut self, ui: &Ui, shown: &[usize], context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let (up, down, enter) = list_keys(ui.ctx());
        let place = self.current.and_then(|current| shown.iter().position(|index| *index == current));
        if up || down {
            let last = shown.len().saturating_sub(1);
            let next = match (place, down) {
                (Some(place), true) => (place + 1).min(last),
                (Some(place), false) => place.saturating_sub(1),
                (None, _) => 0,
            };
            self.current = shown.get(next).copied();
            self.scroll = true;
        }
        if enter && let Some(index) = self.current.or_else(|| shown.first().copied()) {
            self.jump(index, context, requests);
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            requests.push(Request::Highlight(Vec::new()));
            requests.push(Request::FocusArticle);
        }
    }
}

/// The id under which the list of differences has the keyboard.
pub fn list_id() -> Id {
    Id::unique("comparison list")
}

fn choice(ui: &mut Ui, name: &str, current: &mut Option<Opinion>, entries: &[(Opinion, String)]) -> bool {
    let shown = entries.iter().find(|(opinion, _)| Some(opinion) == current.as_ref()).map(|(_, shown)| shown.as_str());
    let shown = shown.map_or_else(|| current.as_ref().map(ToString::to_string).unwrap_or_default(), str::to_owned);
    let mut changed = false;
    dialogs::open_list(ui, name, egui::ComboBox::from_id_salt(name).selected_text(shown).width(150.0), |ui| {
        for (opinion, text) in entries {
            if ui.selectable_label(Some(opinion) == current.as_ref(), text).clicked() {
                ui.close();
                changed |= Some(opinion) != current.as_ref();
                *current = Some(opinion.clone());
            }
        }
    });
    changed
}

/// `F1 0.812 in 8 articles · kappa 0.79`
fn summary(compared: &Compared) -> String {
    let evaluation = &compared.evaluation;
    if evaluation.articles.is_empty() {
        return String::new();
    }
    let f1 = evaluation.spans.micro(crate::compare::Scheme::Strict).f1();
    let mut text = format!("F1 {f1:.3} {}", in_articles(evaluation.articles.len()));
    if let Some(kappa) = evaluation.agreement.kappa() {
        text += &format!(" · {} {kappa:.3}", tr("kappa"));
    }
    if !evaluation.left_out.is_empty() {
        text += &format!(
            " · {}",
            fill(tr("{} left out, where one says nothing"), &[&evaluation.left_out.len().to_string()])
        );
    }
    text
}

/// What was taken for what: `LOC`, or `ORG → LOC`.
fn labels_of(found: &Found) -> String {
    match (&found.gold, &found.predicted) {
        (Some(gold), Some(predicted)) if gold.label == predicted.label => gold.label.to_string(),
        (gold, predicted) => {
            let name = |side: &Option<crate::compare::Labelled>| {
                nothing_name(side.as_ref().map(|side| &side.label)).to_owned()
            };
            format!("{} → {}", name(gold), name(predicted))
        }
    }
}

/// The row as one line of text.
fn row_name(compared: &Compared, found: &Found) -> String {
    let title = compared.articles.get(&found.article).map_or(found.article.as_str(), |(title, _)| title);
    let relation = if found.is_relation { format!("{} ", tr("relation")) } else { String::new() };
    format!("{title}: {relation}{}: {}: {}", kind_name(found.kind), labels_of(found), found.words)
}

/// Draws a difference, with columns of these widths for kind and labels. True if something of it had to be cut.
fn paint_row(
    painter: &egui::Painter,
    rect: egui::Rect,
    context: &PanelContext<'_>,
    compared: &Compared,
    found: &Found,
    (kind_width, labels_width): (f32, f32),
) -> bool {
    let theme = context.theme;
    let font = egui::FontId::proportional(size::BODY);
    let y = rect.top() + 4.0;
    let title = compared.articles.get(&found.article).map_or(found.article.as_str(), |(title, _)| title);
    let title_width = (rect.width() * 0.2).clamp(60.0, 220.0);
    let at = pos2(rect.left() + 8.0, y);
    let mut is_cut = widgets::fitted_text(painter, at, title_width, title, font.clone(), theme.text_faint).1;
    let left = rect.left() + title_width + 20.0;
    let kind = match found.is_relation {
        true => format!("{}, {}", tr("relation"), kind_name(found.kind)),
        false => kind_name(found.kind).to_owned(),
    };
    let at = pos2(left, y);
    is_cut |= widgets::fitted_text(painter, at, kind_width, &kind, theme::medium(12.0), theme.text_weak).1;
    let mut left = left + kind_width + 10.0;
    if let Some(side) = found.gold.as_ref().or(found.predicted.as_ref()) {
        let square = egui::Rect::from_center_size(pos2(left + 5.0, rect.center().y), vec2(8.0, 8.0));
        painter.rect_filled(square, 2.5, context.palette.get(&side.label).bar);
    }
    left += 15.0;
    let labels = labels_of(found);
    is_cut |= widgets::fitted_text(painter, pos2(left, y), labels_width, &labels, font.clone(), theme.text).1;
    left += labels_width + 10.0;
    let room = (rect.right() - left - 6.0).max(8.0);
    is_cut | widgets::fitted_text(painter, pos2(left, y), room, &found.words, font, theme.text).1
}
