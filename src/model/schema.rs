//! What may be said in a project: labels, relations, attributes, document labels, and the rules between them.

use super::{AttributeValue, Attributes, Color, Name};

/// The annotation scheme of a project, in the order in which it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    pub labels: Vec<LabelDefinition>,
    pub relations: Vec<RelationDefinition>,
    pub attributes: Vec<AttributeDefinition>,
    pub document_labels: Vec<DocumentLabelDefinition>,
}

/// A label of spans.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelDefinition {
    pub name: Name,
    /// Chosen by the user; `None` takes the next one of the palette.
    pub color: Option<Color>,
    /// The key that makes a span with this label, in lower case.
    pub key: Option<char>,
    /// The guideline: when to use it, with examples.
    pub description: String,
}

/// A label of whole articles; an article can have several.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentLabelDefinition {
    pub name: Name,
    pub color: Option<Color>,
    pub description: String,
}

/// A relation or event between annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationDefinition {
    pub name: Name,
    pub color: Option<Color>,
    pub description: String,
    pub symmetry: Symmetry,
    pub trigger: TriggerRule,
    pub arguments: Vec<ArgumentDefinition>,
}

/// Whether the arguments of a relation can change places without a change of meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symmetry {
    #[default]
    Directed,
    Symmetric,
}

/// Whether a relation has a trigger span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TriggerRule {
    #[default]
    None,
    /// May have one, with one of these labels (any, if empty).
    Optional(Vec<Name>),
    /// Must have one, with one of these labels (any, if empty).
    Required(Vec<Name>),
}

impl TriggerRule {
    /// True if a span with this label can be the trigger.
    pub fn allows(&self, label: &str) -> bool {
        match self {
            Self::None => false,
            Self::Optional(labels) | Self::Required(labels) => {
                labels.is_empty() || labels.iter().any(|allowed| &**allowed == label)
            }
        }
    }
}

/// A role in a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgumentDefinition {
    pub role: Name,
    /// Labels of spans and names of relations that can stand here; any, if empty.
    pub allowed: Vec<Name>,
    pub repeat: Repeat,
}

impl ArgumentDefinition {
    /// True if an annotation with this label can stand here.
    pub fn allows(&self, label: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|allowed| &**allowed == label)
    }
}

/// How often a role may be filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// Exactly once.
    #[default]
    One,
    /// At most once.
    Optional,
    /// Any number of times, also none.
    Many,
}

/// A property that annotations can carry.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDefinition {
    pub name: Name,
    /// Labels of spans and names of relations that can carry it; any, if empty.
    pub applies_to: Vec<Name>,
    pub kind: AttributeKind,
    /// What an annotation without a value is taken to mean; shown pale, not stored.
    pub default: Option<AttributeValue>,
    pub description: String,
}

/// The values that an attribute can take.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeKind {
    Flag,
    Number,
    Text,
    Choice(Vec<Name>),
}

impl AttributeKind {
    /// What a value becomes that is to be of this kind: formats without kinds write text like numbers, and numbers like text.
    /// What can not be of this kind stays as it is.
    pub fn adapted(&self, value: &AttributeValue) -> AttributeValue {
        let adapted = match (self, value) {
            (Self::Text | Self::Choice(_), AttributeValue::Number(_) | AttributeValue::Flag(_)) => {
                AttributeValue::Text(value.to_string().into())
            }
            (Self::Number, AttributeValue::Text(text)) => match text.parse() {
                Ok(number) => AttributeValue::Number(number),
                Err(_) => return value.clone(),
            },
            _ => return value.clone(),
        };
        if self.allows(&adapted) { adapted } else { value.clone() }
    }

    /// True if `value` is of this kind and, for a choice, one of its values. Numbers must be finite.
    pub fn allows(&self, value: &AttributeValue) -> bool {
        match (self, value) {
            (Self::Flag, AttributeValue::Flag(_)) | (Self::Text, AttributeValue::Text(_)) => true,
            (Self::Number, AttributeValue::Number(number)) => number.is_finite(),
            (Self::Choice(values), AttributeValue::Text(text)) => values.contains(text),
            _ => false,
        }
    }
}

impl AttributeDefinition {
    /// True if an annotation with this label can carry the attribute.
    pub fn applies(&self, label: &str) -> bool {
        self.applies_to.is_empty() || self.applies_to.iter().any(|name| &**name == label)
    }
}

/// A contradiction inside a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaProblem {
    DuplicateName { kind: &'static str, name: Name },
    EmptyName { kind: &'static str },
    DuplicateKey { key: char, first: Name, second: Name },
    UnknownName { place: String, name: Name },
    DuplicateRole { relation: Name, role: Name },
    BadDefault { attribute: Name },
}

impl std::fmt::Display for SchemaProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DuplicateName { kind, name } => write!(formatter, "two {kind}s are called {name:?}; rename one"),
            Self::EmptyName { kind } => write!(formatter, "a {kind} has no name; give it one"),
            Self::DuplicateKey { key, first, second } => {
                write!(formatter, "the key {key:?} belongs to {first:?} and to {second:?}; change one")
            }
            Self::UnknownName { place, name } => {
                write!(formatter, "{place} names {name:?}, which the schema does not define")
            }
            Self::DuplicateRole { relation, role } => {
                write!(formatter, "the relation {relation:?} has two roles {role:?}; rename one")
            }
            Self::BadDefault { attribute } => {
                write!(formatter, "the default of the attribute {attribute:?} is not one of its values")
            }
        }
    }
}

