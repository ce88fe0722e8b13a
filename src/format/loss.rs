//! Collects what a written file does not hold.

use super::{Exported, Holds, Loss};
use crate::model::{AnnotationId, Attributes, EntityRegistry, Relation, Span, Status};
use std::collections::BTreeSet;

/// The losses of one article.
pub(super) struct LossLog<'a, 'l> {
    exported: Exported<'a>,
    losses: &'l mut Vec<Loss>,
}

impl<'a, 'l> LossLog<'a, 'l> {
    pub(super) fn new(exported: Exported<'a>, losses: &'l mut Vec<Loss>) -> Self {
        Self { exported, losses }
    }

    /// Something of an annotation, or all of it.
    pub(super) fn annotation(&mut self, id: AnnotationId, what: impl Into<String>, why: impl Into<String>) {
        self.losses.push(Loss {
            article: self.exported.id.clone(),
            annotation: Some(id),
            place: self.exported.annotations.anchor(id),
            what: what.into(),
            why: why.into(),
        });
    }

    /// A whole span.
    pub(super) fn span(&mut self, span: &Span, why: impl Into<String>) {
        let surface = span.fragments.surface(self.exported.text.as_str());
        self.annotation(span.id, format!("span {} {surface:?}", span.label), why);
    }

    /// A whole relation.
    pub(super) fn relation(&mut self, relation: &Relation, why: impl Into<String>) {
        self.annotation(relation.id, format!("relation {}", relation.label), why);
    }

    /// Something of the article itself.
    pub(super) fn article(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.losses.push(Loss {
            article: self.exported.id.clone(),
            annotation: None,
            place: None,
            what: what.into(),
            why: why.into(),
        });
    }

    /// Everything that no file of a format can hold: what `holds` denies, of the annotations that `written` knows, and of
    /// the article. What is lost of annotations that were not written at all is said already.
    pub(super) fn details(&mut self, holds: &Holds, written: impl Fn(AnnotationId) -> bool) {
        let set = self.exported.annotations;
        for span in set.spans().filter(|span| written(span.id)) {
            if let Some(entity) = span.entity.as_ref().filter(|_| !holds.entities) {
                self.annotation(span.id, format!("entity {entity}"), "the format has no entities");
            }
            self.common(holds, span.id, &span.attributes, &span.note, span.status);
        }
        for relation in set.relations() {
            if !holds.relations && !holds.events {
                self.relation(relation, "the format has no relations");
            } else if written(relation.id) {
                self.common(holds, relation.id, &relation.attributes, &relation.note, relation.status);
            }
        }
        for label in set.document_labels() {
            if !holds.document_labels {
                let what = format!("document label {}", label.label);
                self.annotation(label.id, what, "the format has no document labels");
            } else if written(label.id) {
                self.common(holds, label.id, &Attributes::new(), &label.note, label.status);
            }
        }
        if !holds.provenance && !set.is_empty() {
            self.article(
                "who made the annotations, when, and what they were corrected from",
                "the format has no place",
            );
        }
        if !holds.metadata {
            self.metadata();
        }
    }

    /// Aliases and notes of the entities that the article names, and their outside ids unless those are kept.
    pub(super) fn entity_details(&mut self, entities: &EntityRegistry, identifiers_kept: bool) {
        let named: BTreeSet<_> = self.exported.annotations.spans().filter_map(|span| span.entity.as_ref()).collect();
        for entity in named.into_iter().filter_map(|id| entities.get(id)) {
            let mut parts = Vec::new();
            if !entity.aliases.is_empty() {
                parts.push("aliases");
            }
            if !entity.note.is_empty() {
                parts.push("note");
            }
            if !identifiers_kept && !entity.identifiers.is_empty() {
                parts.push("outside ids");
            }
            if !parts.is_empty() {
                let what = format!("of the entity {}: {}", entity.id, parts.join(", "));
                self.article(what, "the format has no place for it");
            }
        }
    }

    fn common(&mut self, holds: &Holds, id: AnnotationId, attributes: &Attributes, note: &str, status: Status) {
        if !holds.attributes {
            for (name, value) in attributes {
                self.annotation(id, format!("attribute {name}={value}"), "the format has no attributes");
            }
        }
        if !holds.notes && !note.is_empty() {
            self.annotation(id, "note", "the format has no notes");
        }
        if !holds.status && status != Status::Accepted {
            self.annotation(id, format!("status {}", status.as_str()), "the format has no review status");
        }
    }

    fn metadata(&mut self) {
        let metadata = self.exported.metadata;
        let known = [
            ("title", &metadata.title),
            ("source", &metadata.source),
            ("url", &metadata.url),
            ("date", &metadata.date),
            ("language", &metadata.language),
        ];
        let known = known.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
        let names: Vec<_> = known.chain(metadata.other.keys().map(String::as_str)).collect();
        if !names.is_empty() {
            self.article(format!("metadata: {}", names.join(", ")), "the format has no metadata");
        }
    }
}
