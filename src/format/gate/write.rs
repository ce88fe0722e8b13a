//! Makes a GATE document of an article, with what the imported document had beyond the article.

use super::{
    document::{Feature, GateAnnotation, GateDocument, GateRelation, Member, find},
    names::{
        DOCUMENT_LABELS, ENTITY, ENTITY_IDS, ENTITY_KIND, ENTITY_NAME, METADATA, NOTE, ORIGIN, OWN, PIECES, RELATIONS,
        ROLES, SET, STATUS, usual_role,
    },
    read::Read,
    sets::{Free, Sets},
    xml::fits_in_xml,
};
use crate::{
    format::{
        ExportContext, Exported, Holds, Loss,
        anchor::Unit,
        jsonl::metadata_record,
        loss::LossLog,
        value::{json_from_attributes, plain},
    },
    model::{AnnotationId, AttributeValue, Attributes, Relation, Span, Status},
    text::ByteOffset,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// Which of the two files is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Xml,
    /// With offsets in this unit.
    Json(Unit),
}

/// The document that an article was imported from.
pub(super) struct Original {
    pub document: GateDocument,
    pub read: Read,
}

/// Where a written annotation is found by relations.
#[derive(Clone, Debug)]
struct Place {
    set: String,
    id: u64,
    is_relation: bool,
}

pub(super) fn document(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    kind: Kind,
    original: Option<&Original>,
    holds: &Holds,
    losses: &mut Vec<Loss>,
) -> GateDocument {
    let before = original.map(|original| &original.document);
    let spans = original.into_iter().flat_map(|original| &original.read.article.spans);
    let set = exported.annotations;
    let ids = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
    let mut writer = Writer {
        exported,
        context,
        kind,
        original,
        log: LossLog::new(exported, losses),
        original_spans: spans.map(|span| (span.id, span)).collect(),
        free: Free::new(before, ids),
        sets: Sets::new(before),
        places: BTreeMap::new(),
    };
    if kind == Kind::Xml && !exported.text.as_str().chars().all(fits_in_xml) {
        writer.log.article("control characters in the text; each became U+FFFD", "XML has no way to write them");
    }
    writer.spans();
    let relations = writer.relations();
    let features = writer.document_features(relations);
    writer.log.details(holds, |_| true);
    writer.log.entity_details(context.entities, holds);
    GateDocument {
        text: exported.text.as_str().to_owned(),
        features,
        sets: writer.sets.finish(),
        unit: match kind {
            Kind::Xml => Unit::Byte,
            Kind::Json(unit) => unit,
        },
        pieces_unit: Unit::Utf16,
        members: before.map(|document| document.members.clone()).unwrap_or_default(),
    }
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    kind: Kind,
    original: Option<&'a Original>,
    log: LossLog<'a, 'l>,
    original_spans: HashMap<AnnotationId, &'a Span>,
    free: Free,
    sets: Sets,
    places: BTreeMap<AnnotationId, Place>,
}

