//! The panel that tells how suggestions do in this project: learning curve, calibration, what became of them, what each article
//! cost; with the settings of the evaluation slice, and everything as CSV.

use super::{
    Made, form,
    parts::{self, FOOTER, Footer, Tone},
    path_field::{PathField, PathKind},
    report_grid,
    suggestion_plots::{self as plots, Effort},
    suggestion_task::{KeptCurve, News, Order, make_report, write_csv},
};
use crate::{
    model::{ArticleId, EvaluationSettings},
    session::{
        Session, evaluation::LEAST_ARTICLES, learning_curve::LearningCurve, suggestion_report::SuggestionReport,
    },
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        task::{self, Task},
        texts::{fill, tr},
        theme::Theme,
        widgets,
    },
};
use egui::{DragValue, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};

/// A part of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Learning,
    Calibration,
    Outcomes,
    Work,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Learning, Self::Calibration, Self::Outcomes, Self::Work];

    fn title(self) -> &'static str {
        match self {
            Self::Learning => tr("Learning curve"),
            Self::Calibration => tr("Calibration"),
            Self::Outcomes => tr("Outcomes"),
            Self::Work => tr("Work"),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Learning => tr("What the built-in models get right on articles that they never saw"),
            Self::Calibration => tr("Whether suggestions are right as often as their scores say"),
            Self::Outcomes => tr("How many suggestions were accepted, corrected and rejected"),
            Self::Work => tr("Minutes and actions that each article took"),
        }
    }
}

/// How far the export is.
enum Saving {
    Path(Box<PathField>),
    Writing(Task<Result<PathBuf, String>>),
    Written(PathBuf),
}

pub struct SuggestionPanel {
    tab: Tab,
    task: Option<Task<News>>,
    /// The settings of which the report is made; `None` until it is begun.
    made_with: Option<EvaluationSettings>,
    /// What had been done in the project when it was begun.
    decisions: u64,
    kept: KeptCurve,
    report: Option<SuggestionReport>,
    /// The first article of the slice that is not done, with its title.
    waiting: Option<(ArticleId, String)>,
    edited: EvaluationSettings,
    saving: Option<Saving>,
    error: Option<String>,
    /// True once the user stopped the work.
    stopped: bool,
}

/// The panel on the suggestions of the open project, for its present annotator. The learning curve is taken from `kept` and
/// laid there.
pub fn suggestion_report(context: &PanelContext<'_>, kept: &KeptCurve) -> Made {
    let session = form::needs_project(context)?;
    Ok(Box::new(SuggestionPanel {
        tab: Tab::Learning,
        task: None,
        made_with: None,
        decisions: 0,
        kept: kept.clone(),
        report: None,
        waiting: None,
        edited: session.project().settings.evaluation,
        saving: None,
        error: None,
        stopped: false,
    }))
}

impl SuggestionPanel {
    fn tick(&mut self, ui: &Ui, session: &Session) {
        let settings = session.project().settings.evaluation;
        if self.made_with != Some(settings) {
            self.made_with = Some(settings);
            self.start(ui, session);
        }
        while let Some(news) = self.task.as_mut().and_then(Task::poll) {
            match news {
                News::Report(report, waiting) => {
                    self.report = Some(*report);
                    self.waiting = waiting;
                }
                News::Curve(curve) => {
                    self.kept.keep(self.decisions, &curve);
                    if let Some(report) = &mut self.report {
                        report.curve = Some(*curve);
                    }
                }
                News::Failed(error) => self.error = Some(error),
            }
        }
        // After the curve nothing comes any more, though the thread may live a moment longer.
        let is_complete = self.report.as_ref().is_some_and(|report| report.curve.is_some());
        if is_complete || self.task.as_ref().is_some_and(Task::is_over) {
            self.task = None;
        }
        if let Some(Saving::Writing(task)) = &mut self.saving {
            match task.poll() {
                Some(Ok(path)) => self.saving = Some(Saving::Written(path)),
                Some(Err(error)) => {
                    self.saving = None;
                    self.error = Some(error);
                }
                None => {}
            }
        }
    }

