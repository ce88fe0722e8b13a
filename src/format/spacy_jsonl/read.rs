//! Reads the lines of spaCy and Prodigy; their tokens prove the unit of the offsets.

use super::training::{self, is_training};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Recognition, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        json::{Json, Members, Tape},
        json_lines::{Object, members, read_records, tape},
        jsonl::metadata_from_record,
        reading::{Delivery, Numbering, complete_relations, imported_from, normalize_line_endings, unplaced},
        value::attributes_from_json,
    },
    model::{
        AnnotationId, Argument, Attributes, DocumentLabel, DocumentLabelDefinition, Entity, EntityId, Name, Provenance,
        Relation, Schema, Span, Status,
    },
};
use serde_json::Number;
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

pub(super) fn recognize(input: &Input<'_>) -> Recognition {
    let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
    let start = String::from_utf8_lossy(start);
    let start = start.trim_start_matches('\u{FEFF}').trim_start();
    if !start.starts_with('{') {
        return if is_training(input) { Recognition::Certain } else { Recognition::No };
    }
    // A record without tokens and spans may come first.
    let lines = start.lines().map(str::trim);
    let lines: Result<Vec<_>, Foreign> = lines.take(50).map(recognize_line).collect();
    lines.ok().and_then(|lines| lines.into_iter().max()).unwrap_or(Recognition::No)
}

/// The line is of another format.
struct Foreign;

fn recognize_line(line: &str) -> Result<Recognition, Foreign> {
    let has = |name: &str| line.contains(&format!("\"{name}\""));
    if has("glosse-jsonl") || has("fragments") {
        return Err(Foreign);
    }
    if !line.starts_with('{') || !has("text") {
        return Ok(Recognition::No);
    }
    Ok(if has("token_start") || has("_task_hash") || has_token_objects(line) && has("start") {
        Recognition::Certain
    } else if has("spans") && has("start") && has("label") || has("answer") && (has("accept") || has("label")) {
        Recognition::Likely
    } else {
        Recognition::No
    })
}

/// True if the tokens are more than their words.
fn has_token_objects(line: &str) -> bool {
    let tokens = line.split_once("\"tokens\"").map(|(_, tokens)| tokens.trim_start_matches([':', '[', ' ', '\t']));
    tokens.is_some_and(|tokens| tokens.starts_with('{'))
}

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    if is_training(input) {
        return read_training(input, options, article);
    }
    read_records(input, article, &mut |bytes, line| {
        let tape = tape(bytes)?;
        let mut reader = Reader::new("spacy-jsonl", &input.name, Some(line), options);
        reader.read(members(&tape)?, &format!("{}-{line}", input.stem()))
    })
}

/// Files of training data are not kept: lines are written instead.
fn read_training(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let unreadable = |reason| FormatError::Unreadable { file: input.name.clone(), line: None, reason };
    let mut delivery = Delivery::new(&input.name, article);
    for (number, record) in (1..).zip(training::records(input.bytes).map_err(unreadable)?) {
        let mut reader = Reader::new("spacy-jsonl", &input.name, None, options);
        match reader.read_object(&record, &format!("{}-{number}", input.stem())) {
            Ok(imported) => delivery.push(imported),
            Err(problem) => delivery.warn(None, problem),
        }
    }
    delivery.finish("there is no text in it")
}

/// Reads one record; the spans and relations that it makes know which items of the record they are.
pub(in crate::format) struct Reader<'a> {
    file: &'a str,
    line: Option<usize>,
    options: &'a ReadOptions,
    provenance: Provenance,
    status: Status,
    warnings: Vec<Warning>,
    /// For each span and relation its place in the list of the record.
    pub(in crate::format) items: HashMap<AnnotationId, usize>,
    /// What the offsets of the record count.
    pub(in crate::format) unit: Unit,
}

