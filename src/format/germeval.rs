//! GermEval 2014: numbered tokens with outer and inner tags, and a comment with the source before each sentence.

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
    conll::{COMMENTS, Flavor, SCHEME, SUB_TOKEN},
    option::FormatOption,
};

/// See the module.
pub struct Germeval;

impl Format for Germeval {
    fn options(&self) -> &'static [FormatOption] {
        &[SCHEME, SUB_TOKEN, COMMENTS]
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "germeval",
            title: "GermEval 2014",
            extensions: &["tsv"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds { nested: true, ..Holds::NONE },
            unit: "tokens",
            documentation: include_str!("germeval.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        Flavor::Germeval.recognize(input)
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        Flavor::Germeval.read(input, options, article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        Flavor::Germeval.write(articles, context, output, losses)
    }
}

#[cfg(test)]
mod tests;
