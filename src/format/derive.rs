//! A schema from annotations that come without one.

use super::Imported;
use crate::model::{
    ArgumentDefinition, AttributeDefinition, AttributeKind, AttributeValue, Attributes, DocumentLabel,
    DocumentLabelDefinition, LabelDefinition, Name, Relation, RelationDefinition, Repeat, Schema, Span, Symmetry,
    TriggerRule,
};

/// Adds to `schema` what the annotations of an article need and it does not define yet: labels, relations with their roles,
/// attributes, document labels. Relations that it defines get the roles that they lack; every role and attribute is open to
/// all labels.
pub fn schema_of(imported: &Imported, schema: &mut Schema) {
    if let Some(stated) = &imported.schema {
        add_defined(stated, schema);
    }
    add_used(imported.spans.iter(), imported.relations.iter(), imported.document_labels.iter(), schema);
}

/// As [`schema_of`], of annotations wherever they are.
pub fn add_used<'a>(
    spans: impl Iterator<Item = &'a Span>,
    relations: impl Iterator<Item = &'a Relation>,
    document_labels: impl Iterator<Item = &'a DocumentLabel>,
    schema: &mut Schema,
) {
    for span in spans {
        if schema.label(&span.label).is_none() {
            schema.labels.push(LabelDefinition {
                name: span.label.clone(),
                color: None,
                key: None,
                description: String::new(),
            });
        }
        add_attributes(&span.attributes, schema);
    }
    for relation in relations {
        let before = schema.relations.iter().position(|known| known.name == relation.label);
        match before.and_then(|place| schema.relations.get_mut(place)) {
            Some(known) => widen(known, relation),
            None => schema.relations.push(definition(relation)),
        }
        add_attributes(&relation.attributes, schema);
    }
    for label in document_labels {
        if schema.document_label(&label.label).is_none() {
            schema.document_labels.push(DocumentLabelDefinition {
                name: label.label.clone(),
                color: None,
                description: String::new(),
            });
        }
    }
}

/// What of `used` is not in `schema`: the definitions that are missing.
pub fn missing(used: &Schema, schema: &Schema) -> Schema {
    let mut missing = used.clone();
    missing.labels.retain(|label| schema.label(&label.name).is_none());
    missing.relations.retain(|relation| schema.relation(&relation.name).is_none());
    missing.attributes.retain(|attribute| schema.attribute(&attribute.name).is_none());
    missing.document_labels.retain(|label| schema.document_label(&label.name).is_none());
    missing
}

/// Adds the definitions of a file that `schema` does not have, and gives their names.
pub fn add_defined(stated: &Schema, schema: &mut Schema) -> Vec<Name> {
    let mut added = Vec::new();
    // Formats such as brat name the triggers of an event after it; a schema that knows the event says itself what they are.
    let is_known_event = |label: &Name, schema: &Schema| {
        let names_itself = |relation: &RelationDefinition| matches!(&relation.trigger, TriggerRule::Required(labels) if labels.contains(label));
        stated.relation(label).is_some_and(names_itself)
            && schema.relation(label).is_some_and(|known| known.trigger != TriggerRule::None)
    };
    for label in &stated.labels {
        if is_known_event(&label.name, schema) {
            continue;
        }
        if schema.labels.iter().all(|known| known.name != label.name) {
            schema.labels.push(label.clone());
            added.push(label.name.clone());
        }
    }
    for relation in &stated.relations {
        if schema.relations.iter().all(|known| known.name != relation.name) {
            schema.relations.push(relation.clone());
            added.push(relation.name.clone());
        }
    }
    for attribute in &stated.attributes {
        if schema.attributes.iter().all(|known| known.name != attribute.name) {
            schema.attributes.push(attribute.clone());
            added.push(attribute.name.clone());
        }
    }
    for label in &stated.document_labels {
        if schema.document_labels.iter().all(|known| known.name != label.name) {
            schema.document_labels.push(label.clone());
            added.push(label.name.clone());
        }
    }
    added
}

fn definition(relation: &Relation) -> RelationDefinition {
    let mut definition = RelationDefinition {
        name: relation.label.clone(),
        color: None,
        description: String::new(),
        symmetry: Symmetry::Directed,
        trigger: match relation.trigger {
            Some(_) => TriggerRule::Required(Vec::new()),
            None => TriggerRule::None,
        },
        arguments: Vec::new(),
    };
    for argument in &relation.arguments {
        if definition.arguments.iter().all(|known| known.role != argument.role) {
            let repeat = allowed_count(relation, &argument.role);
            definition.arguments.push(ArgumentDefinition { role: argument.role.clone(), allowed: Vec::new(), repeat });
        }
    }
    definition
}

