//! Reads the annotations of one annotator in one article. Whether spans are where they say is up to [`super::anchor`].

use super::{
    StoreError,
    annotation_write::VERSION,
    record::{DocumentLabelRecord, ProgressRecord, RangeRecord, RelationRecord, SpanRecord},
    ron_file::{parse_ron, unreadable},
    scan::Scanner,
};
use crate::{
    model::{
        AnnotationId, Argument, AttributeValue, Attributes, CorrectedFrom, DocumentLabel, EntityId, Fragments, Name,
        Progress, Provenance, Relation, Source, Span, Status,
    },
    text::TextRange,
};
use jiff::Timestamp;
use smallvec::SmallVec;
use std::{borrow::Cow, collections::HashSet, path::Path};

/// The content of an annotation file.
#[derive(Debug, Default)]
pub(super) struct SetFile<'a> {
    /// Hash of the text that the offsets count in; `None` if the file does not say.
    pub text_hash: Option<u64>,
    pub next_id: u32,
    pub progress: Progress,
    pub spans: Vec<SpanEntry<'a>>,
    /// With the byte offset of the record in the file.
    pub relations: Vec<(Relation, usize)>,
    pub document_labels: Vec<(DocumentLabel, usize)>,
}

/// A span as the file has it.
#[derive(Debug)]
pub(super) struct SpanEntry<'a> {
    pub span: Span,
    /// What the file says that the span covers.
    pub surface: Option<Cow<'a, str>>,
    /// Byte offset of the record in the file.
    pub at: usize,
}

/// Reads a whole file. `path` is for messages.
///
/// # Errors
/// If it is no legal RON, has fields that no version knows, or comes from a newer Glosse: with the line.
pub(super) fn read_set<'a>(content: &'a str, path: &Path, annotator: &Name) -> Result<SetFile<'a>, StoreError> {
    let mut reader = Reader {
        scanner: Scanner::new(content),
        content,
        path,
        annotator,
        names: HashSet::new(),
        time: ("", Timestamp::UNIX_EPOCH),
    };
    reader.file()
}

