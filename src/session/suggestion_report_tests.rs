//! What the report on suggestions says of a project in which something was done.

use super::{
    EvaluationSlice, OutcomeCounts, Session, learning_curve::learning_curve, suggest::add_suggestions,
    suggestion_report::SuggestionReport, work_in_journal,
};
use crate::{
    assist::{Reason, SpanProposal},
    model::{
        AnnotationId, AnnotatorName, Article, ArticleId, ArticleMetadata, Fragments, Progress, Project, Provenance,
        Status, news_schema,
    },
    store::{Access, Store, WorkStretch},
    text::TextRange,
};
use std::{path::Path, sync::Arc, time::Duration};

const TEXT: &str = "Minister Özdal reiste am Montag mit Frau Lindqvist nach Quellfurt und weiter nach Bad Quellfurt.";

fn create(root: &Path) {
    let ids = ["abfahrt", "besuch", "chronik"].map(ArticleId::new);
    let articles = ids.map(|id| (id.clone(), Article::new(id, ArticleMetadata::default(), TEXT)));
    let project = Project { schema: Arc::new(news_schema()), articles: articles.into(), ..Project::default() };
    Store::create(root, &project).expect("a new project");
}

fn range(words: &str) -> TextRange {
    let start = TEXT.find(words).expect("words of the text");
    TextRange::from_usize(start, start + words.len())
}

fn suggest(session: &mut Session, article: &ArticleId, spans: &[(&str, &str)]) -> Vec<AnnotationId> {
    let proposals: Vec<SpanProposal> = spans
        .iter()
        .map(|(words, label)| SpanProposal {
            range: range(words),
            label: (*label).into(),
            score: 0.8,
            reason: Reason::Memory { accepted: 1, rejected: 0 },
        })
        .collect();
    session.edit(article, "Suggest spans", |draft| Ok(add_suggestions(draft, &proposals)?)).expect("suggestions")
}

fn edit(
    session: &mut Session,
    article: &ArticleId,
    steps: impl FnOnce(&mut crate::edit::Draft<'_>) -> Result<(), crate::edit::EditError>,
) {
    session.edit(article, "Something", |draft| Ok(steps(draft)?)).expect("a change");
}

fn report(session: &mut Session) -> SuggestionReport {
    session.load_all(|_, _| true).expect("loaded");
    let articles: Vec<Article> = session.project().articles.values().cloned().collect();
    let annotator = session.annotator().clone();
    let loader = session.store().loader();
    let gathered = SuggestionReport::gather(&articles, &annotator, session.history(), &loader, &|| true);
    gathered.expect("readable").expect("not stopped")
}

#[test]
fn fates_actions_and_times_are_those_of_the_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("p");
    create(&root);
    let mut session = Session::open(&root, Access::Write, AnnotatorName::new("eva")).expect("opened");
    let [first, second, third] = ["abfahrt", "besuch", "chronik"].map(ArticleId::new);
    // The second article is done first; its five suggestions meet four fates by four actions; undo and redo are none.
    let spans = [("Özdal", "PER"), ("Montag", "DATE"), ("Lindqvist", "LOC"), ("Quellfurt", "LOC"), ("Minister", "ORG")];
    let [accepted, _open, relabelled, resized, rejected] =
        suggest(&mut session, &second, &spans).try_into().expect("five");
    edit(&mut session, &second, |draft| draft.set_status(accepted, Status::Accepted));
    edit(&mut session, &second, |draft| draft.set_label(relabelled, "PER"));
    edit(&mut session, &second, |draft| draft.resize_span(resized, Fragments::one(range("Bad Quellfurt"))));
    edit(&mut session, &second, |draft| draft.set_status(rejected, Status::Rejected));
    session.undo().expect("undone").expect("the rejection");
    session.redo().expect("redone").expect("the rejection");
    let open_before = report(&mut session).outcomes.sum().open;
    assert_eq!(open_before, 1);
    edit(&mut session, &second, |draft| draft.set_progress(Progress::Done));
    // A whole article is accepted by one action, and confirmed by it.
    let ids = suggest(&mut session, &first, &[("Özdal", "PER"), ("Montag", "DATE")]);
    edit(&mut session, &first, |draft| {
        ids.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))?;
        draft.set_progress(Progress::Done)
    });
    // Suggestions that come and go are nobody's work, and neither is an article that is only begun.
    suggest(&mut session, &third, &[("Montag", "DATE")]);
    session.undo().expect("undone").expect("the suggestions");
    edit(&mut session, &third, |draft| draft.set_progress(Progress::Started));

    let report = report(&mut session);
    let rows: Vec<_> = report
        .articles
        .iter()
        .map(|article| (article.id.as_str(), article.is_done, article.confirmed.is_some(), article.actions))
        .collect();
    assert_eq!(
        rows,
        [("besuch", true, true, 5), ("abfahrt", true, true, 1), ("chronik", false, false, 0)],
        "in the order of confirmation"
    );
    let fates = |label: &str| report.outcomes.counts[&("Glosse memory".into(), label.into())];
    assert_eq!(fates("PER"), OutcomeCounts { accepted: 2, ..OutcomeCounts::default() });
    assert_eq!(fates("DATE"), OutcomeCounts { accepted: 1, open: 1, ..OutcomeCounts::default() });
    assert_eq!(fates("LOC"), OutcomeCounts { corrected: 2, ..OutcomeCounts::default() }, "under what was suggested");
    assert_eq!(fates("ORG"), OutcomeCounts { rejected: 1, ..OutcomeCounts::default() });
    let sum = report.outcomes.sum();
    assert_eq!((sum.decided(), sum.total(), sum.shares()), (6, 7, Some([0.5, 2.0 / 6.0, 1.0 / 6.0])));

    // Reopened, an article is not confirmed any more, and that was an action.
    edit(&mut session, &second, |draft| draft.set_progress(Progress::Started));
    let annotator = AnnotatorName::new("eva");
    let read = |seq| session.transaction(seq).ok();
    let works = work_in_journal(session.history(), &annotator, &read, &|| true).expect("not stopped");
    assert_eq!((works[&second].confirmed, works[&second].actions), (None, 6));
    assert_eq!(work_in_journal(session.history(), &annotator, &read, &|| false), None);
    let nobody = work_in_journal(session.history(), &AnnotatorName::new("max"), &read, &|| true);
    assert_eq!(nobody.expect("not stopped").len(), 0);
}

