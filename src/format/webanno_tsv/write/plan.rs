//! Decides which layer, rows and cells each annotation gets.

use super::{
    super::{
        document::{CHAIN_RELATION, CHAIN_TYPE, Column, Kind, Layer},
        layers::{
            ANNOTATION, ARGUMENTS, COREFERENCE, DEPENDENCY, EVENT, IDENTIFIER, LAYER, NAMED_ENTITY, NOTE, RELATION,
            TOKEN, TRIGGER, ValueKinds, attribute_name, entity_of, feature_name, identifier_of, is_tagless,
            is_type_name, short, tag,
        },
    },
    skeleton::{Skeleton, Slot},
};
use crate::{
    format::{ExportContext, Exported, loss::LossLog},
    model::{AnnotationId, AttributeValue, Attributes, Relation, Span},
    text::TextRange,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Everything that a file holds, before it is brought into rows.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub layers: Vec<Layer>,
    pub annotations: Vec<Annotation>,
    pub arrows: Vec<Arrow>,
    /// Where spans and events stand among the annotations.
    places: BTreeMap<AnnotationId, usize>,
    /// Spans that are no more than tokens that relations point to.
    tokens: BTreeMap<AnnotationId, Slot>,
    /// Relations that have no annotation of their own: links, chains, arrows.
    pub(super) absorbed: BTreeSet<AnnotationId>,
    /// Layers that chain spans.
    chains: BTreeSet<String>,
    kinds: ValueKinds,
    /// Attributes as they stand in features: annotation, feature, value.
    values: Vec<(AnnotationId, String, AttributeValue)>,
}

/// The numbers that chains had in a file, by layer and the place of a link.
pub(super) type ChainNumbers = BTreeSet<(String, TextRange, usize)>;

/// An annotation of a span layer.
#[derive(Debug)]
pub(super) struct Annotation {
    pub layer: usize,
    pub number: u32,
    /// True if the cells show the number.
    pub is_numbered: bool,
    /// Its rows.
    pub slots: Vec<Slot>,
    /// Where it stands in order.
    place: (u32, Reverse<u32>),
    pub values: BTreeMap<String, String>,
    /// Roles and targets of its links by feature.
    pub links: BTreeMap<String, Vec<(String, AnnotationId)>>,
    /// Its chain, and its place there.
    pub chain: Option<(usize, usize)>,
}

impl Annotation {
    /// What it is ordered by in a cell: links by their chain, everything else by place, outer before inner.
    pub(super) fn order(&self) -> (Option<usize>, (u32, Reverse<u32>), u32) {
        (self.chain.map(|(chain, _)| chain), self.place, self.number)
    }
}

/// A relation of a relation layer.
#[derive(Debug)]
pub(super) struct Arrow {
    pub layer: usize,
    pub source: AnnotationId,
    pub target: AnnotationId,
    pub values: BTreeMap<String, String>,
}

/// The layer that an annotation names.
pub(super) fn layer_of(attributes: &Attributes) -> Option<&str> {
    match attributes.get(LAYER) {
        Some(AttributeValue::Text(name)) if is_type_name(name) => Some(name),
        _ => None,
    }
}

impl Plan {
    pub(super) fn new(
        exported: Exported<'_>,
        context: &ExportContext<'_>,
        skeleton: &Skeleton,
        (layers, numbers): (Vec<Layer>, ChainNumbers),
        log: &mut LossLog<'_, '_>,
    ) -> Self {
        let mut plan = Self { layers, ..Self::default() };
        let chains = plan.layers.iter().filter(|layer| layer.kind == Kind::Chain);
        plan.chains = chains.map(|layer| layer.name.clone()).chain([COREFERENCE.to_owned()]).collect();
        let set = exported.annotations;
        for relation in set.relations() {
            let layer = layer_of(&relation.attributes);
            let of_span = |id: AnnotationId| set.span(id).and_then(|span| layer_of(&span.attributes));
            if layer.is_some() && relation.targets().all(|target| of_span(target) == layer) {
                plan.chains.extend(layer.map(str::to_owned));
            }
        }
        for span in exported.annotations.spans() {
            plan.span(span, exported, context, skeleton, log);
        }
        plan.chain_links(exported, &numbers, log);
        for relation in exported.annotations.relations() {
            plan.relation(relation, exported, skeleton, log);
        }
        plan.open_links(log);
        plan.bases();
        plan.number_targets();
        let idle = plan.tokens.keys().filter(|token| set.relations_pointing_to(**token).next().is_none());
        for span in idle.filter_map(|token| set.span(*token)) {
            log.span(span, "a token that no relation points to has no annotation");
        }
        for (id, feature, value) in &plan.values {
            if plan.kinds.get(&attribute_name(feature)).value(&value.to_string()) != *value {
                log.annotation(*id, format!("attribute {feature}={value}"), "it will be read as another kind of value");
            }
        }
        plan
    }

