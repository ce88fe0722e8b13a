//! Which entities the mentions of a project name: candidates for a span, links that are certain, and clusters of mentions
//! that name nothing known yet.

use crate::{
    assist::{
        alias_key,
        linker::{ArticleNames, Candidate, Linker, Mention, cluster_key, without_title},
        rules::KindLabels,
    },
    edit::{Draft, EditError, MentionKey},
    model::{
        AnnotationId, AnnotationSet, AnnotatorName, Article, ArticleId, AttributeValue, EntityId, EntityRegistry, Name,
        Project, Schema, SetKey, Span, Status, TriggerRule,
    },
    text::TextRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// From this score on a link is taken for certain, unless told otherwise.
pub const CERTAIN: f32 = 0.85;
/// How far in bytes around a mention its context goes.
const CONTEXT: usize = 160;
/// Names of labels whose spans name something that can be an entity, in English and German.
const NAMING: &[&str] = &[
    "per",
    "pers",
    "person",
    "people",
    "loc",
    "location",
    "place",
    "gpe",
    "ort",
    "org",
    "organization",
    "organisation",
    "fac",
    "facility",
    "media",
    "medium",
    "misc",
    "product",
    "produkt",
    "work",
    "werk",
    "weapon",
    "waffe",
    "group",
    "gruppe",
    "nation",
    "land",
    "stadt",
    "firma",
    "company",
    "partei",
];
/// Words that stand for a name and are none.
const PRONOUNS: &[&str] = &[
    "er", "sie", "es", "ihm", "ihn", "ihr", "ihnen", "sein", "seine", "seinen", "seiner", "ihre", "ihren", "ihrer",
    "wir", "uns", "ich", "mich", "mir", "man", "dieser", "diese", "dieses", "dessen", "deren", "beide", "beiden", "he",
    "she", "it", "they", "wer",
];

/// A mention that is linked to nothing, with the entity that it most likely names.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkProposal {
    pub span: AnnotationId,
    pub best: Candidate,
}

/// Mentions that name one thing, for which there is no entity yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Label and key of the name: the same in every run, whatever articles are added.
    pub id: String,
    pub label: Name,
    /// The name that most mentions have, without title.
    pub name: String,
    /// Other spellings and forms, without titles and endings.
    pub aliases: Vec<String>,
    /// In the order of articles and texts.
    pub mentions: Vec<MentionKey>,
}

/// The forms of a name with how often each comes, and its mentions.
type Gathered = (BTreeMap<String, usize>, Vec<MentionKey>);

/// What is known for linking, made once from a registry and the links of all annotators.
pub struct Linking {
    linker: Linker,
    labels: BTreeSet<Name>,
}

impl Linking {
    /// Looks at the registry, and at the links of all annotators in the articles that are loaded.
    pub fn new(project: &Project) -> Self {
        Self::of(&project.schema, &project.entities, project.articles.values())
    }

