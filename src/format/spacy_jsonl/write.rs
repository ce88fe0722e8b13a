//! Writes an article as one record.

use crate::{
    format::{
        ExportContext, Exported, Holds, Loss, json_lines::Object, jsonl::metadata_record, loss::LossLog,
        value::json_from_attributes,
    },
    model::{AnnotationId, Relation, Span, Status},
    text::{ByteOffset, TextRange, segment::tokens},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How the record is used.
pub(in crate::format) struct Settings {
    /// What the format holds that the record is for.
    pub holds: Holds,
    /// The status that the answer of the record gives its annotations, where there is one already.
    pub answer: Option<Status>,
}

/// The parts of a record, before they are put together.
pub(in crate::format) struct Record<'a> {
    exported: Exported<'a>,
    pub meta: Object,
    /// In the order of the text, as Prodigy writes them.
    pub spans: Vec<(AnnotationId, Object)>,
    pub relations: Vec<(AnnotationId, Object)>,
    pub labels: Vec<Value>,
    places: Places<'a>,
}

/// What can be written of an article; everything else is a loss.
pub(in crate::format) fn record<'a>(
    exported: Exported<'a>,
    context: &ExportContext<'_>,
    settings: &Settings,
    losses: &mut Vec<Loss>,
) -> Record<'a> {
    let mut log = LossLog::new(exported, losses);
    let set = exported.annotations;
    let places = Places::new(exported);
    let mut holds = settings.holds;
    let answered = |status: Status| settings.answer == Some(status);
    let mut statuses = set.spans().map(|span| span.status).chain(set.relations().map(|relation| relation.status));
    holds.status |= settings.answer.is_some() && statuses.all(answered);

    let mut spans: Vec<(AnnotationId, Object)> = Vec::new();
    for span in set.spans_in_order() {
        if span.fragments.count() > 1 {
            log.span(span, "the format has no spans in several pieces");
        } else if span.fragments.hull().is_empty() && !holds.zero_width {
            log.span(span, "the format has no spans without text");
        } else {
            spans.push((span.id, places.span(span, context)));
        }
    }
    let by_id: BTreeMap<_, _> = spans.iter().map(|(id, item)| (*id, item)).collect();
    let mut relations: Vec<(AnnotationId, Object)> = Vec::new();
    for relation in set.relations() {
        match binary(relation, &by_id) {
            Some((head, child)) => relations.push((relation.id, relation_item(relation, head, child))),
            None => log.relation(relation, "the format has only relations between two spans, without a trigger"),
        }
    }
    for label in set.document_labels().filter(|label| !label.note.is_empty()) {
        log.annotation(label.id, "note", "document labels are names only");
    }
    let written: BTreeSet<_> = spans.iter().chain(&relations).map(|(id, _)| *id).collect();
    log.details(&holds, |id| written.contains(&id));
    for label in set.document_labels().filter(|label| label.status != settings.answer.unwrap_or_default()) {
        log.annotation(label.id, format!("status {}", label.status.as_str()), "the format has no review status");
    }
    log.entity_details(context.entities, &holds);

    let mut meta = Object::new();
    meta.insert("id".to_owned(), exported.id.as_str().into());
    if let Value::Object(known) = metadata_record(exported.metadata) {
        meta.extend(known);
    }
    let labels = set.document_labels().map(|label| Value::from(&*label.label)).collect();
    Record { exported, meta, spans, relations, labels, places }
}

impl Record<'_> {
    /// The record as one object.
    pub(super) fn finish(self) -> Object {
        let tokens = self.tokens();
        let items = |list: Vec<(AnnotationId, Object)>| list.into_iter().map(|(_, item)| item).collect::<Value>();
        let mut record = Object::new();
        record.insert("text".to_owned(), self.exported.text.as_str().into());
        record.insert("meta".to_owned(), self.meta.into());
        record.insert("tokens".to_owned(), tokens);
        record.insert("spans".to_owned(), items(self.spans));
        if !self.relations.is_empty() {
            record.insert("relations".to_owned(), items(self.relations));
        }
        if !self.labels.is_empty() {
            record.insert("accept".to_owned(), self.labels.into());
        }
        record.insert("answer".to_owned(), "accept".into());
        record
    }

    /// The tokens of the text as Prodigy writes them.
    pub(super) fn tokens(&self) -> Value {
        self.places.tokens()
    }
}

