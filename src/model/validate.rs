//! Whether annotations follow the schema and fit their text.

use super::{AnnotationId, AnnotationSet, Name, Relation, Repeat, Schema, Span, Status, Symmetry, TriggerRule};
use std::fmt;

/// Something wrong with one annotation.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    UnknownLabel {
        id: AnnotationId,
        label: Name,
    },
    UnknownRelation {
        id: AnnotationId,
        label: Name,
    },
    UnknownDocumentLabel {
        id: AnnotationId,
        label: Name,
    },
    UnknownAttribute {
        id: AnnotationId,
        attribute: Name,
    },
    BadAttributeValue {
        id: AnnotationId,
        attribute: Name,
        value: String,
    },
    OutsideText {
        id: AnnotationId,
    },
    /// See [`Span::awaits_place`].
    Unplaced {
        id: AnnotationId,
        label: Name,
    },
    UnknownEntity {
        id: AnnotationId,
        entity: String,
    },
    MissingTarget {
        id: AnnotationId,
        target: AnnotationId,
    },
    MissingTrigger {
        id: AnnotationId,
        label: Name,
    },
    TriggerNotAllowed {
        id: AnnotationId,
        label: Name,
    },
    UnknownRole {
        id: AnnotationId,
        role: Name,
    },
    MissingArgument {
        id: AnnotationId,
        role: Name,
    },
    RepeatedArgument {
        id: AnnotationId,
        role: Name,
    },
    ArgumentNotAllowed {
        id: AnnotationId,
        role: Name,
        label: Name,
    },
    Circle {
        id: AnnotationId,
    },
    RelatedToItself {
        id: AnnotationId,
    },
}

impl Problem {
    /// The annotation that has the problem.
    pub fn id(&self) -> AnnotationId {
        match self {
            Self::UnknownLabel { id, .. }
            | Self::UnknownRelation { id, .. }
            | Self::UnknownDocumentLabel { id, .. }
            | Self::UnknownAttribute { id, .. }
            | Self::BadAttributeValue { id, .. }
            | Self::OutsideText { id }
            | Self::Unplaced { id, .. }
            | Self::UnknownEntity { id, .. }
            | Self::MissingTarget { id, .. }
            | Self::MissingTrigger { id, .. }
            | Self::TriggerNotAllowed { id, .. }
            | Self::UnknownRole { id, .. }
            | Self::MissingArgument { id, .. }
            | Self::RepeatedArgument { id, .. }
            | Self::ArgumentNotAllowed { id, .. }
            | Self::Circle { id }
            | Self::RelatedToItself { id } => *id,
        }
    }

