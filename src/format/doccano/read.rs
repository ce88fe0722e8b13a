//! Reads records: spans with offsets, relations between them, categories.

use super::LABELS;
use crate::{
    format::{
        Imported, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        jsonl::metadata_from_record,
        reading::{Numbering, complete_relations, imported_from, normalize_line_endings, unplaced},
        records::Object,
        value::{attributes_from_json, plain},
    },
    model::{AnnotationId, Argument, Attributes, DocumentLabel, Entity, EntityId, Name, Relation, Span, Status},
};
use serde_json::Value;

/// A record as it was read, with where in it everything was.
pub(super) struct Read {
    pub imported: Imported,
    /// What its offsets count.
    pub unit: Unit,
    /// The annotations by the member and the place in its list.
    pub places: Vec<(AnnotationId, &'static str, usize)>,
}

/// The text of a record.
pub(super) fn text(record: &Object) -> Option<&str> {
    record.get("text")?.as_str()
}

/// Reads one record; `None` if it has no text.
pub(super) fn record(
    record: &Object,
    options: &ReadOptions,
    (file, line, fallback): (&str, usize, &str),
) -> Option<Read> {
    let text = text(record)?;
    let meta = record.get("meta").and_then(Value::as_object);
    let id = meta.and_then(|meta| meta.get("id")).or(record.get("id")).map(plain).filter(|id| !id.is_empty());
    let mut imported = Imported::new(&id.unwrap_or_else(|| fallback.to_owned()), text.to_owned());
    let mut warnings = Vec::new();
    let mut known: Object = meta.cloned().unwrap_or_default();
    known.shift_remove("id");
    const OWN: [&str; 6] = ["id", "text", "meta", "relations", "Comments", "cats"];
    for (name, value) in record {
        if !OWN.contains(&name.as_str()) && !LABELS.contains(&name.as_str()) && !value.is_null() {
            known.entry(name).or_insert_with(|| value.clone());
        }
    }
    imported.metadata = metadata_from_record(&known, file, line, options, &mut warnings);
    if imported.metadata.language.is_empty() {
        imported.metadata.language.clone_from(&options.default_language);
    }
    let mut reader = Reader { file, line, options, warnings, places: Vec::new() };
    let unit = reader.annotations(record, &mut imported);
    for (id, problem) in complete_relations(&mut imported) {
        reader.warn(format!("relation {id}: {problem}"));
    }
    if options.normalize_line_endings {
        normalize_line_endings(&mut imported);
    }
    imported.warnings = reader.warnings;
    Some(Read { imported, unit, places: reader.places })
}

struct Reader<'a> {
    file: &'a str,
    line: usize,
    options: &'a ReadOptions,
    warnings: Vec<Warning>,
    places: Vec<(AnnotationId, &'static str, usize)>,
}

/// A span as the record has it.
struct Stated<'r> {
    member: &'static str,
    index: usize,
    object: Option<&'r Object>,
    id: Option<u64>,
    label: String,
    claim: Claim<'r>,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message: message.into() });
    }

    fn annotations(&mut self, record: &Object, imported: &mut Imported) -> Unit {
        let mut spans = Vec::new();
        let mut categories: Vec<(&'static str, usize, String)> = Vec::new();
        for member in LABELS.into_iter().chain(["cats"]) {
            match record.get(member) {
                None | Some(Value::Null) => {}
                Some(Value::Array(list)) => {
                    for (index, item) in list.iter().enumerate() {
                        match stated(member, index, item) {
                            Ok(found) => spans.push(found),
                            Err(Some(label)) => categories.push((member, index, label)),
                            Err(None) => self.warn(format!("{item} in {member:?} is neither a span nor a category")),
                        }
                    }
                }
                Some(Value::Object(list)) => {
                    let chosen = list.iter().filter(|(_, value)| match value {
                        Value::Bool(flag) => *flag,
                        value => value.as_f64().is_some_and(|score| score >= 0.5),
                    });
                    categories.extend(chosen.map(|(name, _)| (member, 0, name.clone())));
                }
                Some(one) => categories.push((member, 0, plain(one))),
            }
        }
        let relations: Vec<_> = record.get("relations").and_then(Value::as_array).into_iter().flatten().collect();
        let number = |item: &&Value| item.get("id")?.as_u64();
        let all = spans.iter().filter_map(|span| span.id).chain(relations.iter().filter_map(number));
        let mut numbering = Numbering::new(all);
        let unit = self.spans(&spans, &mut numbering, imported);
        self.relations(&relations, &mut numbering, imported);
        for (member, index, label) in categories {
            if label.trim().is_empty() || imported.document_labels.iter().any(|known| *known.label == *label) {
                continue;
            }
            let id = numbering.give(None, None);
            self.places.push((id, member, index));
            imported.document_labels.push(DocumentLabel {
                id,
                label: label.into(),
                note: String::new(),
                provenance: imported_from("doccano", self.options.time),
                status: Status::Accepted,
            });
        }
        unit
    }

    fn spans(&mut self, spans: &[Stated<'_>], numbering: &mut Numbering, imported: &mut Imported) -> Unit {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let claims: Vec<_> = spans.iter().map(|span| span.claim.clone()).collect();
        let unit = unit(&anchors, &claims);
        if unit != Unit::Utf16 {
            self.warn(format!("the offsets can not be UTF-16 units; they were read as {}", unit.in_words()));
        }
        let provenance = imported_from("doccano", self.options.time);
        for span in spans {
            let label: Name = span.label.as_str().into();
            let id = numbering.give(span.id.map(|id| id.to_string()), span.id);
            self.places.push((id, span.member, span.index));
            let surface = span.claim.surface.unwrap_or_default();
            let fragments = match anchors.place(unit, &span.claim) {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {label:?} at {:?} was moved to {surface:?} nearby", span.claim.pieces));
                    fragments
                }
                Anchored::Nowhere => {
                    self.warn(format!("the {label:?} is not at {:?}; place it by hand", span.claim.pieces));
                    let near = anchors.near(unit, &span.claim);
                    imported.spans.push(unplaced(id, label, surface, near, &text, &provenance));
                    continue;
                }
            };
            let entity = span.object.and_then(|object| entity(object, &label, imported));
            imported.spans.push(Span {
                id,
                label,
                fragments,
                attributes: self.attributes(span.object),
                entity,
                note: span.object.map(|object| member(object, "note")).unwrap_or_default(),
                provenance: provenance.clone(),
                status: Status::Accepted,
                corrected_from: None,
            });
        }
        unit
    }

    fn relations(&mut self, relations: &[&Value], numbering: &mut Numbering, imported: &mut Imported) {
        for (index, relation) in relations.iter().enumerate() {
            let Some(relation) = relation.as_object() else {
                self.warn("a relation is no object and was left out");
                continue;
            };
            let end = |name: &str| numbering.get(&plain(relation.get(name)?));
            let (Some(from), Some(to)) = (end("from_id"), end("to_id")) else {
                self.warn("a relation that does not link two spans of its record was left out");
                continue;
            };
            let label = member(relation, "type");
            let role = |name: &str, usual: &str| -> Name {
                let role = member(relation, name);
                if role.is_empty() { usual.into() } else { role.into() }
            };
            let arguments = vec![
                Argument { role: role("from_role", "from"), target: from },
                Argument { role: role("to_role", "to"), target: to },
            ];
            // doccano counts spans and relations apart, so that their numbers can be the same.
            let id = numbering.give(None, relation.get("id").and_then(Value::as_u64));
            self.places.push((id, "relations", index));
            imported.relations.push(Relation {
                id,
                label: if label.trim().is_empty() { "relation".into() } else { label.into() },
                trigger: None,
                arguments,
                attributes: self.attributes(Some(relation)),
                note: member(relation, "note"),
                provenance: imported_from("doccano", self.options.time),
                status: Status::Accepted,
                corrected_from: None,
            });
        }
    }

    fn attributes(&mut self, object: Option<&Object>) -> Attributes {
        let found = object.and_then(|object| object.get("attributes")?.as_object());
        found.map_or_else(Attributes::new, |found| attributes_from_json(found, &mut |message| self.warn(message)))
    }
}