impl<'a> Writer<'a, '_> {
    fn spans(&mut self) {
        for span in self.exported.annotations.spans() {
            let set = set_of(&span.attributes);
            let before = self.original_of(span, &set);
            let id = self.free.give(span.id, before.and_then(|(_, annotation)| annotation.id));
            let mut wanted = self.common(span.id, &span.label, &span.attributes, &span.note, span.status);
            if span.fragments.count() > 1 {
                let pieces = span.fragments.iter().map(|range| (self.offset(range.start()), self.offset(range.end())));
                let pieces: Vec<_> = pieces.map(|(start, end)| format!("{start}..{end}")).collect();
                wanted.push(Feature::new(PIECES, pieces.join(";")));
            }
            self.entity(span, &mut wanted);
            let hull = span.fragments.hull();
            let place = match self.kind {
                Kind::Xml => (u64::from(hull.start().0), u64::from(hull.end().0)),
                Kind::Json(_) => (self.offset(hull.start()), self.offset(hull.end())),
            };
            let annotation = GateAnnotation {
                id: Some(id),
                label: span.label.to_string(),
                place: Some(place),
                features: merged(before.map(|(_, annotation)| &*annotation.features), wanted),
                line: None,
            };
            self.sets.annotation(&set, before.map(|(place, _)| place), annotation);
            self.places.insert(span.id, Place { set, id, is_relation: false });
        }
    }

    /// What a span was in the imported document, and its place in its set.
    fn original_of(&self, span: &Span, set: &str) -> Option<(usize, &'a GateAnnotation)> {
        let original = self.original?;
        let (set_place, place) = *original.read.annotations.get(&span.id)?;
        let known = self.original_spans.get(&span.id)?;
        let found = original.document.sets.get(set_place).filter(|known| known.name == set)?;
        let is_same = known.label == span.label || known.fragments == span.fragments;
        Some((place, found.annotations.get(place).filter(|_| is_same)?))
    }

    /// An offset in the unit of the file.
    fn offset(&self, byte: ByteOffset) -> u64 {
        let (text, table) = (self.exported.text.as_str(), self.exported.text.table());
        u64::from(match self.kind {
            Kind::Json(Unit::CodePoint) => table.code_point_from_byte(text, byte),
            Kind::Json(_) | Kind::Xml => table.utf16_from_byte(text, byte),
        })
    }

    /// The features that spans and relations share.
    fn common(
        &mut self,
        id: AnnotationId,
        label: &str,
        attributes: &Attributes,
        note: &str,
        status: Status,
    ) -> Vec<Feature> {
        let is_reserved = |name: &str| name.starts_with(OWN) || name == SET;
        let has_set = |value: &AttributeValue| matches!(value, AttributeValue::Text(_));
        for (name, value) in attributes.iter().filter(|(name, value)| is_reserved(name) && !has_set(value)) {
            self.log.annotation(id, format!("attribute {name}={value}"), "the name means something else in the file");
        }
        let mut features: Vec<Feature> = json_from_attributes(attributes)
            .into_iter()
            .filter(|(name, _)| !is_reserved(name))
            .map(|(name, value)| Feature::new(name, value))
            .collect();
        if !note.is_empty() {
            features.push(Feature::new(NOTE, note));
        }
        if status != Status::Accepted {
            features.push(Feature::new(STATUS, status.as_str()));
        }
        let fits = |text: &str| text.chars().all(fits_in_xml);
        let all_fit = features.iter().all(|feature| fits(&feature.name) && fits(&plain(&feature.value)));
        if self.kind == Kind::Xml && !(fits(label) && all_fit) {
            let what = "control characters in the label, the attributes or the note; each became U+FFFD";
            self.log.annotation(id, what, "XML has no way to write them");
        }
        features
    }

    fn entity(&self, span: &Span, features: &mut Vec<Feature>) {
        let Some(id) = &span.entity else { return };
        features.push(Feature::new(ENTITY, id.as_str()));
        let Some(entity) = self.context.entities.get(id) else { return };
        features.push(Feature::new(ENTITY_NAME, entity.name.as_str()));
        if entity.kind != span.label {
            features.push(Feature::new(ENTITY_KIND, &*entity.kind));
        }
        if !entity.identifiers.is_empty() {
            features.push(Feature::new(ENTITY_IDS, json!(entity.identifiers).to_string()));
        }
    }

    /// Puts the relations into their sets, or returns them for a file without relations.
    fn relations(&mut self) -> Vec<GateRelation> {
        let relations: Vec<&Relation> = self.exported.annotations.relations().collect();
        for relation in &relations {
            let first = relation.targets().next().and_then(|target| self.places.get(&target));
            let set = match set_of(&relation.attributes) {
                set if set.is_empty() => first.map(|place| place.set.clone()).unwrap_or_default(),
                set => set,
            };
            let before = self.original_relation(relation.id);
            let id = self.free.give(relation.id, before.and_then(|(_, relation)| relation.id));
            self.places.insert(relation.id, Place { set, id, is_relation: true });
        }
        let mut left = Vec::new();
        for relation in relations {
            let Some(place) = self.places.get(&relation.id).cloned() else { continue };
            let (label, attributes) = (&relation.label, &relation.attributes);
            let mut features = self.common(relation.id, label, attributes, &relation.note, relation.status);
            let roles: Vec<Value> = relation
                .trigger
                .map(|_| Value::Null)
                .into_iter()
                .chain(relation.arguments.iter().map(|argument| Value::from(&*argument.role)))
                .collect();
            let is_usual = |(place, role): (usize, &Value)| *role == usual_role(place);
            if !roles.iter().enumerate().all(is_usual) {
                features.push(Feature::new(ROLES, Value::from(roles).to_string()));
            }
            let before = self.original_relation(relation.id);
            let written = GateRelation {
                id: Some(place.id),
                label: label.to_string(),
                members: relation.targets().filter_map(|target| self.member(target)).collect(),
                features: merged(before.map(|(_, relation)| &*relation.features), features),
                user_data: before.map(|(_, relation)| relation.user_data.clone()).unwrap_or_default(),
                line: None,
            };
            match self.kind {
                Kind::Xml => self.sets.relation(&place.set, before.map(|(place, _)| place), written),
                Kind::Json(_) => left.push(written),
            }
        }
        left
    }

    fn original_relation(&self, id: AnnotationId) -> Option<(usize, &'a GateRelation)> {
        let original = self.original?;
        let (set, place) = *original.read.relations.get(&id)?;
        Some((place, original.document.sets.get(set)?.relations.get(place)?))
    }

    fn member(&self, target: AnnotationId) -> Option<Member> {
        let place = self.places.get(&target)?;
        Some(match place.is_relation {
            true => Member::Relation { id: place.id },
            false => Member::Annotation { set: place.set.clone(), id: place.id },
        })
    }

    fn document_features(&mut self, relations: Vec<GateRelation>) -> Vec<Feature> {
        let metadata = self.exported.metadata;
        let before = self.original.map(|original| &original.read.article.metadata);
        let mut wanted = Vec::new();
        let values = [&metadata.title, &metadata.source, &metadata.url, &metadata.date, &metadata.language];
        let known = before.map(|known| [&known.title, &known.source, &known.url, &known.date, &known.language]);
        for (place, (name, value)) in METADATA.into_iter().zip(values).enumerate() {
            // What reading gave without such a feature needs none now either.
            let is_implied = known.and_then(|known| known.get(place).copied()) == Some(value)
                && self.original.is_some_and(|original| find(&original.document.features, name).is_none());
            if !value.is_empty() && !is_implied {
                wanted.push(Feature::new(name, value.as_str()));
            }
        }
        for (name, value) in &metadata.other {
            if METADATA.contains(&name.as_str()) || name.starts_with(OWN) {
                self.log.article(format!("metadata: {name}"), "the name means something else in the file");
            } else {
                wanted.push(Feature::new(name.clone(), value.as_str()));
            }
        }
        let had_origin = || self.original.is_some_and(|known| find(&known.document.features, ORIGIN).is_some());
        if let Some(origin) = metadata_record(metadata).get("origin").filter(|_| before.is_none() || had_origin()) {
            wanted.push(Feature::new(ORIGIN, origin.to_string()));
        }
        let labels: Vec<Value> = self
            .exported
            .annotations
            .document_labels()
            .map(|label| {
                let status = label.status.as_str();
                json!({"id": label.id.0, "label": &*label.label, "note": label.note, "status": status})
            })
            .collect();
        if !labels.is_empty() {
            wanted.push(self.structured(DOCUMENT_LABELS, labels.into()));
        }
        if !relations.is_empty() {
            wanted.push(self.structured(RELATIONS, relations.iter().map(relation_json).collect()));
        }
        let fits = |feature: &Feature| plain(&feature.value).chars().chain(feature.name.chars()).all(fits_in_xml);
        if self.kind == Kind::Xml && !wanted.iter().all(fits) {
            self.log.article("control characters in the metadata; each became U+FFFD", "XML has no way to write them");
        }
        merged(self.original.map(|original| &*original.document.features), wanted)
    }

    /// A list as it is in JSON, and as text in XML.
    fn structured(&self, name: &str, value: Value) -> Feature {
        match self.kind {
            Kind::Xml => Feature::new(name, value.to_string()),
            Kind::Json(_) => Feature::new(name, value),
        }
    }
}

