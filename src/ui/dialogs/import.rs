//! Adding articles: what was recognised in each file, the import itself, and what came of it.

use super::{
    import_files::{self, FilePreview, Found, Preview},
    parts::{self, FOOTER, Footer, Tone, counted},
    path_field::{PathField, PathKind},
};
use crate::{
    model::{AnnotatorName, Schema},
    session::{
        BadLabelMap, Batch, ImportReport, ImportRequest, LabelMap, Session, SessionError, UnknownLabels, WAITING,
        label_map, missing_labels,
    },
    ui::{
        icons,
        request::{Dialog, DialogState, PanelContext, Request},
        settings::Settings,
        task::{self, Task},
        texts::{fill, tr},
        theme::{self, Theme, size},
        widgets,
    },
};
use egui::{RichText, ScrollArea, Ui, pos2, vec2};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    rc::Rc,
    sync::mpsc::{Receiver, TryRecvError, sync_channel},
};

/// Height of the list of files.
const PREVIEW: f32 = 260.0;
/// Seconds without a key after which the files are looked at.
const PAUSE: f64 = 0.25;
/// How many labels that the schema does not have are named.
const LISTED: usize = 20;

enum Stage {
    Choosing,
    Adding(Adding),
    /// What came in, and what ended it before its time.
    Done(ImportReport, Option<String>),
}

/// Articles are read on a thread and come in batches, of which each frame puts one into the project.
struct Adding {
    request: ImportRequest,
    /// Gives in the end what could not be read.
    reading: Task<Result<Vec<String>, String>>,
    batches: Receiver<Batch>,
    /// Bytes of all files, and of those that were read.
    total: u64,
    bytes: u64,
    shared: Rc<RefCell<Shared>>,
}

/// What the window reports back while articles are added.
#[derive(Default)]
struct Shared {
    report: ImportReport,
    busy: bool,
    /// True while the disk has to catch up before more may come in.
    is_full: bool,
    error: Option<String>,
}

pub struct Import {
    /// Files that were dropped or given.
    given: Vec<PathBuf>,
    field: PathField,
    /// Name of the format; empty for recognised.
    format: String,
    annotator: String,
    text_column: String,
    encoding: String,
    /// True if what is read comes in as suggestions.
    suggests: bool,
    extractor: String,
    /// Changes of labels: `OLD=NEW`, with commas between them.
    labels: String,
    due: Option<f64>,
    looking: Option<Task<Preview>>,
    preview: Preview,
    stage: Stage,
}

impl Import {
    pub fn new(files: Vec<PathBuf>, settings: &Settings) -> Self {
        let mut start = settings.last_folder.display().to_string();
        if !start.is_empty() && !start.ends_with(std::path::MAIN_SEPARATOR) {
            start.push(std::path::MAIN_SEPARATOR);
        }
        // Files that were dropped are what is wanted; the remembered folder is only a place to start from.
        let start = if files.is_empty() { start } else { String::new() };
        Self {
            given: files,
            field: PathField::new(PathKind::Files, Path::new(&start)).focused(),
            format: String::new(),
            annotator: String::new(),
            text_column: String::new(),
            encoding: String::new(),
            suggests: false,
            extractor: String::new(),
            labels: String::new(),
            due: Some(0.0),
            looking: None,
            preview: Preview::default(),
            stage: Stage::Choosing,
        }
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.given.iter().cloned().chain(self.field.paths()).collect()
    }

    fn request(&self, files: Vec<PathBuf>) -> ImportRequest {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        ImportRequest {
            files,
            format: filled(&self.format),
            annotator: filled(&self.annotator).map(|name| AnnotatorName::new(&name)),
            text_column: filled(&self.text_column),
            encoding: filled(&self.encoding),
            suggestions_of: self.suggests.then(|| self.extractor.trim().into()),
            labels: self.label_map().unwrap_or_default(),
            unknown_labels: UnknownLabels::Report,
        }
    }

    fn label_map(&self) -> Result<LabelMap, BadLabelMap> {
        label_map(self.labels.split(',').map(str::trim).filter(|pair| !pair.is_empty()))
    }