struct Reader<'a, 'p> {
    scanner: Scanner<'a>,
    content: &'a str,
    path: &'p Path,
    annotator: &'p Name,
    /// Every name so far, so that thousands of spans share a few.
    names: HashSet<Name>,
    /// The last time that was read.
    time: (&'a str, Timestamp),
}

impl<'a> Reader<'a, '_> {
    fn file(&mut self) -> Result<SetFile<'a>, StoreError> {
        let mut file = SetFile::default();
        let start = self.content.strip_prefix('\u{feff}').unwrap_or(self.content);
        let mut skipped = self.content.len() - start.len();
        // Extensions such as `#![enable(implicit_some)]`; every one that matters is understood anyway.
        while let Some(rest) = self.content.get(skipped..).map(str::trim_start)
            && rest.starts_with("#!")
        {
            let end = rest.find(']').ok_or_else(|| self.error(skipped, "the line `#![…]` has no end"))?;
            skipped = self.content.len() - rest.len() + end + 1;
        }
        self.scanner.go_to(skipped);
        if self.scanner.peek() != Some(b'(') {
            // A struct may have a name in RON.
            let _ = self.scanner.identifier();
        }
        if !self.scanner.eat(b'(') {
            return Err(self.error(self.scanner.at(), "the file does not start with `(`"));
        }
        while self.scanner.peek() != Some(b')') {
            let at = self.scanner.at();
            let field =
                self.scanner.field().ok_or_else(|| self.error(at, "here a field like `spans:` was expected"))?;
            match field {
                "version" => {
                    let version: u32 = self.value()?;
                    if version > VERSION {
                        return Err(StoreError::NewerVersion { path: self.path.to_owned(), version });
                    }
                }
                "article" | "unit" => {
                    let _: String = self.value()?;
                }
                "text_hash" => {
                    let hash: String = self.value()?;
                    let hash = u64::from_str_radix(&hash, 16)
                        .map_err(|_| self.error(at, "text_hash has to be 16 hexadecimal digits"))?;
                    file.text_hash = Some(hash);
                }
                "next_id" => file.next_id = self.value()?,
                "progress" => file.progress = self.value::<ProgressRecord>()?.into(),
                "spans" => self.list(|reader| reader.span().map(|span| file.spans.push(span)))?,
                "relations" => self.list(|reader| reader.relation().map(|relation| file.relations.push(relation)))?,
                "document_labels" => {
                    self.list(|reader| reader.document_label().map(|label| file.document_labels.push(label)))?;
                }
                other => {
                    let known =
                        "version, article, unit, text_hash, next_id, progress, spans, relations, document_labels";
                    return Err(self.error(at, &format!("there is no field {other:?}; known are {known}")));
                }
            }
            if !self.scanner.eat(b',') && self.scanner.peek() != Some(b')') {
                return Err(self.error(self.scanner.at(), "here a `,` is missing"));
            }
        }
        self.scanner.eat(b')');
        if self.scanner.peek().is_some() {
            return Err(self.error(self.scanner.at(), "the file goes on behind its closing `)`"));
        }
        Ok(file)
    }

    fn error(&self, at: usize, reason: &str) -> StoreError {
        unreadable(self.path, self.content, Scanner::line_of(self.content, at), reason)
    }

    /// A header value, in any form.
    fn value<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        self.scanner.skip();
        let at = self.scanner.at();
        parse_ron(self.scanner.extent(), self.path, self.content, at)
    }

    fn list(&mut self, mut record: impl FnMut(&mut Self) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if !self.scanner.eat(b'[') {
            return Err(self.error(self.scanner.at(), "here a list `[` was expected"));
        }
        while self.scanner.peek() != Some(b']') {
            if self.scanner.peek().is_none() {
                return Err(self.error(self.scanner.at(), "the file ends inside a list"));
            }
            record(self)?;
            if !self.scanner.eat(b',') && self.scanner.peek() != Some(b']') {
                return Err(self.error(self.scanner.at(), "here a `,` is missing"));
            }
        }
        self.scanner.eat(b']');
        Ok(())
    }

    /// Tries the simple form of a record; if the text has another one, goes back and gives `None`.
    fn simple<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.scanner.clone();
        let result = read(self).filter(|_| matches!(self.scanner.peek(), Some(b',' | b']')));
        if result.is_none() {
            self.scanner = start;
        }
        result
    }

    fn span(&mut self) -> Result<SpanEntry<'a>, StoreError> {
        self.scanner.skip();
        let at = self.scanner.at();
        if let Some((span, surface)) = self.simple(|reader| reader.fields()?.span(reader.annotator)) {
            return Ok(SpanEntry { span, surface, at });
        }
        let mut record: SpanRecord = self.value()?;
        let surface = record.text.take().map(Cow::Owned);
        let span = record.into_model(self.annotator).map_err(|reason| self.error(at, &reason))?;
        Ok(SpanEntry { span, surface, at })
    }

    fn relation(&mut self) -> Result<(Relation, usize), StoreError> {
        self.scanner.skip();
        let at = self.scanner.at();
        if let Some(relation) = self.simple(|reader| reader.fields()?.relation(reader.annotator)) {
            return Ok((relation, at));
        }
        let record: RelationRecord = self.value()?;
        let relation = record.into_model(self.annotator).map_err(|reason| self.error(at, &reason))?;
        Ok((relation, at))
    }

    fn document_label(&mut self) -> Result<(DocumentLabel, usize), StoreError> {
        self.scanner.skip();
        let at = self.scanner.at();
        let record: DocumentLabelRecord = self.value()?;
        let label = record.into_model(self.annotator).map_err(|reason| self.error(at, &reason))?;
        Ok((label, at))
    }

    /// The fields of a record in the simple form.
    fn fields(&mut self) -> Option<Fields<'a>> {
        let mut fields = Fields::default();
        if !self.scanner.eat(b'(') {
            return None;
        }
        while !self.scanner.eat(b')') {
            match self.scanner.field()? {
                "id" if fields.id.is_none() => fields.id = Some(self.scanner.unsigned()?),
                "label" if fields.label.is_none() => fields.label = Some(self.name()?),
                "at" if fields.at.is_none() => fields.at = Some(self.places()?),
                "text" if fields.text.is_none() => fields.text = Some(self.scanner.string()?),
                "attributes" if fields.attributes.is_none() => fields.attributes = Some(self.attributes()?),
                "entity" if fields.entity.is_none() => fields.entity = Some(EntityId::new(&self.scanner.string()?)),
                "note" if fields.note.is_none() => fields.note = Some(self.scanner.string()?.into_owned()),
                "status" if fields.status.is_none() => {
                    fields.status = Some(match self.scanner.identifier()? {
                        "Accepted" => Status::Accepted,
                        "Suggested" => Status::Suggested,
                        "Rejected" => Status::Rejected,
                        _ => return None,
                    });
                }
                "by" if fields.source.is_none() => fields.source = Some(Source::Person { name: self.name()? }),
                "import" if fields.source.is_none() => fields.source = Some(Source::Import { format: self.name()? }),
                "extractor" if fields.source.is_none() => fields.source = Some(self.extractor()?),
                "time" if fields.time.is_none() => fields.time = Some(self.time()?),
                "reason" if fields.reason.is_none() => fields.reason = Some(self.name()?),
                "score" if fields.score.is_none() => fields.score = Some(self.scanner.number()?.parse().ok()?),
                "trigger" if fields.trigger.is_none() => {
                    fields.trigger = Some(AnnotationId(self.scanner.unsigned()?));
                }
                "arguments" if fields.arguments.is_none() => fields.arguments = Some(self.arguments()?),
                "corrected_from" if fields.corrected_from.is_none() => {
                    fields.corrected_from = Some(Box::new(self.fields()?.corrected_from(self.annotator)?));
                }
                _ => return None,
            }
            if !self.scanner.eat(b',') && self.scanner.peek() != Some(b')') {
                return None;
            }
        }
        Some(fields)
    }

    fn name(&mut self) -> Option<Name> {
        let text = self.scanner.string()?;
        if let Some(name) = self.names.get(&*text) {
            return Some(name.clone());
        }
        let name: Name = text.into();
        self.names.insert(name.clone());
        Some(name)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let Cow::Borrowed(text) = self.scanner.string()? else { return None };
        if self.time.0 != text {
            self.time = (text, text.parse().ok()?);
        }
        Some(self.time.1)
    }

    fn extractor(&mut self) -> Option<Source> {
        if !self.scanner.eat(b'(') {
            return None;
        }
        let name = self.name()?;
        if !self.scanner.eat(b',') {
            return None;
        }
        let version = self.name()?;
        self.scanner.eat(b')').then_some(Source::Extractor { name, version })
    }

    /// `[item, item]`.
    fn items<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<SmallVec<[T; 1]>> {
        if !self.scanner.eat(b'[') {
            return None;
        }
        let mut items = SmallVec::new();
        while !self.scanner.eat(b']') {
            items.push(item(self)?);
            if !self.scanner.eat(b',') && self.scanner.peek() != Some(b']') {
                return None;
            }
        }
        Some(items)
    }

    /// `[(12, 27), (30, 31)]`
    fn places(&mut self) -> Option<SmallVec<[RangeRecord; 1]>> {
        self.items(|reader| {
            let start = reader.scanner.eat(b'(').then(|| reader.scanner.unsigned())??;
            let end = reader.scanner.eat(b',').then(|| reader.scanner.unsigned())??;
            reader.scanner.eat(b')').then_some((start, end))
        })
    }

    /// `[("attacker", 1)]`
    fn arguments(&mut self) -> Option<Vec<Argument>> {
        let items = self.items(|reader| {
            let role = reader.scanner.eat(b'(').then(|| reader.name())??;
            let target = reader.scanner.eat(b',').then(|| reader.scanner.unsigned())??;
            reader.scanner.eat(b')').then_some(Argument { role, target: AnnotationId(target) })
        })?;
        Some(items.into_vec())
    }

    /// `{"mention": "name", "certain": true}`
    fn attributes(&mut self) -> Option<Attributes> {
        if !self.scanner.eat(b'{') {
            return None;
        }
        let mut attributes = Attributes::new();
        while !self.scanner.eat(b'}') {
            let name = self.name()?;
            if !self.scanner.eat(b':') {
                return None;
            }
            let value = match self.scanner.peek()? {
                b'"' => AttributeValue::Text(self.name()?),
                b't' | b'f' => AttributeValue::Flag(match self.scanner.identifier()? {
                    "true" => true,
                    "false" => false,
                    _ => return None,
                }),
                _ => AttributeValue::Number(
                    self.scanner.number()?.parse().ok().filter(|number: &f64| number.is_finite())?,
                ),
            };
            if attributes.insert(name, value).is_some() {
                return None;
            }
            if !self.scanner.eat(b',') && self.scanner.peek() != Some(b'}') {
                return None;
            }
        }
        Some(attributes)
    }
}

