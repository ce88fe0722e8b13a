//! Makes a row of an article: a new one, or what is new in one that was read.

use super::{
    HOLDS,
    columns::{Features, Keys, Roles, entities},
    tags::{align, join},
};
use crate::{
    format::{
        Exported, Loss, TagScheme,
        conll::{Place, parse, tag},
        json_lines::Object,
        loss::LossLog,
        value::plain,
    },
    model::{AnnotationId, Schema, Span},
    text::{ByteOffset, TextRange, segment::tokens},
};
use serde_json::{Value, json};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// Why a span has no tags that does not keep to tokens.
const CUT: &str = "it begins or ends inside a token";

/// The names of classes that numbers in the rows stand for.
#[derive(Clone, Debug, Default)]
pub(in crate::format) struct Classes {
    pub(in crate::format) names: BTreeMap<String, Vec<String>>,
    /// True if names can be added.
    pub(in crate::format) can_grow: bool,
}

impl Classes {
    /// The tags for the labels of a schema.
    pub(in crate::format) fn tags_of(schema: &Schema, scheme: TagScheme) -> Vec<String> {
        let letters: &[char] = match scheme {
            TagScheme::Iob1 | TagScheme::Iob2 => &['B', 'I'],
            TagScheme::Ioe2 => &['I', 'E'],
            TagScheme::Iobes => &['B', 'I', 'E', 'S'],
            TagScheme::Bilou => &['B', 'I', 'L', 'U'],
        };
        let tags =
            schema.labels.iter().flat_map(|label| letters.iter().map(move |letter| format!("{letter}-{}", label.name)));
        std::iter::once("O".to_owned()).chain(tags).collect()
    }

    fn number(&mut self, column: &str, name: &str) -> Option<usize> {
        let can_grow = self.can_grow;
        let names = self.names.get_mut(column)?;
        let known = names.iter().position(|known| known == name);
        known.or_else(|| {
            can_grow.then(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        })
    }
}

/// How a value names its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    Text,
    Number,
}

/// Which columns are written, and how.
#[derive(Clone, Debug)]
pub(in crate::format) struct Shape {
    roles: Roles,
    tags: Naming,
    /// The letters before labels; `None` for labels alone.
    scheme: Option<TagScheme>,
    labels: Naming,
    label_is_list: bool,
    labels_of_entities: Naming,
    keys: Keys,
    /// True if the entities are one list for each member.
    is_divided: bool,
}

impl Shape {
    /// New rows: `columns` is `tokens`, `text`, or anything else for both.
    pub(in crate::format) fn new(columns: Option<&str>, scheme: TagScheme, tags_are_numbers: bool) -> Self {
        let name = |name: &str, is_there: bool| is_there.then(|| name.to_owned());
        let (with_tokens, with_text) = (columns != Some("text"), columns != Some("tokens"));
        let roles = Roles {
            id: name("id", true),
            text: name("text", with_text),
            tokens: name("tokens", with_tokens),
            tags: name("ner_tags", with_tokens),
            entities: name("entities", with_text),
            labels: name("labels", true),
        };
        Self {
            roles,
            tags: if tags_are_numbers { Naming::Number } else { Naming::Text },
            scheme: Some(scheme),
            labels: Naming::Text,
            label_is_list: true,
            labels_of_entities: Naming::Text,
            keys: Keys { start: "start", end: "end", label: "label", surface: Some("text") },
            is_divided: false,
        }
    }

