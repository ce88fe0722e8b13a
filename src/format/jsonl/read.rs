//! Reads articles from lines of JSON: takes what is understood, and says of everything else where it stands.

use super::{FORMAT, VERSION};
use crate::{
    format::{
        FormatError, Imported, Input, ReadOptions, Warning,
        anchor::{Anchored, Anchors, Claim, Unit},
        json::{Json, Members, Tape},
        reading::{Delivery, Numbering, complete_relations, imported_from, lossy, next_line},
        value::{attributes_from_json, score_from_text},
    },
    model::{
        AnnotationId, Argument, ArticleMetadata, Attributes, CorrectedFrom, DocumentLabel, Entity, EntityId,
        LineEnding, Name, Provenance, Relation, Source, Span, Status,
    },
};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::HashSet, fmt};

pub(super) fn read(
    input: &Input<'_>,
    options: &ReadOptions,
    article: &mut dyn FnMut(Imported),
) -> Result<(), FormatError> {
    let mut delivery = Delivery::new(&input.name, article);
    let (mut rest, mut room) = (Some(input.bytes), Tape::default());
    for line in input.before.lines + 1.. {
        let Some(bytes) = next_line(&mut rest) else { break };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let text = lossy(bytes);
        if matches!(text, Cow::Owned(_)) {
            delivery.warn(Some(line), "bytes that are not UTF-8 were replaced by U+FFFD");
        }
        let tape = Tape::read_in_place_of(std::mem::take(&mut room), &text);
        let record = match tape.as_ref().map(|tape| tape.root().as_object()) {
            Ok(Some(record)) => record,
            Ok(None) => {
                delivery.warn(Some(line), "the line is no JSON object and was left out");
                continue;
            }
            Err(error) => {
                delivery.warn(Some(line), format!("the line is no valid JSON and was left out: {error}"));
                continue;
            }
        };
        let mut reader = Reader { file: &input.name, line, options, names: Names::default(), warnings: Vec::new() };
        match reader.article(record, input.stem()) {
            Some(mut imported) => {
                imported.warnings = reader.warnings;
                delivery.push(imported);
            }
            None => {
                delivery.warn(Some(line), "the record has no \"text\" and was left out");
            }
        }
        room = tape.map(Tape::emptied).unwrap_or_default();
    }
    delivery.finish("the file is empty")
}

/// The metadata in a JSON object; also used by other formats of JSON lines.
pub(in crate::format) fn metadata(
    meta: &Map<String, Value>,
    file: &str,
    line: usize,
    options: &ReadOptions,
    warnings: &mut Vec<Warning>,
) -> ArticleMetadata {
    let mut reader = Reader { file, line, options, names: Names::default(), warnings: Vec::new() };
    let tape = Tape::of(meta);
    let metadata = tape.root().as_object().map(|meta| reader.metadata(meta)).unwrap_or_default();
    warnings.append(&mut reader.warnings);
    metadata
}

/// Names that are looked through one by one.
const FEW: usize = 24;

/// What comes again and again in an article, so that it is made once. Articles share none, as each may be worked on by another
/// core, and two that count the users of one name wait for each other.
#[derive(Default)]
struct Names {
    /// The first few, which are most of all, are looked through.
    few: Vec<Name>,
    others: HashSet<Name>,
    /// The latest time as it was written.
    time: Option<(String, jiff::Timestamp)>,
}

impl Names {
    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.few.iter().find(|name| ***name == *text).or_else(|| self.others.get(text)) {
            return name.clone();
        }
        let name = Name::from(text);
        if self.few.len() < FEW {
            self.few.push(name.clone());
        } else {
            self.others.insert(name.clone());
        }
        name
    }

    fn time(&mut self, text: &str) -> Option<jiff::Timestamp> {
        if let Some((known, time)) = &self.time
            && known == text
        {
            return Some(*time);
        }
        let time = text.parse().ok()?;
        self.time = Some((text.to_owned(), time));
        Some(time)
    }
}

