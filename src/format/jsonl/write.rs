//! Writes an article as one line of JSON.

use super::{FORMAT, VERSION};
use crate::{
    format::{
        Exported,
        anchor::Unit,
        value::{json_from_attributes, json_from_score},
    },
    model::{
        ArticleMetadata, ArticleText, CorrectedFrom, DocumentLabel, EntityRegistry, Fragments, LineEnding, Provenance,
        Relation, Source, Span,
    },
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The article as JSON without a line break in it.
pub(super) fn line(exported: &Exported<'_>, registry: &EntityRegistry) -> String {
    let set = exported.annotations;
    let mut record = Members::default();
    record.put("format", FORMAT);
    record.put("version", VERSION);
    record.put("unit", Unit::CodePoint.as_str());
    record.put("id", exported.id.as_str());
    record.put("text", exported.text.as_str());
    record.put_unless_empty("meta", metadata(exported.metadata));
    record.put_unless_empty("entities", entities(exported, registry));
    record.put_unless_empty("document_labels", set.document_labels().map(document_label).collect::<Vec<_>>());
    record.put_unless_empty("spans", set.spans().map(|item| span(item, exported.text)).collect::<Vec<_>>());
    record.put_unless_empty("relations", set.relations().map(|item| relation(item, exported.text)).collect::<Vec<_>>());
    record.finish().to_string()
}

/// The members of a JSON object in the order in which they are written.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn put_unless_empty(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !is_empty {
            self.put(name, value);
        }
    }

    fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// The metadata of an article as a JSON object; also used by other formats of JSON lines.
pub(in crate::format) fn metadata(metadata: &ArticleMetadata) -> Value {
    let mut members = Members::default();
    members.put_unless_empty("title", metadata.title.as_str());
    members.put_unless_empty("source", metadata.source.as_str());
    members.put_unless_empty("url", metadata.url.as_str());
    members.put_unless_empty("date", metadata.date.as_str());
    members.put_unless_empty("language", metadata.language.as_str());
    members.put_unless_empty("other", json!(metadata.other));
    let origin = &metadata.origin;
    if *origin != Default::default() {
        let mut source = Members::default();
        source.put_unless_empty("file", origin.file.as_str());
        source.put_unless_empty("encoding", origin.encoding.as_str());
        source.put("byte_order_mark", origin.byte_order_mark);
        source.put("line_ending", line_ending(origin.line_ending));
        source.put("normalized", origin.normalized);
        members.put("origin", source.finish());
    }
    members.finish()
}

fn line_ending(ending: LineEnding) -> &'static str {
    match ending {
        LineEnding::Lf => "lf",
        LineEnding::CrLf => "crlf",
        LineEnding::Mixed => "mixed",
    }
}

/// The entities that spans of this article name.
fn entities(exported: &Exported<'_>, registry: &EntityRegistry) -> Value {
    let named: BTreeSet<_> = exported.annotations.spans().filter_map(|span| span.entity.as_ref()).collect();
    let mut members = Members::default();
    for entity in named.into_iter().filter_map(|id| registry.get(id)) {
        let mut record = Members::default();
        record.put("name", entity.name.as_str());
        record.put_unless_empty("kind", &*entity.kind);
        record.put_unless_empty("aliases", json!(entity.aliases));
        record.put_unless_empty("identifiers", json!(entity.identifiers));
        record.put_unless_empty("note", entity.note.as_str());
        members.put(entity.id.as_str(), record.finish());
    }
    members.finish()
}

fn document_label(label: &DocumentLabel) -> Value {
    let mut members = Members::default();
    members.put("id", label.id.0);
    members.put("label", &*label.label);
    members.put_unless_empty("note", label.note.as_str());
    members.put("status", label.status.as_str());
    members.put("origin", origin(&label.provenance));
    members.finish()
}

fn span(span: &Span, text: &ArticleText) -> Value {
    let mut members = Members::default();
    members.put("id", span.id.0);
    members.put("label", &*span.label);
    members.put("fragments", fragments(&span.fragments, text));
    members.put("text", span.fragments.surface(text.as_str()));
    members.put_unless_empty("attributes", json_from_attributes(&span.attributes));
    if let Some(entity) = &span.entity {
        members.put("entity", entity.as_str());
    }
    members.put_unless_empty("note", span.note.as_str());
    members.put("status", span.status.as_str());
    members.put_unless_empty("corrected_from", corrected_from(span.corrected_from.as_deref(), text));
    members.put("origin", origin(&span.provenance));
    members.finish()
}

fn relation(relation: &Relation, text: &ArticleText) -> Value {
    let mut members = Members::default();
    members.put("id", relation.id.0);
    members.put("label", &*relation.label);
    if let Some(trigger) = relation.trigger {
        members.put("trigger", trigger.0);
    }
    let arguments = relation.arguments.iter();
    let arguments = arguments.map(|argument| json!({"role": &*argument.role, "target": argument.target.0}));
    members.put("arguments", arguments.collect::<Vec<_>>());
    members.put_unless_empty("attributes", json_from_attributes(&relation.attributes));
    members.put_unless_empty("note", relation.note.as_str());
    members.put("status", relation.status.as_str());
    members.put_unless_empty("corrected_from", corrected_from(relation.corrected_from.as_deref(), text));
    members.put("origin", origin(&relation.provenance));
    members.finish()
}

fn fragments(fragments: &Fragments, text: &ArticleText) -> Value {
    let count = |offset| text.table().code_point_from_byte(text.as_str(), offset);
    fragments.iter().map(|range| json!([count(range.start()), count(range.end())])).collect()
}

fn corrected_from(before: Option<&CorrectedFrom>, text: &ArticleText) -> Value {
    let mut members = Members::default();
    if let Some(before) = before {
        members.put("label", &*before.label);
        if let Some(place) = &before.fragments {
            members.put("fragments", fragments(place, text));
        }
        members.put("origin", origin(&before.provenance));
    }
    members.finish()
}

fn origin(provenance: &Provenance) -> Value {
    let mut members = Members::default();
    match &provenance.source {
        Source::Person { name } => {
            members.put("source", "person");
            members.put("name", &**name);
        }
        Source::Import { format } => {
            members.put("source", "import");
            members.put("format", &**format);
        }
        Source::Extractor { name, version } => {
            members.put("source", "extractor");
            members.put("name", &**name);
            members.put_unless_empty("version", &**version);
        }
    }
    members.put("time", provenance.time.to_string());
    if let Some(score) = provenance.score {
        members.put("score", json_from_score(score));
    }
    if let Some(reason) = &provenance.reason {
        members.put("reason", &**reason);
    }
    members.finish()
}
