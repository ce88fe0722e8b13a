//! Laying annotations from elsewhere beside those that are there, without doubling what is the same.

use super::{Draft, EditError, Operation};
use crate::model::{
    AnnotationId, AnnotationSet, Argument, ArticleId, DocumentLabel, Fragments, Name, Project, Relation, SetKey, Span,
    Status,
};
use crate::text::{ByteOffset, TextRange};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// As what annotations come in, which decides what is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// An annotation that stands or has the same status is there already.
    Annotations,
    /// What stands or is suggested is there already, and what was rejected or corrected does not come back.
    Suggestions,
}

/// What became of annotations from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// How many were added.
    pub spans: usize,
    pub relations: usize,
    pub document_labels: usize,
    /// How many were there already, with the same place or arguments and the same label.
    pub there: usize,
    /// How many a person had rejected or corrected, or need what was rejected.
    pub rejected: usize,
    /// What does not fit and was left out, in words.
    pub problems: Vec<String>,
}

impl Merged {
    pub fn added(&self) -> usize {
        self.spans + self.relations + self.document_labels
    }
}

/// Annotations from elsewhere that belong together, and where they go.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    pub set: SetKey,
    pub spans: Vec<Span>,
    pub relations: Vec<Relation>,
    pub document_labels: Vec<DocumentLabel>,
}

/// What comes in for one article, with the article alone in a project, so that several are changed side by side.
struct Bench {
    project: Project,
    /// With the places that they have among all.
    arrivals: Vec<(usize, Arrival)>,
}

/// What is known of an annotation that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    New,
    /// The same is there, under this id.
    There(AnnotationId),
    /// A person changed the same into this one.
    Corrected(AnnotationId),
    Rejected,
}

/// A relation by what it says.
type Content = (Name, Option<AnnotationId>, Vec<Argument>);

impl Incoming {
    /// `there` are the annotations that say the same.
    fn judge(self, status: Status, there: &[(AnnotationId, Status)]) -> Known {
        let with = |wanted: Status| there.iter().find(|(_, status)| *status == wanted).map(|(id, _)| *id);
        match self {
            Self::Annotations => with(status).or_else(|| with(Status::Accepted)).map_or(Known::New, Known::There),
            Self::Suggestions => match with(Status::Accepted).or_else(|| with(Status::Suggested)) {
                Some(id) => Known::There(id),
                None if there.is_empty() => Known::New,
                None => Known::Rejected,
            },
        }
    }
}

