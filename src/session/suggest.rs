//! Suggests spans for articles: what memory, names of entities, rules and taggers propose, laid beside what is there already.
//!
//! A [`Suggester`] learns from the articles of one annotator and answers for any text. What it proposes becomes a span of
//! status *suggested*; what was accepted or rejected stays as it is.

use super::{
    Learner, language,
    overlap::{Chosen, Overlap},
    trained::StoredModel,
};
use crate::{
    assist::{
        Counts, EVEN, Memory, Reason, SpanProposal,
        gazetteer::{Entry, Form, Gazetteer},
        rules::{self, Kind, KindLabels, UserRuleError, UserRules},
        tagger::{self, Base, Example, Hint, LEAST_SCORE, Options, Tagger},
    },
    edit::{Draft, EditError},
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Article, EntityRegistry, Fragments, Name, Progress, Provenance,
        Schema, Source, Span, Status,
    },
    text::{TextRange, segment::tokens},
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The language of the bundled tagger.
const STARTER_LANGUAGE: &str = "de";
/// Accepted spans from which on a tagger of the project's own is worth its training.
pub const ENOUGH: usize = 50;
/// The most sentences that a tagger is trained on while somebody waits.
pub const MOST_SENTENCES: usize = 10_000;
/// Least score of what is suggested, unless told otherwise. A wrong suggestion costs one action, and so does what is only
/// guessed; the example `assist_figures` saves about the same with 0.4 to 0.5.
pub const THRESHOLD: f32 = 0.45;
/// Least score of what is guessed: what may be labelled too, but is more likely not. One action takes it, and whoever confirms
/// leaves it out.
pub const LEAST_GUESS: f32 = 0.03;
/// Above this share of its occurrences the words of a label are guessed wherever they come.
const LEAST_REMEMBERED: f32 = 0.2;
/// Texts of more bytes than this get suggestions, but no guesses.
pub const LONGEST_GUESSED: usize = 200_000;
/// From so many spans with a label on, the project's own tagger knows better than rules what that label means here.
const LEARNED: u32 = 30;

/// How sure it is that a name of an entity means this entity, as long as nothing was accepted or rejected.
const NAMED: f32 = 0.8;
/// The same for a part of a compound with hyphens, which is often labelled as a whole.
const NAMED_IN_COMPOUND: f32 = 0.5;

