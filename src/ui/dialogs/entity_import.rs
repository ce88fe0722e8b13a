//! A part of the dialog on entities: a local knowledge base is read beside the window and then taken over.

use super::{
    form,
    path_field::{PathField, PathKind},
};
use crate::{
    format::knowledge::{Kinds, KnowledgeOptions},
    model::ArticleId,
    session::{Session, knowledge::KnowledgePlan},
    ui::{
        request::{PanelContext, Request},
        task::{Task, progress_line},
        texts::{fill, tr},
        theme,
    },
};
use egui::{RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};

/// Warnings that are shown.
const SHOWN: usize = 100;

/// Import of a knowledge base.
pub struct Importing {
    path: PathField,
    languages: String,
    task: Option<Task<Result<KnowledgePlan, String>>>,
    read: Option<(PathBuf, Result<KnowledgePlan, String>)>,
}

impl Importing {
    pub fn new(session: &Session) -> Self {
        let home = session.root().parent().map(PathBuf::from).unwrap_or_default();
        let mut path = PathField::new(PathKind::File, Path::new(""));
        if home.is_dir() {
            path.set(&home.join(""));
        }
        let language = &session.project().settings.default_language;
        let languages = if language == "en" { "en".to_owned() } else { format!("{language}, en") };
        Self { path: path.focused(), languages, task: None, read: None }
    }

    fn start(&mut self, ui: &Ui, session: &Session) {
        let path = self.path.path();
        let project = session.project();
        let options = KnowledgeOptions {
            languages: self
                .languages
                .split([',', ' '])
                .map(str::trim)
                .filter(|one| !one.is_empty())
                .map(str::to_owned)
                .collect(),
            scheme: String::new(),
            kinds: Kinds::new(&project.schema, &[]).unwrap_or_default(),
        };
        let registry = project.entities.clone();
        self.read = None;
        self.task = Some(Task::start(ui.ctx(), move |control, results| {
            let goes_on = |read: usize| {
                control.done.store(read, std::sync::atomic::Ordering::Relaxed);
                !control.is_cancelled()
            };
            let plan = KnowledgePlan::read(&path, None, &options, &registry, &goes_on);
            if !control.is_cancelled() {
                results.send(plan.map_err(|error| error.to_string()));
            }
        }));
    }

    /// True once it is over.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        context: &PanelContext<'_>,
        session: &Session,
        requests: &mut Vec<Request>,
    ) -> bool {
        let theme = context.theme;
        ui.add_space(6.0);
        ui.label(RichText::new(tr("Import a knowledge base")).font(theme::strong(15.0)));
        let explanation =
            tr("Tables (.tsv), entities of Wikidata (.jsonl) and SKOS thesauri (.rdf, .ttl), also packed (.gz)");
        ui.label(RichText::new(explanation).color(theme.text_weak));
        ui.add_space(4.0);
        let mut start =
            form::row(ui, theme, tr("File"), |ui| self.path.show(ui, theme, tr("Knowledge base")).submitted);
        form::row(ui, theme, tr("Languages"), |ui| {
            let field = form::text_field(ui, tr("Languages"), &mut self.languages);
            start |= field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        });
        if let Some(result) = self.task.as_mut().and_then(Task::poll) {
            self.read = Some((self.path.path(), result));
            self.task = None;
        }
        if let Some(task) = &self.task {
            let (done, _) = task.progress();
            let what = fill(tr("Reading: {} so far"), &[&done.to_string()]);
            if task.is_over() || progress_line(ui, theme, &what, (0, 0)) {
                self.task = None;
            }
        }
        let mut over = false;
        let plan = match &self.read {
            Some((_, Ok(plan))) => {
                summary(ui, context, plan);
                Some(plan)
            }
            Some((_, Err(error))) => {
                form::problem(ui, theme, error);
                None
            }
            None => None,
        };
        ui.add_space(6.0);
        let can_read = self.task.is_none() && !self.path.is_empty();
        let mut take = false;
        ui.horizontal(|ui| match plan.filter(|plan| !plan.is_empty()) {
            Some(_) => {
                take = form::primary_button(ui, theme, context.is_writable(), tr("Take over")).clicked();
                start |= form::plain_button(ui, can_read, tr("Read again")).clicked();
                over = form::plain_button(ui, true, tr("Back")).clicked();
            }
            None => {
                start |= form::primary_button(ui, theme, can_read, tr("Read")).clicked();
                over = form::plain_button(ui, true, tr("Back")).clicked();
            }
        });
        if start && can_read {
            self.start(ui, session);
        }
        if take && let Some((path, Ok(plan))) = self.read.take() {
            requests.push(take_over(&path, plan));
            over = true;
        }
        over
    }
}

fn summary(ui: &mut Ui, context: &PanelContext<'_>, plan: &KnowledgePlan) {
    let theme = context.theme;
    let counts = [plan.read, plan.added, plan.updated].map(|count| count.to_string());
    let [read, added, updated] = &counts;
    let text = fill(tr("{} read: {} are new, {} get something new"), &[read, added, updated]);
    ui.label(RichText::new(text).color(theme.text));
    if plan.joined > 0 {
        let text = fill(tr("{} were known by name and kind alone"), &[&plan.joined.to_string()]);
        form::hint(ui, theme, &text);
    }
    ScrollArea::vertical().id_salt("warnings").max_height(130.0).show(ui, |ui| {
        for warning in plan.warnings.iter().take(SHOWN) {
            form::problem(ui, theme, &warning.to_string());
        }
    });
}

fn take_over(path: &Path, plan: KnowledgePlan) -> Request {
    let title = format!("Import entities of {}", path.file_name().unwrap_or_default().to_string_lossy());
    Request::change(move |session| {
        if !plan.is_current(&session.project().entities) {
            return Ok(Some(tr("The registry changed meanwhile; read the knowledge base again").to_owned()));
        }
        session.edit(&ArticleId::new(""), title, |draft| Ok(plan.carry_out(draft)?))?;
        let counts = [plan.added, plan.updated].map(|count| count.to_string());
        let [added, updated] = &counts;
        Ok(Some(fill(tr("{} entities added, {} updated"), &[added, updated])))
    })
}
