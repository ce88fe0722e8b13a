//! The part of a comparison that runs on its own thread: reading the articles, asking the model, counting.

use super::{
    corpus::Corpus,
    task::{Control, Results},
};
use crate::{
    format::ReadOptions,
    model::{Article, ArticleId, Name, Schema},
    session::{
        ImportRequest, Session,
        evaluate::{EvaluateError, Evaluation, FOLDS, Question, evaluate},
        opinion::{Opinion, extractors},
    },
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

/// What comes from the thread.
pub enum News {
    /// Who proposed something in the articles.
    Extractors(BTreeSet<Name>),
    Compared(Result<Box<Compared>, String>),
}

/// The answer, with what the list shows beside it.
pub struct Compared {
    pub evaluation: Evaluation,
    /// Titles by article, and the hash of the text that was looked at.
    pub articles: BTreeMap<ArticleId, (Arc<str>, u64)>,
}

/// A comparison to be made.
pub struct Job {
    corpus: Corpus,
    gold: Opinion,
    predicted: Opinion,
    only: Option<BTreeSet<ArticleId>>,
    schema: Arc<Schema>,
    /// The project's own.
    rules: String,
    read: ReadOptions,
}

impl Job {
    /// Of all articles, or of one.
    pub fn new(session: &Session, gold: Opinion, predicted: Opinion, only: Option<&ArticleId>) -> Self {
        // The model learns from all articles, whichever is judged.
        let needs_all = [&gold, &predicted].contains(&&Opinion::Model);
        Self {
            corpus: Corpus::new(session, only.filter(|_| !needs_all)),
            gold,
            predicted,
            only: only.map(|id| BTreeSet::from([id.clone()])),
            schema: session.project().schema.clone(),
            rules: session.project().settings.rules.clone(),
            read: ImportRequest::default().read_options(&session.project().settings),
        }
    }

    pub fn run(self, control: &Control, results: &Results<News>) {
        let asks_model = [&self.gold, &self.predicted].contains(&&Opinion::Model);
        let count = self.corpus.entries.len();
        control.set_total(count + if asks_model { FOLDS } else { 0 });
        let read: Result<Vec<Article>, String> = self
            .corpus
            .entries
            .par_iter()
            .map(|entry| {
                if control.is_cancelled() {
                    return Err(String::new());
                }
                let article = self.corpus.article(entry);
                control.step();
                article
            })
            .collect();
        if control.is_cancelled() {
            return;
        }
        let articles = match read {
            Ok(articles) => articles,
            Err(error) => return results.send(News::Compared(Err(error))),
        };
        results.send(News::Extractors(extractors(articles.iter())));
        let question = Question {
            gold: &self.gold,
            predicted: &self.predicted,
            annotator: &self.corpus.annotator,
            suggested_to: None,
            only: self.only.as_ref(),
            schema: &self.schema,
            rules: &self.rules,
            read: &self.read,
        };
        let progress = |done: usize, folds: usize| {
            control.set_total(count + folds);
            control.done.store(count + done, Ordering::Relaxed);
            !control.is_cancelled()
        };
        let references: Vec<&Article> = articles.iter().collect();
        match evaluate(&question, &references, &progress) {
            Ok(evaluation) => {
                let entry = |article: &Article| {
                    let hash = article.text.as_ref().map_or(0, |text| text.hash());
                    (article.id.clone(), (Arc::from(article.title()), hash))
                };
                let compared = Compared { evaluation, articles: articles.iter().map(entry).collect() };
                results.send(News::Compared(Ok(Box::new(compared))));
            }
            Err(EvaluateError::Cancelled) => {}
            Err(error) => results.send(News::Compared(Err(error.to_string()))),
        }
    }
}