    /// As [`Linking::new`], from parts.
    pub fn of<'a>(schema: &Schema, registry: &EntityRegistry, articles: impl Iterator<Item = &'a Article>) -> Self {
        let mut linker = Linker::new(registry);
        for set in articles.flat_map(|article| article.sets.values()) {
            set.spans().filter_map(|span| span.entity.as_ref()).for_each(|entity| linker.count(entity));
        }
        Self { linker, labels: linkable_labels(schema, registry) }
    }

    /// The entities that a span may name, the surest first, whatever its status and label.
    pub fn candidates(
        &self,
        registry: &EntityRegistry,
        text: &str,
        set: &AnnotationSet,
        span: AnnotationId,
    ) -> Vec<Candidate> {
        let names = article_names(text, set);
        set.span(span).map(|span| self.candidates_of(registry, text, span, &names)).unwrap_or_default()
    }

    /// What each mention of an article that is accepted and linked to nothing most likely names, at least as sure as `least`.
    pub fn proposals(
        &self,
        registry: &EntityRegistry,
        text: &str,
        set: &AnnotationSet,
        least: f32,
    ) -> Vec<LinkProposal> {
        let names = article_names(text, set);
        let unlinked = set.spans_in_order().filter(|span| self.is_open(span));
        let best = unlinked.filter_map(|span| {
            let best = self.candidates_of(registry, text, span, &names).into_iter().next()?;
            (best.score >= least).then_some(LinkProposal { span: span.id, best })
        });
        best.collect()
    }

    /// The clusters of one annotator's accepted mentions in the loaded articles that name nothing known: the largest
    /// first, then by id. What may name a known entity with at least the score `least` is left out.
    pub fn clusters<'a>(
        &self,
        registry: &EntityRegistry,
        annotator: &AnnotatorName,
        articles: impl Iterator<Item = &'a Article>,
        least: f32,
    ) -> Vec<Cluster> {
        let mut found: BTreeMap<(Name, String), Gathered> = BTreeMap::new();
        for article in articles {
            let Some(set) = article.sets.get(annotator) else { continue };
            let text = article.text();
            let names = article_names(text, set);
            for span in set.spans_in_order().filter(|span| self.is_open(span)) {
                let words = words_of(text, span);
                let Some(key) = cluster_key(&words, &span.label, &names) else { continue };
                let is_known =
                    self.candidates_of(registry, text, span, &names).first().is_some_and(|best| best.score >= least);
                if is_known || PRONOUNS.contains(&&*words.to_lowercase()) {
                    continue;
                }
                let (forms, mentions) = found.entry((span.label.clone(), key)).or_default();
                *forms.entry(without_title(&words).to_owned()).or_default() += 1;
                let set = SetKey { article: article.id.clone(), annotator: annotator.clone() };
                mentions.push((set, span.id));
            }
        }
        let mut clusters: Vec<Cluster> = found
            .into_iter()
            .map(|((label, key), (forms, mentions))| {
                let (name, aliases) = names_of(&forms);
                Cluster { id: format!("{label}:{key}"), label, name, aliases, mentions }
            })
            .collect();
        clusters.sort_by(|one, other| other.mentions.len().cmp(&one.mentions.len()).then(one.id.cmp(&other.id)));
        clusters
    }

    fn candidates_of(
        &self,
        registry: &EntityRegistry,
        text: &str,
        span: &Span,
        names: &ArticleNames,
    ) -> Vec<Candidate> {
        let words = words_of(text, span);
        let context = context(text, span.fragments.hull());
        self.linker.candidates(registry, Mention { words: &words, label: &span.label, context: &context }, names)
    }

    /// True for an accepted mention of a name that is linked to nothing.
    fn is_open(&self, span: &Span) -> bool {
        let is_name = span.attributes.get("mention").is_none_or(|value| *value == AttributeValue::Text("name".into()));
        span.status == Status::Accepted && span.entity.is_none() && self.labels.contains(&span.label) && is_name
    }
}

/// Links what is at least as sure as `least` in some loaded articles, in the sets of `annotator`; gives how many mentions of
/// each article were linked.
///
/// # Errors
/// If an entity is gone.
pub fn link_certain(
    draft: &mut Draft<'_>,
    linking: &Linking,
    annotator: &AnnotatorName,
    articles: &[ArticleId],
    least: f32,
) -> Result<BTreeMap<ArticleId, usize>, EditError> {
    let mut counts = BTreeMap::new();
    for id in articles {
        let key = SetKey { article: id.clone(), annotator: annotator.clone() };
        let project = draft.project();
        let Some((article, set)) = project.article(id).zip(project.set(&key)) else { continue };
        let proposals = linking.proposals(&project.entities, article.text(), set, least);
        for proposal in &proposals {
            draft.link_mentions(&[(key.clone(), proposal.span)], &proposal.best.entity)?;
        }
        counts.insert(id.clone(), proposals.len());
    }
    Ok(counts)
}

/// Links mentions to entities, except those that are gone, were linked meanwhile, or are not accepted any more.
///
/// # Errors
/// If an entity is gone.
pub fn link_open(draft: &mut Draft<'_>, links: &[(MentionKey, EntityId)]) -> Result<(), EditError> {
    for ((key, id), entity) in links {
        let span = draft.project().set(key).and_then(|set| set.span(*id));
        if span.is_some_and(|span| span.entity.is_none() && span.status == Status::Accepted) {
            draft.link_mentions(&[(key.clone(), *id)], entity)?;
        }
    }
    Ok(())
}

