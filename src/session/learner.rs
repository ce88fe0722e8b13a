//! Puts a [`Suggester`] together: reads what one annotator did in one article after the other, and trains in the end.

use super::{
    suggest::{ENOUGH, MOST_SENTENCES, Stored, Suggester, lesson, train},
    trained::{Fingerprint, LessonTrace},
};
use crate::{
    assist::{rules::UserRuleError, tagger::Example},
    model::{AnnotatorName, Article, ArticleId, Schema},
};
use std::collections::BTreeMap;

/// What was learned so far, before training.
pub struct Learner<'a> {
    schema: &'a Schema,
    annotator: &'a AnnotatorName,
    suggester: Suggester,
    /// What a tagger is trained on.
    lessons: Vec<Example>,
    sentences: usize,
    most_sentences: usize,
    /// Of all lessons, also of those that are too many to train on.
    traces: BTreeMap<ArticleId, LessonTrace>,
}

impl<'a> Learner<'a> {
    /// Nothing yet, for a project with this schema and these rules of its own.
    pub fn new(schema: &'a Schema, rules: &str, annotator: &'a AnnotatorName) -> Self {
        Self {
            schema,
            annotator,
            suggester: Suggester::new(schema, rules),
            lessons: Vec::new(),
            sentences: 0,
            most_sentences: usize::MAX,
            traces: BTreeMap::new(),
        }
    }

    /// The same, for somebody who waits: a tagger is trained on no more than [`MOST_SENTENCES`].
    pub fn in_short(self) -> Self {
        Self { most_sentences: MOST_SENTENCES, ..self }
    }

    /// Takes an article in.
    pub fn read(&mut self, article: &Article) {
        let Some(set) = article.sets.get(self.annotator) else { return };
        self.suggester.memory_mut().observe(article.text(), set);
        let Some(lesson) = lesson(article.text(), set) else { return };
        self.traces.insert(article.id.clone(), LessonTrace::of(&lesson));
        if self.sentences < self.most_sentences {
            self.sentences += lesson.sentences().len();
            self.lessons.push(lesson);
        }
    }

    /// Why the project's own rules can not be used, if so.
    pub fn rules_error(&self) -> Option<&UserRuleError> {
        self.suggester.rules_error()
    }

    /// Trains a tagger, or takes the one that was trained before. `None` if `goes_on` says no.
    pub fn finish(mut self, stored: Stored<'_>, goes_on: &(dyn Fn() -> bool + Sync)) -> Option<Suggester> {
        let fingerprint = Fingerprint::of(self.traces.values());
        let current = || match stored {
            Stored::IfCurrent(model) if fingerprint.spans() >= ENOUGH => model.current(&fingerprint),
            _ => None,
        };
        let own = match stored {
            Stored::Always(model) => Some(model.for_schema(self.schema)),
            Stored::IfCurrent(_) | Stored::None => match current() {
                Some(tagger) => Some(tagger),
                None => train(&self.lessons, goes_on)?,
            },
        };
        if let Some(tagger) = own {
            self.suggester.set_tagger(tagger);
        }
        Some(self.suggester)
    }
}
