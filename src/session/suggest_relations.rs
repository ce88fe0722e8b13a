//! Suggests relations and events for articles: what patterns and the learned model propose between spans that stand or are
//! suggested, and who says what by the words beside it.
//!
//! What is proposed becomes a relation of status *suggested*. The schema is always respected, nothing that is there is
//! proposed a second time, and nothing that was rejected comes back.

use super::suggest::OWN;
use crate::{
    assist::{
        RelationModel, RelationProposal, RelationReason,
        rules::{Attribution, Kind, KindLabels, Speaker, sources, speakers_of_quotations},
    },
    edit::{Draft, EditError},
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Argument, Article, ArticleId, Name, Progress, Provenance, Relation,
        RelationDefinition, Schema, Source, Span, Status, TriggerRule,
    },
    text::TextRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// In longer texts no relations are looked for, in bytes.
pub const LONGEST: usize = 500_000;

/// Least score of what is suggested, unless told otherwise: lower than that of spans, since adding a relation by hand takes more
/// steps than adding a span.
pub const RELATION_THRESHOLD: f32 = 0.25;

/// Order of the examples in training; any number will do, always the same gives always the same model.
const SEED: u64 = 1;

/// Proposes relations for the articles of a project, as one annotator would make them.
pub struct RelationSuggester {
    model: RelationModel,
    schema: Schema,
    annotator: AnnotatorName,
    /// The relation between quotations and who says them, and that between events and who reports them.
    said: Option<SpeechRelation>,
    reported: Option<SpeechRelation>,
}

/// A relation between something said and who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SpeechRelation {
    label: Name,
    said: Name,
    speaker: Name,
    /// Labels of spans that can speak.
    speakers: Vec<Name>,
    /// What can be said: the label of quotations, or names of relations.
    about: Vec<Name>,
}

