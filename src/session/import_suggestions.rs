//! What other programs and annotators say of the project's articles, brought in as suggestions.

use super::suggest::is_own;
use super::{Session, SessionError, import::ImportReport, session::now};
use crate::{
    edit::{Draft, EditError, Incoming, Merged},
    format::{Imported, Warning},
    model::{
        AnnotationSet, AnnotatorName, Article, ArticleId, DocumentLabel, EntityId, Fragments, Name, Provenance,
        Relation, Schema, SetKey, Source, Span, Status, TriggerRule,
    },
    text::SameWords,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Articles that are read at a time to look at their texts.
const READ_AT_ONCE: usize = 100;

/// New names for the labels of what comes in; an empty one leaves the annotations out.
pub type LabelMap = BTreeMap<Name, Name>;

/// Why a change of labels was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLabelMap {
    text: String,
}

impl std::fmt::Display for BadLabelMap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} says no change of labels; write OLD=NEW, or OLD= to leave a label out", self.text)
    }
}

impl std::error::Error for BadLabelMap {}

/// Reads changes of labels as `OLD=NEW`.
///
/// # Errors
/// If one has no equals sign or no old label.
pub fn label_map<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Result<LabelMap, BadLabelMap> {
    let pair = |text: &str| {
        let (old, new) = text.split_once('=').ok_or_else(|| BadLabelMap { text: text.to_owned() })?;
        let (old, new) = (old.trim(), new.trim());
        if old.is_empty() { Err(BadLabelMap { text: text.to_owned() }) } else { Ok((old.into(), new.into())) }
    };
    pairs.into_iter().map(pair).collect()
}

/// Gives the labels of spans, relations and document labels their new names. What has none any more falls, with the
/// relations that need it.
pub(super) fn rename_labels(imported: &mut Imported, labels: &LabelMap) {
    if labels.is_empty() {
        return;
    }
    let rename = |label: &mut Name| {
        if let Some(new) = labels.get(label) {
            *label = new.clone();
        }
        !label.is_empty()
    };
    imported.spans.retain_mut(|span| rename(&mut span.label));
    imported.relations.retain_mut(|relation| rename(&mut relation.label));
    imported.document_labels.retain_mut(|label| rename(&mut label.label));
    if let Some(stated) = &imported.schema {
        let mut stated = (**stated).clone();
        stated.labels.retain_mut(|label| rename(&mut label.name));
        stated.relations.retain_mut(|relation| rename(&mut relation.name));
        stated.document_labels.retain_mut(|label| rename(&mut label.name));
        for argument in stated.relations.iter_mut().flat_map(|relation| &mut relation.arguments) {
            argument.allowed.retain_mut(&rename);
        }
        for relation in &mut stated.relations {
            if let TriggerRule::Optional(allowed) | TriggerRule::Required(allowed) = &mut relation.trigger {
                allowed.retain_mut(&rename);
            }
        }
        stated.attributes.iter_mut().for_each(|attribute| attribute.applies_to.retain_mut(&rename));
        imported.schema = Some(Arc::new(stated));
    }
    drop_dangling(imported);
}

/// Takes out relations of which an argument or the trigger is not there.
fn drop_dangling(imported: &mut Imported) {
    loop {
        let spans = imported.spans.iter().map(|span| span.id);
        let ids: BTreeSet<_> = spans.chain(imported.relations.iter().map(|relation| relation.id)).collect();
        let before = imported.relations.len();
        imported.relations.retain(|relation| relation.targets().all(|target| ids.contains(&target)));
        if imported.relations.len() == before {
            return;
        }
    }
}

/// How many annotations were left out because the schema does not have their label.
pub(super) type Unknown = BTreeMap<Name, usize>;

