//! Which layers and features mean what: the label of an annotation, the entity it names, the roles of a relation.

use super::document::{CHAIN_RELATION, CHAIN_TYPE, Kind, Layer};
use crate::model::{AttributeValue, EntityId, Name, slug};
use std::collections::BTreeMap;

pub(super) const NAMED_ENTITY: &str = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity";
pub(super) const TOKEN: &str = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token";
pub(super) const DEPENDENCY: &str = "de.tudarmstadt.ukp.dkpro.core.api.syntax.type.dependency.Dependency";
pub(super) const COREFERENCE: &str = "de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink";
/// Any type of annotation.
pub(super) const ANNOTATION: &str = "uima.tcas.Annotation";
/// The layer of relations that come from none.
pub(super) const RELATION: &str = "webanno.custom.Relation";
/// The layer of relations that are more than an arrow between two spans, with its links.
pub(super) const EVENT: &str = "webanno.custom.GlosseEvent";
pub(super) const ARGUMENTS: (&str, &str) = ("arguments", "webanno.custom.GlosseEventArgumentsLink");
pub(super) const TRIGGER: (&str, &str) = ("trigger", "webanno.custom.GlosseEventTriggerLink");

/// The attribute that names the layer of an annotation, if that is not the usual one.
pub(super) const LAYER: &str = "layer";
/// The feature that is the note of an annotation.
pub(super) const NOTE: &str = "note";
/// The feature of named entities that says which entity they name.
pub(super) const IDENTIFIER: &str = "identifier";
/// Roles of a relation in UIMA, and the features for other names of them.
pub(super) const ROLES: [(&str, &str); 2] = [("Governor", "governorRole"), ("Dependent", "dependentRole")];
/// Roles of neighbors in a chain.
pub(super) const CHAIN_ROLES: [&str; 2] = ["from", "to"];

/// Feature names that hold the tag of a layer that somebody made.
const TAGS: [&str; 7] = ["value", "label", "category", "type", "tag", "class", "kind"];
/// Layers that come with the program, and the feature that is a tag of a tag set.
const BUILT_IN: [(&str, Option<&str>); 10] = [
    (NAMED_ENTITY, Some("value")),
    (DEPENDENCY, Some("DependencyType")),
    (COREFERENCE, Some(CHAIN_TYPE)),
    ("de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS", Some("PosValue")),
    ("de.tudarmstadt.ukp.dkpro.core.api.syntax.type.chunk.Chunk", Some("chunkValue")),
    ("de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.morph.MorphologicalFeatures", None),
    ("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Lemma", None),
    ("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Stem", None),
    ("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.SurfaceForm", None),
    (TOKEN, None),
];

/// What a layer is called without its package.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('.').find(|part| !part.trim().is_empty()).unwrap_or("Annotation")
}

/// True if a layer comes with the program and has no tag.
pub(super) fn is_tagless(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, tag)| *known == name && tag.is_none())
}

/// The feature of a layer that is the label of its annotations.
pub(super) fn tag<'a>(kind: Kind, name: &str, features: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let features: Vec<_> = features.collect();
    let of_name = |tag: &str| features.iter().copied().find(|feature| feature.eq_ignore_ascii_case(tag));
    if kind == Kind::Chain {
        return of_name(CHAIN_TYPE);
    }
    match BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((_, tag)) => tag.and_then(of_name),
        None => TAGS.iter().find_map(|tag| of_name(tag)),
    }
}

impl Layer {
    pub(super) fn tag(&self) -> Option<&str> {
        tag(self.kind, &self.name, self.features())
    }

    /// True if a feature is one of those that every layer of this kind has, and no attribute.
    pub(super) fn is_structure(&self, feature: &str) -> bool {
        match self.kind {
            Kind::Span => self.name == NAMED_ENTITY && feature == IDENTIFIER,
            Kind::Chain => feature == CHAIN_RELATION,
            Kind::Relation => ROLES.iter().any(|(_, name)| *name == feature),
        }
    }
}

/// The attribute for a feature.
pub(super) fn attribute_name(feature: &str) -> String {
    match feature {
        LAYER => format!("feature:{feature}"),
        _ => feature.to_owned(),
    }
}

/// The feature for an attribute. UIMA allows letters, digits and `_`; in the head of a file `ROLE_` and `BT_` mean others.
pub(super) fn feature_name(attribute: &str) -> String {
    let name = attribute.strip_prefix("feature:").unwrap_or(attribute);
    let mut feature: String = name.chars().map(|char| if char.is_alphanumeric() { char } else { '_' }).collect();
    let is_reserved = ["ROLE_", "BT_"].iter().any(|start| feature.starts_with(start));
    if is_reserved || !feature.starts_with(char::is_alphabetic) {
        feature.insert(0, 'x');
    }
    feature
}

/// True if `name` can be the name of a layer.
pub(super) fn is_type_name(name: &str) -> bool {
    let allowed = |char: char| char.is_ascii_alphanumeric() || char == '_';
    name.contains('.') && name.split('.').all(|part| part.starts_with(char::is_alphabetic) && part.chars().all(allowed))
}