/// Makes the definition fit one more relation.
fn widen(definition: &mut RelationDefinition, relation: &Relation) {
    match (&definition.trigger, relation.trigger) {
        (TriggerRule::None, Some(_)) | (TriggerRule::Required(_), None) => {
            definition.trigger = TriggerRule::Optional(Vec::new());
        }
        _ => {}
    }
    for known in &mut definition.arguments {
        let count = relation.arguments.iter().filter(|argument| argument.role == known.role).count();
        known.repeat = match (known.repeat, count) {
            (Repeat::One, 0) => Repeat::Optional,
            (Repeat::One | Repeat::Optional, 2..) => Repeat::Many,
            (repeat, _) => repeat,
        };
    }
    for argument in &relation.arguments {
        if definition.arguments.iter().all(|known| known.role != argument.role) {
            // Relations seen before did without it.
            let repeat = match allowed_count(relation, &argument.role) {
                Repeat::One => Repeat::Optional,
                repeat => repeat,
            };
            definition.arguments.push(ArgumentDefinition { role: argument.role.clone(), allowed: Vec::new(), repeat });
        }
    }
}

fn allowed_count(relation: &Relation, role: &Name) -> Repeat {
    let count = relation.arguments.iter().filter(|argument| argument.role == *role).count();
    if count > 1 { Repeat::Many } else { Repeat::One }
}

fn add_attributes(attributes: &Attributes, schema: &mut Schema) {
    for (name, value) in attributes {
        let kind = match value {
            AttributeValue::Flag(_) => AttributeKind::Flag,
            AttributeValue::Number(_) => AttributeKind::Number,
            AttributeValue::Text(_) => AttributeKind::Text,
        };
        match schema.attributes.iter_mut().find(|known| known.name == *name) {
            // Values of two kinds fit only into text.
            Some(known) if !known.kind.allows(value) => known.kind = AttributeKind::Text,
            Some(_) => {}
            None => schema.attributes.push(AttributeDefinition {
                name: name.clone(),
                applies_to: Vec::new(),
                kind,
                default: None,
                description: String::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        format::golden,
        model::{EntityRegistry, validate},
    };

    #[test]
    fn triggers_of_known_events_get_no_label_of_their_own() {
        let event = |trigger: &str| RelationDefinition {
            name: "attack".into(),
            color: None,
            description: String::new(),
            symmetry: Symmetry::Directed,
            trigger: TriggerRule::Required(vec![trigger.into()]),
            arguments: Vec::new(),
        };
        let label =
            |name: &str| LabelDefinition { name: name.into(), color: None, key: None, description: String::new() };
        let stated = Schema {
            labels: vec![label("attack"), label("Ort")],
            relations: vec![event("attack")],
            ..Schema::default()
        };
        let mut known = Schema { labels: vec![label("EVENT")], relations: vec![event("EVENT")], ..Schema::default() };
        assert_eq!(add_defined(&stated, &mut known), [Name::from("Ort")]);
        let all = ["attack", "Ort", "attack"].map(Name::from);
        assert_eq!(add_defined(&stated, &mut Schema::default()), all);
    }

    #[test]
    fn annotations_follow_the_schema_that_was_made_of_them() {
        let golden = golden::golden();
        let mut imported = Imported::new("x", golden::TEXT.to_owned());
        imported.spans = golden.set.spans().cloned().collect();
        imported.relations = golden.set.relations().cloned().collect();
        imported.document_labels = golden.set.document_labels().cloned().collect();
        let mut schema = Schema::default();
        schema_of(&imported, &mut schema);
        assert_eq!(schema.problems(), []);
        assert_eq!(validate(&golden.set, &schema, &golden.entities, golden::TEXT), []);
        assert!(!validate(&golden.set, &schema, &EntityRegistry::default(), golden::TEXT).is_empty());
        let visit = schema.relation("visit").expect("it is there");
        let roles: Vec<_> = visit.arguments.iter().map(|role| (&*role.role, role.repeat)).collect();
        assert_eq!(roles, [("visitor", Repeat::One), ("place", Repeat::Many), ("date", Repeat::Optional)]);
    }
}
