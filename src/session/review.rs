//! What a reviewer looks at: the suggestions of all articles, in an order that is worth the time, or as questions that are
//! answered by yes or no.
//!
//! A [`Review`] is put together from an [`ArticleReview`] of each article, of which one at a time can be replaced when its
//! annotations changed. It knows nothing of files and changes nothing, except [`decide`], which is one answer.

use super::{Hit, naming, suggest::is_own};
use crate::{
    assist::Counts,
    edit::{Draft, EditError},
    model::{AnnotationId, AnnotationSet, ArticleId, Name, Progress, Source, Span, Status},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Taken for the probability of a suggestion whose source gave none.
const UNDECIDED: f32 = 0.5;
/// Below this a probability says no more.
const LEAST: f32 = 1e-6;

/// What kind of annotation is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Span,
    Relation,
}

/// A suggestion that nobody has looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub id: AnnotationId,
    pub what: What,
    pub label: Name,
    /// Title of its article.
    pub title: Name,
    /// Its place, with the words around. Of a relation all from its first to its last argument.
    pub hit: Hit,
    /// Its words with single spaces; of a relation what it links, see [`naming::arguments`].
    pub form: Name,
    /// As the history names it, see [`naming::named`].
    pub named: Name,
    /// Who suggested it.
    pub source: Name,
    /// Probability that place and label are right, from 0 to 1, if the source gave one.
    pub score: Option<f32>,
    /// True if a person has to place it first, see [`AnnotationSet::awaits_place`].
    pub awaits_place: bool,
    /// True if Glosse itself suggested it, which follows what is decided elsewhere.
    pub is_own: bool,
    /// What another extractor says of the same place.
    pub rival: Option<Rival>,
}

/// What speaks against a suggestion.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    pub says: Says,
    /// How sure that is, from 0 to 1.
    pub score: f32,
}

/// Who says something else than a suggestion, and what.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// Another extractor suggests this for words that overlap.
    Other { source: Name, label: Name, words: Name },
    /// The same words were accepted with another label in this project, so many times.
    Accepted { label: Name, times: u32 },
    /// The same words with this label were rejected in this project, so many times.
    Rejected { times: u32 },
}

impl Suggestion {
    /// Mean over the tokens of the suggestion of the natural logarithm of their probability, 0 or less; the lowest is the
    /// most doubtful. Sources give one probability for the whole suggestion, which all its tokens share, so the mean is its
    /// logarithm. A source that gives none counts as undecided, with one half.
    pub fn certainty(&self) -> f32 {
        self.probability().ln()
    }

    fn probability(&self) -> f32 {
        self.score.unwrap_or(UNDECIDED).clamp(LEAST, 1.0)
    }

    /// Where it is: article and number.
    pub fn key(&self) -> (ArticleId, AnnotationId) {
        (self.hit.article.clone(), self.id)
    }
}

/// The order of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Order {
    /// Article by article, in the order of the text.
    #[default]
    Article,
    /// The least sure first, see [`Suggestion::certainty`].
    Doubt,
    /// Label by label, then by words.
    Label,
    /// First where two extractors, or an extractor and what was decided before, say different things: those first of which
    /// the less sure one is surest. The others follow by doubt.
    Disagreement,
    /// Shuffled, the same way each time.
    Random,
}

impl Order {
    pub const ALL: [Self; 5] = [Self::Article, Self::Doubt, Self::Label, Self::Disagreement, Self::Random];
}

/// The suggestions of one article, and what was decided in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArticleReview {
    suggestions: Vec<Arc<Suggestion>>,
    /// By words and label.
    decisions: BTreeMap<(Name, Name), Counts>,
}

impl ArticleReview {
    /// Looks at the annotations of an article.
    pub fn new(article: &ArticleId, title: &str, text: &str, set: &AnnotationSet) -> Self {
        let title: Name = title.into();
        let mut review = Self::default();
        for span in set.spans_in_order() {
            let form = collapsed(&span.fragments.surface(text));
            match span.status {
                Status::Suggested => review.suggestions.push(Arc::new(Suggestion {
                    id: span.id,
                    what: What::Span,
                    label: span.label.clone(),
                    title: title.clone(),
                    hit: Hit::at(article, text, span.fragments.hull()),
                    named: naming::in_words(&form, &span.label).into(),
                    form,
                    source: source_name(&span.provenance.source),
                    score: span.provenance.score,
                    awaits_place: span.awaits_place(),
                    is_own: is_own(&span.provenance.source),
                    rival: rival_in(set, span, text),
                })),
                Status::Accepted => {
                    let corrected = span.corrected_from.as_ref().filter(|before| {
                        before.label != span.label && before.fragments.as_ref().is_none_or(|it| *it == span.fragments)
                    });
                    if let Some(before) = corrected {
                        review.counts(form.clone(), before.label.clone()).rejected += 1;
                    }
                    review.counts(form, span.label.clone()).accepted += 1;
                }
                Status::Rejected => review.counts(form, span.label.clone()).rejected += 1,
            }
        }
        let mut relations: Vec<Arc<Suggestion>> = set
            .relations()
            .filter(|relation| relation.status == Status::Suggested)
            .filter_map(|relation| {
                let place = set.anchor(relation.id)?;
                Some(Arc::new(Suggestion {
                    id: relation.id,
                    what: What::Relation,
                    label: relation.label.clone(),
                    title: title.clone(),
                    hit: Hit::at(article, text, place),
                    form: naming::arguments(set, relation, text).into(),
                    named: naming::named(Some(set), text, relation.id).into(),
                    source: source_name(&relation.provenance.source),
                    score: relation.provenance.score,
                    awaits_place: set.awaits_place(relation.id),
                    is_own: is_own(&relation.provenance.source),
                    rival: None,
                }))
            })
            .collect();
        review.suggestions.append(&mut relations);
        review.suggestions.sort_by_key(|suggestion| (suggestion.hit.range, suggestion.id));
        review
    }

