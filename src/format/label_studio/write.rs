//! Writes an article as a task; of a task that was imported, only what was edited changes.

use super::{
    LabelStudio,
    config::{Config, ControlKind, Needed, is_xml},
    place::TextPlace,
    read::{self, List, annotations_key, counted},
};
use crate::{
    format::{
        ExportContext, Exported, Format, Loss,
        anchor::Unit,
        jsonl::metadata_record,
        loss::LossLog,
        matching::Matches,
        records::{Object, update_metadata},
        value::{json_from_attributes, json_from_score},
    },
    model::{AnnotationId, AttributeValue, DocumentLabel, Fragments, Name, Provenance, Relation, Source, Span, Status},
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A task to write into: what was read, and what of it stays.
pub(super) struct Base {
    pub record: Object,
    pub task: read::Task,
}

/// The task of an article. `base` is the one that it was read from.
pub(super) fn record(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    config: &Config,
    base: Option<Base>,
    needed: &mut Needed,
    losses: &mut Vec<Loss>,
) -> Object {
    let place = match (&base, config.objects.first()) {
        (Some(base), _) => base.task.place.clone(),
        (None, Some(object)) => TextPlace { key: object.key.clone(), object: object.name.clone(), is_html: false },
        (None, None) => TextPlace { key: "text".to_owned(), object: "text".to_owned(), is_html: false },
    };
    let mut writer = Writer {
        exported,
        context,
        config,
        place,
        needed,
        log: LossLog::new(exported, losses),
        written: BTreeSet::new(),
        regions: BTreeMap::new(),
        names: BTreeSet::new(),
        bases: BTreeMap::new(),
        accepted: exported
            .annotations
            .spans()
            .filter(|span| span.status == Status::Accepted)
            .map(|span| (&span.label, &span.fragments))
            .collect(),
    };
    let mut task = writer.start(base);
    writer.finish(&mut task);
    let Writer { written, mut log, .. } = writer;
    log.details(&LabelStudio.info().holds, |id| written.contains(&id));
    log.entity_details(context.entities, &LabelStudio.info().holds);
    task
}

/// Where an annotation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Annotation,
    Prediction,
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    context: &'a ExportContext<'a>,
    config: &'a Config,
    place: TextPlace,
    needed: &'l mut Needed,
    log: LossLog<'a, 'l>,
    /// What stands in the task.
    written: BTreeSet<AnnotationId>,
    /// What regions are called, by span and side.
    regions: BTreeMap<(AnnotationId, Side), String>,
    /// All ids of results.
    names: BTreeSet<String>,
    /// The results that an edited span had, for its name and what Glosse does not know of it.
    bases: BTreeMap<AnnotationId, Vec<Object>>,
    accepted: HashSet<(&'a Name, &'a Fragments)>,
}

impl Writer<'_, '_> {
    /// The task with what stays of `base`, or a new one.
    fn start(&mut self, base: Option<Base>) -> Object {
        let text = self.exported.text.as_str();
        let mut task = Object::new();
        let Some(Base { record, task: old }) = base else {
            task.insert("data".to_owned(), json!({ &*self.place.key: text }));
            let mut meta = Map::new();
            meta.insert("id".to_owned(), self.exported.id.as_str().into());
            if let Value::Object(known) = metadata_record(self.exported.metadata) {
                meta.extend(known);
            }
            task.insert("meta".to_owned(), meta.into());
            task.insert("annotations".to_owned(), Value::Array(Vec::new()));
            task.insert("predictions".to_owned(), Value::Array(Vec::new()));
            return task;
        };
        task.extend(record);
        let same_text = old.imported.text == text && old.unit == Unit::CodePoint && !self.place.is_html;
        if !same_text && let Some(Value::Object(data)) = task.get_mut("data") {
            data.insert(self.place.key.clone(), text.into());
        }
        update_metadata(&mut task, "meta", &old.imported.metadata, self.exported.metadata);
        let matches = Matches::new(&old.imported, self.exported.everything, self.context.entities);
        let key = annotations_key(&task);
        for (list, name) in [("annotations", key), ("predictions", "predictions")] {
            let Some(Value::Array(lists)) = task.get_mut(name) else { continue };
            for (index, item) in lists.iter_mut().enumerate() {
                let list = if list == "annotations" { List::Annotation(index) } else { List::Prediction(index) };
                if let Some(Value::Array(results)) = item.get_mut("result") {
                    self.stay(list, results, &old, &matches, same_text);
                }
            }
        }
        // The annotation that stands comes first among those of the task.
        if let (Some(main), Some(Value::Array(lists))) = (old.main, task.get_mut(key))
            && main > 0
            && main < lists.len()
        {
            let first = lists.remove(main);
            lists.insert(0, first);
        }
        task
    }