impl RelationSuggester {
    /// Learns from the accepted and rejected relations of `annotator` in `articles`. `goes_on` is asked now and then; `None`
    /// if it says no.
    pub fn learn<'a>(
        schema: &Schema,
        annotator: &AnnotatorName,
        articles: impl Iterator<Item = &'a Article>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let mut model = RelationModel::new();
        for article in articles {
            if !goes_on() {
                return None;
            }
            observe(&mut model, article, annotator);
        }
        let quote = KindLabels::guess(schema).labels.remove(&Kind::Quote);
        let suggester = Self {
            said: quote.and_then(|quote| said_relation(schema, &quote)),
            reported: reported_relation(schema),
            schema: schema.clone(),
            annotator: annotator.clone(),
            model,
        };
        let mut suggester = suggester;
        suggester.model.train(schema, SEED, &|_| goes_on()).then_some(suggester)
    }

    /// Goes on with another schema: what was observed stays, and is learned anew as far as its names are in the schema. False
    /// if `goes_on` says no.
    pub fn set_schema(&mut self, schema: &Schema, goes_on: &(dyn Fn() -> bool + Sync)) -> bool {
        let quote = KindLabels::guess(schema).labels.remove(&Kind::Quote);
        self.said = quote.and_then(|quote| said_relation(schema, &quote));
        self.reported = reported_relation(schema);
        self.schema = schema.clone();
        self.train(goes_on)
    }

    /// Keeps an article to learn from at the next [`RelationSuggester::train`].
    pub fn keep(&mut self, article: &Article) {
        observe(&mut self.model, article, &self.annotator);
    }

    /// Drops what was kept of an article; what was learned of it stays until the next training.
    pub fn drop_article(&mut self, id: &ArticleId) {
        self.model.forget(id.as_str());
    }

    /// Learns everything that was kept. False if `goes_on` says no; then it knows what it knew before.
    pub fn train(&mut self, goes_on: &(dyn Fn() -> bool + Sync)) -> bool {
        self.model.train(&self.schema, SEED, &|_| goes_on())
    }

    /// Learns what changed in one article, in a few milliseconds.
    pub fn update(&mut self, article: &Article) {
        observe(&mut self.model, article, &self.annotator);
        self.model.update(article.id.as_str(), &self.schema);
    }

    /// How many accepted relations it learned from.
    pub fn examples(&self) -> usize {
        self.model.examples()
    }

    /// The relations that it proposes between the spans of `set` that are not rejected, with at least the score `least`:
    /// for each event and each span at most one of each kind, and none where one stands, is suggested or was rejected. A
    /// relation is no surer than the suggested spans that it links.
    pub fn proposals(&self, text: &str, set: &AnnotationSet, least: f32) -> Vec<RelationProposal> {
        let mut found = self.quotation_proposals(text, set);
        found.extend(self.source_proposals(text, set));
        let by_rule: BTreeSet<(Name, Option<AnnotationId>)> =
            found.iter().map(|proposal| (proposal.label.clone(), first_target(proposal))).collect();
        let learned = self.model.proposals(text, set, &self.schema).into_iter();
        found.extend(learned.filter(|proposal| !by_rule.contains(&(proposal.label.clone(), first_target(proposal)))));
        for proposal in &mut found {
            let targets = proposal.trigger.into_iter().chain(proposal.arguments.iter().map(|(_, target)| *target));
            let surest = targets.filter_map(|id| suggested_score(set, id)).fold(1.0, f32::min);
            proposal.score *= surest;
        }
        found.retain(|proposal| proposal.score >= least && !self.stands(set, proposal));
        found.sort_by_key(|proposal| {
            let anchor = proposal.trigger.or_else(|| first_target(proposal));
            (anchor.and_then(|id| set.anchor(id)), proposal.label.clone(), anchor)
        });
        found
    }

    /// True if a relation like this is there, or was rejected.
    fn stands(&self, set: &AnnotationSet, proposal: &RelationProposal) -> bool {
        let symmetric = self.schema.relation(&proposal.label).map(|definition| definition.symmetry);
        let symmetric = symmetric == Some(crate::model::Symmetry::Symmetric);
        let same = |relation: &Relation, role: &Name, target: AnnotationId| {
            relation.arguments.iter().any(|argument| argument.target == target && (symmetric || argument.role == *role))
        };
        let Some(anchor) = proposal.trigger.or_else(|| first_target(proposal)) else { return true };
        set.relations_pointing_to(anchor).filter(|relation| relation.label == proposal.label).any(|relation| {
            match (proposal.trigger, proposal.arguments.first()) {
                (Some(trigger), _) => relation.trigger == Some(trigger),
                (None, Some((role, target))) if relation.status != Status::Rejected => {
                    relation.trigger.is_none() && same(relation, role, *target)
                }
                _ => {
                    relation.trigger.is_none()
                        && relation.arguments.iter().all(|argument| {
                            proposal.arguments.iter().any(|(role, target)| {
                                *target == argument.target && (symmetric || *role == argument.role)
                            })
                        })
                }
            }
        })
    }

    fn quotation_proposals(&self, text: &str, set: &AnnotationSet) -> Vec<RelationProposal> {
        let Some(said) = &self.said else { return Vec::new() };
        let spans = || set.spans_in_order().filter(|span| span.status != Status::Rejected && is_whole(span));
        let quotations: Vec<&Span> = spans().filter(|span| said.about.contains(&span.label)).collect();
        if quotations.is_empty() {
            return Vec::new();
        }
        let ranges: Vec<TextRange> = quotations.iter().map(|span| span.fragments.hull()).collect();
        let by_place: BTreeMap<TextRange, AnnotationId> =
            quotations.iter().map(|span| (span.fragments.hull(), span.id)).collect();
        let inside = |range: TextRange| {
            let place = ranges.partition_point(|quotation| quotation.start() <= range.start());
            ranges.get(..place).and_then(<[_]>::last).is_some_and(|quotation| quotation.contains(range))
        };
        let speakers: Vec<Speaker> = self.speakers(set, said).into_iter().filter(|one| !inside(one.range)).collect();
        let found = speakers_of_quotations(text, &ranges, &speakers);
        let named = found.into_iter().filter_map(|found| {
            let quotation = by_place.get(&found.about)?;
            Some(proposal(said, *quotation, &found, text))
        });
        named.collect()
    }

    fn source_proposals(&self, text: &str, set: &AnnotationSet) -> Vec<RelationProposal> {
        let Some(reported) = &self.reported else { return Vec::new() };
        let mut events: Vec<(TextRange, &Relation)> = set
            .relations()
            .filter(|event| event.status != Status::Rejected && reported.about.contains(&event.label))
            .filter_map(|event| Some((set.span(event.trigger?)?.fragments.hull(), event)))
            .collect();
        if events.is_empty() {
            return Vec::new();
        }
        events.sort_by_key(|(range, event)| (*range, event.id));
        let mut found = Vec::new();
        for source in sources(text, &self.speakers(set, reported)) {
            let first = events.partition_point(|(range, _)| range.start() < source.about.start());
            let vouched = events.iter().skip(first).take_while(|(range, _)| range.end() <= source.about.end());
            // Whoever takes part in an event is no witness that was asked.
            let vouched = vouched.filter(|(_, event)| event.targets().all(|target| target != source.speaker));
            found.extend(vouched.map(|(_, event)| proposal(reported, event.id, &source, text)));
        }
        found
    }

    /// The spans that can speak, in the order of the text.
    fn speakers(&self, set: &AnnotationSet, speech: &SpeechRelation) -> Vec<Speaker> {
        let can =
            |span: &&Span| span.status != Status::Rejected && is_whole(span) && speech.speakers.contains(&span.label);
        let spans = set.spans_in_order().filter(can);
        spans
            .map(|span| Speaker {
                id: span.id,
                range: span.fragments.hull(),
                is_person: ["per", "pers", "person", "people"].contains(&&*span.label.to_lowercase()),
            })
            .collect()
    }
}

