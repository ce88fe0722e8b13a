//! Makes articles of the documents of a `DocBin`.

use super::{
    DETAILS, DocBin, GROUP, GROUP_ATTRIBUTE, ID_ATTRIBUTE,
    bin::{Bin, Doc, attr, member, text},
};
use crate::{
    format::{
        Format, FormatError, Imported, Input, ReadOptions,
        batches::{Share, for_batches},
        json_lines::Object,
        reading::Delivery,
        spacy_jsonl::{Reader, is_chosen},
    },
    model::{DocumentLabelDefinition, FilePart, Schema},
};
use rmpv::Value;
use serde_json::json;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    convert::Infallible,
    sync::Arc,
};

/// Documents that each core reads at a time.
const AT_ONCE: Share = Share { items: 16, bytes: usize::MAX };

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    match Bin::parse(input.bytes, &mut |problem| delivery.warn(None, problem)) {
        Ok(bin) => articles(&bin, &input.name, options, &mut |made| match made {
            Ok((_, imported)) => delivery.push(imported),
            Err(problem) => delivery.warn(None, problem),
        }),
        Err(reason) => return Err(FormatError::Unreadable { file: input.name.clone(), line: None, reason }),
    }
    delivery.finish("there is no document in it")
}

/// The articles of a file, each with the place of its document.
pub(super) fn articles(
    bin: &Bin,
    file: &str,
    options: &ReadOptions,
    made: &mut dyn FnMut(Result<(usize, Imported), String>),
) {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let read = |index: usize, doc: &Doc| -> Result<Imported, String> {
        let mut reader = Reader::new(DocBin.info().name, file, None, options);
        let (record, problems) = record(bin, doc)?;
        problems.into_iter().for_each(|problem| reader.warn(format!("document {index}: {problem}")));
        let mut imported = reader.read_object(&record, &format!("{stem}-{}", index + 1))?;
        imported.schema = categories(doc);
        Ok(imported)
    };
    let mut number = 0;
    let mut docs = bin.docs.iter().enumerate();
    let read = |(index, doc)| (index, read(index, doc));
    let Ok(()) = for_batches(
        AT_ONCE,
        &mut docs,
        |_| 0,
        read,
        |(index, read)| {
            made(match read {
                Ok(mut imported) => {
                    imported.kept = Some(FilePart::Number(number));
                    number = number.saturating_add(1);
                    Ok((index, imported))
                }
                Err(problem) => Err(format!("document {index}: {problem}")),
            });
            Ok::<(), Infallible>(())
        },
    );
}

/// The words and the places of a document.
pub(super) struct Words {
    pub text: String,
    /// Where each token begins, in code points, and where its word ends.
    pub places: Vec<(u32, u32)>,
}

impl Words {
    /// # Errors
    /// If a word is not among the strings of the file.
    pub(super) fn of(bin: &Bin, doc: &Doc) -> Result<Self, String> {
        let column = column(bin, attr::ORTH).unwrap_or_default();
        // Then every word is written with a space.
        let unknown = map(&doc.flags).and_then(|flags| member(flags, "has_unknown_spaces")?.as_bool()) == Some(true);
        let (mut words, mut at) = (Self { text: String::new(), places: Vec::new() }, 0u32);
        for (row, space) in doc.tokens.chunks_exact(bin.attrs.len()).zip(&doc.spaces) {
            let word = row.get(column).and_then(|number| bin.strings.get(*number));
            let word = word.ok_or("a word is not among the strings of the file; the document was left out")?;
            let start = at;
            at = at.saturating_add(u32::try_from(word.chars().count()).unwrap_or(u32::MAX));
            words.places.push((start, at));
            words.text.push_str(word);
            if *space || unknown {
                words.text.push(' ');
                at = at.saturating_add(1);
            }
        }
        Ok(words)
    }

    /// The code points of some tokens.
    pub(super) fn range(&self, start: usize, end: usize) -> Option<(u32, u32)> {
        if start < end {
            return Some((self.places.get(start)?.0, self.places.get(end - 1)?.1));
        }
        let at = self.places.get(start).map(|place| place.0);
        let at = at.or_else(|| (start == self.places.len()).then(|| self.places.last().map_or(0, |place| place.1)));
        at.filter(|_| start == end).map(|at| (at, at))
    }
}

