//! Token per line with tags in columns: CoNLL-2003 and its relatives.

mod dialect;
pub(in crate::format) mod place;
mod read;
mod rewrite;
pub(in crate::format) mod source;
pub(in crate::format) mod tags;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition, batches::for_batches, option::FormatOption, writing::ARTICLES,
};
pub(in crate::format) use write::{COMMENTS, SCHEME, SUB_TOKEN, wanted_scheme};

pub(super) use tags::{Place, chunks, parse, tag};

/// See the module.
pub struct Conll;

/// What separates documents.
const DOCUMENT: &str = "-DOCSTART-";

/// The formats that have tokens in lines and tags in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum Flavor {
    Conll,
    Germeval,
}

impl Flavor {
    pub(in crate::format) fn format(self) -> &'static dyn Format {
        match self {
            Self::Conll => &Conll,
            Self::Germeval => &super::germeval::Germeval,
        }
    }

    /// How sure the reader is of a file.
    pub(in crate::format) fn recognize(self, input: &Input<'_>) -> Recognition {
        read::recognize(self, input)
    }

    /// Reads all articles of a file.
    pub(in crate::format) fn read(
        self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        read::read(self, input, options, None, article)
    }

    /// Writes articles behind each other.
    pub(in crate::format) fn write(
        self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let mut file = output.create("")?;
        let writer = write::Writer { flavor: self, context };
        let mut planner = write::Planner::new(writer);
        let mut joiner = write::Joiner::new(self);
        // Plans come one after the other, since the first article settles the columns of all.
        let mut planned = articles.map(|exported| (exported, planner.plan(exported)));
        for_batches(
            ARTICLES,
            &mut planned,
            |(exported, _)| exported.text.as_str().len(),
            |(exported, plan)| {
                let mut lost = Vec::new();
                let lines = writer.article(exported, &plan, &mut lost);
                (exported, plan, lines, lost)
            },
            |(exported, plan, lines, mut lost)| {
                losses.append(&mut lost);
                file.write_all(&joiner.article(exported, &plan, lines, losses)).map_err(FormatError::io(""))
            },
        )?;
        file.flush().map_err(FormatError::io(""))
    }
}

impl Format for Conll {
    fn options(&self) -> &'static [FormatOption] {
        write::OPTIONS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "conll",
            title: "CoNLL (token per line)",
            extensions: &["conll", "iob", "iob2", "bio", "tsv"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds::NONE,
            unit: "tokens",
            documentation: include_str!("conll.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        Flavor::Conll.recognize(input)
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        Flavor::Conll.read(input, options, article)
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        Flavor::Conll.write(articles, context, output, losses)
    }
}

#[cfg(test)]
pub(in crate::format) mod tests;