    /// Takes out of a list of results what is no more, or was edited.
    fn stay(&mut self, list: List, results: &mut Vec<Value>, old: &read::Task, matches: &Matches, same_text: bool) {
        let side = if old.main.map(List::Annotation) == Some(list) { Side::Annotation } else { Side::Prediction };
        let mut gone = BTreeSet::new();
        for unit in old.units.iter().filter(|unit| unit.list == list) {
            let stays = |id: &AnnotationId| same_text && matches.stays(*id, self.exported);
            if unit.annotations.iter().all(stays) {
                for found in unit.annotations.iter().filter_map(|id| matches.get(*id)) {
                    self.written.insert(found.id);
                    if let Some(region) = &unit.region {
                        self.regions.insert((found.id, side), region.clone());
                    }
                }
                self.names.extend(unit.region.clone());
                continue;
            }
            let changed: Vec<_> =
                unit.annotations.iter().filter_map(|id| matches.changed(*id, self.exported)).collect();
            if let [only] = changed.as_slice() {
                let items = unit.items.iter().filter_map(|index| results.get(*index)?.as_object().cloned());
                self.bases.insert(*only, items.collect());
            }
            gone.extend(unit.items.iter().copied());
        }
        let mut index = 0;
        results.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
    }

    /// Adds what is not in the task yet.
    fn finish(&mut self, task: &mut Object) {
        let set = self.exported.annotations;
        let mut fresh: BTreeMap<(Side, String), Vec<Value>> = BTreeMap::new();
        for span in set.spans() {
            let Some(side) = self.side(span.id, span.status) else { continue };
            if self.written.contains(&span.id) {
                continue;
            }
            let items = self.span(span, side);
            fresh.entry((side, model(&span.provenance, side))).or_default().extend(items);
        }
        for label in set.document_labels() {
            let Some(side) = self.side(label.id, label.status) else { continue };
            if !self.written.contains(&label.id) {
                let item = self.document_label(label);
                fresh.entry((side, model(&label.provenance, side))).or_default().push(item);
            }
        }
        for relation in set.relations().filter(|relation| !self.written.contains(&relation.id)).collect::<Vec<_>>() {
            let Some(side) = self.side(relation.id, relation.status) else { continue };
            if let Some((item, first)) = self.relation(relation, side) {
                fresh.entry((side, first)).or_default().push(item);
            }
        }
        let key = annotations_key(task);
        for ((side, model), items) in fresh {
            let name = if side == Side::Annotation { key } else { "predictions" };
            let lists = task.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(lists) = lists else { continue };
            let fits = |list: &&mut Value| match side {
                Side::Annotation => list.get("was_cancelled").and_then(Value::as_bool) != Some(true),
                Side::Prediction => list.get("model_version").and_then(Value::as_str).unwrap_or_default() == model,
            };
            match lists.iter_mut().find(fits).and_then(|list| list.get_mut("result")) {
                Some(Value::Array(results)) => results.extend(items),
                _ => {
                    let mut list = Map::new();
                    if side == Side::Prediction {
                        list.insert("model_version".to_owned(), model.into());
                        let scores: Vec<f64> = items.iter().filter_map(|item| item.get("score")?.as_f64()).collect();
                        if let Some(lowest) = scores.iter().copied().reduce(f64::min) {
                            list.insert("score".to_owned(), lowest.into());
                        }
                    }
                    list.insert("result".to_owned(), items.into());
                    lists.push(list.into());
                }
            }
        }
    }

    /// Where an annotation is written; nowhere if it was rejected.
    fn side(&mut self, id: AnnotationId, status: Status) -> Option<Side> {
        match status {
            Status::Accepted => Some(Side::Annotation),
            Status::Suggested => Some(Side::Prediction),
            Status::Rejected => {
                let label = self.exported.annotations.get(id).map(|found| found.label().to_string());
                let what = format!("the rejected {}", label.unwrap_or_default());
                self.log.annotation(id, what, "the format has no place for what was found wrong");
                None
            }
        }
    }

    fn free_name(&mut self, wanted: Option<String>, id: AnnotationId) -> String {
        let mut name = wanted.unwrap_or_else(|| id.to_string());
        while !self.names.insert(name.clone()) {
            name = format!("{name}-{id}");
        }
        name
    }

