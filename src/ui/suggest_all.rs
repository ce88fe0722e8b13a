//! Suggestions for all articles that are not done: made on a thread of its own, laid beside what stands a few in each frame.

use super::{
    app::App,
    command::Command,
    corpus::Corpus,
    dialogs::counted,
    task::{self, Control, Results, Task},
    texts::{fill, in_articles, tr},
};
use crate::{
    edit::EditError,
    model::{AnnotationId, AnnotatorName, Article, ArticleId, EntityRegistry, Progress, Schema, SetKey},
    session::{
        EvaluationSlice, Learner, Prepared, Session, SessionError, Sketch, Unwanted,
        suggest::{Stored, Suggester, THRESHOLD, add_suggestions, glosse},
        suggest_relations::{LONGEST, RELATION_THRESHOLD, RelationSuggester, suggest_relations},
        trained::StoredModel,
    },
};
use egui::{Context, Ui};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// How long suggestions are laid into articles before the next frame.
const SLICE: Duration = Duration::from_millis(6);
/// How soon it is looked again whether the disk has caught up.
const SOON: Duration = Duration::from_millis(10);
/// Most suggestions in one transaction, so that each step is short.
const MOST_AT_ONCE: usize = 200;
/// So many articles are worked out ahead of what was laid in.
const AHEAD: usize = 64;
/// How often articles that change meanwhile are looked at.
const ROUNDS: usize = 5;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Articles are looked through for what was decided in them.
    Learning,
    /// A tagger is trained on that.
    Training,
    /// Articles are looked through for what can be suggested.
    Suggesting,
}

/// What comes from the thread.
enum News {
    Phase(Phase),
    /// It has learned, and knows this.
    Learned(Arc<Learned>),
    Made(Made),
    Unreadable {
        reason: String,
    },
}

/// What suggestions come from.
struct Learned {
    spans: Suggester,
    relations: RelationSuggester,
}

/// Suggestions for an article, worked out to be carried out one after the other.
struct Made {
    article: ArticleId,
    text_hash: u64,
    /// Each with how many suggestions it brings.
    steps: VecDeque<(usize, Prepared)>,
    /// True once one of them was carried out.
    is_begun: bool,
}

/// A run over all articles.
pub struct SuggestAll {
    task: Task<News>,
    annotator: AnnotatorName,
    schema: Arc<Schema>,
    apart: EvaluationSlice,
    phase: Phase,
    learned: Option<Arc<Learned>>,
    /// What is being laid in.
    current: Option<Made>,
    /// Articles in which something else changed since this round began: what is worked out for them does not fit.
    touched: BTreeSet<ArticleId>,
    /// The last transaction that was looked at for that.
    through: u64,
    /// Articles for the next round.
    again: BTreeSet<ArticleId>,
    rounds: usize,
    added: usize,
    articles: usize,
    /// Why articles could not be read.
    unreadable: Vec<String>,
    is_stopped: bool,
}

impl SuggestAll {
    /// Starts to learn from the annotator's articles, and then to suggest.
    fn start(context: &Context, session: &Session) -> Self {
        let job = Job::new(session);
        let lesson = Lesson {
            rules: session.project().settings.rules.clone(),
            entities: session.project().entities.clone(),
            model: StoredModel::path(session.root(), session.annotator()),
        };
        let (annotator, schema, apart) = (session.annotator().clone(), job.schema.clone(), job.apart);
        Self {
            task: Task::start_ahead(context, AHEAD, move |control, results| job.run(&lesson, control, results)),
            annotator,
            schema,
            apart,
            phase: Phase::Learning,
            learned: None,
            current: None,
            touched: BTreeSet::new(),
            through: session.last_seq(),
            again: BTreeSet::new(),
            rounds: 1,
            added: 0,
            articles: 0,
            unreadable: Vec::new(),
            is_stopped: false,
        }
    }

