//! brat standoff: the text in a `.txt`, the annotations in an `.ann` beside it, the schema in `annotation.conf`.
//!
//! See <https://brat.nlplab.org/standoff.html>.

mod config;
mod names;
mod read;
mod schema;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition, derive::add_defined, reading::utf8,
};
use crate::model::Schema;
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
        // The configuration that the articles came with, while nothing was edited.
        let mut kept: Option<Configuration> = None;
        let mut is_edited = false;
        for exported in articles {
            let stem = stems.give(exported, losses);
            if let Some(original) = original(exported, context) {
                super::writing::write_file(output, &format!("{stem}.txt"), &original.text)?;
                super::writing::write_file(output, &format!("{stem}.ann"), &original.annotations)?;
                is_edited |= kept.as_ref().is_some_and(|kept| *kept != original.configuration);
                kept = Some(original.configuration);
                continue;
            }
            is_edited = true;
            let (text, annotations) = write::article(exported, context, &mut names, &mut used, losses);
            for (ending, content) in [("txt", text), ("ann", annotations)] {
                super::writing::write_file(output, &format!("{stem}.{ending}"), content.as_bytes())?;
            }
        }
        if let Some(kept) = kept.filter(|kept| !is_edited && kept.defines(context.schema)) {
            let files = [("annotation.conf", kept.annotation), ("visual.conf", kept.visual)];
            return files.iter().try_for_each(|(name, content)| match content {
                Some(content) => super::writing::write_file(output, name, content),
                None => Ok(()),
            });
        }
        let annotation = config::annotation_conf(context.schema, &used, &mut names);
        super::writing::write_file(output, "annotation.conf", annotation.as_bytes())?;
        let visual = config::visual_conf(context.schema, &names);
        super::writing::write_file(output, "visual.conf", visual.as_bytes())
    }
}

/// The files of an article as they were imported.
struct Files {
    text: Vec<u8>,
    annotations: Vec<u8>,
    configuration: Configuration,
}

/// The files that belong to all articles of a folder.
#[derive(PartialEq)]
struct Configuration {
    annotation: Option<Vec<u8>>,
    visual: Option<Vec<u8>>,
}

impl Configuration {
    /// True if it has just the labels, relations and attributes of `schema`.
    fn defines(&self, schema: &Schema) -> bool {
        let Some(annotation) = &self.annotation else { return false };
        let visual = self.visual.as_ref().map(|bytes| utf8(bytes).text).unwrap_or_default();
        let names = config::full_names(&visual);
        let name = |form: &str| names.get(form).map_or(form, String::as_str).into();
        let own = schema::schema(&utf8(annotation).text, &name);
        add_defined(&own, &mut schema.clone()).is_empty() && add_defined(schema, &mut own.clone()).is_empty()
    }
}

/// The files of an article as they were imported, if nothing was edited since.
fn original(exported: Exported<'_>, context: &ExportContext<'_>) -> Option<Files> {
    let original = super::original::unedited(&Brat, exported, context)?;
    Some(Files {
        text: original.sibling(&exported.metadata.origin.file)?,
        annotations: original.bytes()?.into_owned(),
        configuration: Configuration {
            annotation: original.sibling("annotation.conf"),
            visual: original.sibling("visual.conf"),
        },
    })
}

#[cfg(test)]
mod tests;