/// A tagger that was trained before.
#[derive(Clone, Copy)]
pub enum Stored<'a> {
    None,
    /// To be used if it is what training would give now.
    IfCurrent(&'a StoredModel),
    /// To be used as it is, with those of its labels that the schema has.
    Always(&'a StoredModel),
}

/// Proposes spans for the articles of a project, as one annotator would label them.
pub struct Suggester {
    memory: Memory,
    rules: KindLabels,
    own_rules: UserRules,
    rules_error: Option<UserRuleError>,
    /// Of the entities of the project; the list of a name is the kind of what it names.
    names: Option<Gazetteer>,
    /// Learned from the project, once there is enough to learn from.
    own: Option<Tagger>,
    /// Learned from a corpus, with the labels of the project.
    starter: Option<Tagger>,
    labels: Vec<Name>,
    overlap: Overlap,
    version: u64,
}

impl Suggester {
    /// One that knows nothing of the project but its schema and the rules of its own; see [`Suggester::rules_error`].
    pub fn new(schema: &Schema, rules: &str) -> Self {
        let mut suggester = Self {
            memory: Memory::new(),
            rules: KindLabels::default(),
            own_rules: UserRules::default(),
            rules_error: None,
            names: None,
            own: None,
            starter: None,
            labels: Vec::new(),
            overlap: Overlap::default(),
            version: 0,
        };
        suggester.set_schema(schema);
        suggester.set_rules(rules);
        suggester
    }

    /// Goes on with another schema: what was learned stays, what has no label any more is not proposed.
    pub fn set_schema(&mut self, schema: &Schema) {
        self.labels = schema.labels.iter().map(|label| label.name.clone()).collect();
        self.rules = KindLabels::guess(schema);
        self.overlap = Overlap::of(&self.rules);
        self.starter = bundled(&self.labels);
        self.version += 1;
    }

    /// Goes on with the names of these entities, to be found as spans with the label that is their kind. What is written
    /// small throughout is no name.
    pub fn set_entities(&mut self, registry: &EntityRegistry) {
        self.version += 1;
        let entries = registry.entities.values().flat_map(|entity| {
            let names = entity.names().filter(|name| name.chars().any(char::is_uppercase));
            names.map(|name| Entry { name: name.to_owned(), usual: entity.name.clone(), list: entity.kind.clone() })
        });
        let entries: Vec<Entry> = entries.collect();
        self.names = (!entries.is_empty()).then(|| Gazetteer::new(entries));
    }

    /// Goes on with these rules of the project's own; empty for none. There are none either if they can not be read.
    pub fn set_rules(&mut self, rules: &str) {
        self.version += 1;
        let parsed = if rules.trim().is_empty() { Ok(UserRules::default()) } else { UserRules::parse(rules) };
        (self.own_rules, self.rules_error) = match parsed {
            Ok(rules) => (rules, None),
            Err(error) => (UserRules::default(), Some(error)),
        };
    }

    /// Why the project's own rules can not be used, if so.
    pub fn rules_error(&self) -> Option<&UserRuleError> {
        self.rules_error.as_ref()
    }

    /// Learns from what `annotator` did in `articles` of a project with this schema and these rules of its own. `goes_on` is
    /// asked now and then; `None` if it says no.
    pub fn learn<'a>(
        schema: &Schema,
        rules: &str,
        annotator: &AnnotatorName,
        articles: impl Iterator<Item = &'a Article>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        Self::learn_with(schema, rules, annotator, articles, Stored::None, goes_on)
    }

    /// The same, with a tagger that was trained before in the place of a new one.
    pub fn learn_with<'a>(
        schema: &Schema,
        rules: &str,
        annotator: &AnnotatorName,
        articles: impl Iterator<Item = &'a Article>,
        stored: Stored<'_>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let mut learner = Learner::new(schema, rules, annotator);
        for article in articles {
            if !goes_on() {
                return None;
            }
            learner.read(article);
        }
        learner.finish(stored, goes_on)
    }

    /// What was accepted and rejected, to be kept up to date.
    pub fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Goes on with a tagger that was trained on the project.
    pub fn set_tagger(&mut self, tagger: Tagger) {
        self.own = Some(tagger);
        self.version += 1;
    }

    /// Goes on without a tagger that was trained on the project.
    pub fn drop_tagger(&mut self) {
        if self.own.take().is_some() {
            self.version += 1;
        }
    }

    /// True if there is a tagger that was trained on the project.
    pub fn has_tagger(&self) -> bool {
        self.own.is_some()
    }

    /// Learns from an article that was just confirmed, and again from some `earlier` ones, chosen by `seed`.
    pub fn update(&mut self, confirmed: &Example, earlier: &[Example], seed: u64) {
        if let Some(own) = &mut self.own {
            own.update(confirmed, earlier, seed, &|_| true);
            self.version += 1;
        }
    }

    /// A number that changes whenever [`Suggester::found`] may answer otherwise.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Which spans may lie over each other in this project.
    pub fn overlap(&self) -> &Overlap {
        &self.overlap
    }

    /// What taggers, rules and names of entities say of `text`, or of a piece of a text of `whole` bytes, whatever is remembered:
    /// the part that costs most, to be kept while [`Suggester::version`] stays. All edges and labels that the same words may have
    /// are in it, from the score [`LEAST_GUESS`] on; in a text of more than [`LONGEST_GUESSED`] bytes the likeliest of each place.
    /// The bundled tagger knows German: it is asked for texts that are and look German. `language` is empty where it is not known.
    pub fn found(&self, text: &str, language: &str, whole: usize) -> Vec<SpanProposal> {
        let tagged = |tagger: &Tagger, example: &Example| match whole <= LONGEST_GUESSED {
            true => tagger.readings(example, LEAST_GUESS),
            false => tagger.propose(example, LEAST_SCORE),
        };
        let mut all = self.rules.proposals(text);
        all.extend(self.own_rules.proposals(text));
        if let Some(own) = &self.own {
            all.retain(|proposal| own.examples_of(&proposal.label) < LEARNED);
            all.extend(tagged(own, &hinted(text, Vec::new())));
        }
        if let Some(names) = &self.names {
            all.extend(names.find(text).into_iter().filter_map(|hit| {
                let entry = names.entry(hit)?;
                let range = with_marks(text, hit.range, &entry.name)?;
                let score = if hit.form == Form::Compound { NAMED_IN_COMPOUND } else { NAMED };
                let reason = Reason::Entity { name: entry.usual.clone() };
                Some(SpanProposal { range, label: entry.list.clone(), score, reason })
            }));
        }
        if let Some(starter) = &self.starter
            && (language.is_empty() || language::is_same(language, STARTER_LANGUAGE))
            && looks_german(text)
        {
            // The project's own tagger began from this one and knows better what its labels mean here.
            let known = self.own.as_ref().map(Tagger::labels).unwrap_or_default();
            let found = tagged(starter, &Example::new(text, Vec::new()));
            all.extend(found.into_iter().filter(|proposal| !known.contains(&proposal.label)));
        }
        all
    }

    /// What it proposes for a text beside the annotations in `set`, with at least the score `least`, in the order of the
    /// text: nothing where a span was rejected with that label, nothing that overlaps with a span that stands or is
    /// suggested, unless one of the two is a quotation.
    pub fn proposals(&self, text: &str, set: Option<&AnnotationSet>, least: f32) -> Vec<SpanProposal> {
        self.proposals_in("", text, set, least)
    }

    /// The same for a text in this language.
    pub fn proposals_in(
        &self,
        language: &str,
        text: &str,
        set: Option<&AnnotationSet>,
        least: f32,
    ) -> Vec<SpanProposal> {
        self.proposals_beside(&self.found(text, language, text.len()), text, set, least, &|_| false, &|_| false)
    }

    /// The same, with what [`Suggester::found`] answered for this text, as if the spans that `is_passed_over` names were not
    /// there, and without the proposals that `is_unwanted` names.
    pub fn proposals_beside(
        &self,
        found: &[SpanProposal],
        text: &str,
        set: Option<&AnnotationSet>,
        least: f32,
        is_passed_over: &dyn Fn(&Span) -> bool,
        is_unwanted: &dyn Fn(&SpanProposal) -> bool,
    ) -> Vec<SpanProposal> {
        self.chosen(
            found,
            text,
            (least, EVEN),
            &|proposal| !is_unwanted(proposal) && self.overlap.is_free(set, proposal, is_passed_over),
            set,
        )
    }

    /// What may be labelled beside all that stands or is suggested in `set`, less likely than what is suggested: with a score
    /// from [`LEAST_GUESS`] to `suggested`, of words that are more often not labelled up to [`EVEN`]. `found` is what
    /// [`Suggester::found`] answered for this text. None is among those that `is_unwanted` names.
    pub fn guesses(
        &self,
        found: &[SpanProposal],
        text: &str,
        set: Option<&AnnotationSet>,
        suggested: f32,
        is_unwanted: &dyn Fn(&SpanProposal) -> bool,
    ) -> Vec<SpanProposal> {
        let is_free = |proposal: &SpanProposal| !is_unwanted(proposal) && self.overlap.is_quiet(set, proposal);
        let mut guesses = self.chosen(found, text, (LEAST_GUESS, LEAST_REMEMBERED), &is_free, set);
        guesses.retain(|guess| match guess.reason {
            Reason::Memory { .. } => guess.score <= EVEN,
            _ => guess.score < suggested,
        });
        guesses
    }

    /// The likeliest of what was found, with at least the score `least`, and of what is remembered, with more than
    /// `remembered`, that can stand beside each other and where it `is_free`; in the order of the text. What was rejected in `set`
    /// is not remembered there.
    fn chosen(
        &self,
        found: &[SpanProposal],
        text: &str,
        (least, remembered): (f32, f32),
        is_free: &dyn Fn(&SpanProposal) -> bool,
        set: Option<&AnnotationSet>,
    ) -> Vec<SpanProposal> {
        let known: BTreeSet<&Name> = self.labels.iter().collect();
        let mut all = self.memory.proposals(text, &rejected_in(set), remembered);
        // Nothing gets likelier from here on.
        all.extend(found.iter().filter(|proposal| proposal.score >= least).cloned());
        all.retain(|proposal| known.contains(&proposal.label));
        // A word that was rejected with a label is doubted wherever it is found.
        for proposal in all.iter_mut().filter(|proposal| !matches!(proposal.reason, Reason::Memory { .. })) {
            let words = proposal.range.slice(text).unwrap_or_default();
            let counts = self.memory.counts(words, &proposal.label);
            if counts.rejected > 0 {
                proposal.score *= share(counts);
            }
        }
        all.retain(|proposal| proposal.score >= least);
        // What is more often not labelled gives way to all that is found.
        let is_doubtful =
            |proposal: &SpanProposal| matches!(proposal.reason, Reason::Memory { .. }) && proposal.score <= EVEN;
        all.sort_by(|one, other| is_doubtful(one).cmp(&is_doubtful(other)).then_with(|| one.likeliest_first(other)));
        let mut chosen = Chosen::new(&self.overlap);
        all.into_iter().filter(|proposal| is_free(proposal)).for_each(|proposal| chosen.offer(proposal));
        chosen.into_proposals()
    }
}

