//! What a person wants done, step by step: annotations of one article.

use super::{
    EditError, Operation, Transaction,
    apply::{apply_one, fill, roll_back},
    operation::Kind,
};
use crate::model::{
    Annotation, AnnotationId, AnnotationSet, Argument, AttributeValue, CorrectedFrom, DocumentLabel, EntityId,
    Fragments, Name, Progress, Project, Provenance, Relation, RelationDefinition, Repeat, SetKey, Source, Span, Status,
    TriggerRule,
};
use std::{collections::BTreeSet, sync::Arc};

/// Changes under way: carried out on the project already, but not final. Dropping it takes them back.
pub struct Draft<'a> {
    pub(super) project: &'a mut Project,
    pub(super) set: SetKey,
    provenance: Provenance,
    pub(super) operations: Vec<Operation>,
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        roll_back(self.project, &std::mem::take(&mut self.operations));
    }
}

impl<'a> Draft<'a> {
    /// Starts changes to the annotations under `set`; what is made carries `provenance`.
    pub fn new(project: &'a mut Project, set: SetKey, provenance: Provenance) -> Self {
        Self { project, set, provenance, operations: Vec::new() }
    }

    /// Goes on in another article or with another annotator's annotations; all stays one transaction.
    pub fn switch_to(&mut self, set: SetKey) {
        self.set = set;
    }

    pub fn project(&self) -> &Project {
        self.project
    }

    /// The key of the annotations that are being changed.
    pub fn key(&self) -> &SetKey {
        &self.set
    }

    /// When the changes are made: the time that new annotations carry.
    pub fn time(&self) -> jiff::Timestamp {
        self.provenance.time
    }

