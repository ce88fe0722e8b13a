//! Makes an article of a GATE document.

use super::{
    document::{Feature, GateAnnotation, GateDocument, GateRelation, Member, find},
    names::{
        DOCUMENT_LABELS, ENTITY, ENTITY_IDS, ENTITY_KIND, ENTITY_NAME, METADATA, NOTE, ORIGIN, OWN, PIECES, RELATIONS,
        ROLES, SET, STATUS, usual_role,
    },
};
use crate::{
    format::{
        Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        jsonl::metadata_from_record,
        reading::{Numbering, complete_relations, imported_from, unplaced},
        value::plain,
    },
    model::{
        AnnotationId, Argument, AttributeValue, Attributes, DocumentLabel, Entity, EntityId, FilePart, Fragments,
        Provenance, Relation, Span, Status, TextSource,
    },
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The article of a document, and where in the document each of its annotations stands: set and place.
pub(super) struct Read {
    pub article: Imported,
    pub annotations: BTreeMap<AnnotationId, (usize, usize)>,
    pub relations: BTreeMap<AnnotationId, (usize, usize)>,
}

pub(super) fn article(
    document: &GateDocument,
    source: TextSource,
    format: &'static str,
    input: &Input<'_>,
    options: &ReadOptions,
) -> Read {
    let wanted = Some(input.stem()).filter(|stem| !stem.is_empty()).unwrap_or("article");
    let sets = document.sets.iter();
    let annotations = sets.clone().flat_map(|set| set.annotations.iter().filter_map(|annotation| annotation.id));
    let relations = sets.flat_map(|set| set.relations.iter().filter_map(|relation| relation.id));
    let mut reader = Reader {
        file: &input.name,
        document,
        anchors: Anchors::new(&document.text),
        provenance: imported_from(format, options.time),
        numbering: Numbering::new(annotations.chain(relations)),
        by_number: HashMap::new(),
        entities: BTreeSet::new(),
        read: Read {
            article: Imported::new(wanted, document.text.clone()),
            annotations: BTreeMap::new(),
            relations: BTreeMap::new(),
        },
    };
    reader.read.article.kept = Some(FilePart::Whole);
    reader.metadata(source, options);
    reader.annotations();
    reader.relations();
    reader.document_labels();
    for (id, problem) in complete_relations(&mut reader.read.article) {
        reader.warn(None, format!("relation {id}: {problem}"));
    }
    reader.read
}

/// What a feature of our own says of the document.
pub(super) fn relations_of_json(document: &GateDocument) -> Vec<GateRelation> {
    let stated = find(&document.features, RELATIONS).and_then(Feature::json);
    let stated = stated.as_ref().and_then(Value::as_array).into_iter().flatten();
    stated.filter_map(Value::as_object).map(relation_of_json).collect()
}

fn relation_of_json(item: &Map<String, Value>) -> GateRelation {
    let member = |value: &Value| {
        let id = value.get("id").and_then(Value::as_u64);
        let set = value.get("set").and_then(Value::as_str).unwrap_or_default().to_owned();
        match (id, value.get("relation").and_then(Value::as_u64)) {
            (Some(id), _) => Some(Member::Annotation { set, id }),
            (None, id) => id.map(|id| Member::Relation { id }),
        }
    };
    let (mut members, mut roles) = (Vec::new(), Vec::new());
    if let Some(trigger) = item.get("trigger").and_then(member) {
        members.push(trigger);
        roles.push(Value::Null);
    }
    for argument in item.get("arguments").and_then(Value::as_array).into_iter().flatten() {
        if let Some(target) = argument.get("target").and_then(member) {
            members.push(target);
            roles.push(argument.get("role").cloned().unwrap_or_else(|| "".into()));
        }
    }
    let mut features: Vec<Feature> = item
        .get("features")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| Feature::new(name.clone(), value.clone()))
        .collect();
    features.push(Feature::new(ROLES, roles));
    GateRelation {
        id: item.get("id").and_then(Value::as_u64),
        label: item.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        members,
        features,
        user_data: String::new(),
        line: None,
    }
}

