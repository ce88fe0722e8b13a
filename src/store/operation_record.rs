//! Transactions as they stand in the journal: a header that says what was done and to what, and the operations, both JSON.

use super::{
    HistoryEntry,
    project_file::{EntityRecord, MetadataRecord, SchemaRecord, SettingsRecord},
    record::{DocumentLabelRecord, ProgressRecord, RelationRecord, SpanRecord, Times},
};
use crate::{
    edit::{ArticleContent, Kind, Operation, Touched, Transaction},
    model::{AnnotationId, ArticleId, ArticleText, EntityId, Name, SetKey},
    text::{ByteOffset, TextEdit},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Bytes of an operation as JSON, rather too many than too few.
const RECORD: usize = 200;
/// Operations that are written by one core at a time.
const AT_ONCE: usize = 1_000;

/// The first part of a journal line: of a transaction if `seq` is there, of a snapshot if `snapshot` is there.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redo: Option<u64>,
    /// The transaction with which this one is undone and done again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<u64>,
    /// True if undo passes over it.
    #[serde(skip_serializing_if = "is_false")]
    pub aside: bool,
    /// Article, annotator and the highest id that the transaction names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<(Name, Name, u32)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub articles: Vec<Name>,
    #[serde(skip_serializing_if = "is_false")]
    pub entities: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub project: bool,
    /// Name of the file that is about to get, or has got, the content with this hash, which holds everything up to transaction `through`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// 16 hexadecimal digits; not there if the file is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
    /// True once the file is known to have that content: it had no other one before and since.
    #[serde(skip_serializing_if = "is_false")]
    pub done: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Header {
    pub(super) fn new(seq: u64, transaction: &Transaction, touched: &Touched) -> Self {
        let mut highest: BTreeMap<&SetKey, u32> = touched.sets.iter().map(|key| (key, 0)).collect();
        let mut annotations = transaction.operations.iter().filter_map(Operation::annotation).peekable();
        while let Some((key, AnnotationId(mut id))) = annotations.next() {
            // Most are of the same set as the one before.
            while let Some((_, next)) = annotations.next_if(|(next, _)| *next == key) {
                id = id.max(next.0);
            }
            if let Some(entry) = highest.get_mut(key) {
                *entry = id.max(*entry);
            }
        }
        let names = |ids: &std::collections::BTreeSet<ArticleId>| ids.iter().map(ArticleId::to_name).collect();
        let (undo, redo, more) = match transaction.kind {
            Kind::Do | Kind::Aside => (None, None, None),
            Kind::Undo(seq) => (Some(seq), None, None),
            Kind::Redo(seq) => (None, Some(seq), None),
            Kind::More(seq) => (None, None, Some(seq)),
        };
        Self {
            seq: Some(seq),
            title: transaction.title.clone(),
            author: transaction.author.clone(),
            time: transaction.time.to_string(),
            undo,
            redo,
            more,
            aside: transaction.kind == Kind::Aside,
            sets: highest.into_iter().map(|(key, id)| (key.article.to_name(), key.annotator.to_name(), id)).collect(),
            texts: names(&touched.texts),
            metadata: names(&touched.metadata),
            articles: names(&touched.articles),
            entities: touched.entities,
            project: touched.project,
            ..Self::default()
        }
    }

    /// The entry of the history with this header; `None` if the header is of no transaction.
    pub(super) fn history(&self) -> Option<HistoryEntry> {
        let kind = match (self.undo, self.redo, self.more) {
            (Some(seq), ..) => Kind::Undo(seq),
            (None, Some(seq), _) => Kind::Redo(seq),
            (None, None, Some(seq)) => Kind::More(seq),
            (None, None, None) if self.aside => Kind::Aside,
            (None, None, None) => Kind::Do,
        };
        let articles = |names: &[Name]| names.iter().map(|name| ArticleId::new(name)).collect();
        Some(HistoryEntry {
            seq: self.seq?,
            title: self.title.clone(),
            author: self.author.clone(),
            time: self.time.parse().ok()?,
            kind,
            touched: Touched {
                sets: self
                    .sets
                    .iter()
                    .map(|(article, annotator, _)| SetKey {
                        article: ArticleId::new(article),
                        annotator: (**annotator).into(),
                    })
                    .collect(),
                texts: articles(&self.texts),
                metadata: articles(&self.metadata),
                articles: articles(&self.articles),
                entities: self.entities,
                project: self.project,
            },
        })
    }
}

/// Without `set` it is about the same set as the last operation before it that has one; without `before` or `after` nothing was there, or is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperationRecord {
    Span {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<(Name, Name)>,
        id: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SpanRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SpanRecord>,
    },
    Relation {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<(Name, Name)>,
        id: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<RelationRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<RelationRecord>,
    },
    DocumentLabel {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<(Name, Name)>,
        id: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<DocumentLabelRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<DocumentLabelRecord>,
    },
    Progress {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<(Name, Name)>,
        before: ProgressRecord,
        after: ProgressRecord,
    },
    Text {
        article: Name,
        at: u32,
        removed: String,
        inserted: String,
    },
    Metadata {
        article: Name,
        before: MetadataRecord,
        after: MetadataRecord,
    },
    Article {
        id: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<ContentRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ContentRecord>,
    },
    Entity {
        id: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<EntityRecord>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<EntityRecord>,
    },
    Schema {
        before: SchemaRecord,
        after: SchemaRecord,
    },
    Settings {
        before: SettingsRecord,
        after: SettingsRecord,
    },
}

