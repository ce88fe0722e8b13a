//! Which annotations of a project are those that an original file has, so that a writer changes only what was edited.

use super::{Exported, Imported, reading::is_unplaced};
use crate::model::{AnnotationId, AnnotationSet, DocumentLabel, Entity, EntityRegistry, Relation, Span};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What became of an annotation of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Its id in the project.
    pub id: AnnotationId,
    /// True if it says the same.
    pub same: bool,
}

/// What became of the annotations of a file, by the id with which they were read.
#[derive(Debug, Default)]
pub(super) struct Matches {
    of_read: BTreeMap<AnnotationId, Match>,
}

impl Matches {
    /// Compares what was read again with all that the project has; a span does not say the same if its entity has other ids
    /// elsewhere now.
    pub(super) fn new(read: &Imported, set: &AnnotationSet, entities: &EntityRegistry) -> Self {
        let mut matches = Self::default();
        let said: BTreeMap<_, _> = read.entities.iter().map(|entity| (&entity.id, entity)).collect();
        let old = |span: &Span| {
            let entity = span.entity.as_ref().and_then(|id| said.get(id).copied());
            (span.id, span_words(span, entity))
        };
        let new = |span: &Span| {
            let entity = span.entity.as_ref().and_then(|id| entities.get(id));
            (span.id, span_words(span, entity))
        };
        matches.add(read.spans.iter().map(old), set.spans().map(new));
        let keyed =
            |label: &DocumentLabel| (label.id, format!("{} {:?} {}", label.label, label.note, label.status.as_str()));
        matches.add(read.document_labels.iter().map(keyed), set.document_labels().map(keyed));
        // Relations name their targets, so those that point to relations come after these.
        let mut open: Vec<&Relation> = read.relations.iter().collect();
        while !open.is_empty() {
            let before = open.len();
            let ready: Vec<_> = open
                .extract_if(.., |relation| {
                    relation.targets().all(|target| {
                        matches.of_read.contains_key(&target) || read.relations.iter().all(|other| other.id != target)
                    })
                })
                .collect();
            let known = |id: AnnotationId| matches.of_read.get(&id).map(|found| found.id);
            let old: Vec<_> = ready.iter().map(|relation| (relation.id, relation_words(relation, known))).collect();
            let new = set.relations().map(|relation| (relation.id, relation_words(relation, Some)));
            matches.add(old.into_iter(), new);
            if open.len() == before {
                break;
            }
        }
        matches
    }

    /// Finds partners for `old`: first what says the same, of several the one with the same id; then what has the same id.
    fn add(
        &mut self,
        old: impl Iterator<Item = (AnnotationId, String)>,
        new: impl Iterator<Item = (AnnotationId, String)>,
    ) {
        let mut taken: BTreeSet<_> = self.of_read.values().map(|found| found.id).collect();
        let new: BTreeMap<_, _> = new.filter(|(id, _)| !taken.contains(id)).collect();
        let mut by_words: HashMap<&str, BTreeSet<AnnotationId>> = HashMap::new();
        for (id, words) in &new {
            by_words.entry(words).or_default().insert(*id);
        }
        let mut open = Vec::new();
        for (id, words) in old {
            let found = by_words.get_mut(&*words).and_then(|ids| {
                let chosen = if ids.contains(&id) { Some(id) } else { ids.first().copied() };
                chosen.filter(|chosen| ids.remove(chosen))
            });
            match found {
                Some(other) => {
                    taken.insert(other);
                    self.of_read.insert(id, Match { id: other, same: true });
                }
                None => open.push(id),
            }
        }
        // Ids are never used again, so that it is the same annotation whatever it says now.
        for id in open {
            if new.contains_key(&id) && taken.insert(id) {
                self.of_read.insert(id, Match { id, same: false });
            }
        }
    }

