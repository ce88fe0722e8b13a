//! Suggests while somebody works: learns on a thread of its own from everything that is accepted and rejected, and keeps
//! the suggestions of the articles that are shown up to date.
//!
//! The thread ([`worker`]) has a copy of what is shown and hears of every transaction; what it answers is carried out
//! here, beside the user: undo passes over it, and nothing that a person looked at is touched.

#[path = "assistant_worker.rs"]
mod worker;

use super::{
    EvaluationSlice, Overlap, Session, SessionError, lower_priority,
    revision::{Revision, is_free},
    suggest::glosse,
    suggest_relations::add_relation_suggestions,
};
use crate::{
    assist::{RelationProposal, SpanProposal},
    edit::{Draft, Kind, Touched},
    model::{AnnotationId, AnnotatorName, Article, ArticleId, Progress, Relation, Span, Status},
    store::Loader,
    text::TextRange,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};
use worker::{Answer, Known, News, Order, Worker};

/// The most suggestions that are changed at once, so that no frame waits for them.
const MOST_AT_ONCE: usize = 200;
/// The most articles that may come before the thread has done with them; from there on nothing is copied for it any more, and
/// everything is learned anew, one article after the other, when no more come.
#[cfg(not(test))]
const MOST_BEHIND: usize = 1_000;
#[cfg(test)]
const MOST_BEHIND: usize = 20;
/// How long after a change that can not be followed everything is learned anew.
const RELEARN_AFTER: Duration = Duration::from_secs(2);

/// What the assistant has learned from so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Articles that were looked through, of how many.
    pub articles: (usize, usize),
    /// Articles that the project's own tagger learned from; 0 while there is none.
    pub lessons: usize,
    /// True while a tagger is being trained.
    pub is_training: bool,
}

/// What may be labelled in an article beside what is suggested.
pub(super) struct Guesses {
    article: ArticleId,
    text_hash: u64,
    guesses: Vec<SpanProposal>,
    /// All that taggers, rules and names of entities say of the text, as [`Suggester::found`] gives it.
    ///
    /// [`Suggester::found`]: super::suggest::Suggester::found
    found: Arc<Vec<SpanProposal>>,
    overlap: Overlap,
}

impl Guesses {
    /// True of what has a label that is still one of the schema, and was not deleted at its place.
    fn is_wanted<'a>(&self, session: &'a Session) -> impl Fn(&SpanProposal) -> bool + use<'a> {
        let key = session.key(&self.article);
        move |proposal| {
            session.project().schema.label(&proposal.label).is_some() && !session.unwanted().has_span(&key, proposal)
        }
    }
}

/// Suggestions for one annotator, kept up to date beside the user.
pub struct Assistant {
    orders: mpsc::Sender<Order>,
    answers: mpsc::Receiver<Answer>,
    stop: Arc<AtomicBool>,
    annotator: AnnotatorName,
    apart: EvaluationSlice,
    /// Number of the last transaction that was handed over.
    through: u64,
    /// Articles whose copies the thread has.
    open: BTreeSet<ArticleId>,
    shown: Option<ArticleId>,
    /// Suggestions that wait until something can not be redone any more.
    waiting: BTreeMap<ArticleId, (u64, Revision)>,
    related: BTreeMap<ArticleId, (u64, Vec<RelationProposal>)>,
    /// Of the article that is shown, as it was looked at last.
    guesses: Option<Guesses>,
    /// Articles with suggestions that were left as they are for the moment.
    put_off: BTreeSet<ArticleId>,
    spared: Vec<(ArticleId, AnnotationId)>,
    could_redo: bool,
    /// Articles that came since the thread had nothing to do.
    behind: usize,
    /// Since when what was learned does not hold any more.
    stale_since: Option<Instant>,
    learned: Learned,
    /// Orders that were given, and those after which the thread had nothing more to do.
    ordered: u64,
    settled: u64,
}

impl Assistant {
    /// Starts to learn from the present annotator's articles. `wake` is called when there is something to carry out.
    pub fn start(session: &Session, wake: impl Fn() + Send + 'static) -> Self {
        let (orders, incoming) = mpsc::channel();
        let (outgoing, answers) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let ids: Vec<ArticleId> = session.project().articles.keys().cloned().collect();
        let known = Known::of(session);
        let loader: Loader = session.store().loader();
        let (own_orders, own_stop) = (orders.clone(), stop.clone());
        std::thread::spawn(move || {
            lower_priority();
            Worker::new(known, ids, own_orders, outgoing, own_stop).run(&loader, &incoming, &wake);
        });
        Self {
            orders,
            answers,
            stop,
            annotator: session.annotator().clone(),
            apart: EvaluationSlice::of(session.project()),
            through: session.last_seq(),
            open: BTreeSet::new(),
            shown: None,
            waiting: BTreeMap::new(),
            related: BTreeMap::new(),
            guesses: None,
            put_off: BTreeSet::new(),
            spared: Vec::new(),
            could_redo: false,
            behind: 0,
            stale_since: None,
            learned: Learned::default(),
            ordered: 0,
            settled: 0,
        }
    }

