//! Counting what a project holds: labels, relations, progress, words.

use crate::{
    model::{AnnotationSet, AnnotatorName, Article, EntityId, Name, Progress, Project, Status},
    text::segment::{sentences, tokens},
};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many annotations have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatusCounts {
    pub suggested: usize,
    pub accepted: usize,
    pub rejected: usize,
}

impl StatusCounts {
    pub fn total(self) -> usize {
        self.suggested + self.accepted + self.rejected
    }

    fn count(&mut self, status: Status) {
        match status {
            Status::Suggested => self.suggested += 1,
            Status::Accepted => self.accepted += 1,
            Status::Rejected => self.rejected += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.suggested += other.suggested;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}

/// The size of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TextCounts {
    pub bytes: usize,
    /// Unicode code points.
    pub characters: usize,
    /// Words, numbers and marks.
    pub tokens: usize,
    pub sentences: usize,
}

impl TextCounts {
    /// Counts a text: one pass for each unit, so not for every frame.
    pub fn of(text: &str) -> Self {
        Self {
            bytes: text.len(),
            characters: text.chars().count(),
            tokens: tokens(text).count(),
            sentences: sentences(text).count(),
        }
    }

    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.characters += other.characters;
        self.tokens += other.tokens;
        self.sentences += other.sentences;
    }
}

/// What one annotator said about one article, or about several together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnotationCounts {
    /// Spans by label.
    pub spans: BTreeMap<Name, StatusCounts>,
    /// Relations by type.
    pub relations: BTreeMap<Name, StatusCounts>,
    pub document_labels: BTreeMap<Name, StatusCounts>,
    /// Spans that name an entity of the registry, rejected ones left out.
    pub linked_spans: usize,
    /// The entities that they name.
    pub entities: BTreeSet<EntityId>,
}

impl AnnotationCounts {
    pub fn of(set: &AnnotationSet) -> Self {
        let mut counts = Self::default();
        for span in set.spans() {
            counts.spans.entry(span.label.clone()).or_default().count(span.status);
            if let Some(entity) = span.entity.as_ref().filter(|_| span.status != Status::Rejected) {
                counts.linked_spans += 1;
                counts.entities.insert(entity.clone());
            }
        }
        for relation in set.relations() {
            counts.relations.entry(relation.label.clone()).or_default().count(relation.status);
        }
        for label in set.document_labels() {
            counts.document_labels.entry(label.label.clone()).or_default().count(label.status);
        }
        counts
    }

    /// Adds the counts of another article.
    pub fn add(&mut self, other: &Self) {
        let maps = [
            (&mut self.spans, &other.spans),
            (&mut self.relations, &other.relations),
            (&mut self.document_labels, &other.document_labels),
        ];
        for (sum, counts) in maps {
            for (name, counts) in counts {
                sum.entry(name.clone()).or_default().add(*counts);
            }
        }
        self.linked_spans += other.linked_spans;
        self.entities.extend(other.entities.iter().cloned());
    }

    /// Counts over all names.
    pub fn sum(counts: &BTreeMap<Name, StatusCounts>) -> StatusCounts {
        counts.values().fold(StatusCounts::default(), |mut sum, counts| {
            sum.add(*counts);
            sum
        })
    }
}

/// Everything counted in one article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleCounts {
    pub text: TextCounts,
    pub annotators: BTreeMap<AnnotatorName, (AnnotationCounts, Progress)>,
}

impl ArticleCounts {
    /// Counts a loaded article.
    pub fn of(article: &Article) -> Self {
        let annotators = article.sets.iter();
        Self {
            text: TextCounts::of(article.text()),
            annotators: annotators
                .map(|(name, set)| (name.clone(), (AnnotationCounts::of(set), set.progress())))
                .collect(),
        }
    }
}

/// The work of one annotator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnotatorStatistics {
    pub annotations: AnnotationCounts,
    /// Articles begun and not done.
    pub started: usize,
    pub done: usize,
}

/// Sums over the articles of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectStatistics {
    /// All articles of the project.
    pub articles: usize,
    /// Articles that were counted.
    pub counted: usize,
    pub text: TextCounts,
    pub annotators: BTreeMap<AnnotatorName, AnnotatorStatistics>,
    /// Entities in the registry.
    pub entities: usize,
}

impl ProjectStatistics {
    /// Statistics to which articles are added as they are read.
    pub fn new(project: &Project) -> Self {
        Self { articles: project.articles.len(), entities: project.entities.entities.len(), ..Self::default() }
    }

