//! Writes an article as a collection of annotations; of a file that was imported, only what was edited changes.

use super::{
    CONTEXT, OWN, WebAnnotation,
    iri::escaped,
    read::{self, Read},
    several, text,
};
use crate::{
    format::{
        Before, ExportContext, Exported, Format, Input, Loss,
        anchor::Unit,
        jsonl::metadata_record,
        loss::LossLog,
        matching::Matches,
        original::{Original, read_options},
        reading::utf8,
        records::{Object, Records, update_metadata},
        value::json_from_score,
    },
    model::{AnnotationId, AttributeValue, Attributes, DocumentLabel, Relation, Source, Span, Status},
    text::TextRange,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many bytes before and behind a quotation are repeated at most.
const AROUND: usize = 32;

/// The collection of an article whose text is called `stem.txt`.
pub(super) fn collection(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    stem: &str,
    losses: &mut Vec<Loss>,
) -> Value {
    let base = Base::of(exported, context);
    let mut writer = Writer {
        exported,
        context,
        source: base.as_ref().and_then(Base::source).unwrap_or_else(|| format!("{}.txt", escaped(stem))),
        log: LossLog::new(exported, losses),
        written: BTreeSet::new(),
        names: BTreeMap::new(),
        bases: BTreeMap::new(),
    };
    let kept = base.as_ref().map_or_else(Vec::new, |base| writer.stay(base));
    let fresh = writer.fresh();
    let Writer { written, mut log, .. } = writer;
    log.details(&WebAnnotation.info().holds, |id| written.contains(&id));
    log.entity_details(context.entities, &WebAnnotation.info().holds);
    match base {
        Some(base) => base.with(kept, fresh, exported),
        None => {
            let mut article = Map::new();
            article.insert("id".to_owned(), exported.id.as_str().into());
            if let Value::Object(known) = metadata_record(exported.metadata) {
                article.extend(known);
            }
            let id = format!("{OWN}{}", escaped(exported.id.as_str()));
            let label =
                if exported.metadata.title.is_empty() { exported.id.as_str() } else { &exported.metadata.title };
            json!({
                "@context": vocabulary(),
                "id": id,
                "type": "AnnotationCollection",
                "label": label,
                "glosse:article": article,
                "total": fresh.len(),
                "first": {"id": format!("{id}:page"), "type": "AnnotationPage", "startIndex": 0, "items": fresh},
            })
        }
    }
}

/// The words of the W3C, and ours.
fn vocabulary() -> Value {
    json!([CONTEXT, {"glosse": OWN, "glosse:article": {"@id": format!("{OWN}article"), "@type": "@json"}}])
}

/// The file that an article was read from.
struct Base {
    file: Vec<Object>,
    is_list: bool,
    read: Read,
    /// True if the file has just the text of the project, so that its positions are right.
    same_text: bool,
}

impl Base {
    fn of(exported: Exported<'_>, context: &ExportContext<'_>) -> Option<Self> {
        let original = Original::of(exported, WebAnnotation.info().name, context.originals)?;
        let bytes = original.bytes()?.into_owned();
        let file: Vec<Object> =
            Records::new(&bytes, Before::default()).filter_map(|record| record.object.ok()).collect();
        let name = original.beside.keys().next()?.clone();
        let content = utf8(&original.sibling(&name)?);
        let all = read::annotations(&file);
        let numbers: Vec<usize> = (0..all.len()).collect();
        let input = Input::alone(original.name.clone(), &bytes);
        let read = read::article_of(&all, &numbers, file.first(), content, &read_options(exported), (&input, &name));
        let same_text = read.imported.text == exported.text.as_str()
            && read.unit == Unit::CodePoint
            && !exported.metadata.origin.normalized;
        let is_list = bytes.trim_ascii_start().starts_with(b"[");
        Some(Self { is_list, read, same_text, file })
    }

    /// What the annotations of the file call the text.
    fn source(&self) -> Option<String> {
        let all = read::annotations(&self.file);
        let mut targets = all.into_iter().flat_map(|annotation| several(annotation.get("target")));
        targets.find_map(|target| target.get("source")?.as_str().map(str::to_owned))
    }

    /// The file with only the annotations that stay, and new ones.
    fn with(self, kept: Vec<Object>, fresh: Vec<Value>, exported: Exported<'_>) -> Value {
        let mut items: Vec<Value> = kept.into_iter().map(Value::Object).collect();
        let mut file = self.file;
        let is_single = file.len() == 1 && file.first().is_some_and(|first| first.contains_key("target"));
        if self.is_list || is_single || file.len() != 1 {
            for mut item in fresh {
                if let Value::Object(item) = &mut item {
                    item.shift_insert(0, "@context".to_owned(), vocabulary());
                }
                items.push(item);
            }
            return Value::Array(items);
        }
        items.extend(fresh);
        let mut collection = file.pop().unwrap_or_default();
        collection.insert("@context".to_owned(), vocabulary());
        if collection.contains_key("total") {
            collection.insert("total".to_owned(), items.len().into());
        }
        update_metadata(&mut collection, "glosse:article", &self.read.imported.metadata, exported.metadata);
        match collection.get_mut("first") {
            Some(Value::Object(page)) => {
                page.insert("items".to_owned(), items.into());
            }
            _ => {
                collection.insert("items".to_owned(), items.into());
            }
        }
        Value::Object(collection)
    }
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    source: String,
    log: LossLog<'a, 'l>,
    /// What is in the file or will be.
    written: BTreeSet<AnnotationId>,
    /// Names of annotations that had one before.
    names: BTreeMap<AnnotationId, String>,
    /// What edited annotations were in the file.
    bases: BTreeMap<AnnotationId, Object>,
}

impl Writer<'_, '_> {
    /// The annotations of the file that stay as they are.
    fn stay(&mut self, base: &Base) -> Vec<Object> {
        let matches = Matches::new(&base.read.imported, self.exported.everything, self.context.entities);
        let all = read::annotations(&base.file);
        let places: BTreeMap<usize, _> =
            base.read.places.iter().map(|place| (place.number, place.annotations.as_slice())).collect();
        let mut kept = Vec::new();
        for (number, annotation) in all.into_iter().enumerate() {
            let ids = places.get(&number).copied().unwrap_or_default();
            let name = text(annotation, "id");
            let has_place = several(annotation.get("target")).iter().any(|target| target.get("selector").is_some());
            let fits = base.same_text || !has_place;
            if ids.iter().all(|id| fits && matches.stays(*id, self.exported)) {
                for found in ids.iter().filter_map(|id| matches.get(*id)) {
                    self.written.insert(found.id);
                    self.names.insert(found.id, name.to_owned());
                }
                kept.push(annotation.clone());
                continue;
            }
            let changed: Vec<_> = ids.iter().filter_map(|id| matches.changed(*id, self.exported)).collect();
            if let [only] = changed.as_slice() {
                if !name.is_empty() {
                    self.names.insert(*only, name.to_owned());
                }
                self.bases.insert(*only, annotation.clone());
            }
        }
        kept
    }

    /// What is not in the file yet.
    fn fresh(&mut self) -> Vec<Value> {
        let set = self.exported.annotations;
        let mut items = Vec::new();
        for span in set.spans().filter(|span| !self.written.contains(&span.id)).collect::<Vec<_>>() {
            if self.is_rejected(span.id, span.status) {
                continue;
            }
            self.written.insert(span.id);
            items.push(self.span(span));
        }
        for label in set.document_labels().filter(|label| !self.written.contains(&label.id)).collect::<Vec<_>>() {
            if self.is_rejected(label.id, label.status) {
                continue;
            }
            self.written.insert(label.id);
            items.push(self.document_label(label));
        }
        let mut open: Vec<&Relation> = Vec::new();
        for relation in set.relations().filter(|relation| !self.written.contains(&relation.id)).collect::<Vec<_>>() {
            if !self.is_rejected(relation.id, relation.status) {
                open.push(relation);
            }
        }
        // What links to something that is not written falls with it.
        let mut hopeful: BTreeSet<_> = open.iter().map(|relation| relation.id).collect();
        loop {
            let has_all = |relation: &&Relation| {
                relation.targets().all(|target| self.written.contains(&target) || hopeful.contains(&target))
            };
            let (good, bad): (Vec<_>, Vec<_>) = open.iter().copied().partition(has_all);
            for relation in &bad {
                hopeful.remove(&relation.id);
                self.log.relation(relation, "it links what is not written");
            }
            open = good;
            if bad.is_empty() {
                break;
            }
        }
        for relation in open {
            self.written.insert(relation.id);
            items.push(self.relation(relation));
        }
        items
    }

    fn is_rejected(&mut self, id: AnnotationId, status: Status) -> bool {
        if status == Status::Rejected {
            let label = self.exported.annotations.get(id).map(|found| found.label().to_string());
            let what = format!("the rejected {}", label.unwrap_or_default());
            self.log.annotation(id, what, "the format has no place for what was found wrong");
        }
        status == Status::Rejected
    }

    /// What an annotation is called.
    fn name(&self, id: AnnotationId) -> String {
        let own = || format!("{OWN}{}:{id}", escaped(self.exported.id.as_str()));
        self.names.get(&id).cloned().unwrap_or_else(own)
    }

    /// An annotation with its name, what it had before, and how it is held.
    fn start(&mut self, id: AnnotationId, motivation: &str) -> Object {
        let mut item = self.bases.remove(&id).unwrap_or_default();
        for name in ["body", "bodyValue", "target", "glosse:status", "glosse:score", "generator"] {
            item.shift_remove(name);
        }
        item.insert("id".to_owned(), self.name(id).into());
        item.insert("type".to_owned(), "Annotation".into());
        item.entry("motivation").or_insert_with(|| motivation.into());
        if let Some(found) = self.exported.annotations.get(id)
            && found.status() == Status::Suggested
        {
            item.insert("glosse:status".to_owned(), found.status().as_str().into());
            if let Source::Extractor { name, version } = &found.provenance().source {
                let name = if version.is_empty() { name.to_string() } else { format!("{name} {version}") };
                item.insert("generator".to_owned(), json!({"type": "Software", "name": name}));
                if let Some(score) = found.provenance().score {
                    item.insert("glosse:score".to_owned(), json_from_score(score));
                }
            }
        }
        item
    }

    fn span(&mut self, span: &Span) -> Value {
        let mut item = self.start(span.id, "tagging");
        let mut bodies = bodies(&span.label, &span.attributes, &span.note);
        if let Some(id) = &span.entity {
            let entity = self.context.entities.get(id);
            let mut body = json!({
                "type": "SpecificResource",
                "purpose": "identifying",
                "source": format!("{OWN}entity:{}", escaped(id.as_str())),
            });
            if let (Value::Object(body), Some(entity)) = (&mut body, entity) {
                body.insert("glosse:name".to_owned(), entity.name.as_str().into());
            }
            bodies.push(body);
            for (scheme, number) in entity.map(|entity| &entity.identifiers).into_iter().flatten() {
                let iri = match scheme.as_str() {
                    "wikidata" if is_wikidata(number) => format!("http://www.wikidata.org/entity/{number}"),
                    "iri" if number.contains(':') && !number.starts_with(OWN) => number.clone(),
                    _ => format!("{OWN}{}:{}", escaped(scheme), escaped(number)),
                };
                bodies.push(json!({"type": "SpecificResource", "purpose": "identifying", "source": iri}));
            }
        }
        item.insert("body".to_owned(), bodies.into());
        let targets: Vec<Value> = span.fragments.iter().map(|range| self.target(range)).collect();
        let target = match <[Value; 1]>::try_from(targets) {
            Ok([only]) => only,
            Err(several) => Value::Array(several),
        };
        item.insert("target".to_owned(), target);
        Value::Object(item)
    }

    fn target(&self, range: TextRange) -> Value {
        let content = self.exported.text.as_str();
        let count = |offset| self.exported.text.table().code_point_from_byte(content, offset);
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let from = content.ceil_char_boundary(start.saturating_sub(AROUND));
        let to = content.floor_char_boundary(end.saturating_add(AROUND));
        json!({
            "type": "SpecificResource",
            "source": self.source,
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": range.slice(content).unwrap_or_default(),
                    "prefix": content.get(from..start).unwrap_or_default(),
                    "suffix": content.get(end..to).unwrap_or_default(),
                },
                {"type": "TextPositionSelector", "start": count(range.start()), "end": count(range.end())},
            ],
        })
    }

    fn document_label(&mut self, label: &DocumentLabel) -> Value {
        let mut item = self.start(label.id, "classifying");
        item.insert("body".to_owned(), bodies(&label.label, &Attributes::new(), &label.note).into());
        item.insert("target".to_owned(), self.source.as_str().into());
        Value::Object(item)
    }

    fn relation(&mut self, relation: &Relation) -> Value {
        let mut item = self.start(relation.id, "linking");
        item.insert("body".to_owned(), bodies(&relation.label, &relation.attributes, &relation.note).into());
        let mut targets = Vec::new();
        if let Some(trigger) = relation.trigger {
            targets.push(json!({"id": self.name(trigger), "type": "Annotation", "glosse:trigger": true}));
        }
        for argument in &relation.arguments {
            let name = self.name(argument.target);
            targets.push(json!({"id": name, "type": "Annotation", "glosse:role": &*argument.role}));
        }
        item.insert("target".to_owned(), targets.into());
        Value::Object(item)
    }
}

/// Label, attributes and note as bodies.
fn bodies(label: &str, attributes: &Attributes, note: &str) -> Vec<Value> {
    let mut bodies = vec![json!({"type": "TextualBody", "purpose": "tagging", "value": label})];
    for (name, value) in attributes {
        let mut body = json!({
            "type": "TextualBody",
            "purpose": "describing",
            "value": value.to_string(),
            "glosse:attribute": &**name,
        });
        let typed = match value {
            AttributeValue::Flag(flag) => Some(json!(flag)),
            AttributeValue::Number(number) => Some(json!(number)),
            AttributeValue::Text(_) => None,
        };
        if let (Value::Object(body), Some(typed)) = (&mut body, typed) {
            body.insert("glosse:value".to_owned(), typed);
        }
        bodies.push(body);
    }
    if !note.is_empty() {
        bodies.push(json!({"type": "TextualBody", "purpose": "commenting", "value": note}));
    }
    bodies
}

fn is_wikidata(number: &str) -> bool {
    number.strip_prefix('Q').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}
