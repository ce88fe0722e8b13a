//! What is out of the way before something is undone or done again: suggestions that came beside the user's work since.

use super::{Session, SessionError, session::now, suggest::glosse};
use crate::{
    edit::{Kind, Operation, Transaction, apply},
    model::{Annotation, AnnotationId, AnnotationSet, ArticleId, Provenance, Relation, SetKey, Source, Span, Status},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

type Named = BTreeSet<(SetKey, AnnotationId)>;

impl Session {
    /// Makes `transaction`, which takes something back or does it again, and the present suggestions fit: suggestions that it
    /// decides about are brought back as they were; what it would take away is taken as it is now, and suggestions that hang
    /// on what goes, or would be damaged, are taken back first. What the transaction itself names otherwise, what stands, and
    /// what was rejected is not touched.
    ///
    /// # Errors
    /// If the project can not be changed.
    pub(super) fn make_way(&mut self, transaction: &mut Transaction) -> Result<(), SessionError> {
        self.bring_suggestions_back(transaction)?;
        let project = self.project();
        transaction.operations.retain_mut(|operation| fit(operation, &|key| project.set(key)));
        let named: Named = transaction
            .operations
            .iter()
            .filter_map(Operation::annotation)
            .map(|(key, id)| (key.clone(), id))
            .collect();
        let mut leaving: BTreeMap<SetKey, Vec<AnnotationId>> = BTreeMap::new();
        for operation in &transaction.operations {
            match operation {
                Operation::Text { article, edit } => {
                    for (key, set) in self.sets_of(article) {
                        let damaged = set.damaged_by(edit);
                        let suggested = damaged.into_iter().filter(|id| is_suggestion(set, *id));
                        leaving.entry(key).or_default().extend(suggested);
                    }
                }
                Operation::Article { id, after: None, .. } => {
                    for (key, set) in self.sets_of(id) {
                        let ids = set.spans().map(|span| span.id).chain(set.relations().map(|relation| relation.id));
                        let suggested = ids.filter(|id| is_suggestion(set, *id));
                        leaving.entry(key).or_default().extend(suggested);
                    }
                }
                // With another label other relations are allowed.
                Operation::Span { set: key, id, before: Some(before), after: Some(after) }
                    if before.label != after.label =>
                {
                    leaving.entry(key.clone()).or_default().extend(self.suggested_on(key, *id));
                }
                Operation::Span { set: key, id, after: None, .. }
                | Operation::Relation { set: key, id, after: None, .. } => {
                    leaving.entry(key.clone()).or_default().extend(self.suggested_on(key, *id));
                }
                _ => {}
            }
        }
        for (key, ids) in leaving {
            let ids: Vec<AnnotationId> = ids.into_iter().filter(|id| !named.contains(&(key.clone(), *id))).collect();
            if ids.is_empty() {
                continue;
            }
            self.edit_aside(key, glosse(), "Take suggestions back", |draft| {
                for id in ids {
                    // Relations on relations go with these.
                    if draft.set().is_some_and(|set| set.contains(id)) {
                        draft.remove(id)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Brings the suggestions that a transaction changes back as they were when it was made, if they were thought better of
    /// since. Not in articles whose text it changes: places are others there, see [`Session::redo_needs`].
    fn bring_suggestions_back(&mut self, transaction: &Transaction) -> Result<(), SessionError> {
        let remade: BTreeSet<&ArticleId> =
            transaction.operations.iter().filter_map(Operation::remade_article).collect();
        let mut seen = Named::new();
        let (mut spans, mut relations) = (Vec::new(), Vec::new());
        for operation in &transaction.operations {
            let Some((key, id)) = operation.annotation() else { continue };
            if remade.contains(&key.article) || !seen.insert((key.clone(), id)) {
                continue;
            }
            let set = self.project().set(key);
            match operation {
                Operation::Span { before: Some(before), after: Some(_), .. } => {
                    let is_open = |span: &Span| is_suggested(span.status, &span.provenance);
                    let present = set.and_then(|set| set.span(id));
                    spans.extend(back(present, before, is_open).map(|(before, after)| Operation::Span {
                        set: key.clone(),
                        id,
                        before,
                        after,
                    }));
                }
                Operation::Relation { before: Some(before), after: Some(_), .. } => {
                    let is_open = |relation: &Relation| is_suggested(relation.status, &relation.provenance);
                    let present = set.and_then(|set| set.relation(id));
                    relations.extend(back(present, before, is_open).map(|(before, after)| Operation::Relation {
                        set: key.clone(),
                        id,
                        before,
                        after,
                    }));
                }
                _ => {}
            }
        }
        // Relations lead to spans.
        spans.append(&mut relations);
        if spans.is_empty() {
            return Ok(());
        }
        let title = "Bring suggestions back".to_owned();
        let author = "Glosse".to_owned();
        let aside = Transaction { title, author, time: now(), kind: Kind::Aside, operations: spans };
        apply(&mut self.project, &aside)
            .map_err(|error| SessionError::Undo { title: transaction.title.clone(), error })?;
        self.record(aside);
        Ok(())
    }

    /// The suggested relations that lead to an annotation.
    fn suggested_on(&self, key: &SetKey, id: AnnotationId) -> Vec<AnnotationId> {
        let Some(set) = self.project().set(key) else { return Vec::new() };
        let hanging = set.relations_pointing_to(id).map(|relation| relation.id);
        hanging.filter(|id| is_suggestion(set, *id)).collect()
    }

    /// All annotators' annotations of an article.
    fn sets_of(&self, article: &ArticleId) -> impl Iterator<Item = (SetKey, &AnnotationSet)> {
        let sets = self.project().article(article).into_iter().flat_map(|article| &article.sets);
        let article = article.clone();
        sets.map(move |(annotator, set)| (SetKey { article: article.clone(), annotator: annotator.clone() }, set))
    }
}

/// `before` and `after` of an operation.
type BeforeAndAfter<T> = (Option<Arc<T>>, Option<Arc<T>>);

/// What an annotation is and what it has to become, where a suggestion of a program is gone by now or another one.
fn back<T: Clone + PartialEq>(
    present: Option<&T>,
    before: &T,
    is_open: impl Fn(&T) -> bool,
) -> Option<BeforeAndAfter<T>> {
    let is_back = is_open(before) && present.is_none_or(&is_open) && present != Some(before);
    is_back.then(|| (present.cloned().map(Arc::new), Some(Arc::new(before.clone()))))
}

/// True if an annotation is only suggested by a program.
fn is_suggestion(set: &AnnotationSet, id: AnnotationId) -> bool {
    set.get(id).is_some_and(|annotation: Annotation<'_>| is_suggested(annotation.status(), annotation.provenance()))
}

fn is_suggested(status: Status, provenance: &Provenance) -> bool {
    status == Status::Suggested && matches!(provenance.source, Source::Extractor { .. })
}

/// Lets an operation that takes a suggestion away take it as it is now. False if it is gone already.
fn fit<'a>(operation: &mut Operation, set: &dyn Fn(&SetKey) -> Option<&'a AnnotationSet>) -> bool {
    let suggested = |span: &Span| is_suggested(span.status, &span.provenance);
    match operation {
        Operation::Span { set: key, id, before: Some(before), after: None } if suggested(before) => {
            match set(key).and_then(|set| set.span(*id)) {
                Some(present) if suggested(present) => *before = Arc::new(present.clone()),
                Some(_) => {}
                None => return false,
            }
        }
        Operation::Relation { set: key, id, before: Some(before), after: None }
            if is_suggested(before.status, &before.provenance) =>
        {
            match set(key).and_then(|set| set.relation(*id)) {
                Some(present) if is_suggested(present.status, &present.provenance) => {
                    *before = Arc::new(present.clone());
                }
                Some(_) => {}
                None => return false,
            }
        }
        _ => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{AnnotatorName, Article, ArticleMetadata, Fragments, Project, news_schema},
        session::{
            suggest::{Suggester, THRESHOLD, add_suggestions},
            suggest_relations::{RelationSuggester, suggest_relations},
        },
        store::{Access, Store},
        text::{ByteOffset, TextEdit, TextRange},
    };
    use std::sync::Arc;

    const TEXT: &str = "„Das reicht nicht“, sagte Özdal am 3. April 2026.";

    fn id() -> ArticleId {
        ArticleId::new("a")
    }

    /// A session on one article, with the suggestions that Glosse makes beside the user.
    fn session(folder: &tempfile::TempDir) -> Session {
        let article = Article::new(id(), ArticleMetadata::default(), TEXT);
        let project = Project {
            schema: Arc::new(news_schema()),
            articles: [(article.id.clone(), article)].into(),
            ..Project::default()
        };
        Store::create(folder.path(), &project).expect("a new project");
        let mut session = Session::open(folder.path(), Access::Write, AnnotatorName::new("eva")).expect("a project");
        session.load(&id()).expect("the article");
        session
    }

    /// Suggests spans and relations beside the user, and says how many there are now.
    fn suggest(session: &mut Session) -> (usize, usize) {
        let schema = session.project().schema.clone();
        let annotator = session.annotator().clone();
        let spans = Suggester::new(&schema, "").proposals(TEXT, session.set(&id()), THRESHOLD);
        let relations = RelationSuggester::learn(&schema, &annotator, std::iter::empty(), &|| true).expect("learned");
        session
            .edit_aside(session.key(&id()), glosse(), "Suggest", |draft| {
                add_suggestions(draft, &spans)?;
                suggest_relations(draft, &relations, 0.1, &|_| false)?;
                Ok(())
            })
            .expect("suggestions");
        counts(session)
    }

    fn counts(session: &Session) -> (usize, usize) {
        let tally = session.set(&id()).expect("annotations").tally();
        (tally.all_spans(Status::Suggested), tally.all_relations(Status::Suggested))
    }

    #[test]
    fn a_span_can_be_undone_on_which_a_relation_was_suggested_since() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session(&folder);
        let start = TEXT.find("Özdal").expect("the name");
        let place = Fragments::one(TextRange::from_usize(start, start + "Özdal".len()));
        session.edit(&id(), "Label", |draft| Ok(draft.add_span("PER", place)?)).expect("a span");
        let (_, relations) = suggest(&mut session);
        assert!(relations > 0, "who said it is suggested");
        let undone = session.undo().expect("it can be undone").expect("something");
        assert_eq!(undone.title, "Label");
        assert_eq!(counts(&session).1, 0);
        session.redo().expect("it can be done again").expect("something");
    }

    #[test]
    fn relations_that_were_suggested_for_a_label_go_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session(&folder);
        let start = TEXT.find("Özdal").expect("the name");
        let place = Fragments::one(TextRange::from_usize(start, start + "Özdal".len()));
        let span = session.edit(&id(), "Label", |draft| Ok(draft.add_span("LOC", place)?)).expect("a span");
        session.edit(&id(), "Relabel", |draft| Ok(draft.set_label(span, "PER")?)).expect("a person");
        let (_, relations) = suggest(&mut session);
        assert!(relations > 0, "who said it is suggested");
        session.undo().expect("it can be undone").expect("something");
        let project = session.project();
        let article = project.article(&id()).expect("the article");
        let set = session.set(&id()).expect("annotations");
        let problems = crate::model::validate(set, &project.schema, &project.entities, article.text());
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_correction_inside_a_suggestion_can_be_undone_and_the_suggestion_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session(&folder);
        let before = suggest(&mut session);
        let at = ByteOffset::from_usize(TEXT.find("April").expect("the month") + 1);
        let edit = TextEdit { at, removed: "pril".to_owned(), inserted: "ugust".to_owned() };
        session.edit(&id(), "Correct", |draft| Ok(draft.edit_text(&[edit])?)).expect("corrected");
        session.undo().expect("it can be undone").expect("something");
        assert_eq!(session.project().article(&id()).map(|article| article.text()), Some(TEXT));
        assert_eq!(counts(&session), before);
    }

    #[test]
    fn suggestions_that_were_asked_for_are_undone_as_they_are_by_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session(&folder);
        let schema = session.project().schema.clone();
        let spans = Suggester::new(&schema, "").proposals(TEXT, None, THRESHOLD);
        let ids = session.edit(&id(), "Suggest", |draft| Ok(add_suggestions(draft, &spans)?)).expect("suggestions");
        assert!(ids.len() > 1);
        // Beside the user one of them goes and another one is thought better of.
        session
            .edit_aside(session.key(&id()), glosse(), "Revise", |draft| {
                draft.remove(ids[0])?;
                let provenance = crate::session::suggest::provenance(&spans[1], draft.time());
                Ok(draft.revise_suggestion(ids[1], "MEDIA", provenance)?)
            })
            .expect("revised");
        session.undo().expect("it can be undone").expect("something");
        assert_eq!(counts(&session), (0, 0));
        session.redo().expect("it can be done again").expect("something");
        // As it was done, so it is done again.
        assert_eq!(counts(&session).0, ids.len());
    }
}
