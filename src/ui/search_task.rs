//! The part of the search that runs on its own thread: hits from all articles, and the labels that lie on them.

use super::{
    corpus::Corpus,
    task::{Control, Results},
};
use crate::{
    model::{Article, ArticleId, ArticleText, Name, Span, Status},
    session::{self, Hit, Query, Session, search_articles, search_texts},
    text::TextRange,
};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Most hits that are kept.
const LIMIT: usize = 20_000;
/// Articles that are read and searched before the hits in them are shown.
const CHUNK: usize = 512;

/// Where to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Article,
    All,
}

/// A hit as it is listed.
#[derive(Clone, Debug)]
pub struct Row {
    pub hit: Hit,
    pub title: Arc<str>,
    /// Tells whether the text is still the one that was searched.
    pub text_hash: u64,
    /// Labels of the annotator's spans on the hit.
    pub labels: Vec<Name>,
}

impl Row {
    /// The row as one line of text.
    pub fn name(&self) -> String {
        format!("{}: {}{}{}", self.title, self.hit.before, self.hit.hit, self.hit.after)
    }
}

/// What comes from the thread.
pub enum News {
    /// More hits.
    Rows(Vec<Row>),
    /// The labels of the hits from number `first` on.
    Labels {
        first: usize,
        labels: Vec<Vec<Name>>,
    },
    End {
        complete: bool,
    },
}

/// Articles that were read with their annotations, as long as nobody changed them.
#[derive(Default)]
pub struct Cache {
    articles: BTreeMap<ArticleId, Arc<Article>>,
    revision: u64,
    history: usize,
}

impl Cache {
    /// Drops what was changed since the last call.
    fn update(&mut self, session: &Session) {
        let history = session.history();
        let news = history.get(self.history..).unwrap_or_default();
        // Changes that are in no history came from outside, or are another annotator's turn.
        let explained = session.revision().checked_sub(self.revision) == u64::try_from(news.len()).ok();
        if explained {
            for entry in news {
                let touched = &entry.touched;
                let sets = touched.sets.iter().map(|key| &key.article);
                for id in sets.chain(&touched.texts).chain(&touched.articles) {
                    self.articles.remove(id);
                }
            }
        } else {
            self.articles.clear();
        }
        self.history = history.len();
        self.revision = session.revision();
    }
}

/// A search to be made.
pub struct Job {
    corpus: Corpus,
    query: Query,
    cache: Arc<Mutex<Cache>>,
}

impl Job {
    pub fn new(
        session: &Session,
        query: Query,
        scope: Scope,
        open: Option<&ArticleId>,
        cache: &Arc<Mutex<Cache>>,
    ) -> Self {
        cache.lock().unwrap_or_else(PoisonError::into_inner).update(session);
        let only = if scope == Scope::Article { open } else { None };
        Self { corpus: Corpus::new(session, only), query, cache: cache.clone() }
    }

    pub fn run(self, control: &Control, results: &Results<News>) {
        control.set_total(self.corpus.entries.len());
        let mut found: Vec<(usize, Hit)> = Vec::new();
        let mut complete = true;
        for (chunk, entries) in self.corpus.entries.chunks(CHUNK).enumerate() {
            let left = LIMIT.saturating_sub(found.len());
            if control.is_cancelled() || left == 0 {
                complete = false;
                break;
            }
            let steering = session::Control { cancel: &control.cancel, done: &control.done, limit: left };
            let mut hashes: BTreeMap<ArticleId, u64> = BTreeMap::new();
            let (hits, whole) = if self.query.needs_annotations() {
                let articles: Vec<Arc<Article>> =
                    entries.par_iter().filter_map(|entry| self.article(&entry.id)).collect();
                hashes.extend(
                    articles.iter().filter_map(|article| Some((article.id.clone(), article.text.as_ref()?.hash()))),
                );
                let articles: Vec<&Article> = articles.iter().map(|article| &**article).collect();
                let found = search_articles(&self.query, &articles, Some(&self.corpus.annotator), steering);
                (found.hits, found.complete)
            } else {
                let texts: Vec<(&ArticleId, Arc<ArticleText>)> =
                    entries.par_iter().filter_map(|entry| Some((&entry.id, self.corpus.text(entry)?))).collect();
                hashes.extend(texts.iter().map(|(id, text)| ((*id).clone(), text.hash())));
                let texts: Vec<(&ArticleId, &str)> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
                let found = search_texts(&self.query, &texts, steering);
                (found.hits, found.complete)
            };
            complete &= whole;
            let titles: BTreeMap<&ArticleId, (usize, Arc<str>)> = entries
                .iter()
                .enumerate()
                .map(|(index, entry)| (&entry.id, (chunk * CHUNK + index, Arc::from(entry.title()))))
                .collect();
            let mut rows = Vec::with_capacity(hits.len());
            for hit in hits {
                let Some((place, title)) = titles.get(&hit.article) else { continue };
                found.push((*place, hit.clone()));
                let text_hash = hashes.get(&hit.article).copied().unwrap_or_default();
                rows.push(Row { hit, title: title.clone(), text_hash, labels: Vec::new() });
            }
            if !rows.is_empty() {
                results.send(News::Rows(rows));
            }
        }
        results.send(News::End { complete });
        self.send_labels(&found, control, results);
    }

    /// The second round: what is labelled at the hits.
    fn send_labels(&self, found: &[(usize, Hit)], control: &Control, results: &Results<News>) {
        let mut first = 0;
        for same in found.chunk_by(|one, other| one.0 == other.0) {
            if control.is_cancelled() {
                return;
            }
            let article = same.first().and_then(|(_, hit)| self.article(&hit.article));
            let set = article.as_ref().and_then(|article| article.sets.get(&self.corpus.annotator));
            let labels = same
                .iter()
                .map(|(_, hit)| labels(set.into_iter().flat_map(|set| set.spans_overlapping(hit.range)), hit.range))
                .collect();
            results.send(News::Labels { first, labels });
            first += same.len();
        }
    }

    fn article(&self, id: &ArticleId) -> Option<Arc<Article>> {
        let lock = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().articles.get(id) {
            return Some(known.clone());
        }
        let revision = lock().revision;
        let entries = &self.corpus.entries;
        let place = entries.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
        let entry = entries.get(place)?;
        let article = Arc::new(self.corpus.article(entry).ok()?);
        let mut cache = lock();
        // A change in the meantime is for the next search to see.
        if cache.revision == revision {
            cache.articles.insert(id.clone(), article.clone());
        }
        Some(article)
    }
}

/// The labels of those spans that lie at `range` and were not rejected, each once.
pub fn labels<'a>(spans: impl Iterator<Item = &'a Span>, range: TextRange) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for span in spans.filter(|span| span.status != Status::Rejected) {
        if span.fragments.iter().any(|piece| piece.overlaps(range)) && !names.contains(&span.label) {
            names.push(span.label.clone());
        }
    }
    names
}