    /// The columns of a row that was read.
    pub(in crate::format) fn of(row: &Object, features: &Features, text_column: Option<&str>) -> Self {
        let roles = Roles::of(row, text_column);
        let mut shape = Self::new(None, TagScheme::Iob2, false);
        let value = |role: &Option<String>| role.as_ref().and_then(|name| row.get(name));
        let naming = |role: &Option<String>, value: Option<&Value>| {
            let is_named = role.as_ref().is_some_and(|name| features.names(name).is_some());
            if is_named || value.is_some_and(Value::is_number) { Naming::Number } else { Naming::Text }
        };
        let first = |value: Option<&Value>| value.and_then(|value| value.as_array()?.first().cloned());
        let tags = value(&roles.tags).and_then(Value::as_array);
        shape.tags = naming(&roles.tags, tags.and_then(|tags| tags.first()));
        let names = roles.tags.as_ref().and_then(|name| features.names(name));
        let in_row: Vec<_> = tags.into_iter().flatten().map(plain).collect();
        shape.scheme = scheme(names.unwrap_or(&in_row), shape.tags == Naming::Number && names.is_none());
        let label = value(&roles.labels);
        shape.label_is_list = label.is_some_and(Value::is_array);
        shape.labels = naming(&roles.labels, if shape.label_is_list { first(label) } else { label.cloned() }.as_ref());
        if let Some(found) = value(&roles.entities) {
            shape.is_divided = found.is_object();
            let items = entities(found);
            if let Some(keys) = items.first().and_then(Keys::of_members).or_else(|| Keys::of(found)) {
                let kind = items.first().and_then(|item| item.get(keys.label));
                shape.labels_of_entities = naming(&roles.entities, kind);
                shape.keys = keys;
            }
        }
        Self { roles, ..shape }
    }

    /// Without a column for labels of the whole row.
    pub(in crate::format) fn without_labels(mut self) -> Self {
        self.roles.labels = None;
        self
    }
}

/// The scheme of some tags; `None` if they are labels alone.
fn scheme(tags: &[String], are_numbers: bool) -> Option<TagScheme> {
    let letters: BTreeSet<char> = tags.iter().filter_map(|tag| parse(tag)).map(|(letter, _)| letter).collect();
    let has_label = tags.iter().any(|tag| tag != "O" && parse(tag).is_none());
    match letters.is_empty() {
        true => (!has_label && !are_numbers).then_some(TagScheme::Iob2),
        false if letters.contains(&'S') => Some(TagScheme::Iobes),
        false if letters.contains(&'U') => Some(TagScheme::Bilou),
        false if letters.contains(&'E') => Some(TagScheme::Ioe2),
        false => Some(TagScheme::Iob2),
    }
}

/// The columns of the row of an article. `before` is the row that it was read from; its other columns are not among those
/// that are returned.
pub(in crate::format) fn row(
    exported: Exported<'_>,
    shape: &Shape,
    before: Option<&Object>,
    classes: &mut Classes,
    losses: &mut Vec<Loss>,
) -> Object {
    let mut writer = Writer { exported, shape, classes, log: LossLog::new(exported, losses), written: BTreeSet::new() };
    writer.row(before)
}

struct Writer<'a, 'l> {
    exported: Exported<'a>,
    shape: &'a Shape,
    classes: &'a mut Classes,
    log: LossLog<'a, 'l>,
    written: BTreeSet<AnnotationId>,
}

impl Writer<'_, '_> {
    fn row(&mut self, before: Option<&Object>) -> Object {
        let (exported, shape) = (self.exported, self.shape);
        let text = exported.text.as_str();
        let roles = &shape.roles;
        let mut made = Object::new();
        if let Some(name) = roles.id.as_ref().filter(|_| before.is_none()) {
            made.insert(name.clone(), exported.id.as_str().into());
        }
        if let Some(name) = &roles.text {
            made.insert(name.clone(), text.into());
        }
        let places = before
            .and_then(|before| known_places(before, roles, text))
            .unwrap_or_else(|| tokens(text).filter(|token| !token.is_empty()).collect());
        if let Some(name) = &roles.tokens {
            let words: Vec<_> = places.iter().filter_map(|place| place.slice(text)).collect();
            if roles.text.is_none() && join(&words).0 != text {
                self.log.text("white space and line breaks", "only tokens are written");
            }
            made.insert(name.clone(), words.into());
        }
        if let Some(name) = &roles.tags {
            let tags = self.tags(name, &places);
            made.insert(name.clone(), tags);
        }
        if let Some(name) = &roles.entities {
            let old = before.and_then(|before| before.get(name)).map(entities).unwrap_or_default();
            let found = self.entities(name, old);
            made.insert(name.clone(), found);
        } else if roles.tags.is_none() {
            for span in exported.annotations.spans() {
                self.log.span(span, "the file has no column for spans");
            }
        }
        let mut holds = HOLDS;
        holds.document_labels = roles.labels.is_some();
        if let Some(name) = &roles.labels {
            let old = before.and_then(|before| before.get(name));
            let found = self.labels(name, old);
            made.insert(name.clone(), found);
        }
        let written = &self.written;
        self.log.details(&holds, |id| written.contains(&id));
        made
    }

