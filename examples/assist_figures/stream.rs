//! What a stream of documents costs, of which each is suggested, corrected, confirmed and learned from.

use crate::{Figures, corpus, shuffle};
use glosse::{
    assist::{Reason, SpanProposal, tagger::Example},
    model::{
        AnnotationId, AnnotationSet, CorrectedFrom, Fragments, LabelDefinition, Name, Progress, Provenance, Schema,
        Span, Status,
    },
    session::{
        Revision,
        suggest::{Suggester, THRESHOLD, lesson, suggested_span, train as train_project},
    },
    text::{ByteOffset, TextRange},
};
use std::{collections::BTreeSet, time::Instant};

/// The documents of SmartData that come from the web, in the order of the file.
pub fn smartdata() -> Option<Vec<Example>> {
    let text = corpus("smartdata-train.jsonl")?;
    let mut documents = Vec::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        if !record["id"].as_str().expect("it has an id").starts_with("http") {
            continue;
        }
        let text = record["text"].as_str().expect("it has a text");
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let place = |value: &serde_json::Value| bytes[value.as_u64().expect("a number") as usize];
        let span = |entity: &serde_json::Value| {
            let range = TextRange::from_usize(place(&entity["start"]), place(&entity["end"]));
            (range, Name::from(entity["type"].as_str().expect("it has a type")))
        };
        let spans = record["entities"].as_array().expect("a list").iter().map(span).collect();
        documents.push(Example::new(text, spans));
    }
    Some(documents)
}

/// Documents at which the last 50 are summed up, with what is asked there.
const WINDOWS: [(usize, Option<f64>); 5] =
    [(100, Some(62.0)), (150, None), (200, None), (250, None), (300, Some(68.0))];

/// A stream of documents, each suggested by all that the program has, corrected and learned from: actions against labelling by
/// hand.
///
/// By hand an entity costs 2 actions. With proposals a document costs 1 (confirm), a wrong label 1, a wrong place 2, a missing
/// entity 2, a proposal that is none 1, unless something else is labelled over it: then it goes by itself. What is guessed costs
/// nothing where confirming leaves it out, and 1 where it is right: a key takes it, or that of another label. A wrong place costs
/// 1 where the likeliest other reading is right. Going from one to the next costs nothing, for suggestions and guesses alike.
///
/// Shares are over the 50 documents that end at the one named, mean of three orders: as if there were neither guesses nor readings
/// and proposals stood still while somebody corrects them; as they are, following every correction; and the same where every
/// guess that is stepped over on the way to one that is right costs 1, up to the 2 of labelling by hand.
pub fn stream(figures: &mut Figures) {
    let Some(all) = smartdata() else { return };
    let schema = schema(&all);
    let mut saved = [[0.0; 3]; WINDOWS.len()];
    let mut times = Vec::new();
    for seed in 1..=3 {
        let mut documents = all.clone();
        shuffle(&mut documents, seed);
        documents.truncate(300);
        let mut costs: Vec<[f64; 4]> = Vec::new();
        let mut suggester = Suggester::new(&schema, "");
        let mut lessons = Vec::new();
        let mut trained_on = 0;
        for (number, document) in documents.iter().enumerate() {
            let proposals = suggester.proposals(document.text(), None, THRESHOLD);
            let still = actions(document, &proposals);
            let ([following, stepping], confirmed) = correct(document, &mut suggester);
            costs.push([2.0 * document.spans.len() as f64, still, following, stepping]);
            suggester.memory_mut().observe(document.text(), &confirmed);
            let Some(lesson) = lesson(document.text(), &confirmed) else { continue };
            // As the program does: the whole again when it is half as much again, single steps in between.
            if !suggester.has_tagger() || (lessons.len() + 1) * 2 >= trained_on * 3 {
                lessons.push(lesson);
                trained_on = lessons.len();
                let tagger = train_project(&lessons, &|| true).expect("nothing stops it");
                tagger.into_iter().for_each(|tagger| suggester.set_tagger(tagger));
            } else {
                let start = Instant::now();
                suggester.update(&lesson, &lessons, number as u64);
                times.push(start.elapsed().as_secs_f64() * 1e3);
                lessons.push(lesson);
            }
        }
        for (sums, (end, _)) in saved.iter_mut().zip(WINDOWS) {
            let sum = |which: usize| costs[end - 50..end].iter().map(|cost| cost[which]).sum::<f64>();
            for (share, with) in sums.iter_mut().zip([1, 2, 3]) {
                *share += 100.0 * (1.0 - sum(with) / sum(0)) / 3.0;
            }
        }
    }
    for ([still, following, stepping], (document, asked)) in saved.into_iter().zip(WINDOWS) {
        eprintln!(
            "  at document {document}: {following:.1} % saved; {stepping:.1} % if stepping over guesses costs; without guesses and \
             if no correction spread {still:.1} %"
        );
        if let Some(asked) = asked {
            figures.above(&format!("actions saved at document {document}, confirm mode"), following, "%", asked);
        }
    }
    times.sort_by(f64::total_cmp);
    figures.below("update after a document of the stream (16 types), median", times[times.len() / 2], "ms", 30.0);
    figures.below("update after a document of the stream (16 types), p95", times[times.len() * 95 / 100], "ms", 80.0);
}

