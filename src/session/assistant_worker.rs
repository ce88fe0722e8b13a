//! The thread of the [`super::Assistant`]: what it knows, and what it does with what it hears.

#[path = "assistant_follow.rs"]
mod follow;

use super::{Guesses, Learned, Revision};
use crate::{
    assist::{
        RelationProposal, SpanProposal,
        tagger::{Example, Tagger},
    },
    edit::Transaction,
    model::{AnnotatorName, Article, ArticleId, ArticleText, Progress, Project, SetKey},
    session::{
        EvaluationSlice, Session, lower_priority,
        suggest::{ENOUGH, LONGEST_GUESSED, MOST_SENTENCES, Suggester, THRESHOLD, lesson, train},
        suggest_relations::{LONGEST, RELATION_THRESHOLD, RelationSuggester},
        trained::{Fingerprint, LessonTrace, StoredModel},
        unwanted::Unwanted,
    },
    store::Loader,
    text::{ByteOffset, TextRange},
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

/// Texts are looked at in pieces of about this many bytes, between which orders are heard.
const PIECE: usize = 50_000;
/// Texts longer than this are looked through once for each state of the taggers, rather than after every change.
#[cfg(not(test))]
const LARGE: usize = 2_000_000;
#[cfg(test)]
pub(super) const LARGE: usize = 4_000;

/// What was done since the thread heard last.
#[derive(Default)]
pub(super) struct News {
    /// Transactions with their numbers.
    pub transactions: Vec<(u64, Transaction)>,
    /// Articles that are not open and in which something was decided, as they are after all of it; `None` if they are gone.
    pub elsewhere: BTreeMap<ArticleId, Option<Article>>,
}

/// What the thread is told.
pub(super) enum Order {
    /// A copy of an article with the annotator's annotations, as it is after all transactions so far.
    Open(Box<Article>),
    Close(ArticleId),
    /// The user looks at this article: it comes first.
    Show(ArticleId),
    /// What was answered for this article was not carried out: another answer is needed.
    Again(ArticleId),
    Follow(Box<News>),
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
    Guess(Guesses),
    /// The copy of the article does not fit what was said of it: another one is needed.
    Lost(ArticleId),
    /// What was done does not fit what is known: everything has to be learned anew.
    Stale,
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
    unwanted: Unwanted,
    /// Where a model may be stored that was trained before.
    model: PathBuf,
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
            through: session.last_seq(),
            unwanted: session.unwanted().clone(),
            model: StoredModel::path(session.root(), session.annotator()),
        }
    }
}

/// What the taggers said of a text, and which state of them.
struct Tagged {
    version: u64,
    text: Arc<ArticleText>,
    language: String,
    proposals: Arc<Vec<SpanProposal>>,
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
    through: u64,
    /// Articles that were learned from, each with the number of the last transaction that is part of it.
    known: BTreeMap<ArticleId, u64>,
    /// Articles to look through still.
    unknown: Vec<ArticleId>,
    total: usize,
    /// Where a model may be stored, and the model until it is known whether it is what training would give.
    model: PathBuf,
    stored: Option<StoredModel>,
    /// Of all lessons as they were at the start, as long as there is a stored model.
    traces: BTreeMap<ArticleId, LessonTrace>,
    /// What taggers learn from, in the order of learning.
    lessons: Vec<(ArticleId, Example)>,
    /// Lessons that came while a tagger was being trained.
    missed: Vec<ArticleId>,
    is_training: bool,
    /// True if so much was learned at once that only training takes it in.
    must_train: bool,
    trained_on: usize,
    /// Orders of the assistant that were carried out.
    obeyed: u64,
    /// The article that the user looks at.
    shown: Option<ArticleId>,
    /// Open articles whose suggestions are to be looked at, the next one last.
    due: Vec<ArticleId>,
    tagged: BTreeMap<ArticleId, Tagged>,
    unwanted: Unwanted,
    own_orders: mpsc::Sender<Order>,
    answers: mpsc::Sender<Answer>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn new(
        known: Known,
        unknown: Vec<ArticleId>,
        own_orders: mpsc::Sender<Order>,
        answers: mpsc::Sender<Answer>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let Known { annotator, project, apart, through, unwanted, model } = known;
        let mut suggester = Suggester::new(&project.schema, &project.settings.rules);
        suggester.set_entities(&project.entities);
        Self {
            suggester,
            relations: RelationSuggester::learn(&project.schema, &annotator, std::iter::empty(), &|| true),
            annotator,
            project,
            apart,
            through,
            known: BTreeMap::new(),
            total: unknown.len(),
            unknown,
            model,
            stored: None,
            traces: BTreeMap::new(),
            lessons: Vec::new(),
            missed: Vec::new(),
            is_training: false,
            must_train: false,
            trained_on: 0,
            obeyed: 0,
            shown: None,
            due: Vec::new(),
            tagged: BTreeMap::new(),
            unwanted,
            own_orders,
            answers,
            stop,
        }
    }

