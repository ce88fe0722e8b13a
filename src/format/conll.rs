//! Token per line with a tag: CoNLL-2003 and its relatives.

mod read;
mod tags;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
};

pub(super) use tags::{chunks, parse, prefix};

/// See the module.
pub struct Conll;

/// What separates documents.
const DOCUMENT: &str = "-DOCSTART-";

impl Format for Conll {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "conll",
            title: "CoNLL (token per line)",
            extensions: &["conll", "iob", "iob2", "bio", "tsv"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: false,
                nested: false,
                crossing: false,
                discontinuous: false,
                zero_width: false,
                sub_token: false,
                attributes: false,
                notes: false,
                entities: false,
                relations: false,
                events: false,
                document_labels: false,
                status: false,
                provenance: false,
                metadata: false,
            },
            unit: "tokens",
            documentation: include_str!("conll.md"),
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
        let mut file = output.create("")?;
        for exported in articles {
            let content = write::article(exported, context.options, losses);
            file.write_all(content.as_bytes()).map_err(FormatError::io(""))?;
        }
        file.flush().map_err(FormatError::io(""))
    }
}

#[cfg(test)]
mod tests;
