//! Examples for fine-tuning language models: one conversation a line, in which the assistant labels the text of the user.
//!
//! Written only. The conversation is that of the chat extractors: the model quotes words rather than counting characters,
//! and says which occurrence it means where words stand in the text several times.

mod quote;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Layout, Loss, Output, option::FormatOption,
    writing::for_articles,
};

/// See the module.
pub struct Chat;

/// The language of the instructions, and what is added to them.
const OPTIONS: &[FormatOption] = &[
    FormatOption { name: "language", values: "en or de", allows: |value| matches!(value, "en" | "de") },
    FormatOption::words("prompt"),
];

impl Format for Chat {
    fn options(&self) -> &'static [FormatOption] {
        OPTIONS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "chat",
            title: "Chat examples for language models",
            extensions: &["jsonl"],
            reads: false,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                relations: true,
                events: true,
                document_labels: true,
                ..Holds::NONE
            },
            unit: "none; words are quoted",
            documentation: include_str!("chat.md"),
        };
        &INFO
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let instructions = write::instructions(context);
        let mut file = output.create("")?;
        let make = |exported: Exported<'_>, losses: &mut Vec<Loss>| {
            let mut line = write::example(exported, &instructions, losses).to_string();
            line.push('\n');
            line
        };
        for_articles(articles, losses, make, |line, _| file.write_all(line.as_bytes()).map_err(FormatError::io("")))?;
        file.flush().map_err(FormatError::io(""))
    }
}
