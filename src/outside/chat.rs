//! Asks a language model through an endpoint for chat completions, as OpenAI made it common and many servers have it.
//!
//! The model answers with a JSON schema that is made from the project's schema. It quotes words rather than counting
//! characters, which it can not do; the words are then found in the text, or the span is left out.

use super::{
    Job, Question,
    protocol::{self, RawAnswer},
};
use serde_json::{Value, json};

const INSTRUCTIONS: &str = "\
You label text. Answer with one JSON object, and nothing else.
`spans` lists every stretch of the text that has one of the labels. `quote` repeats its words exactly as they stand in the \
text, as few as belong to it. If the same words stand in the text several times, list each place that has the label, and \
say in `occurrence` at which place it is, counted from 1; otherwise `occurrence` is null. `id` is a name for the span, such as s1. \
`reason` says in a few words why.
Take nothing that is not in the text, and no label that is not in the list.";

const RELATIONS: &str = "
`relations` lists what links spans. The arguments name spans by `id`. Take only roles that the relation has.";

/// The body of the request about an article.
pub(super) fn request(job: &Job<'_>, question: &Question, model: &str, prompt: &str) -> String {
    let schema = protocol::schema_object(job.schema);
    let mut instructions = INSTRUCTIONS.to_owned();
    if !job.schema.relations.is_empty() {
        instructions.push_str(RELATIONS);
    }
    instructions.push_str(&format!("\nLabels and relations: {schema}"));
    if !prompt.trim().is_empty() {
        instructions.push_str(&format!("\n{}", prompt.trim()));
    }
    let body = json!({
        "model": model,
        "messages": [
            { "role": "system", "content": instructions },
            { "role": "user", "content": question.text.as_str() },
        ],
        "temperature": 0,
        "stream": false,
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": "annotations", "strict": true, "schema": answer_schema(job) },
        },
    });
    body.to_string()
}

/// The JSON schema that answers have to fit.
fn answer_schema(job: &Job<'_>) -> Value {
    let object = |properties: Value| {
        let required: Vec<&String> = properties.as_object().into_iter().flat_map(|object| object.keys()).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    let labels: Vec<&str> = job.schema.labels.iter().map(|label| &*label.name).collect();
    let text = json!({ "type": "string" });
    let span = object(json!({
        "id": text,
        "quote": text,
        "occurrence": { "type": ["integer", "null"] },
        "label": { "type": "string", "enum": labels },
        "reason": text,
    }));
    let mut properties = json!({ "spans": { "type": "array", "items": span } });
    let relations: Vec<Value> = job
        .schema
        .relations
        .iter()
        .map(|relation| {
            let roles: Vec<&str> = relation.arguments.iter().map(|role| &*role.role).collect();
            let argument = object(json!({ "role": { "type": "string", "enum": roles }, "span": text }));
            object(json!({
                "label": { "type": "string", "enum": [&*relation.name] },
                "trigger": { "type": ["string", "null"] },
                "arguments": { "type": "array", "items": argument },
                "reason": text,
            }))
        })
        .collect();
    if let (false, Some(properties)) = (relations.is_empty(), properties.as_object_mut()) {
        properties.insert("relations".to_owned(), json!({ "type": "array", "items": { "anyOf": relations } }));
    }
    object(properties)
}

/// The answer in the body of a response.
///
/// # Errors
/// If it is none; says what it is instead.
pub(super) fn answer(body: &[u8]) -> Result<RawAnswer, String> {
    let response: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let short = |value: &Value| value.as_str().unwrap_or_default().chars().take(200).collect::<String>();
    let choice = response.pointer("/choices/0").ok_or("it has no `choices`")?;
    let message = choice.get("message").ok_or("it has no `message`")?;
    if let Some(refusal) = message.get("refusal").filter(|refusal| refusal.is_string()) {
        return Err(format!("the model refused: {}", short(refusal)));
    }
    let content = message.get("content").and_then(Value::as_str).ok_or("it has no `content`")?;
    let mut raw = protocol::answer(without_fence(content).as_bytes()).map_err(|error| {
        let cut_off = choice.get("finish_reason").and_then(Value::as_str) == Some("length");
        let why = if cut_off { "; the model ran out of room, raise its limit or shorten the article" } else { "" };
        format!("what the model wrote is no JSON as it was asked for ({error}){why}")
    })?;
    // What a model makes up about the article or about places must not count.
    raw.id = None;
    raw.unit = None;
    for span in &mut raw.spans {
        if let Some(span) = span.as_object_mut() {
            for member in ["start", "end", "fragments", "score"] {
                span.remove(member);
            }
        }
    }
    raw.version = response.get("model").and_then(Value::as_str).map(str::to_owned);
    Ok(raw)
}

/// The JSON in what may be a block of Markdown.
fn without_fence(content: &str) -> &str {
    let content = content.trim();
    let inside = content.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.map_or(content, |inside| inside.trim_start_matches(|char: char| char.is_ascii_alphabetic()).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_the_forms_that_servers_give_them() {
        let check = |content: Value, finish: &str, expected: Result<usize, &str>| {
            let body = json!({ "model": "klein-1", "choices": [{ "finish_reason": finish, "message": content }] });
            match (answer(body.to_string().as_bytes()), expected) {
                (Ok(raw), Ok(spans)) => {
                    assert_eq!((raw.spans.len(), raw.version.as_deref()), (spans, Some("klein-1")), "{body}");
                    assert!(raw.spans.iter().all(|span| span.get("start").is_none()), "{body}");
                }
                (Err(error), Err(part)) => assert!(error.contains(part), "{part} is not in {error}"),
                (result, _) => panic!("{body}: {result:?}"),
            }
        };
        let good = r#"{"spans":[{"quote":"Köln","start":7,"label":"LOC"}]}"#;
        check(json!({ "content": good }), "stop", Ok(1));
        check(json!({ "content": format!("```json\n{good}\n```"), "refusal": null }), "stop", Ok(1));
        check(json!({ "content": "{}" }), "stop", Ok(0));
        check(json!({ "content": &good[..20] }), "length", Err("ran out of room"));
        check(json!({ "content": "Gern!" }), "stop", Err("no JSON"));
        check(json!({ "refusal": "Nein." }), "stop", Err("refused: Nein."));
        check(json!({ "content": null }), "stop", Err("no `content`"));
        assert!(answer(b"{}").expect_err("no answer").contains("choices"));
        assert!(answer(b"<html>").is_err());
    }
}
