//! Changed relations, chains and links.

use super::Revision;
use crate::{
    format::uima::{
        cas::{Id, Value},
        layers::{DEPENDENT, GOVERNOR, Kind},
        read::Origin,
        types::Range,
    },
    model::{AnnotationId, Relation, Status},
};
use std::collections::BTreeSet;

impl Revision<'_, '_> {
    pub(super) fn relations(&mut self, before: &[Relation]) {
        let exported = self.composer.exported;
        let mut known = BTreeSet::new();
        let mut anew = Vec::new();
        for relation in before {
            let now = exported.annotations.relation(relation.id);
            match (self.origins.get(&relation.id).cloned(), now) {
                (Some(origin), Some(now)) => {
                    known.insert(relation.id);
                    let is_same = relations_say_the_same(relation, now) && self.targets_stay(now);
                    let has_place = match origin {
                        Origin::Structure(id) => self.layer(id).is_none_or(|layer| layer.kind != Kind::Chain),
                        Origin::Hidden(_) | Origin::Slot { .. } => false,
                    };
                    if is_same && !(self.is_moved && has_place) {
                        if let Origin::Slot { host, .. } = origin {
                            // It has no structure of its own.
                            self.composer.ids.insert(now.id, host);
                        }
                    } else if !self.update_pair(&origin, relation, now) && !self.update_slot(&origin, relation, now) {
                        self.remove(&origin);
                        self.composer.ids.remove(&now.id);
                        anew.push(now);
                    }
                }
                (Some(origin), None) => self.remove(&origin),
                (None, _) => {}
            }
        }
        anew.extend(exported.annotations.relations().filter(|relation| !known.contains(&relation.id)));
        for relation in anew {
            self.composer.relation(relation);
        }
    }

    /// True if everything that a relation points to stands where it stood.
    fn targets_stay(&self, relation: &Relation) -> bool {
        relation.targets().all(|target| {
            let origin = match self.origins.get(&target) {
                Some(Origin::Structure(id) | Origin::Hidden(id)) => *id,
                _ => return false,
            };
            self.composer.ids.get(&target) == Some(&origin)
        })
    }

    /// Changes a relation of two in its place; false if it has to be another structure.
    fn update_pair(&mut self, origin: &Origin, before: &Relation, now: &Relation) -> bool {
        let Origin::Structure(id) = *origin else { return false };
        let Some(layer) = self.layer(id).filter(|layer| layer.kind == Kind::Relation) else { return false };
        let Some(kind) = self.structure(id).map(|structure| structure.kind.clone()) else { return false };
        let roles = |relation: &Relation| -> Vec<_> {
            relation.arguments.iter().map(|argument| argument.role.clone()).collect()
        };
        let set = self.composer.exported.annotations;
        let (true, None, [one, other]) = (roles(before) == roles(now), now.trigger, now.arguments.as_slice()) else {
            return false;
        };
        let (Some(_), Some(dependent)) = (set.span(one.target), set.span(other.target)) else { return false };
        if before.label != now.label && layer.label.is_none() {
            return false;
        }
        let mut changes: Vec<(String, Option<Value>)> = Vec::new();
        let place = self.composer.place(dependent.fragments.hull());
        changes.extend(place.into_iter().map(|(name, value)| (name.to_owned(), Some(value))));
        for (feature, target) in [(GOVERNOR, one.target), (DEPENDENT, other.target)] {
            let target = self.composer.number(target);
            changes.push((feature.to_owned(), Some(Value::Reference(target))));
        }
        if let (true, Some(feature)) = (before.label != now.label, &layer.label) {
            let label = self.composer.text(Some(now.id), "label", &now.label);
            changes.push((feature.to_string(), Some(label)));
        }
        self.remarks(&kind, now.id, (&before.note, &now.note), (before.status, now.status), &mut changes);
        self.attributes(&kind, &layer, now.id, (&before.attributes, &now.attributes), &mut changes);
        self.apply(id, changes);
        true
    }

    /// The links of a feature, and the array that they stand in.
    fn links(&self, host: Id, feature: &str) -> Vec<Id> {
        let cas = &self.composer.cas;
        let Some(structure) = self.index.get(cas, host) else { return Vec::new() };
        let array = match structure.get(feature) {
            Some(Value::Reference(id)) => self.index.get(cas, *id).filter(|array| array.kind.ends_with("[]")),
            _ => None,
        };
        let links = self.index.references(cas, structure, feature);
        let is_link = |id: &Id| self.layer(*id).is_some_and(|layer| layer.kind == Kind::Link);
        array.map(|array| array.id).into_iter().chain(links.into_iter().filter(is_link)).collect()
    }

    /// Changes the links of a feature; false if they can not say what is said now.
    fn update_slot(&mut self, origin: &Origin, before: &Relation, now: &Relation) -> bool {
        let Origin::Slot { host, feature } = origin else { return false };
        let stays = |id: AnnotationId| self.composer.ids.get(&id) == Some(host);
        let says_more = now.label != before.label
            || !now.attributes.is_empty()
            || !now.note.is_empty()
            || now.status != Status::Accepted
            || now.arguments.is_empty();
        if says_more || !now.trigger.is_some_and(stays) {
            return false;
        }
        let cas = &self.composer.cas;
        let Some(structure) = self.index.get(cas, *host) else { return false };
        let described = cas.types.feature(&structure.kind, feature);
        let is_list = described.is_some_and(|described| {
            cas.types.range(&described.range) == Range::Structures
                && !described.range.ends_with("List")
                && described.shared != Some(true)
        });
        let links = self.links(*host, feature);
        let kind = links.iter().filter_map(|id| self.index.get(cas, *id)).map(|link| link.kind.clone()).next_back();
        let (true, Some(kind)) = (is_list, kind.filter(|kind| !kind.ends_with("[]"))) else { return false };
        let mut new = Vec::new();
        for argument in &now.arguments {
            let role = (argument.role != *feature).then_some(&argument.role);
            new.push(self.composer.link(now.id, &kind, role, argument.target));
        }
        self.gone.extend(links);
        self.apply(*host, vec![(feature.to_string(), Some(Value::References(new)))]);
        self.composer.ids.insert(now.id, *host);
        true
    }

    /// Takes out what stands for a relation.
    fn remove(&mut self, origin: &Origin) {
        match origin {
            Origin::Structure(id) => {
                let is_chain = self.layer(*id).is_some_and(|layer| layer.kind == Kind::Chain);
                let mut next = self.structure(*id).and_then(|chain| chain.reference("first"));
                // The members stay, but in no row.
                while let Some(link) = next.filter(|_| is_chain).and_then(|id| self.structure(id)) {
                    next = link.reference("next");
                    link.remove("next");
                }
                self.gone.insert(*id);
            }
            Origin::Slot { host, feature } => {
                let links = self.links(*host, feature);
                self.gone.extend(links);
                if let Some(structure) = self.structure(*host) {
                    structure.remove(feature);
                }
            }
            Origin::Hidden(_) => {}
        }
    }
}

fn relations_say_the_same(before: &Relation, now: &Relation) -> bool {
    before.label == now.label
        && before.trigger == now.trigger
        && before.arguments == now.arguments
        && before.attributes == now.attributes
        && before.note == now.note
        && before.status == now.status
}
