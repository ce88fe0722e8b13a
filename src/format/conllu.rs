//! CoNLL-U and CoNLL-U Plus: the files of Universal Dependencies, with entities in brackets or tags.
//!
//! See <https://universaldependencies.org/format.html> and, for the brackets, <https://ufal.mff.cuni.cz/corefud>.

mod brackets;
mod entities;
mod manner;
mod mentions;
mod misc;
mod read;
mod sheet;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition, conll::source::sample, option::FormatOption, reading::utf8,
};

/// See the module.
pub struct Conllu;

impl Format for Conllu {
    fn options(&self) -> &'static [FormatOption] {
        write::OPTIONS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "conllu",
            title: "CoNLL-U",
            extensions: &["conllu", "conllup"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                discontinuous: true,
                entities: true,
                ..Holds::NONE
            },
            unit: "words",
            documentation: include_str!("conllu.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(1 << 16)).unwrap_or_default();
        let decoded = utf8(start);
        let text = match input.bytes.len() > start.len() {
            true => sample(&decoded.text, decoded.text.len().saturating_sub(1)),
            false => &decoded.text,
        };
        let is_ours = self.info().extensions.contains(&&*input.extension());
        match manner::looks_like(text, is_ours) {
            Some(declares) if declares || is_ours => Recognition::Certain,
            Some(_) => Recognition::Likely,
            None => Recognition::No,
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(input, options, None, article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut file = output.create("")?;
        let mut writer = write::Writer::new(context);
        for exported in articles {
            let content = writer.article(exported, losses);
            file.write_all(&content).map_err(FormatError::io(""))?;
        }
        file.flush().map_err(FormatError::io(""))
    }
}

#[cfg(test)]
mod tests;
