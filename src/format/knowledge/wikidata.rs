//! Entities of Wikidata, one JSON object a line: as in its dumps, or simpler as people write it.
//!
//! Read are `id`, `labels`, `aliases`, `descriptions` and the claims `P31` (instance of). Texts may be `{"de": {"value": …}}`
//! as in dumps, `{"de": "…"}`, or a plain string or list without language; classes may also stand in `instance_of` as a list.

use super::{
    KnowledgeError, KnowledgeOptions, KnowledgeWarning, KnownEntity, Names, Take, Warnings, io_error,
    line_reader::{Line, next_line},
    scheme_and_id,
};
use serde_json::Value;
use std::io::BufRead;

pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &KnowledgeOptions,
    take: Take<'_>,
) -> Result<Vec<KnowledgeWarning>, KnowledgeError> {
    let mut warnings = Warnings::default();
    let mut number = 0;
    while let Some(line) = next_line(reader).map_err(io_error)? {
        number += 1;
        let line = match line {
            Line::Text(line) => line,
            Line::Unreadable(why) => {
                warnings.add(number, "lines that can not be read", format!("{why}; left out"));
                continue;
            }
        };
        // A dump is one list with an entity in each line.
        let line = line.trim_start_matches('\u{feff}').trim().trim_end_matches(',');
        if matches!(line, "" | "[" | "]") {
            continue;
        }
        let record: Value = match serde_json::from_str(line) {
            Ok(record) => record,
            Err(error) => {
                let message = format!("no JSON ({error}); left out");
                warnings.add(number, "lines that are no JSON", message);
                continue;
            }
        };
        match entity(&record, options) {
            Ok(entity) => {
                if !take(KnownEntity { line: number, ..entity }) {
                    return Err(KnowledgeError::Stopped);
                }
            }
            Err((kind, message)) => warnings.add(number, kind, message),
        }
    }
    Ok(warnings.finish(number))
}

fn entity(record: &Value, options: &KnowledgeOptions) -> Result<KnownEntity, (&'static str, String)> {
    let Value::Object(_) = record else { return Err(("lines that are no object", "no object; left out".to_owned())) };
    let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
    let mut names = Names::default();
    for (language, name) in texts(record.get("labels").or_else(|| record.get("label")).or_else(|| record.get("name"))) {
        if let Some(place) = place(options, language) {
            names.preferred(place, name);
        }
    }
    for (language, name) in texts(record.get("aliases")) {
        if place(options, language).is_some() {
            names.other(name);
        }
    }
    let Some((name, aliases)) = names.finish() else {
        let languages =
            if options.languages.is_empty() { "any language".to_owned() } else { options.languages.join(", ") };
        return Err((
            "entities without a name in the chosen languages",
            format!("{id} has no name in {languages}; left out"),
        ));
    };
    let note = texts(record.get("descriptions").or_else(|| record.get("description")))
        .into_iter()
        .filter_map(|(language, text)| Some((place(options, language)?, text)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, text)| text.trim().to_owned());
    let (scheme, id) = scheme_and_id(id, options);
    let classes = classes(record);
    let kind = options.kinds.label(classes.iter().map(String::as_str));
    Ok(KnownEntity { line: 0, scheme, id, name, aliases, kind, note: note.unwrap_or_default() })
}

/// The place of a language; texts without one are as good as the first.
fn place(options: &KnowledgeOptions, language: Option<&str>) -> Option<usize> {
    language.map_or(Some(0), |language| match language {
        // Wikidata's names for all languages.
        "mul" => Some(options.languages.len()),
        _ => options.place(language),
    })
}

/// Texts with their language, whatever the form.
fn texts(value: Option<&Value>) -> Vec<(Option<&str>, &str)> {
    fn plain<'a>(value: &'a Value, language: Option<&'a str>, found: &mut Vec<(Option<&'a str>, &'a str)>) {
        match value {
            Value::String(text) => found.push((language, text)),
            Value::Array(values) => values.iter().for_each(|value| plain(value, language, found)),
            Value::Object(members) => {
                if let Some(text) = members.get("value").and_then(Value::as_str) {
                    found.push((members.get("language").and_then(Value::as_str).or(language), text));
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    match value {
        Some(Value::Object(members)) if !members.contains_key("value") => {
            members.iter().for_each(|(language, value)| plain(value, Some(language), &mut found));
        }
        Some(value) => plain(value, None, &mut found),
        None => {}
    }
    found
}

/// The classes that it is an instance of.
fn classes(record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let claims = record.get("claims").and_then(|claims| claims.get("P31")).or_else(|| record.get("P31"));
    for claim in claims.and_then(Value::as_array).into_iter().flatten() {
        let value = claim.pointer("/mainsnak/datavalue/value/id").or_else(|| claim.pointer("/id")).unwrap_or(claim);
        found.extend(value.as_str().map(str::to_owned));
    }
    let simple = record.get("instance_of").or_else(|| record.get("type")).or_else(|| record.get("kind"));
    match simple {
        Some(Value::String(class)) => found.push(class.clone()),
        Some(Value::Array(classes)) => found.extend(classes.iter().filter_map(Value::as_str).map(str::to_owned)),
        _ => {}
    }
    found
}
