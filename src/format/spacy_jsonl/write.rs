//! Writes an article as one line.

use super::SpacyJsonl;
use crate::{
    format::{
        ExportContext, Exported, Format, Loss, jsonl::metadata_record, loss::LossLog, value::json_from_attributes,
    },
    model::{AnnotationId, Relation, Span},
    text::{ByteOffset, TextRange, segment::tokens},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn record(exported: Exported<'_>, context: &ExportContext<'_>, losses: &mut Vec<Loss>) -> Value {
    let mut log = LossLog::new(exported, losses);
    let text = exported.text.as_str();
    let set = exported.annotations;
    let places = Places { exported, tokens: tokens(text).filter(|token| !token.is_empty()).collect() };

    let mut spans: BTreeMap<AnnotationId, Value> = BTreeMap::new();
    for span in set.spans() {
        if span.fragments.count() > 1 {
            log.span(span, "the format has no spans in several pieces");
        } else {
            spans.insert(span.id, places.span(span, context));
        }
    }
    let mut relations = Vec::new();
    let mut written_relations = Vec::new();
    for relation in set.relations() {
        match binary(relation, &spans) {
            Some((head, child)) => {
                relations.push(places.relation(relation, head, child));
                written_relations.push(relation.id);
            }
            None => log.relation(relation, "the format has only relations between two spans, without a trigger"),
        }
    }
    for label in set.document_labels().filter(|label| !label.note.is_empty()) {
        log.annotation(label.id, "note", "document labels are names only");
    }
    log.details(&SpacyJsonl.info().holds, |id| spans.contains_key(&id) || written_relations.contains(&id));
    for label in set.document_labels().filter(|label| label.status != crate::model::Status::Accepted) {
        log.annotation(label.id, format!("status {}", label.status.as_str()), "the format has no review status");
    }
    log.entity_details(context.entities, false);

    let mut meta = Map::new();
    meta.insert("id".to_owned(), exported.id.as_str().into());
    if let Value::Object(known) = metadata_record(exported.metadata) {
        meta.extend(known);
    }
    let accept: Vec<_> = set.document_labels().map(|label| Value::from(&*label.label)).collect();
    let mut record = Map::new();
    record.insert("text".to_owned(), text.into());
    record.insert("meta".to_owned(), meta.into());
    record.insert("tokens".to_owned(), places.tokens());
    // In the order of the text, as Prodigy writes them.
    let in_order = set.spans_in_order().filter_map(|span| spans.get(&span.id).cloned());
    record.insert("spans".to_owned(), in_order.collect());
    if !relations.is_empty() {
        record.insert("relations".to_owned(), relations.into());
    }
    if !accept.is_empty() {
        record.insert("accept".to_owned(), accept.into());
    }
    record.insert("answer".to_owned(), "accept".into());
    Value::Object(record)
}

/// The two spans of a relation that the format can hold.
fn binary<'v>(relation: &Relation, spans: &'v BTreeMap<AnnotationId, Value>) -> Option<(&'v Value, &'v Value)> {
    match (relation.trigger, relation.arguments.as_slice()) {
        (None, [head, child]) => spans.get(&head.target).zip(spans.get(&child.target)),
        _ => None,
    }
}

struct Places<'a> {
    exported: Exported<'a>,
    tokens: Vec<TextRange>,
}

impl Places<'_> {
    fn count(&self, offset: ByteOffset) -> u32 {
        self.exported.text.table().code_point_from_byte(self.exported.text.as_str(), offset)
    }

    fn tokens(&self) -> Value {
        let text = self.exported.text.as_str();
        let token = |(id, range): (usize, &TextRange)| {
            let follows = text.get(range.end().to_usize()..).unwrap_or_default();
            json!({
                "text": range.slice(text).unwrap_or_default(),
                "start": self.count(range.start()),
                "end": self.count(range.end()),
                "id": id,
                "ws": follows.starts_with(' '),
            })
        };
        self.tokens.iter().enumerate().map(token).collect()
    }

    fn span(&self, span: &Span, context: &ExportContext<'_>) -> Value {
        let hull = span.fragments.hull();
        let first = self.tokens.partition_point(|token| token.end() <= hull.start());
        let end = self.tokens.partition_point(|token| token.start() < hull.end());
        let mut record = Map::new();
        record.insert("start".to_owned(), self.count(hull.start()).into());
        record.insert("end".to_owned(), self.count(hull.end()).into());
        record.insert("label".to_owned(), (*span.label).into());
        if let Some(last) = end.checked_sub(1).filter(|last| first <= *last && !hull.is_empty()) {
            record.insert("token_start".to_owned(), first.into());
            record.insert("token_end".to_owned(), last.into());
        }
        record.insert("id".to_owned(), span.id.0.into());
        if !span.attributes.is_empty() {
            record.insert("attributes".to_owned(), json_from_attributes(&span.attributes).into());
        }
        if let Some(id) = &span.entity {
            record.insert("entity".to_owned(), id.as_str().into());
            if let Some(entity) = context.entities.get(id) {
                record.insert("entity_name".to_owned(), entity.name.as_str().into());
                if let Some(wikidata) = entity.identifiers.get("wikidata") {
                    record.insert("kb_id".to_owned(), wikidata.as_str().into());
                }
            }
        }
        if !span.note.is_empty() {
            record.insert("note".to_owned(), span.note.as_str().into());
        }
        Value::Object(record)
    }

    fn relation(&self, relation: &Relation, head: &Value, child: &Value) -> Value {
        let member = |span: &Value, name: &str| span.get(name).cloned().unwrap_or(Value::Null);
        let place = |span: &Value| {
            let names = ["start", "end", "token_start", "token_end", "label", "id"];
            Value::Object(names.iter().map(|name| ((*name).to_owned(), member(span, name))).collect())
        };
        let role = |index: usize| relation.arguments.get(index).map_or("", |argument| &*argument.role);
        let mut record = Map::new();
        // Prodigy names a span by its last token.
        record.insert("head".to_owned(), member(head, "token_end"));
        record.insert("child".to_owned(), member(child, "token_end"));
        record.insert("label".to_owned(), (*relation.label).into());
        record.insert("head_span".to_owned(), place(head));
        record.insert("child_span".to_owned(), place(child));
        record.insert("head_role".to_owned(), role(0).into());
        record.insert("child_role".to_owned(), role(1).into());
        record.insert("id".to_owned(), relation.id.0.into());
        if !relation.attributes.is_empty() {
            record.insert("attributes".to_owned(), json_from_attributes(&relation.attributes).into());
        }
        if !relation.note.is_empty() {
            record.insert("note".to_owned(), relation.note.as_str().into());
        }
        Value::Object(record)
    }
}
