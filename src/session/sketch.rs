//! A change that is worked out on another thread, on a copy of its articles, and then carried out in one go: what takes
//! long must not hold up the window.

use super::{Session, SessionError, session::now};
use crate::{
    edit::{Draft, EditError, Transaction},
    model::{AnnotationId, AnnotatorName, Article, ArticleId, Project, Provenance, Schema, SetKey, Source},
    store::Written,
};
use std::{collections::BTreeMap, sync::Arc};

/// Articles as they are now, with the annotations of one annotator.
pub struct Sketch {
    // Invariant: its articles are loaded, and have no sets but the annotator's. The registry is left out.
    project: Project,
    annotator: AnnotatorName,
}

/// A change that was worked out: see [`Session::carry_out_prepared`].
pub struct Prepared {
    pub(super) transaction: Transaction,
    pub(super) written: Written,
}

impl Sketch {
    /// A sketch without articles, for the present annotator.
    pub fn new(session: &Session) -> Self {
        let (settings, schema) = (session.project().settings.clone(), session.project().schema.clone());
        let project = Project { settings, schema, ..Project::default() };
        Self { project, annotator: session.annotator().clone() }
    }

    /// A sketch of one article as it was read, for `annotator`. `given` is the first id that was not given before, where
    /// an article of this id was removed.
    pub fn of_article(
        schema: Arc<Schema>,
        mut article: Article,
        annotator: AnnotatorName,
        given: Option<AnnotationId>,
    ) -> Self {
        article.sets.retain(|name, _| *name == annotator);
        let key = SetKey { article: article.id.clone(), annotator: annotator.clone() };
        let mut project = Project { schema, ..Project::default() };
        project.given_ids.extend(given.map(|next| (key, next)));
        project.articles.insert(article.id.clone(), article);
        Self { project, annotator }
    }

    /// Takes up an article. One that is not loaded is left out.
    pub fn add(&mut self, session: &Session, id: &ArticleId) {
        let Some(article) = session.project().article(id).filter(|_| session.is_loaded(id)) else { return };
        let own = article.sets.get(&self.annotator).map(|set| (self.annotator.clone(), set.clone()));
        let (metadata, text) = (article.metadata.clone(), article.text.clone());
        let copy = Article { id: id.clone(), metadata, text, sets: own.into_iter().collect::<BTreeMap<_, _>>() };
        self.project.articles.insert(id.clone(), copy);
        let key = session.key(id);
        let given = session.project().given_ids.get(&key).copied();
        self.project.given_ids.extend(given.map(|next| (key, next)));
    }

    /// Works a change out, beginning in `first`; no change comes of steps that change nothing. What is worked out after it
    /// is worked out on top of it.
    ///
    /// # Errors
    /// If a step fails.
    pub fn work_out<T>(
        &mut self,
        first: &ArticleId,
        title: impl Into<String>,
        steps: impl FnOnce(&mut Draft<'_>, &AnnotatorName) -> Result<T, EditError>,
    ) -> Result<(T, Option<Prepared>), EditError> {
        let provenance = Provenance::person(self.annotator.as_str(), now());
        self.prepare(first, provenance, steps, |draft, _| draft.finish(title))
    }

    /// As [`Sketch::work_out`], for what the program does beside the user: see [`Session::edit_aside`]. `title` makes a title
    /// of what the steps give.
    ///
    /// # Errors
    /// If a step fails.
    pub fn work_out_aside<T>(
        &mut self,
        article: &ArticleId,
        extractor: Source,
        title: impl FnOnce(&T) -> String,
        steps: impl FnOnce(&mut Draft<'_>) -> Result<T, EditError>,
    ) -> Result<(T, Option<Prepared>), EditError> {
        let provenance = Provenance { source: extractor, time: now(), score: None, reason: None };
        self.prepare(article, provenance, |draft, _| steps(draft), |draft, result| draft.finish_aside(title(result)))
    }

    fn prepare<T>(
        &mut self,
        first: &ArticleId,
        provenance: Provenance,
        steps: impl FnOnce(&mut Draft<'_>, &AnnotatorName) -> Result<T, EditError>,
        finish: impl FnOnce(Draft<'_>, &T) -> Transaction,
    ) -> Result<(T, Option<Prepared>), EditError> {
        let key = SetKey { article: first.clone(), annotator: self.annotator.clone() };
        let mut draft = Draft::new(&mut self.project, key, provenance);
        let result = steps(&mut draft, &self.annotator)?;
        if draft.is_empty() {
            return Ok((result, None));
        }
        let transaction = finish(draft, &result);
        let written = Written::new(&transaction);
        Ok((result, Some(Prepared { transaction, written })))
    }
}

impl Session {
    /// Carries out what was worked out on a [`Sketch`].
    ///
    /// # Errors
    /// If the project can only be read, or what the change is about was changed since the sketch was made. Nothing was
    /// changed then.
    pub fn carry_out_prepared(&mut self, prepared: Prepared) -> Result<(), SessionError> {
        let Prepared { transaction, written } = prepared;
        self.apply_written(transaction, written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Status, generate},
        store::{Access, Store},
    };

    #[test]
    fn a_change_is_worked_out_beside_and_carried_out_unless_something_came_between() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("p");
        Store::create(&root, &generate::project(3, 2, 1_200)).expect("a project");
        let annotator = AnnotatorName::new(generate::ANNOTATOR);
        let mut session = Session::open(&root, Access::Write, annotator).expect("it opens");
        session.load_all(|_, _| true).expect("it loads");
        let suggested = |session: &Session| -> Vec<_> {
            let sets = session.project().articles.keys().filter_map(|id| Some((id.clone(), session.set(id)?)));
            sets.flat_map(|(id, set)| {
                let open = set.spans().filter(|span| span.status == Status::Suggested).map(|span| span.id);
                open.map(|span| (id.clone(), span)).collect::<Vec<_>>()
            })
            .collect()
        };
        let work_out = |session: &Session| {
            let all = suggested(session);
            let mut sketch = Sketch::new(session);
            session.project().articles.keys().for_each(|id| sketch.add(session, id));
            let first = all.first().expect("suggestions").0.clone();
            let (count, prepared) = sketch
                .work_out(&first, "Accept all", |draft, annotator| {
                    for (article, span) in &all {
                        draft.switch_to(SetKey { article: article.clone(), annotator: annotator.clone() });
                        draft.set_status(*span, Status::Accepted)?;
                    }
                    Ok(all.len())
                })
                .expect("it can be done");
            assert!(count > 2);
            prepared.expect("a change")
        };
        let prepared = work_out(&session);
        assert!(!suggested(&session).is_empty() && session.next_undo().is_none(), "nothing was done yet");
        let (article, span) = suggested(&session).first().cloned().expect("a suggestion");
        session.edit(&article, "Note", |draft| Ok(draft.set_note(span, "was changed")?)).expect("a note");
        assert!(session.carry_out_prepared(prepared).is_err(), "somebody was faster");
        assert_eq!(session.undo_title(), Some("Note"));
        let prepared = work_out(&session);
        session.carry_out_prepared(prepared).expect("it fits");
        assert!(suggested(&session).is_empty());
        // It is one step for undo, and on disk like any other.
        session.close().expect("it closes");
        drop(session);
        let mut session = Session::open(&root, Access::Write, AnnotatorName::new(generate::ANNOTATOR)).expect("open");
        session.load_all(|_, _| true).expect("it loads");
        assert!(suggested(&session).is_empty());
        assert_eq!(session.undo().expect("undone").expect("a change").title, "Accept all");
        assert!(suggested(&session).len() > 2);
    }
}