    /// Annotations or suggestions, and of whom.
    fn choose_kind(&mut self, ui: &mut Ui, theme: &Theme) {
        parts::row(ui, theme, tr("Bring in as"), |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.radio_value(&mut self.suggests, false, tr("annotations"))
                    .on_hover_text(tr("They stand as they are in the file"));
                ui.radio_value(&mut self.suggests, true, tr("suggestions"))
                    .on_hover_text(tr("They wait for review; what stands or was rejected is left alone"));
                if self.suggests {
                    ui.label(RichText::new(tr("of")).color(theme.text_weak));
                    let hint = tr("as the file says");
                    parts::text_field(ui, &mut self.extractor, tr("Extractor"), hint, 150.0);
                }
            });
        });
        let is_shown = self.suggests || !self.labels.is_empty();
        if !is_shown {
            return;
        }
        parts::row(ui, theme, tr("Change labels"), |ui| {
            parts::text_field(ui, &mut self.labels, tr("Change labels"), "PERSON=PER, MISC=", parts::FIELD);
            if let Err(error) = self.label_map() {
                parts::note(ui, theme, Tone::Error, &crate::ui::search::capitalized(&error.to_string()));
            }
        });
    }

    /// Looks at the files again when the choice changed.
    fn look(&mut self, ui: &Ui, session: &Session) {
        let now = ui.input(|input| input.time);
        match self.due {
            Some(due) if due <= now => {
                self.due = None;
                let (paths, request) = (self.paths(), self.request(Vec::new()));
                let options = request.read_options(&session.project().settings);
                let known = session.project().articles.keys().cloned().collect();
                self.looking = Some(Task::start(ui.ctx(), move |control, results| {
                    import_files::look(&paths, request.format.as_deref(), (&options, &known), control, results);
                }));
            }
            Some(due) => {
                let pause = std::time::Duration::from_secs_f64((due - now).clamp(0.0, 1.0));
                ui.ctx().request_repaint_after(pause);
            }
            None => {}
        }
        let Some(task) = &mut self.looking else { return };
        while let Some(preview) = task.poll() {
            self.preview = preview;
        }
        if task.is_over() {
            self.looking = None;
        }
    }

    /// Which files, and how they are read.
    fn form(&mut self, ui: &mut Ui, theme: &Theme, session: &Session) {
        parts::row(ui, theme, tr("Files"), |ui| {
            let mut gone = None;
            for (index, path) in self.given.iter().take(6).enumerate() {
                ui.horizontal(|ui| {
                    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                    ui.label(RichText::new(name).font(theme::medium(size::BODY)));
                    if widgets::icon_button(ui, icons::CLOSE, tr("Leave out")).clicked() {
                        gone = Some(index);
                    }
                });
            }
            if self.given.len() > 6 {
                ui.label(RichText::new(format!("… {} {}", self.given.len() - 6, tr("more"))).color(theme.text_faint));
            }
            if let Some(index) = gone {
                self.given.remove(index);
                self.due = Some(0.0);
            }
            if self.field.show(ui, theme, tr("Files")).changed {
                self.due = Some(ui.input(|input| input.time) + PAUSE);
            }
        });
        ui.add_space(4.0);
        parts::row(ui, theme, tr("Format"), |ui| {
            let recognized = Some(tr("recognized for each file"));
            if parts::format_choice(ui, theme, &mut self.format, recognized, |info| info.reads) {
                self.due = Some(0.0);
            }
        });
        parts::row(ui, theme, tr("Annotations by"), |ui| {
            let own = session.annotator().to_string();
            parts::text_field(ui, &mut self.annotator, tr("Annotations by"), &own, parts::FIELD);
        });
        self.choose_kind(ui, theme);
        if self.preview.has_columns() || !self.text_column.is_empty() {
            parts::row(ui, theme, tr("Text column"), |ui| {
                let hint = tr("found by its name");
                if parts::text_field(ui, &mut self.text_column, tr("Text column"), hint, parts::FIELD).changed() {
                    self.due = Some(ui.input(|input| input.time) + PAUSE);
                }
            });
        }
        parts::row(ui, theme, tr("Encoding"), |ui| {
            let names = ["", "utf-8", "windows-1252", "iso-8859-15", "utf-16le", "macintosh"];
            let shown = if self.encoding.is_empty() { tr("detected").to_owned() } else { self.encoding.clone() };
            let entries =
                names.map(|name| (name.to_owned(), if name.is_empty() { tr("detected") } else { name }.to_owned()));
            if parts::choice(ui, theme, tr("Encoding"), &mut self.encoding, &shown, entries) {
                self.due = Some(0.0);
            }
        });
    }

    fn choose(&mut self, ui: &mut Ui, context: &PanelContext<'_>, session: &Session) -> DialogState {
        let theme = context.theme;
        let room = (ui.available_height() - FOOTER).max(120.0);
        ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            super::form::scroll_by_keys(ui);
            self.form(ui, theme, session);
            self.preview_list(ui, context);
        });
        let readable = self.preview.files.iter().filter(|file| file.found.is_ok()).count();
        let text = match self.preview.articles() {
            _ if readable == 0 => tr("Import").to_owned(),
            Some(articles) => fill(tr("Import {}"), &[&counted(articles, tr("article"), tr("articles"))]),
            None => fill(tr("Import {}"), &[&counted(readable, tr("file"), tr("files"))]),
        };
        let ready = readable > 0 && self.due.is_none() && self.looking.is_none();
        let ready = ready && self.label_map().is_ok() && context.is_writable();
        match parts::footer(ui, theme, &text, ready) {
            Footer::Confirm => {
                let request = self.request(self.preview.readable());
                let reader = session.batch_reader(&request);
                let total = reader.total();
                let (sender, batches) = sync_channel(WAITING);
                let reading = Task::start(ui.ctx(), move |_, results| {
                    results.send(reader.read(&sender).map_err(|error| error.to_string()));
                });
                self.stage =
                    Stage::Adding(Adding { request, reading, batches, total, bytes: 0, shared: Rc::default() });
                DialogState::Open
            }
            Footer::Cancel => DialogState::Close,
            Footer::Nothing => DialogState::Open,
        }
    }

    fn preview_list(&mut self, ui: &mut Ui, context: &PanelContext<'_>) {
        let theme = context.theme;
        widgets::section(ui, theme, tr("What is in the files"));
        if let Some(task) = &self.looking
            && task::progress_line(ui, theme, tr("Looking at the files"), task.progress())
        {
            task.cancel();
        }
        for problem in &self.preview.problems {
            parts::note(ui, theme, Tone::Error, problem);
        }
        if self.preview.files.is_empty() {
            if self.looking.is_none() && self.preview.problems.is_empty() {
                let text = tr("Choose files, type a folder, or a pattern such as articles/*.html");
                ui.label(RichText::new(text).color(theme.text_faint));
            }
            return;
        }
        ui.spacing_mut().item_spacing.y = 1.0;
        let area = ScrollArea::vertical().id_salt("preview").max_height(PREVIEW).auto_shrink([false, true]);
        area.show_rows(ui, 23.0, self.preview.files.len(), |ui, range| {
            for file in self.preview.files.get(range).unwrap_or_default() {
                file_row(ui, context, file);
            }
        });
        let there = self.preview.there();
        if there > 0 {
            let text = counted(
                there,
                tr("article has a name that the project has; with the same text it is not added again"),
                tr("articles have names that the project has; those with the same text are not added again"),
            );
            parts::note(ui, theme, Tone::Plain, &text);
        }
        if self.preview.skipped > 0 {
            let text = counted(self.preview.skipped, tr("other file is left out"), tr("other files are left out"));
            ui.label(RichText::new(text).small().color(theme.text_faint));
        }
    }

    fn add(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) {
        let Stage::Adding(adding) = &mut self.stage else { return };
        ui.ctx().request_repaint();
        let (articles, busy, is_full, error) = {
            let shared = adding.shared.borrow();
            let articles = shared.report.articles.len() + shared.report.extended.len();
            (articles, shared.busy, shared.is_full, shared.error.clone())
        };
        if let Some(error) = error {
            let report = std::mem::take(&mut adding.shared.borrow_mut().report);
            self.finish(report, Some(error), requests);
            return;
        }
        let what = format!("{}: {}", tr("Adding articles"), counted(articles, tr("article"), tr("articles")));
        // Of a share in percent nothing is lost.
        let percent = usize::try_from(adding.bytes * 100 / adding.total.max(1)).unwrap_or(100);
        let is_stopped = task::progress_line(ui, context.theme, &what, (percent, 100));
        if busy {
            return;
        }
        if is_stopped {
            let mut report = std::mem::take(&mut adding.shared.borrow_mut().report);
            report.stopped = true;
            self.finish(report, None, requests);
            return;
        }
        let next = if is_full { Ok(None) } else { adding.batches.try_recv().map(Some) };
        let batch = match next {
            Ok(batch) => batch,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {
                // The thread tells at once what came of it, since nobody else has the other end.
                let read = match adding.reading.poll() {
                    Some(read) => read,
                    None if adding.reading.is_over() => Err(tr("Reading the files ended unexpectedly").to_owned()),
                    None => return,
                };
                let mut report = std::mem::take(&mut adding.shared.borrow_mut().report);
                let error = match read {
                    Ok(failed) => {
                        report.failed = failed;
                        None
                    }
                    Err(error) => Some(error),
                };
                self.finish(report, error, requests);
                return;
            }
        };
        adding.bytes = batch.as_ref().map_or(adding.bytes, |batch| batch.bytes);
        adding.shared.borrow_mut().busy = true;
        let (request, shared) = (adding.request.clone(), adding.shared.clone());
        requests.push(Request::change(move |session| add_batch(session, batch, &request, &shared)));
    }

    fn finish(&mut self, mut report: ImportReport, error: Option<String>, requests: &mut Vec<Request>) {
        // What was left out from the start is not in the report either.
        let unread = self.preview.files.iter().filter_map(|file| {
            let reason = file.found.as_ref().err()?;
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            Some(if reason.contains(&*name) { reason.clone() } else { format!("{}: {reason}", file.path.display()) })
        });
        report.failed.extend(self.preview.problems.iter().cloned().chain(unread));
        remember_folder(&self.paths(), requests);
        self.stage = Stage::Done(report, error);
    }

    fn report(
        &self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        (report, error): (&ImportReport, Option<&str>),
        requests: &mut Vec<Request>,
    ) {
        let theme = context.theme;
        if let Some(error) = error {
            parts::note(ui, theme, Tone::Error, &crate::ui::search::capitalized(error));
            if report.articles.is_empty() && report.extended.is_empty() {
                return;
            }
        }
        let text = format!(
            "{}, {}, {}",
            counted(report.articles.len(), tr("article added"), tr("articles added")),
            counted(report.spans, tr("span"), tr("spans")),
            counted(report.relations, tr("relation"), tr("relations")),
        );
        if report.stopped {
            parts::note(ui, theme, Tone::Warning, tr("Stopped before it was finished"));
        }
        let tone = if report.articles.is_empty() && report.extended.is_empty() { Tone::Warning } else { Tone::Good };
        parts::note(ui, theme, tone, &text);
        if !report.extended.is_empty() {
            let text =
                counted(report.extended.len(), tr("article was there already"), tr("articles were there already"));
            parts::note(ui, theme, Tone::Plain, &text);
        }
        if report.suggested > 0 {
            let text = counted(report.suggested, tr("suggestion waits for review"), tr("suggestions wait for review"));
            parts::note(ui, theme, Tone::Plain, &text);
        }
        if report.there > 0 {
            let text = counted(
                report.there,
                tr("annotation was there already and was not added again"),
                tr("annotations were there already and were not added again"),
            );
            parts::note(ui, theme, Tone::Plain, &text);
        }
        if report.rejected > 0 {
            let text = counted(
                report.rejected,
                tr("suggestion was rejected or corrected before and did not come back"),
                tr("suggestions were rejected or corrected before and did not come back"),
            );
            parts::note(ui, theme, Tone::Plain, &text);
        }
        languages(ui, theme, report);
        missing(ui, context, report, requests);
        let height = (ui.available_height() - FOOTER).clamp(80.0, 420.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            super::form::scroll_by_keys(ui);
            if !report.failed.is_empty() {
                widgets::section(ui, theme, tr("Not imported"));
                for failed in &report.failed {
                    parts::note(ui, theme, Tone::Error, failed);
                }
            }
            if !report.warnings.is_empty() {
                widgets::section(ui, theme, tr("Warnings"));
                for warning in report.warnings.iter().take(500) {
                    parts::note(ui, theme, Tone::Warning, &warning.to_string());
                }
                if report.warnings.len() > 500 {
                    ui.label(format!("… {} {}", report.warnings.len() - 500, tr("more")));
                }
            }
        });
    }
}

