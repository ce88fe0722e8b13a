//! What the journal tells of an annotator's work on each article: how many actions it took, and when it was confirmed.

use crate::{
    edit::{Kind, Operation, Transaction},
    model::{AnnotatorName, ArticleId, Progress, Provenance, Source, Status},
    store::HistoryEntry,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The work on one article, as far as the journal of this computer knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalWork {
    /// How many actions: transactions by which the annotator added, relabelled, resized, linked, rejected, accepted, confirmed
    /// or removed something. One transaction is one action, however much it accepts; one over several articles counts for the
    /// first of them. Undo and redo, suggestions that come or go unseen, imports, corrections of the text and changes of the
    /// schema are none.
    pub actions: usize,
    /// When the article was last confirmed as done; `None` if it is not.
    pub confirmed: Option<Confirmation>,
}

/// When an article was confirmed. Greater is later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confirmation {
    /// Number of the transaction.
    pub seq: u64,
    pub time: Timestamp,
}

/// Looks through the history for what `annotator` did. `read` gives a transaction with its operations, `None` if it can not be
/// read any more; `goes_on` is asked before each, `None` if it says no.
pub fn work_in_journal(
    history: &[HistoryEntry],
    annotator: &AnnotatorName,
    read: &dyn Fn(u64) -> Option<Transaction>,
    goes_on: &dyn Fn() -> bool,
) -> Option<BTreeMap<ArticleId, JournalWork>> {
    let mut works: BTreeMap<ArticleId, JournalWork> = BTreeMap::new();
    for entry in history {
        if !goes_on() {
            return None;
        }
        let touched = &entry.touched;
        let is_more = touched.project || !touched.texts.is_empty() || !touched.articles.is_empty();
        if is_more || !touched.sets.iter().any(|set| set.annotator == *annotator) {
            continue;
        }
        let Some(transaction) = read(entry.seq) else { continue };
        let is_again = matches!(entry.kind, Kind::Undo(_) | Kind::Redo(_));
        if entry.author == annotator.as_str()
            && !is_again
            && let Some(article) = action(&transaction, annotator)
        {
            works.entry(article.clone()).or_default().actions += 1;
        }
        for operation in &transaction.operations {
            if let Operation::Progress { set, after, .. } = operation
                && set.annotator == *annotator
            {
                let work = works.entry(set.article.clone()).or_default();
                let confirmation = Confirmation { seq: entry.seq, time: entry.time };
                work.confirmed = (*after == Progress::Done).then_some(confirmation);
            }
        }
    }
    Some(works)
}

/// The first article in which the transaction is an action of the annotator.
fn action<'a>(transaction: &'a Transaction, annotator: &AnnotatorName) -> Option<&'a ArticleId> {
    let acts = transaction.operations.iter().filter_map(|operation| {
        let (set, is_act) = match operation {
            Operation::Span { set, before, after, .. } => (
                set,
                is_act(
                    before.as_deref().map(|span| (span.status, &span.provenance)),
                    after.as_deref().map(|span| (span.status, &span.provenance)),
                ),
            ),
            Operation::Relation { set, before, after, .. } => (
                set,
                is_act(
                    before.as_deref().map(|relation| (relation.status, &relation.provenance)),
                    after.as_deref().map(|relation| (relation.status, &relation.provenance)),
                ),
            ),
            Operation::DocumentLabel { set, before, after, .. } => (
                set,
                is_act(
                    before.as_deref().map(|label| (label.status, &label.provenance)),
                    after.as_deref().map(|label| (label.status, &label.provenance)),
                ),
            ),
            // That an article is begun only accompanies something else.
            Operation::Progress { set, before, after } => (set, *before == Progress::Done || *after == Progress::Done),
            _ => return None,
        };
        (is_act && set.annotator == *annotator).then_some(&set.article)
    });
    acts.min()
}

/// True if a person did this to an annotation: suggestions come and go by themselves, imports come from files.
fn is_act(before: Option<(Status, &Provenance)>, after: Option<(Status, &Provenance)>) -> bool {
    match (before, after) {
        (None, Some((status, provenance))) => {
            status != Status::Suggested && !matches!(provenance.source, Source::Import { .. })
        }
        (Some((status, _)), None) => status != Status::Suggested,
        (Some(_), Some(_)) => true,
        (None, None) => false,
    }
}
