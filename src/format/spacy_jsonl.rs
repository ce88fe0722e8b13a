//! The JSON lines of spaCy and Prodigy: text, tokens, spans, relations between two spans.

mod edited;
mod read;
mod training;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    json_lines::{Object, line},
    original::unedited_bytes,
    records::LineWriter,
    writing::for_articles,
};

pub(super) use read::{Reader, is_chosen};
pub(super) use write::{Record, Settings, record as new_record};

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
                zero_width: true,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                document_labels: true,
                metadata: true,
                identifiers: Identifiers::One,
                ..Holds::NONE
            },
            unit: "code points",
            documentation: include_str!("spacy_jsonl.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        read::recognize(input)
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
        let mut lines = LineWriter::new(output.create("")?);
        let make = |exported: Exported<'_>, losses: &mut Vec<Loss>| {
            unedited_bytes(self, exported, context, losses).unwrap_or_else(|| line(record(exported, context, losses)))
        };
        for_articles(articles, losses, make, |made, _| lines.push(&made))?;
        lines.finish()
    }

    fn has_records_in_lines(&self) -> bool {
        true
    }
}

/// The record of an article, with what Glosse does not model of the one that it came from.
fn record(exported: Exported<'_>, context: &ExportContext<'_>, losses: &mut Vec<Loss>) -> Object {
    let before = edited::Before::of(exported, context);
    let answer = before.as_ref().map(edited::Before::status);
    let settings = Settings { holds: SpacyJsonl.info().holds, answer };
    let new = write::record(exported, context, &settings, losses);
    match before {
        Some(before) => before.with(new, exported),
        None => new.finish(),
    }
}

#[cfg(test)]
mod tests;