struct Reader<'a> {
    file: &'a str,
    line: usize,
    options: &'a ReadOptions,
    names: Names,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message: message.into() });
    }

    fn article(&mut self, record: Members<'_>, stem: &str) -> Option<Imported> {
        let text = record.get("text")?.as_str()?;
        let id = record.get("id").and_then(Key::of).map(|key| key.to_string());
        let id = id.unwrap_or_else(|| format!("{stem}-{}", self.line));
        if let Some(other) = record.get("format").and_then(Json::as_str).filter(|format| *format != FORMAT) {
            self.warn(format!("the record calls itself {other:?}; it was read as {FORMAT:?}"));
        }
        if record.get("version").and_then(Json::as_u64).is_some_and(|version| version > VERSION) {
            self.warn("the record was written by a newer Glosse; what this one does not know was left out");
        }
        let mut imported = Imported::new(&id, text.to_owned());
        if let Some(meta) = self.object(record, "meta") {
            imported.metadata = self.metadata(meta);
        }
        // What Glosse wrote comes back as it was; other programs may have left the language open.
        if imported.metadata.language.is_empty() && record.get("format").is_none() {
            imported.metadata.language.clone_from(&self.options.default_language);
        }
        let labels = self.objects(record, "document_labels");
        let spans = self.objects(record, "spans");
        let relations = self.objects(record, "relations");
        let all = labels.iter().chain(&spans).chain(&relations);
        let mut numbering = Numbering::new(all.filter_map(|item| item.get("id")?.as_u64()));

        for item in labels {
            let [id, label, note, status, origin] = item.pick(["id", "label", "note", "status", "origin"]);
            let Some(label) = self.label(label, "document label") else { continue };
            imported.document_labels.push(DocumentLabel {
                id: self.number(id, &mut numbering),
                label,
                note: self.text_of(note, "note"),
                provenance: self.origin(origin),
                status: self.status(status),
            });
        }
        let anchors = Anchors::new(text);
        self.spans(&spans, record, &anchors, &mut numbering, &mut imported);
        self.relations(&relations, &anchors, &mut numbering, &mut imported);
        self.entities(record, &mut imported);
        for (id, problem) in complete_relations(&mut imported) {
            self.warn(format!("relation {id}: {problem}"));
        }
        Some(imported)
    }

    fn metadata(&mut self, meta: Members<'_>) -> ArticleMetadata {
        let mut metadata = ArticleMetadata {
            title: self.text(meta, "title"),
            source: self.text(meta, "source"),
            url: self.text(meta, "url"),
            date: self.text(meta, "date"),
            language: self.text(meta, "language"),
            ..ArticleMetadata::default()
        };
        for (name, value) in self.object(meta, "other").into_iter().flat_map(Members::distinct) {
            metadata.other.insert(name.to_owned(), value.plain());
        }
        // What other programs put beside the known members is metadata too.
        const KNOWN: [&str; 7] = ["title", "source", "url", "date", "language", "other", "origin"];
        for (name, value) in meta.distinct().into_iter().filter(|(name, _)| !KNOWN.contains(name)) {
            metadata.other.entry(name.to_owned()).or_insert_with(|| value.plain());
        }
        if let Some(origin) = self.object(meta, "origin") {
            let flag = |name| origin.get(name).and_then(Json::as_bool).unwrap_or_default();
            metadata.origin.byte_order_mark = flag("byte_order_mark");
            metadata.origin.normalized = flag("normalized");
            metadata.origin.file = self.text(origin, "file");
            metadata.origin.encoding = self.text(origin, "encoding");
            metadata.origin.line_ending = match self.text(origin, "line_ending").as_str() {
                "crlf" => LineEnding::CrLf,
                "mixed" => LineEnding::Mixed,
                _ => LineEnding::Lf,
            };
        }
        metadata
    }

    fn spans<'b>(
        &mut self,
        spans: &[Members<'b>],
        record: Members<'_>,
        anchors: &Anchors<'_>,
        numbering: &mut Numbering<Key<'b>>,
        imported: &mut Imported,
    ) {
        let stated = match record.get("unit").and_then(Json::as_str) {
            None => Unit::CodePoint,
            Some(name) => Unit::parse(name).unwrap_or_else(|| {
                self.warn(format!("the unit {name:?} is unknown; offsets were read as code points"));
                Unit::CodePoint
            }),
        };
        let picked = spans.iter().map(|span| {
            let [id, label, fragments, start, end, text, attributes, entity, note, status, corrected, origin] = span
                .pick([
                    "id",
                    "label",
                    "fragments",
                    "start",
                    "end",
                    "text",
                    "attributes",
                    "entity",
                    "note",
                    "status",
                    "corrected_from",
                    "origin",
                ]);
            let claim = Claim { pieces: pieces([fragments, start, end]), surface: text.and_then(Json::as_str) };
            (claim, [id, label, attributes, entity, note, status, corrected, origin])
        });
        let (claims, picked): (Vec<_>, Vec<_>) = picked.unzip();
        let (unit, places) = anchors.place_all(stated, &claims);
        if unit != stated {
            let (stated, unit) = (stated.in_words(), unit.in_words());
            self.warn(format!(
                "the texts of the spans show that offsets count {unit}, not {stated}; they were read so"
            ));
        }
        imported.spans.reserve_exact(spans.len());
        for ((picked, claim), place) in picked.into_iter().zip(&claims).zip(places) {
            let [id, label, attributes, entity, note, status, corrected, origin] = picked;
            let Some(label) = self.label(label, "span") else { continue };
            let surface = claim.surface.unwrap_or_default();
            let fragments = match place {
                Anchored::Exact(fragments) => fragments,
                Anchored::Moved(fragments) => {
                    self.warn(format!("the {label:?} at {:?} was moved to {surface:?} nearby", claim.pieces));
                    fragments
                }
                Anchored::Nowhere => {
                    let pieces = &claim.pieces;
                    self.warn(format!("the {label:?} {surface:?} is not at {pieces:?} and was left out"));
                    continue;
                }
            };
            imported.spans.push(Span {
                id: self.number(id, numbering),
                label,
                fragments,
                attributes: self.attributes(attributes),
                entity: entity.and_then(Json::as_str).filter(|id| !id.is_empty()).map(EntityId::new),
                note: self.text_of(note, "note"),
                provenance: self.origin(origin),
                status: self.status(status),
                corrected_from: self.corrected_from(corrected, anchors, unit),
            });
        }
    }

    fn relations<'b>(
        &mut self,
        relations: &[Members<'b>],
        anchors: &Anchors<'_>,
        numbering: &mut Numbering<Key<'b>>,
        imported: &mut Imported,
    ) {
        // Numbers first: a relation can point to one that comes later.
        let labelled: Vec<_> = relations
            .iter()
            .copied()
            .filter_map(|relation| {
                let [id, label, trigger, arguments, attributes, note, status, corrected, origin] = relation.pick([
                    "id",
                    "label",
                    "trigger",
                    "arguments",
                    "attributes",
                    "note",
                    "status",
                    "corrected_from",
                    "origin",
                ]);
                let label = self.label(label, "relation")?;
                let id = self.number(id, numbering);
                Some((id, label, [trigger, arguments, attributes, note, status, corrected, origin]))
            })
            .collect();
        imported.relations.reserve_exact(labelled.len());
        for (id, label, picked) in labelled {
            let [trigger, listed, attributes, note, status, corrected, origin] = picked;
            let trigger = trigger.filter(|value| !value.is_null());
            let trigger = trigger.and_then(|value| self.target(value, numbering, &label));
            let mut arguments = Vec::new();
            for argument in self.objects_of(listed, "arguments") {
                let [role, target] = argument.pick(["role", "target"]);
                let role = self.name_of(role, "role");
                let target = target.and_then(|value| self.target(value, numbering, &label));
                if let Some(target) = target {
                    arguments.push(Argument { role, target });
                }
            }
            imported.relations.push(Relation {
                id,
                label,
                trigger,
                arguments,
                attributes: self.attributes(attributes),
                note: self.text_of(note, "note"),
                provenance: self.origin(origin),
                status: self.status(status),
                corrected_from: self.corrected_from(corrected, anchors, Unit::CodePoint),
            });
        }
    }

    fn target(&mut self, value: Json<'_>, numbering: &Numbering<Key<'_>>, label: &str) -> Option<AnnotationId> {
        let found = Key::of(value).and_then(|key| numbering.get(&key));
        if found.is_none() {
            self.warn(format!("a {label:?} points to {value}, which is not in the record; it stays without that"));
        }
        found
    }

    fn entities(&mut self, record: Members<'_>, imported: &mut Imported) {
        let mut known = HashSet::new();
        for (id, value) in self.object(record, "entities").into_iter().flat_map(Members::distinct) {
            let Some(entity) = value.as_object() else {
                self.warn(format!("the entity {id:?} is no object and was left out"));
                continue;
            };
            let mut name = self.text(entity, "name");
            if name.is_empty() {
                id.clone_into(&mut name);
            }
            let identifiers = self.object(entity, "identifiers").into_iter().flat_map(Members::distinct);
            let identifiers = identifiers.map(|(scheme, value)| (scheme.to_owned(), value.plain())).collect();
            let aliases =
                entity.get("aliases").and_then(Json::as_list).into_iter().flatten().map(Json::plain).collect();
            let (id, kind) = (EntityId::new(id), self.text(entity, "kind"));
            known.insert(id.clone());
            imported.entities.push(Entity {
                id,
                name,
                kind: self.names.name(&kind),
                aliases,
                identifiers,
                note: self.text(entity, "note"),
            });
        }
        for span in &imported.spans {
            let Some(id) = &span.entity else { continue };
            if !known.contains(id) {
                known.insert(id.clone());
                let message = format!("the entity \"{id}\" is not described in the record; only its id is known");
                self.warnings.push(Warning { file: self.file.to_owned(), line: Some(self.line), message });
                imported.entities.push(Entity {
                    id: id.clone(),
                    name: id.to_string(),
                    kind: span.label.clone(),
                    aliases: Vec::new(),
                    identifiers: Default::default(),
                    note: String::new(),
                });
            }
        }
    }

    fn number<'b>(&mut self, value: Option<Json<'b>>, numbering: &mut Numbering<Key<'b>>) -> AnnotationId {
        let key = value.and_then(Key::of);
        if let Some(key) = &key
            && numbering.get(key).is_some()
        {
            self.warn(format!("the id {key} stands twice; the second annotation got a new one"));
        }
        numbering.give(key, value.and_then(Json::as_u64))
    }

    fn label(&mut self, value: Option<Json<'_>>, kind: &str) -> Option<Name> {
        let label = value.and_then(Json::as_str).filter(|label| !label.trim().is_empty());
        if label.is_none() {
            self.warn(format!("a {kind} has no \"label\" and was left out"));
        }
        label.map(|label| self.names.name(label))
    }

    fn status(&mut self, value: Option<Json<'_>>) -> Status {
        match value.and_then(Json::as_str) {
            None => Status::Accepted,
            Some(word) => Status::parse(word).unwrap_or_else(|| {
                self.warn(format!("the status {word:?} is unknown; it was read as \"suggested\""));
                Status::Suggested
            }),
        }
    }

    fn origin(&mut self, value: Option<Json<'_>>) -> Provenance {
        let Some(origin) = self.object_of(value, "origin") else {
            return imported_from("jsonl", self.options.time);
        };
        let [source, named, version, format, time, score, reason] =
            origin.pick(["source", "name", "version", "format", "time", "score", "reason"]);
        let source = match source.and_then(Json::as_str) {
            Some("person") => Source::Person { name: self.name_of(named, "name") },
            Some("extractor") => {
                Source::Extractor { name: self.name_of(named, "name"), version: self.name_of(version, "version") }
            }
            Some("import") => Source::Import { format: self.name_of(format, "format") },
            other => {
                if let Some(other) = other {
                    self.warn(format!("the origin {other:?} is unknown; it was read as an import"));
                }
                imported_from("jsonl", self.options.time).source
            }
        };
        let time = match time.and_then(Json::as_str) {
            None => self.options.time,
            Some(time) => self.names.time(time).unwrap_or_else(|| {
                self.warn(format!(
                    "{time:?} is no time such as 2026-11-16T09:00:00Z; the time of the import was taken"
                ));
                self.options.time
            }),
        };
        let score = score.and_then(Json::as_number);
        let score = score.and_then(|score| score_from_text(&score.to_string()));
        let reason = reason.and_then(Json::as_str).map(|reason| self.names.name(reason));
        Provenance { source, time, score, reason }
    }

    fn corrected_from(
        &mut self,
        value: Option<Json<'_>>,
        anchors: &Anchors<'_>,
        unit: Unit,
    ) -> Option<Box<CorrectedFrom>> {
        let before = self.object_of(value, "corrected_from")?;
        let label = self.label(before.get("label"), "correction")?;
        let pieces = pieces(before.pick(["fragments", "start", "end"]));
        let mut fragments = None;
        if !pieces.is_empty() {
            match anchors.place(unit, &Claim { pieces, surface: None }) {
                Anchored::Exact(place) => fragments = Some(place),
                _ => self.warn("the place before a correction is outside the text and was left out"),
            }
        }
        Some(Box::new(CorrectedFrom { label, fragments, provenance: self.origin(before.get("origin")) }))
    }

    fn attributes(&mut self, value: Option<Json<'_>>) -> Attributes {
        let Some(object) = self.object_of(value, "attributes") else { return Attributes::new() };
        attributes_from_json(&object.to_map(), &mut |message| self.warn(message))
    }

    /// A text member; empty if missing, a warning if it is not text.
    #[inline]
    fn text(&mut self, item: Members<'_>, name: &str) -> String {
        self.text_of(item.get(name), name)
    }

    #[inline]
    fn text_of(&mut self, value: Option<Json<'_>>, name: &str) -> String {
        let Some(value) = value.filter(|value| !value.is_null()) else { return String::new() };
        match value.as_str() {
            Some(text) => text.to_owned(),
            None => {
                self.warn(format!("{name:?} is no text; it was read as {value}"));
                value.to_string()
            }
        }
    }

    /// The same, as a name.
    #[inline]
    fn name_of(&mut self, value: Option<Json<'_>>, name: &str) -> Name {
        match value.and_then(Json::as_str) {
            Some(text) => self.names.name(text),
            None => Name::from(self.text_of(value, name)),
        }
    }

    #[inline]
    fn object<'b>(&mut self, item: Members<'b>, name: &str) -> Option<Members<'b>> {
        self.object_of(item.get(name), name)
    }

    #[inline]
    fn object_of<'b>(&mut self, value: Option<Json<'b>>, name: &str) -> Option<Members<'b>> {
        let value = value.filter(|value| !value.is_null())?;
        let object = value.as_object();
        if object.is_none() {
            self.warn(format!("{name:?} is no object and was left out"));
        }
        object
    }

    #[inline]
    fn objects<'b>(&mut self, item: Members<'b>, name: &str) -> Vec<Members<'b>> {
        self.objects_of(item.get(name), name)
    }

    #[inline]
    fn objects_of<'b>(&mut self, value: Option<Json<'b>>, name: &str) -> Vec<Members<'b>> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Vec::new() };
        let Some(list) = value.as_list() else {
            self.warn(format!("{name:?} is no list and was left out"));
            return Vec::new();
        };
        let mut others = 0;
        let mut objects = Vec::new();
        for value in list {
            match value.as_object() {
                Some(object) => objects.push(object),
                None => others += 1,
            }
        }
        if others > 0 {
            self.warn(format!("{others} entries of {name:?} are no objects and were left out"));
        }
        objects
    }
}

