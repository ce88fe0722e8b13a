//! A GATE document as its files have it: text, features, annotation sets with annotations and relations.

use crate::{
    format::{anchor::Unit, value::plain},
    model::AttributeValue,
};
use serde_json::{Map, Value};

/// What GATE keeps of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GateDocument {
    pub text: String,
    pub features: Vec<Feature>,
    pub sets: Vec<GateSet>,
    /// The unit of the offsets of annotations.
    pub unit: Unit,
    /// The unit of the pieces of discontinuous spans.
    pub pieces_unit: Unit,
    /// JSON only: the members of the file, for those that are not known here.
    pub members: Map<String, Value>,
}

/// A named value of a document, an annotation or a relation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    pub name: String,
    pub value: Value,
    /// XML only: the Java class of the value and its text, where they are known.
    pub java: Option<(String, String)>,
}

/// Annotations under one name; the default set has an empty one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GateSet {
    pub name: String,
    /// JSON only: the members of the set, for those that are not known here.
    pub members: Map<String, Value>,
    pub annotations: Vec<GateAnnotation>,
    pub relations: Vec<GateRelation>,
}

/// A labelled stretch of text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GateAnnotation {
    pub id: Option<u64>,
    pub label: String,
    /// In the unit of the document.
    pub place: Option<(u64, u64)>,
    pub features: Vec<Feature>,
    /// XML only: where it stands in the file.
    pub line: Option<usize>,
}

/// A relation between annotations and relations of a set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GateRelation {
    pub id: Option<u64>,
    pub label: String,
    pub members: Vec<Member>,
    pub features: Vec<Feature>,
    /// XML only: an object of Java as it is written.
    pub user_data: String,
    pub line: Option<usize>,
}

/// What a relation points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Annotation {
        set: String,
        id: u64,
    },
    Relation {
        id: u64,
    },
    /// An annotation or relation, first of this set, then of all.
    Either {
        set: String,
        id: u64,
    },
}

impl Member {
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Annotation { id, .. } | Self::Relation { id } | Self::Either { id, .. } => *id,
        }
    }
}

impl Feature {
    pub(super) fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { name: name.into(), value: value.into(), java: None }
    }

    /// The value as that of an attribute; `None` for null.
    pub(super) fn attribute(&self) -> Option<AttributeValue> {
        match &self.value {
            Value::Null => None,
            Value::Bool(flag) => Some(AttributeValue::Flag(*flag)),
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(AttributeValue::Number),
            value => Some(AttributeValue::Text(plain(value).as_str().into())),
        }
    }

    /// The value as JSON: what a text says, where it is one.
    pub(super) fn json(&self) -> Option<Value> {
        match &self.value {
            Value::String(text) => serde_json::from_str(text).ok(),
            value => Some(value.clone()),
        }
    }
}

/// The value of the feature with this name.
pub(super) fn find<'f>(features: &'f [Feature], name: &str) -> Option<&'f Feature> {
    features.iter().find(|feature| feature.name == name)
}
