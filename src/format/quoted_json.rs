//! JSON in which annotations quote words in place of saying where they are: LangExtract's lines, and answers of models.

mod read;

use super::{
    Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, ReadOptions, Recognition, records::first_record,
};

/// See the module.
pub struct QuotedJson;

impl Format for QuotedJson {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "quoted-json",
            title: "JSON with quoted words (LangExtract)",
            extensions: &["jsonl", "json"],
            reads: true,
            writes: false,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "none; code points where places are stated",
            documentation: include_str!("quoted_json.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        match first_record(input.bytes) {
            Some(record) if read::is_of_langextract(&record) => Recognition::Certain,
            Some(record) if read::is_quoting(&record, input) => Recognition::Likely,
            _ => Recognition::No,
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

    fn has_records_in_lines(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