    /// Counts all loaded articles, on all processors.
    pub fn of(project: &Project) -> Self {
        let loaded: Vec<&Article> = project.articles.values().filter(|article| article.text.is_some()).collect();
        let counts: Vec<ArticleCounts> = loaded.into_par_iter().map(ArticleCounts::of).collect();
        let mut statistics = Self::new(project);
        counts.iter().for_each(|counts| statistics.add(counts));
        statistics
    }

    pub fn add(&mut self, article: &ArticleCounts) {
        self.counted += 1;
        self.text.add(article.text);
        for (name, (annotations, progress)) in &article.annotators {
            let annotator = self.annotators.entry(name.clone()).or_default();
            annotator.annotations.add(annotations);
            match progress {
                Progress::New => {}
                Progress::Started => annotator.started += 1,
                Progress::Done => annotator.done += 1,
            }
        }
    }

    /// The statistics as they are written out.
    pub fn record(&self) -> StatisticsRecord {
        let by_name = |counts: &BTreeMap<Name, StatusCounts>| {
            counts.iter().map(|(name, counts)| (name.to_string(), *counts)).collect()
        };
        StatisticsRecord {
            articles: self.articles,
            counted: self.counted,
            text: self.text,
            entities: self.entities,
            annotators: self
                .annotators
                .iter()
                .map(|(name, annotator)| {
                    let counts = &annotator.annotations;
                    let record = AnnotatorRecord {
                        new: self.counted.saturating_sub(annotator.started + annotator.done),
                        started: annotator.started,
                        done: annotator.done,
                        spans: by_name(&counts.spans),
                        relations: by_name(&counts.relations),
                        document_labels: by_name(&counts.document_labels),
                        linked_spans: counts.linked_spans,
                        linked_entities: counts.entities.len(),
                    };
                    (name.to_string(), record)
                })
                .collect(),
        }
    }
}

/// What `glosse stats --json` prints. Names and meanings of the fields stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatisticsRecord {
    pub articles: usize,
    pub counted: usize,
    pub text: TextCounts,
    pub entities: usize,
    pub annotators: BTreeMap<String, AnnotatorRecord>,
}

/// One annotator in a [`StatisticsRecord`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnnotatorRecord {
    /// Counted articles that the annotator has not begun.
    pub new: usize,
    pub started: usize,
    pub done: usize,
    pub spans: BTreeMap<String, StatusCounts>,
    pub relations: BTreeMap<String, StatusCounts>,
    pub document_labels: BTreeMap<String, StatusCounts>,
    pub linked_spans: usize,
    pub linked_entities: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::generate;

    #[test]
    fn everything_is_counted_once() {
        let project = generate::project(3, 5, 1_800);
        let statistics = ProjectStatistics::of(&project);
        assert_eq!((statistics.articles, statistics.counted), (5, 5));
        assert_eq!(statistics.text.bytes, project.articles.values().map(|article| article.text().len()).sum::<usize>());
        let words: usize = project.articles.values().map(|article| article.text().split_whitespace().count()).sum();
        assert!(statistics.text.tokens > words, "marks are tokens besides the words");
        let [annotator] = statistics.annotators.values().collect::<Vec<_>>()[..] else { panic!("one annotator") };
        let spans = AnnotationCounts::sum(&annotator.annotations.spans);
        assert_eq!((spans.total(), spans.suggested, spans.rejected), (150, 15, 0));
        assert_eq!(AnnotationCounts::sum(&annotator.annotations.relations).accepted, 50);
        assert_eq!((annotator.started, annotator.done), (5, 0));
        let sets = || project.articles.values().flat_map(|article| article.sets.values());
        let linked = sets().flat_map(|set| set.spans()).filter_map(|span| span.entity.clone()).collect::<Vec<_>>();
        assert_eq!(annotator.annotations.linked_spans, linked.len());
        assert_eq!(annotator.annotations.entities, linked.into_iter().collect());
    }

    #[test]
    fn the_record_is_plain_json() {
        let project = generate::project(1, 1, 0);
        let json = serde_json::to_string(&ProjectStatistics::of(&project).record()).expect("json");
        assert_eq!(
            json,
            r#"{"articles":1,"counted":1,"text":{"bytes":0,"characters":0,"tokens":0,"sentences":0},"entities":36,"#
                .to_owned()
                + r#""annotators":{"generated":{"new":0,"started":1,"done":0,"spans":{},"relations":{},"#
                + r#""document_labels":{},"linked_spans":0,"linked_entities":0}}}"#
        );
    }
}
