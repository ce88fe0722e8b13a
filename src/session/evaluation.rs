//! The evaluation slice: a random share of the articles from which nothing is learned, so that what is measured on them is
//! what a new article would see.
//!
//! Suggestions are not made there before the article is done, unless the project's settings say so: whoever is shown
//! suggestions agrees with them more often than not, and a measure taken on such labels flatters.

use crate::model::{AnnotationSet, ArticleId, EvaluationSettings, Progress, Project};

/// Articles that a project has at least before some are kept apart: of fewer, none can be spared.
pub const LEAST_ARTICLES: usize = 10;

/// Tells which articles belong to the evaluation slice.
///
/// Each article is drawn by a hash of its id, so that it stays where it is when others come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvaluationSlice {
    settings: EvaluationSettings,
}

impl EvaluationSlice {
    /// The slice of a project; empty if that has fewer than [`LEAST_ARTICLES`] articles.
    pub fn of(project: &Project) -> Self {
        let is_large = project.articles.len() >= LEAST_ARTICLES;
        if is_large { Self { settings: project.settings.evaluation } } else { Self::empty() }
    }

    /// No article at all.
    pub fn empty() -> Self {
        Self { settings: EvaluationSettings { percent: 0, ..EvaluationSettings::default() } }
    }

    /// True if the article belongs to the slice.
    pub fn contains(&self, id: &ArticleId) -> bool {
        // The name of the slice goes into the hash, so that it is independent of the parts of an export with the same seed.
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(format!("evaluation\n{id}").as_bytes(), self.settings.seed);
        // The upper 32 bits as a share of 2^32, in percent.
        ((hash >> 32) * 100) >> 32 < u64::from(self.settings.percent)
    }

    /// True if no suggestions are to be made in the article now, so that a person labels it unaided.
    pub fn withholds(&self, id: &ArticleId, set: Option<&AnnotationSet>) -> bool {
        !self.settings.with_suggestions && set.is_none_or(|set| set.progress() != Progress::Done) && self.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(percent: u8, seed: u64) -> EvaluationSlice {
        EvaluationSlice { settings: EvaluationSettings { percent, seed, with_suggestions: false } }
    }

    #[test]
    fn the_share_is_kept_and_an_article_stays_where_it_is() {
        let ids: Vec<_> = (0..5000).map(|number| ArticleId::new(&format!("artikel-{number}"))).collect();
        let check = |percent: u8, expected: std::ops::Range<usize>| {
            let slice = slice(percent, 1);
            let count = ids.iter().filter(|id| slice.contains(id)).count();
            assert!(expected.contains(&count), "{percent} %: {count}");
        };
        check(0, 0..1);
        check(10, 430..570);
        check(50, 2350..2650);
        check(100, 5000..5001);
        // Fixed for ever: another hash would bring articles of the slice into training.
        let first: Vec<usize> = (0..60).filter(|number| slice(10, 1).contains(&ids[*number])).collect();
        assert_eq!(first, FIRST);
        assert!(ids.iter().any(|id| slice(10, 1).contains(id) != slice(10, 2).contains(id)));
        // A larger share holds the smaller one.
        assert!(ids.iter().all(|id| !slice(10, 1).contains(id) || slice(20, 1).contains(id)));
    }

    const FIRST: [usize; 7] = [14, 20, 34, 37, 40, 52, 53];

    #[test]
    fn small_projects_keep_nothing_apart_and_suggestions_come_once_the_article_is_done() {
        let mut project = crate::model::generate::project(5, LEAST_ARTICLES - 1, 200);
        std::sync::Arc::make_mut(&mut project.settings).evaluation.percent = 100;
        let id = project.articles.keys().next().expect("an article").clone();
        assert!(!EvaluationSlice::of(&project).contains(&id));
        let mut project = crate::model::generate::project(5, LEAST_ARTICLES, 200);
        std::sync::Arc::make_mut(&mut project.settings).evaluation.percent = 100;
        let set = |progress| AnnotationSet::from_parts(1, progress, Vec::new(), Vec::new(), Vec::new()).0;
        let id = project.articles.keys().next().expect("an article").clone();
        let slice = EvaluationSlice::of(&project);
        assert!(slice.withholds(&id, None) && slice.withholds(&id, Some(&set(Progress::Started))));
        assert!(!slice.withholds(&id, Some(&set(Progress::Done))));
        std::sync::Arc::make_mut(&mut project.settings).evaluation.with_suggestions = true;
        assert!(!EvaluationSlice::of(&project).withholds(&id, None));
    }
}
