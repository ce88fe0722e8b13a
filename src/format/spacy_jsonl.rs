//! The JSON lines of spaCy and Prodigy: text, tokens, spans, relations between two spans.

mod read;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
};

/// See the module.
pub struct SpacyJsonl;

impl Format for SpacyJsonl {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "spacy-jsonl",
            title: "spaCy and Prodigy JSON lines",
            extensions: &["jsonl"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                discontinuous: false,
                zero_width: true,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                events: false,
                document_labels: true,
                status: false,
                provenance: false,
                metadata: true,
            },
            unit: "code points",
            documentation: include_str!("spacy_jsonl.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
        let start = String::from_utf8_lossy(start);
        let line = start.trim_start_matches('\u{FEFF}').trim_start().lines().next().unwrap_or_default();
        let has = |name: &str| line.contains(&format!("\"{name}\""));
        if !line.starts_with('{') || !has("text") || has("glosse-jsonl") || has("fragments") {
            Recognition::No
        } else if has("token_start") || has("tokens") && has("start") {
            Recognition::Certain
        } else if has("spans") && has("start") && has("label") {
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
        let mut file = output.create("")?;
        for exported in articles {
            let mut line = write::record(exported, context, losses).to_string();
            line.push('\n');
            file.write_all(line.as_bytes()).map_err(FormatError::io(""))?;
        }
        file.flush().map_err(FormatError::io(""))
    }
}