impl Dialog for Import {
    fn title(&self) -> String {
        tr("Add articles").to_owned()
    }

    fn width(&self) -> f32 {
        680.0
    }

    fn closes_outside(&self) -> bool {
        false
    }

    fn may_close(&mut self) -> bool {
        !matches!(self.stage, Stage::Adding(_))
    }

    fn show(&mut self, ui: &mut Ui, context: &PanelContext<'_>, requests: &mut Vec<Request>) -> DialogState {
        let Some(session) = context.session else {
            parts::note(ui, context.theme, Tone::Plain, tr("Open or make a project first"));
            return DialogState::Open;
        };
        match &mut self.stage {
            Stage::Choosing => {
                self.look(ui, session);
                return self.choose(ui, context, session);
            }
            Stage::Adding(_) => self.add(ui, context, requests),
            Stage::Done(..) => {}
        }
        let Stage::Done(report, error) = &self.stage else { return DialogState::Open };
        self.report(ui, context, (report, error.as_deref()), requests);
        let first = report.articles.first().or(report.extended.first());
        let text = if first.is_some() { tr("Open the first one") } else { tr("Close") };
        let cancel = first.map(|_| tr("Close"));
        match (parts::footer_with(ui, context.theme, text, true, cancel), first) {
            (Footer::Confirm, Some(article)) => {
                requests.push(Request::Go { article: article.clone(), range: None, select: None });
                DialogState::Close
            }
            (Footer::Nothing, _) => DialogState::Open,
            _ => DialogState::Close,
        }
    }
}