/// Makes suggestions of extractor `name` of everything in `imported`, or, if the name is empty, of the extractor that the
/// file names, or of one called like the file. What was rejected there is left out, and so is what has a label that the
/// schema does not have, which is counted.
pub(super) fn make_suggestions(imported: &mut Imported, name: &Name, schema: &Schema, unknown: &mut Unknown) {
    let file = &imported.metadata.origin.file;
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let fallback: Name = if stem.is_empty() { "import".into() } else { stem.into() };
    let mut known = |label: &Name, is_known: bool| {
        if !is_known {
            *unknown.entry(label.clone()).or_default() += 1;
        }
        is_known
    };
    let stands = |status: Status| status != Status::Rejected;
    imported.spans.retain(|span| stands(span.status) && known(&span.label, schema.label(&span.label).is_some()));
    imported
        .relations
        .retain(|found| stands(found.status) && known(&found.label, schema.relation(&found.label).is_some()));
    imported
        .document_labels
        .retain(|found| stands(found.status) && known(&found.label, schema.document_label(&found.label).is_some()));
    drop_dangling(imported);
    let source = |provenance: &mut Provenance| {
        let is_named = matches!(provenance.source, Source::Extractor { .. }) && name.is_empty();
        if !is_named {
            let name = if name.is_empty() { fallback.clone() } else { name.clone() };
            provenance.source = Source::Extractor { name, version: "".into() };
        }
        // Only what Glosse suggests here itself goes by its name, since that comes and goes.
        if is_own(&provenance.source)
            && let Source::Extractor { name, .. } = &mut provenance.source
        {
            *name = format!("imported {name}").into();
        }
    };
    for span in &mut imported.spans {
        source(&mut span.provenance);
        span.status = Status::Suggested;
        span.corrected_from = None;
    }
    for relation in &mut imported.relations {
        source(&mut relation.provenance);
        relation.status = Status::Suggested;
        relation.corrected_from = None;
    }
    for label in &mut imported.document_labels {
        source(&mut label.provenance);
        label.status = Status::Suggested;
    }
}

/// What to tell of labels that the schema does not have.
pub(super) fn unknown_label_warnings(unknown: &Unknown, file: &str) -> impl Iterator<Item = Warning> {
    unknown.iter().map(move |(label, count)| Warning {
        file: file.to_owned(),
        line: None,
        message: format!(
            "the schema has no label {label:?}: {count} left out, with what needs them; add it to the schema, or give them \
             another with {label}=LABEL"
        ),
    })
}

/// Moves annotations to a text that has the same characters and maybe other white space; false if it has not. What covers
/// nothing but white space falls.
pub(super) fn move_to(imported: &mut Imported, text: &str) -> bool {
    if imported.text == text {
        return true;
    }
    let Some(same) = SameWords::between(&imported.text, text) else { return false };
    imported.spans.retain_mut(|span| {
        let pieces: Vec<_> = span.fragments.iter().filter_map(|piece| same.carry(piece)).collect();
        match Fragments::new(pieces) {
            Some(fragments) => {
                span.fragments = fragments;
                true
            }
            None => false,
        }
    });
    text.clone_into(&mut imported.text);
    drop_dangling(imported);
    true
}

/// Finds articles by their text, whatever its white space.
#[derive(Clone, Debug, Default)]
pub(super) struct ByText {
    ids: BTreeMap<u64, ArticleId>,
}

impl ByText {
    pub(super) fn add(&mut self, id: &ArticleId, text: &str) {
        self.ids.entry(squeezed(text)).or_insert_with(|| id.clone());
    }

    /// Adds what another one has.
    pub(super) fn append(&mut self, other: Self) {
        for (hash, id) in other.ids {
            self.ids.entry(hash).or_insert(id);
        }
    }

    pub(super) fn get(&self, text: &str) -> Option<&ArticleId> {
        self.ids.get(&squeezed(text))
    }
}

/// A hash of a text without its white space.
fn squeezed(text: &str) -> u64 {
    let words: String = text.split_whitespace().collect();
    xxhash_rust::xxh3::xxh3_64(words.as_bytes())
}

impl Session {
    /// The articles of the project that the texts belong to: with the wanted id and the same text, or else any with the same
    /// text. White space does not matter. Those articles are in memory then. `by_text` is made when it is needed.
    pub(super) fn articles_with_text(
        &mut self,
        batch: &[(ArticleId, &Imported)],
        by_text: &mut Option<ByText>,
    ) -> Result<Vec<Option<ArticleId>>, SessionError> {
        self.bring(&batch.iter().map(|(wanted, _)| wanted.clone()).collect())?;
        let is_same = |(wanted, imported): &(ArticleId, &Imported)| {
            let text = self.project().article(wanted).map(Article::text);
            text.is_some_and(|text| squeezed(text) == squeezed(&imported.text)).then(|| wanted.clone())
        };
        let mut found: Vec<Option<ArticleId>> = batch.iter().map(is_same).collect();
        // To look at all texts may take those of the batch out of memory again.
        if found.iter().any(Option::is_none) {
            let by_text = match by_text {
                Some(by_text) => by_text,
                None => by_text.insert(self.texts()?),
            };
            for (found, (_, imported)) in found.iter_mut().zip(batch) {
                *found = found.take().or_else(|| by_text.get(&imported.text).cloned());
            }
        }
        self.bring(&found.iter().flatten().cloned().collect())?;
        Ok(found)
    }

