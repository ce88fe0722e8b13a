//! Attribute values and scores as other formats write them.

use crate::model::{AttributeValue, Attributes};
use serde_json::{Map, Value};

/// Attributes as the members of a JSON object.
pub(super) fn json_from_attributes(attributes: &Attributes) -> Map<String, Value> {
    let value = |value: &AttributeValue| match value {
        AttributeValue::Flag(flag) => Value::from(*flag),
        AttributeValue::Number(number) => Value::from(*number),
        AttributeValue::Text(text) => Value::from(&**text),
    };
    attributes.iter().map(|(name, found)| (name.to_string(), value(found))).collect()
}

/// Attributes from the members of a JSON object; says in `warn` what was changed or left out.
pub(super) fn attributes_from_json(object: &Map<String, Value>, warn: &mut dyn FnMut(String)) -> Attributes {
    let mut attributes = Attributes::new();
    for (name, value) in object {
        let value = match value {
            Value::Bool(flag) => Some(AttributeValue::Flag(*flag)),
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(AttributeValue::Number),
            Value::String(text) => Some(AttributeValue::Text(text.as_str().into())),
            Value::Null => None,
            Value::Array(_) | Value::Object(_) => {
                warn(format!("the value of the attribute {name:?} is a list or object; kept as JSON text"));
                Some(AttributeValue::Text(value.to_string().into()))
            }
        };
        match value {
            Some(value) => {
                attributes.insert(name.as_str().into(), value);
            }
            None => warn(format!("the attribute {name:?} has no value and was left out")),
        }
    }
    attributes
}

/// The number with the fewest digits that reads back as `score`.
pub(super) fn json_from_score(score: f32) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// A score written as a number; `None` if it is none.
pub(super) fn score_from_text(text: &str) -> Option<f32> {
    text.parse::<f32>().ok().filter(|score| score.is_finite())
}

/// A value as plain text: strings without quotes, everything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
