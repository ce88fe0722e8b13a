//! What the built-in models would have got right after so many articles: trained anew on the first of the confirmed articles,
//! asked about those of the evaluation slice, which they never saw.

use super::{
    evaluation::EvaluationSlice,
    suggest::{Suggester, THRESHOLD},
};
use crate::{
    compare::{Comparison, Labelled, Reliability, Scheme, Score},
    model::{AnnotationSet, AnnotatorName, Article, Name, Progress, Schema, Source, Status},
};
use std::collections::{BTreeMap, BTreeSet};

/// One training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurvePoint {
    /// Articles that were learned from; 0 stands for what Glosse knows from the start.
    pub articles: usize,
    /// Accepted spans in them.
    pub spans: usize,
    /// Strict scores of what is suggested from [`THRESHOLD`] on: place and label must agree.
    pub overall: Score,
    pub labels: BTreeMap<Name, Score>,
}

/// How the models do on the evaluation slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningCurve {
    /// Articles of the slice, whether done or not.
    pub apart: usize,
    /// Articles of the slice that are done: those that are asked about.
    pub judged: usize,
    /// Accepted spans in them. Empty spans are left out, since nothing suggests them; one in several pieces stands for all from
    /// its first to its last letter.
    pub judged_spans: usize,
    /// Judged articles whose annotator was shown suggestions, so that their labels may follow those.
    pub judged_with_suggestions: usize,
    /// Articles outside of the slice that are done.
    pub learned: usize,
    /// The first articles first; empty if no article is judged.
    pub points: Vec<CurvePoint>,
    /// Scores of the last point's proposals, also of those below [`THRESHOLD`], against what was right.
    pub reliability: Reliability,
}