impl Draft<'_> {
    /// Adds annotations that belong together, as [`Draft::import_annotations`] does, except those that are there already:
    /// relations then point to what is there. Nothing that is there changes.
    ///
    /// # Errors
    /// If the article is not there or not loaded.
    pub fn merge_annotations(
        &mut self,
        spans: Vec<Span>,
        relations: Vec<Relation>,
        document_labels: Vec<DocumentLabel>,
        incoming: Incoming,
    ) -> Result<Merged, EditError> {
        let text = self.project().article(&self.key().article).map_or("", |article| article.text());
        let known = KnownSpans::of(self.set(), text, incoming);
        let is_new = |label: &DocumentLabel| {
            self.set().is_none_or(|set| set.document_labels().all(|other| other.label != label.label))
        };
        let nothing_known = spans.iter().all(|span| known.judge(span, incoming) == Known::New)
            && relations.iter().all(|relation| relation.targets().next().is_some())
            && document_labels.iter().all(is_new);
        if nothing_known {
            let count = |set: Option<&AnnotationSet>| {
                set.map_or([0; 3], |set| [set.spans().len(), set.relations().len(), set.document_labels().len()])
            };
            let before = count(self.set());
            let problems = self.import_annotations(spans, relations, document_labels)?;
            let [spans, relations, document_labels] = count(self.set());
            return Ok(Merged {
                spans: spans - before[0],
                relations: relations - before[1],
                document_labels: document_labels - before[2],
                problems,
                ..Merged::default()
            });
        }
        self.all_or_nothing(|draft| draft.merge_all(spans, relations, document_labels, incoming))
    }

    /// Does what [`Draft::merge_annotations`] does for many sets of annotations, on all cores. Several for one article come in
    /// one after the other. Answers in the order in which they are given.
    ///
    /// # Errors
    /// If one of the articles is not there or not loaded. Nothing was changed then.
    pub fn merge_many(&mut self, arrivals: Vec<Arrival>, incoming: Incoming) -> Result<Vec<Merged>, EditError> {
        self.all_or_nothing(|draft| draft.merge_side_by_side(arrivals, incoming))
    }

    fn merge_side_by_side(&mut self, arrivals: Vec<Arrival>, incoming: Incoming) -> Result<Vec<Merged>, EditError> {
        let mut all = vec![Merged::default(); arrivals.len()];
        let mut benches: BTreeMap<ArticleId, Bench> = BTreeMap::new();
        for (place, arrival) in arrivals.into_iter().enumerate() {
            let bench = benches.entry(arrival.set.article.clone()).or_insert_with_key(|id| {
                let mut project = Project {
                    settings: self.project.settings.clone(),
                    schema: self.project.schema.clone(),
                    ..Project::default()
                };
                project.articles.extend(self.project.articles.remove_entry(id));
                Bench { project, arrivals: Vec::new() }
            });
            let given = self.project.given_ids.get(&arrival.set);
            bench.project.given_ids.extend(given.map(|next| (arrival.set.clone(), *next)));
            bench.arrivals.push((place, arrival));
        }
        let provenance = self.provenance();
        let merge = |mut bench: Bench| {
            let mut merged = Vec::with_capacity(bench.arrivals.len());
            let first = bench.arrivals.first().map(|(_, arrival)| arrival.set.clone());
            let Some(first) = first else { return (bench.project, Vec::new(), Ok(merged)) };
            let mut draft = Draft::new(&mut bench.project, first, provenance.clone());
            let result = bench.arrivals.into_iter().try_for_each(|(place, arrival)| {
                let Arrival { set, spans, relations, document_labels } = arrival;
                draft.switch_to(set);
                merged.push((place, draft.merge_annotations(spans, relations, document_labels, incoming)?));
                Ok(())
            });
            let operations = std::mem::take(&mut draft.operations);
            drop(draft);
            (bench.project, operations, result.map(|()| merged))
        };
        let benches: Vec<Bench> = benches.into_values().collect();
        let done: Vec<(Project, Vec<Operation>, Result<_, EditError>)> =
            benches.into_par_iter().with_min_len(4).map(merge).collect();
        let mut failed = None;
        for (project, operations, result) in done {
            self.project.articles.extend(project.articles);
            self.operations.extend(operations);
            match result {
                Ok(merged) => {
                    for (place, merged) in merged {
                        if let Some(slot) = all.get_mut(place) {
                            *slot = merged;
                        }
                    }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(all), Err)
    }

    fn merge_all(
        &mut self,
        spans: Vec<Span>,
        relations: Vec<Relation>,
        document_labels: Vec<DocumentLabel>,
        incoming: Incoming,
    ) -> Result<Merged, EditError> {
        let mut merged = Merged::default();
        // What each id of the file has become here; `None` for what was left out.
        let mut became: BTreeMap<AnnotationId, Option<AnnotationId>> = BTreeMap::new();
        let text = self.project().article(&self.key().article).map_or("", |article| article.text()).to_owned();
        let mut known = KnownSpans::of(self.set(), &text, incoming);
        for mut span in spans {
            let old = span.id;
            let id = match known.find(&span, incoming) {
                Known::New if !span.fragments.fit(&text) => {
                    merged.problems.push(format!("span {old}: lies outside the text; left out"));
                    None
                }
                Known::New => {
                    merged.spans += 1;
                    span.id = AnnotationId(0);
                    Some(self.insert_span(span)?)
                }
                Known::There(id) => {
                    merged.there += 1;
                    Some(id)
                }
                Known::Corrected(id) => {
                    merged.rejected += 1;
                    Some(id)
                }
                Known::Rejected => {
                    merged.rejected += 1;
                    None
                }
            };
            became.insert(old, id);
        }
        self.merge_relations(relations, incoming, &mut became, &mut merged)?;
        for mut label in document_labels {
            let there: Vec<_> = self
                .set()
                .into_iter()
                .flat_map(AnnotationSet::document_labels)
                .filter(|other| other.label == label.label)
                .map(|other| (other.id, other.status))
                .collect();
            match incoming.judge(label.status, &there) {
                Known::New => {
                    merged.document_labels += 1;
                    label.id = AnnotationId(0);
                    self.insert_document_label(label)?;
                }
                Known::There(_) | Known::Corrected(_) => merged.there += 1,
                Known::Rejected => merged.rejected += 1,
            }
        }
        Ok(merged)
    }

    /// Relations between relations come in any order: those whose targets are known go first.
    fn merge_relations(
        &mut self,
        mut open: Vec<Relation>,
        incoming: Incoming,
        became: &mut BTreeMap<AnnotationId, Option<AnnotationId>>,
        merged: &mut Merged,
    ) -> Result<(), EditError> {
        let mut known: BTreeMap<Content, Vec<(AnnotationId, Status)>> = BTreeMap::new();
        for relation in self.set().into_iter().flat_map(AnnotationSet::relations) {
            known.entry(content(relation)).or_default().push((relation.id, relation.status));
        }
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|relation| relation.targets().all(|target| became.contains_key(&target)));
            open = waiting;
            if ready.is_empty() {
                break;
            }
            for mut relation in ready {
                let old = relation.id;
                let target = |id: AnnotationId| became.get(&id).copied().flatten();
                let (count, distinct) = (relation.arguments.len(), distinct(&relation));
                let trigger = relation.trigger.map(target);
                relation.arguments = std::mem::take(&mut relation.arguments)
                    .into_iter()
                    .filter_map(|argument| Some(Argument { target: target(argument.target)?, ..argument }))
                    .collect();
                relation.trigger = trigger.flatten();
                let id = if relation.arguments.len() < count || trigger == Some(None) {
                    merged.rejected += 1;
                    None
                } else if count == 2 && relation.trigger.is_none() && distinct > self::distinct(&relation) {
                    merged.problems.push(format!("relation {old}: would link a span with itself; left out"));
                    None
                } else {
                    let there = known.get(&content(&relation)).map_or(&[] as &[_], Vec::as_slice);
                    match incoming.judge(relation.status, there) {
                        Known::New => {
                            merged.relations += 1;
                            relation.id = AnnotationId(0);
                            Some(self.insert_relation(relation)?)
                        }
                        Known::There(id) | Known::Corrected(id) => {
                            merged.there += 1;
                            Some(id)
                        }
                        Known::Rejected => {
                            merged.rejected += 1;
                            None
                        }
                    }
                };
                became.insert(old, id);
            }
        }
        let left = open.iter().map(|relation| relation.id);
        merged.problems.extend(left.map(|id| format!("relation {id}: points to nothing or to itself; left out")));
        Ok(())
    }
}

