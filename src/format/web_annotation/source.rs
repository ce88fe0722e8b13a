//! What annotations are about, and where its text is.

use super::{OWN, iri, objects, several, text};
use crate::format::{
    Input,
    reading::{Utf8Text, utf8},
    records::Object,
    value::plain,
};
use serde_json::Value;

/// What the annotation is about: the source of its targets; `None` if they are annotations.
pub(super) fn source(annotation: &Object) -> Option<String> {
    let mut found = None;
    for target in several(annotation.get("target")) {
        match target {
            // A link to another annotation has no selector, and often only the end of an IRI.
            Value::String(iri) if !iri.starts_with('#') && !iri.starts_with(OWN) => {
                found.get_or_insert_with(|| iri.clone());
            }
            Value::Object(target) if target.contains_key("selector") || target.contains_key("source") => {
                let source = target.get("source").map(|source| {
                    source.as_object().map_or_else(|| plain(source), |source| text(source, "id").to_owned())
                });
                return Some(source.unwrap_or_default());
            }
            Value::Object(target) if !objects(target, "items").is_empty() => {
                let first = objects(target, "items").into_iter().find(|item| item.contains_key("selector"));
                return Some(first.map(|item| text(item, "source").to_owned()).unwrap_or_default());
            }
            _ => {}
        }
    }
    found
}

/// The text of a source among the files beside this one.
pub(super) fn text_beside(input: &Input<'_>, source: &str, is_one: bool) -> Option<(String, Utf8Text)> {
    let path = source.split(['#', '?']).next().unwrap_or_default();
    let last = iri::unescaped(path.rsplit('/').next().unwrap_or_default());
    let stem = input.stem();
    let mut names = Vec::new();
    if !last.is_empty() {
        names.push(last.clone());
        names.push(format!("{}.txt", last.rsplit_once('.').map_or(&*last, |(stem, _)| stem)));
    }
    if is_one {
        names.push(format!("{stem}.txt"));
        names.push(format!("{}.txt", stem.trim_end_matches(".w3c")));
    }
    let is_text = |name: &String| name.to_lowercase().ends_with(".txt");
    names.into_iter().filter(is_text).find_map(|name| {
        let bytes = (input.sibling)(&name)?;
        Some((name, utf8(&bytes)))
    })
}
