//! An edited article in the CAS that it came from: only what was changed is written anew.

mod relations;
mod sweep;

use super::{
    cas::{Cas, Id, Index, Structure, Value},
    compose::{Characters, Composer, Positions},
    layers::{ENTITY, ENTITY_REFERENCE, Kind, Layer, METADATA, NAMED_ENTITY, NOTE, PIECES, STATUS, is_named_entity},
    metadata,
    names::{self, Names},
    read::{Origin, Reading},
    types::{Feature, Range, STRING, is_built_in},
};
use crate::{
    format::{
        ExportContext, Exported, Holds, Loss,
        loss::{LossLog, changed_fields},
        reading::is_unplaced,
    },
    model::{AnnotationId, ArticleMetadata, Attributes, DocumentLabel, Entity, EntityId, Relation, Span, Status},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// The original CAS with what the project says now.
pub(super) fn article(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    original: (Cas, Reading),
    characters: Characters,
    holds: &Holds,
    names: &mut Names,
    losses: &mut Vec<Loss>,
) -> Cas {
    let (cas, before) = original;
    let index = Index::new(&cas);
    let is_same_text = before.imported.text == exported.text.as_str();
    let positions = match is_same_text {
        true => Positions::new(&before.text, before.imported.text != before.text),
        false => Positions::new(exported.text.as_str(), false),
    };
    let described = |entity: &&Entity| {
        context.entities.get(&entity.id).is_some_and(|known| known.identifiers != entity.identifiers)
    };
    let anew = before.imported.entities.iter().filter(described).map(|entity| entity.id.clone()).collect();
    let log = LossLog::new(exported, losses);
    let mut composer = Composer::new(exported, context, cas, positions, characters, names, log);
    composer.sofa = before.sofa.unwrap_or_default();
    let mut revision = Revision {
        index,
        composer,
        layers: before.layers,
        origins: before.origins,
        gone: HashSet::new(),
        anew,
        is_moved: !is_same_text,
    };
    revision.forget_entities();
    if !is_same_text {
        revision.replace_text(&before.hidden);
    }
    revision.numbers(&before.imported.spans, &before.imported.relations, &before.imported.document_labels);
    revision.spans(&before.imported.spans);
    revision.relations(&before.imported.relations);
    revision.document_labels(&before.imported.document_labels);
    revision.metadata(&before.imported.metadata);
    revision.sweep();
    revision.composer.finish(holds)
}

struct Revision<'a, 'l> {
    composer: Composer<'a, 'l>,
    layers: HashMap<crate::model::Name, Arc<Layer>>,
    origins: BTreeMap<AnnotationId, Origin>,
    /// Finds the structures of the original; new ones come behind them.
    index: Index,
    /// Structures that are taken out at the end.
    gone: HashSet<Id>,
    /// Entities with other ids elsewhere than the file has.
    anew: BTreeSet<EntityId>,
    /// True if the text is another, so that all places are written anew.
    is_moved: bool,
}

impl Revision<'_, '_> {
    fn structure(&mut self, id: Id) -> Option<&mut Structure> {
        let place = self.index.place(id)?;
        self.composer.cas.structures.get_mut(place)
    }

    /// Takes out what the file says of entities that are described anew.
    fn forget_entities(&mut self) {
        let is_old = |structure: &&Structure| {
            let id = structure.text("entity").map(EntityId::new);
            &*structure.kind == ENTITY && id.is_some_and(|id| self.anew.contains(&id))
        };
        let old: Vec<_> = self.composer.cas.structures.iter().filter(is_old).map(|structure| structure.id).collect();
        self.gone.extend(old);
    }

    fn has_other_entity(&self, before: &Span, now: &Span) -> bool {
        before.entity != now.entity || now.entity.as_ref().is_some_and(|entity| self.anew.contains(entity))
    }

    fn layer(&self, id: Id) -> Option<Arc<Layer>> {
        let structure = self.index.get(&self.composer.cas, id)?;
        self.layers.get(&structure.kind).cloned()
    }

    /// Gives the annotations that were there before their structures again.
    fn numbers(&mut self, spans: &[Span], relations: &[Relation], labels: &[DocumentLabel]) {
        let set = self.composer.exported.annotations;
        let mut keep = |id: AnnotationId, stands: bool| {
            if let (true, Some(Origin::Structure(structure))) = (stands, self.origins.get(&id)) {
                self.composer.ids.insert(id, *structure);
            }
        };
        for span in spans {
            keep(span.id, set.span(span.id).is_some_and(|now| is_alike(span, now)));
        }
        for relation in relations {
            keep(relation.id, set.relation(relation.id).is_some());
        }
        for label in labels {
            keep(label.id, set.document_label(label.id).is_some());
        }
        // What is a span only because something points to it stays what it is as long as something does.
        let pointed: BTreeSet<_> = set.relations().flat_map(Relation::targets).collect();
        if !self.is_moved {
            for span in spans {
                if let (Some(now), Some(Origin::Hidden(id))) = (set.span(span.id), self.origins.get(&span.id))
                    && says_the_same(span, now)
                    && pointed.contains(&span.id)
                {
                    self.composer.ids.insert(span.id, *id);
                }
            }
        }
    }

    fn spans(&mut self, before: &[Span]) {
        let exported = self.composer.exported;
        let mut known = BTreeSet::new();
        for span in before {
            let now = exported.annotations.span(span.id).filter(|now| is_alike(span, now));
            match (self.origins.get(&span.id).cloned(), now) {
                (Some(Origin::Structure(id)), Some(now)) => {
                    known.insert(span.id);
                    if !says_the_same(span, now) || self.has_other_entity(span, now) || self.is_moved {
                        self.update(id, span, now);
                    }
                }
                (Some(Origin::Structure(id)), None) => {
                    // What waits to be placed by hand was left out by the filter.
                    let waits = is_unplaced(span) && exported.everything.contains(span.id);
                    if !waits || self.is_moved {
                        self.gone.insert(id);
                    }
                }
                (Some(Origin::Hidden(_)), Some(_)) if self.composer.ids.contains_key(&span.id) => {
                    known.insert(span.id);
                }
                _ => {}
            }
        }
        for span in exported.annotations.spans().filter(|span| !known.contains(&span.id)) {
            self.composer.span(span);
        }
    }

    /// Changes the structure of a span.
    fn update(&mut self, id: Id, before: &Span, now: &Span) {
        let Some(layer) = self.layer(id) else { return };
        let Some(kind) = self.structure(id).map(|structure| structure.kind.clone()) else { return };
        let types = &self.composer.cas.types;
        let can_hold = layer.label.as_ref().and_then(|label| types.feature(&kind, label)).is_some_and(|feature| {
            let allowed = types.get(&feature.range).map(|range| range.values.as_slice()).unwrap_or_default();
            allowed.is_empty() || allowed.contains(&now.label)
        });
        let other_entity = before.entity != now.entity && !is_named_entity(types, &kind);
        // What its type can not say makes it one of ours, with the same number.
        if is_built_in(&kind) || (before.label != now.label && !can_hold) || other_entity {
            self.become_ours(id, now);
            return;
        }
        let mut changes: Vec<(String, Option<Value>)> = Vec::new();
        if before.fragments != now.fragments || self.is_moved {
            let place = self.composer.place(now.fragments.hull());
            changes.extend(place.into_iter().map(|(name, value)| (name.to_owned(), Some(value))));
            let pieces = self.composer.pieces(&now.fragments);
            self.own_feature(&kind, PIECES, pieces.is_some());
            changes.push((PIECES.to_owned(), pieces));
        }
        if let (true, Some(feature)) = (before.label != now.label, &layer.label) {
            let label = self.composer.text(Some(now.id), "label", &now.label);
            changes.push((feature.to_string(), Some(label)));
        }
        if self.has_other_entity(before, now) {
            changes.extend(["identifier", ENTITY_REFERENCE].map(|name| (name.to_owned(), None)));
            if let Some(entity) = &now.entity {
                let features = self.composer.entity_features(now.id, entity);
                self.composer.cas.types.merge(&super::layers::own_types());
                changes.extend(features.into_iter().map(|(name, value)| (name.to_owned(), Some(value))));
            }
        }
        self.remarks(&kind, now.id, (&before.note, &now.note), (before.status, now.status), &mut changes);
        self.attributes(&kind, &layer, now.id, (&before.attributes, &now.attributes), &mut changes);
        self.apply(id, changes);
    }

    fn apply(&mut self, id: Id, changes: Vec<(String, Option<Value>)>) {
        let Some(structure) = self.structure(id) else { return };
        for (name, value) in changes {
            match value {
                Some(value) => structure.set(&name, value),
                None => structure.remove(&name),
            }
        }
    }

    fn become_ours(&mut self, id: Id, now: &Span) {
        self.composer.span(now);
        let Some(new) = self.composer.cas.structures.pop_if(|last| last.id == id) else { return };
        if let Some(structure) = self.structure(id) {
            structure.kind = NAMED_ENTITY.into();
            structure.features = new.features;
        }
        self.composer.forget_member(id);
    }

    /// Describes a feature of our own at a type that gets it.
    fn own_feature(&mut self, kind: &str, name: &str, is_used: bool) {
        if is_used {
            self.composer.cas.types.add(kind, super::types::ANNOTATION, [Feature::new(name, STRING)]);
        }
    }

    fn remarks(
        &mut self,
        kind: &str,
        id: AnnotationId,
        note: (&str, &str),
        status: (Status, Status),
        changes: &mut Vec<(String, Option<Value>)>,
    ) {
        let now: BTreeMap<_, _> = self.composer.remarks(id, note.1, status.1).into_iter().collect();
        for (name, is_changed) in [(NOTE, note.0 != note.1), (STATUS, status.0 != status.1)] {
            if is_changed {
                self.own_feature(kind, name, now.contains_key(name));
                changes.push((name.to_owned(), now.get(name).cloned()));
            }
        }
    }

    fn attributes(
        &mut self,
        kind: &str,
        layer: &Layer,
        id: AnnotationId,
        attributes: (&Attributes, &Attributes),
        changes: &mut Vec<(String, Option<Value>)>,
    ) {
        let (before, now) = attributes;
        for (name, _) in before.iter().filter(|(name, _)| !now.contains_key(*name)) {
            let features = layer.attributes.iter().filter(|(_, attribute, _)| attribute == name);
            changes.extend(features.map(|(feature, ..)| (feature.to_string(), None)));
        }
        for (name, value) in now.iter().filter(|(name, value)| before.get(*name) != Some(*value)) {
            let fits = |range: Range| match (range, value) {
                (Range::Integer, crate::model::AttributeValue::Number(number)) => number.fract() == 0.0,
                (range, value) => range == names::range(value),
            };
            let mut known = layer.attributes.iter().filter(|(_, attribute, _)| attribute == name);
            let fitting = known.clone().find(|(_, _, range)| fits(*range));
            // The old value stood elsewhere.
            let others = known.by_ref().filter(|other| Some(*other) != fitting);
            changes.extend(others.map(|(feature, ..)| (feature.to_string(), None)));
            let is_whole = fitting.is_some_and(|(_, _, range)| *range == Range::Integer);
            let form = match fitting {
                Some((feature, ..)) => feature.clone(),
                None => self.composer.feature(kind, name, value),
            };
            let value = match self.composer.attribute_value(id, name, value) {
                // It has no fraction; what no whole number holds becomes the nearest.
                Value::Number(number) if is_whole => Value::Integer(number as i64),
                other => other,
            };
            changes.push((form.to_string(), Some(value)));
        }
    }

    fn document_labels(&mut self, before: &[DocumentLabel]) {
        let exported = self.composer.exported;
        let mut known = BTreeSet::new();
        for label in before {
            let Some(Origin::Structure(id)) = self.origins.get(&label.id).cloned() else { continue };
            let now = exported.annotations.document_label(label.id);
            let says = |label: &DocumentLabel| (label.label.clone(), label.note.clone(), label.status);
            if now.is_some_and(|now| says(now) == says(label)) {
                known.insert(label.id);
            } else {
                self.gone.insert(id);
                self.composer.ids.remove(&label.id);
            }
        }
        for label in exported.annotations.document_labels().filter(|label| !known.contains(&label.id)) {
            self.composer.document_label(label);
        }
    }

    fn metadata(&mut self, before: &ArticleMetadata) {
        let now = self.composer.exported.metadata;
        if changed_fields(before, now).is_empty() {
            return;
        }
        let sofa = self.composer.sofa;
        let mut features = Vec::new();
        for (name, value) in metadata::features(now) {
            let value = match value {
                Value::Text(text) => self.composer.text(None, name, &text),
                other => other,
            };
            features.push((name, value));
        }
        self.composer.cas.types.merge(&super::layers::own_types());
        let layers = &self.layers;
        let kind = |structure: &Structure| layers.get(&structure.kind).map(|layer| layer.kind);
        let mut is_ours = false;
        let mut is_found = false;
        for structure in &mut self.composer.cas.structures {
            if structure.reference("sofa") != Some(sofa) {
                continue;
            }
            match kind(structure) {
                Some(Kind::Metadata) if !is_found => {
                    is_found = true;
                    if self.composer.cas.types.feature(&structure.kind, "documentTitle").is_none() {
                        structure.kind = METADATA.into();
                    }
                    for name in ["documentTitle", "documentUri"] {
                        structure.remove(name);
                    }
                    features.iter().for_each(|(name, value)| structure.set(name, value.clone()));
                }
                Some(Kind::Field) => {
                    is_ours |= structure.text("key").is_some_and(|key| key.starts_with("glosse:"));
                    self.gone.insert(structure.id);
                }
                _ => {}
            }
        }
        let written =
            ArticleMetadata { origin: if is_ours { now.origin.clone() } else { Default::default() }, ..now.clone() };
        for (key, value) in metadata::fields(&written) {
            self.composer.field(&key, &value);
        }
        if !is_found && sofa != 0 {
            self.composer.document();
        }
    }
}

/// True if a span may be one that was there before: numbers alone prove nothing.
fn is_alike(before: &Span, now: &Span) -> bool {
    before.fragments == now.fragments || before.label == now.label
}

fn says_the_same(before: &Span, now: &Span) -> bool {
    before.label == now.label
        && before.fragments == now.fragments
        && before.attributes == now.attributes
        && before.entity == now.entity
        && before.note == now.note
        && before.status == now.status
}