/// The labels of all documents.
fn schema(documents: &[Example]) -> Schema {
    let labels: BTreeSet<&Name> =
        documents.iter().flat_map(|document| document.spans.iter().map(|(_, label)| label)).collect();
    let definition =
        |name: &Name| LabelDefinition { name: name.clone(), color: None, key: None, description: String::new() };
    Schema { labels: labels.into_iter().map(definition).collect(), ..Schema::default() }
}

/// Goes through a document from its beginning, mends the first thing that is wrong, sees what is proposed then, and so on, until
/// all is right and one key confirms it: how many actions that took, without and with steps over guesses, and how the document
/// stands then.
fn correct(document: &Example, suggester: &mut Suggester) -> ([f64; 2], AnnotationSet) {
    let text = document.text();
    let found = suggester.found(text, "", text.len());
    let mut decided: Vec<Span> = Vec::new();
    let mut suggested: Vec<Span> = Vec::new();
    let mut actions = [1.0; 2];
    let mut at = ByteOffset(0);
    loop {
        let set = annotations(decided.clone(), Progress::Started);
        revise(&mut suggested, suggester, &found, text, &decided);
        let proposals: Vec<SpanProposal> = suggested.iter().map(proposal).collect();
        let with_suggestions = annotations(decided.iter().chain(&suggested).cloned().collect(), Progress::Started);
        let guesses = suggester.guesses(&found, text, Some(&with_suggestions), THRESHOLD, &|_| false);
        let is_guessed = |(range, _): &(TextRange, Name)| guesses.iter().any(|guess| guess.range == *range);
        let missing_cost = |wanted: &(TextRange, Name)| if is_guessed(wanted) { 1.0 } else { 2.0 };
        let stepped_over = |(range, _): &(TextRange, Name)| {
            let between = |guess: &&SpanProposal| guess.range.start() >= at && guess.range < *range;
            guesses.iter().filter(between).count() as f64
        };
        // What the key for another reading gives: the likeliest one with other edges that lies over nothing that stands.
        let is_other_reading = |proposal: &SpanProposal, (range, label): &(TextRange, Name)| {
            let others = found.iter().filter(|reading| {
                reading.range.overlaps(proposal.range)
                    && reading.range != proposal.range
                    && suggester.overlap().is_free(Some(&set), reading, &|_| false)
                    && !suggested.iter().any(|span| is_same(span, reading))
            });
            let best = others.min_by(|one, other| one.likeliest_first(other));
            best.is_some_and(|best| (best.range, &best.label) == (*range, label))
        };
        let mut missing: Vec<(TextRange, Name)> = document
            .spans
            .iter()
            .filter(|wanted| !decided.iter().any(|span| is_accepted(span, wanted)))
            .cloned()
            .collect();
        missing.sort_unstable();
        let mut wrong: Vec<SpanProposal> = proposals;
        wrong.retain(|proposal| {
            let found = missing.iter().position(|(range, label)| (*range, label) == (proposal.range, &proposal.label));
            found.map(|at| missing.remove(at)).is_none()
        });
        let first_wrong = wrong.iter().min_by_key(|proposal| proposal.range);
        let id = AnnotationId(decided.len() as u32 + 1);
        let comes_first = |proposal: &&SpanProposal| {
            let is_before = |(range, _): &(TextRange, Name)| {
                proposal.range.start() <= range.start() || range.overlaps(proposal.range)
            };
            missing.first().is_none_or(is_before)
        };
        let mut steps = 0.0;
        let (cost, decision) = if let Some(proposal) = first_wrong.filter(comes_first) {
            let relabelled = missing.iter().find(|(range, _)| *range == proposal.range);
            let over = |wanted: &&(TextRange, Name)| wanted.0.overlaps(proposal.range);
            let resized = missing.iter().filter(over).find(|(_, label)| *label == proposal.label);
            // The suggestion goes by itself where something else is labelled over it.
            let replaced = missing.iter().find(over);
            match (relabelled, resized.or(replaced)) {
                (Some(wanted), _) => (1.0, span(id, wanted, Status::Accepted, Some(proposal))),
                (None, Some(wanted)) if is_other_reading(proposal, wanted) => {
                    (1.0, span(id, wanted, Status::Accepted, Some(proposal)))
                }
                (None, Some(wanted)) => {
                    let corrected = Some(proposal).filter(|_| resized.is_some());
                    (2.0, span(id, wanted, Status::Accepted, corrected))
                }
                (None, None) => (1.0, span(id, &(proposal.range, proposal.label.clone()), Status::Rejected, None)),
            }
        } else if let Some(wanted) = missing.first() {
            steps = stepped_over(wanted);
            (missing_cost(wanted), span(id, wanted, Status::Accepted, None))
        } else {
            break;
        };
        actions[0] += cost;
        actions[1] += (cost + steps).min(2.0);
        at = decision.fragments.end();
        suggester.memory_mut().observe_span(text, &decision);
        decided.push(decision);
    }
    for span in &decided {
        suggester.memory_mut().forget_span(text, span);
    }
    for wanted in &document.spans {
        if !decided.iter().any(|span| is_accepted(span, wanted)) {
            decided.push(span(AnnotationId(decided.len() as u32 + 1), wanted, Status::Accepted, None));
        }
    }
    (actions, annotations(decided, Progress::Done))
}

