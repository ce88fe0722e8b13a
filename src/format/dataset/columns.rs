//! What the columns of a data set are for, by their names and values.

use crate::format::json_lines::Object;
use serde_json::Value;
use std::collections::BTreeMap;

const ID: &[&str] = &["id", "doc_id", "document_id", "idx"];
const TEXT: &[&str] = &["text", "sentence", "content", "document"];
const TOKENS: &[&str] = &["tokens", "words"];
const TAGS: &[&str] = &["ner_tags", "tags", "ner", "labels", "ner_labels", "entity_tags", "label"];
const ENTITIES: &[&str] = &["entities", "spans", "ents", "ner", "labels", "label"];
const LABELS: &[&str] = &["labels", "label", "category", "categories", "class"];
const START: &[&str] = &["start", "begin", "start_char", "start_offset"];
const END: &[&str] = &["end", "stop", "end_char", "end_offset"];
const TYPE: &[&str] = &["label", "type", "entity_type", "entity_group", "tag", "class", "entity"];
const SURFACE: &[&str] = &["text", "word", "surface", "span", "mention"];

/// The names of classes by column, from the metadata of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::format) struct Features {
    pub(in crate::format) classes: BTreeMap<String, Vec<String>>,
}

impl Features {
    /// From the member `features` of the metadata.
    pub(in crate::format) fn new(features: &Value) -> Self {
        let columns = features.as_object().into_iter().flatten();
        let classes = columns.filter_map(|(name, feature)| Some((name.clone(), class_names(feature)?)));
        Self { classes: classes.collect() }
    }

    /// The names of the classes of a column.
    pub(super) fn names(&self, column: &str) -> Option<&[String]> {
        self.classes.get(column).map(Vec::as_slice)
    }
}

/// The names in a `ClassLabel`, also of the items of a list and of the labels of entities.
pub(in crate::format) fn class_names(feature: &Value) -> Option<Vec<String>> {
    match feature {
        Value::Array(list) => list.first().and_then(class_names),
        Value::Object(members) if members.get("_type").and_then(Value::as_str) == Some("ClassLabel") => {
            match members.get("names")? {
                Value::Array(names) => Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                _ => None,
            }
        }
        Value::Object(members) => match members.get("feature") {
            Some(inner) => class_names(inner),
            None => TYPE.iter().find_map(|name| class_names(members.get(*name)?)),
        },
        _ => None,
    }
}

/// The names of the columns of a row, by what they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::format) struct Roles {
    pub(super) id: Option<String>,
    pub(in crate::format) text: Option<String>,
    pub(super) tokens: Option<String>,
    pub(in crate::format) tags: Option<String>,
    pub(in crate::format) entities: Option<String>,
    pub(in crate::format) labels: Option<String>,
}

impl Roles {
    /// Finds out what the columns of a row are for; `text_column` is what the user named.
    pub(in crate::format) fn of(row: &Object, text_column: Option<&str>) -> Self {
        let find = |names: &[&str], fits: &dyn Fn(&Value) -> bool| {
            let name = names.iter().find(|name| row.get(**name).is_some_and(fits));
            name.map(|name| (*name).to_owned())
        };
        let id = find(ID, &|value| value.is_string() || value.is_number());
        let named = text_column.filter(|name| row.get(*name).is_some_and(Value::is_string));
        let text = named.map(str::to_owned).or_else(|| find(TEXT, &Value::is_string));
        let tokens = find(TOKENS, &|value| is_list_of(value, Value::is_string));
        let count = tokens.as_ref().and_then(|name| row.get(name)?.as_array()).map(Vec::len);
        let tags = find(TAGS, &|value| {
            let is_tag = |tag: &Value| tag.is_string() || tag.is_i64() || tag.is_u64();
            count.is_some() && is_list_of(value, is_tag) && value.as_array().map(Vec::len) == count
        });
        let is_entities = |name: &&&str| match row.get(**name) {
            // An empty list tells nothing by itself.
            Some(Value::Array(list)) if list.is_empty() => matches!(**name, "entities" | "spans" | "ents"),
            Some(Value::Array(list)) => list.iter().all(|item| Keys::of(item).is_some()),
            Some(Value::Object(members)) => {
                Keys::of_members(members).is_some() && members.values().all(Value::is_array)
            }
            _ => false,
        };
        let entities = ENTITIES.iter().find(is_entities).map(|name| (*name).to_owned());
        let entities = entities.filter(|name| text.is_some() && Some(name) != tags.as_ref());
        let labels = find(LABELS, &|value| {
            let is_label = |label: &Value| label.is_string() || label.is_i64() || label.is_u64();
            is_label(value) || is_list_of(value, is_label)
        });
        let taken = [&tags, &entities];
        let labels = labels.filter(|name| taken.iter().all(|other| other.as_ref() != Some(name)));
        Self { id, text, tokens, tags, entities, labels }
    }