    /// True if the annotation is unfinished rather than wrong: an event whose arguments are still being filled in, a span that
    /// has to be placed.
    pub fn is_unfinished(&self) -> bool {
        matches!(self, Self::MissingTrigger { .. } | Self::MissingArgument { .. } | Self::Unplaced { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLabel { id, label } => write!(formatter, "span {id}: the schema has no label {label:?}"),
            Self::UnknownRelation { id, label } => {
                write!(formatter, "relation {id}: the schema has no relation {label:?}")
            }
            Self::UnknownDocumentLabel { id, label } => {
                write!(formatter, "document label {id}: the schema has no document label {label:?}")
            }
            Self::UnknownAttribute { id, attribute } => {
                write!(formatter, "annotation {id}: the schema has no attribute {attribute:?} for its label")
            }
            Self::BadAttributeValue { id, attribute, value } => {
                write!(formatter, "annotation {id}: {value:?} is not a value of the attribute {attribute:?}")
            }
            Self::OutsideText { id } => write!(formatter, "span {id}: lies outside the text or splits a character"),
            Self::Unplaced { id, label } => {
                write!(formatter, "span {id}: this {label:?} has no words; move its edges over them, or reject it")
            }
            Self::UnknownEntity { id, entity } => write!(formatter, "span {id}: the registry has no entity {entity:?}"),
            Self::MissingTarget { id, target } => {
                write!(formatter, "relation {id}: points to {target}, which does not exist")
            }
            Self::MissingTrigger { id, label } => write!(formatter, "relation {id}: a {label:?} needs a trigger"),
            Self::TriggerNotAllowed { id, label } => {
                write!(formatter, "relation {id}: {label:?} can not be its trigger")
            }
            Self::UnknownRole { id, role } => write!(formatter, "relation {id}: its type has no role {role:?}"),
            Self::MissingArgument { id, role } => write!(formatter, "relation {id}: the role {role:?} is not filled"),
            Self::RepeatedArgument { id, role } => {
                write!(formatter, "relation {id}: the role {role:?} is filled twice")
            }
            Self::ArgumentNotAllowed { id, role, label } => {
                write!(formatter, "relation {id}: {label:?} can not be its {role:?}")
            }
            Self::Circle { id } => write!(formatter, "relation {id}: is its own argument"),
            Self::RelatedToItself { id } => write!(formatter, "relation {id}: links an annotation with itself"),
        }
    }
}

/// Every problem of the accepted and suggested annotations of a set, by id. `text` is the article's.
pub fn validate(set: &AnnotationSet, schema: &Schema, entities: &super::EntityRegistry, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for span in set.spans().filter(|span| span.status != Status::Rejected) {
        check_span(span, schema, entities, text, &mut problems);
    }
    for relation in set.relations().filter(|relation| relation.status != Status::Rejected) {
        check_relation(relation, set, schema, &mut problems);
    }
    for label in set.document_labels() {
        if schema.document_label(&label.label).is_none() {
            problems.push(Problem::UnknownDocumentLabel { id: label.id, label: label.label.clone() });
        }
    }
    problems
}

fn check_span(span: &Span, schema: &Schema, entities: &super::EntityRegistry, text: &str, problems: &mut Vec<Problem>) {
    let id = span.id;
    if schema.label(&span.label).is_none() {
        problems.push(Problem::UnknownLabel { id, label: span.label.clone() });
    }
    if !span.fragments.fit(text) {
        problems.push(Problem::OutsideText { id });
    }
    if span.awaits_place() {
        problems.push(Problem::Unplaced { id, label: span.label.clone() });
    }
    if let Some(entity) = span.entity.as_ref().filter(|entity| entities.get(entity).is_none()) {
        problems.push(Problem::UnknownEntity { id, entity: entity.to_string() });
    }
    check_attributes(id, &span.label, &span.attributes, schema, problems);
}

fn check_attributes(
    id: AnnotationId,
    label: &str,
    attributes: &super::Attributes,
    schema: &Schema,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in attributes {
        match schema.attribute(name).filter(|attribute| attribute.applies(label)) {
            None => problems.push(Problem::UnknownAttribute { id, attribute: name.clone() }),
            Some(attribute) if !attribute.kind.allows(value) => {
                problems.push(Problem::BadAttributeValue { id, attribute: name.clone(), value: value.to_string() });
            }
            Some(_) => {}
        }
    }
}

fn check_relation(relation: &Relation, set: &AnnotationSet, schema: &Schema, problems: &mut Vec<Problem>) {
    let id = relation.id;
    if set.leads_to(id, id) {
        problems.push(Problem::Circle { id });
    }
    for target in relation.targets() {
        if target != id && set.span(target).is_none() && set.relation(target).is_none() {
            problems.push(Problem::MissingTarget { id, target });
        }
    }
    check_attributes(id, &relation.label, &relation.attributes, schema, problems);
    let Some(definition) = schema.relation(&relation.label) else {
        problems.push(Problem::UnknownRelation { id, label: relation.label.clone() });
        return;
    };
    if relation.links_with_itself(definition) {
        problems.push(Problem::RelatedToItself { id });
    }
    match (relation.trigger.and_then(|trigger| set.span(trigger)), &definition.trigger) {
        (Some(trigger), rule) if !rule.allows(&trigger.label) => {
            problems.push(Problem::TriggerNotAllowed { id, label: trigger.label.clone() });
        }
        (None, TriggerRule::Required(_)) if relation.trigger.is_none() => {
            problems.push(Problem::MissingTrigger { id, label: relation.label.clone() });
        }
        _ => {}
    }
    for argument in &relation.arguments {
        let Some(role) = definition.arguments.iter().find(|role| role.role == argument.role) else {
            problems.push(Problem::UnknownRole { id, role: argument.role.clone() });
            continue;
        };
        if let Some(target) = set.get(argument.target).filter(|target| !role.allows(target.label())) {
            problems.push(Problem::ArgumentNotAllowed { id, role: role.role.clone(), label: target.label().clone() });
        }
    }
    for role in &definition.arguments {
        let count = relation.arguments.iter().filter(|argument| argument.role == role.role).count();
        match role.repeat {
            Repeat::One if count == 0 => problems.push(Problem::MissingArgument { id, role: role.role.clone() }),
            Repeat::One | Repeat::Optional if count > 1 => {
                problems.push(Problem::RepeatedArgument { id, role: role.role.clone() });
            }
            _ => {}
        }
    }
}

/// What the schema allows between annotations, for the choices that are offered while drawing.
impl Schema {
    /// The relations with which `source` can point to `target`, with the two roles: for a binary relation its first and
    /// second role; for an event with `source` as its trigger, `None` and the role that `target` takes.
    pub fn relations_between(&self, source: &str, target: &str) -> Vec<(Name, Option<Name>, Name)> {
        let mut found = Vec::new();
        for relation in &self.relations {
            let mut add = |choice: (Name, Option<Name>, Name)| {
                if !found.contains(&choice) {
                    found.push(choice);
                }
            };
            if relation.trigger.allows(source) {
                for role in relation.arguments.iter().filter(|role| role.allows(target)) {
                    add((relation.name.clone(), None, role.role.clone()));
                }
            }
            if matches!(relation.trigger, TriggerRule::Required(_)) {
                continue;
            }
            if let [first, second, ..] = relation.arguments.as_slice() {
                let forward = first.allows(source) && second.allows(target);
                let backward =
                    relation.symmetry == Symmetry::Symmetric && second.allows(source) && first.allows(target);
                if forward || backward {
                    add((relation.name.clone(), Some(first.role.clone()), second.role.clone()));
                }
            }
        }
        found
    }
}
