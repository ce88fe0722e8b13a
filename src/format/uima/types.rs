//! The types of a CAS: what they are made from and which features they have.

use crate::model::Name;
use std::collections::BTreeMap;

pub(super) const TOP: &str = "uima.cas.TOP";
pub(super) const ANNOTATION_BASE: &str = "uima.cas.AnnotationBase";
pub(super) const ANNOTATION: &str = "uima.tcas.Annotation";
pub(super) const DOCUMENT_ANNOTATION: &str = "uima.tcas.DocumentAnnotation";
pub(super) const STRING: &str = "uima.cas.String";
pub(super) const FS_ARRAY: &str = "uima.cas.FSArray";
pub(super) const STRING_ARRAY: &str = "uima.cas.StringArray";

/// Types by full name, without those that every CAS has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TypeSystem {
    pub types: BTreeMap<Name, Type>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Type {
    pub parent: Name,
    pub description: String,
    /// Those that the type adds to those of its parent.
    pub features: Vec<Feature>,
    /// Of a kind of text: the values that it can take.
    pub values: Vec<Name>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Feature {
    pub name: Name,
    pub description: String,
    pub range: Name,
    /// What an array or list holds.
    pub element: Option<Name>,
    /// Whether an array or list is a structure of its own.
    pub shared: Option<bool>,
}

/// What a feature can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Range {
    Text,
    Flag,
    Integer,
    Number,
    /// One structure.
    Structure,
    /// Several structures.
    Structures,
    /// Arrays and lists of other things.
    Other,
}

impl Range {
    /// The name of the type of simple values.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => STRING,
            Self::Flag => "uima.cas.Boolean",
            Self::Integer => "uima.cas.Integer",
            Self::Number => "uima.cas.Double",
            Self::Structure => TOP,
            Self::Structures | Self::Other => FS_ARRAY,
        }
    }
}

impl Feature {
    pub fn new(name: &str, range: &str) -> Self {
        Self { name: name.into(), range: range.into(), ..Self::default() }
    }

    pub fn array(name: &str, element: &str) -> Self {
        Self { element: Some(element.into()), ..Self::new(name, FS_ARRAY) }
    }
}

/// True for the types that every CAS has.
pub(super) fn is_built_in(name: &str) -> bool {
    name.starts_with("uima.cas.") || name == ANNOTATION || name == DOCUMENT_ANNOTATION
}

impl TypeSystem {
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// The type and those that it is made from, the nearest first.
    pub fn line_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let parent = |name: &&'a str| match *name {
            TOP => None,
            ANNOTATION => Some(ANNOTATION_BASE),
            DOCUMENT_ANNOTATION => Some(ANNOTATION),
            other => match self.types.get(other) {
                Some(known) => Some(&*known.parent),
                None => Some(TOP),
            },
        };
        // Types in a circle end somewhere too.
        std::iter::successors(Some(name), parent).take(64)
    }

    pub fn is_a(&self, name: &str, ancestor: &str) -> bool {
        self.line_of(name).any(|one| one == ancestor)
    }

    /// All features of a type, its own first, without those of every annotation.
    pub fn features<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Feature> {
        self.line_of(name).filter_map(|one| self.types.get(one)).flat_map(|one| &one.features)
    }

    pub fn feature<'a>(&'a self, name: &'a str, feature: &str) -> Option<&'a Feature> {
        self.features(name).find(|one| &*one.name == feature)
    }

    /// What a range can hold.
    pub fn range(&self, range: &str) -> Range {
        match range {
            "uima.cas.Boolean" => Range::Flag,
            "uima.cas.Byte" | "uima.cas.Short" | "uima.cas.Integer" | "uima.cas.Long" => Range::Integer,
            "uima.cas.Float" | "uima.cas.Double" => Range::Number,
            FS_ARRAY | "uima.cas.FSList" => Range::Structures,
            _ if self.is_a(range, STRING) => Range::Text,
            _ => match range.strip_suffix("[]") {
                Some(element) if matches!(self.range(element), Range::Structure) => Range::Structures,
                Some(_) => Range::Other,
                None if is_collection(range) => Range::Other,
                None => Range::Structure,
            },
        }
    }

    /// Adds a type unless there is one of this name, and the features that the one there does not have.
    pub fn add(&mut self, name: &str, parent: &str, features: impl IntoIterator<Item = Feature>) {
        let missing: Vec<_> =
            features.into_iter().filter(|feature| self.feature(name, &feature.name).is_none()).collect();
        let known = self.types.entry(name.into()).or_insert_with(|| Type { parent: parent.into(), ..Type::default() });
        known.features.extend(missing);
    }

    /// Adds all of `other`; false if the two contradict each other, and then nothing of a contradiction is taken.
    pub fn merge(&mut self, other: &Self) -> bool {
        let mut agree = true;
        for (name, theirs) in &other.types {
            match self.types.get_mut(name) {
                None => {
                    self.types.insert(name.clone(), theirs.clone());
                }
                Some(ours) => {
                    agree &= ours.parent == theirs.parent;
                    for feature in &theirs.features {
                        match ours.features.iter().find(|known| known.name == feature.name) {
                            None => ours.features.push(feature.clone()),
                            Some(known) => {
                                agree &= known.range == feature.range
                                    && known.shared.unwrap_or_default() == feature.shared.unwrap_or_default();
                            }
                        }
                    }
                    let new: Vec<_> =
                        theirs.values.iter().filter(|value| !ours.values.contains(value)).cloned().collect();
                    ours.values.extend(new);
                }
            }
        }
        agree
    }
}

fn is_collection(range: &str) -> bool {
    range.strip_prefix("uima.cas.").is_some_and(|name| name.ends_with("Array") || name.ends_with("List"))
}

/// The last part of a full name.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_know_what_they_are_made_from() {
        let mut types = TypeSystem::default();
        types.add("a.Child", "a.Parent", [Feature::new("child", STRING)]);
        types.add("a.Parent", ANNOTATION, [Feature::new("parent", "uima.cas.Double")]);
        types.add("a.Tag", STRING, []);
        types.add("a.One", "a.Two", []);
        types.add("a.Two", "a.One", []);
        assert!(types.is_a("a.Child", ANNOTATION_BASE) && types.is_a("a.Child", TOP));
        assert!(!types.is_a("a.One", ANNOTATION) && types.is_a("a.Unknown", TOP));
        let names: Vec<_> = types.features("a.Child").map(|feature| &*feature.name).collect();
        assert_eq!(names, ["child", "parent"]);
        for (range, expected) in [
            ("a.Tag", Range::Text),
            ("a.Parent", Range::Structure),
            ("a.Parent[]", Range::Structures),
            ("uima.cas.Long", Range::Integer),
            ("uima.cas.Long[]", Range::Other),
            ("uima.cas.StringList", Range::Other),
            ("uima.tcas.Annotation", Range::Structure),
        ] {
            assert_eq!(types.range(range), expected, "{range}");
        }
    }

    #[test]
    fn contradictions_are_told() {
        let system = |range: &str| {
            let mut types = TypeSystem::default();
            types.add("a.A", ANNOTATION, [Feature::new("b", range)]);
            types
        };
        let mut types = system(STRING);
        assert!(types.merge(&system(STRING)));
        assert!(!types.merge(&system("uima.cas.Double")));
        assert_eq!(types, system(STRING));
    }
}