    fn span(&mut self, span: &Span, side: Side) -> Vec<Value> {
        let range = span.fragments.hull();
        if span.fragments.count() > 1 || range.is_empty() {
            let why = if range.is_empty() { "a region has at least one character" } else { "a region is one piece" };
            self.log.span(span, why);
            return Vec::new();
        }
        if !span.label.chars().all(is_xml) {
            self.log.span(span, "its label has characters that the labelling configuration can not hold");
            return Vec::new();
        }
        if side == Side::Prediction && self.accepted.contains(&(&span.label, &span.fragments)) {
            self.log.span(span, "an accepted span is the same");
            return Vec::new();
        }
        let bases = self.bases.remove(&span.id).unwrap_or_default();
        let wanted = bases.first().and_then(|item| item.get("id")?.as_str().map(str::to_owned));
        let name = self.free_name(wanted, span.id);
        self.regions.insert((span.id, side), name.clone());
        self.written.insert(span.id);
        self.needed.label(&span.label);
        let surface = span.fragments.surface(self.exported.text.as_str());
        let (start, end) = counted(self.exported, range);
        let value = || {
            let mut value = Map::new();
            value.insert("start".to_owned(), start.into());
            value.insert("end".to_owned(), end.into());
            value.insert("text".to_owned(), surface.as_str().into());
            value
        };
        let is_labels = |item: &&Object| item.get("type").and_then(Value::as_str) == Some("labels");
        let base = bases.iter().find(is_labels);
        let mut item = base.cloned().unwrap_or_default();
        item.insert("id".to_owned(), name.as_str().into());
        let control = self.config.labels_control(&self.place.object).to_owned();
        item.entry("from_name").or_insert_with(|| control.into());
        item.insert("to_name".to_owned(), self.place.object.as_str().into());
        item.insert("type".to_owned(), ControlKind::Labels.as_str().into());
        let mut labelled = value();
        labelled.insert("labels".to_owned(), json!([&*span.label]));
        item.insert("value".to_owned(), labelled.into());
        if side == Side::Prediction
            && let Some(score) = span.provenance.score
        {
            item.insert("score".to_owned(), json_from_score(score));
        }
        let meta = self.meta(span, item.get("meta").and_then(Value::as_object));
        item.shift_remove("meta");
        if !meta.is_empty() {
            item.insert("meta".to_owned(), meta.into());
        }
        let mut items = vec![Value::Object(item)];
        for (attribute, found) in &span.attributes {
            let Some((kind, chosen)) = self.attribute(span.id, attribute, found) else { continue };
            let control = self.config.attribute_control_name(attribute).into_owned();
            let mut value = value();
            value.insert(if kind == ControlKind::TextArea { "text" } else { kind.as_str() }.to_owned(), chosen);
            items.push(json!({
                "id": name,
                "from_name": control,
                "to_name": self.place.object,
                "type": kind.as_str(),
                "value": value,
            }));
        }
        items
    }

    /// Note and entity of a region, with what else was there.
    fn meta(&self, span: &Span, before: Option<&Object>) -> Object {
        let mut meta = before.cloned().unwrap_or_default();
        for name in ["text", "entity", "entity_name", "entity_ids"] {
            meta.shift_remove(name);
        }
        if !span.note.is_empty() {
            meta.insert("text".to_owned(), json!([span.note]));
        }
        if let Some(id) = &span.entity {
            meta.insert("entity".to_owned(), id.as_str().into());
            if let Some(entity) = self.context.entities.get(id) {
                meta.insert("entity_name".to_owned(), entity.name.as_str().into());
                if !entity.identifiers.is_empty() {
                    meta.insert("entity_ids".to_owned(), json!(entity.identifiers));
                }
            }
        }
        meta
    }

