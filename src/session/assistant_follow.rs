//! How the thread of the assistant follows what is done in the project, and learns from it.

use super::{Answer, News, Worker};
use crate::{
    edit::{Operation, Transaction, apply},
    model::{Article, ArticleId, Entity, Name, Progress, Project, Schema, Status},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

/// Of more articles that are confirmed at once everything is learned anew, rather than of one after the other.
const MANY_AT_ONCE: usize = 20;

/// What following transactions leaves to do.
#[derive(Default)]
struct Effect {
    /// Articles that were confirmed or came, to be learned from as a whole.
    teaching: BTreeSet<ArticleId>,
    /// Articles that are no longer confirmed.
    reopened: BTreeSet<ArticleId>,
    touched: BTreeSet<ArticleId>,
    /// True if suggestions may be others in all articles, not only in those that were touched.
    is_general: bool,
}

impl Worker {
    /// Takes over what was done, and learns from it: also in articles that are not open, which are here for the while.
    pub(super) fn follow(&mut self, news: News) {
        let News { transactions, elsewhere } = news;
        let lent = match self.borrow(&transactions, elsewhere) {
            Some(lent) => lent,
            None => {
                let _ = self.answers.send(Answer::Stale);
                BTreeSet::new()
            }
        };
        let mut here: BTreeSet<ArticleId> = self.project.articles.keys().chain(&lent).cloned().collect();
        let mut effect = Effect::default();
        for (seq, transaction) in &transactions {
            self.follow_one(*seq, transaction, &mut here, &mut effect);
            self.through = *seq;
        }
        self.unlearn(&effect.reopened);
        self.learn_at_once(&effect.teaching);
        for id in &lent {
            self.project.articles.remove(id);
        }
        effect.touched.retain(|id| self.project.articles.contains_key(id));
        match effect.is_general {
            true => self.all_come_due(effect.touched.first()),
            false => effect.touched.iter().for_each(|id| self.come_due(id)),
        }
    }

    /// Takes in articles that are not open as they were before these transactions, and learns from those that were not read
    /// yet. Gives their ids; `None` if the transactions are not what made them.
    fn borrow(
        &mut self,
        transactions: &[(u64, Transaction)],
        elsewhere: BTreeMap<ArticleId, Option<Article>>,
    ) -> Option<BTreeSet<ArticleId>> {
        let mut before = Project::default();
        let mut lent = BTreeSet::new();
        for (id, article) in elsewhere {
            if !self.project.articles.contains_key(&id) {
                before.articles.extend(article.map(|article| (id.clone(), article)));
                lent.insert(id);
            }
        }
        if lent.is_empty() {
            return Some(lent);
        }
        for (seq, transaction) in transactions.iter().rev() {
            let followed = part(transaction, self.own(transaction, &lent));
            apply(&mut before, &followed.undone(*seq, transaction.time)).ok()?;
        }
        for article in before.articles.values() {
            self.learn_from(article, self.through);
        }
        self.project.articles.append(&mut before.articles);
        Some(lent)
    }

    /// The operations of a transaction that change these articles, without what others say of them.
    fn own(&self, transaction: &Transaction, articles: &BTreeSet<ArticleId>) -> Vec<Operation> {
        let is_own = |operation: &&Operation| {
            let annotator = operation.set().map(|set| &set.annotator);
            annotator.is_none_or(|annotator| *annotator == self.annotator)
                && operation.article().is_some_and(|article| articles.contains(article))
        };
        transaction.operations.iter().filter(is_own).cloned().collect()
    }

    /// Takes over what a transaction did in the articles that are `here`.
    fn follow_one(&mut self, seq: u64, transaction: &Transaction, here: &mut BTreeSet<ArticleId>, effect: &mut Effect) {
        self.unwanted.note(transaction);
        let mut operations = self.own(transaction, here);
        operations.extend(transaction.operations.iter().filter(|operation| operation.article().is_none()).cloned());
        let touched: BTreeSet<ArticleId> =
            operations.iter().filter_map(|operation| operation.article().cloned()).collect();
        let remade: BTreeSet<ArticleId> = operations.iter().filter_map(Operation::remade_article).cloned().collect();
        for id in &remade {
            self.observe_article(id, seq, false);
        }
        let learns = self.count(&operations, seq, &remade);
        let changes_schema = operations.iter().any(|operation| matches!(operation, Operation::Schema { .. }));
        let changes_names = operations.iter().any(changes_names);
        let changes_settings = operations.iter().any(|operation| matches!(operation, Operation::Settings { .. }));
        let followed = part(transaction, operations);
        if apply(&mut self.project, &followed).is_err() {
            // Of what it changes in no article, such as the schema, there is no other copy.
            if followed.operations.iter().any(|operation| operation.article().is_none()) {
                let _ = self.answers.send(Answer::Stale);
            }
            for id in touched {
                here.remove(&id);
                self.project.articles.remove(&id);
                let _ = self.answers.send(Answer::Lost(id));
            }
            return;
        }
        for id in &remade {
            self.observe_article(id, seq, true);
            self.take_in_or_out(id, seq, effect);
        }
        if followed.operations.iter().any(takes_names_away) {
            // What was learned goes by names, also those that somebody wrote in other articles.
            let _ = self.answers.send(Answer::Stale);
        }
        if changes_schema {
            self.suggester.set_schema(&self.project.schema);
            let stop = self.stop.clone();
            if let Some(relations) = &mut self.relations {
                relations.set_schema(&self.project.schema, &|| !stop.load(Ordering::Relaxed));
            }
        }
        if changes_names {
            self.suggester.set_entities(&self.project.entities);
        }
        if changes_settings {
            // Rules that can not be read are none; the dialog refuses them.
            self.suggester.set_rules(&self.project.settings.rules);
        }
        for operation in &followed.operations {
            match operation {
                Operation::Progress { set, after: Progress::Done, .. } => {
                    effect.reopened.remove(&set.article);
                    effect.teaching.insert(set.article.clone());
                }
                Operation::Progress { set, before: Progress::Done, .. } => {
                    effect.teaching.remove(&set.article);
                    effect.reopened.insert(set.article.clone());
                }
                _ => {}
            }
        }
        effect.is_general |= learns
            || changes_schema
            || changes_names
            || changes_settings
            || !remade.is_empty()
            || !effect.teaching.is_empty()
            || !effect.reopened.is_empty();
        effect.touched.extend(touched);
    }

    /// True if what the transaction `seq` did in an article is to be counted: nothing is learned there that is known.
    fn is_counted(&self, id: &ArticleId, seq: u64) -> bool {
        !self.apart.contains(id) && self.known.get(id).is_none_or(|through| seq > *through)
    }

    /// Counts or uncounts everything in an article that is here.
    fn observe_article(&mut self, id: &ArticleId, seq: u64, is_new: bool) {
        let key = self.key(id);
        let Some(article) = self.project.articles.get(id).filter(|_| self.is_counted(id, seq)) else { return };
        let Some(set) = self.project.set(&key) else { return };
        match is_new {
            true => self.suggester.memory_mut().observe(article.text(), set),
            false => self.suggester.memory_mut().forget(article.text(), set),
        }
    }

    /// Notes that there is something to learn from an article that came with the transaction `seq`, and drops what there was
    /// of one that went.
    fn take_in_or_out(&mut self, id: &ArticleId, seq: u64, effect: &mut Effect) {
        if self.project.articles.contains_key(id) {
            let is_new = self.known.insert(id.clone(), seq).is_none();
            if is_new && self.project.set(&self.key(id)).is_some_and(|set| !set.is_empty()) {
                effect.teaching.insert(id.clone());
            }
        } else {
            self.known.remove(id);
            self.tagged.remove(id);
            self.lessons.retain(|(other, _)| other != id);
            if let Some(relations) = &mut self.relations {
                relations.drop_article(id);
            }
        }
    }

    /// Counts what single operations change, except in articles that are `remade`. True if anything was counted.
    fn count(&mut self, operations: &[Operation], seq: u64, remade: &BTreeSet<ArticleId>) -> bool {
        let mut learns = false;
        for operation in operations {
            let is_counted = |id: &&ArticleId| !remade.contains(*id) && self.is_counted(id, seq);
            let Some(article) = operation.article().filter(is_counted) else { continue };
            let Some(article) = self.project.articles.get(article) else { continue };
            match operation {
                Operation::Span { before, after, .. } => {
                    let memory = self.suggester.memory_mut();
                    for before in before.iter().filter(|span| span.status != Status::Suggested) {
                        memory.forget_span(article.text(), before);
                        learns = true;
                    }
                    for after in after.iter().filter(|span| span.status != Status::Suggested) {
                        memory.observe_span(article.text(), after);
                        learns = true;
                    }
                }
                Operation::Progress { before, after, .. } => {
                    for (progress, is_done) in [(before, false), (after, true)] {
                        if *progress == Progress::Done {
                            self.suggester.memory_mut().observe_done(article.text(), is_done);
                            learns = true;
                        }
                    }
                }
                _ => {}
            }
        }
        learns
    }

    /// Learns anew without what articles had taught that are no longer confirmed, as undo of a confirmation leaves them: from
    /// what is accepted in them now.
    fn unlearn(&mut self, articles: &BTreeSet<ArticleId>) {
        let taught = self.lessons.iter().any(|(id, _)| articles.contains(id));
        if !taught {
            return;
        }
        self.lessons.retain(|(id, _)| !articles.contains(id));
        for id in articles {
            if let Some(article) = self.project.articles.get(id).cloned() {
                self.add_lesson(&article);
            }
        }
        self.train_relations();
        self.must_train = true;
        self.train_if_due();
        self.report();
    }

    /// Learns from articles that were confirmed or came just now.
    fn learn_at_once(&mut self, articles: &BTreeSet<ArticleId>) {
        let here = articles.iter().filter(|id| !self.apart.contains(id));
        let articles: Vec<Article> = here.filter_map(|id| self.project.articles.get(id).cloned()).collect();
        if articles.is_empty() {
            return;
        }
        let is_many = articles.len() > MANY_AT_ONCE;
        for article in &articles {
            self.add_lesson(article);
            if is_many {
                continue;
            }
            if let Some(relations) = &mut self.relations {
                relations.update(article);
            }
            self.update_tagger(&article.id);
        }
        if is_many {
            self.train_relations();
            self.must_train = true;
        }
        self.train_if_due();
        self.report();
    }
}

/// True if an entity comes or goes, or is called otherwise now.
fn changes_names(operation: &Operation) -> bool {
    let Operation::Entity { before, after, .. } = operation else { return false };
    let names = |entity: &Option<Box<Entity>>| {
        entity.as_ref().map(|entity| (entity.name.clone(), entity.kind.clone(), entity.aliases.clone()))
    };
    names(before) != names(after)
}

/// True if a schema loses names of labels, relations or roles: they were deleted, or are called otherwise now.
fn takes_names_away(operation: &Operation) -> bool {
    let Operation::Schema { before, after } = operation else { return false };
    let names = |schema: &Schema| -> BTreeSet<(Name, Option<Name>)> {
        let labels = schema.labels.iter().map(|label| (label.name.clone(), None));
        let relations = schema.relations.iter().flat_map(|relation| {
            let roles = relation.arguments.iter().map(|argument| Some(argument.role.clone()));
            roles.chain([None]).map(|role| (relation.name.clone(), role)).collect::<Vec<_>>()
        });
        labels.chain(relations).collect()
    };
    !names(before).is_subset(&names(after))
}

/// A transaction with only some of its operations.
fn part(transaction: &Transaction, operations: Vec<Operation>) -> Transaction {
    let (title, author) = (transaction.title.clone(), transaction.author.clone());
    Transaction { title, author, time: transaction.time, kind: transaction.kind, operations }
}