    /// The tags of the tokens. Of spans that overlap, the longest has them.
    fn tags(&mut self, column: &str, places: &[TextRange]) -> Value {
        let mut found: Vec<(&Span, usize, usize)> = Vec::new();
        let only_tags = self.shape.roles.entities.is_none();
        let mut lost: Vec<(&Span, &str)> = Vec::new();
        for span in self.exported.annotations.spans() {
            let hull = span.fragments.hull();
            let first = places.partition_point(|place| place.end() <= hull.start());
            let end = places.partition_point(|place| place.start() < hull.end());
            let edge = |index: usize| places.get(index).copied().unwrap_or_default();
            if hull.is_empty() {
                lost.push((span, "tags stand on tokens, and the span has no text"));
            } else if span.fragments.count() > 1 {
                lost.push((span, "tags can not tell which pieces belong together"));
            } else if first >= end || edge(first).start() != hull.start() || edge(end - 1).end() != hull.end() {
                lost.push((span, CUT));
            } else {
                found.push((span, first, end));
            }
        }
        found.sort_by_key(|(span, first, end)| (Reverse(end - first), *first, span.id));
        let mut taken: BTreeMap<usize, (usize, &Span)> = BTreeMap::new();
        for (span, first, end) in found {
            if taken.range(..end).next_back().is_some_and(|(_, (other, _))| *other > first) {
                lost.push((span, "a token has one tag, and a longer or earlier span has it"));
            } else {
                taken.insert(first, (end, span));
            }
        }
        let outside = self.tag(column, "O").unwrap_or_else(|| 0.into());
        let mut tags = vec![outside; places.len()];
        let mut before: Option<(usize, &Span)> = None;
        for (first, (end, span)) in taken {
            let follows_same = before.is_some_and(|(end, other)| end == first && other.label == span.label);
            before = Some((end, span));
            let count = end - first;
            let names = (0..count).map(|index| match self.shape.scheme {
                Some(scheme) => {
                    let place = Place { index, count, follows_same, precedes_same: false };
                    tag(scheme.into(), place, &span.label)
                }
                None => span.label.to_string(),
            });
            let values: Option<Vec<_>> = names.map(|name| self.tag(column, &name)).collect();
            match values {
                Some(values) => {
                    self.written.insert(span.id);
                    if follows_same && self.shape.scheme.is_none() && only_tags {
                        let why = "tags that are labels alone run together";
                        self.log.annotation(span.id, "its edge to the span before it", why);
                    }
                    tags.iter_mut().skip(first).zip(values).for_each(|(tag, value)| *tag = value);
                }
                None => lost.push((span, "the numbers of the file have none for its label")),
            }
        }
        for (span, why) in lost.into_iter().filter(|_| only_tags) {
            match why {
                CUT => self.log.sub_token_span(span, why),
                _ => self.log.span(span, why),
            }
        }
        tags.into()
    }

    fn tag(&mut self, column: &str, name: &str) -> Option<Value> {
        self.class(self.shape.tags, column, name)
    }

    fn class(&mut self, naming: Naming, column: &str, name: &str) -> Option<Value> {
        match naming {
            Naming::Text => Some(name.into()),
            Naming::Number if self.classes.names.contains_key(column) => {
                self.classes.number(column, name).map(Value::from)
            }
            // Numbers without names are names themselves.
            Naming::Number if name == "O" => Some(0.into()),
            Naming::Number => name.parse::<u64>().ok().map(Value::from),
        }
    }

