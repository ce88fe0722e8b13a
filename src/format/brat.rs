//! brat standoff: the text in a `.txt`, the annotations in an `.ann` beside it, the schema in `annotation.conf`.
//!
//! See <https://brat.nlplab.org/standoff.html>.

mod config;
mod names;
mod read;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
};
use names::Names;

/// See the module.
pub struct Brat;

/// The role of the members of a `*` line.
const MEMBER: &str = "member";
/// The kind of note with which the writer says which span a trigger stands for.
const TRIGGER_NOTE: &str = "Trigger";
/// First line of a `visual.conf` whose labels are restored on reading.
const VISUAL_MARK: &str = "# Written by Glosse: labels as they are called there";

impl Format for Brat {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "brat",
            title: "brat standoff",
            extensions: &["ann"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                discontinuous: true,
                zero_width: false,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                events: true,
                document_labels: false,
                status: false,
                provenance: false,
                metadata: false,
            },
            unit: "code points",
            documentation: include_str!("brat.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        if input.extension() != "ann" {
            Recognition::No
        } else if (input.sibling)(&format!("{}.txt", input.stem())).is_some() {
            Recognition::Certain
        } else {
            Recognition::Likely
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
        let mut names = Names::default();
        let mut used = config::Used::default();
        let mut stems = super::writing::Stems::default();
        for exported in articles {
            let stem = stems.give(exported, losses);
            if let Some((text, annotations)) = original(exported, context) {
                super::writing::write_file(output, &format!("{stem}.txt"), &text)?;
                super::writing::write_file(output, &format!("{stem}.ann"), &annotations)?;
                continue;
            }
            let (text, annotations) = write::article(exported, context, &mut names, &mut used, losses);
            for (ending, content) in [("txt", text), ("ann", annotations)] {
                super::writing::write_file(output, &format!("{stem}.{ending}"), content.as_bytes())?;
            }
        }
        let annotation = config::annotation_conf(context.schema, &used, &mut names);
        super::writing::write_file(output, "annotation.conf", annotation.as_bytes())?;
        let visual = config::visual_conf(context.schema, &names);
        super::writing::write_file(output, "visual.conf", visual.as_bytes())
    }
}

/// The `.txt` and the `.ann` of an article as they were imported, if nothing was edited since.
fn original(exported: Exported<'_>, context: &ExportContext<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let original = super::original::unedited(&Brat, exported, context)?;
    let text = original.sibling(&exported.metadata.origin.file)?;
    Some((text, original.bytes()?.into_owned()))
}

#[cfg(test)]
mod tests;
