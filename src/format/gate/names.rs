//! The names of the features that hold what GATE has no place for.

/// What the names of all features of our own begin with.
pub(super) const OWN: &str = "glosse.";
/// The attribute of spans and relations that are in another annotation set than the default one.
pub(super) const SET: &str = "gate.set";

pub(super) const NOTE: &str = "glosse.note";
pub(super) const STATUS: &str = "glosse.status";
/// The pieces of a discontinuous span, as `0..5;9..12`.
pub(super) const PIECES: &str = "glosse.fragments";
pub(super) const ENTITY: &str = "glosse.entity";
pub(super) const ENTITY_NAME: &str = "glosse.entity_name";
pub(super) const ENTITY_KIND: &str = "glosse.entity_kind";
/// An object with the ids elsewhere by scheme.
pub(super) const ENTITY_IDS: &str = "glosse.entity_ids";
/// The roles of the members of a relation in their order; null stands for the trigger.
pub(super) const ROLES: &str = "glosse.roles";
/// Of a document: labels of the whole.
pub(super) const DOCUMENT_LABELS: &str = "glosse.document_labels";
/// Of a document: what the file of the article was like.
pub(super) const ORIGIN: &str = "glosse.origin";
/// Of a JSON document, which has no relations: all of them.
pub(super) const RELATIONS: &str = "glosse.relations";

/// Metadata with names of their own.
pub(super) const METADATA: [&str; 5] = ["title", "source", "url", "date", "language"];

/// The role of the member at `place` of a relation that names no roles.
pub(super) fn usual_role(place: usize) -> String {
    format!("arg{}", place + 1)
}
