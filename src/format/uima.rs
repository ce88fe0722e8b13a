//! CAS of Apache UIMA, as DKPro, INCEpTION and WebAnno exchange it: as XMI with a type system beside it, and as JSON.
//!
//! Both are read into one model (`cas.rs`), in which `layers.rs` says what the types mean. An edited article is put back into
//! the CAS that it came from (`revise.rs`); one from elsewhere gets a new one (`compose.rs`).

mod cas;
mod compose;
mod guess;
mod json;
mod layers;
mod mentions;
mod metadata;
mod names;
mod read;
mod revise;
mod type_file;
mod types;
mod xmi;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Imported, Input, Layout, Loss, Output,
    ReadOptions, Recognition,
    decode::decode,
    original::{Original, read_options, unedited_bytes},
    writing::{Stems, write_file},
};
use cas::Cas;
use compose::Characters;
use names::Names;
use read::{FileFacts, Reading};
use types::TypeSystem;

/// CAS XMI. See the module.
pub struct Xmi;

/// CAS JSON 0.4. See the module.
pub struct JsonCas;

const HOLDS: Holds = Holds { provenance: false, ..Holds::ALL };
/// The type system beside XMI files.
const TYPE_SYSTEM: &str = "TypeSystem.xml";
/// How much of a file shows what it is.
const HEAD: usize = 1 << 16;

