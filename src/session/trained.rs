//! The project's own tagger in a file: what it learned from, whether that is still what the project says, and how well it
//! does on what it has not seen.

use super::{
    evaluate::FOLDS,
    suggest::{THRESHOLD, lesson, train_tagger},
};
use crate::{
    assist::tagger::{Example, LEAST_SCORE, Options, Tagger, TaggerError},
    compare::{Comparison, Labelled},
    model::{AnnotatorName, Article, Name, Schema},
    text::TextRange,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// How a file with a model begins; the digit is the version.
const MAGIC: &str = "glosse-model 2\n";

/// What there is to learn from: the articles in which an annotator has accepted something.
#[derive(Clone, Debug, Default)]
pub struct Lessons {
    pub examples: Vec<Example>,
    fingerprint: Fingerprint,
}

/// By what one lesson is known again: small, so that the lesson need not be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonTrace {
    /// XXH3 of the text.
    text: u64,
    /// Where the sentences that teach begin: all of an article that is done, those with labels of another.
    sentences: Vec<usize>,
    spans: Vec<(TextRange, Name)>,
}

/// By what lessons are known again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    labels: BTreeMap<Name, LabelRecord>,
    /// XXH3 of texts and sentences.
    texts: u64,
}

/// How often a label comes, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LabelRecord {
    spans: usize,
    /// XXH3 of all places, in hexadecimal digits: the same for a label that was only renamed.
    places: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Header {
    /// Of the program.
    version: String,
    annotator: String,
    seed: u64,
    articles: usize,
    /// XXH3 of the texts, in hexadecimal digits.
    texts: String,
    labels: BTreeMap<Name, LabelRecord>,
}

/// What a tagger learns from an article; `None` if that is nothing.
fn example(article: &Article, annotator: &AnnotatorName) -> Option<Example> {
    lesson(article.text(), article.sets.get(annotator)?)
}

impl LessonTrace {
    pub fn of(lesson: &Example) -> Self {
        Self {
            text: xxhash_rust::xxh3::xxh3_64(lesson.text().as_bytes()),
            sentences: lesson.sentences().iter().map(|sentence| sentence.start).collect(),
            spans: lesson.spans.clone(),
        }
    }
}

impl Fingerprint {
    /// Of lessons in the order of the ids of their articles.
    pub fn of<'a>(lessons: impl Iterator<Item = &'a LessonTrace>) -> Self {
        let mut places: BTreeMap<&Name, (usize, Vec<u8>)> = BTreeMap::new();
        let mut texts = Vec::new();
        for lesson in lessons {
            let text = lesson.text.to_le_bytes();
            texts.extend(text);
            texts.extend(lesson.sentences.iter().flat_map(|start| start.to_le_bytes()));
            for (range, label) in &lesson.spans {
                let (count, places) = places.entry(label).or_default();
                *count += 1;
                places.extend(text);
                places.extend(range.start().0.to_le_bytes());
                places.extend(range.end().0.to_le_bytes());
            }
        }
        let record = |(spans, places): (usize, Vec<u8>)| LabelRecord {
            spans,
            places: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&places)),
        };
        Self {
            labels: places.into_iter().map(|(label, found)| (label.clone(), record(found))).collect(),
            texts: xxhash_rust::xxh3::xxh3_64(&texts),
        }
    }

    /// How many spans there are in all.
    pub fn spans(&self) -> usize {
        self.labels.values().map(|record| record.spans).sum()
    }
}

impl Lessons {
    /// From articles in the order of their ids.
    pub fn of<'a>(annotator: &AnnotatorName, articles: impl Iterator<Item = &'a Article>) -> Self {
        let examples: Vec<Example> = articles.filter_map(|article| example(article, annotator)).collect();
        let traces: Vec<LessonTrace> = examples.iter().map(LessonTrace::of).collect();
        Self { examples, fingerprint: Fingerprint::of(traces.iter()) }
    }

    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// How often each label was accepted.
    pub fn labels(&self) -> impl Iterator<Item = (&Name, usize)> {
        self.fingerprint.labels.iter().map(|(label, record)| (label, record.spans))
    }

    /// How many spans there are in all.
    pub fn spans(&self) -> usize {
        self.fingerprint.spans()
    }

    /// Trains a tagger; `None` if `goes_on` says no.
    pub fn train(&self, options: &Options, goes_on: &(dyn Fn() -> bool + Sync)) -> Option<Tagger> {
        train_tagger(&self.examples, options, goes_on)
    }

    /// How a tagger does on articles that it has not seen: in up to five parts, each tagged by what was learned from the
    /// others. `None` with a single article, or if `goes_on` says no.
    pub fn cross_validated(&self, options: &Options, goes_on: &(dyn Fn() -> bool + Sync)) -> Option<Comparison> {
        let folds = FOLDS.min(self.examples.len());
        if folds < 2 {
            return None;
        }
        let mut comparison = Comparison::default();
        for fold in 0..folds {
            let is_held = |index: usize| index % folds == fold;
            let part = |held: bool| {
                let numbered = self.examples.iter().enumerate();
                numbered.filter(move |(index, _)| is_held(*index) == held).map(|(_, example)| example)
            };
            let rest: Vec<Example> = part(false).cloned().collect();
            let tagger = train_tagger(&rest, options, goes_on)?;
            for example in part(true) {
                let labelled = |(range, label): &(TextRange, Name)| Labelled { range: *range, label: label.clone() };
                let gold: Vec<Labelled> = example.spans.iter().map(labelled).collect();
                let found = tagger.propose(example, LEAST_SCORE).into_iter().filter(|it| it.score >= THRESHOLD);
                let found: Vec<Labelled> =
                    found.map(|proposal| Labelled { range: proposal.range, label: proposal.label }).collect();
                comparison.add(&gold, &found);
            }
        }
        Some(comparison)
    }
}

