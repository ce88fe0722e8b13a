//! W3C Web Annotations: JSON-LD about a text that lies beside it.
//!
//! See <https://www.w3.org/TR/annotation-model/>.

mod iri;
mod read;
mod segment;
mod source;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    original::unedited,
    records::Object,
    writing::{Named, Stems, write_folder},
};
use serde_json::Value;

/// See the module.
pub struct WebAnnotation;

/// The vocabulary that every annotation names.
const CONTEXT: &str = "http://www.w3.org/ns/anno.jsonld";
/// Begins the names of what the vocabulary has no words for.
const OWN: &str = "urn:glosse:";

impl Format for WebAnnotation {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "web-annotation",
            title: "W3C Web Annotation",
            extensions: &["jsonld"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                discontinuous: true,
                zero_width: true,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                events: true,
                document_labels: true,
                status: true,
                metadata: true,
                identifiers: Identifiers::All,
                ..Holds::NONE
            },
            unit: "code points",
            documentation: include_str!("web_annotation.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let start = start.trim_start_matches('\u{FEFF}').trim_start();
        let has = |name: &str| start.contains(name);
        if !start.starts_with(['{', '[']) {
            Recognition::No
        } else if has(CONTEXT) {
            Recognition::Certain
        } else if has("\"target\"") && (has("\"TextQuoteSelector\"") || has("\"TextPositionSelector\"")) {
            Recognition::Likely
        } else {
            Recognition::No
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(input, options, article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        // The file names the article, whatever it is called itself.
        let mut named = Stems::of(self).name(articles).map(|named| Named { lost: Vec::new(), ..named });
        write_folder(&mut named, output, losses, |exported, stem, losses| {
            let original = unedited(self, exported, context, losses);
            let files = original.and_then(|original| {
                let text = original.beside.keys().next().and_then(|name| original.sibling(name))?;
                Some((original.bytes()?.into_owned(), text))
            });
            let (annotations, text) = files.unwrap_or_else(|| {
                let record = write::collection(exported, context, stem, losses);
                let mut bytes = serde_json::to_vec_pretty(&record).unwrap_or_default();
                bytes.push(b'\n');
                (bytes, exported.text.as_str().as_bytes().to_vec())
            });
            vec![("txt", text), ("jsonld", annotations)]
        })
    }
}

/// A value or the values of a list.
fn several(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The values of a member that are objects.
fn objects<'r>(record: &'r Object, name: &str) -> Vec<&'r Object> {
    several(record.get(name)).into_iter().filter_map(Value::as_object).collect()
}

/// A member that is text.
fn text<'r>(record: &'r Object, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// True if one of the types, purposes or motivations in a member is `wanted`, with or without a prefix.
fn is(record: &Object, name: &str, wanted: &str) -> bool {
    several(record.get(name)).into_iter().filter_map(Value::as_str).any(|found| {
        let last = found.rsplit([':', '#', '/']).next().unwrap_or(found);
        last == wanted
    })
}

#[cfg(test)]
mod tests;
