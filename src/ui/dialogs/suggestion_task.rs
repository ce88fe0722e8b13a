//! The part of the panel on suggestions that runs on its own thread: reading all articles, then training one model after
//! another.

use crate::{
    format::{Output, output::DirectoryOutput},
    model::{Article, ArticleId, Schema, Settings},
    session::{
        EvaluationSlice, Session,
        learning_curve::{LearningCurve, learning_curve},
        suggestion_report::SuggestionReport,
    },
    store::{HistoryEntry, Loader},
    ui::{
        corpus::Corpus,
        task::{Control, Results},
        texts::tr,
    },
};
use rayon::prelude::*;
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{Arc, atomic::Ordering},
};

/// The last learning curve of the open project, which takes long to make. All copies share it.
#[derive(Clone, Default)]
pub struct KeptCurve(Rc<RefCell<Option<(u64, LearningCurve)>>>);

impl KeptCurve {
    /// The curve, if nobody did anything in the project since it was made.
    fn current(&self, session: &Session) -> Option<LearningCurve> {
        let kept = self.0.borrow();
        kept.as_ref().filter(|(decisions, _)| *decisions == session.decisions()).map(|(_, curve)| curve.clone())
    }

    /// Keeps a curve that was made when so much had been done; see [`Session::decisions`].
    pub fn keep(&self, decisions: u64, curve: &LearningCurve) {
        *self.0.borrow_mut() = Some((decisions, curve.clone()));
    }
}

/// What the report is made of: a look at the project that does not change any more.
pub struct Order {
    corpus: Corpus,
    history: Vec<HistoryEntry>,
    loader: Loader,
    schema: Arc<Schema>,
    settings: Arc<Settings>,
    slice: EvaluationSlice,
    /// The learning curve, if it need not be made anew.
    curve: Option<LearningCurve>,
}

impl Order {
    pub fn new(session: &Session, kept: &KeptCurve) -> Self {
        let project = session.project();
        Self {
            corpus: Corpus::new(session, None),
            history: session.history().to_vec(),
            loader: session.store().loader(),
            schema: project.schema.clone(),
            settings: project.settings.clone(),
            slice: EvaluationSlice::of(project),
            curve: kept.current(session),
        }
    }
}

/// What comes from the thread.
pub enum News {
    /// All but a learning curve that is to be made anew, and the first article of the slice that is not done, with its title.
    Report(Box<SuggestionReport>, Option<(ArticleId, String)>),
    Curve(Box<LearningCurve>),
    Failed(String),
}

/// Makes the report, and then its learning curve.
pub fn make_report(order: &Order, control: &Control, results: &Results<News>) {
    let corpus = &order.corpus;
    control.set_total(corpus.entries.len());
    let read: Result<Vec<Article>, String> = corpus
        .entries
        .par_iter()
        .map(|entry| {
            if control.is_cancelled() {
                return Err(String::new());
            }
            let article = corpus.article(entry);
            control.step();
            article
        })
        .collect();
    let articles = match read {
        Ok(articles) => articles,
        Err(_) if control.is_cancelled() => return,
        Err(error) => return results.send(News::Failed(error)),
    };
    let goes_on = || !control.is_cancelled();
    let gathered = SuggestionReport::gather(&articles, &corpus.annotator, &order.history, &order.loader, &goes_on);
    let report = match gathered {
        Ok(Some(report)) => SuggestionReport { curve: order.curve.clone(), ..report },
        Ok(None) => return,
        Err(error) => return results.send(News::Failed(error.to_string())),
    };
    let waiting = articles.iter().find(|article| {
        let is_done = report.done().any(|done| done.id == article.id);
        order.slice.contains(&article.id) && !is_done
    });
    let waiting = waiting.map(|article| (article.id.clone(), article.title().to_owned()));
    control.done.store(0, Ordering::Relaxed);
    control.set_total(0);
    results.send(News::Report(Box::new(report.clone()), waiting));
    if report.curve.is_some() {
        return;
    }
    let progress = |done: usize, of: usize| {
        control.done.store(done, Ordering::Relaxed);
        control.set_total(of);
        !control.is_cancelled()
    };
    let ordered = report.in_order(&articles);
    let rules = &order.settings.rules;
    if let Some(curve) = learning_curve(&order.schema, rules, &corpus.annotator, &ordered, &order.slice, &progress) {
        results.send(News::Curve(Box::new(curve)));
    }
}

/// Writes the report as CSV, complete or not at all.
///
/// # Errors
/// If the file can not be written; in words.
pub fn write_csv(report: &SuggestionReport, path: &Path) -> Result<PathBuf, String> {
    let mut bytes = Vec::new();
    report.write_csv(&mut bytes).map_err(|error| error.to_string())?;
    let mut output = DirectoryOutput::file(path);
    let refused =
        |error: std::io::Error| format!("{}: {error}: {}", tr("The file could not be written"), path.display());
    let mut file = output.create("").map_err(|error| error.to_string())?;
    file.write_all(&bytes).map_err(refused)?;
    file.flush().map_err(refused)?;
    drop(file);
    output.commit().map_err(|error| error.to_string())?;
    Ok(path.to_owned())
}
