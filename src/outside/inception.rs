//! Asks external recommenders of INCEpTION: a POST to `/predict` with the article as CAS XMI, which comes back with what
//! they would annotate. See the chapter "External recommender" of INCEpTION's developer guide.

use super::{
    Job, Question,
    protocol::RawAnswer,
    xmi::{self, Layer},
};
use crate::format::anchor::{Anchors, Unit};
use serde_json::{Value, json};

/// True in annotations that are predictions.
const PREDICTED: &str = "inception_internal_predicted";

/// The body of the request about an article.
pub(super) fn request(job: &Job<'_>, question: &Question, layer: &str, feature: &str) -> String {
    let layer = Layer { name: layer, feature, flag: PREDICTED };
    let present = if job.extractor.sends_annotations { question.present.as_slice() } else { &[] };
    let body = json!({
        "metadata": {
            "layer": layer.name,
            "feature": feature,
            "projectId": 0,
            "anchoringMode": "characters",
            "crossSentence": true,
        },
        "document": {
            "xmi": xmi::document(&question.text, &question.language, &layer, present),
            "documentId": 0,
            "userId": "glosse",
        },
        "typeSystem": xmi::type_system(&layer),
    });
    body.to_string()
}

/// The predictions in the body of a response.
///
/// # Errors
/// If there is no CAS in it that can be read; says why.
pub(super) fn answer(body: &[u8], layer: &str, feature: &str) -> Result<RawAnswer, String> {
    let response: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let document = response.get("document").and_then(Value::as_str).ok_or("it has no `document`")?;
    let layer = Layer { name: layer, feature, flag: PREDICTED };
    let cas = xmi::read(document, &layer)?;
    // The text that comes back proves the offsets, as they count in it.
    let anchors = cas.text.as_deref().map(|text| (text, Anchors::new(text)));
    let spans = cas.annotations.into_iter().map(|found| {
        let covered = anchors.as_ref().and_then(|(text, anchors)| {
            let range = anchors.range(Unit::Utf16, found.begin, found.end)?;
            range.slice(text)
        });
        json!({
            "start": found.begin,
            "end": found.end,
            "text": covered,
            "label": found.label,
            "score": found.score,
            "reason": found.explanation,
        })
    });
    let spans = spans.collect();
    let warnings = match anchors {
        Some(_) => Vec::new(),
        None => vec!["the CAS has no text; offsets could not be proven".to_owned()],
    };
    Ok(RawAnswer {
        unit: Some(Unit::Utf16.as_str().to_owned()),
        version: response.get("version").and_then(Value::as_str).map(str::to_owned),
        spans,
        warnings,
        ..RawAnswer::default()
    })
}
