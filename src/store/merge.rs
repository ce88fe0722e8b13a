//! Two versions of one annotator's annotations that both go back to a third: what becomes of them.

use super::annotation_write::{document_label_line, relation_line, span_line};
use crate::model::{AnnotationId, AnnotationSet, DocumentLabel, Progress, Relation, Span};
use std::collections::{BTreeMap, BTreeSet};

/// An annotation that both sides changed, each in its own way. Ours stands in the merged set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    pub id: AnnotationId,
    /// What happened.
    pub message: String,
    /// The record of the other side, in the form of the annotation files; `None` if it removed the annotation.
    pub theirs: Option<String>,
}

/// Merges by record: what only one side changed, added or removed is taken over; where both did, ours stands and theirs is
/// reported. Annotations that both sides added under one id are both kept, theirs under a new id.
pub fn merge_sets(
    base: &AnnotationSet,
    ours: &AnnotationSet,
    theirs: &AnnotationSet,
) -> (AnnotationSet, Vec<MergeConflict>) {
    let mut conflicts = Vec::new();
    let mut next_id = base.next_id().0.max(ours.next_id().0).max(theirs.next_id().0);
    let renumbered = renumber(base, ours, theirs, &mut next_id);
    let new_id = |id: AnnotationId| renumbered.get(&id).copied().unwrap_or(id);

    let spans = merge_kind(
        Sides {
            base: base.spans().map(|span| (span.id, span.clone())).collect(),
            ours: ours.spans().map(|span| (span.id, span.clone())).collect(),
            theirs: theirs
                .spans()
                .map(|span| (new_id(span.id), Span { id: new_id(span.id), ..span.clone() }))
                .collect(),
        },
        |span| span_line(span, "", None),
        &mut conflicts,
    );
    let mut relations = merge_kind(
        Sides {
            base: base.relations().map(|relation| (relation.id, relation.clone())).collect(),
            ours: ours.relations().map(|relation| (relation.id, relation.clone())).collect(),
            theirs: theirs
                .relations()
                .map(|relation| {
                    let mut relation = relation.clone();
                    relation.id = new_id(relation.id);
                    relation.trigger = relation.trigger.map(new_id);
                    for argument in &mut relation.arguments {
                        argument.target = new_id(argument.target);
                    }
                    (relation.id, relation)
                })
                .collect(),
        },
        |relation| relation_line(relation, ""),
        &mut conflicts,
    );
    let labels = merge_kind(
        Sides {
            base: base.document_labels().map(|label| (label.id, label.clone())).collect(),
            ours: ours.document_labels().map(|label| (label.id, label.clone())).collect(),
            theirs: theirs
                .document_labels()
                .map(|label| (new_id(label.id), DocumentLabel { id: new_id(label.id), ..label.clone() }))
                .collect(),
        },
        |label| document_label_line(label, ""),
        &mut conflicts,
    );
    drop_dangling(&spans, &mut relations, &mut conflicts);
    let progress = merge_progress(base.progress(), ours.progress(), theirs.progress());
    let (merged, _) = AnnotationSet::from_parts(
        next_id,
        progress,
        spans.into_values().collect(),
        relations.into_values().collect(),
        labels.into_values().collect(),
    );
    (merged, conflicts)
}

/// New ids for what the other side added under an id that we gave to something else.
fn renumber(
    base: &AnnotationSet,
    ours: &AnnotationSet,
    theirs: &AnnotationSet,
    next_id: &mut u32,
) -> BTreeMap<AnnotationId, AnnotationId> {
    let added = theirs
        .spans()
        .map(|span| span.id)
        .chain(theirs.relations().map(|relation| relation.id))
        .chain(theirs.document_labels().map(|label| label.id));
    let mut renumbered = BTreeMap::new();
    for id in added.filter(|id| !base.contains(*id)) {
        // An id below ours that we do not have was given and removed here.
        let is_taken = ours.contains(id) && ours.get(id) != theirs.get(id)
            || !ours.contains(id) && id < ours.next_id() && id >= base.next_id();
        if is_taken {
            renumbered.insert(id, AnnotationId(*next_id));
            *next_id = next_id.saturating_add(1);
        }
    }
    renumbered
}

/// The annotations of one kind on all sides.
struct Sides<T> {
    base: BTreeMap<AnnotationId, T>,
    ours: BTreeMap<AnnotationId, T>,
    theirs: BTreeMap<AnnotationId, T>,
}

fn merge_kind<T: PartialEq + Clone>(
    sides: Sides<T>,
    line: impl Fn(&T) -> String,
    conflicts: &mut Vec<MergeConflict>,
) -> BTreeMap<AnnotationId, T> {
    let Sides { base, mut ours, theirs } = sides;
    let ids: BTreeSet<AnnotationId> = base.keys().chain(theirs.keys()).copied().collect();
    for id in ids {
        let (before, our, their) = (base.get(&id), ours.get(&id), theirs.get(&id));
        if their == before || their == our {
            continue;
        }
        if our != before {
            let message = match (our, their) {
                (None, _) => "removed here and changed by somebody else",
                (_, None) => "changed here and removed by somebody else",
                _ => "changed here and, differently, by somebody else",
            };
            conflicts.push(MergeConflict { id, message: message.to_owned(), theirs: their.map(&line) });
            continue;
        }
        match their {
            Some(their) => ours.insert(id, their.clone()),
            None => ours.remove(&id),
        };
    }
    ours
}

