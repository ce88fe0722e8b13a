//! Reads annotations and the text that they are about.

use super::{
    OWN, WebAnnotation, iri, is, objects,
    segment::{Segment, segments},
    several,
    source::{source, text_beside},
    text,
};
use crate::{
    format::{
        Format, FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchors, Unit},
        jsonl::metadata_from_record,
        reading::{
            Delivery, Numbering, Utf8Text, complete_relations, imported_from, line_ending, normalize_line_endings,
            unplaced,
        },
        records::{Object, Records},
        value::{plain, score_from_text},
    },
    model::{
        AnnotationId, Argument, AttributeValue, Attributes, DocumentLabel, Entity, EntityId, FilePart, Fragments, Name,
        Provenance, Relation, Source, Span, Status, slug,
    },
    text::ByteOffset,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// An annotation of the file and what it became, by its place among all.
pub(super) struct Place {
    pub number: usize,
    pub annotations: Vec<AnnotationId>,
}

/// What a file says about one text.
pub(super) struct Read {
    pub imported: Imported,
    pub places: Vec<Place>,
    pub unit: Unit,
}

/// All annotations of a file, in order.
pub(super) fn annotations(file: &[Object]) -> Vec<&Object> {
    let mut found = Vec::new();
    for object in file {
        let pages = objects(object, "first").into_iter().chain(objects(object, "items")).chain([object]);
        for page in pages {
            if is(page, "type", "Annotation") || page.contains_key("target") {
                found.push(page);
            } else {
                found.extend(objects(page, "items").into_iter().filter(|item| !is(item, "type", "AnnotationPage")));
            }
        }
    }
    // Items of a page were met both as items and through their page.
    let mut seen = std::collections::HashSet::new();
    found.retain(|object| seen.insert(std::ptr::from_ref(*object)));
    found
}

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    let mut file = Vec::new();
    for record in Records::new(input.bytes, input.before) {
        match record.object {
            Ok(object) => file.push(object),
            Err(error) => delivery.warn(Some(record.line), error),
        }
    }
    let all = annotations(&file);
    if all.is_empty() {
        return delivery.finish("the file has no annotations");
    }
    let mut by_source: Vec<(String, Vec<usize>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut linking = Vec::new();
    for (number, annotation) in all.iter().enumerate() {
        match source(annotation) {
            Some(source) => {
                let place = *places.entry(source.clone()).or_insert(by_source.len());
                if place == by_source.len() {
                    by_source.push((source, Vec::new()));
                }
                if let Some((_, numbers)) = by_source.get_mut(place) {
                    numbers.push(number);
                }
            }
            None => linking.push(number),
        }
    }
    // What names no text is about the only one that others name.
    if by_source.len() == 2
        && let Some(place) = by_source.iter().position(|(source, _)| source.is_empty())
    {
        let (_, unnamed) = by_source.remove(place);
        if let Some((_, numbers)) = by_source.first_mut() {
            numbers.extend(unnamed);
        }
    }
    let is_one = by_source.len() <= 1;
    if by_source.is_empty() {
        by_source.push((String::new(), Vec::new()));
    }
    for (source, mut numbers) in by_source {
        let Some((name, found)) = text_beside(input, &source, is_one) else {
            let about = if source.is_empty() { String::new() } else { format!(" ({source})") };
            let wanted = format!("{}.txt", input.stem());
            delivery.warn(
                None,
                format!(
                    "the text that {} annotations are about{about} is not beside the file; put it there as {wanted}",
                    numbers.len()
                ),
            );
            continue;
        };
        // Links belong to the text of what they link; those that link nothing there are passed over.
        numbers.extend(linking.iter().copied());
        numbers.sort_unstable();
        let collection = file.first().filter(|_| is_one);
        let mut read = article_of(&all, &numbers, collection, found, options, (input, &name));
        if is_one {
            read.imported.kept = Some(FilePart::Whole);
            read.imported.beside = vec![name];
        }
        delivery.push(read.imported);
    }
    delivery.finish("the file has no annotations of a text")
}

