//! WebAnno TSV 3: one file for an article, a row for each token, a column for each feature of each layer.
//!
//! Described in the user guide of INCEpTION under “WebAnno TSV 3.3 File format”.

mod cells;
mod document;
mod layers;
mod place;
mod read;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    writing::{Stems, write_folder},
};

/// See the module.
pub struct WebannoTsv;

const INFO: FormatInfo = FormatInfo {
    name: "webanno-tsv",
    title: "WebAnno TSV 3 (INCEpTION)",
    extensions: &["tsv"],
    reads: true,
    writes: true,
    layout: Layout::Folder,
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
        events: true,
        identifiers: Identifiers::One,
        ..Holds::NONE
    },
    unit: "UTF-16 units",
    documentation: include_str!("webanno_tsv.md"),
};

impl Format for WebannoTsv {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = without_mark(input.bytes);
        let is_older = document::is_first_version(start) || document::is_second_version(start);
        match is_older || start.starts_with(document::FORMAT.as_bytes()) {
            true => Recognition::Certain,
            false => Recognition::No,
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        article(read::read(input, options)?);
        Ok(())
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        write_folder(&mut Stems::of(self).name(articles), output, losses, |exported, _, losses| {
            let content = match super::original::unedited_bytes(self, exported, context, losses) {
                // INCEpTION takes a byte order mark for a part of the first line.
                Some(bytes) => without_mark(&bytes).to_vec(),
                None => write::article(exported, context, losses).into_bytes(),
            };
            vec![("tsv", content)]
        })
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

#[cfg(test)]
mod tests;