/// The languages that were guessed from the words of articles.
fn languages(ui: &mut Ui, theme: &Theme, report: &ImportReport) {
    let articles = |count: usize| counted(count, tr("article"), tr("articles"));
    let guessed = report.guessed_languages.iter().map(|(language, count)| format!("{language}: {}", articles(*count)));
    let unclear = format!("{}: {}", tr("not clear, so as the project's"), articles(report.project_language));
    let languages: Vec<String> = guessed.chain((report.project_language > 0).then_some(unclear)).collect();
    if !languages.is_empty() {
        let text = fill(tr("Languages by the words, as the files do not say them: {}"), &[&languages.join(" · ")]);
        parts::note(ui, theme, Tone::Plain, &text);
    }
}

/// The labels that the schema does not have, and a button that adds them.
fn missing(ui: &mut Ui, context: &PanelContext<'_>, report: &ImportReport, requests: &mut Vec<Request>) {
    let Some(session) = context.session else { return };
    let missing = report.missing(&session.project().schema);
    if missing_labels::names(&missing).is_empty() {
        return;
    }
    parts::note(ui, context.theme, Tone::Warning, &not_in_schema(&missing));
    let tip = tr("Suggestions that were left out for want of them come in when the files are imported again");
    let response = parts::icon_text_button(ui, icons::PLUS, tr("Add them to the schema"), context.is_writable());
    if response.on_hover_text(tip).clicked() {
        requests.push(add_to_schema(missing));
    }
}