/// The article of the annotations with these numbers.
pub(super) fn article_of(
    all: &[&Object],
    numbers: &[usize],
    collection: Option<&Object>,
    content: Utf8Text,
    options: &ReadOptions,
    (input, name): (&Input<'_>, &str),
) -> Read {
    let own = collection.and_then(|collection| collection.get("glosse:article")?.as_object());
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let id = own.and_then(|own| own.get("id")).map_or_else(|| stem.to_owned(), plain);
    let mut imported = Imported::new(&id, content.text);
    let mut warnings = Vec::new();
    match own {
        Some(own) => {
            let mut known = own.clone();
            known.shift_remove("id");
            imported.metadata = metadata_from_record(&known, &input.name, 1, options, &mut warnings);
        }
        None => {
            imported.metadata.title = collection.map(|found| text(found, "label").to_owned()).unwrap_or_default();
            imported.metadata.language.clone_from(&options.default_language);
            imported.metadata.origin.byte_order_mark = content.byte_order_mark;
            imported.metadata.origin.encoding = "utf-8".to_owned();
        }
    }
    if imported.metadata.origin.file.is_empty() {
        imported.metadata.origin.file.clone_from(&input.name);
    }
    let mut reader = Reader { input, options, warnings, places: Vec::new(), open: Vec::new() };
    if content.damaged {
        reader.warn(format!("{name}: bytes that are not UTF-8 were replaced by U+FFFD"));
    }
    let unit = reader.annotations(all, numbers, &mut imported);
    for (id, problem) in complete_relations(&mut imported) {
        reader.warn(format!("relation {id}: {problem}"));
    }
    if options.normalize_line_endings {
        let before = line_ending(&imported.text);
        normalize_line_endings(&mut imported);
        imported.metadata.origin.line_ending = before;
    }
    imported.warnings = reader.warnings;
    Read { imported, places: reader.places, unit }
}

struct Reader<'a> {
    input: &'a Input<'a>,
    options: &'a ReadOptions,
    warnings: Vec<Warning>,
    places: Vec<Place>,
    /// Links between annotations, with their numbers.
    open: Vec<usize>,
}

