//! Reads records and finds the place of each quotation: by what the file states, by its words, or by the order of the list,
//! but never by a guess.

use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        jsonl::metadata_from_record,
        quote::{Grounded, Quotes},
        reading::{Delivery, Numbering, complete_relations, imported_from, normalize_line_endings, unplaced, utf8},
        records::{Object, Records, name_origin},
        value::{attributes_from_json, plain, score_from_text},
    },
    model::{AnnotationId, Argument, Attributes, Name, Relation, Span, Status},
    text::{ByteOffset, TextRange},
};
use serde_json::Value;
use std::collections::HashMap;

/// Members that hold the text.
const TEXT: [&str; 6] = ["text", "document", "content", "input", "body", "article"];
/// Members that hold the list of quotations.
const LISTS: [&str; 8] =
    ["extractions", "entities", "spans", "mentions", "annotations", "items", "named_entities", "results"];
/// Members that hold the quoted words of an item, most telling first.
const QUOTE: [&str; 8] = ["extraction_text", "quote", "text", "span", "mention", "surface", "exact", "entity"];
/// Members that hold its label.
const LABEL: [&str; 7] = ["extraction_class", "label", "type", "class", "category", "entity_type", "entity_group"];
/// Members for the two ends of a relation, with their roles.
const ENDS: [(&str, &str); 5] =
    [("head", "tail"), ("subject", "object"), ("from", "to"), ("source", "target"), ("arg1", "arg2")];

pub(super) fn is_of_langextract(record: &Object) -> bool {
    let first = record.get("extractions").and_then(Value::as_array).and_then(|list| list.first());
    first.is_some_and(|item| item.get("extraction_class").is_some() && item.get("extraction_text").is_some())
}

/// True if the record has a text, in it or beside the file, and a list of quotations without places.
pub(super) fn is_quoting(record: &Object, input: &Input<'_>) -> bool {
    let Some((_, items)) = items(record) else { return false };
    let has_place = |item: &Object| {
        ["start", "end", "start_offset", "offset", "begin", "start_char", "id_start", "tokens", "fragments", "pieces"]
            .iter()
            .any(|name| item.contains_key(*name))
    };
    let quotes = |item: &&Value| {
        item.as_object()
            .is_some_and(|item| member(item, &QUOTE).is_some() && member(item, &LABEL).is_some() && !has_place(item))
    };
    let has_text = text_of(record).is_some() || (input.sibling)(&format!("{}.txt", input.stem())).is_some();
    !items.is_empty() && has_text && items.iter().all(|item| quotes(&item))
}

/// The first of these members that is text.
fn member<'r>(item: &'r Object, names: &[&str]) -> Option<&'r str> {
    names.iter().find_map(|name| item.get(*name)?.as_str()).filter(|text| !text.trim().is_empty())
}

fn text_of(record: &Object) -> Option<(&'static str, &str)> {
    TEXT.into_iter().find_map(|name| Some((name, record.get(name)?.as_str()?)))
}

/// The list of quotations, also one inside of `output` or `response`, with the name of its member.
fn items(record: &Object) -> Option<(&'static str, &Vec<Value>)> {
    let inner = ["output", "response", "result"].into_iter().filter_map(|name| record.get(name)?.as_object());
    std::iter::once(record).chain(inner).find_map(|record| {
        LISTS.into_iter().find_map(|name| {
            let list = record.get(name)?.as_array()?;
            list.iter().all(Value::is_object).then_some((name, list))
        })
    })
}

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    let beside_name = format!("{}.txt", input.stem());
    let mut beside = None;
    for record in Records::new(input.bytes, input.before) {
        let object = match &record.object {
            Ok(object) => object,
            Err(error) => {
                delivery.warn(Some(record.line), &**error);
                continue;
            }
        };
        let (key, text) = match text_of(object) {
            Some((key, text)) => (key, text.to_owned()),
            None => {
                // Of several records, nothing says which the text beside the file belongs to.
                let is_first = beside.is_none() && input.before.bytes == 0;
                let found = beside.get_or_insert_with(|| (input.sibling)(&beside_name));
                match found.as_ref().filter(|_| is_first) {
                    Some(bytes) => ("", utf8(bytes).text),
                    None => {
                        delivery.warn(Some(record.line), "the record has no text and was left out");
                        continue;
                    }
                }
            }
        };
        let names = ["id", "document_id", "doc_id"];
        let id = names.into_iter().find_map(|name| object.get(name)).map(plain).filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| match key {
            "" => input.stem().to_owned(),
            _ => format!("{}-{}", input.stem(), record.line),
        });
        let mut imported = Imported::new(&id, text);
        let mut reader = Reader { file: &input.name, line: record.line, options, warnings: Vec::new() };
        if record.damaged {
            reader.warn("bytes that are not UTF-8 were replaced by U+FFFD");
        }
        let meta = ["metadata", "meta"].into_iter().find_map(|name| object.get(name)?.as_object());
        if let Some(meta) = meta {
            imported.metadata = metadata_from_record(meta, &input.name, record.line, options, &mut reader.warnings);
        }
        if imported.metadata.language.is_empty() {
            imported.metadata.language.clone_from(&options.default_language);
        }
        name_origin(&mut imported.metadata.origin, input);
        reader.article(object, &mut imported);
        for (id, problem) in complete_relations(&mut imported) {
            reader.warn(format!("relation {id}: {problem}"));
        }
        if options.normalize_line_endings {
            normalize_line_endings(&mut imported);
        }
        imported.warnings = reader.warnings;
        delivery.push(imported);
    }
    delivery.finish("the file has no records")
}

