//! What the types of a CAS mean to Glosse: layers of spans, of relations, and what is only carried along.

use super::{
    cas::Cas,
    types::{
        ANNOTATION, ANNOTATION_BASE, DOCUMENT_ANNOTATION, Feature, Range, STRING, STRING_ARRAY, TOP, TypeSystem,
        is_built_in, local,
    },
};
use crate::model::Name;
use std::{collections::HashMap, sync::Arc};

const DKPRO: &str = "de.tudarmstadt.ukp.dkpro.core.api.";
pub(super) const NAMED_ENTITY: &str = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity";
pub(super) const TOKEN: &str = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token";
pub(super) const SENTENCE: &str = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence";
pub(super) const METADATA: &str = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData";
pub(super) const FIELD: &str = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.MetaDataStringField";
pub(super) const RELATION: &str = "glosse.Relation";
pub(super) const EVENT: &str = "glosse.Event";
pub(super) const LINK: &str = "glosse.Link";
pub(super) const ENTITY: &str = "glosse.Entity";
pub(super) const DOCUMENT_LABEL: &str = "glosse.DocumentLabel";

/// Features of our own on any layer.
pub(super) const NOTE: &str = "glosse_note";
pub(super) const STATUS: &str = "glosse_status";
pub(super) const PIECES: &str = "glosse_pieces";
pub(super) const ENTITY_REFERENCE: &str = "glosse_entity";
pub(super) const GOVERNOR_ROLE: &str = "glosse_governor_role";
pub(super) const DEPENDENT_ROLE: &str = "glosse_dependent_role";
/// What the description of a feature begins with that stands for an attribute of another name.
pub(super) const ATTRIBUTE_MARK: &str = "Glosse: ";

pub(super) const GOVERNOR: &str = "Governor";
pub(super) const DEPENDENT: &str = "Dependent";
/// The role of the members of a chain.
pub(super) const MEMBER: &str = "member";

/// Packages of layers that describe the language of a text and not its content; carried along.
const HIDDEN_PACKAGES: [&str; 9] = [
    "anomaly.",
    "frequency.",
    "lexmorph.",
    "metadata.",
    "phonetics.",
    "segmentation.",
    "structure.",
    "syntax.",
    "transform.",
];

/// Features that hold the label where a layer has one of them, the first before the others.
const LABEL_FEATURES: [&str; 10] =
    ["value", "label", "tag", "category", "kategorie", "relation", "linkart", "referencetype", "kind", "type"];

/// What structures of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Carried along; becomes a span only where something else points to it.
    Hidden,
    Metadata,
    /// A name and value of metadata.
    Field,
    Span,
    /// Two structures, as `Governor` and `Dependent`.
    Relation,
    /// A relation of our own with a trigger or any arguments.
    Event,
    /// Mentions in a row, from `first` over `next`.
    Chain,
    /// A `target` in a `role`.
    Link,
    Entity,
    DocumentLabel,
}

/// A type as Glosse sees it.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub kind: Kind,
    /// The label of what has none of its own.
    pub name: Name,
    /// The feature with the label.
    pub label: Option<Name>,
    /// Features that are attributes, with the names of those.
    pub attributes: Vec<(Name, Name, Range)>,
    /// Features that link to others.
    pub slots: Vec<Name>,
}

impl Layer {
    /// True if its structures have places in the text.
    pub fn is_placed(&self) -> bool {
        matches!(self.kind, Kind::Span | Kind::Hidden)
    }
}

/// The layers of all types that occur.
pub(super) fn layers(cas: &Cas) -> HashMap<Name, Arc<Layer>> {
    let mut layers = HashMap::new();
    for structure in &cas.structures {
        if !layers.contains_key(&structure.kind) {
            layers.insert(structure.kind.clone(), Arc::new(layer(&cas.types, &structure.kind)));
        }
    }
    layers
}

pub(super) fn layer(types: &TypeSystem, name: &str) -> Layer {
    let kind = kind(types, name);
    let label = label_feature(types, name);
    let mut attributes = Vec::new();
    let mut slots = Vec::new();
    if matches!(kind, Kind::Span | Kind::Relation | Kind::Event | Kind::DocumentLabel) {
        for feature in types.features(name) {
            let range = types.range(&feature.range);
            let is_own = feature.name.starts_with("glosse_")
                || Some(&feature.name) == label.as_ref()
                || matches!(&*feature.name, "begin" | "end" | "sofa")
                || is_named_entity(types, name) && &*feature.name == "identifier";
            match range {
                _ if is_own => {}
                Range::Text | Range::Flag | Range::Integer | Range::Number => {
                    attributes.push((feature.name.clone(), attribute_name(feature), range));
                }
                Range::Structures if kind == Kind::Span => slots.push(feature.name.clone()),
                Range::Structure if kind == Kind::Span && is_link(types, &feature.range) => {
                    slots.push(feature.name.clone());
                }
                _ => {}
            }
        }
    }
    Layer { kind, name: local(name).into(), label, attributes, slots }
}