/// The two spans of a relation that the format can hold.
fn binary<'v>(relation: &Relation, spans: &BTreeMap<AnnotationId, &'v Object>) -> Option<(&'v Object, &'v Object)> {
    match (relation.trigger, relation.arguments.as_slice()) {
        (None, [head, child]) => spans.get(&head.target).copied().zip(spans.get(&child.target).copied()),
        _ => None,
    }
}

struct Places<'a> {
    exported: Exported<'a>,
    tokens: Vec<TextRange>,
}

impl<'a> Places<'a> {
    fn new(exported: Exported<'a>) -> Self {
        Self { exported, tokens: tokens(exported.text.as_str()).filter(|token| !token.is_empty()).collect() }
    }

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

    fn span(&self, span: &Span, context: &ExportContext<'_>) -> Object {
        let hull = span.fragments.hull();
        let first = self.tokens.partition_point(|token| token.end() <= hull.start());
        let end = self.tokens.partition_point(|token| token.start() < hull.end());
        let mut item = Object::new();
        item.insert("start".to_owned(), self.count(hull.start()).into());
        item.insert("end".to_owned(), self.count(hull.end()).into());
        item.insert("label".to_owned(), (*span.label).into());
        if let Some(last) = end.checked_sub(1).filter(|last| first <= *last && !hull.is_empty()) {
            item.insert("token_start".to_owned(), first.into());
            item.insert("token_end".to_owned(), last.into());
        }
        item.insert("id".to_owned(), span.id.0.into());
        if !span.attributes.is_empty() {
            item.insert("attributes".to_owned(), json_from_attributes(&span.attributes).into());
        }
        if let Some(id) = &span.entity {
            item.insert("entity".to_owned(), id.as_str().into());
            if let Some(entity) = context.entities.get(id) {
                item.insert("entity_name".to_owned(), entity.name.as_str().into());
                if let Some(wikidata) = entity.identifiers.get("wikidata") {
                    item.insert("kb_id".to_owned(), wikidata.as_str().into());
                }
            }
        }
        if !span.note.is_empty() {
            item.insert("note".to_owned(), span.note.as_str().into());
        }
        item
    }
}

fn relation_item(relation: &Relation, head: &Object, child: &Object) -> Object {
    let role = |index: usize| relation.arguments.get(index).map_or("", |argument| &*argument.role);
    let mut item = Object::new();
    item.insert("label".to_owned(), (*relation.label).into());
    link(&mut item, head, child);
    item.insert("head_role".to_owned(), role(0).into());
    item.insert("child_role".to_owned(), role(1).into());
    item.insert("id".to_owned(), relation.id.0.into());
    if !relation.attributes.is_empty() {
        item.insert("attributes".to_owned(), json_from_attributes(&relation.attributes).into());
    }
    if !relation.note.is_empty() {
        item.insert("note".to_owned(), relation.note.as_str().into());
    }
    item
}

/// Says which spans a relation links. Prodigy names a span by its last token.
pub(super) fn link(relation: &mut Object, head: &Object, child: &Object) {
    let member = |span: &Object, name: &str| span.get(name).cloned().unwrap_or(Value::Null);
    let place = |span: &Object| {
        let names = ["start", "end", "token_start", "token_end", "label", "id"];
        let known = names.iter().filter(|name| span.contains_key(**name));
        known.map(|name| ((*name).to_owned(), member(span, name))).collect::<Object>()
    };
    relation.insert("head".to_owned(), member(head, "token_end"));
    relation.insert("child".to_owned(), member(child, "token_end"));
    relation.insert("head_span".to_owned(), place(head).into());
    relation.insert("child_span".to_owned(), place(child).into());
}