/// What the values of an attribute are throughout a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    Flag,
    Number,
    Text,
}

impl ValueKind {
    fn of(value: &str) -> Self {
        match value {
            "true" | "false" => Self::Flag,
            _ if number(value).is_some() => Self::Number,
            _ => Self::Text,
        }
    }

    pub(super) fn value(self, text: &str) -> AttributeValue {
        match self {
            Self::Flag => AttributeValue::Flag(text == "true"),
            Self::Number => number(text).map_or_else(|| AttributeValue::Text(text.into()), AttributeValue::Number),
            Self::Text => AttributeValue::Text(text.into()),
        }
    }
}

/// A number as it is written by this program; other spellings stay text.
fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite() && number.to_string() == text)
}

/// The kinds of attributes by name: those of which all values are flags or all are numbers, everything else is text.
#[derive(Debug, Default)]
pub(super) struct ValueKinds {
    kinds: BTreeMap<Name, ValueKind>,
}

impl ValueKinds {
    /// Takes in one more value.
    pub(super) fn add(&mut self, attribute: &str, value: &str) {
        match self.kinds.get_mut(attribute) {
            Some(ValueKind::Text) => {}
            Some(kind) if *kind == ValueKind::of(value) => {}
            Some(kind) => *kind = ValueKind::Text,
            None => {
                self.kinds.insert(attribute.into(), ValueKind::of(value));
            }
        }
    }

    pub(super) fn get(&self, attribute: &str) -> ValueKind {
        self.kinds.get(attribute).copied().unwrap_or(ValueKind::Text)
    }
}

const WIKIDATA: [&str; 2] = ["http://www.wikidata.org/entity/", "https://www.wikidata.org/entity/"];

/// The entity that an identifier names: its id here, and its id elsewhere with the scheme if that is another.
pub(super) fn entity_of(identifier: &str) -> (EntityId, Option<(&'static str, String)>) {
    if let Some(item) = WIKIDATA.iter().find_map(|start| identifier.strip_prefix(start)) {
        return (EntityId::new(&slug(item)), Some(("wikidata", item.to_owned())));
    }
    let stem = slug(identifier);
    if stem == identifier {
        return (EntityId::new(&stem), None);
    }
    // Two long addresses can have one slug.
    let mark = xxhash_rust::xxh3::xxh3_64(identifier.as_bytes()) & 0xFFFF_FFFF;
    let start = stem.get(..stem.len().min(60)).unwrap_or_default();
    let scheme = if identifier.contains("://") { "iri" } else { "identifier" };
    (EntityId::new(&format!("{start}-{mark:08x}")), Some((scheme, identifier.to_owned())))
}

/// The identifier for an entity, from its id here and those elsewhere.
pub(super) fn identifier_of(id: &EntityId, elsewhere: Option<&BTreeMap<String, String>>) -> String {
    let known = |scheme: &str| elsewhere.and_then(|ids| ids.get(scheme));
    let wikidata = known("wikidata").map(|item| format!("{}{item}", WIKIDATA.first().copied().unwrap_or_default()));
    let other = || known("iri").or_else(|| known("identifier")).cloned();
    wikidata.or_else(other).unwrap_or_else(|| id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_tags() {
        let check = |name: &str, features: &[&str], expected: Option<&str>| {
            assert_eq!(tag(Kind::Span, name, features.iter().copied()), expected, "{name}");
        };
        check(NAMED_ENTITY, &["identifier", "value"], Some("value"));
        check(NAMED_ENTITY, &["label"], None);
        check("webanno.custom.Span", &["f", "Category", "Value"], Some("Value"));
        check("webanno.custom.Span", &["f1", "f2"], None);
        check("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Lemma", &["value"], None);
    }

    #[test]
    fn entities_come_back() {
        let check = |identifier: &str, id: &str| {
            let (entity, elsewhere) = entity_of(identifier);
            assert_eq!(entity.as_str(), id);
            let elsewhere = elsewhere.map(|(scheme, id)| [(scheme.to_owned(), id)].into());
            let back = identifier_of(&entity, elsewhere.as_ref());
            assert_eq!(back.replace("https", "http"), identifier.replace("https", "http"));
        };
        check("wladimir-putin", "wladimir-putin");
        check("http://www.wikidata.org/entity/Q7747", "q7747");
        check("https://www.wikidata.org/entity/Q7747", "q7747");
        check("http://example.org/#Köln", "http-example-org-koeln-b8807218");
        check("Q 1", "q-1-32a49706");
    }

    #[test]
    fn attributes_have_names_that_features_can_have() {
        for (attribute, feature, back) in [
            ("sure", "sure", "sure"),
            ("feature:layer", "layer", "feature:layer"),
            ("mit Größe", "mit_Größe", "mit_Größe"),
            ("ROLE_x", "xROLE_x", "xROLE_x"),
            ("", "x", "x"),
            ("1", "x1", "x1"),
        ] {
            assert_eq!(feature_name(attribute), feature);
            assert_eq!(attribute_name(feature), back);
        }
    }
}