    pub(super) fn is_written(&self, id: AnnotationId) -> bool {
        self.places.contains_key(&id) || self.tokens.contains_key(&id) || self.absorbed.contains(&id)
    }

    /// The row where an annotation begins.
    pub(super) fn first_slot(&self, id: AnnotationId) -> Option<Slot> {
        self.tokens.get(&id).copied().or_else(|| self.annotation(id)?.slots.first().copied())
    }

    /// An annotation if its cells show its number.
    pub(super) fn numbered(&self, id: AnnotationId) -> Option<&Annotation> {
        self.annotation(id).filter(|annotation| annotation.is_numbered)
    }

    pub(super) fn annotation(&self, id: AnnotationId) -> Option<&Annotation> {
        self.annotations.get(*self.places.get(&id)?)
    }

    pub(super) fn annotation_mut(&mut self, id: AnnotationId) -> Option<&mut Annotation> {
        self.annotations.get_mut(*self.places.get(&id)?)
    }

    /// The layers in the order of the file: spans, spans with links, chains, relations.
    pub(super) fn column_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by_key(|index| {
            self.layers.get(*index).map(|layer| match layer.kind {
                Kind::Span => u8::from(layer.slots().next().is_some()),
                Kind::Chain => 2,
                Kind::Relation => 3,
            })
        });
        order
    }

    /// The layer of this name, made if it is not there.
    pub(super) fn layer(&mut self, kind: Kind, name: &str) -> usize {
        if let Some(place) = self.layers.iter().position(|layer| layer.name == name) {
            return place;
        }
        let feature = |name: &str| Column::Feature(name.to_owned());
        let links = |(feature, link): (&str, &str)| {
            let (feature, link) = (feature.to_owned(), link.to_owned());
            let target = Column::Targets { feature: feature.clone(), target: ANNOTATION.to_owned() };
            [Column::Roles { feature, link }, target]
        };
        let columns = match (kind, name) {
            (Kind::Span, NAMED_ENTITY) => vec![feature(IDENTIFIER), feature("value")],
            (Kind::Span, EVENT) => {
                std::iter::once(feature("value")).chain(links(ARGUMENTS)).chain(links(TRIGGER)).collect()
            }
            (Kind::Span, _) => vec![Column::Presence],
            (Kind::Chain, _) => vec![feature(CHAIN_TYPE), feature(CHAIN_RELATION)],
            (Kind::Relation, _) => vec![Column::Source { base: String::new() }],
        };
        self.layers.push(Layer { kind, name: name.to_owned(), columns });
        self.layers.len() - 1
    }

    /// Adds a column for a feature that a layer does not have.
    pub(super) fn add_feature(&mut self, layer: usize, name: &str) {
        let Some(layer) = self.layers.get_mut(layer) else { return };
        if layer.features().any(|feature| feature == name) {
            return;
        }
        layer.columns.retain(|column| *column != Column::Presence);
        let is_behind = |column: &Column| !matches!(column, Column::Feature(_));
        let place = layer.columns.iter().position(is_behind).unwrap_or(layer.columns.len());
        layer.columns.insert(place, Column::Feature(name.to_owned()));
    }

    /// The tag feature of a layer, made if it has none.
    fn tag(&mut self, layer: usize) -> String {
        let Some(found) = self.layers.get(layer) else { return String::new() };
        if let Some(tag) = found.tag() {
            return tag.to_owned();
        }
        let usual = ["value", "DependencyType", "PosValue", "chunkValue"];
        let new = tag(found.kind, &found.name, usual.into_iter()).unwrap_or("value").to_owned();
        self.add_feature(layer, &new);
        new
    }

    /// The cells for a label, attributes and a note.
    pub(super) fn cells(
        &mut self,
        id: AnnotationId,
        layer: usize,
        label: &str,
        attributes: &Attributes,
        note: &str,
        log: &mut LossLog<'_, '_>,
    ) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        let Some(found) = self.layers.get(layer).cloned() else { return values };
        if label != short(&found.name) {
            values.insert(self.tag(layer), label.to_owned());
        }
        for (name, value) in attributes.iter().filter(|(name, _)| ***name != *LAYER || layer_of(attributes).is_none()) {
            let text = value.to_string();
            let is_free = |feature: &str| {
                let is_tag = found.tag().or(values.keys().next().map(String::as_str)) == Some(feature);
                let is_empty_tag = is_tag && text.trim().is_empty() && !values.contains_key(feature);
                is_empty_tag
                    || !is_tag && !values.contains_key(feature) && !found.is_structure(feature) && feature != NOTE
            };
            let wanted = feature_name(name);
            let numbered = (2..).map(|number: u32| format!("{wanted}{number}"));
            let Some(feature) = std::iter::once(wanted.clone()).chain(numbered).find(|feature| is_free(feature)) else {
                continue;
            };
            if attribute_name(&feature) != **name {
                let what = format!("the name of the attribute {name}; it became {feature}");
                log.annotation(id, what, "features are called otherwise");
            }
            self.add_feature(layer, &feature);
            self.kinds.add(&attribute_name(&feature), &text);
            self.values.push((id, feature.clone(), value.clone()));
            values.insert(feature, text);
        }
        if !note.is_empty() {
            self.add_feature(layer, NOTE);
            values.insert(NOTE.to_owned(), note.to_owned());
        }
        for (feature, value) in &values {
            if value.contains('\r') {
                let what = format!("carriage returns in {feature}");
                log.annotation(id, what, "the format has no escape for them; INCEpTION shows them as \\r");
            }
        }
        values
    }

    fn span(
        &mut self,
        span: &Span,
        exported: Exported<'_>,
        context: &ExportContext<'_>,
        skeleton: &Skeleton,
        log: &mut LossLog<'_, '_>,
    ) {
        let range = span.fragments.hull();
        let wanted = layer_of(&span.attributes);
        let is_plain = span.attributes.len() == 1 && span.note.is_empty() && span.entity.is_none();
        if wanted == Some(TOKEN)
            && *span.label == *short(TOKEN)
            && is_plain
            && self.only_arrows(span.id, exported)
            && let Some(slot) = skeleton.exact(range).filter(|_| span.fragments.count() == 1)
        {
            self.tokens.insert(span.id, slot);
            return;
        }
        let is_usable = |name: &str| {
            let other = self.layers.iter().find(|layer| layer.name == name).map(|layer| layer.kind);
            let is_fitting = !is_tagless(name) || *span.label == *short(name);
            other != Some(Kind::Relation) && is_fitting && name != EVENT && name != TOKEN
        };
        let name = wanted.filter(|name| is_usable(name)).unwrap_or(NAMED_ENTITY);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != name || name == NAMED_ENTITY) {
            log.annotation(span.id, format!("attribute {LAYER}={wanted}"), "the layer has no place for it");
        }
        if span.fragments.count() > 1 {
            log.annotation(span.id, "the gaps between its pieces", "the format has no spans in several pieces");
        }
        let slots = skeleton.slots(range);
        if slots.is_empty() {
            log.span(span, "there is no token at which it could stand");
            return;
        }
        let is_chain = self.chains.contains(name);
        let layer = self.layer(if is_chain { Kind::Chain } else { Kind::Span }, name);
        let mut values = if is_chain {
            self.chain_cells(span, layer, log)
        } else {
            self.cells(span.id, layer, &span.label, &span.attributes, &span.note, log)
        };
        if let Some(entity) = &span.entity {
            let known = context.entities.get(entity).map(|entity| &entity.identifiers);
            let identifier = identifier_of(entity, known);
            if name != NAMED_ENTITY {
                log.annotation(span.id, format!("entity {entity}"), "only named entities name one");
            } else {
                if entity_of(&identifier).0 != *entity {
                    log.annotation(span.id, format!("entity {entity}"), format!("the file calls it {identifier}"));
                }
                self.add_feature(layer, IDENTIFIER);
                values.insert(IDENTIFIER.to_owned(), identifier);
            }
        }
        self.stand(span.id, layer, slots, range, values);
    }

    pub(super) fn stand(
        &mut self,
        id: AnnotationId,
        layer: usize,
        slots: Vec<Slot>,
        range: TextRange,
        values: BTreeMap<String, String>,
    ) {
        self.places.insert(id, self.annotations.len());
        self.annotations.push(Annotation {
            layer,
            number: id.0,
            is_numbered: false,
            slots,
            place: (range.start().0, Reverse(range.end().0)),
            values,
            links: BTreeMap::new(),
            chain: None,
        });
    }

    /// True if a span is only an end of relations whose layer links tokens.
    fn only_arrows(&self, id: AnnotationId, exported: Exported<'_>) -> bool {
        let links_tokens = |relation: &Relation| {
            let layer = layer_of(&relation.attributes).unwrap_or(RELATION);
            let known = self.layers.iter().find(|known| known.name == layer);
            is_arrow(relation, exported)
                && known.is_none_or(|known| known.name == DEPENDENCY || known.base() == Some(TOKEN))
        };
        exported.annotations.relations_pointing_to(id).all(links_tokens)
    }

    /// Leaves out links to what is not in the file.
    fn open_links(&mut self, log: &mut LossLog<'_, '_>) {
        let is_there = |id: AnnotationId| self.first_slot(id).is_some();
        let mut open = Vec::new();
        for (id, place) in &self.places {
            for links in self.annotations.get(*place).into_iter().flat_map(|annotation| annotation.links.values()) {
                open.extend(links.iter().filter(|(_, target)| !is_there(*target)).map(|link| (*id, link.clone())));
            }
        }
        for (id, link) in open {
            log.annotation(id, format!("{}: {}", link.0, link.1), "the file does not hold what it points to");
            for links in self.annotation_mut(id).into_iter().flat_map(|annotation| annotation.links.values_mut()) {
                links.retain(|other| *other != link);
            }
        }
    }

    /// Says what new relation layers link.
    fn bases(&mut self) {
        for index in 0..self.layers.len() {
            let is_open = |column: &Column| matches!(column, Column::Source { base } if base.is_empty());
            if !self.layers.get(index).is_some_and(|layer| layer.columns.iter().any(is_open)) {
                continue;
            }
            let arrows = self.arrows.iter().filter(|arrow| arrow.layer == index);
            let ends: Vec<AnnotationId> = arrows.flat_map(|arrow| [arrow.source, arrow.target]).collect();
            let names: BTreeSet<_> = ends.iter().filter_map(|id| self.layer_name(*id)).collect();
            let only = names.first().filter(|_| names.len() == 1).copied();
            let base = if names.contains(TOKEN) { TOKEN } else { only.unwrap_or(ANNOTATION) }.to_owned();
            for column in self.layers.get_mut(index).into_iter().flat_map(|layer| &mut layer.columns) {
                if is_open(column) {
                    *column = Column::Source { base: base.clone() };
                }
            }
        }
    }

    /// The layer of an annotation.
    fn layer_name(&self, id: AnnotationId) -> Option<&str> {
        if self.tokens.contains_key(&id) {
            return Some(TOKEN);
        }
        self.layers.get(self.annotation(id)?.layer).map(|layer| layer.name.as_str())
    }

    /// Gives numbers to what columns point to that say another layer.
    fn number_targets(&mut self) {
        let mut needed = Vec::new();
        for arrow in &self.arrows {
            let base = self.layers.get(arrow.layer).and_then(|layer| layer.base());
            needed.extend([arrow.source, arrow.target].into_iter().filter(|id| self.layer_name(*id) != base));
        }
        for annotation in &self.annotations {
            for column in self.layers.get(annotation.layer).into_iter().flat_map(|layer| &layer.columns) {
                let Column::Targets { feature, target: base } = column else { continue };
                let links = annotation.links.get(feature).into_iter().flatten().map(|(_, target)| *target);
                needed.extend(links.filter(|id| self.layer_name(*id) != Some(base)));
            }
        }
        for id in needed {
            if let Some(annotation) = self.annotation_mut(id) {
                annotation.is_numbered = true;
            }
        }
    }
}

/// True if a relation is an arrow from one span to another that nothing else points to.
pub(super) fn is_arrow(relation: &Relation, exported: Exported<'_>) -> bool {
    let set = exported.annotations;
    relation.trigger.is_none()
        && relation.arguments.len() == 2
        && relation.arguments.iter().all(|argument| set.span(argument.target).is_some())
        && set.relations_pointing_to(relation.id).next().is_none()
}