/// A relation of one side can point to something that the other side removed.
fn drop_dangling(
    spans: &BTreeMap<AnnotationId, Span>,
    relations: &mut BTreeMap<AnnotationId, Relation>,
    conflicts: &mut Vec<MergeConflict>,
) {
    loop {
        let is_there = |id: &AnnotationId| spans.contains_key(id) || relations.contains_key(id);
        let missing = |relation: &Relation| relation.targets().find(|target| !is_there(target));
        let dangling: Vec<(AnnotationId, AnnotationId)> =
            relations.values().filter_map(|relation| Some((relation.id, missing(relation)?))).collect();
        if dangling.is_empty() {
            return;
        }
        for (id, target) in dangling {
            if let Some(relation) = relations.remove(&id) {
                let message = format!("points to {target}, which the other side removed");
                conflicts.push(MergeConflict { id, message, theirs: Some(relation_line(&relation, "")) });
            }
        }
    }
}

/// Whoever changed it; of two changes the one that is further on.
fn merge_progress(base: Progress, ours: Progress, theirs: Progress) -> Progress {
    match (ours == base, theirs == base) {
        (_, true) => ours,
        (true, false) => theirs,
        (false, false) => ours.max(theirs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Argument, Fragments, Provenance, Status},
        store::testing,
        text::TextRange,
    };
    use jiff::Timestamp;
    use proptest::prelude::*;

    /// Spans as `id label`, relations as `id label target target`.
    fn set(next_id: u32, records: &[&str]) -> AnnotationSet {
        let (mut spans, mut relations) = (Vec::new(), Vec::new());
        for record in records {
            let words: Vec<&str> = record.split(' ').collect();
            let id = |word: &str| AnnotationId(word.parse().expect("a number"));
            let provenance = Provenance::person("anna", Timestamp::UNIX_EPOCH);
            if words.len() == 2 {
                spans.push(Span {
                    id: id(words[0]),
                    label: words[1].into(),
                    fragments: Fragments::one(TextRange::from_usize(0, 3)),
                    attributes: Default::default(),
                    entity: None,
                    note: String::new(),
                    provenance,
                    status: Status::Accepted,
                    corrected_from: None,
                });
            } else {
                relations.push(Relation {
                    id: id(words[0]),
                    label: words[1].into(),
                    trigger: None,
                    arguments: words[2..].iter().map(|word| Argument { role: "x".into(), target: id(word) }).collect(),
                    attributes: Default::default(),
                    note: String::new(),
                    provenance,
                    status: Status::Accepted,
                    corrected_from: None,
                });
            }
        }
        AnnotationSet::from_parts(next_id, Progress::New, spans, relations, Vec::new()).0
    }

    fn records(set: &AnnotationSet) -> Vec<String> {
        let spans = set.spans().map(|span| format!("{} {}", span.id, span.label));
        let relations = set.relations().map(|relation| {
            let targets = relation.targets().map(|target| format!(" {target}"));
            format!("{} {}{}", relation.id, relation.label, targets.collect::<String>())
        });
        spans.chain(relations).collect()
    }

    #[test]
    fn records_are_merged_one_by_one() {
        let check =
            |base: &[&str], ours: (u32, &[&str]), theirs: (u32, &[&str]), expected: &[&str], in_conflict: &[u32]| {
                let (merged, conflicts) = merge_sets(&set(1, base), &set(ours.0, ours.1), &set(theirs.0, theirs.1));
                assert_eq!(records(&merged), expected, "{base:?} {ours:?} {theirs:?}");
                let ids: Vec<u32> = conflicts.iter().map(|conflict| conflict.id.0).collect();
                assert_eq!(ids, in_conflict, "{conflicts:?}");
                assert!(merged.next_id().0 >= ours.0.max(theirs.0));
            };
        check(&["1 A", "2 A"], (3, &["1 B", "2 A"]), (3, &["1 A", "2 C"]), &["1 B", "2 C"], &[]);
        check(&["1 A", "2 A"], (3, &["1 A"]), (3, &["2 A"]), &[], &[]);
        check(&["1 A"], (3, &["1 A", "2 B"]), (3, &["1 A", "2 C"]), &["1 A", "2 B", "3 C"], &[]);
        check(&["1 A"], (3, &["1 A", "2 B"]), (3, &["1 A", "2 B"]), &["1 A", "2 B"], &[]);
        check(&["1 A"], (2, &["1 B"]), (2, &["1 C"]), &["1 B"], &[1]);
        check(&["1 A"], (2, &["1 B"]), (2, &["1 B"]), &["1 B"], &[]);
        check(&["1 A"], (2, &[]), (2, &["1 C"]), &[], &[1]);
        check(&["1 A"], (2, &["1 B"]), (2, &[]), &["1 B"], &[1]);
        // An id that was given and removed here is not given to something else.
        check(&["1 A"], (3, &["1 A"]), (3, &["1 A", "2 C"]), &["1 A", "3 C"], &[]);
        // Relations follow the new ids of what they point to.
        check(&["1 A"], (3, &["1 A", "2 B"]), (4, &["1 A", "2 C", "3 R 1 2"]), &["1 A", "2 B", "4 C", "3 R 1 4"], &[]);
        // A relation to something that the other side removed goes, and is reported.
        check(&["1 A", "2 A"], (3, &["1 A"]), (4, &["1 A", "2 A", "3 R 1 2"]), &["1 A"], &[3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn an_unchanged_side_gives_the_other(one in testing::set("Putin trifft Xi".to_owned()), other in testing::set("Putin trifft Xi".to_owned())) {
            let (merged, conflicts) = merge_sets(&one, &one, &other);
            prop_assert!(conflicts.is_empty());
            prop_assert_eq!(records(&merged), records(&other));
            let (merged, conflicts) = merge_sets(&one, &other, &one);
            prop_assert!(conflicts.is_empty());
            prop_assert_eq!(records(&merged), records(&other));
        }
    }
}