/// A tagger with what it learned from.
#[derive(Clone)]
pub struct StoredModel {
    header: Header,
    tagger: Tagger,
}

/// Why a file is no model.
#[derive(Debug)]
pub enum ModelError {
    Io {
        path: PathBuf,
        doing: &'static str,
        error: io::Error,
    },
    /// The file is something else, or damaged.
    Bad {
        path: PathBuf,
        error: TaggerError,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, doing, error } => write!(formatter, "can not {doing}: {error}: {}", path.display()),
            Self::Bad { path, error } => write!(formatter, "{error}: {}", path.display()),
        }
    }
}

impl std::error::Error for ModelError {}

impl StoredModel {
    /// A tagger that was trained on `lessons`.
    pub fn new(tagger: Tagger, annotator: &AnnotatorName, seed: u64, lessons: &Lessons) -> Self {
        let header = Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            annotator: annotator.to_string(),
            seed,
            articles: lessons.examples.len(),
            texts: format!("{:016x}", lessons.fingerprint.texts),
            labels: lessons.fingerprint.labels.clone(),
        };
        Self { header, tagger }
    }

    /// Where the model of an annotator lies in a project.
    pub fn path(root: &Path, annotator: &AnnotatorName) -> PathBuf {
        root.join(".glosse").join("models").join(format!("{annotator}.bin"))
    }

    /// The labels that it knows.
    pub fn labels(&self) -> impl Iterator<Item = &Name> {
        self.header.labels.keys()
    }

    /// The same model with the same lessons and seed gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.as_bytes().to_vec();
        // A header of texts and numbers can always be written.
        bytes.extend(serde_json::to_vec(&self.header).unwrap_or_default());
        bytes.push(b'\n');
        bytes.extend(self.tagger.to_bytes());
        bytes
    }

    /// Reads what [`StoredModel::to_bytes`] wrote.
    ///
    /// # Errors
    /// If the bytes are something else or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TaggerError> {
        let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(TaggerError::Unknown)?;
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(TaggerError::Damaged)?;
        let (header, tagger) = rest.split_at_checked(end).ok_or(TaggerError::Damaged)?;
        let header = serde_json::from_slice(header).map_err(|_| TaggerError::Damaged)?;
        let tagger = Tagger::from_bytes(tagger.strip_prefix(b"\n").unwrap_or(tagger))?;
        Ok(Self { header, tagger })
    }

    /// Reads a model; `None` if there is no such file.
    ///
    /// # Errors
    /// If the file can not be read or is no model.
    pub fn load(path: &Path) -> Result<Option<Self>, ModelError> {
        match std::fs::read(path) {
            Ok(bytes) => {
                let model = Self::from_bytes(&bytes);
                Ok(Some(model.map_err(|error| ModelError::Bad { path: path.to_owned(), error })?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ModelError::Io { path: path.to_owned(), doing: "read the model", error }),
        }
    }

    /// Writes the model, complete or not at all, and returns its size in bytes.
    ///
    /// # Errors
    /// If the file can not be written.
    pub fn save(&self, path: &Path) -> Result<usize, ModelError> {
        let bytes = self.to_bytes();
        let write = || -> io::Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut beside = path.as_os_str().to_owned();
            beside.push(".tmp");
            let mut file = std::fs::File::create(&beside)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&beside, path)
        };
        write().map_err(|error| ModelError::Io { path: path.to_owned(), doing: "write the model", error })?;
        Ok(bytes.len())
    }

    /// The tagger, if it is what these lessons would give now: the same texts, and each label at the same places. Labels that
    /// were renamed since are renamed, those that are gone are not proposed any more.
    pub fn current(&self, lessons: &Fingerprint) -> Option<Tagger> {
        let header = &self.header;
        if !self.is_of_this_version() || header.texts != format!("{:016x}", lessons.texts) {
            return None;
        }
        let mut new_names: BTreeMap<&Name, Name> = BTreeMap::new();
        for (label, record) in &lessons.labels {
            let is_same = |old: &&Name| header.labels.get(*old) == Some(record) && !new_names.contains_key(*old);
            // A label that kept its name is preferred, should two lie at the same places.
            let old = Some(label)
                .filter(is_same)
                .or_else(|| header.labels.keys().filter(is_same).find(|old| !lessons.labels.contains_key(*old)))?;
            let (old, _) = header.labels.get_key_value(old)?;
            new_names.insert(old, label.clone());
        }
        Some(self.tagger.clone().with_labels_mapped(&|label| new_names.get(label).cloned()))
    }

    /// True if this version of the program trained it.
    pub fn is_of_this_version(&self) -> bool {
        self.header.version == env!("CARGO_PKG_VERSION")
    }

    /// From how many articles it learned.
    pub fn articles(&self) -> usize {
        self.header.articles
    }

    /// The tagger as it is, without the labels that the schema does not have.
    pub fn for_schema(&self, schema: &Schema) -> Tagger {
        let known = |label: &Name| schema.label(label).map(|definition| definition.name.clone());
        self.tagger.clone().with_labels_mapped(&known)
    }
}

#[cfg(test)]
#[path = "trained_tests.rs"]
mod tests;
