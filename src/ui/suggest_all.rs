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
    assist::SpanProposal,
    model::{AnnotatorName, Article, ArticleId, EntityRegistry, Progress, Schema},
    session::{
        EvaluationSlice, Learner, Session, SessionError,
        suggest::{Stored, Suggester, add_suggestions, glosse},
        suggest_relations::{LONGEST, RelationSuggester, suggest_relations},
        trained::StoredModel,
    },
};
use egui::{Context, Ui};
use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// How long suggestions are laid into articles before the next frame.
const SLICE: Duration = Duration::from_millis(6);
/// Most suggestions in one transaction, so that each step is short.
const MOST_AT_ONCE: usize = 200;

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
    Made(Made),
    /// What proposes relations, once it has learned.
    Relations(Arc<RelationSuggester>),
    Unreadable {
        reason: String,
    },
}

/// Suggestions for an article.
struct Made {
    article: ArticleId,
    text_hash: u64,
    proposals: Vec<SpanProposal>,
    /// The last transaction that they know of.
    through: u64,
}

/// A run over all articles.
pub struct SuggestAll {
    task: Task<News>,
    annotator: AnnotatorName,
    phase: Phase,
    waiting: VecDeque<Made>,
    relations: Option<Arc<RelationSuggester>>,
    least: f32,
    added: usize,
    articles: usize,
    /// Why articles could not be read.
    unreadable: Vec<String>,
    is_stopped: bool,
}

impl SuggestAll {
    /// Starts to learn from the annotator's articles, and then to suggest what has at least the score `least`.
    fn start(context: &Context, session: &Session, least: f32) -> Self {
        let corpus = Corpus::new(session, None);
        let schema = session.project().schema.clone();
        let apart = EvaluationSlice::of(session.project());
        let through = session.last_seq();
        let rules = session.project().settings.rules.clone();
        let entities = session.project().entities.clone();
        let model = StoredModel::path(session.root(), session.annotator());
        let job = Job { corpus, schema, rules, entities, model, apart, least, through };
        Self {
            task: Task::start(context, move |control, results| job.run(control, results)),
            annotator: session.annotator().clone(),
            phase: Phase::Learning,
            waiting: VecDeque::new(),
            relations: None,
            least,
            added: 0,
            articles: 0,
            unreadable: Vec::new(),
            is_stopped: false,
        }
    }

    /// Takes in what was made and lays some of it into the articles. True when all is done.
    fn tick(&mut self, context: &Context, session: &mut Session) -> Result<bool, SessionError> {
        while let Some(news) = self.task.poll() {
            match news {
                News::Phase(phase) => self.phase = phase,
                News::Made(made) => self.waiting.push_back(made),
                News::Relations(relations) => self.relations = Some(relations),
                News::Unreadable { reason } => self.unreadable.push(reason),
            }
        }
        // What was suggested for somebody else is nothing for this annotator.
        if self.is_stopped || *session.annotator() != self.annotator {
            self.stop();
        }
        let start = Instant::now();
        while start.elapsed() < SLICE
            && let Some(made) = self.waiting.pop_front()
        {
            self.lay_in(session, made)?;
        }
        if !self.waiting.is_empty() {
            context.request_repaint();
        }
        Ok(self.waiting.is_empty() && (self.is_stopped || self.task.is_over()))
    }