/// Which labels the schema does not have, in words.
pub fn not_in_schema(missing: &Schema) -> String {
    let names = missing_labels::names(missing);
    let listed = names.iter().take(LISTED).map(|name| &**name).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" … {more} {}", tr("more")) } else { String::new() };
    format!("{}: {listed}{more}", tr("The schema does not have"))
}

/// Adds to the schema what it does not have.
pub fn add_to_schema(missing: Schema) -> Request {
    Request::change(move |session| session.add_to_schema(&missing).map(|_| None))
}

/// Puts a batch into the project, if there is one, and makes room for the next.
fn add_batch(
    session: &mut Session,
    batch: Option<Batch>,
    request: &ImportRequest,
    shared: &RefCell<Shared>,
) -> Result<Option<String>, SessionError> {
    let mut shared = shared.borrow_mut();
    shared.busy = false;
    if let Some(batch) = batch
        && let Err(error) = session.import_batch(batch.articles, request, &mut shared.report)
    {
        // The dialog shows the error; a message beside it would say it twice.
        shared.error = Some(error.to_string());
    }
    shared.is_full = !session.make_room();
    Ok(None)
}

fn remember_folder(paths: &[PathBuf], requests: &mut Vec<Request>) {
    let Some(path) = paths.first() else { return };
    let folder = if path.is_dir() { Some(path.clone()) } else { path.parent().map(Path::to_owned) };
    if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
        requests.push(Request::Settings(Box::new(move |settings| settings.last_folder = folder)));
    }
}

