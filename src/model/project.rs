//! A project: one schema, one registry of entities, many articles.

use super::{AnnotationId, AnnotationSet, Article, ArticleId, EntityRegistry, Extractor, Schema, SetKey};
use std::{collections::BTreeMap, sync::Arc};

/// What the project file says besides the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Shown in the window's bar.
    pub name: String,
    /// How to annotate, in Markdown; shown beside the labels' own descriptions.
    pub guidelines: String,
    /// Language of articles that do not say theirs.
    pub default_language: String,
    /// True if `\r\n` becomes `\n` when text is imported.
    pub normalize_line_endings: bool,
    pub evaluation: EvaluationSettings,
    /// Rules of the project's own that suggest spans, in RON: see `assist::rules::UserRules`. Empty for none.
    pub rules: String,
    /// Programs, services and models from outside that propose annotations.
    pub extractors: Vec<Extractor>,
}

/// Which articles are kept apart to measure suggestions honestly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvaluationSettings {
    /// Share of the articles in percent, at most 100; 0 keeps none apart.
    pub percent: u8,
    /// Another seed chooses other articles.
    pub seed: u64,
    /// True if suggestions are made in these articles too before a person labelled them. Whoever is shown suggestions agrees
    /// with them more often, so what is measured then flatters.
    pub with_suggestions: bool,
}

impl Default for EvaluationSettings {
    fn default() -> Self {
        Self { percent: 10, seed: 1, with_suggestions: false }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            guidelines: String::new(),
            default_language: "de".to_owned(),
            normalize_line_endings: true,
            evaluation: EvaluationSettings::default(),
            rules: String::new(),
            extractors: Vec::new(),
        }
    }
}

/// Everything that is annotated together. Two projects are equal if they hold the same; what they remember of ids beyond
/// that is no part of it.
#[derive(Clone, Debug, Default)]
pub struct Project {
    pub settings: Arc<Settings>,
    pub schema: Arc<Schema>,
    pub entities: EntityRegistry,
    pub articles: BTreeMap<ArticleId, Article>,
    /// The next ids of sets, so that none is given twice if an article is removed and comes back. The store fills it from
    /// the journal; what is removed later is added.
    pub given_ids: BTreeMap<SetKey, AnnotationId>,
}

impl PartialEq for Project {
    fn eq(&self, other: &Self) -> bool {
        let Self { settings, schema, entities, articles, given_ids: _ } = self;
        *settings == other.settings
            && *schema == other.schema
            && *entities == other.entities
            && *articles == other.articles
    }
}

impl Project {
    pub fn article(&self, id: &ArticleId) -> Option<&Article> {
        self.articles.get(id)
    }

    /// The annotations under `key`; `None` if there are none or they are not loaded.
    pub fn set(&self, key: &SetKey) -> Option<&AnnotationSet> {
        self.articles.get(&key.article)?.sets.get(&key.annotator)
    }

    /// An id for a new article, made from its title or file name.
    pub fn free_article_id(&self, title: &str) -> ArticleId {
        let free = self.article_ids(title).find(|id| !self.articles.contains_key(id));
        free.unwrap_or_else(|| ArticleId::new(&super::slug(title)))
    }

    /// The ids that articles with this title or file name get, one after the other.
    pub fn article_ids(&self, title: &str) -> impl Iterator<Item = ArticleId> + use<> {
        let stem = super::slug(title);
        let first = ArticleId::new(&stem);
        std::iter::once(first).chain((2u32..).map(move |number| ArticleId::new(&format!("{stem}-{number}"))))
    }
}
