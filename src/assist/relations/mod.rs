//! Proposes relations and events between labelled spans: at first by remembered patterns, later by a learned model.
//!
//! Everything hangs on an anchor: the trigger, or where an event has none, the argument with the role that such events
//! fill most regularly. A pair of an anchor and another span is taken for one role of one relation or for nothing; what
//! was found for one anchor is put together to one proposal for each relation. What the schema forbids is never a
//! possible answer.

mod features;
mod regression;

use super::{Control, hash::Random};
use crate::model::{
    AnnotationId, AnnotationSet, Name, Relation, RelationDefinition, Repeat, Schema, Status, Symmetry, TriggerRule,
};
use features::{Mention, View};
use regression::{Ensemble, Example};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// From this many accepted relations on the learned model proposes, before that only patterns do.
const ENOUGH: usize = 25;
/// Below this probability an argument is not proposed.
const LEAST: f32 = 0.3;
/// Below this probability a role that is filled already is not filled again, though the schema lets it.
const LEAST_AGAIN: f32 = 0.7;
/// What the probability that an anchor stands in a relation at all counts, beside that of an argument by itself.
const ANCHOR_SHARE: f32 = 0.2;
/// Passes over one article in an update.
const UPDATE_PASSES: usize = 4;
/// Articles that are repeated beside an updated one.
const REPLAY: usize = 24;
/// Sentences around that of the anchor in which arguments are looked for.
const REACH: usize = 1;

/// A relation or event that might be there.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationProposal {
    /// A relation of the project's schema.
    pub label: Name,
    pub trigger: Option<AnnotationId>,
    /// Role and span.
    pub arguments: Vec<(Name, AnnotationId)>,
    /// Mean probability of the arguments, from 0 to 1.
    pub score: f32,
    pub reason: RelationReason,
}

/// Why a relation is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationReason {
    /// The same labels with the same words between, or the same trigger, stood in this relation before.
    Pattern { accepted: u32, rejected: u32 },
    /// Learned from so many accepted relations.
    Learned { examples: usize },
    /// Words beside a quotation or in a sentence name its speaker or source: `sagte`.
    Speech { cue: String },
}

impl RelationReason {
    /// The reason in plain English: `learned from 31 accepted relations`.
    pub fn in_words(&self) -> String {
        let times = |count: u32| if count == 1 { "once".to_owned() } else { format!("{count} times") };
        match self {
            Self::Pattern { accepted, rejected: 0 } => format!("like this accepted {}", times(*accepted)),
            Self::Pattern { accepted, rejected } => {
                format!("like this accepted {}, rejected {}", times(*accepted), times(*rejected))
            }
            Self::Learned { examples } => format!("learned from {examples} accepted relations"),
            Self::Speech { cue } => format!("named by “{cue}”"),
        }
    }
}

/// What an answer for a pair means: a relation, a role, and whether the anchor is a trigger or itself an argument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Class {
    relation: Name,
    /// The role of the anchor; `None` if it is the trigger.
    anchor: Option<Name>,
    /// The role of the other span; `None` for the anchor alone.
    role: Option<Name>,
}

impl Class {
    fn hash(&self) -> u64 {
        let text = [&*self.relation, self.anchor.as_deref().unwrap_or("!"), self.role.as_deref().unwrap_or("!")];
        xxhash_rust::xxh3::xxh3_64(text.join("\u{1}").as_bytes())
    }
}

/// The hash of "nothing".
const NOTHING: u64 = 0x5bd1_e995;

/// What was learned from one article.
#[derive(Clone, Debug)]
struct Lesson {
    examples: Vec<Example>,
    relations: usize,
    patterns: Vec<(String, Class, bool)>,
}

/// Learns relations from annotated articles and proposes them in others. Deterministic: the same articles under the same
/// names give the same model.
#[derive(Clone, Debug, Default)]
pub struct RelationModel {
    articles: BTreeMap<String, (String, AnnotationSet)>,
    lessons: BTreeMap<String, Lesson>,
    /// Relation to the role that anchors it where there is no trigger.
    anchors: BTreeMap<Name, Name>,
    regression: Ensemble,
    turns: u64,
}

/// A role of a frame under construction: its name, the mention that fills it, score and reason.
type Filled = (Name, usize, f32, RelationReason);

