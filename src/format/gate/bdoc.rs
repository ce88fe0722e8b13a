//! The JSON of the Python library for GATE and of GATE's Bdoc plugin: parsing and printing.

use super::document::{Feature, GateAnnotation, GateDocument, GateSet};
use crate::format::{FormatError, Input, Warning, anchor::Unit, reading::utf8};
use serde_json::{Map, Value, json};

/// The document of a file and what was wrong with it.
pub(super) fn parse(input: &Input<'_>) -> Result<(GateDocument, Vec<Warning>), FormatError> {
    let unreadable = |line, reason: String| FormatError::Unreadable { file: input.name.clone(), line, reason };
    let mut warnings = Vec::new();
    let mut warn = |message: String| warnings.push(Warning { file: input.name.clone(), line: None, message });
    let decoded = utf8(input.bytes);
    if decoded.damaged {
        warn("bytes that are not UTF-8 were replaced by U+FFFD".to_owned());
    }
    let members = match serde_json::from_str(&decoded.text) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(unreadable(None, "the file holds no JSON object".to_owned())),
        Err(error) => return Err(unreadable(Some(error.line()), format!("this is no valid JSON: {error}"))),
    };
    let Some(text) = members.get("text").and_then(Value::as_str).map(str::to_owned) else {
        return Err(unreadable(None, "the document has no \"text\"".to_owned()));
    };
    let unit = match members.get("offset_type").and_then(Value::as_str) {
        Some("j") => Unit::Utf16,
        Some("p") | None => Unit::CodePoint,
        Some(other) => {
            warn(format!("the offset type {other:?} is unknown; offsets were read as code points"));
            Unit::CodePoint
        }
    };
    let mut document = GateDocument {
        text,
        features: members.get("features").map(features).unwrap_or_default(),
        sets: Vec::new(),
        unit,
        pieces_unit: unit,
        members,
    };
    let sets = document.members.shift_remove("annotation_sets");
    for (name, set) in sets.as_ref().and_then(Value::as_object).into_iter().flatten() {
        let mut members = set.as_object().cloned().unwrap_or_default();
        let items = members.shift_remove("annotations").unwrap_or_default();
        let mut annotations = Vec::new();
        for item in items.as_array().into_iter().flatten() {
            match item.as_object() {
                Some(item) => annotations.push(annotation(item)),
                None => warn(format!("an annotation of the set {name:?} is no JSON object and was left out")),
            }
        }
        document.sets.push(GateSet { name: name.clone(), members, annotations, relations: Vec::new() });
    }
    for name in ["text", "features"] {
        // Their places in the file stay; what they hold is here already.
        if let Some(value) = document.members.get_mut(name) {
            *value = Value::Null;
        }
    }
    Ok((document, warnings))
}

fn annotation(item: &Map<String, Value>) -> GateAnnotation {
    let number = |name: &str| item.get(name).and_then(Value::as_u64);
    GateAnnotation {
        id: number("id"),
        label: item.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        place: number("start").zip(number("end")),
        features: item.get("features").map(features).unwrap_or_default(),
        line: None,
    }
}

fn features(value: &Value) -> Vec<Feature> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| Feature::new(name.clone(), value.clone())).collect()
}

fn object(features: &[Feature]) -> Value {
    Value::Object(features.iter().map(|feature| (feature.name.clone(), feature.value.clone())).collect())
}

/// The document as the Python library writes it; offsets are in the unit of the document.
pub(super) fn print(document: &GateDocument) -> String {
    let mut sets = Map::new();
    for set in &document.sets {
        let annotations: Vec<Value> = set.annotations.iter().filter_map(annotation_json).collect();
        let next = set.annotations.iter().filter_map(|annotation| annotation.id).max();
        let next = next.map_or(0, |largest| largest.saturating_add(1));
        let before = set.members.get("next_annid").and_then(Value::as_u64).unwrap_or(0);
        let mut members = set.members.clone();
        members.entry("name").or_insert_with(|| set.name.as_str().into());
        members.insert("annotations".to_owned(), annotations.into());
        members.insert("next_annid".to_owned(), next.max(before).into());
        sets.insert(set.name.clone(), Value::Object(members));
    }
    let mut members = Map::new();
    members.insert("annotation_sets".to_owned(), Value::Object(sets));
    members.extend(document.members.clone());
    members.insert("text".to_owned(), document.text.as_str().into());
    members.insert("features".to_owned(), object(&document.features));
    let unit = if document.unit == Unit::Utf16 { "j" } else { "p" };
    members.insert("offset_type".to_owned(), unit.into());
    members.entry("name").or_insert_with(|| "".into());
    Value::Object(members).to_string()
}

fn annotation_json(annotation: &GateAnnotation) -> Option<Value> {
    let (start, end) = annotation.place?;
    Some(json!({
        "type": annotation.label,
        "start": start,
        "end": end,
        "id": annotation.id,
        "features": object(&annotation.features),
    }))
}