    /// False if somebody else annotates now, or something changed that can not be followed: start another.
    pub fn is_current(&self, session: &Session) -> bool {
        self.annotator == *session.annotator() && !self.expires_in().is_some_and(|left| left.is_zero())
    }

    /// How long until another assistant is needed since something changed that can not be followed, if so.
    pub fn expires_in(&self) -> Option<Duration> {
        self.stale_since.map(|since| RELEARN_AFTER.saturating_sub(since.elapsed()))
    }

    /// Says that things changed of which no transaction tells.
    pub fn expire(&mut self) {
        self.stale_since.get_or_insert_with(Instant::now);
    }

    /// True while there is nothing to do: everything that was done is learned from, all suggestions are up to date.
    pub fn is_settled(&self) -> bool {
        self.settled == self.ordered && !self.learned.is_training && self.waiting.is_empty() && !self.is_left_behind()
    }

    /// True if so many articles came at once that the thread does not follow any more: another one will learn of them.
    fn is_left_behind(&self) -> bool {
        self.behind > MOST_BEHIND
    }

    /// How far learning is.
    pub fn learned(&self) -> Learned {
        self.learned
    }

    /// What may be labelled in a stretch of an article beside what is suggested, in the order of the text: see
    /// [`Suggester::guesses`]. Empty for all but the article that is shown, for one that is done, and while nothing is known of
    /// its present text. What was decided since it was guessed counts.
    ///
    /// [`Suggester::guesses`]: super::suggest::Suggester::guesses
    pub fn guesses(&self, session: &Session, article: &ArticleId, stretch: TextRange) -> Vec<SpanProposal> {
        let Some(known) = self.known_guesses(session, article) else { return Vec::new() };
        let (set, is_wanted) = (session.set(article), known.is_wanted(session));
        let confirmed = session.confirmed().within(&session.key(article), stretch);
        let until = known.guesses.partition_point(|guess| guess.range.start() < stretch.end());
        let is_open = |guess: &&SpanProposal| {
            guess.range.overlaps(stretch)
                && known.overlap.is_quiet(set, guess)
                && is_wanted(guess)
                && !confirmed.iter().any(|sentence| sentence.overlaps(guess.range))
        };
        known.guesses.iter().take(until).filter(is_open).cloned().collect()
    }

    /// All that may be labelled at a place, the likeliest first, whatever of it overlaps: beside what stands there but the
    /// annotation `of`, which this is another reading of, and suggestions that go by themselves.
    pub fn readings(
        &self,
        session: &Session,
        article: &ArticleId,
        place: TextRange,
        of: Option<AnnotationId>,
    ) -> Vec<SpanProposal> {
        let Some(known) = self.known_guesses(session, article) else { return Vec::new() };
        let (set, is_wanted) = (session.set(article), known.is_wanted(session));
        let is_passed_over = |span: &Span| Some(span.id) == of || set.is_some_and(|set| is_free(set, span));
        // What is suggested as it is needs no other way to it.
        let is_suggested = |reading: &SpanProposal| {
            let mut there = set.into_iter().flat_map(|set| set.spans_overlapping(reading.range));
            there.any(|span| {
                Some(span.id) != of
                    && span.status == Status::Suggested
                    && span.fragments.hull() == reading.range
                    && span.label == reading.label
            })
        };
        let is_reading = |reading: &&SpanProposal| {
            reading.range.overlaps(place)
                && known.overlap.is_free(set, reading, &is_passed_over)
                && is_wanted(reading)
                && !is_suggested(reading)
        };
        let mut readings: Vec<SpanProposal> = known.found.iter().filter(is_reading).cloned().collect();
        readings.sort_by(SpanProposal::likeliest_first);
        readings
    }

    /// True if it is known what may be labelled in an article, be it nothing.
    pub fn has_looked_at(&self, session: &Session, article: &ArticleId) -> bool {
        self.known_guesses(session, article).is_some()
    }

