//! Which arcs a relation is drawn with.

use crate::{
    model::{AnnotationId, AnnotationSet, Schema, Status, Symmetry},
    text::TextRange,
};

/// Which relations are drawn in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ArcMode {
    /// Those of the selected span or relation.
    #[default]
    Selection,
    All,
    None,
}

/// One line from one place in the text to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Arc {
    pub relation: AnnotationId,
    /// Number of the arc within its relation.
    pub index: usize,
    pub from: TextRange,
    pub to: TextRange,
    /// The spans (or for relations as arguments, relations) at the ends.
    pub ends: [AnnotationId; 2],
    pub label: String,
    pub directed: bool,
    pub suggested: bool,
}

/// The arcs of a relation: from the trigger, or else the first argument, to each other argument.
///
/// Arcs of events carry the role, others the name of the relation.
pub fn arcs_of(set: &AnnotationSet, schema: &Schema, id: AnnotationId) -> Vec<Arc> {
    let Some(relation) = set.relation(id) else { return Vec::new() };
    let symmetric =
        schema.relation(&relation.label).is_some_and(|definition| definition.symmetry == Symmetry::Symmetric);
    let (hub, arguments) = match (relation.trigger, relation.arguments.split_first()) {
        (Some(trigger), _) => (trigger, relation.arguments.as_slice()),
        (None, Some((first, rest))) => (first.target, rest),
        (None, None) => return Vec::new(),
    };
    let Some(from) = place_of(set, hub) else { return Vec::new() };
    let is_binary = relation.trigger.is_none() && arguments.len() == 1;
    arguments
        .iter()
        .enumerate()
        .filter_map(|(index, argument)| {
            Some(Arc {
                relation: id,
                index,
                from,
                to: place_of(set, argument.target)?,
                ends: [hub, argument.target],
                label: if is_binary { relation.label.to_string() } else { argument.role.to_string() },
                directed: !symmetric,
                suggested: relation.status == Status::Suggested,
            })
        })
        .collect()
}

/// The first piece of a span, or of the span that stands for a relation.
fn place_of(set: &AnnotationSet, id: AnnotationId) -> Option<TextRange> {
    match set.span(id) {
        Some(span) => span.fragments.iter().next(),
        None => set.anchor(id),
    }
}

/// The relations that lead to this span: as trigger or argument, or as argument of one of these.
pub fn relations_around(set: &AnnotationSet, id: AnnotationId) -> Vec<AnnotationId> {
    let mut found: Vec<AnnotationId> = set.relations_pointing_to(id).map(|relation| relation.id).collect();
    if set.relation(id).is_some() {
        found.push(id);
    }
    for relation in found.clone() {
        found.extend(set.relations_pointing_to(relation).map(|outer| outer.id));
    }
    found.retain(|relation| set.relation(*relation).is_some_and(|relation| relation.status != Status::Rejected));
    found.sort_unstable();
    found.dedup();
    found
}
