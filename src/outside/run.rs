//! One run of an extractor: which articles are still open, and what is told about it.

use super::{Ending, Job, News, Question, Warning, ground, protocol::RawAnswer};
use crate::model::ArticleId;
use std::collections::BTreeMap;

/// Warnings that are told of one article, or of none; what is more is counted.
const MOST_WARNINGS: usize = 20;
/// Failures in a row, without an answer between them, after which an extractor is not asked any more.
const MOST_FAILURES: usize = 2;

/// What all ways of asking share.
pub(super) struct Run<'a> {
    pub(super) job: &'a Job<'a>,
    goes_on: &'a dyn Fn() -> bool,
    news: &'a mut dyn FnMut(News),
    /// Articles without an answer, by their place among the questions.
    open: BTreeMap<usize, &'a Question>,
    places: BTreeMap<&'a ArticleId, usize>,
    failures: usize,
    told: usize,
    untold: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(job: &'a Job<'a>, goes_on: &'a dyn Fn() -> bool, news: &'a mut dyn FnMut(News)) -> Self {
        let places = job.questions.iter().enumerate().map(|(place, question)| (&question.article, place)).collect();
        let open = job.questions.iter().enumerate().collect();
        Self { job, goes_on, news, open, places, failures: 0, told: 0, untold: 0 }
    }

    pub(super) fn goes_on(&self) -> bool {
        (self.goes_on)()
    }

    /// The articles that are still without an answer, in order.
    pub(super) fn open(&self) -> Vec<&'a Question> {
        self.open.values().copied().collect()
    }

    pub(super) fn first_open(&self) -> Option<&'a Question> {
        self.open.first_key_value().map(|(_, question)| *question)
    }

    /// Tells a warning. Those about the run as a whole are counted from a number on, see [`Run::end`].
    pub(super) fn warn(&mut self, article: Option<&ArticleId>, message: String) {
        if article.is_none() {
            self.told += 1;
            if self.told > MOST_WARNINGS {
                self.untold += 1;
                return;
            }
        }
        let warning = Warning { extractor: self.job.extractor.name.clone(), article: article.cloned(), message };
        (self.news)(News::Warning(warning));
    }

    /// The question with this article that has no answer yet; warns if there is none.
    pub(super) fn question(&mut self, id: Option<&str>) -> Option<&'a Question> {
        let Some(id) = id else {
            // Where only one article is open it can be no other.
            if self.open.len() == 1 {
                return self.first_open();
            }
            self.warn(None, "an answer says no `id`, so nobody knows of which article it speaks; left out".to_owned());
            return None;
        };
        let id = ArticleId::new(id);
        match self.places.get(&id) {
            None => {
                let name: String = id.as_str().chars().take(80).collect();
                self.warn(None, format!("an answer speaks of {name:?}, which was not asked about; left out"));
                None
            }
            Some(place) if !self.open.contains_key(place) => {
                self.warn(Some(&id), "it answered a second time; the second answer was left out".to_owned());
                None
            }
            Some(place) => self.open.get(place).copied(),
        }
    }

    /// Places an answer in the text and tells what is left of it.
    pub(super) fn accept(&mut self, question: &'a Question, raw: RawAnswer) {
        self.failures = 0;
        if let Some(error) = raw.error.as_deref() {
            let error: String = error.chars().take(500).collect();
            self.close(question, Some(format!("it could not be done: {error}")));
            return;
        }
        let (answer, mut problems) = ground::ground(self.job, question, raw);
        let more = problems.len().saturating_sub(MOST_WARNINGS);
        problems.truncate(MOST_WARNINGS);
        if more > 0 {
            problems.push(format!("{more} further things were left out"));
        }
        for problem in problems {
            self.warn(Some(&question.article), problem);
        }
        let article = question.article.clone();
        (self.news)(News::Answer { article, text_hash: question.text.hash(), answer });
        self.close(question, None);
    }

    /// Gives an article up, with the reason. False if the extractor should not be asked any more.
    pub(super) fn fail(&mut self, question: &'a Question, reason: String) -> bool {
        self.close(question, Some(reason));
        self.failures += 1;
        if self.failures < MOST_FAILURES || self.open.is_empty() {
            return true;
        }
        self.give_up(&format!("it failed {} times in a row", self.failures));
        false
    }

    /// Gives up all articles that are open.
    pub(super) fn give_up(&mut self, reason: &str) {
        let open = self.open();
        if !open.is_empty() {
            let were = if open.len() == 1 { "was" } else { "were" };
            self.warn(None, format!("{reason}; {} {were} not asked about", count(open.len(), "article")));
        }
        for question in open {
            self.close(question, None);
        }
    }

    fn close(&mut self, question: &'a Question, warning: Option<String>) {
        if let Some(warning) = warning {
            self.warn(Some(&question.article), warning);
        }
        let place = self.places.get(&question.article).copied();
        if place.and_then(|place| self.open.remove(&place)).is_some() {
            (self.news)(News::Over { article: question.article.clone() });
        }
    }

    /// Tells how many warnings were not told.
    pub(super) fn end(&mut self, ending: Ending) -> Ending {
        if self.untold > 0 {
            let message = format!("{} of this kind were not listed", count(self.untold, "further warning"));
            let warning = Warning { extractor: self.job.extractor.name.clone(), article: None, message };
            (self.news)(News::Warning(warning));
            self.untold = 0;
        }
        ending
    }
}

/// `1 article`, `2 articles`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