/// The annotation set that the attributes of a span or relation name.
fn set_of(attributes: &Attributes) -> String {
    match attributes.get(SET) {
        Some(AttributeValue::Text(name)) => name.to_string(),
        _ => String::new(),
    }
}

fn relation_json(relation: &GateRelation) -> Value {
    let roles = find(&relation.features, ROLES).and_then(Feature::json);
    let roles = roles.as_ref().and_then(Value::as_array);
    let mut record = Map::new();
    record.insert("id".to_owned(), relation.id.into());
    record.insert("type".to_owned(), relation.label.as_str().into());
    let mut arguments = Vec::new();
    for (place, member) in relation.members.iter().enumerate() {
        let target = match member {
            Member::Annotation { set, id } | Member::Either { set, id } => json!({"set": set, "id": id}),
            Member::Relation { id } => json!({"relation": id}),
        };
        match roles.and_then(|roles| roles.get(place)) {
            Some(Value::Null) => {
                record.insert("trigger".to_owned(), target);
            }
            Some(role) => arguments.push(json!({"role": role, "target": target})),
            None => arguments.push(json!({"role": usual_role(place), "target": target})),
        }
    }
    record.insert("arguments".to_owned(), arguments.into());
    let features = relation.features.iter().filter(|feature| feature.name != ROLES);
    let features: Map<String, Value> = features.map(|feature| (feature.name.clone(), feature.value.clone())).collect();
    if !features.is_empty() {
        record.insert("features".to_owned(), features.into());
    }
    Value::Object(record)
}

/// The wanted features in the order of the imported ones: those that say the same as they were, with the empty values, which
/// no attribute can hold, and without those that are gone.
fn merged(before: Option<&[Feature]>, wanted: Vec<Feature>) -> Vec<Feature> {
    let Some(before) = before else { return wanted };
    let mut names: HashMap<String, usize> = HashMap::new();
    for (place, feature) in wanted.iter().enumerate() {
        names.insert(feature.name.clone(), place);
    }
    let mut wanted: Vec<Option<Feature>> = wanted.into_iter().map(Some).collect();
    let mut features = Vec::new();
    for known in before {
        let place = names.get(&known.name).and_then(|place| wanted.get_mut(*place));
        match place.and_then(Option::take) {
            Some(feature) => {
                let is_same = feature.attribute() == known.attribute() || plain(&feature.value) == plain(&known.value);
                features.push(if is_same { known.clone() } else { feature });
            }
            None if known.value.is_null() => features.push(known.clone()),
            None => {}
        }
    }
    features.extend(wanted.into_iter().flatten());
    features
}
