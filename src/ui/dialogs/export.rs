//! Writing training and review data: what the format can hold, what will be lost and how the files begin, before
//! anything is written.

use super::{
    Made,
    export_choices::Choices,
    export_report,
    export_task::{Articles, News, Rehearsal, rehearse, write},
    parts::{self, FOOTER, Footer, Tone},
    path_field::{PathField, PathKind},
};
use crate::{
    format::{
        card,
        export::{ExportReport, card_path},
    },
    model::{Article, ArticleId, Status},
    session::Session,
    ui::{
        corpus::Corpus,
        request::{Dialog, DialogState, PanelContext, Request},
        search::capitalized,
        task::{self, Task},
        texts::{fill, tr},
        theme::Theme,
        widgets,
    },
};
use egui::{ScrollArea, Ui};
use std::{path::PathBuf, sync::Arc};

/// Seconds without a change after which the rehearsal starts.
const PAUSE: f64 = 0.2;

pub struct Export {
    choices: Choices,
    target: PathField,
    /// True once the destination was chosen: it does not follow the format any more.
    chosen: bool,
    replaces: bool,
    /// The page about the data, if there is to be one: its name, and whether a person's words in it stay or are in the way.
    card: Option<(String, Result<bool, String>)>,
    /// True while the choices are shown that are made now and then.
    shows_more: bool,
    stem: String,
    folder: PathBuf,
    due: Option<f64>,
    task: Option<Task<News>>,
    /// All articles, and the revision of the project when they began to be read.
    articles: Option<(u64, Arc<Vec<Article>>)>,
    /// The revision of the project when the task began.
    began: u64,
    rehearsal: Option<Rehearsal>,
    error: Option<String>,
    writing: bool,
    written: Option<ExportReport>,
}

impl Export {
    /// `listed` are the articles that the list shows, if it does not show all.
    pub fn make(context: &PanelContext<'_>, listed: Option<Vec<ArticleId>>) -> Made {
        let session = context.session.ok_or_else(|| tr("Open a project first").to_owned())?;
        let choices = Choices::new(context, session, listed);
        let choices = choices.ok_or_else(|| tr("There is no format to write").to_owned())?;
        let home = session.root().parent().map(PathBuf::from).unwrap_or_default();
        let last = &context.settings.export.folder;
        let folder = if last.is_dir() { last.clone() } else { home };
        let name = &session.project().settings.name;
        let root = session.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut export = Self {
            choices,
            target: PathField::new(PathKind::NewFile, std::path::Path::new("")),
            chosen: false,
            replaces: false,
            card: None,
            shows_more: false,
            stem: crate::model::slug(if name.is_empty() { &root } else { name }),
            folder,
            due: Some(0.0),
            task: None,
            articles: None,
            began: 0,
            rehearsal: None,
            error: None,
            writing: false,
            written: None,
        };
        export.propose_target();
        Ok(Box::new(export))
    }

    /// A destination that fits the format, unless the user chose one.
    fn propose_target(&mut self) {
        let is_folder = self.choices.is_folder();
        self.target.set_kind(if is_folder { PathKind::Folder } else { PathKind::NewFile });
        if !self.chosen {
            let info = self.choices.format.info();
            let name = match (is_folder, info.extensions.first()) {
                (false, Some(extension)) => format!("{}.{extension}", self.stem),
                _ => format!("{}-{}", self.stem, info.name),
            };
            self.target.set(&self.folder.join(name));
        }
        self.look_at_target();
    }

