//! Carrying out transactions: all of it, or nothing.

use super::{Operation, Transaction};
use crate::model::{
    AnnotationId, AnnotationSet, Article, ArticleId, ArticleText, AttributeValue, Attributes, CorrectedFrom,
    DocumentLabel, EntityId, Progress, Project, Provenance, Relation, SetKey, Span,
};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Why a transaction could not be carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    NoArticle {
        article: ArticleId,
    },
    NotLoaded {
        article: ArticleId,
    },
    ArticleExists {
        article: ArticleId,
    },
    ArticleHasAnnotations {
        article: ArticleId,
    },
    /// The annotation is not what the operation says it was: it was changed by somebody else.
    Changed {
        article: ArticleId,
        id: AnnotationId,
    },
    ProgressChanged {
        article: ArticleId,
    },
    TextChanged {
        article: ArticleId,
    },
    MetadataChanged {
        article: ArticleId,
    },
    EntityChanged {
        entity: EntityId,
    },
    SchemaChanged,
    SettingsChanged,
    /// A relation would point to something that does not exist.
    Dangling {
        article: ArticleId,
        id: AnnotationId,
    },
    /// A relation would be an argument of itself.
    Circle {
        article: ArticleId,
        id: AnnotationId,
    },
    OutsideText {
        article: ArticleId,
        id: AnnotationId,
    },
    /// A number that is infinite or not a number: such a thing does not equal itself and could not be taken back.
    NotFinite {
        article: ArticleId,
        id: AnnotationId,
    },
    /// An edit of the text would cut into a span in a way that could not be taken back.
    SpanInTheWay {
        article: ArticleId,
        id: AnnotationId,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArticle { article } => write!(formatter, "there is no article {article}"),
            Self::NotLoaded { article } => write!(formatter, "the article {article} is not loaded"),
            Self::ArticleExists { article } => write!(formatter, "there is an article {article} already"),
            Self::ArticleHasAnnotations { article } => {
                write!(formatter, "the article {article} has annotations; remove them first")
            }
            Self::Changed { article, id } => {
                write!(formatter, "annotation {id} was changed by somebody else in the meantime, in {article}")
            }
            Self::ProgressChanged { article } => {
                write!(formatter, "the progress was changed in the meantime, in {article}")
            }
            Self::TextChanged { article } => write!(formatter, "the text was changed in the meantime, in {article}"),
            Self::MetadataChanged { article } => {
                write!(formatter, "the metadata was changed in the meantime, in {article}")
            }
            Self::EntityChanged { entity } => write!(formatter, "the entity {entity} was changed in the meantime"),
            Self::SchemaChanged => write!(formatter, "the schema was changed in the meantime"),
            Self::SettingsChanged => write!(formatter, "the settings were changed in the meantime"),
            Self::Dangling { article, id } => {
                write!(formatter, "a relation needs annotation {id}, which would not exist, in {article}")
            }
            Self::Circle { article, id } => {
                write!(formatter, "relation {id} would be an argument of itself, in {article}")
            }
            Self::OutsideText { article, id } => {
                write!(formatter, "span {id} would lie outside the text, in {article}")
            }
            Self::NotFinite { article, id } => {
                write!(formatter, "annotation {id} carries a number that is not finite, in {article}")
            }
            Self::SpanInTheWay { article, id } => {
                write!(formatter, "the text edit would cut into span {id} beyond repair, in {article}")
            }
        }
    }
}

impl std::error::Error for ApplyError {}

/// Carries out all operations in their order. After an error the project is as it was before.
///
/// # Errors
/// If an operation does not fit the present state, or if the result would not be sound: see [`ApplyError`].
pub fn apply(project: &mut Project, transaction: &Transaction) -> Result<(), ApplyError> {
    apply_all(project, &transaction.operations)
}

pub(super) fn apply_all(project: &mut Project, operations: &[Operation]) -> Result<(), ApplyError> {
    let mut done = 0;
    let result = operations
        .iter()
        .try_for_each(|operation| apply_one(project, operation).inspect(|()| done += 1))
        .and_then(|()| check_soundness(project, operations));
    if result.is_err() {
        roll_back(project, operations.get(..done).unwrap_or_default());
    }
    result
}