    fn entities(&mut self, column: &str, old: Vec<Object>) -> Value {
        let (text, table) = (self.exported.text.as_str(), self.exported.text.table());
        let keys = &self.shape.keys;
        let mut known: HashMap<(u64, u64, String), Object> = HashMap::new();
        let names: BTreeSet<String> = old.iter().flat_map(|item| item.keys().cloned()).collect();
        for item in old {
            let number = |name: &str| item.get(name).and_then(Value::as_u64);
            let key = (number(keys.start), number(keys.end), item.get(keys.label).map(plain));
            if let (Some(start), Some(end), Some(label)) = key {
                known.entry((start, end, label)).or_insert(item);
            }
        }
        let mut items: Vec<Object> = Vec::new();
        for span in self.exported.annotations.spans_in_order() {
            let hull = span.fragments.hull();
            let label = self.class(self.shape.labels_of_entities, column, &span.label);
            let Some(label) = label.filter(|_| span.fragments.count() == 1) else {
                let why = match span.fragments.count() {
                    1 => "the numbers of the file have none for its label",
                    _ => "the format has no spans in several pieces",
                };
                if !self.written.contains(&span.id) {
                    self.log.span(span, why);
                }
                continue;
            };
            self.written.insert(span.id);
            let count = |offset: ByteOffset| table.code_point_from_byte(text, offset);
            let (start, end) = (count(hull.start()), count(hull.end()));
            let mut item = known.remove(&(u64::from(start), u64::from(end), plain(&label))).unwrap_or_default();
            item.insert(keys.start.to_owned(), start.into());
            item.insert(keys.end.to_owned(), end.into());
            item.insert(keys.label.to_owned(), label);
            if let Some(surface) = keys.surface {
                item.insert(surface.to_owned(), hull.slice(text).into());
            }
            items.push(item);
        }
        if !self.shape.is_divided {
            return items.into_iter().collect();
        }
        let own = [keys.start, keys.end, keys.label].into_iter().chain(keys.surface).map(str::to_owned);
        let names: BTreeSet<String> = names.into_iter().chain(own).collect();
        let list =
            |name: &String| items.iter().map(|item| item.get(name).cloned().unwrap_or_default()).collect::<Value>();
        names.iter().map(|name| (name.clone(), list(name))).collect::<Object>().into()
    }

    /// The labels of the article, in the order that the row had.
    fn labels(&mut self, column: &str, old: Option<&Value>) -> Value {
        let mut found = Vec::new();
        for label in self.exported.annotations.document_labels() {
            match self.class(self.shape.labels, column, &label.label) {
                None => self.log.annotation(
                    label.id,
                    format!("document label {}", label.label),
                    "the numbers of the file have none for it",
                ),
                Some(_) if !self.shape.label_is_list && !found.is_empty() => self.log.annotation(
                    label.id,
                    format!("document label {}", label.label),
                    "the file has one label for each row",
                ),
                Some(value) => {
                    self.written.insert(label.id);
                    found.push(value);
                }
            }
        }
        if self.shape.label_is_list {
            let place = |label: &Value| old.and_then(|old| old.as_array()?.iter().position(|other| other == label));
            found.sort_by_key(|label| place(label).unwrap_or(usize::MAX));
            return found.into();
        }
        found.into_iter().next().unwrap_or_else(|| json!(null))
    }
}

/// Where the tokens of the row stand, if they still give back the text.
fn known_places(before: &Object, roles: &Roles, text: &str) -> Option<Vec<TextRange>> {
    let tokens: Option<Vec<_>> = before.get(roles.tokens.as_ref()?)?.as_array()?.iter().map(Value::as_str).collect();
    let tokens = tokens?;
    if roles.text.is_some() {
        return align(text, &tokens);
    }
    let (joined, places) = join(&tokens);
    (joined == text).then_some(places)
}