    /// Takes in what was made and lays some of it into the articles. True when all is done.
    fn tick(&mut self, context: &Context, session: &mut Session) -> Result<bool, SessionError> {
        // What was suggested for somebody else is nothing for this annotator.
        if *session.annotator() != self.annotator {
            self.stop();
        }
        let is_other_schema = !Arc::ptr_eq(&self.schema, &session.project().schema);
        let are_others_apart = self.apart != EvaluationSlice::of(session.project());
        if !self.is_stopped && (is_other_schema || are_others_apart) {
            // What was learned has names that may be gone, or comes from articles that are to be kept apart.
            let (added, articles) = (self.added, self.articles);
            *self = Self { added, articles, ..Self::start(context, session) };
        }
        self.note_touched(session);
        let start = Instant::now();
        while start.elapsed() < SLICE {
            let Some(made) = self.current.take() else {
                match self.task.poll() {
                    Some(news) => self.hear(news),
                    None => break,
                }
                continue;
            };
            if !session.make_room() {
                self.current = Some(made);
                context.request_repaint_after(SOON);
                break;
            }
            self.current = self.lay_in(session, made)?;
            self.through = session.last_seq();
        }
        if self.current.is_some() || start.elapsed() >= SLICE {
            context.request_repaint_after(SOON);
        }
        if self.current.is_some() || !self.task.is_over() {
            return Ok(false);
        }
        Ok(self.is_stopped || !self.begin_again(context, session))
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Phase(phase) => self.phase = phase,
            News::Made(made) if !self.is_stopped => self.current = Some(made),
            News::Made(_) => {}
            News::Learned(learned) => self.learned = Some(learned),
            News::Unreadable { reason } => self.unreadable.push(reason),
        }
    }

    /// Notes in which articles others than this run changed something.
    fn note_touched(&mut self, session: &Session) {
        let since = session.history().iter().rev().take_while(|entry| entry.seq > self.through);
        self.touched.extend(since.flat_map(|entry| entry.touched.concerned()).cloned());
        self.through = session.last_seq();
    }

    /// Carries out the next step for an article; gives what is left of it.
    fn lay_in(&mut self, session: &mut Session, mut made: Made) -> Result<Option<Made>, SessionError> {
        if !session.project().articles.contains_key(&made.article) {
            return Ok(None);
        }
        session.bring(&BTreeSet::from([made.article.clone()]))?;
        let text = session.project().article(&made.article).and_then(|article| article.text.as_ref());
        let fits = text.is_some_and(|text| text.hash() == made.text_hash) && !self.touched.contains(&made.article);
        let Some((count, step)) = made.steps.pop_front().filter(|_| fits) else {
            if !fits {
                self.again.insert(made.article);
            }
            return Ok(None);
        };
        match session.carry_out_prepared(step) {
            Ok(()) => {
                self.added += count;
                self.articles += usize::from(!made.is_begun);
                Ok(Some(Made { is_begun: true, ..made }))
            }
            // Its files were changed by another program.
            Err(SessionError::Edit(EditError::Apply(_))) => {
                self.again.insert(made.article);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Starts a round over the articles that changed meanwhile; false if there are none, or it was tried often enough.
    fn begin_again(&mut self, context: &Context, session: &Session) -> bool {
        let Some(learned) = self.learned.clone() else { return false };
        if self.again.is_empty() || self.rounds >= ROUNDS {
            return false;
        }
        self.rounds += 1;
        self.touched.clear();
        let again = std::mem::take(&mut self.again);
        let mut job = Job::new(session);
        job.corpus.entries.retain(|entry| again.contains(&entry.id));
        self.task = Task::start_ahead(context, AHEAD, move |control, results| job.suggest(&learned, control, results));
        true
    }

    fn stop(&mut self) {
        self.is_stopped = true;
        self.task.cancel();
        self.current = None;
    }

    /// What came of it, in words.
    fn summary(&self) -> String {
        let start = if self.is_stopped { tr("Suggesting was stopped") } else { tr("All articles were looked at") };
        let mut summary = match self.added {
            0 => format!("{start}: {}", tr("no new suggestions")),
            count => {
                let counted = counted(count, tr("new suggestion"), tr("new suggestions"));
                format!("{start}: {counted} {}", in_articles(self.articles))
            }
        };
        if !self.again.is_empty() {
            let left = counted(self.again.len(), tr("article"), tr("articles"));
            summary = format!("{summary}; {left} {}", tr("left out because they changed meanwhile"));
        }
        if let Some(first) = self.unreadable.first() {
            let count = self.unreadable.len().to_string();
            summary = format!("{summary}. {}: {first}", fill(tr("Articles that could not be read: {}"), &[&count]));
        }
        summary
    }
}

/// What is learned from besides the articles.
struct Lesson {
    /// The project's own rules.
    rules: String,
    entities: EntityRegistry,
    /// Where a model may be stored.
    model: PathBuf,
}

/// What the thread works on.
struct Job {
    corpus: Corpus,
    schema: Arc<Schema>,
    /// Articles from which nothing is learned, and which get no suggestions.
    apart: EvaluationSlice,
    /// What was deleted and is not to come back.
    unwanted: Unwanted,
    /// Ids that were given in articles that are not there any more.
    given: BTreeMap<SetKey, AnnotationId>,
}

impl Job {
    fn new(session: &Session) -> Self {
        let project = session.project();
        Self {
            corpus: Corpus::new(session, None),
            schema: project.schema.clone(),
            apart: EvaluationSlice::of(project),
            unwanted: session.unwanted().clone(),
            given: project.given_ids.clone(),
        }
    }

    /// Learns from all articles, then suggests for all that are not done.
    fn run(&self, lesson: &Lesson, control: &Control, results: &Results<News>) {
        control.set_total(self.corpus.entries.len());
        let Some(learned) = self.learn(lesson, control, results).map(Arc::new) else { return };
        results.send(News::Learned(learned.clone()));
        control.done.store(0, Ordering::Relaxed);
        results.send(News::Phase(Phase::Suggesting));
        self.suggest(&learned, control, results);
    }

    fn learn(&self, lesson: &Lesson, control: &Control, results: &Results<News>) -> Option<Learned> {
        let annotator = &self.corpus.annotator;
        let mut learner = Learner::new(&self.schema, &lesson.rules, annotator).in_short();
        if let Some(error) = learner.rules_error() {
            results.send(News::Unreadable { reason: error.to_string() });
        }
        let goes_on = || !control.is_cancelled();
        let mut relations = RelationSuggester::learn(&self.schema, annotator, std::iter::empty(), &goes_on)?;
        for entry in &self.corpus.entries {
            if control.is_cancelled() {
                return None;
            }
            match self.corpus.article(entry) {
                Ok(article) if self.apart.contains(&article.id) => {}
                Ok(article) => {
                    relations.keep(&article);
                    learner.read(&article);
                }
                Err(reason) => results.send(News::Unreadable { reason }),
            }
            control.step();
        }
        results.send(News::Phase(Phase::Training));
        if !relations.train(&goes_on) {
            return None;
        }
        // A model that can not be read is trained anew.
        let stored = StoredModel::load(&lesson.model).ok().flatten();
        let mut spans = learner.finish(stored.as_ref().map_or(Stored::None, Stored::IfCurrent), &goes_on)?;
        spans.set_entities(&lesson.entities);
        Some(Learned { spans, relations })
    }

    fn suggest(&self, learned: &Learned, control: &Control, results: &Results<News>) {
        control.set_total(self.corpus.entries.len());
        for entry in &self.corpus.entries {
            if control.is_cancelled() {
                return;
            }
            // What can not be read was said already.
            if let Ok(article) = self.corpus.article(entry) {
                match self.work_out(learned, article) {
                    Ok(Some(made)) => results.send(News::Made(made)),
                    Ok(None) => {}
                    Err(error) => results.send(News::Unreadable { reason: format!("{}: {error}", entry.id) }),
                }
            }
            control.step();
        }
    }

    /// What can be suggested in an article: spans, then relations between spans that stand or are suggested.
    fn work_out(&self, learned: &Learned, article: Article) -> Result<Option<Made>, EditError> {
        let key = SetKey { article: article.id.clone(), annotator: self.corpus.annotator.clone() };
        let set = article.sets.get(&key.annotator);
        let is_done = set.is_some_and(|set| set.progress() == Progress::Done);
        let Some(text) = article.text.clone().filter(|_| !is_done && !self.apart.withholds(&article.id, set)) else {
            return Ok(None);
        };
        let language = &article.metadata.language;
        let mut proposals = learned.spans.proposals_in(language, text.as_str(), set, THRESHOLD);
        proposals.retain(|proposal| !self.unwanted.has_span(&key, proposal));
        let mut steps = VecDeque::new();
        let given = self.given.get(&key).copied();
        let mut sketch = Sketch::of_article(self.schema.clone(), article, key.annotator.clone(), given);
        for some in proposals.chunks(MOST_AT_ONCE) {
            let title = |count: &usize| format!("Suggestions: {count} spans added");
            let (count, step) = sketch
                .work_out_aside(&key.article, glosse(), title, |draft| Ok(add_suggestions(draft, some)?.len()))?;
            steps.extend(step.map(|step| (count, step)));
        }
        if text.as_str().len() <= LONGEST {
            let title = |count: &usize| format!("Suggestions: {count} relations added");
            let (count, step) = sketch.work_out_aside(&key.article, glosse(), title, |draft| {
                let is_unwanted = |proposal: &_| self.unwanted.has_relation(&key, proposal);
                Ok(suggest_relations(draft, &learned.relations, RELATION_THRESHOLD, &is_unwanted)?.len())
            })?;
            steps.extend(step.map(|step| (count, step)));
        }
        let made = Made { article: key.article, text_hash: text.hash(), steps, is_begun: false };
        Ok(Some(made).filter(|made| !made.steps.is_empty()))
    }
}

impl App {
    /// Starts suggestions for all articles, unless that is under way.
    pub(super) fn suggest_in_all(&mut self, context: &Context) {
        let Some(session) = &self.session else { return };
        match self.suggest_all {
            Some(_) => self.messages.info(tr("Suggestions are being made already")),
            None => self.suggest_all = Some(SuggestAll::start(context, session)),
        }
    }

    /// Goes on with suggestions for all articles.
    pub(super) fn follow_suggest_all(&mut self, context: &Context) {
        let Some(session) = &mut self.session else {
            self.suggest_all = None;
            return;
        };
        let Some(all) = &mut self.suggest_all else { return };
        match all.tick(context, session) {
            Ok(false) => {}
            Ok(true) => {
                let mut summary = all.summary();
                let key = self.keymap.shortcut(Command::ReviewQueue).filter(|_| all.added > 0);
                if let Some(key) = key {
                    summary = format!("{summary}. {}", fill(tr("{} lists them"), &[&key.to_string()]));
                }
                match all.unreadable.is_empty() {
                    true => self.messages.info(summary),
                    false => self.messages.warning(summary),
                }
                self.suggest_all = None;
            }
            Err(error) => {
                self.messages.error(format!("{}: {error}", tr("Suggesting was stopped")));
                self.suggest_all = None;
            }
        }
    }

    /// How far suggesting in all articles is, with a button to stop it; nothing while it is not under way.
    pub(super) fn show_suggest_all(&mut self, ui: &mut Ui) {
        let Some(all) = &mut self.suggest_all else { return };
        let (what, progress) = match all.phase {
            Phase::Learning => (tr("Learning"), all.task.progress()),
            // How long that takes is known when it is over.
            Phase::Training => (tr("Training"), (0, 0)),
            Phase::Suggesting => (tr("Suggesting"), all.task.progress()),
        };
        if task::progress_line(ui, &self.theme, what, progress) {
            all.stop();
            ui.ctx().request_repaint();
        }
    }
}
