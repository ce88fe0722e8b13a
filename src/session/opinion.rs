//! Whose view of a text is compared: an annotator's, what extractors proposed, the built-in model's, or that of a file.

use super::{
    import::wanted_id,
    import_reading::{FileNews, read_files},
    import_suggestions::{ByText, move_to},
};
use crate::{
    compare::{Labelled, Related},
    format::{FormatError, ReadOptions, Warning, folder::files_to_read},
    model::{
        AnnotationSet, AnnotatorName, Article, ArticleId, Attributes, Name, Progress, Provenance, Relation, Source,
        Span, Status,
    },
    text::TextRange,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

/// The word for everything that extractors proposed.
const SUGGESTIONS: &str = "suggestions";
/// The word for what the built-in model proposes.
const MODEL: &str = "model";

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// What an annotator has accepted.
    Annotator(AnnotatorName),
    /// What extractors proposed, as they proposed it, whatever became of it.
    Suggestions,
    /// The same of one extractor.
    Extractor(Name),
    /// What Glosse itself proposes for articles that it has not learned from.
    Model,
    /// What a file or folder of a format that is read says.
    File(PathBuf),
}

impl fmt::Display for Opinion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Annotator(name) => name.fmt(formatter),
            Self::Suggestions => SUGGESTIONS.fmt(formatter),
            Self::Extractor(name) => name.fmt(formatter),
            Self::Model => MODEL.fmt(formatter),
            Self::File(path) => path.display().fmt(formatter),
        }
    }
}

/// A word that names no opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOpinion {
    text: String,
    known: Vec<String>,
}

impl fmt::Display for UnknownOpinion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let always = [SUGGESTIONS, MODEL].map(|word| format!("`{word}`"));
        let known: Vec<&str> = self.known.iter().chain(&always).map(String::as_str).collect();
        write!(
            formatter,
            "{:?} is no annotator, extractor or file; there are {} and paths of files",
            self.text,
            known.join(", ")
        )?;
        match self.known.is_empty() {
            true => write!(formatter, ", since nobody has annotated here yet"),
            false => Ok(()),
        }
    }
}

impl std::error::Error for UnknownOpinion {}

impl Opinion {
    /// The opinion that `text` names: an annotator, `suggestions`, `model`, an extractor or a path, in this order.
    ///
    /// # Errors
    /// If it names nothing; says what there is.
    pub fn named(
        text: &str,
        annotators: &BTreeSet<AnnotatorName>,
        extractors: &BTreeSet<Name>,
    ) -> Result<Self, UnknownOpinion> {
        let annotator = annotators.iter().find(|name| name.as_str() == text);
        let extractor = extractors.iter().find(|name| &***name == text);
        match (annotator, text, extractor) {
            (Some(name), _, _) => Ok(Self::Annotator(name.clone())),
            (None, SUGGESTIONS, _) => Ok(Self::Suggestions),
            (None, MODEL, _) => Ok(Self::Model),
            (None, _, Some(name)) => Ok(Self::Extractor(name.clone())),
            _ if Path::new(text).exists() => Ok(Self::File(PathBuf::from(text))),
            _ => {
                let known = annotators.iter().map(ToString::to_string);
                let known = known.chain(extractors.iter().map(|name| format!("{name:?}"))).collect();
                Err(UnknownOpinion { text: text.to_owned(), known })
            }
        }
    }

    /// Whose sets are meant, if one annotator's are.
    pub fn annotator(&self) -> Option<&AnnotatorName> {
        match self {
            Self::Annotator(name) => Some(name),
            _ => None,
        }
    }
}

/// The extractors that proposed something in loaded articles.
pub fn extractors<'a>(articles: impl Iterator<Item = &'a Article>) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for set in articles.flat_map(|article| article.sets.values()) {
        let before =
            |before: &'_ Option<Box<crate::model::CorrectedFrom>>| before.as_ref().map(|it| it.provenance.clone());
        let spans = set.spans().flat_map(|span| [Some(span.provenance.clone()), before(&span.corrected_from)]);
        let relations =
            set.relations().flat_map(|found| [Some(found.provenance.clone()), before(&found.corrected_from)]);
        let labels = set.document_labels().map(|label| Some(label.provenance.clone()));
        names.extend(spans.chain(relations).chain(labels).flatten().filter_map(|provenance| match provenance.source {
            Source::Extractor { name, .. } => Some(name),
            _ => None,
        }));
    }
    names
}

/// What one side says of an article.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// No two are equal in place and label.
    pub spans: Vec<(Labelled, Attributes)>,
    pub relations: Vec<Related>,
    pub document_labels: BTreeSet<Name>,
}

