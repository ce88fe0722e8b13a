//! Annotations as they stand on disk: types of their own, so that the model can change and old files keep opening.
//!
//! The annotation files hold them as RON, the journal as JSON. Fields that say nothing new are left out.

use crate::{
    model::{
        AnnotationId, Argument, AttributeValue, Attributes, CorrectedFrom, DocumentLabel, EntityId, Fragments, Name,
        Progress, Provenance, Relation, Source, Span, Status,
    },
    text::TextRange,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stretch of text: its first byte and the byte behind its last.
pub(super) type RangeRecord = (u32, u32);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SpanRecord {
    pub id: u32,
    pub label: Name,
    pub at: Vec<RangeRecord>,
    /// The covered text, which proves the place. The journal leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Name, ValueRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "is_accepted")]
    pub status: StatusRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractor: Option<(Name, Name)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_from: Option<Box<CorrectedFromRecord>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RelationRecord {
    pub id: u32,
    pub label: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<u32>,
    pub arguments: Vec<(Name, u32)>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Name, ValueRecord>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "is_accepted")]
    pub status: StatusRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractor: Option<(Name, Name)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_from: Option<Box<CorrectedFromRecord>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DocumentLabelRecord {
    pub id: u32,
    pub label: Name,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "is_accepted")]
    pub status: StatusRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractor: Option<(Name, Name)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Name>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CorrectedFromRecord {
    pub label: Name,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<RangeRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractor: Option<(Name, Name)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Name>,
}

/// An attribute value, told apart by its form: `true`, `1.5`, `"nominal"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum ValueRecord {
    Flag(bool),
    Number(f64),
    Text(Name),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StatusRecord {
    Suggested,
    #[default]
    Accepted,
    Rejected,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ProgressRecord {
    #[default]
    New,
    Started,
    Done,
}

fn is_accepted(status: &StatusRecord) -> bool {
    *status == StatusRecord::Accepted
}

impl From<Status> for StatusRecord {
    fn from(status: Status) -> Self {
        match status {
            Status::Suggested => Self::Suggested,
            Status::Accepted => Self::Accepted,
            Status::Rejected => Self::Rejected,
        }
    }
}

impl From<StatusRecord> for Status {
    fn from(status: StatusRecord) -> Self {
        match status {
            StatusRecord::Suggested => Self::Suggested,
            StatusRecord::Accepted => Self::Accepted,
            StatusRecord::Rejected => Self::Rejected,
        }
    }
}

impl From<Progress> for ProgressRecord {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::New => Self::New,
            Progress::Started => Self::Started,
            Progress::Done => Self::Done,
        }
    }
}

impl From<ProgressRecord> for Progress {
    fn from(progress: ProgressRecord) -> Self {
        match progress {
            ProgressRecord::New => Self::New,
            ProgressRecord::Started => Self::Started,
            ProgressRecord::Done => Self::Done,
        }
    }
}