/// Places that were rejected, with their labels.
fn rejected_in(set: Option<&AnnotationSet>) -> Vec<(TextRange, Name)> {
    let spans = set.into_iter().flat_map(AnnotationSet::spans_in_order);
    spans
        .filter(|span| span.status == Status::Rejected && span.fragments.count() == 1)
        .map(|span| (span.fragments.hull(), span.label.clone()))
        .collect()
}

/// Adds proposals as suggestions, and gives their ids. Their time is that of the draft's provenance.
///
/// # Errors
/// If a proposal does not lie in the text of the article.
pub fn add_suggestions(draft: &mut Draft<'_>, proposals: &[SpanProposal]) -> Result<Vec<AnnotationId>, EditError> {
    let time = draft.time();
    let mut ids = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        ids.push(draft.insert_span(suggested_span(proposal, time))?);
    }
    Ok(ids)
}

/// A proposal as a suggestion, without an id yet.
pub fn suggested_span(proposal: &SpanProposal, time: Timestamp) -> Span {
    Span {
        id: AnnotationId(0),
        label: proposal.label.clone(),
        fragments: Fragments::one(proposal.range),
        attributes: Default::default(),
        entity: None,
        note: String::new(),
        provenance: provenance(proposal, time),
        status: Status::Suggested,
        corrected_from: None,
    }
}