struct Reader<'d> {
    file: &'d str,
    document: &'d GateDocument,
    anchors: Anchors<'d>,
    provenance: Provenance,
    numbering: Numbering,
    /// The first annotation of any set with this number.
    by_number: HashMap<u64, AnnotationId>,
    entities: BTreeSet<EntityId>,
    read: Read,
}

impl Reader<'_> {
    fn warn(&mut self, line: Option<usize>, message: String) {
        self.read.article.warnings.push(Warning { file: self.file.to_owned(), line, message });
    }

    fn metadata(&mut self, source: TextSource, options: &ReadOptions) {
        let (mut record, mut other) = (Map::new(), Map::new());
        for feature in self.document.features.iter().filter(|feature| !feature.value.is_null()) {
            let name = feature.name.as_str();
            if METADATA.contains(&name) && feature.value.is_string() {
                record.insert(name.to_owned(), feature.value.clone());
            } else if !name.starts_with(OWN) {
                other.insert(name.to_owned(), feature.value.clone());
            }
        }
        if let Some(url) = other.get("gate.SourceURL").and_then(Value::as_str).filter(|url| url.starts_with("http")) {
            record.entry("url").or_insert_with(|| url.into());
        }
        record.insert("other".to_owned(), other.into());
        let origin = find(&self.document.features, ORIGIN).and_then(Feature::json);
        let has_origin = origin.as_ref().is_some_and(Value::is_object);
        record.extend(origin.filter(|_| has_origin).map(|origin| ("origin".to_owned(), origin)));
        let article = &mut self.read.article;
        article.metadata = metadata_from_record(&record, self.file, 1, options, &mut article.warnings);
        if !has_origin {
            article.metadata.origin = source;
        }
        if article.metadata.language.is_empty() {
            article.metadata.language.clone_from(&options.default_language);
        }
    }

    fn annotations(&mut self) {
        let document = self.document;
        let all = document.sets.iter().flat_map(|set| &set.annotations);
        let proofs: Vec<Claim<'_>> = all
            .filter_map(|annotation| {
                let words = find(&annotation.features, "string").and_then(|feature| feature.value.as_str());
                Some(Claim { pieces: vec![annotation.place?], surface: Some(words?) })
            })
            .collect();
        // Where nodes stand in the text is proof enough.
        let unit = match document.unit {
            Unit::Byte => Unit::Byte,
            stated => self.anchors.choose_unit(stated, &proofs),
        };
        if unit != document.unit {
            let stated = document.unit.in_words();
            let said = format!("the words of the tokens show that offsets count {}, not {stated}", unit.in_words());
            self.warn(None, said);
        }
        for (set_place, set) in document.sets.iter().enumerate() {
            for (place, annotation) in set.annotations.iter().enumerate() {
                if annotation.label.trim().is_empty() {
                    self.warn(annotation.line, "an annotation has no type and was left out".to_owned());
                    continue;
                }
                let key = annotation.id.map(|id| annotation_key(&set.name, id));
                let id = self.numbering.give(key, annotation.id);
                if let Some(number) = annotation.id {
                    self.by_number.entry(number).or_insert(id);
                }
                let span = self.span(id, annotation, &set.name, unit);
                self.read.article.spans.push(span);
                self.read.annotations.insert(id, (set_place, place));
            }
        }
    }

    fn span(&mut self, id: AnnotationId, annotation: &GateAnnotation, set: &str, unit: Unit) -> Span {
        let label = &annotation.label;
        let claim = Claim { pieces: annotation.place.into_iter().collect(), surface: None };
        let fragments = match self.anchors.place(unit, &claim) {
            Anchored::Exact(fragments) | Anchored::Moved(fragments) => fragments,
            Anchored::Nowhere => {
                let said = match annotation.place {
                    Some((start, end)) => {
                        format!("the {label:?} is at {start}..{end}, which is not in the text; place it by hand")
                    }
                    None => format!("the {label:?} has no place in the text; place it by hand"),
                };
                self.warn(annotation.line, said);
                let words = find(&annotation.features, "string").map(|feature| plain(&feature.value));
                let near = self.anchors.near(unit, &claim);
                let (words, text) = (words.unwrap_or_default(), &self.document.text);
                let mut span = unplaced(id, label.as_str().into(), &words, near, text, &self.provenance);
                span.attributes = self.attributes(&annotation.features, set);
                return span;
            }
        };
        let fragments = self.pieces(annotation, fragments, unit);
        Span {
            id,
            label: label.as_str().into(),
            fragments,
            attributes: self.attributes(&annotation.features, set),
            entity: self.entity(&annotation.features, label),
            note: text_of(&annotation.features, NOTE),
            provenance: self.provenance.clone(),
            status: self.status(&annotation.features, annotation.line),
            corrected_from: None,
        }
    }

    /// The pieces of a discontinuous span, if the annotation still is where it was when they were written.
    fn pieces(&mut self, annotation: &GateAnnotation, hull: Fragments, unit: Unit) -> Fragments {
        let Some(stated) = find(&annotation.features, PIECES) else { return hull };
        // Bytes are our own only, in files whose nodes say where annotations are.
        let unit = if unit == Unit::Byte { self.document.pieces_unit } else { unit };
        let stated = plain(&stated.value);
        let piece = |piece: &str| {
            let (start, end) = piece.split_once("..")?;
            self.anchors.range(unit, start.parse().ok()?, end.parse().ok()?)
        };
        let pieces: Option<Vec<_>> = stated.split(';').map(piece).collect();
        match pieces.and_then(Fragments::new).filter(|pieces| pieces.hull() == hull.hull()) {
            Some(pieces) => pieces,
            None => {
                let label = &annotation.label;
                let said = format!("the {label:?} is not where its pieces {stated:?} are; they were left out");
                self.warn(annotation.line, said);
                hull
            }
        }
    }

    fn attributes(&mut self, features: &[Feature], set: &str) -> Attributes {
        let mut attributes = Attributes::new();
        for feature in features.iter().filter(|feature| !feature.name.starts_with(OWN)) {
            if let Some(value) = feature.attribute() {
                attributes.insert(feature.name.as_str().into(), value);
            }
        }
        if !set.is_empty() {
            attributes.insert(SET.into(), AttributeValue::Text(set.into()));
        }
        attributes
    }

    fn entity(&mut self, features: &[Feature], label: &str) -> Option<EntityId> {
        let id = Some(text_of(features, ENTITY)).filter(|id| !id.is_empty())?;
        let id = EntityId::new(&id);
        if self.entities.insert(id.clone()) {
            let or = |found: String, other: &str| if found.is_empty() { other.to_owned() } else { found };
            let identifiers = find(features, ENTITY_IDS).and_then(Feature::json);
            let identifiers = identifiers.as_ref().and_then(Value::as_object).into_iter().flatten();
            self.read.article.entities.push(Entity {
                name: or(text_of(features, ENTITY_NAME), id.as_str()),
                kind: or(text_of(features, ENTITY_KIND), label).as_str().into(),
                aliases: Vec::new(),
                identifiers: identifiers.map(|(scheme, id)| (scheme.clone(), plain(id))).collect(),
                note: String::new(),
                id: id.clone(),
            });
        }
        Some(id)
    }

    fn status(&mut self, features: &[Feature], line: Option<usize>) -> Status {
        let Some(stated) = find(features, STATUS) else { return Status::Accepted };
        let word = plain(&stated.value);
        Status::parse(&word).unwrap_or_else(|| {
            self.warn(line, format!("the status {word:?} is unknown; it was read as \"suggested\""));
            Status::Suggested
        })
    }

    fn relations(&mut self) {
        let document = self.document;
        let own = relations_of_json(document);
        let sets = document.sets.iter().enumerate();
        let of_sets = sets.flat_map(|(place, set)| {
            let numbered = set.relations.iter().enumerate();
            numbered.map(move |(at, relation)| (set.name.as_str(), Some((place, at)), relation))
        });
        let all: Vec<_> = of_sets.chain(own.iter().map(|relation| ("", None, relation))).collect();
        // Numbers first: a relation can point to one that comes later.
        let mut numbered = Vec::new();
        for (set, place, relation) in all {
            if relation.label.trim().is_empty() {
                self.warn(relation.line, "a relation has no type and was left out".to_owned());
                continue;
            }
            let id = self.numbering.give(relation.id.map(relation_key), relation.id);
            if let Some(place) = place {
                self.read.relations.insert(id, place);
            }
            numbered.push((id, set, relation));
        }
        for (id, set, relation) in numbered {
            let found = self.relation(id, set, relation);
            self.read.article.relations.push(found);
        }
    }

    fn relation(&mut self, id: AnnotationId, set: &str, stated: &GateRelation) -> Relation {
        let roles = find(&stated.features, ROLES).and_then(Feature::json);
        let roles = roles.as_ref().and_then(Value::as_array).filter(|roles| roles.len() == stated.members.len());
        let (mut trigger, mut arguments) = (None, Vec::new());
        for (place, member) in stated.members.iter().enumerate() {
            let Some(target) = self.target(member) else {
                let said = format!("the {:?} links the annotation {}, which is not there", stated.label, member.id());
                self.warn(stated.line, said);
                continue;
            };
            match roles.and_then(|roles| roles.get(place)) {
                Some(Value::Null) => trigger = Some(target),
                Some(role) => arguments.push(Argument { role: plain(role).as_str().into(), target }),
                None => arguments.push(Argument { role: usual_role(place).as_str().into(), target }),
            }
        }
        Relation {
            id,
            label: stated.label.as_str().into(),
            trigger,
            arguments,
            attributes: self.attributes(&stated.features, set),
            note: text_of(&stated.features, NOTE),
            provenance: self.provenance.clone(),
            status: self.status(&stated.features, stated.line),
            corrected_from: None,
        }
    }

    fn target(&self, member: &Member) -> Option<AnnotationId> {
        match member {
            Member::Annotation { set, id } => self.numbering.get(&annotation_key(set, *id)),
            Member::Relation { id } => self.numbering.get(&relation_key(*id)),
            Member::Either { set, id } => {
                let here = self.numbering.get(&annotation_key(set, *id));
                let relation = || self.numbering.get(&relation_key(*id));
                here.or_else(relation).or_else(|| self.by_number.get(id).copied())
            }
        }
    }

    fn document_labels(&mut self) {
        let labels = find(&self.document.features, DOCUMENT_LABELS).and_then(Feature::json);
        for item in labels.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("label").trim().is_empty() {
                self.warn(None, "a document label has no name and was left out".to_owned());
                continue;
            }
            let label = DocumentLabel {
                id: self.numbering.give(None, item.get("id").and_then(Value::as_u64)),
                label: text("label").into(),
                note: text("note").to_owned(),
                provenance: self.provenance.clone(),
                status: Status::parse(text("status")).unwrap_or(Status::Accepted),
            };
            self.read.article.document_labels.push(label);
        }
    }
}

fn annotation_key(set: &str, id: u64) -> String {
    format!("{id} {set}")
}

fn relation_key(id: u64) -> String {
    format!("relation {id}")
}

fn text_of(features: &[Feature], name: &str) -> String {
    find(features, name).map(|feature| plain(&feature.value)).unwrap_or_default()
}
