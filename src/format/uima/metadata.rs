//! What a CAS says of its document.

use super::{
    cas::{Cas, Id, Structure, Value},
    layers::{Kind, Layer},
};
use crate::model::{ArticleMetadata, LineEnding, Name, TextSource};
use std::{collections::HashMap, sync::Arc};

/// What the keys of fields begin with that are not metadata of the user.
const OWN: &str = "glosse:";
const UNKNOWN_LANGUAGE: &str = "x-unspecified";

pub(super) fn read(cas: &Cas, layers: &HashMap<Name, Arc<Layer>>, sofa: Option<Id>, metadata: &mut ArticleMetadata) {
    let of_text = |structure: &&Structure| structure.reference("sofa").is_none_or(|id| Some(id) == sofa);
    for structure in cas.structures.iter().filter(of_text) {
        let text = |feature: &str| structure.text(feature).filter(|text| !text.is_empty());
        match layers.get(&structure.kind).map(|layer| layer.kind) {
            Some(Kind::Metadata) => {
                if let Some(language) = text("language").filter(|language| *language != UNKNOWN_LANGUAGE) {
                    metadata.language = language.to_owned();
                }
                if let Some(title) = text("documentTitle") {
                    metadata.title = title.to_owned();
                }
                // Paths of the computer that it was made on are no addresses.
                if let Some(url) = text("documentUri").filter(|url| url.starts_with("http")) {
                    metadata.url = url.to_owned();
                }
            }
            Some(Kind::Field) => {
                let (Some(key), value) = (text("key"), structure.text("value").unwrap_or_default()) else { continue };
                field(key, value, metadata);
            }
            _ => {}
        }
    }
}

fn field(key: &str, value: &str, metadata: &mut ArticleMetadata) {
    match key.strip_prefix(OWN) {
        Some("source") => metadata.source = value.to_owned(),
        Some("date") => metadata.date = value.to_owned(),
        Some("url") => metadata.url = value.to_owned(),
        Some("file") => metadata.origin.file = value.to_owned(),
        Some("encoding") => metadata.origin.encoding = value.to_owned(),
        Some("byte_order_mark") => metadata.origin.byte_order_mark = value == "true",
        Some("normalized") => metadata.origin.normalized = value == "true",
        Some("line_ending") => {
            metadata.origin.line_ending = match value {
                "crlf" => LineEnding::CrLf,
                "mixed" => LineEnding::Mixed,
                _ => LineEnding::Lf,
            };
        }
        _ => {
            metadata.other.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// Names and values of the metadata that have no feature of their own.
pub(super) fn fields(metadata: &ArticleMetadata) -> Vec<(String, String)> {
    let origin = &metadata.origin;
    let mut fields = Vec::new();
    let mut own = |key: &str, value: &str| fields.push((format!("{OWN}{key}"), value.to_owned()));
    if !metadata.source.is_empty() {
        own("source", &metadata.source);
    }
    if !metadata.date.is_empty() {
        own("date", &metadata.date);
    }
    if !metadata.url.is_empty() && !metadata.url.starts_with("http") {
        own("url", &metadata.url);
    }
    if *origin != TextSource::default() {
        own("file", &origin.file);
        own("encoding", &origin.encoding);
        own("byte_order_mark", &origin.byte_order_mark.to_string());
        own("normalized", &origin.normalized.to_string());
        let ending = match origin.line_ending {
            LineEnding::Lf => "lf",
            LineEnding::CrLf => "crlf",
            LineEnding::Mixed => "mixed",
        };
        own("line_ending", ending);
    }
    fields.extend(metadata.other.iter().map(|(key, value)| (key.clone(), value.clone())));
    fields
}

/// The features of the annotation of the whole text that metadata fill.
pub(super) fn features(metadata: &ArticleMetadata) -> Vec<(&'static str, Value)> {
    let mut features = Vec::new();
    let language = if metadata.language.is_empty() { UNKNOWN_LANGUAGE } else { &metadata.language };
    features.push(("language", Value::Text(language.to_owned())));
    if !metadata.title.is_empty() {
        features.push(("documentTitle", Value::Text(metadata.title.clone())));
    }
    if metadata.url.starts_with("http") {
        features.push(("documentUri", Value::Text(metadata.url.clone())));
    }
    features
}
