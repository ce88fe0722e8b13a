//! Writes articles as the documents of a `DocBin`.

use super::{
    DETAILS, DocBin, GROUP, GROUP_ATTRIBUTE, ID_ATTRIBUTE,
    bin::{Bin, Doc, Group, GroupSpan, attr, text},
    read::{Words, articles, column, entities, has_category},
    strings::NewStrings,
    tokens::Tokens,
};
use crate::{
    format::{
        ExportContext, Exported, Format, FormatError, Imported, Loss,
        json_lines::Object,
        loss::LossLog,
        numbered::{Numbered, NumberedFiles},
        original::is_unedited,
        spacy_jsonl::{Record, Settings, new_record},
    },
    model::{AnnotationId, AttributeValue, Span},
};
use rmpv::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

/// A file that was read: its documents, and which of them the articles are.
type Before = (Bin, Vec<usize>);

/// The bytes of a file with these articles.
///
/// # Errors
/// If there is more in it than the format can count.
pub(super) fn file(
    exported: &[Exported<'_>],
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> Result<Vec<u8>, FormatError> {
    let mut files: NumberedFiles<'_, Before> = NumberedFiles::new(DocBin.info().name, &|name, bytes, options| {
        let bin = Bin::parse(bytes, &mut |_| ()).ok()?;
        let (mut docs, mut read) = (Vec::new(), Vec::new());
        articles(&bin, name, options, &mut |made| {
            if let Ok((doc, imported)) = made {
                docs.push(doc);
                read.push(imported);
            }
        });
        Some(((bin, docs), read))
    });
    if let Some(whole) = files.whole(exported, context, &DocBin.info().holds, losses) {
        return Ok(whole.bytes.clone());
    }
    let before: Vec<_> = exported.iter().map(|exported| files.of(*exported, context)).collect();
    let known = before.iter().flatten().flat_map(|(file, _)| file.content.0.attrs.iter().copied());
    let own = [attr::ENT_IOB, attr::ENT_TYPE, attr::ENT_KB_ID, attr::ENT_ID];
    let mut attrs: BTreeSet<u64> = known.chain(own).collect();
    attrs.remove(&attr::ORTH);
    let mut writer =
        Writer { attrs: std::iter::once(attr::ORTH).chain(attrs).collect(), strings: NewStrings::default(), context };
    let mut other: Vec<(Value, Value)> = Vec::new();
    let mut seen: Vec<Rc<Numbered<Before>>> = Vec::new();
    for (file, _) in before.iter().flatten() {
        if seen.iter().all(|known| !Rc::ptr_eq(known, file)) {
            seen.push(file.clone());
            let bin = &file.content.0;
            bin.strings.stated().iter().for_each(|text| {
                writer.strings.add(text);
            });
            let new = bin.other.iter().filter(|(key, _)| other.iter().all(|(known, _)| known != key));
            let new: Vec<_> = new.cloned().collect();
            other.extend(new);
        }
    }
    let mut docs = Vec::new();
    for (exported, before) in exported.iter().zip(&before) {
        let before = before.as_ref().and_then(|(file, number)| {
            let (bin, docs) = &file.content;
            Some((bin, bin.docs.get(*docs.get(*number)?)?, file.articles.get(*number)?))
        });
        docs.push(writer.doc(*exported, before, losses));
    }
    let Writer { attrs, strings, .. } = writer;
    let bin = Bin { attrs, docs, strings: Default::default(), other };
    bin.write(strings).map_err(|error| FormatError::Io { path: "".into(), error: std::io::Error::other(error) })
}

struct Writer<'a> {
    attrs: Vec<u64>,
    strings: NewStrings,
    context: &'a ExportContext<'a>,
}

/// A span with its tokens.
struct Placed<'a> {
    span: &'a Span,
    start: usize,
    end: usize,
    place: (u32, u32),
    kb_id: String,
    id: String,
}

