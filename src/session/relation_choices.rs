//! Which relations the schema allows between two annotations, and making the chosen one.

use crate::{
    edit::{Draft, EditError},
    model::{AnnotationId, AnnotationSet, Argument, Name, Relation, Repeat, Schema, Symmetry, TriggerRule},
};

/// One way to link two annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkChoice {
    /// A relation with two arguments.
    Binary { relation: Name, first: Argument, second: Argument },
    /// An event with this trigger and one argument.
    Event { relation: Name, trigger: AnnotationId, argument: Argument },
    /// One more argument for a relation that is there.
    Argument { relation: Name, id: AnnotationId, argument: Argument },
}

impl LinkChoice {
    /// The relation's name.
    pub fn relation(&self) -> &Name {
        match self {
            Self::Binary { relation, .. } | Self::Event { relation, .. } | Self::Argument { relation, .. } => relation,
        }
    }

    /// What the choice does, in words: `visit · visitor`.
    pub fn describe(&self) -> String {
        match self {
            Self::Binary { relation, first, second } => format!("{relation} ({} → {})", first.role, second.role),
            Self::Event { relation, argument, .. } => format!("{relation} · {}", argument.role),
            Self::Argument { relation, argument, .. } => format!("{relation} + {}", argument.role),
        }
    }

    /// The roles as seen from the annotation that the link starts at, so that both directions of a relation can be told
    /// apart: `inner → outer`, `outer ← inner`.
    pub fn roles_from(&self, source: AnnotationId) -> String {
        match self {
            Self::Binary { first, second, .. } if first.target == source => {
                format!("{} → {}", first.role, second.role)
            }
            Self::Binary { first, second, .. } => format!("{} ← {}", second.role, first.role),
            Self::Event { argument, .. } if argument.target == source => format!("{} ←", argument.role),
            Self::Event { argument, .. } => format!("→ {}", argument.role),
            Self::Argument { id, argument, .. } => format!("{id} + {}", argument.role),
        }
    }
}

/// A place in a relation that something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Trigger,
    /// The argument with this number.
    Argument(usize),
}

/// The places of a relation: role, target.
pub fn places(relation: &Relation) -> Vec<(Place, Name, AnnotationId)> {
    let trigger = relation.trigger.map(|target| (Place::Trigger, Name::from("trigger"), target));
    let arguments = relation.arguments.iter().enumerate();
    trigger
        .into_iter()
        .chain(arguments.map(|(index, argument)| (Place::Argument(index), argument.role.clone(), argument.target)))
        .collect()
}

/// True if the schema allows `target` in a place of a relation where something else stands.
pub fn can_retarget(
    set: &AnnotationSet,
    schema: &Schema,
    relation: AnnotationId,
    place: Place,
    target: AnnotationId,
) -> bool {
    let (Some(relation), Some(label)) = (set.relation(relation), label(set, target)) else { return false };
    let Some(definition) = schema.relation(&relation.label) else { return false };
    match place {
        Place::Trigger => {
            set.span(target).is_some() && relation.trigger != Some(target) && definition.trigger.allows(&label)
        }
        Place::Argument(index) => relation.arguments.get(index).is_some_and(|argument| {
            let role = definition.arguments.iter().find(|role| role.role == argument.role);
            let stands_there = |other: &Argument| other.role == argument.role && other.target == target;
            let mut other = relation.clone();
            if let Some(argument) = other.arguments.get_mut(index) {
                argument.target = target;
            }
            role.is_some_and(|role| role.allows(&label))
                && target != relation.id
                && !set.leads_to(target, relation.id)
                && !relation.arguments.iter().any(stands_there)
                && !other.links_with_itself(definition)
        }),
    }
}

/// Puts `target` into a place of a relation.
///
/// # Errors
/// If the schema does not allow it, or the relation would lead to itself.
pub fn retarget(draft: &mut Draft<'_>, id: AnnotationId, place: Place, target: AnnotationId) -> Result<(), EditError> {
    let Place::Argument(index) = place else { return draft.set_trigger(id, Some(target)) };
    let relation = draft.set().and_then(|set| set.relation(id)).ok_or(EditError::NoRelation { id })?;
    let mut arguments = relation.arguments.clone();
    if let Some(argument) = arguments.get_mut(index) {
        argument.target = target;
    }
    draft.set_arguments(id, arguments)
}