    fn look_at_target(&mut self) {
        let target = self.target.path();
        let has_files = || std::fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some());
        self.replaces = target.is_file() || target.is_dir() && has_files();
        self.card = self.choices.card.then(|| {
            let path = card_path(self.choices.format, &target, self.choices.is_split());
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, card::own_words(&path).map(|words| words.is_some()).map_err(|error| error.to_string()))
        });
    }

    fn changed(&mut self, ui: &Ui) {
        self.due = Some(ui.input(|input| input.time) + PAUSE);
        self.propose_target();
    }

    fn articles(&mut self, session: &Session) -> Articles {
        self.began = session.revision();
        match &self.articles {
            Some((revision, articles)) if *revision == session.revision() => Articles::Read(articles.clone()),
            _ => Articles::Unread(Corpus::new(session, None)),
        }
    }

    fn tick(&mut self, ui: &Ui, context: &PanelContext<'_>, session: &Session, requests: &mut Vec<Request>) {
        let now = ui.input(|input| input.time);
        match self.due {
            Some(due) if due <= now && !self.writing => {
                self.due = None;
                match self.choices.order(session) {
                    Ok(order) => {
                        self.error = None;
                        let articles = self.articles(session);
                        self.task = Some(Task::start(ui.ctx(), move |control, results| {
                            rehearse(&order, articles, control, results);
                        }));
                    }
                    Err(error) => {
                        self.error = Some(error);
                        self.rehearsal = None;
                    }
                }
            }
            Some(due) => {
                let pause = std::time::Duration::from_secs_f64((due - now).clamp(0.0, 1.0));
                ui.ctx().request_repaint_after(pause);
            }
            None => {}
        }
        let Some(task) = &mut self.task else { return };
        let mut has_written = false;
        while let Some(news) = task.poll() {
            match news {
                News::Articles(articles) => self.articles = Some((self.began, articles)),
                News::Rehearsed(rehearsal) => self.rehearsal = Some(*rehearsal),
                News::Failed(error) => {
                    self.error = Some(error);
                    self.rehearsal = None;
                }
                News::Written(Ok(report)) => {
                    self.written = Some(*report);
                    has_written = true;
                }
                News::Written(Err(error)) => self.error = Some(error),
            }
        }
        if has_written || task.is_over() {
            self.task = None;
            self.writing = false;
        }
        if has_written {
            requests.push(self.remember(context));
        }
    }

    /// Keeps the choices for the next time.
    fn remember(&self, context: &PanelContext<'_>) -> Request {
        let mut remembered = context.settings.clone();
        self.choices.remember(&mut remembered, &self.target.path());
        Request::Settings(Box::new(move |settings| {
            settings.export = remembered.export;
            settings.last_export_format = remembered.last_export_format;
        }))
    }

    fn form(&mut self, ui: &mut Ui, theme: &Theme, session: &Session) {
        let mut changed = self.choices.show(ui, theme, session);
        parts::row(ui, theme, tr("Write to"), |ui| {
            if self.target.show(ui, theme, tr("Write to")).changed {
                self.chosen = true;
                self.look_at_target();
            }
            if self.replaces {
                let text = match self.choices.is_folder() {
                    true => tr("The folder is there already: files of the same name are replaced"),
                    false => tr("The file is there already and is replaced"),
                };
                parts::note(ui, theme, Tone::Warning, text);
            }
            match &self.card {
                None => {}
                Some((name, Ok(false))) => {
                    parts::note(ui, theme, Tone::Plain, &fill(tr("{} is written beside the data"), &[name]));
                }
                Some((name, Ok(true))) => {
                    parts::note(ui, theme, Tone::Plain, &fill(tr("What you wrote into {} stays"), &[name]));
                }
                Some((_, Err(error))) => parts::note(ui, theme, Tone::Error, &capitalized(error)),
            }
        });
        ui.add_space(2.0);
        let words = self.choices.more_in_words();
        parts::fold(ui, theme, tr("More choices"), &words, &mut self.shows_more, |ui| {
            changed |= self.choices.show_more(ui, theme);
        });
        if changed {
            self.changed(ui);
        }
    }

    fn forecast(&self, ui: &mut Ui, theme: &Theme, statuses: &[Status]) {
        if let Some(error) = &self.error {
            ui.add_space(6.0);
            parts::note(ui, theme, Tone::Error, &capitalized(error));
        }
        widgets::section(ui, theme, tr("What is written"));
        match &self.rehearsal {
            Some(rehearsal) => export_report::rehearsed(ui, theme, rehearsal, statuses),
            None if self.task.is_none() && self.error.is_none() && self.due.is_none() => {
                parts::note(ui, theme, Tone::Plain, tr("Not looked at: change something to look again"));
            }
            None => {}
        }
    }
}

impl Dialog for Export {
    fn title(&self) -> String {
        tr("Export").to_owned()
    }

    fn width(&self) -> f32 {
        760.0
    }

    fn may_close(&mut self) -> bool {
        !self.writing
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let theme = context.theme;
        let Some(session) = context.session else { return DialogState::Close };
        self.tick(ui, context, session, requests);
        let statuses: Vec<Status> = self.choices.chosen_statuses().collect();
        let room = (ui.available_height() - FOOTER).max(120.0);
        if let Some(report) = &self.written {
            ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
                super::form::scroll_by_keys(ui);
                export_report::written(ui, theme, report, &statuses);
            });
            return match parts::footer_with(ui, theme, tr("Close"), true, None) {
                Footer::Nothing => DialogState::Open,
                _ => DialogState::Close,
            };
        }
        ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            super::form::scroll_by_keys(ui);
            ui.add_enabled_ui(!self.writing, |ui| self.form(ui, theme, session));
            if let Some(task) = &self.task {
                ui.add_space(6.0);
                let what = if self.writing { tr("Writing") } else { tr("Looking at what is lost") };
                if task::progress_line(ui, theme, what, task.progress()) {
                    task.cancel();
                }
            }
            self.forecast(ui, theme, &statuses);
        });
        let is_chosen = !statuses.is_empty() && !self.target.is_empty() && self.choices.check().is_ok();
        let is_empty = self.rehearsal.as_ref().is_some_and(|rehearsal| rehearsal.articles() == 0);
        let ready = is_chosen && !is_empty && !self.writing && self.due.is_none();
        match parts::footer(ui, theme, tr("Export"), ready) {
            Footer::Confirm => {
                if let Ok(order) = self.choices.order(session) {
                    let (target, articles) = (self.target.path(), self.articles(session));
                    self.writing = true;
                    self.error = None;
                    self.task = Some(Task::start(ui.ctx(), move |control, results| {
                        write(&order, target, articles, control, results);
                    }));
                }
                DialogState::Open
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }
}
