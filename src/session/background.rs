//! Looking through articles that are not loaded, on another thread: counts for the list, texts for the search.

use crate::{
    edit::Touched,
    model::{AnnotationSet, AnnotatorName, ArticleId, ArticleText, Progress, Status},
    store::Loader,
};
use std::{
    collections::BTreeMap,
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

    pub(super) fn start(&mut self, loader: Loader, ids: Vec<ArticleId>, wake: impl Fn() + Send + 'static) {
        let ids: Vec<ArticleId> = ids.into_iter().filter(|id| !self.summaries.contains_key(id)).collect();
        if self.incoming.is_some() || ids.is_empty() {
            return;
        }
        let (sender, receiver) = mpsc::channel();
        self.incoming = Some(receiver);
        self.total = ids.len();
        self.done = 0;
        self.stop = Arc::new(AtomicBool::new(false));
        let stop = self.stop.clone();
        std::thread::spawn(move || {
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
                    if let Some(summary) = summary {
                        self.summaries.insert(id, summary);
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
        }
    }

    pub(super) fn forget_all(&mut self) {
        self.summaries.clear();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
    }
}
