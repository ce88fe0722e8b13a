//! How far two opinions of the project's articles agree: scores, confusion, agreement of tokens, and every difference.

use super::{
    opinion::{Opinion, Stated, read_outside},
    suggest::{Suggester, THRESHOLD, add_suggestions},
    suggest_relations::{RELATION_THRESHOLD, RelationSuggester, suggest_relations},
};
use crate::{
    compare::{Comparison, ErrorKind, Labelled, RelationComparison, Score, TokenAgreement, add_attributes},
    edit::{Draft, EditError},
    format::{FormatError, ReadOptions, Warning},
    model::{AnnotatorName, Article, ArticleId, ArticleText, Attributes, Name, Project, Provenance, Schema, SetKey},
    text::{TextRange, segment::tokens},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

/// Parts of a cross-validation: in each, articles are judged by what was learned from those of the others.
pub const FOLDS: usize = 5;

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// What is taken for right.
    pub gold: &'a Opinion,
    pub predicted: &'a Opinion,
    /// Whose suggestions are meant, and from whom the built-in model learns, where neither side is an annotator.
    pub annotator: &'a AnnotatorName,
    /// To whom the suggestions were made that are compared; `None` for the annotator whose opinion is the other side, or else
    /// the present one.
    pub suggested_to: Option<&'a AnnotatorName>,
    /// Only these articles, and these also where one side has nothing; otherwise all where both have something.
    pub only: Option<&'a BTreeSet<ArticleId>>,
    pub schema: &'a Schema,
    /// The project's own rules, for the built-in model.
    pub rules: &'a str,
    /// How files are read.
    pub read: &'a ReadOptions,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub article: ArticleId,
    pub kind: ErrorKind,
    /// True for a relation; then the places are those where to look for it.
    pub is_relation: bool,
    pub gold: Option<Labelled>,
    pub predicted: Option<Labelled>,
    /// Covers both sides.
    pub range: TextRange,
    /// The same in code points.
    pub code_points: (u32, u32),
    /// The text there.
    pub words: String,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The articles that were compared.
    pub articles: Vec<ArticleId>,
    /// Articles that were not compared, because this side says nothing there.
    pub left_out: Vec<(ArticleId, Side)>,
    /// What only the other side has in all these articles, and which therefore is not compared: a tagger has no relations,
    /// and those of an annotator are none that it missed.
    pub not_compared: Vec<(Part, Side)>,
    /// How many predictions are not compared, because the annotator who is taken for right has not decided about them.
    pub undecided: usize,
    pub spans: Comparison,
    /// Attributes of spans that are the same on both sides, by attribute.
    pub attributes: BTreeMap<Name, Score>,
    pub relations: RelationComparison,
    pub document_labels: Score,
    pub agreement: TokenAgreement,
    pub errors: Vec<Found>,
    pub warnings: Vec<Warning>,
}

/// What an opinion can have beside spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Relations,
    Attributes,
    DocumentLabels,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Relations, Self::Attributes, Self::DocumentLabels];

    /// The words used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relations => "relations",
            Self::Attributes => "attributes",
            Self::DocumentLabels => "document labels",
        }
    }

    fn is_in(self, stated: &Stated) -> bool {
        match self {
            Self::Relations => !stated.relations.is_empty(),
            Self::Attributes => stated.spans.iter().any(|(_, attributes)| !attributes.is_empty()),
            Self::DocumentLabels => !stated.document_labels.is_empty(),
        }
    }

    fn take_out(self, stated: &mut Stated) {
        match self {
            Self::Relations => stated.relations.clear(),
            Self::Attributes => stated.spans.iter_mut().for_each(|(_, attributes)| attributes.clear()),
            Self::DocumentLabels => stated.document_labels.clear(),
        }
    }
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Gold,
    Predicted,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum EvaluateError {
    /// A file or folder can not be read.
    Format(FormatError),
    /// What the model proposes does not fit the article.
    Edit(EditError),
    /// Both sides are the same.
    Same {
        opinion: String,
    },
    Cancelled,
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(formatter),
            Self::Edit(error) => error.fmt(formatter),
            Self::Same { opinion } => {
                write!(formatter, "both sides are {opinion}, which agrees with itself; name two different ones")
            }
            Self::Cancelled => formatter.write_str("cancelled"),
        }
    }
}

impl std::error::Error for EvaluateError {}

impl From<FormatError> for EvaluateError {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}

