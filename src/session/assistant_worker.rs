//! The thread of the [`super::Assistant`]: what it knows, and what it does with what it hears.

use super::{Learned, Revision, Texts};
use crate::{
    assist::{
        RelationProposal, SpanProposal,
        tagger::{Example, Tagger},
    },
    edit::{Kind, Operation, Transaction, apply},
    model::{AnnotationId, AnnotatorName, Article, ArticleId, ArticleText, Name, Progress, Project, SetKey, Status},
    session::{
        EvaluationSlice, Session,
        suggest::{Suggester, lesson, train},
        suggest_relations::RelationSuggester,
    },
    store::Loader,
    text::{ByteOffset, TextRange},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

/// The most sentences that a tagger is trained on; of more, those of the articles that were learned last.
const MOST_SENTENCES: usize = 10_000;

/// Texts are looked at in pieces of about this many bytes, between which orders are heard.
const PIECE: usize = 50_000;
/// Texts longer than this are looked through once for each state of the taggers, rather than after every change.
const LARGE: usize = 2_000_000;

/// In longer texts no relations are looked for.
const LONGEST_RELATED: usize = 500_000;

/// Article, label, trigger and arguments of a relation that a person took away.
type UnwantedRelation = (ArticleId, Name, Option<AnnotationId>, Vec<(Name, AnnotationId)>);

/// What the thread is told.
pub(super) enum Order {
    /// A copy of an article with the annotator's annotations, as it is after all transactions so far.
    Open(Box<Article>),
    Close(ArticleId),
    /// The user looks at this article: it comes first.
    Show(ArticleId),
    /// A transaction with its number, and the texts of the articles that are not open in which it decided on spans.
    Changed(u64, Box<Transaction>, Texts),
    /// Training is over, with as many articles; `None` if it was stopped.
    Trained(Option<Box<Tagger>>, usize),
    Stop,
}

/// What the thread answers.
pub(super) enum Answer {
    /// Suggestions of an article, right after the transaction `through`.
    Revise {
        article: ArticleId,
        text_hash: u64,
        through: u64,
        revision: Revision,
    },
    /// Relations to be suggested in an article, right after the transaction `through`.
    Relate {
        article: ArticleId,
        text_hash: u64,
        through: u64,
        proposals: Vec<RelationProposal>,
    },
    /// The copy of the article does not fit what was said of it: another one is needed.
    Lost(ArticleId),
    Learned(Learned),
    /// There is nothing to do after this many orders.
    Settled(u64),
}

/// What the thread begins with: the project without its articles.
pub(super) struct Known {
    annotator: AnnotatorName,
    project: Project,
    apart: EvaluationSlice,
    through: u64,
}

impl Known {
    pub(super) fn of(session: &Session) -> Self {
        let project = session.project();
        Self {
            annotator: session.annotator().clone(),
            project: Project {
                settings: project.settings.clone(),
                schema: project.schema.clone(),
                entities: project.entities.clone(),
                ..Project::default()
            },
            apart: EvaluationSlice::of(project),
            through: super::last(session),
        }
    }
}

/// What the taggers said of a text, and which state of them.
struct Tagged {
    version: u64,
    text: Arc<ArticleText>,
    proposals: Vec<SpanProposal>,
    /// Bytes that were looked at.
    upto: usize,
    /// True once suggestions were made of it.
    is_used: bool,
}

pub(super) struct Worker {
    annotator: AnnotatorName,
    /// Schema and copies of the articles that are open.
    project: Project,
    suggester: Suggester,
    /// `None` only if learning was stopped.
    relations: Option<RelationSuggester>,
    /// Articles from which nothing is learned.
    apart: EvaluationSlice,
    least: f32,
    through: u64,
    /// Articles that were learned from.
    known: BTreeSet<ArticleId>,
    /// Articles to look through still.
    unknown: Vec<ArticleId>,
    total: usize,
    /// What taggers learn from, in the order of learning.
    lessons: Vec<(ArticleId, Example)>,
    /// Lessons that came while a tagger was being trained.
    missed: Vec<ArticleId>,
    is_training: bool,
    trained_on: usize,
    /// Orders of the assistant that were carried out.
    obeyed: u64,
    /// Open articles whose suggestions are to be looked at, the next one last.
    due: Vec<ArticleId>,
    tagged: BTreeMap<ArticleId, Tagged>,
    /// What a person took away: it is not suggested again at that place.
    unwanted: BTreeSet<(ArticleId, TextRange, Name)>,
    /// The same for relations: trigger and arguments.
    unwanted_relations: BTreeSet<UnwantedRelation>,
    own_orders: mpsc::Sender<Order>,
    answers: mpsc::Sender<Answer>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn new(
        known: Known,
        unknown: Vec<ArticleId>,
        least: f32,
        own_orders: mpsc::Sender<Order>,
        answers: mpsc::Sender<Answer>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let Known { annotator, project, apart, through } = known;
        Self {
            suggester: suggester_for(&project),
            relations: RelationSuggester::learn(&project.schema, &annotator, std::iter::empty(), &|| true),
            annotator,
            project,
            apart,
            least,
            through,
            known: BTreeSet::new(),
            total: unknown.len(),
            unknown,
            lessons: Vec::new(),
            missed: Vec::new(),
            is_training: false,
            trained_on: 0,
            obeyed: 0,
            due: Vec::new(),
            tagged: BTreeMap::new(),
            unwanted: BTreeSet::new(),
            unwanted_relations: BTreeSet::new(),
            own_orders,
            answers,
            stop,
        }
    }

    /// Works until it is told to stop: orders first, then what is due, then learning.
    pub(super) fn run(mut self, loader: &Loader, orders: &mpsc::Receiver<Order>, wake: &dyn Fn()) {
        loop {
            let has_work = !self.due.is_empty() || !self.unknown.is_empty();
            if !has_work {
                let _ = self.answers.send(Answer::Settled(self.obeyed));
                wake();
            }
            let order = match has_work {
                true => orders.try_recv().ok(),
                false => orders.recv().ok().or(Some(Order::Stop)),
            };
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            match order {
                Some(Order::Stop) => return,
                Some(order) => self.obey(order),
                None => match self.due.pop() {
                    Some(article) => {
                        self.suggest(&article);
                        wake();
                    }
                    None => {
                        self.learn_next(loader);
                        if self.unknown.is_empty() {
                            wake();
                        }
                    }
                },
            }
        }
    }

    fn obey(&mut self, order: Order) {
        self.obeyed += u64::from(!matches!(order, Order::Trained(..)));
        match order {
            Order::Open(article) => self.open(*article),
            Order::Close(id) => {
                self.project.articles.remove(&id);
                self.tagged.remove(&id);
                self.due.retain(|other| *other != id);
            }
            Order::Show(id) => {
                if self.project.articles.contains_key(&id) {
                    self.come_due(&id);
                }
            }
            Order::Changed(seq, transaction, elsewhere) => {
                self.follow(&transaction, &elsewhere);
                self.through = seq;
            }
            Order::Trained(tagger, lessons) => self.take_tagger(tagger, lessons),
            Order::Stop => {}
        }
    }

    fn key(&self, article: &ArticleId) -> SetKey {
        SetKey { article: article.clone(), annotator: self.annotator.clone() }
    }

    fn open(&mut self, article: Article) {
        let id = article.id.clone();
        if self.known.insert(id.clone())
            && !self.apart.contains(&id)
            && let Some(set) = article.sets.get(&self.annotator)
        {
            self.suggester.memory_mut().observe(article.text(), set);
            if let Some(lesson) = lesson(article.text(), set) {
                self.add_lesson(id.clone(), lesson);
            }
            if let Some(relations) = &mut self.relations {
                relations.update(&article);
            }
        }
        self.project.articles.insert(id.clone(), article);
        self.come_due(&id);
    }

    fn come_due(&mut self, id: &ArticleId) {
        self.due.retain(|other| other != id);
        self.due.push(id.clone());
    }

    /// All open articles are to be looked at; `first` before the others.
    fn all_come_due(&mut self, first: Option<&ArticleId>) {
        let last = self.due.last().cloned();
        let mut rest: Vec<ArticleId> =
            self.project.articles.keys().filter(|id| !self.due.contains(id)).cloned().collect();
        rest.append(&mut self.due);
        self.due = rest;
        if let Some(id) = first.or(last.as_ref()).cloned()
            && self.project.articles.contains_key(&id)
        {
            self.come_due(&id);
        }
    }

    /// Takes over what a transaction did, and learns from it: also from spans in articles that are not open, with these texts.
    fn follow(&mut self, transaction: &Transaction, elsewhere: &Texts) {
        let operations: Vec<Operation> = transaction
            .operations
            .iter()
            .filter(|operation| match operation {
                Operation::Span { set, .. }
                | Operation::Relation { set, .. }
                | Operation::DocumentLabel { set, .. }
                | Operation::Progress { set, .. } => {
                    set.annotator == self.annotator && self.project.articles.contains_key(&set.article)
                }
                Operation::Text { article, .. } | Operation::Metadata { article, .. } => {
                    self.project.articles.contains_key(article)
                }
                Operation::Article { .. } => false,
                Operation::Entity { .. } | Operation::Schema { .. } | Operation::Settings { .. } => true,
            })
            .cloned()
            .collect();
        let touched: BTreeSet<ArticleId> =
            operations.iter().filter_map(|operation| operation.article().cloned()).collect();
        let texts: BTreeSet<ArticleId> = operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::Text { article, .. } => Some(article.clone()),
                _ => None,
            })
            .collect();
        for id in &texts {
            self.observe_article(id, false);
            self.unwanted.retain(|(article, _, _)| article != id);
        }
        let learns = self.count(&operations, &texts) | self.count_elsewhere(&transaction.operations, elsewhere);
        self.note_unwanted(transaction);
        let changes_schema = operations.iter().any(|operation| matches!(operation, Operation::Schema { .. }));
        let changes_settings = operations.iter().any(|operation| matches!(operation, Operation::Settings { .. }));
        let followed = Transaction { operations, ..transaction.clone() };
        if apply(&mut self.project, &followed).is_err() {
            for id in touched {
                self.project.articles.remove(&id);
                let _ = self.answers.send(Answer::Lost(id));
            }
            return;
        }
        for id in &texts {
            self.observe_article(id, true);
        }
        if changes_schema {
            self.suggester.set_schema(&self.project.schema);
            let stop = self.stop.clone();
            if let Some(relations) = &mut self.relations {
                relations.set_schema(&self.project.schema, &|| !stop.load(Ordering::Relaxed));
            }
        }
        if changes_settings {
            // Rules that can not be read are none; the dialog refuses them.
            let _ = self.suggester.set_rules(&self.project.settings.rules);
        }
        let confirmed: Vec<ArticleId> = followed
            .operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::Progress { set, after: Progress::Done, .. } => Some(set.article.clone()),
                _ => None,
            })
            .collect();
        for id in &confirmed {
            self.learn_confirmed(id);
        }
        let shown = touched.first();
        match learns || changes_schema || changes_settings || !texts.is_empty() || !confirmed.is_empty() {
            true => self.all_come_due(shown),
            false => touched.iter().for_each(|id| self.come_due(id)),
        }
    }

    /// Counts or uncounts everything in an open article.
    fn observe_article(&mut self, id: &ArticleId, is_new: bool) {
        let key = self.key(id);
        let Some(article) = self.project.articles.get(id).filter(|_| !self.apart.contains(id)) else { return };
        let Some(set) = self.project.set(&key) else { return };
        match is_new {
            true => self.suggester.memory_mut().observe(article.text(), set),
            false => self.suggester.memory_mut().forget(article.text(), set),
        }
    }

    /// Counts what single operations change, except in articles whose text changes. True if anything was counted.
    fn count(&mut self, operations: &[Operation], texts: &BTreeSet<ArticleId>) -> bool {
        let mut learns = false;
        for operation in operations {
            let is_counted = |id: &&ArticleId| !texts.contains(*id) && !self.apart.contains(id);
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

    /// Counts what operations change on spans of articles of which only the texts are at hand. True if anything was counted.
    fn count_elsewhere(&mut self, operations: &[Operation], texts: &Texts) -> bool {
        let mut learns = false;
        for operation in operations {
            let Operation::Span { set, before, after, .. } = operation else { continue };
            let teaches = set.annotator == self.annotator && !self.apart.contains(&set.article);
            let Some(text) = texts.get(&set.article).filter(|_| teaches) else { continue };
            let memory = self.suggester.memory_mut();
            for before in before.iter().filter(|span| span.status != Status::Suggested) {
                memory.forget_span(text.as_str(), before);
                learns = true;
            }
            for after in after.iter().filter(|span| span.status != Status::Suggested) {
                memory.observe_span(text.as_str(), after);
                learns = true;
            }
        }
        learns
    }

    /// Remembers spans that a person deleted, so that they do not come back at once.
    fn note_unwanted(&mut self, transaction: &Transaction) {
        if transaction.kind != Kind::Do {
            return;
        }
        for operation in &transaction.operations {
            match operation {
                Operation::Span { set, before: Some(before), after: None, .. } if set.annotator == self.annotator => {
                    self.unwanted.insert((set.article.clone(), before.fragments.hull(), before.label.clone()));
                }
                Operation::Relation { set, before: Some(before), after: None, .. }
                    if set.annotator == self.annotator =>
                {
                    let arguments = before.arguments.iter();
                    let arguments = arguments.map(|argument| (argument.role.clone(), argument.target)).collect();
                    let relation = (set.article.clone(), before.label.clone(), before.trigger, arguments);
                    self.unwanted_relations.insert(relation);
                }
                _ => {}
            }
        }
    }

    fn add_lesson(&mut self, id: ArticleId, lesson: Example) {
        self.lessons.retain(|(other, _)| *other != id);
        self.lessons.push((id, lesson));
        let mut count: usize = self.lessons.iter().map(|(_, lesson)| lesson.sentences().len()).sum();
        let mut first = 0;
        while count > MOST_SENTENCES && first + 1 < self.lessons.len() {
            count -= self.lessons.get(first).map_or(0, |(_, lesson)| lesson.sentences().len());
            first += 1;
        }
        self.lessons.drain(..first);
    }

    /// Learns from an article that was confirmed just now.
    fn learn_confirmed(&mut self, id: &ArticleId) {
        if self.apart.contains(id) {
            return;
        }
        let key = self.key(id);
        let (Some(article), Some(set)) = (self.project.articles.get(id), self.project.set(&key)) else { return };
        if let Some(relations) = &mut self.relations {
            relations.update(article);
        }
        let Some(lesson) = lesson(article.text(), set) else { return };
        if self.is_training {
            self.missed.push(id.clone());
        } else if self.suggester.has_tagger() {
            let earlier: Vec<Example> =
                self.lessons.iter().filter(|(other, _)| other != id).map(|(_, lesson)| lesson.clone()).collect();
            self.suggester.update(&lesson, &earlier, self.through);
        }
        self.add_lesson(id.clone(), lesson);
        self.train_if_due();
        self.report();
    }

    /// Trains a tagger on all lessons if there is none yet, or they became half as many again, on another thread.
    fn train_if_due(&mut self) {
        let is_due = !self.suggester.has_tagger() || self.lessons.len() * 2 >= self.trained_on * 3;
        if self.is_training || !is_due || !self.unknown.is_empty() {
            return;
        }
        let lessons: Vec<Example> = self.lessons.iter().map(|(_, lesson)| lesson.clone()).collect();
        let (orders, stop) = (self.own_orders.clone(), self.stop.clone());
        self.is_training = true;
        std::thread::spawn(move || {
            let goes_on = || !stop.load(Ordering::Relaxed);
            let tagger = train(&lessons, &goes_on).flatten().map(Box::new);
            let _ = orders.send(Order::Trained(tagger, lessons.len()));
        });
    }

    fn take_tagger(&mut self, tagger: Option<Box<Tagger>>, lessons: usize) {
        self.is_training = false;
        self.trained_on = lessons;
        let missed = std::mem::take(&mut self.missed);
        if let Some(tagger) = tagger {
            self.suggester.set_tagger(*tagger);
            for id in missed {
                let Some((_, lesson)) = self.lessons.iter().find(|(other, _)| *other == id) else { continue };
                self.suggester.update(lesson, &[], self.through);
            }
            self.all_come_due(None);
        }
        self.report();
    }

    /// Learns from the next article that is not open.
    fn learn_next(&mut self, loader: &Loader) {
        let Some(id) = self.unknown.pop() else { return };
        // An article that can not be read says so when it is opened.
        if !self.known.contains(&id)
            && !self.apart.contains(&id)
            && let Ok(loaded) = loader.load_article(&id)
        {
            let article =
                Article { id: id.clone(), metadata: Default::default(), text: Some(loaded.text), sets: loaded.sets };
            if let Some(set) = article.sets.get(&self.annotator) {
                self.suggester.memory_mut().observe(article.text(), set);
                if let Some(lesson) = lesson(article.text(), set) {
                    self.add_lesson(id.clone(), lesson);
                }
                if let Some(relations) = &mut self.relations {
                    relations.keep(&article);
                }
            }
            self.known.insert(id);
        }
        if self.unknown.is_empty() {
            let stop = self.stop.clone();
            if let Some(relations) = &mut self.relations {
                relations.train(&|| !stop.load(Ordering::Relaxed));
            }
            self.train_if_due();
            self.all_come_due(None);
        }
        if self.unknown.len().is_multiple_of(64) {
            self.report();
        }
    }

    fn report(&self) {
        let _ = self.answers.send(Answer::Learned(Learned {
            articles: (self.total - self.unknown.len(), self.total),
            lessons: if self.suggester.has_tagger() { self.lessons.len() } else { 0 },
            is_training: self.is_training,
        }));
    }

    /// Looks at the suggestions of an open article.
    fn suggest(&mut self, id: &ArticleId) {
        let key = self.key(id);
        let Some(text) = self.project.articles.get(id).and_then(|article| article.text.clone()) else { return };
        let set = self.project.set(&key);
        if self.apart.withholds(id, set) || set.is_some_and(|set| set.progress() == Progress::Done) {
            return;
        }
        let version = self.suggester.version();
        let mut tagged = match self.tagged.remove(id) {
            Some(tagged) if tagged.version == version && Arc::ptr_eq(&tagged.text, &text) => tagged,
            _ => Tagged { version, text: text.clone(), proposals: Vec::new(), upto: 0, is_used: false },
        };
        let whole = text.as_str();
        if tagged.upto < whole.len() {
            let piece = next_piece(whole, tagged.upto);
            let found = self.suggester.learned(piece.slice(whole).unwrap_or_default());
            tagged.proposals.extend(found.into_iter().map(|proposal| moved(proposal, piece.start().0)));
            tagged.upto = piece.end().to_usize();
        }
        let is_complete = tagged.upto >= whole.len();
        let is_needed = is_complete && !(tagged.is_used && whole.len() > LARGE);
        let learned = if is_needed { tagged.proposals.clone() } else { Vec::new() };
        tagged.is_used |= is_complete;
        self.tagged.insert(id.clone(), tagged);
        if !is_complete {
            self.due.push(id.clone());
        }
        if !is_needed {
            return;
        }
        let mut revision = Revision::new(&self.suggester, learned, text.as_str(), set, self.least);
        revision
            .added
            .retain(|proposal| !self.unwanted.contains(&(id.clone(), proposal.range, proposal.label.clone())));
        if !revision.is_empty() {
            let _ = self.answers.send(Answer::Revise {
                article: id.clone(),
                text_hash: text.hash(),
                through: self.through,
                revision,
            });
        } else if whole.len() <= LONGEST_RELATED {
            self.relate(id, &text);
        }
    }

    /// Looks for relations between the spans of an open article, once those are as they should be.
    fn relate(&self, id: &ArticleId, text: &ArticleText) {
        let Some((relations, set)) = self.relations.as_ref().zip(self.project.set(&self.key(id))) else { return };
        let mut proposals = relations.proposals(text.as_str(), set, self.least);
        proposals.retain(|proposal| {
            let relation = (id.clone(), proposal.label.clone(), proposal.trigger, proposal.arguments.clone());
            !self.unwanted_relations.contains(&relation)
        });
        if !proposals.is_empty() {
            let _ = self.answers.send(Answer::Relate {
                article: id.clone(),
                text_hash: text.hash(),
                through: self.through,
                proposals,
            });
        }
    }
}

/// One that knows the project's schema and rules.
fn suggester_for(project: &Project) -> Suggester {
    let mut suggester = Suggester::new(&project.schema);
    let _ = suggester.set_rules(&project.settings.rules);
    suggester
}

/// The next piece of a text from `start`, up to the end of a paragraph, or else of a sentence or a word.
fn next_piece(text: &str, start: usize) -> TextRange {
    let rest = text.get(start..).unwrap_or_default();
    let mut least = PIECE.min(rest.len());
    while !rest.is_char_boundary(least) {
        least += 1;
    }
    let (head, tail) = rest.split_at(least);
    let near = tail.char_indices().take(PIECE);
    let paragraph = near.clone().find(|(_, character)| *character == '\n');
    let space = || near.clone().find(|(_, character)| character.is_whitespace());
    let end = paragraph.or_else(space).map_or_else(
        || near.clone().last().map_or(0, |(place, last)| place + last.len_utf8()),
        |(place, found)| place + found.len_utf8(),
    );
    TextRange::from_usize(start, start + head.len() + end)
}

/// A proposal for a piece of a text as one for the text.
fn moved(proposal: SpanProposal, by: u32) -> SpanProposal {
    let shift = |offset: ByteOffset| ByteOffset(offset.0 + by);
    let range = TextRange::new(shift(proposal.range.start()), shift(proposal.range.end()));
    SpanProposal { range, ..proposal }
}
