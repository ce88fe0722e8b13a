//! Documents of GATE: its XML, and the JSON of its Python library and Bdoc plugin.
//!
//! Both hold one document a file: text, features, annotation sets. Where a document was imported and then edited, what
//! Glosse does not model stays: numbers, the order, classes of values, objects of Java.

mod bdoc;
mod document;
mod names;
mod read;
mod sets;
mod write;
mod xml;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
    anchor::Unit,
    option::FormatOption,
    original::unedited_bytes,
    reading::normalize_line_endings,
    writing::{Stems, write_folder},
};
use crate::model::TextSource;
use write::{Kind, Original};

pub(super) use xml::escaped_text as escaped_xml;

/// GATE's XML.
pub struct GateXml;

/// GATE's JSON.
pub struct Bdoc;

/// How many bytes are looked at to recognize a file.
const START: usize = 1 << 16;

const HOLDS: Holds = Holds { provenance: false, aliases: false, ..Holds::ALL };

fn start_of(input: &Input<'_>) -> String {
    String::from_utf8_lossy(input.bytes.get(..input.bytes.len().min(START)).unwrap_or_default()).into_owned()
}

impl Format for GateXml {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "gate-xml",
            title: "GATE XML",
            extensions: &["xml"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: HOLDS,
            unit: "UTF-16 units",
            documentation: include_str!("gate_xml.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = start_of(input).replace('\0', "");
        let element = start.find("<GateDocument").filter(|_| start.trim_start_matches(not_ascii).starts_with('<'));
        let is_first = |at: usize| !start.get(..at).unwrap_or_default().contains("<html");
        if element.is_some_and(is_first) { Recognition::Certain } else { Recognition::No }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        article(finished(read_xml(input, options)?.read.article, options));
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
            let content = unedited_bytes(self, exported, context, losses).unwrap_or_else(|| {
                let original = original(self, exported, context, read_xml);
                let holds = &self.info().holds;
                let document = write::document(exported, context, Kind::Xml, original.as_ref(), holds, losses);
                xml::print(&document).into_bytes()
            });
            vec![("xml", content)]
        })
    }
}

impl Format for Bdoc {
    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption {
            name: "offset_type",
            values: "j (UTF-16) or p (code points)",
            allows: |value| matches!(value, "j" | "p"),
        }]
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "bdoc",
            title: "GATE Bdoc JSON",
            extensions: &["bdocjs", "bdoc"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: HOLDS,
            unit: "code points, or UTF-16 units where the file says so",
            documentation: include_str!("bdoc.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = start_of(input);
        if !start.trim_start_matches(not_ascii).starts_with('{') {
            return if is_yaml(input) { Recognition::Certain } else { Recognition::No };
        }
        let end = input.bytes.get(input.bytes.len().saturating_sub(START)..).unwrap_or_default();
        let end = String::from_utf8_lossy(end);
        let has = |name: &str| start.contains(name) || end.contains(name);
        match (
            has("\"annotation_sets\""),
            has("\"offset_type\""),
            self.info().extensions.contains(&&*input.extension()),
        ) {
            (true, true, _) => Recognition::Certain,
            (true, false, _) | (false, true, true) => Recognition::Likely,
            (false, false, true) => Recognition::Possible,
            (false, _, false) => Recognition::No,
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        if is_yaml(input) {
            let (file, json) = (input.name.clone(), format!("{}.bdocjs", input.stem()));
            let reason = format!(
                "Bdoc as YAML is not read; write it as JSON with Python: \
                 gatenlp.Document.load({file:?}).save({json:?})"
            );
            return Err(FormatError::Unreadable { file, line: None, reason });
        }
        article(finished(read_bdoc(input, options)?.read.article, options));
        Ok(())
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let wanted = match context.options.other.get("offset_type").map(String::as_str) {
            Some("j") => Some(Unit::Utf16),
            Some(_) => Some(Unit::CodePoint),
            None => None,
        };
        write_folder(&mut Stems::of(self).name(articles), output, losses, |exported, _, losses| {
            let original = original(self, exported, context, read_bdoc);
            let before = original.as_ref().map(|original| original.document.unit);
            let unit = wanted.or(before).unwrap_or(Unit::CodePoint);
            let unedited = (before == Some(unit)).then(|| unedited_bytes(self, exported, context, losses)).flatten();
            let content = unedited.unwrap_or_else(|| {
                let holds = &self.info().holds;
                let document = write::document(exported, context, Kind::Json(unit), original.as_ref(), holds, losses);
                bdoc::print(&document).into_bytes()
            });
            vec![("bdocjs", content)]
        })
    }
}

/// True for documents of GATE as YAML.
fn is_yaml(input: &Input<'_>) -> bool {
    input.extension() == "bdocym" && !start_of(input).trim_start_matches(not_ascii).starts_with('{')
}

/// True for byte order marks as they are read in other encodings, and for white space.
fn not_ascii(char: char) -> bool {
    !char.is_ascii() || char.is_ascii_whitespace()
}

fn read_xml(input: &Input<'_>, options: &ReadOptions) -> Result<Original, FormatError> {
    let (document, source, warnings) = xml::parse(input, options)?;
    let mut read = read::article(&document, source, "gate-xml", input, options);
    read.article.warnings.splice(0..0, warnings);
    Ok(Original { document, read })
}

fn read_bdoc(input: &Input<'_>, options: &ReadOptions) -> Result<Original, FormatError> {
    let (document, warnings) = bdoc::parse(input)?;
    let source = TextSource { file: input.name.clone(), encoding: "utf-8".to_owned(), ..TextSource::default() };
    let mut read = read::article(&document, source, "bdoc", input, options);
    read.article.warnings.splice(0..0, warnings);
    Ok(Original { document, read })
}

fn finished(mut article: Imported, options: &ReadOptions) -> Imported {
    if options.normalize_line_endings {
        normalize_line_endings(&mut article);
    }
    article
}

/// The document that an edited article was imported from.
fn original(
    format: &dyn Format,
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    read: impl Fn(&Input<'_>, &ReadOptions) -> Result<Original, FormatError>,
) -> Option<Original> {
    let kept = super::original::Original::of(exported, format.info().name, context.originals)?;
    let bytes = kept.bytes()?;
    let options = super::original::read_options(exported);
    read(&Input::alone(kept.name.clone(), &bytes), &options).ok()
}

#[cfg(test)]
mod tests;
