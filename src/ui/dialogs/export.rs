//! Writing training and review data: what the format can hold, what will be lost and how the files begin, before
//! anything is written.

use super::{
    Made,
    export_task::{Articles, News, Order, Rehearsal, grouped, rehearse, write},
    parts::{self, FOOTER, Footer, Tone, counted},
    path_field::{PathField, PathKind},
};
use crate::{
    format::{
        Format, Layout, TagScheme, WriteOptions,
        export::ExportReport,
        filter::{ExportFilter, LeftOut, Split},
        registry,
    },
    model::{AnnotatorName, Article, EntityRegistry, Status},
    session::Session,
    ui::{
        corpus::Corpus,
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        settings::ExportChoices,
        task::{self, Task},
        texts::tr,
        theme::{self, Theme, size},
        widgets,
    },
};
use egui::{DragValue, RichText, ScrollArea, Ui, vec2};
use std::{path::PathBuf, sync::Arc};

/// Seconds without a change after which the rehearsal starts.
const PAUSE: f64 = 0.2;
/// The kinds of tags and their names on the command line.
const SCHEMES: [(TagScheme, &str); 5] = [
    (TagScheme::Iob2, "iob2"),
    (TagScheme::Iob1, "iob1"),
    (TagScheme::Ioe2, "ioe2"),
    (TagScheme::Iobes, "iobes"),
    (TagScheme::Bilou, "bilou"),
];

pub struct Export {
    format: &'static dyn Format,
    annotator: AnnotatorName,
    statuses: [bool; 3],
    split: Option<(u16, u16, u16)>,
    seed: u64,
    scheme: TagScheme,
    other: String,
    target: PathField,
    /// True once the destination was chosen: it does not follow the format any more.
    chosen: bool,
    replaces: bool,
    stem: String,
    folder: PathBuf,
    due: Option<f64>,
    task: Option<Task<News>>,
    articles: Option<(u64, Arc<Vec<Article>>)>,
    entities: Arc<EntityRegistry>,
    rehearsal: Option<Rehearsal>,
    error: Option<String>,
    writing: bool,
    written: Option<ExportReport>,
}

impl Export {
    pub fn make(context: &PanelContext<'_>) -> Made {
        let session = context.session.ok_or_else(|| tr("Open a project first").to_owned())?;
        let settings = context.settings;
        let choices = &settings.export;
        let writers = || registry::all().iter().copied().filter(|format| format.info().writes);
        let last = writers().find(|format| format.info().name == settings.last_export_format);
        let Some(format) = last.or_else(|| writers().next()) else {
            return Err(tr("There is no format to write").to_owned());
        };
        let home = session.root().parent().map(PathBuf::from).unwrap_or_default();
        let folder = if choices.folder.is_dir() { choices.folder.clone() } else { home };
        let name = &session.project().settings.name;
        let root = session.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut export = Self {
            format,
            annotator: session.annotator().clone(),
            statuses: Status::ALL.map(|status| choices.statuses.iter().any(|word| word == status.as_str())),
            split: choices.split,
            seed: choices.seed,
            scheme: SCHEMES
                .into_iter()
                .find(|(_, name)| *name == choices.tag_scheme)
                .map_or(TagScheme::default(), |(scheme, _)| scheme),
            other: String::new(),
            target: PathField::new(PathKind::NewFile, std::path::Path::new("")),
            chosen: false,
            replaces: false,
            stem: crate::model::slug(if name.is_empty() { &root } else { name }),
            folder,
            due: Some(0.0),
            task: None,
            articles: None,
            entities: Arc::new(session.project().entities.clone()),
            rehearsal: None,
            error: None,
            writing: false,
            written: None,
        };
        export.propose_target();
        Ok(Box::new(export))
    }

    fn is_folder(&self) -> bool {
        self.split.is_some() || self.format.info().layout == Layout::Folder
    }

    /// A destination that fits the format, unless the user chose one.
    fn propose_target(&mut self) {
        let kind = if self.is_folder() { PathKind::Folder } else { PathKind::NewFile };
        self.target.set_kind(kind);
        if !self.chosen {
            let info = self.format.info();
            let name = match (self.is_folder(), info.extensions.first()) {
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
    }

    fn changed(&mut self, ui: &Ui) {
        self.due = Some(ui.input(|input| input.time) + PAUSE);
        self.propose_target();
    }

    /// What is to be exported, or what is wrong with it.
    fn order(&self, session: &Session) -> Result<Order, String> {
        let statuses: Vec<Status> = Status::ALL
            .into_iter()
            .zip(self.statuses)
            .filter(|(_, chosen)| *chosen)
            .map(|(status, _)| status)
            .collect();
        let split = match self.split {
            Some((train, dev, test)) => {
                let split = Split::parse(&format!("{train}/{dev}/{test}"), self.seed);
                Some(split.map_err(|_| tr("At least one part needs a share above 0").to_owned())?)
            }
            None => None,
        };
        let mut options = WriteOptions { tag_scheme: self.scheme, ..WriteOptions::default() };
        for pair in self.other.split([',', ' ']).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("{}: {pair}", tr("Write options as key=value, with commas between them")))?;
            options.other.insert(key.to_owned(), value.to_owned());
        }
        Ok(Order {
            format: self.format,
            annotator: self.annotator.clone(),
            filter: ExportFilter::of_statuses(statuses),
            split,
            options,
            schema: session.project().schema.clone(),
            entities: self.entities.clone(),
            originals: Arc::new(session.store().imported_files()),
        })
    }