/// What the bodies of an annotation say.
#[derive(Default)]
struct Said {
    labels: Vec<Name>,
    notes: Vec<String>,
    attributes: Attributes,
    entity: Option<EntityId>,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.input.name.clone(), line: None, message: message.into() });
    }

    fn annotations(&mut self, all: &[&Object], numbers: &[usize], imported: &mut Imported) -> Unit {
        let content = imported.text.clone();
        let anchors = Anchors::new(&content);
        let chosen = || numbers.iter().filter_map(|number| Some((*number, *all.get(*number)?)));
        let segments: BTreeMap<usize, Vec<Segment<'_>>> =
            chosen().map(|(number, annotation)| (number, segments(annotation))).collect();
        let claims: Vec<_> = segments.values().flatten().filter_map(Segment::claim).collect();
        let unit = anchors.choose_unit(Unit::CodePoint, &claims);
        if unit != Unit::CodePoint {
            self.warn(format!("the quoted texts show that positions count {}", unit.in_words()));
        }
        let wanted = chosen().filter_map(|(_, annotation)| own_number(text(annotation, "id")));
        let mut numbering = Numbering::new(wanted);
        for (number, annotation) in chosen() {
            let found = segments.get(&number).map(Vec::as_slice).unwrap_or_default();
            self.annotation(number, annotation, found, (&anchors, unit, &content), &mut numbering, imported);
        }
        let open = std::mem::take(&mut self.open);
        // Numbers first: a link can lead to one that comes later.
        let links: Vec<_> = open
            .into_iter()
            .filter_map(|number| {
                let annotation = *all.get(number)?;
                let name = text(annotation, "id");
                Some((
                    number,
                    annotation,
                    numbering.give(Some(name.to_owned()).filter(|name| !name.is_empty()), own_number(name)),
                ))
            })
            .collect();
        for (number, annotation, id) in links {
            self.link(number, annotation, id, &numbering, imported);
        }
        unit
    }

    fn annotation(
        &mut self,
        number: usize,
        annotation: &Object,
        segments: &[Segment<'_>],
        (anchors, unit, content): (&Anchors<'_>, Unit, &str),
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        if segments.is_empty() && source(annotation).is_none() {
            self.open.push(number);
            return;
        }
        let name = text(annotation, "id").to_owned();
        let key = || Some(name.clone()).filter(|name| !name.is_empty());
        let mut place = Place { number, annotations: Vec::new() };
        if segments.is_empty() {
            let has_selector =
                several(annotation.get("target")).into_iter().any(|target| target.get("selector").is_some());
            let said = self.said(annotation, imported);
            if has_selector {
                self.warn(format!(
                    "the selectors of an annotation {name} are not those of text; it is kept, but not shown"
                ));
            } else {
                for label in said.labels {
                    let id = numbering.give(key(), own_number(&name));
                    place.annotations.push(id);
                    imported.document_labels.push(DocumentLabel {
                        id,
                        label,
                        note: said.notes.join("\n"),
                        provenance: self.provenance(annotation),
                        status: status(annotation),
                    });
                }
            }
            self.places.push(place);
            return;
        }
        let mut said = self.said(annotation, imported);
        if said.labels.is_empty() {
            let motivation = several(annotation.get("motivation")).into_iter().find_map(Value::as_str);
            said.labels.push(motivation.filter(|name| !name.is_empty()).unwrap_or("annotation").into());
        }
        let mut ranges = Vec::new();
        let mut lost = false;
        for segment in segments {
            match segment.place(anchors, unit, content) {
                Some((found, moved)) => {
                    if moved {
                        self.warn(format!("an annotation {name} was moved to the place that its quotation has"));
                    }
                    ranges.extend(found.iter());
                }
                None => lost = true,
            }
        }
        let fragments = Fragments::new(ranges).filter(|_| !lost);
        if fragments.is_none() {
            self.warn(format!("the place of an annotation {name} is not in the text; place it by hand"));
        }
        for label in said.labels {
            let id = numbering.give(key(), own_number(&name));
            place.annotations.push(id);
            let Some(fragments) = fragments.clone() else {
                let first = segments.first();
                let surface = first.and_then(|segment| segment.quote).unwrap_or_default();
                let claim = first.and_then(Segment::claim);
                let near = claim.map_or(ByteOffset(0), |claim| anchors.near(unit, &claim));
                let provenance = imported_from(WebAnnotation.info().name, self.options.time);
                imported.spans.push(unplaced(id, label, surface, near, content, &provenance));
                continue;
            };
            imported.spans.push(Span {
                id,
                label,
                fragments,
                attributes: said.attributes.clone(),
                entity: said.entity.clone(),
                note: said.notes.join("\n"),
                provenance: self.provenance(annotation),
                status: status(annotation),
                corrected_from: None,
            });
        }
        self.places.push(place);
    }

    fn link(
        &mut self,
        number: usize,
        annotation: &Object,
        id: AnnotationId,
        numbering: &Numbering,
        imported: &mut Imported,
    ) {
        let mut arguments = Vec::new();
        let mut trigger = None;
        let mut missing = 0;
        let targets = several(annotation.get("target"));
        for (index, target) in targets.iter().enumerate() {
            let (name, object) = match target {
                Value::Object(object) => (text(object, "id"), Some(object)),
                other => (other.as_str().unwrap_or_default(), None),
            };
            let Some(target) = numbering.get(name) else {
                missing += 1;
                continue;
            };
            if object.is_some_and(|object| object.get("glosse:trigger") == Some(&Value::Bool(true))) {
                trigger = Some(target);
                continue;
            }
            let role = object.map(|object| text(object, "glosse:role")).filter(|role| !role.is_empty());
            let usual = match index {
                0 => "from".to_owned(),
                1 => "to".to_owned(),
                _ => format!("to{}", index),
            };
            arguments.push(Argument { role: role.unwrap_or(&usual).into(), target });
        }
        let mut place = Place { number, annotations: Vec::new() };
        if missing == targets.len() && !targets.is_empty() {
            // It links annotations of another text, or something else.
            self.places.push(place);
            return;
        }
        if missing > 0 {
            self.warn(format!("{missing} targets of a link {} are not in the file", text(annotation, "id")));
        }
        let mut said = self.said(annotation, imported);
        let label = if said.labels.is_empty() { "linking".into() } else { said.labels.remove(0) };
        place.annotations.push(id);
        imported.relations.push(Relation {
            id,
            label,
            trigger,
            arguments,
            attributes: said.attributes,
            note: said.notes.join("\n"),
            provenance: self.provenance(annotation),
            status: status(annotation),
            corrected_from: None,
        });
        self.places.push(place);
    }

    fn provenance(&self, annotation: &Object) -> Provenance {
        let own = imported_from(WebAnnotation.info().name, self.options.time);
        let generator = objects(annotation, "generator").into_iter().next();
        let name = generator.map(|generator| text(generator, "name")).filter(|name| !name.is_empty());
        let score = annotation.get("glosse:score").and_then(|score| score_from_text(&score.to_string()));
        match name.filter(|_| status(annotation) == Status::Suggested) {
            Some(name) => {
                Provenance { source: Source::Extractor { name: name.into(), version: "".into() }, score, ..own }
            }
            None => own,
        }
    }

    fn said(&self, annotation: &Object, imported: &mut Imported) -> Said {
        let mut said = Said::default();
        let motivated = |wanted: &str| is(annotation, "motivation", wanted);
        if let Some(value) = annotation.get("bodyValue").and_then(Value::as_str) {
            if motivated("tagging") { said.labels.push(value.into()) } else { said.notes.push(value.to_owned()) }
        }
        let mut entities: Vec<(String, String)> = Vec::new();
        for body in several(annotation.get("body")) {
            let body = match body {
                Value::Object(body) => body,
                Value::String(iri) => {
                    if motivated("identifying") || motivated("linking") {
                        entities.push((iri.clone(), String::new()));
                    }
                    continue;
                }
                _ => continue,
            };
            let purpose = |wanted: &str| match body.contains_key("purpose") {
                true => is(body, "purpose", wanted),
                false => motivated(wanted),
            };
            let value = text(body, "value");
            let iri = [text(body, "source"), text(body, "id")].into_iter().find(|iri| !iri.is_empty());
            let attribute = text(body, "glosse:attribute");
            if !attribute.is_empty() {
                let found = match body.get("glosse:value") {
                    Some(Value::Bool(flag)) => Some(AttributeValue::Flag(*flag)),
                    Some(Value::Number(number)) => {
                        number.as_f64().filter(|number| number.is_finite()).map(AttributeValue::Number)
                    }
                    _ => Some(AttributeValue::Text(value.into())),
                };
                if let Some(found) = found {
                    said.attributes.insert(attribute.into(), found);
                }
            } else if let Some(iri) = iri.filter(|_| purpose("identifying") || purpose("linking")) {
                entities.push((iri.to_owned(), text(body, "glosse:name").to_owned()));
            } else if value.trim().is_empty() {
                continue;
            } else if purpose("tagging") || purpose("classifying") {
                if said.labels.iter().all(|known| **known != *value) {
                    said.labels.push(value.into());
                }
            } else {
                said.notes.push(value.to_owned());
            }
        }
        if !entities.is_empty() {
            let kind = said.labels.first().cloned().unwrap_or_else(|| "".into());
            said.entity = Some(entity(&entities, kind, imported));
        }
        said
    }
}

/// The entity of identifying bodies: IRIs with names.
fn entity(found: &[(String, String)], kind: Name, imported: &mut Imported) -> EntityId {
    let own = format!("{OWN}entity:");
    let mut id = None;
    let mut name = String::new();
    let mut identifiers = BTreeMap::new();
    for (iri, stated) in found {
        if !stated.is_empty() && name.is_empty() {
            name.clone_from(stated);
        }
        if let Some(known) = iri.strip_prefix(&own) {
            id = Some(iri::unescaped(known));
        } else if let Some(number) = iri::wikidata(iri) {
            identifiers.insert("wikidata".to_owned(), number.to_owned());
        } else if let Some((scheme, number)) = iri.strip_prefix(OWN).and_then(|rest| rest.split_once(':')) {
            identifiers.insert(iri::unescaped(scheme), iri::unescaped(number));
        } else {
            identifiers.insert("iri".to_owned(), iri.clone());
        }
    }
    let first = || identifiers.get("wikidata").cloned().or_else(|| identifiers.get("iri").map(|iri| slug(iri)));
    let id = id.or_else(first).unwrap_or_else(|| "entity".to_owned());
    let id = EntityId::new(&id);
    if imported.entities.iter().all(|entity| entity.id != id) {
        imported.entities.push(Entity {
            name: if name.is_empty() { id.to_string() } else { name },
            kind,
            aliases: Vec::new(),
            identifiers,
            note: String::new(),
            id: id.clone(),
        });
    }
    id
}

fn status(annotation: &Object) -> Status {
    Status::parse(text(annotation, "glosse:status")).unwrap_or_default()
}

/// The number at the end of an id that Glosse wrote.
fn own_number(id: &str) -> Option<u64> {
    id.strip_prefix(OWN)?.rsplit(':').next()?.parse().ok()
}
