//! Rows of Hugging Face's data sets in JSON lines: tokens with tags, or text with entities.

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Imported, Input, Layout, Loss, Output, ReadOptions,
    Recognition,
    dataset::{COLUMNS, Classes, Features, HOLDS, Roles, RowReader, Shape, row, tell_once},
    json_lines::{Object, line, object, original_record, read_records},
    option::FormatOption,
    original::{Original, read_options, unedited_bytes},
    records::LineWriter,
    writing::for_articles,
};
use serde_json::Value;

/// See the module.
pub struct HfJsonl;

impl Format for HfJsonl {
    fn options(&self) -> &'static [FormatOption] {
        COLUMNS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "hf-jsonl",
            title: "Hugging Face JSON lines",
            extensions: &["jsonl"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: HOLDS,
            unit: "tokens and code points",
            documentation: include_str!("hf_jsonl.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        let start = input.bytes.get(..input.bytes.len().min(1 << 20)).unwrap_or_default();
        let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
        if !start.starts_with(b"{") {
            return Recognition::No;
        }
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let Ok(Value::Object(record)) = serde_json::from_slice(line) else { return Recognition::No };
        // Members that other programs write beside the text.
        const FOREIGN: [&str; 9] = [
            "format",
            "_task_hash",
            "answer",
            "relations",
            "denotations",
            "cats",
            "sentences",
            "triples",
            "annotations",
        ];
        if FOREIGN.iter().any(|name| record.contains_key(*name))
            || line.windows(14).any(|part| part == b"\"start_offset\"")
        {
            return Recognition::No;
        }
        let roles = Roles::of(&record, None);
        match (roles.tags, roles.text, roles.entities) {
            (Some(_), ..) => Recognition::Certain,
            (None, Some(_), Some(name)) if record.get(&name).is_some_and(has_entity) => Recognition::Likely,
            _ => Recognition::No,
        }
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let (features, beside) = features(&input.name, input.sibling);
        let mut reader = RowReader::new(self.info().name, &input.name, features, options);
        let mut is_told = false;
        read_records(input, article, &mut |bytes, line| {
            let mut imported = reader.read(&object(bytes)?, Some(line), &format!("{}-{line}", input.stem()))?;
            tell_once(&mut imported.warnings, &mut is_told);
            imported.beside.extend(beside.clone());
            Ok(imported)
        })
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let columns = context.options.other.get("columns").map(String::as_str);
        let new = Shape::new(columns, context.options.tag_scheme, false);
        let mut lines = LineWriter::new(output.create("")?);
        let make = |exported: Exported<'_>, losses: &mut Vec<Loss>| {
            if let Some(bytes) = unedited_bytes(self, exported, context, losses) {
                return bytes;
            }
            let edited = edited(exported, context, losses);
            line(edited.unwrap_or_else(|| row(exported, &new, None, &mut Classes::default(), losses)))
        };
        for_articles(articles, losses, make, |made, _| lines.push(&made))?;
        lines.finish()
    }

    fn has_records_in_lines(&self) -> bool {
        true
    }
}

/// True for entities of which there is one at least.
fn has_entity(value: &Value) -> bool {
    match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

/// What lies beside the files of a data set and names the numbers in them, with the name of that file.
fn features(file: &str, sibling: &dyn Fn(&str) -> Option<Vec<u8>>) -> (Features, Option<String>) {
    for name in ["dataset_info.json", "dataset_infos.json"].into_iter().filter(|name| *name != file) {
        let Some(info) = sibling(name).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else { continue };
        // The older file has an object for each configuration.
        let direct = info.get("features");
        let inner = || info.as_object()?.values().find_map(|inner| inner.get("features"));
        if let Some(found) = direct.or_else(inner) {
            return (Features::new(found), Some(name.to_owned()));
        }
    }
    Default::default()
}

/// The record that the article came from, with what is new in it.
fn edited(exported: Exported<'_>, context: &ExportContext<'_>, losses: &mut Vec<Loss>) -> Option<Object> {
    let original = Original::of(exported, HfJsonl.info().name, context.originals)?;
    let mut record = original_record(&original)?;
    let (features, _) = features("", &|name| original.sibling(name));
    let shape = Shape::of(&record, &features, read_options(exported).text_column.as_deref());
    let mut classes = Classes { names: features.classes, can_grow: false };
    let made = row(exported, &shape, Some(&record), &mut classes, losses);
    record.extend(made);
    Some(record)
}