    fn articles(&self, session: &Session) -> Articles {
        match &self.articles {
            Some((revision, articles)) if *revision == session.revision() => Articles::Read(articles.clone()),
            _ => Articles::Unread(Corpus::new(session, None)),
        }
    }

    fn tick(&mut self, ui: &Ui, session: &Session, requests: &mut Vec<Request>) {
        let now = ui.input(|input| input.time);
        match self.due {
            Some(due) if due <= now && !self.writing => {
                self.due = None;
                match self.order(session) {
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
        while let Some(news) = task.poll() {
            match news {
                News::Articles(articles) => self.articles = Some((session.revision(), articles)),
                News::Rehearsed(rehearsal) => self.rehearsal = Some(*rehearsal),
                News::Failed(error) => {
                    self.error = Some(error);
                    self.rehearsal = None;
                }
                News::Written(Ok(report)) => self.written = Some(*report),
                News::Written(Err(error)) => self.error = Some(error),
            }
        }
        // Nothing comes after the report, though the thread may live a moment longer.
        if self.written.is_some() || task.is_over() {
            self.task = None;
            if std::mem::take(&mut self.writing) && self.written.is_some() {
                requests.push(self.remember());
            }
        }
    }

    /// Keeps the choices for the next time.
    fn remember(&self) -> Request {
        let statuses = Status::ALL.into_iter().zip(self.statuses).filter(|(_, chosen)| *chosen);
        let target = self.target.path();
        let choices = ExportChoices {
            folder: target.parent().map(PathBuf::from).unwrap_or_default(),
            statuses: statuses.map(|(status, _)| status.as_str().to_owned()).collect(),
            split: self.split,
            seed: self.seed,
            tag_scheme: SCHEMES
                .into_iter()
                .find(|(scheme, _)| *scheme == self.scheme)
                .map_or(String::new(), |(_, name)| name.to_owned()),
        };
        let name = self.format.info().name.to_owned();
        Request::Settings(Box::new(move |settings| {
            settings.export = choices;
            settings.last_export_format = name;
        }))
    }

    fn form(&mut self, ui: &mut Ui, theme: &Theme, session: &Session) {
        let mut changed = false;
        parts::row(ui, theme, tr("Format"), |ui| {
            let info = self.format.info();
            let writers = registry::all().iter().map(|format| format.info()).filter(|info| info.writes);
            let mut name = info.name;
            let entries = writers.map(|info| (info.name, info.title.to_owned()));
            if parts::choice(ui, tr("Format"), &mut name, info.title, entries)
                && let Some(format) = registry::by_name(name)
            {
                self.format = format;
                changed = true;
            }
            holds(ui, theme, self.format);
        });
        ui.add_space(2.0);
        parts::row(ui, theme, tr("Annotations by"), |ui| {
            let entries = session.annotators().into_iter().map(|name| (name.clone(), name.to_string()));
            let shown = self.annotator.to_string();
            changed |= parts::choice(ui, tr("Annotations by"), &mut self.annotator, &shown, entries);
        });
        parts::row(ui, theme, tr("Review states"), |ui| {
            ui.horizontal_wrapped(|ui| {
                let names = [tr("suggested"), tr("accepted"), tr("rejected")];
                for (chosen, name) in self.statuses.iter_mut().zip(names) {
                    changed |= ui.checkbox(chosen, name).changed();
                }
            });
        });
        parts::row(ui, theme, tr("Split"), |ui| {
            ui.horizontal_wrapped(|ui| {
                let mut divided = self.split.is_some();
                if ui.checkbox(&mut divided, tr("divide the articles")).changed() {
                    self.split = divided.then_some((80, 10, 10));
                    changed = true;
                }
                let Some((train, dev, test)) = &mut self.split else { return };
                for (name, share) in [("train", train), ("dev", dev), ("test", test)] {
                    ui.add_space(4.0);
                    ui.label(RichText::new(name).color(theme.text_weak));
                    let response = ui.add(DragValue::new(share).range(0..=1000));
                    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, name));
                    changed |= response.changed();
                }
                ui.add_space(8.0);
                ui.label(RichText::new(tr("seed")).color(theme.text_weak));
                let response = ui.add(DragValue::new(&mut self.seed));
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, tr("seed")));
                changed |= response.changed();
            });
        });
        if self.format.info().name.starts_with("conll") {
            parts::row(ui, theme, tr("Tags"), |ui| {
                ui.horizontal_wrapped(|ui| {
                    for (scheme, name) in SCHEMES {
                        changed |= ui.radio_value(&mut self.scheme, scheme, name.to_uppercase()).changed();
                    }
                });
            });
        }
        if self.format.info().documentation.contains("--option") {
            parts::row(ui, theme, tr("Options"), |ui| {
                changed |= parts::text_field(ui, &mut self.other, tr("Options"), "key=value", 206.0).changed();
            });
        }
        parts::row(ui, theme, tr("Write to"), |ui| {
            if self.target.show(ui, theme, tr("Write to")).changed {
                self.chosen = true;
                self.look_at_target();
            }
            if self.replaces {
                let text = match self.is_folder() {
                    true => tr("The folder is there already: files of the same name are replaced"),
                    false => tr("The file is there already and is replaced"),
                };
                parts::note(ui, theme, Tone::Warning, text);
            }
        });
        if changed {
            self.changed(ui);
        }
    }

    fn forecast(&self, ui: &mut Ui, theme: &Theme) {
        if let Some(error) = &self.error {
            ui.add_space(6.0);
            parts::note(ui, theme, Tone::Error, error);
        }
        widgets::section(ui, theme, tr("What is written"));
        let Some(rehearsal) = &self.rehearsal else {
            if self.task.is_none() && self.error.is_none() && self.due.is_none() {
                parts::note(ui, theme, Tone::Plain, tr("Not looked at: change something to look again"));
            }
            return;
        };
        ui.label(RichText::new(summary(rehearsal)).color(theme.text));
        self.states(ui, theme, &rehearsal.left_out);
        losses(ui, theme, &rehearsal.losses);
        widgets::section(ui, theme, tr("How the files begin"));
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

    /// Which review states the files hold, and what is left out for its own.
    fn states(&self, ui: &mut Ui, theme: &Theme, left_out: &LeftOut) {
        let name = |status: Status| match status {
            Status::Suggested => tr("suggested"),
            Status::Accepted => tr("accepted"),
            Status::Rejected => tr("rejected"),
        };
        let chosen = Status::ALL.into_iter().zip(self.statuses).filter(|(_, chosen)| *chosen);
        let chosen: Vec<&str> = chosen.map(|(status, _)| name(status)).collect();
        let mut text = format!("{}: {}", tr("Review states in the files"), chosen.join(", "));
        if !left_out.is_empty() {
            let counts: Vec<String> =
                left_out.iter().map(|(status, count)| format!("{count} {}", name(*status))).collect();
            text = format!("{text}  ·  {}: {}", tr("left out"), counts.join(", "));
        }
        // What nobody has looked at is no truth to train on.
        let has_suggestions = self.statuses.first() == Some(&true);
        parts::note(ui, theme, if has_suggestions { Tone::Warning } else { Tone::Plain }, &text);
    }

    fn report(&self, ui: &mut Ui, theme: &Theme, report: &ExportReport) {
        let text = format!(
            "{}, {}, {}",
            counted(report.articles(), tr("article written"), tr("articles written")),
            counted(report.spans, tr("span"), tr("spans")),
            counted(report.relations, tr("relation"), tr("relations")),
        );
        parts::note(ui, theme, Tone::Good, &text);
        self.states(ui, theme, &report.left_out);
        widgets::section(ui, theme, tr("Files"));
        for file in report.files.iter().take(12) {
            ui.add(egui::Label::new(RichText::new(file.display().to_string()).color(theme.text_weak)).wrap());
        }
        if report.files.len() > 12 {
            let text = format!("… {} {}", report.files.len() - 12, tr("more"));
            ui.label(RichText::new(text).color(theme.text_faint));
        }
        losses(ui, theme, &grouped(&report.losses));
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
        self.tick(ui, session, requests);
        let room = (ui.available_height() - FOOTER).max(120.0);
        if let Some(report) = &self.written {
            ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
                self.report(ui, theme, report);
            });
            return match parts::footer_with(ui, theme, tr("Close"), true, None) {
                Footer::Nothing => DialogState::Open,
                _ => DialogState::Close,
            };
        }
        ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.add_enabled_ui(!self.writing, |ui| self.form(ui, theme, session));
            if let Some(task) = &self.task {
                ui.add_space(6.0);
                let what = if self.writing { tr("Writing") } else { tr("Looking at what is lost") };
                if task::progress_line(ui, theme, what, task.progress()) {
                    task.cancel();
                }
            }
            self.forecast(ui, theme);
        });
        let chosen = self.statuses.contains(&true) && !self.target.is_empty();
        let ready = chosen && !self.writing && self.due.is_none() && self.order(session).is_ok();
        match parts::footer(ui, theme, tr("Export"), ready) {
            Footer::Confirm => {
                if let Ok(order) = self.order(session) {
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

/// What the format can hold, as a small grid of ticks.
fn holds(ui: &mut Ui, theme: &Theme, format: &dyn Format) {
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

fn losses(ui: &mut Ui, theme: &Theme, kinds: &[super::export_task::LossKind]) {
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
    let articles: usize = rehearsal.parts.iter().map(|(_, count)| count).sum();
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