/// Takes back operations that were just carried out.
pub(super) fn roll_back(project: &mut Project, operations: &[Operation]) {
    for operation in operations.iter().rev() {
        let result = apply_one(project, &operation.inverse());
        debug_assert_eq!(result, Ok(()), "an operation that was carried out can be taken back");
    }
}

/// Carries out one operation without looking at what it means for the others.
pub(super) fn apply_one(project: &mut Project, operation: &Operation) -> Result<(), ApplyError> {
    match operation {
        Operation::Span { set, id, before, after } => {
            let (present, text) = present(project, set)?;
            let fits = after.as_ref().is_none_or(|span| span.id == *id);
            // What is new is not looked for.
            let present = present.filter(|present| !present.is_unused(*id));
            if present.and_then(|present| present.span(*id)) != before.as_deref()
                || before.is_none() && present.is_some_and(|present| present.contains(*id))
                || !fits
            {
                return Err(ApplyError::Changed { article: set.article.clone(), id: *id });
            }
            if let Some(span) = after {
                check_span(set, span, text)?;
            }
            set_mut(project, set)?.put_span(*id, after.clone());
        }
        Operation::Relation { set, id, before, after } => {
            let (present, _) = present(project, set)?;
            let fits = after.as_ref().is_none_or(|relation| relation.id == *id);
            let present = present.filter(|present| !present.is_unused(*id));
            if present.and_then(|present| present.relation(*id)) != before.as_deref()
                || before.is_none() && present.is_some_and(|present| present.contains(*id))
                || !fits
            {
                return Err(ApplyError::Changed { article: set.article.clone(), id: *id });
            }
            if let Some(relation) = after {
                check_relation(set, relation)?;
            }
            set_mut(project, set)?.put_relation(*id, after.clone());
        }
        Operation::DocumentLabel { set, id, before, after } => {
            let (present, _) = present(project, set)?;
            let fits = after.as_ref().is_none_or(|label| label.id == *id);
            if present.and_then(|present| present.document_label(*id)) != before.as_deref()
                || before.is_none() && present.is_some_and(|present| present.contains(*id))
                || !fits
            {
                return Err(ApplyError::Changed { article: set.article.clone(), id: *id });
            }
            if let Some(label) = after {
                check_document_label(set, label)?;
            }
            set_mut(project, set)?.put_document_label(*id, after.clone());
        }
        Operation::Progress { set, before, after } => {
            let (present, _) = present(project, set)?;
            if present.map(AnnotationSet::progress).unwrap_or_default() != *before {
                return Err(ApplyError::ProgressChanged { article: set.article.clone() });
            }
            set_mut(project, set)?.set_progress(*after);
        }
        Operation::Text { article, edit } => {
            let (loaded, text) = loaded_mut(project, article)?;
            let new = edit.apply(text.as_str()).ok_or_else(|| ApplyError::TextChanged { article: article.clone() })?;
            if let Some(id) = loaded.sets.values().flat_map(|set| set.damaged_by(edit)).next() {
                return Err(ApplyError::SpanInTheWay { article: article.clone(), id });
            }
            loaded.text = Some(Arc::new(ArticleText::new(new)));
            for set in loaded.sets.values_mut() {
                set.map_spans(edit);
            }
        }
        Operation::Metadata { article, before, after } => {
            let found =
                project.articles.get_mut(article).ok_or_else(|| ApplyError::NoArticle { article: article.clone() })?;
            if found.metadata != *before {
                return Err(ApplyError::MetadataChanged { article: article.clone() });
            }
            found.metadata = after.clone();
        }
        Operation::Article { id, before, after } => {
            match (before, project.articles.get(id)) {
                (None, Some(_)) => return Err(ApplyError::ArticleExists { article: id.clone() }),
                (None, None) => {}
                (Some(_), None) => return Err(ApplyError::NoArticle { article: id.clone() }),
                (Some(before), Some(found)) => {
                    let text = found.text.as_ref().ok_or_else(|| ApplyError::NotLoaded { article: id.clone() })?;
                    if **text != *before.text {
                        return Err(ApplyError::TextChanged { article: id.clone() });
                    }
                    if found.metadata != before.metadata {
                        return Err(ApplyError::MetadataChanged { article: id.clone() });
                    }
                    if found.sets.values().any(|set| !set.is_empty() || set.progress() != Progress::New) {
                        return Err(ApplyError::ArticleHasAnnotations { article: id.clone() });
                    }
                }
            }
            match after {
                Some(content) => {
                    let article = Article {
                        id: id.clone(),
                        metadata: content.metadata.clone(),
                        text: Some(content.text.clone()),
                        sets: BTreeMap::new(),
                    };
                    project.articles.insert(id.clone(), article);
                }
                None => {
                    for (annotator, set) in project.articles.remove(id).into_iter().flat_map(|article| article.sets) {
                        let key = SetKey { article: id.clone(), annotator };
                        project.given_ids.insert(key, set.next_id());
                    }
                }
            }
        }
        Operation::Entity { id, before, after } => {
            let fits = after.as_ref().is_none_or(|entity| entity.id == *id);
            if project.entities.get(id) != before.as_deref() || !fits {
                return Err(ApplyError::EntityChanged { entity: id.clone() });
            }
            match after {
                Some(entity) => {
                    project.entities.retired.remove(id);
                    project.entities.entities.insert(id.clone(), (**entity).clone());
                }
                None => {
                    project.entities.entities.remove(id);
                    project.entities.retired.insert(id.clone());
                }
            }
        }
        Operation::Schema { before, after } => {
            if project.schema != *before {
                return Err(ApplyError::SchemaChanged);
            }
            project.schema = after.clone();
        }
        Operation::Settings { before, after } => {
            if project.settings != *before {
                return Err(ApplyError::SettingsChanged);
            }
            project.settings = after.clone();
        }
    }
    Ok(())
}