impl Writer<'_> {
    fn doc(&mut self, exported: Exported<'_>, before: Option<(&Bin, &Doc, &Imported)>, losses: &mut Vec<Loss>) -> Doc {
        if let Some((bin, doc, read)) = before
            && is_unedited(read, exported, self.context, &DocBin.info().holds, losses)
        {
            return Doc { tokens: self.rows(bin, doc), ..doc.clone() };
        }
        let settings = Settings { holds: DocBin.info().holds, answer: None };
        let record = new_record(exported, self.context, &settings, losses);
        let old = before.map(|(bin, doc, _)| (bin, doc));
        let kept = old.and_then(|(bin, doc)| self.kept(bin, doc, exported, &record, losses));
        let (tokens, mut doc) = kept.unwrap_or_else(|| self.fresh(exported));
        let placed = placed(exported, &record, &tokens);
        let locations = locations(old, &placed);

        let columns = |attr| self.attrs.iter().position(|other| *other == attr);
        let [iob, label, kb_id, id] = [attr::ENT_IOB, attr::ENT_TYPE, attr::ENT_KB_ID, attr::ENT_ID].map(columns);
        let width = self.attrs.len();
        let put = |doc: &mut Doc, token: usize, column: Option<usize>, value: u64| {
            let at = column.map(|column| token * width + column);
            if let Some(place) = at.and_then(|at| doc.tokens.get_mut(at)) {
                *place = value;
            }
        };
        for token in 0..doc.len() {
            let was_missing = iob.and_then(|iob| doc.tokens.get(token * width + iob)) == Some(&0);
            put(&mut doc, token, iob, if was_missing && old.is_some() { 0 } else { 2 });
            [label, kb_id, id].into_iter().for_each(|column| put(&mut doc, token, column, 0));
        }
        let mut groups: Vec<Group> = std::mem::take(&mut doc.groups);
        for (span, location) in placed.iter().zip(&locations) {
            let numbers = [&*span.span.label, &span.kb_id, &span.id].map(|text| self.strings.add(text));
            let [type_number, kb_number, id_number] = numbers;
            let Some(key) = location else {
                for token in span.start..span.end {
                    put(&mut doc, token, iob, if token == span.start { 3 } else { 1 });
                    put(&mut doc, token, label, type_number);
                    put(&mut doc, token, kb_id, kb_number);
                    put(&mut doc, token, id, id_number);
                }
                continue;
            };
            let number = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
            let new = GroupSpan {
                id: id_number,
                kb_id: kb_number,
                label: type_number,
                start: number(span.start),
                end: number(span.end),
                start_char: i32::try_from(span.place.0).unwrap_or(i32::MAX),
                end_char: i32::try_from(span.place.1).unwrap_or(i32::MAX),
            };
            match groups.iter_mut().find(|group| group.keys.first() == Some(key)) {
                Some(group) => group.spans.push(new),
                None => groups.push(Group {
                    keys: vec![key.clone()],
                    name: key.clone(),
                    attrs: Value::Map(Vec::new()),
                    spans: vec![new],
                }),
            }
        }
        doc.groups = groups;
        doc.cats = self.cats(exported, doc.cats);
        let data = doc.user_data.get_or_insert_default();
        data.retain(|(key, _)| text(key) != Some(DETAILS));
        data.push((Value::from(DETAILS), value_from(&details(exported, record).into())));
        doc
    }

    /// The rows of a document, with the columns of the new file.
    fn rows(&self, bin: &Bin, doc: &Doc) -> Vec<u64> {
        let columns: Vec<_> = self.attrs.iter().map(|attr| column(bin, *attr)).collect();
        let rows = doc.tokens.chunks_exact(bin.attrs.len());
        let value = |row: &[u64], column: &Option<usize>| column.and_then(|column| row.get(column)).copied();
        rows.flat_map(|row| columns.iter().map(|column| value(row, column).unwrap_or(0)).collect::<Vec<_>>()).collect()
    }

    /// The tokens of the document as it was, if they still fit, and it without annotations of spans.
    fn kept(
        &mut self,
        bin: &Bin,
        doc: &Doc,
        exported: Exported<'_>,
        record: &Record<'_>,
        losses: &mut Vec<Loss>,
    ) -> Option<(Tokens, Doc)> {
        let words = Words::of(bin, doc).ok()?;
        let end = u32::try_from(words.text.chars().count()).ok()?;
        let tokens = Tokens::known(&words.places, end);
        let fits = |item: &Object| place(item).is_some_and(|(start, end)| tokens.range(start, end).is_some());
        let same_text = words.text == exported.text.as_str();
        let mut kept = doc.clone();
        let keys = kept.groups.iter().flat_map(|group| {
            let one = |key: &String| Group { keys: vec![key.clone()], spans: Vec::new(), ..group.clone() };
            group.keys.iter().map(one).collect::<Vec<_>>()
        });
        kept.groups = keys.collect();
        if same_text && record.spans.iter().all(|(_, item)| fits(item)) {
            kept.tokens = self.rows(bin, doc);
            return Some((tokens, kept));
        }
        let why = match same_text {
            true => "a span begins or ends inside one of its tokens, which were made anew",
            false => "the text was edited, and its tokens were made anew",
        };
        LossLog::new(exported, losses).article("lemmas, parts of speech and the like of the file", why);
        let (tokens, new) = self.fresh(exported);
        Some((tokens, Doc { tokens: new.tokens, spaces: new.spaces, flags: new.flags, ..kept }))
    }

    /// The text in tokens, without annotations.
    fn fresh(&mut self, exported: Exported<'_>) -> (Tokens, Doc) {
        let whole = exported.annotations.spans().filter(|span| span.fragments.count() == 1);
        let tokens = Tokens::new(exported.text, whole);
        let mut rows = Vec::with_capacity(tokens.words.len() * self.attrs.len());
        for word in &tokens.words {
            // The words stand in the first column.
            rows.push(self.strings.add(word));
            rows.extend(self.attrs.iter().skip(1).map(|_| 0));
        }
        let doc = Doc {
            tokens: rows,
            spaces: tokens.spaces.clone(),
            cats: Value::Map(Vec::new()),
            flags: Value::Map(vec![(Value::from("has_unknown_spaces"), Value::from(false))]),
            groups: Vec::new(),
            user_data: None,
        };
        (tokens, doc)
    }

    /// All categories with 1 for those that the article has: those of the document, of the schema, and its own.
    fn cats(&mut self, exported: Exported<'_>, before: Value) -> Value {
        let mut cats = match before {
            Value::Map(members) => members,
            _ => Vec::new(),
        };
        let wanted: BTreeSet<&str> = exported.annotations.document_labels().map(|label| &*label.label).collect();
        let defined = self.context.schema.document_labels.iter().map(|label| &*label.name);
        let all: BTreeSet<&str> = defined.chain(wanted.iter().copied()).collect();
        let known: BTreeSet<String> = cats.iter().filter_map(|(name, _)| text(name)).map(str::to_owned).collect();
        for (name, score) in &mut cats {
            let is_wanted = text(name).is_some_and(|name| wanted.contains(name));
            if has_category(score) != is_wanted {
                *score = f64::from(u8::from(is_wanted)).into();
            }
        }
        for name in all.into_iter().filter(|name| !known.contains(*name)) {
            cats.push((name.into(), f64::from(u8::from(wanted.contains(name))).into()));
        }
        Value::Map(cats)
    }
}