    /// What new annotations carry.
    pub(super) fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }

    /// The annotations that are being changed, as they are now.
    pub fn set(&self) -> Option<&AnnotationSet> {
        self.project.set(&self.set)
    }

    /// True if nothing was changed so far.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Makes the changes final. `title` says in the history what was done.
    pub fn finish(mut self, title: impl Into<String>) -> Transaction {
        Transaction {
            title: title.into(),
            author: match &self.provenance.source {
                Source::Person { name } => name.to_string(),
                Source::Import { format } => format!("import of {format}"),
                Source::Extractor { name, .. } => name.to_string(),
            },
            time: self.provenance.time,
            kind: Kind::Do,
            operations: std::mem::take(&mut self.operations),
        }
    }

    /// Makes the changes final as something that undo passes over: see [`Kind::Aside`].
    pub fn finish_aside(self, title: impl Into<String>) -> Transaction {
        Transaction { kind: Kind::Aside, ..self.finish(title) }
    }

    pub(super) fn carry_out(&mut self, operation: Operation) -> Result<(), EditError> {
        apply_one(self.project, &operation)?;
        self.operations.push(operation);
        Ok(())
    }

    /// Carries out operations that only add annotations to the set that is being changed.
    pub(super) fn carry_out_new(&mut self, operations: Vec<Operation>) -> Result<(), EditError> {
        if self.set().is_none_or(AnnotationSet::is_empty) {
            fill(self.project, &self.set, &operations)?;
            self.operations.extend(operations);
            return Ok(());
        }
        operations.into_iter().try_for_each(|operation| self.carry_out(operation))
    }

    /// Runs `steps`, which may switch to other annotations on the way; after an error everything that they did is taken
    /// back and the error returned.
    pub(super) fn all_or_nothing<T>(
        &mut self,
        steps: impl FnOnce(&mut Self) -> Result<T, EditError>,
    ) -> Result<T, EditError> {
        let start = self.operations.len();
        let own = self.set.clone();
        let result = steps(self);
        self.set = own;
        result.inspect_err(|_| {
            let undone = self.operations.split_off(start);
            roll_back(self.project, &undone);
        })
    }

    /// The first number that was never given: also not before an article of this id was removed.
    pub(super) fn next_id(&self) -> AnnotationId {
        let given = self.project.given_ids.get(&self.set).copied();
        self.set().map(AnnotationSet::next_id).max(given).unwrap_or(AnnotationId(1))
    }

    fn text_len(&self) -> usize {
        self.project.article(&self.set.article).map_or(0, |article| article.text().len())
    }

    fn get_span(&self, id: AnnotationId) -> Result<Span, EditError> {
        self.set().and_then(|set| set.span(id)).cloned().ok_or(EditError::NoSpan { id })
    }

    pub(super) fn get_relation(&self, id: AnnotationId) -> Result<Relation, EditError> {
        self.set().and_then(|set| set.relation(id)).cloned().ok_or(EditError::NoRelation { id })
    }

    fn label_of(&self, id: AnnotationId) -> Result<Name, EditError> {
        let annotation = self.set().and_then(|set| set.get(id)).ok_or(EditError::NoAnnotation { id })?;
        Ok(annotation.label().clone())
    }

    /// Labels text; the schema must know the label.
    pub fn add_span(&mut self, label: &str, fragments: Fragments) -> Result<AnnotationId, EditError> {
        let label = self.known_label(label)?;
        self.check_place(&fragments)?;
        let span = Span {
            id: self.next_id(),
            label,
            fragments,
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        };
        self.insert_span(span)
    }

    /// Adds a span as it is, under a new id unless its own is free and was never used. For imports: the schema is not asked.
    pub fn insert_span(&mut self, mut span: Span) -> Result<AnnotationId, EditError> {
        self.check_place(&span.fragments)?;
        span.id = span.id.max(self.next_id());
        let id = span.id;
        self.carry_out(Operation::Span { set: self.set.clone(), id, before: None, after: Some(Arc::new(span)) })?;
        Ok(id)
    }

    /// Adds a relation as it is, under a new id unless its own is free and was never used. For imports: the schema is not
    /// asked, but the targets must exist and be spans or relations.
    pub fn insert_relation(&mut self, mut relation: Relation) -> Result<AnnotationId, EditError> {
        relation.id = relation.id.max(self.next_id());
        let id = relation.id;
        for target in relation.targets() {
            if !self.set().is_some_and(|set| set.span(target).is_some() || set.relation(target).is_some()) {
                return Err(EditError::NoAnnotation { id: target });
            }
        }
        self.carry_out(Operation::Relation {
            set: self.set.clone(),
            id,
            before: None,
            after: Some(Arc::new(relation)),
        })?;
        Ok(id)
    }

    /// Adds a document label as it is, under a new id unless its own is free and was never used.
    pub fn insert_document_label(&mut self, mut label: DocumentLabel) -> Result<AnnotationId, EditError> {
        label.id = label.id.max(self.next_id());
        let id = label.id;
        self.carry_out(Operation::DocumentLabel {
            set: self.set.clone(),
            id,
            before: None,
            after: Some(Arc::new(label)),
        })?;
        Ok(id)
    }

    fn known_label(&self, label: &str) -> Result<Name, EditError> {
        let known = self.project.schema.label(label).map(|label| label.name.clone());
        known.ok_or_else(|| EditError::UnknownLabel { label: label.to_owned() })
    }

    fn check_place(&self, fragments: &Fragments) -> Result<(), EditError> {
        let text = self.project.article(&self.set.article).map_or("", |article| article.text());
        match fragments.iter().find(|range| range.slice(text).is_none()) {
            Some(range) => {
                Err(EditError::OutsideText { start: range.start().0, end: range.end().0, len: self.text_len() })
            }
            None => Ok(()),
        }
    }

    /// Changes one span; a suggestion that a person changes becomes accepted and remembers what was suggested.
    pub(super) fn change_span(&mut self, id: AnnotationId, change: impl FnOnce(&mut Span)) -> Result<(), EditError> {
        let before = self.get_span(id)?;
        let mut after = before.clone();
        change(&mut after);
        if before.label != after.label || before.fragments != after.fragments {
            let corrected = self.correct(
                before.status,
                &before.provenance,
                CorrectedFrom {
                    label: before.label.clone(),
                    fragments: Some(before.fragments.clone()),
                    provenance: before.provenance.clone(),
                },
            );
            if let Some(corrected) = corrected {
                after.corrected_from.get_or_insert(corrected);
                after.provenance = self.provenance.clone();
                after.status = Status::Accepted;
            }
        }
        if before == after {
            return Ok(());
        }
        if before.awaits_place() && after.status == Status::Accepted && after.fragments.hull().is_empty() {
            return Err(EditError::Unplaced { id, label: after.label });
        }
        self.carry_out(Operation::Span {
            set: self.set.clone(),
            id,
            before: Some(Arc::new(before)),
            after: Some(Arc::new(after)),
        })
    }

    pub(super) fn change_relation(
        &mut self,
        id: AnnotationId,
        change: impl FnOnce(&mut Relation),
    ) -> Result<(), EditError> {
        let before = self.get_relation(id)?;
        let mut after = before.clone();
        change(&mut after);
        let mut was_corrected = false;
        let content = |relation: &Relation| (relation.label.clone(), relation.trigger, relation.arguments.clone());
        if content(&before) != content(&after) {
            let suggested =
                CorrectedFrom { label: before.label.clone(), fragments: None, provenance: before.provenance.clone() };
            if let Some(corrected) = self.correct(before.status, &before.provenance, suggested) {
                was_corrected = true;
                after.corrected_from.get_or_insert(corrected);
                after.provenance = self.provenance.clone();
                after.status = Status::Accepted;
            }
        }
        if before == after {
            return Ok(());
        }
        self.carry_out(Operation::Relation {
            set: self.set.clone(),
            id,
            before: Some(Arc::new(before)),
            after: Some(Arc::new(after)),
        })?;
        // Who corrects a suggested relation says that it stands, with what it links.
        if was_corrected { self.accept_targets(id) } else { Ok(()) }
    }

    fn correct(&self, status: Status, from: &Provenance, suggested: CorrectedFrom) -> Option<Box<CorrectedFrom>> {
        let by_person = matches!(self.provenance.source, Source::Person { .. });
        let was_person = matches!(from.source, Source::Person { .. });
        (status == Status::Suggested && by_person && !was_person).then(|| Box::new(suggested))
    }

    /// Gives a span that is only suggested another label and provenance, as whoever suggests thinks better of it.
    ///
    /// # Errors
    /// If it is not there, or somebody looked at it since.
    pub fn revise_suggestion(
        &mut self,
        id: AnnotationId,
        label: &str,
        provenance: Provenance,
    ) -> Result<(), EditError> {
        let label = self.known_label(label)?;
        let before = self.get_span(id)?;
        if before.status != Status::Suggested {
            return Err(EditError::NoSpan { id });
        }
        let after = Span { label, provenance, ..before.clone() };
        self.carry_out(Operation::Span {
            set: self.set.clone(),
            id,
            before: Some(Arc::new(before)),
            after: Some(Arc::new(after)),
        })
    }

    /// Moves the edges of a span; relations and everything else stay.
    pub fn resize_span(&mut self, id: AnnotationId, fragments: Fragments) -> Result<(), EditError> {
        self.check_place(&fragments)?;
        self.change_span(id, |span| span.fragments = fragments)
    }

    /// Gives a span, relation or document label another label. Attributes that the new label can not carry go; suggested
    /// relations that the schema does not allow with it are rejected, or lose that argument.
    pub fn set_label(&mut self, id: AnnotationId, label: &str) -> Result<(), EditError> {
        self.all_or_nothing(|draft| draft.put_label(id, label))
    }

    fn put_label(&mut self, id: AnnotationId, label: &str) -> Result<(), EditError> {
        self.release_suggestions(id, &label.into())?;
        let set = self.set().ok_or(EditError::NoAnnotation { id })?;
        if set.span(id).is_some() {
            let name = self.known_label(label)?;
            self.check_pointing(id, &name)?;
            let schema = self.project.schema.clone();
            self.change_span(id, |span| {
                span.attributes.retain(|name, _| schema.attributes_for(label).any(|attribute| attribute.name == *name));
                span.label = name;
            })
        } else if let Some(relation) = set.relation(id).cloned() {
            let definition = self.project.schema.relation(label);
            let name = definition
                .map(|definition| definition.name.clone())
                .ok_or_else(|| EditError::UnknownRelation { label: label.to_owned() })?;
            let mut changed = relation.clone();
            if let (Some(old), Some(new)) = (self.project.schema.relation(&relation.label), definition) {
                move_arguments(&mut changed.arguments, old, new);
            }
            changed.label = name.clone();
            self.check_relation(&changed)?;
            self.check_pointing(id, &name)?;
            let schema = self.project.schema.clone();
            self.change_relation(id, |relation| {
                relation
                    .attributes
                    .retain(|name, _| schema.attributes_for(label).any(|attribute| attribute.name == *name));
                relation.arguments = changed.arguments;
                relation.label = name;
            })
        } else {
            let before = set.document_label(id).cloned().ok_or(EditError::NoAnnotation { id })?;
            let known = self.project.schema.document_label(label).map(|label| label.name.clone());
            let name = known.ok_or_else(|| EditError::UnknownDocumentLabel { label: label.to_owned() })?;
            if set.document_labels().any(|other| other.id != id && other.label == name) {
                return Err(EditError::Repeated { label: name });
            }
            let after = DocumentLabel { label: name, ..before.clone() };
            self.change_document_label(before, after)
        }
    }

    /// Refuses another label for `id` where that breaks a relation which points to it and is in order now. A rejected one says
    /// nothing that could break.
    fn check_pointing(&self, id: AnnotationId, label: &Name) -> Result<(), EditError> {
        let pointing = self.set().into_iter().flat_map(|set| set.relations_pointing_to(id));
        pointing
            .filter(|relation| relation.status != Status::Rejected)
            .filter(|relation| self.check_relation(relation).is_ok())
            .try_for_each(|relation| self.check_relation_with(relation, Some((id, label))))
    }

    /// Gives a span or relation an attribute value, or takes it away with `None`.
    pub fn set_attribute(
        &mut self,
        id: AnnotationId,
        name: &str,
        value: Option<AttributeValue>,
    ) -> Result<(), EditError> {
        let label = self.label_of(id)?;
        let attribute = self.project.schema.attribute(name).filter(|attribute| attribute.applies(&label)).cloned();
        // An attribute that the schema does not know can still be taken away.
        let name = match (&attribute, &value) {
            (Some(attribute), Some(value)) if !attribute.kind.allows(value) => {
                return Err(EditError::BadValue {
                    attribute: attribute.name.clone(),
                    value: value.to_string(),
                    allowed: match &attribute.kind {
                        crate::model::AttributeKind::Flag => "true or false".to_owned(),
                        crate::model::AttributeKind::Number => "a number".to_owned(),
                        crate::model::AttributeKind::Text => "text".to_owned(),
                        crate::model::AttributeKind::Choice(values) => values.join(", "),
                    },
                });
            }
            (Some(attribute), _) => attribute.name.clone(),
            (None, None) => name.into(),
            (None, Some(_)) => return Err(EditError::UnknownAttribute { attribute: name.to_owned(), label }),
        };
        let change = |attributes: &mut crate::model::Attributes| match value {
            Some(value) => {
                attributes.insert(name, value);
            }
            None => {
                attributes.remove(&name);
            }
        };
        if self.set().is_some_and(|set| set.span(id).is_some()) {
            self.change_span(id, |span| change(&mut span.attributes))
        } else {
            self.change_relation(id, |relation| change(&mut relation.attributes))
        }
    }

    /// Says which entity a span names; `None` takes the link away.
    pub fn link_entity(&mut self, id: AnnotationId, entity: Option<EntityId>) -> Result<(), EditError> {
        if let Some(unknown) = entity.as_ref().filter(|entity| self.project.entities.get(entity).is_none()) {
            return Err(EditError::UnknownEntity { entity: unknown.to_string() });
        }
        self.change_span(id, |span| span.entity = entity)
    }

    /// Writes the note of a span, relation or document label.
    pub fn set_note(&mut self, id: AnnotationId, note: &str) -> Result<(), EditError> {
        let set = self.set().ok_or(EditError::NoAnnotation { id })?;
        if set.span(id).is_some() {
            self.change_span(id, |span| span.note = note.to_owned())
        } else if set.relation(id).is_some() {
            self.change_relation(id, |relation| relation.note = note.to_owned())
        } else {
            let before = set.document_label(id).cloned().ok_or(EditError::NoAnnotation { id })?;
            let after = DocumentLabel { note: note.to_owned(), ..before.clone() };
            self.change_document_label(before, after)
        }
    }

    pub(super) fn change_document_label(
        &mut self,
        before: DocumentLabel,
        after: DocumentLabel,
    ) -> Result<(), EditError> {
        if before == after {
            return Ok(());
        }
        self.carry_out(Operation::DocumentLabel {
            set: self.set.clone(),
            id: before.id,
            before: Some(Arc::new(before)),
            after: Some(Arc::new(after)),
        })
    }

    /// Links annotations. Roles may be left open, but what is filled must be allowed by the schema.
    pub fn add_relation(
        &mut self,
        label: &str,
        trigger: Option<AnnotationId>,
        arguments: Vec<Argument>,
    ) -> Result<AnnotationId, EditError> {
        let known = self.project.schema.relation(label).map(|relation| relation.name.clone());
        let relation = Relation {
            id: self.next_id(),
            label: known.ok_or_else(|| EditError::UnknownRelation { label: label.to_owned() })?,
            trigger,
            arguments,
            attributes: Default::default(),
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
            corrected_from: None,
        };
        self.check_relation(&relation)?;
        self.insert_relation(relation)
    }

    /// Adds a relation as it is, under a new id, if the schema allows it.
    ///
    /// # Errors
    /// If the schema does not know the relation, or what is linked can not be linked so.
    pub fn insert_allowed_relation(&mut self, relation: Relation) -> Result<AnnotationId, EditError> {
        self.check_relation(&relation)?;
        self.insert_relation(relation)
    }

    /// Puts other targets or roles in the place of a relation's arguments; the id and everything else stay.
    pub fn set_arguments(&mut self, id: AnnotationId, arguments: Vec<Argument>) -> Result<(), EditError> {
        let mut relation = self.get_relation(id)?;
        relation.arguments = arguments.clone();
        self.check_relation(&relation)?;
        self.change_relation(id, |relation| relation.arguments = arguments)
    }

    /// Gives a relation another trigger, or none.
    pub fn set_trigger(&mut self, id: AnnotationId, trigger: Option<AnnotationId>) -> Result<(), EditError> {
        let mut relation = self.get_relation(id)?;
        relation.trigger = trigger;
        self.check_relation(&relation)?;
        self.change_relation(id, |relation| relation.trigger = trigger)
    }

    /// Exchanges the targets of a relation's two arguments.
    pub fn reverse_relation(&mut self, id: AnnotationId) -> Result<(), EditError> {
        let mut relation = self.get_relation(id)?;
        let not_reversible = EditError::NotReversible { relation: relation.label.clone() };
        let [first, second] = relation.arguments.as_mut_slice() else { return Err(not_reversible) };
        std::mem::swap(&mut first.target, &mut second.target);
        self.check_relation(&relation).map_err(|_| not_reversible)?;
        self.change_relation(id, |changed| changed.arguments = relation.arguments)
    }

    pub(super) fn check_relation(&self, relation: &Relation) -> Result<(), EditError> {
        self.check_relation_with(relation, None)
    }

    /// Checks a relation against the schema, taking the label of one target from `renamed`.
    pub(super) fn check_relation_with(
        &self,
        relation: &Relation,
        renamed: Option<(AnnotationId, &Name)>,
    ) -> Result<(), EditError> {
        let label_of = |id: AnnotationId| match renamed {
            Some((renamed, label)) if renamed == id => Ok(label.clone()),
            _ => self.label_of(id),
        };
        let schema = &self.project.schema;
        let Some(definition) = schema.relation(&relation.label) else {
            return Err(EditError::UnknownRelation { label: relation.label.to_string() });
        };
        if let Some(trigger) = relation.trigger {
            let label = label_of(trigger)?;
            let is_span = self.set().is_some_and(|set| set.span(trigger).is_some());
            if !is_span || definition.trigger == TriggerRule::None || !definition.trigger.allows(&label) {
                return Err(EditError::TriggerNotAllowed { relation: relation.label.clone(), label });
            }
        }
        // Of an event one participant may have two roles; a link of a thing with itself says nothing.
        if let Some(first) = relation.arguments.first()
            && relation.links_with_itself(definition)
        {
            return Err(EditError::RelatedToItself { relation: relation.label.clone(), id: first.target });
        }
        for (index, argument) in relation.arguments.iter().enumerate() {
            let label = label_of(argument.target)?;
            let Some(role) = definition.arguments.iter().find(|role| role.role == argument.role) else {
                return Err(EditError::UnknownRole {
                    relation: relation.label.clone(),
                    role: argument.role.clone(),
                    known: definition.arguments.iter().map(|role| role.role.clone()).collect(),
                });
            };
            let is_document_label = self.set().is_some_and(|set| set.document_label(argument.target).is_some());
            if !role.allows(&label) || is_document_label {
                return Err(EditError::ArgumentNotAllowed {
                    relation: relation.label.clone(),
                    role: argument.role.clone(),
                    label,
                    allowed: role.allowed.clone(),
                });
            }
            let filled = relation.arguments.iter().take(index).any(|earlier| earlier.role == argument.role);
            if filled && role.repeat != Repeat::Many {
                return Err(EditError::RoleFilled { relation: relation.label.clone(), role: argument.role.clone() });
            }
            let circle =
                |set: &AnnotationSet| argument.target == relation.id || set.leads_to(argument.target, relation.id);
            if self.set().is_some_and(circle) {
                return Err(EditError::Circle { id: relation.id });
            }
        }
        Ok(())
    }

    /// Labels the whole article.
    pub fn add_document_label(&mut self, label: &str) -> Result<AnnotationId, EditError> {
        let known = self.project.schema.document_label(label).map(|label| label.name.clone());
        let name = known.ok_or_else(|| EditError::UnknownDocumentLabel { label: label.to_owned() })?;
        if self.set().is_some_and(|set| set.document_labels().any(|other| other.label == name)) {
            return Err(EditError::Repeated { label: name });
        }
        self.insert_document_label(DocumentLabel {
            id: self.next_id(),
            label: name,
            note: String::new(),
            provenance: self.provenance.clone(),
            status: Status::Accepted,
        })
    }

    /// Says how far the annotator is with the article.
    pub fn set_progress(&mut self, progress: Progress) -> Result<(), EditError> {
        let before = self.set().map(AnnotationSet::progress).unwrap_or_default();
        if before == progress {
            return Ok(());
        }
        self.carry_out(Operation::Progress { set: self.set.clone(), before, after: progress })
    }

    /// Removes an annotation and what can not be without it; returns all that went, `id` last.
    ///
    /// A relation falls when its trigger falls, or when it has no trigger and fewer than two arguments would be left.
    /// Otherwise it only loses the argument.
    pub fn remove(&mut self, id: AnnotationId) -> Result<Vec<AnnotationId>, EditError> {
        self.label_of(id)?;
        self.all_or_nothing(|draft| draft.remove_with_dependents(id))
    }

    pub(super) fn remove_with_dependents(&mut self, id: AnnotationId) -> Result<Vec<AnnotationId>, EditError> {
        let set = self.set().ok_or(EditError::NoAnnotation { id })?;
        let mut falling = vec![id];
        let mut is_falling = BTreeSet::from([id]);
        let mut shrinking = BTreeSet::new();
        let mut next = 0;
        while let Some(target) = falling.get(next).copied() {
            next += 1;
            for relation in set.relations_pointing_to(target).filter(|relation| !is_falling.contains(&relation.id)) {
                let left = relation.arguments.iter().filter(|argument| !is_falling.contains(&argument.target)).count();
                let falls = relation.trigger.map_or(left < 2, |trigger| is_falling.contains(&trigger));
                if falls {
                    falling.push(relation.id);
                } else {
                    shrinking.insert(relation.id);
                }
            }
            is_falling.extend(falling.iter().copied());
        }
        let mut operations = Vec::new();
        // Nobody looked at a relation that loses an argument here, so a suggested one stays a suggestion.
        for relation in shrinking.difference(&is_falling).filter_map(|id| set.relation(*id)) {
            let mut after = relation.clone();
            after.arguments.retain(|argument| !is_falling.contains(&argument.target));
            operations.push(Operation::Relation {
                set: self.set.clone(),
                id: relation.id,
                before: Some(Arc::new(relation.clone())),
                after: Some(Arc::new(after)),
            });
        }
        falling.reverse();
        for id in falling.iter().copied() {
            let key = self.set.clone();
            operations.push(match set.get(id).ok_or(EditError::NoAnnotation { id })? {
                Annotation::Span(span) => {
                    Operation::Span { set: key, id, before: Some(Arc::new(span.clone())), after: None }
                }
                Annotation::Relation(relation) => {
                    Operation::Relation { set: key, id, before: Some(Arc::new(relation.clone())), after: None }
                }
                Annotation::DocumentLabel(label) => {
                    Operation::DocumentLabel { set: key, id, before: Some(Arc::new(label.clone())), after: None }
                }
            });
        }
        for operation in operations {
            self.carry_out(operation)?;
        }
        Ok(falling)
    }
}

/// Moves arguments to another relation type: roles that both types have stay, the others go to the role in their place. Two
/// roles never fall together; what has no place to go to keeps its role, which the check refuses.
pub(super) fn move_arguments(arguments: &mut [Argument], old: &RelationDefinition, new: &RelationDefinition) {
    let has =
        |definition: &RelationDefinition, role: &Name| definition.arguments.iter().any(|known| known.role == *role);
    for argument in arguments.iter_mut().filter(|argument| !has(new, &argument.role)) {
        let place = old.arguments.iter().position(|role| role.role == argument.role);
        let role = place.and_then(|place| new.arguments.get(place)).filter(|role| !has(old, &role.role));
        if let Some(role) = role {
            argument.role = role.role.clone();
        }
    }
}