    fn start(&mut self, ui: &Ui, session: &Session) {
        self.report = None;
        self.error = None;
        self.stopped = false;
        self.decisions = session.decisions();
        let order = Order::new(session, &self.kept);
        self.task = Some(Task::start(ui.ctx(), move |control, results| make_report(&order, control, results)));
    }

    fn tabs(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            for tab in Tab::ALL {
                if ui.selectable_label(self.tab == tab, tab.title()).on_hover_text(tab.help()).clicked() {
                    self.tab = tab;
                }
            }
        });
    }

    fn progress(&mut self, ui: &mut Ui, theme: &Theme) {
        if let Some(task) = &self.task {
            let what = if self.report.is_none() { tr("Reading articles") } else { tr("Training models") };
            if task::progress_line(ui, theme, what, task.progress()) {
                task.cancel();
                self.task = None;
                self.stopped = true;
            }
        }
        if let Some(error) = &self.error {
            parts::note(ui, theme, Tone::Error, &crate::ui::search::capitalized(error));
        }
    }

    fn content(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session, requests: &mut Vec<Request>) {
        let theme = context.theme;
        let Some(report) = &self.report else {
            if self.stopped {
                self.stopped_note(ui, session, theme);
            }
            return;
        };
        match self.tab {
            Tab::Learning => {
                match &report.curve {
                    Some(curve) => {
                        let waiting = self.waiting.as_ref();
                        facts(ui, theme, session, curve);
                        plots::learning(ui, theme, context.palette, report);
                        report_grid::show(ui, theme, &report.curve_table());
                        if !curve.points.is_empty() {
                            widgets::section(ui, theme, tr("By label, after all of them"));
                            report_grid::show(ui, theme, &report.label_table());
                        }
                        next_article(ui, theme, waiting, requests);
                    }
                    None if self.stopped => self.stopped_note(ui, session, theme),
                    None => {}
                }
                widgets::section(ui, theme, tr("Evaluation slice"));
                self.slice_settings(ui, context, requests);
            }
            Tab::Calibration => match &report.curve {
                Some(curve) => {
                    match curve.reliability.error() {
                        Some(error) => {
                            let error = format!("{error:.3}");
                            let count = curve.reliability.count().to_string();
                            let text = tr(
                                "Expected calibration error {}, over {} proposals in articles that nothing was learned from",
                            );
                            ui.label(RichText::new(fill(text, &[&error, &count])).color(theme.text));
                        }
                        None => facts(ui, theme, session, curve),
                    }
                    plots::calibration(ui, theme, report);
                    report_grid::show(ui, theme, &report.calibration_table());
                }
                None if self.stopped => self.stopped_note(ui, session, theme),
                None => {}
            },
            Tab::Outcomes => outcomes(ui, theme, report),
            Tab::Work => work(ui, theme, report),
        }
    }

    fn stopped_note(&mut self, ui: &mut Ui, session: &Session, theme: &Theme) {
        parts::note(ui, theme, Tone::Plain, tr("Stopped before it was finished"));
        if ui.button(tr("Start again")).clicked() {
            self.start(ui, session);
        }
    }

    fn slice_settings(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let theme = context.theme;
        let Some(session) = context.session else { return };
        let is_writable = context.is_writable();
        ui.add_enabled_ui(is_writable, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(tr("Keep apart")).color(theme.text_weak));
                let share = ui.add(DragValue::new(&mut self.edited.percent).range(0..=100).suffix(" %"));
                share.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::SpinButton, is_writable, tr("Share of the evaluation slice"))
                });
                share.on_hover_text(tr("Share of the articles from which nothing is learned"));
                ui.add_space(8.0);
                ui.label(RichText::new(tr("seed")).color(theme.text_weak));
                let seed = ui.add(DragValue::new(&mut self.edited.seed));
                seed.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, is_writable, tr("seed")));
                seed.on_hover_text(tr("Another seed draws other articles"));
            });
            ui.checkbox(&mut self.edited.with_suggestions, tr("suggest there too before an article is done"))
                .on_hover_text(tr(
                    "Whoever is shown suggestions agrees with them more often: the figures flatter then",
                ));
            let is_changed = self.edited != session.project().settings.evaluation;
            if is_changed && form::plain_button(ui, true, tr("Apply")).clicked() {
                let mut settings = (*session.project().settings).clone();
                settings.evaluation = self.edited;
                requests.push(form::project_change(
                    "Change the evaluation slice",
                    form::Needs::Nothing,
                    move |draft| draft.set_settings(settings),
                ));
            }
        });
    }

    /// What is being written where, or what was.
    fn saving(&mut self, ui: &mut Ui, theme: &Theme) -> bool {
        let mut is_submitted = false;
        match &mut self.saving {
            Some(Saving::Path(field)) => {
                ui.add_space(4.0);
                is_submitted = field.show(ui, theme, tr("Write to")).submitted;
            }
            Some(Saving::Written(path)) => {
                let text = fill(tr("Written: {}"), &[&path.display().to_string()]);
                parts::note(ui, theme, Tone::Good, &text);
            }
            Some(Saving::Writing(_)) | None => {}
        }
        is_submitted
    }

    fn write(&mut self, ui: &Ui) {
        let Some(Saving::Path(field)) = &self.saving else { return };
        let (path, Some(report)) = (field.path(), self.report.clone()) else { return };
        self.error = None;
        let task = Task::start(ui.ctx(), move |_, results| results.send(write_csv(&report, &path)));
        self.saving = Some(Saving::Writing(task));
    }
}

