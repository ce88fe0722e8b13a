//! What a person decides about suggestions, and what follows for the relations on them.

use super::{Draft, EditError, Operation};
use crate::model::{AnnotationId, AnnotationSet, DocumentLabel, Name, Relation, Repeat, Status};
use std::sync::Arc;

impl Draft<'_> {
    /// Accepts, rejects or reopens an annotation.
    ///
    /// An accepted relation stands with what it links, so that is accepted too. With a rejected annotation the suggested
    /// relations on it are rejected, or lose that argument where they make sense without. Accepted relations stay.
    ///
    /// # Errors
    /// If there is no such annotation, it has no words yet, or a rejected relation does not fit the schema any more.
    pub fn set_status(&mut self, id: AnnotationId, status: Status) -> Result<(), EditError> {
        self.all_or_nothing(|draft| draft.put_status(id, status))
    }

    fn put_status(&mut self, id: AnnotationId, status: Status) -> Result<(), EditError> {
        let set = self.set().ok_or(EditError::NoAnnotation { id })?;
        if set.span(id).is_some() {
            self.change_span(id, |span| span.status = status)?;
        } else if let Some(relation) = set.relation(id) {
            // While it was rejected nobody minded what its ends were called. What is foreign to the schema stays so.
            let is_back = relation.status == Status::Rejected && status != Status::Rejected;
            if is_back && self.project().schema.relation(&relation.label).is_some() {
                self.check_relation(relation)?;
            }
            self.change_relation(id, |relation| relation.status = status)?;
        } else {
            let before = set.document_label(id).cloned().ok_or(EditError::NoAnnotation { id })?;
            let after = DocumentLabel { status, ..before.clone() };
            return self.change_document_label(before, after);
        }
        match status {
            Status::Accepted => self.accept_targets(id),
            Status::Rejected => self.suggested_on(id).into_iter().try_for_each(|relation| self.release(relation, id)),
            Status::Suggested => Ok(()),
        }
    }

    /// Accepts what a relation links; nothing if `id` is no relation.
    pub(super) fn accept_targets(&mut self, id: AnnotationId) -> Result<(), EditError> {
        let relation = self.set().and_then(|set| set.relation(id));
        let targets: Vec<AnnotationId> = relation.into_iter().flat_map(Relation::targets).collect();
        for target in targets {
            let status = self.set().and_then(|set| set.get(target)).map(|target| target.status());
            if status.is_some_and(|status| status != Status::Accepted) {
                self.put_status(target, Status::Accepted)?;
            }
        }
        Ok(())
    }

    /// Adds a suggested relation as it is, if the schema allows it.
    ///
    /// # Errors
    /// If the schema does not allow it, or something that it links is not there.
    pub fn suggest_relation(&mut self, relation: Relation) -> Result<AnnotationId, EditError> {
        self.check_relation(&relation)?;
        self.insert_relation(relation)
    }

    /// Takes `id` out of the suggested relations that the schema does not allow with another label for it.
    pub(super) fn release_suggestions(&mut self, id: AnnotationId, label: &Name) -> Result<(), EditError> {
        for relation in self.suggested_on(id) {
            let fits = self.check_relation(&relation).is_err()
                || self.check_relation_with(&relation, Some((id, label))).is_ok();
            if !fits {
                self.release(relation, id)?;
            }
        }
        Ok(())
    }

    fn suggested_on(&self, id: AnnotationId) -> Vec<Relation> {
        let pointing = self.set().into_iter().flat_map(|set| AnnotationSet::relations_pointing_to(set, id));
        pointing.filter(|relation| relation.status == Status::Suggested).cloned().collect()
    }

    /// Takes `target` out of a suggested relation, or rejects the relation if it says nothing without.
    fn release(&mut self, relation: Relation, target: AnnotationId) -> Result<(), EditError> {
        let definition = self.project().schema.relation(&relation.label);
        let is_needed = |role: &Name| {
            let roles = definition.map(|definition| definition.arguments.as_slice()).unwrap_or_default();
            roles.iter().any(|argument| argument.role == *role && argument.repeat == Repeat::One)
        };
        let mut after = relation.clone();
        after.arguments.retain(|argument| argument.target != target);
        let least = if relation.trigger.is_some() { 1 } else { 2 };
        let falls = relation.trigger == Some(target)
            || after.arguments.len() < least
            || relation.arguments.iter().any(|argument| argument.target == target && is_needed(&argument.role));
        if falls {
            return self.put_status(relation.id, Status::Rejected);
        }
        // Nobody looked at the relation itself, so it stays a suggestion.
        self.carry_out(Operation::Relation {
            set: self.key().clone(),
            id: relation.id,
            before: Some(Arc::new(relation)),
            after: Some(Arc::new(after)),
        })
    }
}