impl From<EditError> for EvaluateError {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

/// Asked now and then with how many steps are done of how many; false stops the work.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// Compares two opinions of `articles`, all of the project and loaded.
///
/// # Errors
/// If a file can not be read, both sides are the same, or `progress` stopped the work.
pub fn evaluate(
    question: &Question<'_>,
    articles: &[&Article],
    progress: Progress<'_>,
) -> Result<Evaluation, EvaluateError> {
    if question.gold == question.predicted {
        return Err(EvaluateError::Same { opinion: question.gold.to_string() });
    }
    let mut evaluation = Evaluation::default();
    let gold = side(question, question.gold, articles, &mut evaluation.warnings)?;
    let predicted = side(question, question.predicted, articles, &mut evaluation.warnings)?;
    let is_wanted = |article: &&&Article| question.only.is_none_or(|only| only.contains(&article.id));
    let chosen: Vec<&Article> = articles.iter().filter(is_wanted).copied().collect();
    let mut compared: Vec<(&Article, Option<Stated>, Option<Stated>)> = Vec::new();
    for article in chosen {
        let (gold, predicted) = (gold.of(article), predicted.of(article));
        let missing = match (&gold, &predicted) {
            (Said::Nothing, _) => Some(Side::Gold),
            (_, Said::Nothing) => Some(Side::Predicted),
            _ => None,
        };
        match missing.filter(|_| question.only.is_none()) {
            Some(side) => evaluation.left_out.push((article.id.clone(), side)),
            None => compared.push((article, gold.into_stated(), predicted.into_stated())),
        }
    }
    fill_in_model(question, articles, &mut compared, progress)?;
    let mut compared: Vec<(&Article, Stated, Stated)> = compared
        .into_iter()
        .map(|(article, gold, predicted)| (article, gold.unwrap_or_default(), predicted.unwrap_or_default()))
        .collect();
    if let Some(annotator) = question.gold.annotator() {
        for (article, _, predicted) in &mut compared {
            evaluation.undecided += predicted.take_out_undecided(annotator, article);
        }
    }
    for part in Part::ALL {
        let missing = match (
            compared.iter().any(|(_, gold, _)| part.is_in(gold)),
            compared.iter().any(|(_, _, predicted)| part.is_in(predicted)),
        ) {
            (true, false) => Side::Predicted,
            (false, true) => Side::Gold,
            _ => continue,
        };
        evaluation.not_compared.push((part, missing));
        for (_, gold, predicted) in &mut compared {
            part.take_out(gold);
            part.take_out(predicted);
        }
    }
    for (article, gold, predicted) in compared {
        evaluation.add(article, &gold, &predicted);
    }
    Ok(evaluation)
}

/// What one side says of an article, before the model was asked.
enum Said {
    Nothing,
    Stated(Stated),
    /// The model is asked later, once it is known of which articles.
    AskModel,
}

impl Said {
    /// `None` where the model is to be asked.
    fn into_stated(self) -> Option<Stated> {
        match self {
            Self::Nothing => Some(Stated::default()),
            Self::Stated(stated) => Some(stated),
            Self::AskModel => None,
        }
    }
}

enum SideOf<'a> {
    Annotator(&'a AnnotatorName),
    Proposed(&'a AnnotatorName, Option<&'a Name>),
    Model,
    File(BTreeMap<ArticleId, Stated>),
}

impl SideOf<'_> {
    fn of(&self, article: &Article) -> Said {
        let stated = match self {
            Self::Annotator(name) => Stated::by(name, article),
            Self::Proposed(annotator, extractor) => Stated::proposed(annotator, *extractor, article),
            Self::Model => return Said::AskModel,
            Self::File(stated) => stated.get(&article.id).cloned(),
        };
        stated.map_or(Said::Nothing, Said::Stated)
    }
}

fn side<'a>(
    question: &Question<'a>,
    opinion: &'a Opinion,
    articles: &[&Article],
    warnings: &mut Vec<Warning>,
) -> Result<SideOf<'a>, FormatError> {
    Ok(match opinion {
        Opinion::Annotator(name) => SideOf::Annotator(name),
        Opinion::Suggestions => SideOf::Proposed(question.suggested_to.unwrap_or(whose(question)), None),
        Opinion::Extractor(name) => SideOf::Proposed(question.suggested_to.unwrap_or(whose(question)), Some(name)),
        Opinion::Model => SideOf::Model,
        Opinion::File(path) => {
            let outside = read_outside(path, question.read, articles)?;
            warnings.extend(outside.warnings);
            SideOf::File(outside.stated)
        }
    })
}

/// In whose sets suggestions are looked for, and from whom the model learns.
fn whose<'a>(question: &Question<'a>) -> &'a AnnotatorName {
    question.gold.annotator().or(question.predicted.annotator()).unwrap_or(question.annotator)
}

