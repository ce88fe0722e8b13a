//! How often entities are named in all articles: counted in memory where articles are, else on a thread.

use crate::{
    model::{AnnotationSet, ArticleId, EntityId},
    session::Session,
    ui::{corpus::Corpus, task::Task},
};
use egui::Ui;
use std::{collections::BTreeMap, rc::Rc};

type Counts = BTreeMap<EntityId, usize>;

/// Mentions by entity, of all annotators.
#[derive(Default)]
pub struct Mentions {
    /// Articles that are not in memory, as the thread found them; `None` if one could not be read.
    elsewhere: BTreeMap<ArticleId, Option<Counts>>,
    task: Option<Task<(ArticleId, Option<Counts>)>>,
    /// For which revision of the project, with how many articles in memory, everything was counted.
    counted_at: Option<(u64, usize)>,
    counts: Rc<Counts>,
    missing: usize,
}

impl Mentions {
    /// Articles that are not counted yet, or could not be read.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The counts as far as they are known by now.
    pub fn count(&mut self, ui: &Ui, session: &Session) -> Rc<Counts> {
        let loaded = session.project().articles.keys().filter(|id| session.is_loaded(id)).count();
        let at = (session.revision(), loaded);
        if self.counted_at != Some(at) {
            self.counted_at = Some(at);
            self.count_all(session);
        }
        self.take_in(session);
        if self.task.is_none() {
            self.look(ui, session);
        }
        self.counts.clone()
    }

    fn count_all(&mut self, session: &Session) {
        // What is in memory may change there, and is looked at again once it is not any more.
        self.elsewhere.retain(|id, _| !session.is_loaded(id));
        let here = session.project().articles.values().filter(|article| session.is_loaded(&article.id));
        let mut counts = count(here.flat_map(|article| article.sets.values()));
        self.elsewhere.values().flatten().for_each(|found| add(&mut counts, found));
        let all = session.project().articles.keys().filter(|id| !session.is_loaded(id));
        self.missing = all.filter(|id| !matches!(self.elsewhere.get(*id), Some(Some(_)))).count();
        self.counts = Rc::new(counts);
    }

    /// Adds what the thread found meanwhile.
    fn take_in(&mut self, session: &Session) {
        let Some(task) = &mut self.task else { return };
        while let Some((id, found)) = task.poll() {
            if session.is_loaded(&id) {
                continue;
            }
            if let Some(found) = &found {
                add(Rc::make_mut(&mut self.counts), found);
                self.missing = self.missing.saturating_sub(1);
            }
            self.elsewhere.insert(id, found);
        }
        if task.is_over() {
            self.task = None;
        }
    }

    /// Has a thread look through the articles that are not in memory and were not looked at.
    fn look(&mut self, ui: &Ui, session: &Session) {
        if self.missing == 0 {
            return;
        }
        let mut corpus = Corpus::new(session, None);
        corpus.entries.retain(|entry| !entry.is_loaded && !self.elsewhere.contains_key(&entry.id));
        if corpus.entries.is_empty() {
            return;
        }
        self.task = Some(Task::start(ui.ctx(), move |control, results| {
            for entry in &corpus.entries {
                if control.is_cancelled() {
                    return;
                }
                // An article that can not be read says so when it is opened.
                let article = corpus.article(entry).ok();
                results.send((entry.id.clone(), article.map(|article| count(article.sets.values()))));
            }
        }));
    }
}

fn add(counts: &mut Counts, found: &Counts) {
    for (entity, number) in found {
        *counts.entry(entity.clone()).or_insert(0) += number;
    }
}

fn count<'a>(sets: impl Iterator<Item = &'a AnnotationSet>) -> Counts {
    let mut counts = Counts::new();
    for entity in sets.flat_map(AnnotationSet::spans).filter_map(|span| span.entity.as_ref()) {
        *counts.entry(entity.clone()).or_insert(0) += 1;
    }
    counts
}