#[derive(Serialize, Deserialize)]
struct ContentRecord {
    metadata: MetadataRecord,
    text: String,
}

/// The set of an operation, unless it is `latest`, that of the operations before it.
fn set_record<'a>(key: &'a SetKey, latest: &mut Option<&'a SetKey>) -> Option<(Name, Name)> {
    let is_same = latest.replace(key) == Some(key);
    (!is_same).then(|| (key.article.to_name(), key.annotator.to_name()))
}

/// The set that [`set_record`] wrote down.
fn set_key(record: Option<(Name, Name)>, latest: &mut Option<SetKey>) -> Result<SetKey, String> {
    if let Some((article, annotator)) = record {
        *latest = Some(SetKey { article: ArticleId::new(&article), annotator: (*annotator).into() });
    }
    latest.clone().ok_or_else(|| "it is not said what annotations an operation is about".to_owned())
}

fn content_record(content: &ArticleContent) -> ContentRecord {
    ContentRecord { metadata: (&*content.metadata).into(), text: content.text.as_str().to_owned() }
}

fn content(record: ContentRecord) -> ArticleContent {
    ArticleContent { metadata: Arc::new(record.metadata.into()), text: Arc::new(ArticleText::new(record.text)) }
}

impl OperationRecord {
    fn new<'a>(operation: &'a Operation, times: &mut Times, latest: &mut Option<&'a SetKey>) -> Self {
        match operation {
            Operation::Span { set, id, before, after } => {
                let mut record = |span: &Arc<_>| SpanRecord::new(span, set.annotator.as_str(), times);
                Self::Span {
                    set: set_record(set, latest),
                    id: id.0,
                    before: before.as_ref().map(&mut record),
                    after: after.as_ref().map(&mut record),
                }
            }
            Operation::Relation { set, id, before, after } => {
                let mut record = |relation: &Arc<_>| RelationRecord::new(relation, set.annotator.as_str(), times);
                Self::Relation {
                    set: set_record(set, latest),
                    id: id.0,
                    before: before.as_ref().map(&mut record),
                    after: after.as_ref().map(&mut record),
                }
            }
            Operation::DocumentLabel { set, id, before, after } => {
                let mut record = |label: &Arc<_>| DocumentLabelRecord::new(label, set.annotator.as_str(), times);
                Self::DocumentLabel {
                    set: set_record(set, latest),
                    id: id.0,
                    before: before.as_ref().map(&mut record),
                    after: after.as_ref().map(&mut record),
                }
            }
            Operation::Progress { set, before, after } => {
                Self::Progress { set: set_record(set, latest), before: (*before).into(), after: (*after).into() }
            }
            Operation::Text { article, edit } => Self::Text {
                article: article.as_str().into(),
                at: edit.at.0,
                removed: edit.removed.clone(),
                inserted: edit.inserted.clone(),
            },
            Operation::Metadata { article, before, after } => Self::Metadata {
                article: article.as_str().into(),
                before: (&**before).into(),
                after: (&**after).into(),
            },
            Operation::Article { id, before, after } => Self::Article {
                id: id.as_str().into(),
                before: before.as_ref().map(content_record),
                after: after.as_ref().map(content_record),
            },
            Operation::Entity { id, before, after } => Self::Entity {
                id: id.as_str().into(),
                before: before.as_deref().map(Into::into),
                after: after.as_deref().map(Into::into),
            },
            Operation::Schema { before, after } => {
                Self::Schema { before: (&**before).into(), after: (&**after).into() }
            }
            Operation::Settings { before, after } => {
                Self::Settings { before: (&**before).into(), after: (&**after).into() }
            }
        }
    }
}