    /// What became of the annotation that was read as `id`; `None` if the project has it no more.
    pub(super) fn get(&self, id: AnnotationId) -> Option<Match> {
        self.of_read.get(&id).copied()
    }

    /// True if the annotation says the same as in the file and is to be written, or waits there to be placed by hand.
    pub(super) fn stays(&self, id: AnnotationId, exported: Exported<'_>) -> bool {
        self.get(id).is_some_and(|found| {
            let waits = || exported.everything.span(found.id).is_some_and(is_unplaced);
            found.same && (exported.annotations.contains(found.id) || waits())
        })
    }

    /// The annotation to write that the one read as `id` became by an edit.
    pub(super) fn changed(&self, id: AnnotationId, exported: Exported<'_>) -> Option<AnnotationId> {
        let found = self.get(id)?;
        exported.annotations.contains(found.id).then_some(found.id)
    }
}

fn span_words(span: &Span, described: Option<&Entity>) -> String {
    let Span { label, fragments, attributes, entity, note, status, .. } = span;
    let identifiers = described.map(|entity| &entity.identifiers);
    format!("{fragments:?} {label} {attributes:?} {entity:?} {identifiers:?} {note:?} {}", status.as_str())
}

fn relation_words(relation: &Relation, known: impl Fn(AnnotationId) -> Option<AnnotationId>) -> String {
    let Relation { label, trigger, arguments, attributes, note, status, .. } = relation;
    let trigger = trigger.map(&known);
    let arguments: Vec<_> = arguments.iter().map(|argument| (&argument.role, known(argument.target))).collect();
    format!("{label} {trigger:?} {arguments:?} {attributes:?} {note:?} {}", status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{format::golden, model::Progress};

    #[test]
    fn edited_annotations_are_told_from_others() {
        let golden = golden::golden();
        let mut read = Imported::new("x", golden::TEXT.to_owned());
        read.spans = golden.set.spans().cloned().collect();
        read.relations = golden.set.relations().cloned().collect();
        read.entities = golden.entities.entities.values().cloned().collect();
        let matches = Matches::new(&read, &golden.set, &golden.entities);
        let ids = read.spans.iter().map(|span| span.id).chain(read.relations.iter().map(|relation| relation.id));
        for id in ids {
            assert_eq!(matches.get(id), Some(Match { id, same: true }));
        }
        // Another id, other words, and nothing more.
        let mut spans = read.spans.clone();
        spans[0].id = AnnotationId(90);
        spans[1].label = "ORG".into();
        spans.remove(2);
        let relations: Vec<_> = read.relations.iter().skip(1).cloned().collect();
        let set = AnnotationSet::from_parts(0, Progress::New, spans, relations, Vec::new()).0;
        let matches = Matches::new(&read, &set, &golden.entities);
        assert_eq!(matches.get(AnnotationId(10)), Some(Match { id: AnnotationId(90), same: true }));
        assert_eq!(matches.get(AnnotationId(11)), Some(Match { id: AnnotationId(11), same: false }));
        assert_eq!(matches.get(AnnotationId(12)), None);
        assert_eq!(matches.get(AnnotationId(30)), None);
        // Its trigger is the same, but the visitor is not where it was.
        assert_eq!(matches.get(AnnotationId(31)), Some(Match { id: AnnotationId(31), same: false }));
        assert_eq!(matches.get(AnnotationId(35)), Some(Match { id: AnnotationId(35), same: true }));
        // The entity is described otherwise.
        let mut entities = golden.entities.clone();
        let described = entities.entities.get_mut(&"wladimir-putin".into()).expect("it is there");
        described.identifiers.insert("viaf".to_owned(), "1".to_owned());
        let matches = Matches::new(&read, &golden.set, &entities);
        assert_eq!(matches.get(AnnotationId(10)), Some(Match { id: AnnotationId(10), same: false }));
        assert_eq!(matches.get(AnnotationId(11)), Some(Match { id: AnnotationId(11), same: true }));
    }
}