    /// Works until it is told to stop: orders first, then what is due, then learning.
    pub(super) fn run(mut self, loader: &Loader, orders: &mpsc::Receiver<Order>, wake: &dyn Fn()) {
        self.take_stored();
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
                self.shown = Some(id.clone());
                if self.project.articles.contains_key(&id) {
                    self.come_due(&id);
                }
            }
            Order::Again(id) => {
                self.ask_again(&id);
                if self.project.articles.contains_key(&id) {
                    self.come_due(&id);
                }
            }
            Order::Follow(news) => self.follow(*news),
            Order::Trained(tagger, lessons) => self.take_tagger(tagger, lessons),
            Order::Stop => {}
        }
    }

    fn key(&self, article: &ArticleId) -> SetKey {
        SetKey { article: article.clone(), annotator: self.annotator.clone() }
    }

    fn open(&mut self, article: Article) {
        let id = article.id.clone();
        let is_new = self.learn_from(&article, self.through);
        if let Some(relations) = self.relations.as_mut().filter(|_| is_new) {
            relations.update(&article);
        }
        self.project.articles.insert(id.clone(), article);
        self.ask_again(&id);
        self.come_due(&id);
    }

    /// Suggestions are made anew, also of a large article in which that was done.
    fn ask_again(&mut self, id: &ArticleId) {
        if let Some(tagged) = self.tagged.get_mut(id) {
            tagged.is_used = false;
        }
    }

    /// Learns from an article; the transaction `through` is the last one that is part of it. False if that was done
    /// before, or nothing is to be learned from it.
    fn learn_from(&mut self, article: &Article, through: u64) -> bool {
        let id = &article.id;
        if self.known.contains_key(id) {
            return false;
        }
        self.known.insert(id.clone(), through);
        if self.apart.contains(id) {
            return false;
        }
        let Some(set) = article.sets.get(&self.annotator) else { return false };
        self.suggester.memory_mut().observe(article.text(), set);
        self.add_lesson(article);
        if self.stored.is_some()
            && let Some((last, lesson)) = self.lessons.last()
            && last == id
        {
            self.traces.insert(id.clone(), LessonTrace::of(lesson));
        }
        true
    }

    /// Keeps what taggers and relations can learn from an article; they do so later.
    fn add_lesson(&mut self, article: &Article) {
        if let Some(relations) = &mut self.relations {
            relations.keep(article);
        }
        let Some(set) = article.sets.get(&self.annotator) else { return };
        // What it taught before does not count any more, also if it teaches nothing now.
        self.lessons.retain(|(other, _)| *other != article.id);
        let Some(lesson) = lesson(article.text(), set) else { return };
        self.lessons.push((article.id.clone(), lesson));
        let mut count: usize = self.lessons.iter().map(|(_, lesson)| lesson.sentences().len()).sum();
        let mut first = 0;
        while count > MOST_SENTENCES && first + 1 < self.lessons.len() {
            count -= self.lessons.get(first).map_or(0, |(_, lesson)| lesson.sentences().len());
            first += 1;
        }
        self.lessons.drain(..first);
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

    fn train_relations(&mut self) {
        let stop = self.stop.clone();
        if let Some(relations) = &mut self.relations {
            relations.train(&|| !stop.load(Ordering::Relaxed));
        }
    }

    /// Lets the tagger that there is learn from one article.
    fn update_tagger(&mut self, id: &ArticleId) {
        let Some((_, lesson)) = self.lessons.iter().find(|(other, _)| other == id) else { return };
        if self.is_training || self.stored.is_some() {
            self.missed.push(id.clone());
        }
        if !self.is_training && self.suggester.has_tagger() {
            let earlier: Vec<Example> =
                self.lessons.iter().filter(|(other, _)| other != id).map(|(_, lesson)| lesson.clone()).collect();
            self.suggester.update(lesson, &earlier, self.through);
        }
    }

    /// Begins with the tagger that was trained before, so that a large project need not be read first. Whether it is what
    /// training would give now turns out later.
    fn take_stored(&mut self) {
        // A model that can not be read is trained anew, which the command line says.
        let stored = StoredModel::load(&self.model).ok().flatten();
        self.stored = stored.filter(|model| model.is_of_this_version() && !self.unknown.is_empty());
        if let Some(model) = &self.stored {
            self.suggester.set_tagger(model.for_schema(&self.project.schema));
            self.report();
        }
    }

    /// Keeps the tagger that was trained before if it is current, now that all articles were read; it is trained anew if not.
    fn judge_stored(&mut self) {
        let Some(model) = self.stored.take() else { return };
        let fingerprint = Fingerprint::of(std::mem::take(&mut self.traces).values());
        match model.current(&fingerprint).filter(|_| fingerprint.spans() >= ENOUGH) {
            Some(tagger) => self.take_tagger(Some(Box::new(tagger)), self.lessons.len()),
            None => {
                self.missed.clear();
                self.must_train = true;
            }
        }
    }

    /// Trains a tagger on all lessons if there is none yet, or they became half as many again, on another thread.
    fn train_if_due(&mut self) {
        let is_due = self.must_train || !self.suggester.has_tagger() || self.lessons.len() * 2 >= self.trained_on * 3;
        if self.is_training || !is_due || !self.unknown.is_empty() {
            return;
        }
        let lessons: Vec<Example> = self.lessons.iter().map(|(_, lesson)| lesson.clone()).collect();
        let (orders, stop) = (self.own_orders.clone(), self.stop.clone());
        self.is_training = true;
        self.must_train = false;
        std::thread::spawn(move || {
            lower_priority();
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
        } else if self.suggester.has_tagger() {
            // There is too little to learn from, now.
            self.suggester.drop_tagger();
            self.all_come_due(None);
        }
        if self.must_train {
            self.train_if_due();
        }
        self.report();
    }

    /// Learns from the next article that is not open.
    fn learn_next(&mut self, loader: &Loader) {
        let Some(id) = self.unknown.pop() else { return };
        // An article that can not be read says so when it is opened.
        if !self.known.contains_key(&id)
            && !self.apart.contains(&id)
            && let Ok(loaded) = loader.load_article(&id)
        {
            let (text, sets) = (Some(loaded.text), loaded.sets);
            self.learn_from(&Article { id, metadata: Default::default(), text, sets }, loaded.through);
        }
        if self.unknown.is_empty() {
            self.train_relations();
            self.judge_stored();
            self.train_if_due();
            self.all_come_due(None);
        }
        if self.unknown.len().is_multiple_of(64) {
            self.report();
        }
    }

    fn report(&self) {
        let stored = self.stored.as_ref().map_or(0, StoredModel::articles);
        let _ = self.answers.send(Answer::Learned(Learned {
            articles: (self.total - self.unknown.len(), self.total),
            lessons: if self.suggester.has_tagger() { self.lessons.len().max(stored) } else { 0 },
            is_training: self.is_training,
        }));
    }

    /// Looks at the suggestions of an open article.
    fn suggest(&mut self, id: &ArticleId) {
        let key = self.key(id);
        let Some(article) = self.project.articles.get(id) else { return };
        let Some(text) = article.text.clone() else { return };
        let language = article.metadata.language.clone();
        let set = self.project.set(&key);
        if self.apart.withholds(id, set) || set.is_some_and(|set| set.progress() == Progress::Done) {
            return;
        }
        let version = self.suggester.version();
        let mut tagged = match self.tagged.remove(id) {
            Some(tagged)
                if tagged.version == version && tagged.language == language && Arc::ptr_eq(&tagged.text, &text) =>
            {
                tagged
            }
            _ => Tagged { version, text: text.clone(), language, proposals: Arc::default(), upto: 0, is_used: false },
        };
        let whole = text.as_str();
        if tagged.upto < whole.len() {
            let piece = next_piece(whole, tagged.upto);
            let words = piece.slice(whole).unwrap_or_default();
            let found = self.suggester.found(words, &tagged.language, whole.len());
            let found = found.into_iter().map(|proposal| moved(proposal, piece.start().0));
            // Nobody else has a text's proposals before they are complete.
            Arc::make_mut(&mut tagged.proposals).extend(found);
            tagged.upto = piece.end().to_usize();
        }
        let is_complete = tagged.upto >= whole.len();
        let is_needed = is_complete && !(tagged.is_used && whole.len() > LARGE);
        let found = tagged.proposals.clone();
        tagged.is_used |= is_complete;
        self.tagged.insert(id.clone(), tagged);
        if !is_complete {
            self.due.push(id.clone());
        }
        if !is_needed {
            return;
        }
        let is_unwanted = |proposal: &SpanProposal| self.unwanted.has_span(&key, proposal);
        let revision = Revision::new(&self.suggester, &found, whole, set, THRESHOLD, &is_unwanted);
        let is_settled = revision.is_empty();
        if !is_settled {
            let _ = self.answers.send(Answer::Revise {
                article: id.clone(),
                text_hash: text.hash(),
                through: self.through,
                revision,
            });
        }
        // Suggestions do not wait for what is only guessed.
        if self.shown.as_ref() == Some(id) {
            let guesses = match whole.len() <= LONGEST_GUESSED {
                true => self.suggester.guesses(&found, whole, set, THRESHOLD, &is_unwanted),
                false => Vec::new(),
            };
            let (article, text_hash, overlap) = (id.clone(), text.hash(), self.suggester.overlap().clone());
            let _ = self.answers.send(Answer::Guess(Guesses { article, text_hash, guesses, found, overlap }));
        }
        if is_settled && whole.len() <= LONGEST {
            self.relate(id, &text);
        }
    }

    /// Looks for relations between the spans of an open article, once those are as they should be.
    fn relate(&self, id: &ArticleId, text: &ArticleText) {
        // Relations are only added, so they wait until what teaches them was read.
        if !self.unknown.is_empty() {
            return;
        }
        let key = self.key(id);
        let Some((relations, set)) = self.relations.as_ref().zip(self.project.set(&key)) else { return };
        let mut proposals = relations.proposals(text.as_str(), set, RELATION_THRESHOLD);
        proposals.retain(|proposal| !self.unwanted.has_relation(&key, proposal));
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