/// The share of accepts among decisions, from one accept that is taken for granted.
#[expect(clippy::cast_precision_loss, reason = "counts of decisions are small")]
fn share(counts: Counts) -> f32 {
    (counts.accepted as f32 + 1.0) / (counts.accepted as f32 + counts.rejected as f32 + 1.0)
}

/// Where a proposal comes from, as its suggestion says it.
pub fn provenance(proposal: &SpanProposal, time: Timestamp) -> Provenance {
    Provenance {
        source: source(&proposal.reason),
        time,
        score: Some(proposal.score),
        reason: Some(proposal.reason.in_words(&proposal.label).into()),
    }
}

/// The place of a name that was found by its words alone, with the marks at its edges: `Frankfurt (Oder)`, `C++`. `None` if
/// those do not stand there. Dots and the like at its end may be missing.
fn with_marks(text: &str, found: TextRange, name: &str) -> Option<TextRange> {
    let is_mark = |char: char| !char.is_alphanumeric();
    let before = name.get(..name.len() - name.trim_start_matches(is_mark).len())?;
    let behind = name.get(name.trim_end_matches(is_mark).len()..)?;
    let (mut start, mut end) = (found.start().to_usize(), found.end().to_usize());
    if !before.is_empty() {
        start -= text.get(..start)?.ends_with(before).then_some(before.len())?;
    }
    if text.get(end..)?.starts_with(behind) {
        end += behind.len();
    } else if !behind.chars().all(|char| matches!(char, '.' | '!' | '?' | '…')) {
        return None;
    }
    Some(TextRange::from_usize(start, end))
}

/// What a tagger can learn from an article: all of it if it was confirmed, or was labelled elsewhere. While somebody works
/// on it, only the sentences with labels and without open suggestions: what has none yet says nothing. Nor does an article
/// without any label.
pub fn lesson(text: &str, set: &AnnotationSet) -> Option<Example> {
    let accepted = |span: &&Span| span.status == Status::Accepted && span.fragments.count() == 1;
    let spans: Vec<(TextRange, Name)> = set
        .spans_in_order()
        .filter(accepted)
        .map(|span| (span.fragments.hull(), span.label.clone()))
        .filter(|(range, _)| !range.is_empty())
        .collect();
    if spans.is_empty() {
        return None;
    }
    let example = hinted(text, spans);
    if set.progress() != Progress::Started {
        return Some(example);
    }
    let suggested = set.spans().filter(|span| span.status == Status::Suggested);
    let open: Vec<TextRange> = suggested.flat_map(|span| span.fragments.iter()).collect();
    Some(example.only_decided(&open)).filter(|example| !example.spans.is_empty())
}

/// A text with what the rules say of it, of which a tagger learns how it is meant in this project.
fn hinted(text: &str, spans: Vec<(TextRange, Name)>) -> Example {
    let mut example = Example::new(text, spans);
    let hint = |(kind, range): (Kind, TextRange)| Hint { range, key: format!("rule {}", kind.as_str()).into() };
    example.hints = rules::finds(text).into_iter().map(hint).collect();
    example
}

