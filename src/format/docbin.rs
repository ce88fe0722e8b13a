//! spaCy's `DocBin`: the binary files that spaCy is trained with.
//!
//! See <https://spacy.io/api/docbin>. A document is read as a record of Prodigy, and an article is written by way of one, so
//! that both formats hold the same.

mod bin;
mod read;
mod strings;
mod symbols;
mod tokens;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition, writing::write_file,
};

/// See the module.
pub struct DocBin;

/// The member of a document's `user_data` with what spaCy has no place for.
const DETAILS: &str = "glosse";
/// The group for spans that can not stand among the entities; spaCy's span categorizer has it by default.
const GROUP: &str = "sc";
/// The attribute with the name of another group.
const GROUP_ATTRIBUTE: &str = "span_group";
/// The attribute with the id that spaCy gives a span.
const ID_ATTRIBUTE: &str = "span_id";

impl Format for DocBin {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "docbin",
            title: "spaCy DocBin",
            extensions: &["spacy"],
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
            unit: "tokens",
            documentation: include_str!("docbin.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        if bin::is_bin(input.bytes) { Recognition::Certain } else { Recognition::No }
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
        let articles: Vec<_> = articles.collect();
        write_file(output, "", &write::file(&articles, context, losses)?)
    }
}

#[cfg(test)]
mod tests;
