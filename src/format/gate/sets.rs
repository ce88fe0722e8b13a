//! Numbers and annotation sets of a document that is being written: as they were in the imported one where that can be.

use super::document::{GateAnnotation, GateDocument, GateRelation, GateSet};
use crate::model::AnnotationId;
use std::collections::{BTreeSet, HashMap};

/// Gives annotations their numbers in the file.
pub(super) struct Free {
    /// Numbers of the imported document, and given ones.
    used: BTreeSet<u64>,
    next: u64,
}

impl Free {
    /// `ids` are those of all annotations to come.
    pub(super) fn new(before: Option<&GateDocument>, ids: impl Iterator<Item = AnnotationId>) -> Self {
        let sets = before.into_iter().flat_map(|document| &document.sets);
        let used: BTreeSet<u64> = sets
            .flat_map(|set| {
                let annotations = set.annotations.iter().filter_map(|annotation| annotation.id);
                annotations.chain(set.relations.iter().filter_map(|relation| relation.id))
            })
            .collect();
        let largest = ids.map(|id| u64::from(id.0)).chain(used.last().copied()).max().unwrap_or(0);
        Self { used, next: largest.saturating_add(1) }
    }

    /// The number that an annotation had, or its id, or a new one.
    pub(super) fn give(&mut self, id: AnnotationId, before: Option<u64>) -> u64 {
        if let Some(before) = before {
            return before;
        }
        let own = u64::from(id.0);
        if self.used.insert(own) {
            return own;
        }
        let number = self.next;
        self.next = number.saturating_add(1);
        self.used.insert(number);
        number
    }
}

/// An item with its place in its set of the imported document, for the order.
type Placed<T> = (usize, T);

/// A set without its content, and that with the places.
type Filling = (GateSet, Vec<Placed<GateAnnotation>>, Vec<Placed<GateRelation>>);

/// Annotation sets in the making.
#[derive(Default)]
pub(super) struct Sets {
    places: HashMap<String, usize>,
    sets: Vec<Filling>,
}

impl Sets {
    /// The sets of the imported document without what is in them.
    pub(super) fn new(before: Option<&GateDocument>) -> Self {
        let mut sets = Self::default();
        for set in before.into_iter().flat_map(|document| &document.sets) {
            let empty = GateSet { name: set.name.clone(), members: set.members.clone(), ..GateSet::default() };
            sets.places.insert(set.name.clone(), sets.sets.len());
            sets.sets.push((empty, Vec::new(), Vec::new()));
        }
        sets
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.sets.len();
        self.places.insert(name.to_owned(), place);
        self.sets.push((GateSet { name: name.to_owned(), ..GateSet::default() }, Vec::new(), Vec::new()));
        place
    }

    /// Adds an annotation; `before` is its place in the set of the imported document.
    pub(super) fn annotation(&mut self, set: &str, before: Option<usize>, annotation: GateAnnotation) {
        let place = self.place(set);
        if let Some((_, annotations, _)) = self.sets.get_mut(place) {
            annotations.push((before.unwrap_or(usize::MAX), annotation));
        }
    }

    /// Adds a relation; `before` is its place in the set of the imported document.
    pub(super) fn relation(&mut self, set: &str, before: Option<usize>, relation: GateRelation) {
        let place = self.place(set);
        if let Some((_, _, relations)) = self.sets.get_mut(place) {
            relations.push((before.unwrap_or(usize::MAX), relation));
        }
    }

    /// The sets with everything in its order: what was imported as it was, new ones behind.
    pub(super) fn finish(self) -> Vec<GateSet> {
        let in_order = |(set, mut annotations, mut relations): Filling| {
            annotations.sort_by_key(|(place, _)| *place);
            relations.sort_by_key(|(place, _)| *place);
            GateSet {
                annotations: annotations.into_iter().map(|(_, annotation)| annotation).collect(),
                relations: relations.into_iter().map(|(_, relation)| relation).collect(),
                ..set
            }
        };
        self.sets.into_iter().map(in_order).collect()
    }
}