/// An anchor and another mention, or twice the anchor, by their numbers, and the possible answers for them.
type Candidate = (usize, usize, Vec<Class>);

/// Relation, role and id of one argument, role and id of the other.
type RejectedPair<'a> = (&'a Name, Option<&'a Name>, AnnotationId, &'a Name, AnnotationId);

impl RelationModel {
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an article to learn from, in place of an earlier state of it; nothing is learned before
    /// [`RelationModel::update`] or [`RelationModel::train`].
    pub fn observe(&mut self, article: &str, text: &str, set: &AnnotationSet) {
        self.articles.insert(article.to_owned(), (text.to_owned(), set.clone()));
        self.lessons.remove(article);
    }

    /// Drops an article.
    pub fn forget(&mut self, article: &str) {
        self.articles.remove(article);
        self.lessons.remove(article);
    }

    /// How many accepted relations it learned from.
    pub fn examples(&self) -> usize {
        self.lessons.values().map(|lesson| lesson.relations).sum()
    }

    /// Learns everything anew. False if `control` stopped it; then the model is as it was before.
    pub fn train(&mut self, schema: &Schema, seed: u64, control: Control<'_>) -> bool {
        self.prepare(schema);
        let examples: Vec<&Example> = self.lessons.values().flat_map(|lesson| &lesson.examples).collect();
        let Some(regression) = Ensemble::train(&examples, seed, control) else { return false };
        self.regression = regression;
        true
    }

    /// Learns from one observed article and repeats some others, in a few milliseconds.
    pub fn update(&mut self, article: &str, schema: &Schema) {
        self.prepare(schema);
        self.turns += 1;
        let mut order: Vec<usize> = (0..self.lessons.len()).collect();
        Random(self.turns).shuffle(&mut order);
        let lessons: Vec<&Lesson> = self.lessons.values().collect();
        let replay = order.iter().take(REPLAY).filter_map(|index| lessons.get(*index));
        let own: Vec<&Example> = self.lessons.get(article).into_iter().flat_map(|lesson| &lesson.examples).collect();
        let mut examples = own.repeat(UPDATE_PASSES);
        examples.extend(replay.flat_map(|lesson| &lesson.examples));
        self.regression.learn(&examples);
    }

    /// Makes the lessons that are missing; all of them, if an anchor changed.
    fn prepare(&mut self, schema: &Schema) {
        let mut counts: BTreeMap<(&Name, &Name), usize> = BTreeMap::new();
        for (_, set) in self.articles.values() {
            let bare = |relation: &&Relation| relation.status == Status::Accepted && relation.trigger.is_none();
            for relation in set.relations().filter(bare) {
                for argument in &relation.arguments {
                    let times = relation.arguments.iter().filter(|other| other.role == argument.role).count();
                    if times == 1 && set.span(argument.target).is_some() {
                        *counts.entry((&relation.label, &argument.role)).or_default() += 1;
                    }
                }
            }
        }
        let mut anchors: BTreeMap<Name, Name> = BTreeMap::new();
        for definition in &schema.relations {
            let count = |role: &Name| counts.get(&(&definition.name, role)).copied().unwrap_or(0);
            let roles = definition.arguments.iter().map(|argument| &argument.role);
            let best = roles.reduce(|best, role| if count(role) > count(best) { role } else { best });
            if let Some(best) = best.filter(|role| count(role) > 0) {
                anchors.insert(definition.name.clone(), best.clone());
            }
        }
        if anchors != self.anchors {
            self.anchors = anchors;
            self.lessons.clear();
        }
        for (name, (text, set)) in &self.articles {
            if !self.lessons.contains_key(name) {
                let lesson = self.lesson(text, set, schema);
                self.lessons.insert(name.clone(), lesson);
            }
        }
    }

