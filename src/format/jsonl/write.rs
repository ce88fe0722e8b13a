//! Writes an article as one line of JSON.

use super::{FORMAT, VERSION};
use crate::{
    format::{
        Exported,
        anchor::Unit,
        value::{json_from_attributes, json_from_score},
    },
    model::{
        ArticleMetadata, ArticleText, Attributes, CorrectedFrom, DocumentLabel, EntityRegistry, Fragments, LineEnding,
        Provenance, Relation, Source, Span,
    },
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The article as JSON without a line break in it.
pub(super) fn line(exported: &Exported<'_>, registry: &EntityRegistry) -> Vec<u8> {
    let mut line = Vec::with_capacity(exported.text.as_str().len() + 256 * exported.annotations.spans().len());
    // Writing into memory does not fail, and no value here is one that JSON can not hold.
    let _ = serde_json::to_writer(&mut line, &Record { exported, registry });
    line
}

/// The metadata of an article as a JSON object; also used by other formats of JSON lines.
pub(in crate::format) fn metadata(metadata: &ArticleMetadata) -> Value {
    let mut members = Map::new();
    let known = [
        ("title", &metadata.title),
        ("source", &metadata.source),
        ("url", &metadata.url),
        ("date", &metadata.date),
        ("language", &metadata.language),
    ];
    for (name, value) in known.into_iter().filter(|(_, value)| !value.is_empty()) {
        members.insert(name.to_owned(), value.as_str().into());
    }
    if !metadata.other.is_empty() {
        members.insert("other".to_owned(), json!(metadata.other));
    }
    let origin = &metadata.origin;
    if *origin != Default::default() {
        let mut source = Map::new();
        for (name, value) in [("file", &origin.file), ("encoding", &origin.encoding)] {
            if !value.is_empty() {
                source.insert(name.to_owned(), value.as_str().into());
            }
        }
        source.insert("byte_order_mark".to_owned(), origin.byte_order_mark.into());
        source.insert("line_ending".to_owned(), line_ending(origin.line_ending).into());
        source.insert("normalized".to_owned(), origin.normalized.into());
        members.insert("origin".to_owned(), source.into());
    }
    Value::Object(members)
}

fn line_ending(ending: LineEnding) -> &'static str {
    match ending {
        LineEnding::Lf => "lf",
        LineEnding::CrLf => "crlf",
        LineEnding::Mixed => "mixed",
    }
}

/// Writes a member unless it is empty.
macro_rules! put_unless_empty {
    ($map:expr, $name:literal, $value:expr) => {
        let value = $value;
        if !value.is_empty() {
            $map.serialize_entry($name, &value)?;
        }
    };
}

struct Record<'a> {
    exported: &'a Exported<'a>,
    registry: &'a EntityRegistry,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Exported { id, metadata: meta, text, annotations: set, .. } = *self.exported;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", FORMAT)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("unit", Unit::CodePoint.as_str())?;
        map.serialize_entry("id", id.as_str())?;
        map.serialize_entry("text", text.as_str())?;
        let meta = metadata(meta);
        if meta.as_object().is_some_and(|members| !members.is_empty()) {
            map.serialize_entry("meta", &meta)?;
        }
        put_unless_empty!(map, "entities", self.entities());
        put_unless_empty!(map, "document_labels", set.document_labels().map(LabelRecord).collect::<Vec<_>>());
        put_unless_empty!(map, "spans", set.spans().map(|span| SpanRecord(span, text)).collect::<Vec<_>>());
        let relations = set.relations().map(|relation| RelationRecord(relation, text));
        put_unless_empty!(map, "relations", relations.collect::<Vec<_>>());
        map.end()
    }
}

impl Record<'_> {
    /// The entities that spans of this article name.
    fn entities(&self) -> BTreeMap<&str, Value> {
        let named: BTreeSet<_> = self.exported.annotations.spans().filter_map(|span| span.entity.as_ref()).collect();
        let known = named.into_iter().filter_map(|id| self.registry.get(id));
        known
            .map(|entity| {
                let mut members = Map::new();
                members.insert("name".to_owned(), entity.name.as_str().into());
                if !entity.kind.is_empty() {
                    members.insert("kind".to_owned(), (*entity.kind).into());
                }
                if !entity.aliases.is_empty() {
                    members.insert("aliases".to_owned(), json!(entity.aliases));
                }
                if !entity.identifiers.is_empty() {
                    members.insert("identifiers".to_owned(), json!(entity.identifiers));
                }
                if !entity.note.is_empty() {
                    members.insert("note".to_owned(), entity.note.as_str().into());
                }
                (entity.id.as_str(), Value::Object(members))
            })
            .collect()
    }
}

