//! Laws of laying annotations beside others, on generated articles.

use super::*;
use crate::{
    edit::apply,
    model::{Article, DocumentLabel, Progress, Project, Provenance, SetKey, generate},
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A project with one generated article of which only some annotations are there, in various states, and all of them as they
/// come in, some with another label.
fn generated(seed: u64) -> (Project, SetKey, Vec<Span>, Vec<Relation>) {
    let mut project = generate::project(seed, 1, 1500);
    let (article, annotator, set) = {
        let article = project.articles.values().next().expect("an article");
        let (annotator, set) = article.sets.iter().next().expect("a set");
        (article.id.clone(), annotator.clone(), set.clone())
    };
    let chance = |id: AnnotationId, of: u64| {
        (u64::from(id.0) + 1).wrapping_mul(seed | 1).wrapping_mul(0x9E37_79B9) >> 7 & 15 < of
    };
    let mut incoming: Vec<Span> = set.spans().cloned().collect();
    for span in &mut incoming {
        span.status = Status::Suggested;
        if chance(span.id, 2) {
            span.label = "CHANGED".into();
        }
    }
    let mut kept: Vec<Span> = set.spans().filter(|span| chance(span.id, 9)).cloned().collect();
    for span in &mut kept {
        span.status = Status::ALL[span.id.0 as usize % 3];
    }
    let ids: BTreeSet<AnnotationId> = kept.iter().map(|span| span.id).collect();
    let relations = set.relations().filter(|relation| relation.targets().all(|target| ids.contains(&target)));
    let relations: Vec<Relation> = relations.cloned().collect();
    let (kept, repeated) = AnnotationSet::from_parts(0, Default::default(), kept, relations, Vec::new());
    assert_eq!(repeated, []);
    let all: Vec<Relation> =
        set.relations().cloned().map(|relation| Relation { status: Status::Suggested, ..relation }).collect();
    let target = project.articles.get_mut(&article).expect("the article");
    *target = Article { sets: [(annotator.clone(), kept)].into(), ..target.clone() };
    (project, SetKey { article, annotator }, incoming, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_in_changes_nothing_that_is_there_and_comes_in_once(seed in any::<u64>(), suggests in any::<bool>()) {
        let (mut project, key, spans, relations) = generated(seed);
        let incoming = if suggests { Incoming::Suggestions } else { Incoming::Annotations };
        let old = project.set(&key).expect("a set").clone();
        let mut draft = Draft::new(&mut project, key.clone(), Provenance::person("x", Timestamp::UNIX_EPOCH));
        let merged = draft.merge_annotations(spans.clone(), relations.clone(), Vec::new(), incoming).expect("it fits");
        prop_assert_eq!(&merged.problems, &Vec::<String>::new());
        let new = draft.set().expect("a set").clone();
        for span in old.spans() {
            prop_assert_eq!(new.span(span.id), Some(span));
        }
        for relation in old.relations() {
            prop_assert_eq!(new.relation(relation.id), Some(relation));
        }
        prop_assert_eq!(new.spans().len(), old.spans().len() + merged.spans);
        prop_assert_eq!(new.relations().len(), old.relations().len() + merged.relations);
        prop_assert_eq!(merged.added() + merged.there + merged.rejected, spans.len() + relations.len());
        for relation in new.relations() {
            prop_assert!(relation.targets().all(|target| new.contains(target)));
        }
        let added = new.spans().filter(|span| old.span(span.id).is_none());
        for span in added.filter(|_| suggests) {
            let same = old.spans().find(|other| other.fragments == span.fragments && other.label == span.label);
            prop_assert_eq!(same.map(|span| span.id), None);
        }
        // Once more: all of it is there by now, or was rejected.
        let again = draft.merge_annotations(spans, relations, Vec::new(), incoming).expect("it fits");
        prop_assert_eq!(again.added(), 0, "{:?}", again);
        let transaction = draft.finish("merge");
        apply(&mut project, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("it can be taken back");
        let content = |set: &AnnotationSet| {
            (set.spans().cloned().collect::<Vec<_>>(), set.relations().cloned().collect::<Vec<_>>())
        };
        prop_assert_eq!(project.set(&key).map(content), Some(content(&old)));
    }
}

#[test]
fn many_come_in_as_one_after_the_other() {
    let mut project = generate::project(3, 12, 900);
    // One has a set without annotations already, in which some were.
    let (started, _) = AnnotationSet::from_parts(40, Progress::Started, Vec::new(), Vec::new(), Vec::new());
    let first = project.articles.values_mut().next().expect("an article");
    first.sets.insert("other".into(), started);
    let provenance = Provenance::person("x", Timestamp::UNIX_EPOCH);
    let label = DocumentLabel {
        id: AnnotationId(5_000),
        label: "front".into(),
        note: String::new(),
        provenance: provenance.clone(),
        status: Status::Accepted,
    };
    let annotator = project.articles.values().next().and_then(|article| article.sets.keys().next()).expect("a set");
    let arrivals: Vec<Arrival> = project
        .articles
        .values()
        .chain(project.articles.values().take(5))
        .map(|article| {
            let set = article.sets.get(annotator).expect("a set");
            // Of those that come twice only the first brings anything.
            Arrival {
                set: SetKey { article: article.id.clone(), annotator: "other".into() },
                spans: set.spans().cloned().collect(),
                relations: set.relations().cloned().collect(),
                document_labels: vec![label.clone()],
            }
        })
        .collect();
    let given = arrivals.iter().take(3).map(|arrival| (arrival.set.clone(), AnnotationId(1_000)));
    let start = Project { given_ids: given.collect(), ..project.clone() };
    let mut one_by_one = start.clone();
    let mut draft = Draft::new(&mut one_by_one, arrivals[0].set.clone(), provenance.clone());
    let mut expected = Vec::new();
    for arrival in arrivals.clone() {
        let Arrival { set, spans, relations, document_labels } = arrival;
        draft.switch_to(set);
        let merged = draft.merge_annotations(spans, relations, document_labels, Incoming::Annotations);
        expected.push(merged.expect("it fits"));
    }
    draft.finish("one by one");

    let mut together = start.clone();
    let mut draft = Draft::new(&mut together, arrivals[0].set.clone(), provenance.clone());
    assert_eq!(draft.merge_many(arrivals.clone(), Incoming::Annotations), Ok(expected));
    let transaction = draft.finish("together");
    assert_eq!(together, one_by_one);
    // What is done again is done operation by operation.
    let mut again = start.clone();
    apply(&mut again, &transaction).expect("it fits");
    assert_eq!(again, together);
    apply(&mut together, &transaction.undone(1, Timestamp::UNIX_EPOCH)).expect("it can be taken back");
    let is_taken_back = |set: &AnnotationSet| set.is_empty();
    assert!(together.articles.values().all(|article| article.sets.get(&"other".into()).is_some_and(is_taken_back)));

    // If one can not come in, the others do not either.
    let mut unchanged = start.clone();
    let mut wrong = arrivals;
    wrong[7].spans[3].provenance.score = Some(f32::NAN);
    let mut draft = Draft::new(&mut unchanged, wrong[0].set.clone(), provenance);
    assert!(draft.merge_many(wrong, Incoming::Annotations).is_err());
    assert!(draft.is_empty());
    drop(draft);
    let is_unchanged = |set: Option<&AnnotationSet>| set.is_none_or(AnnotationSet::is_empty);
    assert!(unchanged.articles.values().all(|article| is_unchanged(article.sets.get(&"other".into()))));
    assert_eq!(unchanged.articles.len(), start.articles.len());
}

/// Formats without line breaks in spans give them back in two pieces.
#[test]
fn a_span_in_pieces_that_only_white_space_divides_is_the_one_that_is_there() {
    let mut project = generate::project(5, 1, 900);
    let (article, annotator) = {
        let article = project.articles.values().next().expect("an article");
        (article.id.clone(), article.sets.keys().next().expect("a set").clone())
    };
    let text = project.article(&article).expect("the article").text().to_owned();
    let key = SetKey { article, annotator };
    let set = project.set(&key).expect("a set").clone();
    let cut = |fragments: &Fragments| {
        let range = fragments.hull();
        let gap = range.start().to_usize() + range.slice(&text)?.find(' ')?;
        let (first, second) = (
            TextRange::from_usize(range.start().to_usize(), gap),
            TextRange::from_usize(gap + 1, range.end().to_usize()),
        );
        Fragments::new([first, second]).filter(|cut| cut.count() == 2)
    };
    let is_whole = |span: &&Span| span.fragments.count() == 1 && span.status == Status::Accepted;
    let whole = set.spans().filter(is_whole).find(|span| cut(&span.fragments).is_some()).expect("a span of two words");
    let incoming = Span { fragments: cut(&whole.fragments).expect("two pieces"), ..whole.clone() };
    let mut draft = Draft::new(&mut project, key, Provenance::person("x", Timestamp::UNIX_EPOCH));
    let merged =
        draft.merge_annotations(vec![incoming], Vec::new(), Vec::new(), Incoming::Annotations).expect("it fits");
    assert_eq!((merged.spans, merged.there), (0, 1));
}