impl OperationRecord {
    fn into_model(self, latest: &mut Option<SetKey>) -> Result<Operation, String> {
        Ok(match self {
            Self::Span { set, id, before, after } => {
                let set = set_key(set, latest)?;
                let annotator = set.annotator.to_name();
                let span = |record: Option<SpanRecord>| {
                    record.map(|record| record.into_model(&annotator).map(Arc::new)).transpose()
                };
                let (before, after) = (span(before)?, span(after)?);
                Operation::Span { set, id: AnnotationId(id), before, after }
            }
            Self::Relation { set, id, before, after } => {
                let set = set_key(set, latest)?;
                let annotator = set.annotator.to_name();
                let relation = |record: Option<RelationRecord>| {
                    record.map(|record| record.into_model(&annotator).map(Arc::new)).transpose()
                };
                let (before, after) = (relation(before)?, relation(after)?);
                Operation::Relation { set, id: AnnotationId(id), before, after }
            }
            Self::DocumentLabel { set, id, before, after } => {
                let set = set_key(set, latest)?;
                let annotator = set.annotator.to_name();
                let label = |record: Option<DocumentLabelRecord>| {
                    record.map(|record| record.into_model(&annotator).map(Arc::new)).transpose()
                };
                let (before, after) = (label(before)?, label(after)?);
                Operation::DocumentLabel { set, id: AnnotationId(id), before, after }
            }
            Self::Progress { set, before, after } => {
                Operation::Progress { set: set_key(set, latest)?, before: before.into(), after: after.into() }
            }
            Self::Text { article, at, removed, inserted } => Operation::Text {
                article: ArticleId::new(&article),
                edit: TextEdit { at: ByteOffset(at), removed, inserted },
            },
            Self::Metadata { article, before, after } => Operation::Metadata {
                article: ArticleId::new(&article),
                before: Arc::new(before.into()),
                after: Arc::new(after.into()),
            },
            Self::Article { id, before, after } => {
                Operation::Article { id: ArticleId::new(&id), before: before.map(content), after: after.map(content) }
            }
            Self::Entity { id, before, after } => Operation::Entity {
                id: EntityId::new(&id),
                before: before.map(|entity| Box::new(entity.into())),
                after: after.map(|entity| Box::new(entity.into())),
            },
            Self::Schema { before, after } => {
                Operation::Schema { before: Arc::new(before.into_model()?), after: Arc::new(after.into_model()?) }
            }
            Self::Settings { before, after } => {
                Operation::Settings { before: Arc::new(before.into()), after: Arc::new(after.into()) }
            }
        })
    }
}