    fn known_guesses(&self, session: &Session, article: &ArticleId) -> Option<&Guesses> {
        let guesses = self.guesses.as_ref().filter(|guesses| guesses.article == *article)?;
        // What was thought of another schema or slice does not hold.
        let is_current = self.stale_since.is_none() && is_text(session, article, guesses.text_hash);
        let set = session.set(article);
        let is_done = set.is_some_and(|set| set.progress() == Progress::Done);
        let is_withheld = EvaluationSlice::of(session.project()).withholds(article, set);
        (is_current && !is_done && !is_withheld).then_some(guesses)
    }

    /// Hands over what was done since the last call and carries out what was answered: call it every frame. `shown` is the
    /// article that the user sees, `others` are open besides. The suggestions `spared` stay what they are, whatever their
    /// score: somebody looks at them. True if suggestions were changed.
    ///
    /// # Errors
    /// If the project can not be changed.
    pub fn tick<'a>(
        &mut self,
        session: &mut Session,
        shown: Option<&'a ArticleId>,
        others: impl Iterator<Item = &'a ArticleId>,
        spared: Vec<(ArticleId, AnnotationId)>,
    ) -> Result<bool, SessionError> {
        self.hand_over(session);
        if self.is_left_behind() {
            return Ok(false);
        }
        let can_redo = session.can_redo();
        if !can_redo && (self.spared != spared || self.could_redo) {
            for id in std::mem::take(&mut self.put_off) {
                self.order(Order::Again(id));
            }
        }
        self.could_redo = can_redo;
        self.spared = spared;
        for id in others.chain(shown) {
            if !self.open.contains(id) && session.is_loaded(id) {
                self.open(session, id);
            }
        }
        if self.shown.as_ref() != shown {
            self.shown = shown.cloned();
            if let Some(shown) = shown {
                self.order(Order::Show(shown.clone()));
            }
        }
        while let Ok(answer) = self.answers.try_recv() {
            match answer {
                Answer::Revise { article, text_hash, through, revision } => {
                    if is_text(session, &article, text_hash) {
                        self.waiting.insert(article, (through, revision));
                    } else if !session.is_loaded(&article) {
                        self.close(&article);
                    }
                }
                Answer::Relate { article, text_hash, through, proposals } => {
                    if is_text(session, &article, text_hash) {
                        self.related.insert(article, (through, proposals));
                    } else if !session.is_loaded(&article) {
                        self.close(&article);
                    }
                }
                Answer::Guess(guesses) => self.guesses = Some(guesses),
                Answer::Lost(article) => {
                    self.open.remove(&article);
                }
                Answer::Stale => self.expire(),
                Answer::Learned(learned) => {
                    self.learned = learned;
                    // What was learned just now is used before the thread says again that nothing is left.
                    self.settled = u64::MAX;
                }
                Answer::Settled(orders) => {
                    self.settled = orders;
                    if orders == self.ordered {
                        self.behind = 0;
                    }
                }
            }
        }
        // What was thought of another state is not carried out: another assistant comes.
        if session.read_only_reason().is_some() || self.stale_since.is_some() {
            self.waiting.clear();
            self.related.clear();
            return Ok(false);
        }
        let mut changed = false;
        for (article, (through, mut revision)) in std::mem::take(&mut self.waiting) {
            if session.is_touched_since(&article, through) {
                // What was not carried out yet is asked for again, as it is now.
                self.order(Order::Again(article));
                continue;
            }
            // What can still be done again must find what it was about, and nobody wants what is selected to change.
            let needed = session.redo_needs(&article);
            let redo_needs = |id: AnnotationId| needed.as_ref().is_none_or(|needed| needed.contains(&id));
            let mut spared: BTreeSet<AnnotationId> =
                self.spared.iter().filter(|(other, _)| *other == article).map(|(_, id)| *id).collect();
            // A relation goes with the spans that it leads to.
            let led_to: Vec<AnnotationId> = session.set(&article).map_or_else(Vec::new, |set| {
                spared.iter().filter_map(|id| set.relation(*id)).flat_map(Relation::targets).collect()
            });
            spared.extend(led_to);
            if revision.spare(session.set(&article), &redo_needs, &|id| spared.contains(&id)) {
                self.put_off.insert(article.clone());
            }
            let first = revision.split_off(MOST_AT_ONCE);
            if !first.is_empty() {
                if !self.carry_out(session, &article, title_of(&first), |draft| first.carry_out(draft))? {
                    continue;
                }
                changed = true;
            }
            if !revision.is_empty() {
                self.waiting.insert(article, (session.last_seq(), revision));
            }
        }
        for (article, (through, proposals)) in std::mem::take(&mut self.related) {
            if session.is_touched_since(&article, through) {
                self.order(Order::Again(article));
                continue;
            }
            let title = match proposals.len() {
                1 => "Suggestions: a relation added".to_owned(),
                count => format!("Suggestions: {count} relations added"),
            };
            changed |= self.carry_out(session, &article, title, |draft| {
                add_relation_suggestions(draft, &proposals)?;
                Ok(())
            })?;
        }
        if changed {
            self.hand_over(session);
        }
        Ok(changed)
    }

    /// True if it could be carried out.
    fn carry_out(
        &mut self,
        session: &mut Session,
        article: &ArticleId,
        title: String,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<(), SessionError>,
    ) -> Result<bool, SessionError> {
        let result = session.edit_aside(session.key(article), glosse(), title, steps);
        match result {
            Ok(()) => Ok(true),
            Err(SessionError::ReadOnly { reason }) => Err(SessionError::ReadOnly { reason }),
            // It was made for another state: the thread gets the present one.
            Err(_) => {
                self.close(article);
                Ok(false)
            }
        }
    }

    /// Takes the copy of an article back; it is handed over again while the article is open.
    fn close(&mut self, article: &ArticleId) {
        if self.open.remove(article) {
            self.order(Order::Close(article.clone()));
        }
    }

    /// Tells the thread what was done since the last time.
    fn hand_over(&mut self, session: &Session) {
        if EvaluationSlice::of(session.project()) != self.apart {
            self.expire();
        }
        let count = session.history().iter().rev().take_while(|entry| entry.seq > self.through).count();
        if count == 0 {
            return;
        }
        let start = session.history().len() - count;
        let entries = session.history().get(start..).unwrap_or_default();
        let coming: usize = entries.iter().map(|entry| entry.touched.articles.len()).sum();
        self.behind += coming;
        if self.is_left_behind() {
            self.through = session.last_seq();
            if coming > 0 || self.stale_since.is_none() {
                self.stale_since = Some(Instant::now());
            }
            return;
        }
        let mut news = News::default();
        for entry in entries {
            self.through = entry.seq;
            match session.transaction(entry.seq) {
                Ok(transaction) => news.transactions.push((entry.seq, transaction)),
                Err(_) => self.expire(),
            }
            // What is suggested beside the user teaches nothing.
            if entry.kind != Kind::Aside {
                for id in self.decided_elsewhere(&entry.touched) {
                    let copy = || session.project().article(id).map(|article| self.copy(article));
                    news.elsewhere.entry(id.clone()).or_insert_with(copy);
                }
            }
        }
        self.order(Order::Follow(Box::new(news)));
        self.open.retain(|id| session.project().articles.contains_key(id));
    }

    /// The articles that are not open and of which a transaction may teach something.
    fn decided_elsewhere<'a>(&self, touched: &'a Touched) -> impl Iterator<Item = &'a ArticleId> {
        let own = touched.sets.iter().filter(|key| key.annotator == self.annotator).map(|key| &key.article);
        own.chain(&touched.texts).chain(&touched.articles).filter(|id| !self.open.contains(*id))
    }

    /// Hands over an order; a thread that is gone needs none.
    fn order(&mut self, order: Order) {
        self.ordered += 1;
        let _ = self.orders.send(order);
    }

    fn open(&mut self, session: &Session, id: &ArticleId) {
        let Some(article) = session.project().article(id) else { return };
        let copy = self.copy(article);
        self.order(Order::Open(Box::new(copy)));
        self.open.insert(id.clone());
    }

    /// An article with nothing but the annotator's annotations.
    fn copy(&self, article: &Article) -> Article {
        let own = article.sets.get(&self.annotator);
        let sets = own.into_iter().map(|set| (self.annotator.clone(), set.clone())).collect();
        Article { id: article.id.clone(), metadata: article.metadata.clone(), text: article.text.clone(), sets }
    }
}

impl Drop for Assistant {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.order(Order::Stop);
    }
}

/// What a revision does, for the history.
fn title_of(revision: &Revision) -> String {
    let counts =
        [(revision.added.len(), "added"), (revision.revised.len(), "changed"), (revision.removed.len(), "taken back")];
    let words: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    format!("Suggestions: {}", words.join(", "))
}

/// True if the article has this text; what was thought of another one has its places elsewhere.
fn is_text(session: &Session, article: &ArticleId, hash: u64) -> bool {
    let text = session.project().article(article).and_then(|article| article.text.as_ref());
    text.is_some_and(|text| text.hash() == hash)
}

#[cfg(test)]
#[path = "assistant_tests.rs"]
mod tests;