/// Carries out operations that add annotations to the set under `key`, which is empty: with the same result as one by one, but
/// the set is made in one go. After an error the project is as it was before.
pub(super) fn fill(project: &mut Project, key: &SetKey, operations: &[Operation]) -> Result<(), ApplyError> {
    let (present, text) = present(project, key)?;
    let changed = |id: AnnotationId| ApplyError::Changed { article: key.article.clone(), id };
    let Some(first) = operations.first() else { return Ok(()) };
    let first = first.annotation().map_or(AnnotationId(0), |(_, id)| id);
    if present.is_some_and(|present| !present.is_empty()) {
        return Err(changed(first));
    }
    let (mut spans, mut relations, mut document_labels) = (Vec::new(), Vec::new(), Vec::new());
    for operation in operations {
        match operation {
            Operation::Span { set, id, before: None, after: Some(span) } if set == key && span.id == *id => {
                check_span(set, span, text)?;
                spans.push(span.clone());
            }
            Operation::Relation { set, id, before: None, after: Some(relation) }
                if set == key && relation.id == *id =>
            {
                check_relation(set, relation)?;
                relations.push(relation.clone());
            }
            Operation::DocumentLabel { set, id, before: None, after: Some(label) } if set == key && label.id == *id => {
                check_document_label(set, label)?;
                document_labels.push(label.clone());
            }
            _ => return Err(changed(operation.annotation().map_or(first, |(_, id)| id))),
        }
    }
    let progress = present.map(AnnotationSet::progress).unwrap_or_default();
    let (filled, repeated) = AnnotationSet::from_shared(0, progress, spans, relations, document_labels);
    if let Some(id) = repeated.first() {
        return Err(changed(*id));
    }
    let set = set_mut(project, key)?;
    let next = set.next_id();
    *set = filled;
    // Also those that were given and are not there any more.
    set.reserve_ids(next.0);
    Ok(())
}