#[test]
fn every_number_is_in_the_csv() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("p");
    create(&root);
    let mut session = Session::open(&root, Access::Write, AnnotatorName::new("eva")).expect("opened");
    let [first, second] = ["abfahrt", "besuch"].map(ArticleId::new);
    for article in [&first, &second] {
        let ids = suggest(&mut session, article, &[("Özdal", "PER"), ("Quellfurt", "LOC")]);
        edit(&mut session, article, |draft| {
            ids.iter().try_for_each(|id| draft.set_status(*id, Status::Accepted))?;
            draft.set_progress(Progress::Done)
        });
    }
    let log = session.store().work_log().expect("a thread").expect("writable");
    let until = Provenance::person("eva", jiff::Timestamp::UNIX_EPOCH).time;
    log.append(WorkStretch { set: session.key(&first), duration: Duration::from_secs(90), until });
    drop(log);
    let mut report = report(&mut session);
    let articles: Vec<Article> = session.project().articles.values().cloned().collect();
    let project = session.project();
    let mut small = project.clone();
    Arc::make_mut(&mut small.settings).evaluation.percent = 100;
    // Three articles are too few for a slice.
    assert!(!EvaluationSlice::of(&small).contains(&first));
    let ordered = report.in_order(&articles);
    assert_eq!(ordered.len(), 3);
    let slice = EvaluationSlice::empty();
    let annotator = session.annotator();
    report.curve = learning_curve(&project.schema, "", annotator, &ordered, &slice, &|_, _| true);
    let mut bytes = Vec::new();
    report.write_csv(&mut bytes).expect("written");
    let text = String::from_utf8(bytes).expect("text");
    for line in [
        "table,item,part,measure,value",
        "evaluation slice,,,articles judged,0",
        "evaluation slice,,,expected calibration error,",
        "outcomes,Glosse memory,PER,accepted,2",
        "outcomes,Glosse memory,LOC,open,0",
        "articles,abfahrt,,minutes,1.5000",
        "articles,abfahrt,,actions,1",
        "articles,besuch,,minutes,",
        "articles,besuch,,annotations,2",
    ] {
        assert!(text.lines().any(|other| other == line), "{line:?} is not in\n{text}");
    }
    assert!(!text.contains("chronik"), "of what nobody touched nothing is said");
    let reader = csv::Reader::from_reader(text.as_bytes())
        .into_records()
        .all(|record| record.is_ok_and(|record| record.len() == 5 && !record[0].is_empty() && !record[3].is_empty()));
    assert!(reader, "{text}");
}
