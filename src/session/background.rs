//! Looking through articles that are not loaded, on another thread: counts for the list, texts for the search.

use super::lower_priority;
use crate::{
    edit::Touched,
    model::{AnnotationSet, AnnotatorName, ArticleId, ArticleText, Progress, Status},
    store::Loader,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

/// What the list of articles shows of one annotator's work on an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetCounts {
    pub spans: usize,
    pub relations: usize,
    /// Annotations that nobody has looked at.
    pub suggested: usize,
    pub progress: Progress,
}

impl SetCounts {
    pub fn of(set: &AnnotationSet) -> Self {
        let tally = set.tally();
        Self {
            spans: tally.all_spans(Status::Accepted),
            relations: tally.all_relations(Status::Accepted),
            suggested: tally.all_spans(Status::Suggested) + tally.all_relations(Status::Suggested),
            progress: set.progress(),
        }
    }
}

/// An article as far as the list and the search need it.
#[derive(Clone, Debug)]
pub struct ArticleSummary {
    pub text: Arc<ArticleText>,
    pub counts: BTreeMap<AnnotatorName, SetCounts>,
}

impl ArticleSummary {
    pub fn annotators(&self) -> impl Iterator<Item = &AnnotatorName> {
        self.counts.keys()
    }
}

/// Summaries as they come in.
#[derive(Default)]
pub struct Background {
    summaries: BTreeMap<ArticleId, ArticleSummary>,
    total: usize,
    incoming: Option<mpsc::Receiver<(ArticleId, Option<ArticleSummary>)>>,
    stop: Arc<AtomicBool>,
    done: usize,
    /// Articles that could not be read; they are not tried again until something changes.
    failed: BTreeSet<ArticleId>,
    /// Articles that changed while a pass was under way: what it says of them is out of date.
    stale: BTreeSet<ArticleId>,
    /// True if nothing has to be looked at.
    settled: bool,
}

impl Background {
    /// The summary of an article, once it was looked at and as long as it was not changed.
    pub fn summary(&self, id: &ArticleId) -> Option<&ArticleSummary> {
        self.summaries.get(id)
    }

    pub fn summaries(&self) -> impl Iterator<Item = &ArticleSummary> {
        self.summaries.values()
    }

    /// How many articles were looked at, of how many; `None` when that is over.
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.incoming.as_ref().map(|_| (self.done, self.total))
    }

    /// How many summaries there are.
    pub fn known(&self) -> usize {
        self.summaries.len()
    }

    /// True if articles are to be looked at and no pass is under way.
    pub(super) fn wants_start(&self) -> bool {
        !self.settled && self.incoming.is_none()
    }

    pub(super) fn start(&mut self, loader: Loader, ids: Vec<ArticleId>, wake: impl Fn() + Send + 'static) {
        self.settled = true;
        let is_new = |id: &ArticleId| !self.summaries.contains_key(id) && !self.failed.contains(id);
        let ids: Vec<ArticleId> = ids.into_iter().filter(is_new).collect();
        if self.incoming.is_some() || ids.is_empty() {
            return;
        }
        self.stale.clear();
        let (sender, receiver) = mpsc::channel();
        self.incoming = Some(receiver);
        self.total = ids.len();
        self.done = 0;
        self.stop = Arc::new(AtomicBool::new(false));
        let stop = self.stop.clone();
        std::thread::spawn(move || {
            lower_priority();
            for (index, id) in ids.into_iter().enumerate() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                // An article that can not be read says so when it is opened.
                let summary = loader.load_article(&id).ok().map(|loaded| ArticleSummary {
                    text: loaded.text,
                    counts: loaded.sets.iter().map(|(name, set)| (name.clone(), SetCounts::of(set))).collect(),
                });
                if sender.send((id, summary)).is_err() {
                    break;
                }
                if index % 64 == 0 {
                    wake();
                }
            }
            drop(sender);
            wake();
        });
    }

    pub(super) fn receive(&mut self) {
        let Some(incoming) = &self.incoming else { return };
        loop {
            match incoming.try_recv() {
                Ok((id, summary)) => {
                    self.done += 1;
                    match summary {
                        Some(summary) if !self.stale.contains(&id) => {
                            self.summaries.insert(id, summary);
                        }
                        Some(_) => {}
                        None => {
                            self.failed.insert(id);
                        }
                    }
                }
                Err(mpsc::TryRecvError::Empty) => return,
                Err(mpsc::TryRecvError::Disconnected) => {
                    self.incoming = None;
                    return;
                }
            }
        }
    }

    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.incoming = None;
    }

    /// Drops what a transaction made out of date.
    pub(super) fn forget(&mut self, touched: &Touched) {
        for id in touched.sets.iter().map(|key| &key.article).chain(&touched.texts).chain(&touched.articles) {
            self.summaries.remove(id);
            self.failed.remove(id);
            self.settled = false;
            if self.incoming.is_some() {
                self.stale.insert(id.clone());
            }
        }
    }

    /// Articles were taken out of memory: they are to be looked at.
    pub(super) fn look_again(&mut self) {
        self.settled = false;
    }

    /// Drops everything, also what a pass under way will say.
    pub(super) fn forget_all(&mut self) {
        self.stop();
        self.summaries.clear();
        self.failed.clear();
        self.settled = false;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