/// The unit of the offsets: that of doccano, unless what the file says of the text shows that it can not be.
fn unit(anchors: &Anchors<'_>, claims: &[Claim<'_>]) -> Unit {
    let proven = anchors.choose_unit(Unit::Utf16, claims);
    if proven != Unit::Utf16 {
        return proven;
    }
    let with_text = claims.iter().filter(|claim| claim.surface.is_some()).count();
    let fits = |unit: Unit| {
        let possible = |claim: &Claim<'_>| {
            let range = |(start, end): &(u64, u64)| anchors.range(unit, *start, *end).is_some();
            claim.pieces.iter().all(range)
        };
        claims.iter().all(possible) && anchors.proven(unit, claims) >= with_text.min(1)
    };
    let mut others = [Unit::Utf16, Unit::CodePoint, Unit::Grapheme].into_iter();
    others.find(|unit| fits(*unit)).unwrap_or(Unit::Utf16)
}

/// The span in a list of labels; otherwise its name as a category, if it is one.
fn stated<'r>(member: &'static str, index: usize, item: &'r Value) -> Result<Stated<'r>, Option<String>> {
    match item {
        Value::Array(parts) => match parts.as_slice() {
            [start, end, label, ..] => {
                let piece = start.as_u64().zip(end.as_u64()).ok_or(None)?;
                let claim = Claim { pieces: vec![piece], surface: None };
                Ok(Stated { member, index, object: None, id: None, label: plain(label), claim })
            }
            _ => Err(None),
        },
        Value::Object(object) => {
            let label = object.get("label").map(plain).filter(|label| !label.trim().is_empty()).ok_or(None)?;
            let number = |name: &str| object.get(name).and_then(Value::as_u64);
            let start = number("start_offset").or(number("start"));
            let end = number("end_offset").or(number("end"));
            let Some(piece) = start.zip(end) else { return Err(Some(label)) };
            let surface = object.get("text").and_then(Value::as_str);
            let claim = Claim { pieces: vec![piece], surface };
            Ok(Stated { member, index, object: Some(object), id: number("id"), label, claim })
        }
        Value::String(_) | Value::Number(_) => Err(Some(plain(item))),
        Value::Null | Value::Bool(_) => Err(None),
    }
}

fn member(object: &Object, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn entity(object: &Object, label: &Name, imported: &mut Imported) -> Option<EntityId> {
    let found = Some(member(object, "entity")).filter(|id| !id.is_empty())?;
    let id = EntityId::new(&found);
    if imported.entities.iter().all(|entity| entity.id != id) {
        let identifiers = object.get("entity_ids").and_then(Value::as_object).into_iter().flatten();
        let name = member(object, "entity_name");
        imported.entities.push(Entity {
            id: id.clone(),
            name: if name.is_empty() { found } else { name },
            kind: label.clone(),
            aliases: Vec::new(),
            identifiers: identifiers.map(|(scheme, id)| (scheme.clone(), plain(id))).collect(),
            note: String::new(),
        });
    }
    Some(id)
}
