//! Writes articles as the rows of a Parquet file.

use super::{
    HUGGING_FACE, HfParquet,
    file::{File, features},
    leaves::{Leaf, count, put_row},
    read::articles,
};
use crate::format::{
    ExportContext, Exported, Format, FormatError, Imported, Loss, ReadOptions,
    dataset::{Classes, Features, Shape, row},
    json_lines::Object,
    loss::LossLog,
    numbered::{Numbered, NumberedFiles},
    original::{is_unedited, read_options},
};
use parquet::{
    basic::Compression,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::{
        parser::parse_message_type,
        types::{SchemaDescriptor, Type, TypePtr},
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, rc::Rc, sync::Arc};

/// The member of the metadata with the schema that Arrow made of the columns.
const ARROW: &str = "ARROW:schema";
/// How many rows are packed together.
const GROUP: usize = 10_000;

/// A file that was read.
struct Before {
    schema: TypePtr,
    metadata: Vec<KeyValue>,
    features: Features,
    leaves: Vec<Leaf>,
    rows: Vec<Object>,
    /// Which rows the articles are.
    numbers: Vec<usize>,
}

impl Before {
    fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Option<(Self, Vec<Imported>)> {
        let file = File::open(bytes).ok()?;
        let (mut rows, mut numbers, mut read) = (Vec::new(), Vec::new(), Vec::new());
        // What is left of a damaged file is as good as it was when it was read.
        let _ = articles(&file, name, options, &mut |row, made| {
            if let Ok(imported) = made {
                numbers.push(rows.len());
                read.push(imported);
            }
            rows.push(row);
        });
        let (schema, metadata, features) = (file.schema(), file.metadata(), file.features());
        Some((Self { schema, metadata, features, leaves: file.leaves().ok()?, rows, numbers }, read))
    }
}

type Known = Option<(Rc<Numbered<Before>>, usize)>;

/// Where the columns of a row come from: those that were made, then those of the row that was read.
struct Source {
    made: Object,
    before: Option<(Rc<Numbered<Before>>, usize)>,
}

/// The bytes of a file with these articles.
///
/// # Errors
/// If it can not be packed.
pub(super) fn file(
    exported: &[Exported<'_>],
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> Result<Vec<u8>, FormatError> {
    let mut files = NumberedFiles::new(HfParquet.info().name, &Before::read);
    if let Some(whole) = files.whole(exported, context, &super::HfParquet.info().holds, losses) {
        return Ok(whole.bytes.clone());
    }
    let known: Vec<Known> = exported.iter().map(|exported| files.of(*exported, context)).collect();
    let packed = match template(&known) {
        Some(template) => {
            let (sources, classes) = edited(exported, &known, &template, context, losses);
            let metadata = with_names(&template.content, &classes);
            pack(&template.content.schema, metadata, &sources)
        }
        None => {
            for (exported, (file, _)) in
                exported.iter().zip(&known).filter_map(|(one, file)| Some((one, file.as_ref()?)))
            {
                let names: BTreeSet<_> = file.content.leaves.iter().map(|leaf| leaf.column.as_str()).collect();
                let names: Vec<_> = names.into_iter().collect();
                let what = format!("other columns of its file, of {}", names.join(", "));
                LossLog::new(*exported, losses).article(what, "the articles come from files with different columns");
            }
            let (sources, shape_columns, classes) = new(exported, context, losses);
            message(&shape_columns).and_then(|schema| {
                pack(
                    &schema,
                    vec![KeyValue::new(HUGGING_FACE.to_owned(), description(&shape_columns, &classes))],
                    &sources,
                )
            })
        }
    };
    packed.map_err(|error| FormatError::Io { path: "".into(), error: std::io::Error::other(error) })
}

/// The file after which the new one is made, if all that were read have the same columns.
fn template(known: &[Known]) -> Option<Rc<Numbered<Before>>> {
    let mut files = known.iter().flatten().map(|(file, _)| file);
    let first = files.next()?;
    let is_same = |file: &Rc<Numbered<Before>>| {
        Rc::ptr_eq(file, first)
            || file.content.schema == first.content.schema && file.content.features == first.content.features
    };
    files.all(is_same).then(|| first.clone())
}

/// The rows of articles of which some were read from files with these columns.
fn edited(
    exported: &[Exported<'_>],
    known: &[Known],
    template: &Rc<Numbered<Before>>,
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> (Vec<Source>, Classes) {
    let content = &template.content;
    let mut classes = Classes { names: content.features.classes.clone(), can_grow: true };
    let first = content.rows.first().cloned().unwrap_or_default();
    let text_column = |exported: &Exported<'_>| read_options(*exported).text_column;
    let chosen =
        exported.iter().zip(known).find(|(_, known)| known.is_some()).and_then(|(first, _)| text_column(first));
    let usual = Shape::of(&first, &content.features, chosen.as_deref());
    let mut sources = Vec::new();
    for (exported, known) in exported.iter().zip(known) {
        let Some((file, number)) = known else {
            sources.push(Source { made: row(*exported, &usual, None, &mut classes, losses), before: None });
            continue;
        };
        let found = file.content.numbers.get(*number).and_then(|row| Some((*row, file.content.rows.get(*row)?)));
        let is_same = file
            .articles
            .get(*number)
            .is_some_and(|read| is_unedited(read, *exported, context, &super::HfParquet.info().holds, losses));
        let made = match found {
            Some((_, before)) if !is_same => {
                let shape = Shape::of(before, &content.features, text_column(exported).as_deref());
                row(*exported, &shape, Some(before), &mut classes, losses)
            }
            _ => Object::new(),
        };
        sources.push(Source { made, before: found.map(|(row, _)| (file.clone(), row)) });
    }
    (sources, classes)
}

/// The rows of articles with columns of our own, and the names of these.
fn new(
    exported: &[Exported<'_>],
    context: &ExportContext<'_>,
    losses: &mut Vec<Loss>,
) -> (Vec<Source>, Vec<&'static str>, Classes) {
    let columns = context.options.other.get("columns").map(String::as_str);
    let mut shape = Shape::new(columns, context.options.tag_scheme, true);
    let has_labels = exported.iter().any(|exported| exported.annotations.document_labels().len() > 0);
    if !has_labels {
        shape = shape.without_labels();
    }
    let tags = Classes::tags_of(context.schema, context.options.tag_scheme);
    let mut classes = Classes { names: [("ner_tags".to_owned(), tags)].into(), can_grow: true };
    let made = exported.iter().map(|exported| row(*exported, &shape, None, &mut classes, losses));
    let sources: Vec<_> = made.map(|made| Source { made, before: None }).collect();
    let all = ["id", "text", "tokens", "ner_tags", "entities", "labels"];
    let is_there = |name: &&str| match *name {
        "text" | "entities" => columns != Some("tokens"),
        "tokens" | "ner_tags" => columns != Some("text"),
        "labels" => has_labels,
        _ => true,
    };
    (sources, all.into_iter().filter(is_there).collect(), classes)
}

/// The columns as Parquet describes them.
fn message(columns: &[&str]) -> Result<TypePtr, ParquetError> {
    let list =
        |name: &str, element: &str| format!("optional group {name} (LIST) {{ repeated group list {{ {element} }} }}");
    let fields = columns.iter().map(|name| match *name {
        "tokens" | "labels" => list(name, "optional binary element (STRING);"),
        "ner_tags" => list(name, "optional int64 element;"),
        "entities" => list(
            name,
            "optional group element { optional int64 start; optional int64 end; optional binary label (STRING); \
             optional binary text (STRING); }",
        ),
        _ => format!("optional binary {name} (STRING);"),
    });
    let fields: String = fields.collect();
    parse_message_type(&format!("message schema {{ {fields} }}")).map(Arc::new)
}

/// The columns as `datasets` describes them. It reads `Sequence` in all versions, `List` only from the fourth.
fn description(columns: &[&str], classes: &Classes) -> String {
    let value = |kind: &str| json!({"dtype": kind, "_type": "Value"});
    let features = columns.iter().map(|name| {
        let feature = match *name {
            "tokens" | "labels" => json!({"feature": value("string"), "_type": "Sequence"}),
            "ner_tags" => {
                let names = classes.names.get(*name).cloned().unwrap_or_default();
                json!({"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"})
            }
            "entities" => json!([{
                "start": value("int64"), "end": value("int64"), "label": value("string"), "text": value("string"),
            }]),
            _ => value("string"),
        };
        ((*name).to_owned(), feature)
    });
    json!({"info": {"features": features.collect::<Object>()}}).to_string()
}

/// The metadata of a file with the names that classes have now.
fn with_names(before: &Before, classes: &Classes) -> Vec<KeyValue> {
    let mut metadata = before.metadata.clone();
    if before.features.classes == classes.names {
        return metadata;
    }
    let Some(mut known) = features(&metadata) else { return metadata };
    // It repeats the names, packed, and would be believed.
    metadata.retain(|member| member.key != ARROW);
    for (column, names) in &classes.names {
        if let Some(feature) = known.get_mut(column) {
            set_names(feature, names);
        }
    }
    let member = metadata.iter_mut().find(|member| member.key == HUGGING_FACE);
    if let Some(text) = member.and_then(|member| member.value.as_mut())
        && let Ok(mut value) = serde_json::from_str::<Value>(text)
        && let Some(place) = value.get_mut("info").and_then(|info| info.get_mut("features"))
    {
        *place = known;
        *text = value.to_string();
    }
    metadata
}

/// Puts names into the first `ClassLabel` of a feature.
fn set_names(feature: &mut Value, names: &[String]) -> bool {
    match feature {
        Value::Object(members) if members.get("_type").and_then(Value::as_str) == Some("ClassLabel") => {
            members.insert("names".to_owned(), names.to_vec().into());
            true
        }
        Value::Object(members) => members.values_mut().any(|inner| set_names(inner, names)),
        Value::Array(list) => list.iter_mut().any(|inner| set_names(inner, names)),
        _ => false,
    }
}

fn pack(schema: &TypePtr, metadata: Vec<KeyValue>, sources: &[Source]) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("glosse version {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(metadata))
        .build();
    let descriptor = SchemaDescriptor::new(schema.clone());
    let empty: Vec<Leaf> = descriptor.columns().iter().map(|column| Leaf::new(column)).collect();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.clone(), Arc::new(properties))?;
    for sources in sources.chunks(GROUP) {
        let mut leaves: Vec<Leaf> = empty.iter().map(Leaf::cleared).collect();
        let mut rest = leaves.as_mut_slice();
        let mut first = 0;
        for column in schema.get_fields() {
            let width = count(column);
            let Some((own, others)) = rest.split_at_mut_checked(width) else { break };
            sources.iter().for_each(|source| put_source(column, first, source, own));
            rest = others;
            first += width;
        }
        let mut group = writer.next_row_group()?;
        for leaf in &leaves {
            if let Some(mut column) = group.next_column()? {
                leaf.write(&mut column)?;
                column.close()?;
            }
        }
        group.close()?;
    }
    writer.into_inner()
}

/// Adds the row of an article to the leaves of a column, of which the first has this number in the file.
fn put_source(column: &Type, first: usize, source: &Source, leaves: &mut [Leaf]) {
    let made = source.made.get(column.name());
    if let (None, Some((file, row))) = (made, &source.before) {
        let known = file.content.leaves.iter().skip(first);
        for (leaf, old) in leaves.iter_mut().zip(known) {
            if !leaf.copy(old, *row) {
                put_row(column, None, std::slice::from_mut(leaf));
            }
        }
        return;
    }
    put_row(column, made, leaves);
}