impl<'a> Reader<'a> {
    /// `line` is that of the record, where it is one.
    pub(in crate::format) fn new(
        format: &'static str,
        file: &'a str,
        line: Option<usize>,
        options: &'a ReadOptions,
    ) -> Self {
        Self {
            file,
            line,
            options,
            provenance: imported_from(format, options.time),
            status: Status::Accepted,
            warnings: Vec::new(),
            items: HashMap::new(),
            unit: Unit::CodePoint,
        }
    }

    /// The same as [`Reader::read`] for a record that no file holds as it is.
    ///
    /// # Errors
    /// If the record has no text.
    pub(in crate::format) fn read_object(&mut self, record: &Object, fallback_id: &str) -> Result<Imported, String> {
        self.read(Tape::of(record).root().as_object().unwrap_or_default(), fallback_id)
    }

    /// The article of a record; `fallback_id` if it names none.
    ///
    /// # Errors
    /// If the record has no text.
    fn read(&mut self, record: Members<'_>, fallback_id: &str) -> Result<Imported, String> {
        let Some(text) = record.get("text").and_then(Json::as_str) else {
            return Err("the record has no \"text\" and was left out".to_owned());
        };
        self.status = answer(record);
        let mut imported = self.article(record, text, fallback_id);
        for (id, problem) in complete_relations(&mut imported) {
            self.warn(format!("relation {id}: {problem}"));
        }
        if self.options.normalize_line_endings {
            normalize_line_endings(&mut imported);
        }
        imported.warnings = std::mem::take(&mut self.warnings);
        Ok(imported)
    }