/// Checks that relations of the changed annotations point to something, and not in a circle.
fn check_soundness(project: &Project, operations: &[Operation]) -> Result<(), ApplyError> {
    for operation in operations {
        let Some((key, id)) = operation.annotation() else { continue };
        let Some(set) = project.set(key) else { continue };
        let article = || key.article.clone();
        if let Some(relation) = set.relation(id) {
            let is_target = |target: &AnnotationId| set.span(*target).is_some() || set.relation(*target).is_some();
            if let Some(missing) = relation.targets().find(|target| !is_target(target)) {
                return Err(ApplyError::Dangling { article: article(), id: missing });
            }
            if set.leads_to(id, id) {
                return Err(ApplyError::Circle { article: article(), id });
            }
        } else if set.span(id).is_none() && set.relations_pointing_to(id).next().is_some() {
            return Err(ApplyError::Dangling { article: article(), id });
        }
    }
    Ok(())
}

fn loaded_mut<'a>(project: &'a mut Project, id: &ArticleId) -> Result<(&'a mut Article, Arc<ArticleText>), ApplyError> {
    let article = project.articles.get_mut(id).ok_or_else(|| ApplyError::NoArticle { article: id.clone() })?;
    let text = article.text.clone().ok_or_else(|| ApplyError::NotLoaded { article: id.clone() })?;
    Ok((article, text))
}

/// The set under `key`, if there is one yet, and the text that it speaks of.
fn present<'a>(project: &'a Project, key: &SetKey) -> Result<(Option<&'a AnnotationSet>, &'a str), ApplyError> {
    let article = project.article(&key.article);
    let article = article.ok_or_else(|| ApplyError::NoArticle { article: key.article.clone() })?;
    let text = article.text.as_ref().ok_or_else(|| ApplyError::NotLoaded { article: key.article.clone() })?;
    Ok((article.sets.get(&key.annotator), text.as_str()))
}

/// The set under `key`, made if there is none: only for an operation that fits, so that a failing one leaves no empty set.
fn set_mut<'a>(project: &'a mut Project, key: &SetKey) -> Result<&'a mut AnnotationSet, ApplyError> {
    let given = project.given_ids.get(key).copied();
    let article = project.articles.get_mut(&key.article);
    let article = article.ok_or_else(|| ApplyError::NoArticle { article: key.article.clone() })?;
    if article.text.is_none() {
        return Err(ApplyError::NotLoaded { article: key.article.clone() });
    }
    let set = article.sets.entry(key.annotator.clone()).or_default();
    if let Some(next) = given {
        set.reserve_ids(next.0);
    }
    Ok(set)
}

fn check_span(set: &SetKey, span: &Span, text: &str) -> Result<(), ApplyError> {
    if !span.fragments.fit(text) {
        return Err(ApplyError::OutsideText { article: set.article.clone(), id: span.id });
    }
    check_numbers(set, span.id, &span.attributes, &span.provenance, span.corrected_from.as_deref())
}

fn check_relation(set: &SetKey, relation: &Relation) -> Result<(), ApplyError> {
    check_numbers(set, relation.id, &relation.attributes, &relation.provenance, relation.corrected_from.as_deref())
}

fn check_document_label(set: &SetKey, label: &DocumentLabel) -> Result<(), ApplyError> {
    check_numbers(set, label.id, &Attributes::new(), &label.provenance, None)
}

fn check_numbers(
    set: &SetKey,
    id: AnnotationId,
    attributes: &Attributes,
    provenance: &Provenance,
    corrected: Option<&CorrectedFrom>,
) -> Result<(), ApplyError> {
    let scores = [Some(provenance), corrected.map(|corrected| &corrected.provenance)];
    let mut scores = scores.into_iter().flatten().filter_map(|provenance| provenance.score);
    let is_finite = |value: &AttributeValue| !matches!(value, AttributeValue::Number(number) if !number.is_finite());
    if attributes.values().all(is_finite) && scores.all(f32::is_finite) {
        Ok(())
    } else {
        Err(ApplyError::NotFinite { article: set.article.clone(), id })
    }
}
