//! What types probably are that no type system describes: from how their structures look.

use super::{
    cas::{Cas, Index, SOFA, Structure, Value},
    layers::own_types,
    types::{
        ANNOTATION, ANNOTATION_BASE, DOCUMENT_ANNOTATION, FS_ARRAY, Feature, Range, STRING, STRING_ARRAY, TOP, Type,
        is_built_in,
    },
};
use crate::model::Name;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Features that refer to structures wherever they occur, as other layers take them for granted.
const REFERENCES: [&str; 9] = ["Governor", "Dependent", "first", "next", "target", "trigger", "head", "tail", "parent"];

/// What the values of a feature have in common so far.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    /// Empty, as text and lists can be.
    Nothing,
    Flag,
    Integer,
    Number,
    /// Structures of one type, which numbers in text may be by chance.
    Structure(Name, Sure),
    /// Lists of numbers of structures.
    Structures,
    Texts,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sure {
    Yes,
    No,
}

/// Describes all types and features that occur and are not described.
pub(super) fn complete(cas: &mut Cas) {
    let index = Index::new(cas);
    let mut known = own_types().types;
    if cas
        .structures
        .iter()
        .any(|structure| known.contains_key(&structure.kind) && structure.kind.starts_with("glosse."))
    {
        cas.types.merge(&own_types());
    }
    // What we add to layers of others comes with what it refers to.
    known.values_mut().for_each(|known| known.features.retain(|feature| !feature.name.starts_with("glosse_")));
    let mut found: BTreeMap<Name, BTreeMap<Name, Seen>> = BTreeMap::new();
    let mut parents: BTreeMap<Name, &'static str> = BTreeMap::new();
    for structure in &cas.structures {
        let kind = &structure.kind;
        if is_built_in(kind) || kind.ends_with("[]") {
            continue;
        }
        if !cas.types.types.contains_key(kind) && !parents.contains_key(kind) {
            if let Some(known) = known.get(kind) {
                cas.types.types.insert(kind.clone(), known.clone());
                continue;
            }
            let parent = match (structure.has_place(), structure.get("sofa")) {
                (true, _) => ANNOTATION,
                (false, Some(_)) => ANNOTATION_BASE,
                (false, None) => TOP,
            };
            parents.insert(kind.clone(), parent);
        }
    }
    for (kind, parent) in parents {
        cas.types.types.insert(kind, Type { parent: parent.into(), ..Type::default() });
    }
    for structure in &cas.structures {
        let kind = &structure.kind;
        if is_built_in(kind) || kind.ends_with("[]") {
            continue;
        }
        let is_document = cas.types.is_a(kind, DOCUMENT_ANNOTATION);
        let is_own = |name: &str| {
            matches!(name, "begin" | "end" | "sofa")
                || name.starts_with(['%', '@'])
                || name == "language" && is_document
        };
        let features = structure.features.iter().filter(|(name, _)| !is_own(name));
        for (name, value) in features {
            if cas.types.feature(kind, name).is_some() {
                continue;
            }
            let seen = look(cas, &index, name, value);
            let known = found.entry(kind.clone()).or_default();
            let joined = match known.remove(name) {
                Some(before) => join(before, seen),
                None => seen,
            };
            known.insert(name.clone(), joined);
        }
    }
    for (kind, features) in found {
        let features = features.into_iter().map(|(name, seen)| match seen {
            Seen::Flag => Feature::new(&name, Range::Flag.name()),
            Seen::Integer => Feature::new(&name, "uima.cas.Long"),
            Seen::Number => Feature::new(&name, Range::Number.name()),
            Seen::Structure(kind, _) => reference(&name, &kind),
            Seen::Structures => Feature::new(&name, FS_ARRAY),
            Seen::Texts => Feature::new(&name, STRING_ARRAY),
            Seen::Text | Seen::Nothing => Feature::new(&name, STRING),
        });
        let features: Vec<_> = features.collect();
        cas.types.add(&kind, TOP, features);
    }
}

/// A feature that refers to a structure; one that refers to an array or list refers to it as a structure of its own.
fn reference(name: &str, kind: &str) -> Feature {
    let collection = kind.strip_prefix("uima.cas.").and_then(|kind| {
        let list = kind.strip_prefix("NonEmpty").or_else(|| kind.strip_prefix("Empty")).unwrap_or(kind);
        (list.ends_with("List") || list.ends_with("Array")).then_some(list)
    });
    match collection {
        Some(collection) => Feature { shared: Some(true), ..Feature::new(name, &format!("uima.cas.{collection}")) },
        None => Feature::new(name, kind),
    }
}

fn look(cas: &Cas, index: &Index, name: &str, value: &Value) -> Seen {
    let target = |id: i64| index.get(cas, id).map(|target: &Structure| target.kind.clone());
    let text = match value {
        Value::Flag(_) => return Seen::Flag,
        Value::Integer(_) => return Seen::Integer,
        Value::Json(Json::Null) => return Seen::Nothing,
        // Numbers that JSON does not have are text there.
        Value::Number(_) | Value::Json(Json::String(_) | Json::Number(_)) => return Seen::Number,
        Value::Json(_) => return Seen::Text,
        Value::Texts(_) => return Seen::Texts,
        Value::References(_) => return Seen::Structures,
        Value::Reference(id) => {
            let kind = target(*id).or_else(|| index.sofa(cas, *id).map(|_| SOFA.into()));
            return match kind {
                Some(kind) if kind.ends_with("[]") => Seen::Structures,
                kind => Seen::Structure(kind.unwrap_or_else(|| TOP.into()), Sure::Yes),
            };
        }
        Value::Text(text) => text,
    };
    if text.is_empty() {
        return Seen::Nothing;
    }
    if text == "true" || text == "false" {
        return Seen::Flag;
    }
    let parts: Vec<_> = text.split(' ').collect();
    let numbers: Option<Vec<i64>> = parts.iter().map(|part| part.parse().ok().filter(|id| *id > 0)).collect();
    match numbers.as_deref() {
        Some([id]) => match (target(*id), REFERENCES.contains(&name)) {
            (Some(kind), true) => Seen::Structure(kind, Sure::Yes),
            (Some(kind), false) => Seen::Structure(kind, Sure::No),
            (None, true) => Seen::Structure(TOP.into(), Sure::Yes),
            (None, false) => Seen::Text,
        },
        Some(ids) if ids.iter().all(|id| target(*id).is_some()) => Seen::Structures,
        _ => Seen::Text,
    }
}

fn join(one: Seen, other: Seen) -> Seen {
    match (one, other) {
        (one, other) if one == other => one,
        (Seen::Nothing, other) | (other, Seen::Nothing) => other,
        (Seen::Structure(_, Sure::Yes), Seen::Structure(_, Sure::Yes)) => Seen::Structure(TOP.into(), Sure::Yes),
        (Seen::Structure(..), Seen::Structures) | (Seen::Structures, Seen::Structure(..)) => Seen::Structures,
        (Seen::Integer, Seen::Number) | (Seen::Number, Seen::Integer) => Seen::Number,
        (Seen::Texts, _) | (_, Seen::Texts) => Seen::Texts,
        _ => Seen::Text,
    }
}
