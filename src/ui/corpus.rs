//! The articles of a project as they are at this moment, to be looked through on another thread.

use crate::{
    model::{AnnotatorName, Article, ArticleId, ArticleMetadata, ArticleText},
    session::Session,
    store::Loader,
};
use std::sync::Arc;

/// One article, its text at hand if the window had it at hand.
#[derive(Clone)]
pub struct CorpusEntry {
    pub id: ArticleId,
    pub metadata: Arc<ArticleMetadata>,
    /// True if the window has the annotations too.
    pub is_loaded: bool,
    text: Option<Arc<ArticleText>>,
}

impl CorpusEntry {
    /// The title, or the id where there is none.
    pub fn title(&self) -> &str {
        if self.metadata.title.is_empty() { self.id.as_str() } else { &self.metadata.title }
    }
}

/// A look at all articles that does not change any more. Cheap to make: texts are shared.
pub struct Corpus {
    pub entries: Vec<CorpusEntry>,
    pub annotator: AnnotatorName,
    loader: Loader,
}

impl Corpus {
    /// All articles, or only one of them.
    pub fn new(session: &Session, only: Option<&ArticleId>) -> Self {
        let articles = session.project().articles.values().filter(|article| only.is_none_or(|id| *id == article.id));
        let entries = articles
            .map(|article| CorpusEntry {
                id: article.id.clone(),
                metadata: article.metadata.clone(),
                is_loaded: session.is_loaded(&article.id),
                text: article
                    .text
                    .clone()
                    .or_else(|| session.background().summary(&article.id).map(|summary| summary.text.clone())),
            })
            .collect();
        Self { entries, annotator: session.annotator().clone(), loader: session.store().loader() }
    }

    /// The text of an article; `None` if it can not be read, which is said when it is opened.
    pub fn text(&self, entry: &CorpusEntry) -> Option<Arc<ArticleText>> {
        match &entry.text {
            Some(text) => Some(text.clone()),
            None => self.loader.load_article(&entry.id).ok().map(|loaded| loaded.text),
        }
    }

    /// An article with everybody's annotations.
    ///
    /// # Errors
    /// If its files can not be read; in words.
    pub fn article(&self, entry: &CorpusEntry) -> Result<Article, String> {
        let loaded = self.loader.load_article(&entry.id).map_err(|error| error.to_string())?;
        Ok(Article {
            id: entry.id.clone(),
            metadata: entry.metadata.clone(),
            text: Some(loaded.text),
            sets: loaded.sets,
        })
    }
}