impl Format for Xmi {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "uima-xmi",
            title: "UIMA CAS XMI",
            extensions: &["xmi"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: HOLDS,
            unit: "UTF-16 units",
            documentation: include_str!("uima_xmi.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let head = head(input);
        let is_cas = head.trim_start().starts_with('<') && head.contains("http://www.omg.org/XMI");
        match is_cas && head.contains("http:///uima/cas.ecore") || is_type_system(&head) {
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
        // A type system is read with the files beside it.
        if !is_type_system(&head(input)) {
            article(read_xmi(input, options)?.1.imported);
        }
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
        let mut stems = Stems::of(self);
        let mut types = TypeSystem::default();
        for exported in articles {
            let stem = stems.give(exported, losses);
            let known = read_original(&Self, exported, context);
            let (cas, bytes) = match (unedited_bytes(&Self, exported, context, losses), known) {
                (Some(bytes), Some((cas, _))) => (cas, bytes),
                (_, known) => {
                    let cas = cas_of(exported, context, known, Characters::Xml, &mut names, losses);
                    let bytes = xmi::write(&cas).into_bytes();
                    (cas, bytes)
                }
            };
            write_file(output, &format!("{stem}.xmi"), &bytes)?;
            let mut joined = types.clone();
            if joined.merge(&cas.types) {
                types = joined;
            } else {
                let own = type_file::write(&cas.types);
                write_file(output, &format!("{stem}.{TYPE_SYSTEM}"), own.as_bytes())?;
            }
        }
        write_file(output, TYPE_SYSTEM, type_file::write(&types).as_bytes())
    }
}

impl Format for JsonCas {
    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "uima-json",
            title: "UIMA CAS JSON",
            extensions: &["json"],
            reads: true,
            writes: true,
            layout: Layout::Folder,
            holds: HOLDS,
            unit: "UTF-16 units",
            documentation: include_str!("uima_json.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let head = head(input);
        let start = head.trim_start();
        let names = [json::TYPES, json::STRUCTURES, json::VIEWS];
        match start.starts_with('{') && names.iter().any(|name| start.contains(&format!("\"{name}\""))) {
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
        article(read_json(input, options)?.1.imported);
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
        let mut stems = Stems::of(self);
        for exported in articles {
            let name = format!("{}.json", stems.give(exported, losses));
            if let Some(bytes) = unedited_bytes(&Self, exported, context, losses) {
                write_file(output, &name, &bytes)?;
                continue;
            }
            let known = read_original(&Self, exported, context);
            let cas = cas_of(exported, context, known, Characters::All, &mut names, losses);
            write_file(output, &name, json::write(&cas).as_bytes())?;
        }
        Ok(())
    }
}

/// The beginning of a file as text; of UTF-16 its ASCII letters.
fn head(input: &Input<'_>) -> String {
    let start = input.bytes.get(..input.bytes.len().min(HEAD)).unwrap_or_default();
    String::from_utf8_lossy(start).trim_start_matches(['\u{FEFF}', '\u{FFFD}']).replace('\0', "")
}

/// True for a file that says which types there are, and has no article.
fn is_type_system(head: &str) -> bool {
    head.trim_start().starts_with('<') && head.contains("<typeSystemDescription")
}

/// The CAS to write for an article.
fn cas_of(
    exported: Exported<'_>,
    context: &ExportContext<'_>,
    original: Option<(Cas, Reading)>,
    characters: Characters,
    names: &mut Names,
    losses: &mut Vec<Loss>,
) -> Cas {
    // What had no text can not be put back.
    match original.filter(|(_, reading)| reading.sofa.is_some()) {
        Some(original) => revise::article(exported, context, original, characters, &HOLDS, names, losses),
        None => compose::article(exported, context, characters, &HOLDS, names, losses),
    }
}

/// The CAS that an article was read from, if it was kept.
fn read_original(format: &dyn Format, exported: Exported<'_>, context: &ExportContext<'_>) -> Option<(Cas, Reading)> {
    let name = format.info().name;
    let original = Original::of(exported, name, context.originals)?;
    let bytes = original.bytes()?;
    let sibling = |name: &str| original.sibling(name);
    let input = Input::new(original.name.clone(), &bytes, &sibling);
    let options = read_options(exported);
    let read = if name == Xmi.info().name { read_xmi(&input, &options) } else { read_json(&input, &options) };
    read.ok()
}

fn read_xmi(input: &Input<'_>, options: &ReadOptions) -> Result<(Cas, Reading), FormatError> {
    let declared = xmi::declared_encoding(input.bytes);
    let decoded = decode(input, options, declared.as_deref())?;
    let names = [
        format!("{}.{TYPE_SYSTEM}", input.stem()),
        format!("{}-typesystem.xml", input.stem()),
        TYPE_SYSTEM.to_owned(),
        "typesystem.xml".to_owned(),
    ];
    let found = names.into_iter().find_map(|name| {
        let bytes = (input.sibling)(&name)?;
        Some((type_file::read(&String::from_utf8_lossy(&bytes))?, name))
    });
    let (types, beside) = found.map_or_else(|| (TypeSystem::default(), None), |(types, name)| (types, Some(name)));
    let (mut cas, problems) =
        xmi::read(&decoded.text, types).map_err(|(line, reason)| unreadable(input, line, reason))?;
    guess::complete(&mut cas);
    let file = FileFacts { format: "uima-xmi", name: &input.name, stem: input.stem(), source: decoded.source };
    let mut reading = read::read(&cas, file, options, problems);
    reading.imported.beside.extend(beside);
    reading.imported.warnings.splice(0..0, decoded.warnings);
    Ok((cas, reading))
}

fn read_json(input: &Input<'_>, options: &ReadOptions) -> Result<(Cas, Reading), FormatError> {
    let decoded = decode(input, options, Some("utf-8"))?;
    let (mut cas, problems) = json::read(&decoded.text).map_err(|(line, reason)| unreadable(input, line, reason))?;
    guess::complete(&mut cas);
    let file = FileFacts { format: "uima-json", name: &input.name, stem: input.stem(), source: decoded.source };
    let mut reading = read::read(&cas, file, options, problems);
    reading.imported.warnings.splice(0..0, decoded.warnings);
    Ok((cas, reading))
}

fn unreadable(input: &Input<'_>, line: Option<usize>, reason: String) -> FormatError {
    FormatError::Unreadable { file: input.name.clone(), line, reason }
}

#[cfg(test)]
mod editing_tests;
#[cfg(test)]
mod tests;
