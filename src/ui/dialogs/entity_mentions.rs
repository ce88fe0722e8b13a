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
    /// Articles that are not in memory, as the thread found them.
    elsewhere: BTreeMap<ArticleId, Counts>,
    task: Option<Task<(ArticleId, Counts)>>,
    is_started: bool,
    /// For which revision of the project, with how many articles in memory and how many from the thread it was counted.
    counted_at: Option<(u64, usize, usize)>,
    counts: Rc<Counts>,
    missing: usize,
}

impl Mentions {
    /// Articles that are not counted yet, or could not be read.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The counts as far as they are known, by now.
    pub fn count(&mut self, ui: &Ui, session: &Session) -> Rc<Counts> {
        self.look(ui, session);
        let ids = || session.project().articles.keys();
        let loaded = ids().filter(|id| session.is_loaded(id)).count();
        let at = (session.revision(), loaded, self.elsewhere.len());
        if self.counted_at != Some(at) {
            self.counted_at = Some(at);
            let here = session.project().articles.values().filter(|article| session.is_loaded(&article.id));
            let mut counts = count(here.flat_map(|article| article.sets.values()));
            for (_, found) in self.elsewhere.iter().filter(|(id, _)| !session.is_loaded(id)) {
                for (entity, number) in found {
                    *counts.entry(entity.clone()).or_insert(0) += number;
                }
            }
            self.counts = Rc::new(counts);
            self.missing = ids().filter(|id| !session.is_loaded(id) && !self.elsewhere.contains_key(id)).count();
        }
        self.counts.clone()
    }

    /// Looks, once, through the articles that are not in memory. Whatever changes an article brings it into memory first.
    fn look(&mut self, ui: &Ui, session: &Session) {
        if !std::mem::replace(&mut self.is_started, true) {
            let corpus = Corpus::new(session, None);
            if corpus.entries.iter().any(|entry| !entry.is_loaded) {
                self.task = Some(Task::start(ui.ctx(), move |control, results| {
                    for entry in corpus.entries.iter().filter(|entry| !entry.is_loaded) {
                        if control.is_cancelled() {
                            return;
                        }
                        // An article that can not be read says so when it is opened.
                        if let Ok(article) = corpus.article(entry) {
                            results.send((entry.id.clone(), count(article.sets.values())));
                        }
                    }
                }));
            }
        }
        let Some(task) = &mut self.task else { return };
        while let Some((id, counts)) = task.poll() {
            self.elsewhere.insert(id, counts);
        }
        if task.is_over() {
            self.task = None;
        }
    }
}

fn count<'a>(sets: impl Iterator<Item = &'a AnnotationSet>) -> Counts {
    let mut counts = Counts::new();
    for entity in sets.flat_map(AnnotationSet::spans).filter_map(|span| span.entity.as_ref()) {
        *counts.entry(entity.clone()).or_insert(0) += 1;
    }
    counts
}