/// The fields that a record has, of whatever kind it is.
#[derive(Default)]
struct Fields<'a> {
    id: Option<u32>,
    label: Option<Name>,
    at: Option<SmallVec<[RangeRecord; 1]>>,
    text: Option<Cow<'a, str>>,
    attributes: Option<Attributes>,
    entity: Option<EntityId>,
    note: Option<String>,
    status: Option<Status>,
    source: Option<Source>,
    time: Option<Timestamp>,
    score: Option<f32>,
    reason: Option<Name>,
    trigger: Option<AnnotationId>,
    arguments: Option<Vec<Argument>>,
    corrected_from: Option<Box<CorrectedFrom>>,
}

impl<'a> Fields<'a> {
    fn span(self, annotator: &Name) -> Option<(Span, Option<Cow<'a, str>>)> {
        if self.trigger.is_some() || self.arguments.is_some() {
            return None;
        }
        let fragments = fragments(&self.at?)?;
        let provenance = provenance(self.source, self.time, self.score, self.reason, annotator);
        let span = Span {
            id: AnnotationId(self.id.filter(|id| *id > 0)?),
            label: self.label.filter(|label| !label.is_empty())?,
            fragments,
            attributes: self.attributes.unwrap_or_default(),
            entity: self.entity,
            note: self.note.unwrap_or_default(),
            provenance,
            status: self.status.unwrap_or_default(),
            corrected_from: self.corrected_from,
        };
        Some((span, self.text))
    }

