//! The file that an article came from, so that writing it in the same format gives back what Glosse does not model.
//!
//! Nothing remembers what was edited: the original is read again, and if it says just what the project says, its bytes are
//! written as they are.

use super::{
    ExportContext, Exported, Format, Holds, Identifiers, Imported, Input, Loss, ReadOptions,
    loss::{LossLog, changed_fields},
    reading::is_unplaced,
};
use crate::model::{
    AnnotationId, AnnotationSet, DocumentLabel, EntityRegistry, FilePart, KeptFile, ReadChoices, Relation, Span, Status,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

/// An imported file, or a part of it, as it was.
#[derive(Clone, Debug)]
pub struct Original {
    /// Its file name without folders.
    pub name: String,
    pub part: FilePart,
    pub content: Content,
    /// Files that lay beside it, by name.
    pub beside: BTreeMap<String, Content>,
}

/// Where kept files are found.
pub trait Originals: Sync {
    /// The content of a file by the name under which it is kept; `None` if it is not there.
    fn content(&self, file: &str) -> Option<Content>;
}

/// Nothing was kept.
#[derive(Clone, Copy, Debug)]
pub struct NoOriginals;

impl Originals for NoOriginals {
    fn content(&self, _file: &str) -> Option<Content> {
        None
    }
}

/// Kept files in memory, by name.
impl Originals for BTreeMap<String, Arc<[u8]>> {
    fn content(&self, file: &str) -> Option<Content> {
        self.get(file).cloned().map(Content::Memory)
    }
}

/// The bytes of a whole file.
#[derive(Clone, Debug)]
pub enum Content {
    Memory(Arc<[u8]>),
    File(PathBuf),
}

impl Content {
    /// The bytes from `start` to before `end`, or to the end of the file; `None` if they can not be read.
    fn bytes(&self, start: u64, end: Option<u64>) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Memory(bytes) => {
                let end = end.map_or(Some(bytes.len()), |end| usize::try_from(end).ok())?;
                bytes.get(usize::try_from(start).ok()?..end).map(Cow::Borrowed)
            }
            Self::File(path) => {
                let mut file = std::fs::File::open(path).ok()?;
                file.seek(SeekFrom::Start(start)).ok()?;
                let mut bytes = Vec::new();
                let length = end.map_or(u64::MAX, |end| end.saturating_sub(start));
                file.take(length).read_to_end(&mut bytes).ok()?;
                (end.is_none() || bytes.len() as u64 == length).then_some(Cow::Owned(bytes))
            }
        }
    }
}

impl Original {
    /// The file that an article was read from, if it was read in the format called `format` and is still there.
    pub fn of(exported: Exported<'_>, format: &str, originals: &dyn Originals) -> Option<Self> {
        let kept = exported.kept.filter(|kept| *kept.format == *format)?;
        let beside = kept.beside.iter().filter_map(|(name, file)| Some((name.clone(), originals.content(file)?)));
        Some(Self {
            name: if kept.name.is_empty() { exported.metadata.origin.file.clone() } else { kept.name.clone() },
            part: kept.part,
            content: originals.content(&kept.file)?,
            beside: beside.collect(),
        })
    }