    /// True if there is a text, whole or in tokens.
    pub(in crate::format) fn has_text(&self) -> bool {
        self.text.is_some() || self.tokens.is_some()
    }

    /// True for the column with this name if an article is made of it.
    pub(super) fn has(&self, column: &str) -> bool {
        let all = [&self.id, &self.text, &self.tokens, &self.tags, &self.entities, &self.labels];
        all.iter().any(|name| name.as_deref() == Some(column))
    }
}

fn is_list_of(value: &Value, is_item: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(is_item))
}

/// The names of the members of an entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Keys {
    pub start: &'static str,
    pub end: &'static str,
    pub label: &'static str,
    pub surface: Option<&'static str>,
}

impl Keys {
    /// Of an entity, or of an object with a list for each member.
    pub(super) fn of(entity: &Value) -> Option<Self> {
        Self::of_members(entity.as_object()?)
    }

    pub(super) fn of_members(members: &Object) -> Option<Self> {
        let find = |names: &[&'static str]| names.iter().copied().find(|name| members.contains_key(*name));
        Some(Self { start: find(START)?, end: find(END)?, label: find(TYPE)?, surface: find(SURFACE) })
    }
}

/// What a row says of an entity.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entity<'v> {
    /// Where it starts and ends.
    pub place: Option<(u64, u64)>,
    pub label: Option<&'v Value>,
    /// Its words, as the row repeats them.
    pub surface: Option<&'v str>,
}

impl<'v> Entity<'v> {
    /// `member` gives the value of a member.
    fn new(keys: Keys, member: &dyn Fn(&str) -> Option<&'v Value>) -> Self {
        let number = |name: &str| member(name).and_then(Value::as_u64);
        Self {
            place: number(keys.start).zip(number(keys.end)),
            label: member(keys.label),
            surface: keys.surface.and_then(member).and_then(Value::as_str),
        }
    }

    /// The entities of a row, also where it has one list for each member.
    pub(super) fn all(value: &'v Value) -> Vec<Self> {
        match value {
            Value::Array(list) => {
                // Mostly all of them have the same members.
                let mut last: Option<(&Object, Option<Keys>)> = None;
                let entity = |item: &'v Object| {
                    let known = last.filter(|(other, _)| other.keys().eq(item.keys()));
                    let (_, keys) = *last.insert(known.unwrap_or_else(|| (item, Keys::of_members(item))));
                    keys.map_or_else(Self::default, |keys| Self::new(keys, &|name| item.get(name)))
                };
                list.iter().filter_map(Value::as_object).map(entity).collect()
            }
            Value::Object(members) => {
                let count = members.values().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
                let Some(keys) = Keys::of_members(members) else { return vec![Self::default(); count] };
                let entity = |index| Self::new(keys, &|name| members.get(name)?.get(index));
                (0..count).map(entity).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The entities of a row, one object each, also where the row has one list for each member.
pub(super) fn entities(value: &Value) -> Vec<Object> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_object).cloned().collect(),
        Value::Object(members) => {
            let count = members.values().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
            let item = |index: usize| {
                let value = |list: &Value| list.get(index).cloned().unwrap_or_default();
                members.iter().map(|(name, list)| (name.clone(), value(list))).collect()
            };
            (0..count).map(item).collect()
        }
        _ => Vec::new(),
    }
}
