//! The JSON files from which spaCy 2 learned: lists of texts with offsets, or documents of tokens with tags.

use crate::format::{
    Input,
    conll::{chunks, parse},
    json_lines::Object,
};
use serde_json::{Value, json};

/// How much of a file shows what it is.
const HEAD: usize = 1 << 14;

/// True if the file begins like one of these.
pub(super) fn is_training(input: &Input<'_>) -> bool {
    let head = String::from_utf8_lossy(input.bytes.get(..input.bytes.len().min(HEAD)).unwrap_or_default());
    let head = head.trim_start_matches('\u{FEFF}').trim_start();
    let Some(first) = head.strip_prefix('[').map(str::trim_start) else { return false };
    let has = |name: &str| first.contains(&format!("\"{name}\""));
    let is_text = first.strip_prefix('[').is_some_and(|pair| pair.trim_start().starts_with('"'));
    is_text && (has("entities") || has("cats")) || first.starts_with('{') && has("paragraphs") && has("orth")
}

/// The records that say the same for each text of the file.
///
/// # Errors
/// If it is no JSON list.
pub(super) fn records(bytes: &[u8]) -> Result<Vec<Object>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let items: Vec<Value> = serde_json::from_slice(bytes).map_err(|error| format!("it is no valid JSON: {error}"))?;
    Ok(items.iter().filter_map(|item| with_offsets(item).or_else(|| with_tokens(item))).collect())
}

/// `["Bonn ruft", {"entities": [[0, 4, "LOC"]], "cats": {"news": 1.0}}]`
fn with_offsets(item: &Value) -> Option<Object> {
    let [Value::String(text), Value::Object(said)] = item.as_array()?.as_slice() else { return None };
    let entities = said.get("entities").and_then(Value::as_array).into_iter().flatten();
    let spans = entities.filter_map(|entity| match entity.as_array()?.as_slice() {
        [start, end, label, ..] => Some(json!({"start": start, "end": end, "label": label})),
        _ => None,
    });
    let mut record = Object::new();
    record.insert("text".to_owned(), text.as_str().into());
    record.insert("spans".to_owned(), spans.collect());
    record.extend(said.get("cats").map(|cats| ("cats".to_owned(), cats.clone())));
    Some(record)
}

/// `{"id": 0, "paragraphs": [{"sentences": [{"tokens": [{"orth": "Bonn", "ner": "U-LOC"}]}]}]}`
fn with_tokens(item: &Value) -> Option<Object> {
    let document = item.as_object()?;
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |token: &Value, name: &str| token.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut text, mut spans, mut cats) = (String::new(), Vec::new(), Object::new());
    for paragraph in document.get("paragraphs")?.as_array()? {
        let sentences = list(paragraph, "sentences");
        let tokens: Vec<_> = sentences.iter().flat_map(|sentence| list(sentence, "tokens")).collect();
        let words: Vec<_> = tokens.iter().map(|token| word(token, "orth")).collect();
        let tags: Vec<_> = tokens.iter().map(|token| word(token, "ner")).collect();
        if !text.is_empty() {
            text.push('\n');
        }
        let before = text.chars().count();
        let raw = paragraph.get("raw").and_then(Value::as_str);
        let (own, places) = raw.and_then(|raw| Some((raw.to_owned(), places(raw, &words)?))).unwrap_or_else(|| {
            let joined = words.join(" ");
            let places = places(&joined, &words).unwrap_or_default();
            (joined, places)
        });
        let tags: Vec<_> = tags.iter().map(|tag| parse(tag)).collect();
        for (first, end, label) in chunks(&tags) {
            let last = end.checked_sub(1).and_then(|last| places.get(last));
            if let (Some((start, _)), Some((_, end))) = (places.get(first), last) {
                spans.push(json!({"start": before + start, "end": before + end, "label": label}));
            }
        }
        text.push_str(&own);
        for cat in list(paragraph, "cats") {
            cats.insert(word(&cat, "label"), cat.get("value").cloned().unwrap_or_default());
        }
    }
    let mut record = Object::new();
    record.insert("text".to_owned(), text.into());
    record.insert("spans".to_owned(), spans.into());
    record.insert("cats".to_owned(), cats.into());
    record.extend(document.get("id").filter(|id| id.is_string()).map(|id| ("id".to_owned(), id.clone())));
    Some(record)
}

/// Where the words stand in the text, in code points; `None` if they do not stand there one after the other.
fn places(text: &str, words: &[String]) -> Option<Vec<(usize, usize)>> {
    let (mut byte, mut count) = (0, 0);
    let place = |word: &String| {
        let rest = text.get(byte..)?;
        let gap = rest.get(..rest.find(word.as_str())?)?;
        let start = count + gap.chars().count();
        byte += gap.len() + word.len();
        count = start + word.chars().count();
        Some((start, count))
    };
    words.iter().map(place).collect()
}
