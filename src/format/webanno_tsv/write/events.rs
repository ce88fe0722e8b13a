//! Relations of all forms: links of a layer, chains, arrows, and events of a layer of their own.

use super::{
    super::{
        document::{CHAIN_RELATION, CHAIN_TYPE, Kind},
        layers::{ARGUMENTS, CHAIN_ROLES, EVENT, LAYER, RELATION, ROLES, TRIGGER, short},
    },
    plan::{Arrow, ChainNumbers, Plan, is_arrow, layer_of},
    skeleton::Skeleton,
};
use crate::{
    format::{Exported, loss::LossLog},
    model::{AnnotationId, AttributeValue, Attributes, Relation, Span},
};
use std::collections::{BTreeMap, BTreeSet};

impl Plan {
    /// The cells of a link of a chain.
    pub(super) fn chain_cells(
        &mut self,
        span: &Span,
        layer: usize,
        log: &mut LossLog<'_, '_>,
    ) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        let name = self.layers.get(layer).map(|layer| short(&layer.name));
        if name != Some(&span.label) {
            values.insert(CHAIN_TYPE.to_owned(), span.label.to_string());
        }
        for (name, value) in span.attributes.iter().filter(|(name, _)| ***name != *LAYER) {
            match value {
                AttributeValue::Text(text) if **name == *CHAIN_RELATION && !text.trim().is_empty() => {
                    values.insert(CHAIN_RELATION.to_owned(), text.to_string());
                }
                _ => log.annotation(span.id, format!("attribute {name}={value}"), "links of a chain have none"),
            }
        }
        if !span.note.is_empty() {
            log.annotation(span.id, "note", "links of a chain have none");
        }
        values
    }

    /// Puts spans of chain layers into chains, along the relations that lead from one to the next.
    pub(super) fn chain_links(&mut self, exported: Exported<'_>, numbers: &ChainNumbers, log: &mut LossLog<'_, '_>) {
        let set = exported.annotations;
        let chain_of = |plan: &Self, id: AnnotationId| {
            let layer = plan.layers.get(plan.annotation(id)?.layer)?;
            (layer.kind == Kind::Chain).then(|| layer.name.clone())
        };
        let (mut next, mut heads) = (BTreeMap::new(), BTreeMap::new());
        let mut tails: BTreeMap<AnnotationId, AnnotationId> = BTreeMap::new();
        for relation in set.relations() {
            let ends = relation.arguments.iter().map(|argument| (&*argument.role, argument.target)).collect::<Vec<_>>();
            let [(from_role, from), (to_role, to)] = ends.as_slice() else { continue };
            let layer = layer_of(&relation.attributes).map(str::to_owned);
            let is_link = layer.is_some()
                && is_arrow(relation, exported)
                && [*from_role, *to_role] == CHAIN_ROLES
                && chain_of(self, *from) == layer
                && chain_of(self, *to) == layer;
            // From the first link of a chain to its last, and back.
            let head = heads.get(from).copied().unwrap_or(*from);
            let tail = tails.get(to).copied().unwrap_or(*to);
            if !is_link || next.contains_key(from) || heads.contains_key(to) || head == *to {
                continue;
            }
            next.insert(*from, *to);
            heads.insert(tail, head);
            heads.insert(*to, head);
            tails.insert(head, tail);
            self.absorbed.insert(relation.id);
            if let Some(annotation) = self.annotation_mut(*from) {
                if relation.label.as_ref() == layer.as_deref().map_or("", short) {
                    annotation.values.remove(CHAIN_RELATION);
                } else {
                    annotation.values.insert(CHAIN_RELATION.to_owned(), relation.label.to_string());
                }
            }
            if set.span(*from).is_some_and(|span| span.attributes.contains_key(CHAIN_RELATION)) {
                log.annotation(*from, format!("attribute {CHAIN_RELATION}"), "only the last link of a chain has it");
            }
            for (name, value) in relation.attributes.iter().filter(|(name, _)| ***name != *LAYER) {
                log.annotation(relation.id, format!("attribute {name}={value}"), "chains have none");
            }
            if !relation.note.is_empty() {
                log.annotation(relation.id, "note", "chains have none");
            }
        }
        let mut taken: BTreeSet<(String, usize)> = BTreeSet::new();
        let mut last = numbers.iter().map(|(_, _, number)| *number).max().unwrap_or(0);
        let starts: Vec<AnnotationId> = set.spans_in_order().map(|span| span.id).collect();
        for start in starts {
            let Some(layer) = chain_of(self, start).filter(|_| !heads.contains_key(&start)) else { continue };
            let links: Vec<AnnotationId> = std::iter::successors(Some(start), |link| next.get(link).copied()).collect();
            // A chain keeps the number that the first of its links had, if that is still free.
            let places = links.iter().filter_map(|link| set.span(*link)).map(|span| span.fragments.hull());
            let mut before = places.flat_map(|place| {
                let known = (layer.clone(), place, 0)..=(layer.clone(), place, usize::MAX);
                numbers.range(known).map(|(_, _, number)| *number)
            });
            let is_free = |number: &usize| !taken.contains(&(layer.clone(), *number));
            let chain = before.find(is_free).unwrap_or_else(|| {
                last = last.saturating_add(1);
                last
            });
            taken.insert((layer, chain));
            for (number, link) in (1..).zip(links) {
                if let Some(annotation) = self.annotation_mut(link) {
                    annotation.chain = Some((chain, number));
                }
            }
        }
    }

    pub(super) fn relation(
        &mut self,
        relation: &Relation,
        exported: Exported<'_>,
        skeleton: &Skeleton,
        log: &mut LossLog<'_, '_>,
    ) {
        if self.absorbed.contains(&relation.id) {
            return;
        }
        if let Some((trigger, links)) = self.links(relation, exported) {
            if let Some(annotation) = self.annotation_mut(trigger) {
                annotation.links.insert(relation.label.to_string(), links);
            }
            self.absorbed.insert(relation.id);
        } else if is_arrow(relation, exported) && !self.points_to_chain(relation) {
            self.arrow(relation, log);
        } else {
            self.event(relation, exported, skeleton, log);
        }
    }

    /// The links that a relation is of its trigger, if the layer of that has a feature for them.
    fn links(
        &self,
        relation: &Relation,
        exported: Exported<'_>,
    ) -> Option<(AnnotationId, Vec<(String, AnnotationId)>)> {
        let trigger = relation.trigger?;
        let annotation = self.annotation(trigger)?;
        let has_slot = self.layers.get(annotation.layer)?.slots().any(|slot| *slot == *relation.label);
        let is_plain = relation.attributes.is_empty() && relation.note.is_empty() && !relation.arguments.is_empty();
        let is_free = !annotation.links.contains_key(&*relation.label);
        let is_pointed_to = exported.annotations.relations_pointing_to(relation.id).next().is_some();
        let usable = has_slot && is_plain && is_free && !is_pointed_to && !self.points_to_chain(relation);
        let links = relation.arguments.iter().map(|argument| (argument.role.to_string(), argument.target));
        usable.then(|| (trigger, links.collect()))
    }

    /// True if an end is a link of a chain: those have no numbers, so that nothing but the chain can point to them for sure.
    fn points_to_chain(&self, relation: &Relation) -> bool {
        relation.targets().any(|target| self.annotation(target).is_some_and(|annotation| annotation.chain.is_some()))
    }

    fn arrow(&mut self, relation: &Relation, log: &mut LossLog<'_, '_>) {
        let ends: Vec<_> = relation.arguments.iter().map(|argument| (&*argument.role, argument.target)).collect();
        let [(source_role, source), (target_role, target)] = ends.as_slice() else { return };
        if self.first_slot(*source).is_none() || self.first_slot(*target).is_none() {
            log.relation(relation, "an end of it can not be written");
            return;
        }
        let wanted = layer_of(&relation.attributes);
        let is_usable = |name: &str| {
            let known = self.layers.iter().find(|layer| layer.name == name);
            known.is_none_or(|layer| layer.kind == Kind::Relation)
        };
        let name = wanted.filter(|name| is_usable(name)).unwrap_or(RELATION);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != name || name == RELATION) {
            log.annotation(relation.id, format!("attribute {LAYER}={wanted}"), "the layer has no place for it");
        }
        let layer = self.layer(Kind::Relation, name);
        let mut values = self.cells(relation.id, layer, &relation.label, &relation.attributes, &relation.note, log);
        for ((usual, feature), role) in ROLES.into_iter().zip([*source_role, *target_role]) {
            if role != usual {
                self.add_feature(layer, feature);
                values.insert(feature.to_owned(), role.to_owned());
            }
        }
        self.absorbed.insert(relation.id);
        self.arrows.push(Arrow { layer, source: *source, target: *target, values });
    }

    fn event(&mut self, relation: &Relation, exported: Exported<'_>, skeleton: &Skeleton, log: &mut LossLog<'_, '_>) {
        let trigger = relation.trigger.and_then(|trigger| exported.annotations.span(trigger));
        let place = trigger.map(|span| span.fragments.hull()).or_else(|| exported.annotations.anchor(relation.id));
        let slots = place.map(|range| skeleton.slots(range)).unwrap_or_default();
        let (Some(range), false) = (place, slots.is_empty()) else {
            log.relation(relation, "it links nothing, so that it has no place in the text");
            return;
        };
        if self.points_to_chain(relation) {
            log.relation(relation, "nothing can point to a link of a chain");
            return;
        }
        if let Some(wanted) = layer_of(&relation.attributes) {
            log.annotation(relation.id, format!("attribute {LAYER}={wanted}"), "the layer has no place for it");
        }
        let layer = self.layer(Kind::Span, EVENT);
        let attributes: &Attributes = &relation.attributes;
        let values = self.cells(relation.id, layer, &relation.label, attributes, &relation.note, log);
        self.stand(relation.id, layer, slots, range, values);
        let arguments =
            relation.arguments.iter().map(|argument| (argument.role.to_string(), argument.target)).collect();
        if let Some(annotation) = self.annotation_mut(relation.id) {
            annotation.links.insert(ARGUMENTS.0.to_owned(), arguments);
            let trigger = relation.trigger.map(|trigger| (TRIGGER.0.to_owned(), trigger));
            annotation.links.insert(TRIGGER.0.to_owned(), trigger.into_iter().collect());
        }
    }
}
