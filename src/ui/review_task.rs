//! Gathers the suggestions of all articles: those in memory here, a few in each frame, the others on a thread. Articles that
//! are kept apart for evaluation, and are labelled unaided, are left out.

use super::{
    corpus::Corpus,
    task::{Control, Results, Task},
};
use crate::{
    model::{AnnotatorName, ArticleId},
    session::{
        EvaluationSlice, Session,
        review::{ArticleReview, Review},
    },
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// How long articles are looked at before the next frame.
const SLICE: Duration = Duration::from_millis(4);

/// What a thread found in an article; nothing if it can not be read.
type Found = (ArticleId, Option<ArticleReview>);

/// For which state of the project something was gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    annotator: AnnotatorName,
    revision: u64,
    /// Length of the history.
    history: usize,
}

/// The suggestions of all articles, kept up to date while [`Gathering::tick`] is called.
#[derive(Default)]
pub struct Gathering {
    review: Review,
    seen: Option<Seen>,
    /// Articles in memory that are to be looked at.
    waiting: BTreeSet<ArticleId>,
    task: Option<Task<Found>>,
    /// Raised whenever the review changes.
    version: u64,
    unreadable: usize,
    /// How many articles had been looked at, of how many, when it was stopped.
    stopped: Option<(usize, usize)>,
}

impl Gathering {
    pub fn review(&self) -> &Review {
        &self.review
    }

    /// A number that changes whenever [`Gathering::review`] does.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Articles that were looked at on the thread, of how many; `None` when all were.
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.task.as_ref().map(Task::progress)
    }

    /// How many articles had been looked at, of how many, if it was stopped.
    pub fn stopped(&self) -> Option<(usize, usize)> {
        self.stopped
    }

    /// True when nothing is looked at any more: all was, or it was stopped.
    pub fn is_over(&self) -> bool {
        self.seen.is_some() && self.task.is_none() && self.waiting.is_empty()
    }

    /// Articles that could not be read; opening them says why.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Stops looking through articles; what was found stays.
    pub fn stop(&mut self) {
        self.stopped = self.progress();
        self.task = None;
    }

    /// Looks through all articles from the start, after it was stopped.
    pub fn look_again(&mut self) {
        self.seen = None;
    }

    /// Follows what was done, and goes on looking.
    pub fn tick(&mut self, context: &egui::Context, session: &Session) {
        self.follow(context, session);
        let Some(task) = &mut self.task else { return self.look(context, session) };
        while let Some((id, found)) = task.poll() {
            self.version += 1;
            match found {
                // It came into memory meanwhile, and may have changed there.
                _ if session.is_loaded(&id) => {
                    self.waiting.insert(id);
                }
                Some(review) => self.review.insert(id, review),
                None => self.unreadable += 1,
            }
        }
        if task.is_over() {
            self.task = None;
        }
        self.look(context, session);
    }

    /// Notes which articles changed.
    fn follow(&mut self, context: &egui::Context, session: &Session) {
        let now = Seen {
            annotator: session.annotator().clone(),
            revision: session.revision(),
            history: session.history().len(),
        };
        if self.seen.as_ref() == Some(&now) {
            return;
        }
        let news = self.seen.as_ref().and_then(|seen| {
            let news = session.history().get(seen.history..)?;
            // Changes that are in no history came from outside, or are another annotator's turn.
            let explained = now.revision.checked_sub(seen.revision) == u64::try_from(news.len()).ok();
            (explained && seen.annotator == now.annotator).then_some(news)
        });
        match news {
            Some(news) => {
                for entry in news {
                    let touched = &entry.touched;
                    let sets = touched.sets.iter().filter(|key| key.annotator == now.annotator).map(|key| &key.article);
                    let others = touched.texts.iter().chain(&touched.metadata).chain(&touched.articles);
                    self.waiting.extend(sets.chain(others).cloned());
                }
            }
            None => self.start(context, session),
        }
        self.seen = Some(now);
    }

    fn start(&mut self, context: &egui::Context, session: &Session) {
        let corpus = Corpus::new(session, None);
        let apart = EvaluationSlice::of(session.project());
        self.review = Review::default();
        self.version += 1;
        self.unreadable = 0;
        self.stopped = None;
        self.waiting = corpus.entries.iter().filter(|entry| entry.is_loaded).map(|entry| entry.id.clone()).collect();
        let is_rest = self.waiting.len() < corpus.entries.len();
        self.task =
            is_rest.then(|| Task::start(context, move |control, results| gather(&corpus, apart, control, results)));
    }

    /// Looks at articles in memory, as many as a frame allows.
    fn look(&mut self, context: &egui::Context, session: &Session) {
        let apart = EvaluationSlice::of(session.project());
        let start = Instant::now();
        while start.elapsed() < SLICE
            && let Some(id) = self.waiting.pop_first()
        {
            self.version += 1;
            let Some(article) = session.project().article(&id) else {
                self.review.remove(&id);
                continue;
            };
            match session.set(&id) {
                Some(set) if session.is_loaded(&id) && !apart.withholds(&id, Some(set)) => {
                    let review = ArticleReview::new(&id, article.title(), article.text(), set);
                    self.review.insert(id, review);
                }
                _ if session.is_loaded(&id) => self.review.remove(&id),
                // Its title changed, which is seen when it is looked at again.
                _ => {}
            }
        }
        if !self.waiting.is_empty() {
            context.request_repaint();
        }
    }
}

/// Looks through the articles that are not in memory, on a thread of its own.
fn gather(corpus: &Corpus, apart: EvaluationSlice, control: &Control, results: &Results<Found>) {
    let rest = || corpus.entries.iter().filter(|entry| !entry.is_loaded);
    control.set_total(rest().count());
    for entry in rest() {
        if control.is_cancelled() {
            return;
        }
        let found = corpus.article(entry).ok().map(|article| match article.sets.get(&corpus.annotator) {
            Some(set) if !apart.withholds(&entry.id, Some(set)) => {
                ArticleReview::new(&entry.id, entry.title(), article.text(), set)
            }
            _ => ArticleReview::default(),
        });
        control.step();
        results.send((entry.id.clone(), found));
    }
}