impl Dialog for SuggestionPanel {
    fn title(&self) -> String {
        tr("How suggestions do").to_owned()
    }

    fn width(&self) -> f32 {
        820.0
    }

    fn closes_outside(&self) -> bool {
        !matches!(self.saving, Some(Saving::Path(_)))
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else { return DialogState::Close };
        let theme = context.theme;
        self.tick(ui, session);
        self.tabs(ui);
        self.progress(ui, theme);
        let for_path = if self.saving.is_some() { 40.0 } else { 0.0 };
        let room = (ui.available_height() - FOOTER - for_path).max(100.0);
        ScrollArea::vertical().id_salt(self.tab.title()).max_height(room).auto_shrink([false, false]).show(ui, |ui| {
            form::scroll_by_keys(ui);
            ui.set_width(ui.available_width() - 12.0);
            self.content(ui, context, session, requests);
            ui.add_space(8.0);
        });
        let is_submitted = self.saving(ui, theme);
        match &self.saving {
            Some(Saving::Path(field)) => {
                let footer = parts::footer_with(ui, theme, tr("Write"), !field.is_empty(), Some(tr("Back")));
                if footer == Footer::Confirm || is_submitted && !field.is_empty() {
                    self.write(ui);
                } else if footer == Footer::Cancel {
                    self.saving = None;
                }
            }
            _ => {
                let is_ready = self.report.is_some() && !matches!(self.saving, Some(Saving::Writing(_)));
                match parts::footer_with(ui, theme, tr("Save as CSV…"), is_ready, Some(tr("Close"))) {
                    Footer::Confirm => self.saving = Some(Saving::Path(Box::new(target(context, session)))),
                    Footer::Cancel => return DialogState::Close,
                    Footer::Nothing => {}
                }
            }
        }
        DialogState::Open
    }
}

/// Where the numbers go unless the user says otherwise: where the last export went.
fn target(context: &PanelContext<'_>, session: &Session) -> PathField {
    let last = &context.settings.export.folder;
    let folder = if last.is_dir() { last.as_path() } else { session.root().parent().unwrap_or(Path::new("")) };
    let name = session.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = format!("{}-suggestions.csv", crate::model::slug(&name));
    PathField::new(PathKind::NewFile, &folder.join(file)).focused()
}