    fn lesson(&self, text: &str, set: &AnnotationSet, schema: &Schema) -> Lesson {
        let view = View::new(text, set);
        let mut truth: HashMap<(AnnotationId, AnnotationId), BTreeSet<(Class, bool)>> = HashMap::new();
        let mut relations = 0;
        for relation in set.relations().filter(|relation| relation.status != Status::Suggested) {
            let accepted = relation.status == Status::Accepted;
            relations += usize::from(accepted);
            let Some((anchor, role)) = self.anchor_of(relation) else { continue };
            let class = |other| Class { relation: relation.label.clone(), anchor: role.clone(), role: other };
            truth.entry((anchor, anchor)).or_default().insert((class(None), accepted));
            for argument in relation.arguments.iter().filter(|argument| argument.target != anchor) {
                let pair = truth.entry((anchor, argument.target)).or_default();
                pair.insert((class(Some(argument.role.clone())), accepted));
            }
        }
        let mut lesson = Lesson { examples: Vec::new(), relations, patterns: Vec::new() };
        for (anchor, other, classes) in self.candidates(&view, schema) {
            let (Some(a), Some(x)) = (view.mentions.get(anchor), view.mentions.get(other)) else { continue };
            let known = truth.get(&(a.id, x.id));
            let right = known.into_iter().flatten().filter(|(_, accepted)| *accepted);
            let mut places: Vec<usize> = right
                .filter_map(|(class, _)| classes.iter().position(|other| other == class).map(|place| place + 1))
                .collect();
            for (class, accepted) in known.into_iter().flatten().filter(|_| anchor != other) {
                for pattern in patterns(&view, a, x) {
                    lesson.patterns.push((pattern, class.clone(), *accepted));
                }
            }
            if places.is_empty() {
                places.push(0);
            }
            let features = view.features(anchor, other);
            let hashes: Vec<u64> = std::iter::once(NOTHING).chain(classes.iter().map(Class::hash)).collect();
            for right in places {
                lesson.examples.push(Example { features: features.clone(), classes: hashes.clone(), right });
            }
        }
        lesson
    }

    /// The span that stands for a relation, with its role if it is no trigger.
    fn anchor_of(&self, relation: &Relation) -> Option<(AnnotationId, Option<Name>)> {
        match relation.trigger {
            Some(trigger) => Some((trigger, None)),
            None => {
                let role = self.anchors.get(&relation.label)?;
                relation.argument(role).map(|target| (target, Some(role.clone())))
            }
        }
    }

