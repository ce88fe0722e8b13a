//! Collects what a written file does not hold.

use super::{Exported, Holds, Identifiers, Loss};
use crate::{
    model::{AnnotationId, ArticleMetadata, Attributes, Entity, EntityRegistry, Relation, Span, Status},
    text::TextRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// In [`Holds::list`], spans that begin or end inside a token.
const SUB_TOKEN: &str = "sub-token spans";

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
        self.part(id, None, what, why);
    }

    /// The same, of a part that [`Holds::list`] names.
    fn part(&mut self, id: AnnotationId, part: Option<&'static str>, what: impl Into<String>, why: impl Into<String>) {
        self.losses.push(Loss {
            article: self.exported.id.clone(),
            annotation: Some(id),
            place: self.exported.annotations.anchor(id),
            what: what.into(),
            why: why.into(),
            part,
        });
    }

    /// A whole span.
    pub(super) fn span(&mut self, span: &Span, why: impl Into<String>) {
        let surface = span.fragments.surface(self.exported.text.as_str());
        self.part(span.id, self.kind_of(span), format!("span {} {surface:?}", span.label), why);
    }

    /// A whole span, because of where it begins or ends in a token.
    pub(super) fn sub_token_span(&mut self, span: &Span, why: impl Into<String>) {
        let surface = span.fragments.surface(self.exported.text.as_str());
        self.part(span.id, Some(SUB_TOKEN), format!("span {} {surface:?}", span.label), why);
    }

    /// Where a span begins or ends in a token.
    pub(super) fn sub_token_edges(&mut self, span: &Span, what: impl Into<String>, why: impl Into<String>) {
        self.part(span.id, Some(SUB_TOKEN), what, why);
    }

    /// Something of the text.
    pub(super) fn text(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.article_part(Some("text"), what, why);
    }

    /// A whole relation.
    pub(super) fn relation(&mut self, relation: &Relation, why: impl Into<String>) {
        let spans = self.exported.annotations;
        let is_event = relation.trigger.is_some()
            || relation.arguments.len() != 2
            || relation.arguments.iter().any(|argument| spans.span(argument.target).is_none());
        let part = if is_event { "events" } else { "relations" };
        self.part(relation.id, Some(part), format!("relation {}", relation.label), why);
    }

    /// What is hard about a span.
    fn kind_of(&self, span: &Span) -> Option<&'static str> {
        let hull = span.fragments.hull();
        if span.fragments.count() > 1 {
            return Some("discontinuous spans");
        }
        if hull.is_empty() {
            return Some("zero-width spans");
        }
        let mut others = self.exported.annotations.spans_overlapping(hull).filter(|other| other.id != span.id);
        let crosses = |other: TextRange| !hull.contains(other) && !other.contains(hull);
        let first = others.next()?.fragments.hull();
        let is_crossing = crosses(first) || others.any(|other| crosses(other.fragments.hull()));
        Some(if is_crossing { "crossing spans" } else { "nested spans" })
    }

    /// Something of the article itself.
    pub(super) fn article(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.article_part(None, what, why);
    }

    fn article_part(&mut self, part: Option<&'static str>, what: impl Into<String>, why: impl Into<String>) {
        self.losses.push(Loss {
            article: self.exported.id.clone(),
            annotation: None,
            place: None,
            what: what.into(),
            why: why.into(),
            part,
        });
    }

    /// Everything that no file of a format can hold: what `holds` denies, of the annotations that `written` knows, and of
    /// the article. What is lost of annotations that were not written at all is said already.
    pub(super) fn details(&mut self, holds: &Holds, written: impl Fn(AnnotationId) -> bool) {
        let set = self.exported.annotations;
        for span in set.spans().filter(|span| written(span.id)) {
            if let Some(entity) = span.entity.as_ref().filter(|_| !holds.entities) {
                self.part(span.id, Some("entities"), format!("entity {entity}"), "the format has no entities");
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
                self.part(label.id, Some("document labels"), what, "the format has no document labels");
            } else if written(label.id) {
                self.common(holds, label.id, &Attributes::new(), &label.note, label.status);
            }
        }
        if !holds.provenance && !set.is_empty() {
            self.article_part(
                Some("provenance"),
                "who made the annotations, when, and what they were corrected from",
                "the format has no place",
            );
        }
        if !holds.metadata {
            self.metadata();
        }
    }

    /// What a format does not keep of the entities that the article names.
    pub(super) fn entity_details(&mut self, entities: &EntityRegistry, holds: &Holds) {
        let named: BTreeSet<_> = self.exported.annotations.spans().filter_map(|span| span.entity.as_ref()).collect();
        for entity in named.into_iter().filter_map(|id| entities.get(id)) {
            let parts = [
                ("aliases", !holds.aliases && !entity.aliases.is_empty()),
                ("note", !holds.aliases && !entity.note.is_empty()),
                ("outside ids", holds.identifiers != Identifiers::All && !entity.identifiers.is_empty()),
            ];
            self.entity(entity, &parts, "the format has no place for it");
        }
    }

    /// What is known of an entity beyond what the file of the article says of it, which stays as it was.
    pub(super) fn beyond(&mut self, entity: &Entity, said: &Entity) {
        let is_said = |alias: &String| said.names().any(|name| name == alias);
        let parts = [
            ("name", said.name != entity.name),
            ("aliases", !entity.aliases.iter().all(is_said)),
            ("note", !entity.note.is_empty() && said.note != entity.note),
            ("outside ids", said.identifiers != entity.identifiers),
        ];
        self.entity(entity, &parts, "the file of the article does not have it and stays as it was");
    }

    fn entity(&mut self, entity: &Entity, parts: &[(&str, bool)], why: &str) {
        let lost: Vec<_> = parts.iter().filter(|(_, is_lost)| *is_lost).map(|(name, _)| *name).collect();
        if !lost.is_empty() {
            self.article(format!("of the entity {}: {}", entity.id, lost.join(", ")), why);
        }
    }

    fn common(&mut self, holds: &Holds, id: AnnotationId, attributes: &Attributes, note: &str, status: Status) {
        if !holds.attributes {
            for (name, value) in attributes {
                let what = format!("attribute {name}={value}");
                self.part(id, Some("attributes"), what, "the format has no attributes");
            }
        }
        if !holds.notes && !note.is_empty() {
            self.part(id, Some("notes"), "note", "the format has no notes");
        }
        if !holds.status && status != Status::Accepted {
            let what = format!("status {}", status.as_str());
            self.part(id, Some("review status"), what, "the format has no review status");
        }
    }

    fn metadata(&mut self) {
        let known = fields(self.exported.metadata).filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
        self.metadata_fields(&known.collect::<Vec<_>>());
    }

    /// These fields of the metadata, if there are any.
    pub(super) fn metadata_fields(&mut self, names: &[&str]) {
        if !names.is_empty() {
            let what = format!("metadata: {}", names.join(", "));
            self.article_part(Some("metadata"), what, "the format has no metadata");
        }
    }
}

/// Names and values of metadata; empty values are unknown.
fn fields(metadata: &ArticleMetadata) -> impl Iterator<Item = (&str, &str)> {
    let ArticleMetadata { title, source, url, date, language, other, origin: _ } = metadata;
    let own = [("title", title), ("source", source), ("url", url), ("date", date), ("language", language)];
    own.into_iter()
        .map(|(name, value)| (name, value.as_str()))
        .chain(other.iter().map(|(name, value)| (&**name, &**value)))
}

/// The names of the fields in which two articles' metadata differ, where they came from aside.
pub(super) fn changed_fields<'m>(before: &'m ArticleMetadata, now: &'m ArticleMetadata) -> Vec<&'m str> {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (fields(before).collect(), fields(now).collect());
    let gone = old.keys().filter(|name| !new.contains_key(*name)).copied();
    let other = new.iter().filter(|(name, value)| old.get(*name) != Some(*value)).map(|(name, _)| *name);
    other.chain(gone).collect()
}