/// True for the layer of named entities and those that are made from it.
pub(super) fn is_named_entity(types: &TypeSystem, name: &str) -> bool {
    types.is_a(name, NAMED_ENTITY)
}

fn kind(types: &TypeSystem, name: &str) -> Kind {
    let has = |feature: &str, range: Range| {
        types.feature(name, feature).is_some_and(|feature| types.range(&feature.range) == range)
    };
    let is_annotation = types.is_a(name, ANNOTATION);
    match name {
        METADATA | DOCUMENT_ANNOTATION => Kind::Metadata,
        FIELD => Kind::Field,
        RELATION => Kind::Relation,
        EVENT => Kind::Event,
        ENTITY => Kind::Entity,
        DOCUMENT_LABEL => Kind::DocumentLabel,
        ANNOTATION => Kind::Span,
        _ if types.is_a(name, DOCUMENT_ANNOTATION) => Kind::Metadata,
        _ if is_built_in(name) || is_hidden(types, name) => Kind::Hidden,
        _ if is_annotation && has(GOVERNOR, Range::Structure) && has(DEPENDENT, Range::Structure) => Kind::Relation,
        _ if is_annotation => Kind::Span,
        _ if has("first", Range::Structure) => Kind::Chain,
        _ if is_link(types, name) => Kind::Link,
        _ if types.is_a(name, ANNOTATION_BASE) => Kind::DocumentLabel,
        _ => Kind::Hidden,
    }
}

fn is_link(types: &TypeSystem, name: &str) -> bool {
    let is_reference = |feature: &Feature| types.range(&feature.range) == Range::Structure;
    !types.is_a(name, ANNOTATION_BASE) && types.feature(name, "target").is_some_and(is_reference)
}

fn is_hidden(types: &TypeSystem, name: &str) -> bool {
    types.line_of(name).any(|one| {
        let is_part = matches!(local(one), "Token" | "Sentence" | "Paragraph");
        let rest = one.strip_prefix(DKPRO);
        is_part
            || rest.is_some_and(|rest| HIDDEN_PACKAGES.iter().any(|package| rest.starts_with(package)))
            || one.starts_with("org.dkpro.core.api.xml.")
    })
}

/// The feature that holds the label: one with a usual name, or one that can take only certain values.
fn label_feature(types: &TypeSystem, name: &str) -> Option<Name> {
    let texts = || types.features(name).filter(|feature| types.range(&feature.range) == Range::Text);
    let usual = LABEL_FEATURES.iter().find_map(|usual| {
        texts().find(|feature| feature.name.eq_ignore_ascii_case(usual)).map(|feature| feature.name.clone())
    });
    usual.or_else(|| texts().find(|feature| &*feature.range != STRING).map(|feature| feature.name.clone()))
}

/// The name that the attribute of a feature has in Glosse.
fn attribute_name(feature: &Feature) -> Name {
    let stated = feature.description.strip_prefix(ATTRIBUTE_MARK);
    let stated = stated.and_then(|name| serde_json::from_str::<String>(name).ok());
    stated.map_or_else(|| feature.name.clone(), Name::from)
}

/// The types that Glosse writes.
pub(super) fn own_types() -> TypeSystem {
    let text = |name: &str| Feature::new(name, STRING);
    let to = |name: &str, range: &str| Feature::new(name, range);
    let mut types = TypeSystem::default();
    types.add(
        METADATA,
        DOCUMENT_ANNOTATION,
        [
            text("documentTitle"),
            text("documentId"),
            text("documentUri"),
            text("collectionId"),
            text("documentBaseUri"),
            to("isLastSegment", Range::Flag.name()),
        ],
    );
    types.add(FIELD, ANNOTATION, [text("key"), text("value")]);
    types.add(SENTENCE, ANNOTATION, []);
    types.add(TOKEN, ANNOTATION, []);
    types.add(
        NAMED_ENTITY,
        ANNOTATION,
        [text("value"), text("identifier"), text(NOTE), text(STATUS), text(PIECES), to(ENTITY_REFERENCE, ENTITY)],
    );
    types.add(
        RELATION,
        ANNOTATION,
        [
            to(GOVERNOR, ANNOTATION),
            to(DEPENDENT, ANNOTATION),
            text("value"),
            text(GOVERNOR_ROLE),
            text(DEPENDENT_ROLE),
            text(NOTE),
            text(STATUS),
        ],
    );
    types.add(LINK, TOP, [text("role"), to("target", ANNOTATION)]);
    types.add(
        EVENT,
        ANNOTATION,
        [to("trigger", ANNOTATION), Feature::array("arguments", LINK), text("value"), text(NOTE), text(STATUS)],
    );
    types.add(DOCUMENT_LABEL, ANNOTATION_BASE, [text("value"), text(NOTE), text(STATUS)]);
    types.add(
        ENTITY,
        TOP,
        [
            text("name"),
            text("entity"),
            text("kind"),
            text("note"),
            to("aliases", STRING_ARRAY),
            to("schemes", STRING_ARRAY),
            to("identifiers", STRING_ARRAY),
        ],
    );
    types
}