impl Stated {
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.relations.is_empty() && self.document_labels.is_empty()
    }

    /// What `annotator` has accepted in an article; `None` if that is nothing and the article is not done.
    pub fn by(annotator: &AnnotatorName, article: &Article) -> Option<Self> {
        let set = article.sets.get(annotator)?;
        let stated = Self::of_set(
            set,
            |span| accepted(span.status).then(|| as_it_is(span)),
            |relation| accepted(relation.status).then(|| relation.label.clone()),
            |label| accepted(label.status),
        );
        (!stated.is_empty() || set.progress() == Progress::Done).then_some(stated)
    }

    /// What one extractor or all proposed to `annotator`, as far as it is remembered; `None` if that is nothing.
    pub fn proposed(annotator: &AnnotatorName, extractor: Option<&Name>, article: &Article) -> Option<Self> {
        let by = |provenance: &Provenance| match &provenance.source {
            Source::Extractor { name, .. } => extractor.is_none_or(|wanted| wanted == name),
            _ => false,
        };
        let set = article.sets.get(annotator)?;
        let span = |span: &Span| match &span.corrected_from {
            Some(before) if by(&before.provenance) => {
                let range = before.fragments.as_ref().unwrap_or(&span.fragments).hull();
                Some((Labelled { range, label: before.label.clone() }, span.attributes.clone()))
            }
            _ => by(&span.provenance).then(|| as_it_is(span)),
        };
        let relation = |relation: &Relation| match &relation.corrected_from {
            Some(before) if by(&before.provenance) => Some(before.label.clone()),
            _ => by(&relation.provenance).then(|| relation.label.clone()),
        };
        let stated = Self::of_set(set, span, relation, |label| by(&label.provenance));
        (!stated.is_empty()).then_some(stated)
    }

    /// Takes out what `annotator` has not decided about in an article, since suggestions of that place are still open; how much
    /// that is. In an article that is done everything is decided.
    pub fn take_out_undecided(&mut self, annotator: &AnnotatorName, article: &Article) -> usize {
        let Some(set) = article.sets.get(annotator).filter(|set| set.progress() != Progress::Done) else { return 0 };
        let is_open = |range: TextRange| {
            let mut open = false;
            for span in set.spans_overlapping(range) {
                if span.status != Status::Suggested {
                    return false;
                }
                open = true;
            }
            open
        };
        let suggested = Self::of_set(
            set,
            |_| None,
            |relation| (relation.status == Status::Suggested).then(|| relation.label.clone()),
            |label| label.status == Status::Suggested,
        );
        let count = |stated: &Self| stated.spans.len() + stated.relations.len() + stated.document_labels.len();
        let before = count(self);
        self.spans.retain(|(span, _)| !is_open(span.range));
        self.relations.retain(|relation| {
            !suggested.relations.contains(relation) && !relation.arguments.iter().any(|(_, place)| is_open(*place))
        });
        self.document_labels.retain(|label| !suggested.document_labels.contains(label));
        before - count(self)
    }

    fn of_set(
        set: &AnnotationSet,
        span: impl Fn(&Span) -> Option<(Labelled, Attributes)>,
        relation: impl Fn(&Relation) -> Option<Name>,
        document_label: impl Fn(&crate::model::DocumentLabel) -> bool,
    ) -> Self {
        let spans: BTreeMap<Labelled, Attributes> = set.spans().filter_map(span).collect();
        let related = |found: &Relation| {
            let place = |id| set.anchor(id);
            let trigger = found.trigger.and_then(place).map(|range| ("".into(), range));
            let arguments = found.arguments.iter();
            let arguments = arguments.filter_map(|argument| Some((argument.role.clone(), place(argument.target)?)));
            Some(Related { label: relation(found)?, arguments: trigger.into_iter().chain(arguments).collect() })
        };
        let labels = set.document_labels().filter(|label| document_label(label));
        Self {
            spans: spans.into_iter().collect(),
            relations: set.relations().filter_map(related).collect(),
            document_labels: labels.map(|label| label.label.clone()).collect(),
        }
    }
}

fn accepted(status: Status) -> bool {
    status == Status::Accepted
}

fn as_it_is(span: &Span) -> (Labelled, Attributes) {
    (Labelled { range: span.fragments.hull(), label: span.label.clone() }, span.attributes.clone())
}

/// What a file or folder says of articles of the project.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    pub stated: BTreeMap<ArticleId, Stated>,
    /// What could not be used, and articles that the project does not have.
    pub warnings: Vec<Warning>,
}

/// Reads what files say of `articles`: those with the same text, whatever its white space. What was rejected there is left
/// out.
///
/// # Errors
/// If a folder can not be looked into.
pub fn read_outside(path: &Path, options: &ReadOptions, articles: &[&Article]) -> Result<Outside, FormatError> {
    let files: Vec<PathBuf> = files_to_read(&[path.to_owned()], None)?.into_iter().map(|file| file.path).collect();
    let mut by_text = ByText::default();
    for article in articles {
        by_text.add(&article.id, article.text());
    }
    let texts: BTreeMap<&ArticleId, &str> = articles.iter().map(|article| (&article.id, article.text())).collect();
    let mut outside = Outside::default();
    let mut failed = Vec::new();
    let mut foreign = 0_usize;
    let mut first_foreign = None;
    let read = read_files(&files, None, options, None, &mut failed, &mut |news| {
        let FileNews::Article(_, mut imported) = news else { return true };
        outside.warnings.append(&mut imported.warnings);
        let wanted = wanted_id(&imported);
        let of_same_id = texts.get(&wanted).is_some_and(|text| move_to(&mut imported, text));
        let id = if of_same_id { Some(wanted.clone()) } else { by_text.get(&imported.text).cloned() };
        let fits = id.as_ref().and_then(|id| texts.get(id)).is_some_and(|text| move_to(&mut imported, text));
        let Some(id) = id.filter(|_| fits) else {
            foreign += 1;
            first_foreign.get_or_insert(wanted);
            return true;
        };
        let (set, _) =
            AnnotationSet::from_parts(0, Progress::New, imported.spans, imported.relations, imported.document_labels);
        let stands = |status: Status| status != Status::Rejected;
        let stated = Stated::of_set(
            &set,
            |span| stands(span.status).then(|| as_it_is(span)),
            |relation| stands(relation.status).then(|| relation.label.clone()),
            |label| stands(label.status),
        );
        outside.stated.insert(id, stated);
        true
    });
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let warning = |message: String| Warning { file: file.clone(), line: None, message };
    if let Err(error) = read {
        outside.warnings.push(warning(error.to_string()));
    }
    outside.warnings.extend(failed.into_iter().map(&warning));
    if let Some(first) = first_foreign {
        outside.warnings.push(warning(format!(
            "{foreign} of its articles have a text that the project does not have, {first} for one; they were left out"
        )));
    }
    Ok(outside)
}