/// Trains a tagger of the project's own, if there is enough to learn from. `None` if `goes_on` said no.
pub fn train(lessons: &[Example], goes_on: &(dyn Fn() -> bool + Sync)) -> Option<Option<Tagger>> {
    let enough = lessons.iter().map(|example| example.spans.len()).sum::<usize>() >= ENOUGH;
    match enough {
        true => train_tagger(lessons, &Options::default(), goes_on).map(Some),
        false => Some(None),
    }
}

/// Trains a tagger of the project's own, which begins with what the bundled one knows. `None` if `goes_on` said no.
pub(super) fn train_tagger(
    lessons: &[Example],
    options: &Options,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Option<Tagger> {
    let map = |label: &Name| origin(label);
    let base = tagger::starter().map(|tagger| Base { tagger, map: &map });
    Tagger::train_from(base, lessons, options, &|_| goes_on())
}

/// Who proposes for this reason: a part of Glosse, as it stands in the provenance of a suggestion.
pub fn source(reason: &Reason) -> Source {
    let name = match reason {
        Reason::Memory { .. } => "memory".to_owned(),
        Reason::Entity { .. } => "entities".to_owned(),
        Reason::Rule { name } => format!("rule {name}"),
        Reason::Tagger { model } => format!("tagger {model}"),
    };
    Source::Extractor { name: format!("{OWN}{name}").into(), version: env!("CARGO_PKG_VERSION").into() }
}

/// Glosse itself, as the one who changes suggestions beside the user.
pub fn glosse() -> Source {
    Source::Extractor { name: "Glosse".into(), version: env!("CARGO_PKG_VERSION").into() }
}

/// True if Glosse itself proposed this.
pub fn is_own(source: &Source) -> bool {
    matches!(source, Source::Extractor { name, .. } if name.starts_with(OWN))
}

/// With this the names of Glosse's own extractors begin.
pub(super) const OWN: &str = "Glosse ";

/// True if most words are in Latin letters and many of the first are such as no other language has: names in a text of another language are not for a
/// tagger that knows German. Short texts get the benefit of the doubt.
fn looks_german(text: &str) -> bool {
    const WORDS: [&str; 42] = [
        "der", "die", "das", "und", "den", "von", "zu", "mit", "sich", "des", "auf", "für", "ist", "im", "dem",
        "nicht", "ein", "eine", "einen", "einer", "als", "auch", "es", "an", "werden", "aus", "am", "nach", "über",
        "bei", "vom", "zum", "zur", "hat", "wurde", "sie", "er", "dass", "um", "wie", "sind", "wird",
    ];
    let words = tokens(text).filter_map(|token| token.slice(text)).filter(|word| word.chars().all(char::is_alphabetic));
    let (mut count, mut german, mut latin) = (0_usize, 0_usize, 0_usize);
    for word in words.take(1_000) {
        count += 1;
        // Latin letters with and without marks end before Greek.
        latin += usize::from(word.chars().all(|letter| letter < '\u{370}'));
        german += usize::from(WORDS.contains(&word.to_lowercase().as_str()));
    }
    latin * 2 >= count && (count < 12 || german * 16 >= count)
}

/// The bundled model with the labels of a project that mean the same.
fn bundled(labels: &[Name]) -> Option<Tagger> {
    tagger::starter().map(|starter| starter.clone().with_labels_mapped(&|label| counterpart(label, labels)))
}

/// The label of the project that means what a label of the starter model means.
fn counterpart(label: &Name, labels: &[Name]) -> Option<Name> {
    let names = MEANINGS.iter().find(|(known, _)| *known == &**label).map_or(&[][..], |(_, names)| names);
    names.iter().find_map(|name| labels.iter().find(|label| label.to_lowercase() == *name).cloned())
}

/// The label of the starter model of whose kind a label of the project is: `location-city` is a `LOC`.
fn origin(label: &Name) -> Option<Name> {
    let label = label.to_lowercase();
    let kind = label.split(['-', '_', '.', '/', ':', ' ']).next().unwrap_or_default();
    MEANINGS.iter().find(|(_, names)| names.contains(&kind)).map(|(known, _)| (*known).into())
}

/// Labels of the starter model with names that others give them, in small letters.
const MEANINGS: [(&str, &[&str]); 3] = [
    ("PER", &["per", "person", "people"]),
    ("LOC", &["loc", "location", "place", "gpe", "ort"]),
    ("ORG", &["org", "organization", "organisation"]),
];

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
