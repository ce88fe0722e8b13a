//! Asking an extractor from outside beside the user's work: on a thread of its own, its answers laid into the project as they
//! come, with a line that says how far it is and where texts go.

use super::{
    corpus::Corpus,
    messages::Messages,
    task::{Control, Results, Task, progress_line},
    texts::{fill, tr},
    theme::Theme,
};
use crate::{
    model::{AnnotatorName, ArticleId, Extractor, Progress, Schema, Settings},
    outside::{self, Ending, Job, News},
    session::{EvaluationSlice, Session, outside::question},
};
use egui::{RichText, Ui};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

/// Warnings that are shown one by one; the rest are counted, since a message is no report.
const SHOWN: usize = 3;
/// How long the window waits for a program to end before it closes.
const PATIENCE: Duration = Duration::from_secs(3);

/// What comes from the thread.
enum Heard {
    News(News),
    End(Ending),
    /// An article could not be read.
    Unread(String),
}

/// An extractor that is being asked.
pub struct Asking {
    extractor: Extractor,
    annotator: AnnotatorName,
    task: Task<Heard>,
    articles: usize,
    spans: usize,
    relations: usize,
    warnings: usize,
    ending: Ending,
}

impl Asking {
    /// Begins to ask about an article, or about all that are not done.
    pub fn start(
        context: &egui::Context,
        session: &Session,
        extractor: Extractor,
        only: Option<&ArticleId>,
        may_leave: bool,
    ) -> Self {
        let order = Order {
            extractor: extractor.clone(),
            corpus: Corpus::new(session, only),
            is_named: only.is_some(),
            apart: EvaluationSlice::of(session.project()),
            settings: session.project().settings.clone(),
            schema: session.project().schema.clone(),
            folder: session.root().to_owned(),
            may_leave,
        };
        let task = Task::start(context, move |control, results| order.carry_out(control, results));
        let annotator = session.annotator().clone();
        Self { extractor, annotator, task, articles: 0, spans: 0, relations: 0, warnings: 0, ending: Ending::Complete }
    }

    /// Stops, and waits a little until what was started is ended.
    pub fn stop(mut self) {
        self.task.cancel();
        let start = Instant::now();
        while !self.task.is_over() && start.elapsed() < PATIENCE {
            if self.task.poll().is_none() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Takes in what came. True when it is over, and was summed up in a message.
    pub fn tick(&mut self, session: &mut Session, messages: &mut Messages) -> bool {
        if *session.annotator() != self.annotator {
            messages.warning(fill(tr("{}: stopped, since somebody else annotates now"), &[&self.extractor.name]));
            return true;
        }
        while let Some(heard) = self.task.poll() {
            match heard {
                Heard::News(news) => self.hear(news, session, messages),
                Heard::End(end) => self.ending = end,
                Heard::Unread(error) => self.warn(&error, messages),
            }
        }
        if !self.task.is_over() {
            return false;
        }
        let numbers = [self.spans, self.relations, self.articles].map(|number| number.to_string());
        let [spans, relations, articles] = &numbers;
        let name = &*self.extractor.name;
        let text =
            fill(tr("{}: {} spans and {} relations suggested in {} articles"), &[name, spans, relations, articles]);
        match self.ending {
            Ending::Complete => messages.info(text),
            Ending::Cancelled => messages.info(format!("{text} · {}", tr("stopped"))),
        }
        if self.warnings > SHOWN {
            let more = (self.warnings - SHOWN).to_string();
            messages.warning(fill(tr("{}: {} further warnings; `glosse suggest` lists all"), &[name, &more]));
        }
        true
    }

    fn hear(&mut self, news: News, session: &mut Session, messages: &mut Messages) {
        match news {
            News::Answer { article, text_hash, answer } => {
                match session.add_answer(&article, text_hash, &self.extractor.name, &answer, 0.0) {
                    Ok(added) => {
                        self.articles += 1;
                        self.spans += added.spans;
                        self.relations += added.relations;
                        for problem in added.problems {
                            self.warn(&format!("{article}: {}: {problem}", self.extractor.name), messages);
                        }
                    }
                    Err(error) => self.warn(&format!("{article}: {}: {error}", self.extractor.name), messages),
                }
            }
            News::Warning(warning) => self.warn(&warning.to_string(), messages),
            News::Over { .. } => {}
        }
    }

    fn warn(&mut self, text: &str, messages: &mut Messages) {
        self.warnings += 1;
        if self.warnings <= SHOWN {
            messages.warning(text);
        }
    }

    /// The line about it.
    pub fn show(&self, ui: &mut Ui, theme: &Theme) {
        ui.horizontal_centered(|ui| {
            let what = fill(tr("Asking {}"), &[&self.extractor.name]);
            if progress_line(ui, theme, &what, self.task.progress()) {
                self.task.cancel();
            }
            if let Some(host) = self.extractor.foreign_host() {
                let text = fill(tr("Texts leave this computer, for {}"), &[host]);
                ui.add(egui::Label::new(RichText::new(text).color(theme.warning)).truncate());
            }
        });
    }
}

/// What the thread needs to know.
struct Order {
    extractor: Extractor,
    corpus: Corpus,
    /// True if the user named the article: then it is asked about even if it is done.
    is_named: bool,
    /// Articles that are kept apart for evaluation.
    apart: EvaluationSlice,
    settings: Arc<Settings>,
    schema: Arc<Schema>,
    folder: PathBuf,
    may_leave: bool,
}

impl Order {
    fn carry_out(&self, control: &Control, results: &Results<Heard>) {
        let mut questions = Vec::new();
        for entry in &self.corpus.entries {
            if control.is_cancelled() {
                results.send(Heard::End(Ending::Cancelled));
                return;
            }
            match self.corpus.article(entry) {
                Ok(article) => {
                    let set = article.sets.get(&self.corpus.annotator);
                    let is_done = set.is_some_and(|set| set.progress() == Progress::Done);
                    if self.is_named || !is_done && !self.apart.withholds(&entry.id, set) {
                        questions.extend(question(&article, set, &self.settings));
                    }
                }
                Err(error) => results.send(Heard::Unread(error)),
            }
        }
        control.set_total(questions.len());
        let job = Job {
            extractor: &self.extractor,
            schema: &self.schema,
            folder: &self.folder,
            questions: &questions,
            may_leave: self.may_leave,
        };
        let ending = outside::ask(&job, &|| !control.is_cancelled(), &mut |news| {
            if matches!(news, News::Over { .. }) {
                control.step();
            }
            results.send(Heard::News(news));
        });
        results.send(Heard::End(ending));
    }
}
