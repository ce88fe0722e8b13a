//! brat standoff: the text in a `.txt`, the annotations in an `.ann` beside it, the schema in `annotation.conf`.
//!
//! See <https://brat.nlplab.org/standoff.html>.

mod config;
mod names;
mod read;
mod schema;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    batches::for_batches,
    derive::add_defined,
    loss::LossLog,
    original::{Original, unedited},
    reading::utf8,
    writing::{ARTICLES, Named, Stems, write_file},
};
use crate::model::Schema;
use names::Names;
use std::collections::BTreeMap;

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
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                events: true,
                identifiers: Identifiers::All,
                ..Holds::NONE
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
        // The configuration that articles came with, and whether all of them have the same.
        let mut kept: Option<(Exported<'_>, Configuration)> = None;
        let mut is_same = true;
        // What names are called is settled in the order of the articles, before any of them is written.
        let named = Stems::of(self).name(articles).map(|Named { exported, stem, lost }| {
            let original = Original::of(exported, self.info().name, context.originals);
            let configuration = original.as_ref().map(Configuration::of);
            let fits = configuration.as_ref().is_some_and(|found| found.gives_names(exported, &mut names));
            written_names(exported, &mut |name| names.add(name));
            match (&kept, configuration) {
                (Some((_, kept)), Some(configuration)) => is_same &= *kept == configuration,
                (None, Some(configuration)) => kept = Some((exported, configuration)),
                (_, None) => {}
            }
            (exported, stem, fits, lost)
        });
        let named: Vec<_> = named.collect();
        let make = |(exported, stem, fits, mut lost): (Exported<'_>, String, bool, Vec<Loss>)| {
            let original = if fits { unedited(self, exported, context, &mut lost) } else { None };
            let files = original.and_then(|original| Some((text_of(&original)?, original.bytes()?.into_owned())));
            // Of articles that stay as they are only the types are noted.
            let mut known = Vec::new();
            let log = if files.is_some() { &mut known } else { &mut lost };
            let (text, annotations, own) = write::article(exported, context, &names, log);
            (stem, files.unwrap_or((text.into_bytes(), annotations.into_bytes())), own, lost)
        };
        let size = |(exported, ..): &(Exported<'_>, _, _, _)| exported.text.as_str().len();
        for_batches(ARTICLES, &mut named.into_iter(), size, make, |(stem, (text, annotations), own, mut lost)| {
            losses.append(&mut lost);
            used.join(own);
            write_file(output, &format!("{stem}.txt"), &text)?;
            write_file(output, &format!("{stem}.ann"), &annotations)
        })?;
        if let Some((first, kept)) = &kept {
            if is_same && kept.defines(context.schema, &used, &names) {
                let files = [("annotation.conf", &kept.annotation), ("visual.conf", &kept.visual)];
                return files.iter().try_for_each(|(name, content)| match content {
                    Some(content) => write_file(output, name, content),
                    None => Ok(()),
                });
            }
            if kept.annotation.is_some() {
                let what = "comments, order and drawing in annotation.conf and visual.conf";
                let why = "the files do not define all that is written now, or articles came with different ones";
                LossLog::new(*first, losses).article(what, why);
            }
        }
        let annotation = config::annotation_conf(context.schema, &used, &mut names);
        write_file(output, "annotation.conf", annotation.as_bytes())?;
        let visual = config::visual_conf(context.schema, &names);
        write_file(output, "visual.conf", visual.as_bytes())
    }
}

/// Tells all names of an article: labels, attributes, roles.
fn all_names(exported: Exported<'_>, tell: &mut dyn FnMut(&str)) {
    for span in exported.annotations.spans() {
        tell(&span.label);
        span.attributes.keys().for_each(|name| tell(name));
    }
    for relation in exported.annotations.relations() {
        tell(&relation.label);
        relation.arguments.iter().for_each(|argument| tell(&argument.role));
        relation.attributes.keys().for_each(|name| tell(name));
    }
}

/// Of these, those that may be written.
fn written_names(exported: Exported<'_>, tell: &mut dyn FnMut(&str)) {
    for span in exported.annotations.spans().filter(|span| !span.fragments.hull().is_empty()) {
        tell(&span.label);
        span.attributes.keys().for_each(|name| tell(name));
    }
    for relation in exported.annotations.relations() {
        let Some(form) = write::Form::of(relation) else { continue };
        tell(&relation.label);
        if form != write::Form::Group {
            relation.arguments.iter().for_each(|argument| tell(&argument.role));
        }
        if form == write::Form::Event {
            relation.attributes.keys().for_each(|name| tell(name));
        }
    }
}

/// The text of an article as it was imported.
fn text_of(original: &Original) -> Option<Vec<u8>> {
    original.beside.keys().find(|name| name.ends_with(".txt")).and_then(|name| original.sibling(name))
}

/// The files that belong to all articles of a folder.
#[derive(PartialEq)]
struct Configuration {
    annotation: Option<Vec<u8>>,
    visual: Option<Vec<u8>>,
}

impl Configuration {
    fn of(original: &Original) -> Self {
        Self { annotation: original.sibling("annotation.conf"), visual: original.sibling("visual.conf") }
    }

    /// Names by the forms in which they are stored, where these are others.
    fn full_names(&self) -> BTreeMap<String, String> {
        let visual = self.visual.as_ref().map(|bytes| utf8(bytes).text).unwrap_or_default();
        config::full_names(&visual)
    }

    /// Has the names in an article written as its file has them; false if others stand in the way.
    fn gives_names(&self, exported: Exported<'_>, names: &mut Names) -> bool {
        let forms: BTreeMap<_, _> = self.full_names().into_iter().map(|(form, name)| (name, form)).collect();
        let mut fits = true;
        all_names(exported, &mut |name| fits &= names.take(name, forms.get(name).map_or(name, String::as_str)));
        fits
    }

    /// True if it has just the labels, relations and attributes of `schema`, all that is used, and all names.
    fn defines(&self, schema: &Schema, used: &config::Used, names: &Names) -> bool {
        let Some(annotation) = &self.annotation else { return false };
        let full = self.full_names();
        let name = |form: &str| full.get(form).map_or(form, String::as_str).into();
        let own = schema::schema(&utf8(annotation).text, &name);
        add_defined(&own, &mut schema.clone()).is_empty()
            && add_defined(schema, &mut own.clone()).is_empty()
            && used.is_in(&own)
            && names.changed().all(|(name, form)| full.get(form).is_some_and(|known| known == name))
    }
}

#[cfg(test)]
mod tests;