/// What the learning curve stands on, and what is wrong with that.
fn facts(ui: &mut Ui, theme: &Theme, session: &Session, curve: &LearningCurve) {
    let numbers = [curve.apart, curve.judged, curve.judged_spans, curve.learned].map(|number| number.to_string());
    let text = fill(
        tr(
            "{} articles are kept apart; {} of them are done, with {} spans to be found. {} articles to learn from are done.",
        ),
        &numbers.each_ref().map(String::as_str),
    );
    ui.add(egui::Label::new(RichText::new(text).color(theme.text)).wrap());
    let project = session.project();
    if project.articles.len() < LEAST_ARTICLES {
        let text = fill(tr("Articles are kept apart from {} articles on"), &[&LEAST_ARTICLES.to_string()]);
        parts::note(ui, theme, Tone::Plain, &text);
    } else if curve.apart == 0 {
        parts::note(ui, theme, Tone::Plain, tr("No article is kept apart: give the slice a larger share"));
    } else if curve.judged == 0 {
        parts::note(ui, theme, Tone::Plain, tr("Nothing can be measured until an article of the slice is done"));
    } else if curve.judged_spans < 100 {
        parts::note(ui, theme, Tone::Plain, tr("With fewer than 100 spans to be found, the figures are mostly chance"));
    }
    if curve.judged_with_suggestions > 0 {
        let count = curve.judged_with_suggestions.to_string();
        let text =
            fill(tr("{} of these articles had suggestions when they were labelled: the figures flatter"), &[&count]);
        parts::note(ui, theme, Tone::Warning, &text);
    }
}

fn next_article(ui: &mut Ui, theme: &Theme, waiting: Option<&(ArticleId, String)>, requests: &mut Vec<Request>) {
    let Some((id, title)) = waiting else { return };
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(tr("Next article of the slice")).color(theme.text_weak));
        if parts::icon_text_button(ui, icons::CARET_RIGHT, title, true).clicked() {
            requests.push(Request::Go { article: id.clone(), range: None, select: None });
            requests.push(Request::CloseDialog);
        }
    });
}

fn outcomes(ui: &mut Ui, theme: &Theme, report: &SuggestionReport) {
    let all = report.outcomes.sum();
    if all.total() == 0 {
        parts::note(ui, theme, Tone::Plain, tr("Nothing was suggested yet"));
        return;
    }
    let numbers = [all.accepted, all.corrected, all.rejected, all.open].map(|number| number.to_string());
    let text = fill(
        tr("{} suggestions were accepted as they were, {} corrected, {} rejected; {} are still open"),
        &numbers.each_ref().map(String::as_str),
    );
    ui.add(egui::Label::new(RichText::new(text).color(theme.text)).wrap());
    plots::shares(ui, theme, report);
    report_grid::show(ui, theme, &report.outcome_table());
}

fn work(ui: &mut Ui, theme: &Theme, report: &SuggestionReport) {
    let table = report.article_table();
    if table.rows.is_empty() {
        parts::note(ui, theme, Tone::Plain, tr("Nobody worked on an article yet"));
        return;
    }
    let text = tr(
        "The stopwatch runs while you work in the window and stops after 30 seconds without input. One step of undo is one action.",
    );
    ui.add(egui::Label::new(RichText::new(text).color(theme.text)).wrap());
    let is_wide = ui.available_width() >= 560.0;
    if is_wide {
        ui.columns(2, |columns| {
            for (ui, effort) in columns.iter_mut().zip([Effort::Minutes, Effort::Actions]) {
                plots::effort(ui, theme, report, effort);
            }
        });
    } else {
        plots::effort(ui, theme, report, Effort::Minutes);
        plots::effort(ui, theme, report, Effort::Actions);
    }
    report_grid::show(ui, theme, &table);
}