struct LabelRecord<'a>(&'a DocumentLabel);

impl Serialize for LabelRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.0.id.0)?;
        map.serialize_entry("label", &*self.0.label)?;
        put_unless_empty!(map, "note", self.0.note.as_str());
        map.serialize_entry("status", self.0.status.as_str())?;
        map.serialize_entry("origin", &OriginRecord(&self.0.provenance))?;
        map.end()
    }
}

struct SpanRecord<'a>(&'a Span, &'a ArticleText);

impl Serialize for SpanRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(span, text) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &span.id.0)?;
        map.serialize_entry("label", &*span.label)?;
        map.serialize_entry("fragments", &PlaceRecord(&span.fragments, text))?;
        match span.fragments.count() {
            1 => map.serialize_entry("text", span.fragments.hull().slice(text.as_str()).unwrap_or_default())?,
            _ => map.serialize_entry("text", &span.fragments.surface(text.as_str()))?,
        }
        put_attributes(&mut map, &span.attributes)?;
        if let Some(entity) = &span.entity {
            map.serialize_entry("entity", entity.as_str())?;
        }
        put_unless_empty!(map, "note", span.note.as_str());
        map.serialize_entry("status", span.status.as_str())?;
        if let Some(before) = &span.corrected_from {
            map.serialize_entry("corrected_from", &BeforeRecord(before, text))?;
        }
        map.serialize_entry("origin", &OriginRecord(&span.provenance))?;
        map.end()
    }
}

fn put_attributes<M: SerializeMap>(map: &mut M, attributes: &Attributes) -> Result<(), M::Error> {
    if attributes.is_empty() {
        return Ok(());
    }
    map.serialize_entry("attributes", &json_from_attributes(attributes))
}

struct RelationRecord<'a>(&'a Relation, &'a ArticleText);

impl Serialize for RelationRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct ArgumentRecord<'a> {
            role: &'a str,
            target: u32,
        }
        let Self(relation, text) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &relation.id.0)?;
        map.serialize_entry("label", &*relation.label)?;
        if let Some(trigger) = relation.trigger {
            map.serialize_entry("trigger", &trigger.0)?;
        }
        let arguments = relation.arguments.iter();
        let arguments = arguments.map(|argument| ArgumentRecord { role: &argument.role, target: argument.target.0 });
        map.serialize_entry("arguments", &arguments.collect::<Vec<_>>())?;
        put_attributes(&mut map, &relation.attributes)?;
        put_unless_empty!(map, "note", relation.note.as_str());
        map.serialize_entry("status", relation.status.as_str())?;
        if let Some(before) = &relation.corrected_from {
            map.serialize_entry("corrected_from", &BeforeRecord(before, text))?;
        }
        map.serialize_entry("origin", &OriginRecord(&relation.provenance))?;
        map.end()
    }
}

/// Pieces as pairs of code points.
struct PlaceRecord<'a>(&'a Fragments, &'a ArticleText);

impl Serialize for PlaceRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(fragments, text) = *self;
        let count = |offset| text.table().code_point_from_byte(text.as_str(), offset);
        serializer.collect_seq(fragments.iter().map(|range| [count(range.start()), count(range.end())]))
    }
}

struct BeforeRecord<'a>(&'a CorrectedFrom, &'a ArticleText);

impl Serialize for BeforeRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(before, text) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("label", &*before.label)?;
        if let Some(place) = &before.fragments {
            map.serialize_entry("fragments", &PlaceRecord(place, text))?;
        }
        map.serialize_entry("origin", &OriginRecord(&before.provenance))?;
        map.end()
    }
}

struct OriginRecord<'a>(&'a Provenance);

impl Serialize for OriginRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.0.source {
            Source::Person { name } => {
                map.serialize_entry("source", "person")?;
                map.serialize_entry("name", &**name)?;
            }
            Source::Import { format } => {
                map.serialize_entry("source", "import")?;
                map.serialize_entry("format", &**format)?;
            }
            Source::Extractor { name, version } => {
                map.serialize_entry("source", "extractor")?;
                map.serialize_entry("name", &**name)?;
                put_unless_empty!(map, "version", version.as_ref());
            }
        }
        map.serialize_entry("time", &format_args!("{}", self.0.time))?;
        if let Some(score) = self.0.score {
            map.serialize_entry("score", &json_from_score(score))?;
        }
        if let Some(reason) = &self.0.reason {
            map.serialize_entry("reason", &**reason)?;
        }
        map.end()
    }
}