/// Start and end of each piece, from `fragments` or from `start` and `end`.
fn pieces([fragments, start, end]: [Option<Json<'_>>; 3]) -> Vec<(u64, u64)> {
    if let Some(list) = fragments.and_then(Json::as_list) {
        let piece = |piece: Json<'_>| {
            let mut ends = piece.as_list()?;
            let (start, end) = (ends.next()?.as_u64()?, ends.next()?.as_u64()?);
            ends.next().is_none().then_some((start, end))
        };
        // One bad piece makes the whole place bad: half a span would be another span.
        let pieces: Option<Vec<_>> = list.map(piece).collect();
        return pieces.unwrap_or_default();
    }
    start.and_then(Json::as_u64).zip(end.and_then(Json::as_u64)).into_iter().collect()
}

/// An id or target. A number in quotation marks is the same as without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key<'a> {
    Number(u64),
    Text(Cow<'a, str>),
}

impl<'a> Key<'a> {
    fn of(value: Json<'a>) -> Option<Self> {
        match (value.as_str(), value.as_number()) {
            (Some(""), _) => None,
            (Some(text), _) => {
                let is_digits =
                    text.bytes().all(|byte| byte.is_ascii_digit()) && (!text.starts_with('0') || text.len() == 1);
                let number = is_digits.then(|| text.parse().ok()).flatten();
                Some(number.map_or(Self::Text(Cow::Borrowed(text)), Self::Number))
            }
            (None, Some(number)) => {
                Some(number.as_u64().map_or_else(|| Self::Text(Cow::Owned(number.to_string())), Self::Number))
            }
            (None, None) => None,
        }
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}
