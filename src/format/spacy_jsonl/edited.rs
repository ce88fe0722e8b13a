//! What a record of Prodigy had beside what Glosse models is kept when its annotations were edited.

use super::{
    SpacyJsonl,
    read::{Reader, answer, is_chosen, labels},
    write::{Record, link},
};
use crate::{
    format::{
        ExportContext, Exported, Format, Imported,
        anchor::Unit,
        json::Tape,
        json_lines::{Object, original_record},
        original::{Original, read_options},
        records::update_metadata,
        value::plain,
    },
    model::{AnnotationId, Attributes, EntityId, Name, Relation, Span, Status},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// The record that an article came from.
pub(super) struct Before {
    record: Object,
    read: Imported,
    items: HashMap<AnnotationId, usize>,
    unit: Unit,
}

impl Before {
    pub(super) fn of(exported: Exported<'_>, context: &ExportContext<'_>) -> Option<Self> {
        let original = Original::of(exported, SpacyJsonl.info().name, context.originals)?;
        let record = original_record(&original)?;
        let options = read_options(exported);
        let mut reader = Reader::new("spacy-jsonl", "", None, &options);
        let read = reader.read_object(&record, "").ok()?;
        Some(Self { record, read, items: reader.items, unit: reader.unit })
    }

    /// The status that the answer of the record stands for.
    pub(super) fn status(&self) -> Status {
        Tape::of(&self.record).root().as_object().map_or(Status::Accepted, answer)
    }

    /// The record with what is new.
    pub(super) fn with(self, new: Record<'_>, exported: Exported<'_>) -> Object {
        let text = exported.text.as_str();
        let same_text = self.record.get("text").and_then(Value::as_str) == Some(text);
        let mut record = self.record.clone();
        // Tokens and hashes belong to the text; offsets in another unit are all written anew.
        if !same_text {
            record.insert("text".to_owned(), text.into());
            record.shift_remove("_input_hash");
            record.shift_remove("_task_hash");
        }
        let has_tokens = record.contains_key("tokens");
        let keeps_tokens = !has_tokens || same_text && self.unit == Unit::CodePoint;
        let tokens = if keeps_tokens { Tokens::of(&self.record) } else { Tokens::default() };
        if !keeps_tokens {
            record.insert("tokens".to_owned(), new.tokens());
        }

        let mut spans = Items::new(&self.record, "spans");
        let mut known = Matches::new(self.read.spans.iter().map(|span| {
            let exact = (span.label.clone(), span.fragments.clone());
            (span.id, exact, span.fragments.clone())
        }));
        let before: BTreeMap<_, _> = self.read.spans.iter().map(|span| (span.id, span)).collect();
        let found = known.find(new.spans.iter().filter_map(|(id, _)| {
            let span = exported.annotations.span(*id)?;
            Some((*id, (span.label.clone(), span.fragments.clone()), span.fragments.clone()))
        }));
        let mut written: BTreeMap<AnnotationId, Object> = BTreeMap::new();
        for (id, mut item) in new.spans {
            if keeps_tokens {
                tokens.put(&mut item);
            }
            let now = exported.annotations.span(id);
            let old = found.get(&id).and_then(|id| before.get(id).copied());
            let place = old.and_then(|old| self.items.get(&old.id).copied());
            if let Some((old, now)) = old.zip(now) {
                item = overlay(spans.item(place), item, &Same::spans(old, now));
                if item.contains_key("text") {
                    item.insert("text".to_owned(), now.fragments.surface(text).into());
                }
            }
            written.insert(id, item.clone());
            spans.put(place, item);
        }
        put_list(&mut record, "spans", spans.finish(&self.items, before.keys(), same_text));
        self.relations(&mut record, new.relations, exported, &found, &written, same_text);
        set_labels(&mut record, &new.labels);
        update_metadata(&mut record, "meta", &self.read.metadata, exported.metadata);
        if exported.annotations.spans().any(|span| span.status != self.status()) {
            record.insert("answer".to_owned(), "accept".into());
        }
        record
    }

    fn relations(
        &self,
        record: &mut Object,
        new: Vec<(AnnotationId, Object)>,
        exported: Exported<'_>,
        spans: &BTreeMap<AnnotationId, AnnotationId>,
        written: &BTreeMap<AnnotationId, Object>,
        same_text: bool,
    ) {
        let mut items = Items::new(&self.record, "relations");
        let ends = |relation: &Relation| relation.targets().collect::<Vec<_>>();
        let mut known = Matches::new(
            self.read
                .relations
                .iter()
                .map(|relation| (relation.id, (relation.label.clone(), ends(relation)), ends(relation))),
        );
        let before: BTreeMap<_, _> = self.read.relations.iter().map(|relation| (relation.id, relation)).collect();
        let found = known.find(new.iter().filter_map(|(id, _)| {
            let relation = exported.annotations.relation(*id)?;
            let ends: Option<Vec<_>> = relation.targets().map(|target| spans.get(&target).copied()).collect();
            Some((*id, (relation.label.clone(), ends.clone()?), ends?))
        }));
        for (id, mut item) in new {
            let Some(now) = exported.annotations.relation(id) else { continue };
            let mut targets = now.targets().filter_map(|target| written.get(&target));
            if let (Some(head), Some(child)) = (targets.next(), targets.next()) {
                link(&mut item, head, child);
            }
            let old = found.get(&id).and_then(|id| before.get(id).copied());
            let place = old.and_then(|old| self.items.get(&old.id).copied());
            if let Some(old) = old {
                item = overlay(items.item(place), item, &Same::relations(old, now));
            }
            items.put(place, item);
        }
        put_list(record, "relations", items.finish(&self.items, before.keys(), same_text));
    }
}

/// Which annotations of before are which of now: what is the same first, then what has the same place.
struct Matches<Exact, Place> {
    exact: HashMap<Exact, VecDeque<AnnotationId>>,
    place: HashMap<Place, VecDeque<AnnotationId>>,
}

impl<Exact: std::hash::Hash + Eq, Place: std::hash::Hash + Eq> Matches<Exact, Place> {
    fn new(before: impl Iterator<Item = (AnnotationId, Exact, Place)>) -> Self {
        let mut matches = Self { exact: HashMap::new(), place: HashMap::new() };
        for (id, exact, place) in before {
            matches.exact.entry(exact).or_default().push_back(id);
            matches.place.entry(place).or_default().push_back(id);
        }
        matches
    }

    /// For each annotation of now that was there before, which it was.
    fn find(
        &mut self,
        now: impl Iterator<Item = (AnnotationId, Exact, Place)>,
    ) -> BTreeMap<AnnotationId, AnnotationId> {
        let mut found = BTreeMap::new();
        let mut used = BTreeSet::new();
        let mut open = Vec::new();
        for (id, exact, place) in now {
            match self.exact.get_mut(&exact).and_then(VecDeque::pop_front) {
                Some(old) => {
                    used.insert(old);
                    found.insert(id, old);
                }
                None => open.push((id, place)),
            }
        }
        for (id, place) in open {
            let free = self.place.get_mut(&place);
            let old = free.and_then(|free| std::iter::from_fn(|| free.pop_front()).find(|old| used.insert(*old)));
            if let Some(old) = old {
                found.insert(id, old);
            }
        }
        found
    }
}

/// A list of the record in which items are replaced, added and taken out.
struct Items<'r> {
    before: &'r [Value],
    kept: BTreeMap<usize, Value>,
    added: Vec<Value>,
}