    /// All articles by text. Those that nobody has looked at yet are read.
    fn texts(&mut self) -> Result<ByText, SessionError> {
        let mut by_text = ByText::default();
        let ids: Vec<ArticleId> = self.project().articles.keys().cloned().collect();
        for ids in ids.chunks(READ_AT_ONCE) {
            let is_unknown = |id: &&ArticleId| self.background().summary(id).is_none();
            self.bring(&ids.iter().filter(is_unknown).cloned().collect())?;
            for id in ids {
                let loaded = self.project().article(id).and_then(|article| article.text.clone());
                let known = loaded.or_else(|| self.background().summary(id).map(|summary| summary.text.clone()));
                if let Some(text) = known {
                    by_text.add(id, text.as_str());
                }
            }
            self.wait_for_room()?;
        }
        Ok(by_text)
    }

    /// Suggests to the session's annotator what another one has accepted in an article. The source of the suggestions is
    /// `annotator NAME`; what is there already, or was rejected, is left alone.
    ///
    /// # Errors
    /// If the project can not be changed, or the article not be read.
    pub fn suggest_from_annotator(&mut self, id: &ArticleId, other: &AnnotatorName) -> Result<Merged, SessionError> {
        let article = self.load(id)?;
        let Some(set) = article.sets.get(other) else { return Ok(Merged::default()) };
        let (spans, relations, document_labels) = accepted(set);
        let mut imported = Imported::new(id.as_str(), article.text().to_owned());
        (imported.spans, imported.relations, imported.document_labels) = (spans, relations, document_labels);
        drop_dangling(&mut imported);
        let name = Source::annotator_as_extractor(other.as_str());
        let mut unknown = Unknown::new();
        let schema = self.project().schema.clone();
        make_suggestions(&mut imported, &name, &schema, &mut unknown);
        let provenance = provenance(&name);
        let merged = self.edit_as(self.key(id), provenance, format!("Suggest what {other} labelled"), |draft| {
            Ok(add(draft, imported)?)
        })?;
        Ok(Merged {
            problems: merged
                .problems
                .iter()
                .cloned()
                .chain(unknown_label_warnings(&unknown, id.as_str()).map(|warning| warning.to_string()))
                .collect(),
            ..merged
        })
    }
}

fn accepted(set: &AnnotationSet) -> (Vec<Span>, Vec<Relation>, Vec<DocumentLabel>) {
    let stands = |status: Status| status == Status::Accepted;
    (
        set.spans().filter(|span| stands(span.status)).cloned().collect(),
        set.relations().filter(|relation| stands(relation.status)).cloned().collect(),
        set.document_labels().filter(|label| stands(label.status)).cloned().collect(),
    )
}

/// The provenance of changes that an extractor makes now.
pub(super) fn provenance(name: &Name) -> Provenance {
    let mut provenance = Provenance::person("", now());
    provenance.source = Source::Extractor { name: name.clone(), version: "".into() };
    provenance
}

/// Adds suggestions to the annotations that the draft changes. Links to entities that the registry does not have fall.
fn add(draft: &mut Draft<'_>, imported: Imported) -> Result<Merged, EditError> {
    let Imported { mut spans, relations, document_labels, .. } = imported;
    let mut unlinked = 0;
    for span in &mut spans {
        let is_known = |id: &EntityId| draft.project().entities.get(id).is_some();
        if !span.entity.as_ref().is_none_or(is_known) {
            span.entity = None;
            unlinked += 1;
        }
    }
    let mut merged = draft.merge_annotations(spans, relations, document_labels, Incoming::Suggestions)?;
    if unlinked > 0 {
        merged
            .problems
            .push(format!("{unlinked} suggested without a link to an entity that the registry does not have"));
    }
    Ok(merged)
}

/// Lays what was read beside the annotations of an article, or makes an article of it; adds to the report. Says which article.
pub(super) fn bring_in(
    draft: &mut Draft<'_>,
    annotator: &AnnotatorName,
    (wanted, target): (&ArticleId, Option<ArticleId>),
    mut imported: Imported,
    report: &mut ImportReport,
) -> Result<ArticleId, SessionError> {
    let target = target.filter(|id| {
        let text = draft.project().article(id).map(Article::text).unwrap_or_default().to_owned();
        move_to(&mut imported, &text)
    });
    let id = match target {
        Some(id) => {
            report.extended.push(id.clone());
            id
        }
        None => {
            report.note_language(&imported.metadata.language, imported.language_from);
            let id = draft.add_article(wanted.as_str(), imported.metadata.clone(), &imported.text)?;
            report.articles.push(id.clone());
            id
        }
    };
    report.warnings.append(&mut imported.warnings);
    draft.switch_to(SetKey { article: id.clone(), annotator: annotator.clone() });
    let merged = add(draft, imported)?;
    report.suggested += merged.added();
    report.note(&id, merged);
    Ok(id)
}