    /// What belongs to all parts of the file; empty for whole files.
    pub fn head(&self) -> Option<Cow<'_, [u8]>> {
        match self.part {
            FilePart::Bytes { head, .. } => self.content.bytes(0, Some(head)),
            FilePart::Whole | FilePart::Number(_) => Some(Cow::Borrowed(&[])),
        }
    }

    /// The bytes of the part without the head; of a part that has only a number, those of the whole file.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self.part {
            FilePart::Bytes { start, end, .. } => self.content.bytes(start, Some(end)),
            FilePart::Whole | FilePart::Number(_) => self.whole(),
        }
    }

    /// The bytes of the whole file.
    pub fn whole(&self) -> Option<Cow<'_, [u8]>> {
        self.content.bytes(0, None)
    }

    /// The first whole lines of the file, at most `most` bytes; all of a shorter file.
    pub fn first_lines(&self, most: u64) -> Option<Cow<'_, [u8]>> {
        let Some(start) = self.content.bytes(0, Some(most)) else { return self.whole() };
        let end = memchr::memrchr(b'\n', &start).map_or(start.len(), |last| last + 1);
        Some(Cow::Owned(start.get(..end)?.to_vec()))
    }

    /// The bytes of a file that lay beside it.
    pub fn sibling(&self, name: &str) -> Option<Vec<u8>> {
        self.beside.get(name)?.bytes(0, None).map(Cow::into_owned)
    }

    /// The article that `format` reads from it, in the way in which `exported` was read.
    pub fn read(&self, format: &dyn Format, exported: Exported<'_>) -> Option<Imported> {
        let mut bytes = self.head()?.into_owned();
        bytes.extend_from_slice(&self.bytes()?);
        let sibling = |name: &str| self.sibling(name);
        let input = Input::new(self.name.clone(), &bytes, &sibling);
        let options = read_options(exported);
        let wanted = match self.part {
            FilePart::Number(number) => number as usize,
            FilePart::Whole | FilePart::Bytes { .. } => 0,
        };
        let (mut found, mut count) = (None, 0);
        format
            .read(&input, &options, &mut |imported| {
                if count == wanted {
                    found = Some(imported);
                }
                count += 1;
            })
            .ok()?;
        let is_one = matches!(self.part, FilePart::Number(_)) || count == 1;
        found.filter(|_| is_one)
    }
}

impl Imported {
    /// What is to be remembered of the file at `path` that the article was read from in the format called `format` with these
    /// options, and that is kept under the name `file`; `None` if it has nothing that Glosse does not model.
    pub fn kept_file(
        &self,
        format: &'static str,
        path: &Path,
        file: String,
        beside: BTreeMap<String, String>,
        options: &ReadOptions,
    ) -> Option<KeptFile> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Some(KeptFile {
            format: format.into(),
            annotator: None,
            name,
            file,
            part: self.kept?,
            beside,
            choices: Some(options.choices()),
        })
    }
}

