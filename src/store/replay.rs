//! Doing again what the journal says, on the text and the annotations of one article.

use super::annotation_write::{document_label_line, relation_line, span_line};
use crate::{
    edit::Operation,
    model::{AnnotationId, AnnotationSet, ArticleText, SetKey},
    text::TextEdit,
};
use std::sync::Arc;

/// The transactions of an article that some of its files are behind of: number and operations, first one first.
pub(super) type Tail = [(u64, Arc<[Operation]>)];

/// The text of an article through all transactions of the tail.
pub(super) struct TextHistory {
    /// A text, and the transaction whose state it is; `None` while there is no article.
    base: (u64, Option<Arc<ArticleText>>),
    edits: Vec<(u64, TextEdit)>,
    /// The last transaction in which the article came or went.
    pub coming: Option<u64>,
    /// The text with which the article came, if that is in the tail.
    pub imported: Option<Arc<ArticleText>>,
    /// Edits that do not fit the text: it was changed by somebody else.
    pub lost: Vec<TextEdit>,
    /// The text after everything.
    pub last: Option<Arc<ArticleText>>,
}

impl TextHistory {
    /// `file` is the text of the file, which is at transaction `start`.
    pub(super) fn new(file: Option<Arc<ArticleText>>, start: u64, tail: &Tail) -> Self {
        let mut history =
            Self { base: (start, file), edits: Vec::new(), coming: None, imported: None, lost: Vec::new(), last: None };
        for (seq, operations) in tail {
            for operation in operations.iter() {
                match operation {
                    Operation::Text { edit, .. } => history.edits.push((*seq, edit.clone())),
                    Operation::Article { after, .. } => {
                        history.coming = Some(*seq);
                        if *seq > start {
                            history.base = (*seq, after.as_ref().map(|content| content.text.clone()));
                            history.imported = after.as_ref().map(|content| content.text.clone());
                            // What comes behind it in the same transaction is behind the base too.
                            history.edits.clear();
                            history.base.0 = seq.saturating_sub(1);
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut text = history.base.1.clone();
        for (_, edit) in history.edits.iter().filter(|(seq, _)| *seq > history.base.0) {
            match text.as_deref().and_then(|text| edit.apply(text.as_str())) {
                Some(new) => text = Some(Arc::new(ArticleText::new(new))),
                None => history.lost.push(edit.clone()),
            }
        }
        history.last = text;
        history
    }

    /// True if the text was corrected since it had the form of its file, or since the article came.
    pub(super) fn is_edited(&self) -> bool {
        self.last.is_some() && self.edits.iter().any(|(seq, _)| *seq > self.base.0)
    }

    /// The text as it was after transaction `seq`; `None` if that can not be told.
    pub(super) fn at(&self, seq: u64) -> Option<Arc<ArticleText>> {
        let (base, text) = &self.base;
        let mut text = text.clone()?;
        let forward = self.edits.iter().filter(|(number, _)| base < number && *number <= seq);
        let backward = self.edits.iter().rev().filter(|(number, _)| seq < *number && number <= base);
        let edits = forward.map(|(_, edit)| edit.clone()).chain(backward.map(|(_, edit)| edit.inverse()));
        for edit in edits {
            text = Arc::new(ArticleText::new(edit.apply(text.as_str())?));
        }
        Some(text)
    }

    /// The transaction after which the text had this hash; the last one if there are several.
    pub(super) fn find(&self, hash: u64) -> Option<u64> {
        if self.last.as_ref().is_some_and(|text| text.hash() == hash) {
            return Some(u64::MAX);
        }
        let first = self.edits.first().map(|(seq, _)| seq.saturating_sub(1));
        let candidates = self.edits.iter().rev().map(|(seq, _)| *seq).chain(first);
        candidates.into_iter().find(|seq| self.at(*seq).is_some_and(|text| text.hash() == hash))
    }
}

/// How to do an operation again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The state is the one that the operation was made for.
    Full,
    /// Somebody else changed the state: only where it still is what the operation says it was.
    Checked,
}

/// What could not be done again: the record that lost, with the reason as a comment.
pub(super) type Conflicts = Vec<String>;

/// Does all operations behind transaction `start` again on the annotations under `key`, which lie in the text as of
/// transaction `text_start`.
pub(super) fn replay_set(
    set: &mut AnnotationSet,
    key: &SetKey,
    tail: &Tail,
    start: u64,
    text_start: u64,
    trust: Trust,
) -> Conflicts {
    let mut conflicts = Vec::new();
    for (seq, operations) in tail {
        for operation in operations.iter() {
            match operation {
                Operation::Text { edit, .. } if *seq > text_start => set.map_spans(edit),
                Operation::Article { .. } if *seq > start && trust == Trust::Full => {
                    let next_id = set.next_id().0;
                    *set = AnnotationSet::default();
                    set.reserve_ids(next_id);
                }
                _ if *seq > start => redo(set, key, operation, trust, &mut conflicts),
                _ => {}
            }
        }
    }
    conflicts
}

fn redo(set: &mut AnnotationSet, key: &SetKey, operation: &Operation, trust: Trust, conflicts: &mut Conflicts) {
    let annotator = key.annotator.as_str();
    let mut decide = |is_before: bool, is_after: bool, id: AnnotationId, lost: Option<String>| -> bool {
        if trust == Trust::Full || is_before {
            return true;
        }
        if !is_after {
            let lost = lost.map_or_else(|| "// it was removed".to_owned(), |line| format!("{line},"));
            conflicts
                .push(format!("// annotation {id} was changed here and by somebody else; this side lost\n{lost}\n"));
        }
        false
    };
    match operation {
        Operation::Span { set: other, id, before, after } if other == key => {
            let now = set.span(*id);
            let is_before = now == before.as_deref() && (before.is_some() || !set.contains(*id));
            let lost = after.as_deref().map(|span| span_line(span, annotator, None));
            if decide(is_before, now == after.as_deref(), *id, lost) {
                set.put_span(*id, after.clone());
            }
        }
        Operation::Relation { set: other, id, before, after } if other == key => {
            let now = set.relation(*id);
            let is_before = now == before.as_deref() && (before.is_some() || !set.contains(*id));
            let lost = after.as_deref().map(|relation| relation_line(relation, annotator));
            if decide(is_before, now == after.as_deref(), *id, lost) {
                set.put_relation(*id, after.clone());
            }
        }
        Operation::DocumentLabel { set: other, id, before, after } if other == key => {
            let now = set.document_label(*id);
            let is_before = now == before.as_deref() && (before.is_some() || !set.contains(*id));
            let lost = after.as_deref().map(|label| document_label_line(label, annotator));
            if decide(is_before, now == after.as_deref(), *id, lost) {
                set.put_document_label(*id, after.clone());
            }
        }
        Operation::Progress { set: other, before, after }
            if other == key && (trust == Trust::Full || set.progress() == *before) =>
        {
            set.set_progress(*after);
        }
        _ => {}
    }
}

/// Takes out spans that do not lie in `text` and relations that point to what is not there any more, with those that fell
/// with them; returns their records.
pub(super) fn take_out_unfit(set: &mut AnnotationSet, key: &SetKey, text: &str) -> Vec<String> {
    let annotator = key.annotator.as_str();
    let mut records = Vec::new();
    let mut open: Vec<AnnotationId> = Vec::new();
    let unfit: Vec<AnnotationId> = set.spans().filter(|span| !span.fragments.fit(text)).map(|span| span.id).collect();
    for id in unfit {
        if let Some(span) = set.put_span(id, None) {
            records.push(format!("// it lies outside the text\n{},\n", span_line(&span, annotator, None)));
            open.push(id);
        }
    }
    while let Some(gone) = open.pop() {
        let pointing: Vec<AnnotationId> = set.relations_pointing_to(gone).map(|relation| relation.id).collect();
        for id in pointing {
            if let Some(relation) = set.put_relation(id, None) {
                let line = relation_line(&relation, annotator);
                records.push(format!("// it points to {gone}, which was set aside\n{line},\n"));
                open.push(id);
            }
        }
    }
    records
}