impl From<&AttributeValue> for ValueRecord {
    fn from(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Flag(flag) => Self::Flag(*flag),
            AttributeValue::Number(number) => Self::Number(*number),
            AttributeValue::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl From<ValueRecord> for AttributeValue {
    fn from(value: ValueRecord) -> Self {
        match value {
            ValueRecord::Flag(flag) => Self::Flag(flag),
            ValueRecord::Number(number) => Self::Number(number),
            ValueRecord::Text(text) => Self::Text(text),
        }
    }
}

/// The fields of a record that say where an annotation comes from.
pub(super) struct ProvenanceFields {
    pub by: Option<Name>,
    pub import: Option<Name>,
    pub extractor: Option<(Name, Name)>,
    pub time: Option<Name>,
    pub score: Option<f32>,
    pub reason: Option<Name>,
}

/// The text of the latest time: imports give thousands of records the same one.
#[derive(Default)]
pub(super) struct Times {
    latest: Option<(Timestamp, Name)>,
}

impl Times {
    fn text(&mut self, time: Timestamp) -> Name {
        match &self.latest {
            Some((known, text)) if *known == time => text.clone(),
            _ => {
                let text = Name::from(time.to_string());
                self.latest = Some((time, text.clone()));
                text
            }
        }
    }
}

impl ProvenanceFields {
    /// A person's name is left out where it is that of the file's annotator.
    fn new(provenance: &Provenance, annotator: &str, times: &mut Times) -> Self {
        let mut fields = Self {
            by: None,
            import: None,
            extractor: None,
            time: Some(times.text(provenance.time)),
            score: provenance.score,
            reason: provenance.reason.clone(),
        };
        match &provenance.source {
            Source::Person { name } if **name == *annotator => {}
            Source::Person { name } => fields.by = Some(name.clone()),
            Source::Import { format } => fields.import = Some(format.clone()),
            Source::Extractor { name, version } => fields.extractor = Some((name.clone(), version.clone())),
        }
        fields
    }

    /// # Errors
    /// If the time can not be read; says why.
    pub(super) fn into_provenance(self, annotator: &Name) -> Result<Provenance, String> {
        let source = match (self.extractor, self.import, self.by) {
            (Some((name, version)), _, _) => Source::Extractor { name, version },
            (None, Some(format), _) => Source::Import { format },
            (None, None, by) => Source::Person { name: by.unwrap_or_else(|| annotator.clone()) },
        };
        let time = match self.time {
            None => Timestamp::UNIX_EPOCH,
            Some(time) => time.parse().map_err(|_| format!("{time:?} is not a time like 2026-01-31T12:00:00Z"))?,
        };
        Ok(Provenance { source, time, score: self.score, reason: self.reason })
    }
}

/// Reads the pieces of a span.
pub(super) fn fragments(at: &[RangeRecord]) -> Result<Fragments, String> {
    if let Some((start, end)) = at.iter().find(|(start, end)| start > end) {
        return Err(format!("the place ({start}, {end}) ends before it starts"));
    }
    let ranges = at.iter().map(|(start, end)| TextRange::from_usize(*start as usize, *end as usize));
    Fragments::new(ranges).ok_or_else(|| "the span has no place; `at` is empty or missing".to_owned())
}

pub(super) fn ranges(fragments: &Fragments) -> Vec<RangeRecord> {
    fragments.iter().map(|range| (range.start().0, range.end().0)).collect()
}

fn attributes_record(attributes: &Attributes) -> BTreeMap<Name, ValueRecord> {
    attributes.iter().map(|(name, value)| (name.clone(), value.into())).collect()
}

fn attributes(record: BTreeMap<Name, ValueRecord>) -> Result<Attributes, String> {
    record
        .into_iter()
        .map(|(name, value)| match value {
            ValueRecord::Number(number) if !number.is_finite() => Err(format!("the attribute {name:?} is not finite")),
            value => Ok((name, value.into())),
        })
        .collect()
}

impl CorrectedFromRecord {
    fn new(corrected: &CorrectedFrom, annotator: &str, times: &mut Times) -> Self {
        let ProvenanceFields { by, import, extractor, time, score, reason } =
            ProvenanceFields::new(&corrected.provenance, annotator, times);
        let at = corrected.fragments.as_ref().map(ranges).unwrap_or_default();
        Self { label: corrected.label.clone(), at, by, import, extractor, time, score, reason }
    }

    fn into_model(self, annotator: &Name) -> Result<CorrectedFrom, String> {
        let Self { label, at, by, import, extractor, time, score, reason } = self;
        Ok(CorrectedFrom {
            label,
            fragments: if at.is_empty() { None } else { Some(fragments(&at)?) },
            provenance: ProvenanceFields { by, import, extractor, time, score, reason }.into_provenance(annotator)?,
        })
    }
}

fn corrected_record(
    corrected: &Option<Box<CorrectedFrom>>,
    annotator: &str,
    times: &mut Times,
) -> Option<Box<CorrectedFromRecord>> {
    corrected.as_deref().map(|corrected| Box::new(CorrectedFromRecord::new(corrected, annotator, times)))
}

fn corrected(record: Option<Box<CorrectedFromRecord>>, annotator: &Name) -> Result<Option<Box<CorrectedFrom>>, String> {
    record.map(|record| record.into_model(annotator).map(Box::new)).transpose()
}

impl SpanRecord {
    pub(super) fn new(span: &Span, annotator: &str, times: &mut Times) -> Self {
        let ProvenanceFields { by, import, extractor, time, score, reason } =
            ProvenanceFields::new(&span.provenance, annotator, times);
        Self {
            id: span.id.0,
            label: span.label.clone(),
            at: ranges(&span.fragments),
            text: None,
            attributes: attributes_record(&span.attributes),
            entity: span.entity.as_ref().map(ToString::to_string),
            note: span.note.clone(),
            status: span.status.into(),
            by,
            import,
            extractor,
            time,
            score,
            reason,
            corrected_from: corrected_record(&span.corrected_from, annotator, times),
        }
    }

    /// The annotation; its place is not proven yet.
    ///
    /// # Errors
    /// If a field makes no sense; says which and why.
    pub(super) fn into_model(self, annotator: &Name) -> Result<Span, String> {
        let Self { id, label, at, by, import, extractor, time, score, reason, .. } = self;
        check_named(id, &label)?;
        Ok(Span {
            id: AnnotationId(id),
            label,
            fragments: fragments(&at)?,
            attributes: attributes(self.attributes)?,
            entity: self.entity.as_deref().map(EntityId::new),
            note: self.note,
            provenance: ProvenanceFields { by, import, extractor, time, score, reason }.into_provenance(annotator)?,
            status: self.status.into(),
            corrected_from: corrected(self.corrected_from, annotator)?,
        })
    }
}

impl RelationRecord {
    pub(super) fn new(relation: &Relation, annotator: &str, times: &mut Times) -> Self {
        let ProvenanceFields { by, import, extractor, time, score, reason } =
            ProvenanceFields::new(&relation.provenance, annotator, times);
        Self {
            id: relation.id.0,
            label: relation.label.clone(),
            trigger: relation.trigger.map(|id| id.0),
            arguments: relation.arguments.iter().map(|argument| (argument.role.clone(), argument.target.0)).collect(),
            attributes: attributes_record(&relation.attributes),
            note: relation.note.clone(),
            status: relation.status.into(),
            by,
            import,
            extractor,
            time,
            score,
            reason,
            corrected_from: corrected_record(&relation.corrected_from, annotator, times),
        }
    }

    /// # Errors
    /// If a field makes no sense; says which and why.
    pub(super) fn into_model(self, annotator: &Name) -> Result<Relation, String> {
        let Self { id, label, by, import, extractor, time, score, reason, .. } = self;
        check_named(id, &label)?;
        Ok(Relation {
            id: AnnotationId(id),
            label,
            trigger: self.trigger.map(AnnotationId),
            arguments: self
                .arguments
                .into_iter()
                .map(|(role, target)| Argument { role, target: AnnotationId(target) })
                .collect(),
            attributes: attributes(self.attributes)?,
            note: self.note,
            provenance: ProvenanceFields { by, import, extractor, time, score, reason }.into_provenance(annotator)?,
            status: self.status.into(),
            corrected_from: corrected(self.corrected_from, annotator)?,
        })
    }
}

impl DocumentLabelRecord {
    pub(super) fn new(label: &DocumentLabel, annotator: &str, times: &mut Times) -> Self {
        let ProvenanceFields { by, import, extractor, time, score, reason } =
            ProvenanceFields::new(&label.provenance, annotator, times);
        Self {
            id: label.id.0,
            label: label.label.clone(),
            note: label.note.clone(),
            status: label.status.into(),
            by,
            import,
            extractor,
            time,
            score,
            reason,
        }
    }

    /// # Errors
    /// If a field makes no sense; says which and why.
    pub(super) fn into_model(self, annotator: &Name) -> Result<DocumentLabel, String> {
        let Self { id, label, note, status, by, import, extractor, time, score, reason } = self;
        check_named(id, &label)?;
        Ok(DocumentLabel {
            id: AnnotationId(id),
            label,
            note,
            provenance: ProvenanceFields { by, import, extractor, time, score, reason }.into_provenance(annotator)?,
            status: status.into(),
        })
    }
}

fn check_named(id: u32, label: &str) -> Result<(), String> {
    if id == 0 {
        return Err("the record has no id; ids start at 1".to_owned());
    }
    if label.is_empty() {
        return Err(format!("the record with id {id} has no label"));
    }
    Ok(())
}