/// Keeps what a person decided in an article: an article in which nothing was decided says nothing of relations.
fn observe(model: &mut RelationModel, article: &Article, annotator: &AnnotatorName) {
    let name = article.id.as_str();
    let decided = article.sets.get(annotator).filter(|set| {
        let person = set.relations().any(|relation| relation.status != Status::Suggested);
        person || set.progress() == Progress::Done && set.tally().all_spans(Status::Accepted) > 0
    });
    let Some(set) = decided else { return model.forget(name) };
    let spans: Vec<Span> = set.spans().filter(|span| span.status == Status::Accepted).cloned().collect();
    let relations = set.relations().filter(|relation| relation.status != Status::Suggested).cloned().collect();
    let (set, _) = AnnotationSet::from_parts(1, set.progress(), spans, relations, Vec::new());
    model.observe(name, article.text(), &set);
}

/// Adds proposals as suggestions, and gives their ids. Their time is that of the draft's provenance.
///
/// # Errors
/// If something that a proposal links is not there any more, or the schema does not allow it any more.
pub fn add_relation_suggestions(
    draft: &mut Draft<'_>,
    proposals: &[RelationProposal],
) -> Result<Vec<AnnotationId>, EditError> {
    let time = draft.time();
    let mut ids = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        let name = match &proposal.reason {
            RelationReason::Pattern { .. } => "relation patterns",
            RelationReason::Learned { .. } => "relation model",
            RelationReason::Speech { .. } => "rule speech",
        };
        let source =
            Source::Extractor { name: format!("{OWN}{name}").into(), version: env!("CARGO_PKG_VERSION").into() };
        let argument = |(role, target): &(Name, AnnotationId)| Argument { role: role.clone(), target: *target };
        ids.push(draft.suggest_relation(Relation {
            id: AnnotationId(0),
            label: proposal.label.clone(),
            trigger: proposal.trigger,
            arguments: proposal.arguments.iter().map(argument).collect(),
            attributes: Default::default(),
            note: String::new(),
            provenance: Provenance {
                source,
                time,
                score: Some(proposal.score),
                reason: Some(proposal.reason.in_words().into()),
            },
            status: Status::Suggested,
            corrected_from: None,
        })?);
    }
    Ok(ids)
}

/// Proposes and adds relations for the annotations that a draft changes, then those on the relations just added; gives
/// their ids.
///
/// # Errors
/// As [`add_relation_suggestions`].
pub fn suggest_relations(
    draft: &mut Draft<'_>,
    suggester: &RelationSuggester,
    least: f32,
    is_unwanted: &dyn Fn(&RelationProposal) -> bool,
) -> Result<Vec<AnnotationId>, EditError> {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let article = draft.project().article(&draft.key().article);
        let Some((article, set)) = article.zip(draft.set()) else { return Ok(ids) };
        let mut proposals = suggester.proposals(article.text(), set, least);
        proposals.retain(|proposal| !is_unwanted(proposal));
        if proposals.is_empty() {
            break;
        }
        ids.extend(add_relation_suggestions(draft, &proposals)?);
    }
    Ok(ids)
}