/// How many different things a relation points to.
fn distinct(relation: &Relation) -> usize {
    relation.targets().collect::<std::collections::BTreeSet<_>>().len()
}

fn content(relation: &Relation) -> Content {
    let mut arguments = relation.arguments.clone();
    arguments.sort();
    (relation.label.clone(), relation.trigger, arguments)
}

/// A place without gaps of nothing but white space: formats that have no line breaks in a span write two pieces.
fn joined(fragments: &Fragments, text: &str) -> Fragments {
    if fragments.count() < 2 {
        return fragments.clone();
    }
    let mut pieces: Vec<TextRange> = Vec::new();
    for piece in fragments.iter() {
        match pieces.last_mut() {
            Some(last) if is_blank(text, last.end(), piece.start()) => {
                *last = TextRange::new(last.start(), piece.end());
            }
            _ => pieces.push(piece),
        }
    }
    Fragments::new(pieces).unwrap_or_else(|| fragments.clone())
}

fn is_blank(text: &str, start: ByteOffset, end: ByteOffset) -> bool {
    text.get(start.to_usize()..end.to_usize()).is_some_and(|gap| gap.chars().all(char::is_whitespace))
}

/// The spans that are there, by place and label.
struct KnownSpans<'a> {
    text: &'a str,
    there: BTreeMap<(Fragments, Name), Vec<(AnnotationId, Status)>>,
    /// What was suggested where a person corrected it.
    corrected: BTreeMap<(Fragments, Name), AnnotationId>,
}

impl<'a> KnownSpans<'a> {
    fn of(set: Option<&AnnotationSet>, text: &'a str, incoming: Incoming) -> Self {
        let mut known = Self { text, there: BTreeMap::new(), corrected: BTreeMap::new() };
        for span in set.into_iter().flat_map(AnnotationSet::spans) {
            let place = (joined(&span.fragments, text), span.label.clone());
            known.there.entry(place).or_default().push((span.id, span.status));
            if let Some(before) = span.corrected_from.as_ref().filter(|_| incoming == Incoming::Suggestions) {
                let fragments = joined(before.fragments.as_ref().unwrap_or(&span.fragments), text);
                known.corrected.insert((fragments, before.label.clone()), span.id);
            }
        }
        known
    }

    /// What is known of a span. Of several alike each is found in its turn, so that relations point to the right one.
    fn find(&mut self, span: &Span, incoming: Incoming) -> Known {
        let known = self.judge(span, incoming);
        if let Known::There(found) = known
            && let Some(alike) = self.there.get_mut(&(joined(&span.fragments, self.text), span.label.clone()))
            && let Some(place) = alike.iter().position(|(id, _)| *id == found)
        {
            let found = alike.remove(place);
            alike.push(found);
        }
        known
    }

    fn judge(&self, span: &Span, incoming: Incoming) -> Known {
        if self.there.is_empty() {
            return Known::New;
        }
        let place = (joined(&span.fragments, self.text), span.label.clone());
        match self.there.get(&place) {
            Some(there) => incoming.judge(span.status, there),
            None => self.corrected.get(&place).map_or(Known::New, |id| Known::Corrected(*id)),
        }
    }
}

#[cfg(test)]
#[path = "draft_merge_tests.rs"]
mod tests;
