//! What one annotator said about one article.

use super::{AnnotationId, Name, Provenance, Relation, Span, SpanIndex, Status};
use crate::text::{TextEdit, TextRange};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A label of the whole article.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentLabel {
    pub id: AnnotationId,
    pub label: Name,
    pub note: String,
    pub provenance: Provenance,
    pub status: Status,
}

/// How far an annotator is with an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    #[default]
    New,
    Started,
    Done,
}

/// Any annotation, by kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Annotation<'a> {
    Span(&'a Span),
    Relation(&'a Relation),
    DocumentLabel(&'a DocumentLabel),
}

impl<'a> Annotation<'a> {
    pub fn label(self) -> &'a Name {
        match self {
            Self::Span(span) => &span.label,
            Self::Relation(relation) => &relation.label,
            Self::DocumentLabel(label) => &label.label,
        }
    }

    pub fn status(self) -> Status {
        match self {
            Self::Span(span) => span.status,
            Self::Relation(relation) => relation.status,
            Self::DocumentLabel(label) => label.status,
        }
    }

    pub fn provenance(self) -> &'a Provenance {
        match self {
            Self::Span(span) => &span.provenance,
            Self::Relation(relation) => &relation.provenance,
            Self::DocumentLabel(label) => &label.provenance,
        }
    }
}

/// All annotations of one annotator in one article, with the indexes that keep lookups short.
///
/// Only [`crate::edit`] and the readers of the store change it. It shares what is added with the operation that
/// added it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnnotationSet {
    // Invariant: greater than every id that was ever given here.
    next_id: u32,
    // Invariant: the id of every value is its key; no id is in two of the three maps.
    spans: BTreeMap<AnnotationId, Arc<Span>>,
    relations: BTreeMap<AnnotationId, Arc<Relation>>,
    document_labels: BTreeMap<AnnotationId, Arc<DocumentLabel>>,
    // Invariant: the hulls of all spans.
    index: SpanIndex,
    // Invariant: for every target of a relation the ids of the relations that point to it, ascending, without repeats.
    pointing: BTreeMap<AnnotationId, Vec<AnnotationId>>,
    progress: Progress,
    // Invariant: how many spans and relations there are, by label and status.
    tally: Tally,
}

/// How many annotations there are, by label and status; kept up to date with every change, so that reading it is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    spans: BTreeMap<Name, [usize; 3]>,
    relations: BTreeMap<Name, [usize; 3]>,
}

impl Tally {
    /// Spans with this label and status.
    pub fn spans(&self, label: &str, status: Status) -> usize {
        self.spans.get(label).and_then(|counts| counts.get(status as usize)).copied().unwrap_or(0)
    }

    /// Spans with this status.
    pub fn all_spans(&self, status: Status) -> usize {
        self.spans.values().filter_map(|counts| counts.get(status as usize)).sum()
    }

    /// Relations with this status.
    pub fn all_relations(&self, status: Status) -> usize {
        self.relations.values().filter_map(|counts| counts.get(status as usize)).sum()
    }

    fn change(counts: &mut BTreeMap<Name, [usize; 3]>, label: &Name, status: Status, by: isize) {
        let of_label = match counts.get_mut(label) {
            Some(of_label) => of_label,
            None => counts.entry(label.clone()).or_default(),
        };
        if let Some(count) = of_label.get_mut(status as usize) {
            *count = count.saturating_add_signed(by);
        }
        if of_label.iter().all(|count| *count == 0) {
            counts.remove(label);
        }
    }
}

impl AnnotationSet {
    /// A set from stored annotations; `next_id` is raised above every id in it, also above those that relations only point
    /// to, so that none of them comes to mean something else. Of two annotations with one id the later is left out and its
    /// id returned.
    pub fn from_parts(
        next_id: u32,
        progress: Progress,
        spans: Vec<Span>,
        relations: Vec<Relation>,
        document_labels: Vec<DocumentLabel>,
    ) -> (Self, Vec<AnnotationId>) {
        let spans = spans.into_iter().map(Arc::new).collect();
        let relations = relations.into_iter().map(Arc::new).collect();
        let document_labels = document_labels.into_iter().map(Arc::new).collect();
        Self::from_shared(next_id, progress, spans, relations, document_labels)
    }