    fn counts(&mut self, form: Name, label: Name) -> &mut Counts {
        self.decisions.entry((form, label)).or_default()
    }
}

/// All suggestions of a project, and what was decided in it.
#[derive(Clone, Debug, Default)]
pub struct Review {
    articles: BTreeMap<ArticleId, ArticleReview>,
    // Invariant: the sum of the decisions of all articles, by words, then by label.
    decisions: HashMap<Name, BTreeMap<Name, Counts>>,
    // Invariant: the number of suggestions of all articles.
    count: usize,
}

/// Suggestions of the same words with the same label, which often have the same answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub form: Name,
    pub label: Name,
    /// In the order of articles and texts.
    pub suggestions: Vec<Arc<Suggestion>>,
}

impl Group {
    /// Mean of [`Suggestion::certainty`].
    pub fn certainty(&self) -> f32 {
        let sum: f32 = self.suggestions.iter().map(|suggestion| suggestion.certainty()).sum();
        // Counts of suggestions are exact in 32 bits far beyond what a project holds.
        sum / self.suggestions.len().max(1) as f32
    }
}

impl Review {
    /// Puts in what an article holds, in the place of what was known of it.
    pub fn insert(&mut self, article: ArticleId, review: ArticleReview) {
        self.remove(&article);
        self.count += review.suggestions.len();
        for ((form, label), counts) in &review.decisions {
            let sum = self.decisions.entry(form.clone()).or_default().entry(label.clone()).or_default();
            sum.accepted += counts.accepted;
            sum.rejected += counts.rejected;
        }
        self.articles.insert(article, review);
    }

    /// Forgets an article.
    pub fn remove(&mut self, article: &ArticleId) {
        let Some(review) = self.articles.remove(article) else { return };
        self.count -= review.suggestions.len();
        for ((form, label), counts) in &review.decisions {
            let Some(labels) = self.decisions.get_mut(form) else { continue };
            if let Some(sum) = labels.get_mut(label) {
                sum.accepted = sum.accepted.saturating_sub(counts.accepted);
                sum.rejected = sum.rejected.saturating_sub(counts.rejected);
                if *sum == Counts::default() {
                    labels.remove(label);
                }
            }
            if labels.is_empty() {
                self.decisions.remove(form);
            }
        }
    }

    /// How many suggestions there are.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How often these words were accepted and rejected with this label.
    pub fn decisions(&self, form: &str, label: &str) -> Counts {
        self.decisions.get(form).and_then(|labels| labels.get(label)).copied().unwrap_or_default()
    }

