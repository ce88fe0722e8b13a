//! Taking over annotations from elsewhere, with their ids where that is possible.

use super::{Draft, EditError, Operation};
use crate::model::{AnnotationId, AnnotationSet, DocumentLabel, Relation, Span};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

impl Draft<'_> {
    /// Adds annotations that belong together: relations point to spans and relations among them. Ids stay as they are
    /// where none of them was ever used here; otherwise all are raised by the same number. What does not fit (a place
    /// outside the text, a relation to nothing, an id that comes twice) is left out and described.
    ///
    /// # Errors
    /// If the article is not there or not loaded.
    pub fn import_annotations(
        &mut self,
        spans: Vec<Span>,
        relations: Vec<Relation>,
        document_labels: Vec<DocumentLabel>,
    ) -> Result<Vec<String>, EditError> {
        self.all_or_nothing(|draft| draft.import_all(spans, relations, document_labels))
    }

    fn import_all(
        &mut self,
        spans: Vec<Span>,
        relations: Vec<Relation>,
        document_labels: Vec<DocumentLabel>,
    ) -> Result<Vec<String>, EditError> {
        let mut left_out = Vec::new();
        let key = self.key().clone();
        let next = self.next_id().0;
        let ids = spans.iter().map(|span| span.id).chain(relations.iter().map(|relation| relation.id));
        let lowest = ids.chain(document_labels.iter().map(|label| label.id)).map(|id| id.0).min().unwrap_or(next);
        let shift = next.saturating_sub(lowest);
        let moved = |id: AnnotationId| AnnotationId(id.0.saturating_add(shift));
        let text = self.project().article(&key.article).map_or("", |article| article.text());

        let ids = spans.iter().map(|span| span.id).chain(relations.iter().map(|relation| relation.id));
        let mut ids: Vec<AnnotationId> = ids.chain(document_labels.iter().map(|label| label.id)).collect();
        ids.sort_unstable();
        // Ids that come twice are rare, or the largest of all: those are raised to one.
        let is_repeated = ids.windows(2).any(|pair| matches!(pair, [id, next] if moved(*id) == moved(*next)));
        let mut taken = BTreeSet::new();
        let mut operations = Vec::with_capacity(ids.len());
        let mut is_new = |id: AnnotationId, left_out: &mut Vec<String>| {
            let fresh = !is_repeated || taken.insert(id);
            if !fresh {
                left_out.push(format!("annotation {id}: the id comes twice; the second one was left out"));
            }
            fresh
        };
        for mut span in spans {
            span.id = moved(span.id);
            if !span.fragments.fit(text) {
                left_out.push(format!("span {}: lies outside the text; left out", span.id));
            } else if is_new(span.id, &mut left_out) {
                let (set, id) = (key.clone(), span.id);
                operations.push(Operation::Span { set, id, before: None, after: Some(Arc::new(span)) });
            }
        }
        // Relations between relations come in any order: those whose targets are there go first, until none is left that
        // could. What then remains points to nothing, or in a circle.
        let mut open: Vec<Relation> = relations
            .into_iter()
            .map(|mut relation| {
                relation.id = moved(relation.id);
                relation.trigger = relation.trigger.map(moved);
                for argument in &mut relation.arguments {
                    argument.target = moved(argument.target);
                }
                relation
            })
            .filter(|relation| is_new(relation.id, &mut left_out))
            .collect();
        // What they can point to, beside what is there already.
        let mut new = HashSet::new();
        if !open.is_empty() {
            new.extend(operations.iter().filter_map(Operation::annotation).map(|(_, id)| id));
        }
        loop {
            let is_there = |id: AnnotationId| {
                let was_there = |set: &AnnotationSet| set.span(id).is_some() || set.relation(id).is_some();
                new.contains(&id) || self.set().is_some_and(was_there)
            };
            let (ready, waiting): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|relation| relation.targets().all(is_there));
            open = waiting;
            if ready.is_empty() {
                break;
            }
            for relation in ready {
                let (set, id) = (key.clone(), relation.id);
                new.insert(id);
                operations.push(Operation::Relation { set, id, before: None, after: Some(Arc::new(relation)) });
            }
        }
        left_out.extend(
            open.iter().map(|relation| format!("relation {}: points to nothing or to itself; left out", relation.id)),
        );
        for mut label in document_labels {
            label.id = moved(label.id);
            if is_new(label.id, &mut left_out) {
                let (set, id) = (key.clone(), label.id);
                operations.push(Operation::DocumentLabel { set, id, before: None, after: Some(Arc::new(label)) });
            }
        }
        self.carry_out_new(operations)?;
        Ok(left_out)
    }
}