fn is_whole(span: &Span) -> bool {
    span.fragments.count() == 1 && !span.fragments.hull().is_empty()
}

fn first_target(proposal: &RelationProposal) -> Option<AnnotationId> {
    proposal.trigger.or_else(|| proposal.arguments.first().map(|(_, target)| *target))
}

/// The score of a suggestion; `None` for what stands.
fn suggested_score(set: &AnnotationSet, id: AnnotationId) -> Option<f32> {
    let annotation = set.get(id)?;
    (annotation.status() == Status::Suggested).then(|| annotation.provenance().score).flatten()
}

fn proposal(speech: &SpeechRelation, said: AnnotationId, found: &Attribution, text: &str) -> RelationProposal {
    RelationProposal {
        label: speech.label.clone(),
        trigger: None,
        arguments: vec![(speech.said.clone(), said), (speech.speaker.clone(), found.speaker)],
        score: found.score,
        reason: RelationReason::Speech { cue: found.cue.slice(text).unwrap_or_default().to_owned() },
    }
}

/// A relation of two places without trigger whose name or roles have one of `words` in them.
fn speech_relations<'a>(
    schema: &'a Schema,
    words: &'static [&'static str],
) -> impl Iterator<Item = &'a RelationDefinition> {
    schema.relations.iter().filter(move |definition| {
        let names = std::iter::once(&definition.name).chain(definition.arguments.iter().map(|argument| &argument.role));
        let mut names = names.map(|name| name.to_lowercase());
        definition.arguments.len() == 2
            && !matches!(definition.trigger, TriggerRule::Required(_))
            && names.any(|name| words.iter().any(|word| name.contains(word)))
    })
}

/// The relation from quotations to who says them: `said_by`.
fn said_relation(schema: &Schema, quote: &Name) -> Option<SpeechRelation> {
    const WORDS: &[&str] = &["said", "says", "speaker", "speech", "gesagt", "sagt", "sprecher", "urheber", "attribut"];
    speech_relations(schema, WORDS).find_map(|definition| {
        let said = definition.arguments.iter().find(|argument| argument.allowed.contains(quote))?;
        let speaker = definition.arguments.iter().find(|argument| argument.role != said.role)?;
        let speakers: Vec<Name> = labels_of(schema, &speaker.allowed).filter(|label| label != quote).collect();
        (!speakers.is_empty()).then(|| SpeechRelation {
            label: definition.name.clone(),
            said: said.role.clone(),
            speaker: speaker.role.clone(),
            speakers,
            about: vec![quote.clone()],
        })
    })
}

/// The relation from events to who reports them: `reported_by`.
fn reported_relation(schema: &Schema) -> Option<SpeechRelation> {
    const WORDS: &[&str] = &["report", "source", "claim", "quelle", "bericht", "gemeldet"];
    speech_relations(schema, WORDS).find_map(|definition| {
        let is_event = |name: &&Name| schema.relation(name).is_some();
        let said = definition.arguments.iter().find(|argument| argument.allowed.iter().any(|name| is_event(&name)))?;
        let speaker = definition.arguments.iter().find(|argument| argument.role != said.role)?;
        let speakers: Vec<Name> = labels_of(schema, &speaker.allowed).collect();
        (!speakers.is_empty()).then(|| SpeechRelation {
            label: definition.name.clone(),
            said: said.role.clone(),
            speaker: speaker.role.clone(),
            speakers,
            about: said.allowed.iter().filter(is_event).cloned().collect(),
        })
    })
}

/// The labels of spans among names that a role allows. A role for anything says nothing of who can speak.
fn labels_of<'a>(schema: &'a Schema, allowed: &'a [Name]) -> impl Iterator<Item = Name> + 'a {
    allowed.iter().filter(|name| schema.label(name).is_some()).cloned()
}

#[cfg(test)]
#[path = "suggest_relations_tests.rs"]
mod tests;
