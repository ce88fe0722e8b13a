//! The JSON lines of doccano: spans, relations and categories of texts.
//!
//! See <https://doccano.github.io/doccano/>.

mod read;
mod write;

use super::{
    ExportContext, Exported, Format, FormatError, FormatInfo, Holds, Identifiers, Imported, Input, Layout, Loss,
    Output, ReadOptions, Recognition,
    option::FormatOption,
    original::{Original, unedited_bytes},
    reading::Delivery,
    records::{LineWriter, Object, Part, Records, first_record, name_origin},
    writing::for_articles,
};
use serde_json::Value;

/// See the module.
pub struct Doccano;

/// The members that can hold spans or categories.
const LABELS: [&str; 4] = ["entities", "label", "labels", "annotations"];

/// The kind of the doccano project, and what offsets count.
const OPTIONS: &[FormatOption] = &[
    FormatOption {
        name: "task",
        values: "relation, sequence or classification",
        allows: |value| matches!(value, "relation" | "sequence" | "classification"),
    },
    FormatOption::unit("unit"),
];

impl Format for Doccano {
    fn options(&self) -> &'static [FormatOption] {
        OPTIONS
    }

    fn info(&self) -> &'static FormatInfo {
        const INFO: FormatInfo = FormatInfo {
            name: "doccano",
            title: "doccano JSON lines",
            extensions: &["jsonl", "json"],
            reads: true,
            writes: true,
            layout: Layout::OneFile,
            holds: Holds {
                text: true,
                nested: true,
                crossing: true,
                sub_token: true,
                attributes: true,
                notes: true,
                entities: true,
                relations: true,
                document_labels: true,
                metadata: true,
                identifiers: Identifiers::All,
                ..Holds::NONE
            },
            unit: "UTF-16 units",
            documentation: include_str!("doccano.md"),
        };
        &INFO
    }

    fn recognize(&self, input: &Input<'_>) -> Recognition {
        first_record(input.bytes).map_or(Recognition::No, |record| recognize(&record))
    }

    fn read(
        &self,
        input: &Input<'_>,
        options: &ReadOptions,
        article: &mut dyn FnMut(Imported),
    ) -> Result<(), FormatError> {
        let mut delivery = Delivery::new(&input.name, article);
        let mut records = Records::new(input.bytes, input.before);
        while let Some(record) = records.next() {
            if record.damaged {
                delivery.warn(Some(record.line), "bytes that are not UTF-8 were replaced by U+FFFD");
            }
            let object = match &record.object {
                Ok(object) => object,
                Err(error) => {
                    delivery.warn(Some(record.line), &**error);
                    continue;
                }
            };
            let fallback = format!("{}-{}", input.stem(), record.line);
            match read::record(object, options, (&input.name, record.line, &fallback)) {
                Some(read) => {
                    let mut imported = read.imported;
                    name_origin(&mut imported.metadata.origin, input);
                    imported.kept = Some(records.part(&record));
                    delivery.push(imported);
                }
                None => delivery.warn(Some(record.line), "the record has no \"text\" and was left out"),
            }
        }
        if let Some(last) = delivery.last() {
            last.kept = last.kept.map(|part| records.up_to_the_end(part));
        }
        delivery.finish("the file has no records")
    }

    fn write(
        &self,
        articles: &mut dyn Iterator<Item = Exported<'_>>,
        context: &ExportContext<'_>,
        output: &mut dyn Output,
        losses: &mut Vec<Loss>,
    ) -> Result<(), FormatError> {
        let dialect = write::Dialect::chosen(context.options)?;
        let mut writer = LineWriter::new(output.create("")?);
        let make = |exported: Exported<'_>, losses: &mut Vec<Loss>| {
            if dialect.is_default()
                && let Some(bytes) = unedited_bytes(self, exported, context, losses)
            {
                return bytes;
            }
            let original = Original::of(exported, self.info().name, context.originals);
            let part = original.and_then(|original| Part::of(&original, |record| read::text(record).is_some()));
            let base = part.as_ref().map(|part| part.object.clone());
            let record = write::record(exported, context, &dialect, base, losses);
            let mut line = write::ascii(&record.to_string()).into_bytes();
            match part {
                Some(part) => part.with(&line),
                None => {
                    line.push(b'\n');
                    line
                }
            }
        };
        for_articles(articles, losses, make, |made, _| writer.push(&made))?;
        writer.finish()
    }

    fn has_records_in_lines(&self) -> bool {
        true
    }
}

/// How sure it is that a record is one of doccano's.
fn recognize(record: &Object) -> Recognition {
    if read::text(record).is_none() || record.contains_key("spans") || record.contains_key("tokens") {
        return Recognition::No;
    }
    let first = |name: &str| record.get(name).and_then(Value::as_array).and_then(|list| list.first());
    let counts = |item: &Value| item.get("start_offset").is_some() && item.get("end_offset").is_some();
    let is_triple = |item: &Value| {
        item.as_array()
            .is_some_and(|item| matches!(item.as_slice(), [Value::Number(_), Value::Number(_), Value::String(_)]))
    };
    let is_exported = record.contains_key("annotation_approver") || record.contains_key("Comments");
    let names = ["label", "labels", "cats"];
    let is_known = LABELS.iter().any(|name| first(name).is_some_and(counts)) || is_exported && has_any(record);
    let is_usual = ["label", "labels"].iter().any(|name| first(name).is_some_and(is_triple))
        || record.contains_key("relations") && record.contains_key("entities") && first("entities").is_none();
    let may_be_prodigy = record.contains_key("answer");
    if is_known {
        Recognition::Certain
    } else if is_usual || !may_be_prodigy && names.iter().any(|name| record.get(*name).is_some_and(Value::is_array)) {
        Recognition::Likely
    } else if !may_be_prodigy && names.iter().any(|name| record.contains_key(*name)) {
        Recognition::Possible
    } else {
        Recognition::No
    }
}

fn has_any(record: &Object) -> bool {
    LABELS.iter().any(|name| record.contains_key(*name))
}

#[cfg(test)]
mod tests;