    /// What speaks against a suggestion most: another extractor, or what was decided before.
    pub fn rival(&self, suggestion: &Suggestion) -> Option<Rival> {
        let remembered = match suggestion.what {
            What::Span => self.remembered(suggestion),
            What::Relation => None,
        };
        let rivals = suggestion.rival.iter().cloned().chain(remembered);
        rivals.reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// What was decided for the same words, if that was something else. Sure is the mean of a Beta distribution over
    /// "is accepted", from an even prior.
    fn remembered(&self, suggestion: &Suggestion) -> Option<Rival> {
        let labels = self.decisions.get(&suggestion.form)?;
        let own = labels.get(&suggestion.label).copied().unwrap_or_default();
        let accepted: u32 = labels.values().map(|counts| counts.accepted).sum();
        let mean = |count: u32, of: u32| (f64::from(count) + 1.0) / (f64::from(of) + 2.0);
        let others = labels.iter().filter(|(label, counts)| **label != suggestion.label && counts.accepted > 0);
        let other = others.max_by_key(|(_, counts)| counts.accepted).map(|(label, counts)| Rival {
            says: Says::Accepted { label: label.clone(), times: counts.accepted },
            score: mean(counts.accepted, accepted + counts.rejected) as f32,
        });
        let rejected = (own.rejected > own.accepted).then(|| Rival {
            says: Says::Rejected { times: own.rejected },
            score: mean(own.rejected, own.accepted + own.rejected) as f32,
        });
        other.into_iter().chain(rejected).reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// All suggestions in an order. What is kept apart from it, such as articles for an evaluation, has to be left out by
    /// whoever puts articles in.
    pub fn in_order(&self, order: Order) -> Vec<Arc<Suggestion>> {
        let mut all: Vec<Arc<Suggestion>> =
            self.articles.values().flat_map(|review| review.suggestions.iter().cloned()).collect();
        match order {
            Order::Article => {}
            Order::Doubt => all.sort_by(|one, other| one.certainty().total_cmp(&other.certainty())),
            Order::Label => all.sort_by(|one, other| (&one.label, &one.form).cmp(&(&other.label, &other.form))),
            Order::Disagreement => {
                let conflict = |suggestion: &Suggestion| {
                    self.rival(suggestion).map_or(0.0, |rival| rival.score.min(suggestion.probability()))
                };
                let mut keyed: Vec<(f32, Arc<Suggestion>)> =
                    all.into_iter().map(|suggestion| (conflict(&suggestion), suggestion)).collect();
                keyed.sort_by(|(one, first), (other, second)| {
                    other.total_cmp(one).then_with(|| first.certainty().total_cmp(&second.certainty()))
                });
                all = keyed.into_iter().map(|(_, suggestion)| suggestion).collect();
            }
            Order::Random => all.sort_by_cached_key(|suggestion| {
                xxh3_64_with_seed(suggestion.hit.article.as_str().as_bytes(), u64::from(suggestion.id.0))
            }),
        }
        all
    }

    /// The suggested relations, which [`Self::groups`] leaves out.
    pub fn relations(&self) -> impl Iterator<Item = &Arc<Suggestion>> {
        let all = self.articles.values().flat_map(|review| &review.suggestions);
        all.filter(|suggestion| suggestion.what == What::Relation)
    }

    /// The suggested spans by words and label, the groups with the most doubt first.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<(Name, Name), Vec<Arc<Suggestion>>> = BTreeMap::new();
        let all = self.articles.values().flat_map(|review| &review.suggestions);
        for suggestion in all.filter(|suggestion| suggestion.what == What::Span && !suggestion.awaits_place) {
            let key = (suggestion.form.clone(), suggestion.label.clone());
            groups.entry(key).or_default().push(suggestion.clone());
        }
        let mut groups: Vec<Group> =
            groups.into_iter().map(|((form, label), suggestions)| Group { form, label, suggestions }).collect();
        groups.sort_by(|one, other| one.certainty().total_cmp(&other.certainty()));
        groups
    }
}

/// Accepts or rejects a suggestion, if it still is one and has this label. An article in which something is accepted
/// counts as started. True if anything was changed.
///
/// # Errors
/// If the schema forbids it.
pub fn decide(draft: &mut Draft<'_>, id: AnnotationId, label: &str, status: Status) -> Result<bool, EditError> {
    let there = draft.set().and_then(|set| set.get(id));
    if !there.is_some_and(|it| it.status() == Status::Suggested && **it.label() == *label) {
        return Ok(false);
    }
    let is_new = draft.set().map(AnnotationSet::progress).unwrap_or_default() == Progress::New;
    if status == Status::Accepted && is_new {
        draft.set_progress(Progress::Started)?;
    }
    draft.set_status(id, status)?;
    Ok(true)
}

/// Who made something, by name.
pub fn source_name(source: &Source) -> Name {
    match source {
        Source::Person { name } | Source::Extractor { name, .. } => name.clone(),
        Source::Import { format } => format.clone(),
    }
}

/// The surest suggestion of another source that says something else of the same words: another label for them, or other
/// edges. A span of another label inside a span, such as a name in a quotation, says nothing against it.
fn rival_in(set: &AnnotationSet, span: &Span, text: &str) -> Option<Rival> {
    let place = span.fragments.hull();
    set.spans_overlapping(place)
        .filter(|other| other.id != span.id && other.status == Status::Suggested)
        .filter(|other| other.provenance.source != span.provenance.source)
        .filter(|other| {
            let range = other.fragments.hull();
            let is_nested = range != place && (range.contains(place) || place.contains(range));
            match other.label == span.label {
                true => range != place,
                false => !is_nested,
            }
        })
        .map(|other| Rival {
            says: Says::Other {
                source: source_name(&other.provenance.source),
                label: other.label.clone(),
                words: collapsed(&other.fragments.surface(text)),
            },
            score: other.provenance.score.unwrap_or(UNDECIDED),
        })
        .reduce(|best, next| if next.score > best.score { next } else { best })
}

/// Words with single spaces between them.
fn collapsed(words: &str) -> Name {
    words.split_whitespace().collect::<Vec<_>>().join(" ").into()
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