/// Makes one entity of a cluster and links all its mentions.
///
/// # Errors
/// If a mention is gone.
pub fn accept_cluster(draft: &mut Draft<'_>, cluster: &Cluster) -> Result<EntityId, EditError> {
    draft.entity_of_mentions(&cluster.name, &cluster.label, &cluster.aliases, &cluster.mentions)
}

/// All mentions of an entity in loaded articles, of all annotators, in the order of articles and texts.
pub fn mentions_of(project: &Project, entity: &EntityId) -> Vec<MentionKey> {
    let mut found = Vec::new();
    for article in project.articles.values() {
        for (annotator, set) in &article.sets {
            let key = SetKey { article: article.id.clone(), annotator: annotator.clone() };
            let mentions = set.spans_in_order().filter(|span| span.entity.as_ref() == Some(entity));
            found.extend(mentions.map(|span| (key.clone(), span.id)));
        }
    }
    found
}

/// The labels whose spans name something: those that entities have as kind, and those with the usual names.
fn linkable_labels(schema: &Schema, registry: &EntityRegistry) -> BTreeSet<Name> {
    let kinds: BTreeSet<&Name> = registry.entities.values().map(|entity| &entity.kind).collect();
    let by_rule: Vec<Name> = KindLabels::guess(schema).labels.into_values().collect();
    let is_trigger = |label: &Name| {
        schema.relations.iter().any(|definition| match &definition.trigger {
            TriggerRule::None => false,
            TriggerRule::Optional(labels) | TriggerRule::Required(labels) => labels.contains(label),
        })
    };
    let labels = || schema.labels.iter().map(|label| &label.name);
    let usual: BTreeSet<Name> =
        labels().filter(|label| kinds.contains(label) || NAMING.contains(&&*label.to_lowercase())).cloned().collect();
    match usual.is_empty() {
        true => labels().filter(|label| !by_rule.contains(label) && !is_trigger(label)).cloned().collect(),
        false => usual,
    }
}

/// The name of a cluster, and its other forms: the name that comes most often, the longer one of two.
fn names_of(forms: &BTreeMap<String, usize>) -> (String, Vec<String>) {
    // A form with genitive ending is none of its own beside the one without.
    let is_genitive = |form: &str| form.strip_suffix('s').is_some_and(|stem| forms.contains_key(stem));
    let mut own: Vec<(&String, usize)> = forms
        .iter()
        .filter(|(form, _)| !is_genitive(form))
        .map(|(form, count)| (form, count + forms.get(&format!("{form}s")).copied().unwrap_or(0)))
        .collect();
    let words = |form: &str| form.split_whitespace().count().min(2);
    own.sort_by(|(one, times), (other, times_other)| {
        words(other)
            .cmp(&words(one))
            .then(times_other.cmp(times))
            .then(other.len().cmp(&one.len()))
            .then(one.cmp(other))
    });
    let mut names = own.into_iter().map(|(form, _)| form.clone());
    let name = names.next().unwrap_or_default();
    // A family name alone is no name of the entity: others may have it too, and the linker knows it anyway.
    let last = name.rsplit_once(' ').map(|(_, last)| alias_key(last));
    let aliases = names.filter(|form| form.contains(' ') || last.as_ref() != Some(&alias_key(form))).collect();
    (name, aliases)
}

fn words_of(text: &str, span: &Span) -> String {
    span.fragments.surface(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the mentions of an article, suggestions included, say of each other.
fn article_names(text: &str, set: &AnnotationSet) -> ArticleNames {
    let mut names = ArticleNames::default();
    for span in set.spans_in_order().filter(|span| span.status != Status::Rejected) {
        names.add(&words_of(text, span), &span.label, span.entity.as_ref());
    }
    names
}

/// The words around a mention, in small letters.
fn context(text: &str, range: TextRange) -> Vec<String> {
    let from = text.floor_char_boundary(range.start().to_usize().saturating_sub(CONTEXT));
    let to = text.floor_char_boundary(range.end().to_usize().saturating_add(CONTEXT));
    let around = [text.get(from..range.start().to_usize()), text.get(range.end().to_usize()..to)];
    let words = around.into_iter().flatten().flat_map(|part| part.split(|char: char| !char.is_alphanumeric()));
    words.filter(|word| word.chars().count() >= 4).map(str::to_lowercase).collect()
}

#[cfg(test)]
#[path = "entity_links_tests.rs"]
mod tests;
