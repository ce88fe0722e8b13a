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
/// How often changes are told while many come, so that rows are not put in order in every frame.
const TELLING: Duration = Duration::from_millis(250);
/// Up to so many changed articles are told of at once.
const FEW: usize = 32;

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
    /// Articles that changed and are not in memory any more.
    elsewhere: BTreeSet<ArticleId>,
    task: Option<Task<Found>>,
    /// Raised when the review changed.
    version: u64,
    /// True if it changed since that was told, and when it was told.
    is_untold: bool,
    told: Option<Instant>,
    unreadable: usize,
    /// How many articles had been looked at, of how many, when it was stopped.
    stopped: Option<(usize, usize)>,
}

impl Gathering {
    pub fn review(&self) -> &Review {
        &self.review
    }

    /// A number that changes when [`Gathering::review`] does; while many changes come, a few times a second.
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
        self.seen.is_some() && self.task.is_none() && self.waiting.is_empty() && self.elsewhere.is_empty()
    }

    /// Articles that could not be read; opening them says why.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Stops looking through articles; what was found stays.
    pub fn stop(&mut self) {
        self.stopped = self.progress();
        self.task = None;
        self.elsewhere.clear();
    }

    /// Looks through all articles from the start, after it was stopped.
    pub fn look_again(&mut self) {
        self.seen = None;
    }

    /// Follows what was done, and goes on looking.
    pub fn tick(&mut self, context: &egui::Context, session: &Session) {
        self.follow(context, session);
        if let Some(task) = &mut self.task {
            while let Some((id, found)) = task.poll() {
                self.is_untold = true;
                match found {
                    _ if !session.project().articles.contains_key(&id) => {}
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
        }
        let are_few = self.waiting.len() <= FEW;
        let has_looked = self.look(context, session);
        if self.task.is_none() && !self.elsewhere.is_empty() {
            let ids = std::mem::take(&mut self.elsewhere);
            self.start_on(context, session, &ids);
        }
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TELLING);
        if self.is_untold && (are_few && has_looked || self.is_over() || is_due) {
            self.version += 1;
            self.is_untold = false;
            self.told = Some(Instant::now());
        }
        if self.is_untold {
            context.request_repaint_after(TELLING);
        }
    }

    /// Looks through these articles, which are not in memory, on a thread.
    fn start_on(&mut self, context: &egui::Context, session: &Session, ids: &BTreeSet<ArticleId>) {
        let mut corpus = Corpus::new(session, None);
        corpus.entries.retain(|entry| ids.contains(&entry.id));
        let apart = EvaluationSlice::of(session.project());
        self.task = Some(Task::start(context, move |control, results| gather(&corpus, apart, control, results)));
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
        self.elsewhere.clear();
        self.waiting = corpus.entries.iter().filter(|entry| entry.is_loaded).map(|entry| entry.id.clone()).collect();
        let is_rest = self.waiting.len() < corpus.entries.len();
        self.task =
            is_rest.then(|| Task::start(context, move |control, results| gather(&corpus, apart, control, results)));
    }

    /// Looks at articles in memory, as many as a frame allows. True if there were any.
    fn look(&mut self, context: &egui::Context, session: &Session) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        self.is_untold = true;
        let apart = EvaluationSlice::of(session.project());
        let start = Instant::now();
        while start.elapsed() < SLICE
            && let Some(id) = self.waiting.pop_first()
        {
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
                // It changed and was let go since, to make room.
                _ => {
                    self.elsewhere.insert(id);
                }
            }
        }
        if !self.waiting.is_empty() {
            context.request_repaint();
        }
        true
    }
}

/// Looks through the articles that are not in memory, on a thread of its own.
fn gather(corpus: &Corpus, apart: EvaluationSlice, control: &Control, results: &Results<Found>) {
    // What comes into memory meanwhile is looked at there.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{AnnotationSet, Span, Status, generate},
        store::{Access, Store},
    };

    #[test]
    fn what_was_let_go_to_make_room_is_gathered_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        Store::create(&root, &generate::project(3, 2, 200_000)).unwrap();
        let mut session = Session::open(&root, Access::Write, AnnotatorName::new(generate::ANNOTATOR)).unwrap();
        let id = session.project().articles.keys().next().unwrap().clone();
        let (context, mut gathering) = (egui::Context::default(), Gathering::default());
        let mut settle = |session: &Session| {
            gathering.tick(&context, session);
            while !gathering.is_over() {
                std::thread::sleep(Duration::from_millis(1));
                gathering.tick(&context, session);
            }
            (gathering.review().len(), gathering.version())
        };
        let (before, version) = settle(&session);
        session.bring(&[id.clone()].into()).unwrap();
        let accepted =
            session.set(&id).into_iter().flat_map(AnnotationSet::spans).find(|span| span.status == Status::Accepted);
        let suggested = Span { status: Status::Suggested, ..accepted.unwrap().clone() };
        let source = suggested.provenance.source.clone();
        session.edit_aside(session.key(&id), source, "Suggest", |draft| Ok(draft.insert_span(suggested)?)).unwrap();
        session.wait_until_saved().unwrap();
        assert!(session.make_room() && !session.is_loaded(&id), "it is let go");
        let (after, later) = settle(&session);
        assert_eq!(after, before + 1);
        assert_ne!(later, version, "rows are made anew");
        // An article that goes while it is looked at leaves nothing behind.
        session.bring(&[id.clone()].into()).unwrap();
        session.edit(&id, "Remove", |draft| Ok(draft.remove_article(&id)?)).unwrap();
        assert!(settle(&session).0 < after);
    }
}
