//! Writes an article as one line of ASCII; of a record that was imported, only what was edited changes.

use super::{Doccano, LABELS, read};
use crate::{
    format::{
        ExportContext, Exported, Format, FormatError, Holds, Identifiers, Loss, WriteOptions,
        anchor::Unit,
        jsonl::metadata_record,
        loss::LossLog,
        matching::Matches,
        original::read_options,
        reading::is_unplaced,
        records::{Object, update_metadata},
        value::json_from_attributes,
    },
    model::{AnnotationId, Relation, Span},
    text::{ByteOffset, segment::next_grapheme},
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Which of doccano's tasks a record is for, and what its offsets count.
pub(super) struct Dialect {
    task: Task,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// `entities`, `relations` and `cats`.
    Relations,
    /// `label` with start, end and name.
    Sequence,
    /// `label` with names.
    Classification,
}

impl Dialect {
    /// What the user chose.
    pub(super) fn chosen(options: &WriteOptions) -> Result<Self, FormatError> {
        let task = match options.other.get("task").map(String::as_str) {
            None | Some("relation") => Task::Relations,
            Some("sequence") => Task::Sequence,
            Some("classification") => Task::Classification,
            Some(_) => {
                let reason = "the task is relation, sequence or classification";
                return Err(FormatError::NotSupported { format: "doccano", reason });
            }
        };
        let unit = options.other.get("unit").map_or(Some(Unit::Utf16), |name| Unit::parse(name));
        match unit {
            Some(unit) => Ok(Self { task, unit }),
            None => {
                let reason = "the unit is utf16, code_point or grapheme";
                Err(FormatError::NotSupported { format: "doccano", reason })
            }
        }
    }

    pub(super) fn is_default(&self) -> bool {
        self.task == Task::Relations && self.unit == Unit::Utf16
    }
}

/// JSON whose texts have escapes for everything beyond ASCII: doccano guesses encodings, and wrongly.
pub(super) fn ascii(json: &str) -> String {
    let mut result = String::with_capacity(json.len() + json.len() / 8);
    for char in json.chars() {
        if char.is_ascii() {
            result.push(char);
            continue;
        }
        let mut units = [0; 2];
        for unit in char.encode_utf16(&mut units) {
            // Writing into a string can not fail.
            let _ = write!(result, "\\u{unit:04x}");
        }
    }
    result
}

/// The record of an article. `base` is the one that it was read from.
pub(super) fn record(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    dialect: &Dialect,
    base: Option<Object>,
    losses: &mut Vec<Loss>,
) -> Value {
    let mut writer = Writer {
        exported,
        context,
        task: dialect.task,
        offsets: Offsets::new(exported, dialect.unit),
        log: LossLog::new(exported, losses),
        written: BTreeSet::new(),
        ids: BTreeMap::new(),
        taken: BTreeSet::new(),
        had: BTreeSet::new(),
        bases: BTreeMap::new(),
        order: BTreeMap::new(),
        waiting: Vec::new(),
    };
    let record = writer.record(base);
    let Writer { written, mut log, .. } = writer;
    log.details(&Doccano.info().holds, |id| written.contains(&id));
    for label in exported.annotations.document_labels().filter(|label| written.contains(&label.id)) {
        if !label.note.is_empty() {
            log.annotation(label.id, "note", "categories are names only");
        }
        if label.status != crate::model::Status::Accepted {
            log.annotation(label.id, format!("status {}", label.status.as_str()), "the format has no review status");
        }
    }
    let identifiers = if dialect.task == Task::Relations { Identifiers::All } else { Identifiers::None };
    log.entity_details(context.entities, &Holds { identifiers, ..Doccano.info().holds });
    Value::Object(record)
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    task: Task,
    offsets: Offsets<'a>,
    log: LossLog<'a, 'l>,
    written: BTreeSet<AnnotationId>,
    /// The numbers of spans in the record.
    ids: BTreeMap<AnnotationId, u64>,
    /// All numbers of spans that are given, and those that edited spans had and keep.
    taken: BTreeSet<u64>,
    had: BTreeSet<u64>,
    /// What spans and relations were in the record that was read.
    bases: BTreeMap<AnnotationId, Object>,
    /// The order of the record that was read.
    order: BTreeMap<AnnotationId, usize>,
    /// Spans that wait to be placed by hand, as they are in the record.
    waiting: Vec<Value>,
}

impl Writer<'_, '_> {
    fn record(&mut self, base: Option<Object>) -> Object {
        let set = self.exported.annotations;
        let mut record = base.clone().unwrap_or_default();
        record.insert("text".to_owned(), self.exported.text.as_str().into());
        match base {
            Some(base) => self.learn(&base, &mut record),
            None => {
                let mut meta = Map::new();
                meta.insert("id".to_owned(), self.exported.id.as_str().into());
                if let Value::Object(known) = metadata_record(self.exported.metadata) {
                    meta.extend(known);
                }
                record.insert("meta".to_owned(), meta.into());
            }
        }
        for name in LABELS.into_iter().chain(["relations", "cats"]) {
            record.shift_remove(name);
        }
        let mut items = Vec::new();
        let place =
            |id: AnnotationId, order: &BTreeMap<AnnotationId, usize>| order.get(&id).copied().unwrap_or(usize::MAX);
        let mut spans: Vec<_> = set.spans().collect();
        spans.sort_by_key(|span| place(span.id, &self.order));
        for span in spans {
            items.extend(self.span(span));
        }
        items.append(&mut self.waiting);
        let mut relations = Vec::new();
        let mut all: Vec<_> = set.relations().collect();
        all.sort_by_key(|relation| place(relation.id, &self.order));
        for relation in all {
            relations.extend(self.relation(relation));
        }
        let mut names = Vec::new();
        for label in set.document_labels() {
            if self.task == Task::Sequence {
                self.log.annotation(label.id, format!("document label {}", label.label), "the task has only spans");
            } else {
                self.written.insert(label.id);
                names.push(Value::from(&*label.label));
            }
        }
        match self.task {
            Task::Relations => {
                record.insert("entities".to_owned(), items.into());
                record.insert("relations".to_owned(), relations.into());
                if !names.is_empty() {
                    record.insert("cats".to_owned(), names.into());
                }
            }
            Task::Sequence => {
                record.insert("label".to_owned(), items.into());
            }
            Task::Classification => {
                record.insert("label".to_owned(), names.into());
            }
        }
        record
    }

    /// Takes from the record that was read what Glosse does not model, and its metadata where that changed.
    fn learn(&mut self, base: &Object, record: &mut Object) {
        let Some(read) = read::record(base, &read_options(self.exported), ("", 1, "")) else { return };
        update_metadata(record, "meta", &read.imported.metadata, self.exported.metadata);
        let matches = Matches::new(&read.imported, self.exported.everything, self.context.entities);
        let waiting: BTreeSet<_> =
            read.imported.spans.iter().filter(|span| is_unplaced(span)).map(|span| span.id).collect();
        for (id, member, index) in &read.places {
            let Some(item) = base.get(*member).and_then(|list| list.get(index)) else { continue };
            if waiting.contains(id) && matches.stays(*id, self.exported) && read.unit == self.offsets.unit {
                self.waiting.push(item.clone());
                if let Some(found) = matches.get(*id) {
                    self.written.insert(found.id);
                }
            } else if let (Some(found), Some(object)) = (matches.changed(*id, self.exported), item.as_object()) {
                if *member != "relations" {
                    self.had.extend(object.get("id").and_then(Value::as_u64));
                }
                self.order.insert(found, *index);
                self.bases.insert(found, object.clone());
            }
        }
    }

    fn span(&mut self, span: &Span) -> Option<Value> {
        if self.written.contains(&span.id) {
            return None;
        }
        let range = span.fragments.hull();
        let why = match self.task {
            Task::Classification => Some("the task has only categories"),
            _ if span.fragments.count() > 1 => Some("a span is one piece"),
            _ if range.is_empty() => Some("a span has at least one character"),
            _ => None,
        };
        if let Some(why) = why {
            self.log.span(span, why);
            return None;
        }
        let (Some(start), Some(end)) = (self.offsets.count(range.start()), self.offsets.count(range.end())) else {
            self.log.span(span, "it begins or ends inside a character that the unit counts as one");
            return None;
        };
        self.written.insert(span.id);
        if self.task == Task::Sequence {
            for (name, value) in &span.attributes {
                self.log.annotation(span.id, format!("attribute {name}={value}"), "the task has only names of labels");
            }
            if !span.note.is_empty() {
                self.log.annotation(span.id, "note", "the task has only names of labels");
            }
            if let Some(entity) = &span.entity {
                self.log.annotation(span.id, format!("entity {entity}"), "the task has only names of labels");
            }
            return Some(json!([start, end, &*span.label]));
        }
        let mut item = self.bases.remove(&span.id).unwrap_or_default();
        let known = item.get("id").and_then(Value::as_u64).filter(|id| !self.taken.contains(id));
        let id = known.unwrap_or_else(|| {
            let mut id = u64::from(span.id.0);
            while self.taken.contains(&id) || self.had.contains(&id) {
                id += 1 << 20;
            }
            id
        });
        self.taken.insert(id);
        self.ids.insert(span.id, id);
        for name in ["start", "end", "entity", "entity_name", "entity_ids", "note", "attributes"] {
            item.shift_remove(name);
        }
        item.insert("id".to_owned(), id.into());
        item.insert("label".to_owned(), (*span.label).into());
        item.insert("start_offset".to_owned(), start.into());
        item.insert("end_offset".to_owned(), end.into());
        // doccano passes over the rest, which is for reading back and for others.
        item.insert("text".to_owned(), span.fragments.surface(self.exported.text.as_str()).into());
        if !span.attributes.is_empty() {
            item.insert("attributes".to_owned(), json_from_attributes(&span.attributes).into());
        }
        if !span.note.is_empty() {
            item.insert("note".to_owned(), span.note.as_str().into());
        }
        if let Some(id) = &span.entity {
            item.insert("entity".to_owned(), id.as_str().into());
            if let Some(entity) = self.context.entities.get(id) {
                item.insert("entity_name".to_owned(), entity.name.as_str().into());
                if !entity.identifiers.is_empty() {
                    item.insert("entity_ids".to_owned(), json!(entity.identifiers));
                }
            }
        }
        Some(Value::Object(item))
    }

    fn relation(&mut self, relation: &Relation) -> Option<Value> {
        if self.task != Task::Relations {
            self.log.relation(relation, "the task has no relations");
            return None;
        }
        let (None, [from, to]) = (relation.trigger, relation.arguments.as_slice()) else {
            self.log.relation(relation, "the format has only relations between two spans, without a trigger");
            return None;
        };
        let (Some(first), Some(second)) = (self.ids.get(&from.target), self.ids.get(&to.target)) else {
            self.log.relation(relation, "it links what is not written as a span");
            return None;
        };
        self.written.insert(relation.id);
        let mut item = self.bases.remove(&relation.id).unwrap_or_default();
        for name in ["from_role", "to_role", "note", "attributes"] {
            item.shift_remove(name);
        }
        if !item.contains_key("id") {
            item.insert("id".to_owned(), relation.id.0.into());
        }
        item.insert("from_id".to_owned(), (*first).into());
        item.insert("to_id".to_owned(), (*second).into());
        item.insert("type".to_owned(), (*relation.label).into());
        if (&*from.role, &*to.role) != ("from", "to") {
            item.insert("from_role".to_owned(), (*from.role).into());
            item.insert("to_role".to_owned(), (*to.role).into());
        }
        if !relation.attributes.is_empty() {
            item.insert("attributes".to_owned(), json_from_attributes(&relation.attributes).into());
        }
        if !relation.note.is_empty() {
            item.insert("note".to_owned(), relation.note.as_str().into());
        }
        Some(Value::Object(item))
    }
}

/// Counts places of the text in one unit.
struct Offsets<'a> {
    exported: Exported<'a>,
    unit: Unit,
    /// Where grapheme clusters begin, if they are counted.
    clusters: Vec<ByteOffset>,
}

impl<'a> Offsets<'a> {
    fn new(exported: Exported<'a>, unit: Unit) -> Self {
        let text = exported.text.as_str();
        let mut clusters = Vec::new();
        if unit == Unit::Grapheme {
            let mut at = ByteOffset(0);
            clusters.push(at);
            while at.to_usize() < text.len() {
                at = next_grapheme(text, at);
                clusters.push(at);
            }
        }
        Self { exported, unit, clusters }
    }

    /// The number of `offset`; `None` inside a grapheme cluster if those are counted.
    fn count(&self, offset: ByteOffset) -> Option<u32> {
        let (text, table) = (self.exported.text.as_str(), self.exported.text.table());
        match self.unit {
            Unit::CodePoint => Some(table.code_point_from_byte(text, offset)),
            Unit::Utf16 => Some(table.utf16_from_byte(text, offset)),
            Unit::Byte => Some(offset.0),
            Unit::Grapheme => self.clusters.binary_search(&offset).ok().and_then(|place| u32::try_from(place).ok()),
        }
    }
}
