//! A typed link between annotations: a binary relation or an event with named arguments.

use super::{
    AnnotationId, Attributes, CorrectedFrom, Name, Provenance, RelationDefinition, Repeat, Status, TriggerRule,
};

/// One participant of a relation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Argument {
    pub role: Name,
    /// A span or another relation of the same set.
    pub target: AnnotationId,
}

/// A relation or event: a label, a trigger span where the schema wants one, and arguments by role.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub id: AnnotationId,
    pub label: Name,
    /// The span of the words that name the event.
    pub trigger: Option<AnnotationId>,
    /// In the order in which they were given; a role may come more than once where the schema allows it.
    pub arguments: Vec<Argument>,
    pub attributes: Attributes,
    pub note: String,
    pub provenance: Provenance,
    pub status: Status,
    pub corrected_from: Option<Box<CorrectedFrom>>,
}

impl Relation {
    /// Everything that this relation points to: trigger first, then the arguments.
    pub fn targets(&self) -> impl Iterator<Item = AnnotationId> + '_ {
        self.trigger.into_iter().chain(self.arguments.iter().map(|argument| argument.target))
    }

    /// True if it is one of two things, as `definition` says, and both are the same thing: that says nothing. Of events and of
    /// relations with more places one participant may have two.
    pub fn links_with_itself(&self, definition: &RelationDefinition) -> bool {
        let is_binary = definition.trigger == TriggerRule::None
            && definition.arguments.len() == 2
            && definition.arguments.iter().all(|role| role.repeat != Repeat::Many);
        is_binary && matches!(self.arguments.as_slice(), [first, second] if first.target == second.target)
    }

    /// The target of the first argument with this role.
    pub fn argument(&self, role: &str) -> Option<AnnotationId> {
        self.arguments.iter().find(|argument| &*argument.role == role).map(|argument| argument.target)
    }
}