    /// The same of annotations that others share.
    pub(crate) fn from_shared(
        next_id: u32,
        progress: Progress,
        mut spans: Vec<Arc<Span>>,
        mut relations: Vec<Arc<Relation>>,
        mut document_labels: Vec<Arc<DocumentLabel>>,
    ) -> (Self, Vec<AnnotationId>) {
        let mut repeated = Vec::new();
        let ids = spans.iter().map(|span| span.id).chain(relations.iter().map(|relation| relation.id));
        let mut ids: Vec<AnnotationId> = ids.chain(document_labels.iter().map(|label| label.id)).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| matches!(pair, [id, next] if id == next)) {
            let mut taken = BTreeSet::new();
            let mut is_first = |id: AnnotationId| {
                let is_first = taken.insert(id);
                repeated.extend(Some(id).filter(|_| !is_first));
                is_first
            };
            spans.retain(|span| is_first(span.id));
            relations.retain(|relation| is_first(relation.id));
            document_labels.retain(|label| is_first(label.id));
        }
        // Made in one go, the maps are quickest and smallest.
        let mut set = Self {
            next_id,
            spans: spans.into_iter().map(|span| (span.id, span)).collect(),
            relations: relations.into_iter().map(|relation| (relation.id, relation)).collect(),
            document_labels: document_labels.into_iter().map(|label| (label.id, label)).collect(),
            progress,
            ..Self::default()
        };
        let mut pointing = Vec::new();
        for span in set.spans.values() {
            Tally::change(&mut set.tally.spans, &span.label, span.status, 1);
        }
        for relation in set.relations.values() {
            Tally::change(&mut set.tally.relations, &relation.label, relation.status, 1);
            pointing.extend(relation.targets().map(|target| (target, relation.id)));
        }
        pointing.sort_unstable();
        pointing.dedup();
        let lists = pointing.chunk_by(|(target, _), (next, _)| target == next);
        set.pointing = lists
            .filter_map(|list| Some((list.first()?.0, list.iter().map(|(_, relation)| *relation).collect())))
            .collect();
        set.index = SpanIndex::new(set.spans.values().map(|span| (span.fragments.hull(), span.id)));
        let last = [
            set.spans.keys().next_back(),
            set.relations.keys().next_back(),
            set.document_labels.keys().next_back(),
            set.pointing.keys().next_back(),
        ];
        let used = last.into_iter().flatten().map(|id| id.0.saturating_add(1)).max().unwrap_or(0);
        set.next_id = set.next_id.max(used).max(1);
        (set, repeated)
    }

    pub fn span(&self, id: AnnotationId) -> Option<&Span> {
        self.spans.get(&id).map(|span| &**span)
    }

    pub fn relation(&self, id: AnnotationId) -> Option<&Relation> {
        self.relations.get(&id).map(|relation| &**relation)
    }

    pub fn document_label(&self, id: AnnotationId) -> Option<&DocumentLabel> {
        self.document_labels.get(&id).map(|label| &**label)
    }

    pub fn get(&self, id: AnnotationId) -> Option<Annotation<'_>> {
        None.or_else(|| self.span(id).map(Annotation::Span))
            .or_else(|| self.relation(id).map(Annotation::Relation))
            .or_else(|| self.document_label(id).map(Annotation::DocumentLabel))
    }

    /// True if no annotation ever had this id, nor one above it.
    pub fn is_unused(&self, id: AnnotationId) -> bool {
        id >= self.next_id()
    }

    pub fn contains(&self, id: AnnotationId) -> bool {
        self.get(id).is_some()
    }

    /// All spans by id.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = &Span> {
        self.spans.values().map(|span| &**span)
    }

    /// All relations by id.
    pub fn relations(&self) -> impl ExactSizeIterator<Item = &Relation> {
        self.relations.values().map(|relation| &**relation)
    }

    /// All document labels by id.
    pub fn document_labels(&self) -> impl ExactSizeIterator<Item = &DocumentLabel> {
        self.document_labels.values().map(|label| &**label)
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.relations.is_empty() && self.document_labels.is_empty()
    }

    /// Spans by place.
    pub fn index(&self) -> &SpanIndex {
        &self.index
    }

    /// All spans in the order of the text, outer before inner.
    pub fn spans_in_order(&self) -> impl DoubleEndedIterator<Item = &Span> {
        self.index.iter().filter_map(|(_, id)| self.span(id))
    }

    /// The spans whose hull overlaps `range`, in the order of the text.
    pub fn spans_overlapping(&self, range: TextRange) -> impl Iterator<Item = &Span> {
        self.index.overlapping(range).filter_map(|(_, id)| self.span(id))
    }

    /// The relations that have this annotation as trigger or argument.
    pub fn relations_pointing_to(&self, id: AnnotationId) -> impl Iterator<Item = &Relation> {
        self.pointing.get(&id).into_iter().flatten().filter_map(|id| self.relation(*id))
    }

    /// How many annotations there are, by label and status.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// True if following the trigger and arguments of relation `from` arrives at `goal`.
    pub fn leads_to(&self, from: AnnotationId, goal: AnnotationId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            for target in self.relation(id).into_iter().flat_map(|relation| relation.targets()) {
                if target == goal {
                    return true;
                }
                if self.relation(target).is_some() && seen.insert(target) {
                    open.push(target);
                }
            }
        }
        false
    }

    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The id that the next annotation gets.
    pub fn next_id(&self) -> AnnotationId {
        AnnotationId(self.next_id.max(1))
    }

    /// True for a span that a person has to place, see [`Span::awaits_place`], and for a relation that leads to one.
    pub fn awaits_place(&self, id: AnnotationId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if self.span(id).is_some_and(Span::awaits_place) {
                return true;
            }
            if let Some(relation) = self.relations.get(&id).filter(|_| seen.insert(id)) {
                open.extend(relation.targets());
            }
        }
        false
    }

    /// Where to start looking for what a relation is about: the earliest place of a span that it leads to.
    pub fn anchor(&self, id: AnnotationId) -> Option<TextRange> {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        let mut earliest: Option<TextRange> = None;
        while let Some(id) = open.pop() {
            if let Some(span) = self.spans.get(&id) {
                let hull = span.fragments.hull();
                earliest = Some(earliest.map_or(hull, |known| known.min(hull)));
            } else if let Some(relation) = self.relations.get(&id).filter(|_| seen.insert(id)) {
                // The trigger stands for an event, whatever else it is about.
                match relation.trigger.filter(|trigger| self.spans.contains_key(trigger)) {
                    Some(trigger) => open.push(trigger),
                    None => open.extend(relation.targets()),
                }
            }
        }
        earliest
    }

    // What follows is for `edit` and `store` alone.

    pub(crate) fn put_span(&mut self, id: AnnotationId, span: Option<Arc<Span>>) -> Option<Arc<Span>> {
        if let Some(span) = &span {
            self.next_id = self.next_id.max(id.0.saturating_add(1));
            self.index.insert(span.fragments.hull(), id);
            Tally::change(&mut self.tally.spans, &span.label, span.status, 1);
        }
        let before = match span {
            Some(span) => self.spans.insert(id, span),
            None => self.spans.remove(&id),
        };
        if let Some(before) = &before {
            Tally::change(&mut self.tally.spans, &before.label, before.status, -1);
            // With an unchanged place the entry was inserted twice, and one copy goes.
            self.index.remove(before.fragments.hull(), id);
        }
        before
    }

    pub(crate) fn put_relation(&mut self, id: AnnotationId, relation: Option<Arc<Relation>>) -> Option<Arc<Relation>> {
        let before = self.relations.remove(&id);
        if let Some(before) = &before {
            Tally::change(&mut self.tally.relations, &before.label, before.status, -1);
            for target in before.targets() {
                if let Some(list) = self.pointing.get_mut(&target) {
                    list.retain(|other| *other != id);
                    if list.is_empty() {
                        self.pointing.remove(&target);
                    }
                }
            }
        }
        if let Some(relation) = relation {
            self.next_id = self.next_id.max(id.0.saturating_add(1));
            self.point(&relation);
            Tally::change(&mut self.tally.relations, &relation.label, relation.status, 1);
            self.relations.insert(id, relation);
        }
        before
    }

    pub(crate) fn put_document_label(
        &mut self,
        id: AnnotationId,
        label: Option<Arc<DocumentLabel>>,
    ) -> Option<Arc<DocumentLabel>> {
        match label {
            Some(label) => {
                self.next_id = self.next_id.max(id.0.saturating_add(1));
                self.document_labels.insert(id, label)
            }
            None => self.document_labels.remove(&id),
        }
    }

    pub(crate) fn set_progress(&mut self, progress: Progress) {
        self.progress = progress;
    }

    /// Raises the next id, so that ids known to be used elsewhere (a journal) are not given again.
    pub(crate) fn reserve_ids(&mut self, next_id: u32) {
        self.next_id = self.next_id.max(next_id);
    }

    /// The spans that an edit of the text would damage: those that the opposite edit would not bring back.
    pub fn damaged_by(&self, edit: &TextEdit) -> Vec<AnnotationId> {
        let inverse = edit.inverse();
        self.index
            .touching(edit.range())
            .filter_map(|(_, id)| self.span(id))
            .filter(|span| {
                let there = span.fragments.map(edit);
                there.and_then(|there| there.map(&inverse)).as_ref() != Some(&span.fragments)
            })
            .map(|span| span.id)
            .collect()
    }

    /// Moves all spans along with an edit of the text, see [`TextEdit::map_range`]. None may be damaged by it.
    pub(crate) fn map_spans(&mut self, edit: &TextEdit) {
        for span in self.spans.values_mut() {
            if span.fragments.end() >= edit.range().start()
                && let Some(moved) = span.fragments.map(edit)
                && moved != span.fragments
            {
                Arc::make_mut(span).fragments = moved;
            }
        }
        self.index = SpanIndex::new(self.spans.values().map(|span| (span.fragments.hull(), span.id)));
    }

    fn point(&mut self, relation: &Relation) {
        for target in relation.targets() {
            let list = self.pointing.entry(target).or_default();
            if let Err(place) = list.binary_search(&relation.id) {
                list.insert(place, relation.id);
            }
        }
    }
}