/// Makes suggestions those that the program has now beside what was decided: what is there stays a while, though less likely.
fn revise(suggested: &mut Vec<Span>, suggester: &Suggester, found: &[SpanProposal], text: &str, decided: &[Span]) {
    // Decided spans are numbered from 1 on.
    let next = |suggested: &[Span]| suggested.iter().map(|span| span.id.0).max().unwrap_or(0).max(1_000_000) + 1;
    let set = annotations(decided.iter().chain(&*suggested).cloned().collect(), Progress::Started);
    let revision = Revision::new(suggester, found, text, Some(&set), THRESHOLD, &|_| false);
    suggested.retain(|span| !revision.removed.contains(&span.id));
    for (id, proposal) in revision.revised {
        let place = suggested.iter_mut().find(|span| span.id == id).expect("it is suggested");
        *place = Span { id, ..suggested_span(&proposal, jiff::Timestamp::UNIX_EPOCH) };
    }
    for proposal in revision.added {
        let id = AnnotationId(next(suggested));
        suggested.push(Span { id, ..suggested_span(&proposal, jiff::Timestamp::UNIX_EPOCH) });
    }
}

/// A suggestion as the proposal that it was.
fn proposal(span: &Span) -> SpanProposal {
    let score = span.provenance.score.unwrap_or_default();
    let reason = Reason::Tagger { model: String::new().into() };
    SpanProposal { range: span.fragments.hull(), label: span.label.clone(), score, reason }
}

fn is_same(span: &Span, proposal: &SpanProposal) -> bool {
    span.fragments.hull() == proposal.range && span.label == proposal.label
}

fn is_accepted(span: &Span, (range, label): &(TextRange, Name)) -> bool {
    span.status == Status::Accepted && span.fragments.hull() == *range && span.label == *label
}

/// A span as somebody decided it, of what was proposed if it was corrected.
fn span(id: AnnotationId, (range, label): &(TextRange, Name), status: Status, from: Option<&SpanProposal>) -> Span {
    let provenance = Provenance::person("gold", jiff::Timestamp::UNIX_EPOCH);
    let corrected_from = from.map(|proposal| {
        let fragments = (proposal.range != *range).then(|| Fragments::one(proposal.range));
        Box::new(CorrectedFrom { fragments, label: proposal.label.clone(), provenance: provenance.clone() })
    });
    Span {
        id,
        label: label.clone(),
        fragments: Fragments::one(*range),
        attributes: Default::default(),
        entity: None,
        note: String::new(),
        provenance,
        status,
        corrected_from,
    }
}

fn annotations(spans: Vec<Span>, progress: Progress) -> AnnotationSet {
    AnnotationSet::from_parts(1, progress, spans, Vec::new(), Vec::new()).0
}

/// What it costs to make the proposals right, if none comes or changes meanwhile.
fn actions(document: &Example, proposals: &[SpanProposal]) -> f64 {
    let mut gold: Vec<&(TextRange, Name)> = document.spans.iter().collect();
    let mut rest = Vec::new();
    let mut actions = 1.0;
    for span in proposals {
        match gold.iter().position(|(range, label)| *range == span.range && *label == span.label) {
            Some(at) => drop(gold.swap_remove(at)),
            None => rest.push(span),
        }
    }
    let mut others = Vec::new();
    for span in rest {
        match gold.iter().position(|(range, _)| *range == span.range) {
            Some(at) => {
                gold.swap_remove(at);
                actions += 1.0;
            }
            None => others.push(span),
        }
    }
    for span in others {
        match gold.iter().position(|(range, label)| range.overlaps(span.range) && *label == span.label) {
            Some(at) => {
                gold.swap_remove(at);
                actions += 2.0;
            }
            // It goes by itself where something else is labelled over it.
            None if document.spans.iter().any(|(range, _)| range.overlaps(span.range)) => {}
            None => actions += 1.0,
        }
    }
    actions + 2.0 * gold.len() as f64
}