    fn lay_in(&mut self, session: &mut Session, mut made: Made) -> Result<(), SessionError> {
        if !session.project().articles.contains_key(&made.article) {
            return Ok(());
        }
        session.load(&made.article)?;
        let text = session.project().article(&made.article).and_then(|article| article.text.as_ref());
        if text.is_none_or(|text| text.hash() != made.text_hash) {
            return Ok(());
        }
        if session.is_touched_since(&made.article, made.through) {
            // Whatever was done since is worth more than what was thought before it.
            let set = session.set(&made.article);
            if set.is_some_and(|set| set.progress() == Progress::Done) {
                return Ok(());
            }
            made.proposals
                .retain(|proposal| set.is_none_or(|set| set.spans_overlapping(proposal.range).next().is_none()));
        }
        let key = session.key(&made.article);
        made.proposals.retain(|proposal| !session.unwanted().has_span(&key, proposal));
        let rest = made.proposals.split_off(made.proposals.len().min(MOST_AT_ONCE));
        let is_short = text.is_some_and(|text| text.as_str().len() <= LONGEST);
        let relations = self.relations.clone().filter(|_| rest.is_empty() && is_short);
        let mut count = made.proposals.len();
        if count > 0 || relations.is_some() {
            let title = format!("Suggestions: {count} spans added, and relations");
            let least = self.least;
            let unwanted = session.unwanted().clone();
            count += session.edit_aside(key.clone(), glosse(), title, |draft| {
                add_suggestions(draft, &made.proposals)?;
                let Some(relations) = &relations else { return Ok(0) };
                Ok(suggest_relations(draft, relations, least, &|proposal| unwanted.has_relation(&key, proposal))?.len())
            })?;
        }
        self.added += count;
        if rest.is_empty() {
            self.articles += usize::from(count > 0);
        } else {
            let through = session.last_seq();
            self.waiting.push_front(Made { proposals: rest, through, ..made });
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.is_stopped = true;
        self.task.cancel();
        self.waiting.clear();
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
        if let Some(first) = self.unreadable.first() {
            let count = self.unreadable.len().to_string();
            summary = format!("{summary}. {}: {first}", fill(tr("Articles that could not be read: {}"), &[&count]));
        }
        summary
    }
}

/// What the thread works with.
struct Job {
    corpus: Corpus,
    schema: Arc<Schema>,
    /// The project's own rules.
    rules: String,
    entities: EntityRegistry,
    /// Where a model may be stored.
    model: PathBuf,
    /// Articles from which nothing is learned, and which get no suggestions.
    apart: EvaluationSlice,
    least: f32,
    through: u64,
}

impl Job {
    /// Learns from all articles, then suggests for all that are not done.
    fn run(&self, control: &Control, results: &Results<News>) {
        control.set_total(self.corpus.entries.len());
        let Some(suggester) = self.learn(control, results) else { return };
        control.done.store(0, Ordering::Relaxed);
        results.send(News::Phase(Phase::Suggesting));
        for entry in &self.corpus.entries {
            if control.is_cancelled() {
                return;
            }
            // What can not be read was said already.
            if let Ok(article) = self.corpus.article(entry) {
                self.suggest(&suggester, &article, results);
            }
            control.step();
        }
    }

    fn learn(&self, control: &Control, results: &Results<News>) -> Option<Suggester> {
        let annotator = &self.corpus.annotator;
        let mut learner = Learner::new(&self.schema, &self.rules, annotator).in_short();
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
        results.send(News::Relations(Arc::new(relations)));
        // A model that can not be read is trained anew.
        let stored = StoredModel::load(&self.model).ok().flatten();
        let mut suggester = learner.finish(stored.as_ref().map_or(Stored::None, Stored::IfCurrent), &goes_on)?;
        suggester.set_entities(&self.entities);
        Some(suggester)
    }

    fn suggest(&self, suggester: &Suggester, article: &Article, results: &Results<News>) {
        let set = article.sets.get(&self.corpus.annotator);
        let is_done = set.is_some_and(|set| set.progress() == Progress::Done);
        let Some(text) = article.text.as_ref().filter(|_| !is_done && !self.apart.withholds(&article.id, set)) else {
            return;
        };
        let proposals = suggester.proposals_in(&article.metadata.language, text.as_str(), set, self.least);
        let has_pairs = set.is_some_and(|set| set.spans().len() > 1);
        if !proposals.is_empty() || has_pairs {
            let (article, text_hash, through) = (article.id.clone(), text.hash(), self.through);
            results.send(News::Made(Made { article, text_hash, proposals, through }));
        }
    }
}

impl App {
    /// Starts suggestions for all articles, unless that is under way.
    pub(super) fn suggest_in_all(&mut self, context: &Context) {
        let Some(session) = &self.session else { return };
        match self.suggest_all {
            Some(_) => self.messages.info(tr("Suggestions are being made already")),
            None => self.suggest_all = Some(SuggestAll::start(context, session, self.settings.least_score)),
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