/// Trains on growing numbers of the annotator's articles that are done, in the order in which `articles` has them, and
/// compares with the slice. `rules` are the project's own, which suggest beside the models. `control` hears how many trainings are done, of how many, and stops the work by answering false:
/// then `None`.
pub fn learning_curve(
    schema: &Schema,
    rules: &str,
    annotator: &AnnotatorName,
    articles: &[&Article],
    slice: &EvaluationSlice,
    control: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Option<LearningCurve> {
    let is_done = |article: &&&Article| article.sets.get(annotator).is_some_and(|set| set.progress() == Progress::Done);
    let (apart, others): (Vec<&Article>, Vec<&Article>) =
        articles.iter().copied().partition(|article| slice.contains(&article.id));
    let judged: Vec<&Article> = apart.iter().filter(is_done).copied().collect();
    let learned: Vec<&Article> = others.iter().filter(is_done).copied().collect();
    let gold: Vec<Vec<Labelled>> =
        judged.iter().map(|article| article.sets.get(annotator).map(accepted).unwrap_or_default()).collect();
    let was_shown = |article: &&&Article| article.sets.get(annotator).is_some_and(has_suggestions);
    let mut curve = LearningCurve {
        apart: apart.len(),
        judged: judged.len(),
        judged_spans: gold.iter().map(Vec::len).sum(),
        judged_with_suggestions: judged.iter().filter(was_shown).count(),
        learned: learned.len(),
        ..LearningCurve::default()
    };
    if judged.is_empty() {
        return Some(curve);
    }
    let sizes = sizes(learned.len());
    for (done, size) in sizes.iter().enumerate() {
        let goes_on = || control(done, sizes.len());
        let first = learned.get(..*size).unwrap_or_default();
        let suggester = Suggester::learn(schema, rules, annotator, first.iter().copied(), &goes_on)?;
        let mut comparison = Comparison::default();
        // Only the last one is the model that the project has now.
        curve.reliability = Reliability::default();
        for (article, gold) in judged.iter().zip(&gold) {
            if !goes_on() {
                return None;
            }
            let right: BTreeSet<&Labelled> = gold.iter().collect();
            let mut predicted = Vec::new();
            for proposal in suggester.proposals_in(&article.metadata.language, article.text(), None, 0.0) {
                let found = Labelled { range: proposal.range, label: proposal.label };
                curve.reliability.add(proposal.score, right.contains(&found));
                if proposal.score >= THRESHOLD {
                    predicted.push(found);
                }
            }
            comparison.add(gold, &predicted);
        }
        let strict = |scores: &BTreeMap<Scheme, Score>| scores.get(&Scheme::Strict).copied().unwrap_or_default();
        let spans = first.iter().filter_map(|article| article.sets.get(annotator)).map(|set| accepted(set).len());
        curve.points.push(CurvePoint {
            articles: *size,
            spans: spans.sum(),
            overall: strict(&comparison.overall),
            labels: comparison.labels.iter().map(|(label, scores)| (label.clone(), strict(scores))).collect(),
        });
    }
    Some(curve)
}

/// The spans that stand and could have been suggested.
fn accepted(set: &AnnotationSet) -> Vec<Labelled> {
    set.spans_in_order()
        .filter(|span| span.status == Status::Accepted)
        .map(|span| Labelled { range: span.fragments.hull(), label: span.label.clone() })
        .filter(|span| !span.range.is_empty())
        .collect()
}

fn has_suggestions(set: &AnnotationSet) -> bool {
    set.spans().any(|span| {
        let provenance = span.corrected_from.as_ref().map_or(&span.provenance, |from| &from.provenance);
        matches!(provenance.source, Source::Extractor { .. })
    })
}

/// After how many articles is looked: 0, 1, 2, 5, 10, 20, 50 and so on, and all.
fn sizes(all: usize) -> Vec<usize> {
    let mut sizes = vec![0];
    let mut step = 1;
    while step < all {
        sizes.extend([step, 2 * step, 5 * step].into_iter().filter(|size| *size < all));
        step *= 10;
    }
    sizes.extend((all > 0).then_some(all));
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            AnnotationId, ArticleId, ArticleMetadata, EvaluationSettings, Fragments, Project, Provenance, Span,
            news_schema,
        },
        text::TextRange,
    };
    use std::sync::Arc;

    #[test]
    fn trainings_grow_by_steps() {
        let check = |all: usize, expected: &[usize]| assert_eq!(sizes(all), expected);
        check(0, &[0]);
        check(1, &[0, 1]);
        check(4, &[0, 1, 2, 4]);
        check(10, &[0, 1, 2, 5, 10]);
        check(120, &[0, 1, 2, 5, 10, 20, 50, 100, 120]);
    }

    /// An article that is done, in which a made-up name comes twice, labelled as the bundled model would not.
    fn article(id: &str, place: &str, source: Source) -> Article {
        let text = format!("Am Morgen kamen viele nach {place} am See. In {place} blieb es ruhig.");
        let mut article = Article::new(ArticleId::new(id), ArticleMetadata::default(), &text);
        let spans = text.match_indices(place).zip(1..).map(|((start, words), id)| Span {
            id: AnnotationId(id),
            label: "GROUP".into(),
            fragments: Fragments::one(TextRange::from_usize(start, start + words.len())),
            attributes: Default::default(),
            entity: None,
            note: String::new(),
            provenance: Provenance {
                source: source.clone(),
                time: jiff::Timestamp::UNIX_EPOCH,
                score: None,
                reason: None,
            },
            status: Status::Accepted,
            corrected_from: None,
        });
        let set = AnnotationSet::from_parts(1, Progress::Done, spans.collect(), Vec::new(), Vec::new()).0;
        article.sets.insert(AnnotatorName::new("eva"), set);
        article
    }

    #[test]
    fn what_was_learned_outside_of_the_slice_is_found_in_it_and_nothing_else() {
        let settings = EvaluationSettings { percent: 60, ..EvaluationSettings::default() };
        let mut project = Project { schema: Arc::new(news_schema()), ..Project::default() };
        Arc::make_mut(&mut project.settings).evaluation = settings;
        let person = || Source::Person { name: "eva".into() };
        for number in 0..12 {
            let id = format!("artikel-{number}");
            project.articles.insert(ArticleId::new(&id), article(&id, "Xölvbrunn", person()));
        }
        let slice = EvaluationSlice::of(&project);
        let judged: Vec<ArticleId> = project.articles.keys().filter(|id| slice.contains(id)).cloned().collect();
        assert!((2..11).contains(&judged.len()), "{judged:?}");
        // A name that only the slice has must stay unknown however much is learned; one annotator saw suggestions.
        let extractor = Source::Extractor { name: "memory".into(), version: "1".into() };
        project.articles.insert(judged[0].clone(), article(judged[0].as_str(), "Qwombach", extractor));
        let annotator = AnnotatorName::new("eva");
        let articles: Vec<&Article> = project.articles.values().collect();
        let curve =
            learning_curve(&project.schema, "", &annotator, &articles, &slice, &|_, _| true).expect("not stopped");
        assert_eq!((curve.apart, curve.judged, curve.judged_spans), (judged.len(), judged.len(), 2 * judged.len()));
        assert_eq!((curve.learned, curve.judged_with_suggestions), (12 - judged.len(), 1));
        let last = curve.points.last().expect("a point");
        assert_eq!((last.articles, last.spans), (curve.learned, 2 * curve.learned));
        let found = last.labels[&Name::from("GROUP")];
        assert!(found.correct >= 2 * (judged.len() - 1) && found.missed <= 2, "{found:?}");
        let first = curve.points.first().expect("a point");
        assert_eq!(first.articles, 0);
        assert!(first.overall.correct < last.overall.correct, "{curve:?}");
        assert!(curve.reliability.count() >= 2 * (judged.len() - 1));
        let again = learning_curve(&project.schema, "", &annotator, &articles, &slice, &|_, _| true);
        assert_eq!(again.as_ref(), Some(&curve), "the same every time");
        assert_eq!(learning_curve(&project.schema, "", &annotator, &articles, &slice, &|done, _| done < 2), None);
        let rules = r#"[(name: "many", label: "EVENT", pattern: Regex("viele"))]"#;
        let with_rules = learning_curve(&project.schema, rules, &annotator, &articles, &slice, &|_, _| true);
        let with_rules = with_rules.expect("not stopped");
        let spurious = |curve: &LearningCurve| curve.points[0].labels.get("EVENT").map_or(0, |score| score.spurious);
        assert_eq!((spurious(&curve), spurious(&with_rules)), (0, judged.len()), "the project's own rules suggest too");
        let nobody = AnnotatorName::new("max");
        let empty = learning_curve(&project.schema, "", &nobody, &articles, &slice, &|_, _| true).expect("not stopped");
        assert_eq!((empty.apart, empty.judged, empty.points.len()), (judged.len(), 0, 0));
    }
}