    /// Says what is wrong; it comes with the article.
    pub(in crate::format) fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: self.line, message: message.into() });
    }

    fn article(&mut self, record: Members<'_>, text: &str, fallback_id: &str) -> Imported {
        let meta = record.get("meta").and_then(Json::as_object);
        let id = meta.and_then(|meta| meta.get("id")).or(record.get("id")).map(Json::plain).filter(|id| !id.is_empty());
        let mut imported = Imported::new(id.as_deref().unwrap_or(fallback_id), text.to_owned());
        if let Some(meta) = meta {
            let mut meta = meta.to_map();
            meta.shift_remove("id");
            let line = self.line.unwrap_or_default();
            imported.metadata = metadata_from_record(&meta, self.file, line, self.options, &mut self.warnings);
        }
        if imported.metadata.language.is_empty() {
            imported.metadata.language.clone_from(&self.options.default_language);
        }
        imported.schema = choices(record).map(Arc::new);
        let spans = objects(record, "spans");
        let relations = objects(record, "relations");
        let ids = spans.iter().chain(&relations).filter_map(|(_, item)| item.get("id")?.as_u64());
        let mut numbering = Numbering::new(ids);
        let tokens = objects(record, "tokens");
        self.spans(&spans, &tokens, &mut numbering, &mut imported);
        self.relations(&relations, &Ends::new(&spans, &numbering), &mut numbering, &mut imported);
        for label in labels(record) {
            imported.document_labels.push(DocumentLabel {
                id: numbering.give(None, None),
                label,
                note: String::new(),
                provenance: self.provenance.clone(),
                status: self.status,
            });
        }
        imported
    }

    fn spans(
        &mut self,
        spans: &[Item<'_>],
        tokens: &[Item<'_>],
        numbering: &mut Numbering<usize>,
        imported: &mut Imported,
    ) {
        let text = imported.text.clone();
        let anchors = Anchors::new(&text);
        let proofs: Vec<_> = tokens.iter().chain(spans).map(|(_, item)| claim(*item)).collect();
        self.unit = anchors.choose_unit(Unit::CodePoint, &proofs);
        let unit = self.unit;
        if unit != Unit::CodePoint {
            self.warn(format!("the texts of the tokens show that offsets count {}", unit.in_words()));
        }
        let mut entities = BTreeSet::new();
        for (index, span) in spans.iter().copied() {
            let claim = claim(span);
            let Some(label) = label(span) else {
                self.warn("a span has no \"label\" and was left out");
                continue;
            };
            // Relations name spans by place; the key is the position in the list.
            let id = numbering.give(Some(index), span.get("id").and_then(Json::as_u64));
            self.items.insert(id, index);
            let fragments = match anchors.place(unit, &claim) {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {label:?} at {:?} was moved to its text nearby", claim.pieces));
                    fragments
                }
                Anchored::Nowhere => {
                    self.warn(format!("the {label:?} is not at {:?}; place it by hand", claim.pieces));
                    let (surface, near) = (claim.surface.unwrap_or_default(), anchors.near(unit, &claim));
                    imported.spans.push(unplaced(id, label, surface, near, &text, &self.provenance));
                    continue;
                }
            };
            let entity = entity(span, &label, &mut entities, imported);
            imported.spans.push(Span {
                id,
                label,
                fragments,
                attributes: self.attributes(span),
                entity,
                note: span.get("note").map(Json::plain).unwrap_or_default(),
                provenance: self.provenance.clone(),
                status: self.status,
                corrected_from: None,
            });
        }
    }

    fn relations(
        &mut self,
        relations: &[Item<'_>],
        ends: &Ends,
        numbering: &mut Numbering<usize>,
        imported: &mut Imported,
    ) {
        for (index, relation) in relations.iter().copied() {
            let Some(label) = label(relation) else {
                self.warn("a relation has no \"label\" and was left out");
                continue;
            };
            let mut arguments = Vec::new();
            for (end, span, role) in [("head", "head_span", "head_role"), ("child", "child_span", "child_role")] {
                match ends.find(relation, end, span) {
                    Some(target) => {
                        let role = relation.get(role).and_then(Json::as_str).unwrap_or(end);
                        arguments.push(Argument { role: role.into(), target });
                    }
                    None => self.warn(format!("the {end} of a {label:?} is no span of the record")),
                }
            }
            if arguments.len() < 2 {
                self.warn(format!("a {label:?} that does not link two spans was left out"));
                continue;
            }
            let id = numbering.give(None, relation.get("id").and_then(Json::as_u64));
            self.items.insert(id, index);
            imported.relations.push(Relation {
                id,
                label,
                trigger: None,
                arguments,
                attributes: self.attributes(relation),
                note: relation.get("note").map(Json::plain).unwrap_or_default(),
                provenance: self.provenance.clone(),
                status: self.status,
                corrected_from: None,
            });
        }
    }

    fn attributes(&mut self, item: Members<'_>) -> Attributes {
        let Some(object) = item.get("attributes").and_then(Json::as_object) else { return Attributes::new() };
        attributes_from_json(&object.to_map(), &mut |message| self.warn(message))
    }
}

/// What the answer to a record makes of its annotations.
pub(super) fn answer(record: Members<'_>) -> Status {
    match record.get("answer").and_then(Json::as_str) {
        Some("reject") => Status::Rejected,
        Some("ignore") => Status::Suggested,
        _ => Status::Accepted,
    }
}

fn entity(span: Members<'_>, kind: &str, known: &mut BTreeSet<EntityId>, imported: &mut Imported) -> Option<EntityId> {
    let text = |name: &str| span.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let id = EntityId::new(text("entity").or(text("kb_id"))?);
    if known.insert(id.clone()) {
        imported.entities.push(Entity {
            name: text("entity_name").unwrap_or(id.as_str()).to_owned(),
            kind: kind.into(),
            aliases: Vec::new(),
            identifiers: text("kb_id").map(|id| ("wikidata".to_owned(), id.to_owned())).into_iter().collect(),
            note: String::new(),
            id: id.clone(),
        });
    }
    Some(id)
}

/// An object in a list of the record, with its place there.
type Item<'r> = (usize, Members<'r>);

/// The spans that relations can mean: by id, by place and label, by place, by last token; of several the first.
#[derive(Default)]
struct Ends {
    by_id: HashMap<u64, AnnotationId>,
    by_label: HashMap<(u64, u64, Option<String>), AnnotationId>,
    by_place: HashMap<(u64, u64), AnnotationId>,
    by_token: HashMap<u64, AnnotationId>,
}