/// Which column of the tokens holds an attribute.
pub(super) fn column(bin: &Bin, attr: u64) -> Option<usize> {
    bin.attrs.iter().position(|other| *other == attr)
}

fn map(value: &Value) -> Option<&[(Value, Value)]> {
    match value {
        Value::Map(members) => Some(members),
        _ => None,
    }
}

/// An entity of the tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entity {
    pub start: usize,
    pub end: usize,
    pub label: u64,
    pub kb_id: u64,
    pub id: u64,
}

/// The entities of a document, from the columns of its tokens.
pub(super) fn entities(bin: &Bin, doc: &Doc) -> Vec<Entity> {
    const INSIDE: u64 = 1;
    const BEGINS: u64 = 3;
    let [iob, label, kb_id, id] =
        [attr::ENT_IOB, attr::ENT_TYPE, attr::ENT_KB_ID, attr::ENT_ID].map(|attr| column(bin, attr));
    let mut found: Vec<Entity> = Vec::new();
    let mut open = false;
    for (index, row) in doc.tokens.chunks_exact(bin.attrs.len()).enumerate() {
        let value = |column: Option<usize>| column.and_then(|column| row.get(column)).copied().unwrap_or(0);
        let here = value(label);
        // Without the column, tokens with the same label belong together.
        let state = iob.map_or(if here == 0 { 0 } else { INSIDE }, |_| value(iob));
        if state == INSIDE && open && found.last().is_some_and(|entity| entity.label == here || here == 0) {
            if let Some(entity) = found.last_mut() {
                entity.end = index + 1;
            }
        } else if matches!(state, INSIDE | BEGINS) && here != 0 {
            found.push(Entity { start: index, end: index + 1, label: here, kb_id: value(kb_id), id: value(id) });
            open = true;
        } else {
            open = false;
        }
    }
    found
}

/// The document as a record of Prodigy, and what of it can not be used.
fn record(bin: &Bin, doc: &Doc) -> Result<(Object, Vec<String>), String> {
    let words = Words::of(bin, doc)?;
    let mut problems = Vec::new();
    let mut details = Details::of(doc);
    let mut spans = Vec::new();
    let mut seen = HashSet::new();
    let string = |number: u64| bin.strings.get(number).unwrap_or_default();
    for entity in entities(bin, doc) {
        let Some((start, end)) = words.range(entity.start, entity.end) else { continue };
        let Some(label) = bin.strings.get(entity.label) else {
            problems.push("the label of an entity is not among the strings of the file; it was left out".to_owned());
            continue;
        };
        seen.insert((start, end, label.to_owned()));
        spans.push(details.span(start, end, label, string(entity.kb_id), string(entity.id), None));
    }
    for group in &doc.groups {
        for key in &group.keys {
            for span in &group.spans {
                let place = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
                let place = place.and_then(|(start, end)| words.range(start, end));
                let Some((start, end)) = place else {
                    problems.push(format!("a span of the group {key:?} lies outside the text and was left out"));
                    continue;
                };
                let label = bin.strings.get(span.label).filter(|label| !label.is_empty());
                let Some(label) = label.or(Some(key.as_str()).filter(|key| !key.is_empty())) else {
                    problems.push("a span has no label and was left out".to_owned());
                    continue;
                };
                let is_plain = key == GROUP && seen.insert((start, end, label.to_owned()));
                let group = (!is_plain).then_some(key.as_str());
                spans.push(details.span(start, end, label, string(span.kb_id), string(span.id), group));
            }
        }
    }
    let mut record = details.rest;
    record.insert("text".to_owned(), words.text.into());
    record.insert("spans".to_owned(), spans.into_iter().map(serde_json::Value::from).collect());
    let cats = map(&doc.cats).into_iter().flatten();
    let cats = cats.filter_map(|(name, score)| Some((text(name)?.to_owned(), json_from(score))));
    record.insert("cats".to_owned(), cats.collect::<Object>().into());
    Ok((record, problems))
}

