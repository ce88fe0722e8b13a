//! The JSON objects that Glosse and extractors exchange; `protocol.md` describes them for users.

use super::Question;
use crate::{
    model::{Name, Repeat, Schema, TriggerRule},
    text::{ByteOffset, TextRange},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The question about an article as one JSON object.
pub(super) fn question(question: &Question, schema: &Schema, with_annotations: bool) -> Value {
    let text = question.text.as_str();
    let mut object = json!({
        "id": question.article.as_str(),
        "text": text,
        "language": question.language,
        "unit": "code_point",
        "schema": schema_object(schema),
    });
    if with_annotations && let Some(object) = object.as_object_mut() {
        let code_point = |offset: ByteOffset| question.text.table().code_point_from_byte(text, offset);
        let pair = |range: TextRange| json!([code_point(range.start()), code_point(range.end())]);
        let spans = question.present.iter().map(|span| {
            json!({
                "id": span.id.0,
                "fragments": span.fragments.iter().map(pair).collect::<Vec<_>>(),
                "text": span.fragments.surface(text),
                "label": &*span.label,
                "status": span.status.as_str(),
            })
        });
        object.insert("spans".to_owned(), spans.collect());
    }
    object
}

/// The schema as far as an extractor can make use of it.
pub(super) fn schema_object(schema: &Schema) -> Value {
    let labels: Vec<Value> =
        schema.labels.iter().map(|label| json!({ "name": &*label.name, "description": label.description })).collect();
    let relations: Vec<Value> = schema
        .relations
        .iter()
        .map(|relation| {
            let roles: Vec<Value> = relation
                .arguments
                .iter()
                .map(|role| {
                    let repeat = match role.repeat {
                        Repeat::One => "one",
                        Repeat::Optional => "optional",
                        Repeat::Many => "many",
                    };
                    json!({ "role": &*role.role, "allowed": names(&role.allowed), "repeat": repeat })
                })
                .collect();
            let trigger = match &relation.trigger {
                TriggerRule::None => Value::Null,
                TriggerRule::Optional(labels) => json!({ "required": false, "labels": names(labels) }),
                TriggerRule::Required(labels) => json!({ "required": true, "labels": names(labels) }),
            };
            json!({
                "name": &*relation.name,
                "description": relation.description,
                "roles": roles,
                "trigger": trigger,
            })
        })
        .collect();
    json!({ "labels": labels, "relations": relations })
}

fn names(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

/// An answer as it came. Spans and relations are read one by one, so that a bad one costs only itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAnswer {
    pub(super) id: Option<Reference>,
    pub(super) version: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) spans: Vec<Value>,
    pub(super) relations: Vec<Value>,
    pub(super) warnings: Vec<String>,
    pub(super) error: Option<String>,
}

/// A name for a span: text or a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Reference {
    Number(u64),
    Text(String),
}

impl Reference {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// The number that it is or spells.
    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => u32::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// A span of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct RawSpan {
    pub(super) id: Option<Reference>,
    pub(super) start: Option<u64>,
    pub(super) end: Option<u64>,
    #[serde(default)]
    pub(super) fragments: Vec<(u64, u64)>,
    #[serde(alias = "quote")]
    pub(super) text: Option<String>,
    /// Which of the places that have the text, from 1.
    pub(super) occurrence: Option<u64>,
    pub(super) label: String,
    pub(super) score: Option<f64>,
    pub(super) reason: Option<String>,
}

/// A relation of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct RawRelation {
    pub(super) label: String,
    pub(super) trigger: Option<Reference>,
    #[serde(default)]
    pub(super) arguments: Vec<RawArgument>,
    pub(super) score: Option<f64>,
    pub(super) reason: Option<String>,
}

/// A participant of a relation of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct RawArgument {
    pub(super) role: String,
    pub(super) span: Reference,
}

/// Reads an answer.
///
/// # Errors
/// If it is no JSON object of this shape; says what is wrong.
pub(super) fn answer(json: &[u8]) -> Result<RawAnswer, String> {
    let text = std::str::from_utf8(json).map_err(|_| "it is not UTF-8".to_owned())?;
    if !text.trim_start().starts_with('{') {
        return Err("it is no JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The start of something that came, for messages.
pub(super) fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..400).unwrap_or(bytes)).into_owned();
    let mut start: String = text.trim().chars().take(80).collect();
    if text.trim().chars().nth(80).is_some() {
        start.push('…');
    }
    start
}