fn place(item: &Object) -> Option<(u32, u32)> {
    let number = |name: &str| u32::try_from(item.get(name)?.as_u64()?).ok();
    Some((number("start")?, number("end")?))
}

/// The text of an attribute that spaCy has a place for.
fn own_attribute<'s>(span: &'s Span, name: &str) -> Option<&'s str> {
    match span.attributes.get(name) {
        Some(AttributeValue::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The spans of the record with their tokens, in the order of the text.
fn placed<'a>(exported: Exported<'a>, record: &Record<'_>, tokens: &Tokens) -> Vec<Placed<'a>> {
    let one = |(id, item): &(AnnotationId, Object)| {
        let span = exported.annotations.span(*id)?;
        let place = place(item)?;
        let (start, end) = tokens.range(place.0, place.1)?;
        let known = |name: &str| item.get(name).and_then(serde_json::Value::as_str);
        let kb_id = known("kb_id").or(known("entity")).unwrap_or_default().to_owned();
        let id = own_attribute(span, ID_ATTRIBUTE).unwrap_or_default().to_owned();
        Some(Placed { span, start, end, place, kb_id, id })
    };
    record.spans.iter().filter_map(one).collect()
}

/// The group of each span; `None` for those that stand among the entities. A span stays where the document has it; of new ones
/// that overlap, the longest is an entity.
fn locations(before: Option<(&Bin, &Doc)>, spans: &[Placed<'_>]) -> Vec<Option<String>> {
    let (mut was_entity, mut was_grouped): (HashMap<_, usize>, HashMap<_, usize>) = Default::default();
    if let Some((bin, doc)) = before
        && let Ok(words) = Words::of(bin, doc)
    {
        let key = |start: usize, end: usize, label: u64| {
            Some((words.range(start, end)?, bin.strings.get(label).unwrap_or_default().to_owned()))
        };
        for key in entities(bin, doc).iter().filter_map(|entity| key(entity.start, entity.end, entity.label)) {
            *was_entity.entry(key).or_insert(0) += 1;
        }
        let groups = doc.groups.iter().filter(|group| group.keys.iter().any(|key| key == GROUP));
        let spans = groups
            .flat_map(|group| &group.spans)
            .filter_map(|span| key(usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?, span.label));
        for key in spans {
            *was_grouped.entry(key).or_insert(0) += 1;
        }
    }
    let only_groups = was_entity.is_empty() && !was_grouped.is_empty();
    let mut locations: Vec<Option<String>> = vec![Some(GROUP.to_owned()); spans.len()];
    let mut wanted: Vec<(bool, usize)> = Vec::new();
    for ((index, span), location) in spans.iter().enumerate().zip(&mut locations) {
        let take = |places: &mut HashMap<((u32, u32), String), usize>| {
            let count = places.get_mut(&(span.place, span.span.label.to_string()));
            count.is_some_and(|count| std::mem::replace(count, count.saturating_sub(1)) > 0)
        };
        if let Some(key) = own_attribute(span.span, GROUP_ATTRIBUTE) {
            *location = Some(key.to_owned());
        } else if span.start < span.end {
            let is_old = take(&mut was_entity);
            if is_old || !take(&mut was_grouped) && !only_groups {
                wanted.push((is_old, index));
            }
        }
    }
    let length = |index: usize| spans.get(index).map_or(0, |span| span.end - span.start);
    wanted.sort_by_key(|(is_old, index)| (!is_old, std::cmp::Reverse(length(*index)), *index));
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, index) in wanted {
        let Some(span) = spans.get(index) else { continue };
        let before = taken.range(..span.end).next_back();
        if before.is_none_or(|(_, end)| *end <= span.start) {
            taken.insert(span.start, span.end);
            if let Some(location) = locations.get_mut(index) {
                *location = None;
            }
        }
    }
    locations
}

/// What spaCy has no place for: the id and metadata of the article, and all of relations and spans that is more than a label,
/// an entity and a place.
fn details(exported: Exported<'_>, record: Record<'_>) -> Object {
    let in_relations: BTreeSet<_> =
        exported.annotations.relations().flat_map(|relation| relation.targets().collect::<Vec<_>>()).collect();
    let items = |list: Vec<(AnnotationId, Object)>| list.into_iter().map(|(_, item)| item).collect();
    let mut spans = record.spans;
    for (id, item) in &mut spans {
        ["token_start", "token_end"].iter().for_each(|name| {
            item.shift_remove(*name);
        });
        let span = exported.annotations.span(*id);
        let own = [ID_ATTRIBUTE, GROUP_ATTRIBUTE].into_iter();
        let own = own.filter(|name| span.is_some_and(|span| own_attribute(span, name).is_some()));
        if let Some(attributes) = item.get_mut("attributes").and_then(serde_json::Value::as_object_mut) {
            own.for_each(|name| {
                attributes.shift_remove(name);
            });
            if attributes.is_empty() {
                item.shift_remove("attributes");
            }
        }
    }
    spans.retain(|(id, item)| {
        let has_more = ["attributes", "note", "entity"].iter().any(|name| item.contains_key(*name));
        has_more || in_relations.contains(id)
    });
    let mut details = Object::new();
    details.insert("meta".to_owned(), record.meta.into());
    if !spans.is_empty() {
        details.insert("spans".to_owned(), items(spans));
    }
    let relations = record.relations.into_iter().map(|(id, mut item)| {
        // Tokens are counted otherwise here.
        ["head", "child"].iter().for_each(|name| {
            item.shift_remove(*name);
        });
        for name in ["head_span", "child_span"] {
            let end = item.get_mut(name).and_then(serde_json::Value::as_object_mut);
            end.into_iter().for_each(|end| end.retain(|name, _| !name.starts_with("token_")));
        }
        (id, item)
    });
    let relations: Vec<_> = relations.collect();
    if !relations.is_empty() {
        details.insert("relations".to_owned(), items(relations));
    }
    details
}

fn value_from(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(flag) => (*flag).into(),
        serde_json::Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.as_f64().unwrap_or_default().into(),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(list) => Value::Array(list.iter().map(value_from).collect()),
        serde_json::Value::Object(members) => {
            Value::Map(members.iter().map(|(name, value)| (name.as_str().into(), value_from(value))).collect())
        }
    }
}