    /// All pairs that the schema lets stand in a relation, near enough to each other, with the possible answers.
    fn candidates(&self, view: &View, schema: &Schema) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (anchor, a) in view.mentions.iter().enumerate() {
            let mut roles: Vec<(&RelationDefinition, Option<&Name>)> = Vec::new();
            for definition in &schema.relations {
                if definition.trigger.allows(&a.label) {
                    roles.push((definition, None));
                }
                if !matches!(definition.trigger, TriggerRule::Required(_))
                    && let Some(role) = self.anchors.get(&definition.name)
                    && definition.arguments.iter().any(|argument| argument.role == *role && argument.allows(&a.label))
                {
                    roles.push((definition, Some(role)));
                }
            }
            if roles.is_empty() {
                continue;
            }
            let first = view.mentions.partition_point(|mention| mention.sentence + REACH < a.sentence);
            let near = view.mentions.iter().enumerate().skip(first);
            for (other, x) in near.take_while(|(_, mention)| mention.sentence <= a.sentence + REACH) {
                let mut classes = Vec::new();
                for (definition, role) in &roles {
                    let class = |other: Option<&Name>| Class {
                        relation: definition.name.clone(),
                        anchor: role.cloned(),
                        role: other.cloned(),
                    };
                    if anchor == other {
                        classes.push(class(None));
                        continue;
                    }
                    let allowed = |argument: &&crate::model::ArgumentDefinition| {
                        argument.allows(&x.label)
                            && !(role.is_some_and(|role| *role == argument.role) && argument.repeat != Repeat::Many)
                    };
                    let allowed = definition.arguments.iter().filter(allowed);
                    classes.extend(allowed.map(|argument| class(Some(&argument.role))));
                }
                if !classes.is_empty() {
                    found.push((anchor, other, classes));
                }
            }
        }
        found
    }

    /// For each candidate the learned probability of each of its classes. That of an argument is a weighted geometric mean of
    /// its own and of the anchor's; and an argument of an event is left to the trigger for which it is likeliest: to others
    /// it is 0.
    fn learned(&self, view: &View, candidates: &[Candidate]) -> Vec<Vec<f32>> {
        let answers = candidates.iter().map(|(anchor, other, classes)| {
            let hashes: Vec<u64> = std::iter::once(NOTHING).chain(classes.iter().map(Class::hash)).collect();
            self.regression.probabilities(&view.features(*anchor, *other), &hashes).into_iter().skip(1).collect()
        });
        let mut answers: Vec<Vec<f32>> = answers.collect();
        let mut anchors: HashMap<(usize, &Name, Option<&Name>), f32> = HashMap::new();
        for ((anchor, _, classes), scores) in candidates.iter().zip(&answers) {
            for (class, score) in classes.iter().zip(scores).filter(|(class, _)| class.role.is_none()) {
                anchors.insert((*anchor, &class.relation, class.anchor.as_ref()), *score);
            }
        }
        let mut most: HashMap<(usize, &Name), f32> = HashMap::new();
        for ((anchor, other, classes), scores) in candidates.iter().zip(&mut answers) {
            for (class, score) in classes.iter().zip(scores).filter(|(class, _)| class.role.is_some()) {
                let own = anchors.get(&(*anchor, &class.relation, class.anchor.as_ref())).copied().unwrap_or(*score);
                *score = score.powf(1.0 - ANCHOR_SHARE) * own.powf(ANCHOR_SHARE);
                if class.anchor.is_none() {
                    let most = most.entry((*other, &class.relation)).or_default();
                    *most = most.max(*score);
                }
            }
        }
        for ((_, other, classes), scores) in candidates.iter().zip(&mut answers) {
            let of_event = |class: &&Class| class.role.is_some() && class.anchor.is_none();
            for (class, score) in classes.iter().zip(scores).filter(|(class, _)| of_event(class)) {
                if most.get(&(*other, &class.relation)).is_some_and(|most| *score < *most) {
                    *score = 0.0;
                }
            }
        }
        answers
    }

    /// Relations between the spans of a set that are not rejected, none that is there already or was rejected.
    pub fn proposals(&self, text: &str, set: &AnnotationSet, schema: &Schema) -> Vec<RelationProposal> {
        let view = View::new(text, set);
        let examples = self.examples();
        let learned = examples >= ENOUGH;
        let memory = if learned { HashMap::new() } else { self.memory() };
        let rejected = rejected_pairs(set);
        let mut alone: HashMap<(usize, Class), f32> = HashMap::new();
        let mut frames: BTreeMap<(usize, Name, Option<Name>), Vec<Filled>> = BTreeMap::new();
        let candidates = self.candidates(&view, schema);
        let scores = if learned { self.learned(&view, &candidates) } else { Vec::new() };
        for (number, (anchor, other, classes)) in candidates.iter().enumerate() {
            let (anchor, other) = (*anchor, *other);
            let (Some(a), Some(x)) = (view.mentions.get(anchor), view.mentions.get(other)) else { continue };
            let mut answers: Vec<(&Class, f32, RelationReason)> = Vec::new();
            if let Some(scores) = scores.get(number) {
                let answer = classes.iter().zip(scores);
                answers.extend(answer.map(|(class, score)| (class, *score, RelationReason::Learned { examples })));
            } else if anchor != other && a.sentence == x.sentence {
                for class in classes {
                    let counts = patterns(&view, a, x).filter_map(|pattern| memory.get(&(pattern, class)).copied());
                    let Some((accepted, rejected)) = counts.max() else { continue };
                    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
                    let score = (accepted as f32 + 1.0) / ((accepted + rejected) as f32 + 2.0);
                    answers.push((class, score, RelationReason::Pattern { accepted, rejected }));
                }
            }
            for (class, score, reason) in answers {
                let pair = |role: &Name| {
                    let key = (&class.relation, class.anchor.as_ref(), a.id, role, x.id);
                    rejected.contains(&key)
                };
                match &class.role {
                    Some(role) if pair(role) => {}
                    None => {
                        alone.insert((anchor, class.clone()), score);
                    }
                    Some(role) if score >= LEAST => {
                        let frame = (anchor, class.relation.clone(), class.anchor.clone());
                        frames.entry(frame).or_default().push((role.clone(), other, score, reason));
                    }
                    Some(_) => {}
                }
            }
        }
        // An event with no argument but its anchor, where the anchor is itself one.
        for ((anchor, class), score) in &alone {
            if class.anchor.is_some() && *score >= LEAST {
                frames.entry((*anchor, class.relation.clone(), class.anchor.clone())).or_default();
            }
        }
        let mut found = Vec::new();
        for ((anchor, label, role), mut arguments) in frames {
            let (Some(a), Some(definition)) = (view.mentions.get(anchor), schema.relation(&label)) else { continue };
            arguments.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.1.cmp(&other.1)));
            let class = Class { relation: label.clone(), anchor: role.clone(), role: None };
            let own = alone.get(&(anchor, class)).copied();
            let mut chosen: Vec<(Name, AnnotationId)> = role.iter().map(|role| (role.clone(), a.id)).collect();
            let (mut sum, mut count) = (own.unwrap_or(0.0), u8::from(own.is_some()));
            let mut reason = RelationReason::Learned { examples };
            for (role, other, score, why) in arguments {
                let Some(x) = view.mentions.get(other) else { continue };
                let repeat = definition.arguments.iter().find(|argument| argument.role == role).map(|role| role.repeat);
                let may_repeat = repeat == Some(Repeat::Many) && (!learned || score >= LEAST_AGAIN);
                let taken = chosen.iter().any(|(other, id)| *id == x.id || *other == role && !may_repeat);
                if !taken && count < u8::MAX {
                    chosen.push((role, x.id));
                    sum += score;
                    count += 1;
                    reason = why;
                }
            }
            let complete = definition.arguments.iter().all(|argument| {
                argument.repeat != Repeat::One || chosen.iter().any(|(role, _)| *role == argument.role)
            });
            let proposal = RelationProposal {
                label,
                trigger: role.is_none().then_some(a.id),
                arguments: chosen,
                score: sum / f32::from(count.max(1)),
                reason,
            };
            let repeated = found.iter().any(|other| mirrored(definition, &proposal, other));
            if complete && !proposal.arguments.is_empty() && !repeated && !is_known(set, definition, &proposal) {
                found.push(proposal);
            }
        }
        found
    }

    /// Accepts and rejections per pattern.
    fn memory(&self) -> HashMap<(String, &Class), (u32, u32)> {
        let mut memory: HashMap<(String, &Class), (u32, u32)> = HashMap::new();
        for (pattern, class, accepted) in self.lessons.values().flat_map(|lesson| &lesson.patterns) {
            let counts = memory.entry((pattern.clone(), class)).or_default();
            if *accepted {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
        memory
    }
}

/// What is remembered of a pair: labels and words between, and the words of the anchor with the other's label.
fn patterns(view: &View, anchor: &Mention, other: &Mention) -> impl Iterator<Item = String> {
    let order = if anchor.range <= other.range { ">" } else { "<" };
    let between = view.between(anchor, other);
    let path = (between.len() <= 6).then(|| format!("{} {order} {} {}", anchor.label, other.label, between.join(" ")));
    let form = format!("{}\u{1}{order}{}", anchor.words, other.label);
    path.into_iter().chain(std::iter::once(form))
}

/// True if the two say the same of a symmetric relation.
fn mirrored(definition: &RelationDefinition, one: &RelationProposal, other: &RelationProposal) -> bool {
    let targets = |proposal: &RelationProposal| -> BTreeSet<AnnotationId> {
        proposal.arguments.iter().map(|(_, target)| *target).collect()
    };
    definition.symmetry == Symmetry::Symmetric && one.label == other.label && targets(one) == targets(other)
}

/// True if the set has this relation, or had it rejected.
fn is_known(set: &AnnotationSet, definition: &RelationDefinition, proposal: &RelationProposal) -> bool {
    set.relations().filter(|relation| relation.label == proposal.label).any(|relation| {
        relation.trigger == proposal.trigger
            && proposal.arguments.iter().all(|(role, target)| {
                let same = |argument: &crate::model::Argument| {
                    argument.target == *target && (argument.role == *role || definition.symmetry == Symmetry::Symmetric)
                };
                relation.arguments.iter().any(same)
            })
    })
}

/// Of rejected relations with two arguments and no trigger each argument as seen from the other, so that the next best
/// answer is proposed rather than none.
fn rejected_pairs(set: &AnnotationSet) -> BTreeSet<RejectedPair<'_>> {
    let mut pairs = BTreeSet::new();
    let rejected = |relation: &&Relation| relation.status == Status::Rejected && relation.trigger.is_none();
    for relation in set.relations().filter(rejected) {
        if let [first, second] = relation.arguments.as_slice() {
            for (one, other) in [(first, second), (second, first)] {
                pairs.insert((&relation.label, Some(&one.role), one.target, &other.role, other.target));
            }
        }
    }
    pairs
}

#[cfg(test)]
#[path = "relations_tests.rs"]
mod tests;