    /// The kind of control and the value of an attribute.
    fn attribute(&mut self, id: AnnotationId, name: &Name, value: &AttributeValue) -> Option<(ControlKind, Value)> {
        let wanted = match value {
            AttributeValue::Flag(_) => ControlKind::Choices,
            AttributeValue::Number(_) => ControlKind::Number,
            AttributeValue::Text(_) => ControlKind::TextArea,
        };
        let kind = self.config.attribute_control(name);
        let kind = kind.unwrap_or_else(|| self.needed.attribute(name, wanted));
        let list = |text: &str| -> Value {
            let list = serde_json::from_str(text).ok().filter(Value::is_array);
            list.unwrap_or_else(|| json!([text]))
        };
        let found = match (kind, value) {
            (ControlKind::Choices, AttributeValue::Flag(flag)) => Some(json!([flag.to_string()])),
            (ControlKind::Choices, AttributeValue::Text(text)) if !matches!(&**text, "true" | "false") => {
                Some(list(text))
            }
            (ControlKind::TextArea, AttributeValue::Text(text)) => Some(json!([&**text])),
            (ControlKind::Taxonomy, AttributeValue::Text(text)) => Some(list(text)),
            (ControlKind::Number, AttributeValue::Number(number)) => Some(json!(number)),
            (ControlKind::Rating, AttributeValue::Number(number)) if number.fract() == 0.0 && *number >= 0.0 => {
                Some(serde_json::from_str(&number.to_string()).unwrap_or_default())
            }
            _ => None,
        };
        let in_xml = name.chars().all(is_xml);
        match found.filter(|_| in_xml) {
            Some(found) => {
                if kind == ControlKind::Choices {
                    for choice in found.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        self.needed.attribute(name, kind);
                        self.needed.choice(name, choice);
                    }
                }
                Some((kind, found))
            }
            None => {
                let what = format!("attribute {name}={value}");
                self.log.annotation(id, what, format!("its control is for {}", kind.as_str()));
                None
            }
        }
    }

    fn document_label(&mut self, label: &DocumentLabel) -> Value {
        self.written.insert(label.id);
        self.needed.document_label(&label.label);
        if !label.note.is_empty() {
            self.log.annotation(label.id, "note", "document labels are names only");
        }
        let name = self.free_name(None, label.id);
        let mut item = json!({
            "id": name,
            "from_name": self.config.choices_control(&self.place.object, &label.label),
            "to_name": self.place.object,
            "type": "choices",
            "value": {"choices": [&*label.label]},
        });
        if let (Value::Object(item), Some(score), Status::Suggested) = (&mut item, label.provenance.score, label.status)
        {
            item.insert("score".to_owned(), json_from_score(score));
        }
        item
    }

    /// The relation, and the model whose regions it links.
    fn relation(&mut self, relation: &Relation, side: Side) -> Option<(Value, String)> {
        let set = self.exported.annotations;
        let (None, [first, second]) = (relation.trigger, relation.arguments.as_slice()) else {
            self.log.relation(relation, "the format has only relations between two regions, without a trigger");
            return None;
        };
        if set.span(first.target).is_none() || set.span(second.target).is_none() {
            self.log.relation(relation, "the format has no relations between relations");
            return None;
        }
        let model_of = |id: AnnotationId| set.span(id).map(|span| model(&span.provenance, side));
        let name = |id: AnnotationId| self.regions.get(&(id, side)).cloned();
        let (Some(from), Some(to)) = (name(first.target), name(second.target)) else {
            self.log.relation(relation, "it links what is not written, or not in the same list of results");
            return None;
        };
        let model = model_of(first.target).filter(|model| Some(model) == model_of(second.target).as_ref());
        let Some(model) = model else {
            self.log.relation(relation, "it links regions of two models");
            return None;
        };
        self.written.insert(relation.id);
        self.needed.relation(&relation.label);
        let mut attributes = relation.attributes.clone();
        let is_bi = attributes.get("direction") == Some(&AttributeValue::Text("bi".into()));
        if is_bi {
            attributes.remove("direction");
        }
        let mut item = match self.bases.remove(&relation.id).and_then(|mut items| items.pop()) {
            Some(base) => base,
            None => Map::new(),
        };
        for name in ["roles", "attributes", "note"] {
            item.shift_remove(name);
        }
        item.insert("from_id".to_owned(), from.into());
        item.insert("to_id".to_owned(), to.into());
        item.insert("type".to_owned(), "relation".into());
        item.insert("direction".to_owned(), if is_bi { "bi" } else { "right" }.into());
        item.insert("labels".to_owned(), json!([&*relation.label]));
        // Members of our own, for what relations have no place for.
        if (&*first.role, &*second.role) != ("from", "to") {
            item.insert("roles".to_owned(), json!([&*first.role, &*second.role]));
        }
        if !attributes.is_empty() {
            item.insert("attributes".to_owned(), json_from_attributes(&attributes).into());
        }
        if !relation.note.is_empty() {
            item.insert("note".to_owned(), relation.note.as_str().into());
        }
        Some((Value::Object(item), model))
    }
}

/// The name of the model that a suggestion is written under.
fn model(provenance: &Provenance, side: Side) -> String {
    match (&provenance.source, side) {
        (_, Side::Annotation) => String::new(),
        (Source::Extractor { name, version }, _) if version.is_empty() => name.to_string(),
        (Source::Extractor { name, version }, _) => format!("{name} {version}"),
        (Source::Person { name } | Source::Import { format: name }, _) => name.to_string(),
    }
}