/// The original of an article if it was read in `format` and has all that the format could hold of what the project says: then
/// its bytes can be written as they are. What the project has beyond that goes into `losses`.
pub(super) fn unedited(
    format: &dyn Format,
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> Option<Original> {
    let original = Original::of(exported, format.info().name, context.originals)?;
    let read = original.read(format, exported)?;
    is_unedited(&read, exported, context, &format.info().holds, losses).then_some(original)
}

/// The bytes of what [`unedited`] gives.
pub(super) fn unedited_bytes(
    format: &dyn Format,
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> Option<Vec<u8>> {
    Some(unedited(format, exported, context, losses)?.bytes()?.into_owned())
}

/// True if a file from which `read` was read again has all that its format could hold of what the project says; what the
/// project has beyond that goes into `losses` then.
pub(super) fn is_unedited(
    read: &Imported,
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    holds: &Holds,
    losses: &mut Vec<Loss>,
) -> bool {
    let changed = changed_fields(&read.metadata, exported.metadata);
    let is_same = read.text == exported.text.as_str()
        && (!holds.metadata || changed.is_empty())
        && Facts::of_import(read) == Facts::of_set(exported.everything)
        && entities_fit(read, context.entities, holds)
        && only_unplaced_are_missing(exported);
    if is_same {
        let mut log = LossLog::new(exported, losses);
        log.metadata_fields(&changed);
        for entity in &read.entities {
            if let Some(known) = context.entities.get(&entity.id) {
                log.beyond(known, entity);
            }
        }
    }
    is_same
}

/// How an original is read again: in the way in which the article was, as far as that was noted.
pub(super) fn read_options(exported: Exported<'_>) -> ReadOptions {
    let origin = &exported.metadata.origin;
    let choices = exported.kept.and_then(|kept| kept.choices.clone()).unwrap_or_else(|| ReadChoices {
        normalize_line_endings: origin.normalized,
        default_language: exported.metadata.language.clone(),
        ..ReadChoices::default()
    });
    let ReadChoices { normalize_line_endings, text_column, encoding, default_language } = choices;
    let time = jiff::Timestamp::UNIX_EPOCH;
    ReadOptions { normalize_line_endings, text_column, encoding, default_language, time }
}

/// True if what a filter left out is only what waits to be placed by hand, with the relations that need it.
fn only_unplaced_are_missing(exported: Exported<'_>) -> bool {
    let (all, written) = (exported.everything, exported.annotations);
    let missing = |id: AnnotationId| !written.contains(id);
    let waiting: BTreeSet<_> = all.spans().filter(|span| is_unplaced(span)).map(|span| span.id).collect();
    let hangs = |relation: &Relation| relation.targets().any(|target| waiting.contains(&target) || missing(target));
    all.spans().all(|span| !missing(span.id) || waiting.contains(&span.id))
        && all.relations().all(|relation| !missing(relation.id) || hangs(relation))
        && all.document_labels().all(|label| !missing(label.id))
}

/// True if the file has the ids of all entities that it names, as far as its format could. Other names and notes come from other
/// files and articles as well and are no reason to write it anew.
fn entities_fit(read: &Imported, entities: &EntityRegistry, holds: &Holds) -> bool {
    read.entities.iter().all(|entity| {
        entities.get(&entity.id).is_some_and(|known| {
            entity.names().all(|name| known.names().any(|other| other == name))
                && (holds.identifiers == Identifiers::None || entity.identifiers == known.identifiers)
        })
    })
}

/// What annotations say, without their ids and provenance.
#[derive(PartialEq)]
struct Facts {
    spans: Vec<String>,
    relations: Vec<String>,
    labels: Vec<String>,
}

impl Facts {
    fn of_import(read: &Imported) -> Self {
        Self::new(read.spans.iter().collect(), read.relations.iter().collect(), read.document_labels.iter().collect())
    }

    fn of_set(set: &AnnotationSet) -> Self {
        Self::new(set.spans().collect(), set.relations().collect(), set.document_labels().collect())
    }

    fn new(mut spans: Vec<&Span>, relations: Vec<&Relation>, labels: Vec<&DocumentLabel>) -> Self {
        let status = |status: Status| status.as_str();
        let span = |span: &Span| {
            let Span { label, fragments, attributes, entity, note, .. } = span;
            format!("{fragments:?} {label} {attributes:?} {entity:?} {note:?} {}", status(span.status))
        };
        spans.sort_by_cached_key(|one| (span(one), one.id));
        // Relations name what they link by its place in the order of what it says.
        let mut places: BTreeMap<AnnotationId, String> =
            spans.iter().zip(0..).map(|(span, place): (&&Span, usize)| (span.id, place.to_string())).collect();
        let mut open = relations;
        let mut found = Vec::new();
        let mut depth = 0;
        while !open.is_empty() {
            let before = open.len();
            let mut level: Vec<(String, AnnotationId)> = Vec::new();
            open.retain(|relation| {
                if !relation.targets().all(|target| places.contains_key(&target)) {
                    return true;
                }
                let place = |id: AnnotationId| places.get(&id).cloned().unwrap_or_default();
                let arguments: Vec<_> =
                    relation.arguments.iter().map(|argument| (&argument.role, place(argument.target))).collect();
                let Relation { label, attributes, note, .. } = relation;
                let trigger = relation.trigger.map(place);
                let words =
                    format!("{label} {trigger:?} {arguments:?} {attributes:?} {note:?} {}", status(relation.status));
                level.push((words, relation.id));
                false
            });
            level.sort();
            // The same words at the same place of the same level are the same on both sides.
            places.extend((0..).zip(&level).map(|(place, (_, id)): (usize, _)| (*id, format!("r{depth}.{place}"))));
            depth += 1;
            found.extend(level.into_iter().map(|(words, _)| words));
            if open.len() == before {
                // Nothing more can be told of what leads in circles.
                break;
            }
        }
        let mut labels: Vec<_> =
            labels.iter().map(|label| format!("{} {:?} {}", label.label, label.note, status(label.status))).collect();
        labels.sort();
        found.sort();
        Self { spans: spans.into_iter().map(span).collect(), relations: found, labels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        format::{MemoryOutput, WriteOptions, golden, registry},
        model::{AnnotationSet, ArticleId, ArticleText, Progress, Schema},
    };

    /// Reads a brat article and writes it again, with `edit` in between.
    fn round(annotations: &str, edit: impl FnOnce(&mut Vec<Span>)) -> Vec<(String, Vec<u8>)> {
        let format = registry::by_name("brat").expect("a format");
        let text = "In Kursk war es still.\n";
        let sibling = |name: &str| (name == "a.txt").then(|| text.as_bytes().to_vec());
        let input = Input::new("a.ann", annotations.as_bytes(), &sibling);
        let mut read = Vec::new();
        format.read(&input, &golden::read_options(), &mut |article| read.push(article)).expect("it can be read");
        let mut article = read.pop().expect("an article");
        edit(&mut article.spans);
        let kept: BTreeMap<String, Arc<[u8]>> =
            [("a.ann".to_owned(), annotations.as_bytes().into()), ("a.txt".to_owned(), text.as_bytes().into())].into();
        let beside = [("a.txt".to_owned(), "a.txt".to_owned())].into();
        golden::keep(&mut article, "brat", "a.ann", beside);
        let set = AnnotationSet::from_parts(0, Progress::New, article.spans, article.relations, Vec::new()).0;
        let accepted = set.spans().filter(|span| span.status == Status::Accepted).cloned().collect();
        let relations = set.relations().cloned().collect();
        let written = AnnotationSet::from_parts(0, Progress::New, accepted, relations, Vec::new()).0;
        let exported = Exported {
            id: &ArticleId::new("a"),
            metadata: &article.metadata,
            text: &ArticleText::new(article.text),
            annotations: &written,
            everything: &set,
            kept: article.metadata.origin.kept.last(),
        };
        let (schema, entities, options) = (Schema::default(), EntityRegistry::default(), WriteOptions::default());
        let context = ExportContext { schema: &schema, entities: &entities, options: &options, originals: &kept };
        let mut output = MemoryOutput::default();
        format.write(&mut [exported].into_iter(), &context, &mut output, &mut Vec::new()).expect("it can be written");
        output.files.into_iter().filter(|(name, _)| name == "a.ann").collect()
    }

    #[test]
    fn what_was_not_edited_is_written_as_it_was() {
        for annotations in [
            "",
            "T2\tLOC 3 8\tKursk\r\nX7 what no reader knows\nT1\tLOC 3 8\tKursk\n",
            "T1\tLOC 3 8\tKursk\nT9\tLOC 3 7\tKiew\nR1\tin Arg1:T1 Arg2:T9\n",
            "T1\tLOC 3 8\tKursk\nT2\tLOC 3 8\tKursk\n*\tEquiv T1 T2\n#1\tAnnotatorNotes T2\tNotiz",
        ] {
            assert_eq!(round(annotations, |_| ()), [("a.ann".to_owned(), annotations.as_bytes().to_vec())]);
        }
        let edited = round("T1\tLOC 3 8\tKursk\n", |spans| spans[0].label = "ORG".into());
        assert_eq!(edited, [("a.ann".to_owned(), b"T1\tORG 3 8\tKursk\n".to_vec())]);
        // What waited to be placed and was given up does not come back.
        let given_up = round("T1\tLOC 3 8\tKursk\nT9\tLOC 3 7\tKiew\n", |spans| spans.truncate(1));
        assert_eq!(given_up, [("a.ann".to_owned(), b"T1\tLOC 3 8\tKursk\n".to_vec())]);
    }
}