struct Reader<'a> {
    file: &'a str,
    line: usize,
    options: &'a ReadOptions,
    warnings: Vec<Warning>,
}

/// A quotation of the list.
struct Item<'r> {
    object: &'r Object,
    quote: &'r str,
    label: &'r str,
    place: Option<TextRange>,
    /// All places of its words, where they are several.
    open: Vec<usize>,
    why: &'static str,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message: message.into() });
    }

    fn article(&mut self, record: &Object, imported: &mut Imported) {
        let text = imported.text.clone();
        let (_, list) = items(record).unwrap_or(("", const { &Vec::new() }));
        let mut found: Vec<Item<'_>> = Vec::new();
        for value in list {
            let item = value.as_object();
            let stated = item.and_then(|item| Some((item, member(item, &QUOTE)?, member(item, &LABEL)?)));
            match stated {
                Some((object, quote, label)) => {
                    found.push(Item { object, quote, label, place: None, open: Vec::new(), why: "" });
                }
                None => self.warn(format!("{value} quotes no words or has no label; it was left out")),
            }
        }
        self.ground(&text, &mut found);
        by_order(&mut found);
        let mut numbering = Numbering::new(found.iter().filter_map(|item| item.object.get("id")?.as_u64()));
        let mut by_quote: HashMap<&str, Vec<AnnotationId>> = HashMap::new();
        let provenance = imported_from("quoted-json", self.options.time);
        for item in &found {
            let key = item.object.get("id").map(plain);
            let id = numbering.give(key, item.object.get("id").and_then(Value::as_u64));
            by_quote.entry(item.quote.trim()).or_default().push(id);
            let label: Name = item.label.into();
            let Some(range) = item.place else {
                self.warn(format!("the {label:?} {:?} {}; place it by hand", item.quote, item.why));
                let near = item.open.first().copied().unwrap_or(0);
                let near = ByteOffset::from_usize(near);
                imported.spans.push(unplaced(id, label, item.quote, near, &text, &provenance));
                continue;
            };
            let score = ["score", "confidence"].into_iter().find_map(|name| item.object.get(name));
            imported.spans.push(Span {
                id,
                label,
                fragments: crate::model::Fragments::one(range),
                attributes: self.attributes(item.object),
                entity: None,
                note: item.object.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
                provenance: crate::model::Provenance {
                    score: score.and_then(|score| score_from_text(&score.to_string())),
                    ..provenance.clone()
                },
                status: Status::Accepted,
                corrected_from: None,
            });
        }
        self.relations(record, &by_quote, &mut numbering, imported);
    }

    /// Finds the places that the file states and proves, and those whose words stand only once.
    fn ground(&mut self, text: &str, items: &mut [Item<'_>]) {
        let anchors = Anchors::new(text);
        let quotes = Quotes::new(text);
        let claims: Vec<_> = items.iter().map(claim).collect();
        let stated: Vec<_> = claims.iter().flatten().cloned().collect();
        let unit = anchors.choose_unit(Unit::CodePoint, &stated);
        if unit != Unit::CodePoint {
            self.warn(format!("the quoted words show that places count {}", unit.in_words()));
        }
        let mut searched: HashMap<&str, Vec<usize>> = HashMap::new();
        for (item, claim) in items.iter_mut().zip(claims) {
            let proven = claim.map(|claim| anchors.place(unit, &claim));
            if let Some(Anchored::Exact(fragments)) = proven {
                item.place = Some(fragments.hull());
                continue;
            }
            let occurrence = item.object.get("occurrence").and_then(Value::as_u64);
            match quotes.find(item.quote, occurrence) {
                Grounded::Exact(range) | Grounded::Close(range) => item.place = Some(range),
                Grounded::Several(_) => {
                    item.why = "stands in the text more than once, and nothing says which is meant";
                    let quote = item.quote.trim();
                    let places = searched.entry(quote).or_insert_with(|| places(text, quote));
                    item.open.clone_from(places);
                }
                Grounded::Fewer(_) => item.why = "does not stand in the text as often as it says",
                Grounded::Nowhere => item.why = "is not in the text in these words",
            }
        }
    }

    fn attributes(&mut self, item: &Object) -> Attributes {
        if let Some(found) = item.get("attributes") {
            let found = found.as_object();
            return found.map_or_else(Attributes::new, |found| {
                // An attribute without a value says nothing.
                let stated = found.iter().filter(|(_, value)| !value.is_null());
                let stated = stated.map(|(name, value)| (name.clone(), value.clone())).collect();
                attributes_from_json(&stated, &mut |message| self.warn(message))
            });
        }
        Attributes::new()
    }

    fn relations(
        &mut self,
        record: &Object,
        by_quote: &HashMap<&str, Vec<AnnotationId>>,
        numbering: &mut Numbering,
        imported: &mut Imported,
    ) {
        let list = record.get("relations").and_then(Value::as_array).into_iter().flatten();
        for relation in list.filter_map(Value::as_object) {
            let ends =
                ENDS.into_iter().find(|(head, tail)| relation.contains_key(*head) && relation.contains_key(*tail));
            let label = member(relation, &["label", "type", "relation", "predicate"]);
            let (Some((head, tail)), Some(label)) = (ends, label) else {
                self.warn("a relation without a label or two ends was left out");
                continue;
            };
            let mut end = |name: &str| {
                let value = relation.get(name)?;
                let value = value
                    .as_object()
                    .and_then(|object| member(object, &QUOTE).map(str::to_owned))
                    .unwrap_or_else(|| plain(value));
                match (numbering.get(&value), by_quote.get(value.trim()).map(Vec::as_slice)) {
                    (Some(id), _) => Some(id),
                    (None, Some([id])) => Some(*id),
                    (None, Some(several)) => {
                        let count = several.len();
                        self.warn(format!(
                            "the {name} {value:?} of a {label:?} is one of {count} spans, and nothing says which"
                        ));
                        None
                    }
                    (None, None) => {
                        self.warn(format!("the {name} {value:?} of a {label:?} is no span of the record"));
                        None
                    }
                }
            };
            let (first, second) = (end(head), end(tail));
            let (Some(first), Some(second)) = (first, second) else { continue };
            imported.relations.push(Relation {
                id: numbering.give(None, None),
                label: label.into(),
                trigger: None,
                arguments: vec![
                    Argument { role: head.into(), target: first },
                    Argument { role: tail.into(), target: second },
                ],
                attributes: self.attributes(relation),
                note: String::new(),
                provenance: imported_from("quoted-json", self.options.time),
                status: Status::Accepted,
                corrected_from: None,
            });
        }
    }
}