impl Schema {
    pub fn label(&self, name: &str) -> Option<&LabelDefinition> {
        self.labels.iter().find(|label| &*label.name == name)
    }

    pub fn relation(&self, name: &str) -> Option<&RelationDefinition> {
        self.relations.iter().find(|relation| &*relation.name == name)
    }

    pub fn attribute(&self, name: &str) -> Option<&AttributeDefinition> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    pub fn document_label(&self, name: &str) -> Option<&DocumentLabelDefinition> {
        self.document_labels.iter().find(|label| &*label.name == name)
    }

    /// The label that `key` makes.
    pub fn label_for_key(&self, key: char) -> Option<&LabelDefinition> {
        self.labels.iter().find(|label| label.key == Some(key))
    }

    /// The attributes that an annotation with this label can carry.
    pub fn attributes_for<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a AttributeDefinition> {
        self.attributes.iter().filter(move |attribute| attribute.applies(label))
    }

    /// The value of `attribute` on an annotation: the stored one, or the default.
    pub fn effective<'a>(
        &'a self,
        attribute: &'a AttributeDefinition,
        stored: &'a Attributes,
    ) -> Option<&'a AttributeValue> {
        stored.get(&attribute.name).or(attribute.default.as_ref())
    }

    /// Every contradiction in the schema; a schema with any is not taken into use.
    pub fn problems(&self) -> Vec<SchemaProblem> {
        let mut problems = Vec::new();
        let mut names_of = |kind, names: Vec<&Name>| {
            for (index, name) in names.iter().enumerate() {
                if name.trim().is_empty() {
                    problems.push(SchemaProblem::EmptyName { kind });
                } else if names.iter().take(index).any(|earlier| earlier == name) {
                    problems.push(SchemaProblem::DuplicateName { kind, name: (*name).clone() });
                }
            }
        };
        // The trigger of an event is often labelled like the event, so the two may have the same name.
        names_of("label", self.labels.iter().map(|label| &label.name).collect());
        names_of("relation", self.relations.iter().map(|relation| &relation.name).collect());
        names_of("attribute", self.attributes.iter().map(|attribute| &attribute.name).collect());
        names_of("document label", self.document_labels.iter().map(|label| &label.name).collect());

        for (index, label) in self.labels.iter().enumerate() {
            let Some(key) = label.key else { continue };
            if let Some(first) = self.labels.iter().take(index).find(|earlier| earlier.key == Some(key)) {
                problems.push(SchemaProblem::DuplicateKey {
                    key,
                    first: first.name.clone(),
                    second: label.name.clone(),
                });
            }
        }
        let is_known = |name: &Name| self.label(name).is_some() || self.relation(name).is_some();
        for relation in &self.relations {
            let mut check = |place: String, names: &[Name], spans_only: bool| {
                for name in names {
                    if !(self.label(name).is_some() || !spans_only && is_known(name)) {
                        problems.push(SchemaProblem::UnknownName { place: place.clone(), name: name.clone() });
                    }
                }
            };
            if let TriggerRule::Optional(labels) | TriggerRule::Required(labels) = &relation.trigger {
                check(format!("the trigger of {:?}", relation.name), labels, true);
            }
            for argument in &relation.arguments {
                check(format!("the role {:?} of {:?}", argument.role, relation.name), &argument.allowed, false);
            }
            for (index, argument) in relation.arguments.iter().enumerate() {
                if relation.arguments.iter().take(index).any(|earlier| earlier.role == argument.role) {
                    problems.push(SchemaProblem::DuplicateRole {
                        relation: relation.name.clone(),
                        role: argument.role.clone(),
                    });
                }
            }
        }
        for attribute in &self.attributes {
            for name in attribute.applies_to.iter().filter(|name| !is_known(name)) {
                problems.push(SchemaProblem::UnknownName {
                    place: format!("the attribute {:?}", attribute.name),
                    name: name.clone(),
                });
            }
            if attribute.default.as_ref().is_some_and(|default| !attribute.kind.allows(default)) {
                problems.push(SchemaProblem::BadDefault { attribute: attribute.name.clone() });
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_the_schema_says_where_they_can() {
        let choice = AttributeKind::Choice(vec!["1".into(), "2".into()]);
        let text = |text: &str| AttributeValue::Text(text.into());
        let check = |kind: &AttributeKind, value: AttributeValue, expected: AttributeValue| {
            assert_eq!(kind.adapted(&value), expected, "{kind:?} {value:?}");
        };
        check(&AttributeKind::Text, AttributeValue::Number(750.0), text("750"));
        check(&AttributeKind::Text, text("750"), text("750"));
        check(&AttributeKind::Number, text("7.5"), AttributeValue::Number(7.5));
        check(&AttributeKind::Number, text("viel"), text("viel"));
        check(&AttributeKind::Number, text("inf"), text("inf"));
        check(&choice, AttributeValue::Number(2.0), text("2"));
        check(&choice, AttributeValue::Number(3.0), AttributeValue::Number(3.0));
        check(&AttributeKind::Flag, AttributeValue::Number(1.0), AttributeValue::Number(1.0));
    }
}
