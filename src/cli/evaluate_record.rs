//! What `glosse evaluate --json` prints.

use crate::{
    compare::{Labelled, Scheme, Score},
    session::{
        Session,
        evaluate::{Evaluation, Found, Side},
        opinion::Opinion,
    },
    text::TextRange,
};
use serde_json::{Map, Value, json};

/// The answer as one object.
pub(super) fn record(
    session: &Session,
    (gold, predicted): (&Opinion, &Opinion),
    evaluation: &Evaluation,
    errors: bool,
) -> Value {
    let spans = &evaluation.spans;
    let by_scheme = |one: &dyn Fn(Scheme) -> Value| -> Value {
        Value::Object(Scheme::ALL.into_iter().map(|scheme| (scheme.as_str().to_owned(), one(scheme))).collect())
    };
    let labels: Map<String, Value> = spans
        .labels
        .iter()
        .map(|(label, scores)| {
            let scores = by_scheme(&|scheme| score(&scores.get(&scheme).copied().unwrap_or_default()));
            (label.to_string(), scores)
        })
        .collect();
    let average = |scheme| {
        let average = spans.macro_average(scheme);
        json!({ "precision": average.precision, "recall": average.recall, "f1": average.f1 })
    };
    let confusion = spans.confusion.iter().map(|((gold, predicted), count)| {
        json!({ "gold": gold.as_deref(), "predicted": predicted.as_deref(), "count": count })
    });
    let relations: Map<String, Value> = evaluation
        .relations
        .labels
        .iter()
        .map(|(label, (whole, arguments))| {
            (label.to_string(), json!({ "whole": score(whole), "arguments": score(arguments) }))
        })
        .collect();
    let attributes: Map<String, Value> =
        evaluation.attributes.iter().map(|(name, one)| (name.to_string(), score(one))).collect();
    let side_name = |side: Side| match side {
        Side::Gold => "gold",
        Side::Predicted => "predicted",
    };
    let not_compared = evaluation
        .not_compared
        .iter()
        .map(|(part, side)| json!({ "what": part.as_str(), "missing": side_name(*side) }));
    let left_out = evaluation
        .left_out
        .iter()
        .map(|(article, side)| json!({ "article": article.as_str(), "missing": side_name(*side) }));
    let mut record = json!({
        "gold": gold.to_string(),
        "predicted": predicted.to_string(),
        "articles": evaluation.articles.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
        "not_compared": not_compared.collect::<Vec<_>>(),
        "undecided": evaluation.undecided,
        "spans": {
            "micro": by_scheme(&|scheme| score(&spans.micro(scheme))),
            "macro": by_scheme(&average),
            "labels": labels,
        },
        "confusion": confusion.collect::<Vec<_>>(),
        "attributes": attributes,
        "relations": {
            "whole": score(&evaluation.relations.whole),
            "arguments": score(&evaluation.relations.arguments),
            "labels": relations,
        },
        "document_labels": score(&evaluation.document_labels),
        "kappa": evaluation.agreement.kappa(),
        "tokens": evaluation.agreement.tokens(),
    });
    if errors && let Some(record) = record.as_object_mut() {
        let errors = evaluation.errors.iter().map(|found| error(session, found)).collect();
        record.insert("errors".to_owned(), Value::Array(errors));
    }
    record
}

fn score(score: &Score) -> Value {
    json!({
        "correct": score.correct,
        "incorrect": score.incorrect,
        "partial": score.partial,
        "missed": score.missed,
        "spurious": score.spurious,
        "precision": score.precision(),
        "recall": score.recall(),
        "f1": score.f1(),
    })
}

fn error(session: &Session, found: &Found) -> Value {
    let text = session.project().article(&found.article).and_then(|article| article.text.clone());
    let place = |range: TextRange| {
        text.as_ref().map(|text| {
            let count = |byte| text.table().code_point_from_byte(text.as_str(), byte);
            [count(range.start()), count(range.end())]
        })
    };
    let side = |side: &Option<Labelled>| {
        side.as_ref().map(|side| json!({ "label": &*side.label, "place": place(side.range) }))
    };
    json!({
        "article": found.article.as_str(),
        "kind": found.kind.as_str(),
        "what": if found.is_relation { "relation" } else { "span" },
        "gold": side(&found.gold),
        "predicted": side(&found.predicted),
        "text": found.words,
    })
}