/// The place that an item states.
fn claim<'r>(item: &Item<'r>) -> Option<Claim<'r>> {
    let interval = item.object.get("char_interval").and_then(Value::as_object).unwrap_or(item.object);
    let number = |names: [&str; 2]| names.into_iter().find_map(|name| interval.get(name)?.as_u64());
    let piece = (number(["start_pos", "start"])?, number(["end_pos", "end"])?);
    Some(Claim { pieces: vec![piece], surface: Some(item.quote) })
}

/// Where the words stand, as whole words if they do so anywhere.
fn places(text: &str, quote: &str) -> Vec<usize> {
    let all: Vec<usize> = text.match_indices(quote).map(|(start, _)| start).collect();
    let whole: Vec<usize> =
        all.iter().copied().filter(|start| crate::format::quote::is_whole(text, *start, quote.len())).collect();
    if whole.is_empty() { all } else { whole }
}

/// Places what stands several times, if the list follows the text and leaves only one place for it.
///
/// A list follows the text if at least three items have a place and none stands before the one that comes before it. Then an
/// item lies between the nearest items with a place before and behind it; so many with the same words as there are places
/// between them are these places in order.
fn by_order(items: &mut [Item<'_>]) {
    let placed: Vec<_> = items.iter().filter_map(|item| item.place).map(|range| range.start()).collect();
    if placed.len() < 3 || !placed.is_sorted() {
        return;
    }
    let mut index = 0;
    let mut from = 0;
    while index < items.len() {
        let Some(first) = items.get(index) else { break };
        if let Some(range) = first.place {
            from = range.start().to_usize();
            index += 1;
            continue;
        }
        // A run of items without a place.
        let run = items.iter().skip(index).take_while(|item| item.place.is_none()).count();
        let end =
            items.get(index + run).and_then(|item| item.place).map_or(usize::MAX, |range| range.start().to_usize());
        let mut by_words: HashMap<&str, Vec<usize>> = HashMap::new();
        for (offset, item) in items.iter().enumerate().skip(index).take(run) {
            by_words.entry(item.quote.trim()).or_default().push(offset);
        }
        for (quote, members) in by_words {
            let open = members.first().and_then(|first| items.get(*first)).map_or(&[][..], |item| &item.open);
            let inside: Vec<usize> = open
                .get(open.partition_point(|start| *start < from)..open.partition_point(|start| *start <= end))
                .unwrap_or_default()
                .to_vec();
            if inside.len() == members.len() {
                for (member, start) in members.into_iter().zip(inside) {
                    if let Some(item) = items.get_mut(member) {
                        item.place = Some(TextRange::from_usize(start, start + quote.len()));
                    }
                }
            }
        }
        index += run;
        from = if end == usize::MAX { from } else { end };
    }
}