/// All categories, also those that the document has not.
fn categories(doc: &Doc) -> Option<Arc<Schema>> {
    let names = map(&doc.cats)?.iter().filter_map(|(name, _)| text(name)).filter(|name| !name.trim().is_empty());
    let mut seen = HashSet::new();
    let document_labels: Vec<_> = names
        .filter(|name| seen.insert(*name))
        .map(|name| DocumentLabelDefinition { name: name.into(), color: None, description: String::new() })
        .collect();
    (!document_labels.is_empty()).then(|| Arc::new(Schema { document_labels, ..Schema::default() }))
}

/// True if a document with this score has the category.
pub(super) fn has_category(score: &Value) -> bool {
    let score = json_from(score);
    is_chosen(score.as_bool(), score.as_f64())
}

/// What Glosse wrote beside the annotations of spaCy.
#[derive(Default)]
struct Details {
    rest: Object,
    spans: HashMap<(u64, u64, String), VecDeque<Object>>,
}

impl Details {
    fn of(doc: &Doc) -> Self {
        let stated = doc.user_data.as_deref().and_then(|data| member(data, DETAILS));
        let Some(serde_json::Value::Object(stated)) = stated.map(json_from) else { return Self::default() };
        let mut details = Self::default();
        for name in ["meta", "relations"] {
            details.rest.extend(stated.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        let spans = stated.get("spans").and_then(serde_json::Value::as_array).into_iter().flatten();
        for span in spans.filter_map(serde_json::Value::as_object) {
            let number = |name: &str| span.get(name).and_then(serde_json::Value::as_u64);
            let label = span.get("label").and_then(serde_json::Value::as_str);
            if let (Some(start), Some(end), Some(label)) = (number("start"), number("end"), label) {
                details.spans.entry((start, end, label.to_owned())).or_default().push_back(span.clone());
            }
        }
        details
    }

    /// A span of the record: what spaCy says of it, and what else is known of the span at this place.
    fn span(&mut self, start: u32, end: u32, label: &str, kb_id: &str, id: &str, group: Option<&str>) -> Object {
        let known = self.spans.get_mut(&(u64::from(start), u64::from(end), label.to_owned()));
        let mut span = known.and_then(VecDeque::pop_front).unwrap_or_default();
        let is = |name: &str| span.get(name).and_then(serde_json::Value::as_str) == Some(kb_id);
        if !is("kb_id") && !is("entity") {
            // Another one is named now, or none.
            ["entity", "entity_name", "kb_id"].iter().for_each(|name| {
                span.shift_remove(*name);
            });
        }
        if !kb_id.is_empty() && !span.contains_key("kb_id") && !span.contains_key("entity") {
            let digits = kb_id.strip_prefix('Q').unwrap_or_default();
            let is_wikidata = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            span.insert(if is_wikidata { "kb_id" } else { "entity" }.to_owned(), kb_id.into());
        }
        let attributes = span.entry("attributes").or_insert_with(|| json!({}));
        if let Some(attributes) = attributes.as_object_mut() {
            for (name, value) in [(ID_ATTRIBUTE, Some(id).filter(|id| !id.is_empty())), (GROUP_ATTRIBUTE, group)] {
                if let Some(value) = value {
                    attributes.insert(name.to_owned(), value.into());
                }
            }
        }
        span.insert("start".to_owned(), start.into());
        span.insert("end".to_owned(), end.into());
        span.insert("label".to_owned(), label.into());
        span
    }
}

/// A value as JSON; what JSON does not have becomes null or text.
fn json_from(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(flag) => (*flag).into(),
        Value::Integer(number) => number
            .as_u64()
            .map(serde_json::Value::from)
            .or_else(|| number.as_i64().map(serde_json::Value::from))
            .unwrap_or_default(),
        Value::F32(number) => f64::from(*number).into(),
        Value::F64(number) => (*number).into(),
        Value::String(_) | Value::Binary(_) => text(value).map(serde_json::Value::from).unwrap_or_default(),
        Value::Array(list) => list.iter().map(json_from).collect(),
        Value::Map(members) => {
            let members = members.iter().map(|(name, value)| {
                let name = text(name).map_or_else(|| name.to_string(), str::to_owned);
                (name, json_from(value))
            });
            serde_json::Value::Object(members.collect())
        }
        Value::Nil | Value::Ext(..) => serde_json::Value::Null,
    }
}
