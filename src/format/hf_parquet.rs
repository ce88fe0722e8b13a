//! Rows of Hugging Face's data sets in Parquet files, with the names of classes in the metadata.

#[cfg(test)]
mod claims_tests;
mod file;
mod leaves;
mod pages;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod thrift;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Imported, Input, Layout, Loss, Output, ReadOptions,
    Recognition,
    dataset::{COLUMNS, HOLDS},
    option::FormatOption,
    writing::write_file,
};

/// See the module.
pub struct HfParquet;

/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";
/// The member of a file's metadata in which `datasets` keeps the features of the columns.
const HUGGING_FACE: &str = "huggingface";

impl Format for HfParquet {
    fn options(&self) -> &'static [FormatOption] {
        COLUMNS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "parquet",
            title: "Hugging Face Parquet",
            extensions: &["parquet"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: HOLDS,
            unit: "tokens and code points",
            documentation: include_str!("hf_parquet.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        if input.bytes.starts_with(MAGIC) { Recognition::Certain } else { Recognition::No }
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