impl<'r> Items<'r> {
    fn new(record: &'r Object, name: &str) -> Self {
        let before = record.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Self { before, kept: BTreeMap::new(), added: Vec::new() }
    }

    fn item(&self, place: Option<usize>) -> Option<&'r Object> {
        self.before.get(place?)?.as_object()
    }

    fn put(&mut self, place: Option<usize>, item: Object) {
        match place {
            Some(place) => {
                self.kept.insert(place, item.into());
            }
            None => self.added.push(item.into()),
        }
    }

    /// The list: what was read and is gone is left out, what could not be read stays while the text is the same.
    fn finish<'i>(
        mut self,
        items: &HashMap<AnnotationId, usize>,
        read: impl Iterator<Item = &'i AnnotationId>,
        same_text: bool,
    ) -> Vec<Value> {
        let read: BTreeSet<usize> = read.filter_map(|id| items.get(id).copied()).collect();
        for (place, item) in self.before.iter().enumerate() {
            if same_text && !read.contains(&place) {
                self.kept.entry(place).or_insert_with(|| item.clone());
            }
        }
        let start = |item: &Value| item.get("start").and_then(Value::as_u64);
        let in_order = self.before.is_sorted_by_key(start);
        let mut list: Vec<Value> = self.kept.into_values().chain(self.added).collect();
        if in_order {
            list.sort_by_key(start);
        }
        list
    }
}

