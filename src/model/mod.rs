//! What Glosse holds: schema, articles, spans, relations, entities, and who said so.
//!
//! A [`Project`] has articles; each article has text and, for each annotator, an [`AnnotationSet`]. Nothing here
//! knows files or a screen. Annotations change only through [`crate::edit`].

mod annotations;
mod article;
mod attribute;
mod color;
mod entity;
mod extractor;
pub mod generate;
mod id;
mod index;
mod news;
mod project;
mod provenance;
mod relation;
mod schema;
mod span;
mod validate;

pub use annotations::{Annotation, AnnotationSet, DocumentLabel, Progress, Tally};
pub use article::{Article, ArticleMetadata, ArticleText, FilePart, KeptFile, LineEnding, ReadChoices, TextSource};
pub use attribute::{AttributeValue, Attributes};
pub use color::Color;
pub use entity::{Entity, EntityRegistry};
pub use extractor::{
    EXTRACTOR_SECONDS, Extractor, ExtractorKind, ExtractorProtocol, MOST_EXTRACTOR_SECONDS, extractor_problems,
};
pub use id::{AnnotationId, AnnotatorName, ArticleId, EntityId, Name, SetKey, slug};
pub use index::SpanIndex;
pub use news::news_schema;
pub use project::{EvaluationSettings, Project, Settings};
pub use provenance::{CorrectedFrom, Provenance, Source, Status};
pub use relation::{Argument, Relation};
pub use schema::{
    ArgumentDefinition, AttributeDefinition, AttributeKind, DocumentLabelDefinition, LabelDefinition,
    RelationDefinition, Repeat, Schema, SchemaProblem, Symmetry, TriggerRule,
};
pub use span::{Fragments, Span};
pub use validate::{Problem, validate};