/// Everything that the schema allows from `source` to `target`; what fits in this direction first, then what fits only the
/// other way round.
pub fn link_choices(
    set: &AnnotationSet,
    schema: &Schema,
    source: AnnotationId,
    target: AnnotationId,
) -> Vec<LinkChoice> {
    let mut choices = Vec::new();
    for (from, to) in [(source, target), (target, source)] {
        let here = choices.len();
        let (Some(from_label), Some(to_label)) = (label(set, from), label(set, to)) else { continue };
        for definition in &schema.relations {
            let relation = definition.name.clone();
            let argument = |role: &Name, target| Argument { role: role.clone(), target };
            // More arguments for events that are there: those with `from` as trigger, and `from` itself.
            let events: Vec<&Relation> = set
                .relations_pointing_to(from)
                .filter(|event| event.trigger == Some(from))
                .chain(set.relation(from))
                .filter(|event| event.label == relation)
                .collect();
            for role in definition.arguments.iter().filter(|role| role.allows(&to_label)) {
                for event in &events {
                    let filled = event.argument(&role.role).is_some();
                    let repeated = event.arguments.contains(&argument(&role.role, to));
                    if event.id != to && !repeated && (!filled || role.repeat == Repeat::Many) {
                        let argument = argument(&role.role, to);
                        choices.push(LinkChoice::Argument { relation: relation.clone(), id: event.id, argument });
                    }
                }
                if events.is_empty() && definition.trigger.allows(&from_label) && set.span(from).is_some() {
                    let argument = argument(&role.role, to);
                    choices.push(LinkChoice::Event { relation: relation.clone(), trigger: from, argument });
                }
            }
            if matches!(definition.trigger, TriggerRule::Required(_)) {
                continue;
            }
            if let [first, second, ..] = definition.arguments.as_slice()
                && first.allows(&from_label)
                && second.allows(&to_label)
            {
                let is_mirror = definition.symmetry == Symmetry::Symmetric && from == target;
                let known = is_mirror && choices.iter().any(|choice| *choice.relation() == relation);
                if !known {
                    choices.push(LinkChoice::Binary {
                        relation,
                        first: argument(&first.role, from),
                        second: argument(&second.role, to),
                    });
                }
            }
        }
        // What an event is about comes before what two spans have in common.
        if let Some(found) = choices.get_mut(here..) {
            found.sort_by_key(|choice| matches!(choice, LinkChoice::Binary { .. }));
        }
    }
    choices
}

/// True if the schema allows anything between the two, in either direction.
pub fn can_link(set: &AnnotationSet, schema: &Schema, source: AnnotationId, target: AnnotationId) -> bool {
    source != target && !link_choices(set, schema, source, target).is_empty()
}

/// Makes the chosen link; returns the relation.
///
/// # Errors
/// If the schema or the annotations changed since the choice was offered.
pub fn link(draft: &mut Draft<'_>, choice: &LinkChoice) -> Result<AnnotationId, EditError> {
    match choice {
        LinkChoice::Binary { relation, first, second } => {
            draft.add_relation(relation, None, vec![first.clone(), second.clone()])
        }
        LinkChoice::Event { relation, trigger, argument } => {
            draft.add_relation(relation, Some(*trigger), vec![argument.clone()])
        }
        LinkChoice::Argument { id, argument, .. } => {
            let relation = draft.set().and_then(|set| set.relation(*id)).ok_or(EditError::NoRelation { id: *id })?;
            let mut arguments = relation.arguments.clone();
            arguments.push(argument.clone());
            draft.set_arguments(*id, arguments)?;
            Ok(*id)
        }
    }
}

fn label(set: &AnnotationSet, id: AnnotationId) -> Option<Name> {
    set.span(id).map(|span| span.label.clone()).or_else(|| set.relation(id).map(|relation| relation.label.clone()))
}