impl Ends {
    fn new(spans: &[Item<'_>], numbering: &Numbering<usize>) -> Self {
        let mut ends = Self::default();
        for (index, span) in spans.iter().copied() {
            let Some((id, (start, end))) = numbering.get(&index).zip(place(span)) else { continue };
            let number = |name: &str| span.get(name).and_then(Json::as_u64);
            if let Some(stated) = number("id") {
                ends.by_id.entry(stated).or_insert(id);
            }
            ends.by_label.entry((start, end, span.get("label").map(Json::plain))).or_insert(id);
            ends.by_place.entry((start, end)).or_insert(id);
            if let Some(token) = number("token_end") {
                ends.by_token.entry(token).or_insert(id);
            }
        }
        ends
    }

    /// The span at one end of a relation.
    fn find(&self, relation: Members<'_>, end: &str, span: &str) -> Option<AnnotationId> {
        let known = relation.get(span).and_then(Json::as_object);
        if let Some((known, (start, stop))) = known.and_then(|known| Some((known, place(known)?))) {
            let stated = known.get("id").and_then(Json::as_u64);
            return stated
                .and_then(|id| self.by_id.get(&id))
                .or_else(|| self.by_label.get(&(start, stop, known.get("label").map(Json::plain))))
                .or_else(|| self.by_place.get(&(start, stop)))
                .copied();
        }
        self.by_token.get(&relation.get(end)?.as_u64()?).copied()
    }
}

fn claim(item: Members<'_>) -> Claim<'_> {
    Claim { pieces: place(item).into_iter().collect(), surface: item.get("text").and_then(Json::as_str) }
}

fn place(item: Members<'_>) -> Option<(u64, u64)> {
    let number = |name| item.get(name).and_then(Json::as_u64);
    Some((number("start")?, number("end")?))
}

fn label(item: Members<'_>) -> Option<Name> {
    let value = item.get("label")?;
    let label = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
    (!label.trim().is_empty()).then(|| label.as_ref().into())
}

fn objects<'r>(record: Members<'r>, name: &str) -> Vec<Item<'r>> {
    let list = record.get(name).and_then(Json::as_list).into_iter().flatten().enumerate();
    list.filter_map(|(index, item)| Some((index, item.as_object()?))).collect()
}

/// What could be chosen for the record as a whole.
fn choices(record: Members<'_>) -> Option<Schema> {
    let options = record.get("options")?.as_list()?;
    let mut seen = BTreeSet::new();
    let definitions = options.filter_map(|option| {
        let option = option.as_object()?;
        let name = option.get("id").map(Json::plain);
        let name = name.filter(|name| !name.trim().is_empty() && seen.insert(name.clone()))?;
        let description = option.get("text").map(Json::plain).filter(|text| *text != name).unwrap_or_default();
        Some(DocumentLabelDefinition { name: name.as_str().into(), color: None, description })
    });
    Some(Schema { document_labels: definitions.collect(), ..Schema::default() })
}

/// Labels of the whole record: what was chosen, categories of at least one half, or its one label.
pub(super) fn labels(record: Members<'_>) -> Vec<Name> {
    let accepted = record.get("accept").and_then(Json::as_list).into_iter().flatten().map(Json::plain);
    let categories = record.get("cats").and_then(Json::as_object).into_iter().flat_map(Members::distinct);
    let categories =
        categories.filter(|(_, value)| is_chosen(value.as_bool(), value.as_number().and_then(Number::as_f64)));
    let own = record.get("label").and_then(Json::as_str).map(str::to_owned);
    let mut seen = BTreeSet::new();
    let all = accepted.chain(categories.map(|(name, _)| name.to_owned())).chain(own);
    all.filter(|label| !label.trim().is_empty() && seen.insert(label.clone()))
        .map(|label| label.as_str().into())
        .collect()
}

/// True if a category that has this flag or this score is one of the text.
pub(in crate::format) fn is_chosen(flag: Option<bool>, score: Option<f64>) -> bool {
    flag.unwrap_or_else(|| score.is_some_and(|score| score >= 0.5))
}