/// Asks the built-in model, where a side is open: in five parts, each of which is judged by what was learned from all other
/// articles of the project.
fn fill_in_model(
    question: &Question<'_>,
    articles: &[&Article],
    compared: &mut [(&Article, Option<Stated>, Option<Stated>)],
    progress: Progress<'_>,
) -> Result<(), EvaluateError> {
    let is_open =
        |(_, gold, predicted): &(&Article, Option<Stated>, Option<Stated>)| gold.is_none() || predicted.is_none();
    let open: Vec<usize> =
        compared.iter().enumerate().filter(|(_, one)| is_open(one)).map(|(index, _)| index).collect();
    let folds = FOLDS.min(open.len());
    for fold in 0..folds {
        let in_fold: Vec<usize> = open.iter().copied().skip(fold).step_by(folds).collect();
        let held: BTreeSet<&ArticleId> =
            in_fold.iter().filter_map(|index| compared.get(*index)).map(|(article, ..)| &article.id).collect();
        let goes_on = || progress(fold, folds);
        let rest = || articles.iter().filter(|article| !held.contains(&article.id)).copied();
        let spans = Suggester::learn(question.schema, question.rules, whose(question), rest(), &goes_on);
        let relations = RelationSuggester::learn(question.schema, whose(question), rest(), &goes_on);
        let learned = spans.zip(relations).filter(|_| goes_on()).ok_or(EvaluateError::Cancelled)?;
        for index in in_fold {
            let Some((article, gold, predicted)) = compared.get_mut(index) else { continue };
            let stated = proposed(question, article, &learned)?;
            if gold.is_none() { *gold = Some(stated) } else { *predicted = Some(stated) }
        }
    }
    Ok(())
}

/// What would be suggested in an article that nobody has looked at.
fn proposed(
    question: &Question<'_>,
    article: &Article,
    (spans, relations): &(Suggester, RelationSuggester),
) -> Result<Stated, EditError> {
    let key = SetKey { article: article.id.clone(), annotator: whose(question).clone() };
    let untouched = Article { sets: BTreeMap::new(), ..article.clone() };
    let mut scratch = Project {
        schema: Arc::new(question.schema.clone()),
        articles: [(article.id.clone(), untouched)].into(),
        ..Project::default()
    };
    let mut draft = Draft::new(&mut scratch, key, Provenance::person("", Timestamp::UNIX_EPOCH));
    add_suggestions(&mut draft, &spans.proposals_in(&article.metadata.language, article.text(), None, THRESHOLD))?;
    suggest_relations(&mut draft, relations, RELATION_THRESHOLD, &|_| false)?;
    let untouched = draft.project().article(&article.id);
    Ok(untouched.and_then(|article| Stated::proposed(whose(question), None, article)).unwrap_or_default())
}

impl Evaluation {
    fn add(&mut self, article: &Article, gold: &Stated, predicted: &Stated) {
        let text = article.text();
        let labelled =
            |stated: &Stated| -> Vec<Labelled> { stated.spans.iter().map(|(span, _)| span.clone()).collect() };
        let (gold_spans, predicted_spans) = (labelled(gold), labelled(predicted));
        let words = |range: TextRange| range.slice(text).unwrap_or_default().to_owned();
        let code_points = |range: TextRange| {
            let count = |text: &ArticleText, byte| text.table().code_point_from_byte(text.as_str(), byte);
            article.text.as_ref().map_or((0, 0), |text| (count(text, range.start()), count(text, range.end())))
        };
        let mut errors = Vec::new();
        for difference in self.spans.add(&gold_spans, &predicted_spans) {
            let (kind, range) = (difference.kind(), difference.range());
            errors.push(Found {
                article: article.id.clone(),
                kind,
                is_relation: false,
                gold: difference.gold,
                predicted: difference.predicted,
                range,
                code_points: code_points(range),
                words: words(range),
            });
        }
        for difference in self.relations.add(&gold.relations, &predicted.relations) {
            let place =
                |related: &crate::compare::Related| Labelled { range: related.anchor(), label: related.label.clone() };
            let range = difference.range();
            errors.push(Found {
                article: article.id.clone(),
                kind: difference.kind(),
                is_relation: true,
                gold: difference.gold.as_ref().map(place),
                predicted: difference.predicted.as_ref().map(place),
                range,
                code_points: code_points(range),
                words: words(range),
            });
        }
        errors.sort_by_key(|found| (found.range, found.is_relation));
        self.errors.append(&mut errors);
        let found: BTreeMap<&Labelled, &Attributes> = predicted.spans.iter().map(|(span, own)| (span, own)).collect();
        for (span, right) in &gold.spans {
            if let Some(found) = found.get(span) {
                add_attributes(&mut self.attributes, right, found);
            }
        }
        let correct = gold.document_labels.intersection(&predicted.document_labels).count();
        self.document_labels.add(&Score {
            correct,
            missed: gold.document_labels.len() - correct,
            spurious: predicted.document_labels.len() - correct,
            ..Score::default()
        });
        self.agreement.add(tokens(text), &gold_spans, &predicted_spans);
        self.articles.push(article.id.clone());
    }

    /// How many differences there are of each kind, of those that there are.
    pub fn kinds(&self) -> BTreeMap<ErrorKind, usize> {
        let mut kinds = BTreeMap::new();
        for found in &self.errors {
            *kinds.entry(found.kind).or_default() += 1;
        }
        kinds
    }
}
