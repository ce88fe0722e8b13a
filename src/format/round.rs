//! For tests: a file is imported, its articles are edited, and it is exported in its own format.

use super::{ExportContext, Exported, Format, Imported, Input, Loss, MemoryOutput, WriteOptions, golden};
use crate::model::{AnnotationSet, ArticleId, ArticleText, EntityRegistry, Progress, Schema};
use std::{collections::BTreeMap, sync::Arc};

/// The articles of a file.
pub(super) fn read(format: &dyn Format, name: &str, content: &[u8]) -> Vec<Imported> {
    let mut articles = Vec::new();
    let result =
        format.read(&Input::alone(name, content), &golden::read_options(), &mut |article| articles.push(article));
    assert_eq!(result.is_err(), articles.is_empty(), "{name}: {result:?}");
    articles
}

/// The file that is written after `edit`, and what is lost in it.
pub(super) fn round(
    format: &dyn Format,
    name: &str,
    content: &[u8],
    edit: impl FnOnce(&mut Vec<Imported>),
) -> (Vec<u8>, Vec<Loss>) {
    let mut articles = read(format, name, content);
    let kept: BTreeMap<String, Arc<[u8]>> = [("kept".to_owned(), content.into())].into();
    edit(&mut articles);
    let mut entities = EntityRegistry::default();
    let articles: Vec<_> = articles
        .into_iter()
        .map(|mut article| {
            golden::keep(&mut article, format.info().name, "kept", BTreeMap::new());
            entities.entities.extend(article.entities.into_iter().map(|entity| (entity.id.clone(), entity)));
            let (spans, relations) = (article.spans, article.relations);
            let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, article.document_labels).0;
            (ArticleId::new(&article.wanted_id), article.metadata, ArticleText::new(article.text), set)
        })
        .collect();
    let exported: Vec<_> = articles
        .iter()
        .map(|(id, metadata, text, set)| Exported {
            id,
            metadata,
            text,
            annotations: set,
            everything: set,
            kept: metadata.origin.kept.last(),
        })
        .collect();
    let (schema, options) = (Schema::default(), WriteOptions::default());
    let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &kept };
    let (mut output, mut losses) = (MemoryOutput::default(), Vec::new());
    format.write(&mut exported.into_iter(), &context, &mut output, &mut losses).expect("it can be written");
    (output.files.remove(0).1, losses)
}

/// The spans of an article as `LABEL words`.
pub(super) fn shown(article: &Imported) -> Vec<String> {
    let surface = |span: &crate::model::Span| span.fragments.surface(&article.text);
    article.spans.iter().map(|span| format!("{} {}", span.label, surface(span))).collect()
}
