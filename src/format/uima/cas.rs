//! A CAS in memory: feature structures, views, and what the file was like beside them.

use super::types::TypeSystem;
use crate::model::Name;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// The number of a feature structure in its file.
pub(super) type Id = i64;

pub(super) const SOFA: &str = "uima.cas.Sofa";
/// The view that programs look at first.
pub(super) const INITIAL_VIEW: &str = "_InitialView";

/// Feature structures with their types, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Cas {
    pub types: TypeSystem,
    pub structures: Vec<Structure>,
    pub views: Vec<View>,
    pub form: Form,
}

/// How a file was written, so that it can be written alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    /// XMI: namespaces by the prefixes that stand for them.
    pub prefixes: Vec<(String, String)>,
    /// JSON: members of the whole beside types, structures and views.
    pub header: Vec<(String, Json)>,
    /// JSON: the types as they stood there.
    pub types: serde_json::Map<String, Json>,
    /// JSON: true if structures are members that are named by their numbers.
    pub by_name: bool,
    /// JSON: features that were marked as offsets.
    pub anchors: BTreeSet<Name>,
}

/// A feature structure.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub id: Id,
    /// The full name of its type.
    pub kind: Name,
    pub features: Vec<(Name, Value)>,
    /// Line of the file, where there is one.
    pub line: Option<usize>,
}

/// The value of a feature.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Text, and in XMI everything that stands in an attribute.
    Text(String),
    Flag(bool),
    Integer(i64),
    Number(f64),
    Reference(Id),
    Texts(Vec<String>),
    References(Vec<Id>),
    /// Whatever else JSON can hold.
    Json(Json),
}

/// A set of structures that belong to one text.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// JSON: its name. XMI has it in the sofa.
    pub name: String,
    pub sofa: Option<Id>,
    pub members: Vec<Id>,
}

impl Structure {
    pub fn get(&self, feature: &str) -> Option<&Value> {
        self.features.iter().find(|(name, _)| &**name == feature).map(|(_, value)| value)
    }

    pub fn set(&mut self, feature: &str, value: Value) {
        match self.features.iter_mut().find(|(name, _)| &**name == feature) {
            Some((_, old)) => *old = value,
            None => self.features.push((feature.into(), value)),
        }
    }

    pub fn remove(&mut self, feature: &str) {
        self.features.retain(|(name, _)| &**name != feature);
    }

    /// Text of a feature; of XMI also numbers and flags, which are text there.
    pub fn text(&self, feature: &str) -> Option<&str> {
        match self.get(feature)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn integer(&self, feature: &str) -> Option<i64> {
        match self.get(feature)? {
            Value::Text(text) => text.trim().parse().ok(),
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The structure that a feature refers to.
    pub fn reference(&self, feature: &str) -> Option<Id> {
        let id = match self.get(feature)? {
            Value::Text(text) => text.trim().parse().ok()?,
            Value::Reference(id) => *id,
            _ => return None,
        };
        // Zero is how a file says that there is none.
        (id != 0).then_some(id)
    }

    /// True if it has a place in a text.
    pub fn has_place(&self) -> bool {
        self.get("begin").is_some() || self.get("end").is_some()
    }
}

/// Finds structures by their numbers.
pub(super) struct Index {
    places: HashMap<Id, usize>,
    sofas: HashMap<Id, usize>,
}

impl Index {
    /// Of two structures with one number the first is found; sofas have numbers of their own in files that repeat them.
    pub fn new(cas: &Cas) -> Self {
        let (mut places, mut sofas) = (HashMap::new(), HashMap::new());
        for (place, structure) in cas.structures.iter().enumerate() {
            let map = if &*structure.kind == SOFA { &mut sofas } else { &mut places };
            map.entry(structure.id).or_insert(place);
        }
        Self { places, sofas }
    }

    pub fn place(&self, id: Id) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub fn get<'a>(&self, cas: &'a Cas, id: Id) -> Option<&'a Structure> {
        cas.structures.get(self.place(id)?)
    }

    pub fn sofa<'a>(&self, cas: &'a Cas, id: Id) -> Option<&'a Structure> {
        cas.structures.get(*self.sofas.get(&id)?)
    }

    /// All structures that a feature with several values refers to, whether they stand in it, in an array or in a list.
    pub fn references(&self, cas: &Cas, structure: &Structure, feature: &str) -> Vec<Id> {
        let ids = match structure.get(feature) {
            Some(Value::Text(text)) => text.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect(),
            Some(Value::Reference(id)) => vec![*id],
            Some(Value::References(ids)) => ids.clone(),
            _ => Vec::new(),
        };
        let mut found = Vec::new();
        for id in ids.iter().copied().filter(|id| *id != 0) {
            match self.get(cas, id) {
                Some(array) if is_array(&array.kind) => found.extend(elements(array)),
                Some(list) if list.kind.ends_with("FSList") => self.list(cas, list, &mut found),
                _ => found.push(id),
            }
        }
        found
    }

    fn list(&self, cas: &Cas, first: &Structure, found: &mut Vec<Id>) {
        let mut next = Some(first);
        // A list in a circle has no more links than the CAS has structures.
        for _ in 0..cas.structures.len() {
            let Some(link) = next else { return };
            found.extend(link.reference("head"));
            next = link.reference("tail").and_then(|id| self.get(cas, id));
        }
    }
}

fn is_array(kind: &str) -> bool {
    kind == "uima.cas.FSArray" || kind.ends_with("[]")
}

fn elements(array: &Structure) -> Vec<Id> {
    match array.get("elements").or_else(|| array.get("%ELEMENTS")) {
        Some(Value::Text(text)) => text.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect(),
        Some(Value::References(ids)) => ids.clone(),
        Some(Value::Json(Json::Array(ids))) => ids.iter().filter_map(Json::as_i64).collect(),
        _ => Vec::new(),
    }
}