/// An empty list is written only where one was.
fn put_list(record: &mut Object, name: &str, list: Vec<Value>) {
    if record.contains_key(name) || !list.is_empty() {
        record.insert(name.to_owned(), list.into());
    }
}

/// What of an annotation is as it was.
struct Same {
    attributes: bool,
    note: bool,
    entity: bool,
}

impl Same {
    fn spans(one: &Span, other: &Span) -> Self {
        let parts = |span: &Span| (span.attributes.clone(), span.note.clone(), span.entity.clone());
        Self::new(parts(one), parts(other))
    }

    fn relations(one: &Relation, other: &Relation) -> Self {
        let parts = |relation: &Relation| (relation.attributes.clone(), relation.note.clone(), None);
        Self::new(parts(one), parts(other))
    }

    fn new(one: (Attributes, String, Option<EntityId>), other: (Attributes, String, Option<EntityId>)) -> Self {
        Self { attributes: one.0 == other.0, note: one.1 == other.1, entity: one.2 == other.2 }
    }
}

/// The item as it was, with what changed.
fn overlay(before: Option<&Object>, new: Object, same: &Same) -> Object {
    let Some(before) = before else { return new };
    let mut item = before.clone();
    let changed = [
        ("attributes", !same.attributes),
        ("note", !same.note),
        ("entity", !same.entity),
        ("entity_name", !same.entity),
        ("kb_id", !same.entity),
    ];
    for (name, _) in changed.iter().filter(|(_, is_changed)| *is_changed) {
        item.shift_remove(*name);
    }
    for (name, value) in new {
        let stays = changed.iter().any(|(other, is_changed)| *other == name && !is_changed);
        // Numbers and places are named only where they were.
        let is_extra = matches!(&*name, "id" | "head_role" | "child_role" | "head_span" | "child_span");
        if !stays && (!is_extra || item.contains_key(&name)) {
            item.insert(name, value);
        }
    }
    item
}

/// The tokens that a record has, by where they begin and end.
#[derive(Default)]
struct Tokens {
    starts: Vec<u64>,
    ends: Vec<u64>,
}

impl Tokens {
    fn of(record: &Object) -> Self {
        let tokens = record.get("tokens").and_then(Value::as_array).into_iter().flatten();
        let number = |token: &Value, name: &str| token.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (starts, ends) = tokens.map(|token| (number(token, "start"), number(token, "end"))).unzip();
        Self { starts, ends }
    }

    /// Says which tokens a span touches.
    fn put(&self, span: &mut Object) {
        let number = |name: &str| span.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (start, end) = (number("start"), number("end"));
        let first = self.ends.partition_point(|token| *token <= start);
        let last = self.starts.partition_point(|token| *token < end).checked_sub(1);
        match last.filter(|last| first <= *last && start < end) {
            Some(last) => {
                span.insert("token_start".to_owned(), first.into());
                span.insert("token_end".to_owned(), last.into());
            }
            None => {
                span.shift_remove("token_start");
                span.shift_remove("token_end");
            }
        }
    }
}

/// Puts the labels of the article where the record has them.
fn set_labels(record: &mut Object, now: &[Value]) {
    let wanted: BTreeSet<String> = now.iter().map(plain).collect();
    let before = Tape::of(record).root().as_object().map(labels).unwrap_or_default();
    let before: BTreeSet<String> = before.iter().map(|label: &Name| label.to_string()).collect();
    if wanted == before {
        return;
    }
    let mut open = wanted.clone();
    if record.get("label").and_then(Value::as_str).is_some_and(|label| !open.remove(label)) {
        record.shift_remove("label");
    }
    if let Some(cats) = record.get_mut("cats").and_then(Value::as_object_mut) {
        for (name, value) in cats.iter_mut() {
            let is_wanted = open.remove(name) || wanted.contains(name);
            if is_wanted != is_chosen(value.as_bool(), value.as_f64()) {
                *value = if value.is_boolean() { is_wanted.into() } else { f64::from(u8::from(is_wanted)).into() };
            }
        }
    }
    let accepted = record.get("accept").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut accept: Vec<Value> = accepted.into_iter().filter(|label| wanted.contains(&plain(label))).collect();
    for label in &accept {
        open.remove(&plain(label));
    }
    accept.extend(open.into_iter().map(Value::from));
    if record.contains_key("accept") || !accept.is_empty() {
        record.insert("accept".to_owned(), accept.into());
    }
}