    fn relation(self, annotator: &Name) -> Option<Relation> {
        if self.at.is_some() || self.text.is_some() || self.entity.is_some() {
            return None;
        }
        Some(Relation {
            id: AnnotationId(self.id.filter(|id| *id > 0)?),
            label: self.label.filter(|label| !label.is_empty())?,
            trigger: self.trigger,
            arguments: self.arguments.unwrap_or_default(),
            attributes: self.attributes.unwrap_or_default(),
            note: self.note.unwrap_or_default(),
            provenance: provenance(self.source, self.time, self.score, self.reason, annotator),
            status: self.status.unwrap_or_default(),
            corrected_from: self.corrected_from,
        })
    }

    fn corrected_from(self, annotator: &Name) -> Option<CorrectedFrom> {
        let plain = self.id.is_none()
            && self.text.is_none()
            && self.attributes.is_none()
            && self.entity.is_none()
            && self.note.is_none()
            && self.status.is_none()
            && self.trigger.is_none()
            && self.arguments.is_none()
            && self.corrected_from.is_none();
        if !plain {
            return None;
        }
        let fragments = match &self.at {
            Some(at) => Some(fragments(at)?),
            None => None,
        };
        Some(CorrectedFrom {
            label: self.label?,
            fragments,
            provenance: provenance(self.source, self.time, self.score, self.reason, annotator),
        })
    }
}

fn fragments(at: &[RangeRecord]) -> Option<Fragments> {
    if let [(start, end)] = at {
        return (start <= end).then(|| Fragments::one(TextRange::from_usize(*start as usize, *end as usize)));
    }
    super::record::fragments(at).ok()
}

fn provenance(
    source: Option<Source>,
    time: Option<Timestamp>,
    score: Option<f32>,
    reason: Option<Name>,
    annotator: &Name,
) -> Provenance {
    Provenance {
        source: source.unwrap_or_else(|| Source::Person { name: annotator.clone() }),
        time: time.unwrap_or(Timestamp::UNIX_EPOCH),
        score,
        reason,
    }
}