/// The second part of a journal line.
///
/// # Errors
/// If a value can not be JSON at all.
///
/// It comes in parts, to be put one behind the other. Many operations are written on all cores.
pub(super) fn write_operations(operations: &[Operation]) -> serde_json::Result<Vec<Vec<u8>>> {
    let write = |(index, operations): (usize, &[Operation])| {
        let mut json = Vec::with_capacity(operations.len().saturating_mul(RECORD));
        let (mut times, mut latest) = (Times::default(), None);
        for (place, operation) in operations.iter().enumerate() {
            json.push(if index == 0 && place == 0 { b'[' } else { b',' });
            serde_json::to_writer(&mut json, &OperationRecord::new(operation, &mut times, &mut latest))?;
        }
        Ok(json)
    };
    let mut parts = match operations.len() {
        0 => vec![b"[".to_vec()],
        1..=AT_ONCE => vec![write((0, operations))?],
        _ => operations.par_chunks(AT_ONCE).enumerate().map(write).collect::<serde_json::Result<Vec<_>>>()?,
    };
    if let Some(last) = parts.last_mut() {
        last.push(b']');
    }
    Ok(parts)
}

/// Reads what [`write_operations`] wrote.
///
/// # Errors
/// If it is something else; says what.
pub(super) fn read_operations(json: &[u8]) -> Result<Vec<Operation>, String> {
    let records: Vec<OperationRecord> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let mut latest = None;
    records.into_iter().map(|record| record.into_model(&mut latest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Fragments, Progress, Provenance, Span, Status},
        text::TextRange,
    };

    #[test]
    fn what_the_operation_before_says_is_said_once_and_longer_forms_are_read() {
        let set = |article: &str| SetKey { article: ArticleId::new(article), annotator: "ana".into() };
        let span = |set: SetKey, id: u32| {
            let span = Span {
                id: AnnotationId(id),
                label: "PER".into(),
                fragments: Fragments::one(TextRange::new(ByteOffset(0), ByteOffset(3))),
                attributes: Default::default(),
                entity: None,
                note: String::new(),
                provenance: Provenance::person("ana", jiff::Timestamp::UNIX_EPOCH),
                status: Status::Accepted,
                corrected_from: None,
            };
            Operation::Span { set, id: AnnotationId(id), before: None, after: Some(Arc::new(span)) }
        };
        let started = Operation::Progress { set: set("b"), before: Progress::New, after: Progress::Started };
        let edit = TextEdit { at: ByteOffset(0), removed: String::new(), inserted: "x".to_owned() };
        let text = Operation::Text { article: ArticleId::new("b"), edit };
        let other = SetKey { annotator: "eva".into(), ..set("b") };
        let again = span(set("a"), 3).inverse();
        let few = vec![span(set("a"), 1), span(set("a"), 2), span(set("b"), 1), text, started, span(other, 1), again];
        let many: Vec<Operation> = (1..=2 * AT_ONCE as u32 + 1).map(|id| span(set("a"), id)).collect();
        for (operations, named) in [(&few, 4), (&many, 3)] {
            let json = write_operations(operations).expect("it can be written").concat();
            assert_eq!(read_operations(&json).as_ref(), Ok(operations));
            let text = String::from_utf8(json).expect("JSON");
            assert_eq!((text.matches("\"set\"").count(), text.matches("null").count()), (named, 0), "{text}");
        }
        let after = r#"{"id":1,"label":"PER","at":[[0,3]],"time":"1970-01-01T00:00:00Z"}"#;
        let long = format!(r#"[{{"span":{{"set":["a","ana"],"id":1,"before":null,"after":{after}}}}}]"#);
        assert_eq!(read_operations(long.as_bytes()), Ok(vec![span(set("a"), 1)]));
        let nothing = format!(r#"[{{"span":{{"id":1,"after":{after}}}}}]"#);
        assert!(read_operations(nothing.as_bytes()).is_err_and(|error| error.contains("what annotations")));
    }
}
