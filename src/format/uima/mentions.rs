//! Which entities the spans of a CAS name.

use super::{
    cas::{Cas, Index, Structure, Value},
    layers::{ENTITY, ENTITY_REFERENCE},
};
use crate::model::{Entity, EntityId, Span, slug};
use std::collections::{BTreeMap, BTreeSet};

/// The scheme of identifiers that are of no known one.
pub(super) const OTHER_SCHEME: &str = "identifier";
const WIKIDATA: &str = "wikidata";
const WIKIDATA_ENTITY: &str = "http://www.wikidata.org/entity/";

/// The entities of an article, as they are found.
#[derive(Default)]
pub(super) struct Mentions {
    found: BTreeMap<EntityId, Entity>,
    by_identifier: BTreeMap<String, EntityId>,
}

impl Mentions {
    pub fn entities(self) -> Vec<Entity> {
        self.found.into_values().collect()
    }

    /// The entity that a structure names.
    pub fn entity(
        &mut self,
        cas: &Cas,
        index: &Index,
        structure: &Structure,
        span: &Span,
        text: &str,
    ) -> Option<EntityId> {
        let own = structure.reference(ENTITY_REFERENCE).and_then(|id| index.get(cas, id));
        if let Some(own) = own.filter(|own| &*own.kind == ENTITY) {
            let entity = described(cas, index, own)?;
            let id = entity.id.clone();
            self.found.entry(id.clone()).or_insert(entity);
            return Some(id);
        }
        let identifier = structure.text("identifier").map(str::trim).filter(|text| !text.is_empty())?;
        if !super::layers::is_named_entity(&cas.types, &structure.kind) {
            return None;
        }
        if let Some(id) = self.by_identifier.get(identifier) {
            return Some(id.clone());
        }
        let (scheme, number) = split(identifier);
        let stem = slug(number.trim_start_matches("https://").trim_start_matches("http://"));
        let taken: BTreeSet<_> = self.found.keys().collect();
        let id = std::iter::once(EntityId::new(&stem))
            .chain((2u32..).map(|count| EntityId::new(&format!("{stem}-{count}"))))
            .find(|id| !taken.contains(id))?;
        let entity = Entity {
            id: id.clone(),
            name: span.fragments.surface(text),
            kind: span.label.clone(),
            aliases: Vec::new(),
            identifiers: [(scheme.to_owned(), number.to_owned())].into(),
            note: String::new(),
        };
        self.found.insert(id.clone(), entity);
        self.by_identifier.insert(identifier.to_owned(), id.clone());
        Some(id)
    }
}

/// Scheme and id of an identifier.
fn split(identifier: &str) -> (&'static str, &str) {
    let number = identifier.rsplit(['/', ':']).next().unwrap_or_default();
    let is_item = number
        .strip_prefix('Q')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    match is_item && (identifier == number || identifier.contains("wikidata") || identifier.starts_with("wd:")) {
        true => (WIKIDATA, number),
        false => (OTHER_SCHEME, identifier),
    }
}

/// What names an entity outside: as it came, or its address at Wikidata, or its own id.
pub(super) fn identifier(id: &EntityId, entity: Option<&Entity>) -> String {
    let known = |scheme: &str| entity.and_then(|entity| entity.identifiers.get(scheme));
    match (known(OTHER_SCHEME), known(WIKIDATA)) {
        (Some(as_it_came), _) => as_it_came.clone(),
        (None, Some(number)) => format!("{WIKIDATA_ENTITY}{number}"),
        (None, None) => id.to_string(),
    }
}

fn described(cas: &Cas, index: &Index, structure: &Structure) -> Option<Entity> {
    let text = |feature: &str| structure.text(feature).unwrap_or_default().to_owned();
    let texts = |feature: &str| texts(cas, index, structure, feature);
    Some(Entity {
        id: EntityId::new(structure.text("entity").filter(|id| !id.is_empty())?),
        name: text("name"),
        kind: text("kind").into(),
        aliases: texts("aliases"),
        identifiers: texts("schemes").into_iter().zip(texts("identifiers")).collect(),
        note: text("note"),
    })
}

/// The values of a feature with several texts.
fn texts(cas: &Cas, index: &Index, structure: &Structure, feature: &str) -> Vec<String> {
    match structure.get(feature) {
        Some(Value::Texts(texts)) => texts.clone(),
        Some(Value::Reference(id)) => {
            let array = index.get(cas, *id).and_then(|array| array.get("%ELEMENTS"));
            let Some(Value::Json(serde_json::Value::Array(elements))) = array else { return Vec::new() };
            elements.iter().filter_map(|element| element.as_str()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_apart() {
        for (identifier, expected) in [
            ("http://www.wikidata.org/entity/Q7747", ("wikidata", "Q7747")),
            ("Q7747", ("wikidata", "Q7747")),
            ("wd:Q7747", ("wikidata", "Q7747")),
            ("http://example.org/Q7747", ("identifier", "http://example.org/Q7747")),
            ("Quelle", ("identifier", "Quelle")),
            ("Q", ("identifier", "Q")),
        ] {
            assert_eq!(split(identifier), expected);
        }
    }
}