fn file_row(ui: &mut Ui, context: &PanelContext<'_>, file: &FilePreview) {
    let theme = context.theme;
    let about = match &file.found {
        Ok(found) => describe(found),
        Err(reason) => without_file(reason, &file.path.display().to_string()),
    };
    let name = format!("{}: {about}", file.name);
    let response = widgets::list_row(ui, theme, 23.0, false, &name, |painter, rect| {
        let (icon, color) = match &file.found {
            Ok(found) if found.warnings > 0 => (icons::WARNING, theme.warning),
            Ok(_) => (icons::CHECK, theme.good),
            Err(_) => (icons::WARNING, theme.error),
        };
        let at = rect.left_center() + vec2(6.0, 0.0);
        painter.text(at, egui::Align2::LEFT_CENTER, icon, icons::font(13.0), color);
        let font = egui::FontId::proportional(size::BODY);
        let y = rect.top() + 3.5;
        let left = rect.left() + 26.0;
        let width = (rect.width() * 0.33).max(80.0);
        widgets::line_text(painter, pos2(left, y), width, &file.name, theme::medium(size::BODY), theme.text);
        let left = left + width + 12.0;
        let color = if file.found.is_ok() { theme.text_weak } else { theme.error };
        widgets::line_text(painter, pos2(left, y), rect.right() - left - 6.0, &about, font, color);
    });
    response.on_hover_text(name);
}

/// What is wrong with a file, without its name, which stands beside it.
fn without_file(reason: &str, file: &str) -> String {
    let Some(rest) = reason.strip_prefix(file).and_then(|rest| rest.strip_prefix(':')) else {
        return reason.to_owned();
    };
    match rest.split_once(": ") {
        Some((line, rest)) if line.parse::<u32>().is_ok() => format!("{} {line}: {rest}", tr("line")),
        _ => rest.trim_start().to_owned(),
    }
}

/// `brat standoff · 3 articles · Putin besucht Kursk`
fn describe(found: &Found) -> String {
    let articles = found.articles.map(|count| counted(count, tr("article"), tr("articles")));
    let spans = (found.spans > 0).then(|| counted(found.spans, tr("span"), tr("spans")));
    let warnings = (found.warnings > 0).then(|| counted(found.warnings, tr("warning"), tr("warnings")));
    let encoding = found.encoding.clone().filter(|name| !name.eq_ignore_ascii_case("utf-8") && !name.is_empty());
    let title = Some(found.title.clone()).filter(|title| !title.is_empty());
    let parts = [Some(found.format.to_owned()), articles, spans, encoding, warnings, title];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_do_not_say_the_file_twice() {
        let check = |reason: &str, expected: &str| assert_eq!(without_file(reason, "a.json"), expected, "{reason}");
        check("a.json: no object", "no object");
        check("a.json:12: no \"text\": nothing to read", "line 12: no \"text\": nothing to read");
        check("a.json: 12: no object", "12: no object");
        check("can not read a.json", "can not read a.json");
        check("a.jsonl: no object", "a.jsonl: no object");
    }
}
